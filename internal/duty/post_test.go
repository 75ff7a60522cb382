package duty_test

import (
	"context"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/seal"
)

const code = "411624"

// office is a county with its places, one office, a lane, and a record of what was moved.
type office struct {
	t     *testing.T
	db    *database.DB
	clock *clock.Virtual
	lane  *act.Lane
	moved []string
}

func newOffice(t *testing.T, db *database.DB) *office {
	now, _ := clock.At("2022-09-20", "09:00")
	o := &office{t: t, db: db, clock: clock.NewVirtual(now, false)}
	kinds := duty.Kinds(func(_ context.Context, s *act.Step, from, to string) error {
		o.moved = append(o.moved, s.Act.ID+":"+from+">"+to)
		return nil
	})
	o.lane = act.NewLane(act.Options{County: code, DB: db, Clock: o.clock, Keys: seal.FromSeed("t"), Kinds: kinds, CutOff: func(context.Context, database.Reader) (string, error) { return "18:00", nil }})
	t.Cleanup(o.lane.Close)
	o.must(duty.KindAdopt, code, duty.AdoptBody([]duty.Area{{code, "", duty.LevelCounty, "县", "县"}, {code + "100", code, duty.LevelTownship, "甲镇", "甲"}, {code + "100201", code + "100", duty.LevelVillage, "一村", "一"},
		{code + "100202", code + "100", duty.LevelVillage, "二村", "二"}, {code + "101", code, duty.LevelTownship, "乙镇", "乙"}}))
	o.must(duty.KindFound, code, duty.FoundBody([]duty.Unit{{ID: "office", Kind: "office", Name: "县巩固办", Area: code}, {ID: "team", Kind: "supervision", Name: "督导组", Area: code}, {ID: code + "100201", Kind: "village", Name: "一村", Area: code + "100201"}}))
	return o
}

func (o *office) try(actor, post, kind, subject string, body canon.Object) act.Answer {
	o.t.Helper()
	got, err := o.lane.Submit(o.t.Context(), actor, act.Submission{Act: &act.Act{ID: ident.New(), County: code, Kind: kind, Subject: subject, Actor: actor, Post: post, Body: body, DeviceAt: o.clock.Now()}})
	if err != nil {
		o.t.Fatal(err)
	}
	return got[0]
}

func (o *office) must(kind, subject string, body canon.Object) act.Answer {
	o.t.Helper()
	a := o.try(act.System, act.System, kind, subject, body)
	if a.Outcome != act.Accepted {
		o.t.Fatalf("%s: %s %s", kind, a.Code, a.Reason)
	}
	return a
}

func (o *office) want(reason string, a act.Answer) {
	o.t.Helper()
	if a.Outcome != act.Refused || a.Code != reason {
		o.t.Errorf("want %s, got %s %s %s", reason, a.Outcome, a.Code, a.Reason)
	}
	if a.Outcome == act.Refused && !strings.ContainsAny(a.Reason, "请未不") {
		o.t.Errorf("%s does not say what to do: %s", a.Code, a.Reason)
	}
}

func one(id, person, unit, area string, d ...duty.Duty) canon.Object {
	return duty.PostBody([]duty.Post{{ID: id, Person: person, Name: "名" + person, Unit: unit, Title: "职" + id, Duties: d, Area: area}})
}

func TestAPersonHoldsOneOfficersDutyOverAllHisPosts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		o := newOffice(t, db)
		o.must(duty.KindPost, code, one("sys", "p1", "office", code, duty.SysAdmin))
		sys := func(kind, subject string, body canon.Object) act.Answer {
			return o.try(act.System, act.System, kind, subject, body)
		}
		o.want("post.officers", sys(duty.KindPost, code, one("sec", "p1", "office", code, duty.SecAdmin)))
		o.want("post.officers", sys(duty.KindPost, code, one("biz", "p1", "office", code, duty.Office)))
		o.want("post.officers", sys(duty.KindPost, code, one("both", "p2", "office", code, duty.SecAdmin, duty.Village)))
		two := duty.PostBody([]duty.Post{{ID: "a", Person: "p3", Name: "三", Unit: "office", Title: "x", Duties: []duty.Duty{duty.Auditor}, Area: code}, {ID: "b", Person: "p3", Name: "三", Unit: "office", Title: "y", Duties: []duty.Duty{duty.Leader}, Area: code}})
		o.want("post.officers", sys(duty.KindPost, code, two)) // in one act as well
		o.must(duty.KindPost, code, one("v", "p4", code+"100201", code+"100201", duty.Village))
		o.want("post.officers", sys(duty.KindHandOver, "sys", duty.HandOverBody("p4", "四", "轮换", "2022-09-20")))
		o.want("post.last_officer", sys(duty.KindEnd, "sys", duty.EndBody("调离", "2022-09-20")))
		o.must(duty.KindHandOver, "sys", duty.HandOverBody("p5", "五", "轮换", "2022-09-20"))
		o.must(duty.KindPost, code, one("free", "p1", "office", code, duty.Office)) // he is no officer any more
	})
}

