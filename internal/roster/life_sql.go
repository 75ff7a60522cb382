package roster

const (
	insertLifeChange = `INSERT INTO life_changes (county, idx, household, kind, rev, undone, was) VALUES ($1, $2, $3, $4, $5, 0, $6)`
	lifeChangesOf    = `SELECT household, kind, rev, undone, was FROM life_changes WHERE county = $1 AND idx = $2 ORDER BY household`
	lastLifeChange   = `SELECT c.idx, c.kind, c.rev, h.rev FROM life_changes c JOIN households h ON h.county = c.county AND h.key = c.household
WHERE c.county = $1 AND c.household = $2 AND c.undone = 0 ORDER BY c.idx DESC LIMIT 1`
	markUndone = `UPDATE life_changes SET undone = $1 WHERE county = $2 AND idx = $3`
	// A change that was taken back is as if it had not been: what it was built on can be taken back next.
	restoreLifeRev   = `UPDATE life_changes SET rev = $1 WHERE county = $2 AND household = $3 AND rev = $4 AND undone = 0`
	restoreImportRev = `UPDATE import_changes SET rev = $1 WHERE county = $2 AND household = $3 AND rev = $4`
	lastWriter       = `SELECT idx FROM households WHERE county = $1 AND key = $2`
	doneImports      = `SELECT ` + importColumns + ` FROM imports WHERE county = $1 AND state = 'done' ORDER BY created_at, id`
	changedIn        = `SELECT key FROM households WHERE county = $1 AND area >= $2 AND area < $3 AND rev > 1 AND state <> 'withdrawn' ORDER BY area, key`
	lifeIndexes      = `SELECT idx FROM life_changes WHERE county = $1 AND household = $2 ORDER BY idx`
	firstLifeChange  = `SELECT c.was FROM life_changes c WHERE c.county = $1 AND c.household = $2 ORDER BY c.idx LIMIT 1`
	householdsIn     = `SELECT key FROM households WHERE county = $1 AND area >= $2 AND area < $3 ORDER BY key`
)
