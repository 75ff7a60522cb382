package resident

import (
	"context"
	"database/sql"
	"strconv"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/duty"
)

// Request is what a resident asked for. Text is sealed for "request/<id>" (roster.Store.OpenText), ""
// once its time is over.
type Request struct {
	Key                           int64
	ID, Kind                      string
	Household                     int64
	Area, Fact, Text, Sealed      string
	AskedBy, Way, Person, Post    string
	AskedOn, DueOn, State         string
	SettledOn, SettledBy, Outcome string
	Index                         int64
}

func scan(r *sql.Rows) (q Request, err error) { return q, q.read(r) }

func (q *Request) read(r database.Row) error {
	return r.Scan(&q.Key, &q.ID, &q.Kind, &q.Household, &q.Area, &q.Fact, &q.Text, &q.Sealed, &q.AskedBy, &q.Way, &q.Person, &q.Post, &q.AskedOn, &q.DueOn,
		&q.State, &q.SettledOn, &q.SettledBy, &q.Outcome, &q.Index)
}

// ByID returns a request. Code: correction.not_found.
func ByID(ctx context.Context, r database.Reader, county, id string) (*Request, error) {
	q := &Request{}
	err := q.read(r.QueryRow(ctx, requestByID, county, id))
	if database.Missing(err) {
		return nil, ErrNotFound
	}
	return q, err
}

// Of returns the requests about a household, newest first.
func Of(ctx context.Context, r database.Reader, county string, household int64) ([]Request, error) {
	rows, err := r.Query(ctx, requestsOf, county, household)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scan)
}

// Filter narrows a list of requests. Late is those open whose day is before Today.
type Filter struct {
	Area, Kind, State string
	Late              bool
	Today             string
	After             string
	Limit             int
}

// MaxPage bounds a page.
const MaxPage = 200

func where(county string, scope duty.Scope, f Filter) *database.Where {
	w := &database.Where{}
	w.And("county = ?", county)
	cond, args := scope.Narrow(f.Area).Where("area")
	w.And(cond, args...)
	if f.Kind != "" {
		w.And("kind = ?", f.Kind)
	}
	if f.State != "" {
		w.And("state = ?", f.State)
	}
	if f.Late {
		w.And("state = 'open' AND due_on < ?", f.Today)
	}
	return w
}

// List returns a page of the requests of a scope, newest first, and the cursor of the next.
func List(ctx context.Context, r database.Reader, county string, scope duty.Scope, f Filter) ([]Request, string, error) {
	if f.Limit <= 0 || f.Limit > MaxPage {
		f.Limit = 50
	}
	w := where(county, scope, f)
	if n, err := strconv.ParseInt(f.After, 36, 64); err == nil && f.After != "" {
		w.And("key < ?", n)
	}
	q, args := w.SQL(listRequests, "ORDER BY key DESC LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, "", err
	}
	list, err := database.Collect(rows, scan)
	if err != nil || len(list) <= f.Limit {
		return list, "", err
	}
	list = list[:f.Limit]
	return list, strconv.FormatInt(list[f.Limit-1].Key, 36), nil
}

// CountOpen returns how many requests of a scope are open, and how many of them are late.
func CountOpen(ctx context.Context, r database.Reader, county string, scope duty.Scope, area, today string) (open, late int64, err error) {
	for i, n := range []*int64{&open, &late} {
		w := where(county, scope, Filter{Area: area, State: Open, Late: i == 1, Today: today})
		q, args := w.SQL(countRequests, "")
		if err := r.QueryRow(ctx, q, args...).Scan(n); err != nil {
			return 0, 0, err
		}
	}
	return open, late, nil
}

// Over is the text of a settled request whose time to be kept has passed.
type Over struct {
	Key    int64
	Sealed string
	Index  int64
}

// Due returns what falls to a purge of requests settled up to and including a day.
func Due(ctx context.Context, r database.Reader, county, through string) ([]Over, error) {
	rows, err := r.Query(ctx, overRequests, county, through)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (o Over, err error) { return o, r.Scan(&o.Key, &o.Sealed, &o.Index) })
}

// Destroy empties requests inside the act of a purge: their texts, and the openings in the log.
func Destroy(ctx context.Context, s *act.Step, list []Over) error {
	for _, o := range list {
		if err := act.DestroyOpening(ctx, s, o.Index, o.Sealed); err != nil {
			return err
		}
		if _, err := s.Tx.Exec(ctx, emptyRequest, s.Act.County, o.Key); err != nil {
			return err
		}
	}
	return nil
}
