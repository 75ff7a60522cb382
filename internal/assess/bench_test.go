package assess_test

import (
	"testing"

	"gonggu/internal/assess"
	"gonggu/internal/pack"
)

func benched(b *testing.B) (*pack.Pack, *assess.Engine) {
	b.Helper()
	p := shenqiu(b)
	e, err := assess.Compile(p)
	if err != nil {
		b.Fatal(err)
	}
	return p, e
}

func BenchmarkHouseholdUnderTheShenqiuPack(b *testing.B) {
	_, e := benched(b)
	h := assess.Facts{"kind": "lifted", "size": int64(4), "income_wage": int64(2_400_000), "income_business": int64(800_000), "income_property": int64(0),
		"income_transfer": int64(120_000), "expense_business": int64(200_000), "tap_water": true, "water_cut": false, "housing_grade": "A"}
	m := []assess.Facts{}
	for _, birth := range []string{"1970-03-01", "1972-05-06", "2010-09-09", "1944-01-02"} {
		m = append(m, assess.Facts{"name": "某人", "birth": birth, "insured": true, "health": []string{"healthy"}})
	}
	for name, assessed := range map[string]func(string, assess.Facts, []assess.Facts, assess.Facts) assess.Outcome{"full": e.Household, "brief": e.Brief} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				assessed("2022-09-18", h, m, nil)
			}
		})
	}
}

// BenchmarkSheetUnderTheShenqiuPack is a family of whom nearly every fact is known, as on a filled-in sheet.
func BenchmarkSheetUnderTheShenqiuPack(b *testing.B) {
	p, e := benched(b)
	first := map[string]string{}
	for _, l := range p.Codes {
		first[l.ID] = l.Entries[0].Code
	}
	fill := func(facts []pack.Fact, nth int) assess.Facts {
		all := assess.Facts{}
		for i, f := range facts {
			if i%7 == nth { // a few are not known, others of each person
				continue
			}
			switch f.Type {
			case "text":
				all[f.Code] = "某某"
			case "code":
				all[f.Code] = first[f.List]
			case "codes":
				all[f.Code] = []string{first[f.List]}
			case "bool":
				all[f.Code] = false
			case "day":
				all[f.Code] = "1972-05-06"
			case "month":
				all[f.Code] = "2022-03"
			default:
				all[f.Code] = int64(1200)
			}
		}
		return all
	}
	h := fill(p.Facts.Household, 0)
	m := []assess.Facts{fill(p.Facts.Person, 1), fill(p.Facts.Person, 2), fill(p.Facts.Person, 3), fill(p.Facts.Person, 4)}
	b.ReportAllocs()
	for b.Loop() {
		e.Brief("2022-09-18", h, m, nil)
	}
}
