package problem

import (
	"context"
	"database/sql"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
)

// What is asked for.
const (
	AskExtend = "extend" // 延期: a later due day
	AskPause  = "pause"  // 暂停: the clock stands until a day
)

// AskState is what became of a request.
type AskState string

// The states of a request. Lapsed: the problem went on without it.
const (
	AskOpen    AskState = "open"
	AskGranted AskState = "granted"
	AskRefused AskState = "refused"
	AskLapsed  AskState = "lapsed"
)

// Ask is one request for time. Until is the due day that was asked for, or the pause's last day; DueOn the due day that came of it, "" unless granted.
type Ask struct {
	Index           int64
	ID, What        string
	Until, Reason   string
	Unit, Post      string
	WasDue          string
	State           AskState
	DueOn           string
	SettledIdx      int64
	SettledBy, Said string
}

// Asks returns everything that was asked for of a problem, in order.
func Asks(ctx context.Context, r database.Reader, county string, key int64) ([]Ask, error) {
	rows, err := r.Query(ctx, asksOf, county, key)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (a Ask, err error) {
		return a, r.Scan(&a.Index, &a.ID, &a.What, &a.Until, &a.Reason, &a.Unit, &a.Post, &a.WasDue, &a.State, &a.DueOn, &a.SettledIdx, &a.SettledBy, &a.Said)
	})
}

// AskOf is a request with the problem that it is about.
type AskOf struct {
	Ask
	Problem string
}

// OpenAsks returns the requests for time that wait for an answer, the oldest first, at most most.
func OpenAsks(ctx context.Context, r database.Reader, county string, scope duty.Scope, most int) ([]AskOf, error) {
	w := &database.Where{}
	w.And("a.county = ?", county).And("a.state = ?", string(AskOpen))
	cond, args := scope.Where("p.area")
	w.And(cond, args...)
	q, all := w.SQL(openAsks, "ORDER BY a.idx LIMIT ?", most)
	rows, err := r.Query(ctx, q, all...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (a AskOf, err error) {
		return a, r.Scan(&a.Problem, &a.Index, &a.ID, &a.What, &a.Until, &a.Reason, &a.Unit, &a.Post, &a.WasDue, &a.State)
	})
}

// Paused reports whether the problem's clock stands on a day.
func (p *Problem) Paused(day string) bool { return p.PausedOn != "" && p.PausedUntil >= day }

// openAsk returns the request that nobody has settled, nil without one.
func (w *work) openAsk(ctx context.Context) (*Ask, error) {
	all, err := Asks(ctx, w.step.Tx, w.step.Act.County, w.p.Key)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].State == AskOpen {
			return &all[i], nil
		}
	}
	return nil, nil
}

func (w *work) today() string { return clock.Day(w.step.Act.ReceivedAt) }

// checkAsk reads a request: {what, until, reason}.
func checkAsk(ctx context.Context, w *work) error {
	if err := needReason(ctx, w); err != nil {
		return err
	}
	what, until, today := w.text("what"), w.text("until"), w.today()
	switch {
	case what != AskExtend && what != AskPause:
		return errs.New(errs.Invalid, "problem.ask_what", "请选择申请延期还是申请暂停，再提交。")
	case !clock.ValidDay(until) || until < today:
		return errs.Newf(errs.Invalid, "problem.ask_until", "请选择今天（%s）或以后的日期，再提交。", today)
	case w.p.Paused(today):
		return errs.Newf(errs.Conflict, "problem.paused", "问题 %s 已批准暂停到 %s，期限不走；需要延期时请先恢复整改，再申请。", w.p.Number, w.p.PausedUntil)
	case what == AskExtend && until <= w.p.DueOn:
		return errs.Newf(errs.Invalid, "problem.ask_until", "现在的期限是 %s，申请延到的日期应在它之后；请改正后再提交。", w.p.DueOn)
	}
	open, err := w.openAsk(ctx)
	if err != nil {
		return err
	}
	if open != nil {
		return errs.Newf(errs.Conflict, "problem.asked", "问题 %s 已有一份申请等县巩固办答复（%s），不能重复申请；请等答复。", w.p.Number, w.nameOf(ctx, open.Post))
	}
	return nil
}

func writeAsk(ctx context.Context, w *work) error {
	s := w.step
	_, err := s.Tx.Exec(ctx, insertAsk, s.Act.County, w.p.Key, s.Act.Index, ident.Derive(s.Act.ID, "ask"), w.text("what"), w.text("until"), w.text("reason"), w.actor.Unit, w.actor.Post, w.p.DueOn)
	return err
}

// asked returns the request that an answer names, and refuses one that was answered already.
func (w *work) asked(ctx context.Context) (*Ask, error) {
	all, err := Asks(ctx, w.step.Tx, w.step.Act.County, w.p.Key)
	if err != nil {
		return nil, err
	}
	for i := range all {
		switch a := &all[i]; {
		case a.ID != w.text("ask"):
		case a.State == AskOpen:
			return a, nil
		case a.State == AskLapsed:
			return nil, errs.Newf(errs.Conflict, "problem.ask_lapsed", "问题 %s 在答复前已经往下办理，这份申请不再需要答复。", w.p.Number)
		default:
			return nil, errs.Newf(errs.Conflict, "problem.ask_settled", "这份申请已由 %s 答复，不需要再办；请刷新后查看。", w.nameOf(ctx, a.SettledBy))
		}
	}
	return nil, errs.New(errs.NotFound, "problem.ask_not_found", "没有找到这份申请；请刷新后查看最新情况。")
}

