package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
	"gonggu/internal/seal"
	"gonggu/internal/server"
	"gonggu/internal/synth"
)

// lateShare is how many in a hundred are mended after their day.
const lateShare = 8

// afternoon: what is claimed is mended, most of it in time; what the list allows is mended at once, by the village.
func (r *rectifying) afternoon(ctx context.Context) error {
	today := clock.Day(r.clock.Now())
	var subs []pending
	for _, state := range []problem.State{problem.Claimed, problem.Returned} {
		list, err := r.in(ctx, problem.Filter{State: string(state)})
		if err != nil {
			return err
		}
		for i := range list {
			p := &list[i]
			if state == problem.Claimed && today < r.mendsOn(p) {
				continue
			}
			if state == problem.Returned && p.StandingOn == today {
				continue // sent back just now
			}
			post, ok := r.mender(p)
			if !ok {
				continue
			}
			r.state.Loop.Rectified++
			if today > p.DueOn {
				r.state.Loop.Late++
			}
			subs = append(subs, r.repair(post, problem.KindRectify, p))
		}
	}
	list, err := r.in(ctx, problem.Filter{State: string(problem.Found)})
	if err != nil {
		return err
	}
	for i := range list {
		p := &list[i]
		post, ok := r.villager(p, false)
		if !ok || !slices.Contains(r.pack.Head.OnSpot, p.Item) || r.chance(p.ID, "on the spot") >= 50 {
			continue
		}
		r.state.Loop.OnSpot++
		subs = append(subs, r.repair(post, problem.KindOnSpot, p))
	}
	return r.submit(ctx, subs)
}

// mendsOn is the day on which a problem will be mended: spread over the days to its limit, some after it.
func (r *rectifying) mendsOn(p *problem.Problem) string {
	if r.chance(p.ID, "late") < lateShare && p.Relapses == 0 {
		return clock.AddDays(p.DueOn, 1+r.chance(p.ID, "how late")%6)
	}
	span := max(1, clock.Days(p.StandingOn, p.DueOn))
	return min(p.DueOn, clock.AddDays(p.StandingOn, 1+r.chance(p.ID, "when")*span/130))
}

// mender is who mends: of what a township leads mostly the village's people, else the lead unit itself; never who found it.
func (r *rectifying) mender(p *problem.Problem) (duty.Post, bool) {
	if p.Lead == duty.TownshipOf(p.Area) && r.chance(p.ID, "village") < 65 {
		if post, ok := r.villager(p, true); ok {
			return post, true
		}
	}
	post := r.postOf(p.Lead)
	return post, post.ID != "" && post.ID != p.FoundBy
}

// villager is somebody of the problem's village; another than who found it where that is asked for.
func (r *rectifying) villager(p *problem.Problem, another bool) (duty.Post, bool) {
	for n := 2; n > 0; n-- {
		post, ok := r.people[fmt.Sprintf("%s/%d", duty.VillageOf(p.Area), n)]
		if ok && (!another || post.ID != p.FoundBy) {
			return post, true
		}
	}
	return duty.Post{}, false
}

func (r *rectifying) repair(by duty.Post, kind string, p *problem.Problem) pending {
	r.mended[p.ID] = by
	return r.signed(by, kind, p, canon.Object{"result": results[r.chance(p.ID, "result")%len(results)], "done_on": clock.Day(r.clock.Now())}, "result")
}

// checks: another unit verifies by the tier table, sends some back, and the supervision team signs its samples.
func (r *rectifying) checks(ctx context.Context) error {
	list, err := r.in(ctx, problem.Filter{State: string(problem.Rectified)})
	if err != nil {
		return err
	}
	var subs []pending
	for i := range list {
		p := &list[i]
		if p.StandingOn == clock.Day(r.clock.Now()) && r.chance(p.ID, "checked") < 40 {
			continue // tomorrow
		}
		post := r.verifier(p)
		if !r.returned[p.ID] && r.chance(p.ID, "returned") < 7 {
			r.returned[p.ID] = true
			r.state.Loop.Returned++
			subs = append(subs, r.flat(post, problem.KindReturn, p.ID, canon.Object{"reason": "现场复核整改不到位，请按要求重新整改"}))
			continue
		}
		r.state.Loop.Verified++
		subs = append(subs, r.signed(post, problem.KindVerify, p, canon.Object{"say": "现场核实，情况属实"}))
	}
	team := r.people["supervisor"]
	if list, err = r.in(ctx, problem.Filter{State: string(problem.Verified), Area: team.Area}); err != nil {
		return err
	}
	for i := range list {
		if r.chance(list[i].ID, "sampled") < 30 {
			r.state.Loop.Supervised++
			subs = append(subs, r.signed(team, problem.KindSupervise, &list[i], canon.Object{"say": "抽查属实"}))
		}
	}
	return r.submit(ctx, subs)
}

