package server_test

import (
	"database/sql"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/report"
	"gonggu/internal/server"
)

// The whole stage of rectification is played, with households that move meanwhile: every day's frozen report is the same when
// computed anew, each of its numbers is the rows that the ledger lists for it, and what is closed was signed as the tier table asks.
// clause: 4.2-c, 4.2-d, 5.3, 5.2-b
func TestTheRectificationAddsUpEveryDay(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := &stage{options: server.Options{Dir: t.TempDir(), County: county}}
			if engine == "postgresql" {
				s.options.Database = dbtest.Schema(t)
			}
			var err error
			s.state, err = demo.Play(t.Context(), demo.Options{Dir: s.options.Dir, Database: s.options.Database, Households: 500, Seed: 3, Through: "2022-10-20", Life: true, Pack: packFS(t)})
			if err != nil {
				t.Fatal(err)
			}
			s.options.Seed = s.state.SeedText()
			s.open(t)
			t.Cleanup(func() { s.close(t) })
			s.rectified(t)
			s.indexed(t)
			v, err := s.county.Verify(t.Context(), func(string, int, int) {})
			if err != nil || len(v.Faults) > 0 {
				t.Errorf("verify: %v %v", err, v.Faults)
			}
		})
	}
}

// A demonstration that ends before the rectification leaves on the office's desk what a county would have there by then: a cause with its
// households, problems of others from several sources and years, and some that look like one.
// clause: 4.2-a, 3.1.4-c
func TestADemonstrationOfTheInspectionHasSomethingToConsolidate(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := &stage{options: server.Options{Dir: t.TempDir(), County: county}}
			if engine == "postgresql" {
				s.options.Database = dbtest.Schema(t)
			}
			var err error
			if s.state, err = demo.Play(t.Context(), demo.Options{Dir: s.options.Dir, Database: s.options.Database, Households: 600, Seed: 1, Pack: packFS(t)}); err != nil {
				t.Fatal(err)
			}
			s.options.Seed = s.state.SeedText()
			s.open(t)
			t.Cleanup(func() { s.close(t) })
			_, loaded, err := s.county.Book.Current(t.Context(), s.county.DB)
			if err != nil {
				t.Fatal(err)
			}
			seen, err := problem.Consolidate(t.Context(), s.county.DB, county, duty.Everything(county), county, loaded.Pack)
			if err != nil || len(seen.Pairs) == 0 {
				t.Errorf("nothing looks like one problem: %+v %v", seen, err)
			}
			for _, x := range seen.Pairs {
				if x.From.Parent == x.Into.ID || x.Into.Parent == x.From.ID {
					t.Errorf("%s and %s were split by somebody", x.From.Number, x.Into.Number)
				}
			}
			list, _, err := problem.Clusters(t.Context(), s.county.DB, county, duty.Everything(county), problem.Filter{})
			if err != nil || len(list) != 1 {
				t.Fatalf("%d clusters: %v", len(list), err)
			}
			progress, err := problem.ProgressOf(t.Context(), s.county.DB, county, duty.Everything(county), []string{list[0].ID})
			if err != nil || progress[list[0].ID].Open < 3 {
				t.Errorf("a cause of %+v: %v", progress, err)
			}
			for what, query := range map[string]string{"sources": "SELECT count(DISTINCT source) FROM problem_sources WHERE county = $1", "years": "SELECT count(DISTINCT year) FROM problem_sources WHERE county = $1"} {
				var n int
				if err := s.county.DB.QueryRow(t.Context(), query, county).Scan(&n); err != nil || n < 2 {
					t.Errorf("problems of %d %s: %v", n, what, err)
				}
			}
		})
	}
}

// rectified holds a county that has been through the stage to its reports and to the tier table.
func (s *stage) rectified(t *testing.T) {
	t.Helper()
	l := s.state.Loop
	if l == nil {
		t.Fatal("no stage was played")
	}
	s.playedAll(t, l)
	shown := 0
	for _, day := range s.state.Reports {
		kept, err := report.Frozen(t.Context(), s.county.DB, county, day)
		if err != nil {
			t.Fatal(err)
		}
		s.addsUp(t, day)
		if !kept.Report.Progress.Shown {
			if day >= "2022-09-26" && day <= "2022-10-15" {
				t.Errorf("%s says nothing of the rectification", day)
			}
			continue
		}
		shown++
		s.drills(t, kept.Report)
	}
	if shown < 20 {
		t.Errorf("%d reports show the rectification", shown)
	}
	s.signedByTier(t, l)
	s.ledgerBook(t)
	s.registerBook(t)
	s.treeCounts(t)
	s.unitLists(t)
}

