// Package order is the 督办通知书: the county office tells one unit to mend a list of problems by a day, under a number, naming who
// answers for it; the unit signs for it (签收). What late problems need is drafted once a day as a second order, which the office
// issues or discards. It owns orders; which problems an order names, and what becomes of them, is package problem's.
package order

import (
	"context"
	"slices"
	"strconv"
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
	"gonggu/internal/problem"
)

// The kinds of act of this package; issuing is problem.KindOrder.
const (
	KindReceive = "order.receive" // 签收
	KindDiscard = "order.discard" // a draft that is not issued
)

// State of an order.
type State string

// The states of an order.
const (
	Draft     State = "draft"
	Issued    State = "issued"
	Discarded State = "discarded"
)

// Name returns the state in the words of the field.
func (s State) Name() string {
	return map[State]string{Draft: "待签发", Issued: "已签发", Discarded: "未采用"}[s]
}

// Bounds of what people write, in characters.
const (
	leastReason = 4
	leastName   = 2
	mostName    = 40
	mostText    = 1000
)

// Errors of this package.
var (
	ErrNotFound = errs.New(errs.NotFound, "order.not_found", "没有找到这份督办通知书，或它不涉及您的单位。")
	ErrBody     = errs.New(errs.Invalid, "order.body", "督办通知书的内容不完整，未签发；请刷新页面后重新填写。")
)

// Room carries out the acts on orders. Safe for concurrent use.
type Room struct {
	County   string
	Book     *campaign.Book
	Problems *problem.Room
}

// Kinds returns what the acts of this package mean.
func (m *Room) Kinds() map[string]act.Kind {
	return map[string]act.Kind{problem.KindOrder: {Apply: m.issue, Quiet: true}, KindReceive: {Apply: m.receive, Quiet: true}, KindDiscard: {Apply: m.discard, Quiet: true}}
}

// Order is one 督办通知书. Number, the issued and the received part are empty while there is none.
type Order struct {
	Key                  int64
	ID, Number           string
	Organ                string // the unit that issues it
	Unit                 string
	Helping              []string
	Area                 string // the ordered unit's place
	Leader, Person       string // 责任领导, 责任人
	LimitOn, Say, Beyond string
	Second               bool // 再次督办
	State                State
	N                    int64 // problems
	DraftedOn, IssuedOn  string
	IssuedAt, IssuedIdx  int64
	IssuedBy             string // post
	ReceivedOn           string
	ReceivedAt           int64
	ReceivedIdx          int64
	ReceivedBy           string // post
	Why                  string
	Title                string // what it is called on paper
}

// Body is what an order.issue act says.
type Body struct {
	Unit           string
	Helping        []string
	Leader, Person string
	LimitOn, Say   string
	Reason         string // why the limit is after the clearing day, else ""
	Second         bool
	Problems       []string
}

// Object returns the body as an act carries it.
func (b Body) Object() canon.Object {
	return canon.Object{"unit": b.Unit, "helping": database.Anys(b.Helping), "leader": b.Leader, "person": b.Person, "limit_on": b.LimitOn, "say": b.Say, "reason": b.Reason,
		"second": b.Second, "problems": database.Anys(b.Problems)}
}

func read(o canon.Object) (b Body, err error) {
	text := func(k string) string {
		s, _ := o[k].(string)
		return strings.TrimSpace(s)
	}
	b = Body{Unit: text("unit"), Leader: text("leader"), Person: text("person"), LimitOn: text("limit_on"), Say: text("say"), Reason: text("reason")}
	b.Second, _ = o["second"].(bool)
	var ok1, ok2 bool
	b.Helping, ok1 = texts(o["helping"])
	b.Problems, ok2 = texts(o["problems"])
	if !ok1 || !ok2 || b.Unit == "" {
		return b, ErrBody
	}
	return b, nil
}

