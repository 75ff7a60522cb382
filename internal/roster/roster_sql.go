package roster

const (
	householdColumns = `key, id, area, number, head, classes, state, rev, facts, secret, source, source_on, sheet, inspected_on, problems, doubts, owner, missed, missed_on, idx`

	readHousehold     = `SELECT ` + householdColumns + ` FROM households WHERE county = $1 AND key = $2`
	readHouseholdByID = `SELECT ` + householdColumns + ` FROM households WHERE county = $1 AND id = $2`
	readLately        = `SELECT idx, problems, doubts, owner, missed, missed_on FROM households WHERE county = $1 AND key = $2`
	readLatelies      = `SELECT key, idx, problems, doubts, owner, missed, missed_on FROM households`
	touchHousehold    = `UPDATE households SET size = $1, rev = $2, sheet = $3, inspected_on = $4, problems = $5, doubts = $6, missed = $7, missed_on = $8, idx = $9 WHERE county = $10 AND key = $11`
	// updateHousehold and updatePerson leave every column alone that an index has: it would be written again with each.
	updateHousehold = `UPDATE households SET size = $1, kind = $2, monitored = $3, classes = $4, rev = $5, facts = $6, secret = $7, sheet = $8, inspected_on = $9, problems = $10, doubts = $11,
missed = $12, missed_on = $13, idx = $14 WHERE county = $15 AND key = $16`
	updatePerson    = `UPDATE persons SET facts = $1, secret = $2 WHERE county = $3 AND household = $4 AND ord = $5`
	allNumbers      = `SELECT number, key FROM households WHERE county = $1 AND state = 'active' AND number <> ''`
	keysByNumber    = `SELECT key FROM households WHERE county = $1 AND number = $2 AND state = 'active'`
	keysByBlind     = `SELECT household FROM blind_values WHERE county = $1 AND fact = $2 AND blind = $3`
	keysByHead      = `SELECT key FROM households WHERE county = $1 AND area >= $2 AND area < $3 AND head = $4 AND state = 'active'`
	readHouseholds  = `SELECT ` + householdColumns + ` FROM households`
	membersOfMany   = `SELECT household, ord, id, number, name, relation, facts, secret, gone FROM persons`
	readMembers     = membersOfMany + ` WHERE county = $1 AND household = $2 ORDER BY ord`
	upsertHousehold = `INSERT INTO households (county, key, id, area, number, head, initials, size, kind, monitored, classes, state, rev, facts, secret, source, source_on, sheet, inspected_on, problems, doubts, owner, missed, missed_on, idx)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
ON CONFLICT (county, key) DO UPDATE SET area = excluded.area, number = excluded.number, head = excluded.head, initials = excluded.initials, size = excluded.size, kind = excluded.kind,
monitored = excluded.monitored, classes = excluded.classes, state = excluded.state, rev = excluded.rev, facts = excluded.facts, secret = excluded.secret, source = excluded.source,
source_on = excluded.source_on, sheet = excluded.sheet, inspected_on = excluded.inspected_on, problems = excluded.problems, doubts = excluded.doubts,
owner = excluded.owner, missed = excluded.missed, missed_on = excluded.missed_on, idx = excluded.idx`
	upsertPerson = `INSERT INTO persons (county, household, ord, id, number, name, initials, relation, area, facts, secret, gone)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (county, household, ord) DO UPDATE SET number = excluded.number, name = excluded.name, initials = excluded.initials, relation = excluded.relation, area = excluded.area,
facts = excluded.facts, secret = excluded.secret, gone = excluded.gone`
	insertBlind  = `INSERT INTO blind_values (county, fact, blind, household, ord) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (county, fact, blind, household, ord) DO NOTHING`
	deleteBlinds = `DELETE FROM blind_values WHERE county = $1 AND household = $2`
	sharedBlinds = `SELECT blind FROM blind_values WHERE county = $1 AND fact = $2 GROUP BY blind HAVING count(DISTINCT household) > $3 ORDER BY blind`
	// sharedByPersons looks at members, who may be of one household.
	sharedByPersons = `SELECT blind FROM blind_values WHERE county = $1 AND fact = $2 GROUP BY blind HAVING count(*) > $3 ORDER BY blind`
	searchBlind     = `SELECT household FROM blind_values`
	deletePersons   = `DELETE FROM persons WHERE county = $1 AND household = $2`
	insertClass     = `INSERT INTO household_classes (county, class, area, household) VALUES ($1, $2, $3, $4) ON CONFLICT (county, class, area, household) DO NOTHING`
	deleteClass     = `DELETE FROM household_classes WHERE county = $1 AND class = $2 AND area = $3 AND household = $4`
	addOpen         = `UPDATE households SET problems = problems + $1, doubts = doubts + $2 WHERE county = $3 AND key = $4`

	// listHouseholds is a page of the register; its conditions come from the list's filters and the scope.
	listHouseholds  = `SELECT h.key, h.id, h.area, h.number, h.head, h.size, h.kind, h.monitored, h.classes, h.inspected_on, h.problems, h.doubts, h.owner, h.missed, h.missed_on, h.secret FROM households h`
	listByClass     = `SELECT h.key, h.id, h.area, h.number, h.head, h.size, h.kind, h.monitored, h.classes, h.inspected_on, h.problems, h.doubts, h.owner, h.missed, h.missed_on, h.secret FROM household_classes c JOIN households h ON h.county = c.county AND h.key = c.household`
	activeIn        = `SELECT key FROM households WHERE county = $1 AND area >= $2 AND area < $3 AND state = 'active' ORDER BY key`
	anyIn           = `SELECT key FROM households WHERE county = $1 AND area >= $2 AND area < $3 AND state = 'active' LIMIT 1`
	headsOf         = `SELECT key, head FROM households`
	idsOf           = `SELECT key, id FROM households`
	searchHousehold = `SELECT household FROM persons`
)

