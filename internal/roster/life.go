package roster

import (
	"context"
	"encoding/json"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
)

// The acts of register life: what happens to a household between imports.
const (
	KindBirth        = "household.birth"    // 出生
	KindDeath        = "household.death"    // 死亡
	KindJoin         = "household.join"     // 迁入
	KindLeave        = "household.leave"    // 迁出
	KindSplit        = "household.split"    // 分户
	KindMerge        = "household.merge"    // 并户
	KindMove         = "household.move"     // 移户
	KindCancel       = "household.cancel"   // 注销
	KindCorrect      = "household.correct"  // 更正
	KindTakeBack     = "register.take_back" // 撤销
	KindMergeVillage = "area.merge"         // 并村
)

// LifeKinds are the acts on one household that can be taken back, in the order of the desk's menu.
var LifeKinds = []string{KindBirth, KindDeath, KindJoin, KindLeave, KindSplit, KindMerge, KindMove, KindCancel, KindCorrect}

// lifeNames are the acts in the words of the field.
var lifeNames = map[string]string{
	KindBirth: "出生", KindDeath: "死亡", KindJoin: "迁入", KindLeave: "迁出", KindSplit: "分户", KindMerge: "并户",
	KindMove: "移户", KindCancel: "注销户", KindCorrect: "更正", KindTakeBack: "撤销登记变更", KindMergeVillage: "并村",
}

// LifeName returns an act of register life in the words of the field, "" when it is none.
func LifeName(kind string) string { return lifeNames[kind] }

// What a source notes beside the facts: when and by which act a person came, went or was renamed.
const (
	NoteCame   = "~came"
	NoteGone   = "~gone"
	NoteName   = "~name"
	NoteHead   = "~head"
	NoteNumber = "~number"
	NoteArea   = "~area"
	NoteState  = "~state"
)

// Facts that a birth must bring.
const (
	FactSex    = "sex"
	FactBirth  = "birth"
	FactHeadID = "head_id"
)

// lifeSource is the beginning of the source of what an act of life changed.
const lifeSource = "life:"

// Carried is what goes along when a household, or some of its members, goes elsewhere: problems and doubts. Without keys and
// members it is everything. Carry fills in the keys that it moved.
type Carried struct {
	From, To *Household // the same when the household itself moves
	FromArea string
	Members  []string
	Problems []int64
	Doubts   []int64
}

// Carry moves what hangs on a household, inside the act, and keeps the households' counts of what is open.
type Carry func(ctx context.Context, s *act.Step, c *Carried) error

// Life carries out the acts of register life of one county.
type Life struct {
	Desk  *Desk
	Carry Carry
}

// Kinds returns what the acts of register life mean.
func (l *Life) Kinds() map[string]act.Kind {
	kinds := map[string]act.Kind{KindTakeBack: {Apply: l.takeBack}, KindMergeVillage: {Apply: l.mergeVillage}}
	for _, k := range LifeKinds {
		kinds[k] = act.Kind{Apply: l.apply}
	}
	return kinds
}

// altered is one household of an act: as it will be, and as it was.
type altered struct {
	h       *Household
	before  *Household // nil: the act makes the household
	was     Was
	out     assess.Outcome
	record  lifeRecord
	clear   bool         // members' rows are written anew
	changed []blindValue // values that came or went
}

// lifeRecord is what a change keeps to be taken back.
type lifeRecord struct {
	Before   *Household `json:"before,omitempty"`
	Origin   int64      `json:"origin,omitempty"` // of a household that the act made: where its people came from
	From     int64      `json:"from,omitempty"`   // whose problems and doubts it took
	Problems []int64    `json:"problems,omitempty"`
	Doubts   []int64    `json:"doubts,omitempty"`
}

// plan is an act of life worked out before anything is written.
type plan struct {
	life    *Life
	r       database.Reader
	act     *act.Act
	opened  func(hash string) (string, bool)
	scope   duty.Scope
	loaded  *campaign.Loaded
	sens    Sensitive
	today   string
	on      string
	src     Source
	changes []*altered
	carries []carriage
}

// carriage is what one change takes from another household.
type carriage struct {
	carried Carried
	to      *altered
}

var errLifeBody = errs.New(errs.Invalid, "life.body", "登记变更的内容不完整，未受理；请补齐后重新提交。")

