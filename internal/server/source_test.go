package server_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/problem"
	"gonggu/internal/seal"
)

// counter is a clerk of the county office with the problems of the demonstration.
type counter struct {
	*stage
	office *visitor
	pack   string
	serial int
}

func (b *counter) act(v *visitor, kind, subject string, body canon.Object) *act.Act {
	return &act.Act{ID: ident.New(), County: county, Kind: kind, Subject: subject, Actor: v.me.Account.ID, Post: v.me.Post.ID, Pack: b.pack, Seen: strings.Repeat("0", 64), DeviceAt: b.clock.Now(), Body: body}
}

func (b *counter) do(t *testing.T, kind, subject string, body canon.Object) answered {
	t.Helper()
	return b.office.submit(t, b.act(b.office, kind, subject, body))[0]
}

func (b *counter) must(t *testing.T, kind, subject string, body canon.Object) answered {
	t.Helper()
	got := b.do(t, kind, subject, body)
	if got.Answer != "accepted" {
		t.Fatalf("%s: %s %s", kind, got.Code, got.Reason)
	}
	return got
}

func (b *counter) refused(t *testing.T, code, kind, subject string, body canon.Object) {
	t.Helper()
	before := b.rows(t)
	if got := b.do(t, kind, subject, body); got.Answer != "refused" || got.Code != code || got.Reason == "" {
		t.Fatalf("%s: %s %s %s, want refused %s", kind, got.Answer, got.Code, got.Reason, code)
	}
	if after := b.rows(t); after != before {
		t.Fatalf("%s refused, half done: %s, was %s", kind, after, before)
	}
}

// rows counts what the acts of this test write.
func (b *counter) rows(t *testing.T) string {
	t.Helper()
	out := ""
	for _, q := range []string{"sum(rev)", "count(*)"} {
		out += " " + b.one(t, "SELECT CAST("+q+" AS text) FROM problems WHERE county = $1", county)
	}
	for _, table := range []string{"problem_sources", "problem_distincts", "clusters", "cluster_fixes", "problem_signatures", "problem_standings"} {
		out += " " + b.one(t, "SELECT CAST(count(*) AS text) FROM "+table+" WHERE county = $1", county)
	}
	return out
}

// found makes problems that nobody accepted yet, each of a household of its own.
func (b *counter) found(t *testing.T, n int) []problem.Problem {
	t.Helper()
	var out []problem.Problem
	for i := range n {
		b.serial++
		household := b.one(t, fmt.Sprintf("SELECT id FROM households WHERE county = $1 AND state = 'active' ORDER BY key LIMIT 1 OFFSET %d", 20+b.serial), county)
		out = append(out, *b.enter(t, household, "3.2.4", fmt.Sprintf("第%d件：自来水管漏水无人修", i)))
	}
	return out
}

func (b *counter) load(t *testing.T, id string) *problem.Problem {
	t.Helper()
	p, err := problem.ByID(t.Context(), b.county.DB, county, id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// page is what the desk is told of a problem: what one may do, and whose move is next.
func (b *counter) page(t *testing.T, v *visitor, id string) (acts []string, next string) {
	t.Helper()
	var got struct {
		Acts []string
		Next string
	}
	v.call(t, 200, "GET", "/problems/"+id, "", &got)
	return got.Acts, got.Next
}

func (b *counter) openOf(t *testing.T, household int64) (n int64) {
	t.Helper()
	if err := b.county.DB.QueryRow(t.Context(), "SELECT problems FROM households WHERE county = $1 AND key = $2", county, household).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestConsolidationAndSources plays every scene on one county per engine and verifies it at the end.
//
// clause: 4.2-a, 3.1.4-c, 1-f
func TestConsolidationAndSources(t *testing.T) {
	scenes := []struct {
		name string
		play func(t *testing.T, b *counter)
	}{
		{"what is merged is counted once and can be taken out again", mergedAndRestored},
		{"a problem is split into parts that know where they come from", splitIntoParts},
		{"one cause has one fix, and each member is verified by itself", oneCauseOneFix},
		{"a problem from outside is entered once, and more sources are added to it", fromOutside},
		{"a sealed problem from outside stays sealed", fromOutsideSealed},
		{"two offices at once: one wins and the other is told", twoOffices},
		{"suggestions say why, and a dismissal is remembered", suggested},
		{"a workbook names every fault, enters the good rows once", outsideWorkbook},
	}
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			b := &counter{stage: play(t, engine)}
			b.office = b.visitor(t, "xian")
			b.pack = b.one(t, "SELECT pack FROM campaigns WHERE county = $1", county)
			for _, s := range scenes {
				t.Run(s.name, func(t *testing.T) { s.play(t, b) })
			}
			v, err := b.county.Verify(t.Context(), func(string, int, int) {})
			if err != nil || len(v.Faults) > 0 {
				t.Fatalf("verify: %v %v", err, v.Faults)
			}
		})
	}
}

