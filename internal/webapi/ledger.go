package webapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
)

// ProblemRow is a problem in the ledger.
type ProblemRow struct {
	ID        string     `json:"id"`
	Number    string     `json:"number"`
	Item      string     `json:"item"`
	ItemName  string     `json:"itemName"`
	Block     string     `json:"block"`
	Say       string     `json:"say"`
	Area      string     `json:"area"`
	Township  string     `json:"township"`
	Village   string     `json:"village"`
	Household string     `json:"household"`
	Head      string     `json:"head"`
	State     string     `json:"state"`
	StateName string     `json:"stateName"`
	FoundOn   string     `json:"foundOn" doc:"the daily report that shows it first"`
	FoundAt   int64      `json:"foundAt"`
	ClearOn   string     `json:"clearOn"`
	DaysLeft  int        `json:"daysLeft" doc:"calendar days to the clearing day; negative is late"`
	Lead      string     `json:"lead"`
	LeadName  string     `json:"leadName"`
	Classes   []ClassTag `json:"classes"`
	DueOn     string     `json:"dueOn" doc:"the day by which whoever has it next must be done"`
	Due       Due        `json:"due"`
	OrderID   string     `json:"orderId"`
	Order     string     `json:"order" doc:"number of the order that it was handed out with; on a problem's page only"`
	Leader    string     `json:"leader" doc:"责任领导"`
	Person    string     `json:"person" doc:"责任人"`
	ClosedOn  string     `json:"closedOn"`
	Origin    string     `json:"origin"`
	OriginBy  string     `json:"originBy" doc:"the origin in words"`
	Helpers   []string   `json:"helpers" doc:"names of the units that help"`
	Helping   []string   `json:"helping" doc:"codes of the units that help"`
	Rev       int64      `json:"rev"`
	Proposed  Proposed   `json:"proposed" doc:"whom the pack would have lead, and by when"`
	Sealed    string     `json:"sealed" doc:"the field group that its texts are of; they go out as commitments"`
	Shown     Sight      `json:"shown" doc:"what a signer has before him, part of what he signs"`
}

// Proposed is whom the pack would have lead a problem, and the day it would set in an order.
type Proposed struct {
	Lead     string   `json:"lead"`
	LeadName string   `json:"leadName"`
	Helping  []string `json:"helping" doc:"codes of the units that would help"`
	LimitOn  string   `json:"limitOn"`
}

// Due is how a deadline stands today. An end state has no light.
type Due struct {
	Words    string `json:"words" doc:"还剩3个工作日, 今天到期, 逾期2天"`
	Light    string `json:"light" enum:",green,yellow,red"`
	Workdays int    `json:"workdays"`
	Assumed  bool   `json:"assumed" doc:"a year without a calendar was counted Monday to Friday"`
}

// Sight is a problem as it stands beside a signature, as canonical keys.
type Sight map[string]string

// ClauseRef is a clause of the notice.
type ClauseRef struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

type problemQuery struct {
	Area   string `query:"area" maxLength:"14"`
	Own    bool   `query:"own" doc:"in the area itself, not in a place below it"`
	Item   string `query:"item" maxLength:"20"`
	Block  string `query:"block" maxLength:"20"`
	Class  string `query:"class" maxLength:"20"`
	State  string `query:"state" enum:",open,owed,taken,found,accepted,ordered,declined,claimed,rectified,returned,verified,closed,reopened,void,merged"`
	Day    string `query:"day" maxLength:"10" doc:"found in the report of this day"`
	Unit   string `query:"unit" maxLength:"40"`
	Q      string `query:"q" maxLength:"60"`
	AsOf   string `query:"asOf" maxLength:"10" doc:"the ledger as the report of this day knew it"`
	Until  string `query:"until" maxLength:"10" doc:"found in the report of this day or before"`
	Helps  string `query:"helps" maxLength:"40" doc:"this unit helps and does not lead"`
	Before string `query:"dueBefore" maxLength:"10" doc:"due before this day"`
	Did    string `query:"did" enum:",ordered,claimed,declined,rectified,verified,returned,closed,reopened" doc:"what became of it in the report of asOf"`
	After  string `query:"after"`
	Due    string `query:"due" enum:",near,late" doc:"of those that wait: due within the pack's days, or overdue"`
	From   string `query:"from" enum:",sheet,doubt,manual,split,outside" doc:"how it came into the ledger"`
	Order  string `query:"order" maxLength:"40"`
	Limit  int    `query:"limit" minimum:"0" maximum:"300"`
	from   int64

	Source string `query:"source" maxLength:"40" doc:"came from this source of the pack; any: from outside at all"`
	Year   int64  `query:"year" minimum:"0" maximum:"9999" doc:"of a source"`
}

func (in *problemQuery) filter() problem.Filter {
	return problem.Filter{Area: in.Area, Own: in.Own, Item: in.Item, Block: in.Block, Class: in.Class, State: in.State, Unit: in.Unit, Text: in.Q, On: in.Day, AsOf: in.AsOf, Until: in.Until, Helping: in.Helps, DueBefore: in.Before, Origin: in.From, Order: in.Order, Source: in.Source, Year: in.Year, Did: in.Did, DidOn: in.AsOf, After: parseAfter(in.After), From: in.from, Limit: in.Limit}
}

func (a *API) ledger(api huma.API) {
	get(api, "list-problems", "/problems", "A page of the problem ledger, newest first", func(ctx context.Context, in *problemQuery) (*body[Page[ProblemRow]], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		page, err := a.problemPage(ctx, by, in)
		return answer(page), a.fail(err)
	})
	get(api, "show-problem", "/problems/{id}", "A problem with its story, its signatures and what the actor may do now", func(ctx context.Context, in *idPath) (*body[ProblemView], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.problemView(ctx, by, in.ID)
		return answer(v), a.fail(err)
	})
}

