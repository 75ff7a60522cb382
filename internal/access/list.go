package access

import (
	"bytes"
	"context"
	"database/sql"
	"strconv"
	"strings"

	"gonggu/internal/clock"
	"gonggu/internal/database"
)

// Filter narrows the log. Text is part of a reason or of what was asked for.
type Filter struct {
	Person  string
	Action  string
	Subject string
	From    string // day, inclusive
	To      string // day, inclusive
	Text    string
	After   string // cursor of the page before
	Limit   int
}

const (
	dayLong  = 86_400_000
	hourLong = 3_600_000
)

// MaxPage bounds a page of the log.
const MaxPage = 200

func scanEntry(r *sql.Rows) (e Entry, err error) {
	err = r.Scan(&e.Index, &e.At, &e.Person, &e.Post, &e.Action, &e.Subject, &e.Reason, &e.Detail, &e.leaf)
	e.leaf = bytes.Clone(e.leaf)
	return e, err
}

// List returns a page of the log, newest first, and the cursor of the next ("" at the end).
func List(ctx context.Context, r database.Reader, county string, f Filter) ([]Entry, string, error) {
	if f.Limit <= 0 || f.Limit > MaxPage {
		f.Limit = 50
	}
	w := &database.Where{}
	w.And("county = ?", county)
	if f.Person != "" {
		w.And("person = ?", f.Person)
	}
	if f.Action != "" {
		w.And("action = ?", f.Action)
	}
	if f.Subject != "" {
		w.And("subject = ?", f.Subject)
	}
	if at, ok := clock.At(f.From, "00:00"); ok {
		w.And("at >= ?", at)
	}
	if at, ok := clock.At(f.To, "00:00"); ok {
		w.And("at < ?", at+dayLong)
	}
	if t := strings.TrimSpace(f.Text); t != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(t) + "%"
		w.And(`reason LIKE ? ESCAPE '\' OR detail LIKE ? ESCAPE '\'`, like, like)
	}
	if n, err := strconv.ParseInt(f.After, 36, 64); err == nil && f.After != "" {
		w.And("idx < ?", n)
	}
	q, args := w.SQL(listEntries, "ORDER BY idx DESC LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, "", err
	}
	list, err := database.Collect(rows, scanEntry)
	if err != nil || len(list) <= f.Limit {
		return list, "", err
	}
	list = list[:f.Limit]
	return list, strconv.FormatInt(list[f.Limit-1].Index, 36), nil
}

// Actions returns the actions that the log knows, for the filter.
func Actions(ctx context.Context, r database.Reader, county string) ([]string, error) {
	rows, err := r.Query(ctx, actionsSeen, county)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
}

// Busy is a person and an hour in which he revealed more than is usual.
type Busy struct {
	Person string
	Post   string
	Hour   int64 // its beginning, Unix ms
	Count  int64
}

// BusyReveals returns who revealed more than limit times within a clock hour since the given instant.
// It blocks nobody; it is for the auditor's eye.
func BusyReveals(ctx context.Context, r database.Reader, county string, since int64, limit int64) ([]Busy, error) {
	rows, err := r.Query(ctx, busyHours, county, Reveal, since, limit)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (b Busy, err error) {
		err = r.Scan(&b.Person, &b.Post, &b.Hour, &b.Count)
		b.Hour *= hourLong
		return b, err
	})
}
