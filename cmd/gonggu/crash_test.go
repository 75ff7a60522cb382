package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gonggu/internal/bench"
	"gonggu/internal/database/dbtest"
)

// kills is how often a server is killed; GONGGU_KILLS asks for more.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("GONGGU_KILLS")); err == nil && n > 0 {
		return n
	}
	return 4
}

func moment() { time.Sleep(time.Duration(250+rand.IntN(350)) * time.Millisecond) }

// Killed again and again under load, the server keeps each act that it gave a receipt for, once.
func TestAKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	smallDemo(t, dir, "")
	s := serve(t, "--data", dir)
	c := newCrowd(t, s.URL)
	stop := c.start(t.Context())
	for range kills() {
		moment()
		s.Kill()
		s = serve(t, "--data", dir) // at once: the lock went with the process
		c.urls.Store([]string{s.URL})
	}
	moment()
	stop()
	s.Kill()
	if c.count() < 3*kills() {
		t.Errorf("only %d receipts: no load", c.count())
	}
	c.settle(t, dir, "")
}

// Three servers on one PostgreSQL keep one order, though each in turn is killed.
func TestThreeServersOnOnePostgreSQL(t *testing.T) {
	dir, url := t.TempDir(), dbtest.Schema(t)
	smallDemo(t, dir, url)
	var all []*bench.Process
	addresses := func() (urls []string) {
		for _, s := range all {
			urls = append(urls, s.URL)
		}
		return urls
	}
	for range 3 {
		all = append(all, serve(t, "--data", dir, "--database", url))
	}
	c := newCrowd(t, addresses()...)
	stop := c.start(t.Context())
	for i := range kills() {
		moment()
		all[i%3].Kill()
		all[i%3] = serve(t, "--data", dir, "--database", url)
		c.urls.Store(addresses())
	}
	moment()
	stop()
	for _, s := range all {
		s.Kill()
	}
	if c.count() < 3*kills() {
		t.Errorf("only %d receipts: no load", c.count())
	}
	c.settle(t, dir, url)
}

// Three servers that start at once on an empty database make one county with one set of keys.
func TestThreeServersStartAtOnceOnNothing(t *testing.T) {
	dir, url := t.TempDir(), dbtest.Schema(t)
	started := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := tryServe(t, "--data", dir, "--database", url)
			started <- err
		}()
	}
	for range 3 {
		if err := <-started; err != nil {
			t.Error(err)
		}
	}
	mustRun(t, "verify", "--data", dir, "--database", url)
	b, err := os.ReadFile(filepath.Join(dir, "first-password.txt"))
	if err != nil || len(strings.Fields(string(b))) != 4*3 || strings.Count(string(b), "\n") != 4 { // the office and the three officers, once
		t.Errorf("%q %v", b, err)
	}
}

// throwAway starts a PostgreSQL of this test's own.
func throwAway(t *testing.T) *bench.Cluster {
	t.Helper()
	c, err := bench.NewCluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Remove)
	return c
}

// Connections cut in mid-transaction and a PostgreSQL that dies under load cost nobody a receipt.
func TestPostgreSQLGoesAwayUnderLoad(t *testing.T) {
	cluster := throwAway(t)
	url := cluster.URL
	dir := t.TempDir()
	smallDemo(t, dir, url)
	s := serve(t, "--data", dir, "--database", url)
	c := newCrowd(t, s.URL)
	admin, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	stop := c.start(t.Context())
	cut := 0
	for range 5 * kills() {
		time.Sleep(60 * time.Millisecond)
		var n int
		// Those that hold a transaction open: the lane's among them.
		if err := admin.QueryRow(`SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'gonggu' AND (xact_start IS NOT NULL OR state = 'active')) x`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		cut += n
	}
	for i := range kills() {
		moment()
		before := c.count()
		if err := cluster.Control(t.Context(), "-m", []string{"immediate", "fast"}[i%2], "restart"); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(20 * time.Second)
		for c.count() == before && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
		}
		if c.count() == before {
			s.Kill()
			t.Fatalf("the server did not find its database again\n%s", s.Log())
		}
	}
	stop()
	s.Kill()
	if cut < 5 || c.resent == 0 {
		t.Errorf("%d connections cut, %d acts sent again: nothing was hit", cut, c.resent)
	}
	c.settle(t, dir, url)
}

