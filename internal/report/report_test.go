package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/report"
	"gonggu/internal/workbook"
)

func TestTheReportSaysWhatHappened(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		c.story()
		c.clock.Set(at("2022-09-17", "18:01"))

		first := c.build("2022-09-15")
		check(t, "households", first.Total.Households, 10*(2+3+5+6))
		check(t, "persons", first.Total.Persons, 40*16)
		check(t, "inspected", first.Total.Inspected, 3)
		check(t, "unchanged share", first.Total.UnchangedPPM, 333_333)
		check(t, "class", first.Total.Classes[0].Inspected, 3)
		check(t, "class households", first.Total.Classes[0].Households, 16)
		check(t, "doubts open", first.Total.Doubts.Open, 4)
		check(t, "phase", first.PhaseName+first.StateName, "排查阶段已截止")
		check(t, "phase day", first.PhaseDay, 1)
		check(t, "blocks", len(first.Total.Blocks), 4)
		check(t, "items", len(first.Villages[0].Items), 22)
		check(t, "found", first.Total.Problems.Found, 3)
		check(t, "3.2", first.Total.Blocks[1].Found, 2)
		check(t, "log size", first.Foot.LogSize, 5)
		check(t, "root", len(first.Foot.Root), 64)
		p := first.Problems
		if len(p) != 3 {
			t.Fatalf("problems of the day: %+v", p)
		}
		check(t, "number", p[0].Number, "甲-0001")
		check(t, "place", p[0].Township+p[0].Village+p[0].Area, "甲镇东村411624101001")
		check(t, "sentence", p[0].Say, "孩子今年没有入学")
		check(t, "lead", p[0].LeadName, "县教体局")
		check(t, "state on the day", p[0].StateName, "待受理")
		check(t, "sensitive", p[1].Say, "健康（涉敏感信息，登录查看）")
		check(t, "phone number", p[2].Withheld, true)
		check(t, "silent", len(first.Silent), 4) // 乙乡, 西村, 南村, 北村
		check(t, "silent text", first.Silent[0].Name+first.Silent[0].Text, "乙乡自启动以来未上报")
		check(t, "late", len(first.Late), 0)

		third := c.build("2022-09-17")
		check(t, "inspected", third.Total.Inspected, 8)
		check(t, "today", third.Total.InspectedToday, 2)
		check(t, "late sheets", third.Total.SheetsLate, 2)
		check(t, "voided", third.Total.Problems.Voided, 1)
		check(t, "standing", third.Total.Problems.Standing, 3)
		check(t, "item standing", third.Total.Items[slices.IndexFunc(third.Items, func(i report.ItemName) bool { return i.Code == "3.2.1" })].Standing, 1)
		check(t, "changes", fmt.Sprint(third.Changes.Since, third.Changes.Inspected, third.Changes.Standing, third.Changes.DoubtsOpen, len(third.Changes.Accepted)), "2022-09-162 -1 -1 0")
		check(t, "voided row", third.Changes.Voided[0].Number+third.Changes.Voided[0].StateName+third.Changes.Voided[0].Reason, "甲-0001已作废重复登记，与另一条相同")
		check(t, "silent since", third.Silent[slices.IndexFunc(third.Silent, func(s report.Silent) bool { return s.Name == "甲镇东村" })].Text, "9月16日以后未上报（1 天）")
		if len(third.Late) != 2 {
			t.Fatalf("late: %+v", third.Late)
		}
		check(t, "restated for the county", third.Late[0].Sheets, report.Restate{Printed: 3, Then: 3, Arrived: 2, Now: 6})
		check(t, "restated for the township", third.Late[1].Sheets, report.Restate{Printed: 0, Then: 0, Arrived: 2, Now: 2})
		second := c.build("2022-09-16")
		check(t, "restated a day before", second.Late[0].Sheets, report.Restate{Printed: 3, Then: 3, Arrived: 1, Now: 4})
		check(t, "accepted", second.Changes.Accepted[0].StateName, "已受理")
	})
}

func check[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestACutOffStillBelongsToItsDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		c.do("2022-09-15", "18:00", deed{counts: inspect("411624101001", "", 1)})
		d := c.build("2022-09-15")
		check(t, "at the cut-off it is still open", d.Closed, false)
		if days := c.freeze(); len(days) != 0 {
			t.Fatalf("frozen at the very cut-off: %v", days)
		}
		c.doAt(at("2022-09-15", "18:00")+1, deed{counts: inspect("411624101001", "", 5)})
		d = c.build("2022-09-15")
		check(t, "closed", d.Closed, true)
		check(t, "inspected", d.Total.Inspected, 1)
		check(t, "log size", d.Foot.LogSize, 4)
		next := c.build("2022-09-16")
		check(t, "the next day", next.Total.InspectedToday, 5)
		check(t, "not closed", next.StateName, "未截止")
	})
}

