package act

import (
	"bytes"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// ErrNoAct: there is no act of this id.
var ErrNoAct = errs.New(errs.NotFound, "act.not_found", "没有这条记录。")

func scanAct(r *sql.Rows) (*Act, error) {
	var index, at int64
	var leaf, doc []byte
	if err := r.Scan(&index, &at, &leaf, &doc); err != nil {
		return nil, err
	}
	return stored(index, at, leaf, doc)
}

func stored(index, at int64, leaf, doc []byte) (*Act, error) {
	raw, err := unpack(doc)
	if err != nil {
		return nil, err
	}
	a, err := parsed(raw)
	if err != nil {
		return nil, err
	}
	a.Index, a.ReceivedAt, a.Leaf = index, at, leaf
	return a, nil
}

func parsed(raw []byte) (*Act, error) {
	v, err := canon.Parse(raw)
	if err != nil {
		return nil, err
	}
	o, ok := v.(canon.Object)
	if !ok {
		return nil, ErrEnvelope
	}
	delete(o, "received_at") // an early version stored it with the act
	return FromObject(o)
}

// ByID returns an accepted act.
func ByID(ctx context.Context, r database.Reader, county, id string) (*Act, error) {
	return one(r.QueryRow(ctx, actByID, county, id))
}

// ByIndex returns the accepted act at an index of the log.
func ByIndex(ctx context.Context, r database.Reader, county string, index int64) (*Act, error) {
	return one(r.QueryRow(ctx, actByIndex, county, index))
}

func one(row database.Row) (*Act, error) {
	var index, at int64
	var leaf, doc []byte
	if err := row.Scan(&index, &at, &leaf, &doc); err != nil {
		if database.Missing(err) {
			return nil, ErrNoAct
		}
		return nil, err
	}
	return stored(index, at, leaf, doc)
}

// Signer is whose signature an act is: the post that sent it and, where a clerk typed it in, what stands on the paper.
type Signer struct {
	Post     string
	OnBehalf canon.Object
}

// onPaper begins an act's on_behalf when something stands in it: the document is canonical.
var onPaper = []byte(`"on_behalf":{"`)

// Signers returns the signers of several acts by index. Only those on paper are read whole: a ledger asks for hundreds of thousands.
func Signers(ctx context.Context, r database.Reader, county string, indexes []int64) (map[int64]Signer, error) {
	out := make(map[int64]Signer, len(indexes))
	for part := range slices.Chunk(indexes, 200) {
		w := (&database.Where{}).And("county = ?", county).And("idx IN ("+database.In(len(part))+")", database.Anys(part)...)
		q, args := w.SQL(signersOf, "")
		rows, err := r.Query(ctx, q, args...)
		if err != nil {
			return nil, err
		}
		if _, err := database.Collect(rows, func(r *sql.Rows) (x struct{}, err error) {
			var index int64
			var s Signer
			var doc []byte
			if err = r.Scan(&index, &s.Post, &doc); err != nil {
				return x, err
			}
			raw, err := unpack(doc)
			if err == nil && bytes.Contains(raw, onPaper) {
				var a *Act
				if a, err = parsed(raw); err == nil {
					s.OnBehalf = a.OnBehalf
				}
			}
			out[index] = s
			return x, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// From returns up to limit acts from an index on, in the log's order.
func From(ctx context.Context, r database.Reader, county string, index int64, limit int) ([]*Act, error) {
	rows, err := r.Query(ctx, actsFrom, county, index, limit)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scanAct)
}

// On returns the latest acts on a subject, newest first.
func On(ctx context.Context, r database.Reader, county, subject string, limit int) ([]*Act, error) {
	rows, err := r.Query(ctx, actsOn, county, subject, limit)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scanAct)
}

// Line is an act as the log's reader sees it: who did what when, without its content.
type Line struct {
	Index                           int64
	ID, Kind, Subject, Person, Post string
	ReceivedAt                      int64
}

// Filter narrows the log of acts. Before bounds the page (0 is the newest); Since and Until are
// instants (Unix ms, Until exclusive, 0 is open).
type Filter struct {
	Kind, Subject, Person string
	Since, Until          int64
	Before                int64
	Limit                 int
}

// List returns acts, newest first. A filter by kind or person looks at the last Reach acts before
// Before or Until: the log has no index on either, and a page must not walk a year.
func List(ctx context.Context, r database.Reader, county string, f Filter) ([]Line, error) {
	head, err := ReadHead(ctx, r, county)
	if err != nil {
		return nil, err
	}
	top := head.Size
	if f.Until > 0 {
		if top, err = indexAt(ctx, r, county, head.Size, f.Until); err != nil {
			return nil, err
		}
	}
	if f.Before > 0 {
		top = min(top, f.Before)
	}
	bottom := int64(0)
	if f.Since > 0 {
		if bottom, err = indexAt(ctx, r, county, head.Size, f.Since); err != nil {
			return nil, err
		}
	}
	w := &database.Where{}
	w.And("county = ?", county)
	if f.Subject != "" {
		w.And("subject = ?", f.Subject)
	} else if f.Kind != "" || f.Person != "" {
		bottom = max(bottom, top-Reach)
	}
	w.And("idx >= ?", bottom).And("idx < ?", top)
	if f.Kind != "" {
		w.And("kind = ?", f.Kind)
	}
	if f.Person != "" {
		w.And("person = ?", f.Person)
	}
	q, args := w.SQL(listActs, "ORDER BY idx DESC LIMIT ?", f.Limit)
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (l Line, err error) {
		return l, r.Scan(&l.Index, &l.ID, &l.Kind, &l.Subject, &l.Person, &l.Post, &l.ReceivedAt)
	})
}

// Reach is how many acts a filter without an index of its own looks at.
const Reach = 200_000

// indexAt returns the index of the first act received at or after an instant; receipt times never go back.
func indexAt(ctx context.Context, r database.Reader, county string, size, at int64) (int64, error) {
	low, high := int64(0), size
	for low < high {
		mid := (low + high) / 2
		var received int64
		if err := r.QueryRow(ctx, receivedAt, county, mid).Scan(&received); err != nil {
			return 0, err
		}
		if received < at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, nil
}

// RefusedAct is an act on the repair list. Doc is what its author sent.
type RefusedAct struct {
	ID, Person, Post, Kind, Area string
	ReceivedAt                   int64
	Code, Reason, RepairedBy     string
	Doc                          []byte
}

// RefusedFilter narrows the repair list: the person who sent it, its kind, whether it was repaired
// since ("open", "repaired"), its id.
type RefusedFilter struct {
	Person, Kind, State, ID string
	After                   string // cursor of the page before
	Limit                   int
}

// ListRefused returns a page of the refused acts, newest first, and the cursor after which the next
// page begins ("" at the end).
func ListRefused(ctx context.Context, r database.Reader, county string, f RefusedFilter) ([]RefusedAct, string, error) {
	w := &database.Where{}
	w.And("county = ?", county)
	for _, c := range []struct{ cond, value string }{{"person = ?", f.Person}, {"kind = ?", f.Kind}, {"id = ?", f.ID}} {
		if c.value != "" {
			w.And(c.cond, c.value)
		}
	}
	switch f.State {
	case "open":
		w.And("repaired_by = ''")
	case "repaired":
		w.And("repaired_by <> ''")
	}
	if at, id, ok := strings.Cut(f.After, "."); ok {
		if n, err := strconv.ParseInt(at, 36, 64); err == nil {
			w.And("received_at < ? OR (received_at = ? AND id > ?)", n, n, id)
		}
	}
	text, args := w.SQL(listRefused, "ORDER BY received_at DESC, id LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, text, args...)
	if err != nil {
		return nil, "", err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (a RefusedAct, err error) {
		if err := r.Scan(&a.ID, &a.Person, &a.Post, &a.Kind, &a.Area, &a.ReceivedAt, &a.Code, &a.Reason, &a.RepairedBy, &a.Doc); err != nil {
			return a, err
		}
		a.Doc, err = unpack(a.Doc)
		return a, err
	})
	if err != nil || len(list) <= f.Limit {
		return list, "", err
	}
	last := list[f.Limit-1]
	return list[:f.Limit], strconv.FormatInt(last.ReceivedAt, 36) + "." + last.ID, nil
}

// WaitingAct is an act that names others not yet seen.
type WaitingAct struct {
	ID, Person string
	ReceivedAt int64
	After      []string
}

// ListWaiting returns the acts that wait, oldest first.
func ListWaiting(ctx context.Context, r database.Reader, county string, limit int) ([]WaitingAct, error) {
	rows, err := r.Query(ctx, listWaiting, county, limit)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (WaitingAct, error) {
		var w WaitingAct
		var doc []byte
		if err := r.Scan(&w.ID, &w.Person, &w.ReceivedAt, &doc); err != nil {
			return w, err
		}
		raw, err := unpack(doc)
		if err != nil {
			return w, err
		}
		a, err := parse(raw)
		if err != nil {
			return w, err
		}
		w.After = a.After
		return w, nil
	})
}
