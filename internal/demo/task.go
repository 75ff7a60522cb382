package demo

import (
	"context"
	"fmt"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/inspection"
	"gonggu/internal/roster"
	"gonggu/internal/task"
)

// missEvery: one in so many of the households that were not reached has somebody who stood before a closed door.
const missEvery = 4

// tasks hands the task list down and gives every village to its inspector. The example township still has
// its villages to give, but for the example village: that is what its clerk finds on his desk.
func (p *player) tasks(ctx context.Context) error {
	by := p.people["office"]
	subs := []act.Submission{p.step(by, task.KindHandDown, p.county.Code, canon.Object{})}
	example, mine := p.people["village"], p.people["township"].Area
	for _, v := range p.synth.Villages() {
		to := p.people[fmt.Sprintf("%s/1", v.Code)]
		if v.Code == example.Area {
			to = example
		} else if strings.HasPrefix(v.Code, mine) || to.ID == "" {
			continue
		}
		held, err := p.county.Store.Held(ctx, p.county.DB, duty.Everything(v.Code), "")
		if err != nil {
			return err
		}
		if len(held) == 0 {
			continue
		}
		g := task.Grant{Reason: "按村分派", Areas: []task.AreaGrant{{Code: v.Code, Was: task.SharesOf(held)}}}
		subs = append(subs, p.step(by, task.KindAssign, to.ID, g.Body()))
	}
	if err := p.accept(ctx, by.Person, subs); err != nil {
		return err
	}
	list, err := p.county.Tasks.List(ctx, p.county.DB, duty.Everything(p.county.Code))
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.Kind == task.Households && t.Area == mine {
			clerk := p.people["township"]
			return p.accept(ctx, clerk.Person, []act.Submission{p.step(clerk, task.KindReceive, t.ID, canon.Object{})})
		}
	}
	return nil
}

// missed plays the doors that stayed closed on the last day.
func (p *player) missed(ctx context.Context) error {
	camp, loaded, err := p.county.Book.Current(ctx, p.county.DB)
	if err != nil || p.o.Through < camp.FirstOn() {
		return err
	}
	reasons := inspection.Reasons(loaded.Pack)
	n := 0
	for _, v := range p.synth.Villages() {
		by := p.people[fmt.Sprintf("%s/1", v.Code)]
		lines, _, err := p.county.Store.List(ctx, p.county.DB, duty.Everything(p.county.Code), roster.Filter{Area: v.Code, State: "left", Limit: roster.MaxPage})
		if err != nil {
			return err
		}
		var subs []act.Submission
		for _, l := range lines {
			if n++; n%missEvery != 0 || by.ID == "" {
				continue
			}
			e := reasons[n/missEvery%len(reasons)]
			body := canon.Object{"reason": e.Code, "note": "", "again_on": "", "done_on": clock.Day(p.clock.Now())}
			if e.Next == inspection.NextAgain {
				body["note"], body["again_on"] = "邻居转达，约好再来", clock.AddDays(clock.Day(p.clock.Now()), 1+n%3)
			}
			subs = append(subs, p.step(by, inspection.KindMiss, l.ID, body))
		}
		if err := p.accept(ctx, by.Person, subs); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) step(by duty.Post, kind, subject string, body canon.Object) act.Submission {
	return act.Submission{Act: &act.Act{ID: p.nextID(), County: p.county.Code, Kind: kind, Subject: subject, Actor: by.Person, Post: by.ID, Pack: p.pack.Digest(), DeviceAt: p.clock.Now(), Body: body}}
}

func (p *player) accept(ctx context.Context, by string, subs []act.Submission) error {
	if len(subs) == 0 {
		return nil
	}
	answers, err := p.county.Lane.Submit(ctx, by, subs...)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if a.Outcome != act.Accepted {
			return fmt.Errorf("%s: %s %s", subs[i].Act.Kind, a.Outcome, a.Reason)
		}
	}
	return nil
}
