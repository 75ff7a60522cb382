package server_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/inspection"
	"gonggu/internal/report"
	"gonggu/internal/server"
)

func quiet(string, int, int) {}

// What a careful outsider asks of the proof, on each engine: every place that was changed by hand is named, a log that was
// written anew is caught by a root printed before, a proof goes by itself, and the state is made again from the acts alone.
func TestTheProofOnBothEngines(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := play(t, engine)
			s.sound(t, server.VerifyOptions{Quick: true})
			t.Run("its replay finds every index that it reads by", s.indexed)
			t.Run("the state changed by hand", s.spoiledState)
			t.Run("the log changed by hand", s.spoiledLog)
			t.Run("acts removed, added, swapped", s.spoiledOrder)
			t.Run("sealed values taken away", s.sealedGone)
			t.Run("a file on disk", s.spoiledFile)
			t.Run("counts, without a replay", s.spoiledCounts)
			t.Run("a log written anew with the key at hand", func(t *testing.T) { s.rewritten(t, engine) })
			t.Run("a proof", s.proof)
			t.Run("rebuilt", func(t *testing.T) { s.rebuilt(t, engine) })
			s.sound(t, server.VerifyOptions{Quick: true})
		})
	}
}

func (s *stage) look(t *testing.T, o server.VerifyOptions) *server.Verification {
	t.Helper()
	o.Progress = quiet
	v, err := s.county.VerifyWith(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Faults) != len(v.Places) {
		t.Fatalf("%d faults, %d places", len(v.Faults), len(v.Places))
	}
	return v
}

func (s *stage) sound(t *testing.T, o server.VerifyOptions) {
	t.Helper()
	if v := s.look(t, o); len(v.Faults) != 0 || v.Skipped != "" || v.Acts == 0 || v.Sheets == 0 || v.Rows == 0 {
		t.Fatalf("%+v", v)
	}
}

// named fails unless a fault names the table and column, and all of the texts.
func named(t *testing.T, v *server.Verification, table, column string, says ...string) {
	t.Helper()
	ok := slices.ContainsFunc(v.Places, func(f act.Fault) bool {
		if f.Table != table || (column != "" && !slices.Contains(strings.Split(f.Column, ","), column)) {
			return false
		}
		return !slices.ContainsFunc(says, func(text string) bool { return !strings.Contains(f.Text, text) })
	})
	if !ok {
		t.Errorf("%s.%s %v is not named:\n%s", table, column, says, strings.Join(v.Faults, "\n"))
	}
}

// spoil changes one column of the first row that has something in it, and returns what puts it back.
func (s *stage) spoil(t *testing.T, table, keys, column, where string) func() {
	t.Helper()
	cols := strings.Split(keys, ", ")
	row := make([]any, len(cols)+1)
	into := make([]any, len(row))
	for i := range row {
		into[i] = &row[i]
	}
	q := "SELECT " + keys + ", " + column + " FROM " + table + " WHERE county = $1 AND " + where + " ORDER BY " + keys + " LIMIT 1"
	if err := s.county.DB.QueryRow(t.Context(), q, county).Scan(into...); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	old := row[len(cols)]
	var spoiled any
	switch x := old.(type) {
	case int64:
		spoiled = x + 1
	case string:
		spoiled = x + "x"
	case []byte:
		b := bytes.Clone(x)
		b[len(b)/2] ^= 1
		spoiled, old = b, bytes.Clone(x)
	}
	write := "UPDATE " + table + " SET " + column + " = $1 WHERE county = $2"
	for i, k := range cols {
		write += fmt.Sprintf(" AND %s = $%d", k, i+3)
	}
	args := func(v any) []any { return append([]any{v, county}, row[:len(cols)]...) }
	s.exec(t, write, args(spoiled)...)
	return func() { s.exec(t, write, args(old)...) }
}

