package webapi

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/inspection"
	"gonggu/internal/problem"
	"gonggu/internal/tally"
	"gonggu/internal/task"
	"gonggu/internal/workbook"
)

// TaskItem is an item that a department leads, with the problems that stand in it.
type TaskItem struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	Content     string `json:"content"`
	Requirement string `json:"requirement"`
	Problems    int64  `json:"problems"`
}

// TaskRow is what one township or department has been told to do, and how far it is.
type TaskRow struct {
	ID           string     `json:"id"`
	Kind         string     `json:"kind" enum:"households,items"`
	KindName     string     `json:"kindName"`
	Unit         string     `json:"unit"`
	UnitName     string     `json:"unitName"`
	Area         string     `json:"area"`
	Items        []TaskItem `json:"items"`
	DueOn        string     `json:"dueOn"`
	DaysLeft     int        `json:"daysLeft"`
	State        string     `json:"state" enum:"planned,handed,received,done"`
	StateName    string     `json:"stateName"`
	HandedAt     int64      `json:"handedAt"`
	ReceivedAt   int64      `json:"receivedAt"`
	ReceivedName string     `json:"receivedName"`
	Mine         bool       `json:"mine" doc:"the actor's unit is to sign for it and has not"`
	CoverageCount
	Problems int64 `json:"problems" doc:"that stand in the department's items"`
}

// TaskList is the task list as it stands.
type TaskList struct {
	Tasks   []TaskRow `json:"tasks"`
	Planned int       `json:"planned" doc:"not yet handed down; the office sees them"`
}

// CoverageCount says of the households of a place how many are in which of the three states, each in one.
type CoverageCount struct {
	Households int64            `json:"households"`
	Inspected  int64            `json:"inspected"`
	Missed     int64            `json:"missed"`
	Reasons    map[string]int64 `json:"reasons" doc:"missed, by reason"`
	Left       int64            `json:"left"`
	Unowned    int64            `json:"unowned"`
}

// CoverageRow is a place with its coverage.
type CoverageRow struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Level string `json:"level"`
	CoverageCount
}

// CoverageView is the coverage of a place and of what lies in it; the rows add up to the total.
type CoverageView struct {
	Area    CoverageRow   `json:"area"`
	Rows    []CoverageRow `json:"rows"`
	Reasons []MissReason  `json:"reasons"`
}

func (a *API) tasks(api huma.API) {
	get(api, "list-tasks", "/tasks", "The task list: who is to inspect what by when, and how far it is", func(ctx context.Context, _ *none) (*body[TaskList], error) {
		by, err := need(ctx, duty.ReadTask)
		if err != nil {
			return nil, a.fail(err)
		}
		out, err := a.taskList(ctx, by)
		return answer(out), a.fail(err)
	})
	get(api, "show-coverage", "/tasks/coverage", "Which households are inspected, could not be, or are left, by place", func(ctx context.Context, in *areaQuery) (*body[CoverageView], error) {
		by, err := need(ctx, duty.ReadTask)
		if err != nil {
			return nil, a.fail(err)
		}
		out, err := a.coverage(ctx, by, in.Area)
		return answer(out), a.fail(err)
	})
	get(api, "show-my-task", "/tasks/mine", "The households that the actor's own post answers for", func(ctx context.Context, _ *none) (*body[MyTask], error) {
		by, err := need(ctx, duty.SubmitInspection)
		if err != nil {
			return nil, a.fail(err)
		}
		out, err := a.myTask(ctx, by)
		return answer(out), a.fail(err)
	})
	a.assigning(api)
}

func countOf(c task.Coverage) CoverageCount {
	return CoverageCount{c.Households, c.Inspected, c.Missed, c.Reasons, c.Left, c.Unowned}
}

// again tells which reasons ask for another visit, by the pack.
func (s *shower) again(reason string) bool {
	return slices.ContainsFunc(s.reasons(), func(r MissReason) bool { return r.Code == reason && r.Next == inspection.NextAgain })
}

