package report

const (
	// sumsUpTo walks the primary key once; the rows come in the order of the key.
	sumsUpTo = `SELECT area, measure, item, sum(n), sum(CASE WHEN reported_on = $1 THEN n ELSE 0 END),
sum(CASE WHEN reported_on = $2 AND done_on < $3 THEN n ELSE 0 END), max(CASE WHEN n > 0 THEN reported_on ELSE '' END)
FROM tallies WHERE county = $4 AND reported_on <= $5 GROUP BY area, measure, item ORDER BY area, measure, item`

	// byDays is what the late arrivals are told from: the county and its townships, by day of the report and day done.
	byDays = `SELECT t.area, t.measure, t.reported_on, t.done_on, sum(t.n) FROM areas a
JOIN tallies t ON t.county = a.county AND t.area = a.code AND t.measure IN ('sheets', 'inspected', 'found')
WHERE a.county = $1 AND a.level IN ('county', 'township') AND (t.item = '' OR t.measure = 'found') AND t.reported_on <= $2
GROUP BY t.area, t.measure, t.reported_on, t.done_on ORDER BY t.area, t.measure, t.reported_on, t.done_on`

	areasOn = `SELECT code, parent, level, name, short FROM areas
WHERE county = $1 AND idx < $2 AND level IN ('county', 'township', 'village') AND (until = '' OR until > $3) ORDER BY code`
	unitNames = `SELECT id, name FROM units WHERE county = $1 AND idx < $2`

	// The overview reads few rows of the key: never the classes of a measure that it does not show.
	sumsOf = `SELECT area, measure, item, sum(n), sum(CASE WHEN reported_on = $1 THEN n ELSE 0 END), 0, max(CASE WHEN n > 0 THEN reported_on ELSE '' END)
FROM tallies WHERE county = $2 AND area = $3 AND reported_on <= $4 GROUP BY area, measure, item ORDER BY area, measure, item`
	daysOf = `SELECT measure, reported_on, sum(n) FROM tallies
WHERE county = $1 AND area = $2 AND measure IN ('inspected', 'found') AND (item = '' OR measure = 'found') AND reported_on >= $3 AND reported_on <= $4
GROUP BY measure, reported_on ORDER BY measure, reported_on`
	childAreas = `SELECT code, parent, level, name, short FROM areas
WHERE county = $1 AND parent = $2 AND level IN ('township', 'village') AND until = '' ORDER BY code`
	sumsOfChildren = `SELECT t.area, t.measure, t.item, sum(t.n), sum(CASE WHEN t.reported_on = $1 THEN t.n ELSE 0 END), 0,
max(CASE WHEN t.n > 0 THEN t.reported_on ELSE '' END)
FROM areas a CROSS JOIN tallies t WHERE a.county = $2 AND a.parent = $3 AND a.level IN ('township', 'village') AND a.until = ''
AND t.county = $4 AND t.area = a.code AND t.item = '' AND t.reported_on <= $5
AND t.measure IN ('households', 'inspected', 'sheets', 'doubt.opened', 'doubt.confirmed', 'doubt.refuted', 'doubt.gone')
GROUP BY t.area, t.measure, t.item
UNION ALL
SELECT t.area, t.measure, t.item, sum(t.n), sum(CASE WHEN t.reported_on = $6 THEN t.n ELSE 0 END), 0, ''
FROM areas a CROSS JOIN tallies t WHERE a.county = $7 AND a.parent = $8 AND a.level IN ('township', 'village') AND a.until = ''
AND t.county = $9 AND t.area = a.code AND t.measure IN ('found', 'voided') AND t.reported_on <= $10
GROUP BY t.area, t.measure, t.item`

	// silentVillages seeks, for each village, its last report with a sheet and whether it has a household left to inspect.
	silentVillages = `SELECT count(*) FROM areas a WHERE a.county = $1 AND a.code >= $2 AND a.code < $3 AND a.level = 'village' AND a.until = ''
AND NOT EXISTS (SELECT 1 FROM tallies t WHERE t.county = a.county AND t.area = a.code AND t.measure = 'sheets' AND t.item = '' AND t.reported_on = $4 AND t.n > 0)
AND (SELECT coalesce(sum(t.n), 0) FROM tallies t WHERE t.county = a.county AND t.area = a.code AND t.measure = 'households' AND t.item = '' AND t.reported_on <= $5)
  > (SELECT coalesce(sum(t.n), 0) FROM tallies t WHERE t.county = a.county AND t.area = a.code AND t.measure = 'inspected' AND t.item = '' AND t.reported_on <= $6)`

	problemRows  = `SELECT number, item, area, say, sensitive, lead, helping, state, found_on, accepted_on, voided_on, void_reason FROM problems`
	receivedAt   = `SELECT received_at FROM acts WHERE county = $1 AND idx = $2`
	readCutOff   = `SELECT digest, frozen_at, idx, log_size FROM cut_offs WHERE county = $1 AND reported_on = $2`
	listCutOffs  = `SELECT reported_on, digest, frozen_at, idx, log_size FROM cut_offs WHERE county = $1 ORDER BY reported_on`
	insertCutOff = `INSERT INTO cut_offs (county, reported_on, due_at, frozen_at, idx, log_size, digest) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	insertReport = `INSERT INTO frozen_reports (county, digest, kind, reported_on, doc) VALUES ($1, $2, $3, $4, $5)`
	readReport   = `SELECT doc FROM frozen_reports WHERE county = $1 AND digest = $2`
)
