package clock

import (
	"fmt"
	"sort"
	"strconv"
	"time"
)

// Calendar knows which days are working days. Its zero value and a nil one know no year: Monday to Friday.
// It is read-only after NewCalendar and safe for concurrent use.
type Calendar struct {
	years map[int]bool
	// days are those that are otherwise than their weekday says, sorted; sum[i] is what the first i of them add to the weekdays.
	days []int
	sum  []int
	odd  map[int]bool // day → working day
}

// CalendarYear is one year's published arrangement: the days off and the weekend days that are worked for them (调休). The
// days may lie in the last days of the year before.
type CalendarYear struct {
	Year int
	Off  []string
	Work []string
}

// NewCalendar makes a calendar; a day that is no YYYY-MM-DD is left out (the pack's lint has named it). Given twice, working wins.
func NewCalendar(years []CalendarYear) *Calendar {
	c := &Calendar{years: map[int]bool{}, odd: map[int]bool{}}
	for _, y := range years {
		c.years[y.Year] = true
		for _, d := range y.Off {
			if n, ok := dayNumber(d); ok {
				c.odd[n] = false
			}
		}
	}
	for _, y := range years {
		for _, d := range y.Work {
			if n, ok := dayNumber(d); ok {
				c.odd[n] = true
			}
		}
	}
	for n, work := range c.odd {
		if work != weekday(n) {
			c.days = append(c.days, n)
		}
	}
	sort.Ints(c.days)
	c.sum = make([]int, len(c.days)+1)
	for i, n := range c.days {
		c.sum[i+1] = c.sum[i] - 1
		if c.odd[n] {
			c.sum[i+1] = c.sum[i] + 1
		}
	}
	return c
}

// dayNumber counts the days since 1970-01-01.
func dayNumber(day string) (int, bool) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || len(day) != len(time.DateOnly) {
		return 0, false
	}
	return int(t.Unix() / 86400), true
}

func dayText(n int) string { return time.Unix(int64(n)*86400, 0).UTC().Format(time.DateOnly) }

// sinceMonday is 0 for a Monday; 1970-01-01 was a Thursday.
func sinceMonday(n int) int { return ((n+3)%7 + 7) % 7 }

func weekday(n int) bool { return sinceMonday(n) < 5 }

func (c *Calendar) works(n int) bool {
	if c != nil {
		if work, ok := c.odd[n]; ok {
			return work
		}
	}
	return weekday(n)
}

// upTo is the number of working days up to and including n, from a fixed day far away.
func (c *Calendar) upTo(n int) int {
	week := n - sinceMonday(n) + 3
	total := week/7*5 + min(sinceMonday(n)+1, 5)
	if c == nil {
		return total
	}
	return total + c.sum[sort.SearchInts(c.days, n+1)]
}

// Workday reports whether a day is worked. What is no day is not.
func (c *Calendar) Workday(day string) bool {
	n, ok := dayNumber(day)
	return ok && c.works(n)
}

// AddWorkdays returns the n-th working day after day (before it for a negative n); for 0 the day itself, worked or not.
// What is no day comes back as it is.
func (c *Calendar) AddWorkdays(day string, n int) string {
	at, ok := dayNumber(day)
	if !ok {
		return day
	}
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		at += step
		if c.works(at) {
			n--
		}
	}
	return dayText(at)
}

// Workdays returns the number of working days after a up to and including b; when b is earlier, the negative number of those
// after b up to and including a. 0 for what is no day.
func (c *Calendar) Workdays(a, b string) int {
	x, ok1 := dayNumber(a)
	y, ok2 := dayNumber(b)
	if !ok1 || !ok2 {
		return 0
	}
	return c.upTo(y) - c.upTo(x)
}

// Missing reports whether the calendar has no data of the day's year, so that Monday to Friday is only assumed.
func (c *Calendar) Missing(day string) bool {
	if !ValidDay(day) {
		return false
	}
	year, err := strconv.Atoi(day[:4])
	return err == nil && (c == nil || !c.years[year])
}

// The lights of a deadline.
const (
	Green  = "green"
	Yellow = "yellow"
	Red    = "red"
)

// Left is how a deadline stands today, as data, in words and as a light.
type Left struct {
	// Workdays are those after today up to and including the due day; negative when it has passed.
	Workdays int
	// Words: 还剩3个工作日, 今天到期, 逾期2天 (an overdue day is a day of the week like any other).
	Words string
	// Light is green, yellow (at most `near` working days left) or red (overdue).
	Light string
	// Assumed says that a year without data was counted Monday to Friday.
	Assumed bool
}

// Left says how the due day stands on a day; near is the number of working days from which it is yellow. A due day that is none
// gives no words and no light.
func (c *Calendar) Left(today, due string, near int) Left {
	if !ValidDay(today) || !ValidDay(due) {
		return Left{}
	}
	l := Left{Workdays: c.Workdays(today, due), Assumed: c.Missing(today) || c.Missing(due)}
	days := Days(today, due)
	switch {
	case days < 0:
		l.Words, l.Light = fmt.Sprintf("逾期%d天", -days), Red
		return l
	case days == 0:
		l.Words = "今天到期"
	case l.Workdays == 0:
		l.Words = fmt.Sprintf("还剩%d天，都是休息日", days)
	default:
		l.Words = fmt.Sprintf("还剩%d个工作日", l.Workdays)
	}
	l.Light = Green
	if l.Workdays <= near {
		l.Light = Yellow
	}
	return l
}
