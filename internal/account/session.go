package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"strings"

	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// row is an account as it is checked.
type row struct {
	person, login, name, password, former, recovery string
	mustChange, failed, until, disabled             int64
	phone, totp                                     []byte
	totpOn, totpStep                                int64
	prior                                           int64 // failures before this try
}

func (b Book) read(ctx context.Context, r database.Reader, text, key string) (row, error) {
	var a row
	err := r.QueryRow(ctx, text, b.County, key).Scan(&a.person, &a.login, &a.name, &a.password, &a.former, &a.recovery, &a.mustChange, &a.failed, &a.until, &a.disabled, &a.phone, &a.totp, &a.totpOn, &a.totpStep)
	if database.Missing(err) {
		return a, ErrNone
	}
	return a, err
}

// try reads an account and takes one of its tries before anything is compared, so that many guesses
// at once count as many; passed gives them back. Codes: account.not_found, account.locked.
func (b Book) try(ctx context.Context, text, key string) (row, error) {
	var a row
	err := b.DB.Write(ctx, func(tx *database.Tx) error {
		var err error
		if a, err = b.read(ctx, tx, text, key); err != nil {
			return err
		}
		now := b.Clock.Now()
		if a.until > now {
			return ErrLocked
		}
		failed, lock := a.failed+1, int64(0)
		if failed >= maxFailures {
			failed, lock = 0, now+lockFor.Milliseconds()
		}
		a.prior, a.failed, a.until = a.failed, failed, lock
		_, err = tx.Exec(ctx, noteFailure, failed, lock, b.County, a.person)
		return err
	})
	return a, err
}

func (b Book) passed(ctx context.Context, tx *database.Tx, person string) error {
	_, err := tx.Exec(ctx, noteFailure, int64(0), int64(0), b.County, person)
	return err
}

// errInside is ErrLocked for somebody who is signed in: it must not sign him out.
var errInside = errs.New(errs.Forbidden, "account.locked", "连续输错，15 分钟内不能再试；您的登录不受影响。")

// inside says of a failed check of somebody who is signed in what it means for him.
func inside(err error) error {
	if errs.Code(err) == ErrLocked.Code {
		return errInside
	}
	return err
}

// wrong says that a try failed, and whether it was the last one.
func (a row) wrong(why *errs.Error) error {
	if a.until != 0 {
		return ErrLocked
	}
	return why
}

// decoy is checked for an unknown login, so that its answer takes as long as any.
const decoy = "argon2id$2$19456$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// From is where a sign-in comes from, as its owner will see it listed.
type From struct{ Address, Agent string }

// SignIn checks a password and returns the person and a new session token. A session of an account
// with a time code is of use only once Code has passed. Codes: account.wrong, account.locked, account.tries.
func (b Book) SignIn(ctx context.Context, login, password string, from From) (person, token string, err error) {
	if err := b.throttle(ctx, from.Address); err != nil {
		return "", "", err
	}
	a, err := b.try(ctx, accountOfLogin, strings.TrimSpace(login))
	switch {
	case errs.Code(err) == ErrNone.Code:
		matches(decoy, password)
		return "", "", b.count(ctx, from.Address, ErrWrong)
	case errs.Code(err) == ErrLocked.Code:
		return "", "", b.count(ctx, from.Address, ErrLocked)
	case err != nil:
		return "", "", err
	}
	if !matches(a.password, password) || a.disabled != 0 {
		return a.person, "", b.count(ctx, from.Address, a.wrong(ErrWrong))
	}
	token, err = b.begin(ctx, a, from, "password")
	return a.person, token, err
}

// begin opens a session for somebody who has proved who he is.
func (b Book) begin(ctx context.Context, a row, from From, how string) (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	token, now := hex.EncodeToString(raw), b.Clock.Now()
	due := int64(0)
	if a.totpOn != 0 {
		due = 1
	}
	err := b.DB.Write(ctx, func(tx *database.Tx) error {
		if due == 0 {
			if err := b.passed(ctx, tx, a.person); err != nil {
				return err
			}
		} else if _, err := tx.Exec(ctx, noteFailure, a.prior, int64(0), b.County, a.person); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, dropExpired, b.County, now); err != nil {
			return err
		}
		if due == 0 {
			if _, err := tx.Exec(ctx, noteSeen, now, b.County, a.person); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, insertSession, b.County, digest(token), a.person, now, now+sessionLife.Milliseconds(), now, cut(from.Address, 60), cut(from.Agent, 200), how, due)
		return err
	})
	return token, err
}

