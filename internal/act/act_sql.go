package act

const (
	readHead  = `SELECT size, root, received_at FROM log_heads WHERE county = $1`
	writeHead = `INSERT INTO log_heads (county, size, root, received_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (county) DO UPDATE SET size = excluded.size, root = excluded.root, received_at = excluded.received_at`
	readTile  = `SELECT data FROM log_tiles WHERE county = $1 AND level = $2 AND n = $3`
	writeTile = `INSERT INTO log_tiles (county, level, n, data) VALUES ($1, $2, $3, $4)
ON CONFLICT (county, level, n) DO UPDATE SET data = excluded.data`

	insertKey = `INSERT INTO log_keys (county, idx, key) VALUES ($1, $2, $3)`
	keyAt     = `SELECT key FROM log_keys WHERE county = $1 AND idx < $2 ORDER BY idx DESC LIMIT 1`

	insertAct = `INSERT INTO acts (county, idx, id, kind, subject, person, post, received_at, digest, leaf, doc)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	knownAct     = `SELECT idx, received_at, digest, leaf FROM acts WHERE county = $1 AND id = $2`
	knownActs    = `SELECT id, idx, received_at, digest, leaf FROM acts`
	anyWait      = `SELECT id FROM waits WHERE county = $1 LIMIT 1`
	actByID      = `SELECT idx, received_at, leaf, doc FROM acts WHERE county = $1 AND id = $2`
	actByIndex   = `SELECT idx, received_at, leaf, doc FROM acts WHERE county = $1 AND idx = $2`
	actsFrom     = `SELECT idx, received_at, leaf, doc FROM acts WHERE county = $1 AND idx >= $2 ORDER BY idx LIMIT $3`
	signersOf    = `SELECT idx, post, doc FROM acts`
	actsOn       = `SELECT idx, received_at, leaf, doc FROM acts WHERE county = $1 AND subject = $2 ORDER BY idx DESC LIMIT $3`
	rowsFrom     = `SELECT idx, id, kind, subject, person, post, received_at, digest, leaf, doc FROM acts WHERE county = $1 AND idx >= $2 ORDER BY idx LIMIT $3`
	sealedFrom   = `SELECT idx, hash, box FROM sealed_values WHERE county = $1 AND idx >= $2 AND idx < $3 ORDER BY idx, hash`
	allTiles     = `SELECT level, n, data FROM log_tiles WHERE county = $1 ORDER BY level, n`
	receivedAt   = `SELECT received_at FROM acts WHERE county = $1 AND idx = $2`
	listActs     = `SELECT idx, id, kind, subject, person, post, received_at FROM acts`
	insertSealed = `INSERT INTO sealed_values (county, idx, hash, box) VALUES ($1, $2, $3, $4)`
	sealedOf     = `SELECT hash, box FROM sealed_values WHERE county = $1 AND idx = $2 ORDER BY hash`

	deleteSealed = `DELETE FROM sealed_values WHERE county = $1 AND idx = $2 AND hash = $3`
	insertPurged = `INSERT INTO purged_values (county, hash, idx, purged_idx) VALUES ($1, $2, $3, $4) ON CONFLICT (county, hash, idx) DO NOTHING`
	purgedValue  = `SELECT purged_idx FROM purged_values WHERE county = $1 AND hash = $2 LIMIT 1`
	oldRefused   = `SELECT id FROM refused_acts WHERE county = $1 AND received_at < $2 AND doc <> $3 ORDER BY id`
	emptyRefused = `UPDATE refused_acts SET doc = $1, openings = $2 WHERE county = $3 AND received_at < $4 AND doc <> $5`

	insertWaiting = `INSERT INTO waiting_acts (county, id, person, received_at, doc, openings) VALUES ($1, $2, $3, $4, $5, $6)`
	waitingAct    = `SELECT person, received_at, doc, openings FROM waiting_acts WHERE county = $1 AND id = $2`
	deleteWaiting = `DELETE FROM waiting_acts WHERE county = $1 AND id = $2`
	insertWait    = `INSERT INTO waits (county, wanted, id) VALUES ($1, $2, $3) ON CONFLICT (county, wanted, id) DO NOTHING`
	waitersOn     = `SELECT id FROM waits WHERE county = $1 AND wanted = $2 ORDER BY id`
	deleteWaits   = `DELETE FROM waits WHERE county = $1 AND wanted = $2`
	listWaiting   = `SELECT id, person, received_at, doc FROM waiting_acts WHERE county = $1 ORDER BY received_at, id LIMIT $2`

	insertRefused = `INSERT INTO refused_acts (county, id, person, post, kind, area, received_at, code, reason, doc, openings, repaired_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '') ON CONFLICT (county, id) DO NOTHING`
	refusedActs = `SELECT id, code, reason FROM refused_acts`
	markRepair  = `UPDATE refused_acts SET repaired_by = $1 WHERE county = $2 AND id = $3`
	listRefused = `SELECT id, person, post, kind, area, received_at, code, reason, repaired_by, doc FROM refused_acts`
)
