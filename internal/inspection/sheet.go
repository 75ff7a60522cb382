// Package inspection is the visit to a household (入户排查): the sheet that starts from what is
// known and asks only the rest, its signature over exactly what was seen, and the doubts and
// problems that come of it. It owns sheets, doubts
// and misses.
package inspection

import (
	"context"
	"slices"
	"strings"
	"sync"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
)

// The kinds of act of this package.
const (
	KindSheet  = "inspection.sheet"
	KindSettle = "doubt.settle"
	KindMiss   = "inspection.miss"
)

// Measures of the inspection.
const (
	MeasureSheets    = "sheets"
	MeasureUnchanged = "unchanged"
	MeasureOpened    = "doubt.opened"
	MeasureConfirmed = "doubt.confirmed"
	MeasureRefuted   = "doubt.refuted"
	MeasureGone      = "doubt.gone"
)

// Errors of this package.
var (
	ErrSeen      = errs.New(errs.Invalid, "sheet.seen", "签认摘要与表单内容不一致，未受理；请重新打开表单核对后再签认。")
	ErrPrefilled = errs.New(errs.Invalid, "sheet.prefilled", "表单上显示的登记信息与系统不一致，未受理；请重新打开表单核对后再签认。")
	ErrBody      = errs.New(errs.Invalid, "sheet.body", "排查表内容不完整，未受理；请补齐后重新提交。")
	ErrUnsigned  = errs.New(errs.Invalid, "sheet.unsigned", "排查表没有签名，未受理；请排查人签名后提交（谁排查谁签字谁负责）。")
	ErrPack      = errs.New(errs.Conflict, "sheet.pack", "排查那天用的不是这个方案版本，未受理；请更新应用后重新打开表单。")
)

// Room does the work of this package for one county.
type Room struct {
	County   string
	Book     *campaign.Book
	Roster   roster.Store
	Problems *problem.Room
}

// Kinds returns what the acts of this package mean.
func (m Room) Kinds() map[string]act.Kind {
	return map[string]act.Kind{
		KindSheet:  {Fetch: m.fetch, Prepare: m.prepare, Ahead: m.ahead, Apply: m.apply, Quiet: true},
		KindSettle: {Apply: m.settle, Quiet: true},
		KindMiss:   {Apply: m.miss, Quiet: true},
	}
}

// body is an inspection.sheet read from its act.
type body struct {
	form       string
	rev        int64
	prefilled  canon.Object
	answers    canon.Object
	unchanged  bool
	doneOn     string
	supersedes string
	signature  canon.Object
}

func readBody(a *act.Act) (*body, error) {
	b := &body{}
	var ok [5]bool
	b.form, ok[0] = a.Body["form"].(string)
	b.rev, ok[1] = a.Body["rev"].(int64)
	b.prefilled, ok[2] = a.Body["prefilled"].(canon.Object)
	b.answers, ok[3] = a.Body["answers"].(canon.Object)
	b.doneOn, ok[4] = a.Body["done_on"].(string)
	if slices.Contains(ok[:], false) {
		return nil, ErrBody
	}
	b.unchanged, _ = a.Body["unchanged"].(bool)
	b.supersedes, _ = a.Body["supersedes"].(string)
	b.signature, _ = a.Body["signature"].(canon.Object)
	return b, nil
}

// prepared is what can be found out about a sheet before the lane.
type prepared struct {
	body      *body
	loaded    *campaign.Loaded // in force
	signed    *campaign.Loaded // what the signer saw; another one when the pack was amended in between, else nil
	campaign  *campaign.Campaign
	sensitive roster.Sensitive
	household *roster.Household
	visited   *visited
	learned   *roster.Household // with its rows, when it was visited on the day that the sheet says
}

// prepare checks the signature's hash and evaluates the rules, outside the lane.
func (m Room) prepare(ctx context.Context, r database.Reader, a *act.Act, open map[string]act.Opening, found any) (any, error) {
	b, err := readBody(a)
	if err != nil {
		return nil, err
	}
	seen, err := act.Seen(a.Pack, b.form, a.Subject, b.rev, b.prefilled, b.answers)
	if err != nil || seen != a.Seen {
		return nil, ErrSeen
	}
	strokes, _ := b.signature["strokes"].([]any)
	if of, _ := b.signature["of"].(string); of != a.Seen || (len(strokes) == 0 && len(a.OnBehalf) == 0) {
		return nil, ErrUnsigned
	}
	camp, loaded, err := m.Book.Lately(ctx, r)
	if err != nil {
		return nil, err
	}
	signed, err := m.signedUnder(ctx, r, a.Pack, camp, b.doneOn)
	if err != nil {
		return nil, err
	}
	households, _ := found.(map[string]*roster.Household)
	h := households[a.Subject]
	if h == nil {
		if h, err = m.Roster.Whole(ctx, r, a.Subject); err != nil {
			return nil, err
		}
	}
	p := &prepared{body: b, loaded: loaded, signed: signed, campaign: camp, sensitive: roster.SensitiveOf(loaded.Pack), household: h}
	if b.rev == h.Rev {
		want, err := m.Prefilled(loaded.Pack, b.form, h)
		if err != nil {
			return nil, err
		}
		if !canon.Equal(want, b.prefilled) {
			return nil, ErrPrefilled
		}
	}
	if p.visited, err = m.visit(p, h, a, open); err != nil {
		return p, err
	}
	now := *h
	learn(&now, p.visited, roster.Source{Of: "sheet:" + a.ID, On: b.doneOn})
	p.learned = &now
	return p, m.Roster.Ready(p.sensitive, p.learned)
}

