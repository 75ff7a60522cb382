package server_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/report"
	"gonggu/internal/roster"
)

// The pack in force is amended: by two people, from a day on, in front of everybody; what was signed and reported before stands.
//
// clause: 1-e
func TestThePackIsAmendedOnBothEngines(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := play(t, engine)
			a := &amending{stage: s, office: s.visitor(t, "xian"), leader: s.visitor(t, "lingdao"), clerk: s.visitor(t, "xiangzhen")}
			a.list(t)
			t.Run("what is wrong is refused with its reason", a.wrong)
			t.Run("another person approves, and nobody else", a.twoPeople)
			t.Run("until its day nothing changes", a.before)
			t.Run("on its day it is in force", a.onItsDay)
			t.Run("what was signed before arrives after", a.late)
			t.Run("everything adds up", func(t *testing.T) {
				v, err := s.county.Verify(t.Context(), func(string, int, int) {})
				if err != nil || len(v.Faults) > 0 {
					t.Fatal(err, v)
				}
			})
		})
	}
}

type amending struct {
	*stage
	office, leader, clerk *visitor
	day                   string // on which it comes into force
	id, from, to          string
	held                  *act.Act // a sheet signed before, sent after
	reports               map[string]string
}

type amendments struct {
	Items []struct {
		ID, State, StateName, From, To, Proposer, Settler, SwitchedOn string
		Acts                                                          []string
		Changes                                                       []struct{ Path, BeforeText, AfterText string }
	}
	Earliest string
	Acts     []string
}

func (a *amending) list(t *testing.T) amendments {
	t.Helper()
	var out amendments
	a.office.get(t, "/amendments", &out)
	a.day = out.Earliest
	return out
}

const line = "params/poverty_line@2022-01-01"

func (a *amending) proposal(day string, changes ...string) *act.Act {
	list := []any{}
	for i := 0; i < len(changes); i += 2 {
		list = append(list, canon.Object{"path": changes[i], "value": changes[i+1]})
	}
	return a.office.act(campaign.KindPropose, county, canon.Object{"reason": "县领导小组会议决定", "effective_on": day, "changes": list})
}

func (a *amending) wrong(t *testing.T) {
	before := a.sum(t)
	noReason, none, township := a.proposal(a.day, line, "9000"), a.proposal(a.day), a.proposal(a.day, line, "9000")
	noReason.Body["reason"] = "好"
	township.Actor, township.Post = a.clerk.me.Account.ID, a.clerk.me.Post.ID
	for name, c := range map[string]struct {
		by         *visitor
		act        *act.Act
		code, says string
	}{
		"a path that is none":     {a.office, a.proposal(a.day, "rules/data-size/when", "true"), "amendment.lint", "不在可以调整的范围"},
		"a day gone by":           {a.office, a.proposal(a.office.me.Day, line, "9000"), "amendment.day", "下一个日报日"},
		"a day that is none":      {a.office, a.proposal("下周一", line, "9000"), "amendment.day", "下一个日报日"},
		"a demand that is banned": {a.office, a.proposal(a.day, "rules/data-size/say", "请每天打卡核对{h.size}"), "amendment.lint", "打卡"},
		"a day moved to the past": {a.office, a.proposal(a.day, "days/clear_by/on", "2022-09-16"), "amendment.past", "不能改到过去"},
		"stages that overlap":     {a.office, a.proposal(a.day, "phases/rectify/to", "2022-10-30"), "amendment.phase", "重叠"},
		"nothing new":             {a.office, a.proposal(a.day, line, "6900"), "amendment.lint", "和现在一样"},
		"not a number":            {a.office, a.proposal(a.day, line, "九千"), "amendment.lint", "不是数"},
		"no change":               {a.office, none, "amendment.changes", "至少选择一项"},
		"no reason":               {a.office, noReason, "amendment.reason", "理由"},
		"by a township":           {a.clerk, township, "duty.forbidden", "没有这项权限"},
		"by hand, before its day": {a.office, a.office.act(campaign.KindSwitch, county, canon.Object{}), "amendment.system_only", "系统自动"},
		"judging again by hand":   {a.office, a.office.act(roster.KindRejudge, county, canon.Object{}), "register.system_only", "系统自动"},
	} {
		if got := c.by.submit(t, c.act)[0]; got.Answer != "refused" || got.Code != c.code || !strings.Contains(got.Reason, c.says) {
			t.Errorf("%s: %+v, want %s %q", name, got, c.code, c.says)
		}
	}
	a.unchanged(t, before)
}