// unitLists holds what is kept of every unit's list to the ledger's own rows.
func (s *stage) unitLists(t *testing.T) {
	t.Helper()
	lists, err := problem.Lists(t.Context(), s.county.DB, county)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.county.DB.Query(t.Context(), "SELECT DISTINCT lead FROM problems WHERE county = $1 AND lead <> ''", county)
	if err != nil {
		t.Fatal(err)
	}
	units, err := database.Collect(rows, func(r *sql.Rows) (u string, err error) { return u, r.Scan(&u) })
	if err != nil || len(units) < 5 || len(lists) < 5 {
		t.Fatalf("%d units, %d lists: %v", len(units), len(lists), err)
	}
	for _, unit := range units {
		counted, err := problem.UnitList(t.Context(), s.county.DB, county, unit)
		if kept := lists[unit]; err != nil || kept.Open != counted.Open || kept.Closed != counted.Closed {
			t.Errorf("%s: %d open and %d closed are kept, the ledger has %d and %d (%v)", unit, kept.Open, kept.Closed, counted.Open, counted.Closed, err)
		}
	}
	for unit := range lists {
		if !slices.Contains(units, unit) {
			t.Errorf("%s has a list and leads nothing", unit)
		}
	}
}

// playedAll asks that every kind of act of the loop was played, and that the county holds what the demonstration counted.
func (s *stage) playedAll(t *testing.T, l *demo.Loop) {
	t.Helper()
	played := reflect.ValueOf(*l)
	for i := range played.NumField() {
		if n := played.Field(i).Int(); n == 0 {
			t.Errorf("the demonstration plays no %s: %+v", played.Type().Field(i).Name, *l)
		}
	}
	for what, x := range map[string]struct {
		n     int
		count string
	}{
		"problems of others":  {l.Outside + l.Workbook, "SELECT count(*) FROM problems WHERE county = $1 AND origin = 'outside'"},
		"sources":             {l.Outside + l.Workbook + l.Sources, "SELECT count(*) FROM problem_sources WHERE county = $1"},
		"merged problems":     {l.Merged, "SELECT count(*) FROM problems WHERE county = $1 AND state = 'merged'"},
		"parts":               {l.Split, "SELECT count(*) FROM problems WHERE county = $1 AND origin = 'split'"},
		"pairs told apart":    {l.Distinct, "SELECT count(*) FROM problem_distincts WHERE county = $1"},
		"clusters":            {l.Clusters, "SELECT count(*) FROM clusters WHERE county = $1"},
		"members of clusters": {l.Clustered, "SELECT count(*) FROM problems WHERE county = $1 AND cluster <> ''"},
		"repairs of causes":   {l.Fixes, "SELECT count(*) FROM cluster_fixes WHERE county = $1"},
		"repairs by a cause":  {l.Fixed, "SELECT sum(members) FROM cluster_fixes WHERE county = $1"},
		"requests":            {l.Asked, "SELECT count(*) FROM problem_asks WHERE county = $1"},
		"consents":            {l.Granted + l.Paused, "SELECT count(*) FROM problem_asks WHERE county = $1 AND state = 'granted'"},
		"refusals":            {l.Refused, "SELECT count(*) FROM problem_asks WHERE county = $1 AND state = 'refused'"},
		"corrections":         {l.Amended, "SELECT count(*) FROM problem_signatures WHERE county = $1 AND step = 'inspect'"},
		"words of the teams":  {l.Supervised, "SELECT count(*) FROM problem_signatures WHERE county = $1 AND step = 'supervise'"},
		"sent back":           {l.Returned + l.SentBack, "SELECT count(*) FROM problem_events WHERE county = $1 AND measure = 'returned'"},
		"signatures of 清零":    {l.Cleared, "SELECT count(*) FROM unit_clears WHERE county = $1"},
		"second orders":       {l.Second, "SELECT count(*) FROM orders WHERE county = $1 AND second = 1 AND state = 'issued'"},
		"rectifications":      {l.Rectified + l.Fixed + l.OnSpot, "SELECT count(*) FROM problem_events WHERE county = $1 AND measure = 'rectified'"},
	} {
		var n int
		if err := s.county.DB.QueryRow(t.Context(), x.count, county).Scan(&n); err != nil || n != x.n {
			t.Errorf("%s: %d were played, the county has %d (%v)", what, x.n, n, err)
		}
	}
	var several, years int
	if err := s.county.DB.QueryRow(t.Context(), "SELECT count(*) FROM (SELECT problem FROM problem_sources WHERE county = $1 GROUP BY problem HAVING count(*) > 1) x", county).Scan(&several); err != nil || several == 0 {
		t.Errorf("%d problems with several sources (%v)", several, err)
	}
	if err := s.county.DB.QueryRow(t.Context(), "SELECT count(DISTINCT year) FROM problem_sources WHERE county = $1", county).Scan(&years); err != nil || years < 2 {
		t.Errorf("problems of %d years (%v)", years, err)
	}
	rows, err := s.county.DB.Query(t.Context(), "SELECT helping, leader, person FROM orders WHERE county = $1 AND state = 'issued'", county)
	if err != nil {
		t.Fatal(err)
	}
	orders, err := database.Collect(rows, func(r *sql.Rows) (x [3]string, err error) {
		return x, r.Scan(&x[0], &x[1], &x[2])
	})
	if err != nil || !slices.ContainsFunc(orders, func(x [3]string) bool { return x[0] != "" }) || slices.ContainsFunc(orders, func(x [3]string) bool { return x[1] == "" || x[2] == "" }) {
		t.Errorf("orders without helping units or without those who answer: %v %v", orders, err)
	}
}

