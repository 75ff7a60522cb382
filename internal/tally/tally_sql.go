package tally

const (
	addTally = `INSERT INTO tallies (county, area, measure, item, reported_on, done_on, n) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (county, area, measure, item, reported_on, done_on) DO UPDATE SET n = tallies.n + excluded.n`

	tallyAll = `SELECT area, measure, item, reported_on, done_on, n FROM tallies WHERE county = $1 AND n <> 0`

	addTotal = `INSERT INTO tally_totals (county, measure, area, item, n) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (county, measure, area, item) DO UPDATE SET n = tally_totals.n + excluded.n`

	tallyItems = `SELECT item, n FROM tally_totals WHERE county = $1 AND measure = $2 AND area = $3 AND n <> 0 ORDER BY item`

	tallySum = `SELECT coalesce(sum(n), 0) FROM tally_totals WHERE county = $1 AND measure = $2 AND area = $3`

	tallyTotal = `SELECT n FROM tally_totals WHERE county = $1 AND measure = $2 AND area = $3 AND item = $4`

	totalsBelow = `SELECT area, n FROM tally_totals WHERE county = $1 AND measure = $2 AND area >= $3 AND area < $4 AND item = '' AND n <> 0`

	itemsBelow = `SELECT area, sum(n) FROM tally_totals WHERE county = $1 AND measure = $2 AND area >= $3 AND area < $4 AND item <> '' GROUP BY area`

	totalAll = `SELECT area, measure, item, n FROM tally_totals WHERE county = $1 AND n <> 0`
)
