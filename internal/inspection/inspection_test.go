package inspection_test

import (
	"context"
	"encoding/hex"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

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
	"gonggu/internal/seal"
	"gonggu/internal/server"
	"gonggu/internal/tally"
	"gonggu/packs"
)

// stage is a small county on the eve of its first inspection.
type stage struct {
	*server.County
	t        *testing.T
	clock    *clock.Virtual
	pack     string
	posts    map[string]duty.Post
	sealed   []string
	openings []act.Opening
	used     map[int64]bool
}

const day = "2022-09-16"

// TestTheInspection plays every scene on one stage per engine; each takes a household of its own.
func TestTheInspection(t *testing.T) {
	scenes := []struct {
		name string
		play func(t *testing.T, s *stage)
	}{
		{"A household is covered once however often it is visited", aHouseholdIsCoveredOnceHoweverOftenItIsVisited},
		{"A finding on a signed sheet is a problem and only once", aFindingOnASignedSheetIsAProblemAndOnlyOnce},
		{"What was closed and is found again is the same problem reopened", whatWasClosedAndIsFoundAgainIsTheSameProblemReopened},
		{"A sheet is refused when what was signed is not what is there", aSheetIsRefusedWhenWhatWasSignedIsNotWhatIsThere},
		{"A sensitive answer stands in the log only as its commitment", aSensitiveAnswerStandsInTheLogOnlyAsItsCommitment},
		{"Two who were there without signal are both kept", twoWhoWereThereWithoutSignalAreBothKept},
		{"A doubt becomes a problem only when a person says so", aDoubtBecomesAProblemOnlyWhenAPersonSaysSo},
		{"A refuted doubt is not asked again until its facts change", aRefutedDoubtIsNotAskedAgainUntilItsFactsChange},
		{"A phone that two households share is a doubt of both until it is put right", aPhoneThatTwoHouseholdsShareIsADoubtOfBothUntilItIsPutRight},
		{"Sheets that come together are each judged by what came before", sheetsThatComeTogetherAreEachJudgedByWhatCameBefore},
		{"The ledger follows its state machine", theLedgerFollowsItsStateMachine},
		{"Of two who accept at once one wins and the other is told who", ofTwoWhoAcceptAtOnceOneWinsAndTheOtherIsToldWho},
	}
	for engine, where := range map[string]func() string{"sqlite": func() string { return "" }, "postgresql": func() string { return dbtest.Schema(t) }} {
		t.Run(engine, func(t *testing.T) {
			s := set(t, where())
			for _, scene := range scenes {
				t.Run(scene.name, func(t *testing.T) {
					s.t, s.sealed, s.openings = t, nil, nil
					scene.play(t, s)
				})
			}
		})
	}
}

