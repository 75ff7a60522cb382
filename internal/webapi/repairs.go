package webapi

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/duty"
	"gonggu/internal/inspection"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/report"
)

// RefusedView is an act on the repair list.
type RefusedView struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	KindName   string `json:"kindName"`
	Who        string `json:"who"`
	At         int64  `json:"at"`
	Code       string `json:"code"`
	Reason     string `json:"reason"`
	Subject    string `json:"subject"`
	RepairedBy string `json:"repairedBy"`
	Mine       bool   `json:"mine" doc:"the actor sent it himself: only he can send it again in his name"`
}

// WaitingView is an act that waits for others.
type WaitingView struct {
	ID    string   `json:"id"`
	At    int64    `json:"at"`
	After []string `json:"after"`
}

// RepairList is a page of what was kept and not applied.
type RepairList struct {
	Refused []RefusedView `json:"refused"`
	Waiting []WaitingView `json:"waiting"`
	Next    string        `json:"next"`
}

// SentLine is one thing that a refused act said.
type SentLine struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// RefusedDetail is a refused act with what was sent.
type RefusedDetail struct {
	RefusedView
	Post     string         `json:"post"`
	DeviceAt int64          `json:"deviceAt"`
	Sent     []SentLine     `json:"sent"`
	Body     map[string]any `json:"body" doc:"of the short kinds that can be sent again as they are; empty for others"`
	Again    bool           `json:"again" doc:"the same step can be sent again with another wording"`
}

