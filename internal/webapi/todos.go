package webapi

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/order"
	"gonggu/internal/problem"
)

// TodoSection is one kind of thing that waits for a post, the most urgent first.
type TodoSection struct {
	Key    string            `json:"key"`
	Name   string            `json:"name"`
	Hint   string            `json:"hint" doc:"what to do with these"`
	Act    string            `json:"act" doc:"the kind of act that settles one; empty: look at it"`
	Button string            `json:"button" doc:"what the act's button says"`
	Count  int64             `json:"count"`
	More   bool              `json:"more" doc:"there are more than count"`
	Query  map[string]string `json:"query" doc:"the ledger's filter that shows them"`
	Rows   []ProblemRow      `json:"rows"`
	Items  []TodoItem        `json:"items" doc:"instead of rows, where it is not a problem's next step that waits"`
}

// TodoItem is something other than a problem that waits for a post.
type TodoItem struct {
	Kind   string   `json:"kind" enum:"order,ask,draft,clear" doc:"order: to be signed for; ask: a request for time; draft: a second order; clear: 清零"`
	ID     string   `json:"id" doc:"the order's, for a request the problem's, for 清零 the unit's"`
	Number string   `json:"number"`
	Title  string   `json:"title"`
	Say    string   `json:"say"`
	Due    Deadline `json:"due"`
}

// Todo is what waits for a post.
type Todo struct {
	Sections []TodoSection `json:"sections" doc:"only those in which something waits"`
	Count    int64         `json:"count"`
	More     bool          `json:"more"`
	Late     int64         `json:"late" doc:"overdue among the rows that are sent"`
	Unit     string        `json:"unit"`
}

type todoQuery struct {
	Rows int `query:"rows" minimum:"0" maximum:"50" doc:"rows of each section; 0: only the counts"`
}

func (a *API) todos(api huma.API) {
	get(api, "list-todos", "/todos", "What waits for the actor's post, by deadline", func(ctx context.Context, in *todoQuery) (*body[Todo], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.todo(ctx, by, in.Rows)
		return answer(v), a.fail(err)
	})
}

// wait is a section that a post may have.
type wait struct {
	key, name, hint, act, button string
	may                          duty.May
	what                         problem.Pending
}