// The measurement that kills what it drives: a server, and a PostgreSQL of its own whose postmaster is killed.
func TestBenchIngestWithKills(t *testing.T) {
	for _, args := range [][]string{{}, {"--kill-postgres"}} {
		out := mustRun(t, append([]string{"bench", "ingest", "--households", "150", "--clients", "4", "--batch", "3", "--kills", "2", "--json"}, args...)...)
		var got bench.Crash
		if err := json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &got); err != nil {
			t.Fatal(err, out)
		}
		if got.Kills != 2 || got.Quick != 2 || got.Sheets < 100 || got.Receipts != got.Sheets || got.Cut+got.Resent == 0 || got.Acts < int64(got.Sheets) || got.Rows == 0 || len(got.Faults) > 0 {
			t.Errorf("%v: %+v", args, got)
		}
	}
	for _, args := range [][]string{{"--servers", "3"}, {"--kill-postgres", "--database", "postgres://127.0.0.1:1/x"}} {
		if out, err := runs(t, append([]string{"bench", "ingest", "--households", "60", "--kills", "1"}, args...)...); err == nil || !strings.Contains(out, "PostgreSQL") {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
}

// One program writes an SQLite file; readers beside it are welcome.
func TestTwoProgramsOnOneFile(t *testing.T) {
	dir := t.TempDir()
	smallDemo(t, dir, "")
	s := serve(t, "--data", dir)
	for _, args := range [][]string{
		{"serve", "--data", dir, "--listen", "127.0.0.1:0"},
		{"import", "households", "--data", dir, "--yes", filepath.Join(dir, "export.xlsx")},
		{"campaign", "open", "--data", dir},
		{"move", "--data", dir, "--to", dbtest.Schema(t)},
	} {
		out, err := runs(t, args...)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || !strings.Contains(out, "正由另一个巩固程序写入") || !strings.Contains(out, strconv.Itoa(s.PID)) {
			t.Errorf("gonggu %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if out, err := runs(t, "demo", "--data", dir, "--households", "10"); err == nil {
		t.Errorf("a demonstration was made over a county that is served: %s", out)
	}
	mustRun(t, "verify", "--data", dir)
	mustRun(t, "report", "daily", "--data", dir, "-d", "2022-09-15")
	if out := mustRun(t, "backup", "--data", dir, "--to", filepath.Join(t.TempDir(), "copies")); !strings.Contains(out, "备份完成") {
		t.Error(out)
	}
	c := newCrowd(t, s.URL)
	stop := c.start(t.Context())
	moment()
	stop()
	if c.count() == 0 {
		t.Error("the first server was disturbed")
	}
	s.Kill()
	serve(t, "--data", dir)
}

// A database of a newer program is refused and not touched.
func TestANewerDatabaseIsRefused(t *testing.T) {
	dir := t.TempDir()
	smallDemo(t, dir, "")
	db, err := sql.Open("sqlite", filepath.Join(dir, "gonggu.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO schema_migrations (version, name, digest) VALUES (9999, 'later', 'x')`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := hashFile(t, dir)
	for _, args := range [][]string{{"serve", "--data", dir}, {"verify", "--data", dir}, {"backup", "--data", dir, "--to", t.TempDir()}} {
		if out, err := runs(t, args...); err == nil || !strings.Contains(out, "更新版本") {
			t.Errorf("gonggu %s: %v %s", args[0], err, out)
		}
	}
	if hashFile(t, dir) != before {
		t.Error("the file was changed")
	}
}

// A full disk refuses with words, keeps every receipt, and is forgotten once there is room again.
func TestAFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can mount a small disk; internal/database shows what SQLite says when there is no room")
		return
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=48m"); err != nil {
		t.Logf("no small disk here (%v); internal/database shows what SQLite says when there is no room", err)
		return
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	data := filepath.Join(dir, "data")
	smallDemo(t, data, "")
	s := serve(t, "--data", data)
	c := newCrowd(t, s.URL)
	ballast := filepath.Join(dir, "ballast")
	fillDisk(t, ballast)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stop := c.start(ctx)
	full := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.answers["503 urn:gonggu:database.full"] > 20
	}
	for !full() && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	if !full() {
		s.Kill()
		t.Fatalf("the disk was never full: %v\n%s", c.answers, s.Log())
	}
	before := c.count()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for c.count() < before+10 && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	s.Kill()
	if c.count() < before+10 {
		t.Errorf("it did not go on when there was room: %v\n%s", c.answers, s.Log())
	}
	c.settle(t, data, "")
}

// fillDisk leaves about half a megabyte.
func fillDisk(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 256<<10)
	size := int64(0)
	for {
		n, err := f.Write(block)
		size += int64(n)
		if err != nil {
			break
		}
	}
	if err := f.Truncate(max(0, size-512<<10)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
