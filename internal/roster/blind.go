package roster

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/pack"
)

// blindValue is a sensitive value of one household or member under which it is found without being read.
type blindValue struct {
	fact  string
	blind string
	ord   int
}

const ofHousehold = -1

func groupPath(g *pack.Group) string {
	if g.Over == "person" {
		return "m." + g.By
	}
	return "h." + g.By
}

// blindsOf returns a household's values of the facts that are found blind.
func (s Store) blindsOf(sens Sensitive, h *Household) map[blindValue]bool {
	out := map[blindValue]bool{}
	if h.State != Active {
		return out
	}
	for _, path := range sens.blind {
		root, code, _ := strings.Cut(path, ".")
		add := func(facts assess.Facts, ord int) {
			if v, ok := facts[code]; ok && v != "" {
				text := fmt.Sprint(v)
				out[blindValue{path, string(s.Keys.Blind(path, text)), ord}] = true
				if path == pathID && len(text) > 4 {
					out[blindValue{pathTail, string(s.Keys.Blind(pathTail, strings.ToUpper(text[len(text)-4:]))), ord}] = true
				}
			}
		}
		if root == "h" {
			add(h.Facts, ofHousehold)
			continue
		}
		for i := range h.Members {
			if !h.Members[i].Gone {
				add(h.Members[i].Facts, h.Members[i].Ord)
			}
		}
	}
	return out
}

// saveBlinds keeps blind_values true; most saves change none.
func (s Store) saveBlinds(ctx context.Context, st *act.Step, sens Sensitive, h *Household) error {
	now := s.blindsOf(sens, h)
	if maps.Equal(now, h.blinds) && h.blinds != nil {
		return nil
	}
	if h.Rev > 1 {
		if _, err := st.Tx.Exec(ctx, deleteBlinds, s.County, h.Key); err != nil {
			return err
		}
	}
	sorted := slices.SortedFunc(maps.Keys(now), func(a, b blindValue) int {
		return cmp.Or(cmp.Compare(a.fact, b.fact), cmp.Compare(a.ord, b.ord), cmp.Compare(a.blind, b.blind))
	})
	for _, v := range sorted {
		if _, err := st.Tx.Exec(ctx, insertBlind, s.County, v.fact, []byte(v.blind), h.Key, v.ord); err != nil {
			return err
		}
	}
	return nil
}

// Remember notes what is found blind of a household as loaded, so that Save can tell whether it changed.
func (s Store) Remember(sens Sensitive, h *Household) { h.blinds = s.blindsOf(sens, h) }

// Shared is told, inside the act, of a value that a group rule finds in more households than allowed.
type Shared func(ctx context.Context, s *act.Step, rule pack.Rule, found assess.Shared, h *Household, member string) error

// compareAll asks the pack's group rules over the whole register; only values that several
// households bear are opened.
func (a *applying) compareAll(ctx context.Context) error {
	if a.desk.Shared == nil {
		return nil
	}
	for _, rule := range a.loaded.Pack.Rules {
		if rule.Group == nil {
			continue
		}
		blinds, err := a.sharedBlinds(ctx, groupPath(rule.Group), rule.Group.MoreThan)
		if err != nil {
			return err
		}
		for _, b := range blinds {
			if err := a.compareOne(ctx, rule, b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *applying) sharedBlinds(ctx context.Context, path string, moreThan int) ([][]byte, error) {
	rows, err := a.step.Tx.Query(ctx, sharedBlinds, a.step.Act.County, path, moreThan)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (b []byte, err error) {
		err = r.Scan(&b)
		return bytes.Clone(b), err
	})
}

// compareOne opens the households that share one value and lets the engine judge them by the rule.
func (a *applying) compareOne(ctx context.Context, rule pack.Rule, blind []byte) error {
	path := groupPath(rule.Group)
	keys, err := keysOf(a.step.Tx.Query(ctx, keysByBlind, a.step.Act.County, path, blind))
	if err != nil {
		return err
	}
	const most = 200 // a value that more share is a placeholder, not a person's
	if len(keys) > most {
		keys = keys[:most]
	}
	households := map[string]*Household{}
	var rows []assess.Row
	for _, k := range keys {
		h, err := a.desk.Store.Load(ctx, a.step.Tx, k)
		if err != nil {
			return err
		}
		households[h.ID] = h
		if rule.Group.Over != "person" {
			rows = append(rows, assess.Row{Household: h.ID, Facts: h.Facts})
			continue
		}
		for _, p := range h.Members {
			if v, ok := p.Facts[rule.Group.By]; ok && !p.Gone && bytes.Equal(a.desk.Store.Keys.Blind(path, fmt.Sprint(v)), blind) {
				rows = append(rows, assess.Row{Household: h.ID, Person: p.ID, Facts: p.Facts})
			}
		}
	}
	found, err := a.loaded.Engine.Group(rule.ID, a.today, slices.Values(rows))
	if err != nil {
		return err
	}
	for _, f := range found {
		for _, r := range rows {
			if !slices.Contains(f.Households, r.Household) || (r.Person != "" && !slices.Contains(f.Persons, r.Person)) {
				continue
			}
			if err := a.desk.Shared(ctx, a.step, rule, f, households[r.Household], r.Person); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadedOf is where a Desk finds the engine for an act.
func (d *Desk) loadedOf(ctx context.Context, s *act.Step) (*campaign.Loaded, string, error) {
	l, err := d.Book.Loaded(ctx, s.Tx, s.Act.Pack)
	return l, clock.Day(s.Act.ReceivedAt), err
}
