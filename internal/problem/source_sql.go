package problem

const (
	mergeProblem   = `UPDATE problems SET was = $1, merged_into = $2 WHERE county = $3 AND key = $4`
	restoreProblem = `UPDATE problems SET was = '', merged_into = '', clear_on = $1 WHERE county = $2 AND key = $3`
	mergedInto     = `SELECT ` + problemColumns + ` FROM problems WHERE county = $1 AND merged_into <> '' AND merged_into = $2 ORDER BY key`
	splitFrom      = `SELECT ` + problemColumns + ` FROM problems WHERE county = $1 AND parent <> '' AND parent = $2 ORDER BY key`

	insertSource = `INSERT INTO problem_sources (county, problem, idx, source, year, reference, organ, found_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	sourcesAmong = `SELECT problem, idx, source, year, reference, organ, found_on FROM problem_sources`
	sourcesOf    = `WITH RECURSIVE one (key, id) AS (
SELECT p.key, p.id FROM problems p WHERE p.county = $1 AND p.key = $2
UNION ALL SELECT m.key, m.id FROM one JOIN problems m ON m.county = $3 AND m.merged_into <> '' AND m.merged_into = one.id)
SELECT s.problem, s.idx, s.source, s.year, s.reference, s.organ, s.found_on FROM one JOIN problem_sources s ON s.county = $4 AND s.problem = one.key ORDER BY s.idx`
	ofSource = `WITH RECURSIVE of (key, up) AS (
SELECT p.key, p.merged_into FROM problem_sources s JOIN problems p ON p.county = s.county AND p.key = s.problem WHERE s.county = $1 AND s.source >= $2 AND s.source <= $3 AND s.year >= $4 AND s.year <= $5
UNION SELECT t.key, t.merged_into FROM of JOIN problems t ON t.county = $6 AND t.id = of.up) SELECT key FROM of`

	insertCluster = `INSERT INTO clusters (county, key, id, name, cause, item, rev, founded_on, founded_by) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)`
	clusterByID   = `SELECT key, id, name, cause, item, rev, founded_on, founded_by FROM clusters WHERE county = $1 AND id = $2`
	listClusters  = `SELECT key, id, name, cause, item, rev, founded_on, founded_by FROM clusters`
	touchCluster  = `UPDATE clusters SET rev = rev + 1 WHERE county = $1 AND key = $2`
	setCluster    = `UPDATE problems SET cluster = $1 WHERE county = $2 AND key = $3`
	membersOf     = `SELECT ` + problemColumns + ` FROM problems WHERE county = $1 AND cluster <> '' AND cluster = $2 ORDER BY key`
	clusterStates = `SELECT cluster, state FROM problems`
	insertFix     = `INSERT INTO cluster_fixes (county, cluster, idx, result, mended_on, members, by_post) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	fixesOf       = `SELECT idx, result, mended_on, members, by_post FROM cluster_fixes WHERE county = $1 AND cluster = $2 ORDER BY idx`

	insertDistinct = `INSERT INTO problem_distincts (county, problem, other, idx) VALUES ($1, $2, $3, $4) ON CONFLICT (county, problem, other) DO NOTHING`
	distinctsIn    = `SELECT d.problem, d.other FROM problem_distincts d JOIN problems p ON p.county = d.county AND p.key = d.problem WHERE d.county = $1 AND p.area >= $2 AND p.area < $3`
)
