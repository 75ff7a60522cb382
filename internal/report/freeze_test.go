package report_test

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/report"
	"gonggu/internal/seal"
)

func TestFreezingKeepsTheReportAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		check(t, "nothing before the first day", len(c.freeze()), 0)
		c.story()
		if got := c.freeze(); !slices.Equal(got, []string{"2022-09-15", "2022-09-16"}) {
			t.Fatalf("at noon of the third day: %v", got)
		}
		c.clock.Set(at("2022-09-17", "18:00") + 1)
		was := c.bytes("2022-09-17")
		if got := c.freeze(); !slices.Equal(got, []string{"2022-09-17"}) {
			t.Fatalf("after the third cut-off: %v", got)
		}
		check(t, "again", len(c.freeze()), 0)
		c.do("2022-09-18", "09:00", deed{counts: inspect("411624101002", "2022-09-17", 4)})

		k, err := report.Frozen(t.Context(), db, code, "2022-09-17")
		if err != nil {
			t.Fatal(err)
		}
		check(t, "bytes", string(k.Doc), was)
		check(t, "digest", k.Day.Digest, canon.HashBytes([]byte(was)))
		again, err := k.Report.Canonical()
		if err != nil || string(again) != was {
			t.Errorf("what is read back is another report (%v)", err)
		}
		root, err := act.RootAt(t.Context(), db, code, k.Day.LogSize)
		if err != nil || hex.EncodeToString(root[:]) != k.Report.Foot.Root {
			t.Errorf("the printed root is not the log's at that size (%v)", err)
		}
		a, err := act.ByIndex(t.Context(), db, code, k.Day.Index)
		if err != nil || a.Kind != report.KindFreeze || a.ID != ident.Derive(report.KindFreeze, code+"/2022-09-17") || a.Body["digest"] != k.Day.Digest {
			t.Errorf("the act of freezing: %+v %v", a, err)
		}
		if k.Day.Index < k.Day.LogSize {
			t.Errorf("the report counts its own freezing: %d < %d", k.Day.Index, k.Day.LogSize)
		}
		list, err := report.List(t.Context(), db, c.book, code, at("2022-09-18", "18:05"))
		if err != nil {
			t.Fatal(err)
		}
		states := ""
		for _, d := range list {
			states += d.Day[8:] + d.State + " "
		}
		check(t, "states", states, "15frozen 16frozen 17frozen 18due 19open ")
		if _, err := report.Frozen(t.Context(), db, code, "2022-09-18"); errs.Code(err) != "report.not_frozen" {
			t.Errorf("not frozen yet: %v", err)
		}
		d, err := report.Of(t.Context(), db, c.book, code, "2022-09-18", c.clock.Now())
		if err != nil || d.Closed || d.StateName != "未截止" {
			t.Errorf("the open day: %v", err)
		}
		p, err := report.Provisional(t.Context(), db, c.book, code, c.clock.Now())
		if err != nil || p.Day != "2022-09-18" || p.Total.InspectedToday != 4 {
			t.Errorf("provisional: %v", err)
		}
	})
}

