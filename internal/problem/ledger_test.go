package problem_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
)

// A search for a text looks through the ledger piece by piece, finds everything, and ends; a number is found at once.
func TestASearchLooksThroughALongLedger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		const n = 21_000
		fill(t, db, n, 26)
		for name, x := range map[string]struct {
			f     problem.Filter
			want  string
			pages int
		}{
			"in the whole county":   {problem.Filter{}, "SELECT count(*) FROM problems WHERE say LIKE '%南北主街光伏板%'", 3},
			"in a township":         {problem.Filter{Area: "411624101"}, "SELECT count(*) FROM problems WHERE say LIKE '%南北主街光伏板%'", 3},
			"in a village":          {problem.Filter{Area: "411624101203"}, "SELECT count(*) FROM problems WHERE say LIKE '%南北主街光伏板%' AND area = '411624101203'", 1},
			"in another township":   {problem.Filter{Area: "411624102"}, "SELECT 0", 3},
			"and with another word": {problem.Filter{Item: "3.2.4"}, "SELECT count(*) FROM problems WHERE say LIKE '%南北主街光伏板%' AND item = '3.2.4'", 3},
		} {
			var want int
			if err := db.QueryRow(t.Context(), x.want).Scan(&want); err != nil {
				t.Fatal(err)
			}
			f, found, pages := x.f, map[int64]bool{}, 0
			f.Text, f.Limit = "南北主街光伏板", 500
			for pages == 0 || f.After != 0 {
				list, next, err := problem.List(t.Context(), db, county, duty.Everything(county), f)
				if err != nil || next != 0 && next >= f.After && f.After != 0 {
					t.Fatal(name, next, err)
				}
				for _, p := range list {
					found[p.Key] = true
				}
				f.After = next
				pages++
			}
			if len(found) != want || pages != x.pages || want == 0 && name != "in another township" {
				t.Errorf("%s: %d of %d found on %d pages", name, len(found), want, pages)
			}
		}
		for text, want := range map[string]int{"n-20999": 1, "n-2099": 11, "n-9": 1111, "没有-1": 0, "n-": 1500} { // "n-" is a text: a page of what holds it
			list, _, err := problem.List(t.Context(), db, county, duty.Everything(county), problem.Filter{Text: text, Limit: 1500})
			if err != nil || len(list) != want {
				t.Errorf("%s: %d rows, not %d (%v)", text, len(list), want, err)
			}
		}
	})
}

// However a page finds its rows, the ledger cut by states, units, items and places is the rows that are so, newest first, each once.
func TestTheLedgerCutAnyWayIsItsRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		fill(t, db, 1500, 5)
		leads := []string{"water", "education", "health", ""}
		if err := db.Write(t.Context(), func(tx *database.Tx) error {
			for key := range int64(1500) {
				if _, err := tx.Exec(t.Context(), "UPDATE problems SET state = $1, lead = $2, due_on = $3 WHERE key = $4", string(problem.States[key*7%12]), leads[key/3%4], clock.AddDays("2022-09-20", int(key%40)), key+1); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		all, _, err := problem.List(t.Context(), db, county, duty.Everything(county), problem.Filter{Limit: 5000})
		if err != nil || len(all) != 1500 {
			t.Fatal(len(all), err)
		}
		cuts, rows := 0, 0
		for _, state := range []string{"", "open", "owed", "found", "ordered", "closed", "merged", "no such state"} {
			for _, unit := range []string{"", "water", "nobody"} {
				for _, item := range []string{"", "3.2.4"} {
					for _, area := range []string{"", "411624101", "411624101203"} {
						for _, waiting := range []bool{false, true} {
							for _, before := range []string{"", "2022-10-01"} {
								f := problem.Filter{State: state, Unit: unit, Item: item, Area: area, Waiting: waiting, DueBefore: before, Limit: 60}
								var want []int64
								for _, p := range all {
									s := p.State
									if (state == "" || state == "open" && s.Open() || state == "owed" && s.Owed() || state == string(s)) && (unit == "" || p.Lead == unit) && (item == "" || p.Item == item) &&
										strings.HasPrefix(p.Area, area) && (!waiting || s.Open()) && (before == "" || p.DueOn < before) {
										want = append(want, p.Key)
									}
								}
								var got []int64
								for more := true; more; more = f.After != 0 {
									page, next, err := problem.List(t.Context(), db, county, duty.Everything(county), f)
									if err != nil {
										t.Fatal(err)
									}
									for _, p := range page {
										got = append(got, p.Key)
									}
									f.After = next
								}
								if !slices.Equal(got, want) {
									t.Errorf("%+v: %d rows, want %d", f, len(got), len(want))
								}
								cuts, rows = cuts+1, rows+len(got)
							}
						}
					}
				}
			}
		}
		bounds, err := problem.Cuts(t.Context(), db, county, 200)
		if err != nil || len(bounds) != 7 {
			t.Fatal(bounds, err)
		}
		for _, f := range []problem.Filter{{}, {State: "open"}, {Text: "自来水"}, {Unit: "water", Item: "3.2.4"}} {
			f.Limit = 30
			whole, _, err := problem.List(t.Context(), db, county, duty.Everything(county), problem.Filter{State: f.State, Text: f.Text, Unit: f.Unit, Item: f.Item, Limit: 5000})
			if err != nil || len(whole) < 50 {
				t.Fatal(len(whole), err)
			}
			var got []problem.Problem
			for i := range len(bounds) + 1 {
				part := f
				if i > 0 {
					part.After = bounds[i-1]
				}
				if i < len(bounds) {
					part.From = bounds[i]
				}
				for more := true; more; more = part.After != 0 {
					page, next, err := problem.List(t.Context(), db, county, duty.Everything(county), part)
					if err != nil {
						t.Fatal(err)
					}
					got, part.After = append(got, page...), next
				}
			}
			if !reflect.DeepEqual(got, whole) {
				t.Errorf("%+v: %d rows in parts, %d in one", f, len(got), len(whole))
			}
		}
		if cuts < 500 || rows < 10_000 {
			t.Errorf("%d cuts had %d rows", cuts, rows)
		}
	})
}
