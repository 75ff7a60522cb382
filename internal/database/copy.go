package database

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Table is a table as it is copied whole: every column, ordered by the key, the same on both engines.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Key     []string `json:"key"`
}

// Layout returns all tables but the list of migrations, sorted by name; columns as they were declared.
func (db *DB) Layout(ctx context.Context) ([]Table, error) {
	names, err := db.Tables(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Table, 0, len(names))
	for _, name := range names {
		if name == "schema_migrations" {
			continue
		}
		t := Table{Name: name}
		rows, err := db.read.db.QueryContext(ctx, db.engine.columns(), name)
		if err != nil {
			return nil, err
		}
		type place struct {
			name string
			pk   int
		}
		keys, err := Collect(rows, func(r *sql.Rows) (p place, err error) {
			err = r.Scan(&p.name, &p.pk)
			t.Columns = append(t.Columns, p.name)
			return p, err
		})
		if err != nil {
			return nil, err
		}
		keys = slices.DeleteFunc(keys, func(p place) bool { return p.pk == 0 })
		slices.SortFunc(keys, func(a, b place) int { return a.pk - b.pk })
		for _, p := range keys {
			t.Key = append(t.Key, p.name)
		}
		if len(t.Key) == 0 {
			return nil, fmt.Errorf("table %s has no key and cannot be copied in order", name)
		}
		out = append(out, t)
	}
	return out, nil
}

// columns lists a table's columns in their order, each with its place in the key from 1, or 0.
func (e Engine) columns() string {
	if e == PostgreSQL {
		return `SELECT c.column_name, coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
FROM information_schema.columns c
JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = current_schema()::regnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = c.column_name
LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
WHERE c.table_schema = current_schema() AND c.table_name = $1 ORDER BY c.ordinal_position`
	}
	return `SELECT name, pk FROM pragma_table_info($1) ORDER BY cid`
}

func quoted(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

// Count returns the number of rows of a table.
func (t *Tx) Count(ctx context.Context, table Table) (n int64, err error) {
	return n, t.tx.QueryRowContext(ctx, `SELECT count(*) FROM "`+table.Name+`"`).Scan(&n)
}

// Scan gives every row in the order of the key. A cell is an int64, a string or a []byte, and is only
// good until the next row.
func (t *Tx) Scan(ctx context.Context, table Table, each func(row []any) error) error {
	rows, err := t.tx.QueryContext(ctx, `SELECT `+quoted(table.Columns)+` FROM "`+table.Name+`" ORDER BY `+quoted(table.Key))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	row := make([]any, len(table.Columns))
	into := make([]any, len(row))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range row {
			if v == nil {
				return fmt.Errorf("table %s: column %s is null", table.Name, table.Columns[i])
			}
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Filler puts whole tables into an empty database.
type Filler struct {
	ctx    context.Context
	db     *DB
	pg     *pgx.Conn
	tx     *sql.Tx
	behind int // rows since the last commit
}

// fillBatch is how many rows share a commit while an SQLite file is filled.
const fillBatch = 50_000

// Fill runs fn, which loads tables. On PostgreSQL all of it is one transaction; an SQLite file is filled
// in many and must not bear its name before Fill has ended well.
func (db *DB) Fill(ctx context.Context, fn func(*Filler) error) error {
	f := &Filler{ctx: ctx, db: db}
	if db.engine == SQLite {
		if err := fn(f); err != nil {
			if f.tx != nil {
				_ = f.tx.Rollback()
			}
			return err
		}
		return f.commit()
	}
	c, err := db.write.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return c.Raw(func(driver any) error {
		f.pg = driver.(*stdlib.Conn).Conn()
		return pgx.BeginFunc(ctx, f.pg, func(pgx.Tx) error { return fn(f) })
	})
}

func (f *Filler) commit() error {
	if f.tx == nil {
		return nil
	}
	err := f.tx.Commit()
	f.tx, f.behind = nil, 0
	return err
}

// Load loads one table from next, which ends with io.EOF; its rows come in the order of the key.
func (f *Filler) Load(table Table, next func() ([]any, error)) (int64, error) {
	if f.pg != nil {
		src := &source{next: next}
		n, err := f.pg.CopyFrom(f.ctx, pgx.Identifier{table.Name}, table.Columns, src)
		return n, err
	}
	const most = 2000 // parameters of one statement
	group := max(1, most/len(table.Columns))
	var n int64
	args := make([]any, 0, group*len(table.Columns))
	for {
		row, err := next()
		if err != nil && err != io.EOF {
			return n, err
		}
		args = append(args, row...)
		if rows := len(args) / len(table.Columns); rows == group || (err == io.EOF && rows > 0) {
			if err := f.insert(table, rows, args); err != nil {
				return n, err
			}
			n += int64(rows)
			args = args[:0]
		}
		if err == io.EOF {
			return n, nil
		}
	}
}

func (f *Filler) insert(table Table, rows int, args []any) (err error) {
	if f.tx == nil {
		if f.tx, err = f.db.write.db.BeginTx(f.ctx, nil); err != nil {
			return err
		}
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(table.Columns)), ", ") + "), "
	text := `INSERT INTO "` + table.Name + `" (` + quoted(table.Columns) + `) VALUES ` + strings.TrimSuffix(strings.Repeat(one, rows), ", ")
	if _, err := f.tx.ExecContext(f.ctx, text, args...); err != nil {
		return fmt.Errorf("table %s: %w", table.Name, err)
	}
	if f.behind += rows; f.behind >= fillBatch {
		return f.commit()
	}
	return nil
}

// source feeds PostgreSQL's COPY.
type source struct {
	next func() ([]any, error)
	row  []any
	err  error
}

func (s *source) Next() bool {
	s.row, s.err = s.next()
	return s.err == nil
}

func (s *source) Values() ([]any, error) { return s.row, nil }

func (s *source) Err() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}
