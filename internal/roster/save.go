package roster

import (
	"context"

	"gonggu/internal/act"
	"gonggu/internal/duty"
)

// Measures of the register.
const (
	MeasureHouseholds = "households" // item: "" or a class id
	MeasurePersons    = "persons"
	MeasureInspected  = "inspected" // item: "" or a class id
	MeasureMissed     = "missed"    // item: "" or the reason; households = inspected + missed + those left
	MeasureOwned      = "owned"     // item: "" for households that somebody answers for, or the post that does
)

// carriedDay is the day done of counts that only move with a household: nobody's work of any day.
const carriedDay = ""

// Was is what a household counted for before a change; the zero Was is one that was not there.
type Was struct {
	Area      string
	Classes   []string
	Members   int
	Inspected bool
	Missed    string
	Owner     string
	absent    bool // not in force: it counts for nothing
}

// Counted returns what a household counts for now; take it before changing the household.
func (h *Household) Counted() Was {
	people, _ := h.Present()
	w := Was{Area: h.Area, Classes: append([]string{}, h.Classes...), Members: len(people), Inspected: h.InspectedOn != "", Missed: h.Missed, Owner: h.Owner, absent: h.State != Active}
	if w.Inspected {
		w.Missed = ""
	}
	return w
}

// Save writes a household and its members inside an act, keeps its classes findable and the counts true.
// The caller has set Rev. doneOn is the day on which what changed was done.
func (s Store) Save(ctx context.Context, st *act.Step, sens Sensitive, h *Household, was Was, doneOn string) error {
	changed, err := s.save(ctx, st, sens, h, was, doneOn)
	if err != nil {
		return err
	}
	return s.Grouping.changed(ctx, st, s, h, changed)
}

// save is Save without the group rules, for acts that write several households: the rules count doubts on the rows of all of
// them, so they are asked when the last is written. It returns the values that came or went.
func (s Store) save(ctx context.Context, st *act.Step, sens Sensitive, h *Household, was Was, doneOn string) ([]blindValue, error) {
	if h.InspectedOn != "" {
		h.Missed, h.MissedOn = "", ""
	}
	r := h.ready
	if r == nil {
		var err error
		if r, err = s.rowsOf(sens, h); err != nil {
			return nil, err
		}
	}
	if err := s.saveOwn(ctx, st, sens, h, r); err != nil {
		return nil, err
	}
	for i := range h.Members {
		if r.members[i].same {
			continue
		}
		if err := s.savePerson(ctx, st, h, i, r.members[i].encoded); err != nil {
			return nil, err
		}
	}
	if err := s.saveBlinds(ctx, st, h, r.blinds); err != nil {
		return nil, err
	}
	h.was, h.ready = nil, nil // the rows are new; whoever saves it again writes all of them
	return r.blinds.changed, s.count(ctx, st, h, was, doneOn)
}

// saveOwn writes the household's own row: all of it, only what is in no index, or only what a sheet changes of one that is the same.
func (s Store) saveOwn(ctx context.Context, st *act.Step, sens Sensitive, h *Household, r *rows) error {
	moved := h.Owner != h.rowOwner
	if r.same && moved { // its row is written whole, which was not foreseen
		if err := s.encodeOwn(sens, h, r); err != nil {
			return err
		}
	}
	switch {
	case r.same && !moved:
		return st.Tx.Put(ctx, touchHousehold, r.size, h.Rev, h.Sheet, h.InspectedOn, h.Problems, h.Doubts, h.Missed, h.MissedOn, st.Act.Index, s.County, h.Key)
	case h.placed() && !moved:
		return st.Tx.Put(ctx, updateHousehold, r.size, r.kind, r.watched, r.classes, h.Rev, r.own.facts, r.own.box, h.Sheet, h.InspectedOn, h.Problems, h.Doubts,
			h.Missed, h.MissedOn, st.Act.Index, s.County, h.Key)
	}
	return st.Tx.Put(ctx, upsertHousehold, s.County, h.Key, h.ID, h.Area, h.Number, h.Head, Initials(h.Head), r.size, r.kind, r.watched, r.classes, h.State, h.Rev,
		r.own.facts, r.own.box, h.Source.Of, h.Source.On, h.Sheet, h.InspectedOn, h.Problems, h.Doubts, h.Owner, h.Missed, h.MissedOn, st.Act.Index)
}

