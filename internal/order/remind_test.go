package order_test

import (
	"slices"
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
		titles := []string{}
		for _, m := range c.told("shui")[:2] {
			titles = append(titles, m.Title)
		}
		if !slices.Equal(titles, []string{"7个问题逾期1天", "7个问题逾期1天"}) {
			t.Error(titles)
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
		if n := len(c.told("shui")); n != 3 {
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
