package task

import (
	"context"
	"slices"
	"strings"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/roster"
)

// maxReason bounds the reason of an assignment, in characters.
const maxReason = 200

// OwnerDuties are the duties that a household may be given to.
var OwnerDuties = []duty.Duty{duty.Village, duty.Inspector, duty.Township}

// Share is how many households of a place a post answers for, as the clerk saw it; a post of "" is nobody.
type Share struct {
	Post string
	N    int64
}

// AreaGrant gives all of a village or group; Was is what the clerk saw, so that two who assign at once notice.
type AreaGrant struct {
	Code string
	Was  []Share
}

// HouseGrant gives one household; Was is the owner that the clerk saw.
type HouseGrant struct{ ID, Was string }

// Grant is the body of a task.assign act; its subject is the post.
type Grant struct {
	Reason     string
	Areas      []AreaGrant
	Households []HouseGrant
}

// Body returns the grant as it stands in an act.
func (g Grant) Body() canon.Object {
	areas, houses := []any{}, []any{}
	for _, a := range g.Areas {
		was := []any{}
		for _, x := range a.Was {
			was = append(was, canon.Object{"post": x.Post, "n": x.N})
		}
		areas = append(areas, canon.Object{"code": a.Code, "was": was})
	}
	for _, h := range g.Households {
		houses = append(houses, canon.Object{"id": h.ID, "was": h.Was})
	}
	return canon.Object{"reason": g.Reason, "areas": areas, "households": houses}
}

func readGrant(b canon.Object) (g Grant, err error) {
	g.Reason, _ = b["reason"].(string)
	g.Reason = strings.TrimSpace(g.Reason)
	areas, ok := b["areas"].([]any)
	houses, ok2 := b["households"].([]any)
	if !ok || !ok2 {
		return g, ErrBody
	}
	text := func(o canon.Object, k string) string {
		s, yes := o[k].(string)
		ok = ok && yes
		return s
	}
	for _, x := range areas {
		o, _ := x.(canon.Object)
		a := AreaGrant{Code: text(o, "code")}
		was, yes := o["was"].([]any)
		ok = ok && yes
		for _, y := range was {
			p, _ := y.(canon.Object)
			n, yes := p["n"].(int64)
			ok = ok && yes
			a.Was = append(a.Was, Share{text(p, "post"), n})
		}
		g.Areas = append(g.Areas, a)
	}
	for _, x := range houses {
		o, _ := x.(canon.Object)
		g.Households = append(g.Households, HouseGrant{text(o, "id"), text(o, "was")})
	}
	switch n := len([]rune(g.Reason)); {
	case !ok:
		return g, ErrBody
	case len(g.Areas)+len(g.Households) == 0:
		return g, errs.New(errs.Invalid, "task.nothing", "没有选择村、组或户；请先选择再指派。")
	case n < 2 || n > maxReason:
		return g, errs.Newf(errs.Invalid, "task.reason", "请写明指派或调整的理由（2 到 %d 个字）。", maxReason)
	}
	return g, nil
}

// assign gives villages, groups or single households to a post, all of them or none.
func (m *Room) assign(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.AssignTask)
	if err != nil {
		return err
	}
	g, err := readGrant(s.Act.Body)
	if err != nil {
		return err
	}
	to, err := m.owner(ctx, s.Tx, s.Act.Subject)
	if err != nil {
		return err
	}
	scope := by.Scope(duty.AssignTask)
	for _, a := range g.Areas {
		if err := m.checkArea(ctx, s.Tx, scope, to, a); err != nil {
			return err
		}
	}
	for _, h := range g.Households {
		if err := m.checkHouse(ctx, s.Tx, scope, to, h); err != nil {
			return err
		}
	}
	var changed int64
	for _, a := range g.Areas {
		n, err := m.Roster.Assign(ctx, s, a.Code, to.Post, g.Reason)
		if err != nil {
			return err
		}
		changed += n
		if _, err := s.Tx.Exec(ctx, dropDefaults, m.County, a.Code, a.Code+"~"); err != nil {
			return err
		}
		if _, err := s.Tx.Exec(ctx, keepDefault, m.County, a.Code, to.Post, s.Act.Index); err != nil {
			return err
		}
	}
	for _, h := range g.Households {
		moved, err := m.Roster.AssignOne(ctx, s, h.ID, to.Post, g.Reason)
		if err != nil {
			return err
		}
		if moved {
			changed++
		}
	}
	s.Made = canon.Object{"changed": changed}
	return nil
}

