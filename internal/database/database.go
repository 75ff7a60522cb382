// Package database opens one of the two engines and makes them mean the same: SQLite in one file
// (one IMMEDIATE writer, a pool of readers, WAL, synchronous=FULL) and PostgreSQL (writes
// SERIALIZABLE, retried). It knows no table but its own list of migrations; all differences
// between the engines are in dialect.go.
package database

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"gonggu/internal/errs"
)

// maxTries bounds how often a serializable write is tried before it is reported as busy.
const maxTries = 12

// DB is an open database of either engine.
type DB struct {
	engine  Engine
	where   string
	write   pool
	read    pool
	lock    *lock // SQLite, when this program may write
	commits atomic.Int64
}

// Commits returns how many write transactions this process has made durable: each is one fsync of the log.
func (db *DB) Commits() int64 { return db.commits.Load() }

// pool is a *sql.DB with its statements prepared once: on a *sql.Conn they would be prepared anew
// in every transaction. pgx keeps such a cache by itself.
type pool struct {
	db     *sql.DB
	cached bool
	mu     *sync.RWMutex
	stmts  map[string]*sql.Stmt
	lean   *lean // a scratch file, whose indexes are made when a statement needs them
}

// maxStatements bounds the cache; lists compose their text from a bounded set of conditions.
const maxStatements = 2000

func newPool(db *sql.DB, cached bool) pool {
	return pool{db: db, cached: cached, mu: &sync.RWMutex{}, stmts: map[string]*sql.Stmt{}}
}

// stmt returns the prepared statement, or nil when there is none yet.
func (p pool) stmt(text string) *sql.Stmt {
	if !p.cached {
		return nil
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.stmts[text]
}

// learn prepares statements that ran unprepared. Never inside a transaction: the writer has one connection.
func (p pool) learn(ctx context.Context, texts map[string]int) {
	for text := range texts {
		if p.stmt(text) != nil {
			continue
		}
		s, err := p.db.PrepareContext(ctx, text)
		if err != nil {
			continue // it will be said where it runs
		}
		p.mu.Lock()
		if p.stmts[text] != nil || len(p.stmts) >= maxStatements {
			_ = s.Close()
		} else {
			p.stmts[text] = s
		}
		p.mu.Unlock()
	}
}

func (p pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.stmts {
		_ = s.Close()
	}
	clear(p.stmts)
	return p.db.Close()
}

// Open opens where, a `postgres://` address or the path of an SQLite file (made when missing), and
// brings the schema up to date. A database newer than this program is refused, never changed.
func Open(ctx context.Context, where string) (*DB, error) {
	db, err := Connect(ctx, where)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, 0); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// Connect is Open without touching the schema. An SQLite file is locked until Close: one program writes
// it (code database.in_use). PostgreSQL may have many.
func Connect(ctx context.Context, where string) (*DB, error) {
	if postgres(where) {
		return open(ctx, where)
	}
	l, err := takeLock(where)
	if err != nil {
		return nil, err
	}
	db, err := open(ctx, where)
	if err != nil {
		l.release()
		return nil, err
	}
	db.lock = l
	return db, nil
}

// Close closes the pools.
func (db *DB) Close() error {
	defer db.lock.release()
	db.write.lean.close()
	return db.disconnect()
}

func (db *DB) disconnect() error {
	if db.read.db != db.write.db {
		_ = db.read.close()
	}
	return db.write.close()
}

// Engine tells which engine this is.
func (db *DB) Engine() Engine { return db.engine }

// Reader reads: a DB does so outside any transaction, a Tx inside its own.
type Reader interface {
	Query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, text string, args ...any) Row
}

// Row is the one row of a QueryRow.
type Row interface{ Scan(dest ...any) error }

// Query runs a read on the reader pool.
func (db *DB) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s := db.readStmt(ctx, text)
	if s == nil {
		return db.read.db.QueryContext(ctx, text, args...)
	}
	return s.QueryContext(ctx, args...)
}

// QueryRow runs a read of one row on the reader pool.
func (db *DB) QueryRow(ctx context.Context, text string, args ...any) Row {
	s := db.readStmt(ctx, text)
	if s == nil {
		return db.read.db.QueryRowContext(ctx, text, args...)
	}
	return s.QueryRowContext(ctx, args...)
}

func (db *DB) readStmt(ctx context.Context, text string) *sql.Stmt {
	s := db.read.stmt(text)
	if s == nil && db.read.cached {
		if db.read.lean != nil {
			db.read.lean.ask(ctx, text)
		}
		db.read.learn(ctx, map[string]int{text: 1})
		s = db.read.stmt(text)
	}
	return s
}

// Tx is a transaction. It counts its writes, so that the lane can tell a refusal that touched
// nothing from one that must be rolled back.
type Tx struct {
	tx     *sql.Tx
	pool   pool
	engine Engine
	writes int
	missed map[string]int       // statements to prepare once the transaction is over, and how often they were asked for
	own    map[string]*sql.Stmt // those that a long transaction asked for again: prepared inside it
	made   map[string]bool      // indexes of a scratch file
	conn   *sql.Conn            // PostgreSQL, in a write: where what was put is sent
	queue  []queued
}

// again is how often a transaction asks for an unprepared statement before it prepares it for itself.
const again = 3

