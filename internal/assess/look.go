package assess

import (
	"math"
	"slices"
	"strings"

	"gonggu/internal/pack"
	"gonggu/internal/pack/expr"
)

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
	// computed values over the facts, in the engine's order, those of the members one after the other; nil is not known
	ch, cm []any
	// params in force on paramDay, kept from look to look
	params   map[string]pack.Param
	paramDay string
	// brief leaves out what only people read
	brief bool
	// room for what is raised, kept from look to look
	doubts, problems []Raised
	unknown          []Unknown
	values           []Value
	text             []byte
}

func (e *Engine) look(today string, h Facts, members []Facts, village Facts) *look {
	l := e.frames.Get().(*look)
	l.today, l.h, l.v, l.members = today, h, village, members
	l.out = Outcome{Classes: []string{}, ClassesUnknown: []string{}, Derived: []Value{}, MemberDerived: make([][]Value, len(members)),
		Doubts: l.doubts[:0], Problems: l.problems[:0], Unknown: l.unknown[:0], Faults: []Fault{}}
	l.ch = append(l.ch[:0], make([]any, len(e.house))...)
	l.cm = append(l.cm[:0], make([]any, len(members)*len(e.person))...)
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
	l.h, l.v, l.members, l.out, l.brief = nil, nil, nil, Outcome{}, false
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
	e := l.engine
	for i := range l.members {
		l.SetMe(i)
		l.out.MemberDerived[i] = l.compute(e.person, l.Member(i), l.cm[i*len(e.person):], i)
	}
	l.SetMe(-1)
	l.out.Derived = l.compute(e.house, l.H(), l.ch, -1)
}

func (l *look) compute(list []derived, row *expr.Row, into []any, member int) []Value {
	l.values = l.values[:0]
	for j := range list {
		l.value(&list[j], row, &into[j], member)
	}
	return append(make([]Value, 0, len(l.values)), l.values...)
}

func (l *look) value(d *derived, row *expr.Row, into *any, member int) {
	if row.Known(d.at) {
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
	*into = v
	if err := row.Put(d.at, v); err != nil {
		l.fault("derived:"+d.Code, member, err.Error())
		return
	}
	if l.brief {
		l.values = append(l.values, Value{Code: d.Code, Value: v})
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
	l.values = append(l.values, Value{d.Code, v, text, formula})
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
	if missing := l.lacks(r, member); missing != nil {
		l.out.Unknown = append(l.out.Unknown, Unknown{r.ID, member, missing})
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

// lacks returns the facts that the rule needs and that are not known, sorted, each once.
func (l *look) lacks(r *rule, member int) []string {
	var missing []string
	for i := range r.needs {
		n := &r.needs[i]
		switch {
		case l.row(n.root, member).Known(n.at):
		case missing == nil:
			missing = n.alone
		default:
			missing = append(missing[:len(missing):len(missing)], n.alone[0])
		}
	}
	if len(missing) > 1 {
		slices.Sort(missing)
		missing = slices.Compact(missing)
	}
	return missing
}

// row returns the row of a root: h, me, v or p, by its first letter.
func (l *look) row(root byte, member int) *expr.Row {
	switch root {
	case 'm':
		return l.Member(member)
	case 'v':
		return l.Village()
	case 'p':
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
	var facts Facts
	switch e := l.engine; root {
	case "h":
		facts = l.h
		if j, ok := e.houseAt[code]; ok && l.ch[j] != nil {
			return l.ch[j]
		}
	case "v":
		facts = l.v
	case "me":
		if member < 0 {
			break
		}
		facts = l.members[member]
		if j, ok := e.personAt[code]; ok {
			if v := l.cm[member*len(e.person)+j]; v != nil {
				return v
			}
		}
	}
	v := facts[code]
	if v == "" {
		return nil
	}
	return v
}

func (l *look) fill(parts []part, member int, word func(string) string) string {
	if len(parts) == 1 && parts[0].Literal != "" {
		return parts[0].Literal
	}
	b := l.text[:0]
	for i := range parts {
		p := &parts[i]
		switch {
		case p.Literal != "":
			b = append(b, p.Literal...)
		case p.Root != "" && p.Root != "p":
			b = append(b, l.engine.pack.Text(p.fact, l.raw(p.Root, p.Code, member))...)
		case p.Root == "p":
			_, text, _ := l.read(p.Root, p.Code, member)
			b = append(b, text...)
		case p.Code == "today":
			b = append(b, pack.DayText(l.today)...)
		case word != nil:
			b = append(b, word(p.Code)...)
		default:
			b = append(append(append(b, '{'), p.Code...), '}')
		}
	}
	l.text = b
	return string(b)
}
