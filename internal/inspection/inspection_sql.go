package inspection

const (
	insertSheet = `INSERT INTO sheets (county, idx, id, household, area, form, pack, person, post, inspector, done_on, reported_on, received_at, clock_doubt, stale, unchanged, supersedes, superseded_by, first)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, $18)`
	supersedeSheets = `UPDATE sheets SET superseded_by = $1 WHERE county = $2 AND household = $3 AND superseded_by = 0`
	sheetsOf        = `SELECT idx, id, post, inspector, done_on, reported_on, received_at, clock_doubt, stale, unchanged, superseded_by FROM sheets WHERE county = $1 AND household = $2 ORDER BY idx DESC`

	insertMiss = `INSERT INTO misses (county, idx, household, area, reason, note, again_on, post, done_on, reported_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	missesOf   = `SELECT household, idx, reason, note, again_on, post, done_on FROM misses`

	doubtColumns = `key, id, rule, household, member, area, say, item, sensitive, state, opened_on, opened_idx, closed_on, closed_idx, reason, moved_on`

	insertDoubt = `INSERT INTO doubts (county, key, id, rule, household, member, area, say, item, sensitive, state, opened_on, opened_idx, closed_on, closed_idx, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', 0, '')`
	closeDoubtSQL     = `UPDATE doubts SET state = $1, closed_on = $2, closed_idx = $3, reason = $4 WHERE county = $5 AND key = $6`
	carryDoubt        = `UPDATE doubts SET household = $1, area = $2, moved_on = $3 WHERE county = $4 AND key = $5`
	leavePlace        = `INSERT INTO doubt_places (county, doubt, idx, area, since_on, until_on) VALUES ($1, $2, $3, $4, $5, $6)`
	countSheets       = `SELECT count(*), coalesce(sum(unchanged), 0) FROM sheets WHERE county = $1 AND household = $2`
	doubtsOpen        = `SELECT ` + doubtColumns + ` FROM doubts WHERE county = $1 AND household = $2 AND state = $3 ORDER BY key`
	doubtsOfHousehold = `SELECT ` + doubtColumns + ` FROM doubts WHERE county = $1 AND household = $2 ORDER BY key`
	doubtByID         = `SELECT ` + doubtColumns + ` FROM doubts WHERE county = $1 AND id = $2`
	listDoubts        = `SELECT ` + doubtColumns + ` FROM doubts`
)
