package problem

const (
	problemColumns = `key, id, number, rule, item, block, clauses, subject, household, member, area, say, sensitive, origin, sheet, doubt, lead, helping, state, rev,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, accepted_on, accepted_idx, voided_on, voided_idx, void_reason, classes, moved_on,
due_on, standing_on, standing_idx, was, merged_into, parent, cluster, order_id, ruled, claimed_by, leader, person, measures, result, mended_on, closed_on, paused_on, relapses, paused_until`

	insertProblem = `INSERT INTO problems (county, key, id, number, rule, item, block, clauses, subject_kind, subject, household, member, area, say, sensitive, origin, sheet, doubt, lead, helping, state,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, classes, due_on, parent, rev, accepted_on, accepted_idx, voided_on, voided_idx, void_reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, 1, '', 0, '', 0, '')`
	problemByID         = `SELECT ` + problemColumns + ` FROM problems WHERE county = $1 AND id = $2`
	problemsOfHousehold = `SELECT ` + problemColumns + ` FROM problems WHERE county = $1 AND household = $2 ORDER BY key`
	listProblems        = `SELECT ` + problemColumns + ` FROM problems`
	searchedTo          = `SELECT key FROM problems WHERE county = $1 AND key < $2 ORDER BY key DESC LIMIT 1 OFFSET $3`
	problemKeys         = `SELECT key FROM problems`

	writeStanding = `UPDATE problems SET state = $1, item = $2, lead = $3, helping = $4, due_on = $5, standing_on = $6, standing_idx = $7, rev = rev + 1 WHERE county = $8 AND key = $9`
	leaveStanding = `INSERT INTO problem_standings (county, problem, idx, state, item, lead, helping, due_on, since_on, until_on, say) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	firstSaid     = `SELECT say FROM problem_standings WHERE county = $1 AND problem = $2 AND say <> '' ORDER BY idx LIMIT 1`
	standingsAt   = `SELECT problem, state, item, lead, helping, due_on, since_on, say FROM problem_standings`

	acceptProblem  = `UPDATE problems SET accepted_on = $1, accepted_idx = $2 WHERE county = $3 AND key = $4`
	voidProblem    = `UPDATE problems SET voided_on = $1, voided_idx = $2, void_reason = $3 WHERE county = $4 AND key = $5`
	assignProblem  = `UPDATE problems SET block = $1, ruled = $2 WHERE county = $3 AND key = $4`
	amendProblem   = `UPDATE problems SET say = $1, block = $2, order_id = '', claimed_by = '', leader = '', person = '', measures = '', result = '', mended_on = '' WHERE county = $3 AND key = $4`
	claimProblem   = `UPDATE problems SET claimed_by = $1, leader = $2, person = $3, measures = $4 WHERE county = $5 AND key = $6`
	rectifyProblem = `UPDATE problems SET result = $1, mended_on = $2 WHERE county = $3 AND key = $4`
	closeProblem   = `UPDATE problems SET closed_on = $1 WHERE county = $2 AND key = $3`
	reopenProblem  = `UPDATE problems SET closed_on = '', mended_on = '', relapses = relapses + 1 WHERE county = $1 AND key = $2`

	insertSignature = `INSERT INTO problem_signatures (county, problem, idx, step, person, post, unit, kind, voided, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')`
	voidSignature   = `UPDATE problem_signatures SET voided = $1, why = $2 WHERE county = $3 AND problem = $4 AND idx = $5`
	signaturesOf    = `SELECT idx, step, person, post, unit, kind, voided, why FROM problem_signatures WHERE county = $1 AND problem = $2 ORDER BY idx`
	signaturesAmong = `SELECT problem, idx, step, person, post, unit, kind, voided, why FROM problem_signatures`
	insertDecline   = `INSERT INTO problem_declines (county, problem, idx, unit, ground) VALUES ($1, $2, $3, $4, $5)`
	declinesOf      = `SELECT unit FROM problem_declines WHERE county = $1 AND problem = $2 ORDER BY idx`
	refusalsOf      = `SELECT idx, unit, ground FROM problem_declines WHERE county = $1 AND problem = $2 ORDER BY idx`
	partsOf         = `SELECT ` + problemColumns + ` FROM problems WHERE county = $1 AND parent <> '' AND parent = $2
UNION ALL SELECT ` + problemColumns + ` FROM problems WHERE county = $3 AND merged_into <> '' AND merged_into = $4 ORDER BY 1 LIMIT 50`

	orderProblem  = `UPDATE problems SET order_id = $1, leader = $2, person = $3, claimed_by = '', measures = '' WHERE county = $4 AND key = $5`
	pressProblem  = `UPDATE problems SET order_id = $1 WHERE county = $2 AND key = $3`
	nameOrdered   = `INSERT INTO order_problems (county, ord, problem, idx, was_due) VALUES ($1, $2, $3, $4, $5)`
	namedOrdered  = `SELECT p.id FROM order_problems n JOIN problems p ON p.county = n.county AND p.key = n.problem WHERE n.county = $1 AND n.ord = $2 ORDER BY n.problem`
	orderedBy     = `SELECT n.idx FROM order_problems n JOIN orders o ON o.county = n.county AND o.id = n.ord WHERE n.county = $1 AND n.problem = $2 AND o.state = 'issued' ORDER BY n.idx`
	forgetNamed   = `DELETE FROM order_problems WHERE county = $1 AND ord = $2`
	declinesOfAll = `SELECT problem, unit FROM problem_declines`
	orderCounts   = `SELECT n.ord, p.state, p.due_on FROM order_problems n JOIN problems p ON p.county = n.county AND p.key = n.problem`

	insertAsk    = `INSERT INTO problem_asks (county, problem, idx, id, what, until_on, reason, unit, post, was_due, state, due_on, settled_idx, settled_by, say) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', '', 0, '', '')`
	asksOf       = `SELECT idx, id, what, until_on, reason, unit, post, was_due, state, due_on, settled_idx, settled_by, say FROM problem_asks WHERE county = $1 AND problem = $2 ORDER BY idx`
	openAsks     = `SELECT p.id, a.idx, a.id, a.what, a.until_on, a.reason, a.unit, a.post, a.was_due, a.state FROM problem_asks a JOIN problems p ON p.county = a.county AND p.key = a.problem`
	settleAsk    = `UPDATE problem_asks SET state = $1, was_due = $2, due_on = $3, settled_idx = $4, settled_by = $5, say = $6 WHERE county = $7 AND problem = $8 AND idx = $9`
	lapseAsks    = `UPDATE problem_asks SET state = 'lapsed', settled_idx = $1 WHERE county = $2 AND problem = $3 AND state = 'open'`
	pauseProblem = `UPDATE problems SET paused_on = $1, paused_until = $2 WHERE county = $3 AND key = $4`
	unitStates   = `SELECT state, COUNT(*) FROM problems WHERE county = $1 AND lead = $2 GROUP BY state`
	listedStates = `SELECT state FROM problems`
	insertClear  = `INSERT INTO unit_clears (county, unit, idx, cleared_on, person, post, closed, voided, why) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '')`
	listClears   = `SELECT unit, idx, cleared_on, person, post, closed, voided, why FROM unit_clears`
	voidClears   = `UPDATE unit_clears SET voided = $1, why = $2 WHERE county = $3 AND unit = $4 AND voided = 0`

	owedProblems = `SELECT p.id, p.number, p.lead, coalesce(o.id, ''), coalesce(o.unit, ''), p.due_on, p.order_id FROM problems p
LEFT JOIN posts o ON o.county = p.county AND o.id = p.claimed_by AND o.until_at = 0
WHERE p.county = $1 AND p.due_on >= $2 AND p.due_on <= $3 AND p.state IN ('ordered', 'claimed', 'returned', 'reopened') AND p.paused_until < $4 ORDER BY p.lead, p.due_on, coalesce(o.id, ''), p.key`
	insertEvent = `INSERT INTO problem_events (county, reported_on, measure, problem, idx, unit, say) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	eventsOn    = `SELECT problem, idx, unit, say FROM problem_events WHERE county = $1 AND reported_on = $2 AND measure = $3 ORDER BY problem, idx`
	overdueNow  = `SELECT key, area, moved_on, state, item, lead, due_on, standing_on, found_on FROM problems`
	overdueThen = `SELECT p.key, p.area, p.moved_on, s.state, s.item, s.lead, s.due_on, s.since_on, p.found_on FROM problem_standings s JOIN problems p ON p.county = s.county AND p.key = s.problem`
	lateUnits   = `SELECT lead, due_on FROM problems`

	moveClear    = `UPDATE problems SET clear_on = $1, due_on = CASE WHEN due_on = clear_on THEN $2 ELSE due_on END WHERE county = $3 AND clear_on = $4 AND state NOT IN ('void', 'merged', 'closed')`
	moveStage    = `UPDATE problems SET stage_on = $1 WHERE county = $2 AND stage_on = $3 AND state NOT IN ('void', 'merged', 'closed')`
	carryProblem = `UPDATE problems SET household = $1, subject = $2, area = $3, moved_on = $4, rev = rev + 1 WHERE county = $5 AND key = $6`
	leavePlace   = `INSERT INTO problem_places (county, problem, idx, area, since_on, until_on) VALUES ($1, $2, $3, $4, $5, $6)`
	placeAt      = `SELECT area FROM problem_places WHERE county = $1 AND problem = $2 AND since_on <= $3 AND until_on > $4`
	readNumber   = `SELECT last FROM numbers WHERE county = $1 AND series = $2`
	writeNumber  = `INSERT INTO numbers (county, series, last) VALUES ($1, $2, $3) ON CONFLICT (county, series) DO UPDATE SET last = excluded.last`
)
