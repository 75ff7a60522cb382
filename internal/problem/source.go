package problem

import (
	"cmp"
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
)

// The kinds of act on what comes from outside (notice, part three, one, item 3.1.4).
const (
	KindEnter  = "problem.enter"  // a problem found by somebody else; subject: its new id
	KindSource = "problem.source" // one more source of a known problem
)

// OriginOutside is the origin of a problem that was not found by the county's own inspection.
const OriginOutside = "outside"

// Source is one place that a problem comes from beside the inspection.
type Source struct {
	Problem   int64 // its row key
	Index     int64 // the act that entered it
	Source    string
	Year      int64
	Reference string
	Organ     string
	FoundOn   string
}

// Errors of sources.
var (
	ErrSourceKnown = errs.New(errs.Conflict, "problem.source_known", "这个问题已经登记过同一来源、年度、文号和反馈单位；不必重复登记。")
	ErrSourceGone  = errs.New(errs.Conflict, "problem.source_gone", "这个问题已作废或已并入别的问题，不能再补登来源；请在并入的那个问题上补登。")
	ErrKnown       = errs.New(errs.Conflict, "problem.known", "这个问题已经登记过，没有重复登记；请在问题台账中查看。")
	errSubject     = errs.New(errs.Invalid, "problem.subject", "请选择问题所在的户、单位，或村、乡镇；三者至少填一项，且须在本县范围内。")
)

// Bounds of the words of a source, in characters.
const mostReference, mostOrgan = 80, 60

// CheckSource checks what is said of a source against the pack: {source, year, reference, organ, found_on}. The problem's number in Index is not set.
func CheckSource(pk *pack.Pack, o canon.Object, today string) (Source, error) {
	text := func(k string) string { v, _ := o[k].(string); return strings.TrimSpace(v) }
	year, _ := o["year"].(int64)
	x := Source{Source: text("source"), Year: year, Reference: text("reference"), Organ: text("organ"), FoundOn: text("found_on")}
	i := slices.IndexFunc(pk.Head.Loop.Sources, func(s pack.Source) bool { return s.ID == x.Source })
	if i < 0 {
		return x, errs.New(errs.Invalid, "problem.source", "请从方案列出的来源中选择（考核评估、督查巡查、专项审计等）。")
	}
	kind := pk.Head.Loop.Sources[i]
	this, err := strconv.Atoi(today[:4])
	if err != nil {
		return x, err
	}
	switch organ, reference := len([]rune(x.Organ)), len([]rune(x.Reference)); {
	case x.Year < int64(kind.Since) || x.Year > int64(this):
		return x, errs.Newf(errs.Invalid, "problem.source_year", "“%s”的年度应在 %d 到 %d 之间；请改正。", kind.Name, kind.Since, this)
	case organ < 2 || organ > mostOrgan:
		return x, errs.Newf(errs.Invalid, "problem.source_organ", "请填写反馈单位（2 至 %d 个字），如“省审计厅”。", mostOrgan)
	case reference > mostReference:
		return x, errs.Newf(errs.Invalid, "problem.source_reference", "文号或线索编号太长（最多 %d 个字）；请精简。", mostReference)
	case !clock.ValidDay(x.FoundOn) || x.FoundOn > today || x.FoundOn < strconv.Itoa(kind.Since):
		return x, errs.Newf(errs.Invalid, "problem.source_day", "发现日期应在 %d 年以后、今天（%s）以前；请改正。", kind.Since, today)
	}
	return x, nil
}

func (x Source) insert(ctx context.Context, s *act.Step, key int64) error {
	_, err := s.Tx.Exec(ctx, insertSource, s.Act.County, key, s.Act.Index, x.Source, x.Year, x.Reference, x.Organ, x.FoundOn)
	return err
}

