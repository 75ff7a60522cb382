package account

const (
	upsertAccount = `INSERT INTO accounts (county, person, login, password, must_change, failed, locked_until, created_at, disabled_at)
VALUES ($1, $2, $3, $4, 0, 0, 0, $5, 0)
ON CONFLICT (county, person) DO UPDATE SET login = excluded.login, password = excluded.password, failed = 0, locked_until = 0`
	insertAccount = `INSERT INTO accounts (county, person, login, password, must_change, failed, locked_until, created_at, disabled_at, name, phone, phone_blind)
VALUES ($1, $2, $3, $4, 1, 0, 0, $5, 0, $6, $7, $8)`
	loginTaken    = `SELECT login FROM accounts WHERE county = $1 AND login = $2`
	phoneTaken    = `SELECT login FROM accounts WHERE county = $1 AND phone_blind = $2`
	countAccounts = `SELECT count(*) FROM accounts WHERE county = $1`
	listAccounts  = `SELECT person, name, login, phone, must_change, locked_until, totp_on, disabled_at, created_at, seen_at,
(SELECT count(*) FROM account_links l WHERE l.county = accounts.county AND l.person = accounts.person) FROM accounts`
	accountOfLogin = `SELECT person, login, name, password, former, recovery, must_change, failed, locked_until, disabled_at, phone, totp, totp_on, totp_step
FROM accounts WHERE county = $1 AND login = $2`
	accountOfPerson = `SELECT person, login, name, password, former, recovery, must_change, failed, locked_until, disabled_at, phone, totp, totp_on, totp_step
FROM accounts WHERE county = $1 AND person = $2`
	noteFailure    = `UPDATE accounts SET failed = $1, locked_until = $2 WHERE county = $3 AND person = $4`
	noteSeen       = `UPDATE accounts SET seen_at = $1 WHERE county = $2 AND person = $3`
	nameAccount    = `UPDATE accounts SET name = $1 WHERE county = $2 AND person = $3`
	disableAccount = `UPDATE accounts SET disabled_at = $1 WHERE county = $2 AND person = $3`
	setPassword    = `UPDATE accounts SET password = $1, former = $2, must_change = $3, changed_at = $4, failed = 0, locked_until = 0 WHERE county = $5 AND person = $6`
	setCode        = `UPDATE accounts SET totp = $1, totp_on = $2, totp_step = $3, recovery = $4 WHERE county = $5 AND person = $6`
	useStep        = `UPDATE accounts SET totp_step = $1 WHERE county = $2 AND person = $3 AND totp_step < $4`
	useRecovery    = `UPDATE accounts SET recovery = $1 WHERE county = $2 AND person = $3 AND recovery = $4`
	insertSession  = `INSERT INTO sessions (county, token, person, post, created_at, expires_at, seen_at, address, agent, how, code_due)
VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8, $9, $10)`
	readSession = `SELECT s.person, s.post, a.login, s.expires_at, s.seen_at, s.code_due, s.how, a.must_change, a.totp_on
FROM sessions s JOIN accounts a ON a.county = s.county AND a.person = s.person
WHERE s.county = $1 AND s.token = $2 AND a.disabled_at = 0`
	listSessions = `SELECT token, address, agent, how, created_at, seen_at, expires_at FROM sessions
WHERE county = $1 AND person = $2 AND expires_at > $3 AND seen_at > $4 ORDER BY seen_at DESC, token`
	touchSession = `UPDATE sessions SET seen_at = $1 WHERE county = $2 AND token = $3`
	codePassed   = `UPDATE sessions SET code_due = 0 WHERE county = $1 AND token = $2`
	choosePost   = `UPDATE sessions SET post = $1 WHERE county = $2 AND token = $3`
	dropSession  = `DELETE FROM sessions WHERE county = $1 AND token = $2`
	dropOne      = `DELETE FROM sessions WHERE county = $1 AND person = $2 AND token = $3`
	dropOthers   = `DELETE FROM sessions WHERE county = $1 AND person = $2 AND token <> $3`
	dropAll      = `DELETE FROM sessions WHERE county = $1 AND person = $2`
	dropExpired  = `DELETE FROM sessions WHERE county = $1 AND expires_at <= $2`
	readTries    = `SELECT since, n FROM sign_in_tries WHERE county = $1 AND address = $2`
	addTry       = `INSERT INTO sign_in_tries (county, address, since, n) VALUES ($1, $2, $3, 1) ON CONFLICT (county, address) DO UPDATE SET n = sign_in_tries.n + 1`
	dropTries    = `DELETE FROM sign_in_tries WHERE county = $1 AND since < $2`
	readLink     = `SELECT person FROM account_links WHERE county = $1 AND issuer = $2 AND subject = $3`
	insertLink   = `INSERT INTO account_links (county, issuer, subject, person, linked_at) VALUES ($1, $2, $3, $4, $5)`
	dropLinks    = `DELETE FROM account_links WHERE county = $1 AND person = $2 AND issuer = $3`
	readRule     = `SELECT value FROM account_rules WHERE county = $1 AND name = $2`
	writeRule    = `INSERT INTO account_rules (county, name, value, person, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (county, name) DO UPDATE SET value = excluded.value, person = excluded.person, changed_at = excluded.changed_at`
)
