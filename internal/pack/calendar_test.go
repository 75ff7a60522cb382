package pack_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gonggu/internal/clock"
	"gonggu/internal/pack"
)

func shenqiu(t *testing.T) *pack.Pack {
	t.Helper()
	p, bad := pack.Load(os.DirFS("../../packs/shenqiu-2022"))
	if p == nil {
		t.Fatal(bad)
	}
	return p
}

// shenqiuFiles returns the built-in pack as a file system in memory, to be spoilt.
func shenqiuFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	return folderFiles(t, "../../packs/shenqiu-2022")
}

// clause: 4.2-d
func TestTheShenqiuCalendarIsThePublishedOne(t *testing.T) {
	p := shenqiu(t)
	// Days off that would be worked, and weekend days worked, as each year's document gives them.
	for _, y := range []struct{ year, off, work int }{{2021, 31, 7}, {2022, 31, 7}, {2023, 27, 7}, {2024, 28, 8}, {2025, 28, 5}, {2026, 33, 6}} {
		i := slices.IndexFunc(p.Years, func(x pack.Year) bool { return x.Year == y.year })
		off := 0
		for _, h := range p.Years[i].Holidays {
			off += clock.Days(h.From, h.To) + 1
		}
		if off != y.off || len(p.Years[i].Workdays) != y.work {
			t.Errorf("%d has %d days off and %d make-up days", y.year, off, len(p.Years[i].Workdays))
		}
	}
	c := p.Calendar()
	for day, want := range map[string]bool{"2022-09-09": true, "2022-09-12": false, "2022-09-13": true, "2022-10-01": false, "2022-10-07": false, "2022-10-08": true, "2022-10-09": true, "2022-10-10": true,
		"2022-12-30": true, "2022-12-31": false, "2023-01-02": false, "2021-09-26": true, "2024-02-09": true, "2025-10-08": false, "2026-02-28": true, "2026-02-23": false} {
		if c.Workday(day) != want {
			t.Errorf("%s: %v", day, !want)
		}
	}
	// 26 September to 20 October 2022, as the notice's second stage counts: of the 24 days after the first, 15 are worked.
	if n := c.Workdays("2022-09-26", "2022-10-20"); n != 15 {
		t.Errorf("%d working days", n)
	}
	if len(p.MissingYears()) > 0 || len(p.Warnings()) > 0 {
		t.Error(p.Warnings())
	}
}

func TestAYearWithoutDataWarns(t *testing.T) {
	files := good(t)
	p, bad := pack.Load(files)
	if p == nil {
		t.Fatal(bad)
	}
	if y := p.MissingYears(); len(y) == 0 || len(p.Warnings()) != len(y) || !strings.Contains(p.Warnings()[0].Say, y[0]+"年") {
		t.Fatal(y, p.Warnings())
	}
	if !p.Calendar().Workday("2022-10-03") {
		t.Error("without data Monday to Friday are worked")
	}
	q := shenqiu(t)
	found := false
	for _, d := range pack.Diff(p, q) {
		found = found || d.Group == "工作日历" && d.ID == "2022" && d.State == pack.Added
	}
	if !found {
		t.Error("diff does not show the calendar")
	}
	again, err := pack.FromCompiled(q.CompiledJSON())
	if err != nil || again.Calendar().Workday("2022-10-03") || !again.Calendar().Workday("2022-10-08") {
		t.Error("the compiled pack has lost the calendar", err)
	}
}

func TestASpoiltCalendarIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"- {year: 2022, source: x, holidays: [{name: 国庆节, from: \"2022-10-01\", to: \"2022-09-07\"}]}", "1:74: 放假的最后一天在第一天之前"},
		{"- {year: 2022, source: x, holidays: [{name: 国庆节, from: \"2022-10-01\", to: \"2022-12-07\"}]}", "1:74: 放假超过31天"},
		{"- {year: 2022, source: x, holidays: [{name: 国庆节, from: \"2022-10-01\", to: \"2022-10-07\"}], workdays: [\"2022-10-10\"]}", "本来就是星期一到星期五"},
		{"- {year: 2022, source: x, holidays: [{name: 国庆节, from: \"2022-10-01\", to: \"2022-10-07\"}], workdays: [\"2022-10-02\"]}", "又写成放假又写成上班"},
		{"- {year: 2022, source: x, holidays: [{name: 国庆节, from: \"2023-10-01\", to: \"2023-10-07\"}]}", "不在2022年里"},
		{"- {year: 2022, source: x, holidays: [{name: 国庆节, from: \"10月1日\", to: \"2023-10-07\"}]}", "不是日期"},
		{"- {year: 2022, source: x, holidays: [{name: 国庆节, from: \"2022-10-01\", to: \"2022-10-07\"}], workdays: [\"2022-10-08\", \"2022-10-08\"]}", "写了两次"},
		{"- {year: 22, source: x, holidays: []}", "年份写四位数字"},
		{"- {year: 2022, holidays: [{name: 国庆节, from: \"2022-10-01\", to: \"2022-10-07\"}]}", "缺少“source”"},
	} {
		files := good(t)
		files["calendar.yaml"] = &fstest.MapFile{Data: []byte(c.text + "\n")}
		p, bad := pack.Load(files)
		if p != nil || !slices.ContainsFunc(bad, func(b pack.Complaint) bool { return strings.Contains(b.String(), c.want) }) {
			t.Errorf("%s: %v", c.text, bad)
		}
	}
}
