// Package bench measures the product as its users meet it: a server of its own, a data folder of its own, the real HTTP API.
// Beside each figure it prints what the bare engine does in the same run, because machines differ.
package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/server"
)

// Options of a measurement.
type Options struct {
	Dir        string // an empty folder
	Database   string // "" is SQLite in Dir
	Households int
	Clients    int
	Batch      int // sheets in one request
	Pack       fs.FS
	Progress   func(phase string, done, total int)
}

// Ingest is how fast signed sheets become durable. Times are ms, sizes bytes.
type Ingest struct {
	Engine    string  `json:"engine"`
	Sheets    int     `json:"sheets"`
	Clients   int     `json:"clients"`
	Batch     int     `json:"batch"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"perSecond"`
	P50       float64 `json:"p50"`
	P99       float64 `json:"p99"`
	Processor float64 `json:"processor" doc:"ms of processor time per sheet, client and server"`
	Client    float64 `json:"client" doc:"ms of it that the requests alone cost, sent to a server that only reads them"`
	Peak      int64   `json:"peak" doc:"most bytes of memory while the sheets came, VmHWM of the process"`
	Commits   int64   `json:"commits"`
	Sent      int64   `json:"sent"`
	Grown     int64   `json:"grown"`
	Bare      float64 `json:"bare" doc:"rows of the same size per second, as many in a commit, by the engine alone"`
}

// PhaseSend is the phase that is measured.
const PhaseSend = "提交排查表"

// request is one POST as it will be sent. Its body lies in a file: the sheets of a whole county are no memory of the server's.
type request struct {
	client   int
	in       *os.File
	at, size int64
	sheets   int
}

// to makes the request for one server.
func (r request) to(ctx context.Context, url, token string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, io.NewSectionReader(r.in, r.at, r.size))
	if err != nil {
		return nil, err
	}
	req.ContentLength = r.size
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Gonggu", "bench")
	req.AddCookie(&http.Cookie{Name: "gonggu_session", Value: token})
	return req, nil
}

// spool is a file that is gone when it is closed.
func spool() (f *os.File, drop func(), err error) {
	if f, err = os.CreateTemp("", "gonggu-bench-"); err != nil {
		return nil, nil, err
	}
	return f, func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}, nil
}