// Every table that the acts add up to, spoiled in one place each: table, row and column are named.
func (s *stage) spoiledState(t *testing.T) {
	places := []struct{ table, keys, column, where string }{
		{"households", "key", "facts", "facts <> ''"}, {"households", "key", "secret", "length(secret) > 20 AND key > (SELECT min(key) FROM households)"},
		{"households", "key", "owner", "key = (SELECT max(key) FROM households)"},
		{"persons", "household, ord", "facts", "facts <> ''"}, {"persons", "household, ord", "secret", "length(secret) > 20 AND ord = 1"},
		{"problems", "key", "state", "1 = 1"}, {"problems", "key", "say", "key = (SELECT max(key) FROM problems)"}, {"doubts", "key", "reason", "1 = 1"}, {"sheets", "idx", "done_on", "1 = 1"},
		{"frozen_reports", "digest", "doc", "1 = 1"}, {"cut_offs", "reported_on", "digest", "1 = 1"}, {"cut_offs", "reported_on", "log_size", "reported_on = (SELECT max(reported_on) FROM cut_offs)"},
		{"posts", "id", "duties", "1 = 1"}, {"areas", "code", "name", "1 = 1"}, {"units", "id", "name", "1 = 1"}, {"people", "id", "name", "1 = 1"},
		{"packs", "digest", "doc", "1 = 1"}, {"campaigns", "id", "plan", "1 = 1"}, {"import_changes", "idx, household", "rev", "1 = 1"},
		{"numbers", "series", "last", "1 = 1"}, {"log_keys", "idx", "key", "1 = 1"}, {"tallies", "area, measure, item, reported_on, done_on", "n", "n > 5"},
		{"tally_totals", "measure, area, item", "n", "n > 5"},
	}
	var back []func()
	for _, p := range places {
		back = append(back, s.spoil(t, p.table, p.keys, p.column, p.where))
	}
	s.exec(t, "INSERT INTO numbers (county, series, last) VALUES ($1, 'forged', 1)", county)
	class := s.one(t, "SELECT class FROM household_classes WHERE county = $1 ORDER BY class, area, household LIMIT 1", county)
	var area string
	var household int64
	if err := s.county.DB.QueryRow(t.Context(), "SELECT area, household FROM household_classes WHERE county = $1 AND class = $2 ORDER BY area, household LIMIT 1", county, class).Scan(&area, &household); err != nil {
		t.Fatal(err)
	}
	s.exec(t, "DELETE FROM household_classes WHERE county = $1 AND class = $2 AND area = $3 AND household = $4", county, class, area, household)
	v := s.look(t, server.VerifyOptions{})
	for _, p := range places {
		named(t, v, p.table, p.column)
	}
	named(t, v, "numbers", "", "多出一行", "forged")
	named(t, v, "household_classes", "", "缺少一行", fmt.Sprint(household))
	if want := len(places) + 2; len(v.Faults) != want {
		t.Errorf("%d places were changed, %d are named:\n%s", want, len(v.Faults), strings.Join(v.Faults, "\n"))
	}
	for _, f := range back {
		f()
	}
	s.exec(t, "DELETE FROM numbers WHERE county = $1 AND series = 'forged'", county)
	s.exec(t, "INSERT INTO household_classes (county, class, area, household) VALUES ($1, $2, $3, $4)", county, class, area, household)
	s.sound(t, server.VerifyOptions{})
}

func (s *stage) spoiledLog(t *testing.T) {
	sheet := "kind = 'inspection.sheet'"
	for _, p := range []struct {
		table, keys, column, where string
	}{
		{"acts", "idx", "doc", sheet}, {"acts", "idx", "leaf", sheet}, {"acts", "idx", "digest", sheet}, {"acts", "idx", "received_at", sheet}, {"acts", "idx", "id", sheet},
		{"acts", "idx", "kind", sheet}, {"acts", "idx", "subject", sheet}, {"acts", "idx", "person", sheet}, {"acts", "idx", "post", sheet},
		{"log_tiles", "level, n", "data", "1 = 1"}, {"log_heads", "county", "root", "1 = 1"}, {"log_heads", "county", "size", "1 = 1"}, {"log_heads", "county", "received_at", "1 = 1"},
		{"sealed_values", "idx, hash", "box", "1 = 1"},
	} {
		back := s.spoil(t, p.table, p.keys, p.column, p.where)
		v := s.look(t, server.VerifyOptions{Quick: true})
		back()
		named(t, v, p.table, p.column)
	}
}

