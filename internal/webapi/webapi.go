// Package webapi is the product over HTTP: one file per noun, wire types of its own, errors as
// problem+json. A handler parses, makes one call into a noun, and presents; who may do what is the
// nouns' affair, and the answer says what this actor may do next.
package webapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/mod/sumdb/note"

	"gonggu/internal/access"
	"gonggu/internal/account"
	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/health"
	"gonggu/internal/inspection"
	"gonggu/internal/message"
	"gonggu/internal/outside"
	"gonggu/internal/pack"
	"gonggu/internal/report"
	"gonggu/internal/retention"
	"gonggu/internal/roster"
	"gonggu/internal/staff"
	"gonggu/internal/task"
)

// API serves one county.
type API struct {
	County      string
	DB          *database.DB
	Clock       clock.Clock
	Book        *campaign.Book
	Store       roster.Store
	Desk        *roster.Desk
	Life        *roster.Life
	Inspection  inspection.Room
	Tasks       *task.Room
	Accounts    account.Book
	Lane        *act.Lane
	Access      *access.Book
	Purgeable   map[string]retention.Purgeable
	Features    []pack.Feature
	Reports     *report.Desk
	Demo        bool
	Fingerprint string
	Signer      note.Signer // of the log's heads
	Verifier    string      // the log's public key
	Secure      bool        // cookies over HTTPS only
	Proxied     bool        // behind a proxy that names the caller in X-Forwarded-For
	Staff       staff.Desk
	Outside     outside.Desk
	SignOn      *account.Provider // nil: the county has no single sign-on
	Log         *slog.Logger
	Health      *health.Watch
	Carrier     *message.Carrier

	places places
}

const cookieName = "gonggu_session"

// maxBody bounds a JSON request; uploads have a bound of their own.
const maxBody = 32 << 20

// problemJSON is the one form of an error on the wire.
type problemJSON struct {
	Type   string       `json:"type" example:"urn:gonggu:problem.wrong_state"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail" doc:"Chinese; says what to do next"`
	Errors []errs.Field `json:"errors"`
}

func (p *problemJSON) Error() string  { return p.Detail }
func (p *problemJSON) GetStatus() int { return p.Status }
func (p *problemJSON) ContentType(string) string {
	return "application/problem+json"
}

var statusOf = map[errs.Kind]int{
	errs.Internal: http.StatusInternalServerError, errs.Invalid: http.StatusUnprocessableEntity, errs.NotFound: http.StatusNotFound,
	errs.Forbidden: http.StatusForbidden, errs.Conflict: http.StatusConflict, errs.SignedOut: http.StatusUnauthorized,
	errs.TooLarge: http.StatusRequestEntityTooLarge, errs.Busy: http.StatusServiceUnavailable,
}

func problemOf(err error) *problemJSON {
	e := errs.As(err)
	p := &problemJSON{Type: "urn:gonggu:" + e.Code, Title: http.StatusText(statusOf[e.Kind]), Status: statusOf[e.Kind], Detail: e.Message, Errors: e.Fields}
	if p.Errors == nil {
		p.Errors = []errs.Field{}
	}
	return p
}

// fail turns a noun's error into the wire's; what is our own fault is logged, never shown.
func (a *API) fail(err error) error {
	if err == nil {
		return nil
	}
	if err = database.Explain(err); !errs.Shown(err) && !errors.Is(err, context.Canceled) {
		a.Log.Error("request failed", "error", err.Error())
	}
	return problemOf(err)
}

func init() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, details ...error) huma.StatusError {
		p := &problemJSON{Type: "urn:gonggu:request.invalid", Title: http.StatusText(status), Status: status, Detail: "请求内容不符合要求；请检查标出的各项后重试。", Errors: []errs.Field{}}
		switch status {
		case http.StatusRequestEntityTooLarge:
			p.Type, p.Detail = "urn:gonggu:request.too_large", "内容太大，服务器没有接收；请分几次提交。"
		case http.StatusNotFound:
			p.Type, p.Detail = "urn:gonggu:request.not_found", "没有这个地址。"
		}
		for _, d := range details {
			var e *huma.ErrorDetail
			if errors.As(d, &e) {
				p.Errors = append(p.Errors, errs.Field{Location: e.Location, Message: e.Message})
			}
		}
		if len(p.Errors) == 0 && message != "" && status >= 400 && status < 500 {
			p.Errors = append(p.Errors, errs.Field{Location: "request", Message: message})
		}
		return p
	}
}

type ctxKey int

const (
	actorKey ctxKey = iota
	tokenKey
	sessionKey
	mustKey
	fromKey
)

func actorOf(ctx context.Context) duty.Actor {
	a, _ := ctx.Value(actorKey).(duty.Actor)
	return a
}

