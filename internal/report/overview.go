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
	Missed         int64           `json:"missed"` // could not be inspected, with a reason
	Left           int64           `json:"left"`   // neither inspected nor missed
	Owned          int64           `json:"owned"`  // somebody answers for them
	Reasons        []OverviewMiss  `json:"reasons"`
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

// OverviewMiss is a reason for which households could not be inspected.
type OverviewMiss struct {
	Code string `json:"code"`
	Name string `json:"name"`
	N    int64  `json:"n"`
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
	Missed         int64  `json:"missed"`
	Left           int64  `json:"left"`
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

// Desk serves overviews. It remembers the counts of the report-days that can't change any more, so
// that an overview reads only those of today and the day before. Safe for concurrent use.
type Desk struct {
	book *campaign.Book
	memo memo
}

// NewDesk returns the desk of the book's county.
func NewDesk(book *campaign.Book) *Desk { return &Desk{book: book, memo: memo{past: map[lens]*past{}}} }

// Overview returns the overview of an area ("" is all of the scope) as of the report-day today.
// Codes: report.outside, area.not_found, campaign.none.
func (k *Desk) Overview(ctx context.Context, r database.Reader, scope duty.Scope, area, today string) (*Overview, error) {
	scope = scope.Narrow(area)
	if scope.Empty() || len(scope.Area()) > villageLength {
		return nil, ErrOutside
	}
	c, loaded, err := k.book.Current(ctx, r)
	if err != nil {
		return nil, err
	}
	a, err := duty.AreaOf(ctx, r, k.book.County, scope.Area())
	if err != nil {
		return nil, err
	}
	until, err := settled(ctx, r, k.book.County, c.CutOff, today)
	if err != nil {
		return nil, err
	}
	l := legendOf(loaded.Pack)
	own, err := k.read(ctx, r, lens{ownCounts, a.Code}, l, until, today)
	if err != nil {
		return nil, err
	}
	o := l.overview(l.row(a, "", own.sums[a.Code]), today)
	o.Daily = series(own.days, c.FirstOn(), today, o.Inspected)
	if a.Level == duty.LevelVillage {
		if _, ok := silentRow(l.row(a, "", own.sums[a.Code]), a.Level, today); ok {
			o.SilentVillages = 1
		}
		return o, nil
	}
	if err := k.children(ctx, r, l, a.Code, until, o); err != nil {
		return nil, err
	}
	if a.Level == duty.LevelTownship {
		o.SilentVillages = int64(len(o.Silent))
		return o, nil
	}
	villages, err := k.read(ctx, r, lens{villageCounts, a.Code}, l, until, today)
	if err != nil {
		return nil, err
	}
	for _, s := range villages.sums {
		if s[place{measureHouseholds, ""}].total > s[place{measureInspected, ""}].total && s[place{measureSheets, ""}].last != today {
			o.SilentVillages++
		}
	}
	return o, nil
}

const villageLength = len("411624101001")

func (l *legend) overview(row Row, today string) *Overview {
	o := &Overview{Area: row.Code, AreaName: row.Name, Day: today, Households: row.Households, Persons: row.Persons, Inspected: row.Inspected,
		InspectedToday: row.InspectedToday, InspectedPPM: row.InspectedPPM, Sheets: row.Sheets, UnchangedPPM: row.UnchangedPPM, Missed: row.Missed, Left: row.Left, Owned: row.Owned, Doubts: row.Doubts, Reasons: []OverviewMiss{},
		Funnel:  Funnel{row.Problems.Found, row.Problems.Accepted, row.Problems.Voided, row.Problems.Standing},
		Classes: []OverviewClass{}, Blocks: []OverviewItem{}, Items: []OverviewItem{}, Children: []Child{}, Heat: []Heat{}, Silent: []Silent{}}
	for i, c := range l.classes {
		o.Classes = append(o.Classes, OverviewClass{c.ID, c.Name, c.Short, row.Classes[i].Households, row.Classes[i].Inspected})
	}
	for i, r := range l.reasons {
		o.Reasons = append(o.Reasons, OverviewMiss{r.Code, r.Name, row.Reasons[i].N})
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
func series(days map[string]Point, first, today string, inspected int64) []Point {
	total := inspected
	for day, p := range days {
		if day >= first {
			total -= p.Inspected
		}
	}
	out := []Point{}
	for day := first; day <= today; day = clock.AddDays(day, 1) {
		p := days[day]
		total += p.Inspected
		p.Day, p.Total = day, total
		out = append(out, p)
	}
	return out
}

func (k *Desk) children(ctx context.Context, r database.Reader, l *legend, area, until string, o *Overview) error {
	rows, err := r.Query(ctx, childAreas, k.book.County, area)
	if err != nil {
		return err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (a duty.Area, err error) {
		return a, r.Scan(&a.Code, &a.Parent, &a.Level, &a.Name, &a.Short)
	})
	if err != nil {
		return err
	}
	all, err := k.read(ctx, r, lens{childCounts, area}, l, until, o.Day)
	if err != nil {
		return err
	}
	for _, a := range list {
		row := l.row(a, "", all.sums[a.Code])
		o.Children = append(o.Children, Child{Code: a.Code, Name: a.Name, Short: a.Short, Households: row.Households, Inspected: row.Inspected,
			InspectedToday: row.InspectedToday, InspectedPPM: row.InspectedPPM, Missed: row.Missed, Left: row.Left, Problems: row.Problems.Standing, ProblemsToday: row.Problems.FoundToday,
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
