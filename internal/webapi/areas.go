package webapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/report"
	"gonggu/internal/tally"
)

// Area is a place of the tree with what the tree shows beside it.
type Area struct {
	Code         string `json:"code"`
	Name         string `json:"name"`
	Level        string `json:"level"`
	Parent       string `json:"parent"`
	Households   int64  `json:"households"`
	Inspected    int64  `json:"inspected"`
	ProblemsOpen int64  `json:"problemsOpen"`
	DoubtsOpen   int64  `json:"doubtsOpen"`
}

// AreaList is the tree, flat, by code.
type AreaList struct {
	Areas []Area `json:"areas"`
}

type areaQuery struct {
	Area string `query:"area" maxLength:"14"`
}

func (a *API) areas(api huma.API) {
	get(api, "list-areas", "/areas", "The places of the actor's scope, down to the village, with their counts", func(ctx context.Context, _ *none) (*body[AreaList], error) {
		by, err := need(ctx, duty.ReadArea)
		if err != nil {
			return nil, a.fail(err)
		}
		list, err := a.areaTree(ctx, by.Scope(duty.ReadArea))
		return answer(AreaList{list}), a.fail(err)
	})
	get(api, "show-overview", "/overview", "Where the campaign stands in an area", func(ctx context.Context, in *areaQuery) (*body[report.Overview], error) {
		by, err := need(ctx, duty.ReadReport)
		if err != nil {
			return nil, a.fail(err)
		}
		o, err := a.Reports.Overview(ctx, a.DB, by.Scope(duty.ReadReport), in.Area, a.reportDay(ctx))
		if err != nil {
			return nil, a.fail(err)
		}
		return answer(*o), nil
	})
}

// reportDay is the report to which something that arrived now would belong.
func (a *API) reportDay(ctx context.Context) string {
	cutOff, err := a.Book.CutOff(ctx, a.DB)
	if err != nil {
		return a.today()
	}
	return clock.ReportDay(a.Clock.Now(), cutOff)
}

// treeMeasures are the counts that the tree shows, with the sign each has in its sum.
var treeMeasures = map[string]struct {
	into func(*Area) *int64
	sign int64
}{
	"households":      {func(x *Area) *int64 { return &x.Households }, 1},
	"inspected":       {func(x *Area) *int64 { return &x.Inspected }, 1},
	"found":           {func(x *Area) *int64 { return &x.ProblemsOpen }, 1},
	"voided":          {func(x *Area) *int64 { return &x.ProblemsOpen }, -1},
	"doubt.opened":    {func(x *Area) *int64 { return &x.DoubtsOpen }, 1},
	"doubt.confirmed": {func(x *Area) *int64 { return &x.DoubtsOpen }, -1},
	"doubt.refuted":   {func(x *Area) *int64 { return &x.DoubtsOpen }, -1},
	"doubt.gone":      {func(x *Area) *int64 { return &x.DoubtsOpen }, -1},
}

func (a *API) areaTree(ctx context.Context, scope duty.Scope) ([]Area, error) {
	list, err := duty.Areas(ctx, a.DB, a.County, scope)
	if err != nil {
		return nil, err
	}
	out := []Area{}
	at := map[string]int{}
	for _, x := range list {
		if x.Level == duty.LevelGroup {
			continue
		}
		at[x.Code] = len(out)
		out = append(out, Area{Code: x.Code, Name: x.Name, Level: x.Level, Parent: x.Parent})
	}
	if scope.Unit() != "" {
		return out, nil // the counts are of all departments together; a department's own are in its ledger
	}
	for measure, m := range treeMeasures {
		counts, err := tally.Totals(ctx, a.DB, a.County, scope.Area(), measure)
		if err != nil {
			return nil, err
		}
		for _, c := range counts {
			// Classes overlap; a household's count is that of no class. Problems are counted by item only.
			if c.Item != "" && (measure == "households" || measure == "inspected") {
				continue
			}
			if i, known := at[c.Area]; known && scope.Covers(c.Area) {
				*m.into(&out[i]) += m.sign * c.N
			}
		}
	}
	return out, nil
}
