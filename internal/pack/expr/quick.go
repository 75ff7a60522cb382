package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// answer is what a condition comes to without the expression engine. What is unsure ends there as an error: unknown if only facts or a
// divisor were wanting, and to be left to the engine if f.lost says that something else was in the way.
type answer int8

const (
	unsure answer = iota
	yes
	no
)

func (a answer) not() answer { return [...]answer{unsure: unsure, yes: no, no: yes}[a] }

func sure(b bool) answer {
	if b {
		return yes
	}
	return no
}

// quick answers a condition about the rows of a frame; x is the member of the innermost macro. A number, text or count is quick likewise,
// false where the value is unsure. All of them look at the facts in the engine's order and stop where it stops, so that they note
// the same missing ones.
type (
	quick  func(f *Frame, x *Row) answer
	number func(f *Frame, x *Row) (float64, bool)
	text   func(f *Frame, x *Row) (string, bool)
	count  func(f *Frame, x *Row) (int, bool)
)

// maker makes quick functions of a checked expression; each has the variables of the macros around, the outermost first.
type maker struct {
	tree   *ast.AST
	shapes map[string]*shape
	each   []string
}

func (k *maker) kind(e ast.Expr) types.Kind { return k.tree.GetType(e.ID()).Kind() }

func (k *maker) condition(e ast.Expr) quick {
	switch e.Kind() {
	case ast.LiteralKind:
		if b, ok := e.AsLiteral().(types.Bool); ok {
			a := sure(bool(b))
			return func(*Frame, *Row) answer { return a }
		}
	case ast.SelectKind:
		p, ok := k.place(e)
		switch {
		case !ok:
		case e.AsSelect().IsTestOnly():
			return func(f *Frame, x *Row) answer {
				if r := p.row(f, x); r != nil {
					return sure(p.of(r) != nil)
				}
				return unsure
			}
		default:
			return func(f *Frame, x *Row) answer {
				if b, ok := p.get(f, x).(bool); ok {
					return sure(b)
				}
				return unsure
			}
		}
	case ast.ComprehensionKind:
		return k.macro(e.AsComprehension())
	case ast.CallKind:
		return k.call(e.AsCall())
	}
	return lost
}

// lost leaves a condition to the engine.
func lost(f *Frame, _ *Row) answer {
	f.lost = true
	return unsure
}

