package server_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"gonggu/internal/account"
	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/server"
)

// hall is a county that has just been set up: places, units, and the first accounts.
type hall struct {
	*stage
	first map[string]server.First
}

func newHall(t *testing.T, engine string) *hall {
	t.Helper()
	now, _ := clock.At("2022-09-20", "09:00")
	h := &hall{stage: &stage{options: server.Options{Dir: t.TempDir(), County: county}, clock: clock.NewVirtual(now, false)}, first: map[string]server.First{}}
	h.options.Clock, h.options.Seed = h.clock, "hall"
	if engine == "postgresql" {
		h.options.Database = dbtest.Schema(t)
	}
	h.open(t)
	t.Cleanup(func() { h.close(t) })
	if _, err := h.county.SetUp(t.Context(), packFS(t)); err != nil {
		t.Fatal(err)
	}
	list, err := h.county.FirstAccounts(t.Context())
	if err != nil || len(list) != 4 {
		t.Fatal(list, err)
	}
	for _, f := range list {
		h.first[f.Login] = f
	}
	if again, err := h.county.FirstAccounts(t.Context()); err != nil || len(again) != 0 {
		t.Fatalf("the first accounts are made once: %v %v", again, err)
	}
	return h
}

const chosen = "maitian-2022-hegu"

func browser(t *testing.T, s *stage) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{stage: s, client: &http.Client{Jar: jar}}
}

// call sends JSON and wants a status; into may be nil.
func (v *visitor) call(t *testing.T, status int, method, path, body string, into any) {
	t.Helper()
	got, b := v.send(t, method, path, "application/json", strings.NewReader(body))
	if got != status {
		t.Fatalf("%s %s: %d, want %d: %.300s", method, path, got, status, b)
	}
	if into != nil {
		v.decode(t, b, into)
	}
}

// refused sends JSON and wants to be refused with a code.
func (v *visitor) refused(t *testing.T, code, method, path, body string) {
	t.Helper()
	status, b := v.send(t, method, path, "application/json", strings.NewReader(body))
	var p problemJSON
	v.decode(t, b, &p)
	if status < 400 || p.Type != "urn:gonggu:"+code || p.Detail == "" {
		t.Errorf("%s %s: %d %s, want %s", method, path, status, b, code)
	}
}

func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }

func signIn(t *testing.T, v *visitor, login, password string) string {
	t.Helper()
	var out struct {
		me
		Must string
	}
	v.call(t, 200, "POST", "/session", `{"login":`+quoted(login)+`,"password":`+quoted(password)+`}`, &out)
	v.me = out.me
	return out.Must
}

// enter signs in with a one-time password and replaces it.
func (h *hall) enter(t *testing.T, login, once string) *visitor {
	t.Helper()
	v := browser(t, h.stage)
	if must := signIn(t, v, login, once); must != "password" {
		t.Fatalf("%s must %q", login, must)
	}
	v.refused(t, "account.must_change", "GET", "/areas", "")
	v.call(t, 200, "POST", "/account/password", `{"current":`+quoted(once)+`,"next":`+quoted(chosen)+`}`, nil)
	v.call(t, 200, "GET", "/session", "", &v.me)
	return v
}

func (v *visitor) step(t *testing.T, kind, subject string, body canon.Object) answered {
	t.Helper()
	return v.submit(t, &act.Act{ID: ident.New(), County: county, Kind: kind, Subject: subject, Actor: v.me.Account.ID, Post: v.me.Post.ID, Body: body, DeviceAt: v.stage.clock.Now()})[0]
}

func eachEngine(t *testing.T, fn func(*testing.T, *hall)) {
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) { fn(t, newHall(t, engine)) })
	}
}

// person makes an account and gives it a post.
func (h *hall) person(t *testing.T, sys, sec *visitor, name, login, unit, area string, d ...duty.Duty) *visitor {
	t.Helper()
	var once struct{ Person, Login, Password string }
	sys.call(t, 200, "POST", "/accounts", `{"name":`+quoted(name)+`,"login":`+quoted(login)+`,"phone":""}`, &once)
	if a := sec.step(t, duty.KindPost, "post-"+login, duty.PostBody([]duty.Post{{ID: "post-" + login, Person: once.Person, Name: name, Unit: unit, Title: "干部", Duties: d, Area: area}})); a.Answer != "accepted" {
		t.Fatalf("%s: %+v", login, a)
	}
	return h.enter(t, login, once.Password)
}

