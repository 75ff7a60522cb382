package roster

import (
	"context"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
)

// Effect is what an act of register life would do to one household.
type Effect struct {
	ID, Head         string
	New              bool // the act makes it
	State            string
	Area, WasArea    string
	Persons, Were    int
	Joined, Left     []string // classes
	Raised           []assess.Raised
	Problems, Doubts int64 // open ones that come along from another household or place
	OwnerLeft        bool  // nobody answers for it any more
}

// Preview tells what an act would do, or why it would be refused; nothing is written. at is the time of receipt, Unix ms.
func (l *Life) Preview(ctx context.Context, r database.Reader, by duty.Actor, a *act.Act, open []act.Opening, at int64) ([]Effect, error) {
	if !by.May(duty.AmendRegister) {
		return nil, duty.ErrForbidden
	}
	values := map[string]string{}
	for _, o := range open {
		values[o.Hash] = o.Value
	}
	p, err := l.newPlan(ctx, r, a, at, func(hash string) (string, bool) { v, ok := values[hash]; return v, ok }, by.Scope(duty.AmendRegister))
	if err != nil {
		return nil, err
	}
	out := make([]Effect, len(p.changes))
	for i, c := range p.changes {
		out[i] = c.effect()
		if out[i].Problems, out[i].Doubts, err = p.coming(ctx, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *altered) effect() Effect {
	people, _ := c.h.Present()
	e := Effect{ID: c.h.ID, Head: c.h.Head, New: c.before == nil, State: c.h.State, Area: c.h.Area, WasArea: c.h.Area, Persons: len(people), Joined: []string{}, Left: []string{}}
	was := []string{}
	if c.before != nil {
		before, _ := c.before.Present()
		e.Were, e.WasArea, was = len(before), c.before.Area, c.before.Classes
		e.OwnerLeft = c.before.Owner != "" && c.h.Owner == ""
	}
	if c.h.State != Active {
		e.Persons = 0
		return e
	}
	if added, removed := classDiff(was, c.h.Classes); added != nil || removed != nil {
		e.Joined, e.Left = append(e.Joined, added...), append(e.Left, removed...)
	}
	e.Raised = append(append(e.Raised, c.out.Doubts...), c.out.Problems...)
	return e
}

// coming counts what is open and would come along.
func (p *plan) coming(ctx context.Context, c *altered) (problems, doubts int64, err error) {
	for i := range p.carries {
		if p.carries[i].to != c {
			continue
		}
		from := p.carries[i].carried.From
		if p.carries[i].carried.Members == nil {
			return from.Problems, from.Doubts, nil
		}
		list, err := problem.OfHousehold(ctx, p.r, p.life.Desk.Store.County, from.Key)
		if err != nil {
			return 0, 0, err
		}
		for _, x := range list {
			for _, m := range p.carries[i].carried.Members {
				if x.Member == m && x.State.Open() {
					problems++
				}
			}
		}
	}
	return problems, doubts, nil
}
