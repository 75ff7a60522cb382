package packs_test

import (
	"encoding/csv"
	"io/fs"
	"strings"
	"testing"

	"gonggu/internal/assess"
	"gonggu/internal/pack"
	"gonggu/packs"
)

func load(t *testing.T) *pack.Pack {
	t.Helper()
	root, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	p, bad := assess.Lint(root)
	for _, c := range bad {
		t.Error(c)
	}
	if p == nil {
		t.Fatal("the embedded pack does not load")
	}
	return p
}

func TestTheEmbeddedPackIsWhole(t *testing.T) {
	p := load(t)
	if p.Head.ID != packs.Shenqiu2022 {
		t.Errorf("pack %s lies in folder %s", p.Head.ID, packs.Shenqiu2022)
	}
	if n := len(p.Clauses); n != 168 {
		t.Errorf("%d clauses, the notice has 168", n)
	}
	if b, i := len(p.Blocks), len(p.Items); b != 4 || i != 22 {
		t.Errorf("%d blocks and %d items, the notice has 4 and 22", b, i)
	}
	if n := len(p.Classes); n != 16 {
		t.Errorf("%d classes, the notice names 16", n)
	}
}

// Every requirement about households must be served by a class, a rule, a computed value or a question, not by an item alone.
func TestEveryHouseholdRequirementIsServed(t *testing.T) {
	p := load(t)
	for i, s := range pack.Trace(p, nil) {
		if strings.HasPrefix(p.Clauses[i].Kind, "household-") && s.State != "served" {
			t.Errorf("%s %s is %s", s.Clause, s.Text, s.State)
		}
	}
}

func TestAreasAreTheCountyAsCounted(t *testing.T) {
	b, err := fs.ReadFile(packs.FS, packs.Shenqiu2022+"/areas.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	level, kind, known, short := map[string]int{}, map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, r := range rows[1:] {
		code, parent := r[0], r[4]
		level[r[3]]++
		kind[r[5]]++
		if known[code] {
			t.Errorf("%s twice", code)
		}
		known[code] = true
		if parent != "" && (!known[parent] || !strings.HasPrefix(code, parent)) {
			t.Errorf("%s does not lie in %s", code, parent)
		}
		if short[parent+r[2]] {
			t.Errorf("short name %s twice in %s", r[2], parent)
		}
		short[parent+r[2]] = true
	}
	for want, got := range map[string][2]int{
		"townships": {22, level["township"]}, "villages": {581, level["village"]},
		"committees": {546, kind["village_committee"]}, "neighbourhoods": {35, kind["neighbourhood_committee"]},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d, want %d", want, got[1], got[0])
		}
	}
}

// A household whose register is complete is asked only what no register holds; the bound keeps the sheet short.
func TestTheSheetStaysShort(t *testing.T) {
	e, err := assess.Compile(load(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		h    assess.Facts
		m    []assess.Facts
		most int
	}{
		{"ordinary household", assess.Facts{"size": int64(2), "kind": "ordinary", "monitor_kind": "none", "phone": "1"},
			[]assess.Facts{
				{"relation": "head", "sex": "male", "birth": "1980-03-01", "id_number": "1", "education": "junior"},
				{"relation": "son", "sex": "male", "birth": "2012-03-01", "id_number": "2", "school": "primary"},
			}, 16},
		{"lifted household", assess.Facts{"size": int64(1), "kind": "lifted", "monitor_kind": "none", "phone": "1", "house_grade": "a", "water_safe": true,
			"tap_water": true, "toilet": true, "toilet_works": true, "helper_name": "某", "house_appraised": true, "house_rebuilt": false,
			"income_wage": int64(0), "income_business": int64(0), "income_property": int64(0), "income_transfer": int64(900000), "expense_business": int64(0)},
			[]assess.Facts{{"relation": "head", "sex": "male", "birth": "1950-03-01", "id_number": "1", "education": "primary", "ins_resident": true,
				"doctor_signed": true, "lives_alone": true, "left_behind": false, "health": []string{"healthy"}}}, 26},
	} {
		asked := e.Asked("household", "2022-09-18", assess.Sheet{H: c.h, Members: c.m})
		t.Logf("%s: %d questions", c.name, len(asked))
		if len(asked) == 0 || len(asked) > c.most {
			t.Errorf("%s: asked %d questions, want 1 to %d: %v", c.name, len(asked), c.most, asked)
		}
	}
}
