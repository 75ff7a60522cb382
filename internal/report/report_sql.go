package report

const (
	// sumsUpTo walks the primary key once; the rows come in the order of the key. What was done on no day was only carried along
	// by a household that moved: it counts in the total and is nobody's work of today. How many stand
	// as closed or merged has no day done either; its change of today is what today took from what is open.
	sumsUpTo = `SELECT area, measure, item, sum(n), sum(CASE WHEN reported_on = $1 AND (done_on <> '' OR measure IN ('at.closed', 'at.merged')) THEN n ELSE 0 END),
sum(CASE WHEN reported_on = $2 AND done_on < $3 AND done_on <> '' THEN n ELSE 0 END), max(CASE WHEN n > 0 AND done_on <> '' THEN reported_on ELSE '' END)
FROM tallies WHERE county = $4 AND reported_on <= $5 GROUP BY area, measure, item ORDER BY area, measure, item`

	// byDays is what the late arrivals are told from: the county and its townships, by day of the report and day done.
	byDays = `SELECT t.area, t.measure, t.reported_on, t.done_on, sum(t.n) FROM areas a
JOIN tallies t ON t.county = a.county AND t.area = a.code AND t.measure IN ('sheets', 'inspected', 'found')
WHERE a.county = $1 AND a.level IN ('county', 'township') AND (t.item = '' OR t.measure = 'found') AND t.reported_on <= $2 AND t.done_on <> ''
GROUP BY t.area, t.measure, t.reported_on, t.done_on ORDER BY t.area, t.measure, t.reported_on, t.done_on`

	areasOn = `SELECT code, parent, level, name, short FROM areas
WHERE county = $1 AND idx < $2 AND level IN ('county', 'township', 'village') AND (until = '' OR until > $3) ORDER BY code`
	unitNames = `SELECT id, name FROM units WHERE county = $1 AND idx < $2`

	// countsOf is completed by the conditions of a lens: which areas, measures, items and days.
	countsOf   = `SELECT t.area, t.measure, t.item, t.reported_on, t.done_on, t.n FROM areas a CROSS JOIN tallies t`
	childAreas = `SELECT code, parent, level, name, short FROM areas
WHERE county = $1 AND parent = $2 AND level IN ('township', 'village') AND until = '' ORDER BY code`

	// ledCounts is completed by the places; unitCounts is of all units in one place. The item is "unit/item".
	ledCounts = `SELECT t.area, t.measure, t.item, t.reported_on, t.n FROM areas a CROSS JOIN tallies t`
	ledBelow  = `SELECT a.code, a.name, t.measure, sum(t.n), sum(CASE WHEN t.reported_on = $1 THEN t.n ELSE 0 END) FROM areas a CROSS JOIN tallies t
WHERE a.county = $2 AND a.parent = $3 AND a.level = 'township' AND t.county = $4 AND t.area = a.code AND t.measure IN ('led.accepted', 'led.at.closed', 'led.at.merged', 'led.found', 'led.voided')
AND t.item >= $5 AND t.item < $6 AND t.reported_on <= $7 GROUP BY a.code, a.name, t.measure ORDER BY a.code, t.measure`
	unitCounts = `SELECT measure, item, sum(n), sum(CASE WHEN reported_on = $1 THEN n ELSE 0 END) FROM tallies
WHERE county = $2 AND area = $3 AND measure IN ('led.accepted', 'led.at.closed', 'led.at.merged', 'led.found', 'led.voided') AND reported_on <= $4 GROUP BY measure, item ORDER BY measure, item`

	problemRows  = `SELECT key, number, item, area, moved_on, say, sensitive, lead, helping, state, found_on, standing_on, due_on, void_reason FROM problems`
	receivedAt   = `SELECT received_at FROM acts WHERE county = $1 AND idx = $2`
	readCutOff   = `SELECT digest, frozen_at, idx, log_size FROM cut_offs WHERE county = $1 AND reported_on = $2`
	listCutOffs  = `SELECT reported_on, digest, frozen_at, idx, log_size FROM cut_offs WHERE county = $1 ORDER BY reported_on`
	insertCutOff = `INSERT INTO cut_offs (county, reported_on, due_at, frozen_at, idx, log_size, digest) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	insertReport = `INSERT INTO frozen_reports (county, digest, kind, reported_on, doc) VALUES ($1, $2, $3, $4, $5)`
	remarksOn    = `SELECT unit, name, area, say, at FROM remarks WHERE county = $1 AND reported_on = $2 ORDER BY area, unit`
	writeRemark  = `INSERT INTO remarks (county, reported_on, unit, name, area, say, post, at, idx) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (county, reported_on, unit) DO UPDATE SET name = excluded.name, area = excluded.area, say = excluded.say, post = excluded.post, at = excluded.at, idx = excluded.idx`
	dropRemark   = `DELETE FROM remarks WHERE county = $1 AND reported_on = $2 AND unit = $3`
	insertReview = `INSERT INTO reviews (county, reported_on, idx, digest, verdict, word, post, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	reviewsOn    = `SELECT reported_on, verdict, word, post, at, idx, digest FROM reviews WHERE county = $1 AND reported_on = $2 ORDER BY idx`
	reviewsOfAll = `SELECT reported_on, verdict, word, post, at, idx, digest FROM reviews WHERE county = $1 ORDER BY reported_on, idx`
	readReport   = `SELECT doc FROM frozen_reports WHERE county = $1 AND digest = $2`
)
