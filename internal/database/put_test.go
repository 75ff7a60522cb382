package database_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
)

func TestWhatWasPutIsSeenInItsOrderAndFailsTheTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		const insert = `INSERT INTO people (county, id, name, idx) VALUES ('411624', $1, $2, $3)`
		const rename = `UPDATE people SET name = $1 WHERE county = '411624' AND id = $2`
		const name, count = `SELECT name FROM people WHERE county = '411624' AND id = $1`, `SELECT count(*) FROM people`
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(db.WriteAlone(ctx, 7, func(tx *database.Tx) error {
			must(tx.Put(ctx, insert, "a", "first", 1))
			must(tx.Put(ctx, rename, "second", "a"))
			var s string
			must(tx.QueryRow(ctx, name, "a").Scan(&s))
			if s != "second" || tx.Writes() != 2 {
				t.Errorf("%q after %d writes", s, tx.Writes())
			}
			must(tx.Put(ctx, insert, "b", "b", int64(2)))
			if err := tx.QueryRow(ctx, name, "c").Scan(&s); !database.Missing(err) {
				t.Errorf("a row that is not there: %v", err)
			}
			must(tx.Put(ctx, rename, "third", "a"))
			rows, err := tx.Query(ctx, name, "a")
			must(err)
			names, err := database.Collect(rows, scanText)
			must(err)
			if len(names) != 1 || names[0] != "third" {
				t.Errorf("%q", names)
			}
			must(tx.Put(ctx, rename, "fourth", "a"))
			if n, err := tx.Exec(ctx, `UPDATE people SET idx = idx + 1 WHERE name = $1`, "fourth"); err != nil || n != 1 {
				t.Errorf("an Exec after a Put touched %d rows (%v)", n, err)
			}
			return tx.Put(ctx, rename, "last", "b") // only the commit sends it
		}))
		var s string
		must(db.QueryRow(ctx, name, "b").Scan(&s))
		if s != "last" {
			t.Errorf("the commit left %q", s)
		}
		for what, after := range map[string]func(tx *database.Tx) error{
			"commit": func(*database.Tx) error { return nil },
			"row":    func(tx *database.Tx) error { return tx.QueryRow(ctx, name, "a").Scan(&s) },
			"rows": func(tx *database.Tx) error {
				rows, err := tx.Query(ctx, name, "a")
				if err == nil {
					_ = rows.Close()
				}
				return err
			},
			"exec": func(tx *database.Tx) error { _, err := tx.Exec(ctx, rename, "never", "b"); return err },
		} {
			err := db.Write(ctx, func(tx *database.Tx) error {
				if err := tx.Put(ctx, insert, "c", "c", 3); err != nil {
					return err
				}
				if err := tx.Put(ctx, insert, "a", "taken", 4); err != nil {
					return err // SQLite says it here
				}
				return after(tx)
			})
			if err == nil {
				t.Errorf("%s: a key that is taken was put", what)
			}
			var n int
			must(db.QueryRow(ctx, count).Scan(&n))
			if n != 2 {
				t.Errorf("%s: %d rows after a write that failed", what, n)
			}
		}
		many := errors.New("stop")
		err := db.Write(ctx, func(tx *database.Tx) error {
			for i := range 2500 {
				if err := tx.Put(ctx, insert, string(rune('d'+i)), "x", i); err != nil {
					return err
				}
			}
			var n int
			must(tx.QueryRow(ctx, count).Scan(&n))
			if n != 2502 {
				t.Errorf("%d rows", n)
			}
			return many
		})
		if !errors.Is(err, many) {
			t.Error(err)
		}
	})
}

func scanText(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) }

func TestManyRowsOfOneInsertAreAllThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		const insert = `INSERT INTO people (county, id, name, idx) VALUES ($1, $2, $3, $4) ON CONFLICT (county, id) DO UPDATE SET idx = people.idx + excluded.idx`
		var rows []any
		for i := range 75 { // nine statements of eight, three of one
			rows = append(rows, "411624", fmt.Sprint(i), "x", i)
		}
		for range 2 {
			if err := db.WriteAlone(ctx, 7, func(tx *database.Tx) error { return tx.PutAll(ctx, insert, 4, rows) }); err != nil {
				t.Fatal(err)
			}
		}
		var n, sum int
		if err := db.QueryRow(ctx, `SELECT count(*), sum(idx) FROM people WHERE county = '411624' AND name = 'x'`).Scan(&n, &sum); err != nil || n != 75 || sum != 75*74 {
			t.Errorf("%d rows that sum to %d (%v)", n, sum, err)
		}
		for _, bad := range []string{`UPDATE people SET name = $1`, `INSERT INTO people (county, id, name, idx) VALUES ('411624', 'a', 'x', 1)`,
			`INSERT INTO people (county, id, name, idx) VALUES ($1, $2, $3, $4) ON CONFLICT (county, id) DO UPDATE SET idx = $5`} {
			if err := db.Write(ctx, func(tx *database.Tx) error { return tx.PutAll(ctx, bad, 4, rows) }); err == nil {
				t.Errorf("%s took many rows", bad)
			}
		}
	})
}
