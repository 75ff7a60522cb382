// Package assess looks at one household under a pack: which classes it is in, what its computed values are, which doubts and
// problems the rules raise, and what cannot be said for want of a fact. It is pure: it knows no store, no clock and no number
// of the notice. The TypeScript package @gonggu/assess gives the same answers on a phone; testdata/conformance holds both.
package assess

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"gonggu/internal/pack"
	"gonggu/internal/pack/expr"
)

// Facts are values by fact code: string, bool, int64, []string; money in fen, areas in hundredths. A code that is not there, an
// empty string and nil are not known.
type Facts = map[string]any

// Outcome is what a household looks like under the pack. Lists are never nil.
type Outcome struct {
	// Classes are class ids in the pack's order; ClassesUnknown those that lack a fact.
	Classes        []string `json:"classes"`
	ClassesUnknown []string `json:"classesUnknown"`
	// Derived are the household's computed values that are known; MemberDerived those of each member, in the members' order.
	Derived       []Value   `json:"derived"`
	MemberDerived [][]Value `json:"memberDerived"`
	// Doubts and Problems are what the rules raise, in the pack's order.
	Doubts   []Raised  `json:"doubts"`
	Problems []Raised  `json:"problems"`
	Unknown  []Unknown `json:"unknown"`
	Faults   []Fault   `json:"faults"`
}

// Value is a computed value: Value is int64, string or bool; Text and Formula are for people.
type Value struct {
	Code    string `json:"code"`
	Value   any    `json:"value"`
	Text    string `json:"text"`
	Formula string `json:"formula"`
}

// Raised is a doubt or a problem. Member is the index of the person it is about, −1 if it is about the household.
type Raised struct {
	Rule      string   `json:"rule"`
	Say       string   `json:"say"`
	Item      string   `json:"item"`
	Clauses   []string `json:"clauses"`
	Lead      []string `json:"lead"`
	Helping   []string `json:"helping"`
	Days      int      `json:"days"`
	Sensitive string   `json:"sensitive"`
	Member    int      `json:"member"`
	Inputs    []Input  `json:"inputs"`
}

// Input is a value that a rule read: Path is "h.code", "me.code", "v.code" or "p.code".
type Input struct {
	Path string `json:"path"`
	Name string `json:"name"`
	Text string `json:"text"`
}

// Unknown is a rule that could not be decided; Missing are the facts to be asked for.
type Unknown struct {
	Rule    string   `json:"rule"`
	Member  int      `json:"member"`
	Missing []string `json:"missing"`
}

// Fault is an expression that failed ("rule:id", "class:id", "derived:code") or a fact that does not fit its type ("h.code").
type Fault struct {
	Of     string `json:"of"`
	Member int    `json:"member"`
	Why    string `json:"why"`
}

// Engine evaluates a pack; it is safe for concurrent use.
type Engine struct {
	pack    *pack.Pack
	frames  sync.Pool
	person  []derived
	house   []derived
	classes []class
	rules   []rule
	byID    map[string]*rule
	forms   map[string]*form
	days    sync.Map // day: map[string]pack.Param, the parameters in force
	known   atomic.Int64
}

// mostDays bounds how many days' parameters are kept: a day may be anything that a sheet says.
const mostDays = 1000

type derived struct {
	pack.Derived
	expr  *expr.Expr
	shown []pack.Part
}

type class struct {
	id   string
	expr *expr.Expr
}

type rule struct {
	pack.Rule
	expr  *expr.Expr
	say   []pack.Part
	needs []need
}

type need struct{ root, code string }

