package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// mostQueued bounds how many writes wait to be sent together.
const mostQueued = 1000

// Put is Exec of a write whose outcome nobody waits for. On PostgreSQL it waits until the transaction next reads or commits and goes there
// in one message with the others: a round trip for each statement cost more than the statement. An error of it comes from that read
// or commit, and ends the transaction as it would have here; a write that may fail for a reason worth telling is an Exec.
// Arguments must not be changed before the transaction is over.
func (t *Tx) Put(ctx context.Context, text string, args ...any) error {
	if t.conn == nil {
		_, err := t.Exec(ctx, text, args...)
		return err
	}
	t.writes++
	t.queue = append(t.queue, queued{text, args})
	if len(t.queue) < mostQueued {
		return nil
	}
	return t.flush(ctx)
}

// queued is a write that was put.
type queued struct {
	text string
	args []any
}

// flush sends what was put and waits for it.
func (t *Tx) flush(ctx context.Context) error {
	if len(t.queue) == 0 {
		return nil
	}
	return t.send(ctx, func(*pgx.Batch) {}, func(pgx.BatchResults) error { return nil })
}

// send sends what was put, in its order, with what more adds, and reads the answers; those to more with read.
func (t *Tx) send(ctx context.Context, more func(*pgx.Batch), read func(pgx.BatchResults) error) error {
	b, queue := &pgx.Batch{}, t.queue
	t.queue = t.queue[len(t.queue):]
	for _, q := range queue {
		b.Queue(q.text, q.args...)
	}
	more(b)
	return t.conn.Raw(func(driver any) error {
		answers := driver.(*stdlib.Conn).Conn().SendBatch(ctx, b)
		for _, q := range queue {
			if _, err := answers.Exec(); err != nil {
				_ = answers.Close() // says the same again
				return fmt.Errorf("%.90q: %w", q.text, err)
			}
		}
		err := read(answers)
		if cerr := answers.Close(); err == nil {
			err = cerr
		}
		return err
	})
}

// lateRow is the row of a question that goes along with what was put before it.
type lateRow struct {
	ctx  context.Context
	tx   *Tx
	text string
	args []any
}

// Scan implements Row.
func (r *lateRow) Scan(dest ...any) error {
	err := r.tx.send(r.ctx, func(b *pgx.Batch) { b.Queue(r.text, r.args...) }, func(answers pgx.BatchResults) error { return answers.QueryRow().Scan(dest...) })
	if errors.Is(err, pgx.ErrNoRows) {
		return sql.ErrNoRows
	}
	return err
}
