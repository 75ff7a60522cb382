package account_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"gonggu/internal/account"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/seal"
)

const right = "hegu-maitian-77"

func newBook(t *testing.T, db *database.DB) (account.Book, *clock.Virtual) {
	t.Helper()
	now := clock.NewVirtual(1_700_000_000_000, false)
	b := account.Book{DB: db, County: "411624", Clock: now, Quick: true, Keys: seal.FromSeed("t")}
	err := b.Add(t.Context(), []account.New{{Person: "p1", Name: "张翠兰", Login: "zcl", Phone: "19900000001", Password: "abcd-efg2-hjk3"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b, now
}

func want(t *testing.T, what string, err error, code string) {
	t.Helper()
	if errs.Code(err) != code {
		t.Errorf("%s: %v, want %q", what, err, code)
	}
}

// in signs in and returns the session.
func in(t *testing.T, b account.Book, password string) (account.Session, string) {
	t.Helper()
	_, token, err := b.SignIn(t.Context(), "zcl", password, account.From{Address: "10.0.0.9"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Of(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return s, token
}

func TestAOneTimePasswordMustBeReplacedByAFitOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		b, _ := newBook(t, db)
		s, _ := in(t, b, "abcd-efg2-hjk3")
		if s.Must != account.MustChange {
			t.Fatalf("must %q", s.Must)
		}
		change := func(current, next string) error { return b.Change(t.Context(), s, current, next) }
		want(t, "a wrong present one", change("nonsense", right), "account.current")
		for next, code := range map[string]string{"short1A": "account.weak", "abcdefghij": "account.weak", "Abcdefg1": "", "password12": "account.common", "1qaz2wsx3e": "account.common", "zcl-is-me-2": "", "x19900000001": "account.own", "zhangcuilan9": "account.own"} {
			if code != "" {
				want(t, next, change("abcd-efg2-hjk3", next), code)
			}
		}
		if err := change("abcd-efg2-hjk3", right); err != nil {
			t.Fatal(err)
		}
		s, _ = in(t, b, right)
		if s.Must != "" {
			t.Errorf("after the change: must %q", s.Must)
		}
		current := right
		for _, next := range []string{"hegu-maitian-78", "hegu-maitian-79"} {
			want(t, "the one before", b.Change(t.Context(), s, current, right), "account.former")
			if err := b.Change(t.Context(), s, current, next); err != nil {
				t.Fatal(err)
			}
			current = next
		}
		want(t, "the third last", b.Change(t.Context(), s, current, right), "account.former")
		if err := b.Change(t.Context(), s, current, "hegu-maitian-80"); err != nil {
			t.Fatal(err)
		}
		if err := b.Change(t.Context(), s, "hegu-maitian-80", right); err != nil {
			t.Errorf("four changes later it may come back: %v", err)
		}
	})
}

func TestGuessesAtOnceCountAsMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		b, now := newBook(t, db)
		var wg sync.WaitGroup
		var mu sync.Mutex
		codes := map[string]int{}
		for range 16 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, _, err := b.SignIn(context.Background(), "zcl", "guess", account.From{Address: "10.0.0.1"})
				mu.Lock()
				codes[errs.Code(err)]++
				mu.Unlock()
			}()
		}
		wg.Wait()
		if codes[account.ErrWrong.Code] != 4 || codes[account.ErrLocked.Code] != 12 {
			t.Errorf("%v: four are wrong, the fifth locks, the rest find it locked", codes)
		}
		_, _, err := b.SignIn(t.Context(), "zcl", "abcd-efg2-hjk3", account.From{})
		want(t, "the right one while locked", err, account.ErrLocked.Code)
		if err := b.Unlock(t.Context(), "p1"); err != nil {
			t.Fatal(err)
		}
		in(t, b, "abcd-efg2-hjk3")
		want(t, "unlock nobody", b.Unlock(t.Context(), "nobody"), account.ErrNone.Code)

		for range 30 {
			_, _, err = b.SignIn(t.Context(), "no-such-login", "x", account.From{Address: "10.0.0.2"})
		}
		want(t, "the thirtieth from one address", err, account.ErrWrong.Code)
		_, _, err = b.SignIn(t.Context(), "zcl", "abcd-efg2-hjk3", account.From{Address: "10.0.0.2"})
		want(t, "the next one", err, account.ErrTries.Code)
		now.Set(now.Now() + (11 * time.Minute).Milliseconds())
		if _, _, err = b.SignIn(t.Context(), "zcl", "abcd-efg2-hjk3", account.From{Address: "10.0.0.2"}); err != nil {
			t.Errorf("ten minutes later: %v", err)
		}
	})
}

