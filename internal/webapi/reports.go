package webapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/duty"
	"gonggu/internal/report"
)

// ReportDays are the days that have a report.
type ReportDays struct {
	Days []report.Day `json:"days"`
}

type dayQuery struct {
	Day  string `path:"day" maxLength:"10"`
	Area string `query:"area" maxLength:"14"`
}

func (a *API) reports(api huma.API) {
	get(api, "list-daily-reports", "/reports/daily", "The days that have a daily report", func(ctx context.Context, _ *none) (*body[ReportDays], error) {
		if _, err := need(ctx, duty.ReadReport); err != nil {
			return nil, a.fail(err)
		}
		days, err := report.List(ctx, a.DB, a.Book, a.County, a.Clock.Now())
		return answer(ReportDays{orNone(days)}), a.fail(err)
	})
	get(api, "show-daily-report", "/reports/daily/{day}", "The daily report of the actor's area: as frozen, or as it stands", func(ctx context.Context, in *dayQuery) (*body[report.Daily], error) {
		by, err := need(ctx, duty.ReadReport)
		if err != nil {
			return nil, a.fail(err)
		}
		d, err := a.daily(ctx, by, in.Day, in.Area)
		if err != nil {
			return nil, a.fail(err)
		}
		return answer(*d), nil
	})
}

func (a *API) daily(ctx context.Context, by duty.Actor, day, area string) (*report.Daily, error) {
	d, err := report.Of(ctx, a.DB, a.Book, a.County, day, a.Clock.Now())
	if err != nil {
		return nil, err
	}
	scope := by.Scope(duty.ReadReport)
	if area == "" {
		area = scope.Area()
	}
	return d.View(scope, area)
}
