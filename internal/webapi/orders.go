package webapi

import (
	"cmp"
	"context"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/order"
	"gonggu/internal/problem"
	"gonggu/internal/report"
	"gonggu/internal/workbook"
)

// StateCount is how many problems stand in a state.
type StateCount struct {
	State string `json:"state"`
	Name  string `json:"name"`
	N     int64  `json:"n"`
}

// Deadline is how a due day stands today.
type Deadline struct {
	On       string `json:"on"`
	Workdays int    `json:"workdays" doc:"working days left; negative when it has passed"`
	Words    string `json:"words"`
	Light    string `json:"light" enum:",green,yellow,red"`
	Assumed  bool   `json:"assumed" doc:"a year without a calendar was counted Monday to Friday"`
}

// OrderRow is a 督办通知书 in the list.
type OrderRow struct {
	ID           string       `json:"id"`
	Number       string       `json:"number" doc:"empty while it is a draft"`
	Organ        Ref          `json:"organ" doc:"who issues it"`
	Unit         Ref          `json:"unit" doc:"牵头单位"`
	Helping      []Ref        `json:"helping" doc:"配合单位"`
	Leader       string       `json:"leader" doc:"责任领导"`
	Person       string       `json:"person" doc:"责任人"`
	Limit        Deadline     `json:"limit"`
	Second       bool         `json:"second" doc:"再次督办"`
	State        string       `json:"state" enum:"draft,issued,discarded"`
	StateName    string       `json:"stateName"`
	DraftedOn    string       `json:"draftedOn"`
	IssuedOn     string       `json:"issuedOn"`
	IssuedAt     int64        `json:"issuedAt"`
	IssuedName   string       `json:"issuedName"`
	ReceivedAt   int64        `json:"receivedAt" doc:"0 until the unit signed for it"`
	ReceivedName string       `json:"receivedName"`
	Problems     int64        `json:"problems" doc:"that it names"`
	Shown        int64        `json:"shown" doc:"of them, those that the actor may see: byState adds up to it"`
	ByState      []StateCount `json:"byState"`
	Open         int64        `json:"open" doc:"not closed"`
	Overdue      int64        `json:"overdue"`
	Acts         []string     `json:"acts" doc:"what the actor may do now"`
}

// OrderView is one order, ready for print.
type OrderView struct {
	OrderRow
	Title  string       `json:"title" doc:"what it is called on paper; empty where the pack said nothing"`
	Say    string       `json:"say"`
	Beyond string       `json:"beyond" doc:"why its limit is after the clearing day"`
	Why    string       `json:"why" doc:"why a draft was discarded"`
	Rows   []ProblemRow `json:"rows" doc:"its problems, as far as the actor may see them, newest first"`
	Story  []StoryStep  `json:"story"`
}

// ClearRow is how a unit stands with its 清零.
type ClearRow struct {
	Unit   Ref    `json:"unit"`
	Open   int64  `json:"open" doc:"of its list, not closed"`
	Closed int64  `json:"closed"`
	State  string `json:"state" enum:"signed,voided,ready,open" doc:"voided: signed, and something came on the list again; ready: nothing is open and nobody signed"`
	On     string `json:"on" doc:"the day of its last signature"`
	Who    string `json:"who"`
	Why    string `json:"why" doc:"what made it void"`
}

// ClearView is what a unit has to sign, and for the office how all stand.
type ClearView struct {
	Mine   *ClearRow    `json:"mine" doc:"null where the actor's unit has no list or he may not sign"`
	Left   []StateCount `json:"left" doc:"of the own list, what is not closed"`
	Units  []ClearRow   `json:"units" doc:"for the office only, the open ones first"`
	Signed int64        `json:"signed"`
}

// LateRow is a unit with problems past their day.
type LateRow struct {
	Unit  Ref    `json:"unit"`
	N     int64  `json:"n"`
	Since string `json:"since" doc:"the earliest day that it has let pass"`
}

