package roster_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
	"gonggu/internal/seal"
	"gonggu/internal/tally"
)

// clause: 1-a
func TestLifeOfAHousehold(t *testing.T) {
	living(t, func(t *testing.T, c *alive) {
		v := c.cadre.Area
		t.Run("birth and its taking back", c.birth)
		t.Run("death of the head", func(t *testing.T) { c.deathOfHead(t, v) })
		t.Run("split, leave and merge", func(t *testing.T) { c.splitAndMerge(t, v) })
		t.Run("move", func(t *testing.T) { c.moves(t, v) })
		t.Run("cancel and correct", func(t *testing.T) { c.cancelAndCorrect(t, v) })
		t.Run("a village merged", c.anyVillageMerged)
		c.verify()
		t.Run("a village merged while tasks are out", c.villageMerged)
		c.recount()
	})
}

func (c *alive) birth(t *testing.T) {
	h := c.some(c.cadre.Area, 2)
	before := c.print(h.ID)
	a := c.do(c.cadre, roster.KindBirth, h, baby("新生一"))
	now := c.load(h.ID)
	was, _ := h.Present()
	people, _ := now.Present()
	if len(people) != len(was)+1 || now.Facts[roster.FactSize] != int64(len(people)) || people[len(people)-1].Name != "新生一" {
		t.Fatalf("after the birth: %d members, size %v", len(people), now.Facts[roster.FactSize])
	}
	c.recount()
	// The second clerk still sees the household as it was.
	reason := c.refused(c.township, "household.stale", roster.KindCorrect, h, canon.Object{"names": canon.Object{was[0].ID: "改名"}})
	if !strings.Contains(reason, c.cadre.Name) {
		t.Errorf("a stale revision does not say who changed it: %s", reason)
	}
	if got := c.back(c.cadre, a); got.Outcome != act.Accepted {
		t.Fatal(got.Reason)
	}
	if after := c.print(h.ID); after != before {
		t.Errorf("taken back:\n%s\nbefore:\n%s", after, before)
	}
	if got := c.back(c.cadre, a); got.Code != "life.undone" {
		t.Errorf("taken back twice: %s %s", got.Outcome, got.Code)
	}
	h = c.load(h.ID)
	first := c.do(c.cadre, roster.KindBirth, h, baby("新生二"))
	c.do(c.cadre, roster.KindBirth, c.load(h.ID), baby("新生三"))
	if got := c.back(c.cadre, first); got.Code != "life.built_on" || !strings.Contains(got.Reason, "出生") {
		t.Errorf("not the newest: %s %s", got.Code, got.Reason)
	}
	h = c.load(h.ID)
	outside := c.households("")[0]
	if strings.HasPrefix(outside.Area, c.cadre.Area) {
		t.Fatal("the first household is the cadre's own")
	}
	for _, bad := range []struct {
		code string
		h    *roster.Household
		body canon.Object
	}{
		{"life.name", h, canon.Object{"member": canon.Object{"name": " ", "facts": canon.Object{"relation": "son"}}}},
		{"life.relation", h, canon.Object{"member": canon.Object{"name": "甲", "facts": canon.Object{"relation": "head", "sex": "male", "birth": "2022-09-01"}}}},
		{"household.birth", h, canon.Object{"member": canon.Object{"name": "甲", "facts": canon.Object{"relation": "son"}}}},
		{"household.birth_day", h, canon.Object{"member": canon.Object{"name": "甲", "facts": canon.Object{"relation": "son", "sex": "male", "birth": "2022-10-01"}}}},
		{"life.value", h, canon.Object{"member": canon.Object{"name": "甲", "facts": canon.Object{"relation": "son", "sex": "x", "birth": "2022-09-01"}}}},
		{"life.body", h, canon.Object{"member": canon.Object{"name": "甲", "facts": canon.Object{"nothing_like_it": "1"}}}},
		{"life.unsealed", h, canon.Object{"member": canon.Object{"name": "甲", "facts": canon.Object{"relation": "son", "sex": "male", "birth": "2022-09-01", "id_number": "411600202209010011"}}}},
		{"life.known", h, baby("新生三")},
		{"life.day", h, canon.Object{"on": "2022-12-01", "member": canon.Object{}}},
		{"duty.outside", outside, baby("甲")},
	} {
		c.refused(c.cadre, bad.code, roster.KindBirth, bad.h, bad.body)
	}
	c.refused(c.actor("leader"), "duty.forbidden", roster.KindBirth, h, baby("甲"))
	c.sealedID(t, h)
}

