package synth

import (
	"fmt"
	"time"
)

// date is a day of the civil calendar.
type date struct{ y, m, d int }

func parseDate(s string) (date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return date{}, fmt.Errorf("synth: %q is not a day (want YYYY-MM-DD)", s)
	}
	return date{t.Year(), int(t.Month()), t.Day()}, nil
}

// String is YYYY-MM-DD.
func (x date) String() string {
	var b [10]byte
	digits(b[0:4], x.y)
	b[4], b[7] = '-', '-'
	digits(b[5:7], x.m)
	digits(b[8:10], x.d)
	return string(b[:])
}

func (x date) before(o date) bool {
	return x.y < o.y || x.y == o.y && (x.m < o.m || x.m == o.m && x.d < o.d)
}

// ageOn is the whole years lived on a day.
func (x date) ageOn(day date) int {
	n := day.y - x.y
	if day.m < x.m || day.m == x.m && day.d < x.d {
		n--
	}
	return n
}

// number counts days; consecutive days have consecutive numbers.
func (x date) number() int {
	return int(time.Date(x.y, time.Month(x.m), x.d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func dateOf(number int) date {
	t := time.Unix(int64(number)*86400, 0).UTC()
	return date{t.Year(), int(t.Month()), t.Day()}
}

// month is a calendar month counted from year 0.
type month int

func monthOf(x date) month { return month(x.y*12 + x.m - 1) }

// String is YYYY-MM.
func (m month) String() string {
	if m == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1)
}

var monthStart = [13]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365}

// monthDay is the n-th day (0–364) of a year, February having 28.
func monthDay(n int) (int, int) {
	m := 1
	for monthStart[m] <= n {
		m++
	}
	return m, n - monthStart[m-1] + 1
}
