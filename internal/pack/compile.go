package pack

import (
	"maps"
	"slices"
	"strings"

	"gonggu/internal/pack/expr"
)

func kindOf(typ string) expr.Kind {
	switch typ {
	case "bool":
		return expr.Bool
	case "int", "money", "hundredths", "ppm":
		return expr.Number
	case "codes":
		return expr.Texts
	}
	return expr.Text
}

// compile checks every expression and replaces it by its compiled text.
func (l *loader) compile() {
	var s expr.Schema
	for _, key := range slices.Sorted(maps.Keys(l.index.facts)) {
		f := expr.Field{Code: key[2:], Kind: kindOf(l.index.facts[key].Type)}
		switch key[0] {
		case 'h':
			s.Household = append(s.Household, f)
		case 'm':
			s.Person = append(s.Person, f)
		default:
			s.Village = append(s.Village, f)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(l.index.params)) {
		k := expr.Number
		if u := l.index.params[code].Unit; u == "day" || u == "text" {
			k = expr.Text
		}
		s.Params = append(s.Params, expr.Field{Code: code, Kind: k})
	}
	space, err := expr.NewSpace(s)
	if err != nil {
		l.say(Pos{"facts.yaml", 1, 1}, "事实表不能用于表达式：%v", err)
		return
	}
	l.space = space
	c := &l.content
	l.formulas()
	for i := range c.Classes {
		x := &c.Classes[i]
		l.expression(ofClass+x.ID, &x.When, expr.Household, expr.Bool, x.Mark, "when")
	}
	for i := range c.Rules {
		x := &c.Rules[i]
		root := map[string]expr.Root{"household": expr.Household, "person": expr.Person, "village": expr.Village}[x.Of]
		if x.When != "" && root != 0 {
			l.expression(ofRule+x.ID, &x.When, root, expr.Bool, x.Mark, "when")
		}
	}
	for i := range c.Forms {
		l.formExpressions(&c.Forms[i])
	}
}

func (l *loader) formExpressions(f *Form) {
	for j := range f.Sections {
		s := &f.Sections[j]
		own := map[string]expr.Root{"h": expr.Household, "m": expr.Person, "v": expr.Village}[SectionRoot(f, s)]
		if s.When != "" {
			root := own
			if root == expr.Person && !strings.Contains(s.When, "me.") {
				root = expr.Household
			}
			l.expression(ofSection+f.ID+"/"+s.ID, &s.When, root, expr.Bool, s.Mark, "when")
		}
		for k := range s.Questions {
			if q := &s.Questions[k]; q.When != "" {
				l.expression(ofQuestion+f.ID+"/"+q.ID, &q.When, own, expr.Bool, q.Mark, "when")
			}
		}
	}
}

// formulas compiles the derived values and sees that each uses only what is computed before it.
func (l *loader) formulas() {
	rank := map[string]int{}
	list := l.content.Derived
	order := func(i int) int { // persons first
		if list[i].Of == "person" {
			return i
		}
		return i + len(list)
	}
	for i, x := range list {
		rank[rootFor(x.Of)+"."+x.Code] = order(i) + 1
	}
	for i := range list {
		x := &list[i]
		root, words := expr.Household, []string{"today", "value", "h", "v", "p"}
		if x.Of == "person" {
			root, words = expr.Person, append(words, "me")
		}
		if x.Shown != "" {
			l.sentence(x.Shown, x.Mark, "shown", words, x.Sensitive)
		}
		e := l.expression(ofDerived+x.Of+"/"+x.Code, &x.Formula, root, kindOf(x.Type), x.Mark, "formula")
		if e == nil {
			continue
		}
		for _, r := range e.Reads {
			if rank[rootOf(r.Root)+"."+r.Code] > order(i) {
				l.say(x.at("formula"), "计算项 %s 用到了排在它后面的 %s：调整先后（人的计算项先算）", x.Code, r)
			}
			if r.Root == "m" && x.Of == "person" && rank["m."+r.Code] > 0 {
				l.say(x.at("formula"), "计算项 %s 不能用到家庭成员的计算项 %s：改用事实", x.Code, r)
			}
		}
	}
}

func (l *loader) expression(key string, src *string, root expr.Root, want expr.Kind, m Mark, name string) *expr.Expr {
	if strings.TrimSpace(*src) == "" {
		return nil
	}
	e, bad := l.space.Compile(*src, root, want)
	for _, b := range bad {
		l.bad = append(l.bad, Complaint{Pos: l.within(m.at(name), *src, b.Off), Say: b.Say})
	}
	if e == nil {
		return nil
	}
	for _, r := range e.Reads {
		if f, ok := l.index.facts[rootOf(r.Root)+"."+r.Code]; ok && (f.Sensitive == "identity" || f.Sensitive == "contact") && strings.HasPrefix(key, ofClass) {
			l.say(m.at(name), "类别不能由证件或联系方式（%s）决定", r)
		}
	}
	*src = e.Text
	l.exprs[key] = e
	return e
}
