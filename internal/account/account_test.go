package account_test

import (
	"testing"
	"time"

	"gonggu/internal/account"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
)

func TestFiveWrongPasswordsLockAndTimeUnlocks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		now := clock.NewVirtual(1_700_000_000_000, false)
		b := account.Book{DB: db, County: "411624", Clock: now, Quick: true}
		if err := b.Open(t.Context(), "p1", "zhang", "gonggu2022"); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			_, _, err := b.SignIn(t.Context(), "zhang", "wrong", account.From{})
			want := account.ErrWrong.Code
			if i == 4 {
				want = account.ErrLocked.Code
			}
			if errs.Code(err) != want {
				t.Fatalf("try %d: %v", i+1, err)
			}
		}
		if _, _, err := b.SignIn(t.Context(), "zhang", "gonggu2022", account.From{}); errs.Code(err) != account.ErrLocked.Code {
			t.Fatalf("locked, the right password: %v", err)
		}
		now.Set(now.Now() + (16 * time.Minute).Milliseconds())
		person, token, err := b.SignIn(t.Context(), " zhang ", "gonggu2022", account.From{})
		if err != nil || person != "p1" {
			t.Fatal(person, err)
		}
		if s, err := b.Of(t.Context(), token); err != nil || s.Person != "p1" || s.Login != "zhang" {
			t.Fatal(s, err)
		}
		if err := b.SignOut(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Of(t.Context(), token); errs.Code(err) != account.ErrSignedIn.Code {
			t.Errorf("after signing out: %v", err)
		}
		if _, _, err := b.SignIn(t.Context(), "nobody", "gonggu2022", account.From{}); errs.Code(err) != account.ErrWrong.Code {
			t.Errorf("an unknown login must not be told apart: %v", err)
		}
		_, token, err = b.SignIn(t.Context(), "zhang", "gonggu2022", account.From{})
		if err != nil {
			t.Fatal(err)
		}
		for range 30 { // half an hour at a time, used in between
			now.Set(now.Now() + (25 * time.Minute).Milliseconds())
			if _, err := b.Of(t.Context(), token); err != nil {
				break
			}
		}
		if _, err := b.Of(t.Context(), token); errs.Code(err) != account.ErrSignedIn.Code {
			t.Errorf("a session of yesterday: %v", err)
		}
		for _, weak := range []string{"short1", "allletters", "12345678"} {
			if err := b.Open(t.Context(), "p2", "li", weak); errs.Code(err) != account.ErrWeak.Code {
				t.Errorf("%q: %v", weak, err)
			}
		}
	})
}
