package webapi

import (
	"context"
	"reflect"

	"gonggu/internal/campaign"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
	"gonggu/internal/tally"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// countHouseholds tells how long a list is without counting it: from the tallies, for areas that have them.
func (a *API) countHouseholds(ctx context.Context, scope duty.Scope, class string) (int64, error) {
	if scope.Empty() {
		return 0, nil
	}
	if len(scope.Area()) > 12 {
		return -1, nil
	}
	return tally.Total(ctx, a.DB, a.County, scope.Area(), roster.MeasureHouseholds, class)
}

// countProblems tells the length of a ledger that is cut by area and item only.
func (a *API) countProblems(ctx context.Context, by duty.Actor, in *problemQuery) (int64, bool, error) {
	scope := by.Scope(duty.ReadProblem).Narrow(in.Area)
	if scope.Empty() || scope.Unit() != "" || len(scope.Area()) > 12 || in.Block+in.Class+in.State+in.Day+in.Unit+in.Q+in.AsOf+in.Until+in.Helps+in.Due+in.Before+in.Did+in.From+in.Order+in.Source != "" || in.Year != 0 {
		return 0, false, nil
	}
	if in.Item == "" {
		n, err := tally.Sum(ctx, a.DB, a.County, scope.Area(), problem.MeasureFound)
		return n, true, err
	}
	n, err := tally.Total(ctx, a.DB, a.County, scope.Area(), problem.MeasureFound, in.Item)
	return n, true, err
}

// latest returns the pack in force, or before the opening the one installed last.
func (a *API) latest(ctx context.Context) (*campaign.Loaded, error) {
	_, l, err := a.Book.Current(ctx, a.DB)
	if errs.Code(err) == campaign.ErrNone.Code {
		return a.Book.Latest(ctx, a.DB)
	}
	return l, err
}
