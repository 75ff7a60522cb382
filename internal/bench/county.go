package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonggu/internal/account"
	"gonggu/internal/act"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/report"
	"gonggu/internal/server"
)

// Line is what one thing took, over and over. Times are ms.
type Line struct {
	Name  string  `json:"name"`
	N     int     `json:"n"`
	P50   float64 `json:"p50"`
	P99   float64 `json:"p99"`
	Bytes int     `json:"bytes" doc:"of the largest answer"`
}

// times runs do n times and says how long it took.
func times(name string, n int, do func(i int) (int, error)) (Line, error) {
	l := Line{Name: name, N: n}
	took := make([]time.Duration, n)
	for i := range n {
		began := time.Now()
		size, err := do(i)
		if err != nil {
			return l, fmt.Errorf("%s: %w", name, err)
		}
		took[i], l.Bytes = time.Since(began), max(l.Bytes, size)
	}
	slices.Sort(took)
	l.P50, l.P99 = ms(took[n/2]), ms(took[n*99/100])
	return l, nil
}

// reader asks a county's handler as one person, without the network.
type reader struct {
	handler http.Handler
	token   string
	rng     *rand.Rand
	areas   map[string][]string // by level
	heads   []string
	numbers []string
	ids     []string

	problems []struct{ ID, Number string }
	nexts    []string // where a page of the ledger begins
}

func newReader(ctx context.Context, c *server.County) (*reader, error) {
	post := duty.NewPost("bench-reader", "测速", duty.Unit{ID: duty.UnitOffice}, "测速", c.Code, duty.Office)
	if _, err := duty.ActorOf(ctx, c.DB, c.Code, post.Person, post.ID); err != nil {
		if err := c.OpenPosts(ctx, "bench-reader", []duty.Post{post}); err != nil {
			return nil, err
		}
	}
	if err := c.Accounts.Open(ctx, post.Person, post.Person, demo.Password); err != nil {
		return nil, err
	}
	_, token, err := c.Accounts.SignIn(ctx, post.Person, demo.Password, account.From{})
	if err != nil {
		return nil, err
	}
	r := &reader{handler: c.Handler(slog.New(slog.NewTextHandler(io.Discard, nil)), false), token: token, rng: rand.New(rand.NewPCG(1, 1)), areas: map[string][]string{}}
	list, err := duty.Areas(ctx, c.DB, c.Code, duty.Everything(c.Code))
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		r.areas[a.Level] = append(r.areas[a.Level], a.Code)
	}
	return r, r.learn()
}

// learn reads a page of each of some townships, to know what people would look for.
func (r *reader) learn() error {
	for _, town := range r.areas[duty.LevelTownship] {
		b, err := r.ask("GET", "/households?limit=50&area="+town, nil)
		if err != nil {
			return err
		}
		var page struct {
			Rows []struct{ ID, No, Head string }
		}
		if err := json.Unmarshal(b, &page); err != nil {
			return err
		}
		for _, h := range page.Rows {
			r.ids, r.numbers, r.heads = append(r.ids, h.ID), append(r.numbers, h.No), append(r.heads, h.Head)
		}
	}
	if len(r.ids) == 0 {
		return fmt.Errorf("这个县还没有户：请先用 gonggu demo 生成")
	}
	for _, town := range r.areas[duty.LevelTownship] {
		b, err := r.ask("GET", "/problems?limit=20&area="+town, nil)
		if err != nil {
			return err
		}
		var page struct {
			Rows []struct{ ID, Number string }
			Next string
		}
		if err := json.Unmarshal(b, &page); err != nil {
			return err
		}
		r.problems = append(r.problems, page.Rows...)
		if page.Next != "" {
			r.nexts = append(r.nexts, page.Next)
		}
	}
	if len(r.problems) == 0 {
		return fmt.Errorf("这个县还没有问题：请先用 gonggu demo 生成")
	}
	return nil
}

func (r *reader) ask(method, path string, body []byte) ([]byte, error) {
	q := httptest.NewRequest(method, "/api/v1"+path, bytes.NewReader(body))
	q.Header.Set("X-Gonggu", "bench")
	q.Header.Set("Content-Type", "application/json")
	q.AddCookie(&http.Cookie{Name: "gonggu_session", Value: r.token})
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, q)
	if w.Code != http.StatusOK {
		return nil, fmt.Errorf("%s: %d %.200s", path, w.Code, w.Body.String())
	}
	return w.Body.Bytes(), nil
}

func one[T any](r *reader, list []T) T { return list[r.rng.IntN(len(list))] }

// page is one kind of page that people ask for, and how often it is asked for here.
type page struct {
	name string
	path func() string
	n    int
}

