package report

import (
	"context"

	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
)

// The measures that the register and the inspection keep (tally); with the item "" all, else a class.
const (
	measureHouseholds = "households"
	measurePersons    = "persons"
	measureInspected  = "inspected"
	measureSheets     = "sheets"
	measureUnchanged  = "unchanged"
	measureOpened     = "doubt.opened"
	measureConfirmed  = "doubt.confirmed"
	measureRefuted    = "doubt.refuted"
	measureGone       = "doubt.gone"
	measureMissed     = "missed" // with the item "" all, else a reason
	measureOwned      = "owned"
)

// reasonList is the pack's list of why a household could not be inspected. A pack may have none.
const reasonList = "missed"

// million is the whole of a share in ppm.
const million = 1_000_000

// place is a measure of an item.
type place struct{ measure, item string }

// sum is a count as of a report: in all, in the report itself, of that what was done before its day.
type sum struct {
	total, today, late int64
	last               string // the last report that added something
}

// sums are the counts of one area.
type sums map[place]sum

// readSums reads the counts of all areas as of a report day, in one pass.
func readSums(ctx context.Context, r database.Reader, county, day string) (map[string]sums, error) {
	rows, err := r.Query(ctx, sumsUpTo, day, day, day, county, day)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string]sums{}
	for rows.Next() {
		var area string
		var p place
		var s sum
		if err := rows.Scan(&area, &p.measure, &p.item, &s.total, &s.today, &s.late, &s.last); err != nil {
			return nil, err
		}
		if out[area] == nil {
			out[area] = sums{}
		}
		out[area][p] = s
	}
	return out, rows.Err()
}

// legend is what the pack calls things.
type legend struct {
	blocks  []Named
	items   []ItemName
	classes []ClassName
	reasons []Named
	names   map[string]string // of the items
	blockOf map[string]int    // of the items: the block's place in blocks
	units   map[string]string
}

func legendOf(p *pack.Pack) *legend {
	l := &legend{blocks: []Named{}, items: []ItemName{}, classes: []ClassName{}, reasons: []Named{}, names: map[string]string{}, blockOf: map[string]int{}, units: map[string]string{}}
	at := map[string]int{}
	for i, b := range p.Blocks {
		l.blocks = append(l.blocks, Named{b.Code, b.Name})
		at[b.Code] = i
	}
	for _, i := range p.Items {
		l.items = append(l.items, ItemName{i.Code, i.Name, i.Block})
		l.names[i.Code] = i.Name
		if b, ok := at[i.Block]; ok {
			l.blockOf[i.Code] = b
		}
	}
	for _, c := range p.Classes {
		l.classes = append(l.classes, ClassName{c.ID, c.Name, c.Short})
	}
	for _, list := range p.Codes {
		if list.ID != reasonList {
			continue
		}
		for _, e := range list.Entries {
			l.reasons = append(l.reasons, Named{Code: e.Code, Name: e.Name})
		}
	}
	for _, u := range p.Units {
		l.units[u.Code] = u.Name
	}
	return l
}

