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
	"gonggu/internal/synth"
)

// lateShare is how many in a hundred are mended after their day.
const lateShare = 8

// afternoon: what is claimed is mended, most of it in time; what the list allows is mended at once, by the village.
func (r *rectifying) afternoon(ctx context.Context) error {
	if err := r.fix(ctx); err != nil {
		return err
	}
	today := clock.Day(r.clock.Now())
	var subs []pending
	for _, state := range []problem.State{problem.Claimed, problem.Returned} {
		list, err := r.in(ctx, problem.Filter{State: string(state)})
		if err != nil {
			return err
		}
		for i := range list {
			p := &list[i]
			if p.Cluster != "" || (state == problem.Claimed && today < r.mendsOn(p)) {
				continue // a cause is mended for all its households at once
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
		if !ok || !slices.Contains(r.pack.Head.OnSpot, p.Item) || !r.some(p.ID, "on the spot", 50, 1) {
			continue
		}
		r.state.Loop.OnSpot++
		subs = append(subs, r.repair(post, problem.KindOnSpot, p))
	}
	return r.submit(ctx, subs)
}

// mendsOn is the day on which a problem will be mended: spread over the days to its limit, some after it.
func (r *rectifying) mendsOn(p *problem.Problem) string {
	if a := r.asked[p.ID]; a != nil && p.Relapses == 0 {
		if a.open || p.Paused(clock.Day(r.clock.Now())) {
			return clock.AddDays(r.o.Through, 1) // waits
		}
		return max(clock.AddDays(p.DueOn, -r.chance(p.ID, "when")%2), clock.AddDays(a.on, 1))
	}
	switch {
	case r.pressed[p.ID]:
		return p.DueOn
	case p.Relapses > 0:
	case r.some(p.ID, "very late", lateShare/4, 1): // it takes a second order
		return clock.AddDays(p.DueOn, 9)
	case r.some(p.ID, "late", lateShare, 1):
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
	if town := r.postOf(duty.TownshipOf(p.Area)); town.ID != "" && town.ID != p.FoundBy && slices.Contains(p.Helping, town.Unit) && r.some(p.ID, "helps", 8, 1) {
		r.state.Loop.Helped++
		return town, true
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
	sub := r.signed(by, kind, p, canon.Object{"result": results[r.chance(p.ID, "result")%len(results)], "done_on": clock.Day(r.clock.Now())}, "result")
	if cadre, ok := r.villager(p, true); ok && by.Unit == duty.TownshipOf(p.Area) && r.some(p.ID, "on paper", 10, 1) {
		r.state.Loop.Paper++
		r.onPaper(sub.sub.Act, cadre.Name)
	}
	return sub
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
		if !r.returned[p.ID] && r.some(p.ID, "returned", 7, 2) {
			r.returned[p.ID] = true
			r.state.Loop.Returned++
			subs = append(subs, r.flat(post, problem.KindReturn, p.ID, canon.Object{"reason": "现场复核整改不到位，请按要求重新整改"}))
			continue
		}
		r.state.Loop.Verified++
		subs = append(subs, r.signed(post, problem.KindVerify, p, canon.Object{"say": "现场核实，情况属实"}))
	}
	if err := r.submit(ctx, subs); err != nil {
		return err
	}
	return r.supervise(ctx)
}

// supervise: the team of a township signs its samples, and sends back what does not convince it.
func (r *rectifying) supervise(ctx context.Context) error {
	list, err := r.in(ctx, problem.Filter{State: string(problem.Verified)})
	if err != nil {
		return err
	}
	var subs []pending
	for i := range list {
		p := &list[i]
		team := r.people["team/"+duty.TownshipOf(p.Area)]
		switch {
		case team.ID == "" || !r.some(p.ID, "sampled", 25, 4):
		case !r.returned[p.ID] && r.some(p.ID, "sent back", 10, 1):
			r.returned[p.ID] = true
			r.state.Loop.SentBack++
			subs = append(subs, r.flat(team, problem.KindReturn, p.ID, canon.Object{"reason": "督导组现场查看，整改不彻底，请重新整改"}))
		default:
			r.state.Loop.Supervised++
			subs = append(subs, r.signed(team, problem.KindSupervise, p, canon.Object{"say": "抽查属实"}))
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
			if post := r.postOf(u); post.ID != "" && u != duty.UnitOffice && !strings.HasPrefix(u, r.county.Code) {
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
		if p := &closed[i]; !r.relapsed[p.ID] && clock.Days(p.ClosedOn, today) == 3 && r.some(p.ID, "relapses", 2, 1) {
			r.relapsed[p.ID] = true
			r.state.Loop.Reopened++
			by := r.postOf(duty.TownshipOf(p.Area))
			if by.ID == "" {
				by = office // a problem of the county itself
			}
			subs = append(subs, r.flat(by, problem.KindReopen, p.ID, canon.Object{"reason": "回访发现问题又出现，须重新整改"}))
		}
	}
	list, err := r.in(ctx, problem.Filter{State: string(problem.Verified)})
	if err != nil {
		return err
	}
	for i := range list {
		if today == r.o.Through && r.chance(list[i].ID, "left over") < 50 {
			continue // the visitor's work
		}
		r.state.Loop.Closed++
		subs = append(subs, r.flat(office, problem.KindClose, list[i].ID, canon.Object{}))
	}
	if err := r.submit(ctx, subs); err != nil {
		return err
	}
	if err := r.clears(ctx); err != nil {
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

// flat is an act that needs no drawn signature.
func (p *player) flat(by duty.Post, kind, subject string, body canon.Object) pending {
	return pending{by.Person, p.step(by, kind, subject, body)}
}

// signed is an act on a problem as it stands, signed by hand; what is said of one whose content is a field group is sealed.
func (p *player) signed(by duty.Post, kind string, on *problem.Problem, answers canon.Object, secret ...string) pending {
	sub := p.step(by, kind, on.ID, nil)
	a := sub.Act
	if on.Sensitive != "" {
		for _, k := range secret {
			value, _ := answers[k].(string)
			answers[k] = p.commit(&sub, k, value)
		}
	}
	p.sign(a, by.Name, on.Rev, canon.Object{"number": on.Number, "state": string(on.State), "due_on": on.DueOn}, answers)
	return pending{by.Person, sub}
}

// hand is a signed act that is not on a problem.
func (p *player) hand(by duty.Post, kind, subject string, rev int64, shown, answers canon.Object) pending {
	sub := p.step(by, kind, subject, nil)
	p.sign(sub.Act, by.Name, rev, shown, answers)
	return pending{by.Person, sub}
}

// commit seals what is said under a key of an act; the salt comes from the seed.
func (p *player) commit(sub *act.Submission, key, value string) string {
	salt := sha256.Sum256([]byte(fmt.Sprintf("demo/%d/%s/%s", p.o.Seed, sub.Act.ID, key)))
	hash := seal.Commit(salt[:], value)
	sub.Act.Sealed = append(sub.Act.Sealed, hash)
	sub.Open = append(sub.Open, act.Opening{Hash: hash, Salt: hex.EncodeToString(salt[:]), Value: value})
	return hash
}

// sign draws a name under what was shown and answered.
func (p *player) sign(a *act.Act, name string, rev int64, shown, answers canon.Object) {
	seen, err := act.Seen(a.Pack, a.Kind, a.Subject, rev, shown, answers)
	if err != nil {
		panic(err) // texts and numbers are always values of the profile
	}
	a.Seen = seen
	strokes := []any{}
	for _, s := range synth.Strokes(name, p.o.Seed) {
		line := make([]any, len(s))
		for i, n := range s {
			line[i] = int64(n)
		}
		strokes = append(strokes, line)
	}
	a.Body = canon.Object{"rev": rev, "prefilled": shown, "answers": answers, "signature": canon.Object{"of": seen, "strokes": strokes}}
}

// onPaper turns an act into one that its author types in for somebody who signed a sheet of paper.
func (p *player) onPaper(a *act.Act, signer string) {
	scan := sha256.Sum256([]byte(fmt.Sprintf("demo/%d/scan/%s", p.o.Seed, a.ID)))
	a.OnBehalf = canon.Object{"signer": signer, "scan": hex.EncodeToString(scan[:])}
	signature, _ := a.Body["signature"].(canon.Object)
	signature["strokes"] = []any{}
}

// submit sends acts in batches; each must be accepted.
func (w *walk) submit(ctx context.Context, subs []pending) error {
	for part := range slices.Chunk(subs, 500) {
		answers, err := w.county.Lane.SubmitMany(ctx, func(i int) (string, act.Submission) { return part[i].person, part[i].sub }, len(part))
		if err != nil {
			return err
		}
		for i, a := range answers {
			if a.Outcome != act.Accepted {
				return fmt.Errorf("%s of %s: %s %s", part[i].sub.Act.Kind, part[i].sub.Act.Subject, a.Outcome, strings.TrimSpace(a.Reason))
			}
		}
		if w.sent += len(part); w.stage != nil {
			w.o.Progress("集中整改 "+clock.Day(w.clock.Now()), w.sent, w.state.Problems*6)
		}
	}
	return nil
}
