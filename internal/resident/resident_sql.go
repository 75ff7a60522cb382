package resident

const (
	requestColumns = `key, id, kind, household, area, fact, text, sealed, asked_by, way, person, post, asked_on, due_on, state, settled_on, settled_by, outcome, idx`

	insertRequest = `INSERT INTO requests (county, key, id, kind, household, area, fact, text, sealed, asked_by, way, person, post, asked_on, due_on, state, settled_on, settled_by, outcome, idx)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, '', '', '', $17)`
	settleRequest = `UPDATE requests SET state = $1, settled_on = $2, settled_by = $3, outcome = $4 WHERE county = $5 AND key = $6`
	requestByID   = `SELECT ` + requestColumns + ` FROM requests WHERE county = $1 AND id = $2`
	requestsOf    = `SELECT ` + requestColumns + ` FROM requests WHERE county = $1 AND household = $2 ORDER BY key DESC`
	listRequests  = `SELECT ` + requestColumns + ` FROM requests`
	countRequests = `SELECT count(*) FROM requests`
	openAlike     = `SELECT id FROM requests WHERE county = $1 AND household = $2 AND kind = $3 AND fact = $4 AND state = 'open' LIMIT 1`

	overRequests = `SELECT key, sealed, idx FROM requests WHERE county = $1 AND state <> 'open' AND settled_on <= $2 AND text <> '' ORDER BY key`
	emptyRequest = `UPDATE requests SET text = '' WHERE county = $1 AND key = $2`
)
