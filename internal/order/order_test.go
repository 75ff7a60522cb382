package order_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/order"
	"gonggu/internal/problem"
)

func scanLine(r *sql.Rows) (string, error) {
	cols, err := r.Columns()
	if err != nil {
		return "", err
	}
	cells, into := make([]any, len(cols)), make([]any, len(cols))
	for i := range cells {
		into[i] = &cells[i]
	}
	err = r.Scan(into...)
	return fmt.Sprintf("%v", cells), err
}

func actor(t *testing.T, db *database.DB, post string) duty.Actor {
	t.Helper()
	a, err := duty.ActorOf(t.Context(), db, county, by(post).person, post)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnOrderBindsItsProblemsToAUnitADayAndTwoNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		ids := c.accepted(3, "3.2.4", jia1)
		id, a := c.issue(body("water", ids...))
		c.ok(a)
		if a.Made["number"] != "沈巩固督〔2022〕1号" || a.Made["problems"] != int64(3) {
			t.Errorf("made %v", a.Made)
		}
		for _, x := range ids {
			p := c.problem(x)
			if p.State != problem.Ordered || p.Lead != "water" || p.DueOn != "2022-10-10" || p.OrderID != id || p.Leader != "钱局长" || p.Person != "孙科长" || !slices.Equal(p.Helping, []string{jia}) {
				t.Errorf("%+v", p)
			}
		}
		if _, a := c.issue(body("education", c.accepted(1, "3.2.1", yi1)...)); a.Made["number"] != "沈巩固督〔2022〕2号" {
			t.Errorf("made %v", a.Made)
		}
		c.want("order.issued", c.do("xian2", problem.KindOrder, id, body("water", ids...).Object()), "名王", "沈巩固督〔2022〕1号")

		c.want("order.not_yours", c.do("jiao", order.KindReceive, id, canon.Object{}))
		c.want("duty.forbidden", c.do("du", order.KindReceive, id, canon.Object{}))
		c.ok(c.do("shui", order.KindReceive, id, canon.Object{}))
		c.want("order.received", c.do("shui2", order.KindReceive, id, canon.Object{}), "名陈")

		o, err := order.ByID(t.Context(), db, county, actor(t, db, "shui2"), id)
		if err != nil || o.ReceivedBy != "shui" || o.ReceivedOn != "2022-09-28" || o.N != 3 || o.State != order.Issued || o.Organ != "office" {
			t.Errorf("%+v %v", o, err)
		}
	})
}

// An order that names no helping unit takes none away: each problem keeps its own, but for the one that leads it now.
func TestAnOrderWithoutHelpersKeepsThoseOfEachProblem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		ids := c.accepted(3, "3.2.4", jia1)
		for i, helping := range [][]any{{jia, "education"}, {jia}, {}} {
			c.ok(c.do("xian", problem.KindAssign, ids[i], canon.Object{"item": "3.2.4", "lead": "water", "helping": helping}))
		}
		b := body("education", ids...)
		b.Helping = nil
		_, a := c.issue(b)
		c.ok(a)
		for i, want := range [][]string{{jia}, {jia}, nil} {
			if p := c.problem(ids[i]); p.Lead != "education" || !slices.Equal(p.Helping, want) {
				t.Errorf("problem %d: led by %s, helped by %v, want %v", i, p.Lead, p.Helping, want)
			}
		}
		b.Helping, b.Second = []string{"water"}, true
		_, a = c.issue(b)
		c.ok(a)
		if p := c.problem(ids[0]); !slices.Equal(p.Helping, []string{"water"}) {
			t.Errorf("an order's own helpers take the place of the others: %v", p.Helping)
		}
	})
}