// verifier is who may verify what was mended, by the pack's tiers.
func (r *rectifying) verifier(p *problem.Problem) duty.Post {
	mender := r.mended[p.ID]
	switch {
	case !strings.HasPrefix(mender.Unit, r.county.Code): // a department's is the office's
	case duty.VillageOf(mender.Unit) != "":
		return r.postOf(duty.TownshipOf(mender.Unit))
	default:
		for _, u := range append([]string{p.Lead}, p.Helping...) {
			if post := r.postOf(u); post.ID != "" && u != server.UnitOffice && !strings.HasPrefix(u, r.county.Code) {
				return post
			}
		}
	}
	return r.people["office"]
}

// evening: the office closes what is verified in bulk; some of what was closed has come back.
func (r *rectifying) evening(ctx context.Context) error {
	office := r.people["office"]
	closed, err := r.in(ctx, problem.Filter{State: string(problem.Closed)})
	if err != nil {
		return err
	}
	var subs []pending
	today := clock.Day(r.clock.Now())
	for i := range closed {
		if p := &closed[i]; !r.relapsed[p.ID] && r.chance(p.ID, "relapses") < 2 && clock.Days(p.ClosedOn, today) == 3 {
			r.relapsed[p.ID] = true
			r.state.Loop.Reopened++
			subs = append(subs, r.flat(r.postOf(duty.TownshipOf(p.Area)), problem.KindReopen, p.ID, canon.Object{"reason": "回访发现问题又出现，须重新整改"}))
		}
	}
	list, err := r.in(ctx, problem.Filter{State: string(problem.Verified)})
	if err != nil {
		return err
	}
	for i := range list {
		r.state.Loop.Closed++
		subs = append(subs, r.flat(office, problem.KindClose, list[i].ID, canon.Object{}))
	}
	if err := r.submit(ctx, subs); err != nil {
		return err
	}
	open, err := r.in(ctx, problem.Filter{State: "open"})
	r.state.Loop.Open = len(open)
	return err
}

// postOf is who acts for a unit; the zero Post for none.
func (r *rectifying) postOf(unit string) duty.Post { return r.people["unit/"+unit] }

// name is that of somebody who answers in a unit.
func (r *rectifying) name(unit, role string) string {
	names := r.villagers
	return names[(r.chance(unit, role)*101+r.chance(unit, role+"/2"))%len(names)]
}

func (r *rectifying) flat(by duty.Post, kind, subject string, body canon.Object) pending {
	return pending{by.Person, r.step(by, kind, subject, body)}
}

// signed is an act on a problem as it stands, signed by hand; what is said of one whose content is a field group is sealed.
func (r *rectifying) signed(by duty.Post, kind string, p *problem.Problem, answers canon.Object, secret ...string) pending {
	sub := r.step(by, kind, p.ID, nil)
	a := sub.Act
	if p.Sensitive != "" {
		for _, k := range secret {
			value, _ := answers[k].(string)
			salt := sha256.Sum256([]byte(fmt.Sprintf("demo/%d/%s/%s", r.o.Seed, a.ID, k)))
			hash := seal.Commit(salt[:], value)
			answers[k] = hash
			a.Sealed = append(a.Sealed, hash)
			sub.Open = append(sub.Open, act.Opening{Hash: hash, Salt: hex.EncodeToString(salt[:]), Value: value})
		}
	}
	shown := canon.Object{"number": p.Number, "state": string(p.State), "due_on": p.DueOn}
	seen, err := act.Seen(a.Pack, kind, p.ID, p.Rev, shown, answers)
	if err != nil {
		panic(err) // texts and numbers are always values of the profile
	}
	a.Seen = seen
	strokes := []any{}
	for _, s := range synth.Strokes(by.Name, r.o.Seed) {
		line := make([]any, len(s))
		for i, n := range s {
			line[i] = int64(n)
		}
		strokes = append(strokes, line)
	}
	a.Body = canon.Object{"rev": p.Rev, "prefilled": shown, "answers": answers, "signature": canon.Object{"of": seen, "strokes": strokes}}
	return pending{by.Person, sub}
}

// submit sends acts in batches; each must be accepted.
func (r *rectifying) submit(ctx context.Context, subs []pending) error {
	for part := range slices.Chunk(subs, 500) {
		answers, err := r.county.Lane.SubmitMany(ctx, func(i int) (string, act.Submission) { return part[i].person, part[i].sub }, len(part))
		if err != nil {
			return err
		}
		for i, a := range answers {
			if a.Outcome != act.Accepted {
				return fmt.Errorf("%s of %s: %s %s", part[i].sub.Act.Kind, part[i].sub.Act.Subject, a.Outcome, strings.TrimSpace(a.Reason))
			}
		}
		r.sent += len(part)
		r.o.Progress("集中整改 "+clock.Day(r.clock.Now()), r.sent, r.state.Problems*6)
	}
	return nil
}