func (s *stage) spoiledOrder(t *testing.T) {
	head, err := act.ReadHead(t.Context(), s.county.DB, county)
	if err != nil {
		t.Fatal(err)
	}
	move := func(from, to int64) {
		s.exec(t, "UPDATE acts SET idx = $1 WHERE county = $2 AND idx = $3", to, county, from)
	}
	k := head.Size - 10
	var at1, at2 int64
	for at1 = at2; at1 == at2; k-- {
		for into, idx := range map[*int64]int64{&at1: k, &at2: k + 1} {
			if err := s.county.DB.QueryRow(t.Context(), "SELECT received_at FROM acts WHERE county = $1 AND idx = $2", county, idx).Scan(into); err != nil {
				t.Fatal(err)
			}
		}
	}
	k++
	move(k, -1)
	v := s.look(t, server.VerifyOptions{})
	named(t, v, "acts", "", fmt.Sprintf("记录 %d 缺失", k))
	if v.Skipped == "" {
		t.Error("a state that was not made again is not said so")
	}
	move(k+1, k)
	move(-1, k+1)
	v = s.look(t, server.VerifyOptions{})
	named(t, v, "log_tiles", "data", fmt.Sprintf("记录 %d ", k))
	named(t, v, "log_tiles", "data", fmt.Sprintf("记录 %d ", k+1))
	named(t, v, "acts", "received_at", fmt.Sprintf("记录 %d", k+1), "次序")
	move(k, -1)
	move(k+1, k)
	move(-1, k+1)
	const columns = "id, kind, subject, person, post, received_at, digest, leaf, doc"
	s.exec(t, "INSERT INTO acts (county, idx, "+columns+") SELECT county, $1, 'forged', kind, subject, person, post, received_at, digest, leaf, doc FROM acts WHERE county = $2 AND idx = $3", head.Size, county, head.Size-1)
	v = s.look(t, server.VerifyOptions{})
	named(t, v, "acts", "", fmt.Sprintf("记录 %d 起多出 1 条", head.Size))
	s.exec(t, "DELETE FROM acts WHERE county = $1 AND idx = $2", county, head.Size)
	s.exec(t, "UPDATE acts SET idx = -1 WHERE county = $1 AND idx = $2", county, head.Size-1)
	v = s.look(t, server.VerifyOptions{})
	named(t, v, "acts", "", fmt.Sprintf("记录 %d 起缺失", head.Size-1))
	move(-1, head.Size-1)
	s.sound(t, server.VerifyOptions{Quick: true})
}

// sealedGone: a value whose commitment stands in an act was taken out of its table.
func (s *stage) sealedGone(t *testing.T) {
	var idx int64
	var hash string
	var box []byte
	const pick = "SELECT v.idx, v.hash, v.box FROM sealed_values v JOIN acts a ON a.county = v.county AND a.idx = v.idx WHERE v.county = $1 AND a.kind = 'inspection.sheet' ORDER BY v.idx, v.hash LIMIT 1"
	if err := s.county.DB.QueryRow(t.Context(), pick, county).Scan(&idx, &hash, &box); err != nil {
		t.Fatal(err)
	}
	s.exec(t, "DELETE FROM sealed_values WHERE county = $1 AND idx = $2 AND hash = $3", county, idx, hash)
	v := s.look(t, server.VerifyOptions{})
	if len(v.Faults) == 0 {
		t.Error("nothing is named")
	}
	if !strings.Contains(strings.Join(v.Faults, "\n"), fmt.Sprintf("记录 %d", idx)) && !strings.Contains(strings.Join(v.Faults, "\n"), "表 persons") && !strings.Contains(strings.Join(v.Faults, "\n"), "表 households") {
		t.Errorf("neither the act nor its household is named:\n%s", strings.Join(v.Faults, "\n"))
	}
	s.exec(t, "INSERT INTO sealed_values (county, idx, hash, box) VALUES ($1, $2, $3, $4)", county, idx+1, hash, box)
	v = s.look(t, server.VerifyOptions{Quick: true})
	named(t, v, "sealed_values", "hash", fmt.Sprintf("idx=%d", idx+1))
	s.exec(t, "UPDATE sealed_values SET idx = $1 WHERE county = $2 AND idx = $3 AND hash = $4", idx, county, idx+1, hash)
	s.sound(t, server.VerifyOptions{Quick: true})
}

func (s *stage) spoiledFile(t *testing.T) {
	n := 0
	err := filepath.WalkDir(filepath.Join(s.options.Dir, "files"), func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		spoiled := bytes.Clone(b)
		spoiled[len(spoiled)/2] ^= 1
		if err := os.WriteFile(p, spoiled, 0o600); err != nil {
			return err
		}
		v := s.look(t, server.VerifyOptions{Quick: true})
		named(t, v, "files", "", filepath.Base(p)[:8])
		if err := os.Remove(p); err != nil {
			return err
		}
		v = s.look(t, server.VerifyOptions{Quick: true})
		named(t, v, "files", "", filepath.Base(p)[:8], "缺失")
		return os.WriteFile(p, b, 0o600)
	})
	if err != nil || n < 2 {
		t.Fatalf("%d files, %v", n, err)
	}
}

