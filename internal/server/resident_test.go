package server_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/seal"
)

// sealed commits to a text as the desk does.
func sealed(t *testing.T, value any, salt byte) (canon.Object, act.Opening) {
	t.Helper()
	b, err := canon.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	s := make([]byte, 32)
	s[0] = salt
	hash := seal.Commit(s, string(b))
	return canon.Object{"~": hash}, act.Opening{Hash: hash, Salt: hex.EncodeToString(s), Value: string(b)}
}

// tell submits one act with what it commits to.
func (v *visitor) tell(t *testing.T, a *act.Act, open ...act.Opening) answered {
	t.Helper()
	for _, o := range open {
		a.Sealed = append(a.Sealed, o.Hash)
	}
	if open == nil {
		open = []act.Opening{}
	}
	a.Pack = v.stage.one(t, "SELECT pack FROM campaigns WHERE county = $1", county)
	b, err := a.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var out struct{ Answers []answered }
	if status := v.post(t, "/acts", map[string]any{"acts": []map[string]any{{"act": json.RawMessage(b), "open": open}}}, &out); status != http.StatusOK || len(out.Answers) != 1 {
		t.Fatalf("%d %+v", status, out)
	}
	return out.Answers[0]
}

type requestRow struct {
	ID, Kind, Household, Text, AskedOn, DueOn, State, Outcome, SettledBy string
	DaysLeft                                                             int
	Fact                                                                 struct{ Path, Name, Text, Source string }
	Acts                                                                 []string
}

// requests: asked by the village, settled by the township; what is accepted changes the register, and nothing else does.
func (s *stage) requests(t *testing.T) {
	village, town, office := s.visitor(t, "cun"), s.visitor(t, "xiangzhen"), s.visitor(t, "xian")
	mine := village.me.Post.Area.Code
	household := s.one(t, "SELECT id FROM households WHERE county = $1 AND area >= $2 AND area < $3 ORDER BY key DESC LIMIT 1", county, mine, mine+"~")
	why, open := sealed(t, "电话换成新的了，老号码打不通", 1)
	ask := func(fact string, text canon.Object) *act.Act {
		return village.act("correction.ask", household, canon.Object{"fact": fact, "text": text, "asked_by": "户主本人", "way": "phone"})
	}
	before := s.sum(t)
	for name, c := range map[string]struct {
		act  *act.Act
		by   *visitor
		open []act.Opening
		code string
	}{
		"no text":          {ask("h.phone", canon.Object{"~": strings.Repeat("0", 64)}), village, nil, "act.body"},
		"no such fact":     {ask("h.nothing", why), village, []act.Opening{open}, "act.body"},
		"no such way":      {village.act("correction.ask", household, canon.Object{"fact": "h.phone", "text": why, "asked_by": "户主本人", "way": "dream"}), village, []act.Opening{open}, "act.body"},
		"nobody asked":     {village.act("correction.ask", household, canon.Object{"fact": "h.phone", "text": why, "asked_by": "", "way": "phone"}), village, []act.Opening{open}, "act.body"},
		"by the auditor":   {s.visitor(t, "shenji").act("correction.ask", household, canon.Object{"fact": "h.phone", "text": why, "asked_by": "户主本人", "way": "phone"}), s.visitor(t, "shenji"), []act.Opening{open}, "duty.forbidden"},
		"law, not consent": {village.act("consent.withdraw", household, canon.Object{"fact": "h.head_id", "text": why, "asked_by": "户主本人", "way": "phone"}), village, []act.Opening{open}, "act.body"},
	} {
		if got := c.by.tell(t, c.act, c.open...); got.Answer != "refused" || got.Code != c.code {
			t.Errorf("%s: %+v", name, got)
		}
	}
	s.unchanged(t, before)
	if got := village.tell(t, ask("h.phone", why), open); got.Answer != "accepted" {
		t.Fatalf("%+v", got)
	}
	if got := village.tell(t, ask("h.phone", why), open); got.Code != "correction.open" {
		t.Errorf("asked twice: %+v", got)
	}
	var page struct{ Rows []requestRow }
	town.get(t, "/requests?state=open", &page)
	if len(page.Rows) != 1 || page.Rows[0].Text != "电话换成新的了，老号码打不通" || page.Rows[0].DaysLeft != 15 || len(page.Rows[0].Acts) != 1 {
		t.Fatalf("%+v", page)
	}
	q := page.Rows[0]
	if doc := s.one(t, "SELECT text FROM requests WHERE county = $1 AND id = $2", county, q.ID); strings.Contains(doc, "电话") {
		t.Error("the request lies in clear")
	}
	settle := func(by *visitor, id string, accept bool, value any, open ...act.Opening) answered {
		body := canon.Object{"request": id, "accept": accept, "answer": "已打电话核实"}
		if value != nil {
			body["value"] = value
		}
		return by.tell(t, by.act("correction.settle", household, body), open...)
	}
	fresh, opening := sealed(t, "13900000001", 2)
	before = s.sum(t)
	if got := settle(village, q.ID, true, fresh, opening); got.Code != "duty.forbidden" {
		t.Errorf("the village settles: %+v", got)
	}
	if got := settle(town, q.ID, true, "13900000001"); got.Code != "act.body" || !strings.Contains(got.Reason, "加密") {
		t.Errorf("a phone in the open: %+v", got)
	}
	if got := settle(town, q.ID, true, nil); got.Code != "act.body" {
		t.Errorf("accepted without a value: %+v", got)
	}
	s.unchanged(t, before)
	if got := settle(town, q.ID, true, fresh, opening); got.Answer != "accepted" {
		t.Fatalf("%+v", got)
	}
	if got := settle(town, q.ID, false, nil); got.Code != "correction.settled" {
		t.Errorf("settled twice: %+v", got)
	}
	var out struct{ Values map[string]string }
	if town.post(t, "/households/"+household+"/reveal", map[string]any{"facts": []string{"h.phone"}, "reason": "与户主核对电话"}, &out); out.Values["h.phone"] != "13900000001" {
		t.Errorf("%+v", out)
	}
	var view struct {
		Facts []struct{ Code, Source string }
	}
	town.get(t, "/households/"+household, &view)
	for _, f := range view.Facts {
		if f.Code == "phone" && f.Source != "更正" {
			t.Errorf("%+v", f)
		}
	}
	s.withdraw(t, household)
	s.own(t, office, household)
	s.notice(t, village, household)
}