func (a *API) taskList(ctx context.Context, by duty.Actor) (TaskList, error) {
	out := TaskList{Tasks: []TaskRow{}}
	s, err := a.shower(ctx, by)
	if err != nil {
		return out, err
	}
	list, err := a.Tasks.List(ctx, a.DB, by.Scope(duty.ReadTask))
	if err != nil {
		return out, err
	}
	if by.Scope(duty.HandDownTask).Covers(a.County) {
		plan, err := a.Tasks.Plan(ctx, a.DB)
		if err != nil {
			return out, err
		}
		for _, t := range plan {
			if !slices.ContainsFunc(list, func(x task.Task) bool { return x.ID == t.ID }) {
				list = append(list, t)
				out.Planned++
			}
		}
	}
	standing := map[string]int64{} // a department sees in its ledger which problems are its own; the items' counts are everybody's
	if by.Scope(duty.ReadTask).Unit() == "" {
		if standing, err = a.standingByItem(ctx); err != nil {
			return out, err
		}
	}
	var posts []string
	for _, t := range list {
		posts = append(posts, t.ReceivedBy)
	}
	if s.posts, err = duty.Names(ctx, a.DB, a.County, posts); err != nil {
		return out, err
	}
	for _, t := range list {
		row, err := a.taskRow(ctx, s, t, standing)
		if err != nil {
			return out, err
		}
		out.Tasks = append(out.Tasks, row)
	}
	return out, nil
}

// standingByItem counts the problems that stand in the county, by item.
func (a *API) standingByItem(ctx context.Context) (map[string]int64, error) {
	found, err := tally.Items(ctx, a.DB, a.County, a.County, problem.MeasureFound)
	if err != nil {
		return nil, err
	}
	voided, err := tally.Items(ctx, a.DB, a.County, a.County, problem.MeasureVoided)
	for item, n := range voided {
		found[item] -= n
	}
	return found, err
}

var taskStates = map[string]string{"planned": "未下发", "handed": "待签收", "received": "进行中", "done": "已完成"}

func (a *API) taskRow(ctx context.Context, s *shower, t task.Task, standing map[string]int64) (TaskRow, error) {
	row := TaskRow{ID: t.ID, Kind: t.Kind, KindName: "入户排查", Unit: t.Unit, UnitName: s.names[t.Area].Name, Area: t.Area, Items: []TaskItem{}, DueOn: t.DueOn, DaysLeft: clock.Days(a.today(), t.DueOn),
		HandedAt: t.HandedAt, ReceivedAt: t.ReceivedAt, ReceivedName: s.posts[t.ReceivedBy].Name, State: "received", CoverageCount: CoverageCount{Reasons: map[string]int64{}}}
	row.Mine = t.HandedAt != 0 && t.ReceivedAt == 0 && task.Receives(s.by, t)
	if t.Kind == task.Items {
		row.KindName, row.UnitName = "行业排查", a.unitName(s, t.Unit)
		for _, i := range s.pack.Items {
			if slices.Contains(t.Items, i.Code) {
				row.Items = append(row.Items, TaskItem{i.Code, i.Name, i.Content, i.Requirement, standing[i.Code]})
				row.Problems += standing[i.Code]
			}
		}
	} else {
		c, err := a.Tasks.Coverage(ctx, a.DB, t.Area)
		if err != nil {
			return row, err
		}
		row.CoverageCount = countOf(c)
		if c.Complete(s.again) {
			row.State = "done"
		}
	}
	switch {
	case t.HandedAt == 0:
		row.State = "planned"
	case t.ReceivedAt == 0:
		row.State = "handed"
	}
	row.StateName = taskStates[row.State]
	return row, nil
}

func (a *API) unitName(s *shower, code string) string {
	for _, u := range s.pack.Units {
		if u.Code == code {
			return u.Name
		}
	}
	return code
}

