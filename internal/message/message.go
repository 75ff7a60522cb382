// Package message tells people what waits for them (消息): rows that acts write for a post, a unit or those of one duty in one
// place, and, by channels that the system officer sets (a group robot of WeCom, DingTalk or Feishu, or mail), a line that leaves the
// county. What leaves says counts, problem numbers, unit and day, never a person. Rows are part of what the acts add up to; who
// has read them, the channels and the outbox are not. It owns messages, message_reads, message_cursors, reminded_days, channels,
// outbox and outbox_cursors.
package message

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
)

// To is who is told. Unit is whose channels a message also goes by; "" is the county's own.
type To struct{ kind, id, area, unit string }

// Post is one post; unit is the post's.
func Post(id, unit string) To { return To{kind: "post", id: id, unit: unit} }

// Unit is every post of a unit.
func Unit(id string) To { return To{kind: "unit", id: id, unit: id} }

// Duty is every post with a duty over exactly one area: the county office is Duty("office", county).
func Duty(duty, area string) To { return To{kind: "duty", id: duty, area: area} }

// Message is what somebody is told. Link is a path of the desk; Outgoing is what may leave the county by the receiver's channels, "" for
// nothing.
type Message struct {
	To       To
	Kind     string // reminder, order, …: the desk names it
	Title    string
	Say      string
	Link     string
	Outgoing string
}

// Bounds of a message, in characters.
const (
	maxTitle = 80
	maxSay   = 1000
	maxOut   = 600
)

// Errors of this package.
var (
	ErrPrivate  = errs.New(errs.Invalid, "message.private", "发到群和邮箱的话里有像证件号码、账号或手机号码的数字，没有写入；请改方案里的提醒用语。")
	ErrReminded = errs.New(errs.Conflict, "message.reminded", "这一天的提醒已经发过，不用再发。")
	ErrTo       = errs.New(errs.Internal, "message.to", "消息没有写明发给谁。")
)