// Compile makes an engine of a pack.
func Compile(p *pack.Pack) (*Engine, error) {
	e := &Engine{pack: p, byID: map[string]*rule{}, forms: map[string]*form{}}
	e.frames.New = func() any { return &look{engine: e, Frame: p.Space().NewFrame()} }
	for _, d := range p.Derived {
		x := derived{d, p.DerivedFormula(d.Of, d.Code), pack.Parts(d.Shown)}
		if x.expr == nil {
			return nil, fmt.Errorf("assess: derived value %s is not compiled", d.Code)
		}
		if d.Of == "person" {
			e.person = append(e.person, x)
		} else {
			e.house = append(e.house, x)
		}
	}
	for _, c := range p.Classes {
		e.classes = append(e.classes, class{c.ID, p.ClassWhen(c.ID)})
	}
	e.rules = make([]rule, len(p.Rules))
	for i, r := range p.Rules {
		x := rule{Rule: r, expr: p.RuleWhen(r.ID), say: pack.Parts(r.Say)}
		for _, n := range r.Needs {
			root, code, _ := strings.Cut(n, ".")
			x.needs = append(x.needs, need{root, code})
		}
		e.rules[i] = x
		e.byID[r.ID] = &e.rules[i]
	}
	for i := range p.Forms {
		e.forms[p.Forms[i].ID] = e.form(&p.Forms[i])
	}
	return e, nil
}

// Household assesses a household on a day ("2022-09-18"). Values under the code of a computed value replace the computing.
func (e *Engine) Household(today string, h Facts, members []Facts, village Facts) Outcome {
	return e.household(false, today, h, members, village)
}

// Brief is Household without what only a person reads about computed values and inputs (Text, Formula, Inputs): for counters
// and replays of many households.
func (e *Engine) Brief(today string, h Facts, members []Facts, village Facts) Outcome {
	return e.household(true, today, h, members, village)
}

func (e *Engine) household(brief bool, today string, h Facts, members []Facts, village Facts) Outcome {
	l := e.look(today, h, members, village)
	defer e.done(l)
	l.brief = brief
	l.derive()
	for _, c := range e.classes {
		switch r := c.expr.Eval(l.Frame); {
		case r.True():
			l.out.Classes = append(l.out.Classes, c.id)
		case r.State == expr.Unknown:
			l.out.ClassesUnknown = append(l.out.ClassesUnknown, c.id)
		case r.State == expr.Fault:
			l.fault("class:"+c.id, -1, r.Err)
		}
	}
	for i := range e.rules {
		r := &e.rules[i]
		if r.Kind != "each" || r.Of == "village" {
			continue
		}
		if r.Of != "person" {
			l.apply(r, -1)
			continue
		}
		for m := range members {
			l.SetMe(m)
			l.apply(r, m)
		}
		l.SetMe(-1)
	}
	return l.sorted()
}

// Village assesses a village: only the rules of villages.
func (e *Engine) Village(today string, village Facts) Outcome {
	l := e.look(today, nil, nil, village)
	defer e.done(l)
	for i := range e.rules {
		if r := &e.rules[i]; r.Kind == "each" && r.Of == "village" {
			l.apply(r, -1)
		}
	}
	return l.sorted()
}

// sorted returns the outcome, which shares nothing with the look.
func (l *look) sorted() Outcome {
	slices.SortStableFunc(l.out.Faults, func(a, b Fault) int { return strings.Compare(a.Of, b.Of) })
	l.doubts, l.problems, l.unknown = l.out.Doubts, l.out.Problems, l.out.Unknown
	out := l.out
	out.Doubts = append(make([]Raised, 0, len(l.doubts)), l.doubts...)
	out.Problems = append(make([]Raised, 0, len(l.problems)), l.problems...)
	out.Unknown = append(make([]Unknown, 0, len(l.unknown)), l.unknown...)
	return out
}

// look is one assessment under way.
type look struct {
	*expr.Frame
	engine  *Engine
	out     Outcome
	today   string
	h, v    Facts
	members []Facts
	// computed values, over the facts
	ch Facts
	cm []Facts
	// params in force on paramDay, kept from look to look
	params   map[string]pack.Param
	paramDay string
	// brief leaves out what only people read
	brief bool
	// room for what is raised, kept from look to look
	doubts, problems []Raised
	unknown          []Unknown
}

