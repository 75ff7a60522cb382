package roster

import (
	"context"
	"database/sql"
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
	"gonggu/internal/problem"
)

// LifeChange is the newest act of register life on a household that still stands.
type LifeChange struct {
	Act     string
	Kind    string
	Subject string // the household that the act named; another one when this one was only touched by it
	Index   int64
	Built   bool // something was done on the household since: it cannot be taken back
}

// LastLifeChange returns the newest act of register life on a household that was not taken back; nil when there is none.
func (s Store) LastLifeChange(ctx context.Context, r database.Reader, household int64) (*LifeChange, error) {
	var c LifeChange
	var rev, now int64
	err := r.QueryRow(ctx, lastLifeChange, s.County, household).Scan(&c.Index, &c.Kind, &rev, &now)
	if database.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	a, err := act.ByIndex(ctx, r, s.County, c.Index)
	if err != nil {
		return nil, err
	}
	c.Act, c.Subject, c.Built = a.ID, a.Subject, rev != now
	return &c, nil
}

// undoing is an act of life being taken back.
type undoing struct {
	life   *Life
	step   *act.Step
	of     *act.Act
	scope  duty.Scope
	loaded *campaign.Loaded
	rows   []*undoRow
}

type undoRow struct {
	altered
	key, rev, undone int64
	kind             string
	box              []byte
}

// takeBack undoes exactly one act of register life: the newest on each of its households, or not at all.
func (l *Life) takeBack(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.AmendRegister)
	if err != nil {
		return err
	}
	u := &undoing{life: l, step: s, scope: by.Scope(duty.AmendRegister)}
	if len(s.Act.After) == 1 {
		if u.of, err = act.ByID(ctx, s.Tx, s.Act.County, s.Act.After[0]); err != nil {
			return err
		}
	}
	if u.of == nil || !slices.Contains(LifeKinds, u.of.Kind) || u.of.Subject != s.Act.Subject {
		return errs.New(errs.Invalid, "life.take_back", "撤销要指明是这一户的哪一次登记变更；请刷新后重试。")
	}
	if u.loaded, err = l.Desk.Book.Loaded(ctx, s.Tx, s.Act.Pack); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{u.read, u.check, u.restore, u.carryBack, u.write} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (u *undoing) read(ctx context.Context) error {
	rows, err := u.step.Tx.Query(ctx, lifeChangesOf, u.step.Act.County, u.of.Index)
	if err != nil {
		return err
	}
	u.rows, err = database.Collect(rows, func(r *sql.Rows) (*undoRow, error) {
		x := &undoRow{}
		return x, r.Scan(&x.key, &x.kind, &x.rev, &x.undone, &x.box)
	})
	if err != nil {
		return err
	}
	store := u.life.Desk.Store
	for _, x := range u.rows {
		if x.h, err = store.Load(ctx, u.step.Tx, x.key); err != nil {
			return err
		}
		plain, err := store.Keys.Open(place("life", u.step.Act.County, x.h.ID), x.box)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(plain, &x.record); err != nil {
			return err
		}
		if x.before = x.record.Before; x.before != nil {
			plainFacts(x.before)
		}
	}
	return nil
}

// check refuses to take back what is not the newest, or what somebody has built on.
func (u *undoing) check(ctx context.Context) error {
	for _, x := range u.rows {
		if !u.scope.Covers(x.h.Area) || (x.before != nil && !u.scope.Covers(x.before.Area)) {
			return duty.ErrOutside
		}
		if x.undone != 0 {
			return errs.Newf(errs.Conflict, "life.undone", "这次%s已经撤销过了，不用再撤。", LifeName(u.of.Kind))
		}
		if x.rev != x.h.Rev {
			what, err := u.builtOn(ctx, x.h)
			if err != nil {
				return err
			}
			return errs.Newf(errs.Conflict, "life.built_on", "%s户在这次%s之后又办了“%s”，不能直接撤销；请先撤销后面的，或用“更正”改过来。", x.h.Head, LifeName(u.of.Kind), what)
		}
		if x.record.From == 0 || x.record.From == x.key {
			continue
		}
		list, err := problem.OfHousehold(ctx, u.step.Tx, u.step.Act.County, x.key)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(p problem.Problem) bool { return p.FoundIdx > u.of.Index }) {
			return errs.Newf(errs.Conflict, "life.built_on", "%s户在这次%s之后已登记了新的问题，不能直接撤销；请先由县巩固办处理这些问题，或用“更正”改过来。", x.h.Head, LifeName(u.of.Kind))
		}
	}
	return nil
}

func (u *undoing) builtOn(ctx context.Context, h *Household) (string, error) {
	var index int64
	if err := u.step.Tx.QueryRow(ctx, lastWriter, u.step.Act.County, h.Key).Scan(&index); err != nil {
		return "", err
	}
	a, err := act.ByIndex(ctx, u.step.Tx, u.step.Act.County, index)
	if err != nil {
		return "", err
	}
	if name := LifeName(a.Kind); name != "" {
		return name, nil
	}
	if a.Kind == KindImport || a.Kind == KindUndo {
		return "导入", nil
	}
	return "入户排查", nil
}

