package pack

import (
	"regexp"
	"slices"
	"strings"

	"gonggu/internal/clock"
)

// Reminding is what pack.yaml says of reminders and of what leaves the county by robot or mail.
type Reminding struct {
	Mark
	// At is the hour of a working day at which it is looked what is due, "08:30".
	At string `yaml:"at"`
	// Quiet are the hours in which nothing is sent out; what falls there waits for its end.
	Quiet Quiet `yaml:"quiet"`
	// RetryMinutes are the pauses before sending again; after the last try it is given up and shown as failed.
	RetryMinutes []int `yaml:"retry_minutes"`
	// TimeoutSeconds is how long a receiver may take to answer.
	TimeoutSeconds int `yaml:"timeout_seconds"`
	// Digest is the title of the one message that a receiver gets when a day has several things to remind him of, with {n} for the
	// problems in all; without it each is a message of its own.
	Digest string     `yaml:"digest,optional"`
	Steps  []Reminder `yaml:"steps"`
}

// Quiet are hours without messages, usually over midnight.
type Quiet struct {
	Mark
	From string `yaml:"from"`
	To   string `yaml:"to"`
	// WorkdaysOnly holds what falls on a day that is not worked until the next that is.
	WorkdaysOnly bool `yaml:"workdays_only,optional"`
}

// Reminder is one step: so many working days before (negative) or after the due day, who hears what. Title, Say and Out may hold
// {n} (how many problems), {numbers}, {unit}, {due} and {left}; a household, a person or a text never.
type Reminder struct {
	Mark
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	Days int    `yaml:"days"`
	// To: owner (whoever claimed it, else his unit), unit (the lead unit) or office (the county office).
	To    string `yaml:"to"`
	Title string `yaml:"title"`
	Say   string `yaml:"say"`
	// Out is what leaves the county by the channels; empty is that this step stays inside.
	Out string `yaml:"out,optional"`
	// Draft asks for a second order to be drafted for the office, which issues it or not.
	Draft   bool     `yaml:"draft,optional"`
	Clauses []string `yaml:"clauses"`
}

// reminderWords are the placeholders of reminders.
var reminderWords = []string{"n", "numbers", "unit", "due", "left"}