func (e *Engine) look(today string, h Facts, members []Facts, village Facts) *look {
	l := e.frames.Get().(*look)
	l.today, l.h, l.v, l.members = today, h, village, members
	l.out = Outcome{Classes: []string{}, ClassesUnknown: []string{}, Derived: []Value{}, MemberDerived: make([][]Value, len(members)),
		Doubts: l.doubts[:0], Problems: l.problems[:0], Unknown: l.unknown[:0], Faults: []Fault{}}
	l.ch = make(Facts, len(e.house))
	l.cm = make([]Facts, len(members))
	l.Clear()
	l.SetDay(today)
	l.SetMembers(len(members))
	l.inForce(today)
	l.set(l.H(), "h", -1, h)
	l.set(l.Village(), "v", -1, village)
	for i, m := range members {
		l.set(l.Member(i), "m", i, m)
	}
	return l
}

func (e *Engine) done(l *look) {
	l.h, l.v, l.members, l.ch, l.cm, l.out, l.brief = nil, nil, nil, nil, nil, Outcome{}, false
	e.frames.Put(l)
}

func (l *look) inForce(day string) {
	if l.paramDay == day && l.params != nil {
		return
	}
	l.paramDay, l.params = day, l.engine.inForce(day)
	for _, x := range l.engine.pack.Params {
		p, ok := l.params[x.Code]
		if !ok {
			l.Params().Set(x.Code, nil)
			continue
		}
		l.Params().Set(x.Code, p.Value)
	}
}

// inForce returns the parameters of a day, by code.
func (e *Engine) inForce(day string) map[string]pack.Param {
	if m, ok := e.days.Load(day); ok {
		return m.(map[string]pack.Param)
	}
	m := make(map[string]pack.Param, len(e.pack.Params))
	for _, x := range e.pack.Params {
		if _, known := m[x.Code]; known {
			continue
		}
		if p, ok := e.pack.ParamOn(x.Code, day); ok {
			m[x.Code] = p
		}
	}
	if e.known.Add(1) <= mostDays {
		e.days.Store(day, m)
	}
	return m
}

func (l *look) set(row *expr.Row, root string, member int, facts Facts) {
	for code, v := range facts {
		if err := row.Set(code, v); err != nil {
			l.fault(root+"."+code, member, err.Error())
		}
	}
}

func (l *look) fault(of string, member int, why string) {
	l.out.Faults = append(l.out.Faults, Fault{of, member, why})
}

// derive computes the values of persons, then those of the household, each in the pack's order.
func (l *look) derive() {
	for i := range l.members {
		l.cm[i] = make(Facts, len(l.engine.person))
		l.SetMe(i)
		row := l.Member(i)
		values := []Value{}
		for j := range l.engine.person {
			l.value(&l.engine.person[j], row, l.cm[i], i, &values)
		}
		l.out.MemberDerived[i] = values
	}
	l.SetMe(-1)
	for j := range l.engine.house {
		l.value(&l.engine.house[j], l.H(), l.ch, -1, &l.out.Derived)
	}
}

func (l *look) value(d *derived, row *expr.Row, into Facts, member int, out *[]Value) {
	if row.Has(d.Code) {
		return
	}
	r := d.expr.Eval(l.Frame)
	switch r.State {
	case expr.Unknown:
		row.Unset(d.Code, l.Missing())
		return
	case expr.Fault:
		l.fault("derived:"+d.Code, member, r.Err)
		return
	}
	v := r.Value
	if x, ok := v.(float64); ok {
		n, ok := round(x)
		if !ok {
			l.fault("derived:"+d.Code, member, "数太大")
			return
		}
		v = n
	}
	into[d.Code] = v
	if err := row.Set(d.Code, v); err != nil {
		l.fault("derived:"+d.Code, member, err.Error())
		return
	}
	if l.brief {
		*out = append(*out, Value{Code: d.Code, Value: v})
		return
	}
	f := pack.Fact{Type: d.Type}
	text := l.engine.pack.Text(f, v)
	formula := ""
	if len(d.shown) > 0 {
		formula = l.fill(d.shown, member, func(word string) string {
			if word == "value" {
				return text
			}
			return "{" + word + "}"
		})
	}
	*out = append(*out, Value{d.Code, v, text, formula})
}

