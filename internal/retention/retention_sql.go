package retention

const (
	purgeColumns = `id, kind, through, state, n, proof, proposed_on, proposed_by, approved_on, approved_by, reason`

	insertPurge = `INSERT INTO purges (county, key, id, kind, through, state, n, proof, proposed_on, proposed_by, approved_on, approved_by, reason, idx)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', $11, $12)`
	settlePurge = `UPDATE purges SET state = $1, approved_on = $2, approved_by = $3 WHERE county = $4 AND id = $5`
	purgeByID   = `SELECT ` + purgeColumns + ` FROM purges WHERE county = $1 AND id = $2`
	listPurges  = `SELECT ` + purgeColumns + ` FROM purges WHERE county = $1 ORDER BY key DESC LIMIT 200`
	purgeOpen   = `SELECT id FROM purges WHERE county = $1 AND kind = $2 AND state = 'proposed' LIMIT 1`
)
