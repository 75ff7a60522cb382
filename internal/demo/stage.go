package demo

import (
	"context"
	"errors"
	"fmt"

	"gonggu/internal/account"
	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/server"
)

// Staged is a demonstration county that stands before its first visit, open for whoever will play the rest.
type Staged struct {
	County *server.County
	Clock  *clock.Virtual
	player *player
}

// Stage makes a county up to the opening of its campaign, in an empty folder. Close its County.
func Stage(ctx context.Context, o Options) (*Staged, error) {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	p := &player{o: o, people: map[string]duty.Post{}, state: &State{Seed: o.Seed, Households: o.Households, Reports: []string{}}}
	if err := p.prepare(ctx); err != nil {
		if p.county != nil {
			err = errors.Join(err, p.county.Close())
		}
		return nil, err
	}
	return &Staged{p.county, p.clock, p}, nil
}

// Save notes the county as a demonstration that stands where its clock stands, so that `serve` can go on from it.
func (s *Staged) Save() error {
	p := s.player
	p.state.Now, p.state.Day, p.state.Complete = s.Clock.Now(), clock.Day(s.Clock.Now()), true
	return p.state.save(p.o.Dir)
}

// Hire opens n posts that may inspect in the whole county, each with an account and the session that Accounts gives it.
func (s *Staged) Hire(ctx context.Context, n int) (posts []duty.Post, tokens []string, err error) {
	for i := range n {
		person := ident.Derive("bench", fmt.Sprint("person/", i))
		posts = append(posts, duty.NewPost(person, fmt.Sprintf("排查员%d", i+1), duty.Unit{ID: duty.UnitOffice}, fmt.Sprint("bench/", i), s.County.Code, duty.Inspector))
	}
	if err := s.County.OpenPosts(ctx, "bench", posts); err != nil {
		return nil, nil, err
	}
	for i, p := range posts {
		login := fmt.Sprint("bench", i)
		if err := s.County.Accounts.Open(ctx, p.Person, login, Password); err != nil {
			return nil, nil, err
		}
		_, token, err := s.County.Accounts.SignIn(ctx, login, Password, account.From{})
		if err != nil {
			return nil, nil, err
		}
		tokens = append(tokens, token)
	}
	return posts, tokens, nil
}

// Sheets fills in the sheet of every household as its inspector would find it, signed by the post
// that as names for the n-th, and lets the clock stand on the last day of the inspections.
func (s *Staged) Sheets(ctx context.Context, as func(n int) duty.Post, each func(n int, sub act.Submission) error) error {
	p := s.player
	first := p.pack.Head.Phases[0].From
	last := p.lastOfPhase(first)
	visits, err := p.synth.Plan(first, last)
	if err != nil {
		return err
	}
	_, loaded, err := p.county.Book.Current(ctx, p.county.DB)
	if err != nil {
		return err
	}
	keys, err := p.county.Store.KeysByNumber(ctx, p.county.DB)
	if err != nil {
		return err
	}
	n := 0
	w := &walk{player: p, loaded: loaded, keys: keys, as: func() duty.Post { return as(n) }}
	for v := range visits {
		key, ok := keys[v.Number]
		if !ok {
			continue
		}
		sub, _, err := w.sheet(ctx, v, key)
		if err != nil {
			return err
		}
		if err := each(n, sub); err != nil {
			return err
		}
		if n++; n%1000 == 0 {
			p.o.Progress("准备排查表", n, p.o.Households)
		}
	}
	s.Clock.Set(at(last, standing))
	return nil
}

// Persons returns how many persons the county's workbook holds.
func (s *Staged) Persons() int { return s.player.state.Persons }