// fetch reads the households of several sheets at once.
func (m Room) fetch(ctx context.Context, r database.Reader, sheets []*act.Act) (any, error) {
	ids := make([]string, len(sheets))
	for i, a := range sheets {
		ids[i] = a.Subject
	}
	return m.Roster.WholeMany(ctx, r, ids)
}

// ahead asks at once which of the households were written since.
func (m Room) ahead(ctx context.Context, s *act.Step, sheets []any) error {
	households := make([]*roster.Household, 0, len(sheets))
	for _, x := range sheets {
		if p, ok := x.(*prepared); ok {
			households = append(households, p.household)
		}
	}
	return m.Roster.ReadLately(ctx, s, households)
}

// Prefilled returns the values that a form starts from: "h" by fact, "m" by person and fact.
// A sensitive value stands as its commitment.
func (m Room) Prefilled(p *pack.Pack, form string, h *roster.Household) (canon.Object, error) {
	f, ok := formOf(p, form)
	if !ok {
		return nil, ErrBody.At("form", "没有这种表单："+form)
	}
	sens, asked := roster.SensitiveOf(p), askedBy(f)
	of := func(root, row string, facts assess.Facts, into canon.Object) error {
		codes := asked.h
		if root == "m" {
			codes = asked.m
		}
		for _, code := range codes {
			v, known := facts[code]
			if !known || v == "" {
				continue
			}
			if sens.Group(root, code) != "" {
				hash, err := m.Roster.Commitment(row, code, v)
				if err != nil {
					return err
				}
				v = canon.Object{"~": hash}
			}
			into[code] = v
		}
		return nil
	}
	hh, mm := canon.Object{}, canon.Object{}
	if err := of("h", h.ID, h.Facts, hh); err != nil {
		return nil, err
	}
	for _, person := range h.Members {
		if person.Gone {
			continue
		}
		row := canon.Object{}
		if err := of("m", person.ID, person.Facts, row); err != nil {
			return nil, err
		}
		mm[person.ID] = row
	}
	return canon.Object{"h": hh, "m": mm}, nil
}

func formOf(p *pack.Pack, id string) (*pack.Form, bool) {
	for i := range p.Forms {
		if p.Forms[i].ID == id {
			return &p.Forms[i], true
		}
	}
	return nil, false
}

// asked are the facts that a form's questions read, of the household and of members.
type asked struct{ h, m []string }

var forms sync.Map // *pack.Form: asked

func askedBy(f *pack.Form) asked {
	if a, ok := forms.Load(f); ok {
		return a.(asked)
	}
	a, _ := forms.LoadOrStore(f, asked{askedOf(f, "h"), askedOf(f, "m")})
	return a.(asked)
}

// askedOf returns the facts that a form's questions read, of the household ("h") or of members ("m").
func askedOf(f *pack.Form, root string) []string {
	var out []string
	for _, s := range f.Sections {
		if (s.Of == "member") != (root == "m") {
			continue
		}
		for _, q := range s.Questions {
			if q.Fact != "" {
				out = append(out, q.Fact)
			}
		}
	}
	return out
}

// visited is the household as the sheet leaves it, and what the rules say of it.
type visited struct {
	facts   assess.Facts
	members []roster.Person
	outcome assess.Outcome
	changed int // answers that differ from what was known
	clashes []string
}

