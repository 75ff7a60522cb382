package roster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
)

// The kinds of act of this package.
const (
	KindImport = "register.import"
	KindUndo   = "register.undo"
)

// Assessed is told, inside the act, what the rules say of a household whose data changed. It may
// change the household's counts of doubts, which Save then writes.
type Assessed func(ctx context.Context, s *act.Step, loaded *campaign.Loaded, h *Household, out assess.Outcome) error

// Inherit gives a household that entered a place, inside the act, to whoever answers for the place, before it is saved.
type Inherit func(ctx context.Context, s *act.Step, h *Household) error

// errCancelled ends an import that is being applied; the whole transaction is rolled back.
var errCancelled = errors.New("roster: import cancelled")

// Kinds returns what the acts of this package mean.
func (d *Desk) Kinds() map[string]act.Kind {
	return map[string]act.Kind{KindImport: {Apply: d.apply}, KindUndo: {Apply: d.undo}, KindRejudge: {Apply: d.rejudge}}
}

// applying is one import being entered.
type applying struct {
	desk      *Desk
	store     Store // asks no group rules by itself: they are asked once, at the end
	step      *act.Step
	loaded    *campaign.Loaded
	sensitive Sensitive
	scope     duty.Scope
	source    Source
	today     string
	ordinal   int
	groups    map[string]map[string]string // village → group name → code
	made      Counts
	words     *words
	numbers   *numbers // nil in a small import; of produce alone
	pending   *pending
}

// Counts says what an import did.
type Counts struct {
	New     int64 `json:"new"`
	Changed int64 `json:"changed"`
	Same    int64 `json:"same"`
	Persons int64 `json:"persons"`
}

// apply enters an import: all of it or nothing.
func (d *Desk) apply(ctx context.Context, s *act.Step) error {
	scope := duty.Everything(s.Act.County)
	if s.Act.Actor != act.System {
		by, err := duty.Acting(ctx, s, duty.ImportRegister)
		if err != nil {
			return err
		}
		scope = by.Scope(duty.ImportRegister)
	}
	loaded, today, err := d.loadedOf(ctx, s)
	if err != nil {
		return err
	}
	b := s.Act.Body
	a := &applying{desk: d, store: Store{County: d.Store.County, Keys: d.Store.Keys}, step: s, loaded: loaded, sensitive: SensitiveOf(loaded.Pack), scope: scope, source: Source{str(b, "source"), str(b, "source_on")},
		today: today, groups: map[string]map[string]string{}, words: wordsOf(loaded.Pack), pending: newPending(d.Store.County, SensitiveOf(loaded.Pack))}
	if err := d.filesThere(str(b, "change_set"), str(b, "openings")); err != nil {
		return err
	}
	total, _ := b["households"].(int64)
	job := d.job(s.Act.Subject)
	job.total.Store(total)
	job.done.Store(0)
	if total >= worthNumbers {
		if a.numbers, err = d.Store.numbers(ctx, s.Tx); err != nil {
			return err
		}
	}
	work := make(chan *evaluated, linesAhead)
	stop := make(chan struct{})
	defer close(stop)
	go a.produce(str(b, "row"), str(b, "change_set"), str(b, "openings"), work, stop)
	for e := range work {
		<-e.ready
		if e.err != nil && e.n < 0 {
			return e.err
		}
		if e.err != nil {
			return fmt.Errorf("change set line %d: %w", e.n+1, e.err)
		}
		if job.cancelled.Load() {
			return errCancelled
		}
		if err := a.take(ctx, e); err != nil {
			return fmt.Errorf("change set line %d: %w", e.n+1, err)
		}
		job.done.Add(1)
	}
	if err := a.pending.flush(ctx, s.Tx); err != nil {
		return err
	}
	if a.made.New+a.made.Changed > 0 {
		if err := a.compareAll(ctx); err != nil {
			return err
		}
	}
	s.Made = map[string]any{"new": a.made.New, "changed": a.made.Changed, "same": a.made.Same, "persons": a.made.Persons}
	return nil
}

func (d *Desk) filesThere(names ...string) error {
	for _, n := range names {
		f, err := d.Files.Open(n)
		if err != nil {
			return errs.New(errs.Invalid, "import.files", "导入的数据文件已不在服务器上，未导入；请重新上传。").Because(err)
		}
		_ = f.Close()
	}
	return nil
}

