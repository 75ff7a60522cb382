package house_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
)

// typeNames are the column types of PostgreSQL in the words of SQLite.
var typeNames = map[string]string{"text": "TEXT", "bigint": "INTEGER", "bytea": "BLOB"}

var indexDef = regexp.MustCompile(`^CREATE (UNIQUE )?INDEX (\w+) ON (?:\w+\.)?(\w+) USING btree \((.*)\)$`)

// schema describes every column, key and index, one line each, in the same words for both engines.
func schema(t *testing.T, db *database.DB) []string {
	t.Helper()
	tables, err := db.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, table := range tables {
		if db.Engine() == database.SQLite {
			out = append(out, sqliteTable(t, db, table)...)
		} else {
			out = append(out, postgresTable(t, db, table)...)
		}
	}
	return out
}

func lines(t *testing.T, db *database.DB, scan func(*sql.Rows) (string, error), text string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), text, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := database.Collect(rows, scan)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func column(table, name, typ string, null bool) string {
	return fmt.Sprintf("column %s.%s %s null=%v", table, name, typ, null)
}

func index(name, table, columns string, unique bool) string {
	return fmt.Sprintf("index %s on %s (%s) unique=%v", name, table, columns, unique)
}

func sqliteTable(t *testing.T, db *database.DB, table string) []string {
	t.Helper()
	keys := map[int]string{}
	out := lines(t, db, func(r *sql.Rows) (string, error) {
		var name, typ string
		var notNull bool
		var pk int
		if err := r.Scan(&name, &typ, &notNull, &pk); err != nil {
			return "", err
		}
		if pk > 0 {
			keys[pk] = name
		}
		return column(table, name, typ, !notNull && pk == 0), nil
	}, `SELECT name, type, "notnull", pk FROM pragma_table_info($1) ORDER BY name`, table)
	var key []string
	for i := 1; i <= len(keys); i++ {
		key = append(key, keys[i])
	}
	out = append(out, index(table+"_pkey", table, strings.Join(key, ", "), true))
	return append(out, lines(t, db, func(r *sql.Rows) (string, error) {
		var name, columns, text string
		var unique bool
		err := r.Scan(&name, &unique, &columns, &text)
		if _, only, partial := strings.Cut(text, " WHERE "); partial {
			columns += " where " + bare(only)
		}
		return index(name, table, columns, unique), err
	}, `SELECT l.name, l."unique", (SELECT group_concat(i.name, ', ') FROM pragma_index_info(l.name) i), (SELECT m.sql FROM sqlite_master m WHERE m.name = l.name) FROM pragma_index_list($1) l WHERE l.origin = 'c' ORDER BY l.name`, table)...)
}

func postgresTable(t *testing.T, db *database.DB, table string) []string {
	t.Helper()
	out := lines(t, db, func(r *sql.Rows) (string, error) {
		var name, typ, null string
		err := r.Scan(&name, &typ, &null)
		return column(table, name, typeNames[typ], null == "YES"), err
	}, `SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY column_name`, table)
	return append(out, lines(t, db, func(r *sql.Rows) (string, error) {
		var def string
		if err := r.Scan(&def); err != nil {
			return "", err
		}
		def, only, partial := strings.Cut(def, " WHERE ")
		m := indexDef.FindStringSubmatch(def)
		if m == nil {
			return "", fmt.Errorf("an index that SQLite cannot have: %s", def)
		}
		if partial {
			m[4] += " where " + bare(only)
		}
		return index(m[2], m[3], m[4], m[1] != ""), nil
	}, `SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1 ORDER BY indexname`, table)...)
}

func TestBothEnginesHaveTheSameSchema(t *testing.T) {
	a, b := schema(t, dbtest.SQLite(t)), schema(t, dbtest.PostgreSQL(t))
	if len(a) < 200 {
		t.Fatalf("only %d columns and indexes found: the reading of the schema is broken", len(a))
	}
	for _, line := range a {
		if !slices.Contains(b, line) {
			t.Errorf("SQLite only: %s", line)
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) {
			t.Errorf("PostgreSQL only: %s", line)
		}
	}
}

// bare is the condition of an index without what the engines write differently: brackets and casts.
func bare(cond string) string {
	return strings.NewReplacer("::text", "", "(", "", ")", "").Replace(cond)
}