// visit lays the answers over what is known and asks the rules.
func (m Room) visit(p *prepared, h *roster.Household, a *act.Act, open map[string]act.Opening) (*visited, error) {
	v := &visited{}
	form, _ := formOf(p.loaded.Pack, p.body.form)
	reader := answers{pack: p.loaded.Pack, form: form, open: open, sealed: p.sensitive}
	ah, err := reader.read("h", p.body.answers["h"])
	if err != nil {
		return nil, err
	}
	before, _ := p.body.prefilled["h"].(canon.Object)
	v.facts = v.lay(h.Facts, ah, before, p.body.rev != h.Rev)
	am, ok := p.body.answers["m"].([]any)
	if !ok {
		return nil, ErrBody.At("answers.m", "缺少家庭成员")
	}
	v.members = append(make([]roster.Person, 0, len(h.Members)+1), h.Members...)
	prefilled, _ := p.body.prefilled["m"].(canon.Object)
	for _, x := range am {
		o, _ := x.(canon.Object)
		if err := v.member(o, &reader, prefilled, p.body.rev != h.Rev); err != nil {
			return nil, err
		}
	}
	facts := make([]assess.Facts, 0, len(v.members))
	for _, person := range v.members {
		if !person.Gone {
			facts = append(facts, person.Facts)
		}
	}
	v.outcome = p.loaded.Engine.Brief(p.body.doneOn, v.facts, facts, nil)
	if p.signed != nil {
		// He answers for what he saw: findings are by the pack he signed. Where the household stands is by the one in force.
		v.outcome.Problems = p.signed.Engine.Brief(p.body.doneOn, v.facts, facts, nil).Problems
	}
	return v, nil
}

// signedUnder returns the pack of a sheet that was signed before an amendment came into force and arrived after, nil when the sheet is
// of the pack in force. It is refused only when its pack was not in force on the day of the visit; of a day that cannot be, a wrong
// clock is to blame, and it is enough that the pack once was.
func (m Room) signedUnder(ctx context.Context, r database.Reader, digest string, camp *campaign.Campaign, doneOn string) (*campaign.Loaded, error) {
	if digest == camp.Pack {
		return nil, nil
	}
	if !clock.ValidDay(doneOn) || doneOn < camp.FirstOn() {
		doneOn = ""
	}
	was, err := m.Book.WasInForce(ctx, r, digest, doneOn)
	if err != nil {
		return nil, err
	}
	if !was {
		return nil, ErrPack
	}
	return m.Book.Loaded(ctx, r, digest)
}

func clone(f assess.Facts) assess.Facts {
	out := make(assess.Facts, len(f)+8)
	for k, v := range f {
		out[k] = v
	}
	return out
}

// lay writes answers over facts, which it copies before it changes any. On a stale form an answer that meets a value neither it nor its
// signer knew is a clash (design contract 14): the later act's value stands, and somebody is asked.
func (v *visited) lay(facts, given assess.Facts, before canon.Object, stale bool) assess.Facts {
	own := false
	for code, x := range given {
		was, known := facts[code]
		if same(was, x) {
			continue
		}
		v.changed++
		if stale && known && !same(roster.Plain(before[code]), was) && before[code] != nil {
			v.clashes = append(v.clashes, code)
		}
		if !own {
			facts, own = clone(facts), true
		}
		if x == "" {
			delete(facts, code)
			continue
		}
		facts[code] = x
	}
	return facts
}

func same(a, b any) bool {
	la, ok1 := a.([]string)
	lb, ok2 := b.([]string)
	if ok1 || ok2 {
		return slices.Equal(la, lb)
	}
	return a == b
}

func (v *visited) member(o canon.Object, r *answers, prefilled canon.Object, stale bool) error {
	id, _ := o["id"].(string)
	if id == "" {
		return ErrBody.At("answers.m", "成员缺少编号")
	}
	rest := canon.Object{}
	for k, x := range o {
		if k != "id" && k != "name" && k != "gone" {
			rest[k] = x
		}
	}
	given, err := r.read("m", rest)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.members, func(p roster.Person) bool { return p.ID == id })
	if i < 0 {
		name, _ := o["name"].(string)
		if name = strings.TrimSpace(name); name == "" {
			return ErrBody.At("answers.m", "新增的成员要写姓名")
		}
		ord := 0
		for _, p := range v.members {
			ord = max(ord, p.Ord+1)
		}
		v.members = append(v.members, roster.Person{Ord: ord, ID: id, Name: name, Facts: assess.Facts{}})
		i = len(v.members) - 1
		v.changed++
	}
	before, _ := prefilled[id].(canon.Object)
	v.members[i].Facts = v.lay(v.members[i].Facts, given, before, stale)
	if gone, _ := o["gone"].(bool); gone && !v.members[i].Gone {
		v.members[i].Gone = true
		v.changed++
	}
	if rel, ok := v.members[i].Facts[roster.FactRelation].(string); ok {
		v.members[i].Relation = rel
	}
	return nil
}

// Covers refuses an act on a household outside the actor's scope.
func covers(by duty.Actor, may duty.May, area string) error {
	if !by.Scope(may).Covers(area) {
		return duty.ErrOutside
	}
	return nil
}