func (a *applying) take(ctx context.Context, e *evaluated) error {
	in := e.in
	if !a.scope.Covers(in.Area) {
		return nil // the preview named it as out of scope
	}
	if err := a.placeGroup(ctx, in); err != nil {
		return err
	}
	if e.fresh {
		return a.admit(ctx, e)
	}
	if err := a.pending.flush(ctx, a.step.Tx); err != nil { // it may be one of those
		return err
	}
	h, err := a.desk.Store.match(ctx, a.step.Tx, in)
	if err != nil {
		return err
	}
	if h == nil {
		return a.enter(ctx, in, e.outcome)
	}
	was := h.Counted()
	if changed := a.desk.Store.merge(h, in, a.source); len(changed) == 0 {
		a.made.Same++
		return nil
	}
	before, err := json.Marshal(&h.was.household)
	if err != nil {
		return err
	}
	h.Rev++
	if err := a.keep(ctx, h, before); err != nil {
		return err
	}
	people, facts := h.Present()
	out := a.loaded.Engine.Brief(a.today, h.Facts, facts, nil)
	a.made.Changed++
	a.made.Persons += int64(len(people))
	return a.save(ctx, h, was, out)
}

// enter adds a household that the register did not have.
func (a *applying) enter(ctx context.Context, in *incoming, out assess.Outcome) error {
	h := a.newcomer(ident.Key(a.step.Act.Index, a.ordinal), in)
	a.ordinal++
	if err := a.keep(ctx, h, nil); err != nil {
		return err
	}
	a.made.New++
	a.made.Persons += int64(len(in.Members))
	return a.save(ctx, h, Was{}, out)
}

func (a *applying) save(ctx context.Context, h *Household, was Was, out assess.Outcome) error {
	if err := a.tell(ctx, h, was, out); err != nil {
		return err
	}
	return a.store.Save(ctx, a.step, a.sensitive, h, was, a.today)
}

// tell says what the rules found to those who act on it, before the household is written.
func (a *applying) tell(ctx context.Context, h *Household, was Was, out assess.Outcome) error {
	h.Classes = out.Classes
	if a.desk.Assessed != nil {
		if err := a.desk.Assessed(ctx, a.step, a.loaded, h, out); err != nil {
			return err
		}
	}
	if a.desk.Inherit != nil && h.Area != was.Area {
		return a.desk.Inherit(ctx, a.step, h)
	}
	return nil
}

// keep remembers what a household was before, so that the import can be undone as a whole.
func (a *applying) keep(ctx context.Context, h *Household, before []byte) error {
	box := []byte{}
	if before != nil {
		box = a.desk.Store.Keys.Seal(place("was", a.step.Act.County, h.ID), before)
	}
	err := a.step.Tx.Put(ctx, insertChange, a.step.Act.County, a.step.Act.Index, h.Key, h.Rev, box)
	return err
}

// placeGroup gives a group that the county has no code for its own suffix below the village.
func (a *applying) placeGroup(ctx context.Context, in *incoming) error {
	if in.Group == "" || len(in.Area) != 12 {
		return nil
	}
	known := a.groups[in.Area]
	if known == nil {
		known = map[string]string{}
		areas, err := duty.Areas(ctx, a.step.Tx, a.step.Act.County, duty.Everything(in.Area))
		if err != nil {
			return err
		}
		for _, x := range areas {
			if x.Parent == in.Area {
				known[x.Name] = x.Code
			}
		}
		a.groups[in.Area] = known
	}
	code, ok := known[in.Group]
	if !ok {
		if len(known) >= 99 {
			return nil
		}
		code = fmt.Sprintf("%s%02d", in.Area, len(known)+1)
		if err := duty.Grow(ctx, a.step, duty.Area{Code: code, Parent: in.Area, Level: duty.LevelGroup, Name: in.Group, Short: in.Group}); err != nil {
			return err
		}
		known[in.Group] = code
	}
	in.Area = code
	return nil
}