// waits are the sections of an actor in the order of a problem's life.
func waits(s *shower, by duty.Actor) []wait {
	var out []wait
	if by.May(duty.AcceptProblem) {
		out = append(out,
			wait{"accept", "待受理", "核对内容后受理；重复或不属实的合并、作废。", problem.KindAccept, "受理", duty.AcceptProblem, problem.Pending{State: problem.Found}},
			wait{"assign", "待指派", "还没有牵头单位：按任务清单指派。", problem.KindAssign, "指派", duty.AssignProblem, problem.Pending{State: problem.Accepted, Unled: true}},
			wait{"declined", "被退回，待改派", "单位说明非本单位职责：改派其他单位，或由县巩固办裁定。", problem.KindAssign, "改派", duty.AssignProblem, problem.Pending{State: problem.Declined}},
			wait{"order", "待交办", "按牵头单位下发督办通知书，写明期限。", problem.KindOrder, "交办", duty.IssueOrder, problem.Pending{State: problem.Accepted}},
			wait{"reorder", "反弹，待重新交办", "已销号的又出现了：再次交办整改。", problem.KindOrder, "交办", duty.IssueOrder, problem.Pending{State: problem.Reopened}})
	}
	if by.May(duty.ClaimProblem) {
		mine := []string{by.Unit}
		out = append(out,
			wait{"claim", "待认领", "写明责任领导、责任人和整改措施；确实不归本单位管的，说明理由退回。", problem.KindClaim, "认领", duty.ClaimProblem, problem.Pending{State: problem.Ordered, Leads: mine}},
			wait{"returned", "被退回，重新整改", "看退回理由，重新整改后签认。", problem.KindRectify, "整改签认", duty.RectifyProblem, problem.Pending{State: problem.Returned, Leads: leads(by)}},
			wait{"rectify", "整改中", "整改完成后填写整改情况并签名。", problem.KindRectify, "整改签认", duty.RectifyProblem, problem.Pending{State: problem.Claimed, Leads: leads(by)}})
		if !by.May(duty.IssueOrder) {
			out = append(out, wait{"relapsed", "反弹，待整改", "销号后又出现：重新整改后签认。", problem.KindRectify, "整改签认", duty.RectifyProblem, problem.Pending{State: problem.Reopened, Leads: leads(by)}})
		}
	}
	if from := problem.VerifiedFrom(s.pack, by.UnitKind); by.May(duty.VerifyProblem) && len(from) > 0 {
		out = append(out, wait{"verify", "待复核", "到现场看过再签认；没有整改到位的退回。", problem.KindVerify, "复核", duty.VerifyProblem, problem.Pending{State: problem.Rectified, RectifiedBy: from, NotBy: by.Unit}})
	}
	if by.May(duty.CloseProblem) {
		out = append(out, wait{"close", "待销号", "排查、整改、复核三个签认齐全，可以成批销号。", problem.KindClose, "销号", duty.CloseProblem, problem.Pending{State: problem.Verified}})
	}
	if by.May(duty.SuperviseProblem) {
		out = append(out,
			wait{"supervise", "可督查签认", "已复核、还没有督查签认的：抽查到现场，签认或退回。", problem.KindSupervise, "督查签认", duty.SuperviseProblem, problem.Pending{State: problem.Verified, Unsupervised: true}},
			wait{"look", "已整改，待复核", "整改单位已签认：可先到现场抽查。", problem.KindSupervise, "督查签认", duty.SuperviseProblem, problem.Pending{State: problem.Rectified, Unsupervised: true}})
	}
	return out
}

// leads are the units whose problems an actor may mend: his own and, for a village, its township.
func leads(by duty.Actor) []string {
	if town := duty.TownshipOf(by.Unit); town != "" && town != by.Unit {
		return []string{by.Unit, town}
	}
	return []string{by.Unit}
}

func (a *API) todo(ctx context.Context, by duty.Actor, rows int) (Todo, error) {
	v := Todo{Sections: []TodoSection{}, Unit: by.UnitName}
	s, err := a.shower(ctx, by)
	if err != nil {
		return v, err
	}
	others, err := a.others(ctx, s, by, rows)
	if err != nil {
		return v, err
	}
	for _, x := range others {
		for _, i := range x.Items {
			if i.Due.Light == "red" {
				v.Late++
			}
		}
		v.Sections = append(v.Sections, x)
		v.Count, v.More = v.Count+x.Count, v.More || x.More
	}
	for _, w := range waits(s, by) {
		list, n, err := problem.Waits(ctx, a.DB, a.County, by.Scope(w.may), w.what, rows)
		if err != nil {
			return v, err
		}
		if n == 0 {
			continue
		}
		x := TodoSection{Key: w.key, Name: w.name, Hint: w.hint, Act: w.act, Button: w.button, Count: min(n, problem.MostPending), More: n > problem.MostPending, Rows: []ProblemRow{}, Items: []TodoItem{}, Query: map[string]string{"state": string(w.what.State)}}
		if len(w.what.Leads) == 1 {
			x.Query["unit"] = by.Unit
		}
		heads, err := a.heads(ctx, list)
		if err != nil {
			return v, err
		}
		for i := range list {
			row := a.problemRow(s, &list[i], heads[list[i].Household])
			if row.Due.Light == "red" {
				v.Late++
			}
			x.Rows = append(x.Rows, row)
		}
		v.Sections = append(v.Sections, x)
		v.Count, v.More = v.Count+x.Count, v.More || x.More
	}
	return v, nil
}