func (h *hall) places(t *testing.T) (township, village, other string) {
	t.Helper()
	township = h.one(t, "SELECT code FROM areas WHERE county = $1 AND level = 'township' ORDER BY code LIMIT 1", county)
	village = h.one(t, "SELECT code FROM areas WHERE county = $1 AND parent = $2 ORDER BY code LIMIT 1", county, township)
	other = h.one(t, "SELECT code FROM areas WHERE county = $1 AND level = 'village' AND parent <> $2 ORDER BY code LIMIT 1", county, township)
	return township, village, other
}

func TestTheThreeOfficersAreSeparated(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *hall) {
		sys, sec, aud := h.enter(t, "xitong", h.first["xitong"].Password), h.enter(t, "anquan", h.first["anquan"].Password), h.enter(t, "shenji", h.first["shenji"].Password)
		town, vill, far := h.places(t)
		cadre := h.person(t, sys, sec, "刘村干", "cungan", vill, vill, duty.Village)
		clerk := h.person(t, sys, sec, "张录入", "luru", town, town, duty.Township)
		h.person(t, sys, sec, "王外乡", "waixiang", far, far, duty.Village)
		// The system officer grants no posts, the security officer makes no accounts, the auditor does neither.
		if a := sys.step(t, duty.KindPost, "x", duty.PostBody([]duty.Post{{ID: "x", Person: sys.me.Account.ID, Name: "自己", Unit: "office", Title: "x", Duties: []duty.Duty{duty.Office}, Area: county}})); a.Code != "duty.forbidden" {
			t.Errorf("the system officer grants himself a post: %+v", a)
		}
		if a := sec.step(t, duty.KindPost, "y", duty.PostBody([]duty.Post{{ID: "y", Person: sec.me.Account.ID, Name: "自己", Unit: "office", Title: "x", Duties: []duty.Duty{duty.Office}, Area: county}})); a.Code != "post.officers" {
			t.Errorf("the security officer grants himself business: %+v", a)
		}
		const makes = `{"name":"某人","login":"mouren","phone":""}`
		for _, v := range []*visitor{sec, aud, clerk, cadre} {
			v.refused(t, "duty.forbidden", "POST", "/accounts", makes)
			v.refused(t, "duty.forbidden", "POST", "/accounts/"+cadre.me.Account.ID+"/disable", "{}")
			v.refused(t, "duty.forbidden", "GET", "/staff-lists", "")
		}
		for _, v := range []*visitor{sys, aud, cadre} {
			v.refused(t, "duty.forbidden", "POST", "/accounts/"+cadre.me.Account.ID+"/reset", "{}")
			v.refused(t, "duty.forbidden", "POST", "/account-rules", `{"officerCode":true}`)
		}
		sec.refused(t, "account.own", "POST", "/accounts/"+sec.me.Account.ID+"/reset", "{}")
		sys.refused(t, "account.own", "POST", "/accounts/"+sys.me.Account.ID+"/disable", "{}")
		// The township's clerk: those below him in his own township, nobody else.
		for person, code := range map[string]string{clerk.me.Account.ID: "account.own", sys.me.Account.ID: "account.not_below", h.one(t, "SELECT person FROM accounts WHERE login = 'waixiang'"): "account.not_below", "nobody": "account.not_below"} {
			clerk.refused(t, code, "POST", "/accounts/"+person+"/reset", "{}")
		}
		var once struct{ Login, Password string }
		clerk.call(t, 200, "POST", "/accounts/"+cadre.me.Account.ID+"/reset", "{}", &once)
		cadre.refused(t, "account.signed_out", "GET", "/session", "")
		if must := signIn(t, cadre, once.Login, once.Password); must != "password" {
			t.Errorf("after a reset: must %q", must)
		}
		if n := h.one(t, "SELECT count(*) FROM access_entries WHERE person = $1 AND action = 'account.reset' AND subject = $2", clerk.me.Account.ID, cadre.me.Account.ID); n != "1" {
			t.Errorf("the reset is noted %s times", n)
		}
	})
}

