package roster

import (
	"context"
	"database/sql"
	"maps"
	"reflect"
	"slices"

	"gonggu/internal/act"
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

// Whole is ByID for whoever changes no map of the household in place, but puts another in its stead: it is cheaper by a copy of each.
func (s Store) Whole(ctx context.Context, r database.Reader, id string) (*Household, error) {
	h, idx, err := s.read(ctx, r, r.QueryRow(ctx, readHouseholdByID, s.County, id))
	if err != nil {
		return nil, err
	}
	was := &stored{idx: idx, household: *h}
	was.household.Members = slices.Clone(h.Members)
	h.was = was
	return h, nil
}

// WholeMany is Whole of many households at once, by id; those that are not there are left out.
func (s Store) WholeMany(ctx context.Context, r database.Reader, ids []string) (map[string]*Household, error) {
	out, byKey := make(map[string]*Household, len(ids)), make(map[int64]*Household, len(ids))
	w := &database.Where{}
	text, args := w.And("county = ?", s.County).And("id IN ("+database.In(len(ids))+")", database.Anys(ids)...).SQL(readHouseholds, "")
	rows, err := r.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		h, idx, err := s.scan(rows)
		if err != nil {
			return nil, err
		}
		h.was = &stored{idx: idx}
		out[h.ID], byKey[h.Key] = h, h
	}
	if err := rows.Err(); err != nil || len(byKey) == 0 {
		return out, err
	}
	w = &database.Where{}
	text, args = w.And("county = ?", s.County).And("household IN ("+database.In(len(byKey))+")", database.Anys(slices.Collect(maps.Keys(byKey)))...).SQL(membersOfMany, "ORDER BY household, ord")
	if err := s.members(ctx, r, func(key int64) *Household { return byKey[key] }, text, args...); err != nil {
		return nil, err
	}
	for _, h := range byKey {
		h.was.household = *h
		h.was.household.Members = slices.Clone(h.Members)
	}
	return out, nil
}

// placed reports whether every column of the household's own row that an index has is as stored.
func (h *Household) placed() bool {
	if h.was == nil {
		return false
	}
	w := &h.was.household
	return h.Area == w.Area && h.Number == w.Number && h.Head == w.Head && h.Source == w.Source && h.State == w.State
}

// ownSame reports whether everything in the household's own row that costs work to write is as stored.
func (h *Household) ownSame() bool {
	if !h.placed() {
		return false
	}
	w := &h.was.household
	return len(h.Members) == len(w.Members) && slices.Equal(h.Classes, w.Classes) && sameFacts(h.Facts, w.Facts) && maps.Equal(h.Sources, w.Sources) && maps.Equal(h.Kept, w.Kept)
}

// memberPlaced reports whether every column of a member's row that an index has is as stored.
func (h *Household) memberPlaced(i int) bool {
	if h.was == nil || h.was.emptied || i >= len(h.was.household.Members) || h.Area != h.was.household.Area {
		return false
	}
	p, w := &h.Members[i], &h.was.household.Members[i]
	return p.Ord == w.Ord && p.ID == w.ID && p.Number == w.Number && p.Name == w.Name && p.Relation == w.Relation && p.Gone == w.Gone
}

// memberSame reports whether a member's row is as stored.
func (h *Household) memberSame(i int) bool {
	if !h.memberPlaced(i) {
		return false
	}
	p, w := &h.Members[i], &h.was.household.Members[i]
	return sameFacts(p.Facts, w.Facts) && maps.Equal(p.Sources, w.Sources)
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

// lately is what else may have changed in a household's row while its facts stayed as they were.
type lately struct {
	idx, problems, doubts   int64
	owner, missed, missedOn string
}

// lateliesKey is where a batch keeps what ReadLately found.
const lateliesKey = "roster/lately"

func latelies(st *act.Step) map[int64]lately {
	m, _ := act.Remember(st, lateliesKey, func() (map[int64]lately, error) { return map[int64]lately{}, nil })
	return m
}

// forget drops what was read ahead of a household: an act of this batch writes its row.
func forget(st *act.Step, key int64) { delete(latelies(st), key) }

// ReadLately reads for many households at once what Fresh will ask of each. Whoever writes such a row in the same batch forgets it.
func (s Store) ReadLately(ctx context.Context, st *act.Step, households []*Household) error {
	const most = 200
	known := latelies(st)
	for len(households) > 0 {
		n := min(len(households), most)
		keys := make([]any, n)
		for i, h := range households[:n] {
			keys[i] = h.Key
		}
		w := &database.Where{}
		text, args := w.And("county = ?", s.County).And("key IN ("+database.In(n)+")", keys...).SQL(readLatelies, "")
		rows, err := st.Tx.Query(ctx, text, args...)
		if err != nil {
			return err
		}
		_, err = database.Collect(rows, func(r *sql.Rows) (struct{}, error) {
			var key int64
			var l lately
			err := r.Scan(&key, &l.idx, &l.problems, &l.doubts, &l.owner, &l.missed, &l.missedOn)
			known[key] = l
			return struct{}{}, err
		})
		if err != nil {
			return err
		}
		households = households[n:]
	}
	return nil
}

// Fresh returns a copy of a household that was loaded before, with the counts and the owner of now, when nothing
// else was written to its row since; nil when it must be loaded again. A copy: the lane may try a batch twice.
func (s Store) Fresh(ctx context.Context, st *act.Step, h *Household) (*Household, error) {
	if h.was == nil {
		return nil, nil
	}
	known := latelies(st)
	l, ok := known[h.Key]
	delete(known, h.Key) // whoever asks for it is about to write it
	if !ok {
		if err := st.Tx.QueryRow(ctx, readLately, s.County, h.Key).Scan(&l.idx, &l.problems, &l.doubts, &l.owner, &l.missed, &l.missedOn); err != nil {
			return nil, err
		}
	}
	if l.idx != h.was.idx {
		return nil, nil
	}
	now := *h
	now.Problems, now.Doubts, now.Owner, now.Missed, now.MissedOn = l.problems, l.doubts, l.owner, l.missed, l.missedOn
	now.rowOwner, now.Members = now.Owner, slices.Clone(h.Members)
	return &now, nil
}
