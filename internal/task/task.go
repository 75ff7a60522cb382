// Package task is the task list handed down (notice, part four, one): to townships and departments by the
// county office, to people by the townships; and coverage, which says of every household whether it was
// inspected, could not be, or is left. It owns tasks and area_owners. Who answers for a single
// household stands in the register; this package decides it.
package task

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
	"gonggu/internal/roster"
)

// The kinds of act of this package.
const (
	KindHandDown = "task.hand_down"
	KindReceive  = "task.receive"
	KindAssign   = "task.assign"
)

// Kinds of task.
const (
	Households = "households" // a township inspects all its households
	Items      = "items"      // a department inspects the items that it leads
)

// phaseInspect is the phase of the campaign by whose last day the tasks are due.
const phaseInspect = "inspect"

// Errors of this package.
var (
	ErrNotFound = errs.New(errs.NotFound, "task.not_found", "没有找到这项任务，或不在您的负责范围内。")
	ErrBody     = errs.New(errs.Invalid, "task.body", "任务内容不完整，未受理；请刷新页面后重新提交。")
)

// Room does the work of this package for one county. Use it by pointer.
type Room struct {
	County string
	Book   *campaign.Book
	Roster roster.Store

	mu   sync.Mutex
	last *heirs // of the act being applied: an import asks for every household
}

// Kinds returns what the acts of this package mean.
func (m *Room) Kinds() map[string]act.Kind {
	return map[string]act.Kind{KindHandDown: {Apply: m.handDown}, KindReceive: {Apply: m.receive}, KindAssign: {Apply: m.assign}}
}

// Task is what one township or department has been told to do.
type Task struct {
	ID, Kind, Unit, Area string
	Items                []string // of the pack, for a department
	DueOn                string
	HandedAt             int64
	HandedIndex          int64
	ReceivedAt           int64 // 0 until somebody signed for it
	ReceivedIndex        int64
	ReceivedBy           string // the post
}

func scanTask(r *sql.Rows) (t Task, err error) {
	var items string
	err = r.Scan(&t.ID, &t.Kind, &t.Unit, &t.Area, &items, &t.DueOn, &t.HandedAt, &t.HandedIndex, &t.ReceivedAt, &t.ReceivedIndex, &t.ReceivedBy)
	t.Items = []string{}
	if items != "" {
		t.Items = strings.Split(items, ",")
	}
	return t, err
}

// Plan returns the tasks that the pack and the county's places ask for, handed down or not, townships first.
func (m *Room) Plan(ctx context.Context, r database.Reader) ([]Task, error) {
	camp, loaded, err := m.Book.Current(ctx, r)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(camp.Phases, func(p campaign.Phase) bool { return p.ID == phaseInspect })
	if i < 0 {
		return nil, errs.New(errs.Conflict, "task.no_phase", "专项行动没有排查阶段，不能下发排查任务；请先在“方案”页核对阶段和日期。")
	}
	areas, err := duty.Areas(ctx, r, m.County, duty.Everything(m.County))
	if err != nil {
		return nil, err
	}
	var out []Task
	due := camp.Phases[i].To
	for _, a := range areas {
		if a.Level == duty.LevelTownship {
			out = append(out, Task{ID: ident.Derive(camp.ID, "task/township/"+a.Code), Kind: Households, Unit: a.Code, Area: a.Code, Items: []string{}, DueOn: due})
		}
	}
	for _, u := range loaded.Pack.Units {
		if items := led(loaded.Pack, u); len(items) > 0 {
			out = append(out, Task{ID: ident.Derive(camp.ID, "task/department/"+u.Code), Kind: Items, Unit: u.Code, Area: m.County, Items: items, DueOn: due})
		}
	}
	return out, nil
}

func led(p *pack.Pack, u pack.Unit) []string {
	if u.Kind != "" && u.Kind != duty.UnitDepartment {
		return nil
	}
	var out []string
	for _, i := range p.Items {
		if slices.Contains(i.Lead, u.Code) {
			out = append(out, i.Code)
		}
	}
	return out
}

// handDown hands down every task that is not yet out. Those that are stay as they were received.
func (m *Room) handDown(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.HandDownTask)
	if err != nil {
		return err
	}
	if !by.Scope(duty.HandDownTask).Covers(s.Act.County) {
		return duty.ErrOutside
	}
	plan, err := m.Plan(ctx, s.Tx)
	if err != nil {
		return err
	}
	out, err := m.List(ctx, s.Tx, duty.Everything(m.County))
	if err != nil {
		return err
	}
	fresh := slices.DeleteFunc(plan, func(t Task) bool {
		return slices.ContainsFunc(out, func(x Task) bool { return x.ID == t.ID })
	})
	if len(fresh) == 0 {
		return errs.Newf(errs.Conflict, "task.all_out", "%d 项任务都已下发过，没有新的任务；签收情况见任务清单。", len(out))
	}
	for _, t := range fresh {
		if _, err := s.Tx.Exec(ctx, insertTask, m.County, t.ID, t.Kind, t.Unit, t.Area, strings.Join(t.Items, ","), t.DueOn, s.Act.ReceivedAt, s.Act.Index); err != nil {
			return err
		}
	}
	s.Made = canon.Object{"tasks": int64(len(fresh))}
	return nil
}

// Receives reports whether a task is the actor's to sign for: his township's, or his department's.
func Receives(by duty.Actor, t Task) bool {
	if t.Kind == Items {
		return slices.Contains(by.Duties, duty.Department) && by.UnitCode == t.Unit
	}
	return slices.Contains(by.Duties, duty.Township) && by.Area == t.Area
}

// receive signs for a task.
func (m *Room) receive(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.ReadTask)
	if err != nil {
		return err
	}
	rows, err := s.Tx.Query(ctx, oneTask, m.County, s.Act.Subject)
	if err != nil {
		return err
	}
	list, err := database.Collect(rows, scanTask)
	if err != nil {
		return err
	}
	if len(list) == 0 || !Receives(by, list[0]) {
		return errs.New(errs.Forbidden, "task.not_yours", "这项任务不是下发给您单位的，未签收；请由任务单位的岗位签收。")
	}
	if t := list[0]; t.ReceivedAt != 0 {
		who, err := duty.Known(ctx, s.Tx, m.County, t.ReceivedBy)
		if err != nil {
			return err
		}
		return errs.Newf(errs.Conflict, "task.received", "这项任务已由 %s 于 %s 签收，不需要再签。", who.Name, moment(t.ReceivedAt))
	}
	_, err = s.Tx.Exec(ctx, receiveTask, s.Act.ReceivedAt, s.Act.Index, s.Act.Post, m.County, s.Act.Subject)
	return err
}

// List returns the tasks that a scope covers: a township's own, a department's own, all of them for the county.
func (m *Room) List(ctx context.Context, r database.Reader, scope duty.Scope) ([]Task, error) {
	w := &database.Where{}
	w.And("county = ?", m.County)
	cond, args := scope.Where("area")
	w.And(cond, args...)
	cond, args = scope.WhereUnit("unit", "unit")
	w.And(cond, args...)
	q, all := w.SQL(listTasks, "ORDER BY area DESC, unit")
	rows, err := r.Query(ctx, q, all...)
	if err != nil {
		return nil, err
	}
	list, err := database.Collect(rows, scanTask)
	slices.SortStableFunc(list, func(a, b Task) int {
		if a.Kind != b.Kind {
			return strings.Compare(a.Kind, b.Kind) // households before items
		}
		return strings.Compare(a.Unit, b.Unit)
	})
	return list, err
}