// withdraw: what was given by consent is taken out of the register.
func (s *stage) withdraw(t *testing.T, household string) {
	village, town := s.visitor(t, "cun"), s.visitor(t, "xiangzhen")
	why, open := sealed(t, "不想再留电话了", 3)
	if got := village.tell(t, village.act("consent.withdraw", household, canon.Object{"fact": "h.phone", "text": why, "asked_by": "户主本人", "way": "visit"}), open); got.Answer != "accepted" {
		t.Fatalf("%+v", got)
	}
	var page struct{ Rows []requestRow }
	town.get(t, "/requests?state=open&kind=withdrawal", &page)
	if len(page.Rows) != 1 {
		t.Fatalf("%+v", page)
	}
	if got := town.tell(t, town.act("correction.settle", household, canon.Object{"request": page.Rows[0].ID, "accept": true, "answer": "已删除"})); got.Answer != "accepted" {
		t.Fatalf("%+v", got)
	}
	var view struct{ Facts []struct{ Code string } }
	town.get(t, "/households/"+household, &view)
	for _, f := range view.Facts {
		if f.Code == "phone" {
			t.Error("the phone is still there")
		}
	}
}

// own: nobody settles what he entered himself.
func (s *stage) own(t *testing.T, office *visitor, household string) {
	why, open := sealed(t, "户主说住房面积登记错了", 4)
	if got := office.tell(t, office.act("correction.ask", household, canon.Object{"fact": "", "text": why, "asked_by": "户主本人", "way": "letter"}), open); got.Answer != "accepted" {
		t.Fatalf("%+v", got)
	}
	var page struct{ Rows []requestRow }
	office.get(t, "/requests?state=open", &page)
	if len(page.Rows) != 1 || len(page.Rows[0].Acts) != 0 {
		t.Fatalf("%+v", page)
	}
	body := canon.Object{"request": page.Rows[0].ID, "accept": false, "answer": "现场量过，登记无误"}
	if got := office.tell(t, office.act("correction.settle", household, body)); got.Code != "correction.own" {
		t.Errorf("%+v", got)
	}
	town := s.visitor(t, "xiangzhen")
	if got := town.tell(t, town.act("correction.settle", household, body)); got.Answer != "accepted" {
		t.Errorf("%+v", got)
	}
}

// notice: the paper says what is kept by name, never by value.
func (s *stage) notice(t *testing.T, by *visitor, household string) {
	status, b := by.send(t, "GET", "/households/"+household+"/notice", "", nil)
	var v struct {
		Title  string
		Points []struct{ Head, Text string }
		Groups []struct {
			Name  string
			Facts []string
		}
		Facts    []struct{ Path string }
		Requests []requestRow
	}
	by.decode(t, b, &v)
	if status != http.StatusOK || v.Title != "个人信息处理告知书" || len(v.Points) < 6 || len(v.Groups) != 5 || len(v.Groups[1].Facts) == 0 || len(v.Facts) < 20 || len(v.Requests) != 3 {
		t.Fatalf("%d %.600s", status, b)
	}
	for _, p := range v.Points {
		if strings.ContainsAny(p.Text, "{}") {
			t.Errorf("a hole is left in %q", p.Text)
		}
	}
	var out struct{ Values map[string]string }
	by.post(t, "/households/"+household+"/reveal", map[string]any{"facts": []string{"h.head_id"}, "reason": "与户主核对证件"}, &out)
	if id := out.Values["h.head_id"]; id == "" || strings.Contains(string(b), id) {
		t.Error("the ID number stands on the paper")
	}
}

