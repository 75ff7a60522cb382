package demo

import (
	"context"
	"maps"
	"slices"
	"strings"

	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/problem"
)

// In a hundred of what is claimed: so many ask for more days, for a pause, and have their finding corrected.
const (
	extendShare = 6
	pauseShare  = 3
	amendShare  = 2
)

// asking is a request for time and what became of it.
type asking struct {
	problem, id, what string
	on                string // asked, then answered
	open              bool
}

// asks: some units ask for time, some findings are corrected by who signed them, and some that stood still go on.
func (r *rectifying) asks(ctx context.Context) error {
	today, calendar := clock.Day(r.clock.Now()), r.pack.Calendar()
	list, err := r.in(ctx, problem.Filter{State: "owed"})
	if err != nil {
		return err
	}
	var subs []pending
	ask := func(p *problem.Problem, what, until, reason string) {
		sub := r.flat(r.postOf(p.Lead), problem.KindAsk, p.ID, canon.Object{"what": what, "until": until, "reason": reason})
		a := &asking{problem: p.ID, id: ident.Derive(sub.sub.Act.ID, "ask"), what: what, on: today, open: true}
		r.asked[p.ID], r.waiting = a, append(r.waiting, a)
		r.state.Loop.Asked++
		subs = append(subs, sub)
	}
	later := func(p *problem.Problem) string { return calendar.AddWorkdays(max(p.DueOn, today), 3) }
	for i := range list {
		p := &list[i]
		if a := r.asked[p.ID]; a != nil {
			if p.Paused(today) && a.what == problem.AskPause && clock.Days(a.on, today) >= 2 && r.some(p.ID, "goes on", 60, 1) {
				r.state.Loop.Resumed++
				subs = append(subs, r.flat(r.postOf(p.Lead), problem.KindResume, p.ID, canon.Object{}))
			}
			continue
		}
		if p.State != problem.Claimed || p.Cluster != "" || p.Relapses > 0 || r.postOf(p.Lead).ID == "" {
			continue
		}
		switch finder := r.byPost(p.FoundBy); {
		case !r.corrected[p.ID] && p.Origin != problem.OriginOutside && p.Sensitive == "" && finder.ID != "" && strings.HasPrefix(p.Area, finder.Area) && r.some(p.ID, "amended", amendShare, 1):
			r.corrected[p.ID] = true
			r.state.Loop.Amended++
			subs = append(subs, r.signed(finder, problem.KindAmend, p, canon.Object{"say": p.Say + "（再次入户核实，范围和程度已更正）", "item": "", "reason": "原来记录的情况不准确，据实更正"}))
		case r.some(p.ID, "more days", extendShare, 3):
			ask(p, problem.AskExtend, later(p), "材料采购和施工需要时间，按原期限难以完成")
		case r.some(p.ID, "pause", pauseShare, 2):
			ask(p, problem.AskPause, calendar.AddWorkdays(today, 4), "连续阴雨，无法施工，天晴后恢复")
		}
	}
	if today == r.o.Through && !slices.ContainsFunc(r.waiting, func(a *asking) bool { return a.open }) { // what the visitor finds on the desk
		for i := range list {
			if p := &list[i]; r.asked[p.ID] == nil && p.Cluster == "" && r.postOf(p.Lead).ID != "" && !slices.ContainsFunc(subs, func(x pending) bool { return x.sub.Act.Subject == p.ID }) {
				ask(p, problem.AskExtend, later(p), "配套材料尚未到位，申请延期办理")
				break
			}
		}
	}
	return r.submit(ctx, subs)
}

// answers: the office grants what was asked for, or refuses; some of it waits a day.
func (r *rectifying) answers(ctx context.Context) error {
	today, office := clock.Day(r.clock.Now()), r.people["office"]
	var subs []pending
	for _, a := range r.waiting {
		if !a.open || (clock.Days(a.on, today) < 2 && r.chance(a.problem+today, "answered") < 35) {
			continue
		}
		p, err := problem.ByID(ctx, r.county.DB, r.county.Code, a.problem)
		if err != nil {
			return err
		}
		a.open = false
		if !p.State.Owed() {
			continue // it went on without
		}
		kind, reason := problem.KindGrant, "情况属实，同意；到期前报进展"
		switch {
		case a.what == problem.AskPause:
			r.state.Loop.Paused++
		case r.settled%3 == 1:
			kind, reason = problem.KindRefuse, "工作量不大，应在原期限内完成"
			r.settled++
			r.state.Loop.Refused++
		default:
			r.settled++
			r.state.Loop.Granted++
		}
		a.on = today
		subs = append(subs, r.flat(office, kind, p.ID, canon.Object{"ask": a.id, "reason": reason}))
	}
	r.waiting = slices.DeleteFunc(r.waiting, func(a *asking) bool { return !a.open })
	return r.submit(ctx, subs)
}

// clears: a unit whose list is empty signs so; what comes on the list later voids it.
func (r *rectifying) clears(ctx context.Context) error {
	var subs []pending
	for _, key := range slices.Sorted(maps.Keys(r.people)) {
		unit, ok := strings.CutPrefix(key, "unit/")
		if !ok || unit == duty.UnitOffice {
			continue
		}
		list, err := problem.UnitList(ctx, r.county.DB, r.county.Code, unit)
		if err != nil {
			return err
		}
		if list.Open > 0 || list.Closed == 0 || !r.some(unit+"/"+r.day, "clears", 60, 2) {
			continue
		}
		before, err := problem.Clears(ctx, r.county.DB, r.county.Code, unit)
		if err != nil {
			return err
		}
		if len(before) > 0 && before[0].Voided == 0 {
			continue
		}
		r.state.Loop.Cleared++
		shown := canon.Object{"unit": unit, "open": int64(0), "closed": list.Closed}
		subs = append(subs, r.hand(r.people[key], problem.KindClear, unit, 0, shown, canon.Object{}))
	}
	return r.submit(ctx, subs)
}
