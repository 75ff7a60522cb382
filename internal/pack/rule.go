package pack

import (
	"slices"
	"strconv"
	"strings"
)

func (l *loader) rules() {
	seen := map[string]bool{}
	for i := range l.content.Rules {
		x := &l.content.Rules[i]
		l.unique(seen, x.ID, x.Mark, "id", "规则", reID)
		l.oneOf(x.Yields, []string{"doubt", "problem"}, x.Mark, "yields")
		l.oneOf(x.Sensitive, secrets, x.Mark, "sensitive")
		l.known(l.index.items, []string{x.Item}, x.Mark, "item", "任务")
		l.known(l.index.units, x.Lead, x.Mark, "lead", "单位")
		l.known(l.index.units, x.Helping, x.Mark, "helping", "单位")
		l.cited(x.Clauses, x.Mark)
		if x.Days < 0 {
			l.say(x.at("days"), "“days”不能是负数")
		}
		if !l.oneOf(x.Kind, []string{"each", "group", "expect"}, x.Mark, "kind") ||
			!l.oneOf(x.Of, []string{"household", "person", "village"}, x.Mark, "of") {
			continue
		}
		l.ruleForm(x)
		l.needs(x)
		l.sentence(x.Say, x.Mark, "say", ruleWords(x), x.Sensitive)
		l.cases(x)
	}
}

// ruleForm checks what each kind of rule must and must not have.
func (l *loader) ruleForm(x *Rule) {
	if x.Kind == "each" && x.When == "" {
		l.say(x.Mark.at("when"), "kind 为 each 的规则要写 when")
	}
	if (x.Kind == "group") != (x.Group != nil) {
		l.say(x.at("group"), "kind 为 group 的规则要写 group，别的规则不写")
	}
	if (x.Kind == "expect") != (x.Expect != nil) {
		l.say(x.at("expect"), "kind 为 expect 的规则要写 expect，别的规则不写")
	}
	if g := x.Group; g != nil {
		who := []string{"household", "person"}
		if l.oneOf(g.Over, who, g.Mark, "over") && l.oneOf(g.Distinct, who, g.Mark, "distinct") {
			if x.Of != g.Over {
				l.say(x.at("of"), "group 规则的 of 要与 group.over 一样")
			}
			if _, ok := l.index.facts[rootFor(g.Over)+"."+g.By]; !ok {
				l.say(g.at("by"), "没有代码为 %s 的事实：先登记，或改正代码", g.By)
			}
		}
		if g.MoreThan < 1 {
			l.say(g.at("more_than"), "more_than 至少是 1")
		}
	}
	if e := x.Expect; e != nil {
		l.oneOf(e.Over, []string{"village", "household", "unit"}, e.Mark, "over")
		l.oneOf(e.Period, []string{"week", "month", "quarter", "year"}, e.Mark, "period")
		l.known(l.index.registers, []string{e.Of}, e.Mark, "of", "台账")
		if x.When != "" {
			l.say(x.at("when"), "expect 规则不写 when")
		}
	}
}

func (l *loader) needs(x *Rule) {
	for _, n := range x.Needs {
		root, _, _ := strings.Cut(n, ".")
		_, ok := l.index.facts[rootOf(root)+"."+strings.TrimPrefix(n, root+".")]
		if !ok || root == "me" && x.Of != "person" || root == "m" {
			l.say(x.at("needs"), "没有事实 %s：写成 h.代码、me.代码 或 v.代码", n)
		}
	}
}

func ruleWords(x *Rule) []string {
	switch {
	case x.Kind == "group":
		return []string{"today", "value", "n", "p"}
	case x.Kind == "expect":
		return []string{"period", "subject", "p"}
	case x.Of == "person":
		return []string{"today", "h", "me", "v", "p"}
	case x.Of == "village":
		return []string{"today", "v", "p"}
	}
	return []string{"today", "h", "v", "p"}
}

// sentence checks the placeholders of a sentence shown to people. What is secret may only stand in a rule marked so, and an
// identity, contact or account never.
func (l *loader) sentence(say string, m Mark, key string, words []string, secret string) {
	if strings.Count(say, "{") != strings.Count(say, "}") {
		l.say(m.at(key), "花括号没有配对")
	}
	for _, part := range Parts(say) {
		if part.Literal != "" {
			continue
		}
		name := part.Root + "." + part.Code
		if part.Root == "" {
			if !slices.Contains(words, part.Code) || len(part.Code) < 3 && part.Code != "n" {
				l.say(m.at(key), "这里没有 {%s}：只能用 %s", part.Code, placeholders(words))
			}
			continue
		}
		if !slices.Contains(words, part.Root) {
			l.say(m.at(key), "这里没有 {%s}：只能用 %s", name, placeholders(words))
			continue
		}
		if part.Root == "p" {
			if _, ok := l.index.params[part.Code]; !ok {
				l.say(m.at(key), "没有代码为 %s 的参数：先登记，或改正代码", part.Code)
			}
			continue
		}
		f, ok := l.index.facts[rootOf(part.Root)+"."+part.Code]
		switch {
		case !ok:
			l.say(m.at(key), "没有代码为 %s 的事实：先登记，或改正代码", part.Code)
		case f.Sensitive == "identity" || f.Sensitive == "contact":
			l.say(m.at(key), "{%s} 是证件或联系方式，不能写进给人看的话里", name)
		case f.Sensitive != "" && f.Sensitive != secret:
			l.say(m.at(key), "{%s} 是敏感信息：给这条加上 sensitive: %s，或不写进话里", name, f.Sensitive)
		}
	}
}

