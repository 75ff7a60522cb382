package order

import (
	"context"
	"database/sql"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/problem"
)

// Draft drafts a second order (再次督办) of what a unit owes, inside the act that reminds. The office issues or discards it; a unit has one
// draft at a time, which grows until it is full. Who answers for it is taken from the order before; the limit is proposed as the
// pack's days of warning from today.
func (m *Room) Draft(ctx context.Context, s *act.Step, a problem.Arrears) error {
	if duty.Stands(ctx, s.Tx, s.Act.County, a.Lead) != nil {
		return nil // dissolved: the office has the reminder, and assigns anew
	}
	open, named, err := m.drafted(ctx, s, a.Lead)
	if err != nil {
		return err
	}
	var ids []string
	for _, id := range a.Problems {
		if !named[id] {
			ids = append(ids, id)
		}
	}
	for len(ids) > 0 {
		n := len(ids)
		if open != nil {
			n = min(n, problem.MaxOrdered-int(open.N))
		}
		if n = min(n, problem.MaxOrdered); n <= 0 {
			open = nil
			continue
		}
		if open == nil {
			if open, err = m.draft(ctx, s, a); err != nil {
				return err
			}
		}
		if err := problem.Name(ctx, s, open.ID, ids[:n]); err != nil {
			return err
		}
		open.N += int64(n)
		if _, err := s.Tx.Exec(ctx, growDraft, open.N, s.Act.County, open.Key); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// drafted returns a unit's newest draft that waits for the office, nil without one, and which problems such drafts name.
func (m *Room) drafted(ctx context.Context, s *act.Step, unit string) (*Order, map[string]bool, error) {
	rows, err := s.Tx.Query(ctx, draftsOf, s.Act.County, unit)
	if err != nil {
		return nil, nil, err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (Order, error) { return scan(r) })
	if err != nil || len(list) == 0 {
		return nil, nil, err
	}
	named := map[string]bool{}
	for _, o := range list {
		ids, err := problem.Named(ctx, s.Tx, s.Act.County, o.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range ids {
			named[id] = true
		}
	}
	return &list[0], named, nil
}

// draft begins a new draft.
func (m *Room) draft(ctx context.Context, s *act.Step, a problem.Arrears) (*Order, error) {
	_, loaded, err := m.Book.Current(ctx, s.Tx)
	if err != nil {
		return nil, err
	}
	unit, err := duty.StandingUnit(ctx, s.Tx, s.Act.County, a.Lead)
	if err != nil {
		return nil, err
	}
	today := clock.Day(s.Act.ReceivedAt)
	s.Serial++
	key := ident.Key(s.Act.Index, s.Serial)
	o := &Order{Key: key, ID: ident.Derive(s.Act.ID, ident.Public("draft/", key)), Unit: a.Lead, Area: unit.Area, LimitOn: loaded.Pack.Calendar().AddWorkdays(today, loaded.Pack.Head.Loop.Near), Second: true, State: Draft, DraftedOn: today}
	if len(a.Orders) > 0 {
		before, err := one(ctx, s.Tx, s.Act.County, a.Orders[0])
		if err != nil {
			return nil, err
		}
		o.Organ, o.Helping, o.Leader, o.Person = before.Organ, before.Helping, before.Leader, before.Person
	}
	return o, insert(ctx, s, *o)
}
