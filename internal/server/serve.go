package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"gonggu/internal/clock"
	"gonggu/internal/report"
	"gonggu/internal/webapi"
	"gonggu/web"
)

// tick is how often the product looks at its own clock.
const tick = time.Minute

// API returns the county's HTTP API.
func (c *County) API(log *slog.Logger) *webapi.API {
	return &webapi.API{County: c.Code, DB: c.DB, Clock: c.Clock, Book: c.Book, Store: c.Store, Desk: c.Desk, Life: c.Life, Inspection: c.Inspection, Tasks: c.Tasks, Accounts: c.Accounts, Lane: c.Lane, Access: c.Access, Purgeable: c.purgeable(),
		Features: Features(), Reports: report.NewDesk(c.Book), Demo: c.Demo, Fingerprint: c.Fingerprint(), Signer: c.Signer, Verifier: c.Verifier, Log: log,
		Staff: c.Staff, Outside: c.Outside, SignOn: c.SignOn, Health: c.Health, Carrier: c.carrier(log)}
}

// Handler returns everything the county serves: the API and the desk.
func (c *County) Handler(log *slog.Logger, secure bool) http.Handler {
	api := c.API(log)
	api.Secure, api.Proxied = secure || c.Proxied, c.Proxied
	handler, doc := api.Handler()
	mux := http.NewServeMux()
	mux.Handle("/api/v1/", handler)
	mux.Handle("/oidc/", api.SignOnHandler())
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		b, err := doc.OpenAPI().MarshalJSON()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b)
	})
	mux.HandleFunc("GET /api/health", func(w http.ResponseWriter, r *http.Request) {
		if _, err := c.Accounts.Empty(r.Context()); err != nil {
			http.Error(w, "database", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.Handle("/", web.Handler())
	return headers(mux)
}

// headers sets what keeps a page from being framed, sniffed or scripted from elsewhere.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		next.ServeHTTP(w, r)
	})
}

// ServeOptions say where and how to serve.
type ServeOptions struct {
	Listen  string
	TLSCert string
	TLSKey  string
	Log     *slog.Logger
	Ready   func(address string)
	Keeping Keeping
}

// Serve serves until ctx ends, then finishes what is in hand.
func (c *County) Serve(ctx context.Context, o ServeOptions) error {
	if err := c.Tick(ctx); err != nil {
		return fmt.Errorf("cut-off: %w", err)
	}
	lead, first, err := c.DB.Lead(ctx, leadLock)
	if err != nil {
		return err
	}
	defer lead()
	if first { // of several processes: what another is importing is not interrupted
		if err := c.Desk.Resume(ctx); err != nil {
			return fmt.Errorf("resume imports: %w", err)
		}
	} else {
		o.Keeping.To = ""
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("端口 %s 不能使用，可能已有程序占用；请换一个端口（--listen）：%w", o.Listen, err)
	}
	secure := o.TLSCert != ""
	c.Health.Log = o.Log
	c.Health.Look(ctx)
	srv := &http.Server{Handler: c.Handler(o.Log, secure), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 16}
	if secure {
		cert, err := loadCertificate(o.TLSCert, o.TLSKey, o.Log)
		if err != nil {
			_ = l.Close()
			return err
		}
		srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get}
	}
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer func() { cancel(); work.Wait() }()
	work.Go(func() { c.run(ctx, o.Log) })
	work.Go(func() { c.keepOn(ctx, o.Keeping, o.Log) })
	work.Go(func() { c.carrier(o.Log).Run(ctx) })
	work.Go(func() {
		n, err := c.DB.Warm(ctx)
		switch {
		case err != nil:
			o.Log.Warn("database not read ahead", "error", err.Error())
		case n > 0:
			o.Log.Info("database read ahead", "mb", n>>20)
		}
	})
	work.Go(func() {
		<-ctx.Done()
		stop, done := context.WithTimeout(context.Background(), 10*time.Second)
		defer done()
		_ = srv.Shutdown(stop)
	})
	if o.Ready != nil {
		o.Ready(l.Addr().String())
	}
	if secure {
		err = srv.ServeTLS(l, "", "")
	} else {
		err = srv.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// run does what time asks for, at the start of each minute of the product's own clock.
func (c *County) run(ctx context.Context, log *slog.Logger) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := c.Tick(ctx); err != nil && ctx.Err() == nil {
				log.Error("cut-off", "error", err.Error())
			}
			c.Health.Look(ctx)
		}
	}
}

// keepOn takes copies while the county is served; beside run, because a copy may take minutes.
func (c *County) keepOn(ctx context.Context, k Keeping, log *slog.Logger) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		if err := c.keep(ctx, k, clock.Real{}.Now(), log); err != nil && ctx.Err() == nil {
			log.Error("自动备份没有成功", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// DataFile returns the path of a file in the data folder.
func (c *County) DataFile(name string) string { return filepath.Join(c.Dir, name) }
