package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
	"gonggu/internal/synth"
)

// A broken water main: what its households say at the door, and which rule finds it.
const (
	mainFact  = "water_cut"
	mainRule  = "water-cut"
	mainShare = 60 // in a hundred of its households
	mainLeast = 6  // households of a village; a smaller one shares its township's main
	mainsPer  = 30_000
)

// burst is a place whose water main is broken: one cause, many households.
type burst struct {
	area, name string
	cluster    string // its id, "" until the office has seen it
}

// breakMains chooses where the water mains are broken: in the example village, in another of its township, and in the largest ones of others.
func (p *player) breakMains() {
	villages := slices.DeleteFunc(p.synth.Villages(), func(v synth.Village) bool { return v.Households == 0 })
	example, town := p.people["village"].Area, p.people["township"].Area
	slices.SortStableFunc(villages, func(a, b synth.Village) int {
		switch {
		case a.Code == example:
			return -1
		case b.Code == example:
			return 1
		case (a.Township.Code == town) != (b.Township.Code == town):
			if a.Township.Code == town {
				return -1
			}
			return 1
		}
		return b.Households - a.Households
	})
	seen := map[string]bool{}
	for _, v := range villages {
		if len(p.bursts) == 2+p.o.Households/mainsPer {
			return
		}
		another := len(p.bursts) == 1 && v.Township.Code == town && v.Households >= mainLeast && p.bursts[0].area == example
		if seen[v.Township.Code] && !another {
			continue
		}
		seen[v.Township.Code] = true
		b := &burst{area: v.Code, name: v.Township.Name + v.Name}
		if v.Households < mainLeast {
			b.area, b.name = v.Township.Code, v.Township.Name
		}
		p.bursts = append(p.bursts, b)
	}
}

// dry reports whether a household has no water because of a broken main.
func (p *player) dry(area, household string) bool {
	return slices.ContainsFunc(p.bursts, func(b *burst) bool { return strings.HasPrefix(area, b.area) }) && p.chance(household, "dry") < mainShare
}

// consolidate is the office's round after accepting: what is one problem is merged, what holds two is split, what has one cause goes together.
func (w *walk) consolidate(ctx context.Context) error {
	office := w.people["office"]
	seen, err := problem.Consolidate(ctx, w.county.DB, w.county.Code, duty.Everything(w.county.Code), "", w.pack)
	if err != nil {
		return err
	}
	var subs []pending
	done := map[string]bool{}
	for _, x := range seen.Pairs {
		id := x.From.ID + "/" + x.Into.ID
		switch {
		case done[x.From.ID] || done[x.Into.ID] || x.From.Cluster != "" || slices.Contains(w.double, x.From.ID):
			continue
		case x.From.Origin == problem.OriginOutside && w.stage == nil && !w.some(id, "at once", 50, 2):
			continue // still on the desk
		case (w.state.Loop.Merged > 0 || x.From.Origin != problem.OriginOutside) && w.some(id, "not the same", 10, 1):
			w.state.Loop.Distinct++
			subs = append(subs, w.flat(office, problem.KindDistinct, x.From.ID, canon.Object{"others": []any{x.Into.ID}, "of": "same"}))
		case x.From.Origin == problem.OriginOutside:
			w.state.Loop.Merged++
			subs = append(subs, w.flat(office, problem.KindMerge, x.From.ID, canon.Object{"into": x.Into.ID, "reason": "与已登记的问题是同一件事，合并办理"}))
		default:
			continue // two findings of one visit
		}
		done[x.From.ID], done[x.Into.ID] = true, true
	}
	if err := w.submit(ctx, subs); err != nil {
		return err
	}
	if err := w.split(ctx); err != nil {
		return err
	}
	return w.cluster(ctx)
}

// split gives each of two matters in one letter a problem of its own.
func (w *walk) split(ctx context.Context) error {
	var subs []pending
	w.double = slices.DeleteFunc(w.double, func(id string) bool {
		p, err := problem.ByID(ctx, w.county.DB, w.county.Code, id)
		if err != nil {
			return false
		}
		if _, fits := problem.Next(p.State, problem.KindSplit); !fits || (w.stage == nil && w.state.Loop.Split > 0 && w.chance(id, "split at once") < 50) {
			return !fits
		}
		part := matters[1]
		w.state.Loop.Split++
		w.state.Problems++
		subs = append(subs, w.flat(w.people["office"], problem.KindSplit, id, canon.Object{"reason": "一封来信反映两件事，分别交办", "parts": []any{canon.Object{"say": part.say, "item": part.item}}}))
		return true
	})
	return w.submit(ctx, subs)
}

