package duty

const (
	upsertArea = `INSERT INTO areas (county, code, parent, level, name, short, since, until, idx) VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8)
ON CONFLICT (county, code) DO UPDATE SET parent = excluded.parent, level = excluded.level, name = excluded.name, short = excluded.short, until = ''`
	listAreas   = `SELECT code, parent, level, name, short FROM areas`
	everyArea   = `SELECT code, parent, level, name, short FROM areas WHERE county = $1 ORDER BY code`
	areaUntil   = `SELECT until FROM areas WHERE county = $1 AND code = $2`
	movePosts   = `UPDATE posts SET area = $1 WHERE county = $2 AND area = $3`
	moveUnits   = `UPDATE units SET area = $1 WHERE county = $2 AND area = $3`
	oneArea     = `SELECT code, parent, level, name, short FROM areas WHERE county = $1 AND code = $2`
	insertAlias = `INSERT INTO area_aliases (county, parent, name, code) VALUES ($1, $2, $3, $4) ON CONFLICT (county, parent, name, code) DO NOTHING`
	listAliases = `SELECT code, name FROM area_aliases WHERE county = $1 ORDER BY code, name`
	endArea     = `UPDATE areas SET until = $1 WHERE county = $2 AND code = $3`
	upsertUnit  = `INSERT INTO units (county, id, kind, name, area, since, until, idx) VALUES ($1, $2, $3, $4, $5, $6, '', $7)
ON CONFLICT (county, id) DO UPDATE SET kind = excluded.kind, name = excluded.name, area = excluded.area, until = ''`
	upsertPerson = `INSERT INTO people (county, id, name, idx) VALUES ($1, $2, $3, $4) ON CONFLICT (county, id) DO UPDATE SET name = excluded.name`
	insertPost   = `INSERT INTO posts (county, id, person, unit, title, duties, area, since_at, until_at, idx) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)`
	postExists   = `SELECT id FROM posts WHERE county = $1 AND id = $2`
	endPost      = `UPDATE posts SET until_at = $1 WHERE county = $2 AND id = $3 AND until_at = 0`
	actorOfPost  = `SELECT p.person, coalesce(q.name, ''), p.title, p.unit, coalesce(u.name, ''), coalesce(u.kind, ''), p.area, p.duties, p.until_at
FROM posts p LEFT JOIN people q ON q.county = p.county AND q.id = p.person LEFT JOIN units u ON u.county = p.county AND u.id = p.unit
WHERE p.county = $1 AND p.id = $2`
	postsOfPerson = `SELECT id FROM posts WHERE county = $1 AND person = $2 AND until_at = 0 ORDER BY idx, id`
)
