package webapi

import (
	"context"
	"fmt"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
	"gonggu/internal/report"
)

// ReportStanding is what stands around a day's report and is no part of its frozen bytes.
type ReportStanding struct {
	Day       string          `json:"day"`
	State     string          `json:"state" enum:"frozen,due,open"`
	StateName string          `json:"stateName"`
	Digest    string          `json:"digest" doc:"of the frozen report; a review names it"`
	FrozenAt  int64           `json:"frozenAt"`
	Reviews   []report.Review `json:"reviews" doc:"oldest first; the last one holds"`
	OwnRemark string          `json:"ownRemark" doc:"what the actor's unit said for this day"`
	Limit     int             `json:"limit" doc:"characters of a remark or a word"`
	Acts      []string        `json:"acts" doc:"what the actor may do now: report.remark, report.review"`
}

// Late is what somebody should look after today.
type Late struct {
	Days       int         `json:"days" doc:"within so many days a problem should be accepted, by the pack"`
	Until      string      `json:"until" doc:"found in the report of this day or before"`
	Unaccepted int64       `json:"unaccepted"`
	More       bool        `json:"more" doc:"there are more than unaccepted"`
	Refused    int64       `json:"refused" doc:"acts on the repair list that nobody has repaired"`
	MoreRefs   bool        `json:"moreRefused"`
	Report     *report.Day `json:"report,omitempty" doc:"the last frozen report with its review"`
}

// Bounds of what is counted for a page: beyond them it says "or more".
const (
	mostWaiting = 2000
	mostRefused = 200
)

// paramAcceptDays is the pack's limit for accepting a problem.
const paramAcceptDays = "accept_days"

func (a *API) standing(api huma.API) {
	get(api, "show-report-standing", "/reports/daily/{day}/standing", "The reviews of a day's report and what the actor may add to it", func(ctx context.Context, in *dayQuery) (*body[ReportStanding], error) {
		by, err := need(ctx, duty.ReadReport)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.standingOf(ctx, by, in.Day)
		return answer(v), a.fail(err)
	})
	get(api, "show-led", "/overview/led", "Problems by lead unit; for a department its own", func(ctx context.Context, in *areaQuery) (*body[report.Led], error) {
		by, err := need(ctx, duty.ReadReport)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.Reports.Led(ctx, a.DB, by.Scope(duty.ReadReport), in.Area, a.reportDay(ctx))
		if err != nil {
			return nil, a.fail(err)
		}
		return answer(*v), nil
	})
	get(api, "show-late", "/overview/late", "What is late: problems that nobody accepted, refused acts, the last report", func(ctx context.Context, in *areaQuery) (*body[Late], error) {
		by, err := need(ctx, duty.ReadReport)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.late(ctx, by, in.Area)
		return answer(v), a.fail(err)
	})
}

func (a *API) standingOf(ctx context.Context, by duty.Actor, day string) (ReportStanding, error) {
	v := ReportStanding{Day: day, Reviews: []report.Review{}, Acts: []string{}, Limit: report.MaxRemark}
	days, err := report.List(ctx, a.DB, a.Book, a.County, a.Clock.Now())
	if err != nil {
		return v, err
	}
	for _, d := range days {
		if d.Day == day {
			v.State, v.StateName, v.Digest, v.FrozenAt = d.State, d.StateName, d.Digest, d.FrozenAt
		}
	}
	if v.State == "" {
		return v, report.ErrNone
	}
	if v.Reviews, err = report.Reviews(ctx, a.DB, a.County, day); err != nil {
		return v, err
	}
	if by.May(duty.RemarkReport) {
		if v.OwnRemark, err = report.OwnRemark(ctx, a.DB, a.County, day, by.Unit); err != nil {
			return v, err
		}
		if v.State == report.StateOpen && day == a.reportDay(ctx) {
			v.Acts = append(v.Acts, report.KindRemark)
		}
	}
	if v.State == report.StateFrozen && by.Scope(duty.ReviewReport).Covers(a.County) {
		v.Acts = append(v.Acts, report.KindReview)
	}
	return v, nil
}

func (a *API) late(ctx context.Context, by duty.Actor, area string) (Late, error) {
	v := Late{}
	l, err := a.latest(ctx)
	if err != nil {
		return v, err
	}
	today := a.reportDay(ctx)
	if p, ok := l.Pack.ParamOn(paramAcceptDays, today); ok && by.May(duty.ReadProblem) {
		days, err := strconv.Atoi(fmt.Sprint(p.Value)) // the loader has checked the unit
		if err != nil {
			return v, err
		}
		v.Days, v.Until = days, clock.AddDays(today, -days-1)
		n, err := problem.Waiting(ctx, a.DB, a.County, by.Scope(duty.ReadProblem).Narrow(area), v.Until, mostWaiting+1)
		if err != nil {
			return v, err
		}
		v.Unaccepted, v.More = min(n, mostWaiting), n > mostWaiting
	}
	refused, next, err := act.ListRefused(ctx, a.DB, a.County, act.RefusedFilter{Person: a.repairer(by), State: "open", Limit: mostRefused})
	if err != nil {
		return v, err
	}
	v.Refused, v.MoreRefs = int64(len(refused)), next != ""
	days, err := report.List(ctx, a.DB, a.Book, a.County, a.Clock.Now())
	if err != nil {
		return v, err
	}
	for i := range days {
		if days[i].State == report.StateFrozen {
			v.Report = &days[i]
		}
	}
	return v, nil
}
