// Package expr is the narrow CEL profile of the packs: every number is a double, days are text, and a value that is not
// known makes the result unknown instead of false. It checks expressions against a typed schema of facts, counts their cost
// before they ever run, and evaluates them. It knows neither YAML nor rules, and no fact by name.
package expr

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Kind is the type of a value in an expression.
type Kind int

// The kinds: text (also codes, days and months), bool, number (a double), and a list of texts.
const (
	Text Kind = iota
	Bool
	Number
	Texts
)

// Field is a fact, a derived value, an answer or a parameter that expressions may read.
type Field struct {
	Code string
	Kind Kind
}

// Schema declares the fields of each root. A person's fields serve m and me.
type Schema struct {
	Household, Person, Village, Params []Field
}

// Root says which of the variables an expression may use.
type Root uint8

// The variables of the profile; All but Me is what a household's expression sees.
const (
	H Root = 1 << iota
	M
	Me
	V
	P
	Today
	Household = H | M | V | P | Today
	Person    = Household | Me
	Village   = V | P | Today
)

// maxCost bounds the estimated cost of one expression for a family of maxMembers.
const (
	maxCost    = 200_000
	maxMembers = 20
	maxText    = 100
)

// Complaint is a fault of an expression; Off counts characters from the start of the source.
type Complaint struct {
	Off int
	Say string
}

// Space is a set of declared fields that expressions are compiled in; safe for concurrent use.
type Space struct {
	shapes map[string]*shape
	envs   map[Root]*cel.Env
}

// NewSpace declares the schema.
func NewSpace(s Schema) (*Space, error) {
	sp := &Space{shapes: map[string]*shape{
		"Household": newShape("h", s.Household),
		"Person":    newShape("m", s.Person),
		"Village":   newShape("v", s.Village),
		"Params":    newShape("p", s.Params),
	}, envs: map[Root]*cel.Env{}}
	for _, r := range []Root{Household, Person, Village} {
		env, err := sp.env(r)
		if err != nil {
			return nil, err
		}
		sp.envs[r] = env
	}
	return sp, nil
}

func (sp *Space) env(r Root) (*cel.Env, error) {
	reg, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	opts := []cel.EnvOption{
		cel.CustomTypeAdapter(reg),
		cel.CustomTypeProvider(&provider{Registry: reg, shapes: sp.shapes}),
		cel.EnableMacroCallTracking(),
		cel.Variable("p", cel.ObjectType("Params")),
		cel.Variable("v", cel.ObjectType("Village")),
		cel.Variable("today", cel.StringType),
	}
	if r&H != 0 {
		opts = append(opts, cel.Variable("h", cel.ObjectType("Household")), cel.Variable("m", cel.ListType(cel.ObjectType("Person"))))
	}
	if r&Me != 0 {
		opts = append(opts, cel.Variable("me", cel.ObjectType("Person")))
	}
	return cel.NewEnv(append(opts, functions()...)...)
}

// Read is a field that an expression reads: Root is h, m (any member), me, v or p.
type Read struct{ Root, Code string }

func (r Read) String() string { return r.Root + "." + r.Code }

// Expr is a checked expression, safe for concurrent use.
type Expr struct {
	// Text is the expression in plain CEL, every number a double: what the phone evaluates.
	Text string
	// Reads are the fields it may read, sorted.
	Reads []Read
	// Compares are its comparisons with a numeric parameter outside any macro.
	Compares []Compare

	program cel.Program
	// the one of the kind answers most before the program is asked
	quick  quick
	number number
	text   text
	// leaves are the fields read between one &&, ||, ? or : and the next.
	leaves [][]spot
	// missed is what was last found missing: mostly it is the same.
	missed atomic.Pointer[[]string]
}

// Compare is a comparison of a value with a parameter; Left is the other side, in CEL.
type Compare struct {
	Left  string
	Param string
	Op    string
}

