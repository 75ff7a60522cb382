package synth

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// What the county shares with the pack is read from the pack's files as they are, not through
// the pack's loader: the county must agree with what is written there, whoever reads it.

type packEntry struct {
	Code    string   `yaml:"code"`
	Name    string   `yaml:"name"`
	Aliases []string `yaml:"aliases"`
}

type packFact struct {
	Code   string   `yaml:"code"`
	Type   string   `yaml:"type"`
	List   string   `yaml:"list"`
	Labels []string `yaml:"labels"`
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(packDir + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func packLists(t *testing.T) map[string][]packEntry {
	t.Helper()
	var lists []struct {
		ID      string      `yaml:"id"`
		Entries []packEntry `yaml:"entries"`
	}
	readYAML(t, "codes.yaml", &lists)
	out := map[string][]packEntry{}
	for _, l := range lists {
		out[l.ID] = l.Entries
	}
	return out
}

func packFacts(t *testing.T) (household, person, village map[string]packFact) {
	t.Helper()
	var book struct {
		Household []packFact `yaml:"household"`
		Person    []packFact `yaml:"person"`
		Village   []packFact `yaml:"village"`
	}
	readYAML(t, "facts.yaml", &book)
	household, person, village = map[string]packFact{}, map[string]packFact{}, map[string]packFact{}
	for _, f := range book.Household {
		household[f.Code] = f
	}
	for _, f := range book.Person {
		person[f.Code] = f
	}
	for _, f := range book.Village {
		village[f.Code] = f
	}
	return household, person, village
}

func TestCodesAreThePacks(t *testing.T) {
	lists := packLists(t)
	for list, names := range codes {
		for name, code := range names {
			if !slices.ContainsFunc(lists[list], func(e packEntry) bool { return e.Code == code && e.Name == name }) {
				t.Errorf("the pack's list %s has no %s (%s)", list, name, code)
			}
		}
	}
}

// unread are labels of the real export that the pack does not take in: the copy made when a
// risk was cleared.
const unread = "风险消除后"

func TestLabelsAreUnderstood(t *testing.T) {
	household, person, _ := packFacts(t)
	var shapes []struct {
		ID      string   `yaml:"id"`
		Detect  []string `yaml:"detect"`
		Columns []struct {
			Labels []string `yaml:"labels"`
			Fact   string   `yaml:"fact"`
		} `yaml:"columns"`
	}
	readYAML(t, "imports.yaml", &shapes)
	known := map[string]map[string]bool{}
	for _, s := range shapes {
		known[s.ID] = map[string]bool{}
		for _, c := range s.Columns {
			labels := c.Labels
			if code, ok := strings.CutPrefix(c.Fact, "h."); ok {
				labels = append(labels, household[code].Labels...)
			}
			if code, ok := strings.CutPrefix(c.Fact, "m."); ok {
				labels = append(labels, person[code].Labels...)
			}
			for _, l := range labels {
				known[s.ID][l] = true
			}
		}
	}
	for _, s := range []Spelling{Short, Full} {
		for _, l := range Labels(s) {
			if !known["national-export"][l] && !strings.HasPrefix(l, unread) {
				t.Errorf("the pack does not know the column %s", l)
			}
		}
	}
	for _, l := range RosterLabels {
		if !known["roster"][l] {
			t.Errorf("the pack's roster does not know the column %s", l)
		}
	}
}

// Every value of a truth is of its fact's type, and every code in its fact's list.
func TestTruthIsInThePacksWords(t *testing.T) {
	household, person, village := packFacts(t)
	lists := packLists(t)
	own := map[string]packFact{"income_low": {Type: "bool"}, "other_need": {Type: "text"}} // the form's own questions
	c := shenqiu(t, 6_000, 2022)
	checked := map[string]bool{}
	check := func(facts map[string]packFact, a Answer) {
		f, ok := facts[a.Code]
		if !ok {
			f, ok = own[a.Code]
		}
		if !ok {
			t.Fatalf("the pack has no fact %s", a.Code)
		}
		if !fits(lists, f, a.Value) {
			t.Fatalf("%s is a %s of list %q and cannot be %#v", a.Code, f.Type, f.List, a.Value)
		}
		checked[a.Code] = true
	}
	for h := range c.Households() {
		w := c.Truth(h)
		for _, a := range append(w.facts, w.changed...) {
			check(household, a)
		}
		for i := range w.Members {
			for _, a := range append(w.Members[i].facts, w.Members[i].changed...) {
				check(person, a)
			}
		}
	}
	facts := c.VillageFacts(c.Villages()[7].Code)
	if len(facts) < 15 || c.VillageFacts("411624999999") != nil {
		t.Errorf("facts of a village: %v", facts)
	}
	for _, a := range facts {
		check(village, a)
	}
	if len(checked) < 140 {
		t.Errorf("only %d facts met", len(checked))
	}
}

func fits(lists map[string][]packEntry, f packFact, v any) bool {
	in := func(code string) bool {
		return slices.ContainsFunc(lists[f.List], func(e packEntry) bool { return e.Code == code })
	}
	switch x := v.(type) {
	case bool:
		return f.Type == "bool"
	case int64:
		return f.Type == "int" || f.Type == "money" || f.Type == "hundredths"
	case []string:
		return f.Type == "codes" && len(x) > 0 && !slices.ContainsFunc(x, func(s string) bool { return !in(s) })
	case string:
		switch f.Type {
		case "code":
			return in(x)
		case "month":
			return len(x) == 7
		case "day":
			return len(x) == 10
		}
		return f.Type == "text" && x != ""
	}
	return false
}

// Every fact that the household form asks has an answer at some door.
func TestFormIsAnswered(t *testing.T) {
	var form struct {
		Sections []struct {
			Of        string `yaml:"of"`
			Questions []struct {
				ID   string `yaml:"id"`
				Fact string `yaml:"fact"`
				Type string `yaml:"type"`
			} `yaml:"questions"`
		} `yaml:"sections"`
	}
	readYAML(t, "forms/household.yaml", &form)
	c := shenqiu(t, 20_000, 2022)
	household, person := map[string]bool{}, map[string]bool{}
	for h := range c.Households() {
		w := c.Truth(h)
		for _, a := range w.facts {
			household[a.Code] = true
		}
		for i := range w.Members {
			for _, a := range w.Members[i].facts {
				person[a.Code] = true
			}
		}
	}
	n := 0
	for _, s := range form.Sections {
		for _, q := range s.Questions {
			code, have := q.Fact, household
			if code == "" {
				code = q.ID
			}
			if s.Of == "member" {
				have = person
			}
			n++
			if !have[code] && q.Type != "photo" {
				t.Errorf("nobody answers %s", code)
			}
		}
	}
	if n < 40 {
		t.Errorf("the form has %d questions", n)
	}
}
