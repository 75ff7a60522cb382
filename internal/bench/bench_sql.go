package bench

const (
	// insertBare puts a row beside the county's: a measurement's folder is thrown away afterwards.
	insertBare = `INSERT INTO frozen_reports (county, digest, kind, reported_on, doc) VALUES ('bench', $1, '', '', $2)`
	everyAct   = `SELECT idx, id, received_at, leaf FROM acts WHERE county = $1 ORDER BY idx`

	// What Spoil plants. $1 … are the copy's own, the last two the county and the problem that it is a copy of.
	spoilKinds   = `SELECT key, found_on, clear_on FROM problems WHERE county = $1 AND sensitive = '' AND lead <> '' AND number NOT LIKE '测速-%' ORDER BY key`
	spoilHomes   = `SELECT key, id, area FROM households WHERE county = $1 ORDER BY key`
	spoilFrom    = `SELECT COUNT(*), coalesce(max(key), 0), (SELECT max(idx) FROM acts WHERE county = $1) FROM problems WHERE county = $1`
	spoilProblem = `INSERT INTO problems (county, key, id, number, rule, item, block, clauses, subject_kind, subject, household, member, area, say, sensitive, origin, sheet, doubt, lead, helping, state,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, classes, due_on, rev, accepted_on, accepted_idx, closed_on, standing_on, standing_idx, voided_on, voided_idx, void_reason)
SELECT county, $1, $2, $3, rule, item, block, clauses, subject_kind, $4, $5, member, $6, say, sensitive, origin, sheet, doubt, lead, helping, $7,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, classes, $8, 1, $9, found_idx, $10, $11, found_idx, '', 0, ''
FROM problems WHERE county = $12 AND key = $13`
	spoilStanding = `INSERT INTO problem_standings (county, problem, idx, state, item, lead, helping, due_on, since_on, until_on)
SELECT county, $1, found_idx, 'found', item, lead, helping, clear_on, $2, $3 FROM problems WHERE county = $4 AND key = $5`
	spoilSignature = `INSERT INTO problem_signatures (county, problem, idx, step, person, post, unit, kind, voided, why)
SELECT county, $1, $2, $3, '', found_by, lead, 'department', 0, '' FROM problems WHERE county = $4 AND key = $5`
	spoilEvent = `INSERT INTO problem_events (county, reported_on, measure, problem, idx, unit, say)
SELECT county, $1, $2, $3, $4, lead, '' FROM problems WHERE county = $5 AND key = $6`
)