func mergedAndRestored(t *testing.T, b *counter) {
	ps := b.found(t, 3)
	x, y := ps[0], ps[1]
	before := b.openOf(t, x.Household)
	b.refused(t, "problem.merge_self", problem.KindMerge, x.ID, canon.Object{"into": x.ID, "reason": "重复登记的问题"})
	b.refused(t, "problem.reason", problem.KindMerge, x.ID, canon.Object{"into": y.ID, "reason": "重"})
	b.refused(t, "problem.not_found", problem.KindMerge, x.ID, canon.Object{"into": ident.New(), "reason": "重复登记的问题"})
	m := b.act(b.office, problem.KindMerge, x.ID, canon.Object{"into": y.ID, "reason": "重复登记的问题"})
	for _, want := range []string{"accepted", "known"} { // sent twice: done once
		if got := b.office.submit(t, m)[0]; got.Answer != want {
			t.Fatalf("%+v", got)
		}
	}
	acts, next := b.page(t, b.office, x.ID)
	if !slices.Contains(acts, problem.KindRestore) || slices.Contains(acts, problem.KindSource) || slices.Contains(acts, problem.KindJoinCluster) || slices.Contains(acts, problem.KindMerge) || next != "" {
		t.Fatalf("a merged problem offers %v, next %q", acts, next)
	}
	acts, next = b.page(t, b.office, y.ID)
	for _, kind := range []string{problem.KindMerge, problem.KindSplit, problem.KindSource, problem.KindJoinCluster} {
		if !slices.Contains(acts, kind) {
			t.Fatalf("%s is not offered: %v", kind, acts)
		}
	}
	if slices.Contains(acts, problem.KindLeaveCluster) || slices.Contains(acts, problem.KindRestore) || next != "下一步由县巩固办受理。" {
		t.Fatalf("a new problem offers %v, next %q", acts, next)
	}
	p := b.load(t, x.ID)
	if p.State != problem.Merged || p.MergedInto != y.ID || p.Was != problem.Found {
		t.Fatalf("merged: %+v", p)
	}
	if n := b.openOf(t, x.Household); x.Household != y.Household && n != before-1 {
		t.Fatalf("the household has %d open, had %d", n, before)
	}
	b.refused(t, "problem.wrong_state", problem.KindAccept, x.ID, canon.Object{})
	b.refused(t, "problem.merge_into", problem.KindMerge, y.ID, canon.Object{"into": x.ID, "reason": "反过来再合并"}) // no circle
	// A chain: what y is merged into has both.
	b.must(t, problem.KindMerge, y.ID, canon.Object{"into": ps[2].ID, "reason": "同一个问题"})
	if stands, err := problem.Stands(t.Context(), b.county.DB, county, b.load(t, x.ID)); err != nil || !stands {
		t.Fatalf("x stands in z: %v %v", stands, err)
	}
	kin, err := problem.KinOf(t.Context(), b.county.DB, county, b.load(t, y.ID))
	if err != nil || kin.Into == nil || kin.Into.ID != ps[2].ID || len(kin.Merged) != 1 || kin.Merged[0].ID != x.ID {
		t.Fatalf("kin of y: %+v %v", kin, err)
	}
	b.must(t, problem.KindRestore, y.ID, canon.Object{"reason": "经核对不是同一个"})
	b.must(t, problem.KindRestore, x.ID, canon.Object{"reason": "经核对不是同一个"})
	for _, was := range ps[:2] {
		p := b.load(t, was.ID)
		if p.State != was.State || p.MergedInto != "" || p.Was != "" || p.DueOn != was.DueOn || p.ClearOn != was.ClearOn {
			t.Fatalf("restored: %+v, was %+v", p, was)
		}
	}
	if n := b.openOf(t, x.Household); n != before {
		t.Fatalf("the household has %d open, had %d", n, before)
	}
	b.refused(t, "problem.wrong_state", problem.KindRestore, x.ID, canon.Object{"reason": "经核对不是同一个"})
	village := b.visitor(t, "cun")
	if got := village.submit(t, b.act(village, problem.KindMerge, x.ID, canon.Object{"into": y.ID, "reason": "重复登记的问题"}))[0]; got.Code != "duty.forbidden" {
		t.Fatalf("a village merges: %+v", got)
	}
}