func cut(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

func digest(token string) string {
	s := sha256.Sum256([]byte(token))
	return hex.EncodeToString(s[:])
}

// throttle refuses an address from which too many sign-ins failed a moment ago.
func (b Book) throttle(ctx context.Context, address string) error {
	var since, n int64
	err := b.DB.QueryRow(ctx, readTries, b.County, address).Scan(&since, &n)
	if database.Missing(err) || (err == nil && (b.Clock.Now()-since > triesLast.Milliseconds() || n < maxTries)) {
		return nil
	}
	if err != nil {
		return err
	}
	return ErrTries
}

// count notes a failed sign-in of an address and returns why.
func (b Book) count(ctx context.Context, address string, why error) error {
	if address == "" {
		return why
	}
	now := b.Clock.Now()
	if err := b.DB.Write(ctx, func(tx *database.Tx) error {
		if _, err := tx.Exec(ctx, dropTries, b.County, now-triesLast.Milliseconds()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, addTry, b.County, address, now)
		return err
	}); err != nil {
		return err
	}
	return why
}

// What a session must do before it may do anything else.
const (
	MustCode   = "code"     // the second step of the sign-in
	MustChange = "password" // a one-time password must be replaced
)

// Session is a signed-in person and the post he works in ("" until chosen).
type Session struct {
	ID, Person, Login, Post string
	Must                    string // MustCode, MustChange or ""
	CodeOn                  bool
}

// Of returns the session of a token and keeps it alive. Codes: account.signed_out, account.idle.
func (b Book) Of(ctx context.Context, token string) (Session, error) {
	var s Session
	if len(token) != 64 {
		return s, ErrSignedIn
	}
	s.ID = digest(token)
	now := b.Clock.Now()
	var expires, seen, due, change, on int64
	var how string
	err := b.DB.QueryRow(ctx, readSession, b.County, s.ID).Scan(&s.Person, &s.Post, &s.Login, &expires, &seen, &due, &how, &change, &on)
	switch {
	case database.Missing(err):
		return s, ErrSignedIn
	case err != nil:
		return s, err
	case expires <= now:
		return s, ErrSignedIn
	case seen <= now-Idle.Milliseconds():
		return s, ErrIdle
	}
	s.CodeOn = on != 0
	switch {
	case due != 0:
		s.Must = MustCode
	case change != 0 && how == "password":
		s.Must = MustChange
	}
	if now-seen < touchEvery.Milliseconds() {
		return s, nil
	}
	return s, b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, touchSession, now, b.County, s.ID)
		return err
	})
}

// Choose sets the post that a session works in; the caller has checked that it is the person's.
func (b Book) Choose(ctx context.Context, token, post string) error {
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, choosePost, post, b.County, digest(token))
		return err
	})
}

// SignOut ends a session.
func (b Book) SignOut(ctx context.Context, token string) error {
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, dropSession, b.County, digest(token))
		return err
	})
}

// Place is a session as its owner sees it listed. Times are Unix ms.
type Place struct {
	ID, Address, Agent, How   string
	CreatedAt, SeenAt, Expire int64
}

// Sessions returns a person's live sessions, the latest used first.
func (b Book) Sessions(ctx context.Context, person string) ([]Place, error) {
	now := b.Clock.Now()
	rows, err := b.DB.Query(ctx, listSessions, b.County, person, now, now-Idle.Milliseconds())
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (p Place, err error) {
		return p, r.Scan(&p.ID, &p.Address, &p.Agent, &p.How, &p.CreatedAt, &p.SeenAt, &p.Expire)
	})
}

// Revoke ends one session of a person; doing it again changes nothing.
func (b Book) Revoke(ctx context.Context, person, id string) error {
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, dropOne, b.County, person, id)
		return err
	})
}

// RevokeAll ends a person's sessions, all but the one of id except ("" is none).
func (b Book) RevokeAll(ctx context.Context, person, except string) error {
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, dropOthers, b.County, person, except)
		return err
	})
}
