package report

import (
	"context"
	"maps"
	"sync"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/problem"
)

// lens chooses counts: of an area itself, of the areas directly below, or of all its villages.
type lens struct {
	kind lensKind
	area string
}

type lensKind int

const (
	ownCounts lensKind = iota
	childCounts
	villageCounts
)

// slice is a set of measures with the items that they are read for. Measures and items are given one
// by one, so that the engines seek the days wanted instead of walking all days.
type slice struct{ measures, items []string }

func (l *legend) slices(k lensKind) []slice {
	all, items := []string{""}, make([]string, len(l.items))
	for i, it := range l.items {
		items[i] = it.Code
	}
	switch k {
	case villageCounts:
		// One measure at a time: PostgreSQL seeks by an equality, and filters by a list.
		return []slice{{[]string{measureHouseholds}, all}, {[]string{measureInspected}, all}, {[]string{measureSheets}, all}}
	case childCounts:
		return []slice{
			{[]string{measureHouseholds, measureInspected, measureSheets, measureMissed, measureOwned, measureOpened, measureConfirmed, measureRefuted, measureGone}, all},
			{[]string{problem.MeasureFound, problem.MeasureVoided}, items}}
	default:
		classes := []string{""}
		for _, c := range l.classes {
			classes = append(classes, c.ID)
		}
		reasons := []string{""}
		for _, r := range l.reasons {
			reasons = append(reasons, r.Code)
		}
		return []slice{
			{[]string{measureHouseholds, measureInspected}, classes},
			{[]string{measureMissed}, reasons},
			{[]string{measurePersons, measureSheets, measureUnchanged, measureOwned, measureOpened, measureConfirmed, measureRefuted, measureGone}, all},
			{[]string{problem.MeasureFound, problem.MeasureAccepted, problem.MeasureVoided}, items}}
	}
}

// counted is what a lens shows as of a day.
type counted struct {
	sums map[string]sums  // by area
	days map[string]Point // of an area's own counts: inspected and problems by report-day
}

// past is what a lens showed as of a day that no act can change any more.
type past struct {
	until string
	counted
}

// memo keeps the past of lenses.
type memo struct {
	mu   sync.Mutex
	past map[lens]*past
}

// mostPasts bounds the memory of a memo: a county's children are 22 × 51 numbers.
const mostPasts = 200

// settled returns the last report-day that no act can change any more: receipt times never go back,
// so it is the day before the one of the log's head.
func settled(ctx context.Context, r database.Reader, county, cutOff, today string) (string, error) {
	head, err := act.ReadHead(ctx, r, county)
	return clock.AddDays(min(today, clock.ReportDay(head.ReceivedAt, cutOff)), -1), err
}

// read returns the counts as of the report-day today; until is settled.
func (k *Desk) read(ctx context.Context, r database.Reader, l lens, names *legend, until, today string) (*counted, error) {
	k.memo.mu.Lock()
	p := k.memo.past[l]
	k.memo.mu.Unlock()
	if p == nil || p.until != until {
		p = &past{until, counted{map[string]sums{}, map[string]Point{}}}
		if err := p.add(ctx, r, k.book.County, l, names, "", until, today); err != nil {
			return nil, err
		}
		k.memo.mu.Lock()
		if len(k.memo.past) >= mostPasts {
			clear(k.memo.past)
		}
		k.memo.past[l] = p
		k.memo.mu.Unlock()
	}
	now := &counted{make(map[string]sums, len(p.sums)), maps.Clone(p.days)}
	for area, s := range p.sums {
		now.sums[area] = maps.Clone(s)
	}
	return now, now.add(ctx, r, k.book.County, l, names, until, today, today)
}

// add reads the counts of the report-days after from up to to.
func (c *counted) add(ctx context.Context, r database.Reader, county string, l lens, names *legend, from, to, today string) error {
	for _, s := range names.slices(l.kind) {
		w := &database.Where{}
		w.And("a.county = ?", county)
		switch l.kind {
		case ownCounts:
			w.And("a.code = ?", l.area)
		case childCounts:
			w.And("a.parent = ? AND a.level IN ('township', 'village')", l.area)
		case villageCounts:
			w.And("a.level = 'village' AND a.until = '' AND a.code >= ? AND a.code < ?", l.area, l.area+"~")
		}
		w.And("t.county = ? AND t.area = a.code", county)
		w.And("t.measure IN ("+database.In(len(s.measures))+")", database.Anys(s.measures)...)
		w.And("t.item IN ("+database.In(len(s.items))+")", database.Anys(s.items)...)
		w.And("t.reported_on > ? AND t.reported_on <= ?", from, to)
		q, args := w.SQL(countsOf, "")
		if err := c.collect(ctx, r, q, args, l.kind == ownCounts, today); err != nil {
			return err
		}
	}
	return nil
}

func (c *counted) collect(ctx context.Context, r database.Reader, text string, args []any, own bool, today string) error {
	rows, err := r.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var area, day, done string
		var p place
		var n int64
		if err := rows.Scan(&area, &p.measure, &p.item, &day, &done, &n); err != nil {
			return err
		}
		if c.sums[area] == nil {
			c.sums[area] = sums{}
		}
		s := c.sums[area][p]
		s.total += n
		carried := done == "" // moved with its household: nobody's work of any day
		if day == today && !carried {
			s.today += n
		}
		if n > 0 && !carried {
			s.last = max(s.last, day)
		}
		c.sums[area][p] = s
		if own && !carried {
			c.point(p, day, n)
		}
	}
	return rows.Err()
}

func (c *counted) point(p place, day string, n int64) {
	d := c.days[day]
	switch {
	case p == place{measureInspected, ""}:
		d.Inspected += n
	case p.measure == problem.MeasureFound:
		d.Problems += n
	default:
		return
	}
	c.days[day] = d
}
