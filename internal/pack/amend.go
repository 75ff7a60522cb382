package pack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/pack/expr"
)

// Setting is something of a pack that a county may amend while its campaign runs: a day, a limit, a lead unit, a wording or a
// parameter. Nothing else of a pack is ever amended; another notice is another pack.
type Setting struct {
	// Path names it: phases/<id>/from, phases/<id>/to, days/<id>/on, head/decline_limit, params/<code>@<from>, rules/<id>/days,
	// rules/<id>/lead, rules/<id>/helping, rules/<id>/say, items/<code>/lead, items/<code>/helping, forms/<form>/<question>/text.
	Path string `json:"path"`
	// Group is day, limit, lead, wording or param.
	Group string `json:"group"`
	Name  string `json:"name"`
	// Kind says how Value is written: day, number (a whole number), decimal (two decimals), units (codes parted by commas), text.
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Text  string `json:"text"`
	Unit  string `json:"unit"`
}

// Change gives a setting another value, written as Setting.Value is.
type Change struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// The groups of settings.
const (
	GroupDay     = "day"
	GroupLimit   = "limit"
	GroupLead    = "lead"
	GroupWording = "wording"
	GroupParam   = "param"
)

// slot is a setting with the way to write it.
type slot struct {
	Setting
	set func(value string) error
}

// Settings lists what may be amended, in the pack's order.
func (p *Pack) Settings() []Setting {
	c := p.Content
	var out []Setting
	for _, s := range c.slots(p) {
		out = append(out, s.Setting)
	}
	return out
}

func (c *Content) slots(p *Pack) []slot {
	var out []slot
	day := func(path, name string, at *string) {
		out = append(out, slot{Setting{Path: path, Group: GroupDay, Name: name, Kind: "day", Value: *at, Text: DayText(*at)}, text(at)})
	}
	for i := range c.Head.Phases {
		x := &c.Head.Phases[i]
		day("phases/"+x.ID+"/from", x.Name+"开始日期", &x.From)
		day("phases/"+x.ID+"/to", x.Name+"结束日期", &x.To)
	}
	for i := range c.Head.Days {
		day("days/"+c.Head.Days[i].ID+"/on", c.Head.Days[i].Name, &c.Head.Days[i].On)
	}
	out = append(out, limit("head/decline_limit", "可以退回的次数", "次", &c.Head.DeclineLimit))
	for i := range c.Params {
		out = append(out, p.paramSlot(&c.Params[i]))
	}
	units := func(path, name string, at *[]string) {
		out = append(out, slot{Setting{Path: path, Group: GroupLead, Name: name, Kind: "units", Value: strings.Join(*at, ","), Text: p.unitNames(*at)}, p.unitList(at, strings.HasSuffix(path, "/lead"))})
	}
	for i := range c.Items {
		x := &c.Items[i]
		units("items/"+x.Code+"/lead", "任务“"+x.Name+"”的牵头单位", &x.Lead)
		units("items/"+x.Code+"/helping", "任务“"+x.Name+"”的配合单位", &x.Helping)
	}
	for i := range c.Rules {
		x := &c.Rules[i]
		out = append(out, limit("rules/"+x.ID+"/days", "“"+x.Name+"”的整改天数", "天", &x.Days))
		units("rules/"+x.ID+"/lead", "“"+x.Name+"”的牵头单位", &x.Lead)
		units("rules/"+x.ID+"/helping", "“"+x.Name+"”的配合单位", &x.Helping)
		out = append(out, wording("rules/"+x.ID+"/say", "“"+x.Name+"”的提示用语", &x.Say))
	}
	for i := range c.Forms {
		f := &c.Forms[i]
		for j := range f.Sections {
			for k := range f.Sections[j].Questions {
				q := &f.Sections[j].Questions[k]
				out = append(out, wording("forms/"+f.ID+"/"+q.ID+"/text", f.Name+"的问题“"+q.Text+"”", &q.Text))
			}
		}
	}
	return out
}

func text(at *string) func(string) error {
	return func(v string) error { *at = v; return nil }
}

func wording(path, name string, at *string) slot {
	return slot{Setting{Path: path, Group: GroupWording, Name: name, Kind: "text", Value: *at, Text: *at}, func(v string) error {
		if *at = v; v == "" {
			return fmt.Errorf("用语不能为空")
		}
		return nil
	}}
}

func limit(path, name, unit string, at *int) slot {
	return slot{Setting{Path: path, Group: GroupLimit, Name: name, Kind: "number", Value: strconv.Itoa(*at), Text: strconv.Itoa(*at) + unit, Unit: unit}, func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return fmt.Errorf("“%s”不是整数：写成 10 的样子", v)
		}
		*at = n
		return nil
	}}
}

