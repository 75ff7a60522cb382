package report_test

import (
	"cmp"
	"context"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/report"
	"gonggu/internal/seal"
	"gonggu/packs"
)

const code = "411624"

// Two townships with two villages each.
var places = []duty.Area{
	{Code: code, Level: duty.LevelCounty, Name: "沈丘县", Short: "沈丘"},
	{Code: "411624101", Parent: code, Level: duty.LevelTownship, Name: "甲镇", Short: "甲"},
	{Code: "411624101001", Parent: "411624101", Level: duty.LevelVillage, Name: "东村", Short: "东"},
	{Code: "411624101002", Parent: "411624101", Level: duty.LevelVillage, Name: "西村", Short: "西"},
	{Code: "411624102", Parent: code, Level: duty.LevelTownship, Name: "乙乡", Short: "乙"},
	{Code: "411624102001", Parent: "411624102", Level: duty.LevelVillage, Name: "南村", Short: "南"},
	{Code: "411624102002", Parent: "411624102", Level: duty.LevelVillage, Name: "北村", Short: "北"},
}

var loadPack = sync.OnceValue(func() *pack.Pack {
	root, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		panic(err)
	}
	p, bad := pack.Load(root)
	if len(bad) > 0 {
		panic(bad[0].String())
	}
	return p
})

// county is a small county whose acts change counts and problems as those of the other nouns do.
type county struct {
	t     testing.TB
	db    *database.DB
	book  *campaign.Book
	clock *clock.Virtual
	lane  *act.Lane
	n     int
}

func at(day, hhmm string) int64 {
	ms, ok := clock.At(day, hhmm)
	if !ok {
		panic(day + hhmm)
	}
	return ms
}

// newCounty is set up on 14 September, the day before the first phase.
func newCounty(t testing.TB, db *database.DB, areas []duty.Area) *county {
	t.Helper()
	return setUp(t, db, areas, at("2022-09-14", "09:00"))
}

func openedAt(t testing.TB, db *database.DB, now int64) *county {
	t.Helper()
	return setUp(t, db, places, now)
}

func setUp(t testing.TB, db *database.DB, areas []duty.Area, now int64) *county {
	t.Helper()
	c := &county{t: t, db: db, book: campaign.NewBook(code), clock: clock.NewVirtual(now, false)}
	c.lane = c.newLane(db)
	p := loadPack()
	install, err := campaign.InstallBody(p)
	if err != nil {
		t.Fatal(err)
	}
	c.submit(&act.Act{Kind: duty.KindAdopt, Body: duty.AdoptBody(areas)})
	c.submit(&act.Act{Kind: campaign.KindInstall, Body: install})
	c.submit(&act.Act{Kind: campaign.KindOpen, Pack: p.Digest(), Body: campaign.OpenBody(p)})
	return c
}

func (c *county) newLane(db *database.DB) *act.Lane {
	kinds := map[string]act.Kind{"test.do": {Apply: do}}
	for _, m := range []map[string]act.Kind{c.book.Kinds(), duty.Kinds(), report.Kinds(c.book)} {
		for k, v := range m {
			kinds[k] = v
		}
	}
	l := act.NewLane(act.Options{County: code, DB: db, Clock: c.clock, Keys: seal.FromSeed("t"), Kinds: kinds, CutOff: c.book.CutOff})
	c.t.Cleanup(l.Close)
	return l
}

// submit fills in who, and an id that every run gives again.
func (c *county) submit(a *act.Act) act.Answer {
	c.t.Helper()
	ans := c.try(a)
	if ans.Outcome != act.Accepted {
		c.t.Fatalf("%s: %s %s %s", a.Kind, ans.Outcome, ans.Code, ans.Reason)
	}
	return ans
}

func (c *county) try(a *act.Act) act.Answer {
	c.t.Helper()
	c.n++
	a.County = code
	if a.ID == "" {
		a.ID = ident.Derive("test", clock.Day(c.clock.Now())+"/"+string(rune('a'+c.n%26))+"/"+string(rune(0x4e00+c.n)))
	}
	if a.Actor == "" {
		a.Actor, a.Post = act.System, act.System
	}
	ans, err := c.lane.Submit(context.Background(), a.Actor, act.Submission{Act: a})
	if err != nil {
		c.t.Fatal(err)
	}
	return ans[0]
}

// count is one change of a count; problems are raised, accepted and voided through their columns.
type count struct {
	area, measure, item, done string
	n                         int64
}

type finding struct{ id, area, item, say, sensitive, lead, helping string }

type deed struct {
	counts []count
	found  []finding
	accept []string
	void   map[string]string
}

func (c *county) do(day, hhmm string, d deed) {
	c.t.Helper()
	c.doAt(at(day, hhmm), d)
}

func (c *county) doAt(now int64, d deed) {
	c.t.Helper()
	c.clock.Set(now)
	day := clock.Day(now)
	counts, found, accept, void := []any{}, []any{}, []any{}, canon.Object{}
	for _, x := range d.counts {
		done := x.done
		if done == "" {
			done = day
		}
		counts = append(counts, canon.Object{"area": x.area, "measure": x.measure, "item": x.item, "done": done, "n": x.n})
	}
	for _, f := range d.found {
		found = append(found, canon.Object{"id": f.id, "area": f.area, "item": f.item, "say": f.say, "sensitive": f.sensitive, "lead": f.lead, "helping": f.helping})
	}
	for _, id := range d.accept {
		accept = append(accept, id)
	}
	for id, why := range d.void {
		void[id] = why
	}
	c.submit(&act.Act{Kind: "test.do", Body: canon.Object{"counts": counts, "found": found, "accept": accept, "void": void}})
}

