package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/inspection"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
	"gonggu/internal/server"
)

// The requests asked on each engine, over counties of random trees.
var askedOf = map[string]struct{ counties, requests int }{"sqlite": {3, 30_000}, "postgresql": {1, 10_000}}

// TestNothingOutOfScopeIsReadOrWritten asks every route and sends acts as random posts of random counties, and looks for whatever
// names a household, member, problem, doubt, import or place in every answer. What each post may see is said here a second
// time, in other words than package duty's, so that a mistake there is not repeated here.
func TestNothingOutOfScopeIsReadOrWritten(t *testing.T) {
	for engine, n := range askedOf {
		for i := range n.counties {
			t.Run(fmt.Sprintf("%s/county %d", engine, i), func(t *testing.T) {
				t.Parallel()
				u := newUniverse(t, engine, uint64(1000*len(engine)+i))
				for range n.requests {
					u.ask(t)
				}
				u.tally(t)
			})
		}
	}
}

// subject is something that a token in an answer names, and what decides who may see it.
type subject struct {
	kind    string // household, problem, doubt, import
	area    string
	parties []string // of a problem: lead and helping departments
}

// asker is a random post with a session.
type asker struct {
	post   duty.Post
	cookie *http.Cookie
}

type universe struct {
	*rand.Rand
	stage   *stage
	handler http.Handler
	areas   []string
	pack    string // in force
	askers  []asker
	tokens  map[string]subject
	secrets map[string]bool     // whole ID numbers: in no answer but a reveal's
	pools   map[string][]string // values for holes and parameters, by name
	gets    []apiRoute
	sent    map[string]bool // person and subject of the acts sent: their author may read of them again
	counts  map[string]int
}

type apiRoute struct {
	path   string
	params []apiParam
}

type apiParam struct {
	Name   string
	In     string
	Schema struct{ Enum []string }
}

