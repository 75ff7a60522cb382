package report

import (
	"context"
	"database/sql"

	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
)

// Overview is the first page of a desk: where an area stands now. It is read from counts only.
type Overview struct {
	Area           string          `json:"area"`
	AreaName       string          `json:"areaName"`
	Day            string          `json:"day"`
	Households     int64           `json:"households"`
	Persons        int64           `json:"persons"`
	Inspected      int64           `json:"inspected"`
	InspectedToday int64           `json:"inspectedToday"`
	InspectedPPM   int64           `json:"inspectedPpm"`
	Sheets         int64           `json:"sheets"`
	UnchangedPPM   int64           `json:"unchangedPpm"`
	Classes        []OverviewClass `json:"classes"`
	Blocks         []OverviewItem  `json:"blocks"`
	Items          []OverviewItem  `json:"items"`
	Funnel         Funnel          `json:"funnel"`
	Doubts         Doubts          `json:"doubts"`
	Daily          []Point         `json:"daily"`
	Children       []Child         `json:"children"`
	Heat           []Heat          `json:"heat"`
	Silent         []Silent        `json:"silent"` // of the children
	SilentVillages int64           `json:"silentVillages"`
}

// OverviewClass is a class with its counts.
type OverviewClass struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Short      string `json:"short"`
	Households int64  `json:"households"`
	Inspected  int64  `json:"inspected"`
}

// OverviewItem is an item of the task list, or (Item is "") a block: problems found today and in
// all, and those that stand (found and not voided).
type OverviewItem struct {
	Item  string `json:"item"`
	Name  string `json:"name"`
	Block string `json:"block"`
	Today int64  `json:"today"`
	Total int64  `json:"total"`
	Open  int64  `json:"open"`
}

// Funnel is how far the problems have come. Accepted and Voided count events: a problem may be in both.
type Funnel struct {
	Found    int64 `json:"found"`
	Accepted int64 `json:"accepted"`
	Voided   int64 `json:"voided"`
	Standing int64 `json:"standing"`
}

// Point is a day of the series: inspected on that report, in all up to it, problems found in it.
type Point struct {
	Day       string `json:"day"`
	Inspected int64  `json:"inspected"`
	Total     int64  `json:"total"`
	Problems  int64  `json:"problems"`
}

// Child is an area directly below.
type Child struct {
	Code           string `json:"code"`
	Name           string `json:"name"`
	Short          string `json:"short"`
	Households     int64  `json:"households"`
	Inspected      int64  `json:"inspected"`
	InspectedToday int64  `json:"inspectedToday"`
	InspectedPPM   int64  `json:"inspectedPpm"`
	Problems       int64  `json:"problems"` // standing
	ProblemsToday  int64  `json:"problemsToday"`
	DoubtsOpen     int64  `json:"doubtsOpen"`
	LastReportedOn string `json:"lastReportedOn"`
}

// Heat is the standing problems of one child in one item; zeros are left out.
type Heat struct {
	Area string `json:"area"`
	Item string `json:"item"`
	N    int64  `json:"n"`
}

// ReadOverview returns the overview of an area ("" is all of the scope) as of the report-day today.
// Codes: report.outside, area.not_found, campaign.none.
func ReadOverview(ctx context.Context, r database.Reader, book *campaign.Book, county string, scope duty.Scope, area, today string) (*Overview, error) {
	scope = scope.Narrow(area)
	if scope.Empty() || len(scope.Area()) > len("411624101001") {
		return nil, ErrOutside
	}
	c, loaded, err := book.Current(ctx, r)
	if err != nil {
		return nil, err
	}
	a, err := duty.AreaOf(ctx, r, county, scope.Area())
	if err != nil {
		return nil, err
	}
	all, err := collectSums(ctx, r, sumsOf, today, county, a.Code, today)
	if err != nil {
		return nil, err
	}
	l := legendOf(loaded.Pack)
	o := l.overview(l.row(a, "", all[a.Code]), today)
	if o.Daily, err = series(ctx, r, county, a.Code, c.FirstOn(), today, o.Inspected); err != nil {
		return nil, err
	}
	if err := l.children(ctx, r, county, a.Code, o); err != nil {
		return nil, err
	}
	err = r.QueryRow(ctx, silentVillages, county, a.Code, a.Code+"~", today, today, today).Scan(&o.SilentVillages)
	return o, err
}

