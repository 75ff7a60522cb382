package database_test

import (
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
)

func TestOneWriterOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gonggu.db")
	first, err := database.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = database.Open(t.Context(), path)
	if errs.Code(err) != "database.in_use" || len(errs.As(err).Fields) != 1 {
		t.Errorf("a second writer: %v", err)
	}
	reader, err := database.OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(db *database.DB) error {
		return db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO people (county, id, name, idx) VALUES ('411624', 'a', 'b', 0)`)
			return err
		})
	}
	if write(reader) == nil {
		t.Error("a reader wrote")
	}
	if err := write(first); err != nil {
		t.Error(err)
	}
	var n int
	if err := reader.QueryRow(t.Context(), `SELECT count(*) FROM people`).Scan(&n); err != nil || n != 1 {
		t.Errorf("the reader sees %d rows (%v)", n, err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := database.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if _, err := database.OpenReader(t.Context(), path+".other"); errs.Code(err) != "database.none" {
		t.Errorf("a reader of nothing: %v", err)
	}
	if _, err := os.Stat(path + ".other"); err == nil {
		t.Error("reading made a file")
	}
}

// What SQLite says when there is no room is said in words, and nothing of the transaction stays.
func TestNoRoomIsSaidInWords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gonggu.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	for _, q := range []string{"PRAGMA page_size = 4096", "PRAGMA journal_mode = WAL", "CREATE TABLE t (b BLOB)", "PRAGMA max_page_count = 40"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		if _, err = db.Exec("INSERT INTO t VALUES (zeroblob(9000))"); err != nil {
			break
		}
	}
	said := database.Explain(err)
	if errs.Code(said) != "database.full" || errs.As(said).Kind != errs.Busy || !errors.Is(said, err) {
		t.Errorf("%v", said)
	}
	if err := database.Explain(os.ErrNotExist); !errors.Is(err, os.ErrNotExist) || errs.Shown(err) {
		t.Errorf("another error was touched: %v", err)
	}
	if database.Explain(nil) != nil {
		t.Error("no error became one")
	}
}

// A connection that is cut in a transaction is said in words; the transaction is not kept, and the next one goes well.
func TestACutConnectionIsSaidInWords(t *testing.T) {
	db := dbtest.PostgreSQL(t)
	insert := func(tx *database.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO people (county, id, name, idx) VALUES ('411624', 'a', 'b', 0)`)
		return err
	}
	for _, writes := range []func(func(*database.Tx) error) error{
		func(fn func(*database.Tx) error) error { return db.Write(t.Context(), fn) },
		func(fn func(*database.Tx) error) error { return db.WriteAlone(t.Context(), 7, fn) },
	} {
		err := writes(func(tx *database.Tx) error {
			if err := insert(tx); err != nil {
				return err
			}
			var pid int
			if err := tx.QueryRow(t.Context(), `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
				return err
			}
			var cut bool
			return db.QueryRow(t.Context(), `SELECT pg_terminate_backend($1)`, pid).Scan(&cut)
		})
		if errs.Code(database.Explain(err)) != "database.lost" {
			t.Errorf("%v", database.Explain(err))
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM people`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows of a lost transaction (%v)", n, err)
		}
	}
	if err := db.WriteAlone(t.Context(), 7, insert); err != nil {
		t.Errorf("the lock was not let go: %v", err)
	}
}

// Cells of every kind go from one engine to the other and come back the same, the empty ones too.
func TestTablesAreCopiedCellByCell(t *testing.T) {
	layout := func(db *database.DB, name string) database.Table {
		tables, err := db.Layout(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			if table.Name == name {
				return table
			}
		}
		t.Fatalf("no table %s", name)
		return database.Table{}
	}
	a, b := dbtest.SQLite(t), dbtest.PostgreSQL(t)
	ta, tb := layout(a, "sealed_values"), layout(b, "sealed_values")
	if len(ta.Columns) != 4 || len(ta.Key) != 3 || ta.Name != tb.Name || len(tb.Key) != 3 || tb.Key[1] != "idx" || ta.Key[2] != "hash" {
		t.Fatalf("%+v %+v", ta, tb)
	}
	rows := [][]any{{"411624", int64(-1), "", []byte{}}, {"411624", int64(0), "甲", []byte{0, 255}}, {"411624", int64(1) << 62, "'\"\\\n", []byte("x")}}
	for _, db := range []*database.DB{a, b} {
		i := 0
		err := db.Fill(t.Context(), func(f *database.Filler) error {
			_, err := f.Load(ta, func() ([]any, error) {
				if i == len(rows) {
					return nil, io.EOF
				}
				i++
				return rows[i-1], nil
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		i = 0
		err = db.View(t.Context(), func(tx *database.Tx) error {
			return tx.Scan(t.Context(), ta, func(row []any) error {
				for j, v := range row {
					if w, ok := rows[i][j].([]byte); ok {
						if got, isBytes := v.([]byte); !isBytes || string(got) != string(w) {
							t.Errorf("%s row %d: %v", db.Engine(), i, v)
						}
					} else if v != rows[i][j] {
						t.Errorf("%s row %d: %v, want %v", db.Engine(), i, v, rows[i][j])
					}
				}
				i++
				return nil
			})
		})
		if err != nil || i != len(rows) {
			t.Errorf("%s: %d rows, %v", db.Engine(), i, err)
		}
	}
}
