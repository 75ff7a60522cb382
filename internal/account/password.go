package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/crypto/argon2"

	"gonggu/internal/database"
	"gonggu/internal/errs"
)

const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
)

// What a password can be refused for.
var (
	ErrWeak   = errs.Newf(errs.Invalid, "account.weak", "密码至少 %d 位，并同时包含字母和数字。", minPassword)
	errMixed  = errs.New(errs.Invalid, "account.weak", "密码要么不少于 10 位且有字母和数字，要么不少于 8 位且有大写、小写、数字、符号中的三种；请换一个。")
	errCommon = errs.New(errs.Invalid, "account.common", "这个密码太常见，容易被猜到；请换一个。")
	errOwn    = errs.New(errs.Invalid, "account.own", "密码里不要有登录名、手机号或姓名；请换一个。")
	errFormer = errs.New(errs.Invalid, "account.former", "最近三次用过的密码不能再用；请换一个。")
	errOld    = errs.New(errs.Invalid, "account.current", "原密码不对，请重新输入；连续输错 5 次将锁定 15 分钟。")
)

// common are roots of passwords that are tried first.
var common = strings.Fields(`password passw0rd qwerty asdfgh zxcvbn 1qaz2wsx q1w2e3r4 abc123 abcd1234 admin root123 letmein welcome iloveyou woaini 5201314 123456 12345678 111111 888888 666666 000000 112233 123123 147258 159357 xgzx shenqiu411 aa123 a1b2c3`)

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
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(from[pick(len(from))])
	}
	return b.String()
}

func pick(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // no randomness: nothing safe can follow
	}
	return int(v.Int64())
}

func (b Book) hash(password string) string { return b.hashIn(password, argonMemory) }

// onceMemory is enough for a password of 50 random bits that dies at its first use: a list of two
// thousand is hashed in seconds.
const onceMemory = 1024 // KiB

func (b Book) hashIn(password string, memory uint32) string {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		panic(err)
	}
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

func strong(p string) bool {
	return len(p) >= minPassword && strings.ContainsAny(p, "0123456789") && strings.ContainsAny(strings.ToLower(p), "abcdefghijklmnopqrstuvwxyz")
}

// fit checks a password that a person chose. Codes: account.weak, account.common, account.own.
func fit(password, login, name, phone string) error {
	var lower, upper, digit, other bool
	n := 0
	for _, r := range password {
		n++
		switch {
		case unicode.IsDigit(r):
			digit = true
		case unicode.IsUpper(r):
			upper = true
		case unicode.IsLower(r):
			lower = true
		default:
			other = true
		}
	}
	classes := 0
	for _, c := range []bool{lower, upper, digit, other} {
		if c {
			classes++
		}
	}
	if n < minPassword || n > 128 || !(classes >= 3 || (n >= 10 && digit && (lower || upper))) {
		return errMixed
	}
	low := strings.ToLower(password)
	spelt := strings.Join(pinyin.LazyConvert(name, nil), "")
	for _, own := range []string{strings.ToLower(login), phone, strings.ToLower(name), spelt} {
		if len(own) >= 4 && strings.Contains(low, own) {
			return errOwn
		}
	}
	for _, c := range common {
		// A short root inside a long password is no harm; most of a password is.
		if strings.Contains(low, c) && 2*len(c) >= len(low) {
			return errCommon
		}
	}
	return nil
}

// Change gives the person of a session a new password after the present one; his other sessions end.
// Codes: account.current, account.locked, account.weak, account.common, account.own, account.former.
func (b Book) Change(ctx context.Context, s Session, current, next string) error {
	// Whoever knows the present password may look for a fit new one as long as he likes: its try is given back.
	a, err := b.prove(ctx, s.Person, current)
	if err != nil {
		return err
	}
	phone := ""
	if len(a.phone) > 0 {
		plain, err := b.Keys.Open("account/"+b.County+"/"+s.Person, a.phone)
		if err != nil {
			return err
		}
		phone = string(plain)
	}
	if err := fit(next, a.login, a.name, phone); err != nil {
		return err
	}
	former := append([]string{a.password}, strings.Fields(a.former)...)
	for _, f := range former {
		if matches(f, next) {
			return errFormer
		}
	}
	if len(former) > keptFormer-1 { // the present one is the last
		former = former[:keptFormer-1]
	}
	hash := b.hash(next)
	return b.DB.Write(ctx, func(tx *database.Tx) error {
		if _, err := tx.Exec(ctx, setPassword, hash, strings.Join(former, "\n"), int64(0), b.Clock.Now(), b.County, s.Person); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, dropOthers, b.County, s.Person, s.ID)
		return err
	})
}

// Reset gives a person a one-time password, ends his sessions and unlocks him; who may do so is the
// caller's affair. The password is returned once and kept nowhere. Code: account.not_found.
func (b Book) Reset(ctx context.Context, person string) (password string, err error) {
	password = NewPassword()
	hash := b.hash(password)
	err = b.DB.Write(ctx, func(tx *database.Tx) error {
		a, err := b.read(ctx, tx, accountOfPerson, person)
		if err != nil {
			return err
		}
		former := append([]string{a.password}, strings.Fields(a.former)...)
		if len(former) > keptFormer-1 {
			former = former[:keptFormer-1]
		}
		if _, err := tx.Exec(ctx, setPassword, hash, strings.Join(former, "\n"), int64(1), b.Clock.Now(), b.County, person); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, dropAll, b.County, person)
		return err
	})
	return password, err
}
