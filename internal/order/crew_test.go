package order_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/order"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/seal"
	"gonggu/packs"
)

const (
	county = "411624"
	jia    = county + "100" // two townships with two villages each
	yi     = county + "101"
	jia1   = jia + "201"
	jia2   = jia + "202"
	yi1    = yi + "201"
)

// hand is somebody who acts: a post and what is said of its unit. The model of the machine reads only this.
type hand struct{ post, person, unit, kind string }

// The people of the loop, one or two per unit.
var hands = []hand{
	{"xian", "王", "office", "office"}, {"xian2", "赵", "office", "office"},
	{"shui", "陈", "water", "department"}, {"shui2", "沈", "water", "department"}, {"jiao", "孔", "education", "department"},
	{"jia-a", "张", jia, "township"}, {"jia-b", "章", jia, "township"}, {"yi-a", "李", yi, "township"},
	{"cun1", "刘", jia1, "village"}, {"cun1b", "柳", jia1, "village"}, {"cun2", "周", jia2, "village"}, {"cun3", "郑", yi1, "village"},
	{"du", "钱", "team", "supervision"},
}

var dutyOf = map[string]duty.Duty{"office": duty.Office, "department": duty.Department, "township": duty.Township, "village": duty.Village, "supervision": duty.Supervisor}

func by(post string) hand {
	for _, h := range hands {
		if h.post == post {
			return h
		}
	}
	panic("no such post: " + post)
}

// crew is a county with its places, units and posts, the built-in pack in force, and a lane; problems are raised by an act of the test's own.
type crew struct {
	t     testing.TB
	db    *database.DB
	clock *clock.Virtual
	lane  *act.Lane
	book  *campaign.Book
	room  *problem.Room
	order *order.Room
	pack  *pack.Pack
	open  map[int64]int64 // open problems by household, as the register is told
}

const kindFind = "test.find"

type plain struct{}

func (plain) SealText(_, text string) (string, error)   { return text, nil }
func (plain) OpenText(_, sealed string) (string, error) { return sealed, nil }

// emptyCrew is a county of which nothing is known yet.
func emptyCrew(t testing.TB, db *database.DB, on string) *crew {
	t.Helper()
	now, _ := clock.At(on, "09:00")
	c := &crew{t: t, db: db, clock: clock.NewVirtual(now, false), book: campaign.NewBook(county), open: map[int64]int64{}}
	c.room = &problem.Room{County: county, Book: c.book, Texts: plain{}, Changed: func(_ context.Context, _ *act.Step, household, by int64) error { c.open[household] += by; return nil }}
	c.order = &order.Room{County: county, Book: c.book, Problems: c.room}
	c.room.Drafted = c.order.Draft
	kinds := map[string]act.Kind{kindFind: {Apply: c.find}}
	for _, k := range []map[string]act.Kind{duty.Kinds(), c.book.Kinds(), c.room.Kinds(), c.order.Kinds()} {
		maps.Copy(kinds, k)
	}
	c.lane = act.NewLane(act.Options{County: county, DB: db, Clock: c.clock, Keys: seal.FromSeed("t"), Kinds: kinds, CutOff: c.book.CutOff})
	t.Cleanup(c.lane.Close)
	files, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	var bad []pack.Complaint
	if c.pack, bad = pack.Load(files); len(bad) > 0 {
		t.Fatal(bad)
	}
	return c
}

func newCrew(t testing.TB, db *database.DB, on string) *crew {
	t.Helper()
	c := emptyCrew(t, db, on)
	install, err := campaign.InstallBody(c.pack)
	if err != nil {
		t.Fatal(err)
	}
	c.system(duty.KindAdopt, duty.AdoptBody([]duty.Area{{Code: county, Level: duty.LevelCounty, Name: "县", Short: "县"},
		{Code: jia, Parent: county, Level: duty.LevelTownship, Name: "甲镇", Short: "甲"}, {Code: jia1, Parent: jia, Level: duty.LevelVillage, Name: "一村", Short: "一"}, {Code: jia2, Parent: jia, Level: duty.LevelVillage, Name: "二村", Short: "二"},
		{Code: yi, Parent: county, Level: duty.LevelTownship, Name: "乙镇", Short: "乙"}, {Code: yi1, Parent: yi, Level: duty.LevelVillage, Name: "三村", Short: "三"}}))
	units := []duty.Unit{}
	posts := []duty.Post{}
	seen := map[string]bool{}
	for _, h := range hands {
		area := county
		if strings.HasPrefix(h.unit, county) {
			area = h.unit
		}
		if !seen[h.unit] {
			units, seen[h.unit] = append(units, duty.Unit{ID: h.unit, Kind: h.kind, Name: "单位" + h.unit, Area: area}), true
		}
		posts = append(posts, duty.Post{ID: h.post, Person: h.person, Name: "名" + h.person, Unit: h.unit, Title: "职" + h.post, Duties: []duty.Duty{dutyOf[h.kind]}, Area: area})
	}
	c.system(duty.KindFound, duty.FoundBody(append(units, duty.Unit{ID: "gone", Kind: "department", Name: "撤销局", Area: county})))
	c.system(duty.KindPost, duty.PostBody(posts))
	c.system(campaign.KindInstall, install)
	c.system(campaign.KindOpen, campaign.OpenBody(c.pack))
	return c
}