func (a *amending) twoPeople(t *testing.T) {
	good := a.proposal(a.day, line, "20000", "days/clear_by/on", "2022-10-28", "rules/data-size/say", "人口数填{h.size}人，请数一数户口簿", "items/3.2.1/lead", "education,civil")
	other := a.proposal(a.day, line, "8000")
	for _, p := range []*act.Act{good, other} {
		if got := a.office.submit(t, p)[0]; got.Answer != "accepted" {
			t.Fatalf("%+v", got)
		}
	}
	list := a.list(t)
	if len(list.Items) != 2 || list.Items[1].Changes[0].BeforeText != "6,900.00元" || list.Items[1].Changes[0].AfterText != "20,000.00元" {
		t.Fatalf("%+v", list)
	}
	a.id = list.Items[1].ID
	approve := func(by *visitor, id string) answered {
		return by.submit(t, by.act(campaign.KindApprove, id, canon.Object{"say": ""}))[0]
	}
	if got := approve(a.office, a.id); got.Code != "amendment.own" {
		t.Errorf("one's own: %+v", got)
	}
	if got := approve(a.clerk, a.id); got.Code != "duty.forbidden" {
		t.Errorf("a township approves: %+v", got)
	}
	if got := approve(a.leader, a.id); got.Answer != "accepted" {
		t.Fatalf("the leader: %+v", got)
	}
	if got := approve(a.leader, a.id); got.Code != "amendment.settled" {
		t.Errorf("twice: %+v", got)
	}
	if got := approve(a.leader, list.Items[0].ID); got.Code != "amendment.moved" {
		t.Errorf("a value that another amendment moved: %+v", got)
	}
	if got := a.leader.submit(t, a.leader.act(campaign.KindReject, list.Items[0].ID, canon.Object{"say": ""}))[0]; got.Code != "amendment.say" {
		t.Errorf("sent back without a word: %+v", got)
	}
	if got := a.office.submit(t, a.office.act(campaign.KindReject, list.Items[0].ID, canon.Object{"say": ""}))[0]; got.Answer != "accepted" {
		t.Errorf("withdrawn: %+v", got)
	}
	list = a.list(t)
	if list.Items[0].State != campaign.Withdrawn || list.Items[1].State != campaign.Approved || list.Items[1].From == "" || list.Items[1].To == list.Items[1].From || list.Items[1].Settler == list.Items[1].Proposer {
		t.Fatalf("%+v", list.Items)
	}
	a.from, a.to = list.Items[1].From, list.Items[1].To
	var diff struct{ Differences []struct{ Kind, ID string } }
	a.clerk.get(t, "/packs/diff?from="+a.from[:12]+"&to="+a.to, &diff)
	kinds := ""
	for _, d := range diff.Differences {
		kinds += d.Kind + " "
	}
	if kinds != "head day item param rule rule rule " && !strings.HasPrefix(kinds, "head day item param rule ") {
		t.Errorf("the packs differ in %s", kinds)
	}
}

type packNow struct {
	Digest  string
	Amended []struct{ Path, After, Since string }
	Days    []struct{ ID, On string }
}