func splitIntoParts(t *testing.T, b *counter) {
	p := b.found(t, 1)[0]
	before := b.openOf(t, p.Household)
	parts := []any{canon.Object{"say": "自来水管冻裂未修", "item": "3.2.4"}, canon.Object{"say": "孩子在外地上学未登记", "item": "3.2.1"}}
	b.refused(t, "problem.parts", problem.KindSplit, p.ID, canon.Object{"parts": []any{}, "reason": "一件里有两件事"})
	b.refused(t, "problem.item", problem.KindSplit, p.ID, canon.Object{"parts": []any{canon.Object{"say": "自来水管冻裂未修", "item": "9.9.9"}}, "reason": "一件里有两件事"})
	got := b.must(t, problem.KindSplit, p.ID, canon.Object{"parts": parts, "reason": "一件里有两件事"})
	if got.Made == nil || len(got.Made.Problems) != 2 {
		t.Fatalf("made %+v", got.Made)
	}
	for i, m := range got.Made.Problems {
		q := b.load(t, m.ID)
		if q.Parent != p.ID || q.Household != p.Household || q.State != problem.Found || q.FoundBy != b.office.me.Post.ID || q.Number != m.Number || q.Lead == "" || q.Origin != "split" {
			t.Fatalf("part %d: %+v", i, q)
		}
	}
	if n := b.openOf(t, p.Household); n != before+2 {
		t.Fatalf("open %d, had %d", n, before)
	}
	b.must(t, problem.KindVoid, p.ID, canon.Object{"reason": "已拆成两件分别办理"})
	if n := b.openOf(t, p.Household); n != before+1 {
		t.Fatalf("open %d, had %d", n, before)
	}
}