// sealedID: a number that is a person's stands in the act only as its commitment; a wrong one is named.
func (c *alive) sealedID(t *testing.T, h *roster.Household) {
	t.Helper()
	mark := func(value string) (canon.Object, act.Opening) {
		salt := make([]byte, 32)
		salt[0] = byte(c.ids)
		text := `"` + value + `"`
		hash := seal.Commit(salt, text)
		return canon.Object{"~": hash}, act.Opening{Hash: hash, Salt: hex.EncodeToString(salt), Value: text}
	}
	for number, code := range map[string]string{"411600202209010015": "life.id_number", "41160019900101": "life.id_number"} {
		m, open := mark(number)
		a := c.step(c.cadre, roster.KindJoin, h, canon.Object{"member": canon.Object{"name": "来人", "facts": canon.Object{"relation": "son_wife", "id_number": m}}})
		a.Sealed = []string{open.Hash}
		if got := c.send(c.cadre, a, open); got.Code != code {
			t.Errorf("%s: %s %s %s", number, got.Outcome, got.Code, got.Reason)
		}
	}
	other := c.some(c.cadre.Area, 2, h.ID)
	people, _ := other.Present()
	number, _ := people[1].Facts[roster.FactID].(string)
	if number == "" {
		number, _ = people[0].Facts[roster.FactID].(string)
	}
	m, open := mark(number)
	a := c.step(c.cadre, roster.KindJoin, h, canon.Object{"member": canon.Object{"name": "来人", "facts": canon.Object{"relation": "son_wife", "id_number": m}}})
	a.Sealed = []string{open.Hash}
	if got := c.send(c.cadre, a, open); got.Outcome != act.Accepted {
		t.Fatal(got.Reason)
	}
	lines, _, err := c.Store.List(t.Context(), c.DB, duty.Everything(c.Code), roster.Filter{Text: number})
	if err != nil || !slices.ContainsFunc(lines, func(l roster.Line) bool { return l.ID == h.ID }) {
		t.Errorf("whoever came is not found by his ID number: %v", err)
	}
	stored, err := act.ByID(t.Context(), c.DB, c.Code, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := stored.Record(); err != nil || strings.Contains(string(b), number) {
		t.Errorf("an ID number stands in the log: %v", err)
	}
}

func (c *alive) deathOfHead(t *testing.T, v string) {
	h := c.some(v, 3)
	before := c.print(h.ID)
	people, _ := h.Present()
	c.refused(c.cadre, "life.head", roster.KindDeath, h, canon.Object{"member": people[0].ID})
	c.refused(c.cadre, "life.no_member", roster.KindDeath, h, canon.Object{"member": "nobody"})
	a := c.do(c.cadre, roster.KindDeath, h, canon.Object{"member": people[0].ID, "head": people[1].ID})
	now := c.load(h.ID)
	if now.Head != people[1].Name || now.Facts[roster.FactHeadID] != people[1].Facts[roster.FactID] && people[1].Facts[roster.FactID] != nil {
		t.Errorf("the new head is %s", now.Head)
	}
	c.recount()
	if got := c.back(c.cadre, a); got.Outcome != act.Accepted || c.print(h.ID) != before {
		t.Errorf("taken back: %s\n%s\n%s", got.Reason, c.print(h.ID), before)
	}
	for _, one := range c.households("") {
		if people, _ := one.Present(); len(people) == 1 {
			c.refused(c.office, "life.last_member", roster.KindDeath, one, canon.Object{"member": people[0].ID})
			return
		}
	}
}

func (c *alive) splitAndMerge(t *testing.T, v string) {
	h := c.some(v, 4)
	before := c.print(h.ID)
	people, _ := h.Present()
	go2 := []any{people[2].ID, people[3].ID}
	for code, body := range map[string]canon.Object{
		"household.split":     {"members": []any{}},
		"life.head":           {"members": go2, "new_head": people[0].ID},
		"life.no_member":      {"members": []any{"nobody"}, "new_head": "nobody"},
		"household.split_all": {"members": ids(people), "new_head": people[0].ID},
	} {
		c.refused(c.cadre, code, roster.KindSplit, h, body)
	}
	a := c.do(c.cadre, roster.KindSplit, h, canon.Object{"members": go2, "new_head": people[2].ID})
	made := c.households(v)
	n := made[len(made)-1]
	for _, x := range made {
		if x.Head == people[2].Name && x.ID != h.ID {
			n = x
		}
	}
	if got, _ := n.Present(); len(got) != 2 || n.Owner != h.Owner || n.Facts[roster.FactKind] != h.Facts[roster.FactKind] {
		t.Fatalf("the new household: %+v", n)
	}
	c.recount()
	if got := c.back(c.cadre, a); got.Outcome != act.Accepted {
		t.Fatal(got.Reason)
	}
	if c.print(h.ID) != before || c.load(n.ID).State != roster.Withdrawn {
		t.Errorf("split taken back:\n%s\n%s", c.print(h.ID), before)
	}
	c.recount()
	h, other := c.load(h.ID), c.some(v, 2, h.ID)
	otherBefore := c.print(other.ID)
	c.refused(c.cadre, "household.merge_self", roster.KindMerge, h, canon.Object{"into": h.ID, "into_rev": h.Rev})
	c.refused(c.cadre, "life.relation", roster.KindMerge, h, canon.Object{"into": other.ID, "into_rev": other.Rev})
	c.refused(c.cadre, "household.stale", roster.KindMerge, h, canon.Object{"into": other.ID, "into_rev": other.Rev + 5})
	merged := c.do(c.cadre, roster.KindMerge, h, canon.Object{"into": other.ID, "into_rev": other.Rev, "relations": canon.Object{people[0].ID: "sibling"}})
	if got := c.load(h.ID); got.State != roster.Merged || got.Problems != 0 || got.Doubts != 0 {
		t.Errorf("after the merge: %s, %d problems, %d doubts", got.State, got.Problems, got.Doubts)
	}
	c.refused(c.cadre, "household.not_active", roster.KindBirth, c.load(h.ID), baby("甲"))
	c.recount()
	if got := c.back(c.cadre, merged); got.Outcome != act.Accepted || c.print(h.ID) != before || c.print(other.ID) != otherBefore {
		t.Errorf("merge taken back: %s\n%s\n%s\n%s\n%s", got.Reason, c.print(h.ID), before, c.print(other.ID), otherBefore)
	}
	c.recount()
	h, other = c.load(h.ID), c.load(other.ID)
	c.refused(c.cadre, "life.same_household", roster.KindLeave, h, canon.Object{"member": people[1].ID, "to": h.ID, "to_rev": h.Rev, "to_relation": "spouse"})
	left := c.do(c.cadre, roster.KindLeave, h, canon.Object{"member": people[1].ID, "to": other.ID, "to_rev": other.Rev, "to_relation": "son_wife"})
	c.recount()
	if got := c.back(c.cadre, left); got.Outcome != act.Accepted || c.print(h.ID) != before || c.print(other.ID) != otherBefore {
		t.Errorf("leaving taken back: %s", got.Reason)
	}
}

func ids(people []roster.Person) []any {
	out := []any{}
	for _, p := range people {
		out = append(out, p.ID)
	}
	return out
}

// moves: a household with problems moves to another village and back; the ledger as of an earlier report still finds them where they were.
func (c *alive) moves(t *testing.T, v string) {
	var h *roster.Household
	for _, x := range c.households("") {
		if x.Problems > 0 {
			h = x
		}
	}
	if h == nil {
		t.Fatal("no household has a problem")
	}
	var to string
	for _, x := range c.households("") {
		if duty.VillageOf(x.Area) != duty.VillageOf(h.Area) {
			to = duty.VillageOf(x.Area)
		}
	}
	before := c.print(h.ID)
	from := duty.VillageOf(h.Area)
	found := func(area, asOf string) int {
		list, _, err := problem.List(t.Context(), c.DB, c.Code, duty.Everything(c.Code), problem.Filter{Area: area, AsOf: asOf, Limit: 5000})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range list {
			if p.Household == h.Key {
				n++
			}
		}
		return n
	}
	there := found(from, "")
	c.clock.Set(c.clock.Now() + 24*3600*1000) // the report of 18 September is out
	if err := c.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	printed := c.report("2022-09-18")
	c.refused(c.cadre, "household.move_nowhere", roster.KindMove, c.some(v, 1), canon.Object{"area": c.some(v, 1).Area})
	c.refused(c.cadre, "area.not_found", roster.KindMove, c.some(v, 1), canon.Object{"area": "411624999999"})
	c.refused(c.cadre, "household.move_level", roster.KindMove, c.some(v, 1), canon.Object{"area": duty.TownshipOf(v)})
	c.refused(c.cadre, "household.move_outside", roster.KindMove, c.some(v, 1), canon.Object{"area": c.households("")[0].Area})
	a := c.do(c.office, roster.KindMove, h, canon.Object{"area": to})
	if got := []int{found(from, ""), found(to, ""), found(from, "2022-09-18"), found(to, "2022-09-18")}; !slices.Equal(got, []int{0, there, there, 0}) {
		t.Errorf("problems here, there, here then, there then: %v of %d", got, there)
	}
	if again := c.report("2022-09-18"); again != printed {
		t.Error("the report of an earlier day changes when a household moves")
	}
	c.recount()
	if got := c.back(c.office, a); got.Outcome != act.Accepted || c.print(h.ID) != before {
		t.Errorf("move taken back: %s\n%s\n%s", got.Reason, c.print(h.ID), before)
	}
	c.recount()
}

func (c *alive) cancelAndCorrect(t *testing.T, v string) {
	h := c.some(v, 1)
	for _, x := range c.households(v) {
		if x.Problems > 0 {
			c.refused(c.cadre, "household.cancel_open", roster.KindCancel, x, canon.Object{"why": "wrong", "reason": "重复登记的户"})
		} else {
			h = x
		}
	}
	before := c.print(h.ID)
	c.refused(c.cadre, "household.cancel_why", roster.KindCancel, h, canon.Object{"why": "because", "reason": "重复登记的户"})
	c.refused(c.cadre, "life.reason", roster.KindCancel, h, canon.Object{"why": "wrong", "reason": "错"})
	a := c.do(c.cadre, roster.KindCancel, h, canon.Object{"why": "wrong", "reason": "重复登记的户"})
	if c.load(h.ID).State != roster.StruckOff {
		t.Error("not struck off")
	}
	c.recount()
	if got := c.back(c.cadre, a); got.Outcome != act.Accepted || c.print(h.ID) != before {
		t.Errorf("cancel taken back: %s", got.Reason)
	}
	h = c.load(h.ID)
	people, _ := h.Present()
	c.refused(c.cadre, "household.correct", roster.KindCorrect, h, canon.Object{"names": canon.Object{people[0].ID: people[0].Name}})
	c.refused(c.cadre, "household.number", roster.KindCorrect, h, canon.Object{"number": "<b>"})
	c.refused(c.cadre, "household.number_taken", roster.KindCorrect, h, canon.Object{"number": c.some(v, 1, h.ID).Number})
	a = c.do(c.cadre, roster.KindCorrect, h, canon.Object{"number": "999900001", "names": canon.Object{people[0].ID: "更正名"}, "m": canon.Object{people[0].ID: canon.Object{"state": "present"}}})
	if now := c.load(h.ID); now.Head != "更正名" || now.Number != "999900001" {
		t.Errorf("corrected: %s %s", now.Head, now.Number)
	}
	if got := c.back(c.cadre, a); got.Outcome != act.Accepted || c.print(h.ID) != before {
		t.Errorf("correction taken back: %s", got.Reason)
	}
}

// anyVillageMerged: the village of a household with problems goes into its neighbour; earlier acts there are built upon.
func (c *alive) anyVillageMerged(t *testing.T) {
	byTown := map[string]map[string]bool{}
	var from, into string
	for _, h := range c.households("") {
		town, v := duty.TownshipOf(h.Area), duty.VillageOf(h.Area)
		if byTown[town] == nil {
			byTown[town] = map[string]bool{}
		}
		byTown[town][v] = true
		if town == c.township.Area || len(byTown[town]) < 2 {
			continue
		}
		for other := range byTown[town] {
			if other != v {
				from, into = min(v, other), max(v, other)
			}
		}
	}
	h := c.households(from)[0]
	a := c.do(c.office, roster.KindBirth, h, baby("并村前"))
	c.do(c.office, roster.KindMergeVillage, &roster.Household{ID: from}, canon.Object{"into": into, "reason": "县政〔2022〕5号批复"})
	c.recount()
	if got := c.back(c.office, a); got.Code != "life.built_on" || !strings.Contains(got.Reason, "并村") {
		t.Errorf("a birth before the merger: %s %s", got.Code, got.Reason)
	}
}

// villageMerged: nothing of a village is lost when it goes into its neighbour.
func (c *alive) villageMerged(t *testing.T) {
	from := c.cadre.Area
	into := ""
	for _, h := range c.households(duty.TownshipOf(from)) {
		if v := duty.VillageOf(h.Area); v != from {
			into = v
		}
	}
	h := &roster.Household{ID: from}
	body := canon.Object{"into": into, "reason": "乡政〔2022〕5号批复"}
	c.refused(c.cadre, "duty.forbidden", roster.KindMergeVillage, h, body)
	c.refused(c.township, "area.merge_self", roster.KindMergeVillage, h, canon.Object{"into": from, "reason": "乡政〔2022〕5号批复"})
	c.refused(c.township, "life.reason", roster.KindMergeVillage, h, canon.Object{"into": into})
	c.refused(c.township, "area.merge", roster.KindMergeVillage, h, canon.Object{"into": duty.TownshipOf(from), "reason": "乡政〔2022〕5号批复"})
	owner := c.cadre.Post
	if err := c.give(from, owner); err != nil {
		t.Fatal(err)
	}
	mine, theirs := len(c.households(from)), len(c.households(into))
	c.do(c.township, roster.KindMergeVillage, h, body)
	now := c.households(into)
	if len(c.households(from)) != 0 || len(now) != mine+theirs {
		t.Errorf("%d and %d households became %d", mine, theirs, len(now))
	}
	owned := 0
	for _, x := range now {
		if x.Owner == owner {
			owned++
		}
	}
	if owned != mine {
		t.Errorf("%d of %d tasks are left", owned, mine)
	}
	if by := c.actor("village"); by.Area != into {
		t.Errorf("the cadre's post covers %s, not %s", by.Area, into)
	}
	c.refused(c.township, "area.ended", roster.KindMergeVillage, h, body)
	c.refused(c.township, "area.ended", roster.KindMove, now[0], canon.Object{"area": from})
	names, err := duty.AllAreas(t.Context(), c.DB, c.Code)
	if err != nil || !slices.ContainsFunc(names, func(a duty.Area) bool { return a.Code == from }) {
		t.Errorf("an ended village has no name: %v", err)
	}
}

// give hands the households of a village to a post, as the tasks' act will; the counts follow.
func (c *alive) give(area, post string) error {
	return c.DB.Write(c.t.Context(), func(tx *database.Tx) error {
		var counts tally.Batch
		days := tally.Days{Reported: "2022-09-19", Done: "2022-09-19"}
		for _, h := range c.households(area) {
			if _, err := tx.Exec(c.t.Context(), "UPDATE households SET owner = $1 WHERE county = $2 AND key = $3", post, c.Code, h.Key); err != nil {
				return err
			}
			if h.Owner == "" {
				counts.Add(area, roster.MeasureOwned, "", days, 1)
			} else {
				counts.Add(area, roster.MeasureOwned, h.Owner, days, -1)
			}
			counts.Add(area, roster.MeasureOwned, post, days, 1)
		}
		return counts.Fold(c.t.Context(), tx, c.Code)
	})
}
