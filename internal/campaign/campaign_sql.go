package campaign

const (
	insertPack     = `INSERT INTO packs (county, digest, version, idx, doc) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (county, digest) DO NOTHING`
	readPack       = `SELECT doc FROM packs WHERE county = $1 AND digest = $2`
	insertCampaign = `INSERT INTO campaigns (county, id, title, pack, cut_off, first_on, last_on, plan, opened_at, idx) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	latestPack     = `SELECT digest FROM packs WHERE county = $1 ORDER BY idx DESC LIMIT 1`
	readCampaign   = `SELECT id, title, pack, cut_off, plan, opened_at FROM campaigns WHERE county = $1 ORDER BY idx DESC LIMIT 1`
)