// texts reads a list of texts; one that is not there is empty.
func texts(v any) ([]string, bool) {
	if v == nil {
		return nil, true
	}
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, x := range list {
		s, ok := x.(string)
		if !ok || s == "" {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// check says what is wrong with an order before anybody looks at its problems.
func (b Body) check(today string) error {
	for _, x := range []struct{ code, name, text string }{{"order.leader", "责任领导", b.Leader}, {"order.person", "责任人", b.Person}} {
		if n := len([]rune(x.text)); n < leastName || n > mostName {
			return errs.Newf(errs.Invalid, x.code, "请填写%s的姓名（%d 至 %d 个字），再签发。", x.name, leastName, mostName)
		}
	}
	switch {
	case !clock.ValidDay(b.LimitOn):
		return errs.New(errs.Invalid, "order.limit", "请选择整改期限，再签发。")
	case b.LimitOn < today:
		return errs.Newf(errs.Invalid, "order.expired", "整改期限 %s 已经过去；请选择今天（%s）或以后的日期，再签发。", b.LimitOn, today)
	case len([]rune(b.Say)) > mostText || len([]rune(b.Reason)) > mostText:
		return errs.Newf(errs.Invalid, "order.long", "文字太长（最多 %d 个字）；请精简后再签发。", mostText)
	case b.Reason != "" && len([]rune(b.Reason)) < leastReason:
		return errs.Newf(errs.Invalid, "order.reason", "请写明期限晚于清零日期的理由（至少 %d 个字），再签发。", leastReason)
	}
	return nil
}

// issue issues an order: all its problems, or none. Its subject is the id of the order, a draft's or a new one.
func (m *Room) issue(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.IssueOrder)
	if err != nil {
		return err
	}
	b, err := read(s.Act.Body)
	if err != nil {
		return err
	}
	today := clock.Day(s.Act.ReceivedAt)
	if err := b.check(today); err != nil {
		return err
	}
	was, err := m.before(ctx, s)
	if err != nil {
		return err
	}
	_, loaded, err := m.Book.Current(ctx, s.Tx)
	if err != nil {
		return err
	}
	unit, err := m.units(ctx, s, loaded.Pack, b)
	if err != nil {
		return err
	}
	o := problem.Ordering{Order: s.Act.Subject, Unit: b.Unit, Helping: b.Helping, Leader: b.Leader, Person: b.Person, LimitOn: b.LimitOn, Beyond: b.Reason, Second: b.Second}
	text := loaded.Pack.Head.Loop.Wording.First
	if b.Second {
		text = loaded.Pack.Head.Loop.Wording.Second
	}
	if b.Say == "" {
		if b.Say, err = m.wording(ctx, s, loaded.Pack, text, unit.Name, b.LimitOn, b.Problems); err != nil {
			return err
		}
	}
	if err := m.Problems.Order(ctx, s, by, b.Problems, o); err != nil {
		return err
	}
	number, err := m.number(ctx, s, loaded.Pack, by.Unit, today)
	if err != nil {
		return err
	}
	n := int64(len(b.Problems))
	s.Made = canon.Object{"order": s.Act.Subject, "number": number, "problems": n}
	if was != nil {
		_, err = s.Tx.Exec(ctx, issueDraft, number, by.Unit, wrap(b.Helping), b.Leader, b.Person, b.LimitOn, b.Say, b.Reason, flag(b.Second), n, today, s.Act.ReceivedAt, s.Act.Index, s.Act.Post, text.Title, s.Act.County, was.Key)
		return err
	}
	return insert(ctx, s, Order{Key: ident.Key(s.Act.Index, 0), ID: s.Act.Subject, Number: number, Organ: by.Unit, Unit: b.Unit, Helping: b.Helping, Area: unit.Area, Leader: b.Leader, Person: b.Person,
		LimitOn: b.LimitOn, Say: b.Say, Beyond: b.Reason, Second: b.Second, State: Issued, N: n, IssuedOn: today, IssuedAt: s.Act.ReceivedAt, IssuedIdx: s.Act.Index, IssuedBy: s.Act.Post, Title: text.Title})
}

func insert(ctx context.Context, s *act.Step, o Order) error {
	_, err := s.Tx.Exec(ctx, insertOrder, s.Act.County, o.Key, o.ID, o.Number, o.Organ, o.Unit, wrap(o.Helping), o.Area, o.Leader, o.Person, o.LimitOn, o.Say, o.Beyond, flag(o.Second), string(o.State), o.N,
		o.DraftedOn, o.IssuedOn, o.IssuedAt, o.IssuedIdx, o.IssuedBy, o.Title)
	return err
}

// before returns the draft that is issued, nil for a new order, and refuses what was issued or discarded already.
func (m *Room) before(ctx context.Context, s *act.Step) (*Order, error) {
	if !ident.Valid(s.Act.Subject) {
		return nil, ErrBody
	}
	o, err := one(ctx, s.Tx, s.Act.County, s.Act.Subject)
	switch {
	case errs.Code(err) == ErrNotFound.Code:
		return nil, nil
	case err != nil:
		return nil, err
	case o.State == Issued:
		return nil, errs.Newf(errs.Conflict, "order.issued", "这份督办通知书已由 %s 于 %s 签发（%s），不需要再签。", m.whose(ctx, s, o.IssuedBy), clock.Text(o.IssuedAt), o.Number)
	case o.State == Discarded:
		return nil, errs.New(errs.Conflict, "order.discarded", "这份代拟的督办通知书已决定不采用；如需督办，请另行签发一份。")
	case func() bool { unit, _ := s.Act.Body["unit"].(string); return unit != o.Unit }():
		return nil, errs.New(errs.Conflict, "order.unit", "代拟的督办通知书不能改发给别的单位；请另行签发一份。")
	}
	return o, nil
}

// units checks that those whom an order names stand, and that somebody may verify what the first of them mends.
func (m *Room) units(ctx context.Context, s *act.Step, p *pack.Pack, b Body) (duty.Unit, error) {
	unit, err := duty.StandingUnit(ctx, s.Tx, s.Act.County, b.Unit)
	if err != nil {
		return unit, err
	}
	for i, h := range b.Helping {
		if h == b.Unit || slices.Contains(b.Helping[:i], h) {
			return unit, errs.New(errs.Invalid, "order.helping", "牵头单位和配合单位不能重复；请改正后再签发。")
		}
		if err := duty.Stands(ctx, s.Tx, s.Act.County, h); err != nil {
			return unit, err
		}
	}
	if !slices.ContainsFunc(p.Head.Tiers, func(t pack.Tier) bool { return t.RectifiedBy == unit.Kind }) {
		return unit, errs.Newf(errs.Conflict, "order.tier", "按方案的复核层级，“%s”整改后没有单位可以复核，不能作牵头单位；请交办给乡镇、村或县直部门。", unit.Name)
	}
	return unit, nil
}

// number takes the next number of the organ's orders of the year, as the pack writes it.
func (m *Room) number(ctx context.Context, s *act.Step, p *pack.Pack, organ, today string) (string, error) {
	year := today[:4]
	n, err := problem.Number(ctx, s, "order/"+organ+"/"+year)
	if err != nil {
		return "", err
	}
	return strings.NewReplacer("{year}", year, "{n}", strconv.FormatInt(n, 10)).Replace(p.Head.Loop.Order), nil
}

// receive signs for an order (签收): anybody of the ordered unit who answers for its problems.
func (m *Room) receive(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.ClaimProblem)
	if err != nil {
		return err
	}
	o, err := one(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err != nil {
		return err
	}
	switch {
	case o.State != Issued:
		return ErrNotFound
	case by.Unit != o.Unit:
		return errs.New(errs.Forbidden, "order.not_yours", "这份督办通知书不是发给您单位的，未签收；请由牵头单位签收。")
	case o.ReceivedAt != 0:
		return errs.Newf(errs.Conflict, "order.received", "这份督办通知书已由 %s 于 %s 签收，不需要再签。", m.whose(ctx, s, o.ReceivedBy), clock.Text(o.ReceivedAt))
	}
	_, err = s.Tx.Exec(ctx, receiveOrder, clock.Day(s.Act.ReceivedAt), s.Act.ReceivedAt, s.Act.Index, s.Act.Post, s.Act.County, o.Key)
	return err
}

// discard puts a draft aside: {reason}.
func (m *Room) discard(ctx context.Context, s *act.Step) error {
	if _, err := duty.Acting(ctx, s, duty.IssueOrder); err != nil {
		return err
	}
	o, err := one(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err != nil {
		return err
	}
	reason, _ := s.Act.Body["reason"].(string)
	reason = strings.TrimSpace(reason)
	switch n := len([]rune(reason)); {
	case o.State == Discarded:
		return errs.New(errs.Conflict, "order.discarded", "这份代拟的督办通知书已决定不采用，不用再办。")
	case o.State != Draft:
		return errs.Newf(errs.Conflict, "order.issued", "督办通知书 %s 已经签发，不能再作不采用处理。", o.Number)
	case n < leastReason || n > mostText:
		return errs.Newf(errs.Invalid, "order.reason", "请写明不采用的理由（%d 至 %d 个字），再提交。", leastReason, mostText)
	}
	_, err = s.Tx.Exec(ctx, discardOrder, reason, s.Act.County, o.Key)
	return err
}

// whose names the holder of a post, for a refusal.
func (m *Room) whose(ctx context.Context, s *act.Step, post string) string {
	a, err := duty.Known(ctx, s.Tx, s.Act.County, post)
	if err != nil {
		return "别人"
	}
	return a.Name
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
