package roster

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/clock"
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

// seen is a value in clear that is found blind.
type seen struct {
	path, text string
	ord        int
}

// blindsOf returns a household's values of the facts that are found blind.
func (s Store) blindsOf(values []seen) map[blindValue]bool {
	out := make(map[blindValue]bool, 2*len(values))
	for _, v := range values {
		out[blindValue{v.path, string(s.Keys.Blind(v.path, v.text)), v.ord}] = true
		if v.path == pathID && len(v.text) > 4 {
			out[blindValue{pathTail, string(s.Keys.Blind(pathTail, strings.ToUpper(v.text[len(v.text)-4:]))), v.ord}] = true
		}
	}
	return out
}

// found returns a household's values of the facts that are found blind, in clear.
func (h *Household) found(sens Sensitive) []seen {
	var out []seen
	if h.State != Active {
		return out
	}
	for _, path := range sens.blind {
		root, code, _ := strings.Cut(path, ".")
		add := func(facts assess.Facts, ord int) {
			switch v := facts[code].(type) {
			case nil:
			case string:
				if v != "" {
					out = append(out, seen{path, v, ord})
				}
			default:
				out = append(out, seen{path, fmt.Sprint(v), ord})
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

// saveBlinds keeps blind_values true.
func (s Store) saveBlinds(ctx context.Context, st *act.Step, h *Household, c blindChange) error {
	if !c.write {
		return nil
	}
	if h.Rev > 1 {
		if err := st.Tx.Put(ctx, deleteBlinds, s.County, h.Key); err != nil {
			return err
		}
	}
	for _, v := range c.now {
		if err := st.Tx.Put(ctx, insertBlind, s.County, v.fact, []byte(v.blind), h.Key, v.ord); err != nil {
			return err
		}
	}
	return nil
}

func sortedBlinds(set map[blindValue]bool) []blindValue {
	return slices.SortedFunc(maps.Keys(set), func(a, b blindValue) int {
		return cmp.Or(cmp.Compare(a.fact, b.fact), cmp.Compare(a.ord, b.ord), cmp.Compare(a.blind, b.blind))
	})
}

// loadedOf is where a Desk finds the engine for an act: the pack in force, when the act was written under it or one that it
// was amended from; else the act's own.
func (d *Desk) loadedOf(ctx context.Context, s *act.Step) (*campaign.Loaded, string, error) {
	today := clock.Day(s.Act.ReceivedAt)
	if l, err := d.Book.Successor(ctx, s.Tx, s.Act.Pack); err != nil || l != nil {
		return l, today, err
	}
	l, err := d.Book.Loaded(ctx, s.Tx, s.Act.Pack)
	return l, today, err
}
