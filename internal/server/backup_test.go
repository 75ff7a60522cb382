package server_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/backup"
	"gonggu/internal/clock"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/server"
)

const passphrase = "颍河边上的第十八棵老槐树下"

func silent(string, int, int) {}

// put restores a copy into an empty place of an engine.
func put(t *testing.T, s *stage, from, engine, keys, word string) (server.Options, error) {
	t.Helper()
	o := server.Options{Dir: filepath.Join(t.TempDir(), "data"), County: county, Clock: s.clock, Seed: s.options.Seed}
	if engine == "postgresql" {
		o.Database = dbtest.Schema(t)
	}
	_, err := backup.Restore(t.Context(), from, backup.Target{Dir: o.Dir, Database: o.Database, KeyFile: keys, Passphrase: func() (string, error) { return word, nil }}, silent)
	return o, err
}

// same demands that a county elsewhere is this one to the byte: every table of the state and every report.
func (s *stage) same(t *testing.T, o server.Options) {
	t.Helper()
	there := &stage{options: o, state: s.state, clock: s.clock}
	there.open(t)
	defer there.close(t)
	a, b := s.reports(t), there.reports(t)
	if len(a) < 6 || !maps.Equal(a, b) {
		t.Errorf("%d and %d reports, not equal to the byte", len(a), len(b))
	}
	v, err := there.county.Verify(t.Context(), silent)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Faults) > 0 || v.Acts < 20 {
		t.Errorf("%d acts, faults %q", v.Acts, v.Faults)
	}
	mine, err := act.ReadHead(t.Context(), s.county.DB, county)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := act.ReadHead(t.Context(), there.county.DB, county)
	if err != nil || mine != theirs {
		t.Errorf("heads %v and %v (%v)", mine, theirs, err)
	}
	if there.one(t, "SELECT count(*) FROM sessions") != "0" {
		t.Error("a copy must not carry sessions")
	}
	// Sensitive values open with the keys that came along.
	if n := there.one(t, "SELECT count(*) FROM accounts"); n != s.one(t, "SELECT count(*) FROM accounts") {
		t.Errorf("%s accounts", n)
	}
	there.visitor(t, "xian")
}

// A copy taken while the county is served, from either engine, comes back on either engine as it was.
func TestACopyComesBackOnEitherEngine(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			s := play(t, engine)
			s.visitor(t, "xian") // a session that no copy may carry
			dir := t.TempDir()
			folder, keys := filepath.Join(dir, "copies"), filepath.Join(dir, "keys.json")
			if err := backup.SaveKeys(s.options.Dir, keys, passphrase); err != nil {
				t.Fatal(err)
			}
			// While it is read, the county goes on: what comes later is not in the copy.
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan int)
			go func() { ended <- s.busy(ctx) }()
			m, err := backup.Take(t.Context(), s.county.Source(), folder, silent)
			stop()
			if busy := <-ended; busy == 0 {
				t.Error("nothing was written while the copy was taken")
			}
			if err != nil {
				t.Fatal(err)
			}
			if m.Rows() < 2000 || m.Files < 2 || m.LogSize < 20 {
				t.Fatalf("%d rows, %d files, log of %d", m.Rows(), m.Files, m.LogSize)
			}
			if _, err := put(t, s, folder, engine, keys, passphrase); err != nil {
				t.Error(err)
			}
			zip := filepath.Join(dir, "一份.zip")
			if _, err = backup.Take(t.Context(), s.county.Source(), zip, silent); err != nil {
				t.Fatal(err)
			}
			other := map[string]string{"sqlite": "postgresql", "postgresql": "sqlite"}[engine]
			o, err := put(t, s, zip, other, keys, passphrase)
			if err != nil {
				t.Fatalf("to %s: %v", other, err)
			}
			s.same(t, o)
			if _, err := backup.Restore(t.Context(), zip, backup.Target{Dir: o.Dir, Database: o.Database}, silent); errs.Code(err) != "backup.not_empty" {
				t.Errorf("again into %s: %v", other, err)
			}
			s.noSecrets(t, folder)
		})
	}
}