// MeasureLists asks for pages as people do, n of each kind whose name holds only.
func MeasureLists(ctx context.Context, c *server.County, n int, only string) ([]Line, error) {
	r, err := newReader(ctx, c)
	if err != nil {
		return nil, err
	}
	var out []Line
	for _, k := range slices.Concat(r.register(n), r.ledger(n), r.overviews(n)) {
		if !strings.Contains(k.name, only) {
			continue
		}
		line, err := times(k.name, k.n, func(int) (int, error) {
			b, err := r.ask("GET", k.path(), nil)
			return len(b), err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

func (r *reader) village() string { return one(r, r.areas[duty.LevelVillage]) }

func (r *reader) town() string { return one(r, r.areas[duty.LevelTownship]) }

// register are pages of households.
func (r *reader) register(n int) []page {
	return []page{
		{"户：全县第一页", func() string { return "/households?limit=50" }, n},
		{"户：乡镇里从某处翻页", func() string { v := r.village(); return "/households?limit=50&area=" + v[:9] + "&after=" + v + ".zzzz" }, n},
		{"户：村", func() string { return "/households?limit=50&area=" + r.village() }, n},
		{"户：未排查", func() string { return "/households?limit=50&state=none&area=" + r.town() }, n},
		{"户：有问题", func() string { return "/households?limit=50&state=problem" }, n},
		{"户：类别", func() string { return "/households?limit=50&class=2.1-a&area=" + r.town() }, n},
		{"户：姓名", func() string { return "/households?limit=50&q=" + url.QueryEscape(one(r, r.heads)) }, n},
		{"户：姓（村内）", func() string {
			return "/households?limit=50&area=" + r.village() + "&q=" + url.QueryEscape(string([]rune(one(r, r.heads))[:1]))
		}, n},
		{"户：拼音首字母（乡镇内）", func() string {
			return "/households?limit=50&area=" + r.town() + "&q=" + []string{"zjg", "lxm", "wj", "cxl"}[r.rng.IntN(4)]
		}, n},
		{"户：户编号", func() string { return "/households?limit=50&q=" + one(r, r.numbers) }, n},
		{"户档", func() string { return "/households/" + one(r, r.ids) }, n},
		{"排查表底稿", func() string { return "/households/" + one(r, r.ids) + "/draft" }, n},
	}
}

// ledger are pages of problems and of what is done with them.
func (r *reader) ledger(n int) []page {
	return []page{
		{"问题台账：全县第一页", func() string { return "/problems?limit=50" }, n},
		{"问题台账：乡镇", func() string { return "/problems?limit=50&area=" + r.town() }, n},
		{"问题台账：事项", func() string { return "/problems?limit=50&item=3.2.4" }, n},
		{"问题台账：部门", func() string { return "/problems?limit=50&unit=water" }, n},
		{"问题台账：状态", func() string {
			return "/problems?limit=50&state=" + one(r, []string{"found", "ordered", "rectified", "closed", "open", "owed"})
		}, n},
		{"问题台账：乡镇和状态", func() string {
			return "/problems?limit=50&area=" + r.town() + "&state=" + one(r, []string{"found", "ordered", "rectified", "closed", "open", "owed"})
		}, n},
		{"问题台账：部门和状态", func() string {
			return "/problems?limit=50&unit=water&state=" + one(r, []string{"ordered", "claimed", "closed", "open"})
		}, n},
		{"问题台账：乡镇和事项", func() string { return "/problems?limit=50&item=3.2.4&area=" + r.town() }, n},
		{"问题台账：村", func() string { return "/problems?limit=50&area=" + r.village() }, n},
		{"问题台账：类别", func() string { return "/problems?limit=50&class=2.1-a" }, n},
		{"问题台账：文字", func() string {
			return "/problems?limit=50&q=" + url.QueryEscape(one(r, []string{"水", "房", "不通", "未"}))
		}, n},
		{"问题台账：没有的文字", func() string { return "/problems?limit=50&q=" + url.QueryEscape("没有这样的字") }, n},
		{"问题台账：编号", func() string { return "/problems?limit=50&q=" + one(r, r.problems).Number }, n},
		{"问题台账：翻页", func() string { return "/problems?limit=50&after=" + one(r, append(r.nexts, "")) }, n},
		{"问题", func() string { return "/problems/" + one(r, r.problems).ID }, n},
		{"看板", func() string { return "/boards/problems?rows=10" }, n},
		{"看板：乡镇", func() string { return "/boards/problems?rows=10&area=" + r.town() }, n},
		{"待办", func() string { return "/todos?rows=10" }, n},
		{"交办单", func() string { return "/orders?limit=50" }, n},
		{"清零", func() string { return "/clears" }, n},
		{"疑点", func() string { return "/doubts?limit=50&state=open&area=" + r.town() }, n},
		{"归并：村", func() string { return "/consolidation?area=" + r.village() }, n},
	}
}

// overviews are the places, the overviews and the exports.
func (r *reader) overviews(n int) []page {
	return []page{
		{"区划树", func() string { return "/areas" }, n},
		{"总览：县", func() string { return "/overview" }, n},
		{"总览：乡镇", func() string { return "/overview?area=" + r.town() }, n},
		{"总览：村", func() string { return "/overview?area=" + r.village() }, n},
		{"导出：全县户名册", func() string { return "/exports/households.xlsx" }, 1},
		{"导出：问题台账", func() string { return "/exports/problems.xlsx" }, 1},
	}
}

// MeasureReports builds the report of the last day from nothing, and reads and exports frozen ones.
func MeasureReports(ctx context.Context, c *server.County, n int) ([]Line, error) {
	days, err := report.List(ctx, c.DB, c.Book, c.Code, c.Clock.Now())
	if err != nil {
		return nil, err
	}
	if len(days) == 0 {
		return nil, fmt.Errorf("这个县还没有日报")
	}
	day := slices.MaxFunc(days, func(a, b report.Day) int { return strings.Compare(a.Day, b.Day) }).Day
	var d *report.Daily
	build, err := times("日报 "+day+"：从头计算（县、乡、村全部）", n, func(int) (int, error) {
		d, err = report.Build(ctx, c.DB, c.Book, c.Code, day, c.Clock.Now())
		return 0, err
	})
	if err != nil {
		return nil, err
	}
	book, err := times("日报：写成工作簿", n, func(int) (int, error) {
		var b bytes.Buffer
		err := report.WriteXLSX(&b, d)
		return b.Len(), err
	})
	return []Line{build, book}, err
}

// Import is what the import of a county's workbook took.
type Import struct {
	Engine  string  `json:"engine"`
	Rows    int     `json:"rows"`
	Read    float64 `json:"read" doc:"seconds until the preview"`
	Applied float64 `json:"applied" doc:"seconds from the confirmation to the end"`
	Peak    int64   `json:"peak" doc:"bytes of memory, VmHWM of the process"`
}

// MeasureImport writes a county's workbook and imports it.
func MeasureImport(ctx context.Context, o Options) (*Import, error) {
	out := &Import{}
	var began, confirmed time.Time
	s, err := demo.Stage(ctx, demo.Options{Dir: o.Dir, Database: o.Database, Households: o.Households, Seed: 1, Pack: o.Pack, Progress: func(phase string, done, total int) {
		switch {
		case phase == demo.PhaseRead && began.IsZero():
			began = time.Now()
		case phase == demo.PhaseImport && confirmed.IsZero():
			confirmed = time.Now()
		}
		o.Progress(phase, done, total)
	}})
	if err != nil {
		return nil, err
	}
	if confirmed.IsZero() {
		confirmed = time.Now()
	}
	out.Engine, out.Rows, out.Read, out.Applied, out.Peak = s.County.DB.Engine().String(), s.Persons(), confirmed.Sub(began).Seconds(), time.Since(confirmed).Seconds(), peak()
	return out, s.County.Close()
}

// Replay is what it took to carry out a campaign's sheets in the process itself, without reports.
type Replay struct {
	Engine    string  `json:"engine"`
	Sheets    int     `json:"sheets"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"perSecond"`
	Grown     int64   `json:"grown"`
	Peak      int64   `json:"peak"`
}

// MeasureReplay carries out every sheet of a campaign; filling them in is not measured.
func MeasureReplay(ctx context.Context, o Options) (*Replay, error) {
	s, err := demo.Stage(ctx, demo.Options{Dir: o.Dir, Database: o.Database, Households: o.Households, Seed: 1, Pack: o.Pack, Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	posts, _, err := s.Hire(ctx, 1)
	if err != nil {
		return nil, err
	}
	out := &Replay{Engine: s.County.DB.Engine().String()}
	before := size(o.Dir)
	var took time.Duration
	batch := make([]act.Submission, 0, replayBatch)
	send := func() error {
		began := time.Now()
		answers, err := s.County.Lane.Submit(ctx, posts[0].Person, batch...)
		took += time.Since(began)
		for _, a := range answers {
			if a.Outcome != act.Accepted {
				return fmt.Errorf("%s: %s", a.ID, a.Reason)
			}
		}
		out.Sheets += len(batch)
		batch = batch[:0]
		return err
	}
	err = s.Sheets(ctx, func(int) duty.Post { return posts[0] }, func(_ int, sub act.Submission) error {
		if batch = append(batch, sub); len(batch) == cap(batch) {
			return send()
		}
		return nil
	})
	if err == nil {
		err = send()
	}
	if err != nil {
		return nil, err
	}
	out.Seconds = took.Seconds()
	out.PerSecond, out.Grown, out.Peak = float64(out.Sheets)/out.Seconds, size(o.Dir)-before, peak()
	return out, s.County.Close()
}

// replayBatch is how many sheets are handed to the lane together.
const replayBatch = 1000

// forgetPeak gives back what making ready took and lets peak count from now on, where the system can.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peak is the most memory that this process has had, in bytes; 0 where the system does not say.
func peak() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	f := strings.Fields(rest)
	if len(f) == 0 {
		return 0
	}
	kb, _ := strconv.ParseInt(f[0], 10, 64)
	return kb * 1024
}
