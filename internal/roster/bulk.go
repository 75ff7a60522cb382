package roster

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"gonggu/internal/database"
)

// together is how many rows the statements of many rows take.
const together = 8

// bulk puts rows of one kind, several with each statement.
type bulk struct {
	one, many string
	rows      int
	args      []any
}

func (b *bulk) add(ctx context.Context, tx *database.Tx, args ...any) error {
	if b.args == nil {
		b.args = make([]any, 0, together*len(args))
	}
	b.args = append(b.args, args...)
	if b.rows++; b.rows < together {
		return nil
	}
	full := b.args
	b.args, b.rows = nil, 0 // what was put must not be changed
	return tx.Put(ctx, b.many, full...)
}

// flush puts what is left, each by itself.
func (b *bulk) flush(ctx context.Context, tx *database.Tx) error {
	if b.rows == 0 {
		return nil
	}
	rest, width := b.args, len(b.args)/b.rows
	b.args, b.rows = nil, 0
	for row := range slices.Chunk(rest, width) {
		if err := tx.Put(ctx, b.one, row...); err != nil {
			return err
		}
	}
	return nil
}

// blindRow is a row of blind_values.
type blindRow struct {
	fact      string
	blind     [16]byte
	household int64
	ord       int
}

// mostBlinds is how many of them wait (some 5 MB). They are put in the order of the table: their places in it are chance, and
// one by one each would want another of its pages.
const mostBlinds = 1 << 16

// pending are rows of households that an import entered and that are not in the database yet. Whoever reads such rows
// inside the act flushes them before.
type pending struct {
	county  string
	persons bulk
	changes bulk
	blinds  []blindRow
}

func newPending(county string) *pending {
	return &pending{county: county, persons: bulk{one: insertPerson, many: insertPersons}, changes: bulk{one: insertChange, many: insertChanges}}
}

func (p *pending) addBlinds(ctx context.Context, tx *database.Tx, rows []blindRow) error {
	if p.blinds = append(p.blinds, rows...); len(p.blinds) < mostBlinds {
		return nil
	}
	return p.flushBlinds(ctx, tx)
}

func (p *pending) flushBlinds(ctx context.Context, tx *database.Tx) error {
	slices.SortFunc(p.blinds, func(a, b blindRow) int {
		return cmp.Or(cmp.Compare(a.fact, b.fact), bytes.Compare(a.blind[:], b.blind[:]), cmp.Compare(a.household, b.household), cmp.Compare(a.ord, b.ord))
	})
	out := bulk{one: insertBlind, many: insertBlinds}
	for _, v := range p.blinds {
		if err := out.add(ctx, tx, p.county, v.fact, bytes.Clone(v.blind[:]), v.household, v.ord); err != nil {
			return err
		}
	}
	p.blinds = p.blinds[:0]
	return out.flush(ctx, tx)
}

func (p *pending) flush(ctx context.Context, tx *database.Tx) error {
	if err := p.persons.flush(ctx, tx); err != nil {
		return err
	}
	if err := p.changes.flush(ctx, tx); err != nil {
		return err
	}
	return p.flushBlinds(ctx, tx)
}
