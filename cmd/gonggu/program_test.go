package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/bench"
	"gonggu/internal/canon"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/ident"
	"gonggu/internal/inspection"
	"gonggu/internal/server"
)

// asProgram in the environment makes this test binary the program itself.
const asProgram = "GONGGU_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	if err := os.Setenv(asProgram, "1"); err != nil { // for every process that a test starts
		panic(err)
	}
	os.Exit(m.Run())
}

func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(exe, args...)
}

// runs runs a command to its end; what it wrote comes back.
func runs(t *testing.T, args ...string) (string, error) {
	t.Helper()
	b, err := program(t, args...).CombinedOutput()
	return string(b), err
}

func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, err := runs(t, args...)
	if err != nil {
		t.Fatalf("gonggu %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func serve(t *testing.T, args ...string) *bench.Process {
	t.Helper()
	s, err := tryServe(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tryServe(t *testing.T, args ...string) (*bench.Process, error) {
	t.Helper()
	s, err := bench.StartProcess(program(t).Path, args...)
	if err == nil {
		t.Cleanup(s.Kill)
	}
	return s, err
}

const testCounty = "411624"

// smallDemo plays a county small enough to be killed often.
func smallDemo(t *testing.T, dir, database string) {
	t.Helper()
	f, err := packFS("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Play(t.Context(), demo.Options{Dir: dir, Database: database, Households: 60, Seed: 3, Through: "2022-09-16", Pack: f}); err != nil {
		t.Fatal(err)
	}
}

// crowd are inspectors who sign sheets without pause, send again what got no receipt, and keep every receipt.
type crowd struct {
	urls   atomic.Value // []string: servers to choose among
	client *http.Client
	me     struct {
		Account struct{ ID string }
		Post    struct{ ID string }
		Day     string
		Now     int64
	}
	households []string

	mu       sync.Mutex
	receipts map[string]bench.Receipt
	answers  map[string]int // by status or code
	resent   int
}

func (c *crowd) do(ctx context.Context, n int, method, path string, body []byte, into any) (int, error) {
	urls, _ := c.urls.Load().([]string)
	r, err := http.NewRequestWithContext(ctx, method, urls[n%len(urls)]+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("X-Gonggu", "1")
	r.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK {
		var p struct{ Type string }
		_ = json.Unmarshal(b, &p)
		return res.StatusCode, errors.New(p.Type)
	}
	return res.StatusCode, json.Unmarshal(b, into)
}

func newCrowd(t *testing.T, urls ...string) *crowd {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{client: &http.Client{Jar: jar, Timeout: 20 * time.Second}, receipts: map[string]bench.Receipt{}, answers: map[string]int{}}
	c.urls.Store(urls)
	if _, err := c.do(t.Context(), 0, "POST", "/session", []byte(`{"login":"xian","password":"`+demo.Password+`"}`), &c.me); err != nil {
		t.Fatal(err)
	}
	var list struct{ Rows []struct{ ID string } }
	if _, err := c.do(t.Context(), 0, "GET", "/households?limit=50", nil, &list); err != nil || len(list.Rows) < 20 {
		t.Fatalf("%d households, %v", len(list.Rows), err)
	}
	for _, h := range list.Rows {
		c.households = append(c.households, h.ID)
	}
	return c
}

// sheet signs a sheet that says nothing new, as the desk does.
func (c *crowd) sheet(ctx context.Context, n int) ([]byte, string, error) {
	var d struct {
		Form, Pack, Subject string
		Rev                 int64
		Prefilled           json.RawMessage
	}
	if _, err := c.do(ctx, n, "GET", "/households/"+c.households[n%len(c.households)]+"/draft", nil, &d); err != nil {
		return nil, "", err
	}
	parsed, err := canon.Parse(d.Prefilled)
	if err != nil {
		return nil, "", err
	}
	pre, _ := parsed.(canon.Object)
	answers := canon.Object{"h": canon.Object{}, "m": []any{}, "doubts": []any{}, "problems": []any{}}
	seen, err := act.Seen(d.Pack, d.Form, d.Subject, d.Rev, pre, answers)
	if err != nil {
		return nil, "", err
	}
	a := &act.Act{ID: ident.New(), County: testCounty, Kind: inspection.KindSheet, Subject: d.Subject, Actor: c.me.Account.ID, Post: c.me.Post.ID, Pack: d.Pack, Seen: seen, DeviceAt: c.me.Now,
		Body: canon.Object{"form": d.Form, "rev": d.Rev, "prefilled": pre, "answers": answers, "unchanged": true, "done_on": c.me.Day, "supersedes": "",
			"signature": canon.Object{"of": seen, "strokes": []any{[]any{int64(1), int64(1), int64(0), int64(9), int64(9), int64(20)}}}}}
	b, err := a.Bytes()
	return []byte(`{"acts":[{"act":` + string(b) + `,"open":[]}]}`), a.ID, err
}

// work signs and sends until ctx ends.
func (c *crowd) work(ctx context.Context, n int) {
	for i := n; ctx.Err() == nil; i += 8 {
		body, id, err := c.sheet(ctx, i)
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		c.deliver(ctx, i, body, id)
	}
}

// deliver sends one act again and again until it is answered or ctx ends.
func (c *crowd) deliver(ctx context.Context, n int, body []byte, id string) {
	for try := 0; ctx.Err() == nil; try++ {
		var out struct {
			Answers []struct {
				ID, Answer, Code string
				Receipt          *bench.Receipt
			}
		}
		status, err := c.do(ctx, n+try, "POST", "/acts", body, &out)
		c.mu.Lock()
		if try > 0 {
			c.resent++
		}
		if err != nil {
			c.answers[what(status, err)]++
		} else if a := out.Answers[0]; a.Receipt != nil {
			c.receipts[id] = *a.Receipt
			c.answers[a.Answer]++
		} else {
			c.answers[a.Answer+" "+a.Code]++
		}
		c.mu.Unlock()
		if err == nil {
			return
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// what names an answer that is no receipt; a connection that broke is all one.
func what(status int, err error) string {
	if status == 0 {
		return "no answer"
	}
	return fmt.Sprint(status, " ", err)
}

// start sets eight of them to work; stop waits until all have put down their pens.
func (c *crowd) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() { c.work(ctx, n) })
	}
	return func() { cancel(); all.Wait() }
}

func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.receipts)
}

// settle demands that each act with a receipt stands in the log exactly once, where its receipt says, and
// that everything adds up.
func (c *crowd) settle(t *testing.T, dir, database string) {
	t.Helper()
	state, err := demo.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	county, err := server.Open(t.Context(), server.Options{Dir: dir, Database: database, County: testCounty, Seed: state.SeedText(), Reading: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = county.Close() }()
	faults, err := bench.Settle(t.Context(), county.DB, testCounty, c.receipts)
	if err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	v, err := county.Verify(t.Context(), func(string, int, int) {})
	if err != nil || len(v.Faults) > 0 {
		t.Errorf("verify: %+v %v", v, err)
	}
	t.Logf("%d receipts, %d sent again, answers %v", len(c.receipts), c.resent, c.answers)
}

func hashFile(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "gonggu.db"))
	if err != nil {
		t.Fatal(err)
	}
	return canon.HashBytes(b)
}

// bench lists fills a demonstration's ledger and asks for every kind of page; a county that is none is left alone.
func TestBenchListsOfAFilledLedger(t *testing.T) {
	for engine, database := range map[string]string{"sqlite": "", "postgresql": dbtest.Schema(t)} {
		t.Run(engine, func(t *testing.T) {
			dir := t.TempDir()
			smallDemo(t, dir, database)
			args := []string{"bench", "lists", "--data", dir, "--n", "2", "--json"}
			if database != "" {
				args = append(args, "--database", database)
			}
			out := mustRun(t, slices.Concat(args, []string{"--spoil", "1500"})...)
			var lines []bench.Line
			if err := json.Unmarshal([]byte(out), &lines); err != nil {
				t.Fatal(err, out)
			}
			seen := map[string]bench.Line{}
			for _, l := range lines {
				seen[l.Name] = l
			}
			if page, book := seen["问题台账：全县第一页"], seen["导出：问题台账"]; len(seen) < 35 || page.Bytes < 20_000 || book.Bytes < 100_000 {
				t.Errorf("%d kinds of page; the first of the ledger has %d bytes, its workbook %d", len(seen), page.Bytes, book.Bytes)
			}
			if out, err := runs(t, slices.Concat(args, []string{"--spoil", "1600", "--only", "没有这种页面"})...); err != nil || strings.TrimSpace(out) != "null" {
				t.Errorf("%v %s", err, out)
			}
			if out, err := runs(t, append([]string{"verify"}, args[2:4]...)...); database == "" && (err == nil || !strings.Contains(out, "problems")) {
				t.Errorf("what no act wrote verifies: %v %s", err, out)
			}
		})
	}
	if out, err := runs(t, "bench", "lists", "--data", t.TempDir(), "--spoil", "10"); err == nil || !strings.Contains(out, "演示") {
		t.Errorf("%v %s", err, out)
	}
}
