package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
)

// Progress is the daily 整改进度: how the problems stand at the cut-off, and what became of them in this report. It begins with the
// first phase that the pack says shows it and goes on until nothing is open. Every number drills: At to the ledger as of
// the day by state, Today to what became of problems in the report of the day, Late to what is owed and due before it.
type Progress struct {
	Shown     bool          `json:"shown"`
	Clear     bool          `json:"clear"`  // 清零: nothing is open
	Since     string        `json:"since"`  // the first day that shows it
	States    []Named       `json:"states"` // what At counts, in this order
	Events    []Named       `json:"events"` // what Did and Today count
	Total     ProgressRow   `json:"total"`
	Own       ProgressRow   `json:"own" since:"4"` // 本级: what lies in the place itself and in none of its townships (in a township's: villages)
	Townships []ProgressRow `json:"townships"`
	Villages  []ProgressRow `json:"villages"` // that have problems
	Units     []ProgressRow `json:"units"`    // by the unit that leads, in the county and in each township
	Items     []ProgressRow `json:"items"`
	Closed    []Problem     `json:"closed"` // in this report, as the lists that follow
	Returned  []Problem     `json:"returned"`
	Declined  []Problem     `json:"declined"`
	Reopened  []Problem     `json:"reopened"`
	Overdue   []Problem     `json:"overdue"` // late since this report
}

// ProgressRow is the line of a place, or of a unit or an item in the place Area.
type ProgressRow struct {
	Code      string  `json:"code"`
	Name      string  `json:"name"`
	Township  string  `json:"township"`
	Area      string  `json:"area"`
	Found     int64   `json:"found"` // in all, without what is void or merged into another
	Open      int64   `json:"open"`
	At        []int64 `json:"at"`
	Did       []int64 `json:"did"`   // how often, so far
	Today     []int64 `json:"today"` // of that, in this report
	Late      int64   `json:"late"`
	LateToday int64   `json:"lateToday"`
	ClosedPPM int64   `json:"closedPpm"`
}

// eventNames are what the report calls the events.
var eventNames = map[string]string{"ordered": "交办", "claimed": "认领", "declined": "说明非本单位职责", "rectified": "整改完成", "verified": "复核通过", "returned": "退回", "closed": "销号", "reopened": "反弹"}

// states are those that a line counts; what is void or merged is nobody's work.
var states = slices.DeleteFunc(slices.Clone(problem.States), func(s problem.State) bool { return s == problem.Void || s == problem.Merged })

// progressSince returns the first day that shows the progress: that of the earliest phase which the pack says shows it; "" for never.
func progressSince(c *campaign.Campaign, p *pack.Pack) string {
	since := ""
	for _, x := range c.Phases {
		if showsProgress(p, x.ID) && (since == "" || x.From < since) {
			since = x.From
		}
	}
	return since
}

func showsProgress(p *pack.Pack, phase string) bool {
	return slices.ContainsFunc(p.Head.Phases, func(x pack.Phase) bool { return x.ID == phase && x.Progress })
}

// AtState returns how many stand in a state.
func (r *ProgressRow) AtState(s problem.State) int64 {
	if i := slices.Index(states, s); i >= 0 && i < len(r.At) {
		return r.At[i]
	}
	return 0
}

// DidToday returns how often something became of a problem in this report.
func (r *ProgressRow) DidToday(event string) int64 {
	if i := slices.Index(problem.Events, event); i >= 0 && i < len(r.Today) {
		return r.Today[i]
	}
	return 0
}

func (r *ProgressRow) quiet() bool {
	return !slices.ContainsFunc(r.Today, func(n int64) bool { return n != 0 })
}

func noProgress() Progress {
	none := ProgressRow{At: []int64{}, Did: []int64{}, Today: []int64{}}
	p := Progress{States: []Named{}, Events: []Named{}, Total: none, Own: none}
	p.Townships, p.Villages, p.Units, p.Items = []ProgressRow{}, []ProgressRow{}, []ProgressRow{}, []ProgressRow{}
	p.Closed, p.Returned, p.Declined, p.Reopened, p.Overdue = []Problem{}, []Problem{}, []Problem{}, []Problem{}, []Problem{}
	return p
}

