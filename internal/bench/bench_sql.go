package bench

// insertBare puts a row beside the county's: a measurement's folder is thrown away afterwards.
const insertBare = `INSERT INTO frozen_reports (county, digest, kind, reported_on, doc) VALUES ('bench', $1, '', '', $2)`