// Who reads an order: the office, the ordered and the helping units and those above them, the leaders and the supervisors; nobody else.
func TestAnOrderIsReadByWhomItConcerns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		water, _ := c.issue(body("water", c.accepted(2, "3.2.4", jia1)...))
		b := body(jia1, c.accepted(1, "3.4.1", jia1)...)
		b.Helping = nil
		village, a := c.issue(b)
		c.ok(a)
		for post, want := range map[string][]string{"xian": {village, water}, "du": {village, water}, "shui": {water}, "jiao": {}, "jia-a": {village, water}, "yi-a": {}, "cun1": {village}, "cun2": {}} {
			list, _, err := order.List(t.Context(), db, county, actor(t, db, post), order.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, o := range list {
				got = append(got, o.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s reads %v, want %v", post, got, want)
			}
			for _, id := range []string{water, village} {
				if _, err := order.ByID(t.Context(), db, county, actor(t, db, post), id); (err == nil) != slices.Contains(want, id) {
					t.Errorf("%s reads %s: %v", post, id, err)
				}
			}
		}
		page, next, err := order.List(t.Context(), db, county, actor(t, db, "xian"), order.Filter{Limit: 1})
		if err != nil || len(page) != 1 || page[0].ID != village || next == 0 {
			t.Fatal(page, next, err)
		}
		page, next, err = order.List(t.Context(), db, county, actor(t, db, "xian"), order.Filter{Limit: 1, After: next})
		if err != nil || len(page) != 1 || page[0].ID != water || next != 0 {
			t.Fatal(page, next, err)
		}
		for text, want := range map[string][]string{"单位water": {water}, "〔2022〕": {village, water}, "无此单位": nil} {
			list, _, err := order.List(t.Context(), db, county, actor(t, db, "xian"), order.Filter{Text: text})
			var got []string
			for _, o := range list {
				got = append(got, o.ID)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s finds %v, want %v (%v)", text, got, want, err)
			}
		}
		counts, err := problem.OrderCounts(t.Context(), db, county, duty.Everything(county), "2022-10-11", []string{water, village})
		if err != nil || counts[water].Open != 2 || counts[water].Overdue != 2 || counts[village].States[problem.Ordered] != 1 {
			t.Errorf("%+v %+v %v", counts[water], counts[village], err)
		}
		for day, want := range map[string]int{"2022-10-10": 0, "2022-10-11": 2} { // due on that very day is in time
			late, _, err := order.List(t.Context(), db, county, actor(t, db, "xian"), order.Filter{Overdue: true, Today: day})
			if err != nil || len(late) != want {
				t.Errorf("%s: %d overdue, %v", day, len(late), err)
			}
		}
		if held, _, err := problem.List(t.Context(), db, county, duty.Everything(county), problem.Filter{Order: water}); err != nil || len(held) != 2 {
			t.Errorf("%d %v", len(held), err)
		}
	})
}