// enter takes a problem from outside into the ledger: {say, item, household | unit | area, sensitive, lead, helping[]} and what CheckSource reads.
// What is said of a field group comes as a commitment. Without a lead the pack's rules propose one.
func (m *Room) enter(ctx context.Context, s *act.Step) error {
	actor, err := duty.Acting(ctx, s, duty.EnterProblem)
	if err != nil {
		return err
	}
	camp, pk, err := m.inForce(ctx, s)
	if err != nil {
		return err
	}
	w := &work{room: m, step: s, kind: KindEnter, actor: actor, pack: pk, camp: camp, answers: s.Act.Body, p: &Problem{Sensitive: textOf(s.Act.Body, "sensitive")}}
	x, err := CheckSource(pk, s.Act.Body, clock.Day(s.Act.ReceivedAt))
	if err != nil {
		return err
	}
	if !ident.Valid(s.Act.Subject) {
		return errs.New(errs.Invalid, "problem.id", "提交的问题编号格式不对，未受理；请刷新页面后重新提交。")
	}
	if _, err := ByID(ctx, s.Tx, s.Act.County, s.Act.Subject); err == nil {
		return ErrKnown
	} else if errs.Code(err) != ErrNotFound.Code {
		return err
	}
	f, err := w.outside(ctx)
	if err != nil {
		return err
	}
	number, err := Raise(ctx, s, f, 0)
	if err != nil {
		return err
	}
	if f.Household != 0 {
		if err := m.Changed(ctx, s, f.Household, 1); err != nil {
			return err
		}
	}
	said := f.Say
	if f.Sensitive != "" {
		said = ""
	}
	s.Made = canon.Object{"problems": []any{canon.Object{"id": f.ID, "number": number, "item": f.Item, "say": said}}}
	return x.insert(ctx, s, ident.Key(s.Act.Index, 0))
}

// outside reads and checks everything of a problem from outside but its source.
func (w *work) outside(ctx context.Context) (Finding, error) {
	s := w.step
	f := Finding{ID: s.Act.Subject, Sensitive: w.p.Sensitive, Origin: OriginOutside, DoneOn: clock.Day(s.Act.ReceivedAt)}
	if f.Sensitive != "" && f.Sensitive != string(duty.Health) && f.Sensitive != string(duty.Finance) {
		return f, ErrBody
	}
	say := w.text("say")
	switch n := len([]rune(say)); {
	case n > mostText:
		return f, ErrLong
	case n < leastReason:
		return f, errs.New(errs.Invalid, "problem.say", "请写明问题内容（至少 4 个字），再提交。")
	}
	if err := w.secrets("say"); err != nil {
		return f, err
	}
	if err := w.locate(ctx, &f); err != nil {
		return f, err
	}
	if err := w.classify(&f, w.text("item")); err != nil {
		return f, err
	}
	if lead := w.text("lead"); lead != "" {
		f.Lead, f.Helping = lead, slices.DeleteFunc(w.texts("helping"), func(u string) bool { return u == lead })
	}
	for _, u := range append([]string{f.Lead}, f.Helping...) {
		if err := duty.Stands(ctx, s.Tx, s.Act.County, u); err != nil {
			return f, err
		}
	}
	f.ClearOn, f.StageOn = daysOf(w.camp, f.DoneOn)
	var err error
	if f.Town, err = shortName(ctx, s.Tx, s.Act.County, f.Area); err != nil {
		return f, err
	}
	if f.Say = say; f.Sensitive != "" {
		f.Say, err = w.room.Texts.SealText("problem/"+f.ID, say)
	}
	return f, err
}

// locate finds what the problem is about, and refuses what lies outside the actor's scope.
func (w *work) locate(ctx context.Context, f *Finding) error {
	s, scope := w.step, w.actor.Scope(duty.EnterProblem)
	switch household, unit, area := w.text("household"), w.text("unit"), w.text("area"); {
	case household != "":
		home, classes, err := w.room.Homes(ctx, s.Tx, household)
		if err != nil {
			return err
		}
		f.Household, f.Subject, f.Area, f.Classes = home.Household, home.Subject, home.Area, classes
	case unit != "":
		u, err := duty.UnitOf(ctx, s.Tx, s.Act.County, unit)
		if err != nil {
			return err
		}
		f.Kind, f.Subject, f.Area = SubjectUnit, u.ID, cmp.Or(area, u.Area)
	default:
		f.Kind, f.Subject, f.Area = SubjectArea, area, area
	}
	if f.Household == 0 {
		if _, err := duty.InForce(ctx, s.Tx, s.Act.County, f.Area); err != nil {
			return errSubject
		}
	}
	if !scope.Covers(f.Area) {
		return duty.ErrOutside
	}
	return nil
}

