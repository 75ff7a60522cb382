package server_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/server"
)

// What protects people, over HTTP on each engine: every look is on record, searches by number stay in place, and nobody but
// the auditor reads the record.
func TestPrivacyOnBothEngines(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := play(t, engine)
			for _, step := range []struct {
				name string
				do   func(*testing.T)
			}{
				{"looks are on record", s.looks},
				{"search by the last four", s.lastFour},
				{"who is among the ill is not read out of a table", s.classes},
				{"a resident's requests", s.requests},
				{"a new key, broken off and gone on with", s.rotate},
				{"what was kept long enough", s.retention},
				{"rebuilt after a purge", s.rebuiltAfterPurge},
				{"the record of looks changed by hand", s.looksChanged},
			} {
				t.Run(step.name, step.do)
			}
		})
	}
}

// clean demands that verify finds nothing.
func (s *stage) clean(t *testing.T) {
	t.Helper()
	v, err := s.county.Verify(t.Context(), func(string, int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range v.Faults {
		t.Error(f)
	}
}

type looked struct {
	Rows []struct {
		Index                                        int64
		Person, Who, Action, Subject, Reason, Detail string
	}
	Next string
}

// entries waits until the log holds n entries of an action by a person, and returns them.
func (v *visitor) entries(t *testing.T, query string, n int) looked {
	t.Helper()
	var out looked
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		out = looked{}
		if v.get(t, "/access?"+query, &out); len(out.Rows) >= n {
			break
		}
	}
	if len(out.Rows) != n {
		t.Fatalf("%s: %d entries, want %d: %+v", query, len(out.Rows), n, out.Rows)
	}
	return out
}

func (s *stage) looks(t *testing.T) {
	clerk, auditor := s.visitor(t, "xiangzhen"), s.visitor(t, "shenji")
	mine := clerk.me.Post.Area.Code
	household := s.one(t, "SELECT h.id FROM households h WHERE county = $1 AND area >= $2 AND area < $3 ORDER BY key LIMIT 1", county, mine, mine+"~")
	by := "person=" + clerk.me.Account.ID
	auditor.entries(t, by+"&action=session.sign_in", 1)

	for _, reason := range []string{"", "  ", "看看", "啊啊啊啊啊啊", "12345678"} {
		var p problemJSON
		status := clerk.post(t, "/households/"+household+"/reveal", map[string]any{"facts": []string{"h.head_id"}, "reason": reason}, &p)
		if status != http.StatusUnprocessableEntity || p.Type != "urn:gonggu:household.reason" || !strings.Contains(p.Detail, "写明查看的事由") {
			t.Errorf("reason %q: %d %+v", reason, status, p)
		}
	}
	auditor.entries(t, by+"&action=household.reveal", 0)
	var out struct{ Values map[string]string }
	if status := clerk.post(t, "/households/"+household+"/reveal", map[string]any{"facts": []string{"h.head_id"}, "reason": "与户主核对证件"}, &out); status != http.StatusOK || len(out.Values["h.head_id"]) < 15 {
		t.Fatalf("%d %v", status, out)
	}
	got := auditor.entries(t, by+"&action=household.reveal&subject="+household, 1).Rows[0]
	if got.Reason != "与户主核对证件" || got.Who == "" || strings.Contains(got.Detail, out.Values["h.head_id"]) {
		t.Errorf("%+v", got)
	}
	var view struct{ ID string }
	clerk.get(t, "/households/"+household, &view)
	auditor.entries(t, by+"&action=household.view&subject="+household, 1)
	if status, _ := clerk.send(t, "GET", "/exports/households.xlsx?area="+mine, "", nil); status != http.StatusOK {
		t.Errorf("export: %d", status)
	}
	auditor.entries(t, by+"&action=export&q=area%3D"+mine, 1)
	// A wrong sign-in is on record without what was typed.
	(&visitor{stage: s, client: &http.Client{}}).send(t, "POST", "/session", "application/json", strings.NewReader(`{"login":"xian","password":"not-this-1"}`))
	if e := auditor.entries(t, "action=session.refused", 1).Rows[0]; strings.Contains(e.Detail+e.Subject, "not-this") {
		t.Errorf("%+v", e)
	}
	var check struct {
		Size, Anchors int64
		Root          string
		Faults        []string
	}
	if status := auditor.post(t, "/access/verify", nil, &check); status != http.StatusOK || len(check.Faults) != 0 || check.Size < 5 || check.Anchors < 3 {
		t.Errorf("%d %+v", status, check)
	}
	for _, login := range strings.Fields(everybody) {
		if login == "shenji" {
			continue
		}
		if status, _ := s.visitor(t, login).send(t, "POST", "/access/verify", "application/json", strings.NewReader("{}")); status != http.StatusForbidden {
			t.Errorf("%s verifies the log: %d", login, status)
		}
	}
	var log struct {
		Rows []struct {
			Index                   int64
			Kind, KindName, Subject string
		}
		Next string
	}
	auditor.get(t, "/log?kind=inspection.sheet&limit=3", &log)
	if len(log.Rows) != 3 || log.Next == "" || log.Rows[0].KindName != "入户排查" || log.Rows[0].Index <= log.Rows[1].Index {
		t.Errorf("%+v", log)
	}
	auditor.get(t, "/log?day=1999-01-01", &log)
	if len(log.Rows) != 0 {
		t.Errorf("acts of a day before there were any: %+v", log)
	}
}

func (s *stage) lastFour(t *testing.T) {
	clerk, office, auditor := s.visitor(t, "xiangzhen"), s.visitor(t, "xian"), s.visitor(t, "shenji")
	mine := clerk.me.Post.Area.Code
	household := s.one(t, "SELECT h.id FROM households h WHERE county = $1 AND area >= $2 AND area < $3 ORDER BY key LIMIT 1", county, mine, mine+"~")
	var view struct {
		Members []struct {
			ID    string
			Facts []struct{ Code string }
		}
	}
	clerk.get(t, "/households/"+household, &view)
	path := ""
	for _, m := range view.Members {
		for _, f := range m.Facts {
			if f.Code == "id_number" {
				path = "m." + m.ID + ".id_number"
			}
		}
	}
	if path == "" {
		t.Fatal("nobody of the household has an ID number")
	}
	var out struct{ Values map[string]string }
	clerk.post(t, "/households/"+household+"/reveal", map[string]any{"facts": []string{path}, "reason": "与本人核对证件"}, &out)
	number := out.Values[path]
	tail := number[len(number)-4:]
	var page struct{ Rows []struct{ ID, Area string } }
	if status := clerk.post(t, "/households/find", map[string]any{"lastFour": strings.ToLower(tail)}, &page); status != http.StatusOK {
		t.Fatalf("%d %+v", status, page)
	}
	found := false
	for _, r := range page.Rows {
		found = found || r.ID == household
		if !strings.HasPrefix(r.Area, mine) {
			t.Errorf("found in %s, outside the township", r.Area)
		}
	}
	if !found {
		t.Errorf("%s is not among %d found by its last four", household, len(page.Rows))
	}
	for _, e := range auditor.entries(t, "person="+clerk.me.Account.ID+"&action=household.find_tail", 1).Rows {
		if strings.Contains(e.Detail+e.Subject, tail) {
			t.Errorf("the digits stand in the log: %+v", e)
		}
	}
	for name, c := range map[string]struct {
		by   *visitor
		body map[string]any
		code string
	}{
		"the county without a place":      {office, map[string]any{"lastFour": tail}, "household.tail_scope"},
		"no digits":                       {clerk, map[string]any{"lastFour": "abcd"}, "household.tail"},
		"half a number":                   {clerk, map[string]any{"idNumber": number[:10]}, "household.id_number"},
		"nothing":                         {clerk, map[string]any{}, "household.id_number"},
		"without the right to ID numbers": {s.visitor(t, "dudao"), map[string]any{"lastFour": tail}, "household.tail_forbidden"},
	} {
		var p problemJSON
		if c.by.post(t, "/households/find", c.body, &p); p.Type != "urn:gonggu:"+c.code {
			t.Errorf("%s: %+v", name, p)
		}
	}
	page.Rows = nil
	if status := office.post(t, "/households/find", map[string]any{"lastFour": tail, "area": mine}, &page); status != http.StatusOK || len(page.Rows) == 0 {
		t.Errorf("the office within a township: %d %d", status, len(page.Rows))
	}
	if status, b := clerk.send(t, "GET", "/exports/households.xlsx?q="+number, "", nil); status != http.StatusUnprocessableEntity {
		t.Errorf("an ID number in an address: %d %.80s", status, b)
	}
}

// keysInUse counts the boxes of a column by the number of the key that sealed them.
func (s *stage) keysInUse(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, q := range []string{"SELECT secret FROM households", "SELECT secret FROM persons", "SELECT box FROM sealed_values", "SELECT was FROM import_changes"} {
		rows, err := s.county.DB.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		boxes, err := database.Collect(rows, func(r *sql.Rows) (b []byte, err error) {
			err = r.Scan(&b)
			return slices.Clone(b), err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range boxes {
			if len(b) > 1 {
				out[fmt.Sprint(b[1])]++
			}
		}
	}
	return out
}

// second is another program on the same county, where the engine has room for one; else the server itself, started anew.
func (s *stage) second(t *testing.T) (c *server.County, done func()) {
	t.Helper()
	if s.options.Database == "" {
		s.restart(t)
		return s.county, func() { s.restart(t) }
	}
	c, err := server.Open(t.Context(), s.options)
	if err != nil {
		t.Fatal(err)
	}
	return c, func() {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// rotate: a change of key that is broken off in the middle loses nothing, disturbs no server that goes on working, leaves verify
// clean at every point, and is gone on with.
func (s *stage) rotate(t *testing.T) {
	clerk := s.visitor(t, "xiangzhen")
	mine := clerk.me.Post.Area.Code
	household := s.one(t, "SELECT h.id FROM households h WHERE county = $1 AND area >= $2 AND area < $3 ORDER BY key DESC LIMIT 1", county, mine, mine+"~")
	reveal := func() string {
		t.Helper()
		var out struct{ Values map[string]string }
		if status := clerk.post(t, "/households/"+household+"/reveal", map[string]any{"facts": []string{"h.head_id"}, "reason": "与户主核对证件"}, &out); status != http.StatusOK {
			t.Fatalf("%d %+v", status, out)
		}
		return out.Values["h.head_id"]
	}
	before := reveal()
	other, done := s.second(t)
	ctx, stop := context.WithCancel(t.Context())
	_, err := other.Rotate(ctx, func(phase string, _, _ int) {
		if strings.Contains(phase, "人") {
			stop()
		}
	})
	if err == nil {
		t.Fatal("the change of key was not broken off")
	}
	if used := s.keysInUse(t); used["1"] == 0 || used["2"] == 0 {
		t.Fatalf("not in the middle: %v", used)
	}
	if got := reveal(); got != before {
		t.Errorf("in the middle: %q, was %q", got, before)
	}
	// The server of old writes meanwhile.
	if got := clerk.submit(t, clerk.sheetOf(t, s.unvisited(t, mine, 0), canon.Object{}))[0]; got.Answer != "accepted" {
		t.Errorf("%+v", got)
	}
	s.clean(t)
	done()
	other, done = s.second(t)
	n, err := other.Rotate(t.Context(), func(string, int, int) {})
	if err != nil || n == 0 {
		t.Fatalf("gone on with: %d %v", n, err)
	}
	done()
	if used := s.keysInUse(t); used["1"] != 0 || used["2"] == 0 || len(used) != 1 {
		t.Errorf("after it: %v", used)
	}
	if got := reveal(); got != before {
		t.Errorf("after it: %q, was %q", got, before)
	}
	s.restart(t)
	if got := reveal(); got != before {
		t.Errorf("after a restart: %q, was %q", got, before)
	}
	s.clean(t)
	// What lies about a box is still found: a bit changed under the new key.
	s.exec(t, "UPDATE households SET rev = rev + 1 WHERE county = $1 AND id = $2", county, household)
	v, err := s.county.Verify(t.Context(), func(string, int, int) {})
	if err != nil || len(v.Faults) == 0 {
		t.Errorf("%v %v", v, err)
	}
	s.exec(t, "UPDATE households SET rev = rev - 1 WHERE county = $1 AND id = $2", county, household)
	s.visitor(t, "shenji").entries(t, "action=key.rotate", 1)
}

// classes: membership of a class of the ill or disabled stands nowhere in clear, and is found by whoever may.
func (s *stage) classes(t *testing.T) {
	const class = "2.1-c10"
	office := s.visitor(t, "xian")
	var page struct {
		Rows []struct {
			ID      string
			Classes []struct{ ID string }
		}
		Total int
	}
	office.get(t, "/households?limit=200&class="+class, &page)
	if len(page.Rows) == 0 || len(page.Rows) != page.Total {
		t.Fatalf("%d rows, %d counted", len(page.Rows), page.Total)
	}
	for _, r := range page.Rows {
		if !slices.ContainsFunc(r.Classes, func(c struct{ ID string }) bool { return c.ID == class }) {
			t.Errorf("%s is found by a class that it does not show", r.ID)
		}
	}
	for _, q := range []string{
		"SELECT count(*) FROM households WHERE county = $1 AND classes LIKE $2",
		"SELECT count(*) FROM household_classes WHERE county = $1 AND class LIKE $2",
		"SELECT count(*) FROM problems WHERE county = $1 AND classes LIKE $2",
	} {
		if n := s.one(t, q, county, "%"+class+"%"); n != "0" {
			t.Errorf("%s: %s", q, n)
		}
	}
	var ledger struct {
		Rows []struct{ Classes []struct{ ID string } }
	}
	office.get(t, "/problems?class=2.1-a&limit=200", &ledger)
	for _, r := range ledger.Rows {
		if !slices.ContainsFunc(r.Classes, func(c struct{ ID string }) bool { return c.ID == "2.1-a" }) {
			t.Errorf("%+v", r)
		}
	}
}
