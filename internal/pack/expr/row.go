package expr

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"
)

// shape is the layout of a row: which field stands where.
type shape struct {
	root   string
	fields []Field
	index  map[string]int
	types  []*types.FieldType
	// names and mine are the fields as missing ones are called, of the root and of `me`.
	names, mine []string
}

// roots are the letters of the rows that are named in an expression: h, v, p, m any member and e the one in question.
var roots = map[string]byte{"h": 'h', "v": 'v', "p": 'p', "m": 'm', "me": 'e'}

// spot is a field of a root, in short.
type spot struct {
	root  byte
	field int
}

// numberOf reads a number as it was put in: whole ones stay as they came, which takes no memory.
func numberOf(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

func newShape(root string, fields []Field) *shape {
	s := &shape{root: root, fields: fields, index: make(map[string]int, len(fields)), types: make([]*types.FieldType, len(fields))}
	for i, f := range fields {
		s.index[f.Code] = i
		s.names = append(s.names, root+"."+f.Code)
		s.mine = append(s.mine, "me."+f.Code)
		missing := errors.New("missing " + s.names[i])
		s.types[i] = &types.FieldType{
			Type: f.Kind.cel(),
			IsSet: func(target any) bool {
				r := target.(*Row)
				if r.vals[i] == nil {
					r.note(i)
					return false
				}
				return true
			},
			GetFrom: func(target any) (any, error) {
				r := target.(*Row)
				switch v := r.vals[i].(type) {
				case nil:
					r.note(i)
					return nil, missing
				case int64:
					return float64(v), nil
				default:
					return v, nil
				}
			},
		}
	}
	return s
}

// provider tells the checker and the planner about our rows.
type provider struct {
	*types.Registry
	shapes map[string]*shape
}

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.shapes[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Registry.FindStructType(name)
}

func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	s, ok := p.shapes[name]
	if !ok {
		return p.Registry.FindStructFieldNames(name)
	}
	out := make([]string, len(s.fields))
	for i, f := range s.fields {
		out[i] = f.Code
	}
	return out, true
}

func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	s, ok := p.shapes[name]
	if !ok {
		return p.Registry.FindStructFieldType(name, field)
	}
	i, ok := s.index[field]
	if !ok {
		return nil, false
	}
	return s.types[i], true
}

// Row holds the values of one household, person, village or of the parameters.
type Row struct {
	shape *shape
	frame *Frame
	// root is the variable it stands for, by which its missing facts are named.
	root   string
	letter byte
	// vals are string, bool, int64, float64 or []string; nil is missing.
	vals []any
	why  [][]string
}

// note records that field i was wanted and not there.
func (r *Row) note(i int) {
	r.frame.noted = append(r.frame.noted, spot{r.letter, i})
}

// absent appends what is to be asked for want of the field: its own name, or what it was to be computed from.
func (r *Row) absent(i int, out []string) []string {
	if r.vals[i] != nil {
		return out
	}
	if r.why[i] == nil {
		if r.root == "me" {
			return append(out, r.shape.mine[i])
		}
		return append(out, r.shape.names[i])
	}
	for _, name := range r.why[i] {
		if own, mine := strings.CutPrefix(name, "me."); mine && r.letter != 'e' {
			if i, ok := r.shape.index[own]; ok {
				name = r.shape.names[i]
			} else {
				name = r.root + "." + own
			}
		}
		out = append(out, name)
	}
	return out
}

// Has reports whether the field is known.
func (r *Row) Has(code string) bool {
	i, ok := r.shape.index[code]
	return ok && r.vals[i] != nil
}

// Set puts a value: string, bool, an integer, float64, []string or []any of strings. Nil, "" and an empty list of nothing
// known are missing. The error says that the value does not fit the field's kind; the field is then missing.
func (r *Row) Set(code string, v any) error {
	i, ok := r.shape.index[code]
	if !ok {
		return nil
	}
	return r.Put(i, v)
}

// Put is Set by the field's place.
func (r *Row) Put(i int, v any) error {
	val, err := convert(r.shape.fields[i].Kind, v)
	r.vals[i] = val
	return err
}

// Place returns where a field stands in the rows of its kind; −1 is nowhere.
func (r *Row) Place(code string) int {
	if i, ok := r.shape.index[code]; ok {
		return i
	}
	return -1
}

// Known is Has by the field's place.
func (r *Row) Known(i int) bool { return i >= 0 && r.vals[i] != nil }

// Unset marks a computed field as unknown for want of the missing fields named.
func (r *Row) Unset(code string, missing []string) {
	if i, ok := r.shape.index[code]; ok {
		r.vals[i] = nil
		r.why[i] = missing
	}
}

