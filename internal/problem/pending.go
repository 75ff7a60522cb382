package problem

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/pack"
)

// Pending is what of one state waits for somebody. Empty fields limit nothing.
type Pending struct {
	State State
	// Leads are the units of which one leads.
	Leads []string
	// Unled says that no unit has been named yet.
	Unled bool
	// RectifiedBy are the kinds of unit whose repair it is, NotBy the unit whose repair it is not.
	RectifiedBy []string
	NotBy       string
	// Unsupervised says that no supervision team's signature stands on it.
	Unsupervised bool
}

// MostPending bounds how far Waits counts.
const MostPending = 999

// Waits returns the first n problems that wait, the most urgent first, and how many there are, up to MostPending + 1. Every condition
// but those on signatures is of one index, so that it costs what it returns however large the ledger is.
func Waits(ctx context.Context, r database.Reader, county string, scope duty.Scope, p Pending, n int) ([]Problem, int64, error) {
	keys, err := p.keys(ctx, r, county, scope, "LIMIT ?", MostPending+1)
	if err != nil || len(keys) == 0 || n == 0 {
		return nil, int64(len(keys)), err
	}
	all := int64(len(keys))
	if all > MostPending { // so many that the first in the order of their days are soon found
		if keys, err = p.keys(ctx, r, county, scope, "ORDER BY due_on, key LIMIT ?", n); err != nil {
			return nil, 0, err
		}
	}
	list, err := byKeys(ctx, r, county, keys)
	slices.SortFunc(list, func(x, y Problem) int { return cmp.Or(cmp.Compare(x.DueOn, y.DueOn), cmp.Compare(x.Key, y.Key)) })
	return list[:min(n, len(list))], all, err
}

func (p Pending) keys(ctx context.Context, r database.Reader, county string, scope duty.Scope, tail string, most int) ([]int64, error) {
	q, args := p.where(county, scope).SQL(problemKeys, tail, most)
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (k int64, err error) { return k, r.Scan(&k) })
}

func (p Pending) where(county string, scope duty.Scope) *database.Where {
	w := &database.Where{}
	w.And("county = ?", county).And("state = ?", string(p.State))
	cond, args := scope.Where("area")
	w.And(cond, args...)
	cond, args = scope.WhereUnit("lead", "helping")
	w.And(cond, args...)
	if len(p.Leads) > 0 {
		w.And("lead IN ("+database.In(len(p.Leads))+")", database.Anys(p.Leads)...)
	}
	if p.Unled {
		w.And("lead = ''")
	}
	if len(p.RectifiedBy) > 0 {
		w.And("EXISTS (SELECT 1 FROM problem_signatures g WHERE g.county = problems.county AND g.problem = problems.key AND g.step = 'rectify' AND g.voided = 0 AND g.kind IN ("+database.In(len(p.RectifiedBy))+") AND g.unit <> ?)",
			append(database.Anys(p.RectifiedBy), p.NotBy)...)
	}
	if p.Unsupervised {
		w.And("NOT EXISTS (SELECT 1 FROM problem_signatures g WHERE g.county = problems.county AND g.problem = problems.key AND g.step = 'supervise' AND g.voided = 0)")
	}
	return w
}

// VerifiedFrom returns the kinds of unit whose repairs a kind of unit may verify, by the pack's tiers.
func VerifiedFrom(pk *pack.Pack, kind string) []string {
	var out []string
	for _, t := range pk.Head.Tiers {
		for _, v := range t.VerifiedBy {
			if v == kind {
				out = append(out, t.RectifiedBy)
			}
		}
	}
	return out
}

// Refusal is a unit's word that a problem is not its own.
type Refusal struct {
	Index  int64
	Unit   string
	Ground string
}

// Refusals returns who said that a problem is not theirs, and on what ground, in order.
func Refusals(ctx context.Context, r database.Reader, county string, key int64) ([]Refusal, error) {
	rows, err := r.Query(ctx, refusalsOf, county, key)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (x Refusal, err error) { return x, r.Scan(&x.Index, &x.Unit, &x.Ground) })
}

// Parts returns the problems that were split from one, and those merged into it.
func Parts(ctx context.Context, r database.Reader, county, id string) ([]Problem, error) {
	rows, err := r.Query(ctx, partsOf, county, id, county, id)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (Problem, error) { return scan(r) })
}
