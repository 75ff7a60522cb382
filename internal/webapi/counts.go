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

// sum adds up one measure of an area over all days; item "*" is every item.
func (a *API) sum(ctx context.Context, area, measure, item string) (int64, error) {
	list, err := tally.Of(ctx, a.DB, a.County, area)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, c := range list {
		if c.Measure == measure && (item == "*" || c.Item == item) {
			n += c.N
		}
	}
	return n, nil
}

// countHouseholds tells how long a list is without counting it: from the tallies, for areas that have them.
func (a *API) countHouseholds(ctx context.Context, scope duty.Scope, class string) (int64, error) {
	if scope.Empty() {
		return 0, nil
	}
	if len(scope.Area()) > 12 {
		return -1, nil
	}
	return a.sum(ctx, scope.Area(), roster.MeasureHouseholds, class)
}

// countProblems tells the length of a ledger that is cut by area and item only.
func (a *API) countProblems(ctx context.Context, by duty.Actor, in *problemQuery) (int64, bool, error) {
	scope := by.Scope(duty.ReadProblem).Narrow(in.Area)
	if scope.Empty() || scope.Unit() != "" || len(scope.Area()) > 12 || in.Block+in.Class+in.State+in.Day+in.Unit+in.Q+in.AsOf+in.Until+in.Helps+in.Due+in.Before+in.Did+in.From+in.Order+in.Source != "" || in.Year != 0 {
		return 0, false, nil
	}
	item := in.Item
	if item == "" {
		item = "*"
	}
	n, err := a.sum(ctx, scope.Area(), problem.MeasureFound, item)
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
