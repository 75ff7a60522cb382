package task_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/inspection"
	"gonggu/internal/roster"
	"gonggu/internal/task"
)

func TestTasksFromTheCountyToTheDoor(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		for _, scene := range []struct {
			name string
			play func(t *testing.T, s *stage)
		}{
			{"The list is handed down once and received by those it is for", handedDownOnce},
			{"What cannot be assigned is refused with a reason and changes nothing", cannotBeAssigned},
			{"Of two who assign the same village the second is told of the first", secondIsTold},
			{"Three hundred households are given by one act", threeHundred},
			{"A split over people is even and hangs together", evenSplit},
			{"A household is inspected, missed for a reason, or left, and nothing else", oneStateEach},
			{"Whoever answers for a place answers for those who come later", newcomersInherit},
			{"Households never lose their owner unseen", randomLife},
		} {
			t.Run(scene.name, func(t *testing.T) {
				s.t = t
				scene.play(t, s)
			})
		}
	})
}

// clause: 4.1-a
func handedDownOnce(t *testing.T, s *stage) {
	list := func() []task.Task {
		l, err := s.Tasks.List(t.Context(), s.DB, duty.Everything(county))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	all := list()
	towns, items := 0, map[string]bool{}
	for _, x := range all {
		if x.DueOn != "2022-09-25" || x.HandedAt == 0 {
			t.Errorf("%+v", x)
		}
		if x.Kind == task.Households {
			towns++
		}
		for _, i := range x.Items {
			items[i] = true
		}
	}
	if towns != len(s.towns) || len(all) <= towns || len(items) < 20 {
		t.Fatalf("%d tasks, %d of townships, items %v", len(all), towns, items)
	}
	s.refused("task.all_out", s.do("office", task.KindHandDown, county, nil))
	s.refused("duty.forbidden", s.do("clerk", task.KindHandDown, county, nil))
	of := func(unit string) task.Task {
		return all[slices.IndexFunc(all, func(x task.Task) bool { return x.Unit == unit })]
	}
	s.refused("task.not_yours", s.do("far", task.KindReceive, of(s.town).ID, nil))
	s.must("clerk", task.KindReceive, of(s.town).ID, nil)
	s.refused("task.received", s.do("clerk", task.KindReceive, of(s.town).ID, nil))
	s.must("water", task.KindReceive, of("water").ID, nil)
	for _, who := range []struct {
		scope duty.Scope
		n     int
	}{{(duty.Actor{Area: s.town, Duties: []duty.Duty{duty.Township}}).Scope(duty.ReadTask), 1},
		{(duty.Actor{Area: county, Unit: "water", UnitCode: "water", Duties: []duty.Duty{duty.Department}}).Scope(duty.ReadTask), 1},
		{(duty.Actor{Area: s.villages(s.town)[0], Duties: []duty.Duty{duty.Village}}).Scope(duty.ReadTask), 0}} {
		if l, err := s.Tasks.List(t.Context(), s.DB, who.scope); err != nil || len(l) != who.n {
			t.Errorf("%v sees %d tasks, want %d: %v", who.scope, len(l), who.n, err)
		}
	}
	// A task that is missing is handed down alone; the others keep their receipts.
	s.exec("DELETE FROM tasks WHERE county = $1 AND unit = $2", county, s.towns[0])
	if got := s.must("office", task.KindHandDown, county, nil); got.Made["tasks"] != int64(1) {
		t.Errorf("made %v", got.Made)
	}
	if after := list(); len(after) != len(all) || slices.IndexFunc(after, func(x task.Task) bool { return x.Unit == s.town && x.ReceivedAt != 0 }) < 0 {
		t.Errorf("%d tasks after, %d before", len(after), len(all))
	}
}

func cannotBeAssigned(t *testing.T, s *stage) {
	v := s.villages(s.town)
	other := s.villages(s.towns[0])[0]
	an, cai := s.posts["an"].ID, s.posts["cai"].ID
	ended := duty.NewPost("gone", "已离任", duty.Unit{ID: s.town}, "包村干部", s.town, duty.Inspector)
	s.posts["gone"] = ended
	if err := s.OpenPosts(t.Context(), "test/gone", []duty.Post{ended}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.System(t.Context(), &act.Act{ID: ident.New(), Kind: duty.KindEnd, Subject: ended.ID, Body: canon.Object{}}); err != nil {
		t.Fatal(err)
	}
	before := s.held(county)
	far := s.households(other)[:1]
	noReason := s.grant(v[:1], nil)
	noReason["reason"] = " "
	for _, c := range []struct {
		code, who, post string
		body            canon.Object
	}{
		{"duty.outside", "clerk", s.posts["all"].ID, s.grant([]string{other}, nil)},
		{"duty.outside", "clerk", s.posts["all"].ID, s.grant(nil, far)},
		{"duty.outside", "clerk", s.posts["all"].ID, s.grant([]string{v[0], other}, nil)},
		{"task.owner_scope", "clerk", cai, s.grant(v[1:2], nil)},
		{"task.owner_scope", "clerk", cai, s.grant(nil, s.households(v[1])[:1])},
		{"task.post_ended", "clerk", ended.ID, s.grant(v[:1], nil)},
		{"task.post_ended", "clerk", "nobody-at-all", s.grant(v[:1], nil)},
		{"task.owner_duty", "clerk", s.posts["water"].ID, s.grant(v[:1], nil)},
		{"task.level", "clerk", an, s.grant([]string{s.town}, nil)},
		{"task.nothing", "clerk", an, s.grant(nil, nil)},
		{"task.reason", "clerk", an, noReason},
		{"task.body", "clerk", an, canon.Object{"reason": "按村分派", "areas": "x"}},
		{"task.body", "clerk", an, canon.Object{"reason": "按村分派", "areas": []any{canon.Object{"code": v[0]}}, "households": []any{}}},
		{"area.not_found", "clerk", an, s.grant([]string{s.town + "999"}, nil)},
		{"household.not_found", "clerk", an, s.grant(nil, []roster.Line{{ID: "hnone"}})},
		{"duty.forbidden", "cai", cai, s.grant(v[:1], nil)},
	} {
		s.refused(c.code, s.do(c.who, task.KindAssign, c.post, c.body))
	}
	if !slices.Equal(before, s.held(county)) {
		t.Error("a refused assignment left a trace")
	}
}

func secondIsTold(t *testing.T, s *stage) {
	v := s.villages(s.town)[1]
	first, second := s.grant([]string{v}, nil), s.grant([]string{v}, nil)
	one := s.grant(nil, s.households(v)[:1])
	s.must("clerk", task.KindAssign, s.posts["an"].ID, first)
	got := s.do("office", task.KindAssign, s.posts["bo"].ID, second)
	s.refused("task.stale", got)
	if !strings.Contains(got.Reason, "镇里人") || !strings.Contains(got.Reason, "9月16日 10:00") {
		t.Errorf("the second is not told whose act was before: %s", got.Reason)
	}
	s.refused("task.stale", s.do("office", task.KindAssign, s.posts["bo"].ID, one))
	// The same again, by somebody who did not hear the answer: nothing changes and nothing is wrong.
	if again := s.must("clerk", task.KindAssign, s.posts["an"].ID, second); again.Made["changed"] != int64(0) {
		t.Errorf("made %v", again.Made)
	}
	// Whoever has looked again may: the later act wins, and the history has both.
	s.must("office", task.KindAssign, s.posts["bo"].ID, s.grant([]string{v}, nil))
	steps, err := s.Store.OwnersOf(t.Context(), s.DB, s.households(v)[0].Key)
	if err != nil || len(steps) < 2 || steps[0].Post != s.posts["bo"].ID || steps[0].Was != s.posts["an"].ID || steps[1].Post != s.posts["an"].ID {
		t.Errorf("%+v %v", steps, err)
	}
	s.addsUp(s.town)
}

func threeHundred(t *testing.T, s *stage) {
	all := s.households(county)
	if len(all) < 300 {
		t.Fatalf("%d households", len(all))
	}
	houses := all[:300]
	body := s.grant(nil, houses)
	at := time.Now()
	got := s.must("office", task.KindAssign, s.posts["all"].ID, body)
	t.Logf("300 households one by one: %v", time.Since(at).Round(time.Millisecond))
	if got.Made["changed"] != int64(300) {
		t.Errorf("made %v", got.Made)
	}
	if n := s.total(county, roster.MeasureOwned, s.posts["all"].ID); n != 300 {
		t.Errorf("%d owned", n)
	}
	s.addsUp(county)
	s.owned(county)
}

func evenSplit(t *testing.T, s *stage) {
	posts := []string{s.posts["an"].ID, s.posts["bo"].ID, s.posts["clerk"].ID}
	p, err := s.Tasks.Propose(t.Context(), s.DB, s.town, posts)
	if err != nil {
		t.Fatal(err)
	}
	var given int64
	seen := map[string]bool{}
	most, least := int64(0), int64(1<<40)
	for _, part := range p.Parts {
		given += part.After
		most, least = max(most, part.After), min(least, part.After)
		last := ""
		for _, a := range part.Areas {
			if seen[a.Code] || a.Code < last {
				t.Errorf("%s is given twice or out of order", a.Code)
			}
			seen[a.Code], last = true, a.Code
		}
	}
	villages := s.villages(s.town)
	if n := s.total(s.town, roster.MeasureHouseholds, ""); given != n || len(seen) != len(villages) || len(p.Unreached) != 0 {
		t.Fatalf("%d of %d households, %d of %d villages", given, n, len(seen), len(villages))
	}
	var biggest int64
	for _, v := range villages {
		biggest = max(biggest, s.total(v, roster.MeasureHouseholds, ""))
	}
	if most-least > 2*biggest {
		t.Errorf("from %d to %d, the biggest village has %d", least, most, biggest)
	}
	for _, part := range p.Parts { // as the desk would
		s.must("clerk", task.KindAssign, part.Post, task.Grant{Reason: "均衡任务", Areas: part.Areas, Households: part.Households}.Body())
	}
	for _, part := range p.Parts {
		if n := s.total(s.town, roster.MeasureOwned, part.Post); n != part.After {
			t.Errorf("%s has %d, proposed %d", part.Post, n, part.After)
		}
	}
	// What is balanced already is left alone.
	if p, err = s.Tasks.Propose(t.Context(), s.DB, s.town, posts); err != nil || p.Parts[0].Changed+p.Parts[1].Changed+p.Parts[2].Changed != 0 {
		t.Errorf("proposes again: %+v %v", p, err)
	}
	// Someone of a single village shares it; the rest of the township is beyond him, and that is said.
	if p, err = s.Tasks.Propose(t.Context(), s.DB, s.town, []string{s.posts["cai"].ID}); err != nil || p.Parts[0].After != s.total(villages[0], roster.MeasureHouseholds, "") || len(p.Unreached) != len(villages)-1 {
		t.Errorf("%+v %v", p, err)
	}
	// More people than groups: by households.
	if p, err = s.Tasks.Propose(t.Context(), s.DB, villages[0], []string{s.posts["cai"].ID, posts[0], posts[1]}); err != nil {
		t.Fatal(err)
	}
	given = 0
	for _, part := range p.Parts {
		given += part.After
	}
	if given != s.total(villages[0], roster.MeasureHouseholds, "") {
		t.Errorf("%d given of %s", given, villages[0])
	}
	if _, err := s.Tasks.Propose(t.Context(), s.DB, s.town, []string{s.posts["far"].ID}); err == nil {
		t.Error("somebody of another township joins in")
	}
	s.addsUp(s.town)
}

// clause: 1-a
func oneStateEach(t *testing.T, s *stage) {
	h := s.households(s.town)[0]
	miss := func(who, id string, body canon.Object) act.Answer { return s.do(who, inspection.KindMiss, id, body) }
	again := clock.AddDays(day, 3)
	s.refused("miss.reason", miss("an", h.ID, canon.Object{"reason": "lazy"}))
	s.refused("miss.again", miss("an", h.ID, canon.Object{"reason": "away"}))
	s.refused("miss.again", miss("an", h.ID, canon.Object{"reason": "away", "again_on": "2022-09-15"}))
	s.refused("miss.note", miss("an", h.ID, canon.Object{"reason": "away", "again_on": again, "note": strings.Repeat("长", 201)}))
	s.refused("duty.outside", miss("far", h.ID, canon.Object{"reason": "away", "again_on": again}))
	s.refused("duty.forbidden", miss("water", h.ID, canon.Object{"reason": "away", "again_on": again}))
	s.addsUp(s.town)
	if got := miss("an", h.ID, canon.Object{"reason": "away", "again_on": again, "note": "在县城做工", "done_on": day}); got.Outcome != act.Accepted || got.Made["next"] != inspection.NextAgain {
		t.Fatalf("%+v", got)
	}
	c, err := s.Tasks.Coverage(t.Context(), s.DB, s.town)
	if err != nil || c.Missed != 1 || c.Reasons["away"] != 1 || c.Households != c.Inspected+c.Missed+c.Left {
		t.Fatalf("%+v %v", c, err)
	}
	// Another reason stands in its place; the attempts are both kept.
	if got := miss("an", h.ID, canon.Object{"reason": "empty"}); got.Outcome != act.Accepted || got.Made["next"] != inspection.NextCorrect {
		t.Fatalf("%+v", got)
	}
	if c, err = s.Tasks.Coverage(t.Context(), s.DB, s.town); err != nil || c.Missed != 1 || c.Reasons["away"] != 0 || c.Reasons["empty"] != 1 {
		t.Fatalf("%+v %v", c, err)
	}
	if list, err := inspection.MissesOf(t.Context(), s.DB, county, h.Key); err != nil || len(list[h.Key]) != 2 || list[h.Key][1].AgainOn != again || list[h.Key][0].AgainOn != "" {
		t.Errorf("%+v %v", list, err)
	}
	only := func(state, reason string) int {
		l, _, err := s.Store.List(t.Context(), s.DB, duty.Everything(county), roster.Filter{Area: s.town, State: state, Missed: reason, Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		return len(l)
	}
	if only("missed", "") != 1 || only("", "empty") != 1 || only("", "away") != 0 || int64(only("left", "")) != c.Left {
		t.Errorf("lists: %d missed, %d left", only("missed", ""), only("left", ""))
	}
	s.addsUp(s.town)
	if got := s.sheet("an", h.ID); got.Outcome != act.Accepted {
		t.Fatalf("%+v", got)
	}
	if c, err = s.Tasks.Coverage(t.Context(), s.DB, s.town); err != nil || c.Missed != 0 || c.Inspected != 1 {
		t.Fatalf("after the sheet: %+v %v", c, err)
	}
	s.refused("miss.inspected", miss("an", h.ID, canon.Object{"reason": "empty"}))
	s.addsUp(s.town)
	again2 := func(string) bool { return true }
	if c.Complete(again2) || !(task.Coverage{Households: 2, Inspected: 1, Missed: 1, Reasons: map[string]int64{"empty": 1}}).Complete(func(r string) bool { return r == "away" }) {
		t.Error("complete is when nothing is left to do")
	}
}

func newcomersInherit(t *testing.T, s *stage) {
	v := s.villages(s.town)
	an, bo, cai := s.posts["an"].ID, s.posts["bo"].ID, s.posts["cai"].ID
	group := s.held(v[0])[0].Area
	s.must("clerk", task.KindAssign, cai, s.grant([]string{v[0]}, nil))
	s.must("clerk", task.KindAssign, an, s.grant([]string{v[1]}, nil))
	if len(group) > 12 {
		s.must("clerk", task.KindAssign, bo, s.grant([]string{group}, nil))
	}
	some := s.households(v[2])[0].ID
	owner := func(id string) string {
		_, _, post, err := s.Store.OwnerOf(t.Context(), s.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		return post
	}
	id, _ := s.must("office", "test.live", some, canon.Object{"op": "enter", "area": v[0]}).Made["id"].(string)
	if owner(id) != cai {
		t.Errorf("entered in the village: %s", owner(id))
	}
	if len(group) > 12 {
		id, _ := s.must("office", "test.live", some, canon.Object{"op": "enter", "area": group}).Made["id"].(string)
		if owner(id) != bo {
			t.Errorf("entered in the group: %s", owner(id))
		}
		// The village given anew takes its groups along.
		s.must("clerk", task.KindAssign, cai, s.grant([]string{v[0]}, nil))
		id, _ = s.must("office", "test.live", some, canon.Object{"op": "enter", "area": group}).Made["id"].(string)
		if owner(id) != cai {
			t.Errorf("entered after the village was given anew: %s", owner(id))
		}
	}
	// Moved to where its owner does not reach: whoever answers there.
	s.must("office", "test.live", id, canon.Object{"op": "move", "area": v[1]})
	if owner(id) != an {
		t.Errorf("moved: %s", owner(id))
	}
	// The post ends: its successor has the households and the place.
	s.must("office", "test.moved", an, canon.Object{"to": bo})
	id, _ = s.must("office", "test.live", some, canon.Object{"op": "enter", "area": v[1]}).Made["id"].(string)
	if owner(id) != bo || s.total(county, roster.MeasureOwned, an) != 0 {
		t.Errorf("after the hand-over: %s, %d left with the old post", owner(id), s.total(county, roster.MeasureOwned, an))
	}
	// No successor: nobody's, and on the list.
	s.must("office", "test.moved", bo, canon.Object{"to": ""})
	if owner(id) != "" || s.total(county, roster.MeasureOwned, bo) != 0 {
		t.Errorf("after the end: %q", owner(id))
	}
	l, _, err := s.Store.List(t.Context(), s.DB, duty.Everything(county), roster.Filter{Area: v[1], Owner: roster.Nobody, Limit: 200})
	if err != nil || int64(len(l)) != s.total(v[1], roster.MeasureHouseholds, "") {
		t.Errorf("%d on the list of nobody's: %v", len(l), err)
	}
	// A successor who does not reach everything gets what he reaches.
	s.must("clerk", task.KindAssign, s.posts["clerk"].ID, s.grant(v[:2], nil))
	s.must("office", "test.moved", s.posts["clerk"].ID, canon.Object{"to": cai})
	if n := s.total(v[0], roster.MeasureOwned, cai); n != s.total(v[0], roster.MeasureHouseholds, "") || s.total(v[1], roster.MeasureOwned, cai) != 0 {
		t.Errorf("%d of the reachable village", n)
	}
	s.addsUp(s.town)
	s.owned(s.town)
}

// randomLife does whatever comes, in one township, and counts after each few steps.
func randomLife(t *testing.T, s *stage) {
	r := rand.New(rand.NewPCG(5, 17))
	villages := s.villages(s.town)
	open := []string{"an", "bo", "cai", "clerk", "all"}
	gone := []string{}
	reasons := []string{"away", "refused", "empty", "cancelled"}
	done := map[string]int{}
	next := 0
	for step := range 160 {
		houses := s.households(s.town)
		h := houses[r.IntN(len(houses))]
		v := villages[r.IntN(len(villages))]
		to := s.posts[open[r.IntN(len(open))]]
		var got act.Answer
		op := []string{"area", "area", "group", "house", "miss", "miss", "sheet", "enter", "move", "go", "back", "end"}[r.IntN(12)]
		switch op {
		case "area":
			got = s.do("clerk", task.KindAssign, to.ID, s.grant([]string{v}, nil))
		case "group":
			got = s.do("clerk", task.KindAssign, to.ID, s.grant([]string{h.Area}, nil))
		case "house":
			got = s.do("clerk", task.KindAssign, to.ID, s.grant(nil, []roster.Line{h}))
		case "miss":
			got = s.do("all", inspection.KindMiss, h.ID, canon.Object{"reason": reasons[r.IntN(len(reasons))], "again_on": clock.AddDays(day, 1)})
		case "sheet":
			got = s.sheet("clerk", h.ID)
		case "enter", "move":
			got = s.do("office", "test.live", h.ID, canon.Object{"op": op, "area": v})
		case "go":
			got = s.do("office", "test.live", h.ID, canon.Object{"op": op})
			gone = append(gone, h.ID)
		case "back":
			if len(gone) == 0 {
				continue
			}
			got = s.do("office", "test.live", gone[0], canon.Object{"op": op})
			gone = gone[1:]
		case "end":
			// One of the two inspectors leaves, now with a successor, now without; another comes.
			i := r.IntN(2)
			old := s.posts[open[i]]
			next++
			fresh := duty.NewPost(fmt.Sprintf("new%d", next), fmt.Sprintf("新来%d", next), duty.Unit{ID: s.town}, "包村干部", s.town, duty.Inspector)
			if err := s.OpenPosts(t.Context(), "test/"+fresh.Person, []duty.Post{fresh}); err != nil {
				t.Fatal(err)
			}
			heir := ""
			if r.IntN(2) == 0 {
				heir = fresh.ID
			}
			got = s.do("office", "test.moved", old.ID, canon.Object{"to": heir})
			if _, err := s.System(t.Context(), &act.Act{ID: ident.New(), Kind: duty.KindEnd, Subject: old.ID, Body: canon.Object{}}); err != nil {
				t.Fatal(err)
			}
			s.posts[fresh.Person], open[i] = fresh, fresh.Person
		}
		if got.Outcome == act.Accepted {
			done[op]++
		} else if got.Code != "miss.inspected" && got.Code != "task.owner_scope" {
			t.Fatalf("step %d, %s: %s %s", step, op, got.Code, got.Reason)
		}
		if step%8 == 7 {
			s.addsUp(s.town)
			s.addsUp(v)
			s.owned(s.town)
		}
	}
	s.addsUp(county)
	for _, op := range []string{"area", "house", "miss", "sheet", "enter", "move", "go", "back", "end"} {
		if done[op] == 0 {
			t.Errorf("%s never came about: %v", op, done)
		}
	}
}
