package problem

import (
	"context"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// Bounds of what people write, in characters.
const (
	leastReason = 4
	mostText    = 1000
)

// ErrLong: a text is too long.
var ErrLong = errs.Newf(errs.Invalid, "problem.long", "文字太长（最多 %d 个字）；请精简后再提交。", mostText)

func needReason(_ context.Context, w *work) error {
	switch n := len([]rune(w.text("reason"))); {
	case n < leastReason:
		return ErrReason
	case n > mostText:
		return ErrLong
	}
	return nil
}

func checkWord(_ context.Context, w *work) error {
	if len([]rune(w.text("say"))) > mostText {
		return ErrLong
	}
	return nil
}

func writeAccepted(ctx context.Context, w *work) error {
	if w.p.AcceptedOn != "" {
		return nil
	}
	err := w.step.Tx.Put(ctx, acceptProblem, w.step.ReportDay, w.step.Act.Index, w.step.Act.County, w.p.Key)
	return err
}

func writeVoided(ctx context.Context, w *work) error {
	err := w.step.Tx.Put(ctx, voidProblem, w.step.ReportDay, w.step.Act.Index, w.text("reason"), w.step.Act.County, w.p.Key)
	return err
}

// Proposal is who a problem is proposed to be dispatched to. Workdays is the limit of an order, 0 where the pack gives none.
type Proposal struct {
	Lead     string
	Helping  []string
	Workdays int64
}

// Dispatch proposes by the pack's rules (item × subject × area) who leads a problem, leaving out the units that have declined it.
// A problem that all proposed units declined is the county office's.
func Dispatch(pk *pack.Pack, item, area string, declined []string) Proposal {
	var out Proposal
	var candidates []string
	for _, d := range pk.Head.Loop.Dispatch {
		if (len(d.Items) > 0 && !slices.Contains(d.Items, item)) || (len(d.Areas) > 0 && !slices.ContainsFunc(d.Areas, func(a string) bool { return strings.HasPrefix(area, a) })) {
			continue
		}
		candidates, out.Workdays = append(candidates, placed(d.Lead, area)), int64(d.Workdays)
		for _, h := range d.Helping {
			out.Helping = append(out.Helping, placed(h, area))
		}
		break
	}
	for _, i := range pk.Items {
		if i.Code == item {
			candidates = append(append(candidates, i.Lead...), i.Helping...)
			if out.Helping == nil {
				out.Helping = append(out.Helping, i.Lead...)
			}
		}
	}
	candidates = append(candidates, out.Helping...)
	out.Lead = duty.UnitOffice
	for _, u := range candidates {
		if u != "" && !slices.Contains(declined, u) {
			out.Lead = u
			break
		}
	}
	out.Helping = slices.DeleteFunc(out.Helping, func(u string) bool { return u == out.Lead || u == "" })
	return out
}

// placed names the unit of a place where a rule says only its level.
func placed(unit, area string) string {
	switch unit {
	case duty.LevelTownship:
		return duty.TownshipOf(area)
	case duty.LevelVillage:
		return duty.VillageOf(area)
	}
	return unit
}

// assignment is who is to lead and help, under which item.
type assignment struct {
	item, block, lead string
	helping           []string
	ruling            bool
}

// checkAssigned reads an assignment: {item, lead, helping, reason}. When units have declined as often as the pack allows, it is the
// county office's ruling, and says why.
func checkAssigned(ctx context.Context, w *work) error {
	a := assignment{item: w.text("item"), lead: w.text("lead"), helping: w.texts("helping"), block: w.p.Block, ruling: len(w.c.Declined) >= w.pack.Head.DeclineLimit && w.p.State == Declined}
	if a.item == "" {
		a.item = w.p.Item
	}
	i := slices.IndexFunc(w.pack.Items, func(x pack.Item) bool { return x.Code == a.item })
	if i < 0 {
		return errs.New(errs.Invalid, "problem.item", "请从任务清单里选择这个问题所属的任务，再提交。")
	}
	a.block = w.pack.Items[i].Block
	a.helping = slices.DeleteFunc(a.helping, func(u string) bool { return u == a.lead })
	for _, u := range append([]string{a.lead}, a.helping...) {
		if err := duty.Stands(ctx, w.step.Tx, w.step.Act.County, u); err != nil {
			return err
		}
	}
	if !a.ruling && slices.Contains(w.c.Declined, a.lead) {
		return errs.New(errs.Conflict, "problem.declined_by", "这个单位已经说明“非本单位职责”；请选择其他单位，或等退回次数满后由县巩固办裁定。")
	}
	w.assign = a
	if a.ruling {
		return needReason(ctx, w)
	}
	return nil
}

func standAssigned(w *work, now *Standing) {
	now.Item, now.Lead, now.Helping = w.assign.item, w.assign.lead, w.assign.helping
}

func writeAssigned(ctx context.Context, w *work) error {
	ruled := int64(0)
	if w.assign.ruling || w.p.Ruled {
		ruled = 1
	}
	err := w.step.Tx.Put(ctx, assignProblem, w.assign.block, ruled, w.step.Act.County, w.p.Key)
	return err
}

// standDeclined proposes the next unit; after the last that may decline, the county office has it.
func standDeclined(w *work, now *Standing) {
	declined := append(slices.Clone(w.c.Declined), w.actor.Unit)
	next := Dispatch(w.pack, w.p.Item, w.p.Area, declined)
	if len(declined) >= w.pack.Head.DeclineLimit {
		next.Lead = duty.UnitOffice
	}
	now.Lead, now.DueOn = next.Lead, w.p.ClearOn
	now.Helping = slices.DeleteFunc(slices.Clone(w.p.Helping), func(u string) bool { return u == next.Lead || slices.Contains(declined, u) })
}

func writeDeclined(ctx context.Context, w *work) error {
	err := w.step.Tx.Put(ctx, insertDecline, w.step.Act.County, w.p.Key, w.step.Act.Index, w.actor.Unit, w.text("reason"))
	return err
}

func checkAmended(ctx context.Context, w *work) error {
	if err := needReason(ctx, w); err != nil {
		return err
	}
	say := []rune(w.text("say"))
	switch {
	case len(say) > mostText:
		return ErrLong
	case len(say) < leastReason:
		return errs.New(errs.Invalid, "problem.say", "请写明问题内容（至少 4 个字），再提交。")
	}
	item := w.text("item")
	if item != "" && !slices.ContainsFunc(w.pack.Items, func(x pack.Item) bool { return x.Code == item }) {
		return errs.New(errs.Invalid, "problem.item", "请从任务清单里选择这个问题所属的任务，再提交。")
	}
	return w.secrets("say")
}

func standAmended(w *work, now *Standing) {
	if item := w.text("item"); item != "" {
		now.Item = item
	}
	now.DueOn = w.p.ClearOn
}

// writeAmended writes the corrected finding; the problem is as if it had just been found.
func writeAmended(ctx context.Context, w *work) error {
	say, err := w.sealed("say")
	if err != nil {
		return err
	}
	block := w.p.Block
	for _, i := range w.pack.Items {
		if i.Code == w.now.Item {
			block = i.Block
		}
	}
	err = w.step.Tx.Put(ctx, amendProblem, say, block, w.step.Act.County, w.p.Key)
	return err
}

// checkClaim reads who answers for the repair and how: {leader, person, measures}.
func checkClaim(_ context.Context, w *work) error {
	for key, name := range map[string]string{"leader": "责任领导", "person": "责任人"} {
		if n := len([]rune(w.text(key))); n < 2 || n > 40 {
			return errs.Newf(errs.Invalid, "problem."+key, "请填写%s的姓名（2 至 40 个字），再提交。", name)
		}
	}
	if n := len([]rune(w.text("measures"))); n > mostText {
		return ErrLong
	} else if n < leastReason {
		return errs.New(errs.Invalid, "problem.measures", "请写明整改措施（至少 4 个字），再提交。")
	}
	return w.secrets("measures")
}

func writeClaim(ctx context.Context, w *work) error {
	measures, err := w.sealed("measures")
	if err != nil {
		return err
	}
	err = w.step.Tx.Put(ctx, claimProblem, w.actor.Post, w.text("leader"), w.text("person"), measures, w.step.Act.County, w.p.Key)
	return err
}

// checkRepair reads what was done: {result, done_on}.
func checkRepair(_ context.Context, w *work) error {
	on, today := w.text("done_on"), clock.Day(w.step.Act.ReceivedAt)
	switch n := len([]rune(w.text("result"))); {
	case n < leastReason:
		return errs.New(errs.Invalid, "problem.result", "请写明整改情况（至少 4 个字），再提交。")
	case n > mostText:
		return ErrLong
	case !clock.ValidDay(on) || on > today || on < w.p.DoneOn:
		return errs.Newf(errs.Invalid, "problem.done_on", "完成日期应在发现之日（%s）到今天（%s）之间；请改正后再提交。", w.p.DoneOn, today)
	}
	return w.secrets("result")
}

func writeRepair(ctx context.Context, w *work) error {
	result, err := w.sealed("result")
	if err != nil {
		return err
	}
	err = w.step.Tx.Put(ctx, rectifyProblem, result, w.text("done_on"), w.step.Act.County, w.p.Key)
	return err
}

func writeClosed(ctx context.Context, w *work) error {
	err := w.step.Tx.Put(ctx, closeProblem, clock.Day(w.step.Act.ReceivedAt), w.step.Act.County, w.p.Key)
	return err
}

func writeReopened(ctx context.Context, w *work) error {
	err := w.step.Tx.Put(ctx, reopenProblem, w.step.Act.County, w.p.Key)
	return err
}

// Relapse reopens a closed problem that an inspection has found again (反弹), inside that inspection's act; who inspects keeps the
// household's own count.
func (m *Room) Relapse(ctx context.Context, s *act.Step, p *Problem) error {
	quiet := *m
	quiet.Changed = func(context.Context, *act.Step, int64, int64) error { return nil }
	w := &work{room: &quiet, step: s, kind: KindReopen, p: p, now: p.Standing()}
	to, ok := Next(p.State, KindReopen)
	if !ok {
		return w.wrongState(ctx)
	}
	all, err := Signatures(ctx, s.Tx, s.Act.County, p.Key)
	if err != nil {
		return err
	}
	w.live = standing(all)
	w.now.State = to
	if w.camp, w.pack, err = m.inForce(ctx, s); err != nil {
		return err
	}
	d := doings[KindReopen]
	return w.carryOut(ctx, doing{voids: d.voids, stand: d.stand, write: d.write})
}

// ErrSecret: a sentence of a field group came in the open.
var ErrSecret = errs.New(errs.Invalid, "problem.secret", "这个问题涉及敏感信息，填写的内容没有加密，未受理；请刷新页面后重新提交。")

// secrets checks that what is said of a problem whose content is a field group came as a commitment.
func (w *work) secrets(keys ...string) error {
	for _, k := range keys {
		if w.p.Sensitive != "" && !slices.Contains(w.step.Act.Sealed, w.raw(k)) {
			return ErrSecret
		}
	}
	return nil
}

// sealed returns what was said under a key as the row keeps it.
func (w *work) sealed(key string) (string, error) {
	if w.p.Sensitive == "" {
		return w.text(key), nil
	}
	return w.room.Texts.SealText("problem/"+w.p.ID, w.text(key))
}
