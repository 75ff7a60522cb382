package pack_test

import (
	"encoding/json"
	"strings"
	"testing"

	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

func state(list []pack.Served, clause string) pack.Served {
	for _, s := range list {
		if s.Clause == clause {
			return s
		}
	}
	return pack.Served{}
}

func TestATraceSaysWhatServesEachClauseAndWhatNothingServes(t *testing.T) {
	p, bad := pack.Load(good(t))
	if p == nil {
		t.Fatal(bad)
	}
	list := pack.Trace(p, nil)
	if len(list) != len(p.Clauses) {
		t.Fatal(len(list))
	}
	one := state(list, "t.1")
	if one.State != "served" || !strings.Contains(strings.Join(one.By, " "), "class:A class:B derived:net") || !strings.Contains(strings.Join(one.By, " "), "rule:income-below") {
		t.Error(one)
	}
	if none := state(list, "t.5"); none.State != "not-yet" || none.Why == "" || len(none.By) != 0 {
		t.Error(none)
	}
	partly := pack.Feature{ID: "house", Clauses: []string{"t.5", "t.1"}, Partly: true, Why: "只做了一半"}
	if s := state(pack.Trace(p, []pack.Feature{partly}), "t.5"); s.State != "partly" || s.Why != "只做了一半" || s.By[0] != "feature:house" {
		t.Error(s)
	}
	if s := state(pack.Trace(p, []pack.Feature{partly}), "t.1"); s.State != "partly" {
		t.Error("a feature that says it is half done leaves the clause half done", s)
	}
	whole := pack.Feature{ID: "report", Clauses: []string{"t.5"}}
	if s := state(pack.Trace(p, []pack.Feature{partly, whole}), "t.5"); s.State != "served" {
		t.Error(s)
	}
}

func TestAClauseWithOnlyDataIsPartlyServed(t *testing.T) {
	files := good(t)
	spoil(t, files, "facts.yaml", "{code: phone, name: 联系电话, type: text, sensitive: contact, labels: [电话], clauses: [t.4]}",
		"{code: phone, name: 联系电话, type: text, sensitive: contact, labels: [电话], clauses: [t.5]}")
	p, bad := pack.Load(files)
	if p == nil {
		t.Fatal(bad)
	}
	if s := state(pack.Trace(p, nil), "t.5"); s.State != "not-yet" || s.By[0] != "fact:phone" {
		t.Error(s)
	}
}

func TestTheTraceCommandFailsWhileAClauseHasNothing(t *testing.T) {
	var out strings.Builder
	err := pack.WriteTrace(&out, good(t), nil, false)
	if err == nil || errs.As(err).Code != "pack.unserved" || !strings.Contains(out.String(), "共 5 条：已落实 4，部分落实 0，未落实 1") {
		t.Error(err, out.String())
	}
	out.Reset()
	err = pack.WriteTrace(&out, good(t), []pack.Feature{{ID: "all", Clauses: []string{"t.5"}}}, true)
	var list []pack.Served
	if err != nil || json.Unmarshal([]byte(out.String()), &list) != nil || len(list) != 5 {
		t.Error(err, out.String())
	}
}

func TestADiffNamesWhatWasAddedRemovedAndChanged(t *testing.T) {
	next := good(t)
	spoil(t, next, "params.yaml", "value: 6900", "value: 7100")
	spoil(t, next, "units.yaml", "- {code: water, name: 水利局}", "- {code: water, name: 水利局}\n- {code: fire, name: 消防队}")
	delete(next, "rules/many.yaml")
	a, _ := pack.Load(good(t))
	b, _ := pack.Load(next)
	if a == nil || b == nil {
		t.Fatal("the packs do not load")
	}
	var out strings.Builder
	if err := pack.WriteDiff(&out, a, b, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"【参数】\n改动  ", "数值：6,900.00元 → 7,100.00元", "新增  消防队（fire）", "（phone-shared）", "（meeting-missing）", "共 4 处不同：新增 1，删去 2，改动 1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	out.Reset()
	if err := pack.WriteDiff(&out, b, b, false); err != nil || !strings.Contains(out.String(), "共 0 处不同") {
		t.Error(err, out.String())
	}
	out.Reset()
	var doc struct{ Differences []pack.Difference }
	if err := pack.WriteDiff(&out, a, b, true); err != nil || json.Unmarshal([]byte(out.String()), &doc) != nil || len(doc.Differences) != 4 {
		t.Error(err, out.String())
	}
}