func (a *amending) number(t *testing.T, q string, args ...any) int {
	t.Helper()
	n, err := strconv.Atoi(a.one(t, q, append([]any{county}, args...)...))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const inClass = "SELECT count(*) FROM household_classes WHERE county = $1 AND class = $2"

func (a *amending) before(t *testing.T) {
	if err := a.county.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	var p packNow
	a.office.get(t, "/pack", &p)
	if p.Digest != a.from || len(p.Amended) != 0 {
		t.Fatalf("%+v", p)
	}
	a.held = a.clerk.sheetOf(t, a.unvisited(t, a.clerk.me.Post.Area.Code, 0), canon.Object{})
	if a.held.Pack != a.from {
		t.Fatalf("a sheet under %s", a.held.Pack)
	}
}

func (a *amending) onItsDay(t *testing.T) {
	poor, doubts := a.number(t, inClass, a.county.Store.ClassKey("2.1-c3")), a.number(t, "SELECT count(*) FROM doubts WHERE county = $1 AND rule = 'income-not-above-line' AND state = 'open'")
	first, _ := clock.At(a.day, "00:05")
	a.reports = map[string]string{}
	last := clock.AddDays(a.day, -1)
	due, _ := clock.At(last, "18:01")
	a.clock.Set(due)
	if err := a.county.Tick(t.Context()); err != nil { // the evening before is reported by the pack of its day
		t.Fatal(err)
	}
	for day, doc := range a.stage.reports(t) {
		if day <= last {
			a.reports[day] = doc
		}
	}
	a.clock.Set(first)
	for range 2 { // a second look finds nothing to do
		if err := a.county.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a.restart(t)
	if n := a.number(t, "SELECT count(*) FROM acts WHERE county = $1 AND kind = $2", campaign.KindSwitch); n != 1 {
		t.Errorf("it came into force %d times", n)
	}
	var p packNow
	a.office.get(t, "/pack", &p)
	i := slices.IndexFunc(p.Days, func(d struct{ ID, On string }) bool { return d.ID == "clear_by" })
	if p.Digest != a.to || len(p.Amended) != 4 || p.Amended[0].Since != a.day || p.Days[i].On != "2022-10-28" {
		t.Errorf("%+v", p)
	}
	if now := a.number(t, inClass, a.county.Store.ClassKey("2.1-c3")); now <= poor {
		t.Errorf("%d households below the line, %d before it was raised", now, poor)
	}
	if now := a.number(t, "SELECT count(*) FROM doubts WHERE county = $1 AND rule = 'income-not-above-line' AND state = 'open'"); now <= doubts {
		t.Errorf("%d doubts about the line, %d before", now, doubts)
	}
	if n := a.number(t, "SELECT count(*) FROM problems WHERE county = $1 AND state NOT IN ('void', 'merged', 'closed') AND clear_on <> '2022-10-28'"); n != 0 {
		t.Errorf("%d open problems keep the old clearing day", n)
	}
	for day, doc := range a.reports {
		if again := a.stage.reports(t)[day]; again != doc {
			t.Errorf("the report of %s is another now", day)
		}
		// Even made from nothing, it names the pack of its day.
		d, err := report.Build(t.Context(), a.county.DB, a.county.Book, county, day, a.clock.Now())
		if err != nil || d.Pack != a.from {
			t.Errorf("%s: %v, by the pack %s", day, err, d.Pack)
		}
	}
	var list struct{ Packs []struct{ InForce bool } }
	a.office.get(t, "/packs", &list)
	if n := len(list.Packs); n != 2 || !list.Packs[1].InForce {
		t.Errorf("%+v", list)
	}
}

func (a *amending) late(t *testing.T) {
	if got := a.clerk.submit(t, a.held)[0]; got.Answer != "accepted" {
		t.Fatalf("signed under the pack of its day: %+v", got)
	}
	a.clock.Set(a.clock.Now() + 2*24*3600*1000)
	clerk := a.visitor(t, "xiangzhen")
	fresh := clerk.sheetOf(t, a.unvisited(t, clerk.me.Post.Area.Code, 1), canon.Object{})
	if fresh.Pack != a.to {
		t.Fatalf("a new sheet under %s", fresh.Pack)
	}
	if got := clerk.submit(t, fresh)[0]; got.Answer != "accepted" {
		t.Fatalf("%+v", got)
	}
	prefilled, err := canon.Marshal(fresh.Body["prefilled"])
	if err != nil {
		t.Fatal(err)
	}
	rev, _ := fresh.Body["rev"].(int64)
	old := clerk.sign(t, a.from, "household", fresh.Subject, rev, prefilled, canon.Object{})
	if got := clerk.submit(t, old)[0]; got.Code != "sheet.pack" || !strings.Contains(got.Reason, "方案版本") {
		t.Errorf("done days after its pack was replaced: %+v", got)
	}
}
