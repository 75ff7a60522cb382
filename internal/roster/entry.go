package roster

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/assess"
	"gonggu/internal/canon"
	"gonggu/internal/ident"
)

// entry is a household that the register does not have yet, with what its rows hold written out and sealed.
type entry struct {
	h        *Household
	initials string
	plain    []string // the classes that stand in clear
	row      encoded
	members  []memberText
	blinds   []blindRow
}

type memberText struct {
	encoded
	initials string
}

// newcomer is the household that an incoming one becomes.
func (a *applying) newcomer(key int64, in *incoming) *Household {
	h := &Household{Key: key, ID: ident.Public("h", key), Area: in.Area, Number: in.Number, Head: in.Head, State: Active, Rev: 1,
		Facts: in.Facts, Sources: map[string]Source{}, Kept: in.Kept, Source: a.source}
	h.Members = make([]Person, len(in.Members))
	for i, m := range in.Members {
		rel, _ := m.Facts[FactRelation].(string)
		h.Members[i] = Person{Ord: i, ID: ident.Public("p", key) + "-" + strconv.Itoa(i), Number: m.Number, Name: m.Name, Relation: rel, Facts: m.Facts, Sources: map[string]Source{}}
	}
	return h
}

// write writes a new household's rows out, on any core.
func (a *applying) write(key int64, in *incoming, out assess.Outcome) (*entry, error) {
	h := a.newcomer(key, in)
	h.Classes = out.Classes
	e := &entry{h: h, initials: Initials(h.Head), members: make([]memberText, len(h.Members))}
	more := canon.Object{}
	var sealed []string
	if e.plain, sealed = a.sensitive.splitClasses(h.Classes); len(sealed) > 0 {
		more["classes"] = sealed
	}
	if len(h.Kept) > 0 {
		more["kept"] = h.Kept
	}
	var err error
	if e.row, err = a.rowText("household", h.ID, a.words.h, h.Facts, more); err != nil {
		return nil, err
	}
	for i := range h.Members {
		p, m := &h.Members[i], &e.members[i]
		m.initials = Initials(p.Name)
		if m.encoded, err = a.rowText("person", p.ID, a.words.m, p.Facts, nil); err != nil {
			return nil, err
		}
	}
	for v := range a.store.blindsOf(h.found(a.sensitive)) {
		fact, _ := slices.BinarySearch(a.pending.facts, v.fact)
		e.blinds = append(e.blinds, blindRow{[16]byte([]byte(v.blind)), key, int32(v.ord), int32(fact)})
	}
	return e, nil
}

// rowText is what Store.encode makes of facts that all come from the row's own source. The keys of more stand before "v".
func (a *applying) rowText(kind, id string, words wordList, facts assess.Facts, more canon.Object) (t encoded, err error) {
	open, hidden, err := words.halves([]byte(`{"v":`), nil, facts)
	if err != nil {
		return t, err
	}
	t = encoded{string(append(open, '}')), []byte{}}
	secret := []byte{'{'}
	for _, k := range []string{"classes", "kept"} {
		if v, ok := more[k]; ok {
			if secret, err = appendPair(secret, `"`+k+`":`, v); err != nil {
				return t, err
			}
		}
	}
	if !empty(hidden) {
		if len(secret) > 1 {
			secret = append(secret, ',')
		}
		secret = append(append(secret, `"v":`...), hidden...)
	}
	if secret = append(secret, '}'); !empty(secret) {
		t.box = a.store.Keys.Seal(place(kind, a.store.County, id), secret)
	}
	return t, nil
}

// admit enters a household that nobody in the register can be. What it writes is what Store.Save would.
func (a *applying) admit(ctx context.Context, e *evaluated) error {
	key := ident.Key(a.step.Act.Index, a.ordinal)
	a.ordinal++
	x := e.entry
	if x == nil || x.h.Key != key {
		var err error
		if x, err = a.write(key, e.in, e.outcome); err != nil {
			return err
		}
	}
	h, tx, county := x.h, a.step.Tx, a.store.County
	h.Area = e.in.Area // with the group that placeGroup gave it
	if err := a.pending.changes.add(ctx, tx, a.step.Act.County, a.step.Act.Index, h.Key, h.Rev, []byte{}); err != nil {
		return err
	}
	a.made.New++
	a.made.Persons += int64(len(h.Members))
	if err := a.tell(ctx, h, Was{}, e.outcome); err != nil {
		return err
	}
	size, _ := h.Facts[FactSize].(int64)
	if size == 0 {
		size = int64(len(h.Members))
	}
	kind, _ := h.Facts[FactKind].(string)
	monitored, _ := h.Facts[FactMonitored].(string)
	err := tx.Put(ctx, insertHousehold, county, h.Key, h.ID, h.Area, h.Number, h.Head, x.initials, size, kind, monitored, strings.Join(x.plain, ","), h.State, h.Rev,
		x.row.facts, x.row.box, h.Source.Of, h.Source.On, h.Sheet, h.InspectedOn, h.Problems, h.Doubts, h.Owner, h.Missed, h.MissedOn, a.step.Act.Index)
	if err != nil {
		return err
	}
	for i := range h.Members {
		p, m := &h.Members[i], &x.members[i]
		if err := a.pending.persons.add(ctx, tx, county, h.Key, p.Ord, p.ID, p.Number, p.Name, m.initials, p.Relation, h.Area, m.facts, m.box, int64(0)); err != nil {
			return err
		}
	}
	if err := a.pending.addBlinds(ctx, tx, x.blinds); err != nil {
		return err
	}
	return a.store.count(ctx, a.step, h, Was{}, a.today)
}
