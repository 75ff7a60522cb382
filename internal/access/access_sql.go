package access

const (
	readHead  = `SELECT size, root, at FROM access_heads WHERE county = $1`
	writeHead = `INSERT INTO access_heads (county, size, root, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (county) DO UPDATE SET size = excluded.size, root = excluded.root, at = excluded.at`
	readTile  = `SELECT data FROM access_tiles WHERE county = $1 AND level = $2 AND n = $3`
	writeTile = `INSERT INTO access_tiles (county, level, n, data) VALUES ($1, $2, $3, $4)
ON CONFLICT (county, level, n) DO UPDATE SET data = excluded.data`

	entryColumns = `idx, at, person, post, action, subject, reason, detail, leaf`

	insertEntry = `INSERT INTO access_entries (county, idx, at, person, post, action, subject, reason, detail, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	entriesFrom = `SELECT ` + entryColumns + ` FROM access_entries WHERE county = $1 AND idx >= $2 ORDER BY idx LIMIT $3`
	listEntries = `SELECT ` + entryColumns + ` FROM access_entries`
	actionsSeen = `SELECT DISTINCT action FROM access_entries WHERE county = $1 ORDER BY action`
	busyHours   = `SELECT person, max(post), at / 3600000, count(*) FROM access_entries WHERE county = $1 AND action = $2 AND at >= $3
GROUP BY person, at / 3600000 HAVING count(*) > $4 ORDER BY at / 3600000 DESC, person LIMIT 100`

	// oldEntries are the notes of before there was a log; they are copied into it once and stay where they are.
	oldEntries = `SELECT at, person, post, action, subject, reason, detail FROM access_log WHERE county = $1 ORDER BY at, id`
)