// daysOf returns the clearing day and the end of the stage after the one in which a problem was found.
func daysOf(c *campaign.Campaign, foundOn string) (clearOn, stageOn string) {
	if d, ok := c.Day(clearDay); ok {
		clearOn = d.On
	}
	for _, ph := range c.Phases {
		if ph.From > foundOn {
			return clearOn, ph.To
		}
	}
	return clearOn, ""
}

// shortName is what a place is called in problems' numbers: its township's short name, or the county's.
func shortName(ctx context.Context, r database.Reader, county, area string) (string, error) {
	a, err := duty.AreaOf(ctx, r, county, cmp.Or(duty.TownshipOf(area), county))
	return a.Short, err
}

func textOf(o canon.Object, k string) string {
	v, _ := o[k].(string)
	return strings.TrimSpace(v)
}

// source adds a source to a known problem, whatever its state, as long as it is a problem of its own.
func (m *Room) source(ctx context.Context, s *act.Step) error {
	actor, err := duty.Acting(ctx, s, duty.EnterProblem)
	if err != nil {
		return err
	}
	_, pk, err := m.inForce(ctx, s)
	if err != nil {
		return err
	}
	p, err := ByID(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err != nil {
		return err
	}
	if !actor.Scope(duty.EnterProblem).Covers(p.Area) {
		return duty.ErrOutside
	}
	if !p.takesSource() {
		return ErrSourceGone
	}
	x, err := CheckSource(pk, s.Act.Body, clock.Day(s.Act.ReceivedAt))
	if err != nil {
		return err
	}
	known, err := SourcesOf(ctx, s.Tx, s.Act.County, p.Key)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.Source == x.Source && k.Year == x.Year && k.Reference == x.Reference && k.Organ == x.Organ {
			return ErrSourceKnown
		}
	}
	return x.insert(ctx, s, p.Key)
}

func (p *Problem) takesSource() bool { return p.State != Void && p.State != Merged }

// SourcesOf returns the sources of problems, and of those that were merged into them, in the order in which they were entered.
func SourcesOf(ctx context.Context, r database.Reader, county string, key int64) ([]Source, error) {
	rows, err := r.Query(ctx, sourcesOf, county, key, county, county)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scanSource)
}

func scanSource(r *sql.Rows) (x Source, err error) {
	return x, r.Scan(&x.Problem, &x.Index, &x.Source, &x.Year, &x.Reference, &x.Organ, &x.FoundOn)
}

// SourcesAmong returns the own sources of several problems, by row key.
func SourcesAmong(ctx context.Context, r database.Reader, county string, keys []int64) (map[int64][]Source, error) {
	out := map[int64][]Source{}
	for len(keys) > 0 {
		n := min(len(keys), 200)
		w := &database.Where{}
		w.And("county = ?", county).And("problem IN ("+database.In(n)+")", database.Anys(keys[:n])...)
		q, args := w.SQL(sourcesAmong, "ORDER BY problem, idx")
		rows, err := r.Query(ctx, q, args...)
		if err != nil {
			return nil, err
		}
		list, err := database.Collect(rows, scanSource)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			out[x.Problem] = append(out[x.Problem], x)
		}
		keys = keys[n:]
	}
	return out, nil
}

// whereSource limits a list to what came from a source, in a year: itself, or through what was merged into it.
func whereSource(w *database.Where, county string, f Filter) {
	if f.Source == "" && f.Year == 0 {
		return
	}
	from, till := "", "~"
	if f.Source != "" && f.Source != AnySource {
		from, till = f.Source, f.Source
	}
	first, last := int64(0), int64(9999)
	if f.Year != 0 {
		first, last = f.Year, f.Year
	}
	w.And("key IN ("+placeholder.ReplaceAllString(ofSource, "?")+")", county, from, till, first, last, county)
}

// placeholder stands in statements, in ascending order; a Where numbers its own.
var placeholder = regexp.MustCompile(`\$\d`)

// AnySource is a Filter's Source for whatever came from outside.
const AnySource = "any"