func TestAPostEndedWhileItsOwnerTypesLosesNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *hall) {
		sys, sec := h.enter(t, "xitong", h.first["xitong"].Password), h.enter(t, "anquan", h.first["anquan"].Password)
		town, vill, _ := h.places(t)
		v := h.person(t, sys, sec, "刘两岗", "lianggang", vill, vill, duty.Village)
		if a := sec.step(t, duty.KindPost, "second", duty.PostBody([]duty.Post{{ID: "second", Person: v.me.Account.ID, Name: "刘两岗", Unit: town, Title: "包村干部", Duties: []duty.Duty{duty.Inspector}, Area: town}})); a.Answer != "accepted" {
			t.Fatal(a)
		}
		v.call(t, 200, "PUT", "/session/post", `{"post":"second"}`, nil)
		h.clock.Set(h.clock.Now() + 60_000)
		if a := sec.step(t, duty.KindEnd, "second", duty.EndBody("调整分工", "2022-09-20")); a.Answer != "accepted" {
			t.Fatal(a)
		}
		h.clock.Set(h.clock.Now() + 60_000)
		var now struct {
			Must, Note string
			Post       struct{ ID string }
		}
		v.call(t, 200, "GET", "/session", "", &now)
		if now.Must != "" || now.Post.ID != "post-lianggang" || !strings.Contains(now.Note, "包村干部") {
			t.Errorf("the session fell to %+v", now)
		}
		typed := act.Act{ID: ident.New(), County: county, Kind: duty.KindPost, Subject: "z", Actor: v.me.Account.ID, Post: "second", Body: canon.Object{"what": "he typed"}, DeviceAt: h.clock.Now()}
		if a := v.submit(t, &typed)[0]; a.Answer != "refused" || a.Code != duty.ErrNoPost.Code {
			t.Errorf("%+v", a)
		}
		// The last post ends: nothing is open to him but handing in what he wrote, which is kept.
		if a := sec.step(t, duty.KindEnd, "post-lianggang", duty.EndBody("离职", "2022-09-20")); a.Answer != "accepted" {
			t.Fatal(a)
		}
		v.call(t, 200, "GET", "/session", "", &now)
		if now.Must != "post" {
			t.Errorf("must %q", now.Must)
		}
		v.refused(t, "account.no_post", "GET", "/areas", "")
		late := typed
		late.ID, late.Post = ident.New(), "post-lianggang"
		h.clock.Set(h.clock.Now() + 60_000)
		late.DeviceAt = h.clock.Now()
		if a := v.submit(t, &late)[0]; a.Answer != "refused" || a.Code != duty.ErrNoPost.Code {
			t.Errorf("%+v", a)
		}
		if n := h.one(t, "SELECT count(*) FROM refused_acts WHERE person = $1", v.me.Account.ID); n != "2" {
			t.Errorf("%s of 2 records kept", n)
		}
		check, err := h.county.Verify(t.Context(), func(string, int, int) {})
		if err != nil || len(check.Faults) > 0 {
			t.Error(check.Faults, err)
		}
	})
}

func TestTheSecondStepAndTheRuleForOfficers(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *hall) {
		sec := h.enter(t, "anquan", h.first["anquan"].Password)
		sec.call(t, 200, "POST", "/account-rules", `{"officerCode":true}`, nil)
		sec.refused(t, "account.must_enrol", "GET", "/posts", "")
		var e struct{ Secret, QR string }
		sec.call(t, 200, "POST", "/account/code", `{"password":`+quoted(chosen)+`}`, &e)
		code := func(at time.Time) string {
			c, err := totp.GenerateCode(e.Secret, at)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		now := time.UnixMilli(clock.Real{}.Now())
		var r struct{ Codes []string }
		sec.call(t, 200, "POST", "/account/code/confirm", `{"code":`+quoted(code(now.Add(-30*time.Second)))+`}`, &r)
		sec.call(t, 200, "GET", "/posts", "", nil)

		again := browser(t, h.stage)
		if must := signIn(t, again, "anquan", chosen); must != "code" {
			t.Fatalf("must %q", must)
		}
		again.refused(t, "account.must_code", "GET", "/posts", "")
		again.refused(t, "account.must_code", "GET", "/account", "")
		var half struct {
			May     []string
			Account struct{ ID, Name string }
		}
		again.call(t, 200, "GET", "/session", "", &half)
		if len(half.May) != 0 || half.Account.ID != "" || half.Account.Name != "" {
			t.Errorf("half signed in shows %+v", half)
		}
		again.refused(t, "account.code", "POST", "/session/code", `{"code":"000000"}`)
		again.call(t, 200, "POST", "/session/code", `{"code":`+quoted(code(now))+`}`, nil)
		again.call(t, 200, "GET", "/posts", "", nil)

		var own struct {
			Sessions []struct{ ID, Address string }
		}
		again.call(t, 200, "GET", "/account", "", &own)
		if len(own.Sessions) != 2 || own.Sessions[0].Address != "127.0.0.1" {
			t.Errorf("%+v", own)
		}
		again.call(t, 200, "POST", "/account/sessions/revoke", `{"id":""}`, &own)
		sec.refused(t, "account.signed_out", "GET", "/posts", "")
		if len(own.Sessions) != 1 {
			t.Errorf("%+v", own)
		}
	})
}

