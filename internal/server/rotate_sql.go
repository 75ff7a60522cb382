package server

// Each list names a sealed column's rows after a cursor of two key columns (a table of one has it
// twice): the keys, what its place is named by, and the box. Each write takes the box, the county and the keys.
const (
	sealedHouseholds = `SELECT key, key, id, secret FROM households WHERE county = $1 AND (key, key) > ($2, $3) ORDER BY key LIMIT $4`
	resealHousehold  = `UPDATE households SET secret = $1 WHERE county = $2 AND key = $3 AND key = $4`
	sealedPersons    = `SELECT household, ord, id, secret FROM persons WHERE county = $1 AND (household, ord) > ($2, $3) ORDER BY household, ord LIMIT $4`
	resealPerson     = `UPDATE persons SET secret = $1 WHERE county = $2 AND household = $3 AND ord = $4`
	sealedValues     = `SELECT idx, hash, hash, box FROM sealed_values WHERE county = $1 AND (idx, hash) > ($2, $3) ORDER BY idx, hash LIMIT $4`
	resealValue      = `UPDATE sealed_values SET box = $1 WHERE county = $2 AND idx = $3 AND hash = $4`
	sealedChanges    = `SELECT idx, household, household, was FROM import_changes WHERE county = $1 AND (idx, household) > ($2, $3) ORDER BY idx, household LIMIT $4`
	resealChange     = `UPDATE import_changes SET was = $1 WHERE county = $2 AND idx = $3 AND household = $4`
	sealedLife       = `SELECT idx, household, household, was FROM life_changes WHERE county = $1 AND (idx, household) > ($2, $3) ORDER BY idx, household LIMIT $4`
	resealLife       = `UPDATE life_changes SET was = $1 WHERE county = $2 AND idx = $3 AND household = $4`
	sealedPhones     = `SELECT person, person, person, phone FROM accounts WHERE county = $1 AND (person, person) > ($2, $3) ORDER BY person LIMIT $4`
	resealPhone      = `UPDATE accounts SET phone = $1 WHERE county = $2 AND person = $3 AND person = $4`
	sealedCodes      = `SELECT person, person, person, totp FROM accounts WHERE county = $1 AND (person, person) > ($2, $3) ORDER BY person LIMIT $4`
	resealCode       = `UPDATE accounts SET totp = $1 WHERE county = $2 AND person = $3 AND person = $4`
	sealedDoubts     = `SELECT key, key, id, say FROM doubts WHERE county = $1 AND sensitive <> '' AND (key, key) > ($2, $3) ORDER BY key LIMIT $4`
	resealDoubt      = `UPDATE doubts SET say = $1 WHERE county = $2 AND key = $3 AND key = $4`
	sealedProblems   = `SELECT key, key, id, say FROM problems WHERE county = $1 AND sensitive <> '' AND (key, key) > ($2, $3) ORDER BY key LIMIT $4`
	resealProblem    = `UPDATE problems SET say = $1 WHERE county = $2 AND key = $3 AND key = $4`
	sealedMeasures   = `SELECT key, key, id, measures FROM problems WHERE county = $1 AND sensitive <> '' AND measures <> '' AND (key, key) > ($2, $3) ORDER BY key LIMIT $4`
	resealMeasures   = `UPDATE problems SET measures = $1 WHERE county = $2 AND key = $3 AND key = $4`
	sealedResults    = `SELECT key, key, id, result FROM problems WHERE county = $1 AND sensitive <> '' AND result <> '' AND (key, key) > ($2, $3) ORDER BY key LIMIT $4`
	resealResult     = `UPDATE problems SET result = $1 WHERE county = $2 AND key = $3 AND key = $4`
	sealedRequests   = `SELECT key, key, id, text FROM requests WHERE county = $1 AND text <> '' AND (key, key) > ($2, $3) ORDER BY key LIMIT $4`
	resealRequest    = `UPDATE requests SET text = $1 WHERE county = $2 AND key = $3 AND key = $4`
	sealedChannels   = `SELECT id, id, id, box FROM channels WHERE county = $1 AND (id, id) > ($2, $3) ORDER BY id LIMIT $4`
	resealChannel    = `UPDATE channels SET box = $1 WHERE county = $2 AND id = $3 AND id = $4`
	sealedRefused    = `SELECT id, id, id, openings FROM refused_acts WHERE county = $1 AND (id, id) > ($2, $3) ORDER BY id LIMIT $4`
	resealRefused    = `UPDATE refused_acts SET openings = $1 WHERE county = $2 AND id = $3 AND id = $4`
	sealedWaiting    = `SELECT id, id, id, openings FROM waiting_acts WHERE county = $1 AND (id, id) > ($2, $3) ORDER BY id LIMIT $4`
	resealWaiting    = `UPDATE waiting_acts SET openings = $1 WHERE county = $2 AND id = $3 AND id = $4`
)
