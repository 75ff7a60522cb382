package server

import (
	"context"
	"fmt"
	"sort"

	"gonggu/internal/database"
	"gonggu/internal/inspection"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
	"gonggu/internal/tally"
)

// recounts are the measures whose sum over all days is a number of rows: a quick check counts those again. items says
// that they are counted by item, apart from the measure's total; whole, that only the county's sum is held: a count of
// sheets moves with its household, a sheet does not.
var recounts = []struct {
	measure      string
	items, whole bool
	text         string
}{
	{roster.MeasureHouseholds, false, false, recountHouseholds},
	{roster.MeasurePersons, false, false, recountPersons},
	{roster.MeasureInspected, false, false, recountInspected},
	{roster.MeasureOwned, false, false, recountOwned},
	{roster.MeasureOwned, true, false, recountOwners},
	{roster.MeasureMissed, true, false, recountMissed},
	{roster.MeasureHouseholds, true, false, recountClasses},
	{inspection.MeasureSheets, false, true, recountSheets},
	{problem.MeasureFound, true, false, recountProblems},
}

// ofUnits are kept at townships and the county, not at villages.
func ofUnits(measure string) bool {
	return problem.LedMeasures[measure] != "" || problem.HelpedMeasures[measure] != ""
}

// counted names one count: of an area, over all days, or on its days.
type counted struct{ area, measure, item, days string }

// recount adds up the stored counts: a township's are its villages', the county's its townships', and what is a number of rows is counted; the totals
// are the counts of all days.
func (c *County) recount(ctx context.Context, r database.Reader, v *Verification) error {
	have, below, sums, own, totals := map[counted]int64{}, map[counted]int64{}, map[counted]int64{}, map[counted]int64{}, map[counted]int64{}
	err := tally.All(ctx, r, c.Code, func(n tally.Count) {
		k := counted{n.Area, n.Measure, n.Item, n.ReportedOn + "/" + n.DoneOn}
		have[k] += n.N
		totals[counted{n.Area, n.Measure, n.Item, ""}] += n.N
		switch len(n.Area) {
		case 12:
			below[counted{n.Area[:9], k.measure, k.item, k.days}] += n.N
			sums[counted{n.Area, k.measure, k.item, ""}] += n.N
			sums[counted{c.Code, k.measure, k.item, ""}] += n.N
		case 9:
			below[counted{n.Area[:6], k.measure, k.item, k.days}] += n.N
		}
		v.Rows++
	})
	if err != nil {
		return err
	}
	if err := c.retotal(ctx, r, v, totals); err != nil {
		return err
	}
	var wrong []string
	above, err := c.aboveVillages(ctx, r)
	if err != nil {
		return err
	}
	for k, n := range have {
		if above[k.area] && below[k] != n && (problem.Counts(k.measure) || ofUnits(k.measure)) {
			own[counted{k.area, k.measure, k.item, ""}] += n - below[k]
			continue
		}
		if len(k.area) < 12 && below[k] != n && (len(k.area) < 9 || !ofUnits(k.measure)) {
			wrong = append(wrong, fmt.Sprintf("area=%s，measure=%s，item=%s，reported_on/done_on=%s 记为 %d，下级合计 %d", k.area, k.measure, k.item, k.days, n, below[k]))
		}
	}
	for k, n := range below {
		if _, ok := have[k]; !ok && n != 0 {
			wrong = append(wrong, fmt.Sprintf("area=%s，measure=%s，item=%s，reported_on/done_on=%s 缺失，下级合计 %d", k.area, k.measure, k.item, k.days, n))
		}
	}
	for _, q := range recounts {
		rows, err := c.rowsOf(ctx, r, q.measure, q.text)
		if err != nil {
			return err
		}
		wrong = append(wrong, ownFound(q.measure, own, rows)...)
		for k, n := range sums {
			if k.measure != q.measure || (k.item != "") != q.items || (len(k.area) == 6) != q.whole {
				continue
			}
			at := k
			if q.text == recountClasses { // a class stands there under a name that tells nothing
				at.item = c.Store.ClassKey(k.item)
			}
			if rows[at] != n {
				wrong = append(wrong, fmt.Sprintf("area=%s，measure=%s，item=%s 合计 %d，实有 %d 行", k.area, k.measure, k.item, n, rows[at]))
			}
			delete(rows, at)
		}
		for k, n := range rows {
			wrong = append(wrong, fmt.Sprintf("area=%s，measure=%s，item=%s 缺失，实有 %d 行", k.area, k.measure, k.item, n))
		}
	}
	v.miscounts("tallies", wrong)
	return nil
}

// retotal compares the stored totals with what the counts of all days add up to.
func (c *County) retotal(ctx context.Context, r database.Reader, v *Verification, want map[counted]int64) error {
	var wrong []string
	say := func(k counted, have, want int64) {
		wrong = append(wrong, fmt.Sprintf("area=%s，measure=%s，item=%s 记为 %d，各日合计 %d", k.area, k.measure, k.item, have, want))
	}
	err := tally.AllTotals(ctx, r, c.Code, func(n tally.Count) {
		k := counted{n.Area, n.Measure, n.Item, ""}
		if want[k] != n.N {
			say(k, n.N, want[k])
		}
		delete(want, k)
		v.Rows++
	})
	for k, n := range want {
		if n != 0 {
			say(k, 0, n)
		}
	}
	v.miscounts("tally_totals", wrong)
	return err
}

// miscounts names the wrong counts of a table, the first of them each by itself.
func (v *Verification) miscounts(table string, wrong []string) {
	sort.Strings(wrong)
	for i, w := range wrong {
		if i == maxOfTable {
			v.fault(-1, table, "", "n", "表 %s 另有 %d 处不符", table, len(wrong)-i)
			break
		}
		v.fault(-1, table, w, "n", "表 %s 的 %s", table, w)
	}
}

// aboveVillages are the places whose own problems lie in no village: townships, or the county.
func (c *County) aboveVillages(ctx context.Context, r database.Reader) (map[string]bool, error) {
	rows, err := c.rowsOf(ctx, r, problem.MeasureFound, recountProblems)
	above := map[string]bool{}
	for k := range rows {
		above[k.area] = len(k.area) < 12
	}
	return above, err
}

// ownFound compares the problems found above the villages with the rows that lie there, and takes these out of rows.
func ownFound(measure string, own, rows map[counted]int64) (wrong []string) {
	if measure != problem.MeasureFound {
		return nil
	}
	for k, n := range own {
		if k.measure == problem.MeasureFound && rows[k] != n {
			wrong = append(wrong, fmt.Sprintf("area=%s，measure=%s，item=%s 除下级外记为 %d，实有 %d 行", k.area, k.measure, k.item, n, rows[k]))
		}
	}
	for k, n := range rows {
		if len(k.area) < 12 {
			if _, ok := own[k]; !ok {
				wrong = append(wrong, fmt.Sprintf("area=%s，measure=%s，item=%s 除下级外缺失，实有 %d 行", k.area, k.measure, k.item, n))
			}
			delete(rows, k)
		}
	}
	return wrong
}

func (c *County) rowsOf(ctx context.Context, r database.Reader, measure, text string) (map[counted]int64, error) {
	rows, err := r.Query(ctx, text, c.Code)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[counted]int64{}
	for rows.Next() {
		k := counted{measure: measure}
		var n int64
		if err := rows.Scan(&k.area, &k.item, &n); err != nil {
			return nil, err
		}
		out[k] += n
	}
	return out, rows.Err()
}
