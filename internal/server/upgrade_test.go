package server_test

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
	"gonggu/internal/tally"
)

// theCounts returns every count of the county, by day and added up.
func (s *stage) theCounts(t *testing.T) []tally.Count {
	t.Helper()
	var list []tally.Count
	note := func(n tally.Count) { list = append(list, n) }
	if err := tally.All(t.Context(), s.county.DB, county, note); err != nil {
		t.Fatal(err)
	}
	if err := tally.AllTotals(t.Context(), s.county.DB, county, note); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b tally.Count) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.Item, b.Item), cmp.Compare(a.ReportedOn, b.ReportedOn), cmp.Compare(a.DoneOn, b.DoneOn))
	})
	return list
}

// takenAlong moves households with problems that stand at different places of their life to another township, and goes on with some of these problems.
func (s *stage) takenAlong(t *testing.T) {
	t.Helper()
	office := s.visitor(t, "xian")
	moved := 0
	for state, next := range map[problem.State]string{problem.Accepted: problem.KindVoid, problem.Ordered: problem.KindVoid, problem.Claimed: problem.KindVoid, problem.Declined: problem.KindVoid,
		problem.Rectified: problem.KindReturn, problem.Verified: problem.KindReturn, problem.Closed: problem.KindReopen} {
		id := s.one(t, `SELECT coalesce((SELECT p.id FROM problems p JOIN households h ON h.county = p.county AND h.key = p.household
			WHERE p.county = $1 AND p.state = $2 AND h.state = 'active' ORDER BY p.key LIMIT 1), '')`, county, string(state))
		if id == "" {
			continue
		}
		moved++
		household := s.one(t, "SELECT subject FROM problems WHERE county = $1 AND id = $2", county, id)
		rev, err := strconv.ParseInt(s.one(t, "SELECT CAST(rev AS text) FROM households WHERE county = $1 AND id = $2", county, household), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		area := s.one(t, "SELECT area FROM households WHERE county = $1 AND id = $2", county, household)
		to := s.one(t, "SELECT min(code) FROM areas WHERE county = $1 AND level = 'village' AND until = '' AND parent <> $2", county, area[:9])
		acts := []*act.Act{office.act(roster.KindMove, household, canon.Object{"rev": rev, "on": clock.Day(s.clock.Now()), "area": to}), office.act(next, id, canon.Object{"reason": "迁走后又到现场看过"})}
		for _, a := range acts {
			a.Pack = s.one(t, "SELECT pack FROM campaigns WHERE county = $1", county)
			if got := office.submit(t, a)[0]; got.Answer != "accepted" {
				t.Fatalf("%s of a problem %s: %+v", a.Kind, state, got)
			}
		}
	}
	if moved < 2 {
		t.Fatalf("%d problems to take along", moved)
	}
}

// An older county lacks the counts of problems by state: the upgrade makes the very ones that counting all along has made,
// whatever became of the problems, and touches no other.
func (s *stage) anUpgradeCounts(t *testing.T) {
	want := s.theCounts(t)
	states := map[string]int{}
	for _, n := range want {
		if _, state, ok := strings.Cut("."+n.Measure, ".at."); ok {
			states[state]++
		}
	}
	if len(states) < 8 {
		t.Fatalf("too little became of the problems: %v", states)
	}
	text, err := os.ReadFile("../database/migrations/0025_standing_counts.sql")
	if err != nil {
		t.Fatal(err)
	}
	half := "UPDATE tallies SET n = n + 1 WHERE measure LIKE '%at.closed' AND county = '" + county + "'" // upgraded once without its counts, and counted on
	for _, before := range []string{"DELETE FROM tallies WHERE measure LIKE '%at.%'", half} {
		err = s.county.DB.Write(t.Context(), func(tx *database.Tx) error {
			for _, stmt := range strings.Split(before+";\n"+string(text), ";\n") {
				if strings.TrimSpace(stmt) == "" {
					continue
				}
				if _, err := tx.Exec(t.Context(), stmt); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.theCounts(t); !slices.Equal(got, want) {
			t.Errorf("after %q: %d counts, want %d", before, len(got), len(want))
			for _, n := range got {
				if !slices.Contains(want, n) {
					t.Errorf("made %+v", n)
				}
			}
			for _, n := range want {
				if !slices.Contains(got, n) {
					t.Errorf("lacks %+v", n)
				}
			}
		}
	}
}