// progress writes the section, when the day has one.
func (b *builder) progress(ctx context.Context, d *Daily) error {
	d.Progress = noProgress()
	if b.since == "" || b.day < b.since {
		return nil
	}
	total := progressRow(b.county, d.CountyName, b.sums[b.county], "", nil)
	if !b.inProgress && total.Open == 0 && total.quiet() {
		return nil
	}
	p := &d.Progress
	p.Shown, p.Since, p.Clear = true, b.since, total.Open == 0 && total.Found > 0
	for _, s := range states {
		p.States = append(p.States, Named{string(s), s.Name()})
	}
	for _, e := range problem.Events {
		p.Events = append(p.Events, Named{e, eventNames[e]})
	}
	late, fresh, err := b.overdue(ctx)
	if err != nil {
		return err
	}
	b.progressRows(d, total, late)
	return b.progressLists(ctx, d, fresh)
}

// lateCounts are how many are late, and how many since this report, by what a line is of.
type lateCounts map[lateKey][2]int64

type lateKey struct{ area, unit, item string }

// overdue counts what is late and returns the keys of what was not late a report before.
func (b *builder) overdue(ctx context.Context) (lateCounts, []any, error) {
	list, err := problem.LateOn(ctx, b.r, b.county, b.day)
	if err != nil {
		return nil, nil, err
	}
	before := clock.AddDays(b.day, -1)
	was := map[int64]*problem.Problem{}
	var moved []*problem.Problem
	for i := range list {
		if p := list[i]; p.StandingOn == b.day {
			was[p.Key] = &p
			moved = append(moved, &p)
		}
	}
	if err := problem.Recall(ctx, b.r, b.county, before, moved); err != nil {
		return nil, nil, err
	}
	out, fresh := lateCounts{}, []any{}
	for _, p := range list {
		then := p
		if w := was[p.Key]; w != nil {
			then = *w
		}
		n := [2]int64{1, 0}
		if p.FoundOn == b.day || !then.State.Owed() || then.DueOn >= before {
			n[1], fresh = 1, append(fresh, p.Key)
		}
		for _, area := range places(p.Area) {
			for _, k := range [...]lateKey{{area, "", ""}, {area, p.Lead, ""}, {area, "", p.Item}} {
				out[k] = [2]int64{out[k][0] + n[0], out[k][1] + n[1]}
			}
		}
	}
	return out, fresh, nil
}

// places are an area's county, township and village, as far as it has them.
func places(area string) []string {
	out := []string{area[:min(len(area), len("411624"))]}
	if t := duty.TownshipOf(area); t != "" {
		out = append(out, t)
	}
	if v := duty.VillageOf(area); v != "" {
		out = append(out, v)
	}
	return out
}

func (b *builder) progressRows(d *Daily, total ProgressRow, late lateCounts) {
	p := &d.Progress
	line := func(r ProgressRow, k lateKey) ProgressRow {
		r.Area, r.Late, r.LateToday = k.area, late[k][0], late[k][1]
		return r
	}
	p.Total = line(total, lateKey{area: b.county})
	b.within(p, b.county, line)
	for _, a := range b.list {
		if a.Level != duty.LevelTownship && a.Level != duty.LevelVillage {
			continue
		}
		r := line(progressRow(a.Code, a.Name, b.sums[a.Code], "", nil), lateKey{area: a.Code})
		if a.Level == duty.LevelTownship {
			p.Townships = append(p.Townships, r)
			b.within(p, a.Code, line)
		} else if r.Found > 0 {
			r.Township = b.names[duty.TownshipOf(a.Code)].Name
			p.Villages = append(p.Villages, r)
		}
	}
	p.Own = own(p.Total, p.Townships)
}

// own is the line of what lies in a place and in none of its parts, so that the lines add up to the whole.
func own(total ProgressRow, parts []ProgressRow) ProgressRow {
	r := total
	r.Name = ownNames[len(total.Code)]
	r.At, r.Did, r.Today = slices.Clone(total.At), slices.Clone(total.Did), slices.Clone(total.Today)
	for _, x := range parts {
		r.Found, r.Open, r.Late, r.LateToday = r.Found-x.Found, r.Open-x.Open, r.Late-x.Late, r.LateToday-x.LateToday
		for _, lists := range [][2][]int64{{r.At, x.At}, {r.Did, x.Did}, {r.Today, x.Today}} {
			for i := range min(len(lists[0]), len(lists[1])) {
				lists[0][i] -= lists[1][i]
			}
		}
	}
	r.ClosedPPM = share(r.AtState(problem.Closed), r.Found)
	return r
}

