package roster

import (
	"context"
	"slices"
	"strings"

	"gonggu/internal/assess"
	"gonggu/internal/canon"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/intake"
	"gonggu/internal/pack"
)

// Why a household is struck off.
const (
	WhyWrong    = "wrong"     // 错户：本不应在册
	WhyClosed   = "closed"    // 已注销：全户减少
	WhyMovedOut = "moved_out" // 整户迁出本县
)

// WhyName returns why a household was struck off in the words of the field.
func WhyName(why string) string {
	return map[string]string{WhyWrong: "错户，本不应在册", WhyClosed: "全户减少，户已注销", WhyMovedOut: "整户迁出本县"}[why]
}

// birth adds a child.
func (p *plan) birth(_ context.Context, c *altered) error {
	m, err := p.newMember(c.h)
	if err != nil {
		return err
	}
	born, _ := m.Facts[FactBirth].(string)
	switch {
	case born == "" || m.Facts[FactSex] == nil:
		return errs.New(errs.Invalid, "household.birth", "出生登记要填写性别和出生日期；证件号码可以以后再补。").At("member", "性别、出生日期")
	case born > p.on:
		return errs.New(errs.Invalid, "household.birth_day", "出生日期不能晚于发生日期；请核对。").At("member.birth", "出生日期")
	}
	c.h.Members = append(c.h.Members, *m)
	return nil
}

// join adds a person who marries in, comes back or is taken in.
func (p *plan) join(_ context.Context, c *altered) error {
	m, err := p.newMember(c.h)
	if err != nil {
		return err
	}
	c.h.Members = append(c.h.Members, *m)
	return nil
}

// newMember reads a person who comes into the household.
func (p *plan) newMember(h *Household) (*Person, error) {
	o, _ := p.act.Body["member"].(canon.Object)
	name := strings.TrimSpace(str(o, "name"))
	if n := len([]rune(name)); n == 0 || n > 40 {
		return nil, errs.New(errs.Invalid, "life.name", "请填写姓名（不超过 40 个字）。").At("member.name", "姓名")
	}
	facts, err := p.facts("m", o["facts"])
	if err != nil {
		return nil, err
	}
	rel, _ := facts[FactRelation].(string)
	if rel == "" || rel == RelationHead {
		return nil, errs.New(errs.Invalid, "life.relation", "请选择与户主的关系（不能是户主本人）。").At("member.relation", "与户主关系")
	}
	id, _ := facts[FactID].(string)
	for _, other := range h.Members {
		if other.Gone {
			continue
		}
		if id != "" && other.Facts[FactID] == id {
			return nil, errs.Newf(errs.Conflict, "life.known", "这个证件号码已登记在本户的%s名下，不用再加。", other.Name)
		}
		if born, ok := facts[FactBirth]; ok && other.Name == name && other.Facts[FactBirth] == born {
			return nil, errs.Newf(errs.Conflict, "life.known", "本户已有同名同日出生的%s，不用再加；如登记有误请用“更正”。", other.Name)
		}
	}
	m := &Person{Ord: nextOrd(h), ID: ident.Derive(p.act.ID, "member"), Name: name, Relation: rel, Facts: facts, Sources: map[string]Source{NoteCame: p.src}}
	for code := range facts {
		m.Sources[code] = p.src
	}
	return m, nil
}

func nextOrd(h *Household) int {
	ord := 0
	for _, m := range h.Members {
		ord = max(ord, m.Ord+1)
	}
	return ord
}

// facts reads facts of an act against the pack: known codes, fitting types, sealed values opened.
func (p *plan) facts(root string, v any) (assess.Facts, error) {
	out := assess.Facts{}
	o, ok := v.(canon.Object)
	if v != nil && !ok {
		return nil, errLifeBody
	}
	for _, code := range sortedCodes(o) {
		f, known := p.loaded.Pack.Fact(root, code)
		if !known {
			return nil, errLifeBody.At(code, "方案里没有这一项")
		}
		x, err := p.value(f, o[code])
		if err != nil {
			return nil, err
		}
		if x != "" && !p.loaded.Pack.Fits(f.Type, f.List, x) {
			return nil, errs.Newf(errs.Invalid, "life.value", "“%s”填写的内容不符合要求；请核对。", f.Name).At(root+"."+code, f.Name)
		}
		out[code] = x
	}
	if id, ok := out[FactID].(string); ok && id != "" {
		known := intake.ParseIdentity(id)
		if known.Absent || known.Code != "" {
			return nil, errs.New(errs.Invalid, "life.id_number", "证件号码不对（位数、日期或校验位有误）；请照证件核对，没有证件就留空。").At("member.id_number", "证件号码")
		}
		out[FactID] = known.Text
	}
	return out, nil
}

