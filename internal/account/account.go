// Package account is how a person proves who he is: login and password, a time code, the county's
// single sign-on, lock-out, and sessions in the database that can be revoked. It runs on the
// machine's time, not on the campaign's clock, and is never part of what the acts add up to.
// It owns accounts, sessions, account_links, account_rules, and sign_in_tries.
package account

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/seal"
)

// Limits. They are the product's, not the notice's.
const (
	maxFailures = 5
	lockFor     = 15 * time.Minute
	sessionLife = 12 * time.Hour
	// Idle is how long a session lives without being used.
	Idle        = 30 * time.Minute
	touchEvery  = time.Minute
	minPassword = 8
	keptFormer  = 3
	// One address: a township's office may sit behind one.
	maxTries  = 30
	triesLast = 10 * time.Minute
)

// Errors of this package.
var (
	ErrWrong    = errs.New(errs.SignedOut, "account.wrong", "账号或密码不对，请重新输入。连续输错 5 次将锁定 15 分钟。")
	ErrLocked   = errs.New(errs.SignedOut, "account.locked", "账号因连续输错已锁定，请 15 分钟后再试，或联系系统管理员解锁。")
	ErrSignedIn = errs.New(errs.SignedOut, "account.signed_out", "登录已失效，请重新登录。")
	ErrIdle     = errs.New(errs.SignedOut, "account.idle", "30 分钟没有操作，已自动退出；请重新登录，已填写的内容还在本机。")
	ErrTries    = errs.New(errs.Busy, "account.tries", "这台电脑（或同一网络）短时间内登录失败太多次，请 10 分钟后再试；已登录的人不受影响。")
	ErrNone     = errs.New(errs.NotFound, "account.not_found", "没有这个账号；请刷新列表后再办。")
	errLogin    = errs.New(errs.Invalid, "account.login", "登录名不能为空，且不超过 40 个字。")
)

// Event is something done to an account or with it, for the trail: who, when, what, to whom.
type Event struct {
	At                            int64 // Unix ms, by the product's clock
	Person, Post, Action, Subject string
	Detail                        string
}

// Book keeps the accounts of one county.
type Book struct {
	DB     *database.DB
	County string
	Clock  clock.Clock // the machine's
	Keys   *seal.Keys
	// Quick lowers the cost of hashing, for demonstrations and tests that make many accounts.
	Quick bool
	// Note writes an event down; nil forgets it.
	Note func(context.Context, Event) error
}

// Noted writes an event down.
func (b Book) Noted(ctx context.Context, e Event) error {
	if b.Note != nil {
		return b.Note(ctx, e)
	}
	return nil
}

// Account is what officers see of an account. Times are Unix ms, 0 is never.
type Account struct {
	Person, Name, Login, Phone      string // Phone is masked
	MustChange, Locked, CodeOn      bool
	DisabledAt, CreatedAt, SignedAt int64
	Linked                          bool
}

// New is an account to be made.
type New struct{ Person, Name, Login, Phone, Password string }

// Open makes an account for a person, or gives an existing one a new password: for set-up and
// demonstrations.
func (b Book) Open(ctx context.Context, person, login, password string) error {
	login = strings.TrimSpace(login)
	if login == "" || utf8.RuneCountInString(login) > 40 {
		return errLogin
	}
	if !strong(password) {
		return ErrWeak
	}
	hash := b.hash(password)
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, upsertAccount, b.County, person, login, hash, b.Clock.Now())
		return err
	})
}

// Add makes accounts with one-time passwords, all or none, together with what also writes (nil is
// nothing). Codes: account.login_taken, account.phone_taken, account.login, account.phone.
func (b Book) Add(ctx context.Context, list []New, also func(*database.Tx) error) error {
	hashes := make([]string, len(list))
	for i, n := range list {
		if n.Person == "" || strings.TrimSpace(n.Name) == "" || strings.TrimSpace(n.Login) == "" || utf8.RuneCountInString(n.Login) > 40 || utf8.RuneCountInString(n.Name) > 40 {
			return errLogin.At("login", "姓名和登录名都要填，各不超过 40 个字")
		}
		if n.Phone != "" && !ValidPhone(n.Phone) {
			return errs.New(errs.Invalid, "account.phone", "手机号应为 11 位数字，以 1 开头；没有可以不填。")
		}
		hashes[i] = b.hashIn(n.Password, onceMemory)
	}
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		for i, n := range list {
			if err := b.free(ctx, tx, n); err != nil {
				return err
			}
			box, blind := []byte{}, []byte{}
			if n.Phone != "" {
				box, blind = b.Keys.Seal("account/"+b.County+"/"+n.Person, []byte(n.Phone)), b.Keys.Blind("account.phone", n.Phone)
			}
			if _, err := tx.Exec(ctx, insertAccount, b.County, n.Person, strings.TrimSpace(n.Login), hashes[i], b.Clock.Now(), strings.TrimSpace(n.Name), box, blind); err != nil {
				return err
			}
		}
		if also == nil {
			return nil
		}
		return also(tx)
	})
}

// free checks that a login and a phone are nobody's yet.
func (b Book) free(ctx context.Context, r database.Reader, n New) error {
	var who string
	err := r.QueryRow(ctx, loginTaken, b.County, strings.TrimSpace(n.Login)).Scan(&who)
	if err == nil {
		return errs.New(errs.Conflict, "account.login_taken", "登录名“"+strings.TrimSpace(n.Login)+"”已有人使用；请换一个，或在列表中查找这个人是否已有账号。")
	}
	if !database.Missing(err) {
		return err
	}
	if n.Phone == "" {
		return nil
	}
	err = r.QueryRow(ctx, phoneTaken, b.County, b.Keys.Blind("account.phone", n.Phone)).Scan(&who)
	if err == nil {
		return errs.New(errs.Conflict, "account.phone_taken", "这个手机号已登记在账号“"+who+"”名下；一个号码只能登记一人，请核对。")
	}
	if !database.Missing(err) {
		return err
	}
	return nil
}

// Taken says why an account cannot be made, nil when it can: for a preview.
func (b Book) Taken(ctx context.Context, n New) error { return b.free(ctx, b.DB, n) }

// ValidPhone reports whether s looks like a mobile number.
func ValidPhone(s string) bool {
	if len(s) != 11 || s[0] != '1' {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

// Empty reports whether there is no account yet: the first start.
func (b Book) Empty(ctx context.Context) (bool, error) {
	var n int64
	err := b.DB.QueryRow(ctx, countAccounts, b.County).Scan(&n)
	return n == 0, err
}