// ownNames are what the line is called, by the length of the place's code.
var ownNames = map[int]string{len("411624"): "县本级", townshipLength: "乡镇本级"}

// within adds the lines of the units and items of one place.
func (b *builder) within(p *Progress, area string, line func(ProgressRow, lateKey) ProgressRow) {
	s := b.sums[area]
	units := map[string]bool{}
	for at := range s {
		if problem.LedMeasures[at.measure] != "" {
			unit, _, _ := strings.Cut(at.item, "/")
			units[unit] = true
		}
	}
	for _, unit := range sortedKeys(units) {
		r := progressRow(unit, cmp.Or(b.legend.units[unit], unit), s, "led.", func(item string) bool { return strings.HasPrefix(item, unit+"/") })
		if r = line(r, lateKey{area, unit, ""}); r.Found > 0 || r.any() {
			p.Units = append(p.Units, r)
		}
	}
	for _, it := range b.legend.items {
		r := line(progressRow(it.Code, it.Name, s, "", func(item string) bool { return item == it.Code }), lateKey{area, "", it.Code})
		if r.Found > 0 || r.any() {
			p.Items = append(p.Items, r)
		}
	}
}

func (r *ProgressRow) any() bool {
	return slices.ContainsFunc(append(slices.Clone(r.At), r.Did...), func(n int64) bool { return n != 0 })
}

// progressRow adds up the counts of a line: of a place, or with a prefix of the units in it; of the items that fit.
func progressRow(code, name string, s sums, prefix string, fits func(item string) bool) ProgressRow {
	r := ProgressRow{Code: code, Name: name, At: make([]int64, len(states)), Did: make([]int64, len(problem.Events)), Today: make([]int64, len(problem.Events))}
	var gone, elsewhere int64
	for at, n := range s {
		measure, ok := strings.CutPrefix(at.measure, prefix)
		if !ok || (fits != nil && !fits(at.item)) {
			continue
		}
		if i := slices.Index(problem.Events, measure); i >= 0 {
			r.Did[i], r.Today[i] = r.Did[i]+n.total, r.Today[i]+n.today
			continue
		}
		switch measure {
		case problem.MeasureFound:
			r.Found += n.total
		case problem.At(problem.Void), problem.At(problem.Merged):
			gone += n.total
		default:
			state, stands := strings.CutPrefix(measure, "at.")
			if i := slices.Index(states, problem.State(state)); stands && i > 0 {
				r.At[i] += n.total
				elsewhere += n.total
			}
		}
	}
	r.Found -= gone
	r.At[0] = r.Found - elsewhere // what stands nowhere else waits to be accepted
	closed := r.AtState(problem.Closed)
	r.Open, r.ClosedPPM = r.Found-closed, share(closed, r.Found)
	return r
}

// progressLists reads the rows behind the day's numbers.
func (b *builder) progressLists(ctx context.Context, d *Daily, fresh []any) error {
	p := &d.Progress
	for event, to := range map[string]*[]Problem{"closed": &p.Closed, "returned": &p.Returned, "declined": &p.Declined, "reopened": &p.Reopened} {
		if p.Total.DidToday(event) == 0 {
			continue
		}
		happened, err := problem.Happened(ctx, b.r, b.county, b.day, event)
		if err != nil {
			return err
		}
		keys := make([]any, len(happened))
		for i, e := range happened {
			keys[i] = e.Problem
		}
		rows, err := b.byKeys(ctx, keys)
		if err != nil {
			return err
		}
		byKey := make(map[int64]*Problem, len(rows))
		for i := range rows {
			byKey[rows[i].key] = &rows[i]
		}
		for _, e := range happened {
			row := byKey[e.Problem]
			if row == nil {
				return fmt.Errorf("report of %s: problem %d was %s and is not there", b.day, e.Problem, event)
			}
			x := *row
			x.Unit, x.UnitName, x.Reason = e.Unit, cmp.Or(b.legend.units[e.Unit], e.Unit), clean(e.Say)
			if x.Reason != "" && (x.sensitive || longNumber(x.Reason)) {
				x.Reason = withheld
			}
			*to = append(*to, x)
		}
	}
	rows, err := b.byKeys(ctx, fresh)
	for _, x := range rows {
		x.Unit, x.UnitName = x.Lead, x.LeadName
		p.Overdue = append(p.Overdue, x)
	}
	return err
}

