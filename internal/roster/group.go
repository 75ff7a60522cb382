package roster

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// Shared is told, inside the act, of a value that a group rule finds in more households than allowed.
type Shared func(ctx context.Context, s *act.Step, rule pack.Rule, found assess.Shared, h *Household, member string) error

// Lifted is told, inside the act, that a group rule no longer finds anything against a household or its member.
type Lifted func(ctx context.Context, s *act.Step, rule pack.Rule, h *Household, member string) error

// Grouping asks the group rules again whenever one household's values change, so that what two households share is known on
// the day and not at the next import. An import asks them once, at its end.
type Grouping struct {
	Book   *campaign.Book
	Shared Shared
	Lifted Lifted
}

// comparing is one round of the group rules.
type comparing struct {
	store  Store
	loaded *campaign.Loaded
	step   *act.Step
	today  string
	shared Shared
	lifted Lifted
}

// changed asks the rules that look at the values that came to a household or left it. It is called after the household is written.
func (g *Grouping) changed(ctx context.Context, st *act.Step, store Store, h *Household, values []blindValue) error {
	if g == nil || g.Shared == nil || len(values) == 0 {
		return nil
	}
	_, loaded, err := g.Book.Current(ctx, st.Tx)
	if errs.Code(err) == campaign.ErrNone.Code {
		return nil // nobody inspects yet; the next import compares everything
	}
	if err != nil {
		return err
	}
	c := &comparing{store: store, loaded: loaded, step: st, today: clock.Day(st.Act.ReceivedAt), shared: g.Shared, lifted: g.Lifted}
	for _, v := range values {
		for _, rule := range loaded.Pack.Rules {
			if rule.Group == nil || groupPath(rule.Group) != v.fact {
				continue
			}
			if err := c.one(ctx, rule, []byte(v.blind), h); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareAll asks the pack's group rules over the whole register; only values that several
// households bear are opened.
func (a *applying) compareAll(ctx context.Context) error {
	if a.desk.Shared == nil {
		return nil
	}
	c := &comparing{store: a.store, loaded: a.loaded, step: a.step, today: a.today, shared: a.desk.Shared}
	for _, rule := range a.loaded.Pack.Rules {
		if rule.Group == nil {
			continue
		}
		blinds, err := c.sharedBlinds(ctx, rule.Group)
		if err != nil {
			return err
		}
		for _, b := range blinds {
			if err := c.one(ctx, rule, b, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *comparing) sharedBlinds(ctx context.Context, g *pack.Group) ([][]byte, error) {
	q := sharedBlinds
	if g.Distinct == "person" {
		q = sharedByPersons
	}
	rows, err := c.step.Tx.Query(ctx, q, c.step.Act.County, groupPath(g), g.MoreThan)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (b []byte, err error) {
		err = r.Scan(&b)
		return bytes.Clone(b), err
	})
}

// one opens the households that share one value and lets the engine judge them by the rule. changed is the household whose
// values just changed: who is not found any more is told so.
func (c *comparing) one(ctx context.Context, rule pack.Rule, blind []byte, changed *Household) error {
	keys, err := keysOf(c.step.Tx.Query(ctx, keysByBlind, c.step.Act.County, groupPath(rule.Group), blind))
	if err != nil {
		return err
	}
	const most = 200 // a value that more share is a placeholder, not a person's
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	if len(keys) > most {
		keys = keys[:most]
	}
	households, rows, err := c.bearers(ctx, rule, blind, keys)
	if err != nil {
		return err
	}
	found, err := c.loaded.Engine.Group(rule.ID, c.today, slices.Values(rows))
	if err != nil {
		return err
	}
	hit := map[string]bool{}
	for _, f := range found {
		for _, r := range rows {
			if !slices.Contains(f.Households, r.Household) || (r.Person != "" && !slices.Contains(f.Persons, r.Person)) {
				continue
			}
			hit[r.Household+"/"+r.Person] = true
			if err := c.shared(ctx, c.step, rule, f, households[r.Household], r.Person); err != nil {
				return err
			}
		}
	}
	if changed == nil || c.lifted == nil {
		return nil
	}
	return c.lift(ctx, rule, changed, households, rows, hit)
}

// bearers returns the rows that bear a value, and their households by id, in the order of the keys.
func (c *comparing) bearers(ctx context.Context, rule pack.Rule, blind []byte, keys []int64) (map[string]*Household, []assess.Row, error) {
	path := groupPath(rule.Group)
	households := map[string]*Household{}
	var rows []assess.Row
	for _, k := range keys {
		h, err := c.store.Load(ctx, c.step.Tx, k)
		if err != nil {
			return nil, nil, err
		}
		households[h.ID] = h
		if rule.Group.Over != "person" {
			rows = append(rows, assess.Row{Household: h.ID, Facts: h.Facts})
			continue
		}
		for _, p := range h.Members {
			if v, ok := p.Facts[rule.Group.By]; ok && !p.Gone && bytes.Equal(c.store.Keys.Blind(path, fmt.Sprint(v)), blind) {
				rows = append(rows, assess.Row{Household: h.ID, Person: p.ID, Facts: p.Facts})
			}
		}
	}
	return households, rows, nil
}

// lift tells of everybody who bears the value and is not found, and of the changed household's members who bear it no more.
func (c *comparing) lift(ctx context.Context, rule pack.Rule, changed *Household, households map[string]*Household, rows []assess.Row, hit map[string]bool) error {
	bears := map[string]bool{}
	for _, r := range rows {
		bears[r.Household+"/"+r.Person] = true
		if hit[r.Household+"/"+r.Person] {
			continue
		}
		if err := c.lifted(ctx, c.step, rule, households[r.Household], r.Person); err != nil {
			return err
		}
	}
	members := []string{""}
	if rule.Group.Over == "person" {
		members = members[:0]
		for _, p := range changed.Members {
			members = append(members, p.ID)
		}
	}
	for _, id := range members {
		if bears[changed.ID+"/"+id] || c.bearsAnother(rule, changed, id) {
			continue
		}
		if err := c.lifted(ctx, c.step, rule, changed, id); err != nil {
			return err
		}
	}
	return nil
}

// bearsAnother reports whether the household, or one of its members, now has a value of the rule's fact: then that value,
// which changed too or never did, decides.
func (c *comparing) bearsAnother(rule pack.Rule, h *Household, member string) bool {
	if h.State != Active {
		return false
	}
	if member == "" {
		v, ok := h.Facts[rule.Group.By]
		return ok && v != ""
	}
	i := slices.IndexFunc(h.Members, func(p Person) bool { return p.ID == member && !p.Gone })
	if i < 0 {
		return false
	}
	v, ok := h.Members[i].Facts[rule.Group.By]
	return ok && v != ""
}