func (p *plan) value(f pack.Fact, x any) (any, error) {
	o, isObject := x.(canon.Object)
	if !isObject {
		if f.Sensitive != "" && x != "" {
			return nil, errs.Newf(errs.Invalid, "life.unsealed", "“%s”是敏感信息，必须加密提交，未受理；请更新应用后重试。", f.Name)
		}
		return Plain(x), nil
	}
	text, ok := p.opened(str(o, "~"))
	if !ok {
		return nil, errLifeBody.At(f.Code, "缺少加密信息的内容")
	}
	v, err := canon.Parse([]byte(text))
	if err != nil {
		return nil, errLifeBody.At(f.Code, "加密信息的内容无法识别")
	}
	return Plain(v), nil
}

func sortedCodes(o canon.Object) []string {
	codes := make([]string, 0, len(o))
	for k := range o {
		codes = append(codes, k)
	}
	slices.Sort(codes)
	return codes
}

// death notes that a member died.
func (p *plan) death(_ context.Context, c *altered) error {
	return p.goes(c, str(p.act.Body, "member"))
}

// goes takes a member away; when he was the head, another follows.
func (p *plan) goes(c *altered, id string) error {
	m := c.h.present(id)
	if m == nil {
		return errs.New(errs.NotFound, "life.no_member", "这个成员不在本户，或已经不在册；请刷新后重新选择。").At("member", "成员")
	}
	m.Gone = true
	c.h.note(m, NoteGone, p.src)
	people, _ := c.h.Present()
	if len(people) == 0 {
		return errs.New(errs.Invalid, "life.last_member", "这是户里最后一个人；请改办“注销户”，原因选“全户减少，户已注销”。")
	}
	if m.Relation != RelationHead {
		return nil
	}
	return p.newHead(c, str(p.act.Body, "head"))
}

// newHead makes a member the head and sets the relations that the act names.
func (p *plan) newHead(c *altered, id string) error {
	next := c.h.present(id)
	if next == nil {
		return errs.New(errs.Invalid, "life.head", "原户主不在本户了，请选择新的户主。").At("head", "新户主")
	}
	relations, err := p.relations()
	if err != nil {
		return err
	}
	for i := range c.h.Members {
		m := &c.h.Members[i]
		rel := relations[m.ID]
		if m.ID == id {
			rel = RelationHead
		}
		if rel == RelationHead && m.ID != id {
			return errs.New(errs.Invalid, "life.two_heads", "一户只能有一个户主；请核对各成员与户主的关系。")
		}
		if !m.Gone && rel != "" && rel != m.Relation {
			m.Relation = rel
			c.h.learn(m, FactRelation, rel, p.src)
		}
		if !m.Gone && m.ID != id && m.Relation == RelationHead {
			return errs.Newf(errs.Invalid, "life.relation", "请选择%s与新户主的关系。", m.Name).At("relations", m.Name)
		}
	}
	c.h.Head = next.Name
	c.h.note(nil, NoteHead, p.src)
	number, ok := next.Facts[FactID].(string)
	if !ok {
		number = ""
	}
	if c.h.Facts[FactHeadID] != nil || number != "" {
		c.h.learn(nil, FactHeadID, number, p.src)
	}
	return nil
}

// relations are the relations to the head that the act sets, by member.
func (p *plan) relations() (map[string]string, error) {
	o, _ := p.act.Body["relations"].(canon.Object)
	f, _ := p.loaded.Pack.Fact("m", FactRelation)
	out := map[string]string{}
	for id, v := range o {
		rel, _ := v.(string)
		if !p.loaded.Pack.Fits(f.Type, f.List, rel) {
			return nil, errs.New(errs.Invalid, "life.relation", "请选择与户主的关系。").At("relations", "与户主关系")
		}
		out[id] = rel
	}
	return out, nil
}

