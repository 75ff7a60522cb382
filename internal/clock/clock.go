// Package clock is the product's own time: the instant, the civil day in the county's zone, and the
// virtual clock on which a demonstration runs. Nothing else calls time.Now for business time.
package clock

import (
	"sync"
	"time"
)

// Zone is China's civil time. A fixed offset, because an old PC may lack the zone database and
// China has had no summer time since 1991.
var Zone = time.FixedZone("Asia/Shanghai", 8*3600)

// Clock tells the product's instant in Unix milliseconds.
type Clock interface{ Now() int64 }

// Real is the machine's clock.
type Real struct{}

// Now returns the machine's Unix milliseconds.
func (Real) Now() int64 { return time.Now().UnixMilli() }

var started = time.Now()

// Mono returns the milliseconds since the program began by the clock that nobody can set.
func Mono() int64 { return time.Since(started).Milliseconds() }

// Virtual is a clock that stands where it was set and, if Flowing, runs on from there with real time.
type Virtual struct {
	mu      sync.Mutex
	at      int64
	since   time.Time
	flowing bool
}

// NewVirtual returns a clock standing at the given Unix milliseconds.
func NewVirtual(at int64, flowing bool) *Virtual {
	return &Virtual{at: at, since: time.Now(), flowing: flowing}
}

// Now returns the virtual instant in Unix milliseconds.
func (v *Virtual) Now() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.flowing {
		return v.at + time.Since(v.since).Milliseconds()
	}
	return v.at
}

// Set moves the clock.
func (v *Virtual) Set(at int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.at, v.since = at, time.Now()
}

// Day returns the civil day (YYYY-MM-DD) of an instant.
func Day(ms int64) string { return time.UnixMilli(ms).In(Zone).Format(time.DateOnly) }

// Text returns an instant as people read it, "2022-09-18 17:42".
func Text(ms int64) string { return time.UnixMilli(ms).In(Zone).Format("2006-01-02 15:04") }

// At returns the instant of a time of day ("18:00") on a civil day; ok is false for malformed input.
func At(day, hhmm string) (ms int64, ok bool) {
	t, err := time.ParseInLocation("2006-01-02 15:04", day+" "+hhmm, Zone)
	if err != nil {
		return 0, false
	}
	return t.UnixMilli(), true
}

// AddDays returns the civil day n days after day; day must be valid.
func AddDays(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}

// AddMonths returns the civil day n months after day; a day that the month lacks is its last. day must be valid.
func AddMonths(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1).Format(time.DateOnly)
}

// Days returns the number of days from a to b (negative when b is earlier).
func Days(a, b string) int {
	x, err1 := time.Parse(time.DateOnly, a)
	y, err2 := time.Parse(time.DateOnly, b)
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(y.Sub(x) / (24 * time.Hour))
}

// ValidDay reports whether s is a civil day YYYY-MM-DD.
func ValidDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && len(s) == 10
}

// ReportDay returns the daily report to which a receipt belongs: the day itself up to and including
// the cut-off (design contract 6: (cut-off D−1, cut-off D]), the next day after it.
func ReportDay(receivedAt int64, cutOff string) string {
	day := Day(receivedAt)
	if at, ok := At(day, cutOff); ok && receivedAt > at {
		return AddDays(day, 1)
	}
	return day
}
