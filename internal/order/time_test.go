package order_test

import (
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/problem"
)

func (c *crew) on(day string) {
	at, _ := clock.At(day, "09:00")
	c.clock.Set(at)
}

// ordered raises one problem and orders it to the water bureau until 2022-10-10.
func (c *crew) ordered() string {
	c.t.Helper()
	id := c.accepted(1, "3.2.4", jia1)[0]
	_, a := c.issue(body("water", id))
	c.ok(a)
	return id
}

func (c *crew) lastAsk(id string) problem.Ask {
	c.t.Helper()
	all, err := problem.Asks(c.t.Context(), c.db, county, c.problem(id).Key)
	if err != nil || len(all) == 0 {
		c.t.Fatal(all, err)
	}
	return all[len(all)-1]
}

func asks(what, until string) canon.Object {
	return canon.Object{"what": what, "until": until, "reason": "管网工期较长"}
}

// clause: 4.2-d
func TestMoreDaysAreAskedForAndGrantedOnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		id := c.ordered()
		ask, grant, refuse := problem.KindAsk, problem.KindGrant, problem.KindRefuse
		c.want("problem.not_yours", c.do("jiao", ask, id, asks("extend", "2022-10-14")))
		c.want("problem.lead_only", c.do("jia-a", ask, id, asks("extend", "2022-10-14"))) // it only helps
		c.want("problem.ask_until", c.do("shui", ask, id, asks("extend", "2022-10-10")), "2022-10-10")
		c.want("problem.ask_until", c.do("shui", ask, id, asks("extend", "2022-09-27")))
		c.want("problem.ask_what", c.do("shui", ask, id, asks("forget", "2022-10-14")))
		c.want("problem.reason", c.do("shui", ask, id, canon.Object{"what": "extend", "until": "2022-10-14"}))
		c.ok(c.do("shui", ask, id, asks("extend", "2022-10-14")))
		c.want("problem.asked", c.do("shui2", ask, id, asks("extend", "2022-10-13")), "名陈")
		c.want("problem.ask_not_found", c.do("xian", grant, id, canon.Object{"ask": "none"}))
		yes := func() canon.Object { return canon.Object{"ask": c.lastAsk(id).ID} }
		c.want("duty.forbidden", c.do("shui", grant, id, yes()))
		c.ok(c.do("xian", grant, id, yes()))
		c.want("problem.ask_settled", c.do("xian2", refuse, id, canon.Object{"ask": c.lastAsk(id).ID, "reason": "还是不行"}), "名王")
		if p, a := c.problem(id), c.lastAsk(id); p.DueOn != "2022-10-14" || a.State != problem.AskGranted || a.WasDue != "2022-10-10" || a.DueOn != "2022-10-14" || a.SettledBy != "xian" {
			t.Errorf("%s %+v", p.DueOn, a)
		}
		// beyond the clearing day only for a reason of the office's own
		c.ok(c.do("shui", ask, id, asks("extend", "2022-10-25")))
		c.want("problem.beyond", c.do("xian", grant, id, yes()), "2022-10-25", clearOn)
		c.want("problem.reason", c.do("xian", refuse, id, yes()))
		c.ok(c.do("xian", refuse, id, canon.Object{"ask": c.lastAsk(id).ID, "reason": "清零日期不变"}))
		if p := c.problem(id); p.DueOn != "2022-10-14" {
			t.Errorf("refused, and due on %s", p.DueOn)
		}
		c.ok(c.do("shui", ask, id, asks("extend", "2022-10-25")))
		c.ok(c.do("xian", grant, id, canon.Object{"ask": c.lastAsk(id).ID, "reason": "县政府已同意"}))
		if p := c.problem(id); p.DueOn != "2022-10-25" {
			t.Errorf("granted, and due on %s", p.DueOn)
		}
		// who goes on without the answer leaves nothing open
		c.ok(c.do("shui", ask, id, asks("extend", "2022-10-26")))
		c.ok(c.sign("shui", problem.KindClaim, id, canon.Object{"leader": "钱局长", "person": "孙科长", "measures": "更换管网"}))
		c.ok(c.sign("shui", problem.KindRectify, id, canon.Object{"result": "已经更换", "done_on": "2022-09-28"}))
		if a := c.lastAsk(id); a.State != problem.AskLapsed {
			t.Errorf("%+v", a)
		}
		c.want("problem.wrong_state", c.do("xian", grant, id, yes()))
	})
}