// undo takes an import back as a whole, or, when anybody has built on it, not at all.
func (d *Desk) undo(ctx context.Context, s *act.Step) error {
	if s.Act.Actor != act.System {
		if _, err := duty.Acting(ctx, s, duty.ImportRegister); err != nil {
			return err
		}
	}
	index, err := d.importIndex(ctx, s)
	if err != nil {
		return err
	}
	loaded, err := d.Book.Loaded(ctx, s.Tx, s.Act.Pack)
	if err != nil {
		return err
	}
	var touched int64
	if err := s.Tx.QueryRow(ctx, countTouched, s.Act.County, index).Scan(&touched); err != nil {
		return err
	}
	if touched > 0 {
		return errs.Newf(errs.Conflict, "import.built_on", "导入之后已有 %d 户被排查或修改，不能整体撤销；请逐户核实更正。", touched)
	}
	var gone int64
	if err := s.Tx.QueryRow(ctx, countDestroyed, s.Act.County, index, destroyed).Scan(&gone); err != nil {
		return err
	}
	if gone > 0 {
		return errs.New(errs.Conflict, "import.undo_destroyed", "这次导入留作撤销的旧值已到期销毁，不能整体撤销；请逐户更正。")
	}
	sens := SensitiveOf(loaded.Pack)
	for after := int64(0); ; {
		rows, err := s.Tx.Query(ctx, listChanges, s.Act.County, index, after, 500)
		if err != nil {
			return err
		}
		changes, err := database.Collect(rows, scanChange)
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			return nil
		}
		for _, c := range changes {
			if err := d.takeBack(ctx, s, sens, loaded, c); err != nil {
				return err
			}
			after = c.household
		}
	}
}

func (d *Desk) takeBack(ctx context.Context, s *act.Step, sens Sensitive, loaded *campaign.Loaded, c change) error {
	h, err := d.Store.Load(ctx, s.Tx, c.household)
	if err != nil {
		return err
	}
	was, rev := h.Counted(), h.Rev
	out := assess.Outcome{Classes: []string{}}
	if len(c.was) == 0 {
		h.State = Withdrawn
	} else {
		plain, err := d.Store.Keys.Open(place("was", s.Act.County, h.ID), c.was)
		if err != nil {
			return err
		}
		before := &Household{}
		if err := json.Unmarshal(plain, before); err != nil {
			return err
		}
		plainFacts(before)
		before.Doubts, before.Problems, before.Owner, before.Missed, before.MissedOn = h.Doubts, h.Problems, h.Owner, h.Missed, h.MissedOn
		h = before
		_, facts := h.Present()
		out = loaded.Engine.Brief(clock.Day(s.Act.ReceivedAt), h.Facts, facts, nil)
		h.Classes = out.Classes
	}
	h.Rev = rev + 1
	if d.Assessed != nil {
		if err := d.Assessed(ctx, s, loaded, h, out); err != nil {
			return err
		}
	}
	if d.Inherit != nil && h.State == Active && h.Area != was.Area {
		if err := d.Inherit(ctx, s, h); err != nil {
			return err
		}
	}
	if err := s.Tx.Put(ctx, deletePersons, s.Act.County, h.Key); err != nil {
		return err
	}
	return d.Store.Save(ctx, s, sens, h, was, clock.Day(s.Act.ReceivedAt))
}

// plainFacts turns what encoding/json made of the facts back into what rules read.
func plainFacts(h *Household) {
	fix := func(f assess.Facts) {
		for k, v := range f {
			if x, ok := v.(float64); ok {
				f[k] = int64(x) // facts are integers within 2^53
			} else {
				f[k] = Plain(v)
			}
		}
	}
	fix(h.Facts)
	for i := range h.Members {
		fix(h.Members[i].Facts)
	}
}

// job is the progress of an import that is under way in this process.
type job struct {
	total, done atomic.Int64
	cancelled   atomic.Bool
}

// importIndex returns the place in the log of the import that an undo names.
func (d *Desk) importIndex(ctx context.Context, s *act.Step) (int64, error) {
	if len(s.Act.After) != 1 {
		return 0, errs.New(errs.Invalid, "import.undo", "撤销要指明是哪一次导入。")
	}
	a, err := act.ByID(ctx, s.Tx, s.Act.County, s.Act.After[0])
	if err != nil {
		return 0, err
	}
	if a.Kind != KindImport || a.Subject != s.Act.Subject {
		return 0, errs.New(errs.Invalid, "import.undo", "撤销要指明是哪一次导入。")
	}
	return a.Index, nil
}