func (l *legend) overview(row Row, today string) *Overview {
	o := &Overview{Area: row.Code, AreaName: row.Name, Day: today, Households: row.Households, Persons: row.Persons, Inspected: row.Inspected,
		InspectedToday: row.InspectedToday, InspectedPPM: row.InspectedPPM, Sheets: row.Sheets, UnchangedPPM: row.UnchangedPPM, Doubts: row.Doubts,
		Funnel:  Funnel{row.Problems.Found, row.Problems.Accepted, row.Problems.Voided, row.Problems.Standing},
		Classes: []OverviewClass{}, Blocks: []OverviewItem{}, Items: []OverviewItem{}, Children: []Child{}, Heat: []Heat{}, Silent: []Silent{}}
	for i, c := range l.classes {
		o.Classes = append(o.Classes, OverviewClass{c.ID, c.Name, c.Short, row.Classes[i].Households, row.Classes[i].Inspected})
	}
	for i, b := range l.blocks {
		n := row.Blocks[i]
		o.Blocks = append(o.Blocks, OverviewItem{"", b.Name, b.Code, n.FoundToday, n.Found, n.Standing})
	}
	for i, it := range l.items {
		n := row.Items[i]
		o.Items = append(o.Items, OverviewItem{it.Code, it.Name, it.Block, n.FoundToday, n.Found, n.Standing})
	}
	return o
}

// series gives every day from the first to today; the total starts with what was inspected before.
func series(ctx context.Context, r database.Reader, county, area, first, today string, inspected int64) ([]Point, error) {
	rows, err := r.Query(ctx, daysOf, county, area, first, today)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	by := map[string]*Point{}
	total := inspected
	for rows.Next() {
		var measure, day string
		var n int64
		if err := rows.Scan(&measure, &day, &n); err != nil {
			return nil, err
		}
		if by[day] == nil {
			by[day] = &Point{}
		}
		if measure == measureInspected {
			by[day].Inspected += n
			total -= n
		} else {
			by[day].Problems += n
		}
	}
	out := []Point{}
	for day := first; day <= today; day = clock.AddDays(day, 1) {
		p := Point{Day: day}
		if q := by[day]; q != nil {
			p.Inspected, p.Problems = q.Inspected, q.Problems
		}
		total += p.Inspected
		p.Total = total
		out = append(out, p)
	}
	return out, rows.Err()
}

func (l *legend) children(ctx context.Context, r database.Reader, county, area string, o *Overview) error {
	rows, err := r.Query(ctx, childAreas, county, area)
	if err != nil {
		return err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (a duty.Area, err error) {
		return a, r.Scan(&a.Code, &a.Parent, &a.Level, &a.Name, &a.Short)
	})
	if err != nil || len(list) == 0 {
		return err
	}
	all, err := collectSums(ctx, r, sumsOfChildren, o.Day, county, area, county, o.Day, o.Day, county, area, county, o.Day)
	if err != nil {
		return err
	}
	for _, a := range list {
		row := l.row(a, "", all[a.Code])
		o.Children = append(o.Children, Child{Code: a.Code, Name: a.Name, Short: a.Short, Households: row.Households, Inspected: row.Inspected,
			InspectedToday: row.InspectedToday, InspectedPPM: row.InspectedPPM, Problems: row.Problems.Standing, ProblemsToday: row.Problems.FoundToday,
			DoubtsOpen: row.Doubts.Open, LastReportedOn: row.LastReportedOn})
		for _, f := range row.Items {
			if f.Standing != 0 {
				o.Heat = append(o.Heat, Heat{a.Code, f.Code, f.Standing})
			}
		}
		if s, ok := silentRow(row, a.Level, o.Day); ok {
			o.Silent = append(o.Silent, s)
		}
	}
	return nil
}