// row makes the line of an area; every item, block and class has its place, with 0 where nothing is known.
func (l *legend) row(a duty.Area, township string, s sums) Row {
	households, persons := s[place{measureHouseholds, ""}], s[place{measurePersons, ""}]
	inspected, sheets := s[place{measureInspected, ""}], s[place{measureSheets, ""}]
	unchanged := s[place{measureUnchanged, ""}]
	row := Row{
		Code: a.Code, Name: a.Name, Township: township,
		Households: households.total, HouseholdsToday: households.today, Persons: persons.total, PersonsToday: persons.today,
		Inspected: inspected.total, InspectedToday: inspected.today, InspectedPPM: share(inspected.total, households.total),
		Sheets: sheets.total, SheetsToday: sheets.today, SheetsLate: sheets.late, LastReportedOn: sheets.last,
		Unchanged: unchanged.total, UnchangedToday: unchanged.today, UnchangedPPM: share(unchanged.total, sheets.total),
		Blocks: make([]Found, len(l.blocks)), Items: make([]Found, len(l.items)), Classes: make([]ClassCount, len(l.classes)),
		Doubts: doubtsOf(s), Reasons: make([]Reason, len(l.reasons)),
		Missed: s[place{measureMissed, ""}].total, MissedToday: s[place{measureMissed, ""}].today, Owned: s[place{measureOwned, ""}].total,
	}
	row.Left = max(0, row.Households-row.Inspected-row.Missed)
	for i, r := range l.reasons {
		row.Reasons[i] = Reason{r.Code, s[place{measureMissed, r.Code}].total}
	}
	for i, b := range l.blocks {
		row.Blocks[i].Code = b.Code
	}
	for p, n := range s { // all, also of an item that the pack no longer names
		row.Problems.add(p.measure, n)
		if at, ok := l.blockOf[p.item]; ok {
			row.Blocks[at].add(p.measure, n)
		}
	}
	for i, item := range l.items {
		row.Items[i].Code = item.Code
		for _, m := range foundMeasures {
			row.Items[i].add(m, s[place{m, item.Code}])
		}
	}
	for i, c := range l.classes {
		all, done := s[place{measureHouseholds, c.ID}], s[place{measureInspected, c.ID}]
		row.Classes[i] = ClassCount{c.ID, all.total, done.total, done.today}
	}
	return row
}

// foundMeasures are the counts that a Found adds up.
var foundMeasures = []string{problem.MeasureFound, problem.MeasureAccepted, problem.MeasureVoided, problem.At(problem.Closed), problem.At(problem.Merged)}

// add takes in a count when it is one of problems.
func (f *Found) add(measure string, n sum) {
	switch measure {
	case problem.MeasureFound:
		f.FoundToday, f.Found, f.Standing = f.FoundToday+n.today, f.Found+n.total, f.Standing+n.total
	case problem.MeasureAccepted:
		f.AcceptedToday, f.Accepted = f.AcceptedToday+n.today, f.Accepted+n.total
	case problem.MeasureVoided:
		f.VoidedToday, f.Voided, f.Standing = f.VoidedToday+n.today, f.Voided+n.total, f.Standing-n.total
	case problem.At(problem.Closed), problem.At(problem.Merged):
		f.Standing, f.GoneToday = f.Standing-n.total, f.GoneToday+n.today
		if measure == problem.At(problem.Closed) {
			f.Closed += n.total
		}
	}
}

func doubtsOf(s sums) Doubts {
	opened, confirmed := s[place{measureOpened, ""}], s[place{measureConfirmed, ""}]
	refuted, gone := s[place{measureRefuted, ""}], s[place{measureGone, ""}]
	d := Doubts{Opened: opened.total, OpenedToday: opened.today, Confirmed: confirmed.total, ConfirmedToday: confirmed.today,
		Refuted: refuted.total, RefutedToday: refuted.today, Gone: gone.total, GoneToday: gone.today}
	d.Closed = d.Confirmed + d.Refuted + d.Gone
	d.ClosedToday = d.ConfirmedToday + d.RefutedToday + d.GoneToday
	d.Open = d.Opened - d.Closed
	return d
}

// share is part of whole in ppm, rounded down so that only a full count is 100 %; 0 of nothing is 0.
func share(part, whole int64) int64 {
	if whole <= 0 {
		return 0
	}
	return part * million / whole
}

func changes(r Row, since string) Changes {
	return Changes{Since: since, Households: r.HouseholdsToday, Persons: r.PersonsToday, Inspected: r.InspectedToday, Sheets: r.SheetsToday,
		Found: r.Problems.FoundToday, Standing: r.Problems.FoundToday - r.Problems.VoidedToday - r.Problems.GoneToday,
		DoubtsOpen: r.Doubts.OpenedToday - r.Doubts.ClosedToday, Accepted: []Problem{}, Voided: []Problem{}}
}
