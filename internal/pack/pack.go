// Package pack reads a notice written as data: the clauses, the task list, the facts, the parameters with their dates,
// the classes, the forms and the rules, in strict YAML with CEL expressions. It refuses what does not hold together and says
// where, checks the rules against formalism, and gives the compiled pack one canonical JSON and one digest. It knows no
// household, no store and no number of any notice.
package pack

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"sort"
	"strings"

	"golang.org/x/text/unicode/norm"

	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/errs"
	"gonggu/internal/pack/expr"
)

// Complaint is one fault of a pack, in Chinese, with its place. Rule names the rule against formalism that is broken, if one is.
type Complaint struct {
	Pos
	Say  string
	Rule string
}

func (c Complaint) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", c.File, c.Line, c.Col, c.Say)
	if c.Rule != "" {
		s += "（" + c.Rule + "）"
	}
	return s
}

// Content is what a pack says; the names are those of its compiled JSON. After loading, money is in fen, areas in
// hundredths, and expressions are plain CEL with all numbers double.
type Content struct {
	Head      Head       `yaml:"head"`
	Clauses   []Clause   `yaml:"clauses,optional"`
	Blocks    []Block    `yaml:"blocks,optional"`
	Items     []Item     `yaml:"items,optional"`
	Units     []Unit     `yaml:"units,optional"`
	Params    []Param    `yaml:"params,optional"`
	Facts     FactBook   `yaml:"facts"`
	Codes     []CodeList `yaml:"codes,optional"`
	Classes   []Class    `yaml:"classes,optional"`
	Derived   []Derived  `yaml:"derived,optional"`
	Forms     []Form     `yaml:"forms,optional"`
	Rules     []Rule     `yaml:"rules,optional"`
	Registers []Register `yaml:"registers,optional"`
	Imports   []Shape    `yaml:"imports,optional"`
	Privacy   Privacy    `yaml:"privacy,optional"`
	Years     []Year     `yaml:"calendar,optional"`
}

// Pack is a loaded pack. It is read-only and safe for concurrent use.
type Pack struct {
	Content
	digest   string
	compiled []byte
	space    *expr.Space
	exprs    map[string]*expr.Expr
	index    *index
	worked   *clock.Calendar
}

// Digest is the lower-case hex SHA-256 of CompiledJSON: the pack's identity.
func (p *Pack) Digest() string { return p.digest }

// Version is the label people use: "shenqiu-2022@1".
func (p *Pack) Version() string { return p.Head.ID + "@" + p.Head.Version }

// CompiledJSON is the canonical JSON that phones and desks evaluate. It must not be changed.
func (p *Pack) CompiledJSON() []byte { return p.compiled }

// Space is what the pack's expressions are compiled in.
func (p *Pack) Space() *expr.Space { return p.space }

// The kinds of expression keys.
const (
	ofClass    = "class:"
	ofDerived  = "derived:"
	ofRule     = "rule:"
	ofSection  = "section:"
	ofQuestion = "question:"
)

// ClassWhen returns a class's condition.
func (p *Pack) ClassWhen(id string) *expr.Expr { return p.exprs[ofClass+id] }

// DerivedFormula returns a derived value's formula; of is household or person.
func (p *Pack) DerivedFormula(of, code string) *expr.Expr { return p.exprs[ofDerived+of+"/"+code] }

// RuleWhen returns a rule's condition, nil if it has none.
func (p *Pack) RuleWhen(id string) *expr.Expr { return p.exprs[ofRule+id] }

// SectionWhen and QuestionWhen return when a section or question is asked, nil if always.
func (p *Pack) SectionWhen(form, section string) *expr.Expr {
	return p.exprs[ofSection+form+"/"+section]
}

// QuestionWhen returns when a question is asked, nil if always.
func (p *Pack) QuestionWhen(form, question string) *expr.Expr {
	return p.exprs[ofQuestion+form+"/"+question]
}

// Fact finds a fact, derived value or answer by root (h, m, me, v) and code; the third is false if there is none.
// What is derived or answered comes as a Fact too.
func (p *Pack) Fact(root, code string) (Fact, bool) {
	f, ok := p.index.facts[rootOf(root)+"."+code]
	return f, ok
}

func rootOf(r string) string {
	if r == "me" {
		return "m"
	}
	return r
}

// CodeName returns the Chinese name of a code of a list, or the code itself when the list lacks it.
func (p *Pack) CodeName(list, code string) string {
	if n, ok := p.index.codes[list][code]; ok {
		return n
	}
	return code
}

// ParamOn returns the parameter in force on a day (the last one written, if periods overlap).
func (p *Pack) ParamOn(code, day string) (Param, bool) {
	for _, x := range slices.Backward(p.Params) {
		if x.Code == code && (x.From == "" || day >= x.From) && (x.To == "" || day <= x.To) {
			return x, true
		}
	}
	return Param{}, false
}

// loader gathers the complaints of one load.
type loader struct {
	bad      []Complaint
	compiled bool
	broken   bool // a file could not be read, so that names cannot be resolved
	lines    map[string][]string
	content  Content
	index    *index
	space    *expr.Space
	exprs    map[string]*expr.Expr
}

func (l *loader) say(at Pos, format string, args ...any) {
	l.bad = append(l.bad, Complaint{Pos: at, Say: fmt.Sprintf(format, args...)})
}