// checkGrant reads the office's consent: {ask, reason}; beyond the clearing day it says why.
func checkGrant(ctx context.Context, w *work) error {
	a, err := w.asked(ctx)
	if err != nil {
		return err
	}
	today := w.today()
	if a.Until < today {
		return errs.Newf(errs.Conflict, "problem.ask_over", "申请的日期 %s 已经过去，不能再同意；请不同意这份申请，由整改单位重新申请。", a.Until)
	}
	a.WasDue = w.p.DueOn // a second order may have moved it since
	w.ask, w.newDue = a, a.Until
	if a.What == AskPause {
		w.newDue = paused(w.pack, w.p.DueOn, today, a.Until)
	}
	if len([]rune(w.text("reason"))) > mostText {
		return ErrLong
	}
	if w.p.ClearOn != "" && w.newDue > w.p.ClearOn && len([]rune(w.text("reason"))) < leastReason {
		return errs.Newf(errs.Conflict, "problem.beyond", "同意后问题 %s 的期限是 %s，晚于清零日期 %s；请写明同意的理由（至少 %d 个字），再提交。", w.p.Number, w.newDue, w.p.ClearOn, leastReason)
	}
	return nil
}

// paused returns the due day after a pause from one day to another, both included: it moves by the working days between.
func paused(pk *pack.Pack, due, from, to string) string {
	c := pk.Calendar()
	return c.AddWorkdays(due, max(0, c.Workdays(clock.AddDays(from, -1), to)))
}

// standGranted is for a consent and for the end of a pause.
func standGranted(w *work, now *Standing) { now.DueOn = w.newDue }

func writeGrant(ctx context.Context, w *work) error {
	if w.ask.What == AskPause {
		if _, err := w.step.Tx.Exec(ctx, pauseProblem, w.today(), w.ask.Until, w.step.Act.County, w.p.Key); err != nil {
			return err
		}
	}
	return w.settle(ctx, AskGranted, w.newDue)
}

func (w *work) settle(ctx context.Context, to AskState, due string) error {
	s := w.step
	_, err := s.Tx.Exec(ctx, settleAsk, string(to), w.ask.WasDue, due, s.Act.Index, w.actor.Post, w.text("reason"), s.Act.County, w.p.Key, w.ask.Index)
	return err
}

func checkRefuse(ctx context.Context, w *work) error {
	a, err := w.asked(ctx)
	if err != nil {
		return err
	}
	w.ask = a
	return needReason(ctx, w)
}

func writeRefuse(ctx context.Context, w *work) error { return w.settle(ctx, AskRefused, "") }

func checkResume(ctx context.Context, w *work) (err error) {
	if !w.p.Paused(w.today()) {
		return errs.Newf(errs.Conflict, "problem.not_paused", "问题 %s 没有暂停，不用恢复；请刷新后查看最新情况。", w.p.Number)
	}
	w.newDue, err = w.resumedDue(ctx)
	return err
}

// resumedDue is the due day when the clock runs again from today: the one before the pause, and the working days that it lasted.
func (w *work) resumedDue(ctx context.Context) (string, error) {
	all, err := Asks(ctx, w.step.Tx, w.step.Act.County, w.p.Key)
	if err != nil {
		return "", err
	}
	due := w.p.DueOn
	for _, a := range all {
		if a.What == AskPause && a.State == AskGranted {
			due = paused(w.pack, a.WasDue, w.p.PausedOn, clock.AddDays(w.today(), -1))
		}
	}
	return due, nil
}

func writeResumed(ctx context.Context, w *work) error {
	_, err := w.step.Tx.Exec(ctx, pauseProblem, "", "", w.step.Act.County, w.p.Key)
	return err
}

// goOn ends what waited for an answer and what stood still, when the unit that asked has nothing to do with the problem any more.
func (w *work) goOn(ctx context.Context) error {
	if !w.p.State.Owed() || w.now.State.Owed() {
		return nil
	}
	s := w.step
	if _, err := s.Tx.Exec(ctx, lapseAsks, s.Act.Index, s.Act.County, w.p.Key); err != nil || w.p.PausedOn == "" {
		return err
	}
	var err error
	if w.now.State == Rectified && w.p.Paused(w.today()) {
		if w.now.DueOn, err = w.resumedDue(ctx); err != nil {
			return err
		}
	}
	_, err = s.Tx.Exec(ctx, pauseProblem, "", "", s.Act.County, w.p.Key)
	return err
}

// standReopened gives a relapse the working days of its dispatch rule from the day of relapse, like any new order; but not beyond the
// clearing day while that is ahead, since then everything must be clear. Without a rule it has the finding's own days, and at
// least the pack's days of warning: nobody is late on the day on which he hears of it.
func standReopened(w *work, now *Standing) {
	today, c := w.today(), w.pack.Calendar()
	days := int(Dispatch(w.pack, w.p.Item, w.p.Area, nil).Workdays)
	due := c.AddWorkdays(today, days)
	if days == 0 {
		due = max(clock.AddDays(today, int(w.p.Days)), c.AddWorkdays(today, w.pack.Head.Loop.Near))
	}
	if today < w.p.ClearOn && w.p.ClearOn < due {
		due = w.p.ClearOn
	}
	now.DueOn = due
}

// nameOf names the holder of a post, for a refusal.
func (w *work) nameOf(ctx context.Context, post string) string { return whose(ctx, w.step, post) }

func whose(ctx context.Context, s *act.Step, post string) string {
	a, err := duty.Known(ctx, s.Tx, s.Act.County, post)
	if err != nil {
		return "别人"
	}
	return a.Name
}

func (a Ask) waits() bool { return a.State == AskOpen }

// idle reports whether an act about time has nothing to be about.
func idle(kind string, waits, paused bool) bool {
	switch kind {
	case KindAsk:
		return waits
	case KindGrant, KindRefuse:
		return !waits
	case KindResume:
		return !paused
	}
	return false
}