// do is the act behind deeds: it writes what the inspection and the ledger write.
func do(ctx context.Context, s *act.Step) error {
	get := func(o canon.Object, k string) string { v, _ := o[k].(string); return v }
	for _, v := range s.Act.Body["counts"].([]any) {
		o := v.(canon.Object)
		s.Tally(get(o, "area"), get(o, "measure"), get(o, "item"), get(o, "done"), o["n"].(int64))
	}
	for i, v := range s.Act.Body["found"].([]any) {
		o := v.(canon.Object)
		f := problem.Finding{ID: get(o, "id"), Item: get(o, "item"), Block: get(o, "item")[:3], Area: get(o, "area"), Town: "甲", Say: get(o, "say"),
			Sensitive: get(o, "sensitive"), Origin: "sheet", Lead: get(o, "lead"), DoneOn: clock.Day(s.Act.ReceivedAt)}
		if h := get(o, "helping"); h != "" {
			f.Helping = []string{h}
		}
		if _, err := problem.Raise(ctx, s, f, i); err != nil {
			return err
		}
	}
	settle := func(id, set, measure string, args ...any) error {
		p, err := problem.ByID(ctx, s.Tx, code, id)
		if err != nil {
			return errs.New(errs.NotFound, "test.problem", id).Because(err)
		}
		s.Tally(duty.VillageOf(p.Area), measure, p.Item, clock.Day(s.Act.ReceivedAt), 1)
		if since := cmp.Or(p.StandingOn, p.FoundOn); since < s.ReportDay {
			if _, err := s.Tx.Exec(ctx, `INSERT INTO problem_standings (county, problem, idx, state, item, lead, helping, due_on, since_on, until_on) VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9)`,
				code, p.Key, s.Act.Index, string(p.State), p.Item, p.Lead, ","+strings.Join(p.Helping, ",")+",", since, s.ReportDay); err != nil {
				return err
			}
		}
		if _, err := s.Tx.Exec(ctx, `UPDATE problems SET standing_on = $1 WHERE id = $2`, s.ReportDay, id); err != nil {
			return err
		}
		_, err = s.Tx.Exec(ctx, set, append(args, id)...)
		return err
	}
	for _, v := range s.Act.Body["accept"].([]any) {
		if err := settle(v.(string), `UPDATE problems SET state = 'accepted', accepted_on = $1, accepted_idx = $2 WHERE id = $3`, "accepted", s.ReportDay, s.Act.Index); err != nil {
			return err
		}
	}
	for id, why := range s.Act.Body["void"].(canon.Object) {
		if err := settle(id, `UPDATE problems SET state = 'void', voided_on = $1, voided_idx = $2, void_reason = $3 WHERE id = $4`, "voided", s.ReportDay, s.Act.Index, why); err != nil {
			return err
		}
	}
	return nil
}

func (c *county) build(day string) *report.Daily {
	c.t.Helper()
	d, err := report.Build(context.Background(), c.db, c.book, code, day, c.clock.Now())
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

func (c *county) bytes(day string) string {
	c.t.Helper()
	b, err := c.build(day).Canonical()
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b)
}

func (c *county) freeze() []string {
	c.t.Helper()
	days, err := report.Freeze(context.Background(), c.lane, c.db, c.book, c.clock.Now())
	if err != nil {
		c.t.Fatal(err)
	}
	return days
}

// inspect is what an inspected household adds: a sheet, and the household with its class.
func inspect(area, done string, n int64) []count {
	return []count{{area, "inspected", "", done, n}, {area, "inspected", "2.1-a", done, n}, {area, "sheets", "", done, n}}
}

// story plays four days; every test starts from it.
func (c *county) story() {
	c.t.Helper()
	var register []count
	for i, p := range places {
		if p.Level == duty.LevelVillage {
			register = append(register, count{p.Code, "households", "", "", int64(10 * i)}, count{p.Code, "persons", "", "", int64(40 * i)}, count{p.Code, "households", "2.1-a", "", int64(i)})
		}
	}
	c.do("2022-09-14", "10:00", deed{counts: register})
	c.do("2022-09-15", "11:00", deed{
		counts: append(inspect("411624101001", "", 3), count{"411624101001", "unchanged", "", "", 1}, count{"411624101001", "doubt.opened", "", "", 4}),
		found: []finding{{"p1", "41162410100101", "3.2.1", "孩子今年没有入学", "", "education", "civil"},
			{"p2", "411624101001", "3.2.2", "患有某病未办慢病卡", "health", "health", ""},
			{"p3", "411624101001", "3.4.1", "联系电话13800000000打不通", "", "rural", ""}},
	})
	c.do("2022-09-16", "09:00", deed{counts: append(inspect("411624102001", "", 2), inspect("411624101001", "2022-09-15", 1)...), accept: []string{"p1"},
		found: []finding{{"p4", "411624102001", "3.2.1", "助学金没有发到", "", "education", ""}}})
	c.do("2022-09-17", "09:00", deed{counts: append(inspect("411624102002", "2022-09-15", 2), count{"411624101001", "doubt.refuted", "", "", 1}), void: map[string]string{"p1": "重复登记，与另一条相同"}})
}

func adopt(areas ...duty.Area) *act.Act {
	return &act.Act{Kind: duty.KindAdopt, Body: duty.AdoptBody(areas)}
}