func fromOutside(t *testing.T, b *counter) {
	village := b.one(t, "SELECT code FROM areas WHERE county = $1 AND level = 'village' ORDER BY code LIMIT 1", county)
	before, _, err := problem.List(t.Context(), b.county.DB, county, duty.Everything(county), problem.Filter{Source: problem.AnySource, Limit: 5000})
	if err != nil {
		t.Fatal(err)
	}
	body := func(change canon.Object) canon.Object {
		o := canon.Object{"say": "村卫生室药品过期未清理", "item": "3.2.2", "area": village, "household": "", "unit": "", "sensitive": "", "source": "audit", "year": int64(2021), "reference": "周审〔2021〕9号", "organ": "市审计局", "found_on": "2021-11-08", "lead": "", "helping": []any{}}
		for k, v := range change {
			o[k] = v
		}
		return o
	}
	id := ident.New()
	for code, change := range map[string]canon.Object{"problem.source": {"source": "rumour"}, "problem.source_year": {"year": int64(2019)}, "problem.source_organ": {"organ": ""}, "problem.source_day": {"found_on": "2099-01-01"},
		"problem.say": {"say": "坏"}, "problem.item": {"item": "0"}, "problem.subject": {"area": ""}, "unit.not_found": {"lead": "nobody"}, "problem.body": {"sensitive": "secret"}, "problem.secret": {"sensitive": "health"}} {
		b.refused(t, code, problem.KindEnter, id, body(change))
	}
	made := b.must(t, problem.KindEnter, id, body(nil)).Made
	p := b.load(t, id)
	if len(made.Problems) != 1 || p.Origin != problem.OriginOutside || p.Lead != "health" || p.Area != village || p.ClearOn == "" || p.State != problem.Found {
		t.Fatalf("entered: %+v", p)
	}
	b.refused(t, "problem.known", problem.KindEnter, id, body(nil))
	more := canon.Object{"source": "inspection", "year": int64(2022), "reference": "", "organ": "省督查组", "found_on": "2022-03-01"}
	b.must(t, problem.KindSource, id, more)
	b.refused(t, "problem.source_known", problem.KindSource, id, more)
	// Of a township and of a department of the county: counted where they lie, although no village has them.
	b.must(t, problem.KindEnter, ident.New(), body(canon.Object{"area": village[:9], "say": "乡镇台账缺三个月记录"}))
	b.must(t, problem.KindEnter, ident.New(), body(canon.Object{"area": "", "unit": "education", "item": "3.2.1", "say": "资助政策宣传没有到校"}))
	// The ledger is cut by source and year, also through what was merged.
	other := b.found(t, 1)[0]
	cut := func(f problem.Filter) (ids []string) {
		list, _, err := problem.List(t.Context(), b.county.DB, county, duty.Everything(county), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			if !slices.ContainsFunc(before, func(q problem.Problem) bool { return q.ID == p.ID }) { // the demonstration's own
				ids = append(ids, p.ID)
			}
		}
		return ids
	}
	if got := cut(problem.Filter{Source: "inspection", Year: 2022}); len(got) != 1 || got[0] != id {
		t.Fatalf("inspection 2022: %v", got)
	}
	if got := cut(problem.Filter{Source: "audit", Year: 2021}); len(got) != 3 {
		t.Fatalf("audits of 2021: %v", got)
	}
	if any, all := cut(problem.Filter{Source: problem.AnySource}), cut(problem.Filter{}); len(any) < 3 || len(any) >= len(all) {
		t.Fatalf("%d of %d come from outside", len(any), len(all))
	}
	if got := cut(problem.Filter{Source: "inspection", Year: 2021}); len(got) != 0 {
		t.Fatalf("inspection 2021: %v", got)
	}
	b.must(t, problem.KindMerge, id, canon.Object{"into": other.ID, "reason": "与排查发现的是同一个"})
	if got := cut(problem.Filter{Source: "inspection", Year: 2022}); len(got) != 2 {
		t.Fatalf("merged, both have the source: %v", got)
	}
	if list, err := problem.SourcesOf(t.Context(), b.county.DB, county, other.Key); err != nil || len(list) != 3 {
		t.Fatalf("the sources came along: %v %v", list, err)
	}
	b.refused(t, "problem.source_gone", problem.KindSource, id, canon.Object{"source": "media", "year": int64(2022), "reference": "", "organ": "市电视台", "found_on": "2022-03-02"})
	b.must(t, problem.KindRestore, id, canon.Object{"reason": "地点不同，不是同一个"})
	if list, err := problem.SourcesOf(t.Context(), b.county.DB, county, other.Key); err != nil || len(list) != 1 {
		t.Fatalf("the sources went back: %v %v", list, err)
	}
}