func (l *Life) newPlan(ctx context.Context, r database.Reader, a *act.Act, at int64, opened func(string) (string, bool), scope duty.Scope) (*plan, error) {
	loaded, err := l.Desk.Book.Loaded(ctx, r, a.Pack)
	if err != nil {
		return nil, err
	}
	p := &plan{life: l, r: r, act: a, opened: opened, scope: scope, loaded: loaded, sens: SensitiveOf(loaded.Pack), today: clock.Day(at), on: str(a.Body, "on")}
	p.src = Source{lifeSource + a.ID, p.on}
	if !clock.ValidDay(p.on) || p.on > p.today {
		return nil, errs.New(errs.Invalid, "life.day", "请填写发生日期，不能晚于今天。").At("on", "发生日期")
	}
	return p, p.work(ctx)
}

func (p *plan) work(ctx context.Context) error {
	c, err := p.take(ctx, p.act.Subject, "rev")
	if err != nil {
		return err
	}
	work := map[string]func(context.Context, *altered) error{
		KindBirth: p.birth, KindDeath: p.death, KindJoin: p.join, KindLeave: p.leave, KindSplit: p.split, KindMerge: p.merge,
		KindMove: p.move, KindCancel: p.cancel, KindCorrect: p.correct,
	}[p.act.Kind]
	if work == nil {
		return errLifeBody
	}
	if err := work(ctx, c); err != nil {
		return err
	}
	for _, c := range p.changes {
		p.settle(c)
	}
	return nil
}

// take loads a household for a change and refuses one that is out of scope, off the register or not as its author saw it.
func (p *plan) take(ctx context.Context, id, rev string) (*altered, error) {
	store := p.life.Desk.Store
	h, err := store.ByID(ctx, p.r, id)
	if err != nil {
		return nil, err
	}
	if !p.scope.Covers(h.Area) {
		return nil, duty.ErrOutside
	}
	if h.State != Active {
		return nil, errs.Newf(errs.Conflict, "household.not_active", "%s户已不在册（%s），不能再办理登记变更；如办错了，请先撤销那一次变更。", h.Head, StateName(h.State))
	}
	if seen, ok := p.act.Body[rev].(int64); !ok || seen != h.Rev {
		return nil, p.stale(ctx, h)
	}
	c, err := keepBefore(h)
	if err != nil {
		return nil, err
	}
	p.changes = append(p.changes, c)
	return c, nil
}

// keepBefore makes the change of a household as loaded.
func keepBefore(h *Household) (*altered, error) {
	b, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	before := &Household{}
	if err := json.Unmarshal(b, before); err != nil {
		return nil, err
	}
	plainFacts(before)
	return &altered{h: h, before: before, was: h.Counted(), record: lifeRecord{Before: before}}, nil
}

// stale says who changed the household since it was looked at.
func (p *plan) stale(ctx context.Context, h *Household) error {
	who := "其他人"
	var index int64
	if err := p.r.QueryRow(ctx, lastWriter, p.life.Desk.Store.County, h.Key).Scan(&index); err != nil {
		return err
	}
	if a, err := act.ByIndex(ctx, p.r, p.life.Desk.Store.County, index); err == nil {
		if by, err := duty.Known(ctx, p.r, p.life.Desk.Store.County, a.Post); err == nil {
			who = by.Name
			if by.Title != "" {
				who += "（" + by.Title + "）"
			}
		}
	}
	return errs.Newf(errs.Conflict, "household.stale", "%s户在您打开之后已由%s改动过，未受理；您填写的内容还在，请刷新核对后再提交。", h.Head, who)
}

// StateName returns a household's state in the words of the field.
func StateName(state string) string {
	return map[string]string{Active: "在册", Withdrawn: "已撤销", Merged: "已并入他户", StruckOff: "已注销"}[state]
}

// settle brings what follows from the change of a household: its size, its classes, what the rules say.
func (p *plan) settle(c *altered) {
	if c.h.State != Active {
		c.out = assess.Outcome{Classes: []string{}}
		return
	}
	people, _ := c.h.Present()
	n := int64(len(people))
	was := int64(0)
	if c.before != nil {
		before, _ := c.before.Present()
		was = int64(len(before))
	}
	if size, ok := c.h.Facts[FactSize].(int64); n != was && (!ok || size != n) {
		c.h.learn(nil, FactSize, n, p.src)
	}
	_, facts := c.h.Present()
	c.out = p.loaded.Engine.Brief(p.today, c.h.Facts, facts, nil)
	c.h.Classes = c.out.Classes
}

