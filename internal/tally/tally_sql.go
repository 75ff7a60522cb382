package tally

const (
	addTally = `INSERT INTO tallies (county, area, measure, item, reported_on, done_on, n) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, area, measure, item, reported_on, done_on) DO UPDATE SET n = tallies.n + excluded.n`

	tallyOf = `SELECT area, measure, item, reported_on, done_on, n FROM tallies WHERE county = $1 AND area = $2 AND n <> 0 AND (item = '' OR measure <> 'owned')
ORDER BY area, measure, item, reported_on, done_on`

	tallyAll = `SELECT area, measure, item, reported_on, done_on, n FROM tallies WHERE county = $1 AND n <> 0`

	// What each post owns is asked for by itself: there are as many posts as villages and more.
	tallyItems = `SELECT item, sum(n) FROM tallies WHERE county = $1 AND area = $2 AND measure = $3 GROUP BY item ORDER BY item`

	tallyTotal = `SELECT coalesce(sum(n), 0) FROM tallies WHERE county = $1 AND area = $2 AND measure = $3 AND item = $4`

	// Class counts are not asked for: they overlap and no tree shows them.
	tallySums = `SELECT area, measure, item, sum(n) FROM tallies WHERE county = $1 AND area >= $2 AND area < $3
AND (item = '' OR measure NOT IN ('households', 'inspected', 'owned')) GROUP BY area, measure, item ORDER BY area, measure, item`
)
