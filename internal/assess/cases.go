package assess

import (
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"gonggu/internal/errs"
	"gonggu/internal/pack"
	"gonggu/internal/pack/expr"
)

// CaseResult is one example of a rule and what came of it. Got is hit, miss, unknown or fault; Say is the sentence of a hit, the
// missing facts of an unknown, the reason of a fault.
type CaseResult struct {
	pack.Pos
	Rule string
	Case string
	Want string
	Got  string
	Say  string
	// WantSay is the sentence the case asks for, "" if it does not.
	WantSay string
}

// OK reports whether the rule got the example right.
func (c CaseResult) OK() bool {
	return c.Want == c.Got && (c.WantSay == "" || c.WantSay == c.Say)
}

func (c CaseResult) String() string {
	words := map[string]string{"hit": "命中", "miss": "不命中", "unknown": "不清楚", "fault": "出错"}
	if c.Want == c.Got {
		return fmt.Sprintf("规则 %s 的例子“%s”说的是“%s”，应为“%s”", c.Rule, c.Case, c.Say, c.WantSay)
	}
	s := fmt.Sprintf("规则 %s 的例子“%s”应为%s，实为%s", c.Rule, c.Case, words[c.Want], words[c.Got])
	if c.Say != "" {
		s += "（" + c.Say + "）"
	}
	return s
}

// RunCases runs every example of every rule.
func RunCases(p *pack.Pack) ([]CaseResult, error) {
	e, err := Compile(p)
	if err != nil {
		return nil, err
	}
	var out []CaseResult
	for i := range e.rules {
		for _, c := range e.rules[i].Cases {
			out = append(out, e.runCase(&e.rules[i], c))
		}
	}
	return out, nil
}

func (e *Engine) runCase(r *rule, c pack.Case) CaseResult {
	res := CaseResult{Pos: pack.Pos{File: c.File, Line: c.Line, Col: c.Col}, Rule: r.ID, Case: c.Name, Want: c.Expect, WantSay: c.Say, Got: "miss"}
	fail := func(err error) CaseResult {
		res.Got, res.Say = "fault", err.Error()
		return res
	}
	switch r.Kind {
	case "group":
		found, err := e.Group(r.ID, e.caseDay(c), slices.Values(caseRows(c)))
		if err != nil {
			return fail(err)
		}
		if len(found) > 0 {
			res.Got, res.Say = "hit", found[0].Say
		}
		return res
	case "expect":
		gaps, err := e.Expect(r.ID, c.From, c.Today, []string{c.Subject}, func(yield func(string, string) bool) {
			for _, row := range c.Rows {
				who, ok := row[r.Rule.Expect.Over].(string)
				if !ok {
					who = c.Subject
				}
				on, _ := row["on"].(string)
				if !yield(who, on) {
					return
				}
			}
		})
		if err != nil {
			return fail(err)
		}
		if len(gaps) > 0 {
			res.Got, res.Say = "hit", gaps[0].Say
		}
		return res
	}
	l, member := e.caseLook(r, c)
	defer e.done(l)
	l.apply(r, member)
	for _, u := range l.out.Unknown {
		res.Got, res.Say = "unknown", strings.Join(u.Missing, "、")
	}
	for _, f := range l.out.Faults {
		return fail(fmt.Errorf("%s：%s", f.Of, f.Why))
	}
	for _, x := range append(l.out.Doubts, l.out.Problems...) {
		res.Got, res.Say = "hit", x.Say
	}
	return res
}

func caseRows(c pack.Case) []Row {
	var out []Row
	for _, r := range c.Rows {
		row := Row{Facts: Facts{}}
		for k, v := range r {
			switch k {
			case "household":
				row.Household, _ = v.(string)
			case "person":
				row.Person, _ = v.(string)
			default:
				row.Facts[k] = v
			}
		}
		out = append(out, row)
	}
	return out
}

// caseDay is the day of an example that names none: the campaign's first.
func (e *Engine) caseDay(c pack.Case) string {
	if c.Today == "" && len(e.pack.Head.Phases) > 0 {
		return e.pack.Head.Phases[0].From
	}
	return c.Today
}

func (e *Engine) caseLook(r *rule, c pack.Case) (*look, int) {
	members := make([]Facts, 0, len(c.M)+1)
	member := -1
	if r.Of == "person" {
		member = 0
		members = append(members, c.Me)
	}
	members = append(members, c.M...)
	l := e.look(e.caseDay(c), c.H, members, c.V)
	l.derive()
	if member >= 0 {
		l.SetMe(member)
	}
	return l, member
}

