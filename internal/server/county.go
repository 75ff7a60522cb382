// Package server puts the rooms together: it opens a county's data, wires the nouns to the lane,
// runs what runs by itself (the cut-off, interrupted imports) and serves the desk. It holds no rule.
package server

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/mod/sumdb/note"

	"gonggu/internal/access"
	"gonggu/internal/account"
	"gonggu/internal/act"
	"gonggu/internal/backup"
	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/files"
	"gonggu/internal/health"
	"gonggu/internal/inspection"
	"gonggu/internal/order"
	"gonggu/internal/outside"
	"gonggu/internal/problem"
	"gonggu/internal/proof"
	"gonggu/internal/report"
	"gonggu/internal/resident"
	"gonggu/internal/retention"
	"gonggu/internal/roster"
	"gonggu/internal/seal"
	"gonggu/internal/staff"
	"gonggu/internal/task"
)

// Options of a county's data.
type Options struct {
	Dir      string      // data folder: keys, files and, without Database, the SQLite file
	Database string      // "postgres://…"; empty is DIR/gonggu.db
	County   string      // 6 digits
	Clock    clock.Clock // nil is the machine's
	Seed     string      // a demonstration's: keys come from it. Never for real data
	IDs      func() string
	Reading  bool   // beside a server that writes: no lock, no change of the schema
	Backups  string // folder for the copy made before an upgrade; empty is DIR/backups
	Program  string // this program's version, for copies
	Progress backup.Progress
}

// County is an open county: its store, its lane and its nouns.
type County struct {
	Code       string
	Dir        string
	Demo       bool
	DB         *database.DB
	Clock      clock.Clock
	Keys       *seal.Keys
	Signer     note.Signer
	Verifier   string // the log's public key, as note writes it
	Book       *campaign.Book
	Store      roster.Store
	Desk       *roster.Desk
	Life       *roster.Life
	Inspection inspection.Room
	Tasks      *task.Room
	Problems   *problem.Room
	Orders     *order.Room
	Accounts   account.Book
	Lane       *act.Lane

	rejudged atomic.Value // string: the last amendment by which every village was judged again
	Access   *access.Book
	Resident resident.Room

	purged  func(ctx context.Context, hash string) (bool, error) // set where acts are replayed
	carried map[string]bool                                      // purges whose files this process has removed
	Staff   staff.Desk
	Outside outside.Desk
	SignOn  *account.Provider // the county's single sign-on; nil without one
	Proxied bool              // served behind a proxy that speaks HTTPS and names the caller
	Health  *health.Watch
	Program string
}

