package roster

const (
	// The history is written before the change, from the rows as they were. Nothing is written where nothing changes.
	noteOwners = `INSERT INTO owners (county, household, idx, post, was, reason)
SELECT county, key, CAST($1 AS BIGINT), CAST($2 AS TEXT), owner, CAST($3 AS TEXT) FROM households WHERE county = $4 AND area >= $5 AND area < $6 AND state = 'active' AND owner <> $7
ON CONFLICT (county, household, idx) DO UPDATE SET post = excluded.post, reason = excluded.reason`
	setOwners   = `UPDATE households SET owner = $1 WHERE county = $2 AND area >= $3 AND area < $4 AND state = 'active' AND owner <> $5`
	countOwners = `SELECT area, owner, count(*) FROM households WHERE county = $1 AND area >= $2 AND area < $3 AND state = 'active' GROUP BY area, owner ORDER BY area, owner`

	// A post's households change hands whether they are in force or not: one that comes back must not come back to a post that ended.
	noteHandOver = `INSERT INTO owners (county, household, idx, post, was, reason)
SELECT county, key, CAST($1 AS BIGINT), CAST($2 AS TEXT), owner, CAST($3 AS TEXT) FROM households WHERE county = $4 AND owner = $5 AND area >= $6 AND area < $7
ON CONFLICT (county, household, idx) DO UPDATE SET post = excluded.post, reason = excluded.reason`
	setHandOver   = `UPDATE households SET owner = $1 WHERE county = $2 AND owner = $3 AND area >= $4 AND area < $5`
	countHandOver = `SELECT area, count(*) FROM households WHERE county = $1 AND owner = $2 AND area >= $3 AND area < $4 AND state = 'active' GROUP BY area ORDER BY area`

	ownerOf   = `SELECT key, area, owner FROM households WHERE county = $1 AND id = $2 AND state = 'active'`
	setOwner  = `UPDATE households SET owner = $1 WHERE county = $2 AND key = $3`
	noteOwner = `INSERT INTO owners (county, household, idx, post, was, reason) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (county, household, idx) DO UPDATE SET post = excluded.post, reason = excluded.reason`
	ownersOf  = `SELECT idx, post, was, reason FROM owners WHERE county = $1 AND household = $2 ORDER BY idx DESC`
	lastOwner = `SELECT max(o.idx) FROM owners o JOIN households h ON h.county = o.county AND h.key = o.household WHERE o.county = $1 AND h.area >= $2 AND h.area < $3`
	setMissed = `UPDATE households SET missed = $1, missed_on = $2 WHERE county = $3 AND key = $4`

	heldIn = `SELECT area, owner, count(*), sum(CASE WHEN inspected_on <> '' THEN 1 ELSE 0 END), sum(CASE WHEN inspected_on = '' AND missed <> '' THEN 1 ELSE 0 END)
FROM households WHERE county = $1 AND area >= $2 AND area < $3 AND state = 'active' GROUP BY area, owner ORDER BY area, owner`
	heldBy = `SELECT area, owner, count(*), sum(CASE WHEN inspected_on <> '' THEN 1 ELSE 0 END), sum(CASE WHEN inspected_on = '' AND missed <> '' THEN 1 ELSE 0 END)
FROM households WHERE county = $1 AND owner = $2 AND area >= $3 AND area < $4 AND state = 'active' GROUP BY area, owner ORDER BY area, owner`
)
