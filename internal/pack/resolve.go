package pack

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// index is the names of a pack.
type index struct {
	clauses, units, items, blocks, registers map[string]bool
	codes                                    map[string]map[string]string
	// facts by h.code, m.code, v.code; derived values and answers are there too.
	facts  map[string]Fact
	params map[string]Param
}

var (
	reCode    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	reID      = regexp.MustCompile(`^[a-z][a-z0-9_.-]*$`)
	reWord    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	factTypes = []string{"text", "code", "codes", "bool", "int", "money", "hundredths", "day", "month"}
	secrets   = []string{"", "identity", "contact", "health", "finance"}
	units     = []string{"yuan", "ppm", "mu", "m2", "days", "months", "years", "persons", "households", "times", "number", "day", "text"}
	reserved  = []string{"in", "true", "false", "null", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"}
)

func (l *loader) resolve() {
	c := &l.content
	ix := &index{clauses: map[string]bool{}, units: map[string]bool{}, items: map[string]bool{}, blocks: map[string]bool{}, registers: map[string]bool{},
		codes: map[string]map[string]string{}, facts: map[string]Fact{}, params: map[string]Param{}}
	l.index = ix
	for _, x := range c.Clauses {
		l.unique(ix.clauses, x.ID, x.Mark, "id", "条款", reWord)
	}
	for _, x := range c.Blocks {
		l.unique(ix.blocks, x.Code, x.Mark, "code", "板块", reWord)
	}
	for _, x := range c.Units {
		l.unique(ix.units, x.Code, x.Mark, "code", "单位", reWord)
	}
	l.codeLists()
	for _, x := range c.Items {
		l.unique(ix.items, x.Code, x.Mark, "code", "任务", reWord)
		l.known(ix.blocks, []string{x.Block}, x.Mark, "block", "板块")
		l.known(ix.units, x.Lead, x.Mark, "lead", "单位")
		l.known(ix.units, x.Helping, x.Mark, "helping", "单位")
		l.cited(x.Clauses, x.Mark)
	}
	l.head()
	l.params()
	l.facts()
	l.derived()
	l.answers()
	l.registers()
	l.shapes()
	seen := map[string]bool{}
	for _, x := range c.Classes {
		l.unique(seen, x.ID, x.Mark, "id", "类别", reWord)
		l.oneOf(x.Sensitive, secrets, x.Mark, "sensitive")
		l.cited(x.Clauses, x.Mark)
	}
	l.rules()
	l.privacy()
	l.calendar()
	l.reminding()
}

func (l *loader) unique(seen map[string]bool, id string, m Mark, key, what string, form *regexp.Regexp) {
	if id == "" {
		return
	}
	if !form.MatchString(id) {
		l.say(m.at(key), "%s代码“%s”只能用英文字母、数字和 _ - .", what, id)
	}
	if seen[id] {
		l.say(m.at(key), "%s“%s”写了两次", what, id)
	}
	seen[id] = true
}

func (l *loader) known(set map[string]bool, ids []string, m Mark, key, what string) {
	for _, id := range ids {
		if id != "" && !set[id] {
			l.say(m.at(key), "没有代码为 %s 的%s：先登记，或改正代码", id, what)
		}
	}
}

func (l *loader) cited(ids []string, m Mark) { l.known(l.index.clauses, ids, m, "clauses", "条款") }

// oneOf holds v against what may stand there. What is not there at all was complained of when it was read.
func (l *loader) oneOf(v string, of []string, m Mark, key string) bool {
	if slices.Contains(of, v) {
		return true
	}
	if v == "" {
		return false
	}
	l.say(m.at(key), "“%s”不能写“%s”：只能是 %s", key, v, strings.Trim(strings.Join(of, "、"), "、"))
	return false
}

func (l *loader) day(v string, m Mark, key string) {
	if v == "" {
		return
	}
	if _, err := time.Parse("2006-01-02", v); err != nil {
		l.say(m.at(key), "“%s”不是日期：写成 2022-09-15 的样子", v)
	}
}

func (l *loader) head() {
	h := &l.content.Head
	if h.Zone != "" {
		if _, err := time.LoadLocation(h.Zone); err != nil {
			l.say(h.at("zone"), "没有“%s”这个时区：写成 Asia/Shanghai 的样子", h.Zone)
		}
	}
	if _, err := time.Parse("15:04", h.CutOff); h.CutOff != "" && err != nil {
		l.say(h.at("cut_off"), "“%s”不是时刻：写成 18:00 的样子", h.CutOff)
	}
	if h.County != "" && !regexp.MustCompile(`^\d{6}$`).MatchString(h.County) {
		l.say(h.at("county"), "县的区划代码是 6 位数字")
	}
	if h.VisitWeekday < 0 || h.VisitWeekday > 7 {
		l.say(h.at("visit_weekday"), "星期几写 1（星期一）到 7（星期日）")
	}
	seen := map[string]bool{}
	for _, x := range h.Phases {
		l.unique(seen, x.ID, x.Mark, "id", "阶段", reID)
		l.day(x.From, x.Mark, "from")
		l.day(x.To, x.Mark, "to")
		if x.To != "" && x.To < x.From {
			l.say(x.at("to"), "阶段的结束日在开始日之前")
		}
		l.known(l.index.clauses, []string{x.Clause}, x.Mark, "clause", "条款")
	}
	seen = map[string]bool{}
	for _, x := range h.Days {
		l.unique(seen, x.ID, x.Mark, "id", "期限", reID)
		l.day(x.On, x.Mark, "on")
		l.known(l.index.clauses, []string{x.Clause}, x.Mark, "clause", "条款")
	}
	l.tiers(h)
	l.known(l.index.items, h.OnSpot, h.Mark, "on_spot", "任务")
	l.loop()
	l.cited(h.Clauses, h.Mark)
}

func (l *loader) codeLists() {
	for _, x := range l.content.Codes {
		if l.index.codes[x.ID] != nil {
			l.say(x.at("id"), "代码表“%s”写了两次", x.ID)
		}
		names := map[string]string{}
		for _, e := range x.Entries {
			if _, dup := names[e.Code]; dup {
				l.say(e.at("code"), "代码“%s”在表里写了两次", e.Code)
			}
			if !reWord.MatchString(e.Code) {
				l.say(e.at("code"), "代码“%s”只能用英文字母、数字和 _ - .", e.Code)
			}
			if e.Next != "" && e.Next != "again" && e.Next != "correct" {
				l.say(e.at("next"), "“%s”的 next 只能是 again（约定再来的日期）或 correct（更正户籍登记）", e.Name)
			}
			names[e.Code] = e.Name
		}
		l.index.codes[x.ID] = names
	}
}

func (l *loader) params() {
	for i := range l.content.Params {
		x := &l.content.Params[i]
		l.codeForm(x.Code, x.Mark)
		l.day(x.From, x.Mark, "from")
		l.day(x.To, x.Mark, "to")
		l.cited(x.Clauses, x.Mark)
		if !l.oneOf(x.Unit, units, x.Mark, "unit") {
			continue
		}
		x.Value = l.paramValue(x)
		if prev, dup := l.index.params[x.Code]; dup {
			if prev.Unit != x.Unit {
				l.say(x.at("unit"), "参数 %s 各时期的单位要一样", x.Code)
			}
			for _, y := range l.content.Params[:i] {
				if y.Code == x.Code && (y.To == "" || x.From <= y.To) && (x.To == "" || y.From <= x.To) {
					l.say(x.at("code"), "参数 %s 的两个时期重叠：写清 from 和 to", x.Code)
				}
			}
		}
		l.index.params[x.Code] = *x
	}
}

func (l *loader) paramValue(x *Param) any {
	switch x.Unit {
	case "day", "text":
		s, ok := x.Value.(string)
		if !ok {
			l.say(x.at("value"), "这里要文字：给值加上引号")
			return ""
		}
		if x.Unit == "day" {
			l.day(s, x.Mark, "value")
		}
		return s
	case "yuan", "mu", "m2":
		if l.compiled {
			return x.Value
		}
		return l.hundredfold(x.Value, x.at("value"))
	}
	if n, ok := x.Value.(int64); ok {
		return n
	}
	l.say(x.at("value"), "单位为 %s 的参数要写整数（比例写成百万分之几，用 ppm）", x.Unit)
	return int64(0)
}

// hundredfold turns yuan into fen and mu into hundredths, without a float in between.
func (l *loader) hundredfold(v any, at Pos) any {
	switch x := v.(type) {
	case int64:
		return x * 100
	case decimal:
		whole, frac, _ := strings.Cut(string(x), ".")
		if len(frac) > 0 && len(frac) <= 2 {
			if n, err := strconv.ParseInt(whole+(frac + "0")[:2], 10, 64); err == nil {
				return n
			}
		}
		l.say(at, "“%s”最多写两位小数", string(x))
		return int64(0)
	}
	l.say(at, "这里要写数字")
	return int64(0)
}

func (l *loader) codeForm(code string, m Mark) {
	if code != "" && (!reCode.MatchString(code) || slices.Contains(reserved, code)) {
		l.say(m.at("code"), "代码“%s”要用小写英文字母、数字和 _，以字母开头，且不能是保留字", code)
	}
}

func (l *loader) facts() {
	b := &l.content.Facts
	for _, g := range []struct {
		root  string
		facts []Fact
	}{{"h", b.Household}, {"m", b.Person}, {"v", b.Village}} {
		for _, x := range g.facts {
			l.factForm(x)
			l.declare(g.root, x)
		}
	}
}

func (l *loader) factForm(x Fact) {
	l.codeForm(x.Code, x.Mark)
	l.oneOf(x.Sensitive, secrets, x.Mark, "sensitive")
	l.cited(x.Clauses, x.Mark)
	if l.oneOf(x.Type, factTypes, x.Mark, "type") {
		l.listForm(x.Type, x.List, x.Mark)
	}
}

func (l *loader) listForm(typ, list string, m Mark) {
	switch coded := typ == "code" || typ == "codes"; {
	case coded && list == "":
		l.say(m.at("type"), "类型为 %s 时要用 list 写明代码表", typ)
	case coded && l.index.codes[list] == nil:
		l.say(m.at("list"), "没有名为 %s 的代码表：在 codes.yaml 里登记，或改正名称", list)
	case !coded && list != "":
		l.say(m.at("list"), "类型为 %s 时不用 list", typ)
	}
}

func (l *loader) declare(root string, x Fact) {
	if x.Code == "" {
		return
	}
	key := root + "." + x.Code
	if _, dup := l.index.facts[key]; dup {
		l.say(x.at("code"), "代码 %s 已经用过：事实、计算项和答案的代码不能重复", x.Code)
		return
	}
	l.index.facts[key] = x
}

func (l *loader) derived() {
	for _, x := range l.content.Derived {
		l.codeForm(x.Code, x.Mark)
		l.cited(x.Clauses, x.Mark)
		l.oneOf(x.Sensitive, secrets, x.Mark, "sensitive")
		l.oneOf(x.Type, []string{"money", "int", "hundredths", "ppm", "bool", "text", "day", "month"}, x.Mark, "type")
		if l.oneOf(x.Of, []string{"household", "person"}, x.Mark, "of") {
			l.declare(rootFor(x.Of), Fact{Mark: x.Mark, Code: x.Code, Name: x.Name, Type: x.Type, Unit: x.Unit, Sensitive: x.Sensitive})
		}
	}
}

func rootFor(of string) string {
	switch of {
	case "person", "member":
		return "m"
	case "village":
		return "v"
	}
	return "h"
}

func (l *loader) registers() {
	for _, x := range l.content.Registers {
		l.unique(l.index.registers, x.ID, x.Mark, "id", "台账", reID)
		l.oneOf(x.Subject, []string{"person", "household", "village", "unit", "project"}, x.Mark, "subject")
		l.known(l.index.units, []string{x.Owner}, x.Mark, "owner", "单位")
		l.cited(x.Clauses, x.Mark)
		seen := map[string]bool{}
		for _, f := range x.Columns {
			l.factForm(f)
			l.unique(seen, f.Code, f.Mark, "code", "台账的列", reCode)
		}
	}
}

func (l *loader) shapes() {
	parts := []string{"county", "township", "village", "group", "address", "household_no", "person_no", "head", "name", "ignore"}
	seen := map[string]bool{}
	for _, x := range l.content.Imports {
		l.unique(seen, x.ID, x.Mark, "id", "导入格式", reID)
		l.oneOf(x.Subject, []string{"person", "household"}, x.Mark, "subject")
		l.cited(x.Clauses, x.Mark)
		for _, col := range x.Columns {
			if col.Parse != "" {
				l.oneOf(col.Parse, []string{"yuan", "month6", "day8", "comma", "yes_no", "integer", "mu"}, col.Mark, "parse")
			}
			if (col.Fact == "") == (col.Part == "") {
				l.say(col.at("fact"), "每一列写 fact 或 part 中的一个")
				continue
			}
			if col.Part != "" {
				l.oneOf(col.Part, parts, col.Mark, "part")
				continue
			}
			f, ok := l.index.facts[col.Fact]
			if !ok {
				l.say(col.at("fact"), "没有事实 %s：写成 h.代码 或 m.代码", col.Fact)
			} else if len(col.Labels)+len(f.Labels) == 0 {
				l.say(col.at("fact"), "这一列没有列名：写 labels，或在事实里写 labels")
			}
		}
	}
}
