package campaign

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// pending returns the amendment that an act settles, when that is still open.
func (b *Book) pending(ctx context.Context, s *act.Step) (*Amendment, error) {
	a, err := b.Amendment(ctx, s.Tx, s.Act.Subject)
	if err != nil {
		return nil, err
	}
	if a.State != Proposed {
		return nil, errSettled
	}
	return a, nil
}

// approve makes the amended pack. It must be another person than the proposer's, and everything is held against lint again: the
// pack may have been amended otherwise since.
func (b *Book) approve(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.ApproveAmendment)
	if err != nil {
		return err
	}
	a, err := b.pending(ctx, s)
	if err != nil {
		return err
	}
	if by.Person == a.Proposer {
		return errOwn
	}
	if a.EffectiveOn < EarliestDay(s.ReportDay) {
		return errs.New(errs.Conflict, "amendment.late", "生效日已经到了，不能再批准；请退回，改一个生效日重新提出。")
	}
	coming, err := b.amendments(ctx, s.Tx, approvedInOrder)
	if err != nil {
		return err
	}
	if n := len(coming); n > 0 && coming[n-1].EffectiveOn > a.EffectiveOn {
		return errs.Newf(errs.Conflict, "amendment.order", "已经批准了%s生效的调整，这一项不能早于它；请退回，改一个不早于它的生效日重新提出。", pack.DayText(coming[n-1].EffectiveOn))
	}
	c, l, err := b.ahead(ctx, s.Tx)
	if err != nil {
		return err
	}
	changes := make([]pack.Change, len(a.Changes))
	for i, x := range a.Changes {
		changes[i] = pack.Change{Path: x.Path, Value: x.After}
	}
	p, err := amended(l.Pack, c, changes, a.EffectiveOn)
	if err != nil {
		return err
	}
	for i, now := range compared(c, l.Pack, p, changes) {
		if now.Before != a.Changes[i].Before {
			return errs.Newf(errs.Conflict, "amendment.moved", "“%s”已经被另一项调整改成%s，和提出时不一样；请退回，重新提出。", now.Name, now.BeforeText)
		}
	}
	if _, err := s.Tx.Exec(ctx, insertPack, b.County, p.Digest(), p.Version(), s.Act.Index, p.CompiledJSON()); err != nil {
		return err
	}
	s.Made = canon.Object{"digest": p.Digest()}
	_, err = s.Tx.Exec(ctx, settleAmendment, Approved, by.Person, by.Post, s.Act.ReceivedAt, said(s.Act), l.Pack.Digest(), p.Digest(), b.County, a.ID)
	return err
}

// reject sends a proposal back; by who proposed it, that is withdrawing it.
func (b *Book) reject(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.ApproveAmendment)
	if errs.Code(err) == duty.ErrForbidden.Code {
		by, err = duty.Acting(ctx, s, duty.ProposeAmendment)
	}
	if err != nil {
		return err
	}
	a, err := b.pending(ctx, s)
	if err != nil {
		return err
	}
	state := Rejected
	if by.Person == a.Proposer {
		state = Withdrawn
	} else if !by.May(duty.ApproveAmendment) {
		return duty.ErrForbidden
	}
	if n := len([]rune(said(s.Act))); state == Rejected && (n < 2 || n > 300) {
		return errs.New(errs.Invalid, "amendment.say", "请写明退回的理由，再提交。")
	}
	_, err = s.Tx.Exec(ctx, settleAmendment, state, by.Person, by.Post, s.Act.ReceivedAt, said(s.Act), "", "", b.County, a.ID)
	return err
}

func said(a *act.Act) string {
	say, _ := a.Body["say"].(string)
	return strings.TrimSpace(say)
}

// DueAmendment returns the next approved amendment whose day has come, nil when there is none.
func (b *Book) DueAmendment(ctx context.Context, r database.Reader, today string) (*Amendment, error) {
	coming, err := b.amendments(ctx, r, approvedInOrder)
	if err != nil || len(coming) == 0 || coming[0].EffectiveOn > today {
		return nil, err
	}
	return &coming[0], nil
}

