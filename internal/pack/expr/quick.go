package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// answer is what a condition comes to when that is plain without the expression engine; unsure is never wrong, only slower.
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

// quick answers a condition about the rows of a frame; x is the member in an exists.
type quick func(f *Frame, x *Row) answer

// value is what one side of a comparison is, nil when it is not known.
type value func(f *Frame, x *Row) ref.Val

// shortcut makes of a condition what answers it without the expression engine, wherever the facts that decide it are known: a false side
// makes an && false and a true side makes an || true whatever the other says, missing facts and faults included, in either order. Most
// rules ask first for something that most households are not. nil is a condition of which nothing can be said.
func shortcut(e ast.Expr, each string) quick {
	switch e.Kind() {
	case ast.LiteralKind:
		if b, ok := e.AsLiteral().(types.Bool); ok {
			return func(*Frame, *Row) answer { return sure(bool(b)) }
		}
	case ast.SelectKind:
		v := field(e, each)
		switch {
		case v == nil:
		case e.AsSelect().IsTestOnly():
			return func(f *Frame, x *Row) answer { return sure(v(f, x) != nil) }
		default:
			return func(f *Frame, x *Row) answer {
				if b, ok := v(f, x).(types.Bool); ok {
					return sure(bool(b))
				}
				return unsure
			}
		}
	case ast.ComprehensionKind:
		return exists(e.AsComprehension(), each)
	case ast.CallKind:
		return call(e.AsCall(), each)
	}
	return nil
}

func call(c ast.CallExpr, each string) quick {
	args := c.Args()
	switch c.FunctionName() {
	case "!_":
		if q := shortcut(args[0], each); q != nil {
			return func(f *Frame, x *Row) answer { return q(f, x).not() }
		}
	case "_&&_":
		return both(shortcut(args[0], each), shortcut(args[1], each), no)
	case "_||_":
		return both(shortcut(args[0], each), shortcut(args[1], each), yes)
	case "@in":
		return within(side(args[0], each), side(args[1], each), args[1])
	case "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_":
		a, b := side(args[0], each), side(args[1], each)
		if a != nil && b != nil {
			holds := comparisons[c.FunctionName()]
			return func(f *Frame, x *Row) answer { return compare(a(f, x), b(f, x), holds) }
		}
	}
	return nil
}

// both joins two sides, either of which decides when it is decisive.
func both(a, b quick, decisive answer) quick {
	none := func(*Frame, *Row) answer { return unsure }
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil:
		a = none
	case b == nil:
		b = none
	}
	return func(f *Frame, x *Row) answer {
		l := a(f, x)
		if l == decisive {
			return l
		}
		r := b(f, x)
		if r == decisive || l != unsure {
			return r
		}
		return unsure
	}
}

// exists is m.exists(x, …) as the macro writes it out; anything else that goes over a list is left alone.
func exists(c ast.ComprehensionExpr, each string) quick {
	step := c.LoopStep()
	if each != "" || c.IterRange().Kind() != ast.IdentKind || c.IterRange().AsIdent() != "m" || c.HasIterVar2() ||
		c.AccuInit().Kind() != ast.LiteralKind || c.AccuInit().AsLiteral() != ref.Val(types.False) || c.Result().Kind() != ast.IdentKind ||
		step.Kind() != ast.CallKind || step.AsCall().FunctionName() != "_||_" || step.AsCall().Args()[0].Kind() != ast.IdentKind {
		return nil
	}
	q := shortcut(step.AsCall().Args()[1], c.IterVar())
	if q == nil {
		return nil
	}
	return func(f *Frame, _ *Row) answer {
		out := no
		for _, m := range f.members {
			switch q(f, m) {
			case yes:
				return yes
			case unsure:
				out = unsure
			}
		}
		return out
	}
}

// side is a field or a literal.
func side(e ast.Expr, each string) value {
	switch e.Kind() {
	case ast.LiteralKind:
		v := e.AsLiteral()
		return func(*Frame, *Row) ref.Val { return v }
	case ast.SelectKind:
		if !e.AsSelect().IsTestOnly() {
			return field(e, each)
		}
	}
	return nil
}

// field reads a field of a row, by its place.
func field(e ast.Expr, each string) value {
	s := e.AsSelect()
	if s.Operand().Kind() != ast.IdentKind {
		return nil
	}
	code := s.FieldName()
	var row func(f *Frame, x *Row) *Row
	switch name := s.Operand().AsIdent(); {
	case each != "" && name == each:
		row = func(_ *Frame, x *Row) *Row { return x }
	case name == "h":
		row = func(f *Frame, _ *Row) *Row { return f.h }
	case name == "me":
		row = func(f *Frame, _ *Row) *Row { return f.me }
	case name == "v":
		row = func(f *Frame, _ *Row) *Row { return f.v }
	case name == "p":
		row = func(f *Frame, _ *Row) *Row { return f.p }
	default:
		return nil
	}
	return func(f *Frame, x *Row) ref.Val {
		r := row(f, x)
		if r == nil {
			return nil
		}
		if i, ok := r.shape.index[code]; ok {
			return r.vals[i]
		}
		return nil
	}
}

// within is `text in list`; the list is a field, or written out.
func within(text, list value, e ast.Expr) quick {
	if text == nil {
		return nil
	}
	if e.Kind() == ast.ListKind {
		var all []string
		for _, x := range e.AsList().Elements() {
			s, ok := literal(x)
			if !ok {
				return nil
			}
			all = append(all, s)
		}
		return func(f *Frame, x *Row) answer {
			if s, ok := text(f, x).(types.String); ok {
				return sure(slices.Contains(all, string(s)))
			}
			return unsure
		}
	}
	if list == nil {
		return nil
	}
	return func(f *Frame, x *Row) answer {
		s, ok := text(f, x).(types.String)
		if l := list(f, x); ok && l != nil {
			if all, ok := l.Value().([]string); ok {
				return sure(slices.Contains(all, string(s)))
			}
		}
		return unsure
	}
}

func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

// comparisons say of each operator which orders of its sides satisfy it: below, equal, above.
var comparisons = map[string][3]bool{"_==_": {false, true, false}, "_!=_": {true, false, true}, "_<_": {true, false, false}, "_<=_": {true, true, false},
	"_>_": {false, false, true}, "_>=_": {false, true, true}}

// compare compares two known values of one kind.
func compare(a, b ref.Val, holds [3]bool) answer {
	switch x := a.(type) {
	case types.Double:
		if y, ok := b.(types.Double); ok && x == x && y == y { // what is no number is left to the engine
			return sure(holds[order(x, y)])
		}
	case types.String:
		if y, ok := b.(types.String); ok {
			return sure(holds[order(x, y)])
		}
	case types.Bool:
		if y, ok := b.(types.Bool); ok && holds[0] == holds[2] { // only == and !=
			if x == y {
				return sure(holds[1])
			}
			return sure(holds[0])
		}
	}
	return unsure
}

func order[T types.Double | types.String](a, b T) int {
	switch {
	case a < b:
		return 0
	case a > b:
		return 2
	}
	return 1
}