// Send writes a message inside an act, which has checked everything. Codes: message.to, message.private.
func Send(ctx context.Context, s *act.Step, m Message) error {
	if m.To.kind == "" || m.To.id == "" || m.Title == "" {
		return ErrTo
	}
	if pack.Private(m.Outgoing) {
		return ErrPrivate
	}
	s.Serial++
	_, err := s.Tx.Exec(ctx, insertMessage, s.Act.County, ident.Key(s.Act.Index, s.Serial), m.To.kind, m.To.id, m.To.area, m.To.unit,
		m.Kind, cut(m.Title, maxTitle), cut(m.Say, maxSay), m.Link, cut(m.Outgoing, maxOut), s.Act.ReceivedAt, s.Act.Index)
	return err
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Due is what a reminder speaks of: the numbers of problems of one unit that are due on one day.
type Due struct {
	Numbers []string
	Unit    string // its name
	On      string
	Link    string
}

// maxNumbers is how many problem numbers a reminder names.
const maxNumbers = 5

// Reminder is what a step of the pack says to one receiver, about one unit and one due day.
func Reminder(s *act.Step, step pack.Reminder, c *clock.Calendar, to To, d Due) Message {
	numbers := strings.Join(d.Numbers[:min(len(d.Numbers), maxNumbers)], "、")
	if len(d.Numbers) > maxNumbers {
		numbers += "等" + strconv.Itoa(len(d.Numbers)) + "个"
	}
	words := map[string]string{"n": strconv.Itoa(len(d.Numbers)), "numbers": numbers, "unit": d.Unit, "due": pack.DayText(d.On),
		"left": c.Left(clock.Day(s.Act.ReceivedAt), d.On, 0).Words}
	return Message{To: to, Kind: "reminder", Title: pack.Fill(step.Title, words), Say: pack.Fill(step.Say, words), Link: d.Link, Outgoing: pack.Fill(step.Out, words)}
}

// Digest makes one message of several to one receiver, about n problems in all.
func Digest(title string, n int, list []Message) Message {
	out := list[0]
	out.Title = pack.Fill(title, map[string]string{"n": strconv.Itoa(n)})
	var says, outs []string
	for _, m := range list {
		says = append(says, m.Say)
		if m.Outgoing != "" {
			outs = append(outs, m.Outgoing)
		}
		if m.Link != out.Link {
			out.Link = "/problems"
		}
	}
	out.Say, out.Outgoing = strings.Join(says, "\n"), strings.Join(outs, "\n")
	return out
}

// Round says whether it is time to look what is due: once on each working day, from the pack's hour on. last is the day of the round
// before ("" is that there was none), after which the reminders of missed days are made up for.
func Round(ctx context.Context, r database.Reader, county string, p *pack.Pack, now int64) (day, last string, due bool, err error) {
	day = clock.Day(now)
	at, ok := clock.At(day, p.Head.Reminders.At)
	if !ok || len(p.Head.Reminders.Steps) == 0 || now < at || !p.Calendar().Workday(day) {
		return day, "", false, nil
	}
	if err := r.QueryRow(ctx, anyDay, county).Scan(&last); err != nil {
		return day, "", false, err
	}
	return day, last, last < day, nil
}

// LastRound returns the day of the round before a day; "" is that there was none.
func LastRound(ctx context.Context, r database.Reader, county, day string) (string, error) {
	var last string
	err := r.QueryRow(ctx, lastDay, county, day).Scan(&last)
	return last, err
}

// Reminded writes down, inside the act that reminds, that a day's round is done, with so many messages. Code: message.reminded.
func Reminded(ctx context.Context, s *act.Step, day string, n int) error {
	_, err := s.Tx.Exec(ctx, insertDay, s.Act.County, day, n, s.Act.ReceivedAt, s.Act.Index)
	return err
}

// CheckRound refuses a day whose round is done. Code: message.reminded.
func CheckRound(ctx context.Context, r database.Reader, county, day string) error {
	var n int64
	err := r.QueryRow(ctx, readDay, county, day).Scan(&n)
	if err == nil {
		return ErrReminded
	}
	if database.Missing(err) {
		return nil
	}
	return err
}

// Reader is somebody in one of his posts, who reads what was sent to the post, to its unit, or to one of its duties over its area.
type Reader struct {
	Post, Unit, Area string
	Duties           []string
}

func (r Reader) duties() string { return "," + strings.Join(r.Duties, ",") + "," }

// Told is a message as its reader sees it.
type Told struct {
	Key                    int64
	ID                     string
	ToKind                 string
	Kind, Title, Say, Link string
	At                     int64
	Read                   bool
}

// Inbox returns a reader's messages, newest first, and where the next page begins ("" at the end). state is "unread", "read" or "".
func Inbox(ctx context.Context, r database.Reader, county string, by Reader, state, after string, limit int) ([]Told, string, error) {
	before := int64(math.MaxInt64)
	if after != "" {
		key, ok := keyOf(after)
		if !ok {
			return nil, "", errs.New(errs.Invalid, "message.after", "翻页位置不对，请从头查看。")
		}
		before = key
	}
	rows, err := r.Query(ctx, listMessages, by.Post, county, by.Post, by.Unit, by.Area, by.duties(), before, state, limit+1)
	if err != nil {
		return nil, "", err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (t Told, err error) {
		var read int64
		err = r.Scan(&t.Key, &t.ToKind, &t.Kind, &t.Title, &t.Say, &t.Link, &t.At, &read)
		t.Read = read == 1
		t.ID = ident.Public("m", t.Key)
		return t, err
	})
	if err != nil || len(list) <= limit {
		return list, "", err
	}
	return list[:limit], list[limit-1].ID, nil
}

func keyOf(id string) (int64, bool) {
	if !strings.HasPrefix(id, "m") {
		return 0, false
	}
	key, err := strconv.ParseInt(id[1:], 36, 64)
	return key, err == nil
}

// Unread counts a reader's unread messages, up to most.
func Unread(ctx context.Context, r database.Reader, county string, by Reader, most int) (int64, error) {
	var n int64
	err := r.QueryRow(ctx, countUnread, by.Post, county, by.Post, by.Unit, by.Area, by.duties(), most).Scan(&n)
	return n, err
}

// Read marks messages as read by a reader; what is not his stays as it is.
func Read(ctx context.Context, db *database.DB, county string, by Reader, at int64, ids []string) error {
	slices.Sort(ids)
	return db.Write(ctx, func(tx *database.Tx) error {
		for _, id := range slices.Compact(ids) {
			key, ok := keyOf(id)
			if !ok {
				continue
			}
			if _, err := tx.Exec(ctx, markRead, by.Post, at, county, key, by.Post, by.Unit, by.Area, by.duties()); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReadAll marks everything as read by a reader that was there up to the message last seen.
func ReadAll(ctx context.Context, db *database.DB, county string, by Reader, through string) error {
	key, ok := keyOf(through)
	if !ok {
		return errs.New(errs.Invalid, "message.through", "请刷新消息后再点“全部已读”。")
	}
	return db.Write(ctx, func(tx *database.Tx) error {
		if _, err := tx.Exec(ctx, markAll, county, by.Post, key); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, dropReads, county, by.Post, key)
		return err
	})
}