// Compile checks src, which may use the variables of root, for a result of kind want. Complaints are in Chinese.
func (sp *Space) Compile(src string, root Root, want Kind) (*Expr, []Complaint) {
	text, shifts, bad := patch(src)
	if len(bad) > 0 {
		return nil, bad
	}
	env := sp.envs[root]
	tree, iss := env.Compile(text)
	if iss != nil && iss.Err() != nil {
		var out []Complaint
		for _, e := range iss.Errors() {
			off, _ := offset(text, e.Location.Line(), e.Location.Column())
			say, fix := translate(e.Message, text, off)
			out = append(out, Complaint{Off: shifts.back(off + fix), Say: say})
		}
		return nil, out
	}
	if bad := sp.profile(tree, shifts); len(bad) > 0 {
		return nil, bad
	}
	if !tree.OutputType().IsExactType(want.cel()) {
		return nil, []Complaint{{Say: fmt.Sprintf("这里要的是%s，表达式的结果却是%s", want, typeName(tree.OutputType().String()))}}
	}
	if c := cost(env, tree); c > maxCost {
		return nil, []Complaint{{Say: fmt.Sprintf("这个表达式太费时（估计 %d 步，上限 %d 步）：少套一层 exists/filter", c, maxCost)}}
	}
	prg, err := env.Program(tree, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, []Complaint{{Say: "表达式不能运行：" + err.Error()}}
	}
	e := &Expr{Text: text, program: prg, leaves: sp.spots(leavesOf(text))}
	e.scan(tree)
	k := &maker{tree: tree.NativeRep(), shapes: sp.shapes}
	switch root := k.tree.Expr(); want {
	case Bool:
		e.quick = k.condition(root)
	case Number:
		e.number = k.number(root)
	case Text:
		e.text = k.text(root)
	}
	return e, nil
}

func (k Kind) cel() *types.Type {
	switch k {
	case Bool:
		return types.BoolType
	case Number:
		return types.DoubleType
	case Texts:
		return types.NewListType(types.StringType)
	}
	return types.StringType
}

func (k Kind) String() string {
	return [...]string{"文字", "是/否", "数值", "多个文字"}[k]
}

// profile refuses what cel-go would allow and the profile does not.
func (sp *Space) profile(tree *cel.Ast, shifts shifts) []Complaint {
	native := tree.NativeRep()
	var out []Complaint
	info := native.SourceInfo()
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || e.AsCall().FunctionName() == "size" {
			return
		}
		for _, a := range e.AsCall().Args() {
			t := native.GetType(a.ID())
			if t.Kind() == types.StructKind || t.Kind() == types.ListKind && t.Parameters()[0].Kind() == types.StructKind {
				if name := e.AsCall().FunctionName(); name == "_==_" || name == "_!=_" || name == "@in" {
					out = append(out, Complaint{Off: shifts.back(int(info.GetStartLocation(a.ID()).Column())), Say: "户、人、村不能整个拿来比较：写出要比较的事实"})
				}
			}
		}
	}))
	return out
}

// scan finds what the expression reads and its comparisons with parameters.
func (e *Expr) scan(tree *cel.Ast) {
	native := tree.NativeRep()
	info := native.SourceInfo()
	seen := map[Read]bool{}
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.SelectKind {
			if r, ok := readOf(native, x); ok && !seen[r] {
				seen[r] = true
				e.Reads = append(e.Reads, r)
			}
		}
	}))
	slices.SortFunc(e.Reads, func(a, b Read) int { return cmpText(a.String(), b.String()) })
	e.compares(native, native.Expr(), info)
}

func cmpText(a, b string) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

func readOf(native *ast.AST, x ast.Expr) (Read, bool) {
	op := x.AsSelect().Operand()
	field := x.AsSelect().FieldName()
	if op.Kind() == ast.IdentKind {
		switch name := op.AsIdent(); name {
		case "h", "me", "v", "p":
			if native.GetType(op.ID()).Kind() == types.StructKind {
				return Read{name, field}, true
			}
		}
	}
	if t := native.GetType(op.ID()); t.Kind() == types.StructKind && t.TypeName() == "Person" {
		return Read{"m", field}, true
	}
	return Read{}, false
}

var flipped = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