func (k *maker) call(c ast.CallExpr) quick {
	args := c.Args()
	switch name := c.FunctionName(); name {
	case operators.LogicalNot:
		q := k.condition(args[0])
		return func(f *Frame, x *Row) answer { return q(f, x).not() }
	case operators.LogicalAnd:
		return joined(k.conditions(args), no)
	case operators.LogicalOr:
		return joined(k.conditions(args), yes)
	case operators.Conditional:
		q := k.conditions(args)
		return func(f *Frame, x *Row) answer {
			switch q[0](f, x) {
			case yes:
				return q[1](f, x)
			case no:
				return q[2](f, x)
			}
			return unsure
		}
	case operators.In:
		return k.in(args[0], args[1])
	case "startsWith", "endsWith", "contains":
		return k.part(c, map[string]func(s, part string) bool{"startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix, "contains": strings.Contains}[name])
	default:
		if holds, ok := comparisons[name]; ok {
			return k.comparison(args[0], args[1], holds)
		}
	}
	return lost
}

func (k *maker) conditions(of []ast.Expr) []quick {
	out := make([]quick, len(of))
	for i, e := range of {
		out[i] = k.condition(e)
	}
	return out
}

// joined is && or ||: the first side that is decisive decides, whatever the others say, missing facts and faults included.
func joined(sides []quick, decisive answer) quick {
	if len(sides) == 2 {
		a, b := sides[0], sides[1]
		return func(f *Frame, x *Row) answer {
			l := a(f, x)
			if l == decisive {
				return l
			}
			if r := b(f, x); r == decisive || l != unsure {
				return r
			}
			return unsure
		}
	}
	return func(f *Frame, x *Row) answer {
		out := decisive.not()
		for _, q := range sides {
			switch q(f, x) {
			case decisive:
				return decisive
			case unsure:
				out = unsure
			}
		}
		return out
	}
}

// part is a question about a text and a part of it.
func (k *maker) part(c ast.CallExpr, holds func(s, part string) bool) quick {
	if !c.IsMemberFunction() || len(c.Args()) != 1 || k.kind(c.Target()) != types.StringKind {
		return lost
	}
	a, b := k.text(c.Target()), k.text(c.Args()[0])
	return func(f *Frame, x *Row) answer {
		s, ok := a(f, x)
		if !ok {
			return unsure
		}
		part, ok := b(f, x)
		if !ok {
			return unsure
		}
		return sure(holds(s, part))
	}
}

// in is `text in list`; the list is a field, or written out.
func (k *maker) in(e, of ast.Expr) quick {
	if of.Kind() == ast.ListKind {
		return k.among(e, of.AsList().Elements())
	}
	p, ok := k.place(of)
	if !ok || k.kind(e) != types.StringKind {
		return lost
	}
	t := k.text(e)
	return func(f *Frame, x *Row) answer {
		s, ok := t(f, x)
		if !ok {
			return unsure
		}
		if all, ok := p.get(f, x).([]string); ok {
			return sure(slices.Contains(all, s))
		}
		return unsure
	}
}

func (k *maker) among(e ast.Expr, of []ast.Expr) quick {
	var all []string
	for _, o := range of {
		if o.Kind() != ast.LiteralKind {
			return lost
		}
		s, ok := o.AsLiteral().(types.String)
		if !ok {
			return lost
		}
		all = append(all, string(s))
	}
	if all == nil || k.kind(e) != types.StringKind {
		return lost
	}
	t := k.text(e)
	return func(f *Frame, x *Row) answer {
		if s, ok := t(f, x); ok {
			return sure(slices.Contains(all, s))
		}
		return unsure
	}
}

// comparisons say of each operator which orders of its sides satisfy it: below, equal, above.
var comparisons = map[string][3]bool{operators.Equals: {false, true, false}, operators.NotEquals: {true, false, true}, operators.Less: {true, false, false},
	operators.LessEquals: {true, true, false}, operators.Greater: {false, false, true}, operators.GreaterEquals: {false, true, true}}

func (k *maker) comparison(l, r ast.Expr, holds [3]bool) quick {
	equality := holds[0] == holds[2]
	switch kind := k.kind(l); {
	case kind != k.kind(r):
	case kind == types.DoubleKind:
		return compare(k.number(l), k.number(r), holds)
	case kind == types.StringKind:
		return compare(k.text(l), k.text(r), holds)
	case kind == types.BoolKind && equality:
		a, b := k.condition(l), k.condition(r)
		return func(f *Frame, x *Row) answer {
			s := a(f, x)
			if s == unsure {
				return s
			}
			t := b(f, x)
			if t == unsure {
				return t
			}
			return sure((s == t) == holds[1])
		}
	}
	return lost
}

func compare[T float64 | string](a, b func(f *Frame, x *Row) (T, bool), holds [3]bool) quick {
	return func(f *Frame, x *Row) answer {
		s, ok := a(f, x)
		if !ok {
			return unsure
		}
		t, ok := b(f, x)
		switch {
		case !ok:
			return unsure
		case s < t:
			return sure(holds[0])
		case s == t:
			return sure(holds[1])
		case s > t:
			return sure(holds[2])
		case holds[0] == holds[2]: // what is no number equals nothing
			return sure(holds[0])
		}
		return lost(f, x)
	}
}

// mostEach bounds how deep macros go in one another.
const mostEach = 4

// pattern is how a macro over the members is written out.
type pattern struct {
	first ref.Val // what it starts from; nil a list
	step  string
}

// macro is m.exists, m.all or m.exists_one; anything else that goes over a list is left alone.
func (k *maker) macro(c ast.ComprehensionExpr) quick {
	switch p := k.pattern(c); p {
	case pattern{types.False, operators.LogicalOr}:
		return k.over(c, c.LoopStep().AsCall().Args()[1], yes)
	case pattern{types.True, operators.LogicalAnd}:
		return k.over(c, c.LoopStep().AsCall().Args()[1], no)
	case pattern{types.Int(0), operators.Conditional}:
		if c.Result().Kind() != ast.CallKind || c.Result().AsCall().FunctionName() != operators.Equals {
			return lost
		}
		n := k.counted(c)
		return func(f *Frame, x *Row) answer {
			if n, ok := n(f, x); ok {
				return sure(n == 1)
			}
			return unsure
		}
	}
	return lost
}

// pattern tells the macros of which the members are the range from each other, and from the rest.
func (k *maker) pattern(c ast.ComprehensionExpr) pattern {
	over, step := c.IterRange(), c.LoopStep()
	if over.Kind() != ast.IdentKind || over.AsIdent() != "m" || slices.Contains(k.each, "m") || c.HasIterVar2() || len(k.each) == mostEach || step.Kind() != ast.CallKind {
		return pattern{}
	}
	p := pattern{step: step.AsCall().FunctionName()}
	switch first := c.AccuInit(); {
	case first.Kind() == ast.LiteralKind:
		p.first = first.AsLiteral()
	case first.Kind() != ast.ListKind:
		return pattern{}
	}
	return p
}

// inner makes the condition that a macro asks of each member.
func (k *maker) inner(c ast.ComprehensionExpr, e ast.Expr) quick {
	k.each = append(k.each, c.IterVar())
	defer func() { k.each = k.each[:len(k.each)-1] }()
	return k.condition(e)
}

// over is exists and all: the first member that is decisive decides.
func (k *maker) over(c ast.ComprehensionExpr, e ast.Expr, decisive answer) quick {
	depth, q := len(k.each), k.inner(c, e)
	return func(f *Frame, _ *Row) answer {
		out := decisive.not()
		for _, m := range f.members {
			f.each[depth] = m
			switch q(f, m) {
			case decisive:
				return decisive
			case unsure:
				out = unsure
			}
		}
		return out
	}
}

// counted is how many members a filter or exists_one finds.
func (k *maker) counted(c ast.ComprehensionExpr) count {
	depth, q := len(k.each), k.inner(c, c.LoopStep().AsCall().Args()[0])
	return func(f *Frame, _ *Row) (int, bool) {
		n, all := 0, true
		for _, m := range f.members {
			f.each[depth] = m
			switch q(f, m) {
			case yes:
				n++
			case unsure:
				all = false
			}
		}
		return n, all
	}
}
