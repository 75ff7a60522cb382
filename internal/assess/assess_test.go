package assess_test

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"gonggu/internal/assess"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

var poor = assess.Facts{"kind": "lifted", "size": int64(1), "wage": int64(689_999), "spend": int64(0)}

func rules(list []assess.Raised) []string {
	out := []string{}
	for _, r := range list {
		out = append(out, r.Rule)
	}
	return out
}

func TestTheIncomeLineIsTheOneInForceOnTheDay(t *testing.T) {
	e := engine(t)
	for _, c := range []struct {
		today string
		wage  int64
		doubt bool
	}{{"2022-01-01", 689_999, true}, {"2022-01-01", 690_000, false}, {"2022-01-01", 690_001, false}, {"2021-12-31", 651_249, true}, {"2021-12-31", 651_250, false}, {"2021-12-31", 689_999, false}} {
		h := maps.Clone(poor)
		h["wage"] = c.wage
		if got := slices.Contains(rules(e.Household(c.today, h, nil, nil).Doubts), "income-below"); got != c.doubt {
			t.Errorf("%s %d: %v", c.today, c.wage, got)
		}
	}
}

func TestTheRoundedValueIsWhatTheLineIsComparedWith(t *testing.T) {
	e := engine(t)
	// 1,379,999 fen for two is 689,999.5 a head: rounded half-up once it is the line itself, and not below it.
	out := e.Household("2022-09-18", assess.Facts{"kind": "lifted", "size": int64(2), "wage": int64(1_379_999), "spend": int64(0)}, nil, nil)
	if slices.Contains(rules(out.Doubts), "income-below") || out.Derived[1].Text != "6,900.00元" {
		t.Error(rules(out.Doubts), out.Derived[1])
	}
}

func TestAMissingFactIsUnknownAndNeverFalse(t *testing.T) {
	e := engine(t)
	out := e.Household("2022-09-18", assess.Facts{"kind": "lifted"}, nil, nil)
	i := slices.IndexFunc(out.Unknown, func(u assess.Unknown) bool { return u.Rule == "income-below" })
	if i < 0 || !slices.Equal(out.Unknown[i].Missing, []string{"h.size", "h.spend", "h.wage"}) {
		t.Error(out.Unknown)
	}
	if slices.Contains(out.Classes, "B") || !slices.Contains(out.ClassesUnknown, "B") {
		t.Error(out.Classes, out.ClassesUnknown)
	}
}

