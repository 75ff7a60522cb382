package server_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/ident"
	"gonggu/internal/inspection"
	"gonggu/internal/server"
	"gonggu/internal/workbook"
	"gonggu/packs"
)

// county is the code of the demonstration.
const county = "411624"

// stage is a small demonstration county, open and served over HTTP.
type stage struct {
	options server.Options
	state   *demo.State
	clock   *clock.Virtual
	county  *server.County
	web     *httptest.Server
}

func packFS(t testing.TB) fs.FS {
	t.Helper()
	f, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// play makes the demonstration on an engine. Both engines get the same seed.
func play(t *testing.T, engine string) *stage {
	t.Helper()
	s := &stage{options: server.Options{Dir: t.TempDir(), County: county}}
	if engine == "postgresql" {
		s.options.Database = dbtest.Schema(t)
	}
	var err error
	s.state, err = demo.Play(t.Context(), demo.Options{Dir: s.options.Dir, Database: s.options.Database, Households: 300, Seed: 7, Pack: packFS(t)})
	if err != nil {
		t.Fatal(err)
	}
	s.clock = clock.NewVirtual(s.state.Now, false)
	s.options.Clock, s.options.Seed = s.clock, s.state.SeedText()
	s.open(t)
	t.Cleanup(func() { s.close(t) })
	return s
}

func (s *stage) open(t *testing.T) {
	t.Helper()
	var err error
	if s.county, err = server.Open(t.Context(), s.options); err != nil {
		t.Fatal(err)
	}
	s.web = httptest.NewServer(s.county.Handler(slog.New(slog.NewTextHandler(io.Discard, nil)), false))
}

func (s *stage) close(t *testing.T) {
	t.Helper()
	s.web.Close()
	if err := s.county.Close(); err != nil {
		t.Error(err)
	}
}

// restart ends the program and starts it again on the same data, as `serve` does.
func (s *stage) restart(t *testing.T) {
	t.Helper()
	s.close(t)
	s.open(t)
	if err := s.county.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.county.Desk.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// exec spoils or sets rows behind the product's back.
func (s *stage) exec(t *testing.T, text string, args ...any) {
	t.Helper()
	err := s.county.DB.Write(t.Context(), func(tx *database.Tx) error {
		n, err := tx.Exec(t.Context(), text, args...)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d rows touched by %s", n, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// one reads a single text.
func (s *stage) one(t *testing.T, text string, args ...any) string {
	t.Helper()
	var out string
	if err := s.county.DB.QueryRow(t.Context(), text, args...).Scan(&out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

// notState are the tables that are not what the acts add up to.
var notState = []string{"schema_migrations", "accounts", "sessions", "access_log", "access_entries", "access_tiles", "access_heads", "imports", "refused_acts", "waiting_acts", "waits",
	"account_links", "account_rules", "sign_in_tries", "staff_lists", "wished_posts"}

// sum is a digest of everything that the acts add up to: equal before and after when nothing was done.
func (s *stage) sum(t *testing.T) map[string]string {
	t.Helper()
	tables, err := s.county.DB.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, table := range tables {
		if slices.Contains(notState, table) {
			continue
		}
		rows, err := s.county.DB.Query(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := database.Collect(rows, scanLine)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(lines)
		out[table] = fmt.Sprintf("%d rows %x", len(lines), sha256.Sum256([]byte(strings.Join(lines, "\n"))))
	}
	return out
}

func scanLine(r *sql.Rows) (string, error) {
	cols, err := r.Columns()
	if err != nil {
		return "", err
	}
	cells := make([]any, len(cols))
	into := make([]any, len(cols))
	for i := range cells {
		into[i] = &cells[i]
	}
	err = r.Scan(into...)
	return fmt.Sprintf("%v", cells), err
}

// unchanged fails when anything but the lists of repairs differs from before.
func (s *stage) unchanged(t *testing.T, before map[string]string) {
	t.Helper()
	for table, now := range s.sum(t) {
		if now != before[table] {
			t.Errorf("half done: table %s was %s, is %s", table, before[table], now)
		}
	}
}

// visitor is a signed-in person at a browser.
type visitor struct {
	stage  *stage
	client *http.Client
	me     me
}

type me struct {
	Account struct{ ID, Login string }
	Post    struct {
		ID   string
		Area struct{ Code string }
	}
	Day string
}

// visitor signs in; the demonstration's accounts share one password.
func (s *stage) visitor(t *testing.T, login string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{stage: s, client: &http.Client{Jar: jar}}
	status, b := v.send(t, "POST", "/session", "application/json", strings.NewReader(`{"login":"`+login+`","password":"`+demo.Password+`"}`))
	if status != http.StatusOK {
		t.Fatalf("%s cannot sign in: %s", login, b)
	}
	v.decode(t, b, &v.me)
	return v
}

func (v *visitor) decode(t *testing.T, b []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%v: %.200s", err, b)
	}
}

func (v *visitor) send(t *testing.T, method, path, kind string, body io.Reader) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, v.stage.web.URL+"/api/v1"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Gonggu", "1")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	res, err := v.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, b
}

// get reads a page that must be there.
func (v *visitor) get(t *testing.T, path string, into any) {
	t.Helper()
	status, b := v.send(t, "GET", path, "", nil)
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, status, b)
	}
	v.decode(t, b, into)
}

func (v *visitor) post(t *testing.T, path string, body, into any) int {
	t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	status, b := v.send(t, "POST", path, "application/json", in)
	v.decode(t, b, into)
	return status
}

type problemJSON struct {
	Type, Detail string
	Status       int
}

// imported is an import as the API shows it.
type imported struct {
	ID, State, Failure, ShapeName string
	Summary                       struct{ Rows, Households, Persons, New, Changed, Same, Rejected, Doubtful int }
	Faults                        []struct {
		Row                  int
		Column, Code, Reason string
		Severity             string
	}
	Rejects bool
}

// upload sends files and waits until they are read.
func (v *visitor) upload(t *testing.T, files map[string][]byte) imported {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for name, b := range files {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	status, b := v.send(t, "POST", "/imports", w.FormDataContentType(), &buf)
	if status != http.StatusOK {
		t.Fatalf("upload: %d %s", status, b)
	}
	var im imported
	v.decode(t, b, &im)
	return v.wait(t, im.ID, "reading", "applying")
}

// wait waits until an import has left the given states.
func (v *visitor) wait(t *testing.T, id string, states ...string) imported {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		var im imported
		v.get(t, "/imports/"+id, &im)
		if !slices.Contains(states, im.State) {
			return im
		}
	}
	t.Fatalf("import %s does not end", id)
	return imported{}
}

// sheetOf fills in the sheet of a household as the desk does: the draft as it came, the answers given, signed over both.
func (v *visitor) sheetOf(t *testing.T, household string, answers canon.Object) *act.Act {
	t.Helper()
	var draft struct {
		Form, Pack, Subject string
		Rev                 int64
		Prefilled           json.RawMessage
	}
	v.get(t, "/households/"+household+"/draft", &draft)
	return v.sign(t, draft.Pack, draft.Form, draft.Subject, draft.Rev, draft.Prefilled, answers)
}

func (v *visitor) sign(t *testing.T, pack, form, subject string, rev int64, prefilled []byte, answers canon.Object) *act.Act {
	t.Helper()
	parsed, err := canon.Parse(prefilled)
	if err != nil {
		t.Fatal(err)
	}
	pre, _ := parsed.(canon.Object)
	for _, k := range []string{"m", "doubts", "problems"} {
		if answers[k] == nil {
			answers[k] = []any{}
		}
	}
	if answers["h"] == nil {
		answers["h"] = canon.Object{}
	}
	seen, err := act.Seen(pack, form, subject, rev, pre, answers)
	if err != nil {
		t.Fatal(err)
	}
	return &act.Act{ID: ident.New(), County: county, Kind: inspection.KindSheet, Subject: subject, Actor: v.me.Account.ID, Post: v.me.Post.ID, Pack: pack, Seen: seen, DeviceAt: v.stage.clock.Now(),
		Body: canon.Object{"form": form, "rev": rev, "prefilled": pre, "answers": answers, "unchanged": true, "done_on": v.me.Day, "supersedes": "",
			"signature": canon.Object{"of": seen, "strokes": []any{[]any{int64(1), int64(1), int64(0), int64(9), int64(9), int64(20)}}}}}
}

type answered struct {
	ID, Answer, Code, Reason string
	WaitingFor               []string
	Receipt                  *struct {
		Index, ReceivedAt int64
		Leaf              string
	}
	Made *struct {
		Problems []struct{ ID, Number, Item, Say string }
	}
}

// submit posts acts as a batch and returns an answer for each.
func (v *visitor) submit(t *testing.T, acts ...*act.Act) []answered {
	t.Helper()
	list := []map[string]any{}
	for _, a := range acts {
		b, err := a.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, map[string]any{"act": json.RawMessage(b), "open": []any{}})
	}
	var out struct{ Answers []answered }
	if status := v.post(t, "/acts", map[string]any{"acts": list}, &out); status != http.StatusOK || len(out.Answers) != len(acts) {
		t.Fatalf("%d %+v", status, out)
	}
	return out.Answers
}

// book writes a workbook of one sheet: a heading and rows of text.
func book(t *testing.T, heading []string, rows ...[]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := workbook.NewWriter(&buf)
	s, err := w.Sheet("花名册", workbook.Layout{Heading: heading})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		cells := make([]workbook.Value, len(r))
		for i, c := range r {
			cells[i] = workbook.Text(c)
		}
		if err := s.Row(cells...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
