package task_test

import (
	"context"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/inspection"
	"gonggu/internal/roster"
	"gonggu/internal/server"
	"gonggu/internal/tally"
	"gonggu/internal/task"
	"gonggu/packs"
)

const (
	county = "411624"
	day    = "2022-09-16"
)

// stage is a small county on the second day of its inspections, its tasks handed down and nobody visited yet.
type stage struct {
	*server.County
	t     *testing.T
	clock *clock.Virtual
	pack  string
	posts map[string]duty.Post
	town  string // a township with several villages
	towns []string
}

// each plays the scenes on one stage per engine.
func each(t *testing.T, play func(t *testing.T, s *stage)) {
	for engine, where := range map[string]func() string{"sqlite": func() string { return "" }, "postgresql": func() string { return dbtest.Schema(t) }} {
		t.Run(engine, func(t *testing.T) { play(t, set(t, where())) })
	}
}

func set(t *testing.T, db string) *stage {
	t.Helper()
	pk, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := demo.Play(t.Context(), demo.Options{Dir: dir, Database: db, Households: 320, Seed: 11, Through: "2022-09-14", Pack: pk}); err != nil {
		t.Fatal(err)
	}
	at, _ := clock.At(day, "10:00")
	s := &stage{t: t, clock: clock.NewVirtual(at, false), posts: map[string]duty.Post{}}
	if s.County, err = server.Open(t.Context(), server.Options{Dir: dir, Database: db, County: county, Clock: s.clock, Seed: "11"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c, err := s.Book.InForce(t.Context(), s.DB)
	if err != nil {
		t.Fatal(err)
	}
	s.pack = c.Pack
	s.lane()
	s.places()
	village := s.villages(s.town)[0]
	for _, p := range []duty.Post{
		duty.NewPost("office", "巩固办", duty.Unit{ID: "office"}, "综合股", county, duty.Office),
		duty.NewPost("clerk", "镇里人", duty.Unit{ID: s.town}, "乡镇专干", s.town, duty.Township),
		duty.NewPost("an", "安一", duty.Unit{ID: s.town}, "包村干部", s.town, duty.Inspector),
		duty.NewPost("bo", "柏二", duty.Unit{ID: s.town}, "包村干部", s.town, duty.Inspector),
		duty.NewPost("cai", "蔡三", duty.Unit{ID: village}, "村干部", village, duty.Village),
		duty.NewPost("all", "县驻村", duty.Unit{ID: "office"}, "县派工作队", county, duty.Inspector),
		duty.NewPost("water", "水利人", duty.Unit{ID: "water"}, "联络员", county, duty.Department),
		duty.NewPost("far", "外镇人", duty.Unit{ID: s.towns[0]}, "乡镇专干", s.towns[0], duty.Township),
	} {
		s.posts[p.Person] = p
		if err := s.OpenPosts(t.Context(), "test/"+p.Person, []duty.Post{p}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// lane puts the county on a lane that also knows what other rooms will do to households and posts.
func (s *stage) lane() {
	s.Lane.Close()
	kinds := map[string]act.Kind{
		"test.moved": {Apply: func(ctx context.Context, st *act.Step) error {
			to, _ := st.Act.Body["to"].(string)
			return s.Tasks.Moved(ctx, st, st.Act.Subject, to)
		}},
		"test.live": {Apply: s.live},
	}
	for _, k := range []map[string]act.Kind{act.Kinds(), duty.Kinds(), s.Book.Kinds(), s.Desk.Kinds(), s.Inspection.Kinds(), s.Tasks.Kinds(), s.Problems.Kinds()} {
		maps.Copy(kinds, k)
	}
	s.Lane = act.NewLane(act.Options{County: county, DB: s.DB, Clock: s.clock, Keys: s.Keys, Kinds: kinds, CutOff: s.Book.CutOff})
	s.Desk.Submit = s.Lane.Submit
}

// live is what an import or the register's life does: a household enters, moves, goes and comes back.
func (s *stage) live(ctx context.Context, st *act.Step) error {
	loaded, err := s.Book.Loaded(ctx, st.Tx, s.pack)
	if err != nil {
		return err
	}
	h, err := s.Store.ByID(ctx, st.Tx, st.Act.Subject)
	if err != nil {
		return err
	}
	was := h.Counted()
	switch area, _ := st.Act.Body["area"].(string); st.Act.Body["op"] {
	case "enter":
		h.Key = ident.Key(st.Act.Index, 0)
		h.ID, h.Number, h.Area, h.Owner, h.Missed, h.InspectedOn, h.State = ident.Public("h", h.Key), "", area, "", "", "", roster.Active
		for i := range h.Members {
			h.Members[i].ID, h.Members[i].Number = h.ID+"-"+h.Members[i].ID, ""
		}
		was = roster.Was{}
	case "move":
		h.Area = area
	case "go":
		h.State = roster.Withdrawn
	case "back":
		h.State = roster.Active
	}
	h.Rev++
	if h.State == roster.Active {
		if err := s.Tasks.Inherit(ctx, st, h); err != nil {
			return err
		}
	}
	st.Made = canon.Object{"id": h.ID}
	return s.Store.Save(ctx, st, roster.SensitiveOf(loaded.Pack), h, was, st.ReportDay)
}

// places finds the township with the most households that is not the demonstration's own.
func (s *stage) places() {
	s.t.Helper()
	list, err := duty.Areas(s.t.Context(), s.DB, county, duty.Everything(county))
	if err != nil {
		s.t.Fatal(err)
	}
	most := int64(0)
	for _, a := range list {
		if a.Level == duty.LevelTownship {
			s.towns = append(s.towns, a.Code)
			if n := s.total(a.Code, roster.MeasureHouseholds, ""); n > most && len(s.towns) > 1 {
				s.town, most = a.Code, n
			}
		}
	}
}

// villages returns the villages of a township that have households.
func (s *stage) villages(town string) []string {
	s.t.Helper()
	held := s.held(town)
	var out []string
	for _, h := range held {
		if v := duty.VillageOf(h.Area); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func (s *stage) held(area string) []roster.Held {
	s.t.Helper()
	list, err := s.Store.Held(s.t.Context(), s.DB, duty.Everything(area), "")
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func (s *stage) total(area, measure, item string) int64 {
	s.t.Helper()
	n, err := tally.Total(s.t.Context(), s.DB, county, area, measure, item)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *stage) households(area string) []roster.Line {
	s.t.Helper()
	var out []roster.Line
	f := roster.Filter{Area: area, Limit: roster.MaxPage}
	for {
		page, next, err := s.Store.List(s.t.Context(), s.DB, duty.Everything(county), f)
		if err != nil {
			s.t.Fatal(err)
		}
		if out = append(out, page...); next == "" {
			return out
		}
		f.After = next
	}
}

func (s *stage) do(who, kind, subject string, body canon.Object) act.Answer {
	s.t.Helper()
	p := s.posts[who]
	if body == nil {
		body = canon.Object{}
	}
	return s.send(who, &act.Act{ID: ident.New(), County: county, Kind: kind, Subject: subject, Actor: who, Post: p.ID, Pack: s.pack, DeviceAt: s.clock.Now(), Body: body})
}

func (s *stage) send(who string, a *act.Act) act.Answer {
	s.t.Helper()
	got, err := s.Lane.Submit(s.t.Context(), who, act.Submission{Act: a})
	if err != nil {
		s.t.Fatalf("%s: %v", a.Kind, err)
	}
	return got[0]
}

func (s *stage) must(who, kind, subject string, body canon.Object) act.Answer {
	s.t.Helper()
	got := s.do(who, kind, subject, body)
	if got.Outcome != act.Accepted {
		s.t.Fatalf("%s: %s %s", kind, got.Code, got.Reason)
	}
	return got
}

// refused demands a refusal with a sentence for the reader.
func (s *stage) refused(code string, got act.Answer) {
	s.t.Helper()
	if got.Outcome != act.Refused || got.Code != code || !strings.ContainsAny(got.Reason, "。") {
		s.t.Errorf("want %s: %s %s %s", code, got.Outcome, got.Code, got.Reason)
	}
}

// grant is an assignment as a clerk who has just looked would make it.
func (s *stage) grant(areas []string, houses []roster.Line) canon.Object {
	s.t.Helper()
	g := task.Grant{Reason: "按村分派"}
	for _, a := range areas {
		g.Areas = append(g.Areas, task.AreaGrant{Code: a, Was: task.SharesOf(s.held(a))})
	}
	for _, h := range houses {
		g.Households = append(g.Households, task.HouseGrant{ID: h.ID, Was: h.Owner})
	}
	return g.Body()
}

// sheet signs that nothing has changed.
func (s *stage) sheet(who, id string) act.Answer {
	s.t.Helper()
	h, err := s.Store.ByID(s.t.Context(), s.DB, id)
	if err != nil {
		s.t.Fatal(err)
	}
	loaded, err := s.Book.Loaded(s.t.Context(), s.DB, s.pack)
	if err != nil {
		s.t.Fatal(err)
	}
	prefilled, err := s.Inspection.Prefilled(loaded.Pack, "household", h)
	if err != nil {
		s.t.Fatal(err)
	}
	answers := canon.Object{"h": canon.Object{}, "m": []any{}, "doubts": []any{}, "problems": []any{}}
	seen, err := act.Seen(s.pack, "household", h.ID, h.Rev, prefilled, answers)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.send(who, &act.Act{ID: ident.New(), County: county, Kind: inspection.KindSheet, Subject: h.ID, Actor: who, Post: s.posts[who].ID, Pack: s.pack, Seen: seen, DeviceAt: s.clock.Now(),
		Body: canon.Object{"form": "household", "rev": h.Rev, "prefilled": prefilled, "answers": answers, "unchanged": true, "done_on": day, "supersedes": "",
			"signature": canon.Object{"of": seen, "strokes": []any{[]any{int64(1), int64(2), int64(0)}}}}})
}

// addsUp compares every tally of a place with its rows: each household in one state, each owned one counted for its owner.
func (s *stage) addsUp(area string) {
	s.t.Helper()
	want := task.Coverage{Area: area, Reasons: map[string]int64{}}
	for _, l := range s.households(area) {
		want.Households++
		switch {
		case l.InspectedOn != "":
			want.Inspected++
			if l.Missed != "" {
				s.t.Errorf("%s is inspected and missed", l.ID)
			}
		case l.Missed != "":
			want.Missed++
			want.Reasons[l.Missed]++
		default:
			want.Left++
		}
		if l.Owner == "" {
			want.Unowned++
		}
	}
	got, err := s.Tasks.Coverage(s.t.Context(), s.DB, area)
	if err != nil {
		s.t.Fatal(err)
	}
	if !maps.Equal(got.Reasons, want.Reasons) || got.Households != want.Households || got.Inspected != want.Inspected || got.Missed != want.Missed || got.Left != want.Left || got.Unowned != want.Unowned {
		s.t.Fatalf("%s: counted %+v, tallied %+v", area, want, got)
	}
	shares, err := s.Tasks.Shares(s.t.Context(), s.DB, area)
	if err != nil {
		s.t.Fatal(err)
	}
	if rows := task.SharesOf(s.held(area)); !slices.Equal(rows, shares) {
		s.t.Fatalf("%s: owners by rows %v, by tallies %v", area, rows, shares)
	}
}

// owned demands that whoever answers for a household holds an open post that reaches it, and that its history ends with him.
func (s *stage) owned(area string) {
	s.t.Helper()
	for _, l := range s.households(area) {
		steps, err := s.Store.OwnersOf(s.t.Context(), s.DB, l.Key)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(steps) > 0 && steps[0].Post != l.Owner {
			s.t.Fatalf("%s: owner %s, history ends with %s", l.ID, l.Owner, steps[0].Post)
		}
		if l.Owner == "" {
			continue
		}
		a, err := duty.Holder(s.t.Context(), s.DB, county, l.Owner)
		if err != nil || !a.Scope(duty.SubmitInspection).Covers(l.Area) || len(steps) == 0 {
			s.t.Fatalf("%s in %s is owned by %s (%v) after %d steps: %v", l.ID, l.Area, a.Name, a.Area, len(steps), err)
		}
	}
}

func (s *stage) exec(text string, args ...any) {
	s.t.Helper()
	err := s.DB.Write(s.t.Context(), func(tx *database.Tx) error { _, err := tx.Exec(s.t.Context(), text, args...); return err })
	if err != nil {
		s.t.Fatal(err)
	}
}