// restore lays the household as it was over the household as it is. What no act of life decides stays as it is now:
// who answers for it, its inspection, and how much of it is open.
func (u *undoing) restore(ctx context.Context) error {
	for _, x := range u.rows {
		x.was, x.clear = x.h.Counted(), true
		now := x.h
		if x.before == nil {
			now.State = Withdrawn
			continue
		}
		h := *x.before
		h.Rev, h.Sheet, h.InspectedOn, h.Problems, h.Doubts = now.Rev, now.Sheet, now.InspectedOn, now.Problems, now.Doubts
		h.Missed, h.MissedOn = now.Missed, now.MissedOn
		h.was = now.was
		if u.of.Kind != KindMove || h.Owner == now.Owner {
			h.Owner = now.Owner
		} else if covers, err := duty.CoversPlace(ctx, u.step.Tx, u.life.Desk.Store.County, h.Owner, h.Area); err != nil {
			return err
		} else if !covers {
			h.Owner = now.Owner
		}
		x.h = &h
	}
	return nil
}

// carryBack returns the problems and doubts to where they came from.
func (u *undoing) carryBack(ctx context.Context) error {
	by := map[int64]*undoRow{}
	for _, x := range u.rows {
		by[x.key] = x
	}
	for _, x := range u.rows {
		if x.record.From == 0 {
			continue
		}
		from := by[x.record.From]
		if from == nil {
			return errs.New(errs.Internal, "life.record", "撤销所需的记录不完整，未受理；请联系系统管理员。")
		}
		c := Carried{From: x.h, To: from.h, FromArea: x.was.Area}
		if from != x && x.before != nil {
			c.Problems, c.Doubts = append([]int64{}, x.record.Problems...), append([]int64{}, x.record.Doubts...)
		}
		if err := u.life.Carry(ctx, u.step, &c); err != nil {
			return err
		}
	}
	return nil
}

func (u *undoing) write(ctx context.Context) error {
	s, sens, made := u.step, SensitiveOf(u.loaded.Pack), []any{}
	for _, x := range u.rows {
		x.out = assess.Outcome{Classes: []string{}}
		if x.h.State == Active {
			_, facts := x.h.Present()
			x.out = u.loaded.Engine.Brief(clock.Day(s.Act.ReceivedAt), x.h.Facts, facts, nil)
			x.h.Classes = x.out.Classes
		}
		x.h.Rev++
		if err := u.life.save(ctx, s, u.loaded, sens, &x.altered); err != nil {
			return err
		}
		made = append(made, x.h.ID)
		if x.before == nil {
			continue
		}
		for _, text := range []string{restoreLifeRev, restoreImportRev} {
			if _, err := s.Tx.Exec(ctx, text, x.h.Rev, s.Act.County, x.key, x.before.Rev); err != nil {
				return err
			}
		}
	}
	for _, x := range u.rows {
		if err := u.life.compare(ctx, s, &x.altered); err != nil {
			return err
		}
	}
	s.Made = canon.Object{"households": made}
	_, err := s.Tx.Exec(ctx, markUndone, s.Act.Index, s.Act.County, u.of.Index)
	return err
}

// mergeVillage moves everything of a village into its neighbour: households with their problems, doubts and tasks, groups, posts.
func (l *Life) mergeVillage(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.MergeVillage)
	if err != nil {
		return err
	}
	from, into, err := duty.CheckMerge(ctx, s.Tx, s.Act.County, s.Act.Subject, str(s.Act.Body, "into"))
	if err != nil {
		return err
	}
	if scope := by.Scope(duty.MergeVillage); !scope.Covers(from.Code) || !scope.Covers(into.Code) {
		return duty.ErrOutside
	}
	if len([]rune(str(s.Act.Body, "reason"))) < 4 {
		return errs.New(errs.Invalid, "life.reason", "请写明并村的依据，如批复文号（至少 4 个字）。").At("reason", "依据")
	}
	loaded, err := l.Desk.Book.Loaded(ctx, s.Tx, s.Act.Pack)
	if err != nil {
		return err
	}
	keys, err := keysOf(s.Tx.Query(ctx, householdsIn, s.Act.County, from.Code, from.Code+"~"))
	if err != nil {
		return err
	}
	codes, err := duty.Absorb(ctx, s, from, into)
	if err != nil {
		return err
	}
	sens := SensitiveOf(loaded.Pack)
	for _, key := range keys {
		if err := l.follow(ctx, s, sens, key, codes, into.Code); err != nil {
			return err
		}
	}
	s.Made = canon.Object{"households": int64(len(keys))}
	return nil
}

// follow takes a household along into the village that its own was merged into.
func (l *Life) follow(ctx context.Context, s *act.Step, sens Sensitive, key int64, codes map[string]string, into string) error {
	h, err := l.Desk.Store.Load(ctx, s.Tx, key)
	if err != nil {
		return err
	}
	c, err := keepBefore(h)
	if err != nil {
		return err
	}
	area := h.Area
	if h.Area = codes[area]; h.Area == "" {
		h.Area = into
	}
	h.note(nil, NoteArea, Source{lifeSource + s.Act.ID, clock.Day(s.Act.ReceivedAt)})
	h.Rev++
	if err := l.Carry(ctx, s, &Carried{From: h, To: h, FromArea: area}); err != nil {
		return err
	}
	// It is part of the household's story, and cannot be taken back for one household alone.
	if _, err := s.Tx.Exec(ctx, insertLifeChange, s.Act.County, s.Act.Index, h.Key, s.Act.Kind, h.Rev, []byte{}); err != nil {
		return err
	}
	return l.Desk.Store.Save(ctx, s, sens, h, c.was, clock.Day(s.Act.ReceivedAt))
}

// LifeActs returns the log indexes of the acts of register life that touched a household, oldest first, taken back or not.
func (s Store) LifeActs(ctx context.Context, r database.Reader, household int64) ([]int64, error) {
	rows, err := r.Query(ctx, lifeIndexes, s.County, household)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (n int64, err error) { return n, r.Scan(&n) })
}