const (
	insertImport = `INSERT INTO imports (county, id, state, shape, files, person, post, area, created_at, phase, done, total, summary, change_set, rejects, failure, act, undone_by)
VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8, '', 0, 0, '{}', '', '', '', '', '')`
	setImportState = `UPDATE imports SET state = $1, failure = $2 WHERE county = $3 AND id = $4`
	previewImport  = `UPDATE imports SET state = $1, summary = $2, change_set = $3, rejects = $4 WHERE county = $5 AND id = $6`
	finishImport   = `UPDATE imports SET state = $1, summary = $2, act = $3 WHERE county = $4 AND id = $5`
	importColumns  = `id, state, files, person, post, area, created_at, summary, change_set, rejects, failure, act`
	oneImport      = `SELECT ` + importColumns + ` FROM imports WHERE county = $1 AND id = $2`
	listImports    = `SELECT ` + importColumns + ` FROM imports`
	listResumable  = `SELECT ` + importColumns + ` FROM imports WHERE county = $1 AND state IN ('reading', 'applying')`

	insertChange = `INSERT INTO import_changes (county, idx, household, rev, was) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (county, idx, household) DO UPDATE SET rev = excluded.rev`
	listChanges    = `SELECT household, rev, was FROM import_changes WHERE county = $1 AND idx = $2 AND household > $3 ORDER BY household LIMIT $4`
	countDestroyed = `SELECT count(*) FROM import_changes WHERE county = $1 AND idx = $2 AND was = $3`
	oldChanges     = `SELECT c.idx, c.household FROM import_changes c JOIN acts a ON a.county = c.county AND a.idx = c.idx
WHERE c.county = $1 AND a.received_at < $2 AND c.was <> $3 ORDER BY c.idx, c.household`
	emptyChange  = `UPDATE import_changes SET was = $1 WHERE county = $2 AND idx = $3 AND household = $4`
	oldWithdrawn = `SELECT h.key, h.id FROM households h JOIN acts a ON a.county = h.county AND a.idx = h.idx
WHERE h.county = $1 AND h.state = 'withdrawn' AND a.received_at < $2 AND h.secret <> $3 ORDER BY h.key`
	emptyHousehold = `UPDATE households SET secret = $1 WHERE county = $2 AND key = $3`
	emptyPersons   = `UPDATE persons SET secret = $1 WHERE county = $2 AND household = $3`
	oldRejects     = `SELECT id FROM imports WHERE county = $1 AND created_at < $2 AND rejects <> '' ORDER BY id`
	dropRejects    = `UPDATE imports SET rejects = '' WHERE county = $1 AND id = $2`
	countTouched   = `SELECT count(*) FROM import_changes c JOIN households h ON h.county = c.county AND h.key = c.household
WHERE c.county = $1 AND c.idx = $2 AND h.rev <> c.rev`
)