func (e *Expr) compares(native *ast.AST, x ast.Expr, info *ast.SourceInfo) {
	if x.Kind() != ast.CallKind {
		return
	}
	call := x.AsCall()
	ops := map[string]string{"_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}
	op, ok := ops[call.FunctionName()]
	if !ok {
		for _, a := range call.Args() {
			e.compares(native, a, info)
		}
		return
	}
	l, r := call.Args()[0], call.Args()[1]
	param := func(y ast.Expr) string {
		if y.Kind() == ast.SelectKind && native.GetType(y.ID()).Kind() == types.DoubleKind {
			if rd, ok := readOf(native, y); ok && rd.Root == "p" {
				return rd.Code
			}
		}
		return ""
	}
	other := l
	code := param(r)
	if code == "" {
		code, other, op = param(l), r, flipped[op]
	}
	if code == "" {
		return
	}
	text, err := cel.ExprToString(other, info)
	if err == nil {
		e.Compares = append(e.Compares, Compare{Left: text, Param: code, Op: op})
	}
}

// estimator tells cel-go how large the variables get.
type estimator struct{}

func (estimator) EstimateSize(n checker.AstNode) *checker.SizeEstimate {
	if n.Type().Kind() == types.ListKind {
		return &checker.SizeEstimate{Min: 0, Max: maxMembers}
	}
	return &checker.SizeEstimate{Min: 0, Max: maxText}
}

func (estimator) EstimateCallCost(fn, _ string, _ *checker.AstNode, _ []checker.AstNode) *checker.CallEstimate {
	switch fn {
	case "days", "age_on", "div":
		return &checker.CallEstimate{CostEstimate: checker.CostEstimate{Min: 1, Max: 2}}
	}
	return nil
}

func cost(env *cel.Env, tree *cel.Ast) uint64 {
	c, err := env.EstimateCost(tree, estimator{})
	if err != nil {
		return maxCost + 1
	}
	return c.Max
}

// State is how an evaluation ended.
type State int

// Done has a value; Unknown lacks a fact or divides by zero; Fault is an error of the expression or its data.
const (
	Done State = iota
	Unknown
	Fault
)

// Result is what an evaluation gave: Value is string, bool, float64 or []string.
type Result struct {
	State State
	Value any
	Err   string
}

// True reports a result that is done and true.
func (r Result) True() bool { b, ok := r.Value.(bool); return r.State == Done && ok && b }

// Eval evaluates e. If the result is unknown, f.Missing has what was not known.
func (e *Expr) Eval(f *Frame) Result {
	f.noted, f.last, f.lost = f.noted[:0], e, false
	switch {
	case e.quick != nil:
		if a := e.quick(f, nil); a != unsure {
			return Result{Value: a == yes}
		}
	case e.number != nil:
		if n, ok := e.number(f, nil); ok {
			return Result{Value: n}
		}
	case e.text != nil:
		if s, ok := e.text(f, nil); ok {
			return Result{Value: s}
		}
	default:
		f.lost = true
	}
	if !f.lost {
		return Result{State: Unknown}
	}
	f.noted = f.noted[:0]
	return e.run(f)
}

// run asks the expression engine.
func (e *Expr) run(f *Frame) Result {
	v, _, err := e.program.Eval(f)
	if err != nil {
		if len(f.noted) > 0 || errors.Is(err, errZero) {
			return Result{State: Unknown}
		}
		return Result{State: Fault, Err: err.Error()}
	}
	switch x := v.(type) {
	case types.Bool:
		return Result{Value: bool(x)}
	case types.Double:
		return Result{Value: float64(x)}
	case types.String:
		return Result{Value: string(x)}
	}
	return Result{Value: textsOf(v)}
}

func textsOf(v ref.Val) []string {
	l, ok := v.(interface {
		Size() ref.Val
		Get(ref.Val) ref.Val
	})
	if !ok {
		return nil
	}
	n := int(l.Size().(types.Int))
	out := make([]string, n)
	for i := range n {
		s, _ := l.Get(types.Int(i)).(types.String)
		out[i] = string(s)
	}
	return out
}

// spots finds the fields that the leaves of an expression name.
func (sp *Space) spots(leaves [][]Read) (out [][]spot) {
	shapes := map[string]*shape{"h": sp.shapes["Household"], "m": sp.shapes["Person"], "me": sp.shapes["Person"], "v": sp.shapes["Village"], "p": sp.shapes["Params"]}
	for _, leaf := range leaves {
		var all []spot
		for _, r := range leaf {
			if i, ok := shapes[r.Root].index[r.Code]; ok {
				all = append(all, spot{roots[r.Root], i})
			}
		}
		out = append(out, all)
	}
	return out
}

// Missing returns the facts to be asked for when the last evaluation ended unknown, sorted, each once; it is not to be written to. Of
// each condition that wanted a missing fact it names all that are missing: the engines stop at the first, in an order of their own.
func (f *Frame) Missing() []string {
	out := f.names[:0]
	for _, leaf := range f.last.leaves {
		if !f.wanted(leaf) {
			continue
		}
		for _, r := range leaf {
			switch {
			case r.root == 'h':
				out = f.h.absent(r.field, out)
			case r.root == 'v':
				out = f.v.absent(r.field, out)
			case r.root == 'p':
				out = f.p.absent(r.field, out)
			case r.root == 'e' && f.me != nil:
				out = f.me.absent(r.field, out)
			case r.root == 'm':
				for _, m := range f.members {
					out = m.absent(r.field, out)
				}
			}
		}
	}
	slices.Sort(out)
	f.names = slices.Compact(out)
	if was := f.last.missed.Load(); was != nil && slices.Equal(*was, f.names) {
		return *was
	}
	fresh := append(make([]string, 0, len(f.names)), f.names...)
	f.last.missed.Store(&fresh)
	return fresh
}

// wanted reports whether the last expression noted a field of the leaf.
func (f *Frame) wanted(leaf []spot) bool {
	for _, r := range leaf {
		if slices.Contains(f.noted, r) {
			return true
		}
	}
	return false
}