// learn sets one fact of the household, or of a member, with its source; the empty text takes it away.
func (h *Household) learn(m *Person, code string, x any, src Source) {
	facts, sources := h.Facts, &h.Sources
	if m != nil {
		facts, sources = m.Facts, &m.Sources
	}
	if *sources == nil {
		*sources = map[string]Source{}
	}
	(*sources)[code] = src
	if x == "" {
		delete(facts, code)
		return
	}
	facts[code] = x
}

func (h *Household) note(m *Person, note string, src Source) {
	sources := &h.Sources
	if m != nil {
		sources = &m.Sources
	}
	if *sources == nil {
		*sources = map[string]Source{}
	}
	(*sources)[note] = src
}

// present returns the member of that id who has not left, nil when there is none.
func (h *Household) present(id string) *Person {
	i := slices.IndexFunc(h.Members, func(m Person) bool { return m.ID == id && !m.Gone })
	if i < 0 {
		return nil
	}
	return &h.Members[i]
}

// apply enters an act of life: everything is worked out and checked before the first row is written.
func (l *Life) apply(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.AmendRegister)
	if err != nil {
		return err
	}
	p, err := l.newPlan(ctx, s.Tx, s.Act, s.Act.ReceivedAt, s.Opened, by.Scope(duty.AmendRegister))
	if err != nil {
		return err
	}
	return p.write(ctx, s)
}

func (p *plan) write(ctx context.Context, s *act.Step) error {
	for i := range p.carries {
		c := &p.carries[i]
		if err := p.life.Carry(ctx, s, &c.carried); err != nil {
			return err
		}
		c.to.record.From, c.to.record.Problems, c.to.record.Doubts = c.carried.From.Key, c.carried.Problems, c.carried.Doubts
	}
	for _, c := range p.changes {
		c.h.Rev++
		if err := p.life.keep(ctx, s, c); err != nil {
			return err
		}
		if err := p.life.save(ctx, s, p.loaded, p.sens, c); err != nil {
			return err
		}
	}
	for _, c := range p.changes {
		if err := p.life.compare(ctx, s, c); err != nil {
			return err
		}
	}
	made := []any{}
	for _, c := range p.changes {
		made = append(made, c.h.ID)
	}
	s.Made = canon.Object{"households": made}
	return nil
}

func (l *Life) save(ctx context.Context, s *act.Step, loaded *campaign.Loaded, sens Sensitive, c *altered) error {
	if l.Desk.Assessed != nil {
		if err := l.Desk.Assessed(ctx, s, loaded, c.h, c.out); err != nil {
			return err
		}
	}
	if c.clear {
		if _, err := s.Tx.Exec(ctx, deletePersons, s.Act.County, c.h.Key); err != nil {
			return err
		}
		if c.h.was != nil {
			c.h.was.emptied = true
		}
	}
	if err := l.own(ctx, s, c); err != nil {
		return err
	}
	var err error
	c.changed, err = l.Desk.Store.save(ctx, s, sens, c.h, c.was, clock.Day(s.Act.ReceivedAt))
	return err
}

// own says who answers for a household after the act, and keeps it in the history of its owners.
func (l *Life) own(ctx context.Context, s *act.Step, c *altered) error {
	h, was := c.h, c.was.Owner
	switch {
	case h.State != Active:
		return nil
	case h.Area == c.was.Area || c.clear || l.Desk.Inherit == nil:
		if h.Owner == was {
			return nil
		}
		return l.Desk.Store.NoteOwner(ctx, s, h.Key, was, h.Owner, "随登记变更")
	}
	old := h.Owner
	h.Owner = was
	if err := l.Desk.Inherit(ctx, s, h); err != nil || h.Owner != "" || c.was.Area != "" || old == "" {
		return err
	}
	h.Owner = old // a household that split off stays with whoever answered for the old one
	return l.Desk.Store.NoteOwner(ctx, s, h.Key, "", old, "随原户")
}

// keep remembers what a household was before the act.
func (l *Life) keep(ctx context.Context, s *act.Step, c *altered) error {
	b, err := json.Marshal(c.record)
	if err != nil {
		return err
	}
	box := l.Desk.Store.Keys.Seal(place("life", s.Act.County, c.h.ID), b)
	_, err = s.Tx.Exec(ctx, insertLifeChange, s.Act.County, s.Act.Index, c.h.Key, s.Act.Kind, c.h.Rev, box)
	return err
}

// compare asks the group rules about the values that the act brought or took, once all its households are written.
func (l *Life) compare(ctx context.Context, s *act.Step, c *altered) error {
	return l.Desk.Store.Grouping.changed(ctx, s, l.Desk.Store, c.h, c.changed)
}
