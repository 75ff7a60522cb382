package access_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gonggu/internal/access"
	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/seal"
)

const county = "411624"

func open(t *testing.T, db *database.DB) *access.Book {
	t.Helper()
	lane := act.NewLane(act.Options{County: county, DB: db, Clock: clock.NewVirtual(1_663_500_000_000, false), Keys: seal.FromSeed("t"), Kinds: map[string]act.Kind{},
		CutOff: func(context.Context, database.Reader) (string, error) { return "18:00", nil }})
	b := access.NewBook(county, db, lane, func(err error) { t.Error(err) })
	t.Cleanup(func() { b.Close(); lane.Close() })
	return b
}

func exec(t *testing.T, db *database.DB, text string, args ...any) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		n, err := tx.Exec(t.Context(), text, args...)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d rows", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, db *database.DB, anchors ...access.Anchor) *access.Check {
	t.Helper()
	c, err := access.Verify(t.Context(), db, county, anchors)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Six hundred looks by many at once, past two full tiles: all are there, the log adds up, the page is in order.
func TestLooksFormALogThatAddsUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		b := open(t, db)
		var wait sync.WaitGroup
		for i := range 60 {
			wait.Go(func() {
				for k := range 10 {
					e := access.Entry{Person: fmt.Sprintf("p%d", i%7), Post: "x", Action: access.Reveal, Subject: fmt.Sprintf("h%d", k), Reason: "与户主核对信息", Detail: "证件号码"}
					if k%2 == 0 {
						b.Later(e)
					} else if err := b.Note(t.Context(), e); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		b.Close()
		c := verify(t, db)
		if c.Size != 600 || len(c.Faults) != 0 {
			t.Fatalf("%+v", c)
		}
		seen, after := map[int64]bool{}, ""
		for last := int64(1 << 40); ; {
			list, next, err := access.List(t.Context(), db, county, access.Filter{Person: "p3", After: after, Limit: 40})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if e.Index >= last || seen[e.Index] || e.Person != "p3" {
					t.Errorf("%+v after %d", e, last)
				}
				last, seen[e.Index] = e.Index, true
			}
			if after = next; next == "" {
				break
			}
		}
		if len(seen) != 90 { // p3 is i = 3, 10, … 59: nine of sixty
			t.Errorf("%d entries of p3", len(seen))
		}
		busy, err := access.BusyReveals(t.Context(), db, county, 0, 80)
		if err != nil || len(busy) != 4 {
			t.Errorf("%v %v", busy, err)
		}
		list, _, err := access.List(t.Context(), db, county, access.Filter{Text: "核对", Subject: "h4", From: "2022-09-18", To: "2022-09-18"})
		if err != nil || len(list) != 50 {
			t.Errorf("%d %v", len(list), err)
		}
		if list, _, err = access.List(t.Context(), db, county, access.Filter{Text: "100%"}); err != nil || len(list) != 0 {
			t.Errorf("a percent sign is a percent sign: %d %v", len(list), err)
		}
	})
}

// Whatever is changed, removed, put in or cut off behind the product's back is named.
func TestChangingTheLogIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		b := open(t, db)
		note := func(n int) {
			for i := range n {
				if err := b.Note(t.Context(), access.Entry{Person: "p", Post: "x", Action: access.Export, Subject: fmt.Sprint(i), Detail: "area=1"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		note(5)
		head, err := access.Head(t.Context(), db, county)
		if err != nil {
			t.Fatal(err)
		}
		anchor := access.Anchor{Where: "2022-09-18", Size: head.Size, Root: hex.EncodeToString(head.Root[:])}
		note(5)
		if c := verify(t, db, anchor); len(c.Faults) != 0 || c.Anchors != 1 || c.Size != 10 {
			t.Fatalf("%+v", c)
		}
		faulty := func(name, says string, anchors ...access.Anchor) {
			t.Helper()
			c := verify(t, db, anchors...)
			if len(c.Faults) == 0 || !strings.Contains(strings.Join(c.Faults, "；"), says) {
				t.Errorf("%s: %v, want %q", name, c.Faults, says)
			}
		}
		exec(t, db, "UPDATE access_entries SET reason = 'x' WHERE county = $1 AND idx = 3", county)
		faulty("changed", "第 3 条与其摘要不一致")
		exec(t, db, "UPDATE access_entries SET reason = '' WHERE county = $1 AND idx = 3", county)
		if c := verify(t, db, anchor); len(c.Faults) != 0 {
			t.Fatalf("put back: %v", c.Faults)
		}
		exec(t, db, "DELETE FROM access_entries WHERE county = $1 AND idx = 9", county)
		faulty("the last one removed", "应有 10 条，实有 9 条")
		// Somebody who owns the machine rewrites everything consistently: only the root that left it tells.
		for _, table := range []string{"access_entries", "access_tiles", "access_heads"} {
			if err := db.Write(t.Context(), func(tx *database.Tx) error { _, err := tx.Exec(t.Context(), "DELETE FROM "+table); return err }); err != nil {
				t.Fatal(err)
			}
		}
		note(3)
		faulty("cut off", "有条目被删除", anchor)
		note(7)
		if c := verify(t, db); len(c.Faults) != 0 {
			t.Errorf("the forgery is consistent in itself: %v", c.Faults)
		}
		faulty("rewritten", "日报之前的条目被改动", anchor)
	})
}

// What was noted before there was a log is in it, once.
func TestOldNotesAreAdoptedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for i := range 3 {
			exec(t, db, "INSERT INTO access_log (county, at, id, person, post, action, subject, reason, detail) VALUES ($1, $2, $3, 'p', 'x', 'export', 's', '', '')", county, i+1, fmt.Sprint(i))
		}
		b := open(t, db)
		for range 2 {
			if err := b.Adopt(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if c := verify(t, db); c.Size != 3 || len(c.Faults) != 0 {
			t.Errorf("%+v", c)
		}
	})
}

func TestAReasonSaysSomething(t *testing.T) {
	for text, good := range map[string]bool{"": false, "核对": false, "aaaa": false, "。。。。。": false, "1234": false, "看看看看": false, "核对户主证件": true, "  与户主核对 ": true, "abab": false} {
		_, err := access.Reason(text)
		if (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && errs.Code(err) != "household.reason" {
			t.Error(err)
		}
	}
}

// Nobody changes or deletes an entry: no statement of the product does.
func TestNoStatementChangesAnEntry(t *testing.T) {
	bad := regexp.MustCompile(`(?i)(UPDATE|DELETE\s+FROM|DROP\s+TABLE|TRUNCATE)\s+access_entries|INSERT\s+OR\s+REPLACE\s+INTO\s+access_entries|INTO access_entries[^` + "`" + `]*ON CONFLICT`)
	found := 0
	for _, dir := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(p, "_test.go") || (!strings.HasSuffix(p, ".go") && !strings.HasSuffix(p, ".sql")) {
				return err
			}
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			if strings.Contains(string(b), "access_entries") {
				found++
			}
			if m := bad.Find(b); m != nil {
				t.Errorf("%s: %s", p, m)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 2 {
		t.Errorf("only %d files name the table: the search is broken", found)
	}
}
