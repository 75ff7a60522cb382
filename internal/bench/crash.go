package bench

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gonggu/internal/database"
	"gonggu/internal/demo"
	"gonggu/internal/server"
)

// CrashOptions say what is killed while sheets come in, and how often.
type CrashOptions struct {
	Options
	Program string // the program whose `serve` is killed
	Kills   int
	Servers int      // more than one needs PostgreSQL
	Cluster *Cluster // when set, its postmaster is killed instead of a server
}

// Crash is what became of the acts of a county whose servers, or whose database, were killed again and again.
// Faults is empty when each acknowledged act stands in the log exactly once, as its receipt says, and everything adds up.
type Crash struct {
	Engine   string   `json:"engine"`
	Killed   string   `json:"killed"`
	Servers  int      `json:"servers"`
	Kills    int      `json:"kills"`
	Sheets   int      `json:"sheets"`
	Receipts int      `json:"receipts"`
	Resent   int64    `json:"resent" doc:"requests sent again"`
	Cut      int64    `json:"cut" doc:"requests whose answer never came"`
	Known    int64    `json:"known" doc:"acts that had been kept although their answer was lost"`
	Quick    int      `json:"quick" doc:"quick verifications after a kill, all clean"`
	Down     float64  `json:"down" doc:"median seconds from a kill until the next start was answering"`
	Seconds  float64  `json:"seconds" doc:"from the first sheet to the last receipt, verifications included"`
	Acts     int64    `json:"acts"`
	Rows     int64    `json:"rows"`
	Faults   []string `json:"faults"`
}

// PhaseKill is the progress of the kills.
const PhaseKill = "强行结束"

// MeasureCrashes stages a county, sends its sheets to real servers and kills them, or their database, meanwhile.
func MeasureCrashes(ctx context.Context, o CrashOptions) (*Crash, error) {
	if o.Cluster != nil {
		o.Database = o.Cluster.URL
	}
	s, err := demo.Stage(ctx, demo.Options{Dir: o.Dir, Database: o.Database, Households: o.Households, Seed: 1, Pack: o.Pack, Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	posts, tokens, err := s.Hire(ctx, o.Clients)
	if err != nil {
		return nil, err
	}
	sent := &Ingest{}
	bodies, drop, err := spool()
	if err != nil {
		return nil, err
	}
	defer drop()
	requests, err := pack(ctx, s, posts, o.Batch, bodies, sent)
	if err == nil {
		err = s.Save()
	}
	out := &Crash{Engine: s.County.DB.Engine().String(), Killed: "服务进程", Servers: o.Servers, Sheets: sent.Sheets, Faults: []string{}}
	if err = errors.Join(err, s.County.Close()); err != nil {
		return nil, err
	}
	if o.Cluster != nil {
		out.Killed = "PostgreSQL"
	}
	w := &wreck{o: o, county: s.County.Code, out: out, requests: requests, tokens: tokens, receipts: map[string]Receipt{}, struck: make(chan struct{}),
		client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: o.Clients}}}
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	return out, w.settle(ctx)
}

// Receipt is what a server promised for an act: its place in the log.
type Receipt struct {
	Index      int64  `json:"index"`
	ReceivedAt int64  `json:"receivedAt"`
	Leaf       string `json:"leaf"`
}

// wreck is a run of clients that send without pause and of what is killed under them.
type wreck struct {
	o        CrashOptions
	county   string
	out      *Crash
	requests []request
	tokens   []string
	client   *http.Client

	mu       sync.Mutex
	servers  []*Process
	receipts map[string]Receipt
	failed   error
	struck   chan struct{} // closed when the last kill has struck
	done     atomic.Int64  // sheets with a receipt
	resent   atomic.Int64
	cut      atomic.Int64
	known    atomic.Int64
}

func (w *wreck) serveArgs() []string {
	args := []string{"--data", w.o.Dir, "--county", w.county}
	if w.o.Database != "" {
		args = append(args, "--database", w.o.Database)
	}
	return args
}

