package inspection_test

import (
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/ident"
	"gonggu/internal/order"
	"gonggu/internal/problem"
)

// clause: 3.2.4-d
func whatWasClosedAndIsFoundAgainIsTheSameProblemReopened(t *testing.T, s *stage) {
	h := s.household(plain)
	dry, wet := canon.Object{"h": canon.Object{"tap_water": false}}, canon.Object{"h": canon.Object{"tap_water": true}}
	s.must("li", s.sheet("li", h, dry))
	id := s.problems(h)[0].ID
	step := func(who, kind, subject string, body canon.Object) {
		t.Helper()
		s.must(who, &act.Act{ID: ident.New(), County: "411624", Kind: kind, Subject: subject, Actor: who, Post: s.posts[who].ID, Pack: s.pack, DeviceAt: s.clock.Now(), Body: body})
	}
	sign := func(who, kind string, answers canon.Object) {
		t.Helper()
		p := s.problems(h)[0]
		shown := canon.Object{"number": p.Number, "state": string(p.State)}
		seen, err := act.Seen(s.pack, kind, id, p.Rev, shown, answers)
		if err != nil {
			t.Fatal(err)
		}
		s.must(who, &act.Act{ID: ident.New(), County: "411624", Kind: kind, Subject: id, Actor: who, Post: s.posts[who].ID, Pack: s.pack, Seen: seen, DeviceAt: s.clock.Now(),
			Body: canon.Object{"rev": p.Rev, "prefilled": shown, "answers": answers, "signature": canon.Object{"of": seen, "strokes": []any{[]any{int64(1), int64(2), int64(0)}}}}})
	}
	step("office", problem.KindAccept, id, canon.Object{})
	step("office", problem.KindOrder, ident.New(), order.Body{Unit: "water", Leader: "钱局长", Person: "孙科长", LimitOn: "2022-09-30", Say: "请按期整改", Problems: []string{id}}.Object())
	sign("shui", problem.KindClaim, canon.Object{"leader": "钱局长", "person": "孙科长", "measures": "更换管网"})
	sign("shui", problem.KindRectify, canon.Object{"result": "已经通水", "done_on": day})
	sign("office", problem.KindVerify, canon.Object{"say": ""})
	step("office", problem.KindClose, id, canon.Object{})
	s.must("wang", s.sheet("wang", s.load(h.Key), wet))
	if p, h := s.problems(h)[0], s.load(h.Key); p.State != problem.Closed || h.Problems != 0 {
		t.Fatalf("%s, %d open", p.State, h.Problems)
	}
	reopened := s.count("reopened", "3.2.4")
	got := s.must("li", s.sheet("li", s.load(h.Key), dry))
	list := s.problems(h)
	if len(list) != 1 || list[0].State != problem.Reopened || list[0].Relapses != 1 || list[0].ID != id || list[0].DueOn <= day || s.load(h.Key).Problems != 1 || s.count("reopened", "3.2.4") != reopened+1 {
		t.Errorf("%+v, %d open", list, s.load(h.Key).Problems)
	}
	if made, _ := got.Made["problems"].([]any); len(made) != 1 || made[0].(canon.Object)["id"] != id {
		t.Errorf("the inspector is told %v", got.Made)
	}
	signed, err := problem.Signatures(t.Context(), s.DB, "411624", list[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range signed {
		if void := x.Step != problem.StepClaim; (x.Voided != 0) != void || (x.Why == "问题反弹") != void {
			t.Errorf("%s: void by %d, %q", x.Step, x.Voided, x.Why)
		}
	}
	s.must("wang", s.sheet("wang", s.load(h.Key), nil)) // still dry: it is open already
	if p := s.problems(h)[0]; len(s.problems(h)) != 1 || p.Relapses != 1 || s.load(h.Key).Problems != 1 {
		t.Errorf("seen once more: %+v", p)
	}
}
