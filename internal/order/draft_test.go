package order_test

import (
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/order"
	"gonggu/internal/problem"
)

// morning has the product look what is due.
func (c *crew) morning(day string) {
	c.t.Helper()
	at, _ := clock.At(day, "08:31")
	c.clock.Set(at)
	c.ok(c.send(&act.Act{ID: ident.New(), County: county, Kind: problem.KindRemind, Subject: day, Actor: act.System, Post: act.System, Pack: c.pack.Digest(), Body: canon.Object{}, DeviceAt: at}))
}

// clause: 4.2-d — 逾期再督办
func TestWhatIsOverdueIsDraftedOnceForEachUnit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		late := c.accepted(2, "3.2.4", jia1)
		first, a := c.issue(body("water", late...)) // due 10-10, a Monday
		c.ok(a)
		other := c.accepted(1, "3.2.4", jia1)
		b := body("water", other...)
		b.LimitOn = "2022-10-11"
		_, a = c.issue(b)
		c.ok(a)
		drafts := func() []order.Order {
			list, _, err := order.List(t.Context(), db, county, actor(t, db, "xian"), order.Filter{State: "draft"})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		c.morning("2022-10-12")
		if n := len(drafts()); n != 0 {
			t.Fatalf("%d drafts two working days after", n)
		}
		c.morning("2022-10-13")
		list := drafts()
		if len(list) != 1 || list[0].N != 2 || list[0].Unit != "water" || list[0].Leader != "钱局长" || !list[0].Second || list[0].LimitOn != "2022-10-18" || list[0].Number != "" {
			t.Fatalf("%+v", list)
		}
		if o := list[0]; o.Title != "再次督办通知书" || o.Say != "沈巩固督〔2022〕1号交办单位water的问题中，有2个应于2022年10月10日前整改完毕，至今没有整改签认（逾期3天）。现再次督办，请于2022年10月18日前整改完毕并签认；仍不能按期完成的，请书面向县巩固办说明原因和完成时间。" {
			t.Errorf("a draft says %s: %s", o.Title, o.Say)
		}
		c.morning("2022-10-14") // what became late a day later joins the same draft
		if list = drafts(); len(list) != 1 || list[0].N != 3 {
			t.Fatalf("%+v", list)
		}
		if o := list[0]; !strings.HasPrefix(o.Say, "沈巩固督〔2022〕1号、沈巩固督〔2022〕2号交办单位water的问题中，有3个应于2022年10月10日（最迟2022年10月11日）前整改完毕，至今没有整改签认（最早的逾期4天）。") {
			t.Errorf("a draft that has grown says %s", o.Say)
		}
		if p := c.problem(late[0]); p.OrderID != first || p.DueOn != "2022-10-10" {
			t.Errorf("a draft binds: %+v", p)
		}
		for _, post := range []string{"shui", "jia-a", "du"} {
			if _, err := order.ByID(t.Context(), db, county, actor(t, db, post), list[0].ID); err == nil {
				t.Errorf("%s reads a draft", post)
			}
		}
		again := body("water", late...)
		again.Second, again.LimitOn, again.Say = true, "2022-10-18", "" // as the pack words it
		other2 := again
		other2.Unit = "education"
		c.want("order.unit", c.do("xian", problem.KindOrder, list[0].ID, other2.Object()))
		c.ok(c.do("xian", problem.KindOrder, list[0].ID, again.Object()))
		o, err := order.ByID(t.Context(), db, county, actor(t, db, "shui"), list[0].ID)
		if err != nil || o.State != order.Issued || o.N != 2 || o.Number != "沈巩固督〔2022〕3号" || o.DraftedOn != "2022-10-13" || o.Title != "再次督办通知书" || !strings.Contains(o.Say, "1号交办单位water的问题中，有2个应于2022年10月10日前") || !strings.Contains(o.Say, "请于2022年10月18日前") {
			t.Errorf("%+v %v", o, err)
		}
		if p := c.problem(late[0]); p.OrderID != o.ID || p.DueOn != "2022-10-18" || p.State != problem.Ordered {
			t.Errorf("%+v", p)
		}
		held, _, err := problem.List(t.Context(), db, county, duty.Everything(county), problem.Filter{Order: o.ID})
		if err != nil || len(held) != 2 {
			t.Errorf("the order names %d problems: %v", len(held), err)
		}
		c.want("order.issued", c.do("xian", order.KindDiscard, o.ID, canon.Object{"reason": "已经整改"}))
		c.morning("2022-10-19")
		c.morning("2022-10-21") // three working days after 10-18: overdue again, drafted again
		if list = drafts(); len(list) != 1 || list[0].N != 2 {
			t.Fatalf("%+v", list)
		}
		c.want("order.reason", c.do("xian", order.KindDiscard, list[0].ID, canon.Object{}))
		c.ok(c.do("xian", order.KindDiscard, list[0].ID, canon.Object{"reason": "已电话督促"}))
		again.LimitOn = "2022-10-25"
		c.want("order.discarded", c.do("xian", problem.KindOrder, list[0].ID, again.Object()))
	})
}