// find raises one problem per act, as a sheet would.
func (c *crew) find(ctx context.Context, s *act.Step) error {
	text := func(k string) string { v, _ := s.Act.Body[k].(string); return v }
	if _, err := duty.Acting(ctx, s, duty.SubmitInspection); err != nil {
		return err
	}
	day := clock.Day(s.Act.ReceivedAt)
	_, err := problem.Raise(ctx, s, problem.Finding{ID: s.Act.Subject, Rule: "r", Item: text("item"), Block: "3.2", Area: text("area"), Town: "甲", Say: "自来水时断时续", Origin: "sheet", Lead: text("lead"),
		StageOn: "2022-10-15", ClearOn: text("clear"), DoneOn: day}, 1)
	return err
}

func (c *crew) system(kind string, body canon.Object) {
	c.t.Helper()
	a := c.send(&act.Act{ID: ident.New(), County: county, Kind: kind, Subject: county, Actor: act.System, Post: act.System, Pack: c.pack.Digest(), Body: body, DeviceAt: c.clock.Now()})
	if a.Outcome != act.Accepted {
		c.t.Fatalf("%s: %s %s", kind, a.Code, a.Reason)
	}
}

func (c *crew) send(a *act.Act) act.Answer {
	c.t.Helper()
	got, err := c.lane.Submit(c.t.Context(), a.Actor, act.Submission{Act: a})
	if err != nil {
		c.t.Fatal(err)
	}
	return got[0]
}

// clearOn is the clearing day of the built-in pack.
const clearOn = "2022-10-20"

// found raises a problem as the first village's cadre.
func (c *crew) found(item, area, lead string) string {
	c.t.Helper()
	return c.foundBy("cun1b", item, area, lead)
}

func (c *crew) foundBy(post, item, area, lead string) string {
	c.t.Helper()
	id := ident.New()
	a := c.do(post, kindFind, id, canon.Object{"item": item, "area": area, "lead": lead, "clear": clearOn})
	if a.Outcome != act.Accepted {
		c.t.Fatal(a.Code, a.Reason)
	}
	return id
}

func (c *crew) make(post, kind, subject string, body canon.Object) *act.Act {
	return &act.Act{ID: ident.New(), County: county, Kind: kind, Subject: subject, Actor: by(post).person, Post: post, Pack: c.pack.Digest(), Body: body, DeviceAt: c.clock.Now()}
}

// do submits a flat act.
func (c *crew) do(post, kind, subject string, body canon.Object) act.Answer {
	c.t.Helper()
	return c.send(c.make(post, kind, subject, body))
}

// sign submits a signed act on a problem as it stands, or as it stood at a revision.
func (c *crew) sign(post, kind, id string, answers canon.Object) act.Answer {
	c.t.Helper()
	return c.send(c.signed(post, kind, id, answers))
}

func (c *crew) signed(post, kind, id string, answers canon.Object) *act.Act {
	c.t.Helper()
	p := c.problem(id)
	a := c.make(post, kind, id, nil)
	pre := canon.Object{"number": p.Number, "state": string(p.State), "say": p.Say, "due_on": p.DueOn}
	seen, err := act.Seen(a.Pack, kind, id, p.Rev, pre, answers)
	if err != nil {
		c.t.Fatal(err)
	}
	a.Seen = seen
	a.Body = canon.Object{"rev": p.Rev, "prefilled": pre, "answers": answers, "signature": canon.Object{"of": seen, "strokes": []any{[]any{int64(1), int64(2), int64(3)}}}}
	return a
}

func (c *crew) problem(id string) *problem.Problem {
	c.t.Helper()
	p, err := problem.ByID(c.t.Context(), c.db, county, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// accepted raises problems and accepts them.
func (c *crew) accepted(n int, item, area string) []string {
	c.t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = c.found(item, area, "water")
		c.ok(c.do("xian", problem.KindAccept, ids[i], canon.Object{}))
	}
	return ids
}

func (c *crew) ok(a act.Answer) act.Answer {
	c.t.Helper()
	if a.Outcome != act.Accepted {
		c.t.Fatalf("%s %s %s", a.Outcome, a.Code, a.Reason)
	}
	return a
}

// want: refused with a code, in words that say something.
func (c *crew) want(code string, a act.Answer, says ...string) {
	c.t.Helper()
	if a.Outcome != act.Refused || a.Code != code {
		c.t.Errorf("want %s, got %s %s %s", code, a.Outcome, a.Code, a.Reason)
	}
	for _, s := range says {
		if !strings.Contains(a.Reason, s) {
			c.t.Errorf("%s does not say %q: %s", code, s, a.Reason)
		}
	}
}

// body is an order that is right.
func body(unit string, ids ...string) order.Body {
	return order.Body{Unit: unit, Helping: []string{jia}, Leader: "钱局长", Person: "孙科长", LimitOn: "2022-10-10", Say: "请按期整改", Problems: ids}
}

func (c *crew) issue(b order.Body) (string, act.Answer) {
	c.t.Helper()
	id := ident.New()
	return id, c.do("xian", problem.KindOrder, id, b.Object())
}

// dump is every table that acts of the loop write, as text.
func (c *crew) dump() string {
	c.t.Helper()
	var b strings.Builder
	for _, t := range []string{"problems", "problem_standings", "problem_signatures", "problem_declines", "problem_asks", "unit_clears", "orders", "order_problems", "numbers", "tallies"} {
		where := ""
		if t == "tallies" {
			where = " WHERE n <> 0" // what cancels out in one commit leaves no row, in two it leaves a zero
		}
		rows, err := c.db.Query(c.t.Context(), "SELECT * FROM "+t+where)
		if err != nil {
			c.t.Fatal(err)
		}
		lines, err := database.Collect(rows, scanLine)
		if err != nil {
			c.t.Fatal(err)
		}
		slices.Sort(lines)
		fmt.Fprintln(&b, t, len(lines))
		for _, l := range lines {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}