func (a *API) problemPage(ctx context.Context, by duty.Actor, in *problemQuery) (Page[ProblemRow], error) {
	s, err := a.shower(ctx, by)
	if err != nil {
		return Page[ProblemRow]{}, err
	}
	list, next, err := a.problemsOf(ctx, s, in)
	if err != nil {
		return Page[ProblemRow]{}, err
	}
	heads, err := a.heads(ctx, list)
	if err != nil {
		return Page[ProblemRow]{}, err
	}
	page := Page[ProblemRow]{Rows: make([]ProblemRow, len(list)), Next: formatNext(next), Total: -1}
	for i := range list {
		page.Rows[i] = a.problemRow(s, &list[i], heads[list[i].Household])
	}
	if in.After == "" && next == 0 {
		page.Total = int64(len(list))
	} else if total, ok, err := a.countProblems(ctx, by, in); err != nil {
		return page, err
	} else if ok {
		page.Total = total
	}
	return page, nil
}

// problemsOf reads a page of problems as its day knew them, and where the next begins.
func (a *API) problemsOf(ctx context.Context, s *shower, in *problemQuery) ([]problem.Problem, int64, error) {
	if err := a.classAllowed(ctx, s.by, in.Class); err != nil {
		return nil, 0, err
	}
	list, next, err := problem.List(ctx, a.DB, a.County, s.by.Scope(duty.ReadProblem), a.problemFilter(s, in))
	if err != nil {
		return nil, 0, err
	}
	recalled := make([]*problem.Problem, len(list))
	for i := range list {
		recalled[i] = &list[i]
	}
	return list, next, problem.Recall(ctx, a.DB, a.County, in.AsOf, recalled)
}

// problemFilter is the filter with what stands for its class in the ledger.
func (a *API) problemFilter(s *shower, in *problemQuery) problem.Filter {
	f := in.filter()
	switch in.Due {
	case "late":
		f.DueBefore, f.Waiting = s.today, true
	case "near":
		f.DueFrom, f.DueBefore, f.Waiting = s.today, clock.AddDays(s.pack.Calendar().AddWorkdays(s.today, s.pack.Head.Loop.Near), 1), true
	}
	if f.Class != "" {
		f.Class = a.Store.ClassKey(f.Class)
	}
	return f
}

// say opens the sentence of a row, or says only its item to an actor without the field group.
func (a *API) say(s *shower, kind, id, sensitive, text, item string) string {
	if sensitive == "" {
		return text
	}
	if !s.by.Sees(duty.Group(sensitive)) {
		return s.itemName(item) + "（涉敏感信息，您当前岗位无权查看）"
	}
	plain, err := a.Store.OpenText(kind+"/"+id, text)
	if err != nil {
		a.Log.Error("sealed sentence", "id", id, "error", err.Error())
		return s.itemName(item) + "（内容无法解密，请联系系统管理员）"
	}
	return plain
}

func (s *shower) itemName(code string) string {
	for _, i := range s.pack.Items {
		if i.Code == code {
			return i.Name
		}
	}
	return code
}

func (s *shower) unitName(code string) string {
	for _, u := range s.pack.Units {
		if u.Code == code {
			return u.Name
		}
	}
	if x, ok := s.names[code]; ok {
		return x.Name
	}
	return code
}

func (a *API) problemRow(s *shower, p *problem.Problem, head string) ProblemRow {
	t, v, _ := s.place(p.Area)
	row := ProblemRow{ID: p.ID, Number: p.Number, Item: p.Item, ItemName: s.itemName(p.Item), Block: p.Block, Say: a.say(s, "problem", p.ID, p.Sensitive, p.Say, p.Item), Area: p.Area, Township: t, Village: v,
		Household: p.Subject, Head: head, State: string(p.State), StateName: p.State.Name(), FoundOn: p.FoundOn, FoundAt: p.FoundAt, ClearOn: p.ClearOn, Lead: p.Lead, LeadName: s.unitName(p.Lead), Classes: s.keyed(p.Classes)}
	row.DueOn, row.OrderID, row.Leader, row.Person, row.ClosedOn, row.Origin, row.OriginBy, row.Rev, row.Sealed = p.DueOn, p.OrderID, p.Leader, p.Person, p.ClosedOn, p.Origin, originNames[p.Origin], p.Rev, p.Sensitive
	row.Helpers, row.Helping, row.Shown = []string{}, append([]string{}, p.Helping...), shown(p)
	row.Proposed.Helping = []string{}
	for _, u := range p.Helping {
		row.Helpers = append(row.Helpers, s.unitName(u))
	}
	if p.State.Open() {
		row.Due = s.due(p.DueOn)
		d := problem.Dispatch(s.pack, p.Item, p.Area, nil)
		row.Proposed = Proposed{d.Lead, s.unitName(d.Lead), append([]string{}, d.Helping...), p.ClearOn}
		if on := s.pack.Calendar().AddWorkdays(s.today, int(d.Workdays)); d.Workdays > 0 && (p.ClearOn == "" || on < p.ClearOn) {
			row.Proposed.LimitOn = on
		}
	}
	if p.ClearOn != "" {
		row.DaysLeft = clock.Days(a.today(), p.ClearOn)
	}
	if !s.by.May(duty.ReadHousehold) {
		row.Household = "" // a department sees the problem, not the household's page
	}
	return row
}

// heads returns the names of the heads of the households that problems are about.
func (a *API) heads(ctx context.Context, list []problem.Problem) (map[int64]string, error) {
	keys := make([]int64, 0, len(list))
	for _, p := range list {
		keys = append(keys, p.Household)
	}
	return a.Store.Heads(ctx, a.DB, keys)
}