// others are what waits for a post besides the next step of a problem: orders to sign for, requests for time, drafted second orders, and
// the unit's own 清零.
func (a *API) others(ctx context.Context, s *shower, by duty.Actor, rows int) ([]TodoSection, error) {
	var out []TodoSection
	_, units, err := a.unitNames(ctx)
	if err != nil {
		return nil, err
	}
	add := func(key, name, hint, button string, n int, item func(i int) (TodoItem, error)) error {
		if n == 0 {
			return nil
		}
		x := TodoSection{Key: key, Name: name, Hint: hint, Button: button, Count: int64(min(n, problem.MostPending)), More: n > problem.MostPending, Query: map[string]string{}, Rows: []ProblemRow{}, Items: []TodoItem{}}
		for i := range min(n, rows) {
			v, err := item(i)
			if err != nil {
				return err
			}
			x.Items = append(x.Items, v)
		}
		out = append(out, x)
		return nil
	}
	if by.May(duty.ClaimProblem) {
		list, err := order.Waits(ctx, a.DB, a.County, by, false, problem.MostPending+1)
		if err != nil {
			return nil, err
		}
		if err = add("receive", "待签收", "督办通知书已下发：看过内容后签收，再逐件认领。", "签收", len(list), func(i int) (TodoItem, error) {
			o := list[i]
			return TodoItem{"order", o.ID, o.Number, fmt.Sprintf("%d 件问题", o.N), o.IssuedOn + " 下发" + orNamed("，责任人 ", o.Person), s.deadline(o.LimitOn)}, nil
		}); err != nil {
			return nil, err
		}
	}
	if by.May(duty.GrantTime) {
		list, err := problem.OpenAsks(ctx, a.DB, a.County, by.Scope(duty.GrantTime), problem.MostPending+1)
		if err != nil {
			return nil, err
		}
		if err = add("ask", "延期、暂停申请", "看理由后答复；答复前原期限照算。", "同意", len(list), func(i int) (TodoItem, error) { return a.askItem(ctx, s, units, list[i]) }); err != nil {
			return nil, err
		}
	}
	if by.May(duty.IssueOrder) {
		list, err := order.Waits(ctx, a.DB, a.County, by, true, problem.MostPending+1)
		if err != nil {
			return nil, err
		}
		if err = add("draft", "再次督办，待签发", "逾期问题已按单位拟好再次督办：核对后签发，或写明理由不采用。", "去签发", len(list), func(i int) (TodoItem, error) {
			o := list[i]
			return TodoItem{"draft", o.ID, "草稿", units[o.Unit] + fmt.Sprintf(" %d 件问题逾期", o.N), o.DraftedOn + " 拟稿" + orNamed("，责任领导 ", o.Leader), s.deadline(o.LimitOn)}, nil
		}); err != nil {
			return nil, err
		}
	}
	if by.May(duty.ClearUnit) {
		ready, err := problem.Clearable(ctx, a.DB, a.County, by.Unit)
		if err != nil {
			return nil, err
		}
		if ready {
			if err = add("clear", "可签清零", "本单位牵头的问题已全部销号：签认清零。", "清零签认", 1, func(int) (TodoItem, error) {
				return TodoItem{Kind: "clear", ID: by.Unit, Title: by.UnitName, Say: "牵头的问题已全部销号，还没有清零签认"}, nil
			}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func orNamed(before, name string) string {
	if name == "" {
		return ""
	}
	return before + name
}

func (a *API) askItem(ctx context.Context, s *shower, units map[string]string, ask problem.AskOf) (TodoItem, error) {
	x, err := act.ByIndex(ctx, a.DB, a.County, ask.Index)
	if err != nil {
		return TodoItem{}, err
	}
	p, err := problem.ByID(ctx, a.DB, a.County, ask.Problem)
	if err != nil {
		return TodoItem{}, err
	}
	what := "延期到"
	if ask.What == problem.AskPause {
		what = "暂停到"
	}
	return TodoItem{"ask", p.ID, p.Number, units[ask.Unit] + " 申请" + what + " " + ask.Until, clock.Day(x.ReceivedAt) + " 申请：" + ask.Reason, s.deadline(p.DueOn)}, nil
}
