package server_test

import (
	"bytes"
	"testing"

	"gonggu/internal/clock"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/report"
	"gonggu/internal/server"
)

// A county lives a month of births, deaths, moves, splits and mergers, some taken back, some households not reached: its
// coverage adds up every evening, for every place, and the reports are the same when they are computed anew.
// clause: 1-a
func TestALivedMonthAddsUpEveryDay(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := &stage{options: server.Options{Dir: t.TempDir(), County: county}}
			if engine == "postgresql" {
				s.options.Database = dbtest.Schema(t)
			}
			var err error
			s.state, err = demo.Play(t.Context(), demo.Options{Dir: s.options.Dir, Database: s.options.Database, Households: 150, Seed: 11, Through: "2022-10-15", Life: true, Pack: packFS(t)})
			if err != nil {
				t.Fatal(err)
			}
			s.clock = clock.NewVirtual(s.state.Now, false)
			s.options.Clock, s.options.Seed = s.clock, s.state.SeedText()
			s.open(t)
			t.Cleanup(func() { s.close(t) })
			if len(s.state.Reports) < 25 {
				t.Fatalf("%d reports of a month", len(s.state.Reports))
			}
			for _, day := range s.state.Reports {
				s.addsUp(t, day)
			}
			s.countsAreRows(t)
			s.takenAlong(t)
			s.indexed(t)
			v, err := s.county.Verify(t.Context(), func(string, int, int) {})
			if err != nil || len(v.Faults) > 0 {
				t.Errorf("verify: %v %v", err, v.Faults)
			}
			s.sound(t, server.VerifyOptions{Quick: true}) // its counts of rows know what moves
			s.anUpgradeCounts(t)
		})
	}
}

// addsUp looks at one frozen report: every place, the places together, and the same computed from nothing.
func (s *stage) addsUp(t *testing.T, day string) {
	t.Helper()
	kept, err := report.Frozen(t.Context(), s.county.DB, county, day)
	if err != nil {
		t.Fatal(err)
	}
	d := kept.Report
	sums := [2]report.Row{}
	for i, rows := range [][]report.Row{d.Townships, d.Villages} {
		for _, r := range append([]report.Row{d.Total}, rows...) {
			if r.Households != r.Inspected+r.Missed+r.Left || r.Left < 0 || r.Owned > r.Households {
				t.Errorf("%s %s: %d households, %d inspected, %d missed, %d left, %d owned", day, r.Name, r.Households, r.Inspected, r.Missed, r.Left, r.Owned)
			}
			var reasons int64
			for _, x := range r.Reasons {
				reasons += x.N
			}
			if reasons != r.Missed {
				t.Errorf("%s %s: %d missed, %d by reason", day, r.Name, r.Missed, reasons)
			}
		}
		for _, r := range rows {
			sums[i].Households, sums[i].Inspected, sums[i].Missed, sums[i].Persons = sums[i].Households+r.Households, sums[i].Inspected+r.Inspected, sums[i].Missed+r.Missed, sums[i].Persons+r.Persons
		}
		if x := sums[i]; x.Households != d.Total.Households || x.Inspected != d.Total.Inspected || x.Missed != d.Total.Missed || x.Persons != d.Total.Persons {
			t.Errorf("%s: the places have %d/%d/%d/%d, the county %d/%d/%d/%d", day, x.Households, x.Inspected, x.Missed, x.Persons, d.Total.Households, d.Total.Inspected, d.Total.Missed, d.Total.Persons)
		}
	}
	again, err := report.Build(t.Context(), s.county.DB, s.county.Book, county, day, s.state.Now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := again.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, kept.Doc) {
		t.Errorf("%s: computed anew it is another report", day)
	}
}

// countsAreRows compares the county's counts with the rows themselves.
func (s *stage) countsAreRows(t *testing.T) {
	t.Helper()
	for measure, q := range map[string]string{
		"households": "SELECT count(*) FROM households WHERE county = $1 AND state = 'active'",
		"inspected":  "SELECT count(*) FROM households WHERE county = $1 AND state = 'active' AND inspected_on <> ''",
		"missed":     "SELECT count(*) FROM households WHERE county = $1 AND state = 'active' AND inspected_on = '' AND missed <> ''",
		"owned":      "SELECT count(*) FROM households WHERE county = $1 AND state = 'active' AND owner <> ''",
	} {
		rows := s.one(t, "SELECT CAST(("+q+") AS text)", county)
		if counted := s.one(t, "SELECT CAST(coalesce(sum(n), 0) AS text) FROM tallies WHERE county = $1 AND area = $1 AND measure = $2 AND item = ''", county, measure); counted != rows {
			t.Errorf("%s: counted %s, rows %s", measure, counted, rows)
		}
	}
}
