package roster

import (
	"context"
	"slices"
	"strings"

	"gonggu/internal/canon"
	"gonggu/internal/errs"
)

// correct puts right what the register says: the head, the number, a name, a fact.
func (p *plan) correct(ctx context.Context, c *altered) error {
	done := 0
	for _, step := range []func(context.Context, *altered) (bool, error){p.correctNumber, p.correctNames, p.correctFacts, p.correctHead} {
		changed, err := step(ctx, c)
		if err != nil {
			return err
		}
		if changed {
			done++
		}
	}
	if done == 0 {
		return errs.New(errs.Invalid, "household.correct", "没有改动任何内容；请改好要更正的项再提交。")
	}
	return nil
}

func (p *plan) correctNumber(ctx context.Context, c *altered) (bool, error) {
	number := strings.TrimSpace(str(p.act.Body, "number"))
	if number == "" || number == c.h.Number {
		return false, nil
	}
	if len(number) > 40 || strings.IndexFunc(number, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) >= 0 {
		return false, errs.New(errs.Invalid, "household.number", "户编号只能是数字（或大写字母）；请照全国系统里的抄写。").At("number", "户编号")
	}
	keys, err := keysOf(p.r.Query(ctx, keysByNumber, p.life.Desk.Store.County, number))
	if err != nil {
		return false, err
	}
	if len(keys) > 0 {
		return false, errs.New(errs.Conflict, "household.number_taken", "这个户编号已是另一户的；如是同一户重复登记，请用“并户”。").At("number", "户编号")
	}
	c.h.Number = number
	c.h.note(nil, NoteNumber, p.src)
	return true, nil
}

func (p *plan) correctNames(_ context.Context, c *altered) (bool, error) {
	names, _ := p.act.Body["names"].(canon.Object)
	changed := false
	for _, id := range sortedCodes(names) {
		m := c.h.present(id)
		name := strings.TrimSpace(str(names, id))
		if m == nil || name == "" || len([]rune(name)) > 40 {
			return false, errs.New(errs.Invalid, "life.name", "请填写姓名（不超过 40 个字）。").At("names", "姓名")
		}
		if name == m.Name {
			continue
		}
		m.Name, changed = name, true
		c.h.note(m, NoteName, p.src)
		if m.Relation == RelationHead {
			c.h.Head = name
			c.h.note(nil, NoteHead, p.src)
		}
	}
	return changed, nil
}

func (p *plan) correctFacts(_ context.Context, c *altered) (bool, error) {
	given, err := p.facts("h", p.act.Body["h"])
	if err != nil {
		return false, err
	}
	changed := false
	for _, code := range sortedCodes(canon.Object(given)) {
		if !equal(orBlank(c.h.Facts[code]), given[code]) {
			c.h.learn(nil, code, given[code], p.src)
			changed = true
		}
	}
	members, _ := p.act.Body["m"].(canon.Object)
	for _, id := range sortedCodes(members) {
		m := c.h.present(id)
		if m == nil {
			return false, errs.New(errs.NotFound, "life.no_member", "这个成员不在本户，或已经不在册；请刷新后重新选择。").At("member", "成员")
		}
		facts, err := p.facts("m", members[id])
		if err != nil {
			return false, err
		}
		if rel, ok := facts[FactRelation].(string); ok && (rel == RelationHead) != (m.Relation == RelationHead) {
			return false, errs.New(errs.Invalid, "life.relation", "换户主请在“新户主”里选择，不要改成员的关系。").At("relation", "与户主关系")
		}
		for _, code := range sortedCodes(canon.Object(facts)) {
			if equal(orBlank(m.Facts[code]), facts[code]) {
				continue
			}
			c.h.learn(m, code, facts[code], p.src)
			changed = true
			if code == FactRelation {
				m.Relation, _ = facts[code].(string)
			}
			if code == FactID && m.Relation == RelationHead {
				c.h.learn(nil, FactHeadID, facts[code], p.src)
			}
		}
	}
	return changed, nil
}

func orBlank(x any) any {
	if x == nil {
		return ""
	}
	return x
}

func (p *plan) correctHead(_ context.Context, c *altered) (bool, error) {
	id := str(p.act.Body, "head")
	i := slices.IndexFunc(c.h.Members, func(m Person) bool { return m.Relation == RelationHead && !m.Gone })
	if id == "" || (i >= 0 && c.h.Members[i].ID == id) {
		return false, nil
	}
	return true, p.newHead(c, id)
}
