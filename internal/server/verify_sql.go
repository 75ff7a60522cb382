package server

// Counts of rows by village, held against the stored counts without a replay.
const (
	recountHouseholds = `SELECT substr(area, 1, 12), '', count(*) FROM households WHERE county = $1 AND state = 'active' GROUP BY substr(area, 1, 12)`
	recountInspected  = `SELECT substr(area, 1, 12), '', count(*) FROM households WHERE county = $1 AND state = 'active' AND inspected_on <> '' GROUP BY substr(area, 1, 12)`
	recountOwned      = `SELECT substr(area, 1, 12), '', count(*) FROM households WHERE county = $1 AND state = 'active' AND owner <> '' GROUP BY substr(area, 1, 12)`
	recountOwners     = `SELECT substr(area, 1, 12), owner, count(*) FROM households WHERE county = $1 AND state = 'active' AND owner <> '' GROUP BY substr(area, 1, 12), owner`
	recountMissed     = `SELECT substr(area, 1, 12), missed, count(*) FROM households WHERE county = $1 AND state = 'active' AND missed <> '' GROUP BY substr(area, 1, 12), missed`
	recountPersons    = `SELECT substr(h.area, 1, 12), '', count(*) FROM households h JOIN persons p ON p.county = h.county AND p.household = h.key
WHERE h.county = $1 AND h.state = 'active' AND p.gone = 0 GROUP BY substr(h.area, 1, 12)`
	recountClasses  = `SELECT substr(area, 1, 12), class, count(*) FROM household_classes WHERE county = $1 GROUP BY substr(area, 1, 12), class`
	recountSheets   = `SELECT county, '', count(*) FROM sheets WHERE county = $1 GROUP BY county`
	recountProblems = `SELECT substr(area, 1, 12), item, count(*) FROM problems WHERE county = $1 GROUP BY substr(area, 1, 12), item`
)