// byKeys reads problems as the report tells them, in the order of their keys.
func (b *builder) byKeys(ctx context.Context, keys []any) ([]Problem, error) {
	var out []Problem
	for part := range slices.Chunk(keys, 200) {
		rows, err := b.readProblems(ctx, (&database.Where{}).And("key IN ("+database.In(len(part))+")", part...))
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	slices.SortStableFunc(out, func(x, y Problem) int { return cmp.Compare(x.key, y.key) })
	return out, nil
}

// within returns the part of the section that a scope may see: its places, its own unit where it is bound to one.
func (p Progress) within(scope duty.Scope, in string, sees func(Problem) bool) Progress {
	if !p.Shown {
		p.Own = noProgress().Own
		return p
	}
	if p.Total.Code != in {
		for _, r := range append(slices.Clone(p.Townships), p.Villages...) {
			if r.Code == in {
				p.Total = r
			}
		}
		if p.Total.Code != in { // a village without problems
			p.Total = ProgressRow{Code: in, Area: in, At: make([]int64, len(p.States)), Did: make([]int64, len(p.Events)), Today: make([]int64, len(p.Events))}
		}
		p.Clear = p.Total.Open == 0 && p.Total.Found > 0
	}
	covered := func(r ProgressRow) bool { return scope.Covers(r.Area) }
	p.Townships, p.Villages = keep(p.Townships, covered), keep(p.Villages, covered)
	parts := p.Townships
	if len(in) >= townshipLength {
		parts = keep(p.Villages, func(r ProgressRow) bool { return r.Code != in || len(in) > townshipLength })
	}
	p.Own = own(p.Total, parts) // a report of an earlier form has none
	p.Units = keep(p.Units, func(r ProgressRow) bool { return r.Area == in && (scope.Unit() == "" || scope.Unit() == r.Code) })
	p.Items = keep(p.Items, func(r ProgressRow) bool { return r.Area == in })
	for _, list := range []*[]Problem{&p.Closed, &p.Returned, &p.Declined, &p.Reopened, &p.Overdue} {
		*list = keep(*list, sees)
	}
	return p
}

// Behind returns the units of the section with something late, the one with most first.
func (p *Progress) Behind() []ProgressRow {
	out := keep(p.Units, func(r ProgressRow) bool { return r.Area == p.Total.Code && r.Late > 0 })
	slices.SortStableFunc(out, func(x, y ProgressRow) int { return cmp.Compare(y.Late, x.Late) })
	return out
}

// progressText is what somebody would have typed of the rectification.
func progressText(d *Daily) []string {
	p, t := &d.Progress, &d.Progress.Total
	if !p.Shown {
		return nil
	}
	out := []string{fmt.Sprintf("整改进度：应整改问题 %d 个，已销号 %d 个（%s），未销号 %d 个，其中待交办 %d 个、待认领 %d 个、整改中 %d 个、待复核 %d 个、待销号 %d 个。",
		t.Found, t.AtState(problem.Closed), percent(t.ClosedPPM), t.Open,
		t.AtState(problem.Found)+t.AtState(problem.Accepted)+t.AtState(problem.Declined), t.AtState(problem.Ordered),
		t.AtState(problem.Claimed)+t.AtState(problem.Returned)+t.AtState(problem.Reopened), t.AtState(problem.Rectified), t.AtState(problem.Verified))}
	said := []string{}
	for i, e := range p.Events {
		if i < len(t.Today) && t.Today[i] > 0 {
			said = append(said, fmt.Sprintf("%s %d 件次", e.Name, t.Today[i]))
		}
	}
	if len(said) > 0 {
		out = append(out, "今日"+strings.Join(said, "、")+"。")
	}
	switch behind := p.Behind(); {
	case p.Clear:
		out = append(out, "清零：应整改问题已全部销号。")
	case t.Late > 0 && len(behind) > 0:
		out = append(out, fmt.Sprintf("截至今日逾期 %d 个（今日新增 %d 个），涉及 %d 个牵头单位，最多的是%s（%d 个）。", t.Late, t.LateToday, len(behind), behind[0].Name, behind[0].Late))
	case t.Late > 0:
		out = append(out, fmt.Sprintf("截至今日逾期 %d 个（今日新增 %d 个）。", t.Late, t.LateToday))
	default:
		out = append(out, "截至今日没有逾期的问题。")
	}
	return out
}
