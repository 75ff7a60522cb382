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
	"gonggu/internal/message"
	"gonggu/internal/problem"
)

// round has the product remind of what is due on a day, as its scanner does.
func (c *crew) round(day string) act.Answer {
	c.t.Helper()
	at, _ := clock.At(day, "09:00")
	c.clock.Set(at)
	return c.send(&act.Act{ID: ident.New(), County: county, Kind: problem.KindRemind, Subject: day, Actor: act.System, Post: act.System, Pack: c.pack.Digest(), Body: canon.Object{}, DeviceAt: at})
}

// told returns the newest messages of a post, newest first.
func (c *crew) told(post string) []message.Told {
	c.t.Helper()
	a, err := duty.ActorOf(c.t.Context(), c.db, county, by(post).person, post)
	if err != nil {
		c.t.Fatal(err)
	}
	list, _, err := message.Inbox(c.t.Context(), c.db, county, message.Reader{Post: a.Post, Unit: a.Unit, Area: a.Area, Duties: []string{string(a.Duties[0])}}, "", "", 50)
	if err != nil {
		c.t.Fatal(err)
	}
	return list
}

// Before the due day its unit is told, after it the unit and then the office, each once; who has a problem no longer hears nothing.
// clause: 4.2-d
func TestWhatIsDueIsRemindedOfOnceToTheOwnerHisUnitAndTheOffice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		ids := c.accepted(7, "3.2.4", jia1)
		_, a := c.issue(body("water", ids...)) // due on 10 October, the third working day after the 30th of September
		c.ok(a)
		c.ok(c.round("2022-09-29"))
		if n := len(c.told("shui")); n != 0 {
			t.Fatalf("%d messages before there is anything to say", n)
		}
		c.ok(c.round("2022-09-30"))
		c.want("message.reminded", c.round("2022-09-30"))
		got := c.told("shui2")
		if len(got) != 1 || got[0].Title != "7个问题还剩3个工作日" || !strings.Contains(got[0].Say, "等7个") || !strings.Contains(got[0].Say, "2022年10月10日") || got[0].Link != "/problems?unit=water" {
			t.Fatalf("%+v", got)
		}
		c.want("problem.not_due", c.round("2022-10-03")) // a holiday
		c.ok(c.round("2022-10-11"))                      // the 8th, 9th and 10th were missed: what they had to say is said now, with what is so now
		if got = c.told("shui"); len(got) != 2 || got[0].Title != "7个问题逾期1天" {
			t.Errorf("two steps of one round say the same twice: %+v", got)
		}
		if n := len(c.told("xian")); n != 0 {
			t.Errorf("the office heard %d times already", n)
		}
		c.ok(c.round("2022-10-13"))
		got = c.told("xian2")
		if len(got) != 1 || got[0].Title != "单位water7个问题逾期3天未改" || got[0].ToKind != "duty" {
			t.Errorf("%+v", got)
		}
		if n := len(c.told("jia-a")) + len(c.told("jiao")); n != 0 {
			t.Errorf("%d messages to those it does not concern", n)
		}
		c.ok(c.round("2022-10-14"))
		if n := len(c.told("shui")); n != 2 {
			t.Errorf("the unit was told %d times", n)
		}
		var out string
		if err := db.QueryRow(t.Context(), "SELECT outgoing FROM messages WHERE outgoing <> '' ORDER BY key DESC LIMIT 1").Scan(&out); err != nil || !strings.Contains(out, "单位water有7个问题") || strings.Contains(out, "自来水") {
			t.Errorf("what leaves the county: %s %v", out, err)
		}
		mine := c.make("xian", problem.KindRemind, "2022-10-14", canon.Object{})
		c.want("problem.system_only", c.send(mine))
	})
}

// A unit with problems of several due days hears once a day, of all of them.
// clause: 4.2-d
func TestAUnitHearsOnceADayOfEverythingThatIsDueOrLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		for i, limit := range []string{"2022-09-29", "2022-10-08", "2022-10-10"} {
			b := body("water", c.accepted(i+1, "3.2.4", jia1)...)
			b.LimitOn = limit
			_, a := c.issue(b)
			c.ok(a)
		}
		c.ok(c.round("2022-09-29"))
		c.ok(c.round("2022-09-30")) // the 29th is late by one day, the 8th is a working day ahead, the 10th three
		got := c.told("shui")
		if len(got) != 1 || got[0].Title != "今天有6个问题要催办" || got[0].Link != "/problems" {
			t.Fatalf("%+v", got)
		}
		for _, say := range []string{"逾期1天", "2022年10月8日", "还剩1个工作日", "2022年10月10日", "还剩3个工作日"} {
			if !strings.Contains(got[0].Say, say) {
				t.Errorf("%q does not say %s", got[0].Say, say)
			}
		}
		var n, m int64
		if err := db.QueryRow(t.Context(), "SELECT n, (SELECT count(*) FROM messages WHERE kind = 'reminder') FROM reminded_days WHERE day = '2022-09-30'").Scan(&n, &m); err != nil || n != 1 || m != 1 {
			t.Errorf("the day says %d reminders, %d were written: %v", n, m, err)
		}
	})
}

// Whoever claimed it is told in his post.
func TestTheOwnerIsToldInHisPost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		ids := c.accepted(2, "3.2.4", jia1)
		_, a := c.issue(body("water", ids...))
		c.ok(a)
		if err := c.claims("shui", ids...); err != nil {
			t.Fatal(err)
		}
		c.ok(c.round("2022-09-30"))
		if a, b := len(c.told("shui")), len(c.told("shui2")); a != 1 || b != 0 {
			t.Errorf("the owner was told %d times, his colleague %d", a, b)
		}
	})
}

// claims writes an owner as the act of claiming does.
func (c *crew) claims(post string, ids ...string) error {
	return c.db.Write(c.t.Context(), func(tx *database.Tx) error {
		for _, id := range ids {
			if _, err := tx.Exec(c.t.Context(), "UPDATE problems SET claimed_by = $1, state = 'claimed' WHERE id = $2", post, id); err != nil {
				return err
			}
		}
		return nil
	})
}