// thresholds complains of comparisons with a numeric parameter whose examples do not stand below, at and above it.
func (e *Engine) thresholds() []pack.Complaint {
	var out []pack.Complaint
	for i := range e.rules {
		r := &e.rules[i]
		if r.Kind != "each" {
			continue
		}
		root := map[string]expr.Root{"household": expr.Household, "person": expr.Person, "village": expr.Village}[r.Of]
		for _, c := range r.expr.Compares {
			left, bad := e.pack.Space().Compile(c.Left, root, expr.Number)
			if len(bad) > 0 {
				continue
			}
			seen := map[int]bool{}
			for _, k := range r.Cases {
				l, _ := e.caseLook(r, k)
				p, known := l.params[c.Param]
				if v := left.Eval(l.Frame); known && v.State == expr.Done {
					n, _ := p.Value.(int64)
					seen[compare(v.Value.(float64), float64(n))] = true
				}
				e.done(l)
			}
			var lack []string
			for j, word := range []string{"低于", "等于", "高于"} {
				if !seen[j-1] {
					lack = append(lack, word)
				}
			}
			if lack != nil {
				out = append(out, pack.Complaint{Pos: pack.Pos{File: r.File, Line: r.Line, Col: r.Col},
					Say: fmt.Sprintf("规则 %s 拿 %s 与参数 %s 比较，例子里缺少%s它的一例", r.ID, c.Left, c.Param, strings.Join(lack, "、"))})
			}
		}
	}
	return out
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Lint loads the pack in root and returns every complaint: those of pack.Load, examples that fail, thresholds without examples
// on all sides. The pack is nil when it does not load.
func Lint(root fs.FS) (*pack.Pack, []pack.Complaint) {
	p, bad := pack.Load(root)
	if p == nil {
		return nil, bad
	}
	e, err := Compile(p)
	if err != nil {
		return p, []pack.Complaint{{Pos: pack.Pos{File: "pack.yaml", Line: 1, Col: 1}, Say: err.Error()}}
	}
	for i := range e.rules {
		for _, c := range e.rules[i].Cases {
			if r := e.runCase(&e.rules[i], c); !r.OK() {
				bad = append(bad, pack.Complaint{Pos: r.Pos, Say: r.String()})
			}
		}
	}
	return p, append(bad, e.thresholds()...)
}

// WriteLint is `gonggu pack lint`: it prints every complaint, or the pack's digest. The error is pack.refused.
func WriteLint(w io.Writer, root fs.FS) error {
	p, bad := Lint(root)
	if len(bad) > 0 {
		return pack.Refuse(w, bad)
	}
	for _, c := range p.Warnings() {
		fmt.Fprintf(w, "提醒 %s\n", c)
	}
	fmt.Fprintf(w, "%s 没有问题\n摘要 %s\n条款 %d  任务 %d  事实 %d  类别 %d  计算项 %d  规则 %d  表 %d\n", p.Version(), p.Digest(),
		len(p.Clauses), len(p.Items), len(p.Facts.Household)+len(p.Facts.Person)+len(p.Facts.Village), len(p.Classes), len(p.Derived), len(p.Rules), len(p.Forms))
	return nil
}

// WriteTest is `gonggu pack test`: it runs the examples and prints those that fail. The error is pack.failed.
func WriteTest(w io.Writer, root fs.FS) error {
	p, bad := pack.Load(root)
	if p == nil {
		return pack.Refuse(w, bad)
	}
	results, err := RunCases(p)
	if err != nil {
		return err
	}
	failed := 0
	for _, r := range results {
		if !r.OK() {
			failed++
			fmt.Fprintf(w, "%s:%d:%d: %s\n", r.File, r.Line, r.Col, r)
		}
	}
	fmt.Fprintf(w, "例子 %d 个，通过 %d 个，不通过 %d 个\n", len(results), len(results)-failed, failed)
	if failed > 0 {
		return errs.Newf(errs.Invalid, "pack.failed", "有 %d 个例子不通过", failed)
	}
	return nil
}

// Amend is pack.Amend held against the rules' examples too: examples that an amended threshold has overtaken are left out of
// the pack, with the rest of their rule's.
func Amend(base *pack.Pack, version string, changes []pack.Change) (*pack.Pack, []pack.Complaint) {
	p, bad := pack.Amend(base, version, changes)
	if p == nil {
		return nil, bad
	}
	results, err := RunCases(p)
	if err != nil {
		return nil, []pack.Complaint{{Say: err.Error()}}
	}
	var overtaken []string
	for _, r := range results {
		if !r.OK() && !slices.Contains(overtaken, r.Rule) {
			overtaken = append(overtaken, r.Rule)
		}
	}
	if overtaken == nil {
		return p, nil
	}
	return p.WithoutCases(overtaken)
}
