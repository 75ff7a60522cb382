package database

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// lean is the part of a scratch file that is not there yet: indexes which no statement has asked for. Half of the work of
// writing a county again is its indexes, and a replay reads by few of them. A plan is made on an empty copy of the whole schema, so
// a statement runs as it would with every index there: what its plan names is made before it runs.
type lean struct {
	mu     sync.Mutex
	plan   *sql.DB
	left   map[string]string // the indexes that are not there, with the statement that makes each
	known  map[string]bool   // statements that need none of them
	wanted map[string]bool   // by readers, until the writer comes by
}

const (
	scratchPragmas = `PRAGMA synchronous = OFF`

	// looseIndexes are the indexes that only make reading quicker.
	looseIndexes = `SELECT s.name, s.sql FROM sqlite_schema s JOIN pragma_index_list(s.tbl_name) i ON i.name = s.name
WHERE s.type = 'index' AND i.origin = 'c' AND i."unique" = 0 ORDER BY 1`
	wholeSchema = `SELECT sql FROM sqlite_schema WHERE sql <> '' AND name NOT LIKE 'sqlite_%' ORDER BY type <> 'table'`
	allFigures  = `SELECT tbl, idx, stat FROM sqlite_stat1`
	noFigures   = `DELETE FROM sqlite_stat1`
	addFigure   = `INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)`
	readFigures = `ANALYZE sqlite_schema`
)

// replayed are the indexes that a replay is known to read by: they are there from the start.
var replayed = []string{
	"blind_values_household", "doubts_household", "households_area", "households_number", "posts_area", "posts_person", "problems_cluster",
	"problems_household", "problems_merged", "problems_pending", "problem_sources_cut", "sheets_household", "tasks_area",
}

// OpenScratch opens an SQLite file that need not survive a crash: for rebuilding and comparing. It has the indexes that
// its statements read by; Complete makes the others.
func OpenScratch(ctx context.Context, path string) (*DB, error) {
	db, err := Open(ctx, path)
	if err != nil {
		return nil, err
	}
	if _, err = db.write.db.ExecContext(ctx, scratchPragmas); err == nil {
		err = db.thin(ctx)
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// thin leaves out the indexes that a replay does not need; one that makes rows unique stays, it is a rule.
func (db *DB) thin(ctx context.Context) error {
	l := &lean{left: map[string]string{}, known: map[string]bool{}, wanted: map[string]bool{}}
	loose, err := texts(ctx, db.write.db, looseIndexes, 2)
	if err != nil {
		return err
	}
	if l.plan, err = db.emptied(ctx); err != nil {
		return err
	}
	for _, x := range loose {
		if slices.Contains(replayed, x[0]) {
			continue
		}
		l.left[x[0]] = x[1]
		if _, err := db.write.db.ExecContext(ctx, "DROP INDEX "+x[0]); err != nil {
			return err
		}
	}
	db.write.lean, db.read.lean = l, l
	// A dropped index took the planner's figures of it along; the one made later is to find them.
	figures, err := texts(ctx, l.plan, allFigures, 3)
	if err != nil {
		return err
	}
	if _, err := db.write.db.ExecContext(ctx, noFigures); err != nil {
		return err
	}
	for _, f := range figures {
		if _, err := db.write.db.ExecContext(ctx, addFigure, f[0], f[1], f[2]); err != nil {
			return err
		}
	}
	return nil
}

// emptied copies the schema into memory, with what guess says of it.
func (db *DB) emptied(ctx context.Context) (*sql.DB, error) {
	schema, err := texts(ctx, db.write.db, wholeSchema, 1)
	if err != nil {
		return nil, err
	}
	plan, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		return nil, err
	}
	plan.SetMaxOpenConns(1)
	for _, x := range schema {
		if _, err := plan.ExecContext(ctx, x[0]); err != nil {
			_ = plan.Close()
			return nil, fmt.Errorf("%.80q: %w", x[0], err)
		}
	}
	err = (&DB{engine: SQLite, write: newPool(plan, false)}).guess(ctx)
	if err == nil {
		_, err = plan.ExecContext(ctx, readFigures)
	}
	if err != nil {
		_ = plan.Close()
		return nil, err
	}
	return plan, nil
}

// texts reads rows of n texts.
func texts(ctx context.Context, db *sql.DB, text string, n int) ([][]string, error) {
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return Collect(rows, func(r *sql.Rows) ([]string, error) {
		out, into := make([]string, n), make([]any, n)
		for i := range out {
			into[i] = &out[i]
		}
		return out, r.Scan(into...)
	})
}

var (
	usesIndex = regexp.MustCompile(`USING (?:COVERING )?INDEX (\w+)`)
	argument  = regexp.MustCompile(`\$(\d+)`)
)

// plan returns the steps by which a statement runs.
func plan(ctx context.Context, db interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}, text string) ([]string, error) {
	most := 0
	for _, m := range argument.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return nil, err
		}
		most = max(most, n)
	}
	rows, err := db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, make([]any, most)...)
	if err != nil {
		return nil, err
	}
	return Collect(rows, func(r *sql.Rows) (s string, err error) {
		var n int64
		return s, r.Scan(&n, &n, &n, &s)
	})
}