// retention: what is over is proposed by one, approved by another, destroyed with proof, and the acts replay without it.
func (s *stage) retention(t *testing.T) {
	office, officer := s.visitor(t, "xian"), s.visitor(t, "anquan")
	find := func(kind, through string) (n int64, proof string) {
		var f struct {
			Count int64
			Proof string
		}
		office.get(t, "/retention/"+kind+"?through="+through, &f)
		return f.Count, f.Proof
	}
	propose := func(by *visitor, kind, through string) answered {
		n, proof := find(kind, through)
		return by.tell(t, by.act("retention.propose", kind, canon.Object{"kind": kind, "through": through, "n": n, "proof": proof, "reason": "保存期限已到"}))
	}
	today := office.me.Day
	if got := propose(office, "requests", today); got.Code != "retention.not_due" {
		t.Errorf("before its time: %+v", got)
	}
	office.upload(t, map[string][]byte{"花名册20220919.xlsx": book(t, heading, []string{"没有这个乡", "没有这个村", "990000000009", "林九", "林九", "户主", idNumber("19820101", 3, true), "男"})})
	was := s.clock.Now()
	const years = 4 * 365 * 86_400_000
	s.clock.Set(was + years)
	office, officer = s.visitor(t, "xian"), s.visitor(t, "anquan")
	unknown := canon.Object{"kind": "nothing", "through": today, "n": int64(1), "proof": strings.Repeat("0", 64), "reason": "保存期限已到"}
	if got := office.tell(t, office.act("retention.propose", "nothing", unknown)); got.Code != "retention.kind" {
		t.Errorf("%+v", got)
	}
	if got := propose(officer, "requests", today); got.Code != "duty.forbidden" {
		t.Errorf("the officer proposes: %+v", got)
	}
	for _, kind := range []string{"requests", "undo", "imports", "refused"} {
		n, _ := find(kind, today)
		if n == 0 {
			t.Errorf("nothing to destroy of %s", kind)
			continue
		}
		if got := propose(office, kind, today); got.Answer != "accepted" {
			t.Fatalf("%s: %+v", kind, got)
		}
		if got := propose(office, kind, today); got.Code != "retention.pending" {
			t.Errorf("%s proposed twice: %+v", kind, got)
		}
	}
	if got := propose(office, "withdrawn", today); got.Code != "retention.nothing" {
		t.Errorf("%+v", got)
	}
	var view struct {
		Purges []struct {
			ID, Kind, Proof, State string
			Count                  int64
			Acts                   []string
		}
	}
	officer.get(t, "/retention", &view)
	sealedBefore := s.one(t, "SELECT count(*) FROM sealed_values WHERE county = $1", county)
	for _, p := range view.Purges {
		if len(p.Acts) != 1 {
			t.Errorf("%+v", p)
		}
		body := canon.Object{"approve": true, "proof": p.Proof}
		if got := office.tell(t, office.act("retention.approve", p.ID, body)); got.Code != "duty.forbidden" {
			t.Errorf("the proposer approves: %+v", got)
		}
		if got := officer.tell(t, officer.act("retention.approve", p.ID, body)); got.Answer != "accepted" {
			t.Fatalf("%s: %+v", p.Kind, got)
		}
		if got := officer.tell(t, officer.act("retention.approve", p.ID, body)); got.Code != "retention.settled" {
			t.Errorf("approved twice: %+v", got)
		}
	}
	if err := s.county.CarryOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"requests", "undo", "imports", "refused"} {
		if n, _ := find(kind, today); n != 0 {
			t.Errorf("%d of %s are still there", n, kind)
		}
	}
	if after := s.one(t, "SELECT count(*) FROM sealed_values WHERE county = $1", county); after == sealedBefore {
		t.Error("no opening was destroyed")
	}
	var page struct{ Rows []requestRow }
	office.get(t, "/requests", &page)
	for _, q := range page.Rows {
		if q.Text != "" || q.Outcome == "" {
			t.Errorf("%+v", q)
		}
	}
	s.visitor(t, "shenji").entries(t, "action=retention.purge", 2)
	// An opening that no purge destroyed is missed.
	s.clean(t)
}