// owner returns the holder of a post that households may be given to.
func (m *Room) owner(ctx context.Context, r database.Reader, post string) (duty.Actor, error) {
	to, err := duty.Holder(ctx, r, m.County, post)
	if errs.Code(err) == duty.ErrNoPost.Code {
		return to, errs.New(errs.Conflict, "task.post_ended", "要指派给的岗位不存在或已经结束，未指派；请刷新后另选一人。")
	}
	if err != nil {
		return to, err
	}
	if !mayOwn(to) {
		return to, errs.Newf(errs.Invalid, "task.owner_duty", "%s（%s）不是村干部、排查人员或乡镇岗位，不能负责到户；请另选一人。", to.Name, to.Title)
	}
	return to, nil
}

func mayOwn(a duty.Actor) bool {
	return slices.ContainsFunc(a.Duties, func(d duty.Duty) bool { return slices.Contains(OwnerDuties, d) })
}

// reaches reports whether a holder may inspect in a place: nobody answers for what he may not open.
func reaches(a duty.Actor, area string) bool { return a.Scope(duty.SubmitInspection).Covers(area) }

func (m *Room) checkArea(ctx context.Context, r database.Reader, scope duty.Scope, to duty.Actor, g AreaGrant) error {
	a, err := duty.AreaOf(ctx, r, m.County, g.Code)
	if err != nil {
		return err
	}
	switch {
	case a.Level != duty.LevelVillage && a.Level != duty.LevelGroup:
		return errs.New(errs.Invalid, "task.level", "只能按村、组或户指派到人；请在乡镇下选择村或组。")
	case !scope.Covers(a.Code):
		return duty.ErrOutside
	case !reaches(to, a.Code):
		return errs.Newf(errs.Invalid, "task.owner_scope", "%s 不在%s（%s）的负责范围内，未指派；请另选一人，或先由安全管理员调整其岗位范围。", a.Name, to.Name, to.Title)
	}
	now, err := m.shares(ctx, r, a.Code)
	if err != nil {
		return err
	}
	if len(now) == 0 || (len(now) == 1 && now[0].Post == to.Post) || sameShares(now, g.Was) {
		return nil
	}
	return m.stale(ctx, r, a)
}

// shares returns who answers for the households of a place, by post.
func (m *Room) shares(ctx context.Context, r database.Reader, area string) ([]Share, error) {
	held, err := m.Roster.Held(ctx, r, duty.Everything(m.County).Narrow(area), "")
	if err != nil {
		return nil, err
	}
	return SharesOf(held), nil
}

// SharesOf adds up what is held by post, in the posts' order.
func SharesOf(held []roster.Held) []Share {
	out := []Share{}
	for _, h := range held {
		i := slices.IndexFunc(out, func(x Share) bool { return x.Post == h.Post })
		if i < 0 {
			out = append(out, Share{h.Post, h.Households})
		} else {
			out[i].N += h.Households
		}
	}
	slices.SortFunc(out, byPost)
	return out
}

func byPost(a, b Share) int { return strings.Compare(a.Post, b.Post) }

func sameShares(now, seen []Share) bool {
	seen = slices.Clone(seen)
	slices.SortFunc(seen, byPost)
	return slices.Equal(now, seen)
}

// stale says whose act came in between.
func (m *Room) stale(ctx context.Context, r database.Reader, a duty.Area) error {
	index, err := m.Roster.LastOwned(ctx, r, a.Code)
	if err != nil {
		return err
	}
	if index < 0 {
		return errs.Newf(errs.Conflict, "task.stale", "%s 的户数在您打开页面之后已有变动，未指派；请刷新后按最新情况再指派。", a.Name)
	}
	x, err := act.ByIndex(ctx, r, m.County, index)
	if err != nil {
		return err
	}
	who, err := duty.Known(ctx, r, m.County, x.Post)
	if err != nil {
		return err
	}
	return errs.Newf(errs.Conflict, "task.stale", "%s 的分派在您打开页面之后已有变动（最近一次由 %s 于 %s 办理），未指派；请刷新后按最新情况再指派。", a.Name, who.Name, moment(x.ReceivedAt))
}

func moment(ms int64) string { return time.UnixMilli(ms).In(clock.Zone).Format("1月2日 15:04") }

func (m *Room) checkHouse(ctx context.Context, r database.Reader, scope duty.Scope, to duty.Actor, g HouseGrant) error {
	_, area, was, err := m.Roster.OwnerOf(ctx, r, g.ID)
	switch {
	case err != nil:
		return err
	case !scope.Covers(area):
		return duty.ErrOutside
	case !reaches(to, area):
		return errs.Newf(errs.Invalid, "task.owner_scope", "有的户不在%s（%s）的负责范围内，未指派；请另选一人，或先由安全管理员调整其岗位范围。", to.Name, to.Title)
	case was != g.Was && was != to.Post:
		a, err := duty.AreaOf(ctx, r, m.County, duty.VillageOf(area))
		if err != nil {
			return err
		}
		return m.stale(ctx, r, a)
	}
	return nil
}