func (w *wreck) run(ctx context.Context) error {
	for range w.o.Servers {
		p, err := StartProcess(w.o.Program, w.serveArgs()...)
		if err != nil {
			return err
		}
		w.servers = append(w.servers, p)
	}
	defer func() {
		for _, p := range w.servers {
			p.Kill()
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	began := time.Now()
	var clients sync.WaitGroup
	for c := range w.tokens {
		clients.Go(func() {
			for i := c; i < len(w.requests) && ctx.Err() == nil; i += len(w.tokens) {
				if i+len(w.tokens) >= len(w.requests) { // its last: however fast the machine, the last kill finds work under way
					select {
					case <-w.struck:
					case <-ctx.Done():
						return
					}
				}
				if err := w.deliver(ctx, c, w.requests[i]); err != nil {
					w.fail(err)
					cancel()
				}
			}
		})
	}
	if w.o.Kills == 0 {
		close(w.struck)
	}
	err := w.kills(ctx)
	if err != nil {
		cancel()
	}
	clients.Wait()
	w.out.Seconds = time.Since(began).Seconds()
	w.out.Resent, w.out.Cut, w.out.Known, w.out.Receipts = w.resent.Load(), w.cut.Load(), w.known.Load(), len(w.receipts)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil { // why the clients stopped, not what that stopped
		return w.failed
	}
	return err
}

func (w *wreck) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed == nil && !errors.Is(err, context.Canceled) {
		w.failed = err
	}
}

// deliver sends a request until it is answered, to one server after another.
func (w *wreck) deliver(ctx context.Context, client int, r request) error {
	for try := 0; ; try++ {
		w.mu.Lock()
		url := w.servers[(client+try)%len(w.servers)].URL
		w.mu.Unlock()
		if try > 0 {
			w.resent.Add(1)
		}
		again, err := w.post(ctx, url, w.tokens[client], r)
		if err == nil || !again || ctx.Err() != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// post sends a request once and keeps its receipts; again says that an error is one of those a client sends again after.
func (w *wreck) post(ctx context.Context, url, token string, r request) (again bool, err error) {
	req, err := r.to(ctx, url+"/api/v1/acts", token)
	if err != nil {
		return false, err
	}
	res, err := w.client.Do(req)
	if err != nil {
		w.cut.Add(1)
		return true, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.cut.Add(1)
		return true, err
	}
	if res.StatusCode != http.StatusOK {
		return res.StatusCode >= http.StatusInternalServerError, fmt.Errorf("%d %.300s", res.StatusCode, b)
	}
	var out struct {
		Answers []struct {
			ID, Answer, Reason string
			Receipt            *Receipt
		}
	}
	if err := json.Unmarshal(b, &out); err != nil || len(out.Answers) != r.sheets {
		return false, fmt.Errorf("%d answers to %d sheets: %w", len(out.Answers), r.sheets, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range out.Answers {
		if a.Receipt == nil {
			return false, fmt.Errorf("act %s: %s %s", a.ID, a.Answer, a.Reason)
		}
		if a.Answer == "known" {
			w.known.Add(1)
		}
		w.receipts[a.ID] = *a.Receipt
	}
	w.done.Add(int64(r.sheets))
	return false, nil
}

// kills kills while the sheets come in, each time at a moment of its share of the receipts.
func (w *wreck) kills(ctx context.Context) error {
	var down []float64
	free := w.out.Sheets // without the last requests, which wait for the last kill
	for _, r := range w.requests[max(0, len(w.requests)-len(w.tokens)):] {
		free -= r.sheets
	}
	for n := range w.o.Kills {
		goal := int64((float64(n) + 0.5 + rand.Float64()/2) * float64(free) / float64(w.o.Kills+1))
		for w.done.Load() < goal {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			time.Sleep(2 * time.Millisecond)
		}
		w.o.Progress(PhaseKill, n+1, w.o.Kills)
		took, err := w.kill(ctx, n)
		if err != nil {
			return fmt.Errorf("kill %d: %w", n+1, err)
		}
		down = append(down, took.Seconds())
		w.out.Kills++
	}
	if len(down) > 0 {
		slices.Sort(down)
		w.out.Down = down[len(down)/2]
	}
	return nil
}

// kill kills once, has what is left verified, and says how long nobody answered. A server that is alone is verified
// as it lies there dead, before the next start mends anything.
func (w *wreck) kill(ctx context.Context, n int) (time.Duration, error) {
	if w.o.Cluster != nil {
		began := time.Now()
		if err := w.o.Cluster.Kill(); err != nil {
			return 0, err
		}
		w.strike(n)
		if err := w.o.Cluster.Start(ctx); err != nil {
			return 0, err
		}
		took := time.Since(began)
		return took, w.verify(ctx, "--quick")
	}
	at := n % len(w.servers)
	w.servers[at].Kill()
	w.strike(n)
	if len(w.servers) == 1 {
		if err := w.verify(ctx, "--quick"); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	p, err := StartProcess(w.o.Program, w.serveArgs()...)
	if err != nil {
		return 0, err
	}
	w.mu.Lock()
	w.servers[at] = p
	w.mu.Unlock()
	took := time.Since(began)
	if len(w.servers) > 1 {
		err = w.verify(ctx, "--quick")
	}
	return took, err
}

// strike tells the clients once the last kill has struck.
func (w *wreck) strike(n int) {
	if n == w.o.Kills-1 {
		close(w.struck)
	}
}

// verify runs the program's own verification; what it finds is a fault.
func (w *wreck) verify(ctx context.Context, args ...string) error {
	b, err := exec.CommandContext(ctx, w.o.Program, append(append([]string{"verify", "--json"}, args...), w.serveArgs()...)...).Output()
	var v server.Verification
	if jerr := json.Unmarshal(b, &v); jerr != nil {
		return errors.Join(fmt.Errorf("verify said nothing: %w", jerr), err)
	}
	for _, f := range v.Faults {
		w.out.Faults = append(w.out.Faults, fmt.Sprintf("第 %d 次强行结束之后：%s", w.out.Kills+1, f))
	}
	if v.Quick {
		w.out.Quick++
	} else {
		w.out.Acts, w.out.Rows = v.Acts, v.Rows
	}
	return nil
}

// settle holds every receipt against the log, and the log against itself.
func (w *wreck) settle(ctx context.Context) error {
	where := w.o.Database
	if where == "" {
		where = filepath.Join(w.o.Dir, "gonggu.db")
	}
	db, err := database.OpenReader(ctx, where)
	if err != nil {
		return err
	}
	faults, err := Settle(ctx, db, w.county, w.receipts)
	w.out.Faults = append(w.out.Faults, faults...)
	if len(w.receipts) != w.out.Sheets {
		w.out.Faults = append(w.out.Faults, fmt.Sprintf("提交 %d 份，%d 份得到回执", w.out.Sheets, len(w.receipts)))
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	return w.verify(ctx)
}

// Settle returns a line for each act whose receipt is not what the county's log says: each must stand there once, at
// the index, with the instant and the leaf that its author was told.
func Settle(ctx context.Context, r database.Reader, county string, receipts map[string]Receipt) (faults []string, err error) {
	rows, err := r.Query(ctx, everyAct, county)
	if err != nil {
		return nil, err
	}
	type line struct {
		id   string
		said Receipt
	}
	found := make(map[string]int, len(receipts))
	all, err := database.Collect(rows, func(r *sql.Rows) (l line, err error) {
		var leaf []byte
		err = r.Scan(&l.said.Index, &l.id, &l.said.ReceivedAt, &leaf)
		l.said.Leaf = hex.EncodeToString(leaf)
		return l, err
	})
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		promised, ok := receipts[l.id]
		if !ok {
			continue
		}
		if found[l.id]++; promised != l.said {
			faults = append(faults, fmt.Sprintf("记录 %s：回执是第 %d 条，日志里是第 %d 条，或时间、摘要不同", l.id, promised.Index, l.said.Index))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(receipts)) {
		if n := found[id]; n != 1 {
			faults = append(faults, fmt.Sprintf("记录 %s：给过回执，日志里有 %d 条", id, n))
		}
	}
	return faults, nil
}
