// Package tally keeps the counts of the campaign in the transaction that changes them, so that no
// page ever counts rows. A count is per area, measure, item, day of the report that shows it and
// day on which it was done; every village's change is added to its township and county as well.
// It knows no measure's meaning.
package tally

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"gonggu/internal/database"
)

// Days of a change: the report that first shows it, and the day on which it was done.
type Days struct{ Reported, Done string }

type key struct {
	area, measure, item string
	days                Days
}

// Batch collects changes. The zero value is ready.
type Batch struct{ sums map[key]int64 }

// Add adds n to a measure of a village (12 digits; a group counts for its village) and of every area above it.
func (b *Batch) Add(area, measure, item string, days Days, n int64) {
	if n == 0 {
		return
	}
	if b.sums == nil {
		b.sums = map[key]int64{}
	}
	for _, l := range [...]int{6, 9, 12} {
		if len(area) >= l {
			b.sums[key{area[:l], measure, item, days}] += n
		}
	}
}

// Merge adds all of o.
func (b *Batch) Merge(o *Batch) {
	if b.sums == nil {
		b.sums = make(map[key]int64, len(o.sums))
	}
	for k, n := range o.sums {
		b.sums[k] += n
	}
}

// Reset forgets all changes.
func (b *Batch) Reset() { clear(b.sums) }

// Fold writes the changes of a county, in a fixed order, by days and added up over all of them, and forgets them.
func (b *Batch) Fold(ctx context.Context, tx *database.Tx, county string) error {
	keys, totals := make([]key, 0, len(b.sums)), make(map[key]int64, len(b.sums))
	for k, n := range b.sums {
		if n != 0 {
			keys = append(keys, k)
			totals[key{k.area, k.measure, k.item, Days{}}] += n
		}
	}
	slices.SortFunc(keys, order)
	rows := make([]any, 0, 7*len(keys))
	for _, k := range keys {
		rows = append(rows, county, k.area, k.measure, k.item, k.days.Reported, k.days.Done, b.sums[k])
	}
	if err := tx.PutAll(ctx, addTally, 7, rows); err != nil {
		return err
	}
	rows = make([]any, 0, 5*len(totals))
	for _, k := range slices.SortedFunc(maps.Keys(totals), order) {
		if totals[k] != 0 {
			rows = append(rows, county, k.measure, k.area, k.item, totals[k])
		}
	}
	if err := tx.PutAll(ctx, addTotal, 5, rows); err != nil {
		return err
	}
	b.Reset()
	return nil
}

func order(x, y key) int {
	return cmp.Or(cmp.Compare(x.area, y.area), cmp.Compare(x.measure, y.measure), cmp.Compare(x.item, y.item),
		cmp.Compare(x.days.Reported, y.days.Reported), cmp.Compare(x.days.Done, y.days.Done))
}

// Count is one stored count.
type Count struct {
	Area, Measure, Item, ReportedOn, DoneOn string
	N                                       int64
}

func scan(r *sql.Rows) (c Count, err error) {
	return c, r.Scan(&c.Area, &c.Measure, &c.Item, &c.ReportedOn, &c.DoneOn, &c.N)
}

// Below gives fn a measure of every area that lies in area, added up over all days: the count of no item, or those of all items together.
func Below(ctx context.Context, r database.Reader, county, area, measure string, items bool, fn func(area string, n int64)) error {
	text := totalsBelow
	if items {
		text = itemsBelow
	}
	return each(ctx, r, text, func(r *sql.Rows) (c Count, err error) { return c, r.Scan(&c.Area, &c.N) }, func(c Count) { fn(c.Area, c.N) }, county, measure, area, area+"~")
}

// AllTotals gives every count of a county, added up over all days, to fn.
func AllTotals(ctx context.Context, r database.Reader, county string, fn func(Count)) error {
	return each(ctx, r, totalAll, func(r *sql.Rows) (c Count, err error) { return c, r.Scan(&c.Area, &c.Measure, &c.Item, &c.N) }, fn, county)
}

// All gives every stored count of a county to fn.
func All(ctx context.Context, r database.Reader, county string, fn func(Count)) error {
	return each(ctx, r, tallyAll, scan, fn, county)
}

func each(ctx context.Context, r database.Reader, text string, scan func(*sql.Rows) (Count, error), fn func(Count), args ...any) error {
	rows, err := r.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		c, err := scan(rows)
		if err != nil {
			return err
		}
		fn(c)
	}
	return rows.Err()
}

// Items returns one measure of one area by item, "" among them, added up over all days. What came to nothing is left out.
func Items(ctx context.Context, r database.Reader, county, area, measure string) (map[string]int64, error) {
	rows, err := r.Query(ctx, tallyItems, county, measure, area)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string]int64{}
	for rows.Next() {
		var item string
		var n int64
		if err := rows.Scan(&item, &n); err != nil {
			return nil, err
		}
		out[item] = n
	}
	return out, rows.Err()
}

// Sum returns one measure of one area, all items together, added up over all days.
func Sum(ctx context.Context, r database.Reader, county, area, measure string) (n int64, err error) {
	return n, r.QueryRow(ctx, tallySum, county, measure, area).Scan(&n)
}

// Total returns one measure and item of one area, added up over all days.
func Total(ctx context.Context, r database.Reader, county, area, measure, item string) (int64, error) {
	var n int64
	err := r.QueryRow(ctx, tallyTotal, county, measure, area, item).Scan(&n)
	if database.Missing(err) {
		return 0, nil
	}
	return n, err
}
