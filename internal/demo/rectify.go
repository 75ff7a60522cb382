package demo

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/order"
	"gonggu/internal/problem"
)

// Loop counts the acts of the loop that a demonstration played, beside the inspections.
type Loop struct {
	Outside    int `json:"outside"`  // problems of others, by form
	Workbook   int `json:"workbook"` // and by workbook
	Sources    int `json:"sources"`  // further sources of known problems
	Merged     int `json:"merged"`
	Distinct   int `json:"distinct"` // pairs that look alike and are not one
	Split      int `json:"split"`
	Clusters   int `json:"clusters"`
	Clustered  int `json:"clustered"` // problems in them
	Fixes      int `json:"fixes"`     // of one cause
	Fixed      int `json:"fixed"`     // problems by them
	Orders     int `json:"orders"`
	Second     int `json:"second"` // of them second ones
	Ordered    int `json:"ordered"`
	Received   int `json:"received"`
	Claimed    int `json:"claimed"`
	Declined   int `json:"declined"`
	Assigned   int `json:"assigned"`
	Ruled      int `json:"ruled"` // of them rulings of the office
	Asked      int `json:"asked"` // for more days or a pause
	Granted    int `json:"granted"`
	Refused    int `json:"refused"`
	Paused     int `json:"paused"`
	Resumed    int `json:"resumed"`
	Amended    int `json:"amended"`
	OnSpot     int `json:"onSpot"`
	Rectified  int `json:"rectified"` // one by one
	Late       int `json:"late"`      // of them after their day
	Helped     int `json:"helped"`    // of them by a unit that helps
	Paper      int `json:"paper"`     // of them signed on paper
	Verified   int `json:"verified"`
	Returned   int `json:"returned"`
	Closed     int `json:"closed"`
	Reopened   int `json:"reopened"`
	Supervised int `json:"supervised"`
	SentBack   int `json:"sentBack"` // by a supervision team
	Cleared    int `json:"cleared"`  // units that signed 清零
	Open       int `json:"open"`     // at the end
}

// rectifying plays the stage of rectification: what the office, the units, the villages and those who verify do on each of its days.
type rectifying struct {
	*walk
	declined map[string][]string // by problem: who has said that it is not theirs
	mended   map[string]duty.Post
	returned map[string]bool
	relapsed map[string]bool
	pressed  map[string]bool // by a second order

	asked     map[string]*asking // by problem
	waiting   []*asking          // for the office's answer
	settled   int                // extensions that it has answered
	corrected map[string]bool
}

// rectifies reports whether the pack has the rectification begin on or before a day.
func (p *player) rectifies(day string) bool {
	for _, ph := range p.pack.Head.Phases {
		if ph.Progress && ph.From <= day {
			return true
		}
	}
	return false
}

// begin opens the posts of the stage on its first day.
func (w *walk) begin(ctx context.Context) error {
	if w.stage != nil || !w.rectifies(w.day) {
		return nil
	}
	w.stage = &rectifying{walk: w, declined: map[string][]string{}, mended: map[string]duty.Post{}, returned: map[string]bool{}, relapsed: map[string]bool{}, pressed: map[string]bool{}, asked: map[string]*asking{}, corrected: map[string]bool{}}
	return w.crew(ctx)
}

// chance draws from 0 to 99 for an id and a question about it: the same for the same seed, whoever asks and when.
func (p *player) chance(id, what string) int {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%d/%s/%s", p.o.Seed, what, id)
	return int(h.Sum32() % 100)
}

// some is true for so many in a hundred by chance, and for the first that are asked about: a small county knows what a large one knows. The
// answer stays.
func (p *player) some(id, what string, share, least int) bool {
	key := what + "/" + id
	if yes, ok := p.said[key]; ok {
		return yes
	}
	yes := p.drawn[what] < least || p.chance(id, what) < share
	p.said[key] = yes
	if yes {
		p.drawn[what]++
	}
	return yes
}

// in returns the problems in a state, oldest first.
func (r *rectifying) in(ctx context.Context, f problem.Filter) ([]problem.Problem, error) {
	f.Limit = 5000
	var out []problem.Problem
	for {
		list, next, err := problem.List(ctx, r.county.DB, r.county.Code, duty.Everything(r.county.Code), f)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
		if f.After = next; next == 0 {
			slices.Reverse(out)
			return out, nil
		}
	}
}