// switchTo puts the amended pack and days in force. Only the product itself does it, once their day has come: so the log says from
// which act on everything was judged by them, whatever a clock said.
func (b *Book) switchTo(ctx context.Context, s *act.Step) error {
	if s.Act.Actor != act.System || s.Act.Post != act.System {
		return errs.New(errs.Forbidden, "amendment.system_only", "批准的调整到生效日由系统自动启用，不能手工启用。")
	}
	today := clock.Day(s.Act.ReceivedAt)
	a, err := b.DueAmendment(ctx, s.Tx, today)
	if err != nil {
		return err
	}
	if a == nil || a.ID != s.Act.Subject {
		return errs.New(errs.Conflict, "amendment.not_due", "这项调整还没有到生效日，或已经生效。")
	}
	c, err := b.InForce(ctx, s.Tx)
	if err != nil {
		return err
	}
	if c.Pack != a.PackBefore {
		return errs.New(errs.Conflict, "amendment.base", "方案和批准时不一样，调整没有生效；请重新提出。")
	}
	after := c.clone()
	after.Pack = a.PackAfter
	after.amend(a.Changes)
	was, err := c.plan()
	if err != nil {
		return err
	}
	now, err := after.plan()
	if err != nil {
		return err
	}
	if _, err := s.Tx.Exec(ctx, amendCampaign, after.Pack, after.FirstOn(), after.LastOn(), now, b.County, c.ID); err != nil {
		return err
	}
	if _, err := s.Tx.Exec(ctx, switchAmendment, InEffect, was, now, today, s.Act.Index, b.County, a.ID); err != nil {
		return err
	}
	if b.Switched == nil {
		return nil
	}
	return b.Switched(ctx, s, c, after)
}

// plan is what the table keeps of the campaign's days.
func (c *Campaign) plan() (string, error) {
	doc, err := json.Marshal(struct {
		Phases []Phase `json:"phases"`
		Days   []Day   `json:"days"`
	}{c.Phases, c.Days})
	if err != nil {
		return "", err
	}
	v, err := canon.Parse(doc)
	if err != nil {
		return "", err
	}
	text, err := canon.Marshal(v)
	return string(text), err
}

// On returns the campaign and the pack as they were in force on a day, so that a report of that day is the same whenever it is made.
func (b *Book) On(ctx context.Context, r database.Reader, day string) (*Campaign, *Loaded, error) {
	c, err := b.InForce(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	past, err := b.amendments(ctx, r, inForceInOrder)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range past {
		if a.SwitchedOn > day {
			c.Pack, c.Phases, c.Days = a.PackBefore, nil, nil
			if err := json.Unmarshal([]byte(a.planBefore), c); err != nil {
				return nil, nil, err
			}
			break
		}
	}
	l, err := b.Loaded(ctx, r, c.Pack)
	return c, l, err
}

// WasInForce reports whether a pack was the campaign's on a day; "" asks whether it ever was. On the day of a change both were.
func (b *Book) WasInForce(ctx context.Context, r database.Reader, digest, day string) (bool, error) {
	c, err := b.InForce(ctx, r)
	if err != nil {
		return false, err
	}
	past, err := b.amendments(ctx, r, inForceInOrder)
	if err != nil {
		return false, err
	}
	from := ""
	for _, a := range past {
		if a.PackBefore == digest && (day == "" || (day >= from && day <= a.SwitchedOn)) {
			return true, nil
		}
		from = a.SwitchedOn
	}
	return c.Pack == digest && (day == "" || day >= from), nil
}

// Successor returns the pack in force when digest is it or one that it was amended from, nil otherwise.
func (b *Book) Successor(ctx context.Context, r database.Reader, digest string) (*Loaded, error) {
	was, err := b.WasInForce(ctx, r, digest, "")
	if errs.Code(err) == ErrNone.Code || (err == nil && !was) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, l, err := b.Current(ctx, r)
	return l, err
}

// Installed is a pack that the county holds.
type Installed struct {
	Digest  string
	Version string
	Index   int64 // in the log
}

// Installed returns the county's packs, oldest first.
func (b *Book) Installed(ctx context.Context, r database.Reader) ([]Installed, error) {
	rows, err := r.Query(ctx, listPacks, b.County)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (p Installed, err error) { return p, r.Scan(&p.Digest, &p.Version, &p.Index) })
}

// Find returns the digest of the one installed pack that begins with prefix. Codes: pack.not_found, pack.ambiguous.
func (b *Book) Find(ctx context.Context, r database.Reader, prefix string) (string, error) {
	list, err := b.Installed(ctx, r)
	if err != nil {
		return "", err
	}
	list = slices.DeleteFunc(list, func(p Installed) bool { return !strings.HasPrefix(p.Digest, prefix) })
	switch len(list) {
	case 1:
		return list[0].Digest, nil
	case 0:
		return "", errs.Newf(errs.NotFound, "pack.not_found", "本县没有安装摘要为 %s 的方案；请核对摘要。", prefix)
	}
	return "", errs.Newf(errs.Invalid, "pack.ambiguous", "有几个方案的摘要都以 %s 开头；请多写几位。", prefix)
}
