package order_test

import (
	"testing"

	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/order"
	"gonggu/internal/problem"
)

// Every post sees what waits for it and nothing of another's, until it is done.
func TestOrdersAndRequestsWaitForTheirPost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		orders := func(post string, drafts bool) []order.Order {
			list, err := order.Waits(t.Context(), db, county, actor(t, db, post), drafts, 10)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		asked := func(post string) []problem.AskOf {
			list, err := problem.OpenAsks(t.Context(), db, county, actor(t, db, post).Scope(duty.GrantTime), 10)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		none := func(what string, posts ...string) {
			t.Helper()
			for _, p := range posts {
				if n, m := len(orders(p, false)), len(asked(p)); n+m > 0 {
					t.Errorf("%s: %s sees %d orders and %d requests", what, p, n, m)
				}
				if by := actor(t, db, p); !by.May(duty.IssueOrder) && len(orders(p, true)) > 0 {
					t.Errorf("%s: %s sees a draft", what, p)
				}
			}
		}
		id := c.accepted(1, "3.2.4", jia1)[0]
		own := c.accepted(1, "3.2.4", jia1)[0]
		water, a := c.issue(body("water", id))
		c.ok(a)
		local := body(jia, own)
		local.Helping = nil
		town, a := c.issue(local)
		c.ok(a)
		for post, want := range map[string]string{"shui": water, "shui2": water, "jia-a": town, "jia-b": town} {
			if list := orders(post, false); len(list) != 1 || list[0].ID != want {
				t.Errorf("%s has to sign for %+v", post, list)
			}
		}
		none("issued", "xian", "jiao", "yi-a", "cun1", "du")
		c.ok(c.do("shui", order.KindReceive, water, canon.Object{}))
		c.ok(c.do("jia-a", order.KindReceive, town, canon.Object{}))
		none("received", "xian", "shui", "shui2", "jia-a", "jia-b", "yi-a")

		c.ok(c.do("shui", problem.KindAsk, id, asks("extend", "2022-10-14")))
		c.ok(c.do("jia-a", problem.KindAsk, own, asks("pause", "2022-09-30")))
		list := asked("xian")
		if len(list) != 2 || list[0].Problem != id || list[0].Unit != "water" || list[0].What != problem.AskExtend || list[0].Reason != "管网工期较长" || list[1].Problem != own {
			t.Fatalf("%+v", list)
		}
		none("asked", "shui", "jiao", "jia-a", "yi-a", "cun1", "du")
		c.ok(c.do("xian", problem.KindGrant, id, canon.Object{"ask": c.lastAsk(id).ID}))
		c.ok(c.do("xian", problem.KindRefuse, own, canon.Object{"ask": c.lastAsk(own).ID, "reason": "工期不变"}))
		none("answered", "xian", "xian2")

		c.morning("2022-10-13")
		c.morning("2022-10-20")
		drafts := orders("xian", true)
		if len(drafts) != 2 || len(orders("xian2", true)) != 2 {
			t.Fatalf("%+v", drafts)
		}
		none("drafted", "shui", "jiao", "jia-a", "yi-a", "cun1", "du")
		for _, d := range drafts {
			c.ok(c.do("xian", order.KindDiscard, d.ID, canon.Object{"reason": "已电话督促"}))
		}
		if left := orders("xian", true); len(left) > 0 {
			t.Errorf("discarded and waiting: %+v", left)
		}
	})
}

// 清零 is offered to the unit whose list is done, and not again while its signature stands.
func TestAnEmptyListMayBeCleared(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		may := func(want bool, unit string) {
			t.Helper()
			if got, err := problem.Clearable(t.Context(), db, county, unit); err != nil || got != want {
				t.Errorf("%s may be cleared: %v %v", unit, got, err)
			}
		}
		may(false, "water") // nothing was ever on its list
		id := c.ordered()
		may(false, "water")
		c.through(id, "2022-09-28")
		may(true, "water")
		may(false, jia)
		c.ok(c.clears("shui", canon.Object{"unit": "water", "open": int64(0), "closed": int64(1)}))
		may(false, "water")
		c.ok(c.do("xian", problem.KindReopen, id, canon.Object{"reason": "又时断时续"}))
		may(false, "water") // voided, and open again
	})
}
