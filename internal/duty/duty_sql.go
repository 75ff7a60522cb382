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
	upsertUnit  = `INSERT INTO units (county, id, kind, name, area, since, until, idx, reason) VALUES ($1, $2, $3, $4, $5, $6, '', $7, '')
ON CONFLICT (county, id) DO UPDATE SET kind = excluded.kind, name = excluded.name, area = excluded.area, until = '', reason = ''`
	oneUnit     = `SELECT kind, name, area, until, reason FROM units WHERE county = $1 AND id = $2`
	postsOfUnit = `SELECT count(*) FROM posts WHERE county = $1 AND unit = $2 AND until_at = 0`
	listUnits   = `SELECT u.id, u.kind, u.name, u.area, u.until, u.reason, coalesce(n.posts, 0)
FROM units u LEFT JOIN (SELECT county, unit, count(*) AS posts FROM posts WHERE until_at = 0 GROUP BY county, unit) n ON n.county = u.county AND n.unit = u.id`
	endUnit      = `UPDATE units SET until = $1, reason = $2 WHERE county = $3 AND id = $4`
	upsertPerson = `INSERT INTO people (county, id, name, idx) VALUES ($1, $2, $3, $4) ON CONFLICT (county, id) DO UPDATE SET name = excluded.name`
	listNames    = `SELECT id, name FROM people`
	insertPost   = `INSERT INTO posts (county, id, person, unit, title, duties, area, since_at, until_at, idx, ended_on, reason, from_post, to_post)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, '', '', $10, '')`
	postExists     = `SELECT id FROM posts WHERE county = $1 AND id = $2`
	endPost        = `UPDATE posts SET until_at = $1, ended_on = $2, reason = $3, to_post = $4 WHERE county = $5 AND id = $6 AND until_at = 0`
	dutiesOfPerson = `SELECT duties FROM posts WHERE county = $1 AND person = $2 AND until_at = 0`
	countOfficers  = `SELECT count(*) FROM posts WHERE county = $1 AND duties = $2 AND until_at = 0`
	listPosts      = `SELECT p.id, p.person, coalesce(q.name, ''), p.unit, coalesce(u.name, ''), coalesce(u.kind, ''), p.title, p.duties, p.area, p.since_at, p.until_at, p.ended_on, p.reason, p.from_post, p.to_post,
coalesce(fq.name, ''), coalesce(tq.name, ''), coalesce(a.name, ''), coalesce(ta.name, '')
FROM posts p LEFT JOIN people q ON q.county = p.county AND q.id = p.person LEFT JOIN units u ON u.county = p.county AND u.id = p.unit
LEFT JOIN posts fp ON fp.county = p.county AND fp.id = p.from_post LEFT JOIN people fq ON fq.county = p.county AND fq.id = fp.person
LEFT JOIN posts tp ON tp.county = p.county AND tp.id = p.to_post LEFT JOIN people tq ON tq.county = p.county AND tq.id = tp.person
LEFT JOIN areas a ON a.county = p.county AND a.code = p.area LEFT JOIN areas ta ON ta.county = p.county AND ta.code = substr(p.area, 1, 9) AND ta.code <> p.area`
	onePost     = listPosts + ` WHERE p.county = $1 AND p.id = $2`
	actorOfPost = `SELECT p.person, coalesce(q.name, ''), p.title, p.unit, coalesce(u.name, ''), coalesce(u.kind, ''), p.area, p.duties, p.until_at
FROM posts p LEFT JOIN people q ON q.county = p.county AND q.id = p.person LEFT JOIN units u ON u.county = p.county AND u.id = p.unit
WHERE p.county = $1 AND p.id = $2`
	postsOfPerson = `SELECT id FROM posts WHERE county = $1 AND person = $2 AND until_at = 0 ORDER BY idx, id`
)
