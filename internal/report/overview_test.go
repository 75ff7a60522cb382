package report_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/report"
)

func TestTheOverviewAgreesWithTheReport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		c.story()
		desk := report.NewDesk(c.book) // one desk over all days: what it remembers must not go stale
		see := func(area, day string) *report.Overview {
			t.Helper()
			o, err := desk.Overview(t.Context(), db, duty.Everything(code), area, day)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		see("", "2022-09-17")
		c.do("2022-09-17", "10:00", deed{counts: append(inspect("411624101002", "", 4), count{"411624101002", "households", "", "", 5}),
			found: []finding{{"p6", "411624101002", "3.3.2", "公益岗位人不在岗", "", "labour", ""}}})
		agree := func(day string) {
			t.Helper()
			d := c.build(day)
			for _, top := range append(append([]report.Row{d.Total}, d.Townships...), d.Villages...) {
				o := see(top.Code, day)
				if got, want := overviewNumbers(o), rowNumbers(top); got != want {
					t.Errorf("%s on %s:\n got %s\nwant %s", top.Code, day, got, want)
				}
				last := o.Daily[len(o.Daily)-1]
				check(t, "the series ends today", fmt.Sprint(last.Day, last.Inspected, last.Total, last.Problems), fmt.Sprint(day, top.InspectedToday, top.Inspected, top.Problems.FoundToday))
				silentVillages := 0
				for _, s := range d.Silent {
					if s.Level == duty.LevelVillage && strings.HasPrefix(s.Code, top.Code) {
						silentVillages++
					}
				}
				check(t, "silent villages", int(o.SilentVillages), silentVillages)
				children := slices.DeleteFunc(append(slices.Clone(d.Townships), d.Villages...), func(r report.Row) bool {
					return len(r.Code) != len(top.Code)+3 || !strings.HasPrefix(r.Code, top.Code)
				})
				if len(o.Children) != len(children) {
					t.Fatalf("%s has %d children, want %d", top.Code, len(o.Children), len(children))
				}
				for i, r := range children {
					x := o.Children[i]
					check(t, r.Code, fmt.Sprint(x.Code, x.Households, x.Inspected, x.InspectedToday, x.Problems, x.DoubtsOpen, x.LastReportedOn),
						fmt.Sprint(r.Code, r.Households, r.Inspected, r.InspectedToday, r.Problems.Standing, r.Doubts.Open, r.LastReportedOn))
				}
			}
		}
		agree("2022-09-17")
		c.do("2022-09-18", "10:00", deed{counts: append(inspect("411624102002", "2022-09-16", 1), inspect("411624101001", "", 2)...), void: map[string]string{"p4": "核实后不成立"}})
		agree("2022-09-18")
		c.do("2022-09-19", "18:30", deed{counts: inspect("411624102001", "", 1)})
		agree("2022-09-20")

		o := see("", "2022-09-20")
		check(t, "blocks", len(o.Blocks)+len(o.Items), 26)
		check(t, "series", len(o.Daily), 6)
		check(t, "heat", fmt.Sprint(o.Heat), "[{411624101 3.2.2 1} {411624101 3.3.2 1} {411624101 3.4.1 1}]")
		check(t, "silent", o.Silent[0].Name+o.Silent[0].Since, "甲镇2022-09-18")
	})
}

func overviewNumbers(o *report.Overview) string {
	s := fmt.Sprint(o.Households, o.Persons, o.Inspected, o.InspectedToday, o.InspectedPPM, o.Sheets, o.UnchangedPPM, o.Funnel, o.Doubts)
	for _, i := range append(slices.Clone(o.Blocks), o.Items...) {
		s += fmt.Sprint(" ", i.Today, i.Total, i.Open)
	}
	for _, c := range o.Classes {
		s += fmt.Sprint(" ", c.Households, c.Inspected)
	}
	return s
}

func rowNumbers(r report.Row) string {
	s := fmt.Sprint(r.Households, r.Persons, r.Inspected, r.InspectedToday, r.InspectedPPM, r.Sheets, r.UnchangedPPM,
		report.Funnel{Found: r.Problems.Found, Accepted: r.Problems.Accepted, Voided: r.Problems.Voided, Standing: r.Problems.Standing}, r.Doubts)
	for _, f := range append(slices.Clone(r.Blocks), r.Items...) {
		s += fmt.Sprint(" ", f.FoundToday, f.Found, f.Standing)
	}
	for _, c := range r.Classes {
		s += fmt.Sprint(" ", c.Households, c.Inspected)
	}
	return s
}

func TestAnOverviewStaysInsideItsScope(t *testing.T) {
	c := newCounty(t, dbtest.SQLite(t), places)
	c.story()
	desk := report.NewDesk(c.book)
	town := duty.Actor{Area: "411624101", Duties: []duty.Duty{duty.Township}}.Scope(duty.ReadReport)
	o, err := desk.Overview(t.Context(), c.db, town, "", "2022-09-17")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "411624102") || o.Area != "411624101" || len(o.Children) != 2 {
		t.Errorf("the township sees more than itself: %s", raw)
	}
	for _, area := range []string{"411624102", "411624102001", "410000"} {
		if _, err := desk.Overview(t.Context(), c.db, town, area, "2022-09-17"); errs.Code(err) != "report.outside" {
			t.Errorf("%s: %v", area, err)
		}
	}
	if _, err := desk.Overview(t.Context(), c.db, duty.Scope{}, "", "2022-09-17"); errs.Code(err) != "report.outside" {
		t.Errorf("no scope: %v", err)
	}
	if _, err := desk.Overview(t.Context(), c.db, town, "411624101009", "2022-09-17"); errs.Code(err) != "area.not_found" {
		t.Errorf("no such village: %v", err)
	}
}

func TestCanonicalBytesAreTheProfiles(t *testing.T) {
	c := newCounty(t, dbtest.SQLite(t), places)
	c.story()
	d := c.build("2022-09-17")
	v, err := canon.From(d)
	if err != nil {
		t.Fatal(err)
	}
	want, err := canon.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "bytes", c.bytes("2022-09-17"), string(want))
	empty := newCounty(t, dbtest.SQLite(t), places[:1])
	empty.clock.Set(at("2022-09-15", "10:00"))
	if b := empty.bytes("2022-09-15"); strings.Contains(b, "null") {
		t.Errorf("an empty report holds a null: %s", b)
	}
}