var reHour = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d$`)

// maxPause bounds a pause between two tries, in minutes, and maxReminder a reminder's distance from the due day, in working days.
const (
	maxPause        = 7 * 24 * 60
	maxReminder     = 60
	maxReminderText = 300

	maxReminderTitle = 60
)

// reminding checks what pack.yaml says of reminders.
func (l *loader) reminding() {
	r := &l.content.Head.Reminders
	if r.At == "" && len(r.Steps) == 0 {
		return // there are none
	}
	for _, x := range []struct {
		m          Mark
		key, value string
	}{{r.Mark, "at", r.At}, {r.Quiet.Mark, "from", r.Quiet.From}, {r.Quiet.Mark, "to", r.Quiet.To}} {
		if x.value != "" && !reHour.MatchString(x.value) {
			l.say(x.m.at(x.key), "“%s”不是时刻：写成 08:30 的样子", x.value)
		}
	}
	if r.Quiet.From != "" && r.Quiet.From == r.Quiet.To {
		l.say(r.Quiet.at("to"), "免打扰的起止时刻一样：全天都不能发，请改正")
	}
	for _, m := range r.RetryMinutes {
		if m < 1 || m > maxPause {
			l.say(r.at("retry_minutes"), "重发间隔写 1 到 %d 分钟", maxPause)
		}
	}
	if len(r.RetryMinutes) > 20 {
		l.say(r.at("retry_minutes"), "最多重发 20 次")
	}
	if r.TimeoutSeconds < 1 || r.TimeoutSeconds > 60 {
		l.say(r.at("timeout_seconds"), "等待回应写 1 到 60 秒")
	}
	for _, p := range Parts(r.Digest) {
		if p.Literal == "" && (p.Root != "" || p.Code != "n") {
			l.say(r.at("digest"), "合并提醒的标题里只能写 {n}")
		}
	}
	if len([]rune(r.Digest)) > maxReminderTitle {
		l.say(r.at("digest"), "不超过 %d 个字", maxReminderTitle)
	}
	l.words(r.Digest, r.Mark, "digest")
	seen := map[string]bool{}
	for _, s := range r.Steps {
		l.unique(seen, s.ID, s.Mark, "id", "提醒", reID)
		l.cited(s.Clauses, s.Mark)
		l.reminder(s)
	}
}

func (l *loader) reminder(s Reminder) {
	l.oneOf(s.To, []string{"owner", "unit", "office"}, s.Mark, "to")
	if s.Days < -maxReminder || s.Days > maxReminder {
		l.say(s.at("days"), "提醒写在到期前后 %d 个工作日以内", maxReminder)
	}
	if s.Draft && s.To != "office" {
		l.say(s.at("draft"), "再次督办由县巩固办签发，draft: true 只能写在 to: office 的提醒上")
	}
	for _, t := range []struct{ key, text string }{{"title", s.Title}, {"say", s.Say}, {"out", s.Out}} {
		for _, p := range Parts(t.text) {
			if p.Literal == "" && (p.Root != "" || !slices.Contains(reminderWords, p.Code)) {
				l.say(s.at(t.key), "提醒里只能写 {%s}：户、人和问题内容不能写进提醒", strings.Join(reminderWords, "} {"))
			}
		}
		if len([]rune(t.text)) > maxReminderText {
			l.say(s.at(t.key), "不超过 %d 个字", maxReminderText)
		}
		if privateText(t.text) {
			l.say(s.at(t.key), "里面有像证件号码或手机号码的数字，不能写进提醒")
		}
		l.words(t.text, s.Mark, t.key)
	}
}

var rePrivate = regexp.MustCompile(`\d{15,}|(?:^|\D)1[3-9]\d{9}(?:\D|$)`)

// privateText reports whether a text holds what looks like an ID number, an account or a mobile phone.
func privateText(s string) bool { return rePrivate.MatchString(s) }

// Private reports whether a text holds what looks like an ID number, an account or a mobile phone: such a text does not leave the county.
func Private(s string) bool { return privateText(s) }

// Fires returns the day on which a step speaks of what is due on a day: that many working days before or after it. On the due day
// itself (0) it speaks on the last working day not after it.
func (s Reminder) Fires(c *clock.Calendar, due string) string {
	if s.Days == 0 {
		return c.AddWorkdays(clock.AddDays(due, 1), -1)
	}
	return c.AddWorkdays(due, s.Days)
}

// DueRange returns the first and the last due day of which a step speaks on a day, when it was last looked on another day before
// (not included): a day that was missed is made up for. ok is false when there is none.
func (s Reminder) DueRange(c *clock.Calendar, last, today string) (from, to string, ok bool) {
	// A working day is never further away than the longest holidays make it.
	span := 2*max(s.Days, -s.Days) + 2*longestHoliday
	start := clock.AddDays(last, -span)
	if oldest := clock.AddDays(today, -span-longestHoliday); start < oldest {
		start = oldest
	}
	for d, end := start, clock.AddDays(today, span); d <= end; d = clock.AddDays(d, 1) {
		if f := s.Fires(c, d); f > last && f <= today {
			if from == "" {
				from = d
			}
			to = d
		}
	}
	return from, to, from != ""
}

// Until returns when what would be sent at an instant may be sent: the instant itself outside the quiet hours, else their end, on a
// working day if only those are meant. Unix ms.
func (q Quiet) Until(c *clock.Calendar, at int64) int64 {
	if q.From == "" {
		return at
	}
	day := clock.Day(at)
	for range 2 * longestHoliday {
		from, _ := clock.At(day, q.From)
		to, _ := clock.At(day, q.To)
		switch {
		case q.WorkdaysOnly && !c.Workday(day):
		case q.From > q.To: // over midnight: free between to and from
			if at < from {
				return max(at, to)
			}
		case at < from || at >= to:
			return at
		default:
			return to
		}
		day = clock.AddDays(day, 1)
		at, _ = clock.At(day, "00:00")
	}
	return at
}
