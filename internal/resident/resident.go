// Package resident is the side of the people whom the register is about: what they ask to have put
// right, what they take back, and whether they were answered in time (告知、更正、撤回). A request is
// entered by whoever it was made to and settled by another person; what is accepted changes the
// register, with 更正 as its source. It owns requests.
package resident

import (
	"context"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
	"gonggu/internal/roster"
)

// The kinds of act of this package.
const (
	KindAsk      = "correction.ask"
	KindWithdraw = "consent.withdraw"
	KindSettle   = "correction.settle"
)

// The kinds of request, as the pack names them.
const (
	Correction = "correction"
	Withdrawal = "withdrawal"
)

// States of a request.
const (
	Open     = "open"
	Accepted = "accepted"
	Refused  = "refused"
)

// SourceName is where a corrected value came from.
const SourceName = "更正"

// Errors of this package.
var (
	ErrBody     = errs.New(errs.Invalid, "act.body", "申请内容不完整，未受理；请检查标出的各项后重新提交。")
	ErrNotFound = errs.New(errs.NotFound, "correction.not_found", "没有这份申请，或不在您的负责范围内。")
	ErrSettled  = errs.New(errs.Conflict, "correction.settled", "这份申请已经办结；请刷新后查看结果。")
	ErrOwn      = errs.New(errs.Forbidden, "correction.own", "这份申请是您自己登记的，要由另一个人办理；请交乡镇或县巩固办的其他人。")
)

// Room carries out the acts of residents' requests.
type Room struct {
	County   string
	Book     *campaign.Book
	Store    roster.Store
	Assessed roster.Assessed
}

// Kinds returns what the acts of this package mean.
func (m Room) Kinds() map[string]act.Kind {
	return map[string]act.Kind{
		KindAsk:      {Apply: func(ctx context.Context, s *act.Step) error { return m.ask(ctx, s, Correction) }},
		KindWithdraw: {Apply: func(ctx context.Context, s *act.Step) error { return m.ask(ctx, s, Withdrawal) }},
		KindSettle:   {Apply: m.settle},
	}
}

func text(o canon.Object, k string) string {
	s, _ := o[k].(string)
	return strings.TrimSpace(s)
}

// opened returns a sealed text or value of an act. In a replay one that was destroyed is "".
func opened(ctx context.Context, s *act.Step, mark any) (value any, hash string, err error) {
	o, _ := mark.(canon.Object)
	hash, _ = o["~"].(string)
	plain, ok := s.Opened(hash)
	if !ok {
		gone, err := s.Destroyed(ctx, hash)
		if err != nil || gone {
			return "", hash, err
		}
		return nil, hash, ErrBody.At("text", "缺少加密的内容，请更新页面后重新提交")
	}
	v, err := canon.Parse([]byte(plain))
	if err != nil {
		return nil, hash, ErrBody.At("text", "加密的内容无法识别")
	}
	return roster.Plain(v), hash, nil
}

// household loads the household of an act within the actor's scope.
func (m Room) household(ctx context.Context, s *act.Step, by duty.Actor, may duty.May, load func() (*roster.Household, error)) (*roster.Household, error) {
	h, err := load()
	if err != nil {
		return nil, err
	}
	if h.State != roster.Active {
		return nil, roster.ErrNotFound
	}
	if !by.Scope(may).Covers(h.Area) {
		return nil, duty.ErrOutside
	}
	return h, nil
}