// clause: 5.1 — 人员变动留痕
func TestAPostHandedOverNamesTheOneBeforeAndTheOneAfter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		o := newOffice(t, db)
		o.must(duty.KindPost, code, one("v", "p1", code+"100201", code+"100201", duty.Village))
		o.must(duty.KindPost, code, one("anquan", "sec", "office", code, duty.SecAdmin))
		hand := duty.HandOverBody("p2", "接任人", "调离", "2022-09-19")
		o.want("duty.forbidden", o.try("p1", "v", duty.KindHandOver, "v", hand))
		o.want("post.reason", o.try("sec", "anquan", duty.KindHandOver, "v", duty.HandOverBody("p2", "接任人", " ", "2022-09-19")))
		o.want("post.day", o.try("sec", "anquan", duty.KindHandOver, "v", duty.HandOverBody("p2", "接任人", "调离", "2022-09-21")))
		o.want("post.same_person", o.try("sec", "anquan", duty.KindHandOver, "v", duty.HandOverBody("p1", "接任人", "调离", "2022-09-19")))
		o.want("post.not_found", o.try("sec", "anquan", duty.KindHandOver, "none", hand))
		if a := o.try("sec", "anquan", duty.KindHandOver, "v", hand); a.Outcome != act.Accepted {
			t.Fatal(a)
		}
		o.want("post.ended", o.try("sec", "anquan", duty.KindHandOver, "v", hand))
		o.want("post.ended", o.try("sec", "anquan", duty.KindEnd, "v", duty.EndBody("再办一次", "2022-09-20")))
		chain, err := duty.Chain(t.Context(), db, code, duty.Everything(code), "v")
		if err != nil || len(chain) != 2 {
			t.Fatal(chain, err)
		}
		was, is := chain[0], chain[1]
		if was.EndedOn != "2022-09-19" || was.Reason != "调离" || was.To != is.ID || is.From != "v" || is.Person != "p2" || is.Unit != was.Unit || is.Title != was.Title || is.Area != was.Area || is.UntilAt != 0 {
			t.Errorf("%+v → %+v", was, is)
		}
		if len(o.moved) != 1 || !strings.HasSuffix(o.moved[0], ":v>"+is.ID) {
			t.Errorf("moved %v", o.moved)
		}
		o.must(duty.KindEnd, is.ID, canon.Object{})
		if len(o.moved) != 2 || !strings.HasSuffix(o.moved[1], ":"+is.ID+">") {
			t.Errorf("moved %v", o.moved)
		}
		outside := duty.Actor{Area: code + "101", Duties: []duty.Duty{duty.Township}}
		if _, err := duty.Chain(t.Context(), db, code, outside.Scope(duty.ReadPeople), "v"); err == nil {
			t.Error("another township reads the history")
		}
	})
}