func TestADayComputedLaterHasTheSameBytes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		c.story()
		c.clock.Set(at("2022-09-17", "18:01"))
		was := map[string]string{}
		for _, day := range []string{"2022-09-15", "2022-09-16", "2022-09-17"} {
			was[day] = c.bytes(day)
		}
		c.do("2022-09-18", "09:00", deed{counts: append(inspect("411624101002", "2022-09-15", 4), inspect("411624102001", "", 7)...),
			accept: []string{"p2", "p4"}, void: map[string]string{"p3": "核实后不成立"},
			found: []finding{{"p5", "411624101002", "3.2.3", "旧房没有拆除", "", "housing", ""}}})
		more := duty.Area{Code: "411624103", Parent: code, Level: duty.LevelTownship, Name: "丙镇", Short: "丙"}
		c.submit(adopt(more))
		for day, b := range was {
			if c.bytes(day) != b {
				t.Errorf("the report of %s changed", day)
			}
		}
	})
}

func TestBothEnginesGiveTheSameBytes(t *testing.T) {
	a, b := newCounty(t, dbtest.SQLite(t), places), newCounty(t, dbtest.PostgreSQL(t), places)
	for _, c := range []*county{a, b} {
		c.story()
		c.clock.Set(at("2022-09-18", "10:00"))
	}
	for _, day := range []string{"2022-09-15", "2022-09-16", "2022-09-17", "2022-09-18"} {
		if a.bytes(day) != b.bytes(day) {
			t.Errorf("%s differs between the engines", day)
		}
		var x, y bytes.Buffer
		for d, w := range map[*report.Daily]io.Writer{a.build(day): &x, b.build(day): &y} {
			if err := report.WriteXLSX(w, d); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(x.Bytes(), y.Bytes()) {
			t.Errorf("the workbook of %s differs between the engines", day)
		}
	}
}

func TestOnlyDaysOfTheCampaignHaveAReport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCounty(t, db, places)
		now := at("2022-09-16", "18:01")
		for day, want := range map[string]string{"2022-09-14": "report.too_early", "2022-09-15": "", "2022-09-17": "", "2022-09-18": "report.future", "2022-9-15": "report.day", "x": "report.day"} {
			if _, err := report.Build(t.Context(), db, c.book, code, day, now); errs.Code(err) != want {
				t.Errorf("%s: %v, want %q", day, err, want)
			}
		}
		if _, err := report.Build(t.Context(), db, c.book, code, "2023-01-01", at("2023-01-02", "12:00")); errs.Code(err) != "report.ended" {
			t.Errorf("after the end: %v", err)
		}
		if _, err := report.Provisional(t.Context(), db, c.book, code, at("2022-09-14", "12:00")); errs.Code(err) != "report.too_early" {
			t.Errorf("before the first day: %v", err)
		}
		if _, err := report.Build(t.Context(), dbtest.SQLite(t), c.book, code, "2022-09-15", now); errs.Code(err) != "campaign.none" {
			t.Errorf("no campaign: %v", err)
		}
	})
}