// morning: the office dispatches what units have declined, orders what is accepted, and presses those who are late.
func (r *rectifying) morning(ctx context.Context) error {
	office := r.people["office"]
	if err := r.answers(ctx); err != nil {
		return err
	}
	list, err := r.in(ctx, problem.Filter{State: string(problem.Declined)})
	if err != nil {
		return err
	}
	var subs []pending
	for i := range list {
		p := &list[i]
		lead, reason := p.Lead, ""
		if len(r.declined[p.ID]) >= r.pack.Head.DeclineLimit {
			lead, reason = cmp.Or(duty.TownshipOf(p.Area), lastResort), "经县巩固办研究，由问题所在乡镇牵头整改，相关部门配合"
			r.state.Loop.Ruled++
		} else if lead == duty.UnitOffice {
			lead = r.somebody(p)
		}
		r.state.Loop.Assigned++
		subs = append(subs, r.flat(office, problem.KindAssign, p.ID, canon.Object{"item": p.Item, "lead": lead, "helping": []any{}, "reason": reason}))
	}
	if err := r.submit(ctx, subs); err != nil {
		return err
	}
	if err := r.issue(ctx); err != nil || r.day == r.o.Through { // on the last day the drafts are left to the visitor
		return err
	}
	return r.press(ctx)
}

// somebody finds a unit for what the pack's rules know nobody any more.
func (r *rectifying) somebody(p *problem.Problem) string {
	for _, u := range []string{duty.TownshipOf(p.Area), "rural", "agriculture"} {
		if u != "" && !slices.Contains(r.declined[p.ID], u) {
			return u
		}
	}
	return lastResort
}

// lastResort leads what lies in no township and is nobody's.
const lastResort = "gov_office"

// lot is what one order says.
type lot struct {
	unit, limit string
	helping     string
}

