package problem

import (
	"context"
	"database/sql"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/message"
	"gonggu/internal/pack"
)

// KindRemind is the act by which the product itself reminds of what is due, once on a working day; subject: the day.
const KindRemind = "problem.remind"

// Arrears is what one unit owes by one day, of which the office is to have a second order drafted.
type Arrears struct {
	Lead, DueOn string
	Problems    []string // ids
	Orders      []string // the orders they were ordered by, without repetition
}

// Errors of reminding.
var (
	errRemind = errs.New(errs.Forbidden, "problem.system_only", "到期提醒由系统每个工作日自动发出，不能手工提交。")
	errHour   = errs.New(errs.Invalid, "problem.not_due", "还没有到提醒的时间。")
)

// owing is a problem whose limit runs, as far as a reminder needs it.
type owing struct{ id, number, lead, post, postUnit, dueOn, order string }

// remind writes the reminders of a day: for each step of the pack, one message for each receiver, unit and due day.
func (m *Room) remind(ctx context.Context, s *act.Step) error {
	if s.Act.Actor != act.System || s.Act.Post != act.System {
		return errRemind
	}
	day := s.Act.Subject
	if err := message.CheckRound(ctx, s.Tx, s.Act.County, day); err != nil {
		return err
	}
	_, pk, err := m.inForce(ctx, s)
	if err != nil {
		return err
	}
	r := pk.Head.Reminders
	if at, ok := clock.At(day, r.At); !ok || clock.Day(s.Act.ReceivedAt) != day || s.Act.ReceivedAt < at || !pk.Calendar().Workday(day) {
		return errHour
	}
	last, err := message.LastRound(ctx, s.Tx, s.Act.County, day)
	if err != nil {
		return err
	}
	if last == "" {
		last = pk.Calendar().AddWorkdays(day, -1)
	}
	names, err := unitNames(ctx, s)
	if err != nil {
		return err
	}
	n := 0
	for _, step := range r.Steps {
		from, to, ok := step.DueRange(pk.Calendar(), last, day)
		if !ok {
			continue
		}
		list, err := owedBetween(ctx, s.Tx, s.Act.County, from, to, day)
		if err != nil {
			return err
		}
		sent, err := m.remindStep(ctx, s, step, pk.Calendar(), list, names)
		if err != nil {
			return err
		}
		n += sent
	}
	return message.Reminded(ctx, s, day, n)
}

// remindStep writes the messages of one step; the list is in the order of unit, owner and due day.
func (m *Room) remindStep(ctx context.Context, s *act.Step, step pack.Reminder, c *clock.Calendar, list []owing, names map[string]string) (int, error) {
	n := 0
	for len(list) > 0 {
		x := list[0]
		end := slices.IndexFunc(list, func(y owing) bool {
			return y.lead != x.lead || y.dueOn != x.dueOn || step.To == "owner" && y.post != x.post
		})
		if end < 0 {
			end = len(list)
		}
		d := message.Due{Unit: names[x.lead], On: x.dueOn, Link: "/problems?unit=" + x.lead}
		if d.Unit == "" {
			d.Unit = x.lead
		}
		over := Arrears{Lead: x.lead, DueOn: x.dueOn}
		for _, y := range list[:end] {
			d.Numbers, over.Problems = append(d.Numbers, y.number), append(over.Problems, y.id)
			if y.order != "" && !slices.Contains(over.Orders, y.order) {
				over.Orders = append(over.Orders, y.order)
			}
		}
		if end == 1 {
			d.Link = "/problems/" + x.id
		}
		if err := message.Remind(ctx, s, step, c, receiver(s, step, x), d); err != nil {
			return n, err
		}
		if step.Draft && m.Drafted != nil {
			if err := m.Drafted(ctx, s, over); err != nil {
				return n, err
			}
		}
		list = list[end:]
		n++
	}
	return n, nil
}

func receiver(s *act.Step, step pack.Reminder, x owing) message.To {
	switch {
	case step.To == "office":
		return message.Duty(string(duty.Office), s.Act.County)
	case step.To == "owner" && x.post != "":
		return message.Post(x.post, x.postUnit)
	}
	return message.Unit(x.lead)
}

func unitNames(ctx context.Context, s *act.Step) (map[string]string, error) {
	list, err := duty.Units(ctx, s.Tx, s.Act.County, duty.Everything(s.Act.County))
	out := map[string]string{}
	for _, u := range list {
		out[u.ID] = u.Name
	}
	return out, err
}

// owedBetween returns the problems whose limit runs out in a span of days. One that is paused on the day has none; an owner whose post has ended has
// handed over, so his unit is told.
func owedBetween(ctx context.Context, r database.Reader, county, from, to, day string) ([]owing, error) {
	rows, err := r.Query(ctx, owedProblems, county, from, to, day)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (x owing, err error) {
		return x, r.Scan(&x.id, &x.number, &x.lead, &x.post, &x.postUnit, &x.dueOn, &x.order)
	})
}
