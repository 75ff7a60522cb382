package assess

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"gonggu/internal/pack"
)

// Row is one row that a group rule looks at: who it is and its facts (of the household, or of the person).
type Row struct {
	Household string
	Person    string
	Facts     Facts
}

// Shared is a value that a group rule found in more places than allowed.
type Shared struct {
	Rule       string
	Value      string
	N          int
	Households []string
	Persons    []string
	Say        string
}

// Group evaluates a group rule over rows; the result is sorted by value. A row without the value, or for which the rule's
// condition is not true, does not count.
func (e *Engine) Group(ruleID, today string, rows iter.Seq[Row]) ([]Shared, error) {
	r := e.byID[ruleID]
	if r == nil || r.Group == nil {
		return nil, fmt.Errorf("assess: no group rule %q", ruleID)
	}
	root := "h"
	if r.Group.Over == "person" {
		root = "m"
	}
	fact, _ := e.pack.Fact(root, r.Group.By)
	found := map[string]*Shared{}
	for row := range rows {
		var values []string
		switch v := row.Facts[r.Group.By].(type) {
		case nil:
		case []string:
			values = v
		case string:
			if v != "" {
				values = []string{v}
			}
		default:
			values = []string{fmt.Sprint(v)}
		}
		if len(values) == 0 || !e.counts(r, today, row) {
			continue
		}
		for _, v := range values {
			s := found[v]
			if s == nil {
				s = &Shared{Rule: r.ID, Value: v}
				found[v] = s
			}
			s.Households = append(s.Households, row.Household)
			s.Persons = append(s.Persons, row.Person)
		}
	}
	out := []Shared{}
	for _, s := range found {
		s.Households, s.Persons = distinct(s.Households), distinct(s.Persons)
		s.N = len(s.Households)
		if r.Group.Distinct == "person" {
			s.N = len(s.Persons)
		}
		if s.N > r.Group.MoreThan {
			s.Say = e.sayGroup(r, today, fact, s)
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b Shared) int { return strings.Compare(a.Value, b.Value) })
	return out, nil
}

func distinct(list []string) []string {
	slices.Sort(list)
	list = slices.Compact(list)
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

func (e *Engine) counts(r *rule, today string, row Row) bool {
	if r.expr == nil {
		return true
	}
	var l *look
	if r.Group.Over == "person" {
		l = e.look(today, nil, []Facts{row.Facts}, nil)
	} else {
		l = e.look(today, row.Facts, nil, nil)
	}
	defer e.done(l)
	l.derive()
	if r.Group.Over == "person" {
		l.SetMe(0)
	}
	return r.expr.Eval(l.Frame).True()
}

func (e *Engine) sayGroup(r *rule, today string, fact pack.Fact, s *Shared) string {
	l := e.look(today, nil, nil, nil)
	defer e.done(l)
	return l.fill(r.say, -1, func(word string) string {
		switch word {
		case "n":
			return fmt.Sprint(s.N)
		case "value":
			if fact.Sensitive != "" {
				return mask(s.Value)
			}
			return e.pack.Text(pack.Fact{Type: fact.Type, List: fact.List}, s.Value)
		}
		return "{" + word + "}"
	})
}

// mask keeps the ends of a secret value, enough to recognise it by who has it already.
func mask(s string) string {
	r := []rune(s)
	if len(r) < 8 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:3]) + strings.Repeat("*", len(r)-7) + string(r[len(r)-4:])
}

// Gap is a period in which a subject lacks what an expect rule wants.
type Gap struct {
	Rule    string
	Subject string
	From    string
	To      string
	Period  string
	Say     string
}

// Expect evaluates an expect rule: for each subject and each whole period between from and to (days, inclusive), are there
// enough rows (subject, day)? A period that has not ended by `to` is not judged.
func (e *Engine) Expect(ruleID, from, to string, subjects []string, rows iter.Seq2[string, string]) ([]Gap, error) {
	r := e.byID[ruleID]
	if r == nil || r.Kind != "expect" {
		return nil, fmt.Errorf("assess: no expect rule %q", ruleID)
	}
	periods, err := wholePeriods(r.Expect.Period, from, to)
	if err != nil {
		return nil, err
	}
	type key struct {
		subject string
		period  int
	}
	count := map[key]int{}
	for subject, day := range rows {
		i, ok := slices.BinarySearchFunc(periods, day, func(p period, d string) int {
			switch {
			case p.to < d:
				return -1
			case p.from > d:
				return 1
			}
			return 0
		})
		if ok {
			count[key{subject, i}]++
		}
	}
	out := []Gap{}
	for _, s := range subjects {
		for i, p := range periods {
			if count[key{s, i}] >= max(r.Expect.AtLeast, 1) {
				continue
			}
			l := e.look(p.to, nil, nil, nil)
			say := l.fill(r.say, -1, func(word string) string {
				return map[string]string{"period": p.name, "subject": s}[word]
			})
			e.done(l)
			out = append(out, Gap{r.ID, s, p.from, p.to, p.name, say})
		}
	}
	return out, nil
}

type period struct{ from, to, name string }

func wholePeriods(kind, from, to string) ([]period, error) {
	a, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return nil, err
	}
	b, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return nil, err
	}
	var out []period
	start := first(kind, a)
	if start.Before(a) {
		start = next(kind, start)
	}
	for {
		end := next(kind, start)
		if end.AddDate(0, 0, -1).After(b) {
			return out, nil
		}
		out = append(out, period{start.Format(time.DateOnly), end.AddDate(0, 0, -1).Format(time.DateOnly), periodName(kind, start)})
		start = end
	}
}

func first(kind string, d time.Time) time.Time {
	switch kind {
	case "week":
		return d.AddDate(0, 0, -(int(d.Weekday())+6)%7)
	case "month":
		return d.AddDate(0, 0, 1-d.Day())
	case "quarter":
		return time.Date(d.Year(), (d.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(d.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
}

func next(kind string, d time.Time) time.Time {
	switch kind {
	case "week":
		return d.AddDate(0, 0, 7)
	case "month":
		return d.AddDate(0, 1, 0)
	case "quarter":
		return d.AddDate(0, 3, 0)
	}
	return d.AddDate(1, 0, 0)
}

func periodName(kind string, d time.Time) string {
	switch kind {
	case "week":
		end := d.AddDate(0, 0, 6)
		return fmt.Sprintf("%d年%d月%d日至%d月%d日", d.Year(), d.Month(), d.Day(), end.Month(), end.Day())
	case "month":
		return fmt.Sprintf("%d年%d月", d.Year(), d.Month())
	case "quarter":
		return fmt.Sprintf("%d年第%d季度", d.Year(), (int(d.Month())-1)/3+1)
	}
	return fmt.Sprintf("%d年", d.Year())
}