// Whatever is wrong with an order, it says so, and nothing of it is done.
func TestAWrongOrderDoesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		c.system2(duty.KindDissolve, "gone", canon.Object{"reason": "机构改革", "day": "2022-09-27"})
		ids := c.accepted(2, "3.2.4", jia1)
		raw := c.found("3.2.4", jia1, "water")
		done := c.accepted(1, "3.2.4", jia1)[0]
		_, a := c.issue(body("water", done))
		c.ok(a)
		declined := c.accepted(1, "3.2.4", jia1)[0]
		_, a = c.issue(body("education", declined))
		c.ok(a)
		c.ok(c.do("jiao", problem.KindDecline, declined, canon.Object{"reason": "不是学校的水"}))
		c.ok(c.do("xian", problem.KindAssign, declined, canon.Object{"item": "3.2.4", "lead": "water", "helping": []any{}}))
		many := make([]string, problem.MaxOrdered+1)
		for i := range many {
			many[i] = ident.New()
		}
		with := func(change func(b *order.Body)) order.Body {
			b := body("water", ids...)
			change(&b)
			return b
		}
		for name, x := range map[string]struct {
			code string
			body order.Body
			says []string
		}{
			"a unit that was dissolved yesterday": {"unit.dissolved", with(func(b *order.Body) { b.Unit = "gone" }), []string{"撤销局", "2022-09-27"}},
			"a helping unit that was dissolved":   {"unit.dissolved", with(func(b *order.Body) { b.Helping = []string{jia, "gone"} }), nil},
			"a unit that never was":               {"unit.not_found", with(func(b *order.Body) { b.Unit = "moon" }), nil},
			"a unit that nobody verifies":         {"order.tier", with(func(b *order.Body) { b.Unit = "team" }), nil},
			"the same unit twice":                 {"order.helping", with(func(b *order.Body) { b.Helping = []string{"water"} }), nil},
			"an expired limit":                    {"order.expired", with(func(b *order.Body) { b.LimitOn = "2022-09-27" }), []string{"2022-09-27", "2022-09-28"}},
			"no limit":                            {"order.limit", with(func(b *order.Body) { b.LimitOn = "明天" }), nil},
			"nobody answers":                      {"order.leader", with(func(b *order.Body) { b.Leader = "" }), nil},
			"no list":                             {"problem.order_empty", with(func(b *order.Body) { b.Problems = nil }), nil},
			"too long a list":                     {"problem.order_many", with(func(b *order.Body) { b.Problems = many }), []string{"301"}},
			"a problem twice":                     {"problem.not_found", with(func(b *order.Body) { b.Problems = []string{ids[0], ids[0]} }), nil},
			"after the clearing day":              {"problem.beyond", with(func(b *order.Body) { b.LimitOn = "2022-10-21" }), []string{clearOn, "另有 1 个"}},
			"not accepted yet":                    {"problem.wrong_state", with(func(b *order.Body) { b.Problems = []string{ids[0], raw} }), []string{c.problem(raw).Number}},
			"ordered already":                     {"problem.wrong_state", with(func(b *order.Body) { b.Problems = []string{ids[0], done} }), []string{c.problem(done).Number, "名王"}},
			"a second order of what had none":     {"problem.wrong_state", with(func(b *order.Body) { b.Second = true }), nil},
			"a second order to another":           {"problem.other_lead", with(func(b *order.Body) { b.Second, b.Unit, b.Problems = true, "education", []string{done} }), nil},
			"whom it is not, as he said":          {"problem.declined_by", with(func(b *order.Body) { b.Unit, b.Problems = "education", []string{declined} }), nil},
		} {
			t.Run(name, func(t *testing.T) {
				before := c.dump()
				_, a := c.issue(x.body)
				c.want(x.code, a, x.says...)
				if c.dump() != before {
					t.Error("half done")
				}
			})
		}
		if _, a := c.issue(with(func(b *order.Body) { b.LimitOn, b.Reason = "2022-10-21", "管网工期较长" })); a.Outcome != act.Accepted {
			t.Errorf("with a reason: %s %s", a.Code, a.Reason)
		}
		c.want("duty.forbidden", c.do("jia-a", problem.KindOrder, ident.New(), body("water", ids...).Object()))
		_, a = c.issue(with(func(b *order.Body) { b.Second, b.LimitOn, b.Problems = true, "2022-10-05", []string{done} }))
		c.ok(a)
		if p := c.problem(done); p.State != problem.Ordered || p.DueOn != "2022-10-05" || !strings.HasPrefix(p.Lead, "water") {
			t.Errorf("%+v", p)
		}
	})
}

// What the office has ruled goes to whom it ruled.
func TestAnOrderFollowsTheRuling(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		id := c.accepted(1, "3.2.4", jia1)[0]
		for _, x := range []struct{ unit, post string }{{"water", "shui"}, {"education", "jiao"}, {jia, "jia-a"}} {
			b := body(x.unit, id)
			b.Helping = nil
			_, a := c.issue(b)
			c.ok(a)
			c.ok(c.do(x.post, problem.KindDecline, id, canon.Object{"reason": "不是我们的职责"}))
			next := canon.Object{"item": "3.2.4", "lead": map[string]string{"water": "education", "education": jia, jia: "water"}[x.unit], "helping": []any{}, "reason": "按职责由水利局牵头"}
			c.ok(c.do("xian", problem.KindAssign, id, next))
		}
		_, a := c.issue(body("education", id))
		c.want("problem.ruled_to", a)
		_, a = c.issue(body("water", id))
		c.ok(a)
		c.want("problem.ruled", c.do("shui", problem.KindDecline, id, canon.Object{"reason": "不是我们的职责"}))
	})
}

func (c *crew) system2(kind, subject string, body canon.Object) {
	c.t.Helper()
	c.ok(c.send(&act.Act{ID: ident.New(), County: county, Kind: kind, Subject: subject, Actor: act.System, Post: act.System, Body: body, DeviceAt: c.clock.Now()}))
}
