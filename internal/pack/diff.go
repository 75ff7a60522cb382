package pack

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// Difference is one element of a pack that another pack lacks, has besides, or has otherwise.
type Difference struct {
	Kind  string `json:"kind"` // head, phase, day, tier, clause, block, item, unit, param, fact, code, class, derived, form, question, rule, register, import, year, reminder
	Group string `json:"group"`
	ID    string `json:"id"`
	Name  string `json:"name"`
	State string `json:"state"` // added, removed, changed
	// Fields are what is otherwise; of what was added or removed, only what says what it is.
	Fields []FieldDifference `json:"fields"`
}

// FieldDifference is a field of an element, printed for people; "" is that it is not there.
type FieldDifference struct {
	Field  string `json:"field"`
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`

	list []string // of a list of examples or entries: what it consists of
}

// The states of a difference.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// groupNames are the kinds of element in the order in which people read them.
var groupNames = []struct{ kind, name string }{
	{"head", "封面"}, {"phase", "阶段"}, {"day", "期限"}, {"tier", "谁复核谁"}, {"clause", "通知要求"}, {"block", "板块"}, {"item", "任务清单"}, {"unit", "单位"},
	{"param", "参数"}, {"fact", "信息项"}, {"code", "代码表"}, {"class", "类别"}, {"derived", "计算项"}, {"form", "排查表"}, {"question", "问题"}, {"rule", "规则"}, {"register", "台账"}, {"import", "导入格式"}, {"year", "工作日历"}, {"reminder", "提醒"},
}

var fieldNames = map[string]string{
	"name": "名称", "title": "标题", "text": "内容", "from": "开始", "to": "结束", "on": "日期", "inclusive": "恰好等于时算在内", "value": "数值", "unit": "单位", "note": "说明", "notes": "说明",
	"clauses": "依据", "clause": "依据", "content": "排查内容", "requirement": "工作要求", "lead": "牵头单位", "helping": "配合单位", "when": "条件", "say": "提示用语", "why": "为什么问",
	"days": "整改天数", "yields": "产生", "item": "所属任务", "needs": "需要的信息", "sensitive": "敏感类别", "group": "分组", "expect": "应有的记录", "cases": "例子", "type": "类型", "list": "代码表",
	"labels": "导入列名", "used_by": "谁用", "formula": "算式", "shown": "算式（给人看）", "of": "对象", "kind": "种类", "short": "简称", "aliases": "别名", "place": "位置", "data": "需要的数据",
	"version": "版本", "id": "代码", "county": "县代码", "county_name": "县名", "issuer": "印发机关", "number": "文号", "zone": "时区", "cut_off": "日报截止", "visit_weekday": "走访日",
	"on_spot": "可立行立改的任务", "decline_limit": "可以退回的次数", "verified_by": "由谁复核", "closed_by": "由谁销号", "rectified_by": "由谁整改", "ask": "何时问", "reason": "再问的理由",
	"required": "必答", "help": "提示", "evidence_of": "照片证明", "fact": "信息项", "confirm_unchanged": "“没有变化”的话", "intro": "开头的话", "columns": "列", "subject": "对象", "owner": "负责单位",
	"entries": "代码", "block": "板块", "detect": "识别列名",
	"holidays": "放假", "workdays": "调休上班", "source": "出处", "year": "年份", "reminders": "提醒", "out": "发到群和邮箱的话", "draft": "代拟再次督办",
	"loop": "派单和督办", "order": "督办编号", "near": "临期天数", "similar": "文字相近的比例", "cluster": "提示同因的户数", "dispatch": "派单规则", "sources": "问题来源", "wording": "督办用语", "first": "首次督办", "second": "再次督办",
	"digest": "合并提醒的标题",
}

// element is a part of a pack, flat enough to be compared.
type element struct {
	kind, id, name string
	fields         []FieldDifference // Before is the value
}

// Diff says what b has otherwise than a, grouped by kind of element and in the packs' order.
func Diff(a, b *Pack) []Difference {
	out := []Difference{}
	old, now := a.elements(), b.elements()
	byKey := map[string]element{}
	for _, e := range now {
		byKey[e.kind+"/"+e.id] = e
	}
	had := map[string]bool{}
	for _, e := range old {
		had[e.kind+"/"+e.id] = true
		other, kept := byKey[e.kind+"/"+e.id]
		if !kept {
			out = append(out, e.alone(Removed))
			continue
		}
		if d := e.against(other); len(d.Fields) > 0 {
			out = append(out, d)
		}
	}
	for _, e := range now {
		if !had[e.kind+"/"+e.id] {
			out = append(out, e.alone(Added))
		}
	}
	slices.SortStableFunc(out, func(x, y Difference) int { return rank(x.Kind) - rank(y.Kind) })
	return out
}

func rank(kind string) int {
	for i, g := range groupNames {
		if g.kind == kind {
			return i
		}
	}
	return len(groupNames)
}

func (e element) difference(state string) Difference {
	return Difference{Kind: e.kind, Group: groupNames[rank(e.kind)].name, ID: e.id, Name: e.name, State: state, Fields: []FieldDifference{}}
}

// told are the fields that say what an added or removed element is.
var told = []string{"value", "on", "from", "to", "text", "when", "say", "formula", "lead", "requirement", "clauses", "verified_by", "holidays", "workdays", "source"}

func (e element) alone(state string) Difference {
	d := e.difference(state)
	for _, f := range e.fields {
		if !slices.Contains(told, f.Field) {
			continue
		}
		if state == Added {
			f.Before, f.After = "", f.Before
		}
		d.Fields = append(d.Fields, f)
	}
	return d
}

func (e element) against(other element) Difference {
	d := e.difference(Changed)
	d.Name = other.name
	for _, f := range e.fields {
		i := slices.IndexFunc(other.fields, func(g FieldDifference) bool { return g.Field == f.Field })
		if i < 0 {
			if f.list != nil {
				f.Before = fmt.Sprintf("%d 个", len(f.list))
			}
			d.Fields = append(d.Fields, f)
		} else if g := other.fields[i]; g.Before != f.Before {
			f.After = g.Before
			if f.list != nil { // of a long list only what differs
				f.Before, f.After = lacking(f.list, g.list), lacking(g.list, f.list)
			}
			d.Fields = append(d.Fields, f)
		}
	}
	for _, g := range other.fields {
		if !slices.ContainsFunc(e.fields, func(f FieldDifference) bool { return f.Field == g.Field }) {
			d.Fields = append(d.Fields, FieldDifference{Field: g.Field, Name: g.Name, After: g.Before})
		}
	}
	return d
}

// lacking joins what of a is not in b.
func lacking(a, b []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) }), "、")
}

// elements are the pack's parts in reading order.
func (p *Pack) elements() []element {
	c := &p.Content
	head := c.Head
	head.Phases, head.Days, head.Tiers, head.Reminders.Steps = nil, nil, nil, nil
	out := []element{p.element("head", head.ID, head.Title, head)}
	for _, x := range c.Head.Phases {
		out = append(out, p.element("phase", x.ID, x.Name, x))
	}
	for _, x := range c.Head.Days {
		out = append(out, p.element("day", x.ID, x.Name, x))
	}
	for _, x := range c.Head.Tiers {
		out = append(out, p.element("tier", x.RectifiedBy, x.RectifiedBy, x))
	}
	for _, x := range c.Clauses {
		out = append(out, p.element("clause", x.ID, x.Place, x))
	}
	for _, x := range c.Blocks {
		out = append(out, p.element("block", x.Code, x.Name, x))
	}
	for _, x := range c.Items {
		out = append(out, p.element("item", x.Code, x.Name, x))
	}
	for _, x := range c.Units {
		out = append(out, p.element("unit", x.Code, x.Name, x))
	}
	for _, x := range c.Params {
		out = append(out, p.element("param", strings.TrimSuffix(x.Code+"@"+x.From, "@"), x.Name, x))
	}
	for _, book := range []struct {
		root  string
		facts []Fact
	}{{"h", c.Facts.Household}, {"m", c.Facts.Person}, {"v", c.Facts.Village}} {
		for _, x := range book.facts {
			out = append(out, p.element("fact", book.root+"."+x.Code, x.Name, x))
		}
	}
	for _, x := range c.Codes {
		out = append(out, p.element("code", x.ID, x.Name, x))
	}
	for _, x := range c.Classes {
		out = append(out, p.element("class", x.ID, x.Name, x))
	}
	for _, x := range c.Derived {
		out = append(out, p.element("derived", x.Of+"."+x.Code, x.Name, x))
	}
	out = append(out, p.formElements()...)
	for _, x := range c.Rules {
		out = append(out, p.element("rule", x.ID, x.Name, x))
	}
	for _, x := range c.Registers {
		out = append(out, p.element("register", x.ID, x.Name, x))
	}
	for _, x := range c.Imports {
		out = append(out, p.element("import", x.ID, x.Name, x))
	}
	for _, x := range c.Years {
		out = append(out, p.element("year", fmt.Sprint(x.Year), fmt.Sprint(x.Year)+"年", x))
	}
	for _, x := range c.Head.Reminders.Steps {
		out = append(out, p.element("reminder", x.ID, x.Name, x))
	}
	return out
}

func (p *Pack) formElements() []element {
	var out []element
	for _, f := range p.Forms {
		sections := f.Sections
		f.Sections = nil
		out = append(out, p.element("form", f.ID, f.Name, f))
		for _, s := range sections {
			for _, q := range s.Questions {
				out = append(out, p.element("question", f.ID+"/"+q.ID, q.Text, q))
			}
		}
	}
	return out
}

// element prints the fields of a struct of the pack.
func (p *Pack) element(kind, id, name string, x any) element {
	e := element{kind: kind, id: id, name: name}
	v := reflect.ValueOf(x)
	for _, c := range columns(v.Type()) {
		f := v.Field(c.index)
		if f.IsZero() {
			continue
		}
		label := fieldNames[c.name]
		if label == "" {
			label = c.name
		}
		e.fields = append(e.fields, FieldDifference{Field: c.name, Name: label, Before: p.printed(c.name, f, x), list: listed(f.Interface())})
	}
	return e
}

func (p *Pack) printed(field string, v reflect.Value, of any) string {
	switch x := v.Interface().(type) {
	case string:
		return DayText(x)
	case []string:
		if field == "lead" || field == "helping" {
			return p.unitNames(x)
		}
		return strings.Join(x, "、")
	case bool:
		return map[bool]string{true: "是", false: "否"}[x]
	case *bool:
		return map[bool]string{true: "是", false: "否"}[*x]
	case int:
		return fmt.Sprint(x)
	}
	if list := listed(v.Interface()); list != nil {
		return strings.Join(list, "、")
	}
	if param, ok := of.(Param); ok && field == "value" {
		return p.ParamText(param)
	}
	b, err := json.Marshal(encode(v))
	if err != nil {
		return fmt.Sprint(v.Interface())
	}
	return string(b)
}

// listed prints what a list of examples or of a code list's entries consists of.
func listed(v any) []string {
	var out []string
	switch x := v.(type) {
	case []Case:
		for _, c := range x {
			out = append(out, c.Name+map[string]string{"hit": "→命中", "miss": "→不命中", "unknown": "→不清楚"}[c.Expect])
		}
	case []Entry:
		for _, e := range x {
			out = append(out, e.Code+" "+e.Name)
		}
	case []Holiday:
		for _, h := range x {
			out = append(out, h.Name+DayText(h.From)+"至"+DayText(h.To))
		}
	}
	return out
}

// WriteDiff is `gonggu pack diff`: it prints what b has otherwise than a, for people or as JSON.
func WriteDiff(w io.Writer, a, b *Pack, asJSON bool) error {
	list := Diff(a, b)
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", " ")
		enc.SetEscapeHTML(false)
		return enc.Encode(map[string]any{"from": map[string]string{"version": a.Version(), "digest": a.Digest()}, "to": map[string]string{"version": b.Version(), "digest": b.Digest()}, "differences": list})
	}
	fmt.Fprintf(w, "原方案 %s  摘要 %s\n新方案 %s  摘要 %s\n", a.Version(), a.Digest(), b.Version(), b.Digest())
	words := map[string]string{Added: "新增", Removed: "删去", Changed: "改动"}
	group := ""
	count := map[string]int{}
	for _, d := range list {
		if d.Group != group {
			group = d.Group
			fmt.Fprintf(w, "\n【%s】\n", group)
		}
		count[d.State]++
		fmt.Fprintf(w, "%s  %s（%s）\n", words[d.State], d.Name, d.ID)
		for _, f := range d.Fields {
			switch {
			case d.State == Changed:
				fmt.Fprintf(w, "      %s：%s → %s\n", f.Name, orNothing(f.Before), orNothing(f.After))
			case d.State == Added:
				fmt.Fprintf(w, "      %s：%s\n", f.Name, f.After)
			default:
				fmt.Fprintf(w, "      %s：%s\n", f.Name, f.Before)
			}
		}
	}
	if len(list) > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "共 %d 处不同：新增 %d，删去 %d，改动 %d\n", len(list), count[Added], count[Removed], count[Changed])
	return nil
}

func orNothing(s string) string {
	if s == "" {
		return "（无）"
	}
	return s
}
