package report

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/problem"
)

// version of the report's form; a frozen report keeps the one it was made with. 2 brought what could
// not be inspected and the remarks, 3 the progress of the rectification, 4 its line of what lies in no township.
const version = 4

// Build computes the county's report of a day from nothing. now (Unix ms) only decides whether the
// day exists and whether its cut-off has passed: a closed day gives the same bytes for ever after.
// Codes: report.day, report.too_early, report.future, report.ended, campaign.none.
func Build(ctx context.Context, r database.Reader, book *campaign.Book, county, day string, now int64) (*Daily, error) {
	if db, ok := r.(*database.DB); ok { // one snapshot for all of it
		var d *Daily
		err := db.View(ctx, func(tx *database.Tx) (err error) {
			d, err = Build(ctx, tx, book, county, day, now)
			return err
		})
		return d, err
	}
	c, loaded, err := book.On(ctx, r, day)
	if err != nil {
		return nil, err
	}
	due, err := dueAt(c, day, now)
	if err != nil {
		return nil, err
	}
	b := &builder{r: r, county: county, day: day, legend: legendOf(loaded.Pack), since: progressSince(c, loaded.Pack)}
	d := &Daily{Version: version, County: county, CountyName: loaded.Pack.Head.CountyName, Area: county, AreaName: loaded.Pack.Head.CountyName,
		Title: title(loaded.Pack.Head.CountyName, c.Title), Issuer: loaded.Pack.Head.Issuer, Campaign: c.Title, Pack: c.Pack,
		Day: day, CutOff: c.CutOff, DueAt: due, Closed: now > due, StateName: stateClosed,
		Blocks: b.legend.blocks, Items: b.legend.items, Classes: b.legend.classes, Reasons: b.legend.reasons}
	if !d.Closed {
		d.StateName = stateOpen
	}
	if p, ok := c.PhaseOn(day); ok {
		d.Phase, d.PhaseName, d.PhaseDay = p.ID, p.Name, clock.Days(p.From, day)+1
		b.inProgress = showsProgress(loaded.Pack, p.ID)
	}
	if err := b.foot(ctx, d); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, *Daily) error{b.areas, b.count, b.late, b.problems, b.progress, b.remarks} {
		if err := step(ctx, d); err != nil {
			return nil, err
		}
	}
	d.Silent = silent(d, b.list)
	d.Summary = summary(d)
	return d, nil
}

// dueAt returns the cut-off's instant of a day that has or will have a report by now.
func dueAt(c *campaign.Campaign, day string, now int64) (int64, error) {
	due, ok := clock.At(day, c.CutOff)
	switch {
	case !ok || !clock.ValidDay(day):
		return 0, ErrDay
	case day < c.FirstOn() || due < c.OpenedAt:
		return 0, ErrEarly
	case day > clock.ReportDay(now, c.CutOff):
		return 0, ErrFuture
	case c.LastOn() != "" && day > c.LastOn():
		return 0, ErrEnded
	}
	return due, nil
}

// builder gathers what one report needs.
type builder struct {
	r      database.Reader
	county string
	day    string
	size   int64 // of the log at the cut-off
	legend *legend
	list   []duty.Area
	names  map[string]duty.Area

	sums       map[string]sums // by area
	since      string          // the first day that shows the rectification's progress
	inProgress bool            // the day's phase shows it
}

func (b *builder) foot(ctx context.Context, d *Daily) (err error) {
	if b.size, err = logSize(ctx, b.r, b.county, d.DueAt); err != nil {
		return err
	}
	root, err := act.RootAt(ctx, b.r, b.county, b.size)
	if err != nil {
		return err
	}
	key, err := act.Fingerprint(ctx, b.r, b.county, b.size)
	if err != nil {
		return err
	}
	d.Foot = Foot{LogSize: b.size, Root: hex.EncodeToString(root[:]), Short: ident.Short(root[:]), Key: key}
	d.Foot.Text = footText(d)
	return nil
}