func newUniverse(t *testing.T, engine string, seed uint64) *universe {
	u := &universe{Rand: rand.New(rand.NewPCG(seed, 3)), tokens: map[string]subject{}, secrets: map[string]bool{}, pools: map[string][]string{}, sent: map[string]bool{}, counts: map[string]int{}}
	s := &stage{options: server.Options{Dir: t.TempDir(), County: county}}
	if engine == "postgresql" {
		s.options.Database = dbtest.Schema(t)
	}
	var err error
	s.state, err = demo.Play(t.Context(), demo.Options{Dir: s.options.Dir, Database: s.options.Database, Households: 240, Seed: seed, Pack: u.randomTree(t)})
	if err != nil {
		t.Fatal(err)
	}
	s.clock = clock.NewVirtual(s.state.Now, false)
	s.options.Clock, s.options.Seed = s.clock, s.state.SeedText()
	s.open(t)
	t.Cleanup(func() { s.close(t) })
	u.stage = s
	u.handler = s.county.Handler(slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	u.pack = s.one(t, "SELECT pack FROM campaigns WHERE county = $1", county)
	u.multiply(t)
	u.learn(t)
	u.hire(t, 60)
	u.readRoutes(t)
	return u
}

func (u *universe) one(list []string) string { return list[u.IntN(len(list))] }

// ask sends one random request as a random post and looks at what comes back.
func (u *universe) ask(t *testing.T) {
	t.Helper()
	by := u.askers[u.IntN(len(u.askers))]
	switch n := u.IntN(100); {
	case n < 80:
		path := u.fill(u.gets[u.IntN(len(u.gets))])
		u.look(t, by, "GET", path, u.send(by, "GET", path, nil), false)
	case n < 84:
		b, _ := json.Marshal(map[string]string{"idNumber": u.one(u.pools["secret"]), "area": u.one(u.areas)})
		u.look(t, by, "POST", "/api/v1/households/find", u.send(by, "POST", "/api/v1/households/find", b), false)
	case n < 90:
		id := u.one(u.pools["household"])
		path := "/api/v1/households/" + id + "/reveal"
		b, _ := json.Marshal(map[string]any{"facts": []string{"h.head_id", "h.phone"}[:1+u.IntN(2)], "reason": "核对本人证件号码"})
		res := u.send(by, "POST", path, b)
		if res.Code == http.StatusOK && !u.may(by, u.tokens[id]) {
			t.Fatalf("%s reveals %s in %s", name(by), id, u.tokens[id].area)
		}
		u.look(t, by, "POST", path, res, true)
	default:
		u.write(t, by)
	}
}

// fill gives a route's holes and parameters values that people, or somebody who tries, would send.
func (u *universe) fill(r apiRoute) string {
	path := r.path
	for strings.Contains(path, "{") {
		i, j := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		path = path[:i] + url.PathEscape(u.hole(r.path, path[i+1:j])) + path[j+1:]
	}
	q := url.Values{}
	for _, p := range r.params {
		if p.In == "query" && u.IntN(3) == 0 {
			q.Set(p.Name, u.param(p))
		}
	}
	q.Set("limit", fmt.Sprint(1+u.IntN(30)))
	return path + "?" + q.Encode()
}

func (u *universe) hole(path, name string) string {
	if pool := u.pools[name]; len(pool) > 0 {
		return u.one(pool)
	}
	for _, noun := range []string{"household", "problem", "doubt", "import"} {
		if strings.Contains(path, "/"+noun) && u.IntN(8) != 0 {
			return u.one(u.pools[noun])
		}
	}
	return u.one(u.pools[u.one(slices.Sorted(maps.Keys(u.pools)))])
}

func (u *universe) param(p apiParam) string {
	switch {
	case len(p.Schema.Enum) > 0:
		return u.one(p.Schema.Enum)
	case p.Name == "after":
		return u.one(u.areas) + "." + fmt.Sprint(u.IntN(1000))
	case p.Name == "asOf" || strings.HasSuffix(p.Name, "On"):
		return u.one(u.pools["day"])
	case len(u.pools[p.Name]) > 0:
		return u.one(u.pools[p.Name])
	}
	return u.one(u.pools[u.one(slices.Sorted(maps.Keys(u.pools)))])
}

func (u *universe) send(by asker, method, path string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("X-Gonggu", "1")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.AddCookie(by.cookie)
	w := httptest.NewRecorder()
	u.handler.ServeHTTP(w, r)
	u.counts[fmt.Sprintf("%s %d", method, w.Code)]++
	return w
}

var (
	word   = regexp.MustCompile(`[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*|\p{Han}+-[0-9]{4}`)
	aPlace = regexp.MustCompile(`^` + county + `(\d{3}|\d{6}|\d{8})$`)
)

// look searches an answer for whatever its asker may not see.
func (u *universe) look(t *testing.T, by asker, method, path string, res *httptest.ResponseRecorder, revealed bool) {
	t.Helper()
	if res.Code >= 500 {
		t.Fatalf("%s %s %s: %d %.300s", name(by), method, path, res.Code, res.Body.String())
	}
	asked, _ := url.QueryUnescape(path)
	for _, m := range word.FindAll(plain(t, res.Body.Bytes()), -1) {
		token := string(m)
		s, known := u.tokens[token]
		switch {
		case strings.Contains(asked, token), token == by.post.Unit, u.sent[by.post.Person+token]:
		case known && !u.may(by, s):
			t.Fatalf("%s %s %s shows %s %s of %s", name(by), method, path, s.kind, token, s.area)
		case u.secrets[token] && !revealed:
			t.Fatalf("%s %s %s shows a whole ID number", name(by), method, path)
		case aPlace.MatchString(token) && !known && !near(by.post, token):
			t.Fatalf("%s %s %s shows the place %s", name(by), method, path, token)
		}
	}
}

func name(by asker) string {
	return fmt.Sprintf("%v of %s over %s:", by.post.Duties, by.post.Unit, by.post.Area)
}

// near: a place is the post's own, inside it, or on the way up to the county.
func near(p duty.Post, area string) bool {
	return strings.HasPrefix(area, p.Area) || strings.HasPrefix(p.Area, area)
}

// may says who may see what: the rule of design §8, told by hand.
func (u *universe) may(by asker, s subject) bool {
	if !strings.HasPrefix(s.area, by.post.Area) {
		return false
	}
	for _, d := range by.post.Duties {
		switch d {
		case duty.Office, duty.Township:
			return true
		case duty.Village, duty.Inspector, duty.Supervisor:
			if s.kind != "import" {
				return true
			}
		case duty.SysAdmin:
			if s.kind == "import" { // he sees that work runs, not what is in it
				return true
			}
		case duty.Auditor: // he reads the logs, which name what was acted on and nothing of it
			return true
		case duty.Leader:
			if s.kind == "problem" {
				return true
			}
		case duty.Department:
			if s.kind == "problem" && slices.Contains(s.parties, by.post.Unit) {
				return true
			}
		}
	}
	return false
}

// doers are the duties that may do a kind of act at all.
var doers = map[string][]duty.Duty{
	problem.KindAccept:    {duty.Office},
	problem.KindVoid:      {duty.Office},
	problem.KindMerge:     {duty.Office},
	problem.KindSplit:     {duty.Office},
	problem.KindSource:    {duty.Office},
	problem.KindDistinct:  {duty.Office},
	inspection.KindSettle: {duty.Office, duty.Township, duty.Village, duty.Inspector},
	inspection.KindMiss:   {duty.Office, duty.Township, duty.Village, duty.Inspector},
	roster.KindCancel:     {duty.Office, duty.Township, duty.Village},
}

func does(by asker, kind string) bool {
	return slices.ContainsFunc(by.post.Duties, func(d duty.Duty) bool { return slices.Contains(doers[kind], d) })
}

// write sends an act on a random subject: it is carried out only for whoever may, where he may.
func (u *universe) write(t *testing.T, by asker) {
	t.Helper()
	kind := u.one(slices.Sorted(maps.Keys(doers)))
	if u.IntN(2) == 0 { // most people may do nothing with most things: half of the acts come from one who does such
		can := slices.DeleteFunc(slices.Clone(u.askers), func(x asker) bool { return !does(x, kind) })
		if len(can) > 0 {
			by = can[u.IntN(len(can))]
		}
	}
	a := &act.Act{ID: ident.New(), County: county, Kind: kind, Actor: by.post.Person, Post: by.post.ID, Pack: u.pack, DeviceAt: u.stage.clock.Now(), Body: canon.Object{"reason": "随机请求核对"}}
	a.Subject = u.one(u.pools["problem"])
	switch kind {
	case inspection.KindSettle:
		a.Subject, a.Body["verdict"] = u.one(u.pools["doubt"]), "refuted"
	case problem.KindMerge:
		a.Body["into"] = u.one(u.pools["problem"])
	case problem.KindSplit:
		a.Body["parts"] = []any{canon.Object{"say": "随机请求拆出的一件", "item": "3.2.4"}}
	case problem.KindSource:
		a.Body = canon.Object{"source": "audit", "year": int64(2021), "reference": ident.New(), "organ": "市审计局", "found_on": "2021-11-08"}
	case problem.KindDistinct:
		a.Body["others"], a.Body["of"] = []any{u.one(u.pools["problem"])}, "same"
	case inspection.KindMiss:
		a.Subject, a.Body = u.one(u.pools["household"]), canon.Object{"reason": "refused", "note": "", "again_on": ""}
	case roster.KindCancel:
		a.Subject = u.one(u.pools["household"])
		rev, err := strconv.ParseInt(u.stage.one(t, "SELECT CAST(rev AS text) FROM households WHERE county = $1 AND id = $2", county, a.Subject), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		a.Body["rev"], a.Body["why"], a.Body["on"] = rev, roster.WhyWrong, u.stage.state.Through
	}
	if u.IntN(10) == 0 { // in somebody else's name
		a.Post = u.askers[u.IntN(len(u.askers))].post.ID
	}
	u.sent[a.Actor+a.Subject] = true
	raw, err := a.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(map[string]any{"acts": []any{map[string]any{"act": json.RawMessage(raw), "open": []any{}}}})
	res := u.send(by, "POST", "/api/v1/acts", body)
	var out struct{ Answers []answered }
	if err := json.Unmarshal(res.Body.Bytes(), &out); err != nil || len(out.Answers) != 1 {
		t.Fatalf("%s acts: %d %s", name(by), res.Code, res.Body.String())
	}
	u.counts[kind+" "+out.Answers[0].Answer]++
	if out.Answers[0].Answer != "accepted" {
		return
	}
	s := u.tokens[a.Subject]
	if !does(by, kind) || !strings.HasPrefix(s.area, by.post.Area) || a.Post != by.post.ID {
		t.Fatalf("%s did %s on %s in %s as %s", name(by), kind, a.Subject, s.area, a.Post)
	}
}

// tally fails when the requests met nothing: then nothing was shown.
func (u *universe) tally(t *testing.T) {
	t.Helper()
	for _, want := range []string{"GET 200", "GET 403", "GET 404", "POST 200", problem.KindAccept + " accepted", problem.KindAccept + " refused", inspection.KindSettle + " accepted", inspection.KindMiss + " refused", roster.KindCancel + " accepted", roster.KindCancel + " refused"} {
		if u.counts[want] == 0 {
			t.Errorf("no request ended with %q: %v", want, u.counts)
		}
	}
	t.Logf("%v", u.counts)
}
