package webapi

import (
	"context"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/duty"
	"gonggu/internal/inspection"
	"gonggu/internal/roster"
)

// DoubtView is a doubt as a person reads it.
type DoubtView struct {
	ID        string   `json:"id"`
	Rule      string   `json:"rule"`
	RuleName  string   `json:"ruleName"`
	Say       string   `json:"say"`
	Household string   `json:"household"`
	Head      string   `json:"head"`
	Member    string   `json:"member"`
	Area      string   `json:"area"`
	Township  string   `json:"township"`
	Village   string   `json:"village"`
	State     string   `json:"state"`
	StateName string   `json:"stateName"`
	OpenedOn  string   `json:"openedOn"`
	ClosedOn  string   `json:"closedOn"`
	Reason    string   `json:"reason"`
	Acts      []string `json:"acts"`
}

type doubtQuery struct {
	Area  string `query:"area" maxLength:"14"`
	Rule  string `query:"rule" maxLength:"60"`
	State string `query:"state" enum:",open,confirmed,refuted,gone"`
	Day   string `query:"day" maxLength:"10"`
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

var doubtStates = map[string]string{inspection.Open: "待核实", inspection.Confirmed: "属实", inspection.Refuted: "不属实", inspection.Gone: "已消除"}

func (a *API) doubts(api huma.API) {
	get(api, "list-doubts", "/doubts", "A page of the doubts, newest first", func(ctx context.Context, in *doubtQuery) (*body[Page[DoubtView]], error) {
		by, err := need(ctx, duty.ReadHousehold)
		if err != nil {
			return nil, a.fail(err)
		}
		page, err := a.doubtPage(ctx, by, in)
		return answer(page), a.fail(err)
	})
}

func (in *doubtQuery) filter() inspection.DoubtFilter {
	return inspection.DoubtFilter{Area: in.Area, Rule: in.Rule, State: in.State, On: in.Day, After: parseAfter(in.After), Limit: in.Limit}
}

func (a *API) doubtPage(ctx context.Context, by duty.Actor, in *doubtQuery) (Page[DoubtView], error) {
	list, next, err := inspection.ListDoubts(ctx, a.DB, a.County, by.Scope(duty.ReadHousehold), in.filter())
	if err != nil {
		return Page[DoubtView]{}, err
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return Page[DoubtView]{}, err
	}
	rows, err := a.doubtViews(ctx, s, list)
	page := Page[DoubtView]{Rows: rows, Next: formatNext(next), Total: -1}
	if in.After == "" && next == 0 {
		page.Total = int64(len(rows))
	}
	return page, err
}

func (a *API) doubtViews(ctx context.Context, s *shower, list []inspection.Doubt) ([]DoubtView, error) {
	keys := make([]int64, len(list))
	for i, d := range list {
		keys[i] = d.Household
	}
	heads, err := a.Store.Heads(ctx, a.DB, keys)
	if err != nil {
		return nil, err
	}
	ids, err := a.Store.IDs(ctx, a.DB, keys)
	if err != nil {
		return nil, err
	}
	out := make([]DoubtView, len(list))
	for i, d := range list {
		out[i] = a.doubtView(s, &d, ids[d.Household], heads[d.Household])
	}
	return out, nil
}

func (a *API) doubtsOf(ctx context.Context, s *shower, h *roster.Household) ([]DoubtView, error) {
	list, err := inspection.DoubtsOf(ctx, a.DB, a.County, h.Key)
	if err != nil {
		return nil, err
	}
	out := make([]DoubtView, len(list))
	for i, d := range list {
		out[i] = a.doubtView(s, &d, h.ID, h.Head)
	}
	slices.Reverse(out)
	return out, nil
}

func (a *API) doubtView(s *shower, d *inspection.Doubt, household, head string) DoubtView {
	t, v, _ := s.place(d.Area)
	out := DoubtView{ID: d.ID, Rule: d.Rule, RuleName: d.Rule, Say: a.say(s, "doubt", d.ID, d.Sensitive, d.Say, d.Item), Household: household, Head: head, Member: d.Member, Area: d.Area, Township: t, Village: v,
		State: d.State, StateName: doubtStates[d.State], OpenedOn: d.OpenedOn, ClosedOn: d.ClosedOn, Reason: d.Reason, Acts: []string{}}
	for _, r := range s.pack.Rules {
		if r.ID == d.Rule {
			out.RuleName = r.Name
		}
	}
	if d.State == inspection.Open && s.by.Scope(duty.SettleDoubt).Covers(d.Area) {
		out.Acts = append(out.Acts, inspection.KindSettle)
	}
	return out
}
