package database_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"gonggu/internal/database"
)

const (
	byName   = `SELECT household FROM persons WHERE county = $1 AND name = $2 AND area = $3`
	bySubmit = `SELECT idx FROM acts WHERE county = $1 AND subject = $2 ORDER BY idx DESC LIMIT $3`
)

func scratch(t *testing.T) *database.DB {
	t.Helper()
	db, err := database.OpenScratch(t.Context(), filepath.Join(t.TempDir(), "again.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// alike fails when a statement runs by another plan than it would with every index.
func alike(t *testing.T, db *database.DB) {
	t.Helper()
	unlike, err := db.Unlike(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range unlike {
		t.Error(u)
	}
}

func schema(t *testing.T, db *database.DB) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT name || sql FROM sqlite_schema WHERE sql <> '' UNION ALL SELECT tbl || idx || stat FROM sqlite_stat1 ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	out, err := database.Collect(rows, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A statement of the writer finds the index it reads by, also among rows that are being read, and again after a rollback.
func TestAScratchFileMakesAnIndexWhenItIsReadBy(t *testing.T) {
	db, broken := scratch(t), errors.New("broken")
	ask := func(end error) func(*database.Tx) error {
		return func(tx *database.Tx) error {
			open, err := tx.Query(t.Context(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i FROM n`)
			if err != nil {
				return err
			}
			defer func() { _ = open.Close() }()
			for seen := 0; open.Next(); seen++ {
				if seen != 3 {
					continue
				}
				rows, err := tx.Query(t.Context(), byName, "1", "2", "3")
				if err != nil {
					return err
				}
				_ = rows.Close()
			}
			return errors.Join(open.Err(), end)
		}
	}
	if err := db.Write(t.Context(), ask(broken)); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if !slices.Contains(db.Left(), "persons_name") {
		t.Error("the index of a transaction that was rolled back is taken for there")
	}
	for range 2 {
		if err := db.Write(t.Context(), ask(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if left := db.Left(); slices.Contains(left, "persons_name") || !slices.Contains(left, "persons_initials") {
		t.Errorf("left out: %v", left)
	}
	alike(t, db)
}

// What a reader asks by is made by the next write.
func TestAScratchFileMakesAnIndexForItsReaders(t *testing.T) {
	db := scratch(t)
	rows, err := db.Query(t.Context(), bySubmit, "1", "2", 3)
	if err != nil {
		t.Fatal(err)
	}
	_ = rows.Close()
	if err := db.View(t.Context(), func(tx *database.Tx) error {
		rows, err := tx.Query(t.Context(), byName, "1", "2", "3")
		if err != nil {
			return err
		}
		return rows.Close()
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM waits WHERE county = $1 AND wanted = $2`, "1", "2")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if left := db.Left(); slices.Contains(left, "acts_subject") || slices.Contains(left, "persons_name") {
		t.Errorf("left out: %v", left)
	}
	alike(t, db)
}

// Completed, a scratch file has the schema and the planner's figures of any other.
func TestAScratchFileIsCompleted(t *testing.T) {
	whole, err := database.Open(t.Context(), filepath.Join(t.TempDir(), "gonggu.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = whole.Close() }()
	db := scratch(t)
	if len(db.Left()) == 0 || slices.Equal(schema(t, db), schema(t, whole)) {
		t.Fatal("nothing is left out")
	}
	if err := db.Complete(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(db.Left()) != 0 || !slices.Equal(schema(t, db), schema(t, whole)) {
		t.Errorf("left out: %v", db.Left())
	}
}
