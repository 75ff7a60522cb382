package clock_test

import (
	"testing"

	"gonggu/internal/clock"
	"pgregory.net/rapid"
)

// autumn is what the State Council published of September and October 2022.
var autumn = clock.NewCalendar([]clock.CalendarYear{{Year: 2022,
	Off:  []string{"2022-09-10", "2022-09-11", "2022-09-12", "2022-10-01", "2022-10-02", "2022-10-03", "2022-10-04", "2022-10-05", "2022-10-06", "2022-10-07"},
	Work: []string{"2022-10-08", "2022-10-09"}}})

func TestWorkdaysAroundTheNationalDay(t *testing.T) {
	for day, want := range map[string]bool{"2022-09-09": true, "2022-09-12": false, "2022-09-30": true, "2022-10-03": false, "2022-10-07": false,
		"2022-10-08": true, "2022-10-09": true, "2022-10-15": false, "2023-10-03": true, "2022-10-3": false, "": false} {
		if got := autumn.Workday(day); got != want {
			t.Errorf("%s: %v", day, got)
		}
	}
	for _, c := range []struct {
		from string
		n    int
		want string
	}{{"2022-09-30", 1, "2022-10-08"}, {"2022-09-30", 3, "2022-10-10"}, {"2022-10-08", -1, "2022-09-30"}, {"2022-10-03", 0, "2022-10-03"}, {"2022-09-09", 1, "2022-09-13"}, {"nonsense", 2, "nonsense"}} {
		if got := autumn.AddWorkdays(c.from, c.n); got != c.want {
			t.Errorf("%s + %d = %s, want %s", c.from, c.n, got, c.want)
		}
	}
	if n := autumn.Workdays("2022-09-30", "2022-10-10"); n != 3 {
		t.Errorf("from the 30th to the 10th are %d working days", n)
	}
	if n := autumn.Workdays("2022-10-10", "2022-09-30"); n != -3 {
		t.Errorf("back are %d", n)
	}
	if autumn.Missing("2022-10-01") || !autumn.Missing("2023-01-01") || autumn.Missing("x") || !(*clock.Calendar)(nil).Missing("2022-10-01") {
		t.Error("which years are known")
	}
}

func TestLeftSaysItInWords(t *testing.T) {
	for _, c := range []struct{ today, due, words, light string }{
		{"2022-09-30", "2022-10-10", "还剩3个工作日", clock.Yellow},
		{"2022-09-30", "2022-10-11", "还剩4个工作日", clock.Green},
		{"2022-09-30", "2022-10-05", "还剩5天，都是休息日", clock.Yellow},
		{"2022-10-05", "2022-10-05", "今天到期", clock.Yellow},
		{"2022-10-07", "2022-10-05", "逾期2天", clock.Red},
		{"2022-10-07", "", "", ""},
	} {
		if l := autumn.Left(c.today, c.due, 3); l.Words != c.words || l.Light != c.light {
			t.Errorf("%s → %s: %+v", c.today, c.due, l)
		}
	}
	if !autumn.Left("2022-12-30", "2023-01-05", 3).Assumed || autumn.Left("2022-10-01", "2022-10-09", 3).Assumed {
		t.Error("what is assumed is said")
	}
}

// The quick count must be what counting day by day gives, also where a calendar is absent and across 1970.
func TestWorkdaysAreWhatCountingDayByDayGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := autumn
		base := rapid.SampledFrom([]string{"2022-09-01", "1969-12-20", "2021-12-28"}).Draw(t, "base")
		if rapid.Bool().Draw(t, "absent") {
			c = nil
		}
		a := clock.AddDays(base, rapid.IntRange(0, 60).Draw(t, "a"))
		b := clock.AddDays(a, rapid.IntRange(0, 60).Draw(t, "n"))
		n := 0
		for d := clock.AddDays(a, 1); d <= b; d = clock.AddDays(d, 1) {
			if c.Workday(d) {
				n++
			}
		}
		if got := c.Workdays(a, b); got != n || c.Workdays(b, a) != -n {
			t.Fatalf("%s..%s: %d, counted %d", a, b, got, n)
		}
		if n > 0 {
			end := c.AddWorkdays(a, n)
			if !c.Workday(end) || c.Workdays(a, end) != n || end > b {
				t.Fatalf("%s + %d = %s", a, n, end)
			}
			if c.AddWorkdays(end, -n) > a {
				t.Fatalf("%s − %d is after %s", end, n, a)
			}
		}
	})
}
