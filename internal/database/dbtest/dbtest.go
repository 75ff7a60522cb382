// Package dbtest gives a test a fresh database of each engine. A missing PostgreSQL fails the
// test: nothing is ever shown on one engine only.
package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonggu/internal/database"
)

// Each runs fn as a subtest on a fresh SQLite file and on a fresh PostgreSQL schema.
func Each(t *testing.T, fn func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgresql", func(t *testing.T) { fn(t, PostgreSQL(t)) })
}

// SQLite opens a fresh file that goes away with the test.
func SQLite(t testing.TB) *database.DB {
	t.Helper()
	return openFor(t, filepath.Join(t.TempDir(), "gonggu.db"))
}

// PostgreSQL opens a fresh schema that goes away with the test.
func PostgreSQL(t testing.TB) *database.DB {
	t.Helper()
	return openFor(t, Schema(t))
}

// Schema makes a fresh PostgreSQL schema and returns the address that opens it.
func Schema(t testing.TB) string {
	t.Helper()
	base := address(t)
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatalf("postgresql: %v", err)
	}
	name := fmt.Sprintf("t_%016x", rand.Uint64())
	if _, err := admin.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatalf("postgresql is needed for this test (run `make postgres`): %v", err)
	}
	t.Cleanup(func() {
		_, _ = admin.Exec("DROP SCHEMA " + name + " CASCADE")
		_ = admin.Close()
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func openFor(t testing.TB, where string) *database.DB {
	t.Helper()
	db, err := database.Open(context.Background(), where)
	if err != nil {
		t.Fatalf("open %s: %v", where, err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// address is GONGGU_TEST_POSTGRES, or what `make postgres` wrote to .cache/postgres.url.
func address(t testing.TB) string {
	t.Helper()
	if s := os.Getenv("GONGGU_TEST_POSTGRES"); s != "" {
		return s
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if b, err := os.ReadFile(filepath.Join(dir, ".cache", "postgres.url")); err == nil {
			return strings.TrimSpace(string(b))
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("no PostgreSQL to test on: run `make postgres`, or set GONGGU_TEST_POSTGRES")
	return ""
}