func (s Store) savePerson(ctx context.Context, st *act.Step, h *Household, i int, e encoded) error {
	p := &h.Members[i]
	if h.memberPlaced(i) {
		return st.Tx.Put(ctx, updatePerson, e.facts, e.box, s.County, h.Key, p.Ord)
	}
	gone := int64(0)
	if p.Gone {
		gone = 1
	}
	return st.Tx.Put(ctx, upsertPerson, s.County, h.Key, p.Ord, p.ID, p.Number, p.Name, Initials(p.Name), p.Relation, h.Area, e.facts, e.box, gone)
}

// count moves the household from what it counted for to what it counts for now.
func (s Store) count(ctx context.Context, st *act.Step, h *Household, was Was, doneOn string) error {
	now := h.Counted()
	if h.State != Active {
		now = Was{Area: h.Area, absent: true}
	}
	if was.absent { // it counts for nothing and has no classes to leave
		was = Was{Area: was.Area, absent: true}
	}
	moved := was.Area != now.Area || was.absent != now.absent
	added, removed := classDiff(was.Classes, now.Classes)
	if moved {
		added, removed = now.Classes, was.Classes
	}
	for _, c := range removed {
		if err := st.Tx.Put(ctx, deleteClass, s.County, s.ClassKey(c), was.Area, h.Key); err != nil {
			return err
		}
	}
	for _, c := range added {
		if err := st.Tx.Put(ctx, insertClass, s.County, s.ClassKey(c), now.Area, h.Key); err != nil {
			return err
		}
	}
	if moved {
		// Whoever comes, goes or moves takes his inspection along; nobody inspected him for it today.
		tallyAll(st, was, carriedDay, -1)
		tallyAll(st, now, carriedDay, 1)
		return nil
	}
	v := duty.VillageOf(now.Area)
	tallyCoverage(st, was, doneOn, -1)
	tallyCoverage(st, now, doneOn, 1)
	st.Tally(v, MeasurePersons, "", st.ReportDay, int64(now.Members-was.Members))
	for _, c := range added {
		st.Tally(v, MeasureHouseholds, c, st.ReportDay, 1)
	}
	for _, c := range removed {
		st.Tally(v, MeasureHouseholds, c, st.ReportDay, -1)
		if was.Inspected {
			st.Tally(v, MeasureInspected, c, doneOn, -1)
		}
	}
	switch {
	case now.Inspected && !was.Inspected:
		st.Tally(v, MeasureInspected, "", doneOn, 1)
		for _, c := range now.Classes {
			st.Tally(v, MeasureInspected, c, doneOn, 1)
		}
	case now.Inspected:
		for _, c := range added {
			st.Tally(v, MeasureInspected, c, doneOn, 1)
		}
	}
	return nil
}

// tallyAll counts all that a household stands for, where it came, moved or went.
func tallyAll(st *act.Step, w Was, doneOn string, sign int64) {
	v := duty.VillageOf(w.Area)
	if v == "" || w.absent {
		return
	}
	// A register's change belongs to the report day alone; only an inspection has a day on which it was done.
	st.Tally(v, MeasureHouseholds, "", st.ReportDay, sign)
	st.Tally(v, MeasurePersons, "", st.ReportDay, sign*int64(w.Members))
	tallyCoverage(st, w, doneOn, sign)
	for _, c := range w.Classes {
		st.Tally(v, MeasureHouseholds, c, st.ReportDay, sign)
	}
	if w.Inspected {
		st.Tally(v, MeasureInspected, "", doneOn, sign)
		for _, c := range w.Classes {
			st.Tally(v, MeasureInspected, c, doneOn, sign)
		}
	}
}

// AddOpen changes how many open problems and doubts a household has, inside an act that changes nothing else of it.
func (s Store) AddOpen(ctx context.Context, st *act.Step, household, problems, doubts int64) error {
	forget(st, household)
	return st.Tx.Put(ctx, addOpen, problems, doubts, s.County, household)
}

// tallyCoverage counts whether somebody answers for a household, and why it could not be inspected.
func tallyCoverage(st *act.Step, w Was, doneOn string, sign int64) {
	v := duty.VillageOf(w.Area)
	if v == "" || w.absent {
		return
	}
	if w.Owner != "" {
		st.Tally(v, MeasureOwned, "", st.ReportDay, sign)
		st.Tally(v, MeasureOwned, w.Owner, st.ReportDay, sign)
	}
	if w.Missed != "" {
		st.Tally(v, MeasureMissed, "", doneOn, sign)
		st.Tally(v, MeasureMissed, w.Missed, doneOn, sign)
	}
}