// ask enters a request.
func (m Room) ask(ctx context.Context, s *act.Step, kind string) error {
	by, err := duty.Acting(ctx, s, duty.AskCorrection)
	if err != nil {
		return err
	}
	h, err := m.household(ctx, s, by, duty.AskCorrection, func() (*roster.Household, error) { return m.Store.ByID(ctx, s.Tx, s.Act.Subject) })
	if err != nil {
		return err
	}
	loaded, err := m.Book.Loaded(ctx, s.Tx, s.Act.Pack)
	if err != nil {
		return err
	}
	b := s.Act.Body
	what, ok := loaded.Pack.Request(kind)
	if !ok {
		return errs.New(errs.Conflict, "correction.no_days", "方案包没有写这类申请的答复期限，暂不能登记；请联系县巩固办。")
	}
	fact, askedBy, way := text(b, "fact"), text(b, "asked_by"), text(b, "way")
	if n := len([]rune(askedBy)); n < 2 || n > 40 {
		return ErrBody.At("asked_by", "写明是谁提出的（2 到 40 个字）")
	}
	if !slices.ContainsFunc(loaded.Pack.Privacy.Ways, func(e pack.Entry) bool { return e.Code == way }) {
		return ErrBody.At("way", "选择用什么方式提出的")
	}
	f, _, found := find(loaded.Pack, h, fact)
	switch {
	case fact != "" && !found:
		return ErrBody.At("fact", "这一户没有这一项信息")
	case kind == Withdrawal && !withdrawable(f):
		return ErrBody.At("fact", "只能撤回凭同意提供的信息（电话、账号）；其他信息依法定职责处理，请向户主说明")
	}
	said, hash, err := opened(ctx, s, b["text"])
	if err != nil {
		return err
	}
	why, isText := said.(string)
	if n := len([]rune(strings.TrimSpace(why))); !isText || (why != "" && n < 4) || n > 300 {
		return ErrBody.At("text", "写清哪里不对、应该是什么（4 到 300 个字）")
	}
	if gone, err := s.Destroyed(ctx, hash); err != nil || (why == "" && !gone) {
		if err != nil {
			return err
		}
		return ErrBody.At("text", "写清哪里不对、应该是什么（4 到 300 个字）")
	}
	var other string
	if err := s.Tx.QueryRow(ctx, openAlike, m.County, h.Key, kind, fact).Scan(&other); err == nil {
		return errs.New(errs.Conflict, "correction.open", "这一户的这一项已有一份申请在办，不用重复登记；请在“更正申请”里查看。")
	} else if !database.Missing(err) {
		return err
	}
	return m.enter(ctx, s, by, h, request{kind: kind, fact: fact, why: why, hash: hash, askedBy: askedBy, way: way, days: what.Days})
}

type request struct {
	kind, fact, why, hash, askedBy, way string
	days                                int
}

func (m Room) enter(ctx context.Context, s *act.Step, by duty.Actor, h *roster.Household, q request) error {
	id := ident.Derive(s.Act.ID, "request")
	box, err := m.Store.SealText("request/"+id, q.why)
	if err != nil {
		return err
	}
	today := clock.Day(s.Act.ReceivedAt)
	_, err = s.Tx.Exec(ctx, insertRequest, m.County, ident.Key(s.Act.Index, 0), id, q.kind, h.Key, h.Area, q.fact, box, q.hash, q.askedBy, q.way, s.Act.Actor, by.Post,
		today, clock.AddDays(today, q.days), Open, s.Act.Index)
	s.Made = canon.Object{"request": id, "due_on": clock.AddDays(today, q.days)}
	return err
}

// withdrawable reports whether a fact was given by consent: a phone or an account, not what the law asks for.
func withdrawable(f pack.Fact) bool {
	return duty.Group(f.Sensitive) == duty.Contact || duty.Group(f.Sensitive) == duty.Finance
}

// find returns the fact that a path ("h.code", "m.<person>.code") names in a household, and the member.
func find(p *pack.Pack, h *roster.Household, path string) (pack.Fact, *roster.Person, bool) {
	parts := strings.Split(path, ".")
	switch {
	case len(parts) == 2 && parts[0] == "h":
		f, ok := p.Fact("h", parts[1])
		return f, nil, ok
	case len(parts) == 3 && parts[0] == "m":
		for i := range h.Members {
			if h.Members[i].ID == parts[1] {
				f, ok := p.Fact("m", parts[2])
				return f, &h.Members[i], ok
			}
		}
	}
	return pack.Fact{}, nil, false
}

