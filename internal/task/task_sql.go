package task

const (
	insertTask = `INSERT INTO tasks (county, id, kind, unit, area, items, due_on, handed_at, handed_idx, received_at, received_idx, received_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, '') ON CONFLICT (county, id) DO NOTHING`
	receiveTask = `UPDATE tasks SET received_at = $1, received_idx = $2, received_by = $3 WHERE county = $4 AND id = $5`
	taskColumns = `id, kind, unit, area, items, due_on, handed_at, handed_idx, received_at, received_idx, received_by`
	oneTask     = `SELECT ` + taskColumns + ` FROM tasks WHERE county = $1 AND id = $2`
	listTasks   = `SELECT ` + taskColumns + ` FROM tasks`

	keepDefault    = `INSERT INTO area_owners (county, area, post, idx) VALUES ($1, $2, $3, $4) ON CONFLICT (county, area) DO UPDATE SET post = excluded.post, idx = excluded.idx`
	dropDefaults   = `DELETE FROM area_owners WHERE county = $1 AND area >= $2 AND area < $3`
	defaultsOver   = `SELECT area, post FROM area_owners WHERE county = $1 AND area IN ($2, $3, $4) ORDER BY area DESC`
	moveDefaults   = `UPDATE area_owners SET post = $1, idx = $2 WHERE county = $3 AND post = $4 AND area >= $5 AND area < $6`
	dropDefaultsOf = `DELETE FROM area_owners WHERE county = $1 AND post = $2`
)