// Handler returns the API with its OpenAPI document.
func (a *API) Handler() (http.Handler, huma.API) {
	mux := http.NewServeMux()
	cfg := huma.DefaultConfig("Gonggu 巩固", "1")
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.CreateHooks = nil
	cfg.Info.Description = "The county's workbench over HTTP. Errors are application/problem+json with a Chinese detail that says what to do next."
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	api := humago.New(mux, cfg)
	a.sessions(api)
	a.areas(api)
	a.households(api)
	a.drafts(api)
	a.acts(api)
	a.ledger(api)
	a.todos(api)
	a.boards(api)
	a.orders(api)
	a.consolidation(api)
	a.sources(api, mux)
	a.doubts(api)
	a.reports(api)
	a.standing(api)
	a.proofs(api)
	a.jobs(api)
	a.packs(api)
	a.amendments(api)
	a.imports(api, mux)
	a.tasks(api)
	a.life(api, mux)
	a.exports(mux)
	a.accesses(api, mux)
	a.corrections(api, mux)
	a.retentions(api)
	a.people(api)
	a.accounts(api)
	a.mine(api)
	a.staffs(api, mux)
	a.machine(api)
	a.messages(api)
	return a.guard(mux), api
}

// schemaName names a wire type; one that a noun lends bears the noun's name before its own.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	at := strings.LastIndexByte(t.PkgPath(), '/')
	if at < 0 || !strings.HasPrefix(t.PkgPath(), "gonggu/internal/") || t.PkgPath()[at+1:] == "webapi" {
		return name
	}
	noun := t.PkgPath()[at+1:]
	return strings.ToUpper(noun[:1]) + noun[1:] + name
}

// open are the paths that need no session.
func open(r *http.Request) bool {
	return r.URL.Path == "/api/v1/session" && (r.Method == http.MethodPost || r.Method == http.MethodDelete) ||
		r.URL.Path == "/api/v1/county" && r.Method == http.MethodGet
}

// guard finds the session, refuses what is forged, bounds the body, and sets the headers that keep
// answers out of caches.
func (a *API) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("X-Gonggu") == "" {
			writeProblem(w, errs.New(errs.Forbidden, "request.forged", "请求缺少来源标记，未受理；请从巩固的页面操作。"))
			return
		}
		if !strings.HasPrefix(r.URL.Path, "/api/v1/imports") {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		r = r.WithContext(context.WithValue(context.WithValue(r.Context(), fromKey, a.from(r)), hostKey{}, a.origin(r)))
		if open(r) {
			next.ServeHTTP(w, r)
			return
		}
		ctx, err := a.identify(r)
		if err != nil {
			if err = database.Explain(err); !errs.Shown(err) {
				a.Log.Error("session", "error", err.Error())
			}
			writeProblem(w, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func writeProblem(w http.ResponseWriter, err error) {
	p := problemOf(err)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(mustJSON(p))
}

// need refuses an actor whose duties do not allow m anywhere.
func need(ctx context.Context, m duty.May) (duty.Actor, error) {
	by := actorOf(ctx)
	if !by.May(m) {
		return by, duty.ErrForbidden
	}
	return by, nil
}

// places keeps the names of areas for a few seconds: every row of every list shows three of them.
type places struct {
	mu    sync.Mutex
	at    time.Time
	names map[string]duty.Area
}

const placesLife = 3 * time.Second

func (a *API) areaNames(ctx context.Context) (map[string]duty.Area, error) {
	a.places.mu.Lock()
	defer a.places.mu.Unlock()
	if a.places.names != nil && time.Since(a.places.at) < placesLife {
		return a.places.names, nil
	}
	list, err := duty.AllAreas(ctx, a.DB, a.County)
	if err != nil {
		return nil, err
	}
	m := make(map[string]duty.Area, len(list))
	for _, x := range list {
		m[x.Code] = x
	}
	a.places.names, a.places.at = m, time.Now()
	return m, nil
}

func (a *API) today() string { return clock.Day(a.Clock.Now()) }

// get, post and put register an operation of which nothing but its meaning differs.
func get[I, O any](api huma.API, id, path, summary string, fn func(context.Context, *I) (*O, error)) {
	huma.Register(api, huma.Operation{OperationID: id, Method: http.MethodGet, Path: "/api/v1" + path, Summary: summary}, fn)
}

func post[I, O any](api huma.API, id, path, summary string, fn func(context.Context, *I) (*O, error)) {
	huma.Register(api, huma.Operation{OperationID: id, Method: http.MethodPost, Path: "/api/v1" + path, Summary: summary, DefaultStatus: http.StatusOK}, fn)
}

type body[T any] struct{ Body T }

func answer[T any](v T) *body[T] { return &body[T]{Body: v} }

type none struct{}
