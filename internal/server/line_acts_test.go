package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/ident"
	"gonggu/internal/roster"
)

// act makes a step of the visitor's own.
func (v *visitor) act(kind, subject string, body canon.Object) *act.Act {
	return &act.Act{ID: ident.New(), County: county, Kind: kind, Subject: subject, Actor: v.me.Account.ID, Post: v.me.Post.ID, DeviceAt: v.stage.clock.Now(), Body: body}
}

// Each act that is wrong gets its own answer; nothing of it is done, and the good one beside it in the batch is.
func (s *stage) wrongActs(t *testing.T) {
	clerk, office := s.visitor(t, "xiangzhen"), s.visitor(t, "xian")
	mine := clerk.me.Post.Area.Code
	foreign := s.one(t, "SELECT id FROM households WHERE county = $1 AND (area < $2 OR area >= $3) ORDER BY key LIMIT 1", county, mine, mine+"~")
	good := s.unvisited(t, mine, 0)
	refused := func(name string, by *visitor, a *act.Act, code, says string) {
		t.Run(name, func(t *testing.T) {
			before := s.sum(t)
			got := by.submit(t, a)[0]
			if got.Answer != "refused" || got.Code != code || !strings.Contains(got.Reason, says) || got.Receipt != nil {
				t.Errorf("%+v, want refused %s %q", got, code, says)
			}
			if again := by.submit(t, a)[0]; again.Answer != "refused" || again.Code != code {
				t.Errorf("sent again: %+v", again)
			}
			s.unchanged(t, before)
			var list struct{ Refused []struct{ ID, Code string } }
			by.get(t, "/refused", &list)
			if !slices.ContainsFunc(list.Refused, func(r struct{ ID, Code string }) bool { return r.ID == a.ID && r.Code == code }) {
				t.Errorf("%s is not kept for repair", a.ID)
			}
		})
	}
	wrong := clerk.sheetOf(t, good, canon.Object{})
	wrong.Seen = strings.Repeat("0", 64)
	refused("the hash of something else", clerk, wrong, "sheet.seen", "签认摘要与表单内容不一致")

	// What another township's clerk cannot open he cannot sign either: the office's draft under his name.
	draft := office.sheetOf(t, foreign, canon.Object{})
	draft.Actor, draft.Post = clerk.me.Account.ID, clerk.me.Post.ID
	refused("a household of another township", clerk, draft, "duty.outside", "不在您当前岗位的负责范围")

	stolen := clerk.sheetOf(t, good, canon.Object{})
	refused("signed by one, sent by another", office, stolen, "act.not_yours", "签认人与登录人不是同一人")

	stale := clerk.sheetOf(t, good, canon.Object{})
	stale.Body["prefilled"] = canon.Object{"h": canon.Object{}, "m": canon.Object{}}
	resign(t, stale)
	refused("other values than the register's", clerk, stale, "sheet.prefilled", "与系统不一致")

	unknown := clerk.act("problem.forget", good, canon.Object{})
	refused("an act that does not exist", clerk, unknown, "act.unknown_kind", "不认识的操作")

	vague := clerk.sheetOf(t, good, canon.Object{"problems": []any{canon.Object{"item": "9.9.9", "text": "说不清"}}})
	refused("a finding of no item", clerk, vague, "sheet.problem", "所属事项")

	s.waiting(t, clerk, good)
	s.batch(t, office)
	s.malformed(t, clerk)
}

// resign computes seen anew, as somebody who forges the form would.
func resign(t *testing.T, a *act.Act) {
	t.Helper()
	seen, err := canon.Hash(canon.Object{"pack": a.Pack, "form": a.Body["form"], "subject": a.Subject, "rev": a.Body["rev"], "prefilled": a.Body["prefilled"], "answers": a.Body["answers"]})
	if err != nil {
		t.Fatal(err)
	}
	a.Seen = seen
	sig, _ := a.Body["signature"].(canon.Object)
	sig["of"] = seen
}

// waiting: an act that names one never sent is kept and does nothing.
func (s *stage) waiting(t *testing.T, clerk *visitor, household string) {
	t.Run("waits for one never sent", func(t *testing.T) {
		a := clerk.sheetOf(t, household, canon.Object{})
		missing := ident.New()
		a.After = []string{missing}
		before := s.sum(t)
		got := clerk.submit(t, a)[0]
		if got.Answer != "waiting" || !slices.Equal(got.WaitingFor, []string{missing}) || got.Receipt != nil {
			t.Errorf("%+v", got)
		}
		s.unchanged(t, before)
		var list struct {
			Waiting []struct {
				ID    string
				After []string
			}
		}
		clerk.get(t, "/refused", &list)
		if len(list.Waiting) != 1 || list.Waiting[0].ID != a.ID || !slices.Equal(list.Waiting[0].After, []string{missing}) {
			t.Errorf("%+v", list)
		}
	})
}

// batch: one bad act among good ones blocks nothing.
func (s *stage) batch(t *testing.T, office *visitor) {
	t.Run("one bad act among good ones", func(t *testing.T) {
		first, third := office.sheetOf(t, s.unvisited(t, county, 1), canon.Object{}), office.sheetOf(t, s.unvisited(t, county, 2), canon.Object{})
		second := office.sheetOf(t, s.unvisited(t, county, 3), canon.Object{})
		second.Seen = "nonsense"
		got := office.submit(t, first, second, third)
		if got[0].Answer != "accepted" || got[1].Answer != "refused" || got[2].Answer != "accepted" || got[2].Receipt.Index != got[0].Receipt.Index+1 {
			t.Errorf("%+v", got)
		}
		other := *first
		other.DeviceAt++
		before := s.sum(t)
		if got := office.submit(t, &other)[0]; got.Answer != "refused" || got.Code != "act.id_taken" {
			t.Errorf("the same id with other content: %+v", got)
		}
		s.unchanged(t, before)
	})
}