func (s *stage) spoiledCounts(t *testing.T) {
	for _, where := range []string{"area = county AND n > 5", "length(area) = 9 AND n > 5", "length(area) = 12 AND measure = 'households' AND item = ''",
		"length(area) = 12 AND measure = 'sheets'", "length(area) = 12 AND measure = 'found'"} {
		back := s.spoil(t, "tallies", "area, measure, item, reported_on, done_on", "n", where)
		v := s.look(t, server.VerifyOptions{Quick: true})
		back()
		named(t, v, "tallies", "n")
	}
	for _, where := range []string{"area = county AND n > 5", "length(area) = 12 AND measure = 'found'"} {
		back := s.spoil(t, "tally_totals", "measure, area, item", "n", where)
		v := s.look(t, server.VerifyOptions{Quick: true})
		back()
		named(t, v, "tally_totals", "n")
	}
}

// beside opens an empty county with the same keys and files.
func (s *stage) beside(t *testing.T, engine string) *server.County {
	t.Helper()
	o := server.Options{Dir: t.TempDir(), County: county, Clock: s.clock, Seed: s.options.Seed}
	if engine == "postgresql" {
		o.Database = dbtest.Schema(t)
	}
	if err := os.CopyFS(filepath.Join(o.Dir, "files"), os.DirFS(filepath.Join(s.options.Dir, "files"))); err != nil {
		t.Fatal(err)
	}
	c, err := server.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// rewritten: whoever has the machine and the key writes the whole log anew with one sheet changed. By itself it adds up.
func (s *stage) rewritten(t *testing.T, engine string) {
	yesterday, err := act.ReadHead(t.Context(), s.county.DB, county)
	if err != nil {
		t.Fatal(err)
	}
	frozen, err := act.From(t.Context(), s.county.DB, county, 0, int(yesterday.Size))
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for _, a := range frozen {
		if a.Kind == report.KindFreeze {
			last = a.Index
		}
	}
	other := s.beside(t, engine)
	changed := int64(-1)
	first := func(kind string) bool { return kind == report.KindFreeze }
	rewrite := func(yield func([]act.Submission, error) bool) {
		for subs, err := range act.All(t.Context(), s.county.DB, county, s.county.Keys, 0, yesterday.Size, first) {
			for i := range subs {
				if a := subs[i].Act; changed < 0 && a.Index > last && a.Kind == inspection.KindSheet {
					a.DeviceMono, changed = a.DeviceMono+1, a.Index
				}
			}
			if !yield(subs, err) {
				return
			}
		}
	}
	err = other.Lane.Replay(t.Context(), rewrite, func(sub act.Submission, a act.Answer, err error) bool {
		if err != nil || a.Outcome != act.Accepted {
			t.Errorf("act %d: %v %+v", sub.Act.Index, err, a)
		}
		return err == nil
	})
	if err != nil || changed < 0 {
		t.Fatal(changed, err)
	}
	v, err := other.Verify(t.Context(), quiet)
	if err != nil || len(v.Faults) != 0 || v.Acts != yesterday.Size {
		t.Fatalf("the rewritten county does not add up, so it shows nothing: %+v %v", v, err)
	}
	printed, err := server.ParseEarlier(yesterday.Size, hex.EncodeToString(yesterday.Root[:]))
	if err != nil {
		t.Fatal(err)
	}
	v, err = other.VerifyWith(t.Context(), server.VerifyOptions{Quick: true, Earlier: printed, Progress: quiet})
	if err != nil || len(v.Faults) != 1 || !strings.Contains(v.Faults[0], "整体改写") {
		t.Errorf("%+v %v", v, err)
	}
	root, err := act.RootAt(t.Context(), s.county.DB, county, changed)
	if err != nil {
		t.Fatal(err)
	}
	v, err = other.VerifyWith(t.Context(), server.VerifyOptions{Quick: true, Earlier: &server.Earlier{Size: changed, Root: root}, Progress: quiet})
	if err != nil || len(v.Faults) != 0 || v.Earlier == "" {
		t.Errorf("a root from before the change is still that of the log: %+v %v", v, err)
	}
	s.sound(t, server.VerifyOptions{Quick: true, Earlier: printed})
	v = s.look(t, server.VerifyOptions{Quick: true, Earlier: &server.Earlier{Size: yesterday.Size + 1, Root: yesterday.Root}})
	named(t, v, "acts", "", "记录被删除")
}