// round is half-up, away from zero: what officials call 四舍五入.
func round(x float64) (int64, bool) {
	if math.IsNaN(x) || math.Abs(x) > 1<<53-1 {
		return 0, false
	}
	if x < 0 {
		return -int64(math.Floor(-x + 0.5)), true
	}
	return int64(math.Floor(x + 0.5)), true
}

func (l *look) apply(r *rule, member int) {
	var missing []string
	for _, n := range r.needs {
		if !l.row(n.root, member).Has(n.code) {
			missing = append(missing, n.root+"."+n.code)
		}
	}
	if missing != nil {
		slices.Sort(missing)
		l.out.Unknown = append(l.out.Unknown, Unknown{r.ID, member, slices.Compact(missing)})
		return
	}
	res := r.expr.Eval(l.Frame)
	switch {
	case res.State == expr.Unknown:
		l.out.Unknown = append(l.out.Unknown, Unknown{r.ID, member, l.Missing()})
	case res.State == expr.Fault:
		l.fault("rule:"+r.ID, member, res.Err)
	case res.True():
		x := l.raise(r, member)
		if r.Yields == "problem" {
			l.out.Problems = append(l.out.Problems, x)
		} else {
			l.out.Doubts = append(l.out.Doubts, x)
		}
	}
}

func (l *look) row(root string, member int) *expr.Row {
	switch root {
	case "me":
		return l.Member(member)
	case "v":
		return l.Village()
	case "p":
		return l.Params()
	}
	return l.H()
}

func (l *look) raise(r *rule, member int) Raised {
	x := Raised{Rule: r.ID, Item: r.Item, Clauses: r.Clauses, Lead: r.Lead, Helping: r.Helping, Days: r.Days, Sensitive: r.Sensitive, Member: member,
		Say: l.fill(r.say, member, nil), Inputs: []Input{}}
	if x.Helping == nil {
		x.Helping = []string{}
	}
	for _, rd := range r.expr.Reads {
		if rd.Root == "m" || l.brief {
			continue
		}
		name, text, known := l.read(rd.Root, rd.Code, member)
		if known {
			x.Inputs = append(x.Inputs, Input{rd.String(), name, text})
		}
	}
	return x
}

// read returns the name and the printed value of a fact, computed value or parameter.
func (l *look) read(root, code string, member int) (name, text string, known bool) {
	if root == "p" {
		p, ok := l.params[code]
		if !ok {
			return code, pack.Missing, false
		}
		return p.Name, l.engine.pack.ParamText(p), true
	}
	f, _ := l.engine.pack.Fact(root, code)
	v := l.raw(root, code, member)
	return f.Name, l.engine.pack.Text(f, v), v != nil
}

func (l *look) raw(root, code string, member int) any {
	var facts, computed Facts
	switch root {
	case "h":
		facts, computed = l.h, l.ch
	case "v":
		facts = l.v
	case "me":
		if member >= 0 {
			facts, computed = l.members[member], l.cm[member]
		}
	}
	if v, ok := computed[code]; ok {
		return v
	}
	v := facts[code]
	if v == "" {
		return nil
	}
	return v
}

func (l *look) fill(parts []pack.Part, member int, word func(string) string) string {
	var b strings.Builder
	for _, p := range parts {
		switch {
		case p.Literal != "":
			b.WriteString(p.Literal)
		case p.Root != "":
			_, text, _ := l.read(p.Root, p.Code, member)
			b.WriteString(text)
		case p.Code == "today":
			b.WriteString(pack.DayText(l.today))
		case word != nil:
			b.WriteString(word(p.Code))
		default:
			b.WriteString("{" + p.Code + "}")
		}
	}
	return b.String()
}
