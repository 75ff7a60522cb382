package order

const (
	orderColumns = `key, id, number, organ, unit, helping, area, leader, person, limit_on, say, beyond, second, state, n, drafted_on, issued_on, issued_at, issued_idx, issued_by,
received_on, received_at, received_idx, received_by, why, title`

	insertOrder = `INSERT INTO orders (county, key, id, number, organ, unit, helping, area, leader, person, limit_on, say, beyond, second, state, n, drafted_on, issued_on, issued_at, issued_idx, issued_by,
title, received_on, received_at, received_idx, received_by, why)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, '', 0, 0, '', '')`
	issueDraft = `UPDATE orders SET state = 'issued', number = $1, organ = $2, helping = $3, leader = $4, person = $5, limit_on = $6, say = $7, beyond = $8, second = $9, n = $10,
issued_on = $11, issued_at = $12, issued_idx = $13, issued_by = $14, title = $15 WHERE county = $16 AND key = $17`
	receiveOrder = `UPDATE orders SET received_on = $1, received_at = $2, received_idx = $3, received_by = $4 WHERE county = $5 AND key = $6`
	discardOrder = `UPDATE orders SET state = 'discarded', why = $1 WHERE county = $2 AND key = $3`
	orderByID    = `SELECT ` + orderColumns + ` FROM orders WHERE county = $1 AND id = $2`
	growDraft    = `UPDATE orders SET n = $1, say = $2 WHERE county = $3 AND key = $4`
	draftsOf     = `SELECT ` + orderColumns + ` FROM orders WHERE county = $1 AND unit = $2 AND state = 'draft' ORDER BY key DESC`
	listOrders   = `SELECT ` + orderColumns + ` FROM orders`
)
