package order

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
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
		if err := m.reword(ctx, s, open); err != nil {
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
	o := &Order{Key: key, ID: ident.Derive(s.Act.ID, ident.Public("draft/", key)), Unit: a.Lead, Area: unit.Area, LimitOn: loaded.Pack.Calendar().AddWorkdays(today, loaded.Pack.Head.Loop.Near), Second: true, State: Draft, DraftedOn: today,
		Title: loaded.Pack.Head.Loop.Wording.Second.Title}
	if len(a.Orders) > 0 {
		before, err := one(ctx, s.Tx, s.Act.County, a.Orders[0])
		if err != nil {
			return nil, err
		}
		o.Organ, o.Helping, o.Leader, o.Person = before.Organ, before.Helping, before.Leader, before.Person
	}
	return o, insert(ctx, s, *o)
}

// reword writes how many problems a draft names by now, and says so in its text.
func (m *Room) reword(ctx context.Context, s *act.Step, o *Order) error {
	_, loaded, err := m.Book.Current(ctx, s.Tx)
	if err != nil {
		return err
	}
	unit, err := duty.StandingUnit(ctx, s.Tx, s.Act.County, o.Unit)
	if err != nil {
		return err
	}
	ids, err := problem.Named(ctx, s.Tx, s.Act.County, o.ID)
	if err != nil {
		return err
	}
	say, err := m.wording(ctx, s, loaded.Pack, loaded.Pack.Head.Loop.Wording.Second, unit.Name, o.LimitOn, ids)
	if err != nil {
		return err
	}
	_, err = s.Tx.Exec(ctx, growDraft, o.N, say, s.Act.County, o.Key)
	return err
}

// mostNamed is how many earlier orders a text names by their numbers.
const mostNamed = 3

// wording fills the pack's text of an order: to whom, about which problems as they stand, until when. "" where the pack has none.
func (m *Room) wording(ctx context.Context, s *act.Step, pk *pack.Pack, text pack.OrderText, unit, until string, ids []string) (string, error) {
	if text.Say == "" {
		return "", nil
	}
	var numbers, orders []string
	first, last := "", ""
	for _, id := range ids {
		p, err := problem.ByID(ctx, s.Tx, s.Act.County, id)
		if err != nil {
			return "", err
		}
		if first == "" || p.DueOn < first {
			first = p.DueOn
		}
		last = max(last, p.DueOn)
		if p.OrderID == "" || slices.Contains(orders, p.OrderID) {
			continue
		}
		o, err := one(ctx, s.Tx, s.Act.County, p.OrderID)
		if err != nil {
			return "", err
		}
		orders, numbers = append(orders, o.ID), append(numbers, o.Number)
	}
	by := strings.Join(numbers[:min(len(numbers), mostNamed)], "、")
	if len(numbers) > mostNamed {
		by += "等" + strconv.Itoa(len(numbers)) + "份督办通知书"
	}
	limit := pack.DayText(first)
	left := pk.Calendar().Left(clock.Day(s.Act.ReceivedAt), first, 0).Words
	if first != last {
		limit, left = limit+"（最迟"+pack.DayText(last)+"）", "最早的"+left
	}
	return pack.Fill(text.Say, map[string]string{"unit": unit, "n": strconv.Itoa(len(ids)), "orders": by, "limit": limit, "left": left, "until": pack.DayText(until)}), nil
}