// LoopView is how far the problems of a place are, and whose are overdue.
type LoopView struct {
	States []StateCount `json:"states" doc:"in the order of a problem's life; empty where nobody counts them for the actor"`
	Late   []LateRow    `json:"late" doc:"the unit with most first"`
}

type orderQuery struct {
	Unit    string `query:"unit" maxLength:"40"`
	State   string `query:"state" enum:",draft,issued,discarded,waiting,received" doc:"waiting: issued, and nobody signed for it"`
	Second  bool   `query:"second"`
	Overdue bool   `query:"overdue" doc:"with a problem that is owed and late"`
	Q       string `query:"q" maxLength:"60" doc:"number or name"`
	After   string `query:"after"`
	Limit   int    `query:"limit" minimum:"0" maximum:"200"`
}

func (a *API) orders(api huma.API) {
	get(api, "list-orders", "/orders", "A page of the orders (督办通知书), newest first", func(ctx context.Context, in *orderQuery) (*body[Page[OrderRow]], error) {
		by, err := need(ctx, duty.ReadOrder)
		if err != nil {
			return nil, a.fail(err)
		}
		page, err := a.orderPage(ctx, by, in)
		return answer(page), a.fail(err)
	})
	get(api, "show-loop", "/loop", "How far the problems of a place are, and the units with overdue ones", func(ctx context.Context, in *areaQuery) (*body[LoopView], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.loop(ctx, by, in.Area)
		return answer(v), a.fail(err)
	})
	get(api, "list-clears", "/clears", "清零: the own list and signature, and for the office every unit's", func(ctx context.Context, _ *struct{}) (*body[ClearView], error) {
		by, err := need(ctx, duty.ReadOrder)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.clears(ctx, by)
		return answer(v), a.fail(err)
	})
	get(api, "show-order", "/orders/{id}", "An order with its problems and what the actor may do now", func(ctx context.Context, in *idPath) (*body[OrderView], error) {
		by, err := need(ctx, duty.ReadOrder)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.orderView(ctx, by, in.ID)
		return answer(v), a.fail(err)
	})
}

func (a *API) loop(ctx context.Context, by duty.Actor, area string) (LoopView, error) {
	v := LoopView{States: []StateCount{}, Late: []LateRow{}}
	scope := by.Scope(duty.ReadProblem).Narrow(area)
	if scope.Empty() {
		return v, report.ErrOutside
	}
	counts, err := a.stocks(ctx, scope)
	if err != nil {
		return v, err
	}
	for _, st := range boardStates {
		if n, ok := counts[st]; ok {
			v.States = append(v.States, StateCount{string(st), st.Name(), n})
		}
	}
	late, err := problem.LateUnits(ctx, a.DB, a.County, scope, a.today())
	if err != nil {
		return v, err
	}
	_, names, err := a.unitNames(ctx)
	for _, u := range late {
		v.Late = append(v.Late, LateRow{Ref{u.Unit, names[u.Unit]}, u.N, u.Since})
	}
	return v, err
}

