package assess_test

import (
	"os"
	"strings"
	"testing"

	"gonggu/internal/assess"
	"gonggu/internal/pack"
)

func shenqiu(t testing.TB) *pack.Pack {
	t.Helper()
	p, bad := pack.Load(os.DirFS("../../packs/shenqiu-2022"))
	if p == nil {
		t.Fatal(bad)
	}
	return p
}

func TestAnAmendedPackIsAnotherPack(t *testing.T) {
	base := shenqiu(t)
	line := "params/poverty_line@2022-01-01"
	p, bad := assess.Amend(base, "1+1", []pack.Change{{Path: line, Value: "7300.50"}, {Path: "days/clear_by/on", Value: "2022-10-25"},
		{Path: "rules/data-size/days", Value: "12"}, {Path: "items/3.2.1/lead", Value: "education,civil"}, {Path: "rules/data-size/say", Value: "人口数填{h.size}人，请核对"}})
	if p == nil {
		t.Fatal(bad)
	}
	if p.Digest() == base.Digest() || p.Version() != "shenqiu-2022@1+1" {
		t.Errorf("version %s, digest %s", p.Version(), p.Digest())
	}
	if x, _ := p.ParamOn("poverty_line", "2022-09-18"); x.Value != int64(730_050) {
		t.Errorf("the line is %v fen", x.Value)
	}
	if x, _ := base.ParamOn("poverty_line", "2022-09-18"); x.Value != int64(690_000) {
		t.Error("the base pack was changed")
	}
	again, err := pack.FromCompiled(p.CompiledJSON())
	if err != nil || again.Digest() != p.Digest() {
		t.Fatalf("does not load again: %v", err)
	}
	// What is judged is judged by the new line.
	e, err := assess.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	h := assess.Facts{"kind": "lifted", "monitor_kind": "none", "income_head": int64(700_000)}
	raised := false
	for _, d := range e.Household("2022-09-18", h, nil, nil).Doubts {
		raised = raised || d.Rule == "income-not-above-line"
	}
	if !raised {
		t.Error("7,000 yuan is below the amended line, and no doubt is raised")
	}
	// Back to what it was: the same settings, though not the same pack.
	back, bad := assess.Amend(p, "1+2", []pack.Change{{Path: line, Value: "6900"}})
	if back == nil {
		t.Fatal(bad)
	}
}

func TestWhatCannotBeAmendedIsRefusedWithItsReason(t *testing.T) {
	base := shenqiu(t)
	for _, c := range []struct{ path, value, want string }{
		{"rules/data-size/when", "true", "不在可以调整的范围"},
		{"head/county", "411600", "不在可以调整的范围"},
		{"params/poverty_line@2022-01-01", "6900", "和现在一样"},
		{"params/poverty_line@2022-01-01", "七千", "不是数"},
		{"params/poverty_line@2022-01-01", "1.234", "两位小数"},
		{"days/clear_by/on", "十月底", "不是日期"},
		{"phases/inspect/to", "2022-09-01", "结束日在开始日之前"},
		{"rules/data-size/days", "-3", "不是整数"},
		{"rules/data-size/lead", "", "不能为空"},
		{"rules/data-size/lead", "nobody", "没有代码为 nobody 的单位"},
		{"rules/data-size/say", "请每天打卡上报{h.size}", "打卡"},
		{"rules/data-size/say", "号码{h.phone}", "联系方式"},
		{"rules/data-size/say", "人口{h.nothing}", "没有代码为 nothing"},
		{"forms/household/housing_photo/text", "", "不在可以调整的范围"},
	} {
		p, bad := assess.Amend(base, "1+1", []pack.Change{{Path: c.path, Value: c.value}})
		if p != nil {
			t.Errorf("%s = %q is allowed", c.path, c.value)
			continue
		}
		found := false
		for _, b := range bad {
			found = found || strings.Contains(b.Say, c.want)
		}
		if !found {
			t.Errorf("%s = %q: %v, want %s", c.path, c.value, bad, c.want)
		}
	}
}
