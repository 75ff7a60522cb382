package report

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
)

// Led is the problems of an area by the unit that leads them. For a department it is its own: by item,
// by township and by day, with those that it helps with beside; for others the units side by side.
type Led struct {
	Unit     string     `json:"unit"` // "" for all units
	UnitName string     `json:"unitName"`
	Area     string     `json:"area"`
	Day      string     `json:"day"`
	Total    Found      `json:"total"`
	Helped   Found      `json:"helped"` // led by another unit; 0 for all units
	Units    []LedPart  `json:"units"`
	Items    []LedPart  `json:"items"`
	Areas    []LedPart  `json:"areas"`
	Daily    []LedPoint `json:"daily"`
}

// LedPart is a unit, an item or a place with its problems.
type LedPart struct {
	Name string `json:"name"`
	Found
}

// LedPoint is a day of a unit's problems.
type LedPoint struct {
	Day      string `json:"day"`
	Found    int64  `json:"found"`
	Accepted int64  `json:"accepted"`
}

// Led returns the problems by lead unit in an area ("" is all of the scope) as of the report-day
// today. A scope that is bound to a department sees that department only. Villages keep no such
// counts. Codes: report.outside, campaign.none.
func (k *Desk) Led(ctx context.Context, r database.Reader, scope duty.Scope, area, today string) (*Led, error) {
	unit := scope.Unit()
	scope = scope.Narrow(area)
	if scope.Empty() || len(scope.Area()) > townshipLength {
		return nil, ErrOutside
	}
	c, loaded, err := k.book.Current(ctx, r)
	if err != nil {
		return nil, err
	}
	l := legendOf(loaded.Pack)
	v := &Led{Unit: unit, UnitName: l.units[unit], Area: scope.Area(), Day: today, Units: []LedPart{}, Items: []LedPart{}, Areas: []LedPart{}, Daily: []LedPoint{}}
	if unit == "" {
		return v, k.units(ctx, r, l, v)
	}
	return v, k.ledBy(ctx, r, l, c.FirstOn(), v)
}

// townshipLength is the length of a township's code.
const townshipLength = len("411624101")

// units reads one place for all units.
func (k *Desk) units(ctx context.Context, r database.Reader, l *legend, v *Led) error {
	rows, err := r.Query(ctx, unitCounts, v.Day, k.book.County, v.Area, v.Day)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	by := newParts()
	for rows.Next() {
		var measure, item string
		var n sum
		if err := rows.Scan(&measure, &item, &n.total, &n.today); err != nil {
			return err
		}
		unit, _, _ := strings.Cut(item, "/")
		by.add(unit, problem.LedMeasures[measure], n)
		v.Total.add(problem.LedMeasures[measure], n)
	}
	for _, code := range sortedKeys(l.units) {
		if f := by[code]; f != nil {
			v.Units = append(v.Units, LedPart{l.units[code], *f})
		}
	}
	return rows.Err()
}

type ledRow struct {
	area, measure, item, day string
	n                        int64
}

// ledBy reads one unit for a place.
func (k *Desk) ledBy(ctx context.Context, r database.Reader, l *legend, first string, v *Led) error {
	w := &database.Where{}
	measures := append(sortedKeys(problem.LedMeasures), sortedKeys(problem.HelpedMeasures)...)
	w.And("a.county = ?", k.book.County).And("a.code = ?", v.Area).And("t.county = ? AND t.area = a.code", k.book.County)
	w.And("t.measure IN ("+database.In(len(measures))+")", database.Anys(measures)...)
	w.And("t.item >= ? AND t.item < ?", v.Unit+"/", v.Unit+"0").And("t.reported_on <= ?", v.Day) // 0 comes after /
	q, args := w.SQL(ledCounts, "")
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (x ledRow, err error) {
		return x, r.Scan(&x.area, &x.measure, &x.item, &x.day, &x.n)
	})
	if err != nil {
		return err
	}
	items, days := newParts(), map[string]LedPoint{}
	for _, x := range list {
		n := sum{total: x.n}
		if x.day == v.Day {
			n.today = x.n
		}
		measure, led := problem.LedMeasures[x.measure]
		_, item, _ := strings.Cut(x.item, "/")
		if !led {
			v.Helped.add(problem.HelpedMeasures[x.measure], n)
			continue
		}
		v.Total.add(measure, n)
		items.add(item, measure, n)
		days[x.day] = days[x.day].plus(measure, x.n)
	}
	for _, it := range l.items {
		if f := items[it.Code]; f != nil {
			v.Items = append(v.Items, LedPart{it.Name, *f})
		}
	}
	for day := first; day <= v.Day; day = clock.AddDays(day, 1) {
		p := days[day]
		p.Day = day
		v.Daily = append(v.Daily, p)
	}
	return k.ledAreas(ctx, r, v)
}

// ledAreas reads the townships directly below.
func (k *Desk) ledAreas(ctx context.Context, r database.Reader, v *Led) error {
	rows, err := r.Query(ctx, ledBelow, v.Day, k.book.County, v.Area, k.book.County, v.Unit+"/", v.Unit+"0", v.Day)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var code, name, measure string
		var n sum
		if err := rows.Scan(&code, &name, &measure, &n.total, &n.today); err != nil {
			return err
		}
		if last := len(v.Areas) - 1; last < 0 || v.Areas[last].Code != code {
			v.Areas = append(v.Areas, LedPart{Name: name, Found: Found{Code: code}})
		}
		v.Areas[len(v.Areas)-1].add(problem.LedMeasures[measure], n)
	}
	return rows.Err()
}

func (p LedPoint) plus(measure string, n int64) LedPoint {
	switch measure {
	case problem.MeasureFound:
		p.Found += n
	case problem.MeasureAccepted:
		p.Accepted += n
	}
	return p
}

// parts are counts of problems by code.
type parts map[string]*Found

func newParts() parts { return parts{} }

func (p parts) add(code, measure string, n sum) {
	f := p[code]
	if f == nil {
		f = &Found{Code: code}
		p[code] = f
	}
	f.add(measure, n)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
