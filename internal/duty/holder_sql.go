package duty

const (
	holdersOf = `SELECT p.id, p.person, coalesce(q.name, ''), p.title, p.unit, coalesce(u.name, ''), coalesce(u.kind, ''), p.area, p.duties
FROM posts p LEFT JOIN people q ON q.county = p.county AND q.id = p.person LEFT JOIN units u ON u.county = p.county AND u.id = p.unit`
)