func (a *API) clears(ctx context.Context, by duty.Actor) (ClearView, error) {
	v := ClearView{Left: []StateCount{}, Units: []ClearRow{}}
	_, names, err := a.unitNames(ctx)
	if err != nil {
		return v, err
	}
	row := func(unit string, list problem.ListOf, last *problem.Clear, who map[string]duty.Actor) ClearRow {
		r := ClearRow{Unit: Ref{unit, names[unit]}, Open: list.Open, Closed: list.Closed, State: "ready"}
		if list.Open > 0 {
			r.State = "open"
		}
		if last != nil {
			r.On, r.Who = last.On, who[last.Post].Name
			if last.Voided == 0 {
				r.State = "signed"
			} else {
				r.State, r.Why = "voided", last.Why
			}
		}
		return r
	}
	if by.May(duty.ClearUnit) {
		list, err := problem.UnitList(ctx, a.DB, a.County, by.Unit)
		if err != nil {
			return v, err
		}
		for _, st := range problem.States {
			if n := list.States[st]; n > 0 && st != problem.Closed {
				v.Left = append(v.Left, StateCount{string(st), st.Name(), n})
			}
		}
		last, who, err := a.lastClears(ctx, by.Unit)
		if err != nil {
			return v, err
		}
		if list.Open+list.Closed > 0 || last[by.Unit] != nil {
			r := row(by.Unit, list, last[by.Unit], who)
			v.Mine = &r
		}
	}
	if !by.May(duty.GrantTime) {
		return v, nil
	}
	lists, err := problem.Lists(ctx, a.DB, a.County)
	if err != nil {
		return v, err
	}
	last, who, err := a.lastClears(ctx, "")
	if err != nil {
		return v, err
	}
	for unit := range last {
		lists[unit] = lists[unit] // signed, and all of its list went elsewhere
	}
	for unit, list := range lists {
		r := row(unit, list, last[unit], who)
		if r.State == "signed" {
			v.Signed++
		}
		v.Units = append(v.Units, r)
	}
	slices.SortFunc(v.Units, func(x, y ClearRow) int {
		return cmp.Or(cmp.Compare(y.Open, x.Open), cmp.Compare(y.State, x.State), cmp.Compare(x.Unit.Code, y.Unit.Code))
	})
	return v, nil
}

// lastClears returns the newest signature of 清零 of each unit, and who signed.
func (a *API) lastClears(ctx context.Context, unit string) (map[string]*problem.Clear, map[string]duty.Actor, error) {
	all, err := problem.Clears(ctx, a.DB, a.County, unit)
	if err != nil {
		return nil, nil, err
	}
	out, posts := map[string]*problem.Clear{}, []string{}
	for i, c := range all {
		if out[c.Unit] == nil {
			out[c.Unit], posts = &all[i], append(posts, c.Post)
		}
	}
	who, err := duty.Names(ctx, a.DB, a.County, posts)
	return out, who, err
}

func (a *API) orderPage(ctx context.Context, by duty.Actor, in *orderQuery) (Page[OrderRow], error) {
	list, next, err := order.List(ctx, a.DB, a.County, by, order.Filter{Unit: in.Unit, State: in.State, Second: in.Second, Overdue: in.Overdue, Text: in.Q, Today: a.today(), After: parseAfter(in.After), Limit: in.Limit})
	if err != nil {
		return Page[OrderRow]{}, err
	}
	rows, err := a.orderRows(ctx, by, list)
	page := Page[OrderRow]{Rows: rows, Next: formatNext(next), Total: -1}
	if in.After == "" && next == 0 {
		page.Total = int64(len(rows))
	}
	return page, err
}

func (a *API) orderRows(ctx context.Context, by duty.Actor, list []order.Order) ([]OrderRow, error) {
	s, err := a.shower(ctx, by)
	if err != nil {
		return nil, err
	}
	_, units, err := a.unitNames(ctx)
	if err != nil {
		return nil, err
	}
	ids, posts := make([]string, len(list)), []string{}
	for i, o := range list {
		ids[i] = o.ID
		posts = append(posts, o.IssuedBy, o.ReceivedBy)
	}
	counts, err := problem.OrderCounts(ctx, a.DB, a.County, by.Scope(duty.ReadProblem), s.today, ids)
	if err != nil {
		return nil, err
	}
	names, err := duty.Names(ctx, a.DB, a.County, posts)
	if err != nil {
		return nil, err
	}
	out := make([]OrderRow, len(list))
	for i, o := range list {
		r := OrderRow{ID: o.ID, Number: o.Number, Organ: Ref{o.Organ, units[o.Organ]}, Unit: Ref{o.Unit, units[o.Unit]}, Helping: []Ref{}, Leader: o.Leader, Person: o.Person, Limit: s.deadline(o.LimitOn), Second: o.Second,
			State: string(o.State), StateName: o.State.Name(), DraftedOn: o.DraftedOn, IssuedOn: o.IssuedOn, IssuedAt: o.IssuedAt, IssuedName: names[o.IssuedBy].Name, ReceivedAt: o.ReceivedAt, ReceivedName: names[o.ReceivedBy].Name,
			Problems: o.N, ByState: []StateCount{}, Acts: order.Allowed(by, &o)}
		for _, h := range o.Helping {
			r.Helping = append(r.Helping, Ref{h, units[h]})
		}
		if c := counts[o.ID]; c != nil {
			r.Open, r.Overdue = c.Open, c.Overdue
			for _, st := range problem.States {
				if n := c.States[st]; n > 0 {
					r.ByState = append(r.ByState, StateCount{string(st), st.Name(), n})
					r.Shown += n
				}
			}
		}
		out[i] = r
	}
	return out, nil
}