func TestAScopeSeesItsPartOnly(t *testing.T) {
	c := newCounty(t, dbtest.SQLite(t), places)
	c.story()
	c.clock.Set(at("2022-09-17", "18:01"))
	actor := func(area string, unit string, d duty.Duty) duty.Scope {
		return duty.Actor{Area: area, UnitCode: unit, Duties: []duty.Duty{d}}.Scope(duty.ReadReport)
	}
	for _, day := range []string{"2022-09-15", "2022-09-16", "2022-09-17"} {
		d := c.build(day)
		for _, x := range []struct{ mine, other, word string }{{"411624101", "411624102", "乙"}, {"411624102", "411624101", "甲"}, {"411624101002", "411624101001", "东"}} {
			v, err := d.View(actor(x.mine, "", duty.Township), "")
			if err != nil {
				t.Fatal(err)
			}
			v.Problems = slices.Clone(v.Problems)
			for i := range v.Problems { // every number here begins with 甲
				v.Problems[i].Number = ""
			}
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(raw), x.other) || strings.Contains(string(raw), x.word) {
				t.Errorf("%s: %s sees something of %s", day, x.mine, x.other)
			}
			check(t, "top", v.Total.Code, x.mine)
			if _, err := d.View(actor(x.mine, "", duty.Township), x.other); errs.Code(err) != "report.outside" {
				t.Errorf("%s may look at %s: %v", x.mine, x.other, err)
			}
			again, err := d.View(actor(code, "", duty.Office), x.mine)
			if err != nil || again.Total.Code != x.mine {
				t.Errorf("the office narrows to %s: %v", x.mine, err)
			}
		}
		all, err := d.View(actor(code, "", duty.Leader), "")
		if err != nil {
			t.Fatal(err)
		}
		x, _ := all.Canonical()
		y, _ := d.Canonical()
		check(t, "the county sees all", string(x), string(y))
		if _, err := d.View(actor(code, "", duty.SysAdmin), ""); errs.Code(err) != "report.outside" {
			t.Errorf("a system administrator reads the report: %v", err)
		}
		if _, err := d.View(actor("41162410100101", "", duty.Village), ""); errs.Code(err) != "report.outside" {
			t.Errorf("a group has no part of its own: %v", err)
		}
	}
	d := c.build("2022-09-15")
	for unit, want := range map[string]int{"education": 1, "civil": 1, "health": 1, "water": 0} {
		v, err := d.View(actor(code, unit, duty.Department), "")
		if err != nil {
			t.Fatal(err)
		}
		check(t, unit, len(v.Problems), want)
		check(t, "its counts", v.Total.Problems.Found, 3)
	}
}

// TestVillagesAddUp draws counts of villages and wants townships and county to be their sums.
func TestVillagesAddUp(t *testing.T) {
	c := newCounty(t, dbtest.SQLite(t), places)
	measures := []string{"households", "persons", "inspected", "sheets", "unchanged", "found", "accepted", "voided", "doubt.opened", "doubt.confirmed", "doubt.refuted", "doubt.gone"}
	villages := []string{"411624101001", "411624101002", "411624102001", "411624102002"}
	day := "2022-09-15"
	rapid.Check(t, func(t *rapid.T) {
		day = clock.AddDays("2022-09-15", min(clock.Days("2022-09-15", day)+rapid.IntRange(0, 1).Draw(t, "later"), 60))
		var counts []count
		for range rapid.IntRange(1, 12).Draw(t, "n") {
			m := rapid.SampledFrom(measures).Draw(t, "measure")
			item := ""
			switch m {
			case "found", "accepted", "voided":
				item = rapid.SampledFrom([]string{"3.1.1", "3.2.1", "3.2.2", "3.4.5"}).Draw(t, "item")
			case "households", "inspected":
				item = rapid.SampledFrom([]string{"", "2.1-a", "2.1-c8"}).Draw(t, "class")
			}
			counts = append(counts, count{rapid.SampledFrom(villages).Draw(t, "village"), m, item,
				clock.AddDays(day, -rapid.IntRange(0, 3).Draw(t, "late")), rapid.Int64Range(-3, 50).Draw(t, "count")})
		}
		c.do(day, "12:00", deed{counts: counts})
		d := c.build(day)
		for _, top := range append([]report.Row{d.Total}, d.Townships...) {
			below := d.Villages
			sum := report.Row{Code: top.Code, Name: top.Name}
			for _, v := range below {
				if strings.HasPrefix(v.Code, top.Code) {
					add(&sum, v)
				}
			}
			if got, want := numbers(top), numbers(sum); got != want {
				t.Fatalf("%s on %s:\n got %s\nwant %s", top.Code, day, got, want)
			}
		}
		townships := report.Row{}
		for _, r := range d.Townships {
			add(&townships, r)
		}
		if got, want := numbers(d.Total), numbers(townships); got != want {
			t.Fatalf("county on %s:\n got %s\nwant %s", day, got, want)
		}
		blocks := report.Found{}
		for _, b := range d.Total.Blocks {
			addFound(&blocks, b)
		}
		if blocks.Found != d.Total.Problems.Found || blocks.Standing != d.Total.Problems.Standing {
			t.Fatalf("blocks %+v do not add up to %+v", blocks, d.Total.Problems)
		}
	})
}