// A pause from Wednesday 09-28 to 10-08: 28, 29, 30 September and 8 October (worked for the holidays) are working days, the National
// Day holidays 1 to 7 October are none.
func TestAPauseStopsTheClockByWorkingDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		id, early, mended := c.ordered(), c.ordered(), c.ordered()
		for _, x := range []string{id, early, mended} {
			c.ok(c.do("shui", problem.KindAsk, x, asks("pause", "2022-10-08")))
			c.ok(c.do("xian", problem.KindGrant, x, canon.Object{"ask": c.lastAsk(x).ID}))
			if p := c.problem(x); p.DueOn != "2022-10-14" || !p.Paused("2022-10-08") || p.Paused("2022-10-09") {
				t.Errorf("due %s, paused %s to %s", p.DueOn, p.PausedOn, p.PausedUntil)
			}
		}
		c.on("2022-09-30") // two working days later
		c.want("problem.paused", c.do("shui", problem.KindAsk, id, asks("extend", "2022-10-18")))
		b := body("water", id)
		b.Second = true
		_, a := c.issue(b)
		c.want("problem.paused", a)
		c.want("problem.not_yours", c.do("jiao", problem.KindResume, early, canon.Object{}))
		c.ok(c.do("shui", problem.KindResume, early, canon.Object{}))
		c.want("problem.not_paused", c.do("shui", problem.KindResume, early, canon.Object{}))
		if p := c.problem(early); p.DueOn != "2022-10-12" || p.PausedOn != "" {
			t.Errorf("resumed after two working days, due %s", p.DueOn)
		}
		c.ok(c.sign("shui", problem.KindClaim, mended, canon.Object{"leader": "钱局长", "person": "孙科长", "measures": "更换管网"}))
		c.ok(c.sign("shui", problem.KindRectify, mended, canon.Object{"result": "已经更换", "done_on": "2022-09-30"}))
		if p := c.problem(mended); p.DueOn != "2022-10-12" || p.PausedOn != "" {
			t.Errorf("mended after two working days, due %s, paused on %q", p.DueOn, p.PausedOn)
		}
		c.on("2022-10-09") // the pause has run out by itself
		c.want("problem.not_paused", c.do("shui", problem.KindResume, id, canon.Object{}))
		c.ok(c.do("shui", problem.KindAsk, id, asks("extend", "2022-10-18")))
		if p := c.problem(id); p.DueOn != "2022-10-14" {
			t.Errorf("due %s", p.DueOn)
		}
	})
}

// through brings a problem from its order to its end.
func (c *crew) through(id, day string) {
	c.t.Helper()
	c.ok(c.sign("shui", problem.KindClaim, id, canon.Object{"leader": "钱局长", "person": "孙科长", "measures": "更换管网"}))
	c.ok(c.sign("shui2", problem.KindRectify, id, canon.Object{"result": "已经更换", "done_on": day}))
	c.ok(c.sign("xian", problem.KindVerify, id, canon.Object{"say": ""}))
	c.ok(c.do("xian", problem.KindClose, id, canon.Object{}))
}

func (c *crew) clears(post string, pre canon.Object) act.Answer {
	c.t.Helper()
	unit := by(post).unit
	a := c.make(post, problem.KindClear, unit, nil)
	a.Seen, _ = act.Seen(a.Pack, problem.KindClear, unit, 0, pre, canon.Object{})
	a.Body = canon.Object{"rev": int64(0), "prefilled": pre, "answers": canon.Object{}, "signature": canon.Object{"of": a.Seen, "strokes": []any{[]any{int64(1), int64(1), int64(0)}}}}
	return c.send(a)
}

// clause: 5.2-b — 谁整改谁签字谁清零
func TestTheUnitSignsThatItsListIsEmpty(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		one, two := c.ordered(), c.ordered()
		c.through(one, "2022-09-28")
		shown := func(n int64) canon.Object { return canon.Object{"unit": "water", "open": int64(0), "closed": n} }
		c.want("unit.open", c.clears("shui", shown(1)), "还有 1 个", "已交办 1 个")
		c.through(two, "2022-09-28")
		c.want("problem.seen", c.clears("shui", shown(1)))
		c.want("unit.not_yours", c.do("jiao", problem.KindClear, "water", canon.Object{}))
		c.want("duty.forbidden", c.clears("du", canon.Object{}))
		unsigned := c.make("shui", problem.KindClear, "water", canon.Object{})
		unsigned.Seen, _ = act.Seen(unsigned.Pack, problem.KindClear, "water", 0, canon.Object{}, canon.Object{})
		c.want("problem.signature", c.send(unsigned))
		c.ok(c.clears("shui", shown(2)))
		c.want("unit.cleared", c.clears("shui2", shown(2)), "名陈", "2022-09-28")
		standing := func() problem.Clear {
			all, err := problem.Clears(t.Context(), db, county, "water")
			if err != nil || len(all) == 0 {
				t.Fatal(all, err)
			}
			return all[0]
		}
		if x := standing(); x.Voided != 0 || x.Closed != 2 || x.Person != "陈" {
			t.Errorf("%+v", x)
		}
		c.ok(c.do("du", problem.KindReopen, two, canon.Object{"reason": "又停水了"}))
		if x := standing(); x.Voided == 0 || x.Why != "问题 "+c.problem(two).Number+" 于 2022-09-28 反弹" {
			t.Errorf("%+v", x)
		}
		c.ok(c.sign("shui2", problem.KindRectify, two, canon.Object{"result": "再次修好", "done_on": "2022-09-28"}))
		c.ok(c.sign("xian", problem.KindVerify, two, canon.Object{"say": ""}))
		c.want("unit.open", c.clears("shui", shown(1)), "待销号 1 个")
		c.ok(c.do("xian", problem.KindClose, two, canon.Object{}))
		c.ok(c.clears("shui", shown(2)))
		c.ordered()
		if x := standing(); x.Voided == 0 {
			t.Errorf("a new order, and %+v stands", x)
		}
	})
}

// A relapse has the working days of its dispatch rule (water: 7), but not beyond a clearing day that is still ahead.
func TestARelapseHasItsDaysAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		ids := []string{c.ordered(), c.ordered(), c.ordered()}
		for _, id := range ids {
			c.through(id, "2022-09-28")
		}
		for i, x := range []struct{ day, due string }{{"2022-09-29", "2022-10-13"}, {"2022-10-19", clearOn}, {"2022-10-21", "2022-11-01"}} {
			c.on(x.day)
			c.ok(c.do("du", problem.KindReopen, ids[i], canon.Object{"reason": "又停水了"}))
			if p := c.problem(ids[i]); p.DueOn != x.due || p.State != problem.Reopened || p.Relapses != 1 {
				t.Errorf("relapsed on %s: %s, due %s, want %s", x.day, p.State, p.DueOn, x.due)
			}
		}
	})
}