func TestDifferentHouseholdsAtOnceDoNotMix(t *testing.T) {
	e := engine(t)
	rich := maps.Clone(poor)
	rich["wage"] = int64(9_000_000)
	child := []assess.Facts{{"name": "王小明", "birth": "2012-01-01", "at_school": false}}
	a, b := e.Household("2022-09-18", poor, child, nil), e.Household("2021-09-18", rich, nil, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if !reflect.DeepEqual(e.Household("2022-09-18", poor, child, nil), a) || !reflect.DeepEqual(e.Household("2021-09-18", rich, nil, nil), b) {
					t.Error("an assessment changed under concurrency")
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestABriefAssessmentSaysTheSameWithFewerWords(t *testing.T) {
	e := engine(t)
	child := []assess.Facts{{"name": "王小明", "birth": "2012-01-01", "at_school": false}}
	full, brief := e.Household("2022-09-18", poor, child, nil), e.Brief("2022-09-18", poor, child, nil)
	plain := func(list []assess.Value) {
		for i := range list {
			list[i].Text, list[i].Formula = "", ""
		}
	}
	plain(full.Derived)
	plain(full.MemberDerived[0])
	for i := range full.Doubts {
		full.Doubts[i].Inputs = []assess.Input{}
	}
	for i := range full.Problems {
		full.Problems[i].Inputs = []assess.Input{}
	}
	if !reflect.DeepEqual(full, brief) {
		t.Errorf("%+v\n%+v", full, brief)
	}
	if again := e.Household("2022-09-18", poor, child, nil); again.Derived[0].Text == "" {
		t.Error("a brief assessment left the next one brief")
	}
}

func TestAGroupRuleCountsHouseholdsNotRows(t *testing.T) {
	e := engine(t)
	row := func(hh, phone, kind string) assess.Row {
		return assess.Row{Household: hh, Facts: assess.Facts{"phone": phone, "kind": kind}}
	}
	found, err := e.Group("phone-shared", "2022-09-18", slices.Values([]assess.Row{
		row("c", "19900000001", "lifted"), row("a", "19900000001", "lifted"), row("a", "19900000001", "lifted"), row("b", "19900000001", "plain"),
		row("d", "19900000002", "lifted"), row("d", "19900000002", "lifted"), row("e", "", "lifted"), row("f", "", "lifted"),
		{Household: "g", Facts: assess.Facts{"phone": "19900000002"}},
	}))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if s := found[0]; s.N != 2 || !slices.Equal(s.Households, []string{"a", "c"}) || s.Say != "电话199****0001登记在2户" {
		t.Error(s)
	}
	if _, err := e.Group("income-below", "2022-09-18", slices.Values([]assess.Row{})); err == nil {
		t.Error("a rule of another kind was taken for a group rule")
	}
}

func TestAnExpectRuleJudgesOnlyWholePeriods(t *testing.T) {
	e := engine(t)
	rows := func(yield func(string, string) bool) {
		_ = yield("甲村", "2022-02-28") && yield("甲村", "2022-03-01") && yield("乙村", "2022-03-31") && yield("乙村", "2022-04-01")
	}
	gaps, err := e.Expect("meeting-missing", "2022-01-15", "2022-04-29", []string{"甲村", "乙村", "丙村"}, rows)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range gaps {
		got = append(got, g.Say)
	}
	want := []string{"乙村2022年2月没有开会", "丙村2022年2月没有开会", "丙村2022年3月没有开会"}
	if !slices.Equal(got, want) {
		t.Error(got)
	}
	if _, err := e.Expect("meeting-missing", "昨天", "2022-04-29", nil, rows); err == nil {
		t.Error("a day that is none was taken")
	}
}

func spoilt(t *testing.T, name, from, to string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, n := range []string{"pack.yaml", "clauses.yaml", "items.yaml", "units.yaml", "params.yaml", "codes.yaml", "facts.yaml", "classes.yaml", "derived.yaml", "registers.yaml", "forms/household.yaml", "rules/each.yaml", "rules/many.yaml"} {
		b, err := os.ReadFile(conformance + "pack/" + n)
		if err != nil {
			t.Fatal(err)
		}
		if n == name {
			if !strings.Contains(string(b), from) {
				t.Fatalf("%s lacks %q", name, from)
			}
			b = []byte(strings.Replace(string(b), from, to, 1))
		}
		out[n] = &fstest.MapFile{Data: b}
	}
	return out
}

func TestLintNamesTheExampleThatFails(t *testing.T) {
	for _, c := range []struct{ name, file, from, to, want string }{
		{"a wrong expectation", "rules/each.yaml", "tap_flow: false}, expect: hit", "tap_flow: true}, expect: hit", "规则 flow-bad 的例子“不正常”应为命中，实为不命中"},
		{"a wrong sentence", "rules/each.yaml", `"王小明10岁，不在校"}`, `"王小明11岁，不在校"}`, "规则 out-of-school 的例子“不在校”说的是“王小明10岁，不在校”，应为“王小明11岁，不在校”"},
		{"an unknown taken for a miss", "rules/each.yaml", "{name: 没问, me: {name: 王小明, birth: 2012-01-01}, expect: unknown}", "{name: 没问, me: {name: 王小明, birth: 2012-01-01}, expect: miss}",
			"规则 out-of-school 的例子“没问”应为不命中，实为不清楚（me.at_school）"},
		{"a threshold without its equal", "rules/each.yaml", "h: {land: 1, size: 2}", "h: {land: 1.01, size: 2}", "规则 land-little 拿 h.land_head 与参数 land_least 比较，例子里缺少等于它的一例"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := spoilt(t, c.file, c.from, c.to)
			_, bad := assess.Lint(files)
			if !slices.ContainsFunc(bad, func(b pack.Complaint) bool { return strings.HasPrefix(b.Say, c.want) && b.Line > 1 }) {
				t.Error(bad)
			}
			var out strings.Builder
			if err := assess.WriteLint(&out, files); err == nil || errs.As(err).Code != "pack.refused" || !strings.Contains(out.String(), c.want) {
				t.Error(err, out.String())
			}
		})
	}
}

func TestTheCommandsReportWhatTheyFound(t *testing.T) {
	var out strings.Builder
	if err := assess.WriteLint(&out, os.DirFS(conformance+"pack")); err != nil || !strings.Contains(out.String(), "conformance@1 没有问题") {
		t.Error(err, out.String())
	}
	out.Reset()
	if err := assess.WriteTest(&out, os.DirFS(conformance+"pack")); err != nil || !strings.Contains(out.String(), "不通过 0 个") {
		t.Error(err, out.String())
	}
	out.Reset()
	files := spoilt(t, "rules/each.yaml", "tap_flow: false}, expect: hit", "tap_flow: true}, expect: hit")
	if err := assess.WriteTest(&out, files); err == nil || errs.As(err).Code != "pack.failed" || !strings.Contains(out.String(), "rules/each.yaml:77:") {
		t.Error(err, out.String())
	}
}

func TestAPackFromItsCompiledFormAssessesAlike(t *testing.T) {
	p := testPack(t)
	q, err := pack.FromCompiled(p.CompiledJSON())
	if err != nil {
		t.Fatal(err)
	}
	a, err := assess.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	b, err := assess.Compile(q)
	if err != nil {
		t.Fatal(err)
	}
	if x, y := a.Household("2022-09-18", poor, nil, nil), b.Household("2022-09-18", poor, nil, nil); !reflect.DeepEqual(x, y) {
		t.Error(x, y)
	}
	results, err := assess.RunCases(q)
	if err != nil || len(results) == 0 {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.OK() {
			t.Error(r)
		}
	}
}
