package expr

import (
	"slices"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// place is where a field stands: in which row, and where there.
type place struct {
	root  byte // x the member of the innermost macro, u that of one around it, else as in the expression
	depth int
	field int
}

// place finds a field of a row by its name.
func (k *maker) place(e ast.Expr) (place, bool) {
	if e.Kind() != ast.SelectKind || e.AsSelect().Operand().Kind() != ast.IdentKind {
		return place{}, false
	}
	t := k.tree.GetType(e.AsSelect().Operand().ID())
	s, ok := k.shapes[t.TypeName()]
	if !ok {
		return place{}, false
	}
	i, ok := s.index[e.AsSelect().FieldName()]
	if !ok {
		return place{}, false
	}
	name := e.AsSelect().Operand().AsIdent()
	for d := len(k.each) - 1; d >= 0; d-- {
		if k.each[d] == name {
			if d == len(k.each)-1 {
				return place{'x', d, i}, true
			}
			return place{'u', d, i}, true
		}
	}
	root, ok := map[string]byte{"h": 'h', "me": 'm', "v": 'v', "p": 'p'}[name]
	return place{root, 0, i}, ok
}

// row is nil when there is no such row.
func (p place) row(f *Frame, x *Row) *Row {
	switch p.root {
	case 'x':
		return x
	case 'u':
		return f.each[p.depth]
	case 'h':
		return f.h
	case 'p':
		return f.p
	case 'v':
		return f.v
	}
	if f.me == nil {
		f.lost = true
	}
	return f.me
}

// of returns the value there, nil when it is missing, which it notes.
func (p place) of(r *Row) any {
	v := r.vals[p.field]
	if v == nil {
		r.note(p.field)
	}
	return v
}

func (p place) get(f *Frame, x *Row) any {
	if r := p.row(f, x); r != nil {
		return p.of(r)
	}
	return nil
}

func lostValue[T any](f *Frame, _ *Row) (T, bool) {
	var none T
	f.lost = true
	return none, false
}

func literalValue[T any](v T) func(*Frame, *Row) (T, bool) {
	return func(*Frame, *Row) (T, bool) { return v, true }
}

// chosen is `c ? a : b` of values.
func chosen[T any](c quick, a, b func(*Frame, *Row) (T, bool)) func(*Frame, *Row) (T, bool) {
	return func(f *Frame, x *Row) (T, bool) {
		switch c(f, x) {
		case yes:
			return a(f, x)
		case no:
			return b(f, x)
		}
		var none T
		return none, false
	}
}

func (k *maker) number(e ast.Expr) number {
	switch e.Kind() {
	case ast.LiteralKind:
		if d, ok := e.AsLiteral().(types.Double); ok {
			return literalValue(float64(d))
		}
	case ast.SelectKind:
		if p, ok := k.place(e); ok {
			return func(f *Frame, x *Row) (float64, bool) {
				return numberOf(p.get(f, x))
			}
		}
	case ast.CallKind:
		return k.reckoned(e.AsCall())
	}
	return lostValue[float64]
}

func (k *maker) reckoned(c ast.CallExpr) number {
	args := c.Args()
	switch name := c.FunctionName(); name {
	case operators.Conditional:
		return chosen(k.condition(args[0]), k.number(args[1]), k.number(args[2]))
	case operators.Negate:
		a := k.number(args[0])
		return func(f *Frame, x *Row) (float64, bool) { n, ok := a(f, x); return -n, ok }
	case operators.Add, operators.Subtract, operators.Multiply:
		return arithmetic(name, k.number(args[0]), k.number(args[1]))
	case "div":
		return two(k.number(args[0]), k.number(args[1]), func(_ *Frame, a, b float64) (float64, bool) { return a / b, b != 0 })
	case "days":
		return two(k.text(args[0]), k.text(args[1]), dated(Days))
	case "age_on":
		return two(k.text(args[0]), k.text(args[1]), dated(AgeOn))
	case "double":
		if len(args) != 1 || k.kind(args[0]) != types.IntKind {
			break
		}
		n := k.count(args[0])
		return func(f *Frame, x *Row) (float64, bool) { n, ok := n(f, x); return float64(n), ok }
	}
	return lostValue[float64]
}

// two is a function of two values, the first looked at first.
func two[T, R any](a, b func(*Frame, *Row) (T, bool), of func(f *Frame, a, b T) (R, bool)) func(*Frame, *Row) (R, bool) {
	return func(f *Frame, x *Row) (R, bool) {
		var none R
		s, ok := a(f, x)
		if !ok {
			return none, false
		}
		t, ok := b(f, x)
		if !ok {
			return none, false
		}
		return of(f, s, t)
	}
}

func dated(of func(a, b string) (int, error)) func(*Frame, string, string) (float64, bool) {
	return func(f *Frame, a, b string) (float64, bool) {
		n, err := of(a, b)
		if err != nil {
			f.lost = true
		}
		return float64(n), err == nil
	}
}

func arithmetic(name string, a, b number) number {
	switch name {
	case operators.Add:
		return two(a, b, func(_ *Frame, a, b float64) (float64, bool) { return a + b, true })
	case operators.Subtract:
		return two(a, b, func(_ *Frame, a, b float64) (float64, bool) { return a - b, true })
	}
	return two(a, b, func(_ *Frame, a, b float64) (float64, bool) { return a * b, true })
}

func (k *maker) text(e ast.Expr) text {
	switch e.Kind() {
	case ast.LiteralKind:
		if s, ok := e.AsLiteral().(types.String); ok {
			return literalValue(string(s))
		}
	case ast.IdentKind:
		if e.AsIdent() == "today" && !slices.Contains(k.each, "today") {
			return func(f *Frame, _ *Row) (string, bool) { return string(f.today), true }
		}
	case ast.SelectKind:
		if p, ok := k.place(e); ok {
			return func(f *Frame, x *Row) (string, bool) {
				s, ok := p.get(f, x).(string)
				return s, ok
			}
		}
	case ast.CallKind:
		args := e.AsCall().Args()
		switch e.AsCall().FunctionName() {
		case operators.Conditional:
			return chosen(k.condition(args[0]), k.text(args[1]), k.text(args[2]))
		case operators.Add:
			return two(k.text(args[0]), k.text(args[1]), func(_ *Frame, a, b string) (string, bool) { return a + b, true })
		}
	}
	return lostValue[string]
}

// count is the size of the members, of a filter of them, of a text or of a list.
func (k *maker) count(e ast.Expr) count {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != "size" || e.AsCall().IsMemberFunction() {
		return lostValue[int]
	}
	of := e.AsCall().Args()[0]
	switch {
	case k.kind(of) == types.StringKind:
		t := k.text(of)
		return func(f *Frame, x *Row) (int, bool) { s, ok := t(f, x); return utf8.RuneCountInString(s), ok }
	case of.Kind() == ast.IdentKind && of.AsIdent() == "m" && !slices.Contains(k.each, "m"):
		return func(f *Frame, _ *Row) (int, bool) { return len(f.members), true }
	case of.Kind() == ast.ComprehensionKind:
		if c := of.AsComprehension(); k.filters(c) {
			return k.counted(c)
		}
	}
	p, ok := k.place(of)
	if !ok || k.kind(of) != types.ListKind {
		return lostValue[int]
	}
	return func(f *Frame, x *Row) (int, bool) { l, ok := p.get(f, x).([]string); return len(l), ok }
}

// filters tells m.filter(x, …) from m.map(x, …, …), which appends something else than x.
func (k *maker) filters(c ast.ComprehensionExpr) bool {
	if k.pattern(c) != (pattern{nil, operators.Conditional}) || c.Result().Kind() != ast.IdentKind {
		return false
	}
	added := c.LoopStep().AsCall().Args()[1]
	if added.Kind() != ast.CallKind || added.AsCall().FunctionName() != operators.Add {
		return false
	}
	list := added.AsCall().Args()[1]
	if list.Kind() != ast.ListKind || list.AsList().Size() != 1 {
		return false
	}
	x := list.AsList().Elements()[0]
	return x.Kind() == ast.IdentKind && x.AsIdent() == c.IterVar()
}