// deadline says how a day stands today, by the pack's calendar.
func (s *shower) deadline(on string) Deadline {
	l := s.pack.Calendar().Left(s.today, on, s.pack.Head.Loop.Near)
	return Deadline{on, l.Workdays, l.Words, l.Light, l.Assumed}
}

func (a *API) orderView(ctx context.Context, by duty.Actor, id string) (OrderView, error) {
	o, err := order.ByID(ctx, a.DB, a.County, by, id)
	if err != nil {
		return OrderView{}, err
	}
	rows, err := a.orderRows(ctx, by, []order.Order{*o})
	if err != nil {
		return OrderView{}, err
	}
	v := OrderView{OrderRow: rows[0], Title: o.Title, Say: o.Say, Beyond: o.Beyond, Why: o.Why, Rows: []ProblemRow{}, Story: []StoryStep{}}
	list, _, err := problem.List(ctx, a.DB, a.County, by.Scope(duty.ReadProblem), problem.Filter{Order: o.ID, Limit: problem.MaxOrdered})
	if err != nil {
		return v, err
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return v, err
	}
	heads, err := a.heads(ctx, list)
	if err != nil {
		return v, err
	}
	for i := range list {
		v.Rows = append(v.Rows, a.problemRow(s, &list[i], heads[list[i].Household]))
	}
	v.Story, err = a.storyOn(ctx, o.ID)
	return v, err
}

func (a *API) exportOrders(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadOrder) {
		return "", nil, duty.ErrForbidden
	}
	in := &orderQuery{Unit: q.Get("unit"), State: q.Get("state"), Second: q.Get("second") == "true", Overdue: q.Get("overdue") == "true", Q: q.Get("q"), Limit: exportPage}
	first, err := a.orderPage(ctx, by, in)
	if err != nil {
		return "", nil, err
	}
	heading := []string{"序号", "文号", "类型", "牵头单位", "配合单位", "责任领导", "责任人", "问题数", "未销号", "逾期", "整改期限", "剩余", "状态", "签发日期", "签发人", "签收时间", "签收人"}
	n := int64(0)
	return "督办通知书_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "督办通知书", heading, first, func(after string) (Page[OrderRow], error) {
			in.After = after
			return a.orderPage(ctx, by, in)
		}, func(r OrderRow) []workbook.Value {
			n++
			kind, helping := "督办", []string{}
			if r.Second {
				kind = "再次督办"
			}
			for _, h := range r.Helping {
				helping = append(helping, h.Name)
			}
			row := append([]workbook.Value{workbook.Int(n)}, texts(r.Number, kind, r.Unit.Name, strings.Join(helping, "、"), r.Leader, r.Person)...)
			row = append(row, ints(r.Problems, r.Open, r.Overdue)...)
			received := ""
			if r.ReceivedAt > 0 {
				received = clock.Text(r.ReceivedAt)
			}
			return append(row, texts(r.Limit.On, r.Limit.Words, r.StateName, r.IssuedOn, r.IssuedName, received, r.ReceivedName)...)
		})
	}, nil
}
