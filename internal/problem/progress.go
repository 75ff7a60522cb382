package problem

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/duty"
)

// Events are the measures of what may become of a problem again and again, in the order of its life. Each time is a row, so that a
// report's number of the day drills to what it counts.
var Events = []string{"ordered", "claimed", "declined", "rectified", "verified", "returned", "closed", "reopened"}

// stillOwed is the condition of State.Owed, word for word as the index of what is owed has it.
const stillOwed = "state = 'ordered' OR state = 'claimed' OR state = 'returned' OR state = 'reopened'"

// Event is one time that something became of a problem: in whose lead, and with which reason.
type Event struct {
	Problem int64
	Index   int64
	Unit    string
	Say     string
}

// record keeps the row behind a count of a report's day.
func record(ctx context.Context, s *act.Step, measure string, p *Problem, unit, say string) error {
	if measure == MeasureAccepted || measure == MeasureVoided {
		return nil // the problem's own row says it
	}
	_, err := s.Tx.Exec(ctx, insertEvent, s.Act.County, s.ReportDay, measure, p.Key, s.Act.Index, unit, say)
	return err
}

// Happened returns what became of problems in the report of a day, by problem and time.
func Happened(ctx context.Context, r database.Reader, county, day, measure string) ([]Event, error) {
	rows, err := r.Query(ctx, eventsOn, county, day, measure)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (e Event, err error) {
		return e, r.Scan(&e.Problem, &e.Index, &e.Unit, &e.Say)
	})
}

// LateOn returns the problems whose due day a report day has passed while their unit still owed its part, as they stood then: key,
// area, item, lead, state, due day and since when they stood so. The due day itself is in time.
func LateOn(ctx context.Context, r database.Reader, county, day string) ([]Problem, error) {
	w := &database.Where{}
	w.And("county = ?", county).And(stillOwed).And("due_on < ? AND due_on <> ''", day).And("standing_on <= ? AND found_on <= ?", day, day)
	scope, args := duty.Everything(county).Where("area")
	w.And(scope, args...)
	q, all := w.SQL(overdueNow, "ORDER BY key")
	now, err := overdue(ctx, r, q, all...)
	if err != nil {
		return nil, err
	}
	w = &database.Where{}
	w.And("s.county = ?", county).And("s.state IN ('ordered', 'claimed', 'returned', 'reopened')").And("s.due_on < ? AND s.due_on <> ''", day).And("s.since_on <= ? AND s.until_on > ?", day, day)
	scope, args = duty.Everything(county).Where("p.area")
	w.And(scope, args...)
	q, all = w.SQL(overdueThen, "ORDER BY p.key")
	then, err := overdue(ctx, r, q, all...)
	if err != nil {
		return nil, err
	}
	list := append(now, then...)
	for i := range list {
		if list[i].Area, err = list[i].AreaAt(ctx, r, county, day); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func overdue(ctx context.Context, r database.Reader, q string, args ...any) ([]Problem, error) {
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (p Problem, err error) {
		return p, r.Scan(&p.Key, &p.Area, &p.MovedOn, &p.State, &p.Item, &p.Lead, &p.DueOn, &p.StandingOn, &p.FoundOn)
	})
}

// LateUnit is a unit with problems past their day.
type LateUnit struct {
	Unit  string
	N     int64
	Since string // the earliest of the days that it has let pass
}

// LateUnits counts the problems of a scope that are past their day on a day, by the unit that leads; the one with most comes first.
func LateUnits(ctx context.Context, r database.Reader, county string, scope duty.Scope, day string) ([]LateUnit, error) {
	w := &database.Where{}
	w.And("county = ?", county).And(stillOwed).And("due_on < ? AND due_on <> ''", day)
	cond, args := scope.Where("area")
	w.And(cond, args...)
	cond, args = scope.WhereUnit("lead", "helping")
	w.And(cond, args...)
	q, all := w.SQL(lateUnits, "")
	rows, err := r.Query(ctx, q, all...)
	if err != nil {
		return nil, err
	}
	owes, err := database.Collect(rows, func(r *sql.Rows) (u LateUnit, err error) {
		return u, r.Scan(&u.Unit, &u.Since)
	})
	if err != nil {
		return nil, err
	}
	at, out := map[string]int{}, []LateUnit{}
	for _, u := range owes {
		i, ok := at[u.Unit]
		if !ok {
			i, at[u.Unit], out = len(out), len(out), append(out, u)
		}
		out[i].N, out[i].Since = out[i].N+1, min(out[i].Since, u.Since)
	}
	slices.SortFunc(out, func(x, y LateUnit) int { return cmp.Or(cmp.Compare(y.N, x.N), cmp.Compare(x.Unit, y.Unit)) })
	return out, nil
}