// coverage shows a place of the actor's scope and its parts: townships, villages, or a village's groups.
func (a *API) coverage(ctx context.Context, by duty.Actor, area string) (CoverageView, error) {
	out := CoverageView{Rows: []CoverageRow{}}
	scope := by.Scope(duty.ReadTask).Narrow(area)
	if scope.Unit() != "" || scope.Empty() || (area != "" && !by.Scope(duty.ReadTask).Covers(area)) {
		return out, duty.ErrForbidden
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return out, err
	}
	out.Reasons = s.reasons()
	top := duty.Area{Code: scope.Area()}
	if len(top.Code) > 12 {
		top.Code = top.Code[:12] // a group is shown with its village
	}
	top, ok := s.names[top.Code]
	if !ok {
		return out, errs.New(errs.NotFound, "area.not_found", "没有这个区划代码。")
	}
	c, err := a.Tasks.Coverage(ctx, a.DB, top.Code)
	if err != nil {
		return out, err
	}
	out.Area = CoverageRow{top.Code, top.Name, top.Level, countOf(c)}
	for _, x := range s.children(top.Code) {
		if x.Level == duty.LevelGroup {
			continue
		}
		if c, err = a.Tasks.Coverage(ctx, a.DB, x.Code); err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, CoverageRow{x.Code, x.Name, x.Level, countOf(c)})
	}
	return out, nil
}

// children returns the places right below one, by code.
func (s *shower) children(parent string) []duty.Area {
	var out []duty.Area
	for _, x := range s.names {
		if x.Parent == parent {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(x, y duty.Area) int { return strings.Compare(x.Code, y.Code) })
	return out
}

func (a *API) exportCoverage(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadTask) {
		return "", nil, duty.ErrForbidden
	}
	v, err := a.coverage(ctx, by, q.Get("area"))
	if err != nil {
		return "", nil, err
	}
	heading := []string{"区域", "应查户数", "已查"}
	for _, r := range v.Reasons {
		heading = append(heading, "未能入户："+r.Name)
	}
	heading = append(heading, "未能入户合计", "未到", "无人负责")
	page := Page[CoverageRow]{Rows: append(slices.Clone(v.Rows), CoverageRow{Name: "合计", CoverageCount: v.Area.CoverageCount})}
	return "排查覆盖_" + v.Area.Name + "_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "排查覆盖", heading, page, nil, func(r CoverageRow) []workbook.Value {
			row := []workbook.Value{workbook.Text(r.Name), workbook.Int(r.Households), workbook.Int(r.Inspected)}
			for _, x := range v.Reasons {
				row = append(row, workbook.Int(r.Reasons[x.Code]))
			}
			return append(row, workbook.Int(r.Missed), workbook.Int(r.Left), workbook.Int(r.Unowned))
		})
	}, nil
}

func (a *API) exportTasks(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadTask) {
		return "", nil, duty.ErrForbidden
	}
	list, err := a.taskList(ctx, by)
	if err != nil {
		return "", nil, err
	}
	rows := slices.DeleteFunc(list.Tasks, func(t TaskRow) bool {
		return (q.Get("kind") != "" && q.Get("kind") != t.Kind) || (q.Get("state") != "" && q.Get("state") != t.State)
	})
	heading := []string{"单位", "任务", "事项", "完成期限", "剩余天数", "状态", "签收人", "应查户数", "已查", "未能入户", "未到", "无人负责", "所牵头事项现有问题"}
	return "任务清单_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "任务清单", heading, Page[TaskRow]{Rows: rows}, nil, func(t TaskRow) []workbook.Value {
			var items []string
			for _, i := range t.Items {
				items = append(items, i.Code+" "+i.Name)
			}
			return []workbook.Value{workbook.Text(t.UnitName), workbook.Text(t.KindName), workbook.Text(strings.Join(items, "、")), workbook.Text(t.DueOn), workbook.Int(int64(t.DaysLeft)), workbook.Text(t.StateName), workbook.Text(t.ReceivedName),
				workbook.Int(t.Households), workbook.Int(t.Inspected), workbook.Int(t.Missed), workbook.Int(t.Left), workbook.Int(t.Unowned), workbook.Int(t.Problems)}
		})
	}, nil
}
