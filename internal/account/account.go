// Package account is how a person proves who he is: login and password, lock-out, and sessions in
// the database that can be revoked. It runs on the machine's time, not on the campaign's clock,
// and is never part of what the acts add up to. It owns accounts and sessions.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// Limits. They are the product's, not the notice's.
const (
	maxFailures  = 5
	lockFor      = 15 * time.Minute
	sessionLife  = 12 * time.Hour
	minPassword  = 8
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
)

// Errors of this package.
var (
	ErrWrong    = errs.New(errs.SignedOut, "account.wrong", "账号或密码不对，请重新输入。连续输错 5 次将锁定 15 分钟。")
	ErrLocked   = errs.New(errs.SignedOut, "account.locked", "账号因连续输错密码已锁定，请 15 分钟后再试，或联系系统管理员。")
	ErrSignedIn = errs.New(errs.SignedOut, "account.signed_out", "登录已失效，请重新登录。")
	ErrWeak     = errs.Newf(errs.Invalid, "account.weak", "密码至少 %d 位，并同时包含字母和数字。", minPassword)
)

// Book keeps the accounts of one county.
type Book struct {
	DB     *database.DB
	County string
	Clock  clock.Clock // the machine's
	// Quick lowers the cost of hashing, for demonstrations and tests that make many accounts.
	Quick bool
}

// NewPassword returns a random password that can be read out over the phone: no letters that look alike.
func NewPassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz"
	const digits = "23456789"
	var b strings.Builder
	for i := range 12 {
		from := letters
		if i%4 == 3 {
			from = digits
		}
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(from))))
		if err != nil {
			panic(err) // no randomness: nothing safe can follow
		}
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(from[n.Int64()])
	}
	return b.String()
}

func (b Book) hash(password string, salt []byte) string {
	memory := uint32(argonMemory)
	if b.Quick {
		memory = 64
	}
	key := argon2.IDKey([]byte(password), salt, argonTime, memory, argonThreads, 32)
	return fmt.Sprintf("argon2id$%d$%d$%d$%s$%s", argonTime, memory, argonThreads, base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

func matches(stored, password string) bool {
	var t, m uint32
	var p uint8
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[1]+" "+parts[2]+" "+parts[3], "%d %d %d", &t, &m, &p); err != nil {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil {
		return false
	}
	return subtle.ConstantTimeCompare(argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(want))), want) == 1
}

// Open makes an account for a person, or gives an existing one a new password.
func (b Book) Open(ctx context.Context, person, login, password string) error {
	login = strings.TrimSpace(login)
	if login == "" || utf8.RuneCountInString(login) > 40 {
		return errs.New(errs.Invalid, "account.login", "登录名不能为空，且不超过 40 个字。")
	}
	if !strong(password) {
		return ErrWeak
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return err
	}
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, upsertAccount, b.County, person, login, b.hash(password, salt), b.Clock.Now())
		return err
	})
}

func strong(p string) bool {
	return len(p) >= minPassword && strings.ContainsAny(p, "0123456789") && strings.ContainsAny(strings.ToLower(p), "abcdefghijklmnopqrstuvwxyz")
}

// Empty reports whether there is no account yet: the first start.
func (b Book) Empty(ctx context.Context) (bool, error) {
	var n int64
	err := b.DB.QueryRow(ctx, countAccounts, b.County).Scan(&n)
	return n == 0, err
}

// decoy is checked for an unknown login, so that its answer takes as long as any.
const decoy = "argon2id$2$19456$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// SignIn checks a password and returns the person and a new session token.
// Codes: account.wrong, account.locked.
func (b Book) SignIn(ctx context.Context, login, password string) (person, token string, err error) {
	var stored string
	var failed, until, disabled int64
	err = b.DB.QueryRow(ctx, readAccount, b.County, strings.TrimSpace(login)).Scan(&person, &stored, &failed, &until, &disabled)
	if database.Missing(err) {
		matches(decoy, password)
		return "", "", ErrWrong
	}
	if err != nil {
		return "", "", err
	}
	now := b.Clock.Now()
	if until > now {
		return "", "", ErrLocked
	}
	if !matches(stored, password) || disabled != 0 {
		failed++
		lock := int64(0)
		if failed >= maxFailures {
			failed, lock = 0, now+lockFor.Milliseconds()
		}
		if err := b.DB.Write(ctx, func(tx *database.Tx) error {
			_, err := tx.Exec(ctx, noteFailure, failed, lock, b.County, person)
			return err
		}); err != nil {
			return "", "", err
		}
		if lock != 0 {
			return "", "", ErrLocked
		}
		return "", "", ErrWrong
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", "", err
	}
	token = hex.EncodeToString(raw)
	err = b.DB.Write(ctx, func(tx *database.Tx) error {
		if _, err := tx.Exec(ctx, noteFailure, int64(0), int64(0), b.County, person); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, dropExpired, b.County, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, insertSession, b.County, digest(token), person, now, now+sessionLife.Milliseconds())
		return err
	})
	return person, token, err
}

func digest(token string) string {
	s := sha256.Sum256([]byte(token))
	return hex.EncodeToString(s[:])
}

// Session is a signed-in person and the post he works in ("" until chosen).
type Session struct{ Person, Login, Post string }

// Of returns the session of a token. Code: account.signed_out.
func (b Book) Of(ctx context.Context, token string) (Session, error) {
	var s Session
	if len(token) != 64 {
		return s, ErrSignedIn
	}
	err := b.DB.QueryRow(ctx, readSession, b.County, digest(token), b.Clock.Now()).Scan(&s.Person, &s.Post, &s.Login)
	if database.Missing(err) {
		return s, ErrSignedIn
	}
	return s, err
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
