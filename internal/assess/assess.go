// Package assess looks at one household under a pack: which classes it is in, what its computed values are, which doubts and
// problems the rules raise, and what cannot be said for want of a fact. It is pure: it knows no store, no clock and no number
// of the notice. The TypeScript package @gonggu/assess gives the same answers on a phone; testdata/conformance holds both.
package assess

import (
	"fmt"
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
	pack   *pack.Pack
	frames sync.Pool
	person []derived
	house  []derived
	// where each computed value stands among those of its kind, by code
	personAt, houseAt map[string]int
	classes           []class
	rules             []rule
	// each are the rules about one household or person
	each  []*rule
	byID  map[string]*rule
	forms map[string]*form
	days  sync.Map // day: map[string]pack.Param, the parameters in force
	known atomic.Int64
}

// mostDays bounds how many days' parameters are kept: a day may be anything that a sheet says.
const mostDays = 1000

type derived struct {
	pack.Derived
	expr  *expr.Expr
	shown []part
	at    int // its place in a row
}

type class struct {
	id   string
	expr *expr.Expr
}

type rule struct {
	pack.Rule
	expr   *expr.Expr
	say    []part
	needs  []need
	person bool
}

// part is a piece of a sentence, with the fact that it shows.
type part struct {
	pack.Part
	fact pack.Fact
}

func (e *Engine) parts(say string) (out []part) {
	for _, p := range pack.Parts(say) {
		x := part{Part: p}
		if p.Root != "" {
			x.fact, _ = e.pack.Fact(p.Root, p.Code)
		}
		out = append(out, x)
	}
	return out
}

// need is a fact that a rule needs: where it stands, and the list of it alone.
type need struct {
	root  byte
	at    int
	alone []string
}

// Compile makes an engine of a pack.
func Compile(p *pack.Pack) (*Engine, error) {
	e := &Engine{pack: p, byID: map[string]*rule{}, forms: map[string]*form{}, personAt: map[string]int{}, houseAt: map[string]int{}}
	e.frames.New = func() any { return &look{engine: e, Frame: p.Space().NewFrame()} }
	rows := &look{Frame: p.Space().NewFrame()}
	rows.SetMembers(1)
	for _, d := range p.Derived {
		x := derived{Derived: d, expr: p.DerivedFormula(d.Of, d.Code), shown: e.parts(d.Shown)}
		if x.expr == nil {
			return nil, fmt.Errorf("assess: derived value %s is not compiled", d.Code)
		}
		if d.Of == "person" {
			x.at, e.personAt[d.Code] = rows.Member(0).Place(d.Code), len(e.person)
			e.person = append(e.person, x)
		} else {
			x.at, e.houseAt[d.Code] = rows.H().Place(d.Code), len(e.house)
			e.house = append(e.house, x)
		}
	}
	for _, c := range p.Classes {
		e.classes = append(e.classes, class{c.ID, p.ClassWhen(c.ID)})
	}
	e.rules = make([]rule, len(p.Rules))
	for i, r := range p.Rules {
		x := rule{Rule: r, expr: p.RuleWhen(r.ID), say: e.parts(r.Say), person: r.Of == "person"}
		for _, n := range r.Needs {
			root, code, _ := strings.Cut(n, ".")
			x.needs = append(x.needs, need{root[0], rows.row(root[0], 0).Place(code), []string{n}})
		}
		e.rules[i] = x
		e.byID[r.ID] = &e.rules[i]
		if r.Kind == "each" && r.Of != "village" {
			e.each = append(e.each, &e.rules[i])
		}
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
	for _, r := range e.each {
		if !r.person {
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
