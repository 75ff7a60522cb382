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
	box := &digest{title: r.Digest, of: map[message.To]*said{}}
	for _, step := range r.Steps {
		from, to, ok := step.DueRange(pk.Calendar(), last, day)
		if !ok {
			continue
		}
		list, err := owedBetween(ctx, s.Tx, s.Act.County, from, to, day)
		if err != nil {
			return err
		}
		if err := m.remindStep(ctx, s, step, pk.Calendar(), list, names, box); err != nil {
			return err
		}
	}
	if err := box.send(ctx, s); err != nil {
		return err
	}
	return message.Reminded(ctx, s, day, box.sent)
}

// digest gathers what a round says to each receiver, so that nobody hears twice of one thing or several times a day. Without a title in the
// pack each reminder goes as it comes.
type digest struct {
	title string
	order []message.To
	of    map[message.To]*said
	sent  int
}

// said is what one receiver hears: a line for each unit and due day, and how many problems each is about.
type said struct {
	keys []string
	list []message.Message
	n    []int
}

func (d *digest) add(ctx context.Context, s *act.Step, m message.Message, key string, n int) error {
	if d.title == "" {
		d.sent++
		return message.Send(ctx, s, m)
	}
	x := d.of[m.To]
	if x == nil {
		x = &said{}
		d.of[m.To], d.order = x, append(d.order, m.To)
	}
	if i := slices.Index(x.keys, key); i >= 0 { // a later step speaks of the same
		x.list[i], x.n[i] = m, n
		return nil
	}
	x.keys, x.list, x.n = append(x.keys, key), append(x.list, m), append(x.n, n)
	return nil
}

func (d *digest) send(ctx context.Context, s *act.Step) error {
	for _, to := range d.order {
		x, n := d.of[to], 0
		for _, k := range x.n {
			n += k
		}
		m := x.list[0]
		if len(x.list) > 1 {
			m = message.Digest(d.title, n, x.list)
		}
		if err := message.Send(ctx, s, m); err != nil {
			return err
		}
		d.sent++
	}
	return nil
}

// remindStep says what one step has to say; the list is in the order of unit, due day and owner.
func (m *Room) remindStep(ctx context.Context, s *act.Step, step pack.Reminder, c *clock.Calendar, list []owing, names map[string]string, box *digest) error {
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
		if step.Draft && box.title != "" {
			d.Link = "/orders?state=draft" // what was drafted of it waits there
		}
		if err := box.add(ctx, s, message.Reminder(s, step, c, receiver(s, step, x), d), x.lead+"/"+x.dueOn, end); err != nil {
			return err
		}
		if step.Draft && m.Drafted != nil {
			if err := m.Drafted(ctx, s, over); err != nil {
				return err
			}
		}
		list = list[end:]
	}
	return nil
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
