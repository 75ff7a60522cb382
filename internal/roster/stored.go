package roster

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"gonggu/internal/assess"
	"gonggu/internal/database"
)

// stored is a household as its rows were when it was loaded, so that Save writes only what changed:
// most sheets say that nothing did. The maps are copies; whoever changes a household changes it in place.
type stored struct {
	idx       int64 // the act that wrote the row last
	household Household
	emptied   bool // the members' rows are deleted: all are written anew
}

// remember notes what the rows hold. Called once, when h has just been loaded.
func (h *Household) remember(idx int64) {
	w := &stored{idx: idx, household: *h}
	w.household.Facts, w.household.Sources, w.household.Kept = maps.Clone(h.Facts), maps.Clone(h.Sources), maps.Clone(h.Kept)
	w.household.Members = slices.Clone(h.Members)
	for i := range w.household.Members {
		m := &w.household.Members[i]
		m.Facts, m.Sources = maps.Clone(m.Facts), maps.Clone(m.Sources)
	}
	h.was = w
}

// ownSame reports whether everything in the household's own row that costs work to write is as stored.
func (h *Household) ownSame() bool {
	if h.was == nil {
		return false
	}
	w := &h.was.household
	return h.Area == w.Area && h.Number == w.Number && h.Head == w.Head && h.Source == w.Source && h.State == w.State && len(h.Members) == len(w.Members) &&
		slices.Equal(h.Classes, w.Classes) && sameFacts(h.Facts, w.Facts) && maps.Equal(h.Sources, w.Sources) && maps.Equal(h.Kept, w.Kept)
}

// memberSame reports whether a member's row is as stored.
func (h *Household) memberSame(i int) bool {
	if h.was == nil || h.was.emptied || i >= len(h.was.household.Members) || h.Area != h.was.household.Area {
		return false
	}
	p, w := &h.Members[i], &h.was.household.Members[i]
	return p.Ord == w.Ord && p.ID == w.ID && p.Number == w.Number && p.Name == w.Name && p.Relation == w.Relation && p.Gone == w.Gone &&
		sameFacts(p.Facts, w.Facts) && maps.Equal(p.Sources, w.Sources)
}

func sameFacts(a, b assess.Facts) bool {
	if len(a) != len(b) {
		return false
	}
	if reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() { // the very same map: nobody answered anything
		return true
	}
	for k, x := range a {
		y, ok := b[k]
		if !ok {
			return false
		}
		l, isList := x.([]string)
		m, wasList := y.([]string)
		if isList != wasList || (isList && !slices.Equal(l, m)) || (!isList && x != y) {
			return false
		}
	}
	return true
}

// Fresh returns a copy of a household that was loaded before, with the counts and the owner of now, when nothing
// else was written to its row since; nil when it must be loaded again. A copy: the lane may try a batch twice.
func (s Store) Fresh(ctx context.Context, r database.Reader, h *Household) (*Household, error) {
	if h.was == nil {
		return nil, nil
	}
	now := *h
	var idx int64
	err := r.QueryRow(ctx, readLately, s.County, h.Key).Scan(&idx, &now.Problems, &now.Doubts, &now.Owner, &now.Missed, &now.MissedOn)
	if err != nil || idx != h.was.idx {
		return nil, err
	}
	now.Members = slices.Clone(h.Members)
	return &now, nil
}
