package problem

import (
	"cmp"
	"context"
	"database/sql"

	"gonggu/internal/database"
	"gonggu/internal/duty"
)

// Problem is a row of the ledger.
type Problem struct {
	Key                              int64
	ID, Number, Rule, Item, Block    string
	Clauses                          []string
	Subject                          string
	Household                        int64
	Member, Area, Say, Sensitive     string
	Origin, Sheet, Doubt             string
	Lead                             string
	Helping                          []string
	State                            State
	Rev                              int64
	Days                             int64
	StageOn, ClearOn, LimitOn        string
	FoundOn, DoneOn                  string
	FoundAt, FoundIdx                int64
	FoundBy                          string
	AcceptedOn, VoidedOn, VoidReason string
	AcceptedIdx, VoidedIdx           int64
	Classes                          []string
	MovedOn                          string // the report since which it lies in Area; "" is since it was found
}

// StateAt returns the state as a report of that day showed it.
func (p *Problem) StateAt(reportDay string) State {
	switch {
	case reportDay == "":
		return p.State
	case p.VoidedOn != "" && p.VoidedOn <= reportDay:
		return Void
	case p.AcceptedOn != "" && p.AcceptedOn <= reportDay:
		return Accepted
	default:
		return Found
	}
}

func scan(r interface{ Scan(...any) error }) (Problem, error) {
	var p Problem
	var clauses, helping, classes, state string
	err := r.Scan(&p.Key, &p.ID, &p.Number, &p.Rule, &p.Item, &p.Block, &clauses, &p.Subject, &p.Household, &p.Member, &p.Area, &p.Say, &p.Sensitive,
		&p.Origin, &p.Sheet, &p.Doubt, &p.Lead, &helping, &state, &p.Rev, &p.Days, &p.StageOn, &p.ClearOn, &p.LimitOn, &p.FoundOn, &p.FoundAt, &p.FoundIdx, &p.FoundBy, &p.DoneOn,
		&p.AcceptedOn, &p.AcceptedIdx, &p.VoidedOn, &p.VoidedIdx, &p.VoidReason, &classes, &p.MovedOn)
	p.Clauses, p.Helping, p.Classes, p.State = Unwrap(clauses), Unwrap(helping), Unwrap(classes), State(state)
	return p, err
}

// ByID returns a problem, whatever the scope; the caller checks it.
func ByID(ctx context.Context, r database.Reader, county, id string) (*Problem, error) {
	p, err := scan(r.QueryRow(ctx, problemByID, county, id))
	if database.Missing(err) {
		return nil, ErrNotFound
	}
	return &p, err
}

// OfHousehold returns all problems of a household, oldest first.
func OfHousehold(ctx context.Context, r database.Reader, county string, household int64) ([]Problem, error) {
	rows, err := r.Query(ctx, problemsOfHousehold, county, household)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (Problem, error) { return scan(r) })
}

// Filter narrows the ledger. AsOf is a report day: the ledger as that report knew it.
type Filter struct {
	Area, Item, Block, Class, State, Unit, Text string
	On                                          string // found in this report
	Until                                       string // found in this report or before
	Helping                                     string // this unit helps
	AsOf                                        string
	After                                       int64 // newest first: rows with a smaller key
	Limit                                       int
}

// List returns a page of the ledger that a scope covers, newest first, and the key after which the
// next page begins (0 at the end).
func List(ctx context.Context, r database.Reader, county string, scope duty.Scope, f Filter) ([]Problem, int64, error) {
	if f.Limit <= 0 || f.Limit > 5000 {
		f.Limit = 50
	}
	w := conditions(county, scope, f)
	if f.After > 0 {
		w.And("key < ?", f.After)
	}
	q, args := w.SQL(listProblems, "ORDER BY key DESC LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, 0, err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (Problem, error) { return scan(r) })
	if err != nil {
		return nil, 0, err
	}
	if len(list) > f.Limit {
		return list[:f.Limit], list[f.Limit-1].Key, nil
	}
	return list, 0, nil
}

func conditions(county string, scope duty.Scope, f Filter) *database.Where {
	w := &database.Where{}
	w.And("county = ?", county)
	if day := cmp.Or(f.AsOf, f.On); day != "" {
		whereAt(w, county, scope, f.Area, day)
	} else {
		cond, args := scope.Narrow(f.Area).Where("area")
		w.And(cond, args...)
	}
	cond, args := scope.WhereUnit("lead", "helping")
	w.And(cond, args...)
	for _, c := range []struct{ cond, value string }{
		{"item = ?", f.Item}, {"block = ?", f.Block}, {"lead = ?", f.Unit}, {"found_on = ?", f.On}, {"found_on <= ?", f.AsOf}, {"found_on <= ?", f.Until},
	} {
		if c.value != "" {
			w.And(c.cond, c.value)
		}
	}
	if f.Helping != "" {
		w.And("lead <> ? AND helping LIKE ?", f.Helping, "%,"+f.Helping+",%")
	}
	if f.Class != "" {
		w.And("classes LIKE ?", "%,"+f.Class+",%")
	}
	if f.Text != "" {
		w.And("number LIKE ? OR say LIKE ?", "%"+f.Text+"%", "%"+f.Text+"%")
	}
	stateConditions(w, f)
	return w
}

func stateConditions(w *database.Where, f Filter) {
	if f.State == "" {
		return
	}
	if f.AsOf == "" {
		if f.State == "open" {
			w.And("state <> ?", string(Void))
			return
		}
		w.And("state = ?", f.State)
		return
	}
	switch State(f.State) {
	case Void:
		w.And("voided_on <> '' AND voided_on <= ?", f.AsOf)
	case Accepted:
		w.And("accepted_on <> '' AND accepted_on <= ? AND (voided_on = '' OR voided_on > ?)", f.AsOf, f.AsOf)
	case Found:
		w.And("(accepted_on = '' OR accepted_on > ?) AND (voided_on = '' OR voided_on > ?)", f.AsOf, f.AsOf)
	default: // open
		w.And("voided_on = '' OR voided_on > ?", f.AsOf)
	}
}

// Waiting counts the problems of a scope that nobody has accepted and that were found in the report
// of a day or before, up to most of them.
func Waiting(ctx context.Context, r database.Reader, county string, scope duty.Scope, until string, most int64) (int64, error) {
	w := &database.Where{}
	w.And("county = ?", county).And("state = ?", string(Found)).And("found_on <= ?", until)
	cond, args := scope.Where("area")
	w.And(cond, args...)
	cond, args = scope.WhereUnit("lead", "helping")
	w.And(cond, args...)
	q, all := w.SQL(waitingProblems, "LIMIT ?", most)
	rows, err := r.Query(ctx, q, all...)
	if err != nil {
		return 0, err
	}
	keys, err := database.Collect(rows, func(r *sql.Rows) (k int64, err error) { return k, r.Scan(&k) })
	return int64(len(keys)), err
}