// cluster puts the households of a broken main together. Before the rectification the office has seen the first of them only: the
// others are suggested on its desk.
func (w *walk) cluster(ctx context.Context) error {
	office := w.people["office"]
	for i, b := range w.bursts {
		if i > 0 && w.stage == nil {
			continue
		}
		list, _, err := problem.List(ctx, w.county.DB, w.county.Code, duty.Everything(w.county.Code), problem.Filter{Area: b.area, State: "open", Limit: 300})
		if err != nil {
			return err
		}
		var ids []any
		for _, p := range list {
			if p.Rule == mainRule && p.Cluster == "" && (p.State == problem.Found || p.State == problem.Accepted) {
				ids = append(ids, p.ID)
			}
		}
		var sub pending
		switch {
		case b.cluster == "" && len(ids) < max(2, w.pack.Head.Loop.Cluster), len(ids) == 0:
			continue
		case b.cluster == "":
			b.cluster = w.nextID()
			item := list[slices.IndexFunc(list, func(p problem.Problem) bool { return p.Rule == mainRule })].Item
			sub = w.flat(office, problem.KindFoundCluster, b.cluster, canon.Object{"name": b.name + "供水主管道破损", "cause": "主管道老化破损，管网末端经常停水，须整段更换", "item": item, "problems": ids})
			w.state.Loop.Clusters++
		default:
			sub = w.flat(office, problem.KindJoinCluster, b.cluster, canon.Object{"problems": ids})
		}
		w.state.Loop.Clustered += len(ids)
		if err := w.submit(ctx, []pending{sub}); err != nil {
			return fmt.Errorf("cluster %s: %w", b.name, err)
		}
	}
	return nil
}

// fix mends each cause with one signature for all its households, once they are all claimed and two days have passed.
func (r *rectifying) fix(ctx context.Context) error {
	today := clock.Day(r.clock.Now())
	for _, b := range r.bursts {
		if b.cluster == "" {
			continue
		}
		c, err := problem.ClusterByID(ctx, r.county.DB, r.county.Code, b.cluster)
		if err != nil {
			return err
		}
		members, err := problem.Members(ctx, r.county.DB, r.county.Code, duty.Everything(r.county.Code), b.cluster)
		if err != nil {
			return err
		}
		wait := slices.ContainsFunc(members, func(p problem.Problem) bool {
			early := p.State == problem.Found || p.State == problem.Accepted || p.State == problem.Ordered
			return (early && today < p.DueOn) || (p.State.Owed() && p.StandingOn >= clock.AddDays(today, -1))
		})
		i := slices.IndexFunc(members, func(p problem.Problem) bool { return p.State == problem.Claimed || p.State == problem.Returned })
		if wait || i < 0 {
			continue
		}
		post := r.postOf(members[i].Lead)
		by, err := duty.ActorOf(ctx, r.county.DB, r.county.Code, post.Person, post.ID)
		if err != nil {
			return err
		}
		numbers, err := problem.FixableBy(ctx, r.county.DB, r.county.Code, by, members, r.pack)
		if err != nil || len(numbers) == 0 {
			return err
		}
		list := make([]any, len(numbers))
		for i, n := range numbers {
			list[i] = n
		}
		for i := range members {
			if slices.Contains(numbers, members[i].Number) {
				r.mended[members[i].ID] = post
			}
		}
		shown := canon.Object{"name": c.Name, "cause": c.Cause, "problems": list}
		sub := r.hand(post, problem.KindFixCluster, c.ID, c.Rev, shown, canon.Object{"result": "已更换破损的供水主管道，逐户通水试用正常", "done_on": today})
		r.state.Loop.Fixes++
		r.state.Loop.Fixed += len(numbers)
		if err := r.submit(ctx, []pending{sub}); err != nil {
			return err
		}
	}
	return nil
}
