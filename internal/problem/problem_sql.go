package problem

const (
	problemColumns = `key, id, number, rule, item, block, clauses, subject, household, member, area, say, sensitive, origin, sheet, doubt, lead, helping, state, rev,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, accepted_on, accepted_idx, voided_on, voided_idx, void_reason, classes, moved_on`

	insertProblem = `INSERT INTO problems (county, key, id, number, rule, item, block, clauses, subject_kind, subject, household, member, area, say, sensitive, origin, sheet, doubt, lead, helping, state,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, classes, rev, accepted_on, accepted_idx, voided_on, voided_idx, void_reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, 1, '', 0, '', 0, '')`
	problemByID         = `SELECT ` + problemColumns + ` FROM problems WHERE county = $1 AND id = $2`
	problemsOfHousehold = `SELECT ` + problemColumns + ` FROM problems WHERE county = $1 AND household = $2 ORDER BY key`
	listProblems        = `SELECT ` + problemColumns + ` FROM problems`
	waitingProblems     = `SELECT key FROM problems`
	acceptProblem       = `UPDATE problems SET state = $1, accepted_on = $2, accepted_idx = $3, rev = rev + 1 WHERE county = $4 AND key = $5`
	voidProblem         = `UPDATE problems SET state = $1, voided_on = $2, voided_idx = $3, void_reason = $4, rev = rev + 1 WHERE county = $5 AND key = $6`
	moveClear           = `UPDATE problems SET clear_on = $1 WHERE county = $2 AND clear_on = $3 AND state NOT IN ('void', 'closed')`
	moveStage           = `UPDATE problems SET stage_on = $1 WHERE county = $2 AND stage_on = $3 AND state NOT IN ('void', 'closed')`
	carryProblem        = `UPDATE problems SET household = $1, subject = $2, area = $3, moved_on = $4, rev = rev + 1 WHERE county = $5 AND key = $6`
	leavePlace          = `INSERT INTO problem_places (county, problem, idx, area, since_on, until_on) VALUES ($1, $2, $3, $4, $5, $6)`
	placeAt             = `SELECT area FROM problem_places WHERE county = $1 AND problem = $2 AND since_on <= $3 AND until_on > $4`
	readNumber          = `SELECT last FROM numbers WHERE county = $1 AND series = $2`
	writeNumber         = `INSERT INTO numbers (county, series, last) VALUES ($1, $2, $3) ON CONFLICT (county, series) DO UPDATE SET last = excluded.last`
)
