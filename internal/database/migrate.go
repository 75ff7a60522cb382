package database

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"gonggu/internal/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	createMigrations = `CREATE TABLE IF NOT EXISTS schema_migrations (version {int} PRIMARY KEY, name {text} NOT NULL, digest {text} NOT NULL) {strict}`
	listMigrations   = `SELECT version, name, digest FROM schema_migrations ORDER BY version`
	addMigration     = `INSERT INTO schema_migrations (version, name, digest) VALUES ($1, $2, $3)`
)

// migrationLock keeps several processes that start on one PostgreSQL from building the schema at once.
const migrationLock = 0x676f6e676775

// Step is one migration: its place in the order, its file and the SHA-256 of its text.
type Step struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Digest  string `json:"digest"`
}

// Errors of a schema that this program cannot serve. Nothing was changed.
var (
	ErrNewer = errs.New(errs.Conflict, "database.newer", "数据库由更新版本的程序建立，本程序不能打开；请改用新版本程序。数据未作任何改动。")
	ErrOlder = errs.New(errs.Conflict, "database.older", "数据库还是旧版本的结构；请先用本程序 serve 启动一次，自动备份并升级后再运行这个命令。数据未作任何改动。")
)

// Steps returns the migrations of this program, in order.
func Steps() ([]Step, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	out := make([]Step, len(names))
	for i, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		out[i] = Step{int64(i + 1), name, hex.EncodeToString(sum[:])}
	}
	return out, nil
}

// Steps returns the migrations that the database has seen, in order; none when it is new.
func (db *DB) Steps(ctx context.Context) ([]Step, error) {
	tables, err := db.Tables(ctx)
	if err != nil || !slices.Contains(tables, "schema_migrations") {
		return nil, err
	}
	rows, err := db.write.db.QueryContext(ctx, listMigrations)
	if err != nil {
		return nil, err
	}
	return Collect(rows, func(r *sql.Rows) (s Step, err error) { return s, r.Scan(&s.Version, &s.Name, &s.Digest) })
}

// Compare tells how many of this program's migrations a database lacks that has seen done; it refuses
// one that is newer or was built by other texts.
func Compare(done []Step) (missing int, err error) {
	ours, err := Steps()
	if err != nil {
		return 0, err
	}
	if len(done) > len(ours) {
		return 0, ErrNewer
	}
	for i, s := range done {
		if ours[i].Digest != s.Digest {
			return 0, errs.Newf(errs.Conflict, "database.altered", "数据库结构第 %d 步与本程序不一致，不能打开；请使用建立它的程序版本。数据未作任何改动。", i+1)
		}
	}
	return len(ours) - len(done), nil
}

// Migrate brings the schema to the given number of steps, 0 for all, each step in its own transaction.
func (db *DB) Migrate(ctx context.Context, to int) error {
	release, err := db.Alone(ctx, migrationLock)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer release()
	if _, err := db.write.db.ExecContext(ctx, db.engine.ddl(createMigrations)); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	done, err := db.Steps(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	missing, err := Compare(done)
	if err != nil || missing == 0 {
		return err
	}
	ours, err := Steps()
	if err != nil {
		return err
	}
	if to == 0 {
		to = len(ours)
	}
	for _, s := range ours[len(done):max(to, len(done))] {
		if err := db.apply(ctx, s); err != nil {
			return fmt.Errorf("migration %s: %w", s.Name, err)
		}
	}
	if db.engine != SQLite {
		return nil
	}
	// The planner's figures are read when a connection begins: begin again.
	if err := db.guess(ctx); err != nil {
		return err
	}
	if err := db.disconnect(); err != nil {
		return err
	}
	again, err := open(ctx, db.where)
	if err == nil {
		db.write, db.read = again.write, again.read
	}
	return err
}

// Alone waits for a lock between processes and holds it until release; on SQLite the lock of the file is enough.
func (db *DB) Alone(ctx context.Context, key int64) (release func(), err error) {
	if db.engine == SQLite {
		return func() {}, nil
	}
	c, err := db.write.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock($1)", key); err != nil {
		_ = c.Close()
		return nil, err
	}
	return func() {
		_, _ = c.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", key)
		_ = c.Close()
	}, nil
}

func (db *DB) apply(ctx context.Context, s Step) error {
	text, err := migrations.ReadFile(s.Name)
	if err != nil {
		return err
	}
	tx, err := db.write.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, stmt := range strings.Split(db.engine.ddl(string(text)), ";\n") {
		if strings.TrimSpace(stmt) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("%.80q: %w", strings.TrimSpace(stmt), err)
		}
	}
	if _, err := tx.ExecContext(ctx, addMigration, s.Version, s.Name, s.Digest); err != nil {
		return err
	}
	return tx.Commit()
}