func twoOffices(t *testing.T, b *counter) {
	ps := b.found(t, 3)
	var wg sync.WaitGroup
	got := make([]answered, 6)
	for i := range got {
		wg.Add(1)
		go func() {
			defer wg.Done()
			list := []any{ps[0].ID, ps[1+i%2].ID}
			got[i] = b.office.submit(t, b.act(b.office, problem.KindFoundCluster, ident.New(), canon.Object{"name": fmt.Sprintf("水管%d", i), "cause": "主管道破裂", "item": ps[0].Item, "problems": list}))[0]
		}()
	}
	wg.Wait()
	won := 0
	for _, a := range got {
		switch {
		case a.Answer == "accepted":
			won++
		case a.Code != "cluster.taken" || !strings.Contains(a.Reason, ps[0].Number):
			t.Fatalf("%+v", a)
		}
	}
	if won != 1 {
		t.Fatalf("%d offices founded it", won)
	}
	c := b.load(t, ps[0].ID).Cluster
	b.must(t, problem.KindLeaveCluster, c, canon.Object{"problems": []any{ps[0].ID}})
	b.refused(t, "cluster.no_member", problem.KindLeaveCluster, c, canon.Object{"problems": []any{ps[0].ID}})
}

// enter enters a problem from outside about a household and returns it.
func (b *counter) enter(t *testing.T, household, item, say string) *problem.Problem {
	t.Helper()
	return b.enterAt(t, "", household, item, say)
}

func (b *counter) enterAt(t *testing.T, area, household, item, say string) *problem.Problem {
	t.Helper()
	id := ident.New()
	b.must(t, problem.KindEnter, id, canon.Object{"say": say, "item": item, "area": area, "household": household, "unit": "", "sensitive": "", "source": "petition", "year": int64(2022), "reference": "", "organ": "省信访局", "found_on": "2022-09-01", "lead": "", "helping": []any{}})
	return b.load(t, id)
}

// signed is a signed act of a problem or a cluster, over what was shown.
func (b *counter) signed(t *testing.T, v *visitor, kind, subject string, rev int64, shown, answers canon.Object) *act.Act {
	t.Helper()
	a := b.act(v, kind, subject, nil)
	seen, err := act.Seen(b.pack, kind, subject, rev, shown, answers)
	if err != nil {
		t.Fatal(err)
	}
	a.Seen = seen
	a.Body = canon.Object{"rev": rev, "prefilled": shown, "answers": answers, "signature": canon.Object{"of": seen, "strokes": []any{[]any{int64(1), int64(1), int64(0), int64(9), int64(9), int64(20)}}}}
	return a
}