// leave takes a member away, into another household of the county when the act names one.
func (p *plan) leave(ctx context.Context, c *altered) error {
	id := str(p.act.Body, "member")
	if err := p.goes(c, id); err != nil {
		return err
	}
	to := str(p.act.Body, "to")
	if to == "" {
		return nil
	}
	if to == c.h.ID {
		return errs.New(errs.Invalid, "life.same_household", "迁往的户就是本户；请选另一户，或不填。").At("to", "迁往哪户")
	}
	t, err := p.take(ctx, to, "to_rev")
	if err != nil {
		return err
	}
	rel := str(p.act.Body, "to_relation")
	f, _ := p.loaded.Pack.Fact("m", FactRelation)
	if rel == RelationHead || !p.loaded.Pack.Fits(f.Type, f.List, rel) {
		return errs.New(errs.Invalid, "life.relation", "请选择他与迁入户户主的关系。").At("to_relation", "与户主关系")
	}
	p.admit(t, c.h, []string{id}, map[string]string{id: rel})
	p.carries = append(p.carries, carriage{Carried{From: c.h, To: t.h, FromArea: c.was.Area, Members: []string{id}}, t})
	return nil
}

// admit copies members of one household into another; a person keeps his id.
func (p *plan) admit(t *altered, from *Household, ids []string, relations map[string]string) {
	for _, m := range from.Members {
		if !slices.Contains(ids, m.ID) {
			continue
		}
		n := Person{Ord: nextOrd(t.h), ID: m.ID, Number: m.Number, Name: m.Name, Relation: m.Relation, Facts: assess.Facts{}, Sources: map[string]Source{}}
		for code, x := range m.Facts {
			n.Facts[code] = x
			n.Sources[code] = from.SourceOf(&m, code)
		}
		n.Sources[NoteCame] = p.src
		i := slices.IndexFunc(t.h.Members, func(x Person) bool { return x.ID == m.ID })
		if i >= 0 { // he comes back
			n.Ord = t.h.Members[i].Ord
			t.h.Members[i] = n
		} else {
			t.h.Members = append(t.h.Members, n)
			i = len(t.h.Members) - 1
		}
		if rel := relations[m.ID]; rel != "" && rel != n.Relation {
			t.h.Members[i].Relation = rel
			t.h.learn(&t.h.Members[i], FactRelation, rel, p.src)
		}
	}
}

// split makes a household of its own of some members, in the same village.
func (p *plan) split(ctx context.Context, c *altered) error {
	list, _ := p.act.Body["members"].([]any)
	ids := []string{}
	for _, x := range list {
		id, _ := x.(string)
		if c.h.present(id) == nil || slices.Contains(ids, id) {
			return errs.New(errs.NotFound, "life.no_member", "分出的成员不在本户，或已经不在册；请刷新后重新选择。").At("members", "成员")
		}
		ids = append(ids, id)
	}
	people, _ := c.h.Present()
	switch {
	case len(ids) == 0:
		return errs.New(errs.Invalid, "household.split", "请选择分出去的成员。").At("members", "成员")
	case len(ids) == len(people):
		return errs.New(errs.Invalid, "household.split_all", "不能把全户的人都分出去；整户迁走请用“移户”。").At("members", "成员")
	case !slices.Contains(ids, str(p.act.Body, "new_head")):
		return errs.New(errs.Invalid, "life.head", "请在分出的成员里选择新户的户主。").At("new_head", "新户户主")
	}
	area := c.h.Area
	if to := str(p.act.Body, "area"); to != "" && to != area {
		a, err := duty.InForce(ctx, p.r, p.life.Desk.Store.County, to)
		if err != nil {
			return err
		}
		if duty.VillageOf(a.Code) != duty.VillageOf(area) {
			return errs.New(errs.Invalid, "household.split_area", "分户只能在本村；迁到别村请分户后再办“移户”。").At("area", "新户所在组")
		}
		area = a.Code
	}
	n := p.made(c.h, area)
	headGoes := false
	for _, id := range ids {
		m := c.h.present(id)
		headGoes = headGoes || m.Relation == RelationHead
		m.Gone = true
		c.h.note(m, NoteGone, p.src)
	}
	p.admit(n, c.h, ids, nil)
	if err := p.newHead(n, str(p.act.Body, "new_head")); err != nil {
		return err
	}
	if headGoes {
		if err := p.newHead(c, str(p.act.Body, "head")); err != nil {
			return err
		}
	}
	p.changes = append(p.changes, n)
	p.carries = append(p.carries, carriage{Carried{From: c.h, To: n.h, FromArea: c.was.Area, Members: ids}, n})
	return nil
}