func TestSessionsEndByIdlenessByTheirOwnerAndByTheOfficer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		b, now := newBook(t, db)
		one, tokenOne := in(t, b, "abcd-efg2-hjk3")
		now.Set(now.Now() + (29 * time.Minute).Milliseconds())
		if _, err := b.Of(t.Context(), tokenOne); err != nil {
			t.Errorf("29 minutes: %v", err)
		}
		now.Set(now.Now() + (29 * time.Minute).Milliseconds())
		if _, err := b.Of(t.Context(), tokenOne); err != nil {
			t.Errorf("29 minutes more, used in between: %v", err)
		}
		two, tokenTwo := in(t, b, "abcd-efg2-hjk3")
		list, err := b.Sessions(t.Context(), "p1")
		if err != nil || len(list) != 2 || list[0].Address != "10.0.0.9" {
			t.Fatal(list, err)
		}
		if err := b.Revoke(t.Context(), "somebody else", two.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Of(t.Context(), tokenTwo); err != nil {
			t.Errorf("another person's revocation: %v", err)
		}
		if err := b.RevokeAll(t.Context(), "p1", one.ID); err != nil {
			t.Fatal(err)
		}
		_, err = b.Of(t.Context(), tokenTwo)
		want(t, "revoked", err, account.ErrSignedIn.Code)
		now.Set(now.Now() + (30 * time.Minute).Milliseconds())
		_, err = b.Of(t.Context(), tokenOne)
		want(t, "30 idle minutes", err, account.ErrIdle.Code)

		_, token := in(t, b, "abcd-efg2-hjk3")
		if err := b.Disable(t.Context(), "p1"); err != nil {
			t.Fatal(err)
		}
		_, err = b.Of(t.Context(), token)
		want(t, "disabled", err, account.ErrSignedIn.Code)
		_, _, err = b.SignIn(t.Context(), "zcl", "abcd-efg2-hjk3", account.From{})
		want(t, "a disabled account signs in", err, account.ErrWrong.Code)
		if err := b.Enable(t.Context(), "p1"); err != nil {
			t.Fatal(err)
		}
		_, token = in(t, b, "abcd-efg2-hjk3")
		password, err := b.Reset(t.Context(), "p1")
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Of(t.Context(), token)
		want(t, "after a reset", err, account.ErrSignedIn.Code)
		if s, _ := in(t, b, password); s.Must != account.MustChange {
			t.Error("a reset password need not be changed")
		}
	})
}

func TestATimeCodeWorksOnceAndSoDoesARecoveryCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		b, now := newBook(t, db)
		s, _ := in(t, b, "abcd-efg2-hjk3")
		code := func(secret string) string {
			c, err := totp.GenerateCode(secret, time.UnixMilli(now.Now()))
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		_, err := b.BeginCode(t.Context(), s, "wrong", "巩固")
		want(t, "begin with a wrong password", err, "account.current")
		_, err = b.ConfirmCode(t.Context(), s, "123456")
		want(t, "confirm before begin", err, "account.no_code")
		e, err := b.BeginCode(t.Context(), s, "abcd-efg2-hjk3", "巩固 沈丘县")
		if err != nil || !strings.HasPrefix(e.QR, "data:image/png;base64,") || !strings.HasPrefix(e.URI, "otpauth://totp/") {
			t.Fatal(e.URI, err)
		}
		if s, _ := in(t, b, "abcd-efg2-hjk3"); s.Must != account.MustChange {
			t.Error("a secret that was never confirmed must not lock anybody out")
		}
		recovery, err := b.ConfirmCode(t.Context(), s, code(e.Secret))
		if err != nil || len(recovery) < 6 {
			t.Fatal(recovery, err)
		}
		var row string
		if err := db.QueryRow(t.Context(), "SELECT recovery FROM accounts WHERE person = 'p1'").Scan(&row); err != nil || strings.Contains(row, recovery[0]) {
			t.Error("recovery codes lie in the open", err)
		}

		s, token := in(t, b, "abcd-efg2-hjk3")
		if s.Must != account.MustCode {
			t.Fatalf("must %q", s.Must)
		}
		want(t, "the code of the enrolment again", b.Code(t.Context(), s, code(e.Secret)), "account.code")
		now.Set(now.Now() + 30_000)
		good := code(e.Secret)
		if err := b.Code(t.Context(), s, good); err != nil {
			t.Fatal(err)
		}
		if s, err = b.Of(t.Context(), token); err != nil || s.Must != account.MustChange {
			t.Errorf("after the code: %q %v", s.Must, err)
		}
		s, _ = in(t, b, "abcd-efg2-hjk3")
		want(t, "the same code in another session", b.Code(t.Context(), s, good), "account.code")
		if err := b.Code(t.Context(), s, strings.ToUpper(recovery[0])); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		s, _ = in(t, b, "abcd-efg2-hjk3")
		want(t, "a recovery code twice", b.Code(t.Context(), s, recovery[0]), "account.code")
		for range 3 {
			want(t, "guessing", b.Code(t.Context(), s, "000000"), "account.code")
		}
		want(t, "the fifth guess", b.Code(t.Context(), s, "000000"), account.ErrLocked.Code)
		if err := b.ClearCode(t.Context(), "p1"); err != nil {
			t.Fatal(err)
		}
		if err := b.Unlock(t.Context(), "p1"); err != nil {
			t.Fatal(err)
		}
		if s, _ = in(t, b, "abcd-efg2-hjk3"); s.Must == account.MustCode {
			t.Error("cleared, and still asked for")
		}
	})
}

func TestALoginAndAPhoneAreOnePersons(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		b, _ := newBook(t, db)
		add := func(list ...account.New) error { return b.Add(t.Context(), list, nil) }
		want(t, "login", add(account.New{Person: "p2", Name: "李", Login: "zcl", Password: "x"}), "account.login_taken")
		want(t, "phone", add(account.New{Person: "p2", Name: "李", Login: "li", Phone: "19900000001", Password: "x"}), "account.phone_taken")
		want(t, "phone's form", add(account.New{Person: "p2", Name: "李", Login: "li", Phone: "1990", Password: "x"}), "account.phone")
		want(t, "no name", add(account.New{Person: "p2", Login: "li", Password: "x"}), "account.login")
		want(t, "one of two is bad", add(account.New{Person: "p3", Name: "好", Login: "hao", Password: "x"}, account.New{Person: "p4", Name: "坏", Login: "hao", Password: "x"}), "account.login_taken")
		if _, err := b.Get(t.Context(), "p3"); errs.Code(err) != account.ErrNone.Code {
			t.Errorf("half of a list was made: %v", err)
		}
		got, err := b.Get(t.Context(), "p1")
		if err != nil || got.Phone != "199****0001" || !got.MustChange {
			t.Errorf("%+v %v", got, err)
		}
	})
}
