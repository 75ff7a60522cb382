package problem_test

import (
	"testing"

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
