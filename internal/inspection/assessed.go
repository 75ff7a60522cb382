package inspection

import (
	"context"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
)

// Assessed opens and lifts doubts when the register itself changes. What a rule would call a
// problem on a signed sheet is only a doubt here: nobody has looked yet.
func (m Room) Assessed(ctx context.Context, s *act.Step, loaded *campaign.Loaded, h *roster.Household, out assess.Outcome) error {
	today := clock.Day(s.Act.ReceivedAt)
	people, _ := h.Present()
	memberOf := func(i int) string {
		if i < 0 || i >= len(people) {
			return ""
		}
		return people[i].ID
	}
	var open []Doubt
	fresh := h.Rev == 1 && h.Key >= ident.Key(s.Act.Index, 0)
	if !fresh { // a household that has just come in has no doubts yet
		var err error
		if open, err = openDoubts(ctx, s.Tx, s.Act.County, h.Key); err != nil {
			return err
		}
	}
	held := map[string]bool{}
	raised := map[string]bool{}
	all := make([]assess.Raised, 0, len(out.Doubts)+len(out.Problems))
	all = append(append(all, out.Doubts...), out.Problems...)
	for _, r := range all {
		raised[key(r.Rule, memberOf(r.Member))] = true
	}
	w := &writing{prepared: &prepared{loaded: loaded}}
	for _, d := range open {
		k := key(d.Rule, d.Member)
		held[k] = true
		if raised[k] || (w.outsideRules(d.Rule) && h.State == roster.Active) {
			continue
		}
		if err := closeDoubt(ctx, s, h, d, Gone, "", today); err != nil {
			return err
		}
	}
	var refutedBefore map[string]bool
	if !fresh {
		var err error
		if refutedBefore, err = refuted(ctx, s.Tx, s.Act.County, h.Key); err != nil {
			return err
		}
	}
	if h.Problems > 0 { // what is in the ledger already needs no question
		ledger, err := problem.OfHousehold(ctx, s.Tx, s.Act.County, h.Key)
		if err != nil {
			return err
		}
		for _, p := range ledger {
			held[key(p.Rule, p.Member)] = held[key(p.Rule, p.Member)] || p.State.Open()
		}
	}
	for _, r := range all {
		member := memberOf(r.Member)
		if held[key(r.Rule, member)] || refutedBefore[key(r.Rule, member)+"\x00"+r.Say] {
			continue
		}
		s.Serial++
		d := Doubt{Rule: r.Rule, Member: member, Say: r.Say, Item: r.Item, Sensitive: r.Sensitive}
		if _, err := m.insert(ctx, s, h, d, s.Serial, today); err != nil {
			return err
		}
	}
	return nil
}

// Shared opens the doubt of a group rule on one of the households that share a value, unless it is
// open already or the same sentence was refuted before.
func (m Room) Shared(ctx context.Context, s *act.Step, rule pack.Rule, found assess.Shared, h *roster.Household, member string) error {
	known, err := DoubtsOf(ctx, s.Tx, s.Act.County, h.Key)
	if err != nil {
		return err
	}
	for _, d := range known {
		if d.Rule == rule.ID && d.Member == member && (d.State == Open || d.State == Refuted) {
			return nil
		}
	}
	s.Serial++
	d := Doubt{Rule: rule.ID, Member: member, Say: found.Say, Item: rule.Item, Sensitive: rule.Sensitive}
	if _, err := m.insert(ctx, s, h, d, s.Serial, clock.Day(s.Act.ReceivedAt)); err != nil {
		return err
	}
	return m.Roster.AddOpen(ctx, s, h.Key, 0, 1)
}

// Lifted closes the open doubt of a group rule on a household that shares nothing any more.
func (m Room) Lifted(ctx context.Context, s *act.Step, rule pack.Rule, h *roster.Household, member string) error {
	open, err := openDoubts(ctx, s.Tx, s.Act.County, h.Key)
	if err != nil {
		return err
	}
	for _, d := range open {
		if d.Rule != rule.ID || d.Member != member {
			continue
		}
		if err := closeDoubt(ctx, s, h, d, Gone, "", clock.Day(s.Act.ReceivedAt)); err != nil {
			return err
		}
		return m.Roster.AddOpen(ctx, s, h.Key, 0, -1)
	}
	return nil
}
