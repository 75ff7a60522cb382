package roster

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"gonggu/internal/database"
)

// bulk puts rows of one kind, several with each statement.
type bulk struct {
	text string
	args []any
}

func (b *bulk) add(ctx context.Context, tx *database.Tx, args ...any) error {
	if b.args == nil {
		b.args = make([]any, 0, database.Abreast*len(args))
	}
	if b.args = append(b.args, args...); len(b.args) < database.Abreast*len(args) {
		return nil
	}
	return b.flush(ctx, tx, len(args))
}

func (b *bulk) flush(ctx context.Context, tx *database.Tx, columns int) error {
	full := b.args
	b.args = nil // what was put must not be changed
	return tx.PutAll(ctx, b.text, columns, full)
}

// blindRow is a row of blind_values, without pointers: many wait.
type blindRow struct {
	blind     [16]byte
	household int64
	ord       int32
	fact      int32 // its place in pending.facts
}

// mostBlinds is how many of them are put in the order of the table together (8 MB, twice): their places in it are chance,
// and one by one each would want another of its pages.
const mostBlinds = 1 << 18

// pending are rows of households that an import entered and that are not in the database yet. Whoever reads such rows
// inside the act flushes them before.
type pending struct {
	county  string
	persons bulk
	changes bulk
	blinds  bulk
	facts   []string
	waiting []blindRow // as they come
	sorted  []blindRow // being put
	next    int        // of sorted
}

func newPending(county string, sens Sensitive) *pending {
	facts := slices.Sorted(slices.Values(append([]string{pathTail}, sens.blind...)))
	return &pending{county: county, facts: facts, persons: bulk{text: insertPerson}, changes: bulk{text: insertChange}, blinds: bulk{text: insertBlind}}
}

// addBlinds takes rows and puts twice as many of those sorted before, so that the writer never stops for all of them at once
// while the other cores wait for it.
func (p *pending) addBlinds(ctx context.Context, tx *database.Tx, rows []blindRow) error {
	if p.waiting = append(p.waiting, rows...); len(p.waiting) >= mostBlinds {
		if err := p.sort(ctx, tx); err != nil {
			return err
		}
	}
	return p.putBlinds(ctx, tx, 2*len(rows))
}

// sort puts what is left of the last batch and begins another.
func (p *pending) sort(ctx context.Context, tx *database.Tx) error {
	if err := p.putBlinds(ctx, tx, len(p.sorted)); err != nil {
		return err
	}
	p.sorted, p.waiting, p.next = p.waiting, p.sorted[:0], 0
	slices.SortFunc(p.sorted, func(a, b blindRow) int {
		return cmp.Or(cmp.Compare(a.fact, b.fact), bytes.Compare(a.blind[:], b.blind[:]), cmp.Compare(a.household, b.household), cmp.Compare(a.ord, b.ord))
	})
	return nil
}

func (p *pending) putBlinds(ctx context.Context, tx *database.Tx, most int) error {
	end := min(p.next+most, len(p.sorted))
	for ; p.next < end; p.next++ {
		v := &p.sorted[p.next]
		if err := p.blinds.add(ctx, tx, p.county, p.facts[v.fact], bytes.Clone(v.blind[:]), v.household, int64(v.ord)); err != nil {
			return err
		}
	}
	return nil
}

func (p *pending) flush(ctx context.Context, tx *database.Tx) error {
	if err := p.sort(ctx, tx); err != nil {
		return err
	}
	if err := p.putBlinds(ctx, tx, len(p.sorted)); err != nil {
		return err
	}
	return errors.Join(p.persons.flush(ctx, tx, 12), p.changes.flush(ctx, tx, 5), p.blinds.flush(ctx, tx, 5))
}