// paramSlot writes a parameter as params.yaml has it: yuan and areas with up to two decimals.
func (p *Pack) paramSlot(x *Param) slot {
	s := Setting{Path: "params/" + x.Code + "@" + x.From, Group: GroupParam, Name: x.Name, Kind: "number", Text: p.ParamText(*x), Unit: unitText[x.Unit]}
	switch x.Unit {
	case "day", "text":
		s.Kind, s.Value = x.Unit, fmt.Sprint(x.Value)
	case "yuan", "mu", "m2":
		s.Kind, s.Value = "decimal", strings.TrimSuffix(strings.ReplaceAll(hundredths(number(x.Value)), ",", ""), ".00")
	default:
		s.Value = strconv.FormatInt(number(x.Value), 10)
	}
	return slot{s, func(v string) error {
		switch s.Kind {
		case "number":
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				return fmt.Errorf("“%s”不是整数", v)
			}
			x.Value = n
		case "decimal":
			l := &loader{}
			x.Value = l.hundredfold(decimalOf(v), Pos{})
			if len(l.bad) > 0 {
				return fmt.Errorf("“%s”不是数：最多写两位小数", v)
			}
		default:
			x.Value = v
		}
		return nil
	}}
}

var unitText = map[string]string{"yuan": "元", "ppm": "百万分之一", "mu": "", "m2": "平方米", "days": "天", "months": "个月", "years": "岁", "persons": "人", "households": "户", "times": "次"}

func decimalOf(v string) any {
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return n
	}
	return decimal(v)
}

func (p *Pack) unitList(at *[]string, needed bool) func(string) error {
	return func(v string) error {
		var list []string
		for _, u := range strings.Split(v, ",") {
			if u = strings.TrimSpace(u); u != "" && !slices.Contains(list, u) {
				list = append(list, u)
			}
		}
		for _, u := range list {
			if !p.index.units[u] {
				return fmt.Errorf("没有代码为 %s 的单位", u)
			}
		}
		if needed && len(list) == 0 {
			return fmt.Errorf("牵头单位不能为空")
		}
		*at = list
		return nil
	}
}

func (p *Pack) unitNames(codes []string) string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = code
		for _, u := range p.Units {
			if u.Code == code {
				names[i] = u.Name
			}
		}
	}
	return strings.Join(names, "、")
}

// Amend returns the pack with other values of some settings, under another version, held against everything that lint demands
// of a pack. The pack is nil if there is a complaint; a complaint about a change names its path as the file.
func Amend(base *Pack, version string, changes []Change) (*Pack, []Complaint) {
	copied, err := FromCompiled(base.compiled)
	if err != nil {
		return nil, []Complaint{{Say: err.Error()}}
	}
	l := &loader{compiled: true, lines: map[string][]string{}, content: copied.Content}
	slots := map[string]slot{}
	for _, s := range l.content.slots(copied) {
		slots[s.Path] = s
	}
	seen := map[string]bool{}
	for _, ch := range changes {
		s, ok := slots[ch.Path]
		switch {
		case !ok:
			l.say(Pos{File: ch.Path}, "“%s”不在可以调整的范围里：只能调整日期、期限、牵头配合单位、用语和参数", ch.Path)
		case seen[ch.Path]:
			l.say(Pos{File: ch.Path}, "“%s”写了两次", s.Name)
		case strings.TrimSpace(ch.Value) == s.Value:
			l.say(Pos{File: ch.Path}, "“%s”的新值和现在一样", s.Name)
		default:
			if err := s.set(strings.TrimSpace(ch.Value)); err != nil {
				l.say(Pos{File: ch.Path}, "%s：%v", s.Name, err)
			}
		}
		seen[ch.Path] = true
	}
	if len(l.bad) > 0 {
		return nil, l.bad
	}
	l.content.Head.Version = version
	l.dropSentences(changes)
	return l.sealed()
}

// dropSentences takes out of a rule's examples the exact sentence, once the wording is another.
func (l *loader) dropSentences(changes []Change) {
	for i := range l.content.Rules {
		r := &l.content.Rules[i]
		if !slices.ContainsFunc(changes, func(c Change) bool { return c.Path == "rules/"+r.ID+"/say" }) {
			continue
		}
		for j := range r.Cases {
			r.Cases[j].Say = ""
		}
	}
}

// sealed finishes a pack that was made from a compiled one, and holds it against formalism too.
func (l *loader) sealed() (*Pack, []Complaint) {
	// Marks of a compiled pack name no file; the element's own name in the complaint must do.
	fresh := &loader{compiled: true, lines: map[string][]string{}, exprs: map[string]*expr.Expr{}, content: l.content}
	p := fresh.finish()
	if p != nil {
		fresh.formalism()
	}
	if len(fresh.bad) > 0 {
		return nil, fresh.bad
	}
	return p, nil
}

// WithoutCases returns the pack without the examples of some rules: those that speak of a threshold that is no longer theirs.
func (p *Pack) WithoutCases(rules []string) (*Pack, []Complaint) {
	copied, err := FromCompiled(p.compiled)
	if err != nil {
		return nil, []Complaint{{Say: err.Error()}}
	}
	l := &loader{content: copied.Content}
	for i := range l.content.Rules {
		if slices.Contains(rules, l.content.Rules[i].ID) {
			l.content.Rules[i].Cases = nil
		}
	}
	return l.sealed()
}