// settle answers a request: accepted, and the register changes; or refused, with the reason.
func (m Room) settle(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.SettleCorrection)
	if err != nil {
		return err
	}
	q, err := ByID(ctx, s.Tx, m.County, text(s.Act.Body, "request"))
	if err != nil {
		return err
	}
	h, err := m.household(ctx, s, by, duty.SettleCorrection, func() (*roster.Household, error) { return m.Store.Load(ctx, s.Tx, q.Household) })
	switch {
	case err != nil:
		return err
	case h.ID != s.Act.Subject:
		return ErrNotFound
	case q.State != Open:
		return ErrSettled
	case q.Person == s.Act.Actor:
		return ErrOwn
	}
	b := s.Act.Body
	accept, said := b["accept"].(bool)
	answer := text(b, "answer")
	if n := len([]rune(answer)); !said || n < 2 || n > 300 {
		return ErrBody.At("answer", "写明核实情况和答复（2 到 300 个字）；不同意的要写理由")
	}
	loaded, err := m.Book.Loaded(ctx, s.Tx, s.Act.Pack)
	if err != nil {
		return err
	}
	var change *change
	if accept && q.Fact != "" {
		if change, err = m.check(ctx, s, loaded.Pack, h, q, b["value"]); err != nil {
			return err
		}
	}
	state := Refused
	if accept {
		state = Accepted
	}
	today := clock.Day(s.Act.ReceivedAt)
	if change != nil {
		if err := m.amend(ctx, s, loaded, h, change, today); err != nil {
			return err
		}
	}
	_, err = s.Tx.Exec(ctx, settleRequest, state, today, by.Post, answer, m.County, q.Key)
	return err
}

// change is what an accepted request does to one fact; nil value takes it away.
type change struct {
	fact   pack.Fact
	member *roster.Person
	value  any
}

func (m Room) check(ctx context.Context, s *act.Step, p *pack.Pack, h *roster.Household, q *Request, given any) (*change, error) {
	f, member, ok := find(p, h, q.Fact)
	if !ok {
		return nil, ErrBody.At("fact", "这一户已没有这一项信息，请写明情况后不予更正")
	}
	c := &change{fact: f, member: member}
	if q.Kind == Withdrawal {
		return c, nil
	}
	_, sealed := given.(canon.Object)
	switch {
	case f.Sensitive != "" && !sealed:
		return nil, ErrBody.At("value", "敏感信息必须加密提交，请更新页面")
	case sealed:
		v, _, err := opened(ctx, s, given)
		if err != nil {
			return nil, err
		}
		c.value = v
	default:
		c.value = roster.Plain(given)
	}
	if c.value == nil || c.value == "" || !p.Fits(f.Type, f.List, c.value) {
		return nil, ErrBody.At("value", "更正后的内容不符合“"+f.Name+"”的填写要求")
	}
	return c, nil
}

// amend writes the change into the register and lets the rules judge the household anew.
func (m Room) amend(ctx context.Context, s *act.Step, loaded *campaign.Loaded, h *roster.Household, c *change, today string) error {
	was, sens := h.Counted(), roster.SensitiveOf(loaded.Pack)
	facts, sources := h.Facts, h.Sources
	if c.member != nil {
		facts, sources = c.member.Facts, c.member.Sources
	}
	if c.value == nil {
		delete(facts, c.fact.Code)
		delete(sources, c.fact.Code)
	} else {
		facts[c.fact.Code], sources[c.fact.Code] = c.value, roster.Source{Of: SourceName, On: today}
	}
	if c.member != nil && c.fact.Code == roster.FactRelation {
		c.member.Relation, _ = c.value.(string)
	}
	h.Rev++
	_, members := h.Present()
	out := loaded.Engine.Brief(today, h.Facts, members, nil)
	h.Classes = out.Classes
	if m.Assessed != nil {
		if err := m.Assessed(ctx, s, loaded, h, out); err != nil {
			return err
		}
	}
	return m.Store.Save(ctx, s, sens, h, was, today)
}
