package roster

// What an import enters comes eight rows at a time: half the work of a statement is its beginning and its end.
const (
	insertHousehold = `INSERT INTO households (county, key, id, area, number, head, initials, size, kind, monitored, classes, state, rev, facts, secret, source, source_on, sheet, inspected_on, problems, doubts, owner, missed, missed_on, idx)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`
	insertPerson  = `INSERT INTO persons (county, household, ord, id, number, name, initials, relation, area, facts, secret, gone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	insertPersons = `INSERT INTO persons (county, household, ord, id, number, name, initials, relation, area, facts, secret, gone)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12),
($13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24),
($25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36),
($37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48),
($49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60),
($61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72),
($73, $74, $75, $76, $77, $78, $79, $80, $81, $82, $83, $84),
($85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96)`
	insertBlinds = `INSERT INTO blind_values (county, fact, blind, household, ord)
VALUES ($1, $2, $3, $4, $5),
($6, $7, $8, $9, $10),
($11, $12, $13, $14, $15),
($16, $17, $18, $19, $20),
($21, $22, $23, $24, $25),
($26, $27, $28, $29, $30),
($31, $32, $33, $34, $35),
($36, $37, $38, $39, $40)
ON CONFLICT (county, fact, blind, household, ord) DO NOTHING`
	insertChanges = `INSERT INTO import_changes (county, idx, household, rev, was)
VALUES ($1, $2, $3, $4, $5),
($6, $7, $8, $9, $10),
($11, $12, $13, $14, $15),
($16, $17, $18, $19, $20),
($21, $22, $23, $24, $25),
($26, $27, $28, $29, $30),
($31, $32, $33, $34, $35),
($36, $37, $38, $39, $40)
ON CONFLICT (county, idx, household) DO UPDATE SET rev = excluded.rev`

	anyUnnumbered = `SELECT key FROM households WHERE county = $1 AND number = '' AND state = 'active' LIMIT 1`
)