// made is a household that the act makes out of another: what it is on record stays, what it has must be looked at anew.
func (p *plan) made(from *Household, area string) *altered {
	key := ident.Key(p.act.Index, 0)
	// Revision 1 is never saved: what is new without a past has one, and this household comes with its people's doubts.
	h := &Household{Key: key, ID: ident.Public("h", key), Area: area, State: Active, Rev: 1, Facts: assess.Facts{}, Sources: map[string]Source{NoteCame: p.src}, Source: p.src, Owner: from.Owner}
	for _, code := range []string{FactKind, FactMonitored} {
		if x, ok := from.Facts[code]; ok {
			h.learn(nil, code, x, from.SourceOf(nil, code))
		}
	}
	return &altered{h: h, record: lifeRecord{Origin: from.Key}}
}

// merge moves all people of a household into another, with everything that hangs on it.
func (p *plan) merge(ctx context.Context, c *altered) error {
	into := str(p.act.Body, "into")
	if into == c.h.ID {
		return errs.New(errs.Invalid, "household.merge_self", "不能把一户并入它自己；请选另一户。").At("into", "并入哪户")
	}
	t, err := p.take(ctx, into, "into_rev")
	if err != nil {
		return err
	}
	relations, err := p.relations()
	if err != nil {
		return err
	}
	people, _ := c.h.Present()
	ids := make([]string, len(people))
	for i, m := range people {
		ids[i] = m.ID
		if rel := relations[m.ID]; rel == RelationHead || (rel == "" && m.Relation == RelationHead) {
			return errs.Newf(errs.Invalid, "life.relation", "请选择%s与并入户户主的关系。", m.Name).At("relations", m.Name)
		}
	}
	p.admit(t, c.h, ids, relations)
	c.h.State = Merged
	c.h.note(nil, NoteState, Source{lifeSource + p.act.ID, p.on})
	p.carries = append(p.carries, carriage{Carried{From: c.h, To: t.h, FromArea: c.was.Area}, t})
	return nil
}

// move takes the household to another village or group. Whoever answered for it there and not here does so no longer.
func (p *plan) move(ctx context.Context, c *altered) error {
	to, err := duty.InForce(ctx, p.r, p.life.Desk.Store.County, str(p.act.Body, "area"))
	if err != nil {
		return err
	}
	switch {
	case to.Level != duty.LevelVillage && to.Level != duty.LevelGroup:
		return errs.New(errs.Invalid, "household.move_level", "请选到村或村民组。").At("area", "迁往")
	case to.Code == c.h.Area:
		return errs.New(errs.Invalid, "household.move_nowhere", "这一户已经在那里了；请选别的村或组。").At("area", "迁往")
	case !p.scope.Covers(to.Code):
		return errs.Newf(errs.Forbidden, "household.move_outside", "“%s”不在您的负责范围内，未受理；迁往外村由乡镇办理，迁往外乡镇由县巩固办办理，请把这一户报给他们。", to.Name).At("area", "迁往")
	}
	from := c.h.Area
	c.h.Area = to.Code
	c.h.note(nil, NoteArea, p.src)
	if c.h.Owner != "" {
		covers, err := duty.CoversPlace(ctx, p.r, p.life.Desk.Store.County, c.h.Owner, to.Code)
		if err != nil {
			return err
		}
		if !covers {
			c.h.Owner = ""
		}
	}
	p.carries = append(p.carries, carriage{Carried{From: c.h, To: c.h, FromArea: from}, c})
	return nil
}

// cancel strikes a household off. One with open problems stays: somebody must settle them first.
func (p *plan) cancel(_ context.Context, c *altered) error {
	why := str(p.act.Body, "why")
	switch {
	case WhyName(why) == "":
		return errs.New(errs.Invalid, "household.cancel_why", "请选择注销的原因。").At("why", "原因")
	case len([]rune(strings.TrimSpace(str(p.act.Body, "reason")))) < 4:
		return errs.New(errs.Invalid, "life.reason", "请写明情况（至少 4 个字）。").At("reason", "情况说明")
	case c.h.Problems > 0:
		return errs.Newf(errs.Conflict, "household.cancel_open", "这一户还有 %d 个没有办结的问题，不能注销；请先办结，或由县巩固办作废。", c.h.Problems)
	}
	c.h.State = StruckOff
	c.h.note(nil, NoteState, p.src)
	return nil
}