// crowded does something while a cluster has two thousand members more, copies of one.
func (b *counter) crowded(t *testing.T, of *problem.Problem, cluster string, do func()) {
	t.Helper()
	change := func(text string, args ...any) {
		t.Helper()
		if err := b.county.DB.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.Exec(t.Context(), text, args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	change(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO problems (county, key, id, number, rule, item, block, clauses, subject_kind, subject, household, member, area, say, sensitive, origin, sheet, doubt, lead, helping, state,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, classes, rev, accepted_on, accepted_idx, voided_on, voided_idx, void_reason, cluster)
SELECT county, -i, 'crowd' || i, '', rule, item, block, clauses, subject_kind, subject, household, member, area, say, sensitive, origin, sheet, doubt, lead, helping, state,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, classes, rev, accepted_on, accepted_idx, voided_on, voided_idx, void_reason, $1 FROM problems, n WHERE county = $2 AND key = $3`, cluster, county, of.Key)
	do()
	change("DELETE FROM problems WHERE county = $1 AND id LIKE 'crowd%'", county)
}

func oneCauseOneFix(t *testing.T, b *counter) {
	town := b.visitor(t, "xiangzhen")
	var members []*problem.Problem
	var numbers, ids []any
	for i := range 3 {
		household := b.one(t, fmt.Sprintf("SELECT id FROM households WHERE county = $1 AND area >= $2 AND area < $3 AND state = 'active' ORDER BY key LIMIT 1 OFFSET %d", i), county, town.me.Post.Area.Code, town.me.Post.Area.Code+"~")
		p := b.enter(t, household, "3.4.1", fmt.Sprintf("第%d户门前垃圾堆放无人清运", i))
		members, numbers, ids = append(members, p), append(numbers, p.Number), append(ids, p.ID)
	}
	cluster := ident.New()
	good := canon.Object{"name": "垃圾清运中断", "cause": "清运车损坏，多户门前堆放", "item": "3.4.1", "problems": ids[:2]}
	for code, body := range map[string]canon.Object{"cluster.name": {"name": "", "cause": "清运车损坏", "item": "3.4.1", "problems": ids[:2]}, "problem.item": {"name": "垃圾清运", "cause": "清运车损坏", "item": "", "problems": ids[:2]},
		"cluster.members": {"name": "垃圾清运", "cause": "清运车损坏", "item": "3.4.1", "problems": []any{ids[0], ids[0]}}} {
		b.refused(t, code, problem.KindFoundCluster, cluster, body)
	}
	b.must(t, problem.KindFoundCluster, cluster, good)
	b.refused(t, "cluster.known", problem.KindFoundCluster, cluster, good)
	b.must(t, problem.KindJoinCluster, cluster, canon.Object{"problems": ids[2:]})
	b.refused(t, "cluster.taken", problem.KindJoinCluster, cluster, canon.Object{"problems": ids[2:]})
	b.must(t, problem.KindLeaveCluster, cluster, canon.Object{"problems": ids[2:]})
	b.crowded(t, members[0], cluster, func() {
		b.refused(t, "cluster.full", problem.KindJoinCluster, cluster, canon.Object{"problems": ids[2:]})
	})
	b.must(t, problem.KindJoinCluster, cluster, canon.Object{"problems": ids[2:]})
	// All three are repaired on the spot and sent back: then they wait for one fix.
	today := b.office.me.Day
	for _, p := range members {
		p = b.load(t, p.ID)
		on := b.signed(t, town, problem.KindOnSpot, p.ID, p.Rev, canon.Object{"number": p.Number, "state": string(p.State)}, canon.Object{"result": "已临时清理一次", "done_on": today})
		if got := town.submit(t, on)[0]; got.Answer != "accepted" {
			t.Fatalf("on the spot: %+v", got)
		}
		b.must(t, problem.KindReturn, p.ID, canon.Object{"reason": "清运车未修好，会再堆"})
	}
	var v struct {
		Rev, Members, Owed, Rectified int64
		Done                          bool
		Fixable                       []string
		Name, Cause                   string
	}
	town.get(t, "/clusters/"+cluster, &v)
	if v.Members != 3 || v.Owed != 3 || len(v.Fixable) != 3 || v.Done {
		t.Fatalf("before the fix: %+v", v)
	}
	shown := canon.Object{"name": v.Name, "cause": v.Cause, "problems": numbers}
	fix := canon.Object{"result": "清运车已修复，堆放垃圾全部运走", "done_on": today}
	stranger := b.found(t, 1)[0].Number
	before := b.sum(t)
	stale := b.signed(t, town, problem.KindFixCluster, cluster, v.Rev-1, shown, fix)
	unsigned := b.signed(t, town, problem.KindFixCluster, cluster, v.Rev, shown, fix)
	unsigned.Body["signature"] = canon.Object{"of": unsigned.Seen, "strokes": []any{}}
	early := b.signed(t, town, problem.KindFixCluster, cluster, v.Rev, shown, canon.Object{"result": "清运车已修复", "done_on": "2022-01-01"})
	foreign := b.signed(t, town, problem.KindFixCluster, cluster, v.Rev, canon.Object{"name": v.Name, "cause": v.Cause, "problems": []any{numbers[0], stranger}}, fix)
	for code, a := range map[string]*act.Act{"problem.seen": stale, "problem.signature": unsigned, "problem.done_on": early, "cluster.no_member": foreign} {
		if got := town.submit(t, a)[0]; got.Answer != "refused" || got.Code != code {
			t.Fatalf("%s: %+v", code, got)
		}
	}
	b.unchanged(t, before)
	if got := town.submit(t, b.signed(t, town, problem.KindFixCluster, cluster, v.Rev, shown, fix))[0]; got.Answer != "accepted" {
		t.Fatalf("fix: %+v", got)
	}
	var page struct{ Story []struct{ Kind string } }
	if town.get(t, "/problems/"+members[0].ID, &page); len(page.Story) == 0 || page.Story[len(page.Story)-1].Kind != problem.KindFixCluster {
		t.Errorf("the story of a member ends with %+v", page.Story)
	}
	// Each is verified and closed by itself; done only when all are.
	for i, p := range members {
		p = b.load(t, p.ID)
		if p.State != problem.Rectified || p.Result != fix["result"] {
			t.Fatalf("after the fix: %+v", p)
		}
		if got := b.office.submit(t, b.signed(t, b.office, problem.KindVerify, p.ID, p.Rev, canon.Object{"number": p.Number, "state": string(p.State)}, canon.Object{"say": "现场已清"}))[0]; got.Answer != "accepted" {
			t.Fatalf("verify: %+v", got)
		}
		b.must(t, problem.KindClose, p.ID, canon.Object{})
		progress, err := problem.ProgressOf(t.Context(), b.county.DB, county, duty.Everything(county), []string{cluster})
		if err != nil || progress[cluster].Closed != int64(i+1) || progress[cluster].Done() != (i == 2) {
			t.Fatalf("progress %+v %v", progress, err)
		}
	}
	b.refused(t, "cluster.closed", problem.KindFoundCluster, ident.New(), good)
}

func fromOutsideSealed(t *testing.T, b *counter) {
	household := b.one(t, "SELECT id FROM households WHERE county = $1 AND state = 'active' ORDER BY key LIMIT 1", county)
	const said = "户主患病住院未报销大病补助"
	salt := make([]byte, 32)
	salt[3] = 7
	hash := seal.Commit(salt, said)
	a := b.act(b.office, problem.KindEnter, ident.New(), canon.Object{"say": hash, "item": "3.2.2", "area": "", "household": household, "unit": "", "sensitive": "health", "source": "petition", "year": int64(2022), "reference": "", "organ": "省信访局", "found_on": "2022-09-01", "lead": "", "helping": []any{}})
	a.Sealed = []string{hash}
	got, err := b.county.Lane.Submit(t.Context(), a.Actor, act.Submission{Act: a, Open: []act.Opening{{Hash: hash, Salt: hex.EncodeToString(salt), Value: said}}})
	if err != nil || got[0].Outcome != act.Accepted {
		t.Fatalf("%+v %v", got, err)
	}
	p := b.load(t, a.Subject)
	if p.Sensitive != "health" || strings.Contains(p.Say, "住院") {
		t.Fatalf("stored in the open: %+v", p)
	}
	var page struct{ Rows []struct{ ID, Say string } }
	for login, sees := range map[string]bool{"xian": true, "lingdao": false} {
		b.visitor(t, login).get(t, "/sources?source=petition&year=2022", &page)
		at := slices.IndexFunc(page.Rows, func(r struct{ ID, Say string }) bool { return r.ID == p.ID })
		if at < 0 || strings.Contains(page.Rows[at].Say, "住院") != sees {
			t.Fatalf("%s: %+v", login, page.Rows)
		}
	}
	// Two sealed problems of one subject and item are suggested by what they are, not by what they say.
	b.refused(t, "problem.secret", problem.KindSplit, p.ID, canon.Object{"parts": []any{canon.Object{"say": "户主患病住院未报销", "item": "3.2.2"}}, "reason": "一件里有两件事"})
}
