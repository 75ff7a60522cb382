package order_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/problem"
)

// clerks is how many people do the same thing at once.
const clerks = 50

// hire opens as many posts of one unit.
func (c *crew) hire(unit, area string, d duty.Duty) []string {
	c.t.Helper()
	posts, ids := []duty.Post{}, []string{}
	for i := range clerks {
		id := fmt.Sprintf("%s-%02d", unit, i)
		posts = append(posts, duty.Post{ID: id, Person: "p-" + id, Name: "办事员" + id, Unit: unit, Title: "职", Duties: []duty.Duty{d}, Area: area})
		ids = append(ids, id)
	}
	c.system(duty.KindPost, duty.PostBody(posts))
	return ids
}

// rush sends one act for each post at once, and wants one accepted and the others told whose act it was.
func (c *crew) rush(kind string, posts []string, of func(post string) *act.Act) {
	c.t.Helper()
	acts := []*act.Act{}
	for _, p := range posts {
		a := of(p)
		a.Actor = "p-" + p
		acts = append(acts, a)
	}
	answers := make([]act.Answer, len(acts))
	var all sync.WaitGroup
	start := make(chan struct{})
	for i, a := range acts {
		all.Go(func() {
			<-start
			got, err := c.lane.Submit(c.t.Context(), a.Actor, act.Submission{Act: a})
			if err != nil {
				c.t.Error(err)
				return
			}
			answers[i] = got[0]
		})
	}
	close(start)
	all.Wait()
	won := -1
	for i, a := range answers {
		if a.Outcome == act.Accepted {
			if won >= 0 {
				c.t.Errorf("%s: both %s and %s won", kind, posts[won], posts[i])
			}
			won = i
		}
	}
	if won < 0 {
		c.t.Fatalf("%s: nobody won: %+v", kind, answers[0])
	}
	for i, a := range answers {
		if i != won && (a.Outcome != act.Refused || a.Code != "problem.wrong_state" || !strings.Contains(a.Reason, "办事员"+posts[won]+"，")) {
			c.t.Errorf("%s: %s is told %s %s %q, the winner is %s", kind, posts[i], a.Outcome, a.Code, a.Reason, posts[won])
		}
	}
}

func TestFiftyClerksOneProblem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCrew(t, db, "2022-09-28")
		office, water := c.hire("office", county, duty.Office), c.hire("water", county, duty.Department)
		id := c.found("3.2.4", jia1, "water")
		by := func(post, kind, subject string, b canon.Object) *act.Act {
			a := c.make("xian", kind, subject, b)
			a.Post = post
			return a
		}
		c.rush("accept", office, func(p string) *act.Act { return by(p, problem.KindAccept, id, canon.Object{}) })
		c.rush("order", office, func(p string) *act.Act { return by(p, problem.KindOrder, ident.New(), body("water", id).Object()) })
		if n := c.count("SELECT COUNT(*) FROM orders"); n != 1 {
			t.Errorf("%d orders", n)
		}
		c.rush("decline", water, func(p string) *act.Act {
			return by(p, problem.KindDecline, id, canon.Object{"reason": "不是我们的职责"})
		})
		if n := c.count("SELECT COUNT(*) FROM problem_declines"); n != 1 {
			t.Errorf("%d declines", n)
		}
		// A claim may be written again by its own unit: what decides is who saw the last revision.
		next := c.ordered()
		signed := map[string]*act.Act{}
		for _, p := range water {
			a := c.signed("shui", problem.KindClaim, next, canon.Object{"leader": "钱局长", "person": "孙科长", "measures": "更换管网"})
			a.Post, a.Actor = p, "p-"+p
			signed[p] = a
		}
		won := c.first(signed)
		if won != 1 {
			t.Errorf("%d claims of one revision were accepted", won)
		}
		if p := c.problem(next); p.State != problem.Claimed || !strings.HasPrefix(p.ClaimedBy, "water-") {
			t.Errorf("%s by %s", p.State, p.ClaimedBy)
		}
	})
}

// first sends signed acts at once and counts those accepted; the others must be told that what they saw has changed.
func (c *crew) first(acts map[string]*act.Act) int {
	c.t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	n := 0
	for _, a := range acts {
		all.Go(func() {
			got, err := c.lane.Submit(c.t.Context(), a.Actor, act.Submission{Act: a})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				c.t.Error(err)
			case got[0].Outcome == act.Accepted:
				n++
			case got[0].Code != "problem.seen" || !strings.Contains(got[0].Reason, "办事员"):
				c.t.Errorf("%s %s", got[0].Code, got[0].Reason)
			}
		})
	}
	all.Wait()
	return n
}

func (c *crew) count(q string) int64 {
	c.t.Helper()
	var n int64
	if err := c.db.QueryRow(c.t.Context(), q).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}