// MeasureIngest stages a county, fills in every sheet and then sends them all over HTTP.
func MeasureIngest(ctx context.Context, o Options) (*Ingest, error) {
	s, err := demo.Stage(ctx, demo.Options{Dir: o.Dir, Database: o.Database, Households: o.Households, Seed: 1, Pack: o.Pack, Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	posts, tokens, err := s.Hire(ctx, o.Clients)
	if err != nil {
		return nil, err
	}
	out := &Ingest{Engine: s.County.DB.Engine().String(), Clients: o.Clients, Batch: o.Batch}
	bodies, drop, err := spool()
	if err != nil {
		return nil, err
	}
	defer drop()
	requests, err := pack(ctx, s, posts, o.Batch, bodies, out)
	if err != nil {
		return nil, err
	}
	county := s.County
	s = nil // the county in the inspectors' heads is no memory of the server's either
	forgetPeak()
	before, commits := size(o.Dir), county.DB.Commits()
	times, seconds, used, err := driveCounty(ctx, county, tokens, requests, o.Progress)
	if err != nil {
		return nil, err
	}
	slices.Sort(times)
	out.Peak = peak()
	out.Seconds, out.PerSecond = seconds, float64(out.Sheets)/seconds
	out.P50, out.P99 = ms(times[len(times)/2]), ms(times[len(times)*99/100])
	out.Processor = 1000 * used / float64(out.Sheets)
	out.Commits, out.Grown = county.DB.Commits()-commits, size(o.Dir)-before
	share, err := clientShare(ctx, tokens, requests)
	if err != nil {
		return nil, err
	}
	out.Client = 1000 * share / float64(out.Sheets)
	if out.Bare, err = bare(ctx, county.DB, out); err != nil {
		return nil, err
	}
	return out, county.Close()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// pack encodes the sheets into requests before the clock starts: filling them in is the inspectors' work.
func pack(ctx context.Context, s *demo.Staged, posts []duty.Post, batch int, bodies *os.File, out *Ingest) ([]request, error) {
	type item struct {
		Act  json.RawMessage `json:"act"`
		Open []act.Opening   `json:"open"`
	}
	var requests []request
	var items []item
	client := 0
	flush := func() error {
		if len(items) == 0 {
			return nil
		}
		b, err := json.Marshal(map[string]any{"acts": items})
		if err != nil {
			return err
		}
		if _, err = bodies.Write(b); err != nil {
			return err
		}
		requests = append(requests, request{client, bodies, out.Sent, int64(len(b)), len(items)})
		out.Sheets, out.Sent = out.Sheets+len(items), out.Sent+int64(len(b))
		items, client = items[:0], (client+1)%len(posts)
		return nil
	}
	err := s.Sheets(ctx, func(int) duty.Post { return posts[client] }, func(_ int, sub act.Submission) error {
		b, err := sub.Act.Bytes()
		if err != nil {
			return err
		}
		open := sub.Open
		if open == nil {
			open = []act.Opening{}
		}
		if items = append(items, item{b, open}); len(items) >= batch {
			return flush()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return requests, flush()
}

// driveCounty starts the county's server and sends it the requests. used is the processor time meanwhile, in seconds.
func driveCounty(ctx context.Context, county *server.County, tokens []string, requests []request, progress func(string, int, int)) (times []time.Duration, seconds, used float64, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, 0, err
	}
	server := &http.Server{Handler: county.Handler(slog.New(slog.NewTextHandler(io.Discard, nil)), false), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	before := processor()
	times, seconds, err = drive(ctx, l.Addr().String(), tokens, requests, progress)
	return times, seconds, processor() - before, err
}

// drive sends every client's requests one after another, all clients at once.
func drive(ctx context.Context, address string, tokens []string, requests []request, progress func(string, int, int)) ([]time.Duration, float64, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: len(tokens), MaxConnsPerHost: len(tokens)}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	times := make([]time.Duration, len(requests))
	errs := make([]error, len(tokens))
	var done atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for c, token := range tokens {
		wg.Go(func() {
			for i := c; i < len(requests); i += len(tokens) {
				began := time.Now()
				if errs[c] = send(ctx, client, address, token, requests[i]); errs[c] != nil {
					return
				}
				times[i] = time.Since(began)
				if n := done.Add(int64(requests[i].sheets)); progress != nil {
					progress(PhaseSend, int(n), len(requests)*requests[0].sheets)
				}
			}
		})
	}
	wg.Wait()
	return times, time.Since(start).Seconds(), errors.Join(errs...)
}

func send(ctx context.Context, client *http.Client, address, token string, r request) error {
	req, err := r.to(ctx, "http://"+address+"/api/v1/acts?n="+strconv.Itoa(r.sheets), token)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if n := bytes.Count(b, []byte(`"answer":"accepted"`)); res.StatusCode != http.StatusOK || n != r.sheets {
		return fmt.Errorf("%d of %d accepted: %d %.300s", n, r.sheets, res.StatusCode, b)
	}
	return nil
}

// bare inserts as many rows of the sheets' size by the engine alone, as many in a commit as the lane had.
func bare(ctx context.Context, db *database.DB, in *Ingest) (float64, error) {
	row := bytes.Repeat([]byte{7}, int(in.Sent)/max(in.Sheets, 1))
	each := max(1, in.Sheets/max(1, int(in.Commits)))
	start := time.Now()
	for n := 0; n < in.Sheets; {
		err := db.Write(ctx, func(tx *database.Tx) error {
			for range min(each, in.Sheets-n) {
				if _, err := tx.Exec(ctx, insertBare, fmt.Sprint("bench/", n), row); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return float64(in.Sheets) / time.Since(start).Seconds(), nil
}

// size is what a data folder holds on disk.
func size(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := os.Stat(filepath.Join(dir, d.Name())); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}
