package act

import (
	"context"

	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/tally"
)

// Kind says what an act of one kind means.
type Kind struct {
	// Fetch reads at once what Prepare would read for each of several acts, and is handed to each as found. May be nil.
	Fetch func(ctx context.Context, r database.Reader, acts []*Act) (found any, err error)
	// Prepare does what can be done before the lane (rules, hashes), concurrently and reading only. May be nil. found is nil where
	// one act is prepared by itself.
	Prepare func(ctx context.Context, r database.Reader, a *Act, open map[string]Opening, found any) (any, error)
	// Ahead reads at once, for all acts of this kind in a batch, what Apply would ask for each, and leaves it with Remember. May be nil.
	Ahead func(ctx context.Context, s *Step, prepared []any) error
	// Apply carries the act out inside the lane. It checks everything first: an error that may be shown
	// to a user, returned before the first write, refuses the act.
	Apply func(ctx context.Context, s *Step) error
	// Quiet says that acts of this kind leave posts, places, packs and the campaign as they are, so that
	// what Remember keeps for a batch stays true after them.
	Quiet bool
}

// Step is one act being applied.
type Step struct {
	Tx        *database.Tx
	Act       *Act
	Prepared  any
	ReportDay string // the daily report that its receipt belongs to (design contract 6)
	Made      canon.Object
	Serial    int // counts the rows that this act makes beside its own, for their keys

	open   map[string]Opening
	purged func(ctx context.Context, hash string) (bool, error)
	tally  tally.Batch
	memo   map[string]any
}

// Remember returns what get found under key the first time in this batch, or since the last act that was not Quiet.
func Remember[T any](s *Step, key string, get func() (T, error)) (T, error) {
	if v, ok := s.memo[key].(T); ok {
		return v, nil
	}
	v, err := get()
	if err == nil && s.memo != nil {
		s.memo[key] = v
	}
	return v, err
}

// Opened returns the value behind a commitment of this act.
func (s *Step) Opened(hash string) (string, bool) {
	o, ok := s.open[hash]
	return o.Value, ok
}

// Tally changes a count by n, for this act's report day and the day the thing was done.
func (s *Step) Tally(area, measure, item, doneOn string, n int64) {
	s.tally.Add(area, measure, item, tally.Days{Reported: s.ReportDay, Done: doneOn}, n)
}
