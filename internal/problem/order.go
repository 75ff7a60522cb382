package problem

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
)

// MaxOrdered is how many problems one order names at most.
const MaxOrdered = 300

// named is how many numbers a refusal names.
const named = 5

// Ordering is what an order (督办通知书) asks for each of its problems.
type Ordering struct {
	Order          string   // its id
	Unit           string   // leads from now on
	Helping        []string // help each of them from now on; none: each keeps the units that help it
	Leader, Person string   // 责任领导, 责任人
	LimitOn        string   // each is due on that day
	Beyond         string   // why the limit is after the clearing day, "" when nobody said
	Second         bool     // 再次督办: they were ordered before and stay where they stand
}

// Order orders problems inside the act that issues the order: all of them, or none. Nothing has been written when it returns an error
// that a person caused. Codes: problem.order_empty, problem.order_many, problem.not_found, problem.wrong_state,
// problem.ruled_to, problem.declined_by, problem.other_lead, problem.paused, problem.beyond.
func (m *Room) Order(ctx context.Context, s *act.Step, by duty.Actor, ids []string, o Ordering) error {
	works, err := m.orderly(ctx, s, by, ids, o)
	if err != nil {
		return err
	}
	if _, err := s.Tx.Exec(ctx, forgetNamed, s.Act.County, o.Order); err != nil { // what its draft named
		return err
	}
	for _, w := range works {
		if err := w.order(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// Name writes down that a draft names problems; it changes nothing of them.
func Name(ctx context.Context, s *act.Step, order string, ids []string) error {
	list, err := several(ctx, s.Tx, s.Act.County, ids)
	if err != nil {
		return err
	}
	for i := range list {
		if _, err := s.Tx.Exec(ctx, nameOrdered, s.Act.County, order, list[i].Key, s.Act.Index, list[i].DueOn); err != nil {
			return err
		}
	}
	return nil
}

// Named returns the ids of the problems that an order or a draft names.
func Named(ctx context.Context, r database.Reader, county, order string) ([]string, error) {
	rows, err := r.Query(ctx, namedOrdered, county, order)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
}

// orderly checks every problem of an order and says of all of them what is wrong.
func (m *Room) orderly(ctx context.Context, s *act.Step, by duty.Actor, ids []string, o Ordering) ([]*work, error) {
	switch {
	case len(ids) == 0:
		return nil, errs.New(errs.Invalid, "problem.order_empty", "督办通知书里还没有问题；请先选择要交办的问题，再签发。")
	case len(ids) > MaxOrdered:
		return nil, errs.Newf(errs.Invalid, "problem.order_many", "一份督办通知书最多交办 %d 个问题，这份有 %d 个；请分成几份签发。", MaxOrdered, len(ids))
	}
	camp, pk, err := m.inForce(ctx, s)
	if err != nil {
		return nil, err
	}
	list, err := several(ctx, s.Tx, s.Act.County, ids)
	if err != nil {
		return nil, err
	}
	declined, err := declinesOfEach(ctx, s.Tx, s.Act.County, list)
	if err != nil {
		return nil, err
	}
	var works []*work
	var first error
	var others []string
	for i := range list {
		p := &list[i]
		w := &work{room: m, step: s, kind: KindOrder, actor: by, p: p, pack: pk, camp: camp, now: p.Standing(), c: Case{State: p.State, Lead: p.Lead, Declined: declined[p.Key], Ruled: p.Ruled}}
		switch err := w.orderable(ctx, o); {
		case err == nil:
			works = append(works, w)
		case !errs.Shown(err):
			return nil, err
		case first == nil:
			first = err
		default:
			others = append(others, p.Number)
		}
	}
	if first == nil {
		return works, nil
	}
	return nil, withOthers(first, others)
}

// withOthers adds to what is wrong with one problem which others are wrong too, so that a clerk mends the list at once.
func withOthers(first error, others []string) error {
	e := errs.As(first)
	if e == nil || len(others) == 0 {
		return first
	}
	text := strings.Join(others[:min(len(others), named)], "、")
	if len(others) > named {
		text += "等"
	}
	return errs.Newf(e.Kind, e.Code, "%s另有 %d 个问题也不能交办：%s。整份通知书没有签发。", e.Message, len(others), text)
}

// orderable checks one problem of an order.
func (w *work) orderable(ctx context.Context, o Ordering) error {
	p := w.p
	if !w.actor.Scope(duty.IssueOrder).Covers(p.Area) {
		return duty.ErrOutside
	}
	to, err := TermsOf(w.pack).After(w.c, KindOrder, w.by)
	if err != nil {
		return w.wrongState(ctx)
	}
	fresh := p.State == Accepted || p.State == Reopened
	switch {
	case fresh == o.Second && p.State != Reopened:
		return w.wrongState(ctx) // a first order to what is ordered, or a second to what never was
	case p.Ruled && p.Lead != o.Unit:
		return errs.Newf(errs.Conflict, "problem.ruled_to", "问题 %s 已由县巩固办裁定整改单位，不能交办给别的单位；请按裁定的单位交办。", p.Number)
	case !p.Ruled && slices.Contains(w.c.Declined, o.Unit):
		return errs.Newf(errs.Conflict, "problem.declined_by", "问题 %s：这个单位已经说明“非本单位职责”，不能再交办给它；请改派其他单位，或等退回次数满后由县巩固办裁定。", p.Number)
	case !fresh && p.Lead != o.Unit:
		return errs.Newf(errs.Conflict, "problem.other_lead", "问题 %s 由别的单位牵头整改；再次督办请发给原来的牵头单位，改换单位请先改派。", p.Number)
	case p.Paused(clock.Day(w.step.Act.ReceivedAt)):
		return errs.Newf(errs.Conflict, "problem.paused", "问题 %s 已批准暂停到 %s，暂停期间不督办；请先恢复，再督办。", p.Number, p.PausedUntil)
	case p.ClearOn != "" && o.LimitOn > p.ClearOn && o.Beyond == "":
		return errs.Newf(errs.Conflict, "problem.beyond", "问题 %s 的清零日期是 %s，整改期限 %s 在它之后；请改早期限，或写明为什么要晚于清零日期。", p.Number, p.ClearOn, o.LimitOn)
	}
	w.now.State, w.now.Lead, w.now.DueOn = to, o.Unit, o.LimitOn
	if len(o.Helping) > 0 {
		w.now.Helping = slices.Clone(o.Helping)
	}
	w.now.Helping = slices.DeleteFunc(slices.Clone(w.now.Helping), func(u string) bool { return u == o.Unit })
	if p.ClaimedBy == "" || !fresh {
		return nil
	}
	all, err := Signatures(ctx, w.step.Tx, w.step.Act.County, p.Key)
	w.live = standing(all)
	return err
}

// order writes one problem of an order. A relapse that is ordered anew is claimed anew.
func (w *work) order(ctx context.Context, o Ordering) error {
	s, p := w.step, w.p
	if _, err := s.Tx.Exec(ctx, nameOrdered, s.Act.County, o.Order, p.Key, s.Act.Index, p.DueOn); err != nil {
		return err
	}
	if p.State == w.now.State { // a second order is no event of the problem's life
		w.kind = ""
		return w.carryOut(ctx, doing{write: func(ctx context.Context, w *work) error {
			_, err := s.Tx.Exec(ctx, pressProblem, o.Order, s.Act.County, p.Key)
			return err
		}})
	}
	return w.carryOut(ctx, doing{voids: []Step{StepClaim}, write: func(ctx context.Context, w *work) error {
		_, err := s.Tx.Exec(ctx, orderProblem, o.Order, o.Leader, o.Person, s.Act.County, p.Key)
		return err
	}})
}

// several returns problems in the order in which they were asked for; one asked for twice or not there is refused.
func several(ctx context.Context, r database.Reader, county string, ids []string) ([]Problem, error) {
	list, err := those(ctx, r, county, "id", ids)
	if err != nil {
		return nil, err
	}
	by := make(map[string]Problem, len(ids))
	for _, p := range list {
		by[p.ID] = p
	}
	out := make([]Problem, 0, len(ids))
	for _, id := range ids {
		p, ok := by[id]
		if !ok {
			return nil, ErrNotFound
		}
		out = append(out, p)
		delete(by, id)
	}
	return out, nil
}

// declinesOfEach returns the units that have declined each of the problems.
func declinesOfEach(ctx context.Context, r database.Reader, county string, list []Problem) (map[int64][]string, error) {
	out := map[int64][]string{}
	for part := range slices.Chunk(list, 100) {
		keys := make([]any, len(part))
		for i := range part {
			keys[i] = part[i].Key
		}
		w := &database.Where{}
		w.And("county = ?", county).And("problem IN ("+database.In(len(keys))+")", keys...)
		q, args := w.SQL(declinesOfAll, "ORDER BY problem, idx")
		rows, err := r.Query(ctx, q, args...)
		if err != nil {
			return nil, err
		}
		if _, err := database.Collect(rows, func(r *sql.Rows) (x struct{}, err error) {
			var key int64
			var unit string
			if err = r.Scan(&key, &unit); err == nil {
				out[key] = append(out[key], unit)
			}
			return x, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// OrderCount is how the problems of one order stand, as far as a scope covers them.
type OrderCount struct {
	States  map[State]int64
	Open    int64
	Overdue int64 // owed and due before today
}

// OrderedBy returns the log indexes of the acts that issued orders of a problem, oldest first.
func OrderedBy(ctx context.Context, r database.Reader, county string, key int64) ([]int64, error) {
	rows, err := r.Query(ctx, orderedBy, county, key)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (i int64, err error) { return i, r.Scan(&i) })
}

// OrderCounts counts the problems of orders, by the orders' ids.
func OrderCounts(ctx context.Context, r database.Reader, county string, scope duty.Scope, today string, orders []string) (map[string]*OrderCount, error) {
	out := map[string]*OrderCount{}
	for part := range slices.Chunk(orders, 100) {
		w := &database.Where{}
		w.And("n.county = ?", county).And("n.ord IN ("+database.In(len(part))+")", database.Anys(part)...)
		cond, args := scope.Where("p.area")
		w.And(cond, args...)
		cond, args = scope.WhereUnit("p.lead", "p.helping")
		w.And(cond, args...)
		q, all := w.SQL(orderCounts, "")
		rows, err := r.Query(ctx, q, all...)
		if err != nil {
			return nil, err
		}
		if _, err := database.Collect(rows, func(r *sql.Rows) (x struct{}, err error) {
			var id, state, due string
			if err = r.Scan(&id, &state, &due); err == nil {
				if out[id] == nil {
					out[id] = &OrderCount{States: map[State]int64{}}
				}
				out[id].add(State(state), due, today)
			}
			return x, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *OrderCount) add(s State, due, today string) {
	c.States[s]++
	if s.Open() {
		c.Open++
	}
	if s.Owed() && due != "" && due < today {
		c.Overdue++
	}
}
