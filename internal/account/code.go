package account

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"image/png"
	"slices"
	"strings"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"gonggu/internal/database"
	"gonggu/internal/errs"
)

const (
	codePeriod    = 30 // seconds
	codeSkew      = 1  // periods that a phone's clock may be off
	recoveryCodes = 8
)

var (
	errCode   = errs.New(errs.SignedOut, "account.code", "动态码不对或已用过；请等手机上换出下一个再输入。连续输错 5 次将锁定 15 分钟。")
	errNoCode = errs.New(errs.Conflict, "account.no_code", "还没有启用动态码；请先在“我的账号”里启用。")
	errHasOne = errs.New(errs.Conflict, "account.has_code", "已经启用了动态码；要换手机请先停用。")
	errAgain  = errs.New(errs.Invalid, "account.code_again", "动态码不对；请核对手机时间是否准确，再输入当前的 6 位数字。")
)

// Enrolment is what a phone needs to make time codes. It is shown once; QR is a PNG as a data URI.
type Enrolment struct{ Secret, URI, QR string }

// BeginCode makes a secret for a person's time codes after his password; it counts only once ConfirmCode
// has seen a code of it. label stands on the phone. Codes: account.current, account.has_code.
func (b Book) BeginCode(ctx context.Context, s Session, password, label string) (Enrolment, error) {
	a, err := b.prove(ctx, s.Person, password)
	if err != nil {
		return Enrolment{}, err
	}
	if a.totpOn != 0 {
		return Enrolment{}, errHasOne
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: label, AccountName: a.login, Period: codePeriod, SecretSize: 20})
	if err != nil {
		return Enrolment{}, err
	}
	img, err := key.Image(220, 220)
	if err != nil {
		return Enrolment{}, err
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return Enrolment{}, err
	}
	box := b.Keys.Seal("totp/"+b.County+"/"+s.Person, []byte(key.Secret()))
	err = b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, setCode, box, int64(0), int64(0), "", b.County, s.Person)
		return err
	})
	return Enrolment{Secret: key.Secret(), URI: key.URL(), QR: "data:image/png;base64," + base64.StdEncoding.EncodeToString(buf.Bytes())}, err
}

// ConfirmCode switches time codes on and returns the recovery codes, which are shown once.
func (b Book) ConfirmCode(ctx context.Context, s Session, code string) ([]string, error) {
	a, err := b.read(ctx, b.DB, accountOfPerson, s.Person)
	if err != nil {
		return nil, err
	}
	if a.totpOn != 0 {
		return nil, errHasOne
	}
	if len(a.totp) == 0 {
		return nil, errNoCode
	}
	step, ok, err := b.stepOf(a, code)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errAgain
	}
	shown, kept := make([]string, recoveryCodes), make([]string, recoveryCodes)
	for i := range shown {
		shown[i] = recoveryCode()
		kept[i] = codeHash(shown[i])
	}
	err = b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, setCode, a.totp, b.Clock.Now(), step, strings.Join(kept, "\n"), b.County, s.Person)
		return err
	})
	return shown, err
}

// DropCode switches time codes off: the person himself after his password.
func (b Book) DropCode(ctx context.Context, s Session, password string) error {
	if _, err := b.prove(ctx, s.Person, password); err != nil {
		return err
	}
	return b.ClearCode(ctx, s.Person)
}

// ClearCode switches a person's time codes off, for one who lost his phone; who may is the caller's affair.
func (b Book) ClearCode(ctx context.Context, person string) error {
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, setCode, []byte{}, int64(0), int64(0), "", b.County, person)
		return err
	})
}

// prove checks the password of somebody who is signed in.
func (b Book) prove(ctx context.Context, person, password string) (row, error) {
	a, err := b.try(ctx, accountOfPerson, person)
	if err != nil {
		return a, inside(err)
	}
	if !matches(a.password, password) {
		return a, inside(a.wrong(errOld))
	}
	return a, b.DB.Write(ctx, func(tx *database.Tx) error { return b.passed(ctx, tx, person) })
}

// Prove checks the password of somebody who is signed in. Codes: account.current, account.locked.
func (b Book) Prove(ctx context.Context, s Session, password string) error {
	_, err := b.prove(ctx, s.Person, password)
	return err
}

// Code takes the second step of a sign-in: a time code, which works once, or a recovery code, which
// is used up. Codes: account.code, account.locked.
func (b Book) Code(ctx context.Context, s Session, code string) error {
	if s.Must != MustCode {
		return nil
	}
	a, err := b.try(ctx, accountOfPerson, s.Person)
	if err != nil {
		return err
	}
	if len(a.totp) == 0 || a.totpOn == 0 || a.disabled != 0 {
		return ErrSignedIn
	}
	step, ok, err := b.stepOf(a, code)
	if err != nil {
		return err
	}
	left, recovered := spent(a.recovery, code)
	if !ok && !recovered {
		return a.wrong(errCode)
	}
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		var n int64
		var err error
		if ok {
			n, err = tx.Exec(ctx, useStep, step, b.County, s.Person, step)
		} else {
			n, err = tx.Exec(ctx, useRecovery, left, b.County, s.Person, a.recovery)
		}
		if err != nil {
			return err
		}
		if n != 1 {
			return errCode // somebody used it a moment ago
		}
		if err := b.passed(ctx, tx, s.Person); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, noteSeen, b.Clock.Now(), b.County, s.Person); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, codePassed, b.County, s.ID)
		return err
	})
}

// stepOf finds the period of which a code is, later than the last one used.
func (b Book) stepOf(a row, code string) (int64, bool, error) {
	secret, err := b.Keys.Open("totp/"+b.County+"/"+a.person, a.totp)
	if err != nil {
		return 0, false, err
	}
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := b.Clock.Now() / 1000 / codePeriod
	for step := now - codeSkew; step <= now+codeSkew; step++ {
		ok, err := hotp.ValidateCustom(code, uint64(step), string(secret), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok && step > a.totpStep {
			return step, true, nil
		}
	}
	return 0, false, nil
}

func recoveryCode() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	raw := make([]byte, 0, 19)
	for i := range 16 {
		if i > 0 && i%4 == 0 {
			raw = append(raw, '-')
		}
		raw = append(raw, letters[pick(len(letters))])
	}
	return string(raw)
}

// codeHash needs no salt and no cost: a recovery code is 79 random bits.
func codeHash(code string) string {
	bare := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	s := sha256.Sum256([]byte("gonggu/recovery/" + bare))
	return hex.EncodeToString(s[:])
}

func spent(recovery, code string) (left string, ok bool) {
	list := strings.Fields(recovery)
	at := slices.Index(list, codeHash(code))
	if at < 0 {
		return recovery, false
	}
	return strings.Join(slices.Delete(list, at, at+1), "\n"), true
}

// RuleOfficerCode is the rule that officers sign in with a time code; "on" or "".
const RuleOfficerCode = "officer_code"

// Rule returns the value of one of the county's own rules about accounts, "" when it is not set.
func (b Book) Rule(ctx context.Context, name string) (string, error) {
	var v string
	err := b.DB.QueryRow(ctx, readRule, b.County, name).Scan(&v)
	if database.Missing(err) {
		return "", nil
	}
	return v, err
}

// SetRule sets one of the county's own rules about accounts.
func (b Book) SetRule(ctx context.Context, name, value, person string) error {
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, writeRule, b.County, name, value, person, b.Clock.Now())
		return err
	})
}

func newVerifier() string {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}