func TestAPostNeedsAPlaceAndAUnitThatStand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		o := newOffice(t, db)
		sys := func(kind, subject string, body canon.Object) act.Answer {
			return o.try(act.System, act.System, kind, subject, body)
		}
		o.want("area.not_found", sys(duty.KindPost, code, one("x", "p", "office", code+"999", duty.Township)))
		o.want("unit.not_found", sys(duty.KindPost, code, one("x", "p", "nobody", code, duty.Office)))
		o.want("post.duty", sys(duty.KindPost, code, one("x", "p", "office", code, "king")))
		o.must(duty.KindAmend, code+"100202", duty.AmendBody(nil, code+"100201", "2022-09-01"))
		o.want("area.ended", sys(duty.KindPost, code, one("x", "p", "office", code+"100202", duty.Village)))
		o.want("area.not_found", sys(duty.KindFound, code, duty.FoundBody([]duty.Unit{{ID: "u", Kind: "team", Name: "队", Area: code + "999"}})))

		o.must(duty.KindPost, code, one("t", "p", "team", code, duty.Supervisor))
		o.want("unit.has_posts", sys(duty.KindDissolve, "team", duty.EndBody("任务完成", "2022-09-20")))
		o.must(duty.KindEnd, "t", duty.EndBody("任务完成", "2022-09-20"))
		o.must(duty.KindDissolve, "team", duty.EndBody("任务完成", "2022-09-20"))
		o.want("unit.dissolved", sys(duty.KindDissolve, "team", duty.EndBody("任务完成", "2022-09-20")))
		o.want("unit.dissolved", sys(duty.KindPost, code, one("t2", "p", "team", code, duty.Supervisor)))
		o.must(duty.KindFound, code, duty.FoundBody([]duty.Unit{{ID: "team", Kind: "supervision", Name: "督导组", Area: code}}))
		o.must(duty.KindPost, code, one("t2", "p", "team", code, duty.Supervisor))
		units, err := duty.Units(t.Context(), db, code, duty.Everything(code))
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range units {
			if u.ID == "team" && (u.Posts != 1 || u.Until != "") {
				t.Errorf("%+v", u)
			}
		}
	})
}

func TestAnEndedSecurityOfficerGivesNoPostsWhateverHisClockSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		o := newOffice(t, db)
		o.must(duty.KindPost, code, one("s1", "p1", "office", code, duty.SecAdmin))
		o.must(duty.KindPost, code, one("s2", "p2", "office", code, duty.SecAdmin))
		o.must(duty.KindEnd, "s1", duty.EndBody("调离", "2022-09-20"))
		late := &act.Act{ID: ident.New(), County: code, Kind: duty.KindPost, Subject: code, Actor: "p1", Post: "s1", Body: one("x", "p3", "office", code, duty.Office), DeviceAt: o.clock.Now() - 1_000_000}
		got, err := o.lane.Submit(t.Context(), "p1", act.Submission{Act: late})
		if err != nil {
			t.Fatal(err)
		}
		o.want(duty.ErrNoPost.Code, got[0])
	})
}

func TestTheDirectoryIsCutByScopeAndPagedWithoutGaps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		o := newOffice(t, db)
		for i := range 7 {
			id := "v" + string(rune('a'+i))
			o.must(duty.KindPost, code, one(id, "p"+id, code+"100201", code+"100201", duty.Village, duty.Inspector))
		}
		o.must(duty.KindPost, code, one("o", "po", "office", code, duty.Office))
		clerk := duty.Actor{Person: "pva", Area: code + "100", Duties: []duty.Duty{duty.Township}}
		scope := clerk.Scope(duty.ReadPeople)
		seen := map[string]bool{}
		for after := ""; ; {
			list, next, err := duty.People(t.Context(), db, code, scope, duty.PeopleFilter{State: "open", Limit: 3, After: after})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range list {
				if seen[h.ID] || !strings.HasPrefix(h.Area, code+"100") {
					t.Errorf("%s twice or outside", h.ID)
				}
				seen[h.ID] = true
			}
			if after = next; next == "" {
				break
			}
		}
		if len(seen) != 7 {
			t.Errorf("%d of 7", len(seen))
		}
		for q, want := range map[string]int{"名pvc": 1, "%": 7, "职v": 7, "没有": 0} {
			list, _, err := duty.People(t.Context(), db, code, scope, duty.PeopleFilter{Q: q, Duty: "inspector", Limit: 50})
			if err != nil || len(list) != want {
				t.Errorf("%q: %d, want %d %v", q, len(list), want, err)
			}
		}
		held := func(person string) []duty.Held {
			m, err := duty.OpenPosts(t.Context(), db, code, []string{person})
			if err != nil {
				t.Fatal(err)
			}
			return m[person]
		}
		sec := duty.Actor{Person: "sec", Area: code, Duties: []duty.Duty{duty.SecAdmin}}
		far := duty.Actor{Person: "far", Area: code + "101", Duties: []duty.Duty{duty.Township}}
		for name, c := range map[string]struct {
			by     duty.Actor
			person string
			want   bool
		}{"village": {clerk, "pvb", true}, "oneself": {clerk, "pva", false}, "the office": {clerk, "po", false}, "nobody": {clerk, "none", false},
			"another township": {far, "pvb", false}, "security officer": {sec, "po", true}, "himself": {sec, "sec", false}} {
			if c.by.MayReset(c.person, held(c.person)) != c.want {
				t.Errorf("%s: want %v", name, c.want)
			}
		}
	})
}