type refusedQuery struct {
	State string `query:"state" enum:",open,repaired"`
	Kind  string `query:"kind" maxLength:"40"`
	After string `query:"after" maxLength:"100"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

// refusedPage is the length of a page of the repair list when none is asked for.
const refusedPage = 50

func (a *API) repairs(api huma.API) {
	get(api, "list-refused", "/refused", "Acts that were refused or wait, kept to be repaired", func(ctx context.Context, in *refusedQuery) (*body[RepairList], error) {
		out, err := a.repairList(ctx, in)
		return answer(out), a.fail(err)
	})
	get(api, "show-refused", "/refused/{id}", "A refused act: what was sent, why it was refused", func(ctx context.Context, in *idPath) (*body[RefusedDetail], error) {
		out, err := a.refusedDetail(ctx, in.ID)
		return answer(out), a.fail(err)
	})
}

// repairer is whose acts the actor sees on the repair list: "" is everybody's.
func (a *API) repairer(by duty.Actor) string {
	if by.May(duty.RepairActs) && by.Scope(duty.RepairActs).Covers(a.County) {
		return ""
	}
	return by.Person
}

// repairList shows a person what he sent; the office sees all of the county's.
func (a *API) repairList(ctx context.Context, in *refusedQuery) (RepairList, error) {
	by := actorOf(ctx)
	out := RepairList{Refused: []RefusedView{}, Waiting: []WaitingView{}}
	person := a.repairer(by)
	limit := in.Limit
	if limit == 0 {
		limit = refusedPage
	}
	list, next, err := act.ListRefused(ctx, a.DB, a.County, act.RefusedFilter{Person: person, Kind: in.Kind, State: in.State, After: in.After, Limit: limit})
	if err != nil {
		return out, err
	}
	out.Next = next
	for _, x := range list {
		v, _ := a.refusedView(ctx, by, x)
		out.Refused = append(out.Refused, v)
	}
	waiting, err := act.ListWaiting(ctx, a.DB, a.County, 200)
	if err != nil {
		return out, err
	}
	for _, w := range waiting {
		if person == "" || w.Person == person {
			out.Waiting = append(out.Waiting, WaitingView{w.ID, w.ReceivedAt, w.After})
		}
	}
	return out, nil
}

func (a *API) refusedView(ctx context.Context, by duty.Actor, x act.RefusedAct) (RefusedView, *act.Act) {
	v := RefusedView{ID: x.ID, Kind: x.Kind, KindName: KindName(x.Kind), At: x.ReceivedAt, Code: x.Code, Reason: x.Reason, RepairedBy: x.RepairedBy, Mine: x.Person == by.Person}
	if known, err := duty.Known(ctx, a.DB, a.County, x.Post); err == nil {
		v.Who = known.Name
	}
	one, err := act.Parse(x.Doc)
	if err != nil {
		return v, nil
	}
	v.Subject = one.Subject
	return v, one
}

// resendable are the kinds whose body is one wording, which its author may mend and send again.
var resendable = map[string]bool{problem.KindVoid: true, inspection.KindSettle: true, report.KindRemark: true, report.KindReview: true}

func (a *API) refusedDetail(ctx context.Context, id string) (RefusedDetail, error) {
	by := actorOf(ctx)
	list, _, err := act.ListRefused(ctx, a.DB, a.County, act.RefusedFilter{Person: a.repairer(by), ID: id, Limit: 1})
	if err != nil {
		return RefusedDetail{}, err
	}
	if len(list) == 0 {
		return RefusedDetail{}, act.ErrNoAct
	}
	v, one := a.refusedView(ctx, by, list[0])
	out := RefusedDetail{RefusedView: v, Sent: []SentLine{}, Body: map[string]any{}}
	if one == nil {
		out.Sent = append(out.Sent, SentLine{"原件", fmt.Sprintf("内容不是规定格式，共 %d 字节，已原样保留", len(list[0].Doc))})
		return out, nil
	}
	if known, err := duty.Known(ctx, a.DB, a.County, one.Post); err == nil {
		out.Post = strings.TrimSpace(known.UnitName + " " + known.Title)
	}
	out.DeviceAt = one.DeviceAt
	s, err := a.shower(ctx, by)
	if err != nil {
		return out, err
	}
	if resendable[one.Kind] {
		out.Again = v.Mine && v.RepairedBy == ""
		for k, x := range one.Body {
			if text, ok := x.(string); ok {
				out.Body[k] = text
			}
		}
	}
	out.Sent = a.sent(ctx, s, by, one)
	return out, nil
}

// bodyNames are what the short fields of a body are called.
var bodyNames = map[string]string{"reason": "理由", "verdict": "结论", "say": "说明", "word": "意见", "reported_on": "日报日期", "done_on": "排查日期", "unchanged": "情况无变化", "area": "区划代码", "title": "名称", "until": "生效日期", "repairs": "补报的记录"}

var verdictNames = map[string]string{inspection.Confirmed: "属实", inspection.Refuted: "不属实", report.Approved: "同意", report.Returned: "退回"}

// sent tells what an act said, in words: its subject, its short fields, and of a sheet its answers.
func (a *API) sent(ctx context.Context, s *shower, by duty.Actor, x *act.Act) []SentLine {
	out := []SentLine{}
	if h, err := a.household(ctx, by, duty.ReadHousehold, x.Subject); err == nil {
		t, v, _ := s.place(h.Area)
		out = append(out, SentLine{"户", h.Head + "（" + t + v + "，" + h.Number + "）"})
	} else if p, err := problem.ByID(ctx, a.DB, a.County, x.Subject); err == nil && by.Scope(duty.ReadProblem).Covers(p.Area) {
		out = append(out, SentLine{"问题", p.Number + " " + s.itemName(p.Item)})
	}
	keys := make([]string, 0, len(x.Body))
	for k := range x.Body {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		name := bodyNames[k]
		if name == "" {
			continue
		}
		switch value := x.Body[k].(type) {
		case string:
			if n := verdictNames[value]; n != "" {
				value = n
			}
			if value != "" {
				out = append(out, SentLine{name, value})
			}
		case bool:
			out = append(out, SentLine{name, map[bool]string{true: "是", false: "否"}[value]})
		}
	}
	if answers, ok := x.Body["answers"].(canon.Object); ok {
		out = append(out, s.answersSent(answers)...)
	}
	return out
}

// answersSent lists what a sheet answered; what was sealed or may not be seen is only named.
func (s *shower) answersSent(answers canon.Object) []SentLine {
	out := []SentLine{}
	add := func(root, who string, o canon.Object, book []pack.Fact) {
		for _, f := range book {
			x, ok := o[f.Code]
			if !ok {
				continue
			}
			line := SentLine{who + f.Name, "（敏感信息，已加密保留）"}
			if _, sealed := x.(canon.Object); !sealed && f.Sensitive == "" {
				line.Text = s.pack.Text(f, x)
			}
			out = append(out, line)
		}
	}
	if h, ok := answers["h"].(canon.Object); ok {
		add("h", "", h, s.pack.Facts.Household)
	}
	members, _ := answers["m"].(canon.Object)
	n := 0
	for _, id := range slices.Sorted(mapKeys(members)) {
		if m, ok := members[id].(canon.Object); ok {
			n++
			add("m", fmt.Sprintf("成员%d ", n), m, s.pack.Facts.Person)
		}
	}
	return out
}
