package webapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/duty"
	"gonggu/internal/problem"
	"gonggu/internal/report"
	"gonggu/internal/tally"
)

// ProblemBoard is the ledger by state.
type ProblemBoard struct {
	Area     string        `json:"area"`
	AreaName string        `json:"areaName"`
	Columns  []BoardColumn `json:"columns" doc:"in the order of a problem's life"`
}

// BoardColumn is one state with its most urgent problems.
type BoardColumn struct {
	State string       `json:"state"`
	Name  string       `json:"name"`
	Count int64        `json:"count"`
	More  bool         `json:"more" doc:"there are more than count: below the township nothing is counted whole"`
	Rows  []ProblemRow `json:"rows"`
}

type boardQuery struct {
	Area string `query:"area" maxLength:"14"`
	Rows int    `query:"rows" minimum:"0" maximum:"50"`
}

// boardStates are the columns; what is void or merged stands in none.
var boardStates = []problem.State{problem.Found, problem.Accepted, problem.Ordered, problem.Declined, problem.Claimed, problem.Returned, problem.Reopened, problem.Rectified, problem.Verified, problem.Closed}

func (a *API) boards(api huma.API) {
	get(api, "show-problem-board", "/boards/problems", "Problems by state, the most urgent of each", func(ctx context.Context, in *boardQuery) (*body[ProblemBoard], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.problemBoard(ctx, by, in)
		return answer(v), a.fail(err)
	})
}

func (a *API) problemBoard(ctx context.Context, by duty.Actor, in *boardQuery) (ProblemBoard, error) {
	scope := by.Scope(duty.ReadProblem).Narrow(in.Area)
	v := ProblemBoard{Area: scope.Area(), Columns: []BoardColumn{}}
	if scope.Empty() {
		return v, report.ErrOutside
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return v, err
	}
	v.AreaName = s.names[scope.Area()].Name
	counts, err := a.stocks(ctx, scope)
	if err != nil {
		return v, err
	}
	rows := in.Rows
	if rows == 0 {
		rows = 20
	}
	for _, state := range boardStates {
		list, n, err := problem.Waits(ctx, a.DB, a.County, scope, problem.Pending{State: state}, rows)
		if err != nil {
			return v, err
		}
		c := BoardColumn{State: string(state), Name: state.Name(), Count: min(n, problem.MostPending), More: n > problem.MostPending, Rows: []ProblemRow{}}
		if exact, ok := counts[state]; ok {
			c.Count, c.More = exact, false
		}
		heads, err := a.heads(ctx, list)
		if err != nil {
			return v, err
		}
		for i := range list {
			c.Rows = append(c.Rows, a.problemRow(s, &list[i], heads[list[i].Household]))
		}
		v.Columns = append(v.Columns, c)
	}
	return v, nil
}

// stocks reads from the tallies how many problems of a place stand in each state; none for a department, whose own are counted by units.
func (a *API) stocks(ctx context.Context, scope duty.Scope) (map[problem.State]int64, error) {
	out := map[problem.State]int64{}
	if scope.Unit() != "" || len(scope.Area()) > 12 {
		return out, nil
	}
	found, err := tally.Sum(ctx, a.DB, a.County, scope.Area(), problem.MeasureFound)
	if err != nil {
		return nil, err
	}
	out[problem.Found] = found
	for _, state := range problem.States {
		if state == problem.Found {
			continue
		}
		if out[state], err = tally.Sum(ctx, a.DB, a.County, scope.Area(), problem.At(state)); err != nil {
			return nil, err
		}
		out[problem.Found] -= out[state]
	}
	return out, nil
}
