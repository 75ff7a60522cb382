package problem

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/tally"
)

// KindClear is 清零: the rectifying unit signs that nothing of its list is open. Its subject is the unit.
const KindClear = "unit.clear"

// Clear is one such signature. Voided is the log index of the act that gave the unit something to do again, 0 while it stands.
type Clear struct {
	Unit         string
	Index        int64
	On           string
	Person, Post string
	Closed       int64 // problems of its list, all closed
	Voided       int64
	Why          string
}

// ListOf is how a unit's list stands: what it was ordered to lead, by state. Found and accepted problems are on nobody's list yet.
type ListOf struct {
	States       map[State]int64
	Open, Closed int64
}

// listed reports whether a problem in this state is on its lead unit's list.
func (s State) listed() bool {
	return !slices.Contains([]State{Found, Accepted, Declined, Void, Merged}, s)
}

// UnitList counts what a unit was ordered to lead.
func UnitList(ctx context.Context, r database.Reader, county, unit string) (ListOf, error) {
	out := ListOf{States: map[State]int64{}}
	rows, err := r.Query(ctx, unitStates, county, unit)
	if err != nil {
		return out, err
	}
	_, err = database.Collect(rows, func(r *sql.Rows) (x struct{}, err error) {
		var state State
		var n int64
		if err = r.Scan(&state, &n); err == nil && state.listed() {
			out.States[state] = n
			if state == Closed {
				out.Closed += n
			} else {
				out.Open += n
			}
		}
		return x, err
	})
	return out, err
}

// Lists says how many problems every unit was ordered to lead, as the acts counted them; units with nothing on their list are not in it.
func Lists(ctx context.Context, r database.Reader, county string) (map[string]ListOf, error) {
	out := map[string]ListOf{}
	for _, state := range States {
		if !state.listed() {
			continue
		}
		items, err := tally.Items(ctx, r, county, county, "led."+At(state))
		if err != nil {
			return nil, err
		}
		for item, n := range items {
			unit, _, _ := strings.Cut(item, "/")
			l := out[unit]
			if state == Closed {
				l.Closed += n
			} else {
				l.Open += n
			}
			out[unit] = l
		}
	}
	maps.DeleteFunc(out, func(_ string, l ListOf) bool { return l.Open == 0 && l.Closed == 0 })
	return out, nil
}

// Clearable reports whether a unit could sign 清零 now: something was on its list, nothing of it is open, and no signature stands. It
// looks for one row of each state in the index of the lead's list instead of counting.
func Clearable(ctx context.Context, r database.Reader, county, unit string) (bool, error) {
	closed := false
	for _, s := range States {
		if !s.listed() {
			continue
		}
		w := (&database.Where{}).And("county = ?", county).And("lead = ?", unit).And("state = ?", string(s))
		q, args := w.SQL(listedStates, "LIMIT 1")
		var state State
		switch err := r.QueryRow(ctx, q, args...).Scan(&state); {
		case database.Missing(err):
		case err != nil:
			return false, err
		case s != Closed:
			return false, nil
		default:
			closed = true
		}
	}
	if !closed {
		return false, nil
	}
	before, err := Clears(ctx, r, county, unit)
	return len(before) == 0 || before[0].Voided != 0, err
}

// Clears returns the signatures of 清零 of a unit, or with "" of all, newest first.
func Clears(ctx context.Context, r database.Reader, county, unit string) ([]Clear, error) {
	w := &database.Where{}
	w.And("county = ?", county)
	if unit != "" {
		w.And("unit = ?", unit)
	}
	q, args := w.SQL(listClears, "ORDER BY idx DESC")
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (c Clear, err error) {
		return c, r.Scan(&c.Unit, &c.Index, &c.On, &c.Person, &c.Post, &c.Closed, &c.Voided, &c.Why)
	})
}

// clear signs that a unit's list is empty: {rev: 0, prefilled: {unit, closed}, answers: {}, signature}; what was shown may be left out.
func (m *Room) clear(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.ClearUnit)
	if err != nil {
		return err
	}
	if by.Unit != s.Act.Subject {
		return errs.New(errs.Forbidden, "unit.not_yours", "清零由整改单位自己签认；请由该单位的岗位签认。")
	}
	before, err := Clears(ctx, s.Tx, s.Act.County, by.Unit)
	if err != nil {
		return err
	}
	if len(before) > 0 && before[0].Voided == 0 {
		return errs.Newf(errs.Conflict, "unit.cleared", "%s 已于 %s 由 %s 签认清零，不需要再签。", by.UnitName, before[0].On, whose(ctx, s, before[0].Post))
	}
	list, err := UnitList(ctx, s.Tx, s.Act.County, by.Unit)
	if err != nil {
		return err
	}
	if list.Open > 0 {
		return errs.Newf(errs.Conflict, "unit.open", "%s 还有 %d 个问题没有销号（%s），不能签认清零；请全部销号后再签认。", by.UnitName, list.Open, list.words())
	}
	if err := signedClear(s, list.Closed); err != nil {
		return err
	}
	_, err = s.Tx.Exec(ctx, insertClear, s.Act.County, by.Unit, s.Act.Index, clock.Day(s.Act.ReceivedAt), by.Person, by.Post, list.Closed)
	return err
}

func (l ListOf) words() string {
	var out []string
	for _, s := range States {
		if n := l.States[s]; n > 0 && s != Closed {
			out = append(out, fmt.Sprintf("%s %d 个", s.Name(), n))
		}
	}
	return strings.Join(out, "、")
}

func signedClear(s *act.Step, closed int64) error {
	b := s.Act.Body
	rev, _ := b["rev"].(int64)
	shown, _ := b["prefilled"].(canon.Object)
	answers, _ := b["answers"].(canon.Object)
	row := canon.Object{"unit": s.Act.Subject, "open": int64(0), "closed": closed}
	for k, v := range shown {
		if row[k] != v {
			return ErrSeen
		}
	}
	seen, err := act.Seen(s.Act.Pack, s.Act.Kind, s.Act.Subject, rev, orNone(shown), orNone(answers))
	if err != nil || seen != s.Act.Seen {
		return ErrSeen
	}
	return signedHand(s.Act)
}

func orNone(o canon.Object) canon.Object {
	if o == nil {
		return canon.Object{}
	}
	return o
}

// cleared makes a unit's 清零 void when something comes on its list again.
func (w *work) cleared(ctx context.Context, was Standing) error {
	now := w.now
	on := now.State.listed() && now.State != Closed
	if !on || (was.Lead == now.Lead && was.State.listed() && was.State != Closed) {
		return nil
	}
	s := w.step
	_, err := s.Tx.Exec(ctx, voidClears, s.Act.Index, "问题 "+w.p.Number+" 于 "+w.today()+" "+now.State.Name(), s.Act.County, now.Lead)
	return err
}
