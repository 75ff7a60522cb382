package server_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/order"
	"gonggu/internal/problem"
	"gonggu/internal/server"
)

// round is a small loop among people of two townships and two departments, looked at from their desks. Problems go by the names that the test
// gives them.
type round struct {
	*counter
	t    *testing.T
	desk map[string]*visitor
	id   map[string]string // by name
	name map[string]string // by id
	jia  string            // a township with two villages
	jia1 string
	jia2 string
	yi   string // another, with one
	yi1  string
}

func newRound(t *testing.T, engine string) *round {
	t.Helper()
	now, _ := clock.At("2022-09-28", "09:00")
	s := &stage{options: server.Options{Dir: t.TempDir(), County: county}, clock: clock.NewVirtual(now, false)}
	s.options.Clock, s.options.Seed = s.clock, "round"
	if engine == "postgresql" {
		s.options.Database = dbtest.Schema(t)
	}
	s.open(t)
	t.Cleanup(func() { s.close(t) })
	p, err := s.county.SetUp(t.Context(), packFS(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.county.OpenCampaign(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	r := &round{counter: &counter{stage: s, pack: p.Digest()}, t: t, desk: map[string]*visitor{}, id: map[string]string{}, name: map[string]string{}}
	r.jia = s.one(t, "SELECT min(code) FROM areas WHERE county = $1 AND level = 'township'", county)
	r.yi = s.one(t, "SELECT min(code) FROM areas WHERE county = $1 AND level = 'township' AND code > $2", county, r.jia)
	r.jia1 = s.one(t, "SELECT min(code) FROM areas WHERE county = $1 AND parent = $2", county, r.jia)
	r.jia2 = s.one(t, "SELECT min(code) FROM areas WHERE county = $1 AND parent = $2 AND code > $3", county, r.jia, r.jia1)
	r.yi1 = s.one(t, "SELECT min(code) FROM areas WHERE county = $1 AND parent = $2", county, r.yi)
	found := &act.Act{ID: ident.New(), Kind: duty.KindFound, Subject: county, Body: duty.FoundBody([]duty.Unit{{ID: "team-1", Kind: duty.UnitSupervision, Name: "第一督导组", Area: county}})}
	if _, err := s.county.System(t.Context(), found); err != nil {
		t.Fatal(err)
	}
	var posts []duty.Post
	for i, x := range []struct {
		login, unit, area string
		may               duty.Duty
	}{
		{"xian", "office", county, duty.Office}, {"lingdao", "office", county, duty.Leader}, {"jia", r.jia, r.jia, duty.Township}, {"yi", r.yi, r.yi, duty.Township}, {"cun", r.jia1, r.jia1, duty.Village},
		{"shui", "water", county, duty.Department}, {"jiao", "education", county, duty.Department}, {"du", "team-1", r.jia, duty.Supervisor},
	} {
		post := duty.NewPost(ident.Derive("round", x.login), fmt.Sprintf("人%d", i), duty.Unit{ID: x.unit}, x.login, x.area, x.may)
		posts = append(posts, post)
		if err := s.county.Accounts.Open(t.Context(), post.Person, x.login, demo.Password); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.county.OpenPosts(t.Context(), "round", posts); err != nil {
		t.Fatal(err)
	}
	for _, x := range posts {
		r.desk[x.Title] = s.visitor(t, x.Title)
	}
	r.office = r.desk["xian"]
	return r
}

// enter makes a problem in a village.
func (r *round) enter(name, area, lead string) {
	r.t.Helper()
	id := ident.New()
	r.id[name], r.name[id] = id, name
	r.must(r.t, problem.KindEnter, id, canon.Object{"say": "自来水时断时续：" + name, "item": "3.2.4", "area": area, "household": "", "unit": "", "sensitive": "", "source": "petition", "year": int64(2022), "reference": name, "organ": "省信访局",
		"found_on": "2022-09-01", "lead": lead, "helping": []any{}})
}

func (r *round) accepted(area, lead string, names ...string) {
	r.t.Helper()
	for _, n := range names {
		r.enter(n, area, lead)
		r.must(r.t, problem.KindAccept, r.id[n], canon.Object{})
	}
}

// order orders problems to a unit by a day, and returns the order's id.
func (r *round) order(unit, limit string, names ...string) string {
	r.t.Helper()
	b := order.Body{Unit: unit, Leader: "钱局长", Person: "孙科长", LimitOn: limit, Say: "请按期整改"}
	for _, n := range names {
		b.Problems = append(b.Problems, r.id[n])
	}
	id := ident.New()
	r.must(r.t, problem.KindOrder, id, b.Object())
	return id
}

// steps lets people do flat or signed acts, one after another: "who kind name".
func (r *round) steps(list ...string) {
	r.t.Helper()
	signs := map[string]canon.Object{problem.KindClaim: {"leader": "钱局长", "person": "孙科长", "measures": "更换管网"}, problem.KindRectify: {"result": "已经更换", "done_on": "2022-09-28"}, problem.KindVerify: {"say": ""}, problem.KindSupervise: {"say": ""}}
	for _, step := range list {
		f := strings.Fields(step)
		by, kind, id := r.desk[f[0]], f[1], cmp.Or(r.id[f[2]], f[2])
		a := r.act(by, kind, id, canon.Object{"reason": "现场看过的情况"})
		if answers, ok := signs[kind]; ok {
			p := r.load(r.t, id)
			a = r.signed(r.t, by, kind, id, p.Rev, canon.Object{"number": p.Number, "state": string(p.State)}, answers)
		}
		if got := by.submit(r.t, a)[0]; got.Answer != "accepted" {
			r.t.Fatalf("%s: %s %s", step, got.Code, got.Reason)
		}
	}
}

type todoList struct {
	Count, Late int64
	Sections    []struct {
		Key   string
		Count int64
		Query map[string]string
		Rows  []struct{ ID string }
		Items []struct{ ID, Number, Kind, Say string }
	}
}

// waits says what waits on a desk, section by section: "claim w3 w2", for other than problems "receive <id> …".
func (r *round) waits(who string) (out []string, late int64) {
	r.t.Helper()
	var v, bare todoList
	r.desk[who].get(r.t, "/todos?rows=50", &v)
	r.desk[who].get(r.t, "/todos", &bare)
	var sum int64
	for i, s := range v.Sections {
		line := s.Key
		for _, x := range s.Rows {
			line += " " + r.name[x.ID]
		}
		for _, x := range s.Items {
			line += " " + cmp.Or(r.name[x.ID], x.ID)
		}
		out, sum = append(out, line), sum+s.Count
		if n := int64(len(s.Rows) + len(s.Items)); n != s.Count || bare.Sections[i].Count != s.Count || len(bare.Sections[i].Rows) > 0 {
			r.t.Errorf("%s: %s counts %d and has %d rows; without rows it is %+v", who, s.Key, s.Count, n, bare.Sections[i])
		}
		if len(s.Items) == 0 {
			r.leadsTo(who, s.Key, s.Query, out[i])
		}
	}
	if sum != v.Count || bare.Count != v.Count {
		r.t.Errorf("%s: %d wait in all, the sections have %d", who, v.Count, sum)
	}
	return out, v.Late
}

// leadsTo holds a section to the ledger's page that it leads to: all of its rows are there, and no others where the ledger can say what the section asks.
func (r *round) leadsTo(who, key string, query map[string]string, line string) {
	r.t.Helper()
	q := url.Values{}
	for k, v := range query {
		q.Set(k, v)
	}
	var page struct{ Rows []struct{ ID string } }
	r.desk[who].get(r.t, "/problems?"+q.Encode(), &page)
	there := []string{}
	for _, x := range page.Rows {
		there = append(there, r.name[x.ID])
	}
	want := strings.Fields(line)[1:]
	for _, n := range want {
		if !slices.Contains(there, n) {
			r.t.Errorf("%s: %s has %s, the ledger it leads to only %v", who, key, n, there)
		}
	}
	if exact := []string{"accept", "declined", "order", "reorder", "claim", "close"}; slices.Contains(exact, key) && len(there) != len(want) {
		r.t.Errorf("%s: %s has %v, the ledger it leads to %v", who, key, want, there)
	}
}

// desks compares what waits on every desk.
func (r *round) desks(want map[string][]string) {
	r.t.Helper()
	for _, who := range slices.Sorted(maps.Keys(r.desk)) {
		if got, _ := r.waits(who); !slices.Equal(got, want[who]) {
			r.t.Errorf("%s has\n  %s\nwant\n  %s", who, strings.Join(got, "\n  "), strings.Join(want[who], "\n  "))
		}
	}
}

// What waits for a post, how far a place is and how the units stand with 清零, as each post is told it by its own desk.
// clause: 4.2-c, 4.2-d, 5.2-b
func TestWhatEachDeskIsTold(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			r := newRound(t, engine)
			r.desks(nil) // nothing was found yet
			r.play()
		})
	}
}

func (r *round) play() {
	r.t.Helper()
	r.enter("f1", r.jia1, "water")
	r.enter("f2", r.yi1, "water")
	r.accepted(r.jia1, "education", "u1")
	r.accepted(r.yi1, "water", "x1")
	// The later order has the nearer day: it stands first.
	r.accepted(r.jia1, "water", "w1", "w2")
	r.accepted(r.yi1, "water", "w3", "w4")
	r.accepted(r.jia2, "water", "w5")
	o1 := r.order("water", "2022-10-12", "w1", "w2", "w4")
	o2 := r.order("water", "2022-10-08", "w3")
	o3 := r.order("water", "2022-10-11", "w5")
	r.accepted(r.jia1, r.jia, "a1")
	r.accepted(r.jia2, r.jia, "a2", "a3", "a4")
	town := r.order(r.jia, "2022-10-10", "a1", "a2", "a3", "a4")
	r.accepted(r.jia1, r.jia1, "v1", "v2")
	village := r.order(r.jia1, "2022-10-09", "v1", "v2")
	r.accepted(r.yi1, r.yi, "b1", "b2")
	other := r.order(r.yi, "2022-10-07", "b1", "b2")
	r.accepted(r.jia1, "education", "e1", "e2")
	school := r.order("education", "2022-10-12", "e1", "e2")
	r.desks(map[string][]string{
		"xian": {"accept f1 f2", "order u1 x1"},
		"jia":  {"receive " + town, "claim a1 a2 a3 a4"},
		"yi":   {"receive " + other, "claim b1 b2"},
		"cun":  {"receive " + village, "claim v1 v2"},
		"shui": {"receive " + o2 + " " + o3 + " " + o1, "claim w3 w5 w1 w2 w4"},
		"jiao": {"receive " + school, "claim e1 e2"},
	})

	// Everybody goes on to where something else of his waits.
	r.steps("shui order.receive "+o1, "shui order.receive "+o2, "jia order.receive "+town, "cun order.receive "+village, "jiao order.receive "+school,
		"shui problem.claim w1", "shui problem.claim w4", "shui problem.rectify w4", "xian problem.return w4",
		"shui problem.claim w5", "shui problem.rectify w5", "xian problem.verify w5", "xian problem.close w5", "xian problem.reopen w5",
		"jia problem.claim a1", "jia problem.claim a2", "jia problem.claim a3", "jia problem.claim a4", "jia problem.rectify a4", "jia problem.rectify a2", "jia problem.rectify a3",
		"xian problem.verify a4", "xian problem.verify a2", "du problem.supervise a4",
		"cun problem.claim v1", "cun problem.claim v2", "cun problem.rectify v1",
		"jiao problem.decline e1", "jiao problem.claim e2", "jiao problem.rectify e2", "xian problem.verify e2", "xian problem.close e2")
	ask := r.act(r.desk["shui"], problem.KindAsk, r.id["w1"], canon.Object{"what": "extend", "until": "2022-10-14", "reason": "管网工期较长"})
	if got := r.desk["shui"].submit(r.t, ask)[0]; got.Answer != "accepted" {
		r.t.Fatalf("%+v", got)
	}
	now := map[string][]string{
		"xian": {"ask w1", "accept f1 f2", "declined e1", "order u1 x1", "reorder w5", "verify a3", "close a2 a4"},
		"jia":  {"rectify a1", "verify v1"},
		"yi":   {"receive " + other, "claim b1 b2"},
		"cun":  {"rectify v2 a1"}, // the township's own in its village, too
		"shui": {"receive " + o3, "claim w3 w2", "returned w4", "rectify w1", "relapsed w5"},
		"jiao": {"clear education"},
		"du":   {"supervise a2", "look v1 a3"}, // a4 is supervised
	}
	r.desks(now)
	r.story("w5", "登记外部问题", problem.KindAccept, "交县水利局，2022-10-11 前办结", problem.KindClaim, problem.KindRectify, problem.KindVerify, problem.KindClose, problem.KindReopen)

	// Days later the same waits, and some of it is late.
	r.on("2022-10-11")
	r.desks(now)
	late := map[string]int64{"xian": 3, "jia": 2, "yi": 3, "cun": 2, "shui": 1, "du": 3}
	for who := range r.desk {
		if _, n := r.waits(who); n != late[who] {
			r.t.Errorf("%s: %d late, want %d", who, n, late[who])
		}
	}
	r.loops()
	r.clears()
}

// story holds what a problem's page tells to kinds of act or to pieces of what is said of them, oldest first.
func (r *round) story(name string, want ...string) {
	r.t.Helper()
	var v struct {
		Story []struct{ Kind, KindName, Text string }
	}
	r.desk["xian"].get(r.t, "/problems/"+r.id[name], &v)
	for i, x := range v.Story {
		if i >= len(want) || x.Kind != want[i] && !strings.Contains(x.Text, want[i]) || x.KindName == "" {
			r.t.Errorf("the story of %s: %+v, want %v", name, v.Story, want)
			return
		}
	}
	if len(v.Story) != len(want) {
		r.t.Errorf("the story of %s ends after %d steps: %+v", name, len(v.Story), v.Story)
	}
}

// on lets a day come; nobody's session lasts so long.
func (r *round) on(day string) {
	r.t.Helper()
	now, _ := clock.At(day, "09:00")
	r.clock.Set(now)
	for who := range r.desk {
		r.desk[who] = r.visitor(r.t, who)
	}
	r.office = r.desk["xian"]
}

// loops holds what each post is told of how far a place is to the ledger of the same post, and whose are late.
func (r *round) loops() {
	r.t.Helper()
	type count struct {
		State string
		N     int64
	}
	for _, x := range []struct {
		who, area, states string
		late              []string // unit, how many, since
	}{
		{"xian", "", "found 2 accepted 2 ordered 4 declined 1 claimed 3 returned 1 reopened 1 rectified 2 verified 2 closed 1", []string{r.yi + " 2 2022-10-07", r.jia + " 1 2022-10-10", r.jia1 + " 1 2022-10-09", "water 1 2022-10-08"}},
		{"lingdao", r.yi, "found 1 accepted 1 ordered 3 returned 1", []string{r.yi + " 2 2022-10-07", "water 1 2022-10-08"}},
		{"jia", "", "found 1 accepted 1 ordered 1 declined 1 claimed 3 reopened 1 rectified 2 verified 2 closed 1", []string{r.jia + " 1 2022-10-10", r.jia1 + " 1 2022-10-09"}},
		{"cun", "", "found 1 accepted 1 ordered 1 declined 1 claimed 3 rectified 1 closed 1", []string{r.jia + " 1 2022-10-10", r.jia1 + " 1 2022-10-09"}},
		{"shui", "", "", []string{"water 1 2022-10-08"}}, // nobody counts a department's by states
		{"jiao", "", "", nil},
		{"du", "", "found 1 accepted 1 ordered 1 declined 1 claimed 3 reopened 1 rectified 2 verified 2 closed 1", []string{r.jia + " 1 2022-10-10", r.jia1 + " 1 2022-10-09"}},
	} {
		var v struct {
			States []count
			Late   []struct {
				Unit  struct{ Code, Name string }
				N     int64
				Since string
			}
		}
		r.desk[x.who].get(r.t, "/loop?area="+x.area, &v)
		var states, late []string
		for _, c := range v.States {
			var page struct{ Rows []struct{ ID string } }
			r.desk[x.who].get(r.t, "/problems?limit=300&area="+x.area+"&state="+c.State, &page)
			if int64(len(page.Rows)) != c.N {
				r.t.Errorf("%s: %d %s in %q, the ledger has %d", x.who, c.N, c.State, x.area, len(page.Rows))
			}
			if c.N > 0 {
				states = append(states, fmt.Sprint(c.State, " ", c.N))
			}
		}
		for _, u := range v.Late {
			if u.Unit.Name == "" {
				r.t.Errorf("%s: %s has no name", x.who, u.Unit.Code)
			}
			late = append(late, fmt.Sprint(u.Unit.Code, " ", u.N, " ", u.Since))
		}
		if got := strings.Join(states, " "); got != x.states || !slices.Equal(late, x.late) {
			r.t.Errorf("%s in %q is told\n  %s, late %v\nwant\n  %s, late %v", x.who, x.area, got, late, x.states, x.late)
		}
	}
	for _, who := range []string{"jia", "cun", "du"} {
		r.desk[who].refused(r.t, "report.outside", "GET", "/loop?area="+r.yi, "")
	}
}

type clearRow struct {
	Unit         struct{ Code string }
	Open, Closed int64
	State        string
	On, Who, Why string
}

func (c *clearRow) String() string {
	if c == nil {
		return "nothing"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d open %d closed %s %s", c.Unit.Code, c.Open, c.Closed, c.State, c.On))
}

type clearView struct {
	Mine *clearRow
	Left []struct {
		State string
		N     int64
	}
	Units  []*clearRow
	Signed int64
}

func (r *round) cleared(who string) (v clearView, left string) {
	r.t.Helper()
	r.desk[who].get(r.t, "/clears", &v)
	for _, x := range v.Left {
		left += fmt.Sprint(" ", x.State, " ", x.N)
	}
	return v, strings.TrimSpace(left)
}

// clears: each unit sees its own list, the office all of them; a signature is taken once, and what comes back makes it void.
func (r *round) clears() {
	r.t.Helper()
	for _, x := range []struct{ who, mine, left string }{
		{"xian", "nothing", ""}, {"lingdao", "nothing", ""}, {"du", "nothing", ""},
		{"jia", r.jia + " 4 open 0 closed open", "claimed 1 rectified 1 verified 2"}, {"yi", r.yi + " 2 open 0 closed open", "ordered 2"}, {"cun", r.jia1 + " 2 open 0 closed open", "claimed 1 rectified 1"},
		{"shui", "water 5 open 0 closed open", "ordered 2 claimed 1 returned 1 reopened 1"}, {"jiao", "education 0 open 1 closed ready", ""},
	} {
		v, left := r.cleared(x.who)
		if v.Mine.String() != x.mine || left != x.left || (x.who != "xian" && len(v.Units) > 0) {
			r.t.Errorf("%s sees %s (%s) and %v, want %s (%s)", x.who, v.Mine, left, v.Units, x.mine, x.left)
		}
	}
	r.units(0, "water 5 open 0 closed open", r.jia+" 4 open 0 closed open", r.jia1+" 2 open 0 closed open", r.yi+" 2 open 0 closed open", "education 0 open 1 closed ready")

	jiao := r.desk["jiao"]
	sign := r.signed(r.t, jiao, problem.KindClear, "education", 0, canon.Object{"unit": "education", "open": int64(0), "closed": int64(1)}, canon.Object{})
	if got := jiao.submit(r.t, sign)[0]; got.Answer != "accepted" {
		r.t.Fatalf("%+v", got)
	}
	v, _ := r.cleared("jiao")
	if v.Mine.String() != "education 0 open 1 closed signed 2022-10-11" || v.Mine.Who == "" {
		r.t.Errorf("signed: %s by %q", v.Mine, v.Mine.Who)
	}
	if list, _ := r.waits("jiao"); len(list) > 0 {
		r.t.Errorf("signed, and still waits: %v", list)
	}
	r.units(1, "water 5 open 0 closed open", r.jia+" 4 open 0 closed open", r.jia1+" 2 open 0 closed open", r.yi+" 2 open 0 closed open", "education 0 open 1 closed signed 2022-10-11")

	r.steps("xian problem.reopen e2")
	if v, left := r.cleared("jiao"); v.Mine.String() != "education 1 open 0 closed voided 2022-10-11" || left != "reopened 1" || !strings.Contains(v.Mine.Why, r.load(r.t, r.id["e2"]).Number) {
		r.t.Errorf("it came back: %s (%s), because %q", v.Mine, left, v.Mine.Why)
	}
	r.units(0, "water 5 open 0 closed open", r.jia+" 4 open 0 closed open", r.jia1+" 2 open 0 closed open", r.yi+" 2 open 0 closed open", "education 1 open 0 closed voided 2022-10-11")
}

// units compares what the office sees of all units, those with most to do first.
func (r *round) units(signed int64, want ...string) {
	r.t.Helper()
	v, _ := r.cleared("xian")
	got := []string{}
	for _, u := range v.Units {
		got = append(got, u.String())
	}
	if !slices.Equal(got, want) || v.Signed != signed {
		r.t.Errorf("the office sees %d signed of\n  %s\nwant %d of\n  %s", v.Signed, strings.Join(got, "\n  "), signed, strings.Join(want, "\n  "))
	}
}
