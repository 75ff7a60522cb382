package server_test

import (
	"slices"
	"strings"
	"testing"

	"gonggu/internal/canon"
	"gonggu/internal/duty"
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
	// A village has many problems of one item: of these only those are suggested that say nearly the same.
	village := duty.VillageOf(x.Area)
	near := b.enterAt(t, village, "", "3.4.2", "村集体务工台账缺三个月记录")
	same := b.enterAt(t, village, "", "3.4.2", "村集体务工台账缺了三个月记录")
	far := b.enterAt(t, village, "", "3.4.2", "光伏收益分配没有公示")
	i := ask()
	of := map[string]int{}
	for _, p := range c.Pairs {
		of[p.From.ID]++
		of[p.Into.ID]++
	}
	if of[far.ID] != 0 || of[near.ID] != 1 || of[same.ID] != 1 {
		t.Fatalf("of a village: %v %+v", of, c.Pairs)
	}
	if i < 0 || len(c.Pairs[i].Why) != 2 || c.Pairs[i].Share < 600000 {
		t.Fatalf("the pair is suggested with why: %d %+v", i, c.Pairs)
	}
	b.refused(t, "problem.distinct", problem.KindDistinct, x.ID, canon.Object{"others": []any{x.ID}, "of": "same"})
	b.must(t, problem.KindDistinct, y.ID, canon.Object{"others": []any{x.ID}, "of": "same"})
	if ask() >= 0 {
		t.Fatal("a dismissed pair is suggested again")
	}
	b.must(t, problem.KindDistinct, x.ID, canon.Object{"others": []any{y.ID}, "of": "same"}) // once more, the other way round
	// Without a place: the first township that has some, which is where its own question leads.
	type first struct {
		Area   string
		Looked int
		Pairs  []struct{ From struct{ ID string } }
	}
	var any, own first
	b.office.get(t, "/consolidation", &any)
	if len(any.Area) != 9 || any.Looked == 0 {
		t.Fatalf("without a place: %+v", any)
	}
	b.office.get(t, "/consolidation?area="+any.Area, &own)
	if own.Area != any.Area || own.Looked != any.Looked || !slices.Equal(own.Pairs, any.Pairs) {
		t.Fatalf("%+v, of its own %+v", any, own)
	}
	for _, before := range strings.Fields(b.one(t, "SELECT COALESCE(string_agg(code, ' '), '') FROM areas WHERE county = $1 AND level = 'township' AND code < $2", county, any.Area)) {
		var none first
		if b.office.get(t, "/consolidation?area="+before, &none); len(none.Pairs) > 0 {
			t.Fatalf("%s comes before %s and has %+v", before, any.Area, none.Pairs)
		}
	}
}