func (s *stage) malformed(t *testing.T, clerk *visitor) {
	t.Run("what is no act", func(t *testing.T) {
		before := s.sum(t)
		for _, body := range []string{`{"acts":[{"act":{"id":"x"},"open":[]}]}`, `{"acts":[{"act":{"v":1.5},"open":[]}]}`, `{"acts":[{"act":[],"open":[]}]}`} {
			status, b := clerk.send(t, "POST", "/acts", "application/json", strings.NewReader(body))
			var out struct{ Answers []answered }
			if err := json.Unmarshal(b, &out); err != nil || status != http.StatusOK || len(out.Answers) != 1 || out.Answers[0].Answer != "refused" || out.Answers[0].Code != "act.malformed" {
				t.Errorf("%s: %d %s", body, status, b)
			}
		}
		status, b := clerk.send(t, "POST", "/acts", "application/json", strings.NewReader(`{"acts":`))
		if status != http.StatusBadRequest || !bytes.Contains(b, []byte("urn:gonggu:request.invalid")) {
			t.Errorf("%d %s", status, b)
		}
		s.unchanged(t, before)
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.web.URL+"/api/v1/acts", strings.NewReader(`{"acts":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		res, err := clerk.client.Do(r) // without the mark that a page of ours sets
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if b, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusForbidden || !bytes.Contains(b, []byte("request.forged")) {
			t.Errorf("forged: %d %s", res.StatusCode, b)
		}
	})
}

// resume: the program ends while an import is being read, while it is being entered, and after it was entered but before that was noted.
func (s *stage) resume(t *testing.T) {
	office := s.visitor(t, "xian")
	village := s.one(t, "SELECT area FROM households WHERE county = $1 ORDER BY area DESC, key LIMIT 1", county)[:12]
	township := s.one(t, "SELECT name FROM areas WHERE county = $1 AND code = $2", county, village[:9])
	name := s.one(t, "SELECT name FROM areas WHERE county = $1 AND code = $2", county, village)
	im := office.upload(t, map[string][]byte{"花名册.xlsx": book(t, heading,
		[]string{township, name, "990000000011", "林续", "林续", "户主", idNumber("19700101", 11, true), "女"},
		[]string{township, name, "990000000011", "林续", "林接", "之子", idNumber("20000101", 12, true), "男"})})
	if im.State != "preview" || im.Summary.New != 1 || im.Summary.Persons != 2 {
		t.Fatalf("%+v", im)
	}
	state := func(x string) {
		s.exec(t, "UPDATE imports SET state = $1 WHERE county = $2 AND id = $3", x, county, im.ID)
	}
	acts := func() string {
		return s.one(t, "SELECT count(*) FROM acts WHERE county = $1 AND kind = $2", county, roster.KindImport)
	}
	households := func() string {
		return s.one(t, "SELECT count(*) FROM households WHERE county = $1 AND number = '990000000011'", county)
	}
	was := acts()
	state("reading")
	s.restart(t)
	if again := office.wait(t, im.ID, "reading"); again.State != "preview" || again.Summary != im.Summary {
		t.Fatalf("read again: %+v, was %+v", again, im)
	}
	if acts() != was || households() != "0" {
		t.Error("reading again has entered something")
	}
	state("applying")
	s.restart(t)
	done := office.wait(t, im.ID, "applying")
	if done.State != "done" || done.Summary.New != 1 || households() != "1" {
		t.Fatalf("%+v, %s households", done, households())
	}
	once := acts()
	state("applying")
	s.restart(t)
	if again := office.wait(t, im.ID, "applying"); again.State != "done" || acts() != once || households() != "1" {
		t.Errorf("entered twice: %+v", again)
	}
	var p problemJSON
	if status := office.post(t, "/imports/"+im.ID+"/undo", nil, &p); status != http.StatusOK {
		t.Fatalf("%d %+v", status, p)
	}
	if n := s.one(t, "SELECT count(*) FROM households WHERE county = $1 AND number = '990000000011' AND state = 'active'", county); n != "0" {
		t.Errorf("%s households are still there after the import was taken back", n)
	}
}

// forged: an act whose content was exchanged in the database is named by its place in the log.
func (s *stage) forged(t *testing.T) {
	t.Run("content of an act", func(t *testing.T) {
		var doc, other []byte
		const read = "SELECT doc FROM acts WHERE county = $1 AND kind = 'inspection.sheet' ORDER BY idx LIMIT 1 OFFSET "
		for into, n := range map[*[]byte]string{&doc: "0", &other: "1"} {
			if err := s.county.DB.QueryRow(t.Context(), read+n, county).Scan(into); err != nil {
				t.Fatal(err)
			}
		}
		const write = "UPDATE acts SET doc = $1 WHERE county = $2 AND idx = (SELECT min(idx) FROM acts WHERE kind = 'inspection.sheet')"
		s.exec(t, write, other, county)
		v, err := s.county.Verify(t.Context(), func(string, int, int) {})
		s.exec(t, write, doc, county)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(v.Faults, func(f string) bool { return strings.Contains(f, "内容被改动") }) {
			t.Errorf("an exchanged act is not named: %v", v.Faults)
		}
	})
}
