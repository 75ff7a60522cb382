package server_test

import (
	"testing"

	"gonggu/internal/canon"
	"gonggu/internal/problem"
)

func suggested(t *testing.T, b *counter) {
	household := b.one(t, "SELECT id FROM households WHERE county = $1 AND state = 'active' ORDER BY key DESC LIMIT 1", county)
	x := b.enter(t, household, "3.4.2", "务工收入台账与本人核实不一致")
	y := b.enter(t, household, "3.4.2", "务工收入台账和本人核实的不一致")
	var c struct {
		Looked int
		Pairs  []struct {
			From, Into struct{ ID string }
			Why        []string
			Share      int64
		}
		Groups []struct {
			Problems []struct{ ID, Household string }
			RuleName string
		}
	}
	ask := func() int {
		c.Pairs, c.Groups = nil, nil
		b.office.get(t, "/consolidation?area="+x.Area[:9], &c)
		for i, p := range c.Pairs {
			if p.From.ID == y.ID && p.Into.ID == x.ID {
				return i
			}
		}
		return -1
	}
	i := ask()
	if i < 0 || len(c.Pairs[i].Why) != 2 || c.Pairs[i].Share < 600000 {
		t.Fatalf("the pair is suggested with why: %d %+v", i, c.Pairs)
	}
	b.refused(t, "problem.distinct", problem.KindDistinct, x.ID, canon.Object{"others": []any{x.ID}, "of": "same"})
	b.must(t, problem.KindDistinct, y.ID, canon.Object{"others": []any{x.ID}, "of": "same"})
	if ask() >= 0 {
		t.Fatal("a dismissed pair is suggested again")
	}
	b.must(t, problem.KindDistinct, x.ID, canon.Object{"others": []any{y.ID}, "of": "same"}) // once more, the other way round
	if status, body := b.office.send(t, "GET", "/consolidation", "", nil); status != 422 {
		t.Fatalf("without a township: %d %s", status, body)
	}
}