// logSize counts the acts received up to and including an instant. Receipt times never go back.
func logSize(ctx context.Context, r database.Reader, county string, due int64) (int64, error) {
	head, err := act.ReadHead(ctx, r, county)
	if err != nil || head.ReceivedAt <= due {
		return head.Size, err
	}
	low, high := int64(0), head.Size // the first act after due lies in [low, high]
	for low < high {
		mid := (low + high) / 2
		var at int64
		if err := r.QueryRow(ctx, receivedAt, county, mid).Scan(&at); err != nil {
			return 0, fmt.Errorf("act %d: %w", mid, err)
		}
		if at > due {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low, nil
}

// areas reads the places that the log knew at the cut-off.
func (b *builder) areas(ctx context.Context, _ *Daily) error {
	rows, err := b.r.Query(ctx, areasOn, b.county, b.size, b.day)
	if err != nil {
		return err
	}
	b.list, err = database.Collect(rows, func(r *sql.Rows) (a duty.Area, err error) {
		err = r.Scan(&a.Code, &a.Parent, &a.Level, &a.Name, &a.Short)
		a.Name = clean(a.Name)
		return a, err
	})
	if err != nil {
		return err
	}
	b.names = make(map[string]duty.Area, len(b.list))
	for _, a := range b.list {
		b.names[a.Code] = a
	}
	rows, err = b.r.Query(ctx, unitNames, b.county, b.size)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		if b.legend.units[id] == "" { // the pack's name first: it can't change
			b.legend.units[id] = clean(name)
		}
	}
	return rows.Err()
}

func (b *builder) count(ctx context.Context, d *Daily) error {
	all, err := readSums(ctx, b.r, b.county, b.day)
	if err != nil {
		return err
	}
	b.sums = all
	d.Townships, d.Villages = []Row{}, []Row{}
	d.Total = b.legend.row(duty.Area{Code: b.county, Name: d.CountyName}, "", all[b.county])
	for _, a := range b.list {
		switch a.Level {
		case duty.LevelTownship:
			d.Townships = append(d.Townships, b.legend.row(a, "", all[a.Code]))
		case duty.LevelVillage:
			d.Villages = append(d.Villages, b.legend.row(a, b.names[duty.TownshipOf(a.Code)].Name, all[a.Code]))
		}
	}
	d.Changes = changes(d.Total, clock.AddDays(b.day, -1))
	return nil
}

// problems reads the day's problems by the range of keys that its part of the log gave birth to, and
// what was accepted or voided today.
func (b *builder) problems(ctx context.Context, d *Daily) error {
	before, ok := clock.At(clock.AddDays(b.day, -1), d.CutOff)
	if !ok {
		return ErrDay
	}
	from, err := logSize(ctx, b.r, b.county, before)
	if err != nil {
		return err
	}
	d.Problems, err = b.readProblems(ctx, (&database.Where{}).And("key >= ? AND key < ? AND found_on = ?", ident.Key(from, 0), ident.Key(b.size, 0), b.day))
	if err != nil {
		return err
	}
	if d.Total.Problems.AcceptedToday > 0 {
		if d.Changes.Accepted, err = b.readProblems(ctx, (&database.Where{}).And("accepted_on = ?", b.day)); err != nil {
			return err
		}
	}
	if d.Total.Problems.VoidedToday > 0 {
		d.Changes.Voided, err = b.readProblems(ctx, (&database.Where{}).And("voided_on = ?", b.day))
	}
	return err
}

// readProblems reads the rows that w names, as the report's day showed them.
func (b *builder) readProblems(ctx context.Context, w *database.Where) ([]Problem, error) {
	w.And("county = ?", b.county)
	scope, within := duty.Everything(b.county).Where("area")
	w.And(scope, within...)
	q, all := w.SQL(problemRows, "ORDER BY key")
	rows, err := b.r.Query(ctx, q, all...)
	if err != nil {
		return nil, err
	}
	found, err := database.Collect(rows, b.scanProblem)
	if err != nil {
		return nil, err
	}
	stood := make([]*problem.Problem, len(found))
	for i := range found {
		stood[i] = &found[i].row
	}
	if err := problem.Recall(ctx, b.r, b.county, b.day, stood); err != nil {
		return nil, err
	}
	out := make([]Problem, len(found))
	for i := range found {
		out[i] = b.told(&found[i])
		// Its household may have moved since: a report of the past names the place that it had then.
		area, err := found[i].row.AreaAt(ctx, b.r, b.county, b.day)
		if err != nil {
			return nil, err
		}
		b.placeProblem(&out[i], area)
	}
	return out, nil
}

func (b *builder) placeProblem(p *Problem, area string) {
	p.Area = area
	p.Township, p.Village = b.names[duty.TownshipOf(area)].Name, b.names[duty.VillageOf(area)].Name
	if v := duty.VillageOf(area); v != "" {
		p.Area = v // a group may be three households
	}
}

// foundRow is a line of the report with the row that it comes from.
type foundRow struct {
	Problem
	row problem.Problem
}

func (b *builder) scanProblem(r *sql.Rows) (foundRow, error) {
	var p foundRow
	row := &p.row
	var helping string
	err := r.Scan(&row.Key, &p.Number, &row.Item, &row.Area, &row.MovedOn, &row.Say, &row.Sensitive, &row.Lead, &helping, &row.State, &p.FoundOn, &row.StandingOn, &row.DueOn, &p.Reason)
	row.Helping = problem.Unwrap(helping)
	return p, err
}

// told is a line of the report, without what must not stand in it.
func (b *builder) told(f *foundRow) Problem {
	p, row := f.Problem, &f.row
	p.key, p.sensitive, p.DueOn = row.Key, row.Sensitive != "", row.DueOn
	p.State, p.StateName, p.Helping, p.Item, p.Lead = string(row.State), row.State.Name(), row.Helping, row.Item, row.Lead
	p.ItemName = cmp.Or(b.legend.names[p.Item], p.Item)
	p.LeadName = cmp.Or(b.legend.units[p.Lead], p.Lead)
	p.Number, p.Say, p.Reason = clean(p.Number), clean(row.Say), clean(p.Reason)
	if row.State != problem.Void {
		p.Reason = ""
	}
	if row.Sensitive != "" || longNumber(p.Say) {
		p.Withheld, p.Say = true, p.ItemName+withheld
	}
	if p.Reason != "" && (row.Sensitive != "" || longNumber(p.Reason)) {
		p.Reason = withheld
	}
	return p
}

// longNumber reports whether a text holds what may be an ID, phone or account number that somebody typed.
func longNumber(s string) bool {
	run := 0
	for _, c := range s {
		if c >= '0' && c <= '9' || c >= '０' && c <= '９' {
			run++
		} else if c != ' ' && c != '-' {
			run = 0
		}
		if run >= 11 {
			return true
		}
	}
	return false
}

// clean makes a stored text fit for the canonical form.
func clean(s string) string { return norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")) }

type dayCount struct {
	area, measure, reported, done string
	n                             int64
}

// late restates the earlier days of which sheets arrived only in this report.
func (b *builder) late(ctx context.Context, d *Daily) error {
	d.Late = []Late{}
	if d.Total.SheetsLate == 0 {
		return nil
	}
	rows, err := b.r.Query(ctx, byDays, b.county, b.day)
	if err != nil {
		return err
	}
	counts, err := database.Collect(rows, func(r *sql.Rows) (c dayCount, err error) {
		return c, r.Scan(&c.area, &c.measure, &c.reported, &c.done, &c.n)
	})
	if err != nil {
		return err
	}
	type spot struct{ area, day string }
	at := map[spot]*Late{}
	for _, c := range counts {
		if c.measure == measureSheets && c.reported == b.day && c.done < b.day && c.n != 0 {
			at[spot{c.area, c.done}] = &Late{Area: c.area, Name: b.names[c.area].Name, Day: c.done}
		}
	}
	for _, c := range counts {
		if l := at[spot{c.area, c.reported}]; l != nil {
			l.of(c.measure).Printed += c.n
		}
		l := at[spot{c.area, c.done}]
		if l == nil {
			continue
		}
		n := l.of(c.measure)
		n.Now += c.n
		if c.reported <= c.done {
			n.Then += c.n
		}
		if c.reported == b.day {
			n.Arrived += c.n
		}
	}
	for _, l := range at {
		d.Late = append(d.Late, *l)
	}
	slices.SortFunc(d.Late, func(x, y Late) int { return cmp.Or(cmp.Compare(x.Day, y.Day), cmp.Compare(x.Area, y.Area)) })
	return nil
}

func (l *Late) of(measure string) *Restate {
	switch measure {
	case measureSheets:
		return &l.Sheets
	case problem.MeasureFound:
		return &l.Found
	default:
		return &l.Inspected
	}
}