// busy writes refused and accepted things until told to stop, and returns how many.
func (s *stage) busy(ctx context.Context) (n int) {
	for ctx.Err() == nil {
		if _, err := s.county.Lane.Keep(ctx, "nobody", []byte(strings.Repeat("x", n+1)), act.ErrEnvelope); err == nil {
			n++
		}
	}
	return n
}

// noSecrets looks for the keys in every file of a copy.
func (s *stage) noSecrets(t *testing.T, dir string) {
	t.Helper()
	var secrets [][]byte
	b, err := os.ReadFile(filepath.Join(s.options.Dir, "keys", "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	secrets = append(secrets, bytes.Split(b, []byte("\n"))[0])
	if b, err = os.ReadFile(filepath.Join(s.options.Dir, "keys", "seal.json")); err != nil {
		t.Fatal(err)
	}
	for _, word := range bytes.Split(b, []byte(`"`)) {
		if len(word) == 64 {
			secrets = append(secrets, word)
		}
	}
	if len(secrets) < 3 {
		t.Fatalf("only %d secrets to look for", len(secrets))
	}
	err = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		for _, secret := range secrets {
			if bytes.Contains(b, secret) {
				t.Errorf("a key stands in %s", filepath.Base(p))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is wrong with a copy, its keys or its target is said before anything bears the county's name.
func TestACopyThatIsNotWholeIsRefused(t *testing.T) {
	s := play(t, "sqlite")
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys.json")
	if err := backup.SaveKeys(s.options.Dir, keys, "太短"); errs.Code(err) != "backup.passphrase" {
		t.Errorf("a short passphrase: %v", err)
	}
	if err := backup.SaveKeys(s.options.Dir, keys, passphrase); err != nil {
		t.Fatal(err)
	}
	otherDir := t.TempDir()
	c, err := server.Open(t.Context(), server.Options{Dir: otherDir, County: county, Seed: "another"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	otherKeys := filepath.Join(dir, "other.json")
	if err := backup.SaveKeys(otherDir, otherKeys, passphrase); err != nil {
		t.Fatal(err)
	}
	take := func() string {
		m, err := backup.Take(t.Context(), s.county.Source(), filepath.Join(t.TempDir(), "copies"), silent)
		if err != nil {
			t.Fatal(err)
		}
		return m.Path
	}
	spoil := func(name string, change func([]byte) []byte) func(string) {
		return func(path string) {
			full := filepath.Join(path, name)
			b, err := os.ReadFile(full)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, change(b), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	for _, c := range []struct {
		name, keys, word, code string
		spoil                  func(path string)
	}{
		{"no keys", "", "", "backup.keys", nil},
		{"another county's keys", otherKeys, passphrase, "backup.other_keys", nil},
		{"wrong passphrase", keys, passphrase + "x", "backup.wrong_passphrase", nil},
		{"a byte of a table", keys, passphrase, "backup.damaged", spoil("tables/households.rows.zst", flip)},
		{"half of a table", keys, passphrase, "backup.damaged", spoil("tables/acts.rows.zst", func(b []byte) []byte { return b[:len(b)/2] })},
		{"a table is missing", keys, passphrase, "backup.damaged", func(path string) { _ = os.Remove(filepath.Join(path, "tables", "persons.rows.zst")) }},
		{"the list of files", keys, passphrase, "backup.damaged", spoil("files.txt", func(b []byte) []byte { return b[1:] })},
		{"a file is missing", keys, passphrase, "backup.damaged", func(path string) { _ = os.RemoveAll(filepath.Join(filepath.Dir(path), "files")) }},
		{"no manifest", keys, passphrase, "backup.none", func(path string) { _ = os.Remove(filepath.Join(path, "manifest.json")) }},
		{"a manifest that is no JSON", keys, passphrase, "backup.damaged", spoil("manifest.json", func(b []byte) []byte { return b[1:] })},
		{"a copy of a newer program", keys, passphrase, "database.newer", spoil("manifest.json", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"schema": [`), []byte(`"schema": [`+strings.Repeat(`{"version":1},`, 99)), 1)
		})},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := take()
			if c.spoil != nil {
				c.spoil(path)
			}
			o, err := put(t, s, path, "sqlite", c.keys, c.word)
			if errs.Code(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
			if _, err := os.Stat(filepath.Join(o.Dir, "gonggu.db")); err == nil {
				t.Error("half a county bears its name")
			}
		})
	}
}

// The folder of copies keeps the newest, and the files that one of them names.
func TestOldCopiesGoAndTheirFilesWithThem(t *testing.T) {
	s := play(t, "sqlite")
	folder := filepath.Join(t.TempDir(), "copies")
	at := clock.NewVirtual(s.clock.Now(), false)
	source := s.county.Source()
	source.Clock = at
	only, err := s.county.Desk.Files.Put(strings.NewReader("a file that only the first copy has"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if _, err := backup.Take(t.Context(), source, folder, silent); err != nil {
			t.Fatal(err)
		}
		at.Set(at.Now() + 24*3_600_000)
		if i == 0 {
			if err := s.county.Desk.Files.Remove(only); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "files", only[:2], only[2:])); err != nil {
		t.Fatal("the first copy lacks its file")
	}
	before, err := backup.List(folder)
	if err != nil || len(before) != 4 {
		t.Fatalf("%v %v", before, err)
	}
	if err := backup.Prune(folder, 2); err != nil {
		t.Fatal(err)
	}
	after, err := backup.List(folder)
	if err != nil || !slices.Equal(after, before[2:]) {
		t.Errorf("%v, want %v", after, before[2:])
	}
	if _, err := os.Stat(filepath.Join(folder, "files", only[:2], only[2:])); err == nil {
		t.Error("a file that no copy names is still there")
	}
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := backup.SaveKeys(s.options.Dir, keys, passphrase); err != nil {
		t.Fatal(err)
	}
	for _, name := range after {
		if _, err := put(t, s, filepath.Join(folder, name), "sqlite", keys, passphrase); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A county goes from SQLite to PostgreSQL whole, once, and cannot be started where it was.
func TestACountyMovesToPostgreSQL(t *testing.T) {
	s := play(t, "sqlite")
	reports := s.reports(t)
	to := dbtest.Schema(t)
	if _, err := backup.Move(t.Context(), s.options.Dir, to, s.clock, silent); errs.Code(err) != "database.in_use" {
		t.Errorf("while it is served: %v", err)
	}
	s.web.Close()
	if err := s.county.Close(); err != nil {
		t.Fatal(err)
	}
	full := dbtest.Schema(t)
	lived, err := server.Open(t.Context(), server.Options{Dir: t.TempDir(), Database: full, County: county})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lived.Lane.Keep(t.Context(), "nobody", []byte("x"), act.ErrEnvelope); err != nil {
		t.Fatal(err)
	}
	if err := lived.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Move(t.Context(), s.options.Dir, full, s.clock, silent); errs.Code(err) != "backup.not_empty" {
		t.Errorf("into a full database: %v", err)
	}
	tables, err := backup.Move(t.Context(), s.options.Dir, to, s.clock, silent)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 20 {
		t.Errorf("%d tables", len(tables))
	}
	if _, err := server.Open(t.Context(), s.options); errs.Code(err) != "server.moved" {
		t.Errorf("started where it was: %v", err)
	}
	s.options.Database = to
	s.open(t)
	if !maps.Equal(reports, s.reports(t)) {
		t.Error("the reports changed")
	}
	v, err := s.county.Verify(t.Context(), silent)
	if err != nil || len(v.Faults) > 0 {
		t.Errorf("%v %v", v, err)
	}
	// Life goes on there.
	if _, err := s.county.Lane.Keep(t.Context(), "nobody", []byte("x"), act.ErrEnvelope); err != nil {
		t.Error(err)
	}
}