func convert(k Kind, v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case string:
		if x == "" {
			return nil, nil
		}
		if k == Text {
			return v, nil
		}
	case bool:
		if k == Bool {
			return v, nil
		}
	case int64, float64:
		if k == Number {
			return v, nil
		}
	case int:
		if k == Number {
			return int64(x), nil
		}
	case []string:
		if k == Texts {
			return v, nil
		}
	case []any:
		if k == Texts {
			l := make([]string, 0, len(x))
			for _, e := range x {
				s, ok := e.(string)
				if !ok {
					return nil, fmt.Errorf("要的是%s", k)
				}
				l = append(l, s)
			}
			return l, nil
		}
	}
	return nil, fmt.Errorf("要的是%s，得到的是 %v", k, v)
}

// The methods below make a row a value of the expression language.

// ConvertToNative implements ref.Val.
func (r *Row) ConvertToNative(reflect.Type) (any, error) { return r, nil }

// ConvertToType implements ref.Val.
func (r *Row) ConvertToType(ref.Type) ref.Val { return types.NewErr("a row has no other type") }

// Equal implements ref.Val; the profile never compares rows.
func (r *Row) Equal(other ref.Val) ref.Val { o, ok := other.(*Row); return types.Bool(ok && o == r) }

// Type implements ref.Val.
func (r *Row) Type() ref.Type { return rowType }

// Value implements ref.Val.
func (r *Row) Value() any { return r }

var rowType = types.NewObjectType("Row")

// Frame is what one evaluation looks at. It is reused from household to household and belongs to one goroutine.
type Frame struct {
	h, me, v, p *Row
	members     []*Row
	// spare are all member rows ever made, selves the same rows as `me`.
	spare, selves []*Row
	list          ref.Val
	today         types.String
	// noted are the fields that the last expression wanted and that were not there.
	noted []spot
	// names is room for Missing.
	names []string
	last  *Expr
	// each are the members that the macros under way are at, the outermost macro first.
	each [mostEach]*Row
	// lost says that the last expression was not decided without the engine.
	lost  bool
	space *Space
}

// NewFrame returns an empty frame.
func (sp *Space) NewFrame() *Frame {
	f := &Frame{space: sp}
	f.h = f.row("Household")
	f.v = f.row("Village")
	f.p = f.row("Params")
	f.SetMembers(0)
	return f
}

func (f *Frame) row(name string) *Row {
	s := f.space.shapes[name]
	return &Row{shape: s, frame: f, root: s.root, letter: roots[s.root], vals: make([]any, len(s.fields)), why: make([][]string, len(s.fields))}
}

func (r *Row) clear() {
	clear(r.vals)
	clear(r.why)
}

// Clear empties the household, village and member rows; the parameters and the day stay.
func (f *Frame) Clear() {
	f.h.clear()
	f.v.clear()
	f.me = nil
}

// SetDay sets `today`.
func (f *Frame) SetDay(day string) { f.today = types.String(day) }

// SetMembers makes n empty member rows.
func (f *Frame) SetMembers(n int) {
	for len(f.spare) < n {
		r := f.row("Person")
		f.spare = append(f.spare, r)
		f.selves = append(f.selves, &Row{shape: r.shape, frame: f, root: "me", letter: 'e', vals: r.vals, why: r.why})
	}
	f.members = f.spare[:n]
	for _, r := range f.members {
		r.clear()
	}
	f.list = nil
}

// all is the members as the engine wants them, who seldom asks.
func (f *Frame) all() ref.Val {
	if f.list == nil {
		vals := make([]ref.Val, len(f.members))
		for i, r := range f.members {
			vals[i] = r
		}
		f.list = types.NewRefValList(types.DefaultTypeAdapter, vals)
	}
	return f.list
}

// H is the household's row; Village, Params and Member are the others'.
func (f *Frame) H() *Row { return f.h }

// Village is the village's row.
func (f *Frame) Village() *Row { return f.v }

// Params is the row of parameters in force.
func (f *Frame) Params() *Row { return f.p }

// Member is the row of member i.
func (f *Frame) Member(i int) *Row { return f.members[i] }

// SetMe makes member i the one in question; −1 none.
func (f *Frame) SetMe(i int) {
	f.me = nil
	if i >= 0 {
		f.me = f.selves[i]
	}
}

// ResolveName implements the activation of the expression engine.
func (f *Frame) ResolveName(name string) (any, bool) {
	switch name {
	case "h":
		return f.h, true
	case "m":
		return f.all(), true
	case "me":
		if f.me == nil {
			return nil, false
		}
		return f.me, true
	case "v":
		return f.v, true
	case "p":
		return f.p, true
	case "today":
		return f.today, true
	}
	return nil, false
}

// Parent implements the activation of the expression engine.
func (f *Frame) Parent() interpreter.Activation { return nil }
