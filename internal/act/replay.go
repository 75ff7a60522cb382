package act

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"

	"gonggu/internal/database"
	"gonggu/internal/seal"
)

// replayBatch is how many acts share a commit while a county is applied again.
const replayBatch = 250

// notAgain says that an act which was accepted once is not accepted again. Inside a batch it rolls
// the batch back, and each of its acts is tried by itself.
type notAgain struct{ code, reason string }

func (e *notAgain) Error() string { return e.reason + "（" + e.code + "）" }

// All gives the acts of a county from one index up to another in the log's order with their openings, in batches. first says which
// kinds begin a batch because they read what a commit writes at its end: the counts and the log's head.
func All(ctx context.Context, r database.Reader, county string, keys *seal.Keys, from, to int64, first func(kind string) bool) iter.Seq2[[]Submission, error] {
	return func(yield func([]Submission, error) bool) {
		for next := from; next < to; {
			page, err := readPage(ctx, r, county, keys, next, min(to-next, replayBatch))
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for len(page) > 0 {
				n := 1
				for n < len(page) && !first(page[n].Act.Kind) {
					n++
				}
				if !yield(page[:n], nil) {
					return
				}
				next, page = page[n-1].Act.Index+1, page[n:]
			}
		}
	}
}

func readPage(ctx context.Context, r database.Reader, county string, keys *seal.Keys, from, limit int64) ([]Submission, error) {
	rows, err := r.Query(ctx, actsFrom, county, from, limit)
	if err != nil {
		return nil, err
	}
	raw, err := database.Collect(rows, func(r *sql.Rows) (x row, err error) { return x, r.Scan(&x.index, &x.at, &x.leaf, &x.doc) })
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	boxes, err := boxesOf(ctx, r, county, from, raw[len(raw)-1].index+1)
	if err != nil {
		return nil, err
	}
	out := make([]Submission, len(raw))
	for i, x := range raw {
		if out[i], err = again(x); err != nil {
			return nil, fmt.Errorf("act %d: %w", x.index, err)
		}
		for _, b := range boxes[x.index] {
			o, err := openBox(keys, county, b)
			if err != nil {
				return nil, fmt.Errorf("sealed value %.8s of act %d: %w", b.hash, x.index, err)
			}
			out[i].Open = append(out[i].Open, o)
		}
	}
	return out, nil
}

// again reads an act as it was sent.
func again(x row) (s Submission, err error) {
	if s.stored, err = unpack(x.doc); err != nil {
		return s, err
	}
	if s.Act, err = parsed(s.stored); err != nil {
		return s, err
	}
	s.kept = x.doc
	s.Act.Index, s.Act.ReceivedAt, s.Act.Leaf = x.index, x.at, x.leaf
	return s, nil
}

// packed returns the canonical bytes as they are stored: those of a replay are, unless the act was changed on the way.
func (s Submission) packed(canonical []byte) []byte {
	if s.kept != nil && bytes.Equal(canonical, s.stored) {
		return s.kept
	}
	return pack(canonical)
}

// Replay applies acts that another database accepted, each with its receipt time; for rebuild and
// verification, in a lane that nobody else brings acts to. While one batch is applied the next is prepared. each is told of every act in order; it stops the
// replay by returning false, and an act that is not accepted again (err) stops it in any case.
func (l *Lane) Replay(ctx context.Context, batches iter.Seq2[[]Submission, error], each func(s Submission, a Answer, err error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	whole := context.WithoutCancel(ctx) // a batch is not broken off: a statement that can be costs a goroutine
	type readied struct {
		entries []*entry
		err     error
	}
	ready := make(chan readied, 1)
	go func() {
		defer close(ready)
		for subs, err := range batches {
			next := readied{err: err}
			if err == nil {
				next.entries = l.prepareAll(whole, subs)
			}
			select {
			case ready <- next:
			case <-ctx.Done():
				return
			}
		}
	}()
	for b := range ready {
		if b.err != nil {
			return b.err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l.commit(whole, b.entries) // all under one commit: through the channel they come in pieces
		for _, e := range b.entries {
			if r := <-e.reply; !each(e.sub, r.answer, r.err) || r.err != nil {
				return nil
			}
		}
	}
	return ctx.Err()
}

// prepareAll prepares acts of old on all cores.
func (l *Lane) prepareAll(ctx context.Context, subs []Submission) []*entry {
	out := make([]*entry, len(subs))
	l.together(len(subs), func(from, to int) {
		found := l.fetch(ctx, subs[from:to])
		for i := from; i < to; i++ {
			out[i] = l.prepare(ctx, subs[i], subs[i].Act.Actor, found[subs[i].Act.Kind])
			out[i].at = subs[i].Act.ReceivedAt
		}
	})
	return out
}

// Missing returns the commitments of an act that no opening of it answers.
func (s Submission) Missing() []string {
	var out []string
	for _, hash := range s.Act.Sealed {
		if !slices.ContainsFunc(s.Open, func(o Opening) bool { return o.Hash == hash }) {
			out = append(out, hash)
		}
	}
	return out
}
