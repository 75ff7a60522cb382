package roster

import (
	"maps"
	"slices"
	"strings"

	"gonggu/internal/canon"
)

// rows are a household's rows as Save writes them. To make them costs as much as to write them and needs no order.
type rows struct {
	same    bool // the household's own row costs nothing to keep
	size    int64
	kind    string
	watched string // the kind of household that is monitored
	classes string
	own     encoded
	members []memberRow
	blinds  blindChange
}

// encoded is the open and the sealed half of a row.
type encoded struct {
	facts string
	box   []byte
}

type memberRow struct {
	same bool
	encoded
}

// blindChange is what becomes of a household's blind values.
type blindChange struct {
	write   bool
	now     []blindValue
	changed []blindValue // those that came or went
}

// Ready makes the rows of a household ahead of Save, which takes them as they are: after it nothing of the household but its
// revision, sheet, days, counts and owner may change.
func (s Store) Ready(sens Sensitive, h *Household) (err error) {
	h.ready, err = s.rowsOf(sens, h)
	return err
}

// Adopt takes over what another copy of the same household has learned, with its rows when they are ready.
func (h *Household) Adopt(l *Household) {
	h.Facts, h.Sources, h.Members, h.Classes, h.ready = l.Facts, l.Sources, l.Members, l.Classes, l.ready
}

func (s Store) rowsOf(sens Sensitive, h *Household) (*rows, error) {
	r := &rows{same: h.ownSame(), members: make([]memberRow, len(h.Members))}
	if r.size, _ = h.Facts[FactSize].(int64); r.size == 0 {
		people, _ := h.Present()
		r.size = int64(len(people))
	}
	differ := !r.same
	if differ {
		if err := s.encodeOwn(sens, h, r); err != nil {
			return nil, err
		}
	}
	for i := range h.Members {
		if r.members[i].same = h.memberSame(i); r.members[i].same {
			continue
		}
		differ = true
		p := &h.Members[i]
		open, secret := split(p.Facts, p.Sources, sens.m)
		var err error
		if r.members[i].encoded, err = s.encode("person", p.ID, open, secret); err != nil {
			return nil, err
		}
	}
	if differ {
		r.blinds = s.blindChange(sens, h)
	}
	return r, nil
}

func (s Store) encodeOwn(sens Sensitive, h *Household, r *rows) (err error) {
	open, secret := split(h.Facts, h.Sources, sens.h)
	if len(h.Kept) > 0 {
		secret["kept"] = h.Kept
	}
	plain, sealed := sens.splitClasses(h.Classes)
	if len(sealed) > 0 {
		secret["classes"] = sealed
	}
	r.kind, _ = h.Facts[FactKind].(string)
	r.watched, _ = h.Facts[FactMonitored].(string)
	r.classes = strings.Join(plain, ",")
	r.own, err = s.encode("household", h.ID, open, secret)
	return err
}

func (s Store) encode(kind, id string, open, secret canon.Object) (encoded, error) {
	facts, err := canon.Marshal(open)
	if err != nil {
		return encoded{}, err
	}
	if len(secret) == 0 {
		return encoded{string(facts), []byte{}}, nil
	}
	plain, err := canon.Marshal(secret)
	if err != nil {
		return encoded{}, err
	}
	return encoded{string(facts), s.Keys.Seal(place(kind, s.County, id), plain)}, nil
}

// blindChange tells how blind_values stays true; most changes of a household change none.
func (s Store) blindChange(sens Sensitive, h *Household) blindChange {
	values := h.found(sens)
	var before map[blindValue]bool
	if h.was != nil {
		old := h.was.household.found(sens)
		if slices.Equal(values, old) {
			return blindChange{}
		}
		before = s.blindsOf(old)
	}
	now := s.blindsOf(values)
	if before != nil && maps.Equal(now, before) {
		return blindChange{}
	}
	changed := map[blindValue]bool{}
	for v := range now {
		changed[v] = !before[v]
	}
	for v := range before {
		changed[v] = changed[v] || !now[v]
	}
	maps.DeleteFunc(changed, func(_ blindValue, differs bool) bool { return !differs })
	return blindChange{true, sortedBlinds(now), sortedBlinds(changed)}
}