func set(t *testing.T, db string) *stage {
	t.Helper()
	pk, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := demo.Play(t.Context(), demo.Options{Dir: dir, Database: db, Households: 600, Seed: 7, Through: "2022-09-14", Pack: pk}); err != nil {
		t.Fatal(err)
	}
	at, _ := clock.At(day, "10:00")
	s := &stage{t: t, clock: clock.NewVirtual(at, false), posts: map[string]duty.Post{}, used: map[int64]bool{}}
	if s.County, err = server.Open(t.Context(), server.Options{Dir: dir, Database: db, County: "411624", Clock: s.clock, Seed: "7"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c, err := s.Book.InForce(t.Context(), s.DB)
	if err != nil {
		t.Fatal(err)
	}
	s.pack = c.Pack
	for _, p := range []duty.Post{
		duty.NewPost("li", "李一", duty.Unit{ID: "office"}, "排查员", "411624", duty.Inspector, duty.Township),
		duty.NewPost("wang", "王二", duty.Unit{ID: "office"}, "排查员", "411624", duty.Inspector),
		duty.NewPost("far", "远处", duty.Unit{ID: "411624001"}, "录入员", "411624001", duty.Township),
		duty.NewPost("shui", "水利", duty.Unit{ID: "water"}, "联络员", "411624", duty.Department),
		duty.NewPost("office", "巩固办", duty.Unit{ID: "office"}, "综合股", "411624", duty.Office),
		duty.NewPost("office2", "巩固办乙", duty.Unit{ID: "office"}, "督办股", "411624", duty.Office),
	} {
		s.posts[p.Person] = p
		if err := s.OpenPosts(t.Context(), "test/"+p.Person, []duty.Post{p}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// household returns the first household (outside township 001) that fits.
func (s *stage) household(fits func(*roster.Household) bool) *roster.Household {
	s.t.Helper()
	keys, err := s.Store.KeysByNumber(s.t.Context(), s.DB)
	if err != nil {
		s.t.Fatal(err)
	}
	var best *roster.Household
	for _, k := range keys {
		h := s.load(k)
		if !strings.HasPrefix(h.Area, "411624001") && !s.used[k] && fits(h) && (best == nil || h.Key < best.Key) {
			best = h
		}
	}
	if best == nil {
		s.t.Fatal("the county has no such household")
	}
	s.used[best.Key] = true
	return best
}

func (s *stage) load(key int64) *roster.Household {
	s.t.Helper()
	h, err := s.Store.Load(s.t.Context(), s.DB, key)
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

// plain is a supported household that nobody has asked about its tap yet, so that one answer makes a problem.
func plain(h *roster.Household) bool {
	return h.Facts["kind"] == "lifted" && h.Facts["tap_water"] == nil && h.InspectedOn == ""
}

// sheet is a signed sheet as an inspector saw the household.
func (s *stage) sheet(who string, h *roster.Household, answers canon.Object) *act.Act {
	s.t.Helper()
	loaded, err := s.Book.Loaded(s.t.Context(), s.DB, s.pack)
	if err != nil {
		s.t.Fatal(err)
	}
	prefilled, err := s.Inspection.Prefilled(loaded.Pack, "household", h)
	if err != nil {
		s.t.Fatal(err)
	}
	all := canon.Object{"h": canon.Object{}, "m": []any{}, "doubts": []any{}, "problems": []any{}}
	for k, v := range answers {
		all[k] = v
	}
	seen, err := act.Seen(s.pack, "household", h.ID, h.Rev, prefilled, all)
	if err != nil {
		s.t.Fatal(err)
	}
	p := s.posts[who]
	return &act.Act{ID: ident.New(), County: "411624", Kind: inspection.KindSheet, Subject: h.ID, Actor: who, Post: p.ID, Pack: s.pack, Seen: seen, DeviceAt: s.clock.Now(), Sealed: s.sealed,
		Body: canon.Object{"form": "household", "rev": h.Rev, "prefilled": prefilled, "answers": all, "unchanged": len(answers) == 0, "done_on": day, "supersedes": "",
			"signature": canon.Object{"of": seen, "strokes": []any{[]any{int64(1), int64(2), int64(0)}}}}}
}

func (s *stage) do(who string, a *act.Act) act.Answer {
	s.t.Helper()
	got, err := s.Lane.Submit(s.t.Context(), who, act.Submission{Act: a, Open: s.openings})
	if err != nil {
		s.t.Fatal(err)
	}
	return got[0]
}

func (s *stage) must(who string, a *act.Act) act.Answer {
	s.t.Helper()
	got := s.do(who, a)
	if got.Outcome != act.Accepted {
		s.t.Fatalf("%s: %s %s", a.Kind, got.Code, got.Reason)
	}
	return got
}

func (s *stage) count(measure, item string) (n int64) {
	s.t.Helper()
	n, err := tally.Total(s.t.Context(), s.DB, "411624", "411624", measure, item)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *stage) problems(h *roster.Household) []problem.Problem {
	s.t.Helper()
	list, err := problem.OfHousehold(s.t.Context(), s.DB, "411624", h.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// clause: 1-a, 2.1-d, 5.2-a
func aHouseholdIsCoveredOnceHoweverOftenItIsVisited(t *testing.T, s *stage) {
	h := s.household(plain)
	inspected, sheets, unchanged := s.count("inspected", ""), s.count("sheets", ""), s.count("unchanged", "")
	s.must("li", s.sheet("li", h, nil))
	if n := s.count("inspected", ""); n != inspected+1 {
		t.Fatalf("inspected %d", n)
	}
	again := s.load(h.Key)
	if again.Rev != h.Rev+1 || again.InspectedOn != day {
		t.Fatalf("rev %d, inspected on %q", again.Rev, again.InspectedOn)
	}
	s.must("wang", s.sheet("wang", again, nil))
	if s.count("inspected", "") != inspected+1 || s.count("sheets", "") != sheets+2 || s.count("unchanged", "") != unchanged+2 {
		t.Errorf("inspected %d, sheets %d", s.count("inspected", ""), s.count("sheets", ""))
	}
}

// clause: 3.2.4-a
func aFindingOnASignedSheetIsAProblemAndOnlyOnce(t *testing.T, s *stage) {
	h := s.household(plain)
	dry := canon.Object{"h": canon.Object{"tap_water": false}}
	got := s.must("li", s.sheet("li", h, dry))
	made, _ := got.Made["problems"].([]any)
	if len(made) != 1 {
		t.Fatalf("made %v", got.Made)
	}
	list := s.problems(h)
	if len(list) != 1 || list[0].State != problem.Found || list[0].Item != "3.2.4" || list[0].ClearOn != "2022-10-20" || list[0].StageOn != "2022-10-15" || !strings.Contains(list[0].Number, "-0001") {
		t.Fatalf("%+v", list)
	}
	h = s.load(h.Key)
	if h.Problems != 1 || h.SourceOf(nil, "tap_water").Of[:6] != "sheet:" || h.SourceOf(nil, "tap_water").On != day {
		t.Errorf("problems %d, source %v", h.Problems, h.SourceOf(nil, "tap_water"))
	}
	s.must("wang", s.sheet("wang", h, nil)) // still no tap water: the same problem, not a second
	if n := len(s.problems(h)); n != 1 {
		t.Errorf("%d problems", n)
	}
}

func aSheetIsRefusedWhenWhatWasSignedIsNotWhatIsThere(t *testing.T, s *stage) {
	h := s.household(plain)
	before := s.count("sheets", "")
	cases := map[string]struct {
		who  string
		bend func(a *act.Act)
		code string
	}{
		"a hash of something else": {"li", func(a *act.Act) { a.Seen = strings.Repeat("0", 64) }, "sheet.seen"},
		"answers changed after":    {"li", func(a *act.Act) { a.Body["answers"].(canon.Object)["h"] = canon.Object{"tap_water": false} }, "sheet.seen"},
		"no signature":             {"li", func(a *act.Act) { a.Body["signature"] = canon.Object{"of": a.Seen, "strokes": []any{}} }, "sheet.unsigned"},
		"another's signature":      {"li", func(a *act.Act) { a.Body["signature"].(canon.Object)["of"] = "x" }, "sheet.unsigned"},
		"another township's clerk": {"far", func(*act.Act) {}, "duty.outside"},
		"another pack":             {"li", func(a *act.Act) { a.Pack = strings.Repeat("1", 64) }, "sheet.seen"},
		"an unknown household":     {"li", func(a *act.Act) { a.Subject = "hx" }, "sheet.seen"},
		"a post that is not his":   {"li", func(a *act.Act) { a.Post = s.posts["wang"].ID }, "duty.no_post"},
	}
	for name, c := range cases {
		a := s.sheet(c.who, h, nil)
		c.bend(a)
		if got := s.do(c.who, a); got.Outcome != act.Refused || got.Code != c.code || got.Reason == "" {
			t.Errorf("%s: %s %s %s", name, got.Outcome, got.Code, got.Reason)
		}
	}
	// The register shown was not the register: prefilled values are checked against the row.
	lie := s.sheet("li", h, nil)
	pre := lie.Body["prefilled"].(canon.Object)
	pre["h"].(canon.Object)["size"] = int64(99)
	lie.Seen, _ = act.Seen(s.pack, "household", h.ID, h.Rev, pre, lie.Body["answers"].(canon.Object))
	lie.Body["signature"].(canon.Object)["of"] = lie.Seen
	if got := s.do("li", lie); got.Code != "sheet.prefilled" {
		t.Errorf("forged register: %s %s", got.Outcome, got.Code)
	}
	for code, bad := range map[string]canon.Object{
		"sheet.body":    {"h": canon.Object{"no_such_fact": true}},
		"sheet.problem": {"problems": []any{canon.Object{"item": "9.9.9", "text": "情况不对头"}}},
		"doubt.reason":  {"doubts": []any{canon.Object{"rule": "income-below-line", "verdict": "refuted", "reason": ""}}},
	} {
		if got := s.do("li", s.sheet("li", h, bad)); got.Code != code {
			t.Errorf("want %s: %s %s", code, got.Outcome, got.Code)
		}
	}
	if s.load(h.Key).Rev != h.Rev || s.count("sheets", "") != before {
		t.Error("a refused sheet left a trace")
	}
}

func aSensitiveAnswerStandsInTheLogOnlyAsItsCommitment(t *testing.T, s *stage) {
	h := s.household(plain)
	const phone = "15400001234"
	if got := s.do("li", s.sheet("li", h, canon.Object{"h": canon.Object{"phone": phone}})); got.Code != "sheet.body" {
		t.Fatalf("an open phone number: %s %s", got.Outcome, got.Code)
	}
	salt := make([]byte, 32)
	salt[3] = 9
	value := `"` + phone + `"`
	hash := seal.Commit(salt, value)
	s.sealed, s.openings = []string{hash}, []act.Opening{{Hash: hash, Salt: hex.EncodeToString(salt), Value: value}}
	a := s.sheet("li", h, canon.Object{"h": canon.Object{"phone": canon.Object{"~": hash}}})
	got := s.must("li", a)
	if s.load(h.Key).Facts["phone"] != phone {
		t.Error("the register did not take the phone over")
	}
	stored, err := act.ByIndex(t.Context(), s.DB, "411624", got.Index)
	if err != nil {
		t.Fatal(err)
	}
	record, err := stored.Record()
	if err != nil || strings.Contains(string(record), phone) {
		t.Error("the log holds the phone number")
	}
	open, err := s.Lane.Openings(t.Context(), s.DB, got.Index)
	if err != nil || len(open) != 1 || open[0].Value != value {
		t.Errorf("openings %v %v", open, err)
	}
	s.openings[0].Value = `"15400009999"`
	if got := s.do("li", s.sheet("li", s.load(h.Key), canon.Object{"h": canon.Object{"phone": canon.Object{"~": hash}}})); got.Code != "act.seal_mismatch" {
		t.Errorf("a false opening: %s %s", got.Outcome, got.Code)
	}
}

// Design contract 14.
func twoWhoWereThereWithoutSignalAreBothKept(t *testing.T, s *stage) {
	h := s.household(plain)
	inspected := s.count("inspected", "")
	size, _ := h.Facts["size"].(int64)
	first := s.sheet("li", h, canon.Object{"h": canon.Object{"size": size + 1}})
	second := s.sheet("wang", h, canon.Object{"h": canon.Object{"size": size + 2}})
	s.must("li", first)
	s.must("wang", second)
	sheets, err := inspection.SheetsOf(t.Context(), s.DB, "411624", h.Key)
	if err != nil || len(sheets) != 2 || !sheets[0].Stale || sheets[1].SupersededBy != sheets[0].Index {
		t.Fatalf("%+v %v", sheets, err)
	}
	if s.count("inspected", "") != inspected+1 {
		t.Error("coverage must count once")
	}
	after := s.load(h.Key)
	list, err := inspection.DoubtsOf(t.Context(), s.DB, "411624", h.Key)
	if err != nil || after.Facts["size"] != size+2 {
		t.Fatalf("the later act's value stands: %v %v", after.Facts["size"], err)
	}
	if !slices.ContainsFunc(list, func(d inspection.Doubt) bool { return d.Item == "size" && d.State == inspection.Open }) {
		t.Error("nobody is asked about the contradiction")
	}
}

// doubted is a household with an open doubt that only a person can settle.
func doubted(s *stage) (*roster.Household, inspection.Doubt) {
	s.t.Helper()
	list, _, err := inspection.ListDoubts(s.t.Context(), s.DB, "411624", duty.Everything("411624"), inspection.DoubtFilter{State: inspection.Open, Limit: 500})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range list {
		if !strings.HasPrefix(d.Area, "411624001") && d.Rule == "income-below-line" && !s.used[d.Household] {
			s.used[d.Household] = true
			return s.load(d.Household), d
		}
	}
	s.t.Fatal("the county has no such doubt")
	return nil, inspection.Doubt{}
}

// clause: 3.4.2-b
func aDoubtBecomesAProblemOnlyWhenAPersonSaysSo(t *testing.T, s *stage) {
	h, d := doubted(s)
	if len(s.problems(h)) != 0 {
		t.Fatal("a doubt is no problem")
	}
	settle := func(verdict, reason string) *act.Act {
		return &act.Act{ID: ident.New(), County: "411624", Kind: inspection.KindSettle, Subject: d.ID, Actor: "li", Post: s.posts["li"].ID, Pack: s.pack, DeviceAt: s.clock.Now(),
			Body: canon.Object{"verdict": verdict, "reason": reason}}
	}
	if got := s.do("li", settle("confirmed", "")); got.Code != "doubt.reason" {
		t.Errorf("without a reason: %s", got.Code)
	}
	got := s.must("li", settle("confirmed", "入户核实，收入确实偏低"))
	if made, _ := got.Made["problems"].([]any); len(made) != 1 {
		t.Fatalf("made %v", got.Made)
	}
	list := s.problems(h)
	if len(list) != 1 || list[0].Origin != "doubt" || list[0].Doubt != d.ID {
		t.Fatalf("%+v", list)
	}
	if after := s.load(h.Key); after.Problems != 1 || after.Doubts != h.Doubts-1 {
		t.Errorf("problems %d doubts %d", after.Problems, after.Doubts)
	}
	if got := s.do("li", settle("refuted", "又说不是")); got.Code != "doubt.settled" {
		t.Errorf("a second verdict: %s", got.Code)
	}
}

func aRefutedDoubtIsNotAskedAgainUntilItsFactsChange(t *testing.T, s *stage) {
	h, d := doubted(s)
	verdict := canon.Object{"doubts": []any{canon.Object{"rule": d.Rule, "member": d.Member, "verdict": "refuted", "reason": "已核对，有子女赡养"}}}
	s.must("li", s.sheet("li", h, verdict))
	h = s.load(h.Key)
	s.must("wang", s.sheet("wang", h, nil))
	list, err := inspection.DoubtsOf(t.Context(), s.DB, "411624", h.Key)
	if err != nil {
		t.Fatal(err)
	}
	open := 0
	for _, x := range list {
		if x.Rule == d.Rule && x.State == inspection.Open {
			open++
		}
	}
	if open != 0 || len(s.problems(h)) != 0 {
		t.Errorf("open %d, problems %d", open, len(s.problems(h)))
	}
}

// A problem passes only as its state machine allows, whoever asks in whatever order.
func theLedgerFollowsItsStateMachine(t *testing.T, s *stage) {
	h := s.household(plain)
	s.must("li", s.sheet("li", h, canon.Object{"h": canon.Object{"tap_water": false}}))
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		text := canon.Object{"problems": []any{canon.Object{"item": "3.2.4", "text": "现场发现的问题第" + strings.Repeat("一", n%40+1)}}}
		s.must("li", s.sheet("li", s.load(h.Key), text))
		list := s.problems(h)
		p := list[len(list)-1]
		state := p.State
		for _, kind := range rapid.SliceOfN(rapid.SampledFrom([]string{problem.KindAccept, problem.KindVoid}), 1, 4).Draw(rt, "acts") {
			want, ok := problem.Next(state, kind)
			a := &act.Act{ID: ident.New(), County: "411624", Kind: kind, Subject: p.ID, Actor: "office", Post: s.posts["office"].ID, Pack: s.pack, DeviceAt: s.clock.Now(), Body: canon.Object{"reason": "重复登记了"}}
			got := s.do("office", a)
			if (got.Outcome == act.Accepted) != ok {
				rt.Fatalf("%s in %s: %s %s", kind, state, got.Outcome, got.Code)
			}
			if ok {
				state = want
			}
			now, err := problem.ByID(context.Background(), s.DB, "411624", p.ID)
			if err != nil || now.State != state {
				rt.Fatalf("state %v %v, want %s", now, err, state)
			}
		}
	})
}

func ofTwoWhoAcceptAtOnceOneWinsAndTheOtherIsToldWho(t *testing.T, s *stage) {
	h := s.household(plain)
	s.must("li", s.sheet("li", h, canon.Object{"h": canon.Object{"tap_water": false}}))
	p := s.problems(h)[0]
	var wg sync.WaitGroup
	answers := make([]act.Answer, 2)
	for i, who := range []string{"office", "office2"} {
		wg.Go(func() {
			a := &act.Act{ID: ident.New(), County: "411624", Kind: problem.KindAccept, Subject: p.ID, Actor: who, Post: s.posts[who].ID, Pack: s.pack, DeviceAt: s.clock.Now(), Body: canon.Object{}}
			got, err := s.Lane.Submit(context.Background(), who, act.Submission{Act: a})
			if err != nil {
				t.Error(err)
				return
			}
			answers[i] = got[0]
		})
	}
	wg.Wait()
	won, lost := answers[0], answers[1]
	if won.Outcome != act.Accepted {
		won, lost = lost, won
	}
	if won.Outcome != act.Accepted || lost.Outcome != act.Refused || lost.Code != "problem.wrong_state" || !strings.Contains(lost.Reason, "巩固办") {
		t.Errorf("%s / %s %s %s", won.Outcome, lost.Outcome, lost.Code, lost.Reason)
	}
}
