package staff

const (
	insertList = `INSERT INTO staff_lists (county, id, person, name, created_at, state, box, made, wiped_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)`
	readList   = `SELECT id, person, name, created_at, state, box, made, wiped_at FROM staff_lists WHERE county = $1 AND id = $2`
	latestList = `SELECT id, person, name, created_at, state, box, made, wiped_at FROM staff_lists WHERE county = $1 AND person = $2 ORDER BY created_at DESC, id LIMIT 20`
	setList    = `UPDATE staff_lists SET state = $1, box = $2, made = $3 WHERE county = $4 AND id = $5 AND state = $6`
	wipeList   = `UPDATE staff_lists SET box = NULL, wiped_at = $1, state = $2 WHERE county = $3 AND id = $4 AND box IS NOT NULL`
	sweepLists = `UPDATE staff_lists SET box = NULL, wiped_at = $1, state = $2 WHERE county = $3 AND created_at < $4 AND box IS NOT NULL`
	insertWish = `INSERT INTO wished_posts (county, id, list, person, name, unit, title, duties, area, wished_at, wished_by, dropped_at, dropped_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, '') ON CONFLICT (county, id) DO NOTHING`
	listWishes = `SELECT w.id, w.person, w.name, w.unit, coalesce(u.name, ''), w.title, w.duties, w.area, coalesce(a.name, ''), w.wished_at, coalesce(q.name, '')
FROM wished_posts w LEFT JOIN posts p ON p.county = w.county AND p.id = w.id LEFT JOIN units u ON u.county = w.county AND u.id = w.unit
LEFT JOIN areas a ON a.county = w.county AND a.code = w.area LEFT JOIN people q ON q.county = w.county AND q.id = w.wished_by
WHERE w.county = $1 AND w.dropped_at = 0 AND p.id IS NULL ORDER BY w.area, w.unit, w.id LIMIT 2000`
	dropWish  = `UPDATE wished_posts SET dropped_at = $1, dropped_by = $2 WHERE county = $3 AND id = $4 AND dropped_at = 0`
	postState = `SELECT until_at FROM posts WHERE county = $1 AND id = $2`
)