func TestEachDayIsFrozenOnceByHoweverManyProcesses(t *testing.T) {
	run := func(t *testing.T, c *county, dbs ...*database.DB) {
		c.story()
		c.clock.Set(at("2022-09-20", "18:05"))
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := []string{}
		for _, db := range dbs {
			lane := c.newLane(db)
			book := campaign.NewBook(code) // another process has its own
			for range 2 {
				wg.Go(func() {
					days, err := report.Freeze(context.Background(), lane, db, book, c.clock.Now())
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					got = append(got, days...)
					mu.Unlock()
				})
			}
		}
		wg.Wait()
		slices.Sort(got)
		check(t, "frozen", strings.Join(got, " "), "2022-09-15 2022-09-16 2022-09-17 2022-09-18 2022-09-19 2022-09-20")
		var acts, rows int64
		if err := dbs[0].QueryRow(t.Context(), `SELECT count(*) FROM acts WHERE kind = 'report.freeze'`).Scan(&acts); err != nil {
			t.Fatal(err)
		}
		if err := dbs[0].QueryRow(t.Context(), `SELECT count(*) FROM cut_offs`).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		check(t, "acts", acts, 6)
		check(t, "rows", rows, 6)
		restarted := c.newLane(dbs[0])
		days, err := report.Freeze(t.Context(), restarted, dbs[0], campaign.NewBook(code), c.clock.Now())
		if err != nil || len(days) != 0 {
			t.Errorf("after a restart: %v %v", days, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		db := dbtest.SQLite(t)
		run(t, newCounty(t, db, places), db, db)
	})
	t.Run("postgresql", func(t *testing.T) {
		url := dbtest.Schema(t)
		var dbs []*database.DB
		for range 2 {
			db, err := database.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			dbs = append(dbs, db)
		}
		run(t, newCounty(t, dbs[0], places), dbs...)
	})
}

func TestAReportThatIsNotTheLogsIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		c.story()
		c.clock.Set(at("2022-09-17", "18:05"))
		d := c.build("2022-09-15")
		doc, err := d.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		body := func(change func(canon.Object)) canon.Object {
			o := canon.Object{"reported_on": d.Day, "log_size": d.Foot.LogSize, "root": d.Foot.Root, "digest": canon.HashBytes(doc)}
			change(o)
			return o
		}
		for what, x := range map[string]struct {
			act  *act.Act
			code string
		}{
			"digest":   {&act.Act{Body: body(func(o canon.Object) { o["digest"] = canon.HashBytes(nil) })}, "report.mismatch"},
			"root":     {&act.Act{Body: body(func(o canon.Object) { o["root"] = strings.Repeat("0", 64) })}, "report.mismatch"},
			"size":     {&act.Act{Body: body(func(o canon.Object) { o["log_size"] = d.Foot.LogSize + 1 })}, "report.mismatch"},
			"day":      {&act.Act{Body: body(func(o canon.Object) { o["reported_on"] = "2022-09-16" })}, "report.mismatch"},
			"open":     {&act.Act{Body: body(func(o canon.Object) { o["reported_on"] = "2022-09-18" })}, "report.not_due"},
			"future":   {&act.Act{Body: body(func(o canon.Object) { o["reported_on"] = "2022-09-19" })}, "report.future"},
			"no size":  {&act.Act{Body: body(func(o canon.Object) { delete(o, "log_size") })}, "act.body"},
			"a person": {&act.Act{Actor: "zhang", Post: "p", Body: body(func(canon.Object) {})}, "report.system_only"},
			"a post":   {&act.Act{Actor: act.System, Post: "p", Body: body(func(canon.Object) {})}, "report.system_only"},
		} {
			x.act.Kind, x.act.Subject = report.KindFreeze, "daily/"+what
			if ans := c.try(x.act); ans.Outcome != act.Refused || ans.Code != x.code {
				t.Errorf("%s: %s %s, want %s", what, ans.Outcome, ans.Code, x.code)
			}
		}
		// A refusal under the day's own id must not keep the day open for ever.
		bad := &act.Act{ID: ident.Derive(report.KindFreeze, code+"/2022-09-15"), Kind: report.KindFreeze, Body: body(func(o canon.Object) { o["digest"] = "" })}
		check(t, "refused", c.try(bad).Code, "report.mismatch")
		check(t, "frozen all the same", strings.Join(c.freeze(), " "), "2022-09-15 2022-09-16 2022-09-17")
		second := &act.Act{Kind: report.KindFreeze, Body: body(func(canon.Object) {})}
		check(t, "a second one", c.try(second).Code, "report.frozen")
	})
}

func TestDaysBeforeTheOpeningAndAfterTheEndAreNotFrozen(t *testing.T) {
	c := openedAt(t, dbtest.SQLite(t), at("2022-09-17", "18:00")+1)
	c.clock.Set(at("2022-09-20", "09:00"))
	check(t, "opened after the cut-off of the 17th", strings.Join(c.freeze(), " "), "2022-09-18 2022-09-19")
	list, err := report.List(t.Context(), c.db, c.book, code, at("2023-03-01", "09:00"))
	if err != nil {
		t.Fatal(err)
	}
	check(t, "first", list[0].Day, "2022-09-18")
	check(t, "last", list[len(list)-1].Day, "2022-12-31")
}

// TestARebuildFreezesTheSameReports plays the log of one engine again on the other: every freezing
// is checked anew there, and must be accepted.
func TestARebuildFreezesTheSameReports(t *testing.T) {
	was := newCounty(t, dbtest.SQLite(t), places)
	was.story()
	was.clock.Set(at("2022-09-17", "18:05"))
	check(t, "frozen", len(was.freeze()), 3)
	db := dbtest.PostgreSQL(t)
	now := &county{t: t, db: db, book: campaign.NewBook(code), clock: was.clock}
	now.lane = now.newLane(db)
	// One by one: a freezing reads what the acts before it have committed.
	all := act.All(t.Context(), was.db, code, seal.FromSeed("t"), 0, 100, func(string) bool { return true })
	err := now.lane.Replay(t.Context(), all, func(s act.Submission, a act.Answer, err error) bool {
		if err != nil || a.Outcome != act.Accepted {
			t.Errorf("%s: %+v %v", s.Act.Kind, a, err)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []string{"2022-09-15", "2022-09-16", "2022-09-17"} {
		x, err := report.Frozen(t.Context(), was.db, code, day)
		if err != nil {
			t.Fatal(err)
		}
		y, err := report.Frozen(t.Context(), db, code, day)
		if err != nil {
			t.Fatal(err)
		}
		check(t, day, string(x.Doc), string(y.Doc))
		check(t, day, x.Day, y.Day)
	}
}