func placeholders(words []string) string {
	var out []string
	for _, w := range words {
		switch w {
		case "h", "me", "v", "p":
			w += ".代码"
		}
		out = append(out, "{"+w+"}")
	}
	return strings.Join(out, "、")
}

// cases checks the examples and turns their values into fen and hundredths.
func (l *loader) cases(x *Rule) {
	if x.Cases == nil && !l.compiled {
		l.say(Pos{x.File, x.Line, x.Col}, "缺少“cases”")
	}
	got := map[string]bool{}
	names := map[string]bool{}
	for i := range x.Cases {
		c := &x.Cases[i]
		if names[c.Name] {
			l.say(c.at("name"), "例子“%s”写了两次", c.Name)
		}
		names[c.Name] = true
		l.oneOf(c.Expect, []string{"hit", "miss", "unknown"}, c.Mark, "expect")
		got[c.Expect] = true
		l.day(c.Today, c.Mark, "today")
		l.day(c.From, c.Mark, "from")
		l.caseFacts(c.H, "h", "h", c.Mark)
		l.caseFacts(c.V, "v", "v", c.Mark)
		l.caseFacts(c.Me, "m", "me", c.Mark)
		if c.Me != nil && x.Of != "person" {
			l.say(c.at("me"), "只有 of: person 的规则的例子才写 me")
		}
		if x.Kind == "each" && x.Of == "person" && c.Me == nil {
			l.say(c.at("name"), "of: person 的规则，例子要写 me")
		}
		for _, m := range c.M {
			l.caseFacts(m, "m", "m", c.Mark)
		}
		root := rootFor(x.Of)
		for _, r := range c.Rows {
			l.caseRow(r, x, root, c)
		}
		if x.Kind == "expect" && (c.From == "" || c.Today == "") {
			l.say(c.at("name"), "expect 规则的例子要写 from 和 today")
		}
	}
	if x.Cases != nil && !got["hit"] {
		l.say(x.at("cases"), "规则 %s 没有命中的例子（expect: hit）", x.ID)
	}
	if x.Cases != nil && !got["miss"] {
		l.say(x.at("cases"), "规则 %s 没有不命中的例子（expect: miss）", x.ID)
	}
}

func (l *loader) caseRow(r map[string]any, x *Rule, root string, c *Case) {
	facts := map[string]any{}
	for k, v := range r {
		switch {
		case k == "household" || k == "person" || x.Kind == "expect" && (k == "village" || k == "unit"):
			r[k] = textOf(v)
		case k == "on" && x.Kind == "expect":
			l.day(textOf(v), c.Mark, "rows")
		default:
			facts[k] = v
		}
	}
	l.caseFacts(facts, root, "rows", c.Mark)
	for k, v := range facts {
		r[k] = v
	}
}

func textOf(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case decimal:
		return string(x)
	case int64:
		return strconv.FormatInt(x, 10)
	}
	return ""
}

func (l *loader) caseFacts(facts map[string]any, root, key string, m Mark) {
	for code, v := range facts {
		at := m.at(key)
		if p, ok := m.keys[key+"."+code]; ok {
			at = p
		}
		f, ok := l.index.facts[root+"."+code]
		if !ok {
			l.say(at, "没有代码为 %s 的事实：先登记，或改正代码", code)
			continue
		}
		facts[code] = l.caseValue(f, v, at)
	}
}

// caseValue turns a value as people write it into one as the register keeps it.
func (l *loader) caseValue(f Fact, v any, at Pos) any {
	switch f.Type {
	case "money", "hundredths":
		if l.compiled {
			return v
		}
		return l.hundredfold(v, at)
	case "int", "ppm":
		if n, ok := v.(int64); ok {
			return n
		}
		l.say(at, "%s（%s）要写整数", f.Name, f.Code)
	case "bool":
		if b, ok := v.(bool); ok {
			return b
		}
		l.say(at, "%s（%s）只能写 true 或 false", f.Name, f.Code)
	case "codes":
		list, ok := v.([]string)
		if !ok {
			l.say(at, "%s（%s）要写成 [代码, 代码]", f.Name, f.Code)
			return []string{}
		}
		for _, c := range list {
			l.inList(f, c, at)
		}
		return list
	default:
		s := textOf(v)
		if s == "" {
			l.say(at, "%s（%s）要写文字", f.Name, f.Code)
		}
		if f.Type == "code" {
			l.inList(f, s, at)
		}
		if f.Type == "day" && s != "" {
			l.day(s, Mark{File: at.File, Line: at.Line, Col: at.Col}, "")
		}
		return s
	}
	return nil
}

func (l *loader) inList(f Fact, code string, at Pos) {
	if list := l.index.codes[f.List]; list != nil {
		if _, ok := list[code]; !ok {
			l.say(at, "代码表 %s 里没有 %s", f.List, code)
		}
	}
}
