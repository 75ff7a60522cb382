package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Engine is one of the two engines. The whole difference between them is in this file.
type Engine int

// The engines.
const (
	SQLite Engine = iota
	PostgreSQL
)

func (e Engine) String() string {
	if e == PostgreSQL {
		return "postgresql"
	}
	return "sqlite"
}

// ddl replaces the type words of a migration. Queries need no words: both engines take the same text.
func (e Engine) ddl(text string) string {
	if e == PostgreSQL {
		return strings.NewReplacer("{text}", `TEXT COLLATE "C"`, "{int}", "BIGINT", "{blob}", "BYTEA", "{empty}", "''",
			"{strict}", "", "{clustered}", "").Replace(text)
	}
	return strings.NewReplacer("{text}", "TEXT", "{int}", "INTEGER", "{blob}", "BLOB", "{empty}", "X''",
		"{strict}", "STRICT", "{clustered}", "STRICT, WITHOUT ROWID").Replace(text)
}

func (e Engine) writeOptions() *sql.TxOptions {
	if e == PostgreSQL {
		return &sql.TxOptions{Isolation: sql.LevelSerializable}
	}
	return nil // the writer's DSN says BEGIN IMMEDIATE
}

func (e Engine) readOptions() *sql.TxOptions {
	if e == PostgreSQL {
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return &sql.TxOptions{ReadOnly: true}
}

func (e Engine) retryable(err error) bool {
	var pg *pgconn.PgError
	return e == PostgreSQL && errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// Connections is how many connections a process holds to PostgreSQL.
const Connections = 16

func postgres(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}

// open connects without migrating.
func open(ctx context.Context, where string) (*DB, error) {
	if postgres(where) {
		db, err := sql.Open("pgx", where)
		if err != nil {
			return nil, fmt.Errorf("open postgresql: %w", err)
		}
		db.SetMaxOpenConns(Connections)
		db.SetMaxIdleConns(Connections)
		if err := db.PingContext(ctx); err != nil {
			_ = db.Close()
			return nil, fmt.Errorf("open postgresql: %w", err)
		}
		p := newPool(db, false)
		return &DB{engine: PostgreSQL, where: where, write: p, read: p}, nil
	}
	w, err := openSQLite(ctx, where, true)
	if err != nil {
		return nil, err
	}
	r, err := openSQLite(ctx, where, false)
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	return &DB{engine: SQLite, where: where, write: newPool(w, true), read: newPool(r, true)}, nil
}

// openSQLite sets every pragma on purpose: the defaults take three times as long at county size.
func openSQLite(ctx context.Context, path string, writer bool) (*sql.DB, error) {
	pragmas := []string{"busy_timeout(15000)", "page_size(8192)", "journal_mode(WAL)", "synchronous(FULL)",
		"temp_store(MEMORY)", "foreign_keys(0)", "wal_autocheckpoint(8000)"}
	q := url.Values{}
	if writer {
		pragmas = append(pragmas, "cache_size(-131072)")
		q.Set("_txlock", "immediate")
	} else {
		pragmas = append(pragmas, "cache_size(-16384)", "query_only(1)")
	}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	n := 1
	if !writer {
		n = max(4, 2*runtime.NumCPU())
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open sqlite %s: %w", path, err)
	}
	return db, nil
}

// tables lists the user tables of the open schema.
func (e Engine) tables() string {
	if e == PostgreSQL {
		return "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
	}
	return "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
}

// Tables returns the names of all tables, sorted.
func (db *DB) Tables(ctx context.Context) ([]string, error) {
	rows, err := db.Query(ctx, db.engine.tables())
	if err != nil {
		return nil, err
	}
	return Collect(rows, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
}

// Now asks the database's own machine for the time (Unix ms); ok is false where it is ours.
func (db *DB) Now(ctx context.Context) (ms int64, ok bool, err error) {
	if db.engine == SQLite {
		return 0, false, nil
	}
	err = db.read.db.QueryRowContext(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").Scan(&ms)
	return ms, err == nil, err
}

// Lead takes a lock that one process of several on one database holds until release, for what must not be
// done twice. ok is false while another holds it.
func (db *DB) Lead(ctx context.Context, key int64) (release func(), ok bool, err error) {
	if db.engine == SQLite {
		return func() {}, true, nil // whoever writes the file is alone
	}
	c, err := db.write.db.Conn(ctx)
	if err != nil {
		return nil, false, err
	}
	if err = c.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&ok); err != nil || !ok {
		_ = c.Close()
		return func() {}, false, err
	}
	return func() {
		_, _ = c.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", key)
		_ = c.Close()
	}, true, nil
}

// Prepare compiles a statement without running it; the house test asks both engines about every statement.
func (db *DB) Prepare(ctx context.Context, text string) error {
	s, err := db.write.db.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	return s.Close()
}

// guess tells SQLite's planner what it cannot know of an empty table: every index begins with the
// county, which narrows nothing. Left alone it takes the county for the best condition there is and
// walks whole tables.
func (db *DB) guess(ctx context.Context) error {
	indexes, err := db.indexes(ctx)
	if err != nil {
		return err
	}
	c, err := db.write.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for _, q := range []string{"ANALYZE", "DELETE FROM sqlite_stat1"} {
		if _, err := c.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	const rows, same = 1_000_000, 20
	for _, x := range indexes {
		stat := fmt.Sprint(rows)
		each := rows
		for i := range x.columns {
			switch {
			case i == x.columns-1 && x.unique:
				each = 1
			case i == x.columns-1 && i > 0:
				each = same
			case i > 0:
				each = max(each/1000, same)
			}
			stat += fmt.Sprint(" ", each)
		}
		if _, err := c.ExecContext(ctx, "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)", x.table, x.name, stat); err != nil {
			return err
		}
	}
	return nil
}

type index struct {
	table, name string
	columns     int
	unique      bool
}

// indexes lists SQLite's indexes; the primary key of a table without row ids bears the table's name.
func (db *DB) indexes(ctx context.Context) ([]index, error) {
	rows, err := db.write.db.QueryContext(ctx, `SELECT t.name, CASE WHEN i.origin = 'pk' AND t.wr = 1 THEN t.name ELSE i.name END,
(SELECT count(*) FROM pragma_index_info(i.name)), i."unique"
FROM pragma_table_list t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1, 2`)
	if err != nil {
		return nil, err
	}
	return Collect(rows, func(r *sql.Rows) (x index, err error) { return x, r.Scan(&x.table, &x.name, &x.columns, &x.unique) })
}
