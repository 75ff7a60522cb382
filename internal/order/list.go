package order

import (
	"context"
	"database/sql"
	"strings"

	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
)

func wrap(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "," + strings.Join(list, ",") + ","
}

func scan(r interface{ Scan(...any) error }) (o Order, err error) {
	var helping, state string
	var second int64
	err = r.Scan(&o.Key, &o.ID, &o.Number, &o.Organ, &o.Unit, &helping, &o.Area, &o.Leader, &o.Person, &o.LimitOn, &o.Say, &o.Beyond, &second, &state, &o.N, &o.DraftedOn, &o.IssuedOn, &o.IssuedAt, &o.IssuedIdx,
		&o.IssuedBy, &o.ReceivedOn, &o.ReceivedAt, &o.ReceivedIdx, &o.ReceivedBy, &o.Why, &o.Title)
	o.Helping, o.Second, o.State = problem.Unwrap(helping), second != 0, State(state)
	return o, err
}

// one returns an order whoever asks; the caller checks who may.
func one(ctx context.Context, r database.Reader, county, id string) (*Order, error) {
	o, err := scan(r.QueryRow(ctx, orderByID, county, id))
	if database.Missing(err) {
		return nil, ErrNotFound
	}
	return &o, err
}

// Filter narrows the list of orders. Today is the day on which something is overdue or not.
type Filter struct {
	Unit, Text string // Text is part of a number, of a unit's name, or of who answers for it
	State      string // draft, issued, discarded; waiting: issued and not signed for; received; "" is all
	Second     bool
	Overdue    bool // with a problem that is owed and due before today
	Today      string
	After      int64 // newest first: rows with a smaller key
	Limit      int
}

// List returns a page of the orders that an actor may read, newest first, and the key after which the next page begins (0 at the end).
func List(ctx context.Context, r database.Reader, county string, by duty.Actor, f Filter) ([]Order, int64, error) {
	if f.Limit <= 0 || f.Limit > 5000 {
		f.Limit = 50
	}
	w := readable(county, by)
	if f.Unit != "" {
		w.And("unit = ?", f.Unit)
	}
	if f.Text != "" {
		like := "%" + f.Text + "%"
		w.And("number LIKE ? OR leader LIKE ? OR person LIKE ? OR unit IN (SELECT id FROM units WHERE county = ? AND name LIKE ?)", like, like, like, county, like)
	}
	switch f.State {
	case "":
	case "waiting":
		w.And("state = 'issued' AND received_at = 0")
	case "received":
		w.And("received_at > 0")
	default:
		w.And("state = ?", f.State)
	}
	if f.Second {
		w.And("second = 1")
	}
	if f.Overdue {
		w.And("state = 'issued' AND limit_on < ? AND id IN (SELECT n.ord FROM problems p JOIN order_problems n ON n.county = p.county AND n.problem = p.key WHERE p.county = ? AND p.due_on <> '' AND p.due_on < ? AND p.state IN ('ordered', 'claimed', 'returned', 'reopened'))",
			f.Today, county, f.Today)
	}
	if f.After > 0 {
		w.And("key < ?", f.After)
	}
	q, args := w.SQL(listOrders, "ORDER BY key DESC LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, 0, err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (Order, error) { return scan(r) })
	if err != nil {
		return nil, 0, err
	}
	if len(list) > f.Limit {
		return list[:f.Limit], list[f.Limit-1].Key, nil
	}
	return list, 0, nil
}

// Waits returns the orders that wait for an actor, the nearest limit first, at most most: with drafts those that the office issues or
// discards, else those issued to his unit that it has not signed for. Each is read from an index of its own.
func Waits(ctx context.Context, r database.Reader, county string, by duty.Actor, drafts bool, most int) ([]Order, error) {
	w := readable(county, by)
	if drafts {
		w.And("state = 'draft'")
	} else {
		w.And("unit = ?", by.Unit).And("state = 'issued'").And("received_at = 0")
	}
	q, args := w.SQL(listOrders, "ORDER BY limit_on, key LIMIT ?", most)
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (Order, error) { return scan(r) })
}

// ByID returns an order that an actor may read. Code: order.not_found.
func ByID(ctx context.Context, r database.Reader, county string, by duty.Actor, id string) (*Order, error) {
	w := readable(county, by).And("id = ?", id)
	q, args := w.SQL(listOrders, "")
	o, err := scan(r.QueryRow(ctx, q, args...))
	if database.Missing(err) {
		return nil, ErrNotFound
	}
	return &o, err
}

// readable limits orders to those of the actor's place and those in which a unit of it helps; a department's to its own. Drafts are the
// issuer's.
func readable(county string, by duty.Actor) *database.Where {
	scope := by.Scope(duty.ReadOrder)
	w := &database.Where{}
	w.And("county = ?", county)
	cond, args := scope.Where("area")
	if !scope.Empty() && scope.Area() != county {
		cond, args = cond+" OR helping LIKE ?", append(args, "%,"+scope.Area()+"%")
	}
	w.And(cond, args...)
	cond, args = scope.WhereUnit("unit", "helping")
	w.And(cond, args...)
	if !by.May(duty.IssueOrder) {
		w.And("state = 'issued'")
	}
	return w
}

// Allowed returns the kinds of act that an actor may do on an order as it stands; never nil.
func Allowed(by duty.Actor, o *Order) []string {
	out := []string{}
	if o.State == Draft && by.May(duty.IssueOrder) {
		out = append(out, KindDiscard, problem.KindOrder)
	}
	if o.State == Issued && o.ReceivedAt == 0 && by.May(duty.ClaimProblem) && by.Unit == o.Unit {
		out = append(out, KindReceive)
	}
	return out
}
