package inspection

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
	"gonggu/internal/roster"
)

// ListMissed is the pack's list of why a household could not be inspected.
const ListMissed = "missed"

// What a reason asks for next.
const (
	NextAgain   = "again"   // another day is to be named
	NextCorrect = "correct" // the register is to be corrected
)

// maxNote bounds the note on a household that could not be inspected, in characters.
const maxNote = 200

// Reasons returns the pack's reasons why a household could not be inspected, in its order.
func Reasons(p *pack.Pack) []pack.Entry {
	i := slices.IndexFunc(p.Codes, func(l pack.CodeList) bool { return l.ID == ListMissed })
	if i < 0 {
		return nil
	}
	return p.Codes[i].Entries
}

// Miss is an attempt to inspect a household that did not succeed.
type Miss struct {
	Household                           int64
	Index                               int64
	Reason, Note, AgainOn, Post, DoneOn string
}

// miss notes why a household could not be inspected. Another reason later stands in its place; a sheet clears it.
func (m Room) miss(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.SubmitInspection)
	if err != nil {
		return err
	}
	h, err := m.Roster.ByID(ctx, s.Tx, s.Act.Subject)
	if err != nil {
		return err
	}
	if err := covers(by, duty.SubmitInspection, h.Area); err != nil {
		return err
	}
	camp, loaded, err := m.Book.Current(ctx, s.Tx)
	if err != nil {
		return err
	}
	switch {
	case h.State != roster.Active:
		return errs.New(errs.Conflict, "miss.household_gone", "这一户已不在册，不需要登记；请刷新名单。")
	case h.InspectedOn != "":
		return errs.Newf(errs.Conflict, "miss.inspected", "这一户已在 %s 排查过，不能再登记为未入户；情况有变的请再次填写排查表。", h.InspectedOn)
	}
	x, err := readMiss(s, loaded.Pack)
	if err != nil {
		return err
	}
	x.DoneOn = missDay(s, camp.FirstOn())
	if err := s.Tx.Put(ctx, insertMiss, s.Act.County, s.Act.Index, h.Key, h.Area, x.Reason, x.Note, x.AgainOn, s.Act.Post, x.DoneOn, s.ReportDay); err != nil {
		return err
	}
	return m.Roster.Miss(ctx, s, h, x.Reason, x.DoneOn)
}

// missDay is the day on which somebody stood before the door; one that cannot be is the day of receipt (design contract 6).
func missDay(s *act.Step, first string) string {
	received := clock.Day(s.Act.ReceivedAt)
	on, _ := s.Act.Body["done_on"].(string)
	if !clock.ValidDay(on) || on > received || on < first {
		return received
	}
	return on
}

func readMiss(s *act.Step, p *pack.Pack) (Miss, error) {
	text := func(k string) string { v, _ := s.Act.Body[k].(string); return strings.TrimSpace(v) }
	x := Miss{Reason: text("reason"), Note: text("note"), AgainOn: text("again_on")}
	list := Reasons(p)
	i := slices.IndexFunc(list, func(e pack.Entry) bool { return e.Code == x.Reason })
	if i < 0 {
		return x, errs.New(errs.Invalid, "miss.reason", "请选择未能入户的原因，再提交。")
	}
	if len([]rune(x.Note)) > maxNote {
		return x, errs.Newf(errs.Invalid, "miss.note", "情况说明最多 %d 个字；请精简后再提交。", maxNote)
	}
	received := clock.Day(s.Act.ReceivedAt)
	switch again := list[i].Next == NextAgain; {
	case !again && x.AgainOn != "":
		x.AgainOn = ""
	case again && !clock.ValidDay(x.AgainOn):
		return x, errs.Newf(errs.Invalid, "miss.again", "“%s”要约定再次入户的日期；请选择日期后再提交。", list[i].Name)
	case again && x.AgainOn < min(received, clock.Day(s.Act.DeviceAt)):
		return x, errs.New(errs.Invalid, "miss.again", "再次入户的日期已经过去；请改选今天或以后的日期。")
	}
	s.Made = canon.Object{"next": list[i].Next}
	return x, nil
}

// MissesOf returns the attempts on households that did not succeed, by household, newest first. Keys bound the question.
func MissesOf(ctx context.Context, r database.Reader, county string, households ...int64) (map[int64][]Miss, error) {
	out := map[int64][]Miss{}
	for len(households) > 0 {
		n := min(len(households), 200)
		w := &database.Where{}
		w.And("county = ?", county).And("household IN ("+database.In(n)+")", database.Anys(households[:n])...)
		q, args := w.SQL(missesOf, "ORDER BY household, idx DESC")
		rows, err := r.Query(ctx, q, args...)
		if err != nil {
			return nil, err
		}
		list, err := database.Collect(rows, func(r *sql.Rows) (x Miss, err error) {
			return x, r.Scan(&x.Household, &x.Index, &x.Reason, &x.Note, &x.AgainOn, &x.Post, &x.DoneOn)
		})
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			out[x.Household] = append(out[x.Household], x)
		}
		households = households[n:]
	}
	return out, nil
}
