package account

const (
	upsertAccount = `INSERT INTO accounts (county, person, login, password, must_change, failed, locked_until, created_at, disabled_at)
VALUES ($1, $2, $3, $4, 0, 0, 0, $5, 0)
ON CONFLICT (county, person) DO UPDATE SET login = excluded.login, password = excluded.password, failed = 0, locked_until = 0`
	countAccounts = `SELECT count(*) FROM accounts WHERE county = $1`
	readAccount   = `SELECT person, password, failed, locked_until, disabled_at FROM accounts WHERE county = $1 AND login = $2`
	noteFailure   = `UPDATE accounts SET failed = $1, locked_until = $2 WHERE county = $3 AND person = $4`
	insertSession = `INSERT INTO sessions (county, token, person, post, created_at, expires_at) VALUES ($1, $2, $3, '', $4, $5)`
	readSession   = `SELECT s.person, s.post, a.login FROM sessions s JOIN accounts a ON a.county = s.county AND a.person = s.person
WHERE s.county = $1 AND s.token = $2 AND s.expires_at > $3 AND a.disabled_at = 0`
	choosePost  = `UPDATE sessions SET post = $1 WHERE county = $2 AND token = $3`
	dropSession = `DELETE FROM sessions WHERE county = $1 AND token = $2`
	dropExpired = `DELETE FROM sessions WHERE county = $1 AND expires_at <= $2`
)
