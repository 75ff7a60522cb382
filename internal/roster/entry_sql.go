package roster

const (
	insertHousehold = `INSERT INTO households (county, key, id, area, number, head, initials, size, kind, monitored, classes, state, rev, facts, secret, source, source_on, sheet, inspected_on, problems, doubts, owner, missed, missed_on, idx)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`
	insertPerson  = `INSERT INTO persons (county, household, ord, id, number, name, initials, relation, area, facts, secret, gone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	anyUnnumbered = `SELECT key FROM households WHERE county = $1 AND number = '' AND state = 'active' LIMIT 1`
)