func addFound(a *report.Found, b report.Found) {
	a.FoundToday, a.Found, a.AcceptedToday, a.Accepted = a.FoundToday+b.FoundToday, a.Found+b.Found, a.AcceptedToday+b.AcceptedToday, a.Accepted+b.Accepted
	a.VoidedToday, a.Voided, a.Standing = a.VoidedToday+b.VoidedToday, a.Voided+b.Voided, a.Standing+b.Standing
}

func add(a *report.Row, b report.Row) {
	a.Households, a.HouseholdsToday, a.Persons, a.PersonsToday = a.Households+b.Households, a.HouseholdsToday+b.HouseholdsToday, a.Persons+b.Persons, a.PersonsToday+b.PersonsToday
	a.Inspected, a.InspectedToday, a.Sheets, a.SheetsToday = a.Inspected+b.Inspected, a.InspectedToday+b.InspectedToday, a.Sheets+b.Sheets, a.SheetsToday+b.SheetsToday
	a.SheetsLate, a.Unchanged, a.UnchangedToday = a.SheetsLate+b.SheetsLate, a.Unchanged+b.Unchanged, a.UnchangedToday+b.UnchangedToday
	addFound(&a.Problems, b.Problems)
	a.Doubts.Opened, a.Doubts.Closed, a.Doubts.Open = a.Doubts.Opened+b.Doubts.Opened, a.Doubts.Closed+b.Doubts.Closed, a.Doubts.Open+b.Doubts.Open
	if a.Items == nil {
		a.Items, a.Classes = make([]report.Found, len(b.Items)), make([]report.ClassCount, len(b.Classes))
	}
	for i := range b.Items {
		addFound(&a.Items[i], b.Items[i])
	}
	for i, c := range b.Classes {
		a.Classes[i].Households, a.Classes[i].Inspected = a.Classes[i].Households+c.Households, a.Classes[i].Inspected+c.Inspected
	}
}

// numbers prints what must add up.
func numbers(r report.Row) string {
	s := fmt.Sprint(r.Households, r.HouseholdsToday, r.Persons, r.PersonsToday, r.Inspected, r.InspectedToday, r.Sheets, r.SheetsToday, r.SheetsLate, r.Unchanged,
		r.UnchangedToday, r.Doubts.Opened, r.Doubts.Closed, r.Doubts.Open)
	for _, f := range append([]report.Found{r.Problems}, r.Items...) {
		s += fmt.Sprint(" ", f.FoundToday, f.Found, f.AcceptedToday, f.Accepted, f.VoidedToday, f.Voided, f.Standing)
	}
	for _, c := range r.Classes {
		s += fmt.Sprint(" ", c.Households, c.Inspected)
	}
	return s
}

func TestTheWorkbookHoldsTheReport(t *testing.T) {
	c := newCounty(t, dbtest.SQLite(t), places)
	c.story()
	c.clock.Set(at("2022-09-17", "18:01"))
	d := c.build("2022-09-17")
	var out, again bytes.Buffer
	if err := report.WriteXLSX(&out, d); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteXLSX(&again, c.build("2022-09-17")); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Errorf("the same report gives other bytes (%v)", err)
	}
	b, err := workbook.Open(bytes.NewReader(out.Bytes()), int64(out.Len()), workbook.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	var names []string
	for _, s := range b.Sheets() {
		names = append(names, s.Name)
		for row, err := range s.Rows(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			for _, cell := range row.Cells {
				texts[s.Name] += cell.Text + "|"
			}
			texts[s.Name] += "\n"
		}
	}
	check(t, "sheets", strings.Join(names, " "), "汇总 分乡镇 分村 按事项 问题清单 未上报单位 迟到补报 单位说明")
	for sheet, want := range map[string]string{"汇总": "作废问题|1|1|", "分乡镇": "411624102|乙乡|110|440|2|4|", "分村": "411624102002|乙乡|北村|60|", "按事项": "3.2.1|　教育|0|2|0|1|1|1|1|",
		"问题清单": "今日作废|甲-0001|3.2.1|教育|甲镇|东村|", "未上报单位": "甲镇西村|30|0|自启动以来未上报|", "迟到补报": "2022-09-15|沈丘县|排查表|3|3|2|6|"} {
		if !strings.Contains(texts[sheet], want) {
			t.Errorf("%s lacks %q:\n%s", sheet, want, texts[sheet])
		}
		if !strings.Contains(texts[sheet], d.Foot.Root) {
			t.Errorf("%s lacks the root", sheet)
		}
	}
}
