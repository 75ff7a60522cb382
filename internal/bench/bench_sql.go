package bench

const (
	// insertBare puts a row beside the county's: a measurement's folder is thrown away afterwards.
	insertBare = `INSERT INTO frozen_reports (county, digest, kind, reported_on, doc) VALUES ('bench', $1, '', '', $2)`
	everyAct   = `SELECT idx, id, received_at, leaf FROM acts WHERE county = $1 ORDER BY idx`
)
