// Package intake makes households of the rows of workbooks: it finds the heading, knows the columns by
// their labels, brings every value to its normal form, puts the rows of a household together and says,
// row by row and in Chinese, what was wrong and what to do about it.
//
// It is pure: no database and no clock. What the columns and code lists are called comes from a Mapping
// (made from a pack), which villages there are from Places. It does not know what the register already
// holds, so it compares nothing with it.
package intake

import (
	"slices"
	"strings"

	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// Mapping says what the columns of the known workbooks mean.
type Mapping struct {
	Shapes []Shape
	Facts  []Fact
	Lists  []List
	Roles  Roles
}

// Shape is a kind of workbook, known by its labels.
type Shape struct {
	ID, Name     string
	Detect       []string // labels that must all stand in the heading
	PerHousehold bool     // one row per household; otherwise one per person, household values repeated
	Columns      []Column
}

// Column is a column of a shape: a Fact, or a Part of what the record is.
type Column struct {
	Labels   []string // with a Fact they add to the fact's own
	Part     string   // county, township, village, group, address, household_no, person_no, head, name or ignore
	Fact     string
	Person   bool // Fact is one of the person
	Required bool // a sheet without this column is refused
}

// Fact is a typed datum; the values it takes in a record are described at Household.
type Fact struct {
	Code, Name string
	Person     bool
	Type       string // text, code, codes, bool, int, money, hundredths, day, month
	List       string
	Labels     []string
	Sensitive  bool // its values are never repeated in a Reason
}

// List is a code list; a value is known by an entry's name or one of its aliases, never by its code.
type List struct {
	ID      string
	Entries []Entry
}

// Entry is one value of a List.
type Entry struct {
	Code, Name string
	Aliases    []string
}

// Roles names the facts that are checked against each other. An empty role checks nothing.
type Roles struct {
	IDNumber []string // person or household facts that hold an ID or disability certificate number
	Phones   []string // facts that hold telephone numbers
	PersonID string   // the member's own number among IDNumber
	Birth    string   // day
	Sex      string   // code
	Male     string
	Female   string
	Relation string // code: relation to the head
	Head     string // its code for the head himself
	Size     string // int fact of the household: how many members it says it has
}

// FromPack makes a Mapping of a pack's parts. Roles are found by the names the facts bear in the
// exports of the national system; an empty role is no error.
func FromPack(shapes []pack.Shape, facts pack.FactBook, lists []pack.CodeList) (*Mapping, error) {
	m := &Mapping{}
	for _, l := range lists {
		to := List{ID: l.ID}
		for _, e := range l.Entries {
			to.Entries = append(to.Entries, Entry{e.Code, e.Name, e.Aliases})
		}
		m.Lists = append(m.Lists, to)
	}
	for _, f := range facts.Household {
		m.addFact(f, false)
	}
	for _, f := range facts.Person {
		m.addFact(f, true)
	}
	for _, s := range shapes {
		to := Shape{ID: s.ID, Name: s.Name, Detect: s.Detect, PerHousehold: s.Subject == "household"}
		for _, c := range s.Columns {
			col := Column{Labels: c.Labels, Part: c.Part, Required: c.Required}
			if c.Fact != "" {
				of, code, ok := strings.Cut(c.Fact, ".")
				if !ok || of != "h" && of != "m" {
					return nil, errs.Newf(errs.Invalid, "intake.mapping", "方案包导入表 %s 的列“%s”不是 h.编码 或 m.编码，请更正。", s.ID, c.Fact)
				}
				col.Fact, col.Person = code, of == "m"
			}
			to.Columns = append(to.Columns, col)
		}
		m.Shapes = append(m.Shapes, to)
	}
	m.findRoles()
	return m, nil
}

func (m *Mapping) addFact(f pack.Fact, person bool) {
	m.Facts = append(m.Facts, Fact{
		Code: f.Code, Name: f.Name, Person: person, Type: f.Type, List: f.List,
		Labels: append([]string{f.Name}, f.Labels...), Sensitive: f.Sensitive != "",
	})
}

// findRoles knows the facts by the labels of the national system's exports.
func (m *Mapping) findRoles() {
	for _, f := range m.Facts {
		has := func(labels ...string) bool {
			return slices.ContainsFunc(labels, func(l string) bool { return slices.Contains(f.Labels, l) })
		}
		switch {
		case f.Type == "text" && (strings.Contains(f.Name, "证件号") || strings.Contains(f.Name, "身份证") || has("证件号码", "身份证号", "身份证号码")):
			m.Roles.IDNumber = append(m.Roles.IDNumber, f.Code)
			if f.Person && m.Roles.PersonID == "" {
				m.Roles.PersonID = f.Code
			}
		case f.Type == "text" && (strings.Contains(f.Name, "电话") || strings.Contains(f.Name, "手机")):
			m.Roles.Phones = append(m.Roles.Phones, f.Code)
		case f.Person && f.Type == "day" && has("出生日期", "出生年月日"):
			m.Roles.Birth = f.Code
		case f.Person && f.Type == "code" && has("性别"):
			m.Roles.Sex = f.Code
			m.Roles.Male, m.Roles.Female = m.codeNamed(f.List, "男", "男性"), m.codeNamed(f.List, "女", "女性")
		case f.Person && f.Type == "code" && has("与户主关系"):
			m.Roles.Relation = f.Code
			m.Roles.Head = m.codeNamed(f.List, "户主", "本人")
		case !f.Person && f.Type == "int" && has("家庭人口数", "家庭人口"):
			m.Roles.Size = f.Code
		}
	}
}

func (m *Mapping) codeNamed(list string, names ...string) string {
	for _, l := range m.Lists {
		if l.ID != list {
			continue
		}
		for _, e := range l.Entries {
			if slices.Contains(names, e.Name) {
				return e.Code
			}
		}
	}
	return ""
}

// compiled is a Mapping made ready: labels by key, lists by spelling.
type compiled struct {
	roles  Roles
	shapes []compiledShape
	lists  map[string]*codeList
	ids    map[string]bool
	phones map[string]bool
}

type compiledShape struct {
	Shape
	detect  []string          // keys
	byLabel map[string]target // key → what the column is
	numbers bool              // the shape has a household number
}

// target is what a column's cells are for.
type target struct {
	part     string
	fact     *Fact
	required bool
	label    string // the first spelling, for messages
}

func (m *Mapping) compile() (*compiled, error) {
	c := &compiled{roles: m.Roles, lists: map[string]*codeList{}, ids: map[string]bool{}, phones: map[string]bool{}}
	for _, l := range m.Lists {
		c.lists[l.ID] = newCodeList(l)
	}
	for _, f := range m.Roles.IDNumber {
		c.ids[f] = true
	}
	for _, f := range m.Roles.Phones {
		c.phones[f] = true
	}
	for _, s := range m.Shapes {
		cs, err := m.compileShape(s, c)
		if err != nil {
			return nil, err
		}
		c.shapes = append(c.shapes, cs)
	}
	if len(c.shapes) == 0 {
		return nil, errs.New(errs.Invalid, "intake.mapping", "方案包里没有导入表的说明，请联系县巩固办更换方案包。")
	}
	return c, nil
}

func (m *Mapping) compileShape(s Shape, c *compiled) (compiledShape, error) {
	cs := compiledShape{Shape: s, byLabel: map[string]target{}}
	for _, d := range s.Detect {
		cs.detect = append(cs.detect, labelKey(d))
	}
	for _, col := range s.Columns {
		t := target{part: col.Part, required: col.Required}
		labels := col.Labels
		if col.Fact != "" {
			i := slices.IndexFunc(m.Facts, func(f Fact) bool { return f.Code == col.Fact && f.Person == col.Person })
			if i < 0 {
				return cs, errs.Newf(errs.Invalid, "intake.mapping", "方案包导入表 %s 用到的指标 %s 没有定义，请更正。", s.ID, col.Fact)
			}
			t.fact = &m.Facts[i]
			if t.fact.List != "" && c.lists[t.fact.List] == nil {
				return cs, errs.Newf(errs.Invalid, "intake.mapping", "指标 %s 的代码表 %s 没有定义，请更正。", col.Fact, t.fact.List)
			}
			labels = append(slices.Clone(labels), t.fact.Labels...)
		}
		if len(labels) == 0 {
			return cs, errs.Newf(errs.Invalid, "intake.mapping", "方案包导入表 %s 有一列没有写明表头，请更正。", s.ID)
		}
		t.label = labels[0]
		for _, l := range labels {
			// The shape's own spelling wins over a fact's general one, the first over a later.
			if _, taken := cs.byLabel[labelKey(l)]; !taken {
				cs.byLabel[labelKey(l)] = t
			}
		}
		cs.numbers = cs.numbers || col.Part == "household_no"
	}
	return cs, nil
}