// ledgerOn is the ledger as of a day, as it then stood.
func (s *stage) ledgerOn(t *testing.T, f problem.Filter) []problem.Problem {
	t.Helper()
	var out []problem.Problem
	for f.Limit = 5000; ; {
		list, next, err := problem.List(t.Context(), s.county.DB, county, duty.Everything(county), f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, list...)
		if f.After = next; next == 0 {
			break
		}
	}
	stood := make([]*problem.Problem, len(out))
	for i := range out {
		var err error
		if out[i].Area, err = out[i].AreaAt(t.Context(), s.county.DB, county, f.AsOf); err != nil {
			t.Fatal(err)
		}
		stood[i] = &out[i]
	}
	if err := problem.Recall(t.Context(), s.county.DB, county, f.AsOf, stood); err != nil {
		t.Fatal(err)
	}
	return out
}

// drills counts the rows behind every number of the section.
func (s *stage) drills(t *testing.T, d *report.Daily) {
	t.Helper()
	p, all := d.Progress, s.ledgerOn(t, problem.Filter{AsOf: d.Day})
	row := func(kind string, r report.ProgressRow, fits func(problem.Problem) bool) {
		var found, open, late int64
		at := make([]int64, len(p.States))
		for _, x := range all {
			if !fits(x) || x.State == problem.Void || x.State == problem.Merged {
				continue
			}
			found++
			if x.State.Open() {
				open++
			}
			if x.State.Owed() && x.DueOn != "" && x.DueOn < d.Day {
				late++
			}
			at[slices.IndexFunc(p.States, func(n report.Named) bool { return n.Code == string(x.State) })]++
		}
		if r.Found != found || r.Open != open || r.Late != late || !slices.Equal(r.At, at) {
			t.Errorf("%s %s %s: printed %d/%d/%d %v, rows %d/%d/%d %v", d.Day, kind, r.Name, r.Found, r.Open, r.Late, r.At, found, open, late, at)
		}
	}
	everywhere := func(problem.Problem) bool { return true }
	row("county", p.Total, everywhere)
	row("own", p.Own, func(x problem.Problem) bool { return x.Area == county })
	sum := slices.Clone(p.Own.At)
	for _, r := range p.Townships {
		for i, n := range r.At {
			sum[i] += n
		}
	}
	if !slices.Equal(sum, p.Total.At) || p.Own.Name != "县本级" {
		t.Errorf("%s: the townships and %s make %v, the county %v", d.Day, p.Own.Name, sum, p.Total.At)
	}
	if n := len(s.ledgerOn(t, problem.Filter{AsOf: d.Day, Area: county, Own: true, State: "open"})); int64(n) != p.Own.Open {
		t.Errorf("%s: printed %d of the county itself, the ledger lists %d", d.Day, p.Own.Open, n)
	}
	for _, r := range append(slices.Clone(p.Townships), p.Villages...) {
		row("place", r, func(x problem.Problem) bool { return strings.HasPrefix(x.Area, r.Code) })
	}
	for _, r := range p.Units {
		row("unit", r, func(x problem.Problem) bool { return x.Lead == r.Code && strings.HasPrefix(x.Area, r.Area) })
	}
	for _, r := range p.Items {
		row("item", r, func(x problem.Problem) bool { return x.Item == r.Code && strings.HasPrefix(x.Area, r.Area) })
	}
	for i, st := range p.States { // as the desk asks for them
		if n := len(s.ledgerOn(t, problem.Filter{AsOf: d.Day, State: st.Code})); int64(n) != p.Total.At[i] {
			t.Errorf("%s %s: printed %d, the ledger lists %d", d.Day, st.Name, p.Total.At[i], n)
		}
	}
	if n := len(s.ledgerOn(t, problem.Filter{AsOf: d.Day, State: "owed", DueBefore: d.Day})); int64(n) != p.Total.Late {
		t.Errorf("%s late: printed %d, the ledger lists %d", d.Day, p.Total.Late, n)
	}
	for i, e := range p.Events {
		listed := map[int64]bool{}
		for _, x := range s.ledgerOn(t, problem.Filter{AsOf: d.Day, Did: e.Code, DidOn: d.Day}) {
			listed[x.Key] = true
		}
		happened, err := problem.Happened(t.Context(), s.county.DB, county, d.Day, e.Code)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range happened {
			if !listed[h.Problem] {
				t.Errorf("%s: the ledger does not list problem %d that was %s", d.Day, h.Problem, e.Code)
			}
		}
		if int64(len(happened)) != p.Total.Today[i] {
			t.Errorf("%s %s today: printed %d, happened %d", d.Day, e.Name, p.Total.Today[i], len(happened))
		}
	}
	for what, x := range map[string]struct{ list, n int }{"closed": {len(p.Closed), int(p.Total.DidToday("closed"))}, "returned": {len(p.Returned), int(p.Total.DidToday("returned"))},
		"declined": {len(p.Declined), int(p.Total.DidToday("declined"))}, "reopened": {len(p.Reopened), int(p.Total.DidToday("reopened"))}, "late": {len(p.Overdue), int(p.Total.LateToday)}} {
		if x.list != x.n {
			t.Errorf("%s: %d lines of what was %s, counted %d", d.Day, x.list, what, x.n)
		}
	}
}