// issue orders in bulk, one order for each unit, day and helping units.
func (r *rectifying) issue(ctx context.Context) error {
	accepted, err := r.in(ctx, problem.Filter{State: string(problem.Accepted)})
	if err != nil {
		return err
	}
	relapsed, err := r.in(ctx, problem.Filter{State: string(problem.Reopened)})
	if err != nil {
		return err
	}
	today := clock.Day(r.clock.Now())
	lots, keys := map[lot][]string{}, []lot{}
	for _, p := range append(accepted, relapsed...) {
		proposal := problem.Dispatch(r.pack, p.Item, p.Area, r.declined[p.ID])
		if len(r.declined[p.ID]) > 0 || p.Ruled || p.State == problem.Reopened || p.Origin == problem.OriginOutside {
			proposal.Lead, proposal.Helping = p.Lead, slices.DeleteFunc(proposal.Helping, func(u string) bool { return u == p.Lead })
		}
		if proposal.Lead == duty.UnitOffice { // nobody verifies what the office mends
			proposal.Lead = r.somebody(&p)
		}
		limit := p.ClearOn
		if proposal.Workdays > 0 {
			limit = min(limit, r.pack.Calendar().AddWorkdays(today, int(proposal.Workdays)))
		}
		k := lot{proposal.Lead, max(limit, today), strings.Join(proposal.Helping, ",")}
		if lots[k] == nil {
			keys = append(keys, k)
		}
		lots[k] = append(lots[k], p.ID)
	}
	var subs []pending
	for _, k := range keys {
		for part := range slices.Chunk(lots[k], problem.MaxOrdered) {
			subs = append(subs, r.order(r.nextID(), k.unit, k.limit, split(k.helping), part, false))
		}
	}
	return r.submit(ctx, subs)
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func (r *rectifying) order(id, unit, limit string, helping, problems []string, second bool) pending {
	b := order.Body{Unit: unit, Helping: helping, Leader: r.name(unit, "leader"), Person: r.name(unit, "person"), LimitOn: limit, Say: "请对照问题逐件整改，按期签认。", Second: second, Problems: problems}
	if second {
		b.Say = "" // as the pack words it
		r.state.Loop.Second++
	} else {
		r.state.Loop.Ordered += len(problems)
	}
	if clear, ok := r.clearDay(); ok && limit > clear {
		b.Reason = "已过清零日期，补充督办"
	}
	r.state.Loop.Orders++
	return r.flat(r.people["office"], problem.KindOrder, id, b.Object())
}

func (r *rectifying) clearDay() (string, bool) {
	for _, d := range r.pack.Head.Days {
		if d.ID == "clear_by" {
			return d.On, true
		}
	}
	return "", false
}

// press issues the second orders that the product has drafted for what is late.
func (r *rectifying) press(ctx context.Context) error {
	office := r.people["office"]
	by, err := duty.ActorOf(ctx, r.county.DB, r.county.Code, office.Person, office.ID)
	if err != nil {
		return err
	}
	drafts, _, err := order.List(ctx, r.county.DB, r.county.Code, by, order.Filter{State: string(order.Draft), Limit: 500})
	if err != nil {
		return err
	}
	var subs []pending
	for _, d := range drafts {
		list, err := r.in(ctx, problem.Filter{Order: d.ID})
		if err != nil {
			return err
		}
		var still []string
		for i := range list {
			if s := list[i].State; (s == problem.Ordered || s == problem.Claimed || s == problem.Returned) && list[i].Lead == d.Unit && !list[i].Paused(clock.Day(r.clock.Now())) {
				still = append(still, list[i].ID)
				r.pressed[list[i].ID] = true
			}
		}
		if len(still) == 0 {
			subs = append(subs, r.flat(office, order.KindDiscard, d.ID, canon.Object{"reason": "拟稿后已整改，不再督办"}))
			continue
		}
		subs = append(subs, r.order(d.ID, d.Unit, r.pack.Calendar().AddWorkdays(clock.Day(r.clock.Now()), 2), d.Helping, still[:min(len(still), problem.MaxOrdered)], true))
	}
	return r.submit(ctx, subs)
}

// forenoon: the units sign for their orders, and claim what is theirs or say that it is not.
func (r *rectifying) forenoon(ctx context.Context) error {
	office := r.people["office"]
	by, err := duty.ActorOf(ctx, r.county.DB, r.county.Code, office.Person, office.ID)
	if err != nil {
		return err
	}
	orders, _, err := order.List(ctx, r.county.DB, r.county.Code, by, order.Filter{State: "waiting", Limit: 5000})
	if err != nil {
		return err
	}
	slices.Reverse(orders)
	var subs []pending
	for _, o := range orders {
		if r.chance(o.ID, "received") < 85 || o.IssuedOn < clock.Day(r.clock.Now()) {
			subs = append(subs, r.flat(r.postOf(o.Unit), order.KindReceive, o.ID, canon.Object{}))
			r.state.Loop.Received++
		}
	}
	list, err := r.in(ctx, problem.Filter{State: string(problem.Ordered)})
	if err != nil {
		return err
	}
	for i := range list {
		p := &list[i]
		post := r.postOf(p.Lead)
		switch already := len(r.declined[p.ID]); {
		case !p.Ruled && p.Cluster == "" && already < r.refuses(p.ID) && !slices.Contains(r.declined[p.ID], p.Lead):
			r.declined[p.ID] = append(r.declined[p.ID], p.Lead)
			r.state.Loop.Declined++
			subs = append(subs, r.flat(post, problem.KindDecline, p.ID, canon.Object{"reason": "职责不在本单位，按“三定”规定应由其他单位办理"}))
		case r.chance(p.ID, "claims at once") < 80 || p.StandingOn < clock.Day(r.clock.Now()):
			r.state.Loop.Claimed++
			subs = append(subs, r.signed(post, problem.KindClaim, p, canon.Object{"leader": r.name(p.Lead, "leader"), "person": r.name(p.Lead, "person"), "measures": measures[r.chance(p.ID, "measures")%len(measures)]}, "measures"))
		}
	}
	return r.submit(ctx, subs)
}

// refuses is how many units will say that a problem is not theirs.
func (r *rectifying) refuses(id string) int {
	switch {
	case r.some(id, "declined by all", 1, 1):
		return r.pack.Head.DeclineLimit
	case r.some(id, "declines", 5, 1):
		return 1
	}
	return 0
}

var measures = []string{"入户核实后逐项落实，明确专人跟进", "协调有关单位限期解决，完成后回访", "制定整改方案，落实资金和人员"}

var results = []string{"已整改到位，当场向群众说明，群众认可", "已按政策补办落实，材料归档", "已维修更换，试用正常", "已帮助办理，本人确认"}