// Load reads the pack in root. It returns every complaint at once, sorted by place; the pack is nil if there is one.
func Load(root fs.FS) (*Pack, []Complaint) {
	l := &loader{lines: map[string][]string{}, exprs: map[string]*expr.Expr{}}
	l.read(root)
	p := l.finish()
	sort.SliceStable(l.bad, func(i, j int) bool {
		a, b := l.bad[i].Pos, l.bad[j].Pos
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
	l.bad = slices.CompactFunc(l.bad, func(a, b Complaint) bool { return a == b })
	if len(l.bad) > 0 {
		return nil, l.bad
	}
	return p, nil
}

// FromCompiled loads a pack from its CompiledJSON. The error is *errs.Error pack.invalid.
func FromCompiled(b []byte) (*Pack, error) {
	v, err := canon.Parse(b)
	if err != nil {
		return nil, errs.New(errs.Invalid, "pack.invalid", "方案包的内容损坏，请重新导入方案包").Because(err)
	}
	n, err := fromJSON("", numbers(v))
	if err != nil {
		return nil, errs.New(errs.Invalid, "pack.invalid", "方案包的内容损坏，请重新导入方案包").Because(err)
	}
	l := &loader{compiled: true, lines: map[string][]string{}, exprs: map[string]*expr.Expr{}}
	l.decode(n, &l.content)
	p := l.finish()
	if len(l.bad) > 0 {
		return nil, errs.New(errs.Invalid, "pack.invalid", "方案包的内容不符合要求："+l.bad[0].Say).Because(fmt.Errorf("%s", l.bad[0]))
	}
	return p, nil
}

// numbers turns canonical integers into what fromJSON reads.
func numbers(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k, e := range x {
			x[k] = numbers(e)
		}
	case []any:
		for i, e := range x {
			x[i] = numbers(e)
		}
	case int64:
		return json.Number(fmt.Sprint(x))
	}
	return v
}

func (l *loader) read(root fs.FS) {
	c := &l.content
	var items Items
	for _, f := range []struct {
		name     string
		into     any
		optional bool
	}{
		{"pack.yaml", &c.Head, false}, {"clauses.yaml", &c.Clauses, false}, {"items.yaml", &items, false},
		{"units.yaml", &c.Units, false}, {"params.yaml", &c.Params, false}, {"facts.yaml", &c.Facts, false},
		{"codes.yaml", &c.Codes, false}, {"classes.yaml", &c.Classes, false}, {"derived.yaml", &c.Derived, true},
		{"registers.yaml", &c.Registers, true}, {"imports.yaml", &c.Imports, true}, {"privacy.yaml", &c.Privacy, true},
		{"calendar.yaml", &c.Years, true},
	} {
		n := l.file(root, f.name, f.optional)
		if n != nil {
			l.decode(n, f.into)
		}
	}
	c.Blocks, c.Items = items.Blocks, items.Items
	for _, name := range glob(root, "forms") {
		if n := l.file(root, name, false); n != nil {
			var f Form
			l.decode(n, &f)
			c.Forms = append(c.Forms, f)
		}
	}
	for _, name := range glob(root, "rules") {
		if n := l.file(root, name, false); n != nil {
			var rs []Rule
			l.decode(n, &rs)
			c.Rules = append(c.Rules, rs...)
		}
	}
	for _, name := range glob(root, ".") {
		if l.lines[name] == nil {
			l.say(Pos{name, 1, 1}, "方案包里没有这种文件：检查文件名是不是写错了")
		}
	}
}

func glob(root fs.FS, dir string) []string {
	entries, err := fs.ReadDir(root, dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if ext := path.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			out = append(out, path.Join(dir, e.Name()))
		}
	}
	return out
}

func (l *loader) file(root fs.FS, name string, optional bool) *node {
	b, err := fs.ReadFile(root, name)
	if err != nil {
		l.lines[name] = []string{}
		if !optional {
			l.say(Pos{name, 1, 1}, "缺少文件 %s", name)
		}
		return nil
	}
	text := norm.NFC.String(strings.ReplaceAll(strings.TrimPrefix(string(b), "\ufeff"), "\r\n", "\n"))
	l.lines[name] = strings.Split(text, "\n")
	return l.parseYAML(name, []byte(text))
}

// finish resolves the names, compiles the expressions, and seals the pack.
func (l *loader) finish() *Pack {
	if l.broken {
		return nil
	}
	l.resolve()
	l.compile()
	if !l.compiled {
		l.formalism()
	}
	if len(l.bad) > 0 {
		return nil
	}
	b, err := canon.Marshal(encode(reflect.ValueOf(l.content)))
	if err != nil {
		l.say(Pos{"pack.yaml", 1, 1}, "方案包写不成标准格式：%v", err)
		return nil
	}
	return &Pack{Content: l.content, digest: canon.HashBytes(b), compiled: b, space: l.space, exprs: l.exprs, index: l.index, worked: l.content.workdays()}
}

// at returns where the value of key stands in the element marked m.
func (m Mark) at(key string) Pos {
	if p, ok := m.keys[key]; ok {
		return p
	}
	return Pos{m.File, m.Line, m.Col}
}

// within returns where the character off of a scalar's value stands: the value's text is laid along the source.
func (l *loader) within(at Pos, value string, off int) Pos {
	lines := l.lines[at.File]
	if at.Line < 1 || at.Line > len(lines) {
		return at
	}
	line, col := at.Line-1, at.Col-1
	raw := []rune(lines[line])
	next := func() bool {
		col++
		for col >= len(raw) {
			line++
			if line >= len(lines) {
				return false
			}
			raw, col = append([]rune(lines[line]), '\n'), 0
		}
		return true
	}
	raw = append(raw, '\n')
	for i, c := range []rune(value) {
		if c == ' ' || c == '\n' {
			for col < len(raw) && (raw[col] == ' ' || raw[col] == '\n') && next() {
			}
			continue
		}
		for raw[col] != c {
			if !next() {
				return at
			}
		}
		if i >= off {
			break
		}
		if !next() {
			return at
		}
	}
	return Pos{at.File, line + 1, col + 1}
}
