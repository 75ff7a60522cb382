package database

import (
	"context"
	"crypto/sha256"
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
	listMigrations   = `SELECT version, digest FROM schema_migrations ORDER BY version`
	addMigration     = `INSERT INTO schema_migrations (version, name, digest) VALUES ($1, $2, $3)`
)

// migrate applies the embedded files in order, each in its own transaction.
func (db *DB) migrate(ctx context.Context) (changed bool, err error) {
	if _, err := db.write.db.ExecContext(ctx, db.engine.ddl(createMigrations)); err != nil {
		return false, fmt.Errorf("migrate: %w", err)
	}
	done := map[int64]string{}
	rows, err := db.write.db.QueryContext(ctx, listMigrations)
	if err != nil {
		return false, fmt.Errorf("migrate: %w", err)
	}
	for rows.Next() {
		var v int64
		var digest string
		if err := rows.Scan(&v, &digest); err != nil {
			return false, err
		}
		done[v] = digest
	}
	_ = rows.Close()
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return false, err
	}
	slices.Sort(names)
	if len(done) > len(names) {
		return false, errs.New(errs.Conflict, "database.newer", "数据库由更新版本的程序建立，本程序不能打开；请改用新版本程序。数据未作任何改动。")
	}
	for i, name := range names {
		version := int64(i + 1)
		text, err := migrations.ReadFile(name)
		if err != nil {
			return false, err
		}
		sum := sha256.Sum256(text)
		digest := hex.EncodeToString(sum[:])
		if was, ok := done[version]; ok {
			if was != digest {
				return false, errs.Newf(errs.Conflict, "database.altered", "数据库结构第 %d 步与本程序不一致，不能打开；请使用建立它的程序版本。数据未作任何改动。", version)
			}
			continue
		}
		if err := db.apply(ctx, version, name, digest, string(text)); err != nil {
			return false, fmt.Errorf("migration %s: %w", name, err)
		}
		changed = true
	}
	return changed, nil
}

func (db *DB) apply(ctx context.Context, version int64, name, digest, text string) error {
	tx, err := db.write.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, stmt := range strings.Split(db.engine.ddl(text), ";\n") {
		if strings.TrimSpace(stmt) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("%.80q: %w", strings.TrimSpace(stmt), err)
		}
	}
	if _, err := tx.ExecContext(ctx, addMigration, version, name, digest); err != nil {
		return err
	}
	return tx.Commit()
}