// signedByTier reads the signatures of everything that is closed and holds them to the pack's tiers.
func (s *stage) signedByTier(t *testing.T, l *demo.Loop) {
	t.Helper()
	_, loaded, err := s.county.Book.Current(t.Context(), s.county.DB)
	if err != nil {
		t.Fatal(err)
	}
	closed := s.ledgerOn(t, problem.Filter{AsOf: s.state.Day, State: string(problem.Closed)})
	if len(closed) != l.Closed-l.Reopened && len(closed) == 0 {
		t.Fatalf("%d are closed, %d were", len(closed), l.Closed)
	}
	for _, p := range closed {
		all, err := problem.Signatures(t.Context(), s.county.DB, county, p.Key)
		if err != nil {
			t.Fatal(err)
		}
		by := map[problem.Step]problem.Hand{}
		for _, x := range all {
			if x.Voided == 0 {
				by[x.Step] = x.Hand
			}
		}
		found, err := duty.Known(t.Context(), s.county.DB, county, p.FoundBy)
		if err != nil {
			t.Fatal(err)
		}
		inspector, fixer, checker, closer := found.Person, by[problem.StepRectify], by[problem.StepVerify], by[problem.StepClose]
		onSpot := slices.Contains(loaded.Pack.Head.OnSpot, p.Item)
		tier := slices.IndexFunc(loaded.Pack.Head.Tiers, func(x pack.Tier) bool { return x.RectifiedBy == fixer.Kind })
		switch {
		case inspector == "" || fixer.Person == "" || checker.Person == "" || closer.Person == "":
			t.Errorf("%s is closed without its signatures: %+v", p.Number, all)
		case fixer.Unit == checker.Unit || fixer.Person == checker.Person:
			t.Errorf("%s: %s verified his own unit's repair", p.Number, checker.Person)
		case inspector == fixer.Person && !onSpot:
			t.Errorf("%s: inspector and rectifier are one person", p.Number)
		case tier < 0 || !slices.Contains(loaded.Pack.Head.Tiers[tier].VerifiedBy, checker.Kind) || !slices.Contains(loaded.Pack.Head.Tiers[tier].ClosedBy, closer.Kind):
			t.Errorf("%s: rectified by a %s, verified by a %s, closed by a %s: no tier says so", p.Number, fixer.Kind, checker.Kind, closer.Kind)
		}
	}
}
