package webapi

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/act"
	"gonggu/internal/canon"
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
}

// ClauseRef is a clause of the notice.
type ClauseRef struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Signature is who signed a step and what he had seen.
type Signature struct {
	Act     string    `json:"act"`
	Kind    string    `json:"kind"`
	Who     string    `json:"who"`
	Post    string    `json:"post"`
	At      int64     `json:"at"`
	Seen    string    `json:"seen"`
	Strokes [][]int64 `json:"strokes"`
}

// ProblemView is a problem's page.
type ProblemView struct {
	ProblemRow
	Clauses    []ClauseRef `json:"clauses"`
	Rule       string      `json:"rule"`
	RuleName   string      `json:"ruleName"`
	Origin     string      `json:"origin" enum:"sheet,doubt,manual,split,outside"`
	Sheet      string      `json:"sheet"`
	DoneOn     string      `json:"doneOn"`
	LimitOn    string      `json:"limitOn"`
	StageOn    string      `json:"stageOn"`
	Helping    []string    `json:"helping"`
	VoidReason string      `json:"voidReason"`
	Story      []StoryStep `json:"story"`
	Acts       []string    `json:"acts"`
	Signatures []Signature `json:"signatures"`
}

type problemQuery struct {
	Area  string `query:"area" maxLength:"14"`
	Item  string `query:"item" maxLength:"20"`
	Block string `query:"block" maxLength:"20"`
	Class string `query:"class" maxLength:"20"`
	State string `query:"state" enum:",open,owed,found,accepted,ordered,declined,claimed,rectified,returned,verified,closed,reopened,void,merged"`
	Day   string `query:"day" maxLength:"10" doc:"found in the report of this day"`
	Unit  string `query:"unit" maxLength:"40"`
	Q     string `query:"q" maxLength:"60"`
	AsOf  string `query:"asOf" maxLength:"10" doc:"the ledger as the report of this day knew it"`
	Until string `query:"until" maxLength:"10" doc:"found in the report of this day or before"`
	Helps string `query:"helps" maxLength:"40" doc:"this unit helps and does not lead"`
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`

	Source string `query:"source" maxLength:"40" doc:"came from this source of the pack; any: from outside at all"`
	Year   int64  `query:"year" minimum:"0" maximum:"9999" doc:"of a source"`
}

func (in *problemQuery) filter() problem.Filter {
	return problem.Filter{Area: in.Area, Item: in.Item, Block: in.Block, Class: in.Class, State: in.State, Unit: in.Unit, Text: in.Q, On: in.Day, AsOf: in.AsOf, Until: in.Until, Helping: in.Helps, Source: in.Source, Year: in.Year, After: parseAfter(in.After), Limit: in.Limit}
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
	if err := a.classAllowed(ctx, by, in.Class); err != nil {
		return Page[ProblemRow]{}, err
	}
	list, next, err := problem.List(ctx, a.DB, a.County, by.Scope(duty.ReadProblem), a.problemFilter(in))
	if err != nil {
		return Page[ProblemRow]{}, err
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return Page[ProblemRow]{}, err
	}
	recalled := make([]*problem.Problem, len(list))
	for i := range list {
		recalled[i] = &list[i]
	}
	if err := problem.Recall(ctx, a.DB, a.County, in.AsOf, recalled); err != nil {
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

// problemFilter is the filter with what stands for its class in the ledger.
func (a *API) problemFilter(in *problemQuery) problem.Filter {
	f := in.filter()
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
	return code
}

func (a *API) problemRow(s *shower, p *problem.Problem, head string) ProblemRow {
	t, v, _ := s.place(p.Area)
	row := ProblemRow{ID: p.ID, Number: p.Number, Item: p.Item, ItemName: s.itemName(p.Item), Block: p.Block, Say: a.say(s, "problem", p.ID, p.Sensitive, p.Say, p.Item), Area: p.Area, Township: t, Village: v,
		Household: p.Subject, Head: head, State: string(p.State), StateName: p.State.Name(), FoundOn: p.FoundOn, FoundAt: p.FoundAt, ClearOn: p.ClearOn, Lead: p.Lead, LeadName: s.unitName(p.Lead), Classes: s.keyed(a.Store, p.Classes)}
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

func (a *API) problemView(ctx context.Context, by duty.Actor, id string) (ProblemView, error) {
	p, err := problem.ByID(ctx, a.DB, a.County, id)
	if err != nil {
		return ProblemView{}, err
	}
	scope := by.Scope(duty.ReadProblem)
	if !scope.Covers(p.Area) || (scope.Unit() != "" && scope.Unit() != p.Lead && !slices.Contains(p.Helping, scope.Unit())) {
		return ProblemView{}, problem.ErrNotFound
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return ProblemView{}, err
	}
	heads, err := a.heads(ctx, []problem.Problem{*p})
	if err != nil {
		return ProblemView{}, err
	}
	v := ProblemView{ProblemRow: a.problemRow(s, p, heads[p.Household]), Clauses: []ClauseRef{}, Rule: p.Rule, Origin: p.Origin, Sheet: p.Sheet, DoneOn: p.DoneOn, LimitOn: p.LimitOn, StageOn: p.StageOn,
		Helping: []string{}, VoidReason: p.VoidReason, Acts: []string{}, Signatures: []Signature{}}
	for _, u := range p.Helping {
		v.Helping = append(v.Helping, s.unitName(u))
	}
	for _, r := range s.pack.Rules {
		if r.ID == p.Rule {
			v.RuleName = r.Name
		}
	}
	for _, c := range s.pack.Clauses {
		if slices.Contains(p.Clauses, c.ID) {
			v.Clauses = append(v.Clauses, ClauseRef{c.ID, c.Text})
		}
	}
	if v.Acts, err = problem.Allowed(ctx, a.DB, a.County, by, p, s.pack); err != nil {
		return v, err
	}
	return v, a.sign(ctx, p, &v)
}

// sign adds the story of a problem: the sheet that found it, then the acts on it.
func (a *API) sign(ctx context.Context, p *problem.Problem, v *ProblemView) error {
	found, err := act.ByIndex(ctx, a.DB, a.County, p.FoundIdx)
	if err != nil {
		return err
	}
	later, err := act.On(ctx, a.DB, a.County, p.ID, 100)
	if err != nil {
		return err
	}
	slices.Reverse(later)
	v.Story = []StoryStep{}
	for _, x := range append([]*act.Act{found}, later...) {
		step, err := a.step(ctx, x)
		if err != nil {
			return err
		}
		if x == found {
			step.KindName, step.Text = "发现问题", "来自"+step.KindName+"："+v.Say
		}
		v.Story = append(v.Story, step)
		v.Signatures = append(v.Signatures, Signature{x.ID, x.Kind, step.Who, step.Post, x.ReceivedAt, x.Seen, strokesOf(x)})
	}
	return nil
}

func strokesOf(x *act.Act) [][]int64 {
	out := [][]int64{}
	sig, _ := x.Body["signature"].(canon.Object)
	if sig == nil {
		return out
	}
	b, err := canon.Marshal(sig["strokes"])
	if err == nil {
		_ = json.Unmarshal(b, &out)
	}
	return out
}