// Open opens a county's data, making what is missing. Close it.
func Open(ctx context.Context, o Options) (*County, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	c := &County{Code: o.County, Dir: o.Dir, Clock: o.Clock, Demo: o.Seed != "", Program: o.Program}
	if c.Clock == nil {
		c.Clock = clock.Real{}
	}
	if err := c.connect(ctx, o); err != nil {
		return nil, err
	}
	// Several processes may start at once on one new database: one makes the keys and the schema.
	release, err := c.DB.Alone(ctx, openLock)
	if err == nil {
		err = c.prepare(ctx, o)
		release()
	}
	if err != nil {
		_ = c.DB.Close()
		return nil, err
	}
	c.wire(o)
	if o.Reading { // it takes no turn in the lane, which an import may hold for minutes
		return c, nil
	}
	if err := c.Access.Adopt(ctx); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// wire joins the nouns; every kind of act is named here through its noun.
func (c *County) wire(o Options) {
	c.Book = campaign.NewBook(c.Code)
	grouping := &roster.Grouping{Book: c.Book}
	c.Store = roster.Store{County: c.Code, Keys: c.Keys, Grouping: grouping}
	c.Problems = &problem.Room{County: c.Code, Book: c.Book, Texts: c.Store, Changed: func(ctx context.Context, s *act.Step, household, by int64) error {
		return c.Store.AddOpen(ctx, s, household, by, 0)
	}, Homes: func(ctx context.Context, r database.Reader, id string) (problem.Home, []string, error) {
		h, err := c.Store.ByID(ctx, r, id)
		if err != nil {
			return problem.Home{}, nil, err
		}
		return problem.Home{Household: h.Key, Subject: h.ID, Area: h.Area}, c.Store.ClassKeys(h.Classes), nil
	}}
	c.Orders = &order.Room{County: c.Code, Book: c.Book, Problems: c.Problems}
	c.Problems.Drafted = c.Orders.Draft
	c.Inspection = inspection.Room{County: c.Code, Book: c.Book, Roster: c.Store, Problems: c.Problems}
	c.Tasks = &task.Room{County: c.Code, Book: c.Book, Roster: c.Store}
	c.Book.Switched = c.Inspection.Rescheduled
	grouping.Shared, grouping.Lifted = c.Inspection.Shared, c.Inspection.Lifted
	c.Desk = &roster.Desk{Store: c.Store, DB: c.DB, Book: c.Book, Files: files.Store{Dir: filepath.Join(o.Dir, "files")}, Dir: filepath.Join(o.Dir, "imports"),
		Clock: c.Clock, Assessed: c.Inspection.Assessed, Shared: c.Inspection.Shared, Inherit: c.Tasks.Inherit, IDs: o.IDs}
	c.Life = &roster.Life{Desk: c.Desk, Carry: c.Inspection.Carry}
	c.Accounts = account.Book{DB: c.DB, County: c.Code, Clock: clock.Real{}, Quick: c.Demo, Keys: c.Keys}
	c.Resident = resident.Room{County: c.Code, Book: c.Book, Store: c.Store, Assessed: c.Inspection.Assessed}
	kinds := map[string]act.Kind{}
	for _, k := range []map[string]act.Kind{act.Kinds(), duty.Kinds(c.Tasks.Moved), c.Book.Kinds(), c.Desk.Kinds(), c.Life.Kinds(), c.Inspection.Kinds(), c.Tasks.Kinds(), c.Problems.Kinds(), c.Orders.Kinds(), report.Kinds(c.Book), c.Resident.Kinds(), retention.Kinds(c.Book, c.purgeable())} {
		maps.Copy(kinds, k)
	}
	c.Lane = act.NewLane(act.Options{County: c.Code, DB: c.DB, Clock: c.Clock, Keys: c.Keys, Kinds: kinds, CutOff: c.Book.CutOff, Purged: c.purged})
	c.Desk.Submit = c.Lane.Submit
	c.Access = access.NewBook(c.Code, c.DB, c.Lane, func(err error) { slog.Error("access log", "error", err.Error()) })
	c.Accounts.Note = func(ctx context.Context, e account.Event) error {
		return c.Access.Note(ctx, access.Entry{Person: e.Person, Post: e.Post, Action: e.Action, Subject: e.Subject, Detail: e.Detail})
	}
	c.Staff = staff.Desk{DB: c.DB, County: c.Code, Keys: c.Keys, Accounts: c.Accounts, Clock: c.Accounts.Clock}
	c.Outside = outside.Desk{DB: c.DB, County: c.Code, Book: c.Book, Store: c.Store, Keys: c.Keys, Clock: c.Clock, Submit: c.Lane.Submit}
	c.Health = &health.Watch{Dir: c.Dir, DB: c.DB, County: c.Code, Demo: c.Demo, Clock: clock.Real{}, Log: slog.New(slog.DiscardHandler)}
}

// Close ends the lane and closes the database.
func (c *County) Close() error {
	c.Desk.Wait()
	c.Access.Close()
	c.Lane.Close()
	return c.DB.Close()
}

// openLogKey reads the key that signs the log's heads, making it when there is none.
func (c *County) openLogKey(seed string) error {
	path := filepath.Join(c.Dir, "keys", "log.key")
	name := proof.Name(c.Code)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		skey, vkey, kerr := note.GenerateKey(nil, name)
		if seed != "" {
			skey, vkey, kerr = seededKey(name, seed)
		}
		if kerr != nil {
			return kerr
		}
		b = []byte(skey + "\n" + vkey + "\n")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	skey, vkey, ok := strings.Cut(strings.TrimSpace(string(b)), "\n")
	if !ok {
		return fmt.Errorf("log key %s is damaged", path)
	}
	c.Verifier = strings.TrimSpace(vkey)
	c.Signer, err = note.NewSigner(strings.TrimSpace(skey))
	return err
}

// seededKey makes a demonstration's log key in the form of package note, the same for the same seed.
func seededKey(name, seed string) (skey, vkey string, err error) {
	h := sha256.Sum256([]byte("gonggu/demo-log-key/" + seed))
	pub, ok := ed25519.NewKeyFromSeed(h[:]).Public().(ed25519.PublicKey)
	if !ok {
		return "", "", errors.New("log key: unexpected key type")
	}
	vkey, err = note.NewEd25519VerifierKey(name, pub)
	if err != nil {
		return "", "", err
	}
	hash := strings.Split(vkey, "+")[1]
	const algEd25519 = 1
	return "PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{algEd25519}, h[:]...)), vkey, nil
}

// Fingerprint returns the first 16 hex digits of the hash of the log's public key, for print.
func (c *County) Fingerprint() string {
	return proof.Fingerprint(c.Verifier)
}

// System submits an act of the product itself and returns its answer; a refusal is an error.
func (c *County) System(ctx context.Context, a *act.Act) (act.Answer, error) {
	a.County, a.Actor, a.Post = c.Code, act.System, act.System
	if a.DeviceAt == 0 {
		a.DeviceAt = c.Clock.Now()
	}
	got, err := c.Lane.Submit(ctx, act.System, act.Submission{Act: a})
	if err != nil {
		return act.Answer{}, err
	}
	if got[0].Outcome == act.Refused {
		return got[0], errs.New(errs.Conflict, got[0].Code, got[0].Reason)
	}
	return got[0], nil
}

// Tick does what time asks for: freezes the reports whose cut-off has passed, puts the amendments in force whose day has come,
// and removes what an approved purge names beside the register.
func (c *County) Tick(ctx context.Context) error {
	if err := c.Staff.Sweep(ctx); err != nil {
		return err
	}
	if err := c.CarryOut(ctx); err != nil {
		return err
	}
	_, err := report.Freeze(ctx, c.Lane, c.DB, c.Book, c.Clock.Now())
	if errs.Code(err) == campaign.ErrNone.Code {
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.amend(ctx); err != nil {
		return err
	}
	return c.remind(ctx)
}