// provider is a real OpenID provider in this process, with its own example users.
func provider(t *testing.T, back string) *httptest.Server {
	t.Helper()
	var handler http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	storage.RegisterClients(storage.WebClient("gonggu", "secret", back))
	handler = exampleop.SetupServer(srv.URL, storage.NewStorage(storage.NewUserStore(srv.URL)), slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	return srv
}

// atProvider follows a sign-in to the provider's form, fills it in, and returns where our product sends him in the end.
func atProvider(t *testing.T, v *visitor, op *httptest.Server, start, user string) *url.URL {
	t.Helper()
	res, err := v.client.Get(start)
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	m := regexp.MustCompile(`name="id" value="([^"]+)"`).FindSubmatch(page)
	if m == nil {
		t.Fatalf("no form of the provider: %s %.300s", res.Request.URL, page)
	}
	res, err = v.client.PostForm(op.URL+"/login/username", url.Values{"username": {user}, "password": {"verysecure"}, "id": {string(m[1])}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.Request.URL
}

func TestSigningInByARealProvider(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *hall) {
		op := provider(t, h.web.URL+"/oidc/callback")
		h.web.Close()
		h.county.SignOn = &account.Provider{Issuer: op.URL, Client: "gonggu", Secret: "secret", Name: "统一身份认证"}
		h.web = httptest.NewServer(h.county.Handler(slog.New(slog.NewTextHandler(io.Discard, nil)), false))
		storage.RegisterClients(storage.WebClient("gonggu", "secret", h.web.URL+"/oidc/callback"))
		user := "test-user@" + strings.Split(strings.TrimPrefix(op.URL, "http://"), ":")[0]

		stranger := browser(t, h.stage)
		if at := atProvider(t, stranger, op, h.web.URL+"/oidc/start", user); at.Path != "/sign-in" || at.Query().Get("fault") != "account.unknown_identity" {
			t.Errorf("an unknown identity lands at %s", at)
		}
		stranger.refused(t, "account.signed_out", "GET", "/session", "")

		office := h.enter(t, "admin", h.first["admin"].Password)
		office.refused(t, "account.current", "POST", "/account/link", `{"password":"wrong"}`)
		var to struct{ Address string }
		office.call(t, 200, "POST", "/account/link", `{"password":`+quoted(chosen)+`}`, &to)
		if at := atProvider(t, office, op, to.Address, user); at.Path != "/account" || at.Query().Get("linked") != "1" {
			t.Fatalf("linking ends at %s", at)
		}
		again := browser(t, h.stage)
		if at := atProvider(t, again, op, h.web.URL+"/oidc/start", user); at.Path != "/" {
			t.Fatalf("a linked identity lands at %s", at)
		}
		var who struct{ Account struct{ ID, Login string } }
		again.call(t, 200, "GET", "/session", "", &who)
		if who.Account.ID != office.me.Account.ID {
			t.Errorf("signed in as %+v", who)
		}

		// A forged return: no round begun here, or another one's state.
		forged := browser(t, h.stage)
		for _, q := range []string{"code=x&state=y", "error=access_denied"} {
			res, err := forged.client.Get(h.web.URL + "/oidc/callback?" + q)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.Request.URL.Query().Get("fault") != "oidc.round" {
				t.Errorf("%s lands at %s", q, res.Request.URL)
			}
		}
		sys := h.enter(t, "xitong", h.first["xitong"].Password)
		sys.call(t, 200, "POST", "/accounts/"+office.me.Account.ID+"/disable", "{}", nil)
		again.refused(t, "account.signed_out", "GET", "/session", "")
		if at := atProvider(t, browser(t, h.stage), op, h.web.URL+"/oidc/start", user); at.Query().Get("fault") != "account.disabled" {
			t.Errorf("a disabled account lands at %s", at)
		}
		op.Close()
		h.county.SignOn = &account.Provider{Issuer: op.URL, Client: "gonggu", Name: "统一身份认证"}
		dead := httptest.NewServer(h.county.Handler(slog.New(slog.NewTextHandler(io.Discard, nil)), false))
		defer dead.Close()
		res, err := browser(t, h.stage).client.Get(dead.URL + "/oidc/start")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.Request.URL.Query().Get("fault") != "oidc.unreachable" {
			t.Errorf("without the provider: %s", res.Request.URL)
		}
	})
}
