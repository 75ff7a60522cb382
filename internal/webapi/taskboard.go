package webapi

import (
	"context"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/inspection"
	"gonggu/internal/roster"
	"gonggu/internal/tally"
	"gonggu/internal/task"
)

// TaskShare is how many households of a place a post answers for; an empty post is nobody.
type TaskShare struct {
	Post string `json:"post"`
	Name string `json:"name"`
	N    int64  `json:"n"`
}

// BoardArea is a village or group of the assignment board.
type BoardArea struct {
	Code       string      `json:"code"`
	Name       string      `json:"name"`
	Level      string      `json:"level"`
	Whole      bool        `json:"whole" doc:"false for the households of a village that are in no group: they are given one by one"`
	Households int64       `json:"households"`
	Inspected  int64       `json:"inspected"`
	Left       int64       `json:"left"`
	Shares     []TaskShare `json:"shares"`
}

// BoardPerson is somebody who may be given households.
type BoardPerson struct {
	Post     string `json:"post"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	Area     string `json:"area"`
	AreaName string `json:"areaName"`
	Load     int64  `json:"load" doc:"all households of the post"`
}

// Board is where a township gives its villages to people.
type Board struct {
	Area    Ref           `json:"area"`
	Level   string        `json:"level"`
	Areas   []BoardArea   `json:"areas"`
	People  []BoardPerson `json:"people"`
	Unowned int64         `json:"unowned"`
}

// BalancePart is what a balanced split gives to one person.
type BalancePart struct {
	Post       string         `json:"post"`
	Name       string         `json:"name"`
	Title      string         `json:"title"`
	Before     int64          `json:"before"`
	After      int64          `json:"after"`
	Changed    int64          `json:"changed" doc:"households that would change hands to this person"`
	Areas      []BalanceArea  `json:"areas"`
	Households []BalanceHouse `json:"households"`
}

// BalanceArea is a place that a proposal gives whole, with what the clerk sees of it.
type BalanceArea struct {
	Code string      `json:"code"`
	Name string      `json:"name"`
	N    int64       `json:"n"`
	Was  []TaskShare `json:"was"`
}

// BalanceHouse is a household that a proposal gives, and who has it.
type BalanceHouse struct {
	ID  string `json:"id"`
	Was string `json:"was"`
}

// Balance is a proposed split. Nothing is changed until the clerk confirms it.
type Balance struct {
	Parts     []BalancePart `json:"parts"`
	Unreached []Ref         `json:"unreached" doc:"villages that none of the people may inspect in"`
}

// MyPlace is a group with the households that the actor answers for.
type MyPlace struct {
	Area       string `json:"area"`
	Village    string `json:"village"`
	Group      string `json:"group"`
	Households int64  `json:"households"`
	Inspected  int64  `json:"inspected"`
	Missed     int64  `json:"missed"`
	Left       int64  `json:"left"`
}

// Revisit is a household that could not be inspected and is to be visited again.
type Revisit struct {
	ID       string `json:"id"`
	Head     string `json:"head"`
	Village  string `json:"village"`
	Group    string `json:"group"`
	Reason   string `json:"reason"`
	Name     string `json:"name"`
	Note     string `json:"note"`
	AgainOn  string `json:"againOn"`
	DaysLeft int    `json:"daysLeft"`
}

// MyTask is what a person of a village or an inspector has to do.
type MyTask struct {
	Post     string       `json:"post"`
	Places   []MyPlace    `json:"places"`
	Revisits []Revisit    `json:"revisits" doc:"by the day named, those without a day last"`
	Reasons  []MissReason `json:"reasons"`
	DueOn    string       `json:"dueOn"`
	DaysLeft int          `json:"daysLeft"`
}

type balanceQuery struct {
	Area  string `query:"area" maxLength:"14"`
	Posts string `query:"posts" doc:"post ids, with commas between them" maxLength:"8000"`
}

func (a *API) assigning(api huma.API) {
	get(api, "show-board", "/tasks/board", "The villages or groups of a place, who answers for them, and the people they can be given to", func(ctx context.Context, in *areaQuery) (*body[Board], error) {
		by, err := need(ctx, duty.AssignTask)
		if err != nil {
			return nil, a.fail(err)
		}
		out, err := a.board(ctx, by, in.Area)
		return answer(out), a.fail(err)
	})
	get(api, "propose-balance", "/tasks/balance", "A split of a place over people with near-equal loads; nothing is changed", func(ctx context.Context, in *balanceQuery) (*body[Balance], error) {
		by, err := need(ctx, duty.AssignTask)
		if err != nil {
			return nil, a.fail(err)
		}
		out, err := a.balance(ctx, by, in)
		return answer(out), a.fail(err)
	})
}

// assigned returns the place that the actor may assign in; a county is too wide for one board.
func (a *API) assigned(ctx context.Context, by duty.Actor, area string) (*shower, duty.Area, error) {
	scope := by.Scope(duty.AssignTask)
	if area == "" {
		area = scope.Area()
	}
	if !scope.Covers(area) {
		return nil, duty.Area{}, duty.ErrForbidden
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return nil, duty.Area{}, err
	}
	top, ok := s.names[area]
	if !ok || (top.Level != duty.LevelTownship && top.Level != duty.LevelVillage) {
		return nil, duty.Area{}, errs.New(errs.Invalid, "task.board_area", "请在左侧选择一个乡镇或村，再分派到人。")
	}
	return s, top, nil
}

func (a *API) board(ctx context.Context, by duty.Actor, area string) (Board, error) {
	out := Board{Areas: []BoardArea{}, People: []BoardPerson{}}
	s, top, err := a.assigned(ctx, by, area)
	if err != nil {
		return out, err
	}
	out.Area, out.Level = Ref{top.Code, top.Name}, top.Level
	people, err := duty.Holders(ctx, a.DB, a.County, top.Code, task.OwnerDuties...)
	if err != nil {
		return out, err
	}
	for _, p := range people {
		if !p.Scope(duty.SubmitInspection).Covers(top.Code) && !strings.HasPrefix(p.Area, top.Code) {
			continue
		}
		load, err := tally.Total(ctx, a.DB, a.County, a.County, roster.MeasureOwned, p.Post)
		if err != nil {
			return out, err
		}
		out.People = append(out.People, BoardPerson{p.Post, p.Name, p.Title, p.Area, s.names[p.Area].Name, load})
	}
	if top.Level == duty.LevelTownship {
		err = a.boardVillages(ctx, s, top, &out)
	} else {
		err = a.boardGroups(ctx, s, top, &out)
	}
	if err != nil {
		return out, err
	}
	return out, a.nameShares(ctx, &out)
}

func (a *API) boardVillages(ctx context.Context, s *shower, top duty.Area, out *Board) error {
	for _, v := range s.children(top.Code) {
		c, err := a.Tasks.Coverage(ctx, a.DB, v.Code)
		if err != nil {
			return err
		}
		shares, err := a.Tasks.Shares(ctx, a.DB, v.Code)
		if err != nil {
			return err
		}
		out.Unowned += c.Unowned
		out.Areas = append(out.Areas, BoardArea{v.Code, v.Name, v.Level, true, c.Households, c.Inspected, c.Left, sharesView(shares)})
	}
	return nil
}

func (a *API) boardGroups(ctx context.Context, s *shower, top duty.Area, out *Board) error {
	held, err := a.Store.Held(ctx, a.DB, s.by.Scope(duty.AssignTask).Narrow(top.Code), "")
	if err != nil {
		return err
	}
	for from := 0; from < len(held); {
		to := from
		x := BoardArea{Code: held[from].Area, Name: s.names[held[from].Area].Name, Level: duty.LevelGroup, Whole: true}
		for ; to < len(held) && held[to].Area == x.Code; to++ {
			h := held[to]
			x.Households, x.Inspected, x.Left = x.Households+h.Households, x.Inspected+h.Inspected, x.Left+h.Households-h.Inspected-h.Missed
			if h.Post == "" {
				out.Unowned += h.Households
			}
		}
		x.Shares = sharesView(task.SharesOf(held[from:to]))
		if x.Code == top.Code { // a village without groups is given whole
			x.Name, x.Level, x.Whole = "未分组", duty.LevelVillage, len(held) == to
		}
		out.Areas = append(out.Areas, x)
		from = to
	}
	return nil
}

func sharesView(list []task.Share) []TaskShare {
	out := []TaskShare{}
	for _, x := range list {
		out = append(out, TaskShare{Post: x.Post, N: x.N})
	}
	return out
}

func (a *API) nameShares(ctx context.Context, out *Board) error {
	var posts []string
	for _, x := range out.Areas {
		for _, s := range x.Shares {
			posts = append(posts, s.Post)
		}
	}
	names, err := duty.Names(ctx, a.DB, a.County, posts)
	for _, x := range out.Areas {
		for i := range x.Shares {
			x.Shares[i].Name = names[x.Shares[i].Post].Name
		}
	}
	return err
}

func (a *API) balance(ctx context.Context, by duty.Actor, in *balanceQuery) (Balance, error) {
	out := Balance{Parts: []BalancePart{}, Unreached: []Ref{}}
	s, top, err := a.assigned(ctx, by, in.Area)
	if err != nil {
		return out, err
	}
	posts := slices.DeleteFunc(strings.Split(in.Posts, ","), func(p string) bool { return p == "" })
	p, err := a.Tasks.Propose(ctx, a.DB, top.Code, posts)
	if err != nil {
		return out, err
	}
	names, err := duty.Names(ctx, a.DB, a.County, posts)
	if err != nil {
		return out, err
	}
	for _, x := range p.Parts {
		load, err := tally.Total(ctx, a.DB, a.County, a.County, roster.MeasureOwned, x.Post)
		if err != nil {
			return out, err
		}
		part := BalancePart{Post: x.Post, Name: names[x.Post].Name, Title: names[x.Post].Title, Before: load, After: load - x.Before + x.After, Changed: x.Changed, Areas: []BalanceArea{}, Households: []BalanceHouse{}}
		for _, g := range x.Areas {
			area := BalanceArea{Code: g.Code, Name: s.names[g.Code].Name, Was: sharesView(g.Was)}
			for _, w := range g.Was {
				area.N += w.N
			}
			part.Areas = append(part.Areas, area)
		}
		for _, h := range x.Households {
			part.Households = append(part.Households, BalanceHouse(h))
		}
		out.Parts = append(out.Parts, part)
	}
	for _, code := range p.Unreached {
		out.Unreached = append(out.Unreached, Ref{code, s.names[code].Name})
	}
	return out, nil
}

func (a *API) myTask(ctx context.Context, by duty.Actor) (MyTask, error) {
	out := MyTask{Post: by.Post, Places: []MyPlace{}, Revisits: []Revisit{}}
	s, err := a.shower(ctx, by)
	if err != nil {
		return out, err
	}
	out.Reasons = s.reasons()
	scope := by.Scope(duty.SubmitInspection)
	held, err := a.Store.Held(ctx, a.DB, scope, by.Post)
	if err != nil {
		return out, err
	}
	for _, h := range held {
		_, village, group := s.place(h.Area)
		out.Places = append(out.Places, MyPlace{h.Area, village, group, h.Households, h.Inspected, h.Missed, h.Households - h.Inspected - h.Missed})
	}
	if plan, err := a.Tasks.Plan(ctx, a.DB); err == nil && len(plan) > 0 {
		out.DueOn, out.DaysLeft = plan[0].DueOn, clock.Days(a.today(), plan[0].DueOn)
	}
	lines, _, err := a.Store.List(ctx, a.DB, scope, roster.Filter{State: "missed", Owner: by.Post, Limit: roster.MaxPage})
	if err != nil {
		return out, err
	}
	keys := make([]int64, len(lines))
	for i, l := range lines {
		keys[i] = l.Key
	}
	misses, err := inspection.MissesOf(ctx, a.DB, a.County, keys...)
	if err != nil {
		return out, err
	}
	for _, l := range lines {
		_, village, group := s.place(l.Area)
		r := Revisit{ID: l.ID, Head: l.Head, Village: village, Group: group, Reason: l.Missed, Name: s.pack.CodeName(inspection.ListMissed, l.Missed)}
		if list := misses[l.Key]; len(list) > 0 {
			r.Note, r.AgainOn = list[0].Note, list[0].AgainOn
		}
		if r.AgainOn != "" {
			r.DaysLeft = clock.Days(a.today(), r.AgainOn)
		}
		out.Revisits = append(out.Revisits, r)
	}
	slices.SortStableFunc(out.Revisits, func(x, y Revisit) int { return strings.Compare(x.AgainOn+"~", y.AgainOn+"~") })
	return out, nil
}
