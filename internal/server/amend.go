package server

import (
	"context"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/roster"
)

// amend puts approved amendments in force whose day has come, in their order, and has the households judged again by them. The ids of
// its acts come from the amendment, so that several processes, or one that was stopped half-way, do each once.
func (c *County) amend(ctx context.Context) error {
	for {
		due, err := c.Book.DueAmendment(ctx, c.DB, clock.Day(c.Clock.Now()))
		if err != nil {
			return err
		}
		if due == nil {
			break
		}
		_, err = c.System(ctx, &act.Act{ID: ident.Derive(due.ID, campaign.KindSwitch), Kind: campaign.KindSwitch, Subject: due.ID, Pack: due.PackAfter, Body: canon.Object{}})
		if errs.Code(err) == "amendment.not_due" { // another process was there first
			continue
		}
		if err != nil {
			return err
		}
	}
	return c.rejudge(ctx)
}

// rejudge goes on with the newest amendment of a parameter until every village has been judged again; an older one has nothing to
// say any more.
func (c *County) rejudge(ctx context.Context) error {
	list, err := c.Book.Amendments(ctx, c.DB)
	if err != nil {
		return err
	}
	var last *campaign.Amendment
	for i := range list {
		if a := &list[i]; a.State == campaign.InEffect && a.Rejudges() && (last == nil || a.SwitchedIdx > last.SwitchedIdx) {
			last = a
		}
	}
	if last == nil || last.ID == c.rejudged.Load() {
		return nil
	}
	areas, err := duty.Areas(ctx, c.DB, c.Code, duty.Everything(c.Code))
	if err != nil {
		return err
	}
	for _, a := range areas {
		if a.Level != duty.LevelVillage {
			continue
		}
		id := ident.Derive(last.ID, roster.KindRejudge+"/"+a.Code)
		if done, err := act.ByID(ctx, c.DB, c.Code, id); err == nil && done != nil {
			continue
		}
		if there, err := c.Store.Any(ctx, c.DB, a.Code); err != nil {
			return err
		} else if !there {
			continue
		}
		if _, err := c.System(ctx, &act.Act{ID: id, Kind: roster.KindRejudge, Subject: a.Code, Pack: last.PackAfter, Body: canon.Object{"amendment": last.ID}}); err != nil {
			return err
		}
	}
	c.rejudged.Store(last.ID)
	return nil
}
