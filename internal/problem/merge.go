package problem

import (
	"context"
	"fmt"
	"slices"

	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
)

// mostParts bounds what one problem is split into.
const mostParts = 20

// Errors of merging and splitting.
var (
	ErrMergeSelf = errs.New(errs.Invalid, "problem.merge_self", "不能把问题并入它自己；请选择另一个问题。")
	ErrMergeInto = errs.New(errs.Conflict, "problem.merge_into", "要并入的问题已经销号、作废或并入别的问题；请另选一个还在办理的问题。")
	ErrParts     = errs.Newf(errs.Invalid, "problem.parts", "请写明拆成的每一部分：问题内容（至少 %d 个字）和所属任务，一次最多拆成 %d 件。", leastReason, mostParts)
)

// checkMerged reads what the problem is the same as: {into, reason}.
func checkMerged(ctx context.Context, w *work) error {
	if err := needReason(ctx, w); err != nil {
		return err
	}
	id := w.text("into")
	if id == w.p.ID {
		return ErrMergeSelf
	}
	into, err := ByID(ctx, w.step.Tx, w.step.Act.County, id)
	if err != nil {
		return err
	}
	if !w.actor.Scope(duty.AssignProblem).Covers(into.Area) {
		return duty.ErrOutside
	}
	if !into.State.Open() {
		return ErrMergeInto
	}
	w.into = into
	return nil
}

func writeMerged(ctx context.Context, w *work) error {
	_, err := w.step.Tx.Exec(ctx, mergeProblem, string(w.c.State), w.into.ID, w.step.Act.County, w.p.Key)
	return err
}

// checkRestored: what it was merged into may be anything by now; the clearing day may have moved meanwhile.
func checkRestored(ctx context.Context, w *work) error { return needReason(ctx, w) }

// standRestored gives a problem that stood still the days of those that did not.
func standRestored(w *work, now *Standing) {
	if d, ok := w.camp.Day(clearDay); ok && now.DueOn == w.p.ClearOn {
		now.DueOn = d.On
	}
}

func writeRestored(ctx context.Context, w *work) error {
	clearOn := w.p.ClearOn
	if d, ok := w.camp.Day(clearDay); ok {
		clearOn = d.On
	}
	_, err := w.step.Tx.Exec(ctx, restoreProblem, clearOn, w.step.Act.County, w.p.Key)
	return err
}

// Stands reports whether a problem still waits for somebody: itself, or what it was merged into.
func Stands(ctx context.Context, r database.Reader, county string, p *Problem) (bool, error) {
	for p.State == Merged {
		into, err := ByID(ctx, r, county, p.MergedInto)
		if err != nil {
			return false, err
		}
		p = into
	}
	return p.State.Open(), nil
}

// clearDay names the campaign's day by which everything is mended.
const clearDay = "clear_by"

// checkSplit reads the parts: {parts: [{say, item}], reason}. Each is found by who splits; what is said of a field group comes as a commitment.
func checkSplit(ctx context.Context, w *work) error {
	if err := needReason(ctx, w); err != nil {
		return err
	}
	list, _ := w.answers["parts"].([]any)
	if len(list) == 0 || len(list) > mostParts {
		return ErrParts
	}
	town, err := townOf(ctx, w)
	if err != nil {
		return err
	}
	for i, v := range list {
		o, _ := v.(canon.Object)
		raw, _ := o["say"].(string)
		item, _ := o["item"].(string)
		if w.p.Sensitive != "" && !slices.Contains(w.step.Act.Sealed, raw) {
			return ErrSecret
		}
		part := &work{step: w.step, answers: o}
		say := part.text("say")
		if n := len([]rune(say)); n < leastReason || n > mostText {
			return ErrParts
		}
		f := w.part(ident.Derive(w.step.Act.ID, fmt.Sprintf("part/%d", i)), say, town)
		if err := w.classify(&f, item); err != nil {
			return err
		}
		if f.Sensitive != "" {
			if f.Say, err = w.room.Texts.SealText("problem/"+f.ID, say); err != nil {
				return err
			}
		}
		w.parts = append(w.parts, f)
	}
	return nil
}

func townOf(ctx context.Context, w *work) (string, error) {
	return shortName(ctx, w.step.Tx, w.step.Act.County, w.p.Area)
}

// part is a finding about the same subject as the problem, of today.
func (w *work) part(id, say, town string) Finding {
	p, kind := w.p, SubjectArea
	if p.Household == 0 && p.Subject != p.Area {
		kind = SubjectUnit
	}
	return Finding{Kind: kind, ID: id, Household: p.Household, Subject: p.Subject, Member: p.Member, Area: p.Area, Town: town, Say: say, Sensitive: p.Sensitive, Origin: "split",
		Sheet: p.Sheet, Days: p.Days, StageOn: p.StageOn, ClearOn: p.ClearOn, DoneOn: clock.Day(w.step.Act.ReceivedAt), Classes: p.Classes, Parent: p.ID}
}

// classify gives a finding its item, and the units that the pack proposes for it.
func (w *work) classify(f *Finding, item string) error {
	i := slices.IndexFunc(w.pack.Items, func(x pack.Item) bool { return x.Code == item })
	if i < 0 {
		return errItem
	}
	f.Item, f.Block, f.Clauses = item, w.pack.Items[i].Block, w.pack.Items[i].Clauses
	to := Dispatch(w.pack, item, f.Area, nil)
	f.Lead, f.Helping = to.Lead, to.Helping
	return nil
}

var errItem = errs.New(errs.Invalid, "problem.item", "请从任务清单里选择这个问题所属的任务，再提交。")

func writeSplit(ctx context.Context, w *work) error {
	made := []any{}
	for i, f := range w.parts {
		number, err := Raise(ctx, w.step, f, i)
		if err != nil {
			return err
		}
		if f.Household != 0 {
			if err := w.room.Changed(ctx, w.step, f.Household, 1); err != nil {
				return err
			}
		}
		said := f.Say
		if f.Sensitive != "" {
			said = ""
		}
		made = append(made, canon.Object{"id": f.ID, "number": number, "item": f.Item, "say": said})
	}
	w.step.Made = canon.Object{"problems": made}
	return nil
}