func (t *Tx) stmt(ctx context.Context, text string) *sql.Stmt {
	if s := t.own[text]; s != nil {
		return s
	}
	if t.pool.lean != nil {
		t.index(ctx, text)
	}
	s := t.pool.stmt(text)
	if s == nil {
		return t.prepare(ctx, text)
	}
	if t.own == nil {
		t.own = map[string]*sql.Stmt{}
	}
	t.own[text] = t.tx.StmtContext(ctx, s)
	return t.own[text]
}

// prepare prepares what a long transaction (an import, a replay) runs over and over for the first time.
func (t *Tx) prepare(ctx context.Context, text string) *sql.Stmt {
	if !t.pool.cached {
		return nil
	}
	if t.missed == nil {
		t.missed = map[string]int{}
	}
	if t.own == nil {
		t.own = map[string]*sql.Stmt{}
	}
	if t.missed[text]++; t.missed[text] < again || len(t.own) >= maxStatements {
		return nil
	}
	s, err := t.tx.PrepareContext(ctx, text)
	if err != nil {
		return nil // it will be said where it runs
	}
	t.own[text] = s
	return s
}

// Exec runs a write and returns the number of rows it touched.
func (t *Tx) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	t.writes++
	var r sql.Result
	var err error
	if s := t.stmt(ctx, text); s != nil {
		r, err = s.ExecContext(ctx, args...)
	} else {
		r, err = t.tx.ExecContext(ctx, text, args...)
	}
	if err != nil {
		return 0, fmt.Errorf("%.90q: %w", text, err)
	}
	return r.RowsAffected()
}

// Query runs a read inside the transaction.
func (t *Tx) Query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	if s := t.stmt(ctx, text); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return t.tx.QueryContext(ctx, text, args...)
}

// QueryRow runs a read of one row inside the transaction.
func (t *Tx) QueryRow(ctx context.Context, text string, args ...any) Row {
	if len(t.queue) > 0 {
		return &lateRow{ctx, t, text, args}
	}
	if s := t.stmt(ctx, text); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return t.tx.QueryRowContext(ctx, text, args...)
}

// Writes returns how many Execs and Puts this transaction has seen.
func (t *Tx) Writes() int { return t.writes }

// Write runs fn in one durable transaction, again from the start when PostgreSQL reports a
// serialization failure or a deadlock; so fn must have no effect outside the transaction.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return db.retry(ctx, func() error {
		if db.engine == PostgreSQL {
			conn, err := db.write.db.Conn(ctx)
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close() }()
			return db.writeOn(ctx, conn, fn)
		}
		tx, err := db.write.db.BeginTx(ctx, db.engine.writeOptions())
		if err != nil {
			return err
		}
		return db.run(ctx, tx, nil, fn)
	})
}

// writeOn runs a write on one connection of PostgreSQL.
func (db *DB) writeOn(ctx context.Context, conn *sql.Conn, fn func(*Tx) error) error {
	tx, err := conn.BeginTx(ctx, db.engine.writeOptions())
	if err != nil {
		return err
	}
	return db.run(ctx, tx, conn, fn)
}

// WriteAlone is Write under an exclusive lock that outlives serialization: on PostgreSQL a session
// advisory lock taken before BEGIN, so that several server processes keep one order; on SQLite
// the writer itself.
func (db *DB) WriteAlone(ctx context.Context, lock int64, fn func(*Tx) error) error {
	if db.engine == SQLite {
		return db.Write(ctx, fn)
	}
	return db.retry(ctx, func() (err error) {
		conn, err := db.write.db.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		if _, err = conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lock); err != nil {
			return err
		}
		defer func() {
			// A lost connection releases the lock by itself.
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lock)
		}()
		return db.writeOn(ctx, conn, fn)
	})
}

// View runs fn on one unchanging snapshot.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	tx, err := db.read.db.BeginTx(ctx, db.engine.readOptions())
	if err != nil {
		return err
	}
	t := &Tx{tx: tx, pool: db.read, engine: db.engine}
	defer func() {
		_ = tx.Rollback()
		db.read.learn(ctx, t.missed)
	}()
	return fn(t)
}

func (db *DB) run(ctx context.Context, tx *sql.Tx, conn *sql.Conn, fn func(*Tx) error) error {
	t := &Tx{tx: tx, conn: conn, pool: db.write, engine: db.engine}
	defer func() {
		_ = tx.Rollback() // after Commit this does nothing
		db.write.learn(ctx, t.missed)
	}()
	if err := fn(t); err != nil {
		return err
	}
	if err := t.flush(ctx); err != nil {
		return err
	}
	err := tx.Commit()
	if err == nil {
		db.commits.Add(1)
		if t.made != nil {
			db.write.lean.keep(t.made)
		}
	}
	return err
}

func (db *DB) retry(ctx context.Context, try func() error) error {
	var err error
	for i := range maxTries {
		if err = try(); err == nil || !db.engine.retryable(err) {
			return err
		}
		select { // those who met would meet again at once
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Millisecond << min(i, 7))):
		}
	}
	return err
}

// OpenReader opens an existing database to read it beside the program that writes it. It takes no lock,
// changes nothing and asks nothing of the schema's age.
func OpenReader(ctx context.Context, where string) (*DB, error) {
	if postgres(where) {
		return open(ctx, where)
	}
	if _, err := os.Stat(where); err != nil {
		return nil, errs.New(errs.NotFound, "database.none", "这个文件夹里没有数据；请检查 --data 写的位置。").Because(err)
	}
	r, err := openSQLite(ctx, where, false)
	if err != nil {
		return nil, err
	}
	p := newPool(r, true)
	return &DB{engine: SQLite, where: where, write: p, read: p}, nil
}
