package account

import (
	"context"
	"database/sql"
	"strings"

	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// Filter narrows the list of accounts. State: "locked", "disabled", "must_change", "never" (never
// signed in), "code", or "" for all; Q is part of a login or a name, After the last login of the page before.
type Filter struct {
	State, Q, After string
	Limit           int
}

// List returns accounts by login, and the login where the next page begins ("" at the end).
func (b Book) List(ctx context.Context, f Filter) ([]Account, string, error) {
	w := &database.Where{}
	w.And("county = ?", b.County)
	now := b.Clock.Now()
	switch f.State {
	case "locked":
		w.And("locked_until > ?", now)
	case "disabled":
		w.And("disabled_at > 0")
	case "must_change":
		w.And("must_change = 1")
	case "never":
		w.And("seen_at = 0")
	case "code":
		w.And("totp_on > 0")
	}
	if q := strings.TrimSpace(strings.NewReplacer("%", "", "_", "", `\`, "").Replace(f.Q)); q != "" {
		w.And("login LIKE ? OR name LIKE ?", "%"+q+"%", "%"+q+"%")
	}
	if f.After != "" {
		w.And("login > ?", f.After)
	}
	q, args := w.SQL(listAccounts, "ORDER BY login LIMIT ?", f.Limit+1)
	list, err := b.collect(ctx, b.DB, q, args...)
	if err != nil || len(list) <= f.Limit {
		return list, "", err
	}
	return list[:f.Limit], list[f.Limit-1].Login, nil
}

func (b Book) collect(ctx context.Context, r database.Reader, q string, args ...any) ([]Account, error) {
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	now := b.Clock.Now()
	return database.Collect(rows, func(r *sql.Rows) (a Account, err error) {
		var change, until, code, linked int64
		var phone []byte
		if err = r.Scan(&a.Person, &a.Name, &a.Login, &phone, &change, &until, &code, &a.DisabledAt, &a.CreatedAt, &a.SignedAt, &linked); err != nil {
			return a, err
		}
		a.MustChange, a.Locked, a.CodeOn, a.Linked = change != 0, until > now, code != 0, linked > 0
		if len(phone) > 0 {
			plain, err := b.Keys.Open("account/"+b.County+"/"+a.Person, phone)
			if err != nil {
				return a, err
			}
			a.Phone = maskPhone(string(plain))
		}
		return a, nil
	})
}

func maskPhone(p string) string {
	if len(p) < 8 {
		return "****"
	}
	return p[:3] + "****" + p[len(p)-4:]
}

// ByPerson returns, of several persons, those that have an account.
func (b Book) ByPerson(ctx context.Context, persons []string) (map[string]Account, error) {
	out := map[string]Account{}
	if len(persons) == 0 {
		return out, nil
	}
	w := &database.Where{}
	w.And("county = ?", b.County).And("person IN ("+database.In(len(persons))+")", database.Anys(persons)...)
	q, args := w.SQL(listAccounts, "ORDER BY login")
	list, err := b.collect(ctx, b.DB, q, args...)
	for _, a := range list {
		out[a.Person] = a
	}
	return out, err
}

// Get returns one account. Code: account.not_found.
func (b Book) Get(ctx context.Context, person string) (Account, error) {
	m, err := b.ByPerson(ctx, []string{person})
	if err != nil {
		return Account{}, err
	}
	a, ok := m[person]
	if !ok {
		return a, ErrNone
	}
	return a, nil
}

// Name writes down what the person of an account is called, for the lists of officers.
func (b Book) Name(ctx context.Context, person, name string) error {
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, nameAccount, name, b.County, person)
		return err
	})
}

// Disable ends an account's sign-in and its sessions; Enable gives the sign-in back.
func (b Book) Disable(ctx context.Context, person string) error {
	if err := b.touch(ctx, disableAccount, b.Clock.Now(), b.County, person); err != nil {
		return err
	}
	return b.RevokeAll(ctx, person, "")
}

// Enable lets an account sign in again. Code: account.not_found.
func (b Book) Enable(ctx context.Context, person string) error {
	return b.touch(ctx, disableAccount, int64(0), b.County, person)
}

// Unlock ends a lock-out. Code: account.not_found.
func (b Book) Unlock(ctx context.Context, person string) error {
	return b.touch(ctx, noteFailure, int64(0), int64(0), b.County, person)
}

// touch runs a change of one account that must exist.
func (b Book) touch(ctx context.Context, text string, args ...any) error {
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		n, err := tx.Exec(ctx, text, args...)
		if err == nil && n == 0 {
			return ErrNone
		}
		return err
	})
}

// Recovery returns how many recovery codes a person has left.
func (b Book) Recovery(ctx context.Context, person string) (int, error) {
	a, err := b.read(ctx, b.DB, accountOfPerson, person)
	return len(strings.Fields(a.recovery)), err
}

// Link ties an identity of the single sign-on to a person; the same again changes nothing. Code: account.linked.
func (b Book) Link(ctx context.Context, issuer, subject, person string) error {
	subject = strings.TrimSpace(subject)
	if subject == "" || len(subject) > 200 {
		return errs.New(errs.Invalid, "account.subject", "请填写统一身份认证里的用户标识（subject），不超过 200 个字符。")
	}
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		var who string
		err := tx.QueryRow(ctx, readLink, b.County, issuer, subject).Scan(&who)
		switch {
		case err == nil && who == person:
			return nil
		case err == nil:
			return errs.New(errs.Conflict, "account.linked", "这个统一身份已关联到另一个账号；请先在那个账号上解除，再关联。")
		case !database.Missing(err):
			return err
		}
		if _, err := tx.Exec(ctx, dropLinks, b.County, person, issuer); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, insertLink, b.County, issuer, subject, person, b.Clock.Now())
		return err
	})
}

// Unlink unties a person from his identities at an issuer.
func (b Book) Unlink(ctx context.Context, issuer, person string) error {
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, dropLinks, b.County, person, issuer)
		return err
	})
}

// ErrUnknown: nobody here is tied to that identity.
var ErrUnknown = errs.New(errs.SignedOut, "account.unknown_identity", "统一身份认证已通过，但这个身份还没有关联到本系统的账号。请先用账号密码登录一次，在“我的账号”里关联；没有账号的，请联系系统管理员。")

// ErrDisabled: the account was switched off.
var ErrDisabled = errs.New(errs.SignedOut, "account.disabled", "您的账号已停用；如有疑问请联系系统管理员。")

// Enter signs in the person tied to an identity that the single sign-on has vouched for.
// Codes: account.unknown_identity, account.disabled.
func (b Book) Enter(ctx context.Context, issuer, subject string, from From) (person, token string, err error) {
	if err := b.DB.QueryRow(ctx, readLink, b.County, issuer, subject).Scan(&person); err != nil {
		if database.Missing(err) {
			return "", "", ErrUnknown
		}
		return "", "", err
	}
	a, err := b.read(ctx, b.DB, accountOfPerson, person)
	if err != nil {
		return "", "", err
	}
	if a.disabled != 0 {
		return person, "", ErrDisabled
	}
	a.prior = a.failed
	token, err = b.begin(ctx, a, from, "oidc")
	return person, token, err
}

// ByLogin returns the account of a login. Code: account.not_found.
func (b Book) ByLogin(ctx context.Context, login string) (Account, error) {
	a, err := b.read(ctx, b.DB, accountOfLogin, strings.TrimSpace(login))
	return Account{Person: a.person, Name: a.name, Login: a.login}, err
}
