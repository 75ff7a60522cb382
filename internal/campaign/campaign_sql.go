package campaign

const (
	insertPack     = `INSERT INTO packs (county, digest, version, idx, doc) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (county, digest) DO NOTHING`
	readPack       = `SELECT doc FROM packs WHERE county = $1 AND digest = $2`
	insertCampaign = `INSERT INTO campaigns (county, id, title, pack, cut_off, first_on, last_on, plan, opened_at, idx) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	readCampaign   = `SELECT id, title, pack, cut_off, plan, opened_at FROM campaigns WHERE county = $1 ORDER BY idx DESC LIMIT 1`
	amendCampaign  = `UPDATE campaigns SET pack = $1, first_on = $2, last_on = $3, plan = $4 WHERE county = $5 AND id = $6`
	// What an approved amendment made lies among the packs before its day; it is nobody's latest until then.
	latestPack = `SELECT digest FROM packs p WHERE county = $1 AND NOT EXISTS (SELECT 1 FROM amendments a WHERE a.county = p.county AND a.pack_after = p.digest AND a.state = 'approved')
ORDER BY idx DESC LIMIT 1`
	listPacks = `SELECT digest, version, idx FROM packs WHERE county = $1 ORDER BY idx`

	amendmentColumns = `id, state, effective_on, reason, changes, proposer, proposer_post, proposed_at, idx, settler, settler_post, settled_at, settled_say,
pack_before, pack_after, plan_before, plan_after, switched_on, switched_idx`
	insertAmendment = `INSERT INTO amendments (county, id, state, effective_on, reason, changes, proposer, proposer_post, proposed_at, idx, settler, settler_post, settled_at, settled_say,
pack_before, pack_after, plan_before, plan_after, switched_on, switched_idx)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', 0, '', '', '', '', '', '', 0)`
	settleAmendment = `UPDATE amendments SET state = $1, settler = $2, settler_post = $3, settled_at = $4, settled_say = $5, pack_before = $6, pack_after = $7 WHERE county = $8 AND id = $9`
	switchAmendment = `UPDATE amendments SET state = $1, plan_before = $2, plan_after = $3, switched_on = $4, switched_idx = $5 WHERE county = $6 AND id = $7`
	oneAmendment    = `SELECT ` + amendmentColumns + ` FROM amendments WHERE county = $1 AND id = $2`
	listAmendments  = `SELECT ` + amendmentColumns + ` FROM amendments WHERE county = $1 ORDER BY idx DESC`
	// approvedInOrder are those whose day has not come, in the order in which they build on each other.
	approvedInOrder = `SELECT ` + amendmentColumns + ` FROM amendments WHERE county = $1 AND state = 'approved' ORDER BY effective_on, settled_at, idx`
	inForceInOrder  = `SELECT ` + amendmentColumns + ` FROM amendments WHERE county = $1 AND state = 'in_force' ORDER BY switched_idx`
)