// needs returns the indexes that a statement's plan names and that are not there.
func (l *lean) needs(ctx context.Context, text string) (out []string) {
	if l.known[text] {
		return nil
	}
	steps, err := plan(ctx, l.plan, text)
	if err != nil {
		return nil // it will be said where it runs
	}
	for _, s := range steps {
		for _, m := range usesIndex.FindAllStringSubmatch(s, -1) {
			if l.left[m[1]] != "" {
				out = append(out, m[1])
			}
		}
	}
	l.known[text] = len(out) == 0
	return out
}

// ask notes what a reader's statement needs.
func (l *lean) ask(ctx context.Context, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range l.needs(ctx, text) {
		l.wanted[name] = true
	}
}

// index makes what a statement of the writer needs, and what readers wanted.
func (t *Tx) index(ctx context.Context, text string) {
	l := t.pool.lean
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range append(l.needs(ctx, text), slices.Sorted(maps.Keys(l.wanted))...) {
		if t.made[name] || l.left[name] == "" {
			continue
		}
		for _, s := range []string{l.left[name], readFigures} {
			if _, err := t.tx.ExecContext(ctx, s); err != nil {
				l.wanted[name] = true // a reader can not
				return
			}
		}
		if t.made == nil {
			t.made = map[string]bool{}
		}
		t.made[name] = true
	}
}

// keep notes what a transaction made once it has lasted.
func (l *lean) keep(made map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range made {
		delete(l.left, name)
		delete(l.wanted, name)
	}
}

// Left returns the indexes that a scratch file lacks, sorted.
func (db *DB) Left() []string {
	l := db.write.lean
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.left))
}

// Complete makes the indexes that a scratch file lacks. They are sorted in files of SQLite's own (TMPDIR): in memory the largest
// would grow with the county.
func (db *DB) Complete(ctx context.Context) error {
	l := db.write.lean
	if l == nil {
		return nil
	}
	c, err := db.write.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for _, name := range db.Left() {
		for _, s := range []string{"PRAGMA temp_store = FILE", l.left[name], "PRAGMA temp_store = MEMORY"} {
			if _, err := c.ExecContext(ctx, s); err != nil {
				return fmt.Errorf("index %s: %w", name, err)
			}
		}
		l.keep(map[string]bool{name: true})
	}
	_, err = c.ExecContext(ctx, readFigures)
	return err
}

// Unlike returns the statements that a scratch file has learned and runs by another plan than a file with every index.
func (db *DB) Unlike(ctx context.Context) (out []string, err error) {
	for _, p := range []pool{db.write, db.read} {
		p.mu.RLock()
		known := slices.Sorted(maps.Keys(p.stmts))
		p.mu.RUnlock()
		c, err := p.db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { _ = c.Close() }()
		var n int64
		if err := c.QueryRowContext(ctx, "SELECT count(*) FROM schema_migrations").Scan(&n); err != nil { // and see today's schema
			return nil, err
		}
		for _, text := range known {
			whole, err := plan(ctx, db.write.lean.plan, text)
			if err != nil {
				return nil, err
			}
			here, err := plan(ctx, c, text)
			if err != nil {
				return nil, err
			}
			if !slices.Equal(whole, here) {
				out = append(out, fmt.Sprintf("%s\n%q instead of %q", text, here, whole))
			}
		}
	}
	return out, nil
}

func (l *lean) close() {
	if l != nil {
		_ = l.plan.Close()
	}
}
