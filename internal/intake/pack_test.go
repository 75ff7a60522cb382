package intake

import (
	"bytes"
	"context"
	"encoding/csv"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/pack"
	"gonggu/packs"
)

// TestBuiltInPack reads an export-shaped sheet with the mapping of the pack that the binary carries.
func TestBuiltInPack(t *testing.T) {
	root, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	p, bad := pack.Load(root)
	if p == nil {
		t.Fatal(bad)
	}
	m, err := FromPack(p.Imports, p.Facts, p.Codes)
	if err != nil {
		t.Fatal(err)
	}
	r := m.Roles
	if r.PersonID == "" || r.Birth == "" || r.Male == "" || r.Female == "" || r.Head == "" || r.Size == "" || len(r.Phones) == 0 {
		t.Errorf("roles %+v", r)
	}
	in, err := New(m, builtInPlaces(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	village := builtInVillages(t)["411624100"]
	for _, s := range m.Shapes {
		var heading, row []string
		for _, col := range s.Columns {
			value := map[string]string{"county": "沈丘县", "township": "槐店", "village": village, "household_no": "H1", "name": "甲", "head": "甲"}[col.Part]
			label := ""
			if len(col.Labels) > 0 {
				label = col.Labels[0]
			} else if i := slices.IndexFunc(m.Facts, func(f Fact) bool { return f.Code == col.Fact && f.Person == col.Person }); i >= 0 {
				label = m.Facts[i].Labels[0]
			}
			if col.Fact == r.Relation && col.Person {
				value = "户主"
			}
			heading, row = append(heading, label), append(row, value)
		}
		file := write(t, table{rows: [][]string{heading, row}})
		run, err := in.Open(context.Background(), Source{"a.xlsx", bytes.NewReader(file), int64(len(file))})
		if err != nil {
			t.Errorf("%s: %v", s.ID, err)
			continue
		}
		if got := run.Survey().Sheets[0].Shape; got != s.ID {
			t.Errorf("a sheet of all columns of %s was taken for %s", s.ID, got)
		}
		sum, err := run.Read(context.Background(), func(h *Household) error { return nil }, func(f Fault) error {
			if f.Severity != Notice {
				t.Errorf("%s: %+v", s.ID, f)
			}
			return nil
		})
		if err != nil || sum.Households != 1 {
			t.Errorf("%s: %+v, %v", s.ID, sum, err)
		}
		run.Close()
	}
}

func builtInAreas(t *testing.T) [][]string {
	t.Helper()
	b, err := fs.ReadFile(packs.FS, packs.Shenqiu2022+"/areas.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func builtInVillages(t *testing.T) map[string]string {
	out := map[string]string{}
	for _, a := range builtInAreas(t) {
		if len(a[0]) == 12 && out[a[0][:9]] == "" {
			out[a[0][:9]] = a[1]
		}
	}
	return out
}

func builtInPlaces(t *testing.T) *Places {
	var areas []Area
	for _, a := range builtInAreas(t) {
		areas = append(areas, Area{Code: a[0], Name: a[1], Aliases: []string{a[2]}})
	}
	return NewPlaces(areas)
}

// TestEveryVillageIsFound: by full and by short name, and by the name without its ending where that is unique.
func TestEveryVillageIsFound(t *testing.T) {
	p := builtInPlaces(t)
	name, short := map[string]string{}, map[string]string{}
	n := 0
	for _, a := range builtInAreas(t) {
		name[a[0]], short[a[0]] = a[1], a[2]
	}
	for code := range name {
		if len(code) != 12 {
			continue
		}
		n++
		for _, text := range []placeText{
			{township: name[code[:9]], village: name[code]},
			{county: "沈丘", township: short[code[:9]], village: short[code]},
			{township: name[code[:9]], village: name[code[:9]] + name[code]},
			{township: name[code[:9]], village: strings.TrimSuffix(strings.TrimSuffix(name[code], "村民委员会"), "村委会")},
		} {
			if got := p.find(text); got.village != code {
				t.Errorf("%+v gave %+v, want %s", text, got, code)
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d villages", n)
	}
}
