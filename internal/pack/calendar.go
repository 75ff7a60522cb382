package pack

import (
	"fmt"
	"slices"
	"strconv"

	"gonggu/internal/clock"
)

// Year is one year's days off and make-up working days as published (calendar.yaml: a list, the file is optional). What is not
// named there is worked from Monday to Friday.
type Year struct {
	Mark
	Year int `yaml:"year"`
	// Source is the document that published it.
	Source   string    `yaml:"source"`
	Holidays []Holiday `yaml:"holidays"`
	// Workdays are the weekend days that are worked (调休).
	Workdays []string `yaml:"workdays,optional"`
}

// Holiday is days off in a row; both days belong to it. The first may lie in the December before.
type Holiday struct {
	Mark
	Name string `yaml:"name"`
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// longestHoliday bounds a holiday in days, so that a slip of the pen is found.
const longestHoliday = 31

// calendar checks what calendar.yaml says.
func (l *loader) calendar() {
	years, off, work := map[int]bool{}, map[string]bool{}, map[string]bool{}
	for _, y := range l.content.Years {
		if y.Year < 1949 || y.Year > 2999 {
			l.say(y.at("year"), "年份写四位数字，如 2022")
			continue
		}
		if years[y.Year] {
			l.say(y.at("year"), "%d年写了两次：留一个", y.Year)
		}
		years[y.Year] = true
		for _, h := range y.Holidays {
			l.holiday(y, h, off)
		}
	}
	for _, y := range l.content.Years {
		for _, d := range y.Workdays {
			switch {
			case !clock.ValidDay(d):
				l.say(y.at("workdays"), "“%s”不是日期：写成 2022-10-08 的样子", d)
			case !y.holds(d):
				l.say(y.at("workdays"), "%s 不在%d年里", d, y.Year)
			case work[d]:
				l.say(y.at("workdays"), "%s 写了两次：留一个", d)
			case off[d]:
				l.say(y.at("workdays"), "%s 又写成放假又写成上班：删去一处", d)
			case (*clock.Calendar)(nil).Workday(d):
				l.say(y.at("workdays"), "%s 本来就是星期一到星期五，不用写：看看日期是不是写错了", d)
			}
			work[d] = true
		}
	}
}

func (l *loader) holiday(y Year, h Holiday, off map[string]bool) {
	if !clock.ValidDay(h.From) || !clock.ValidDay(h.To) {
		l.day(h.From, h.Mark, "from")
		l.day(h.To, h.Mark, "to")
		return
	}
	switch n := clock.Days(h.From, h.To); {
	case n < 0:
		l.say(h.at("to"), "放假的最后一天在第一天之前")
		return
	case n >= longestHoliday:
		l.say(h.at("to"), "放假超过%d天：看看日期是不是写错了", longestHoliday)
		return
	case !y.holds(h.From) || !y.holds(h.To):
		l.say(h.at("from"), "“%s”不在%d年里", h.Name, y.Year)
		return
	}
	for d := h.From; d <= h.To; d = clock.AddDays(d, 1) {
		if off[d] {
			l.say(h.at("from"), "%s 在两个假期里都写了：改正日期", d)
		}
		off[d] = true
	}
}

// holds reports whether a day can belong to a year's arrangement: the year itself and the December before it.
func (y Year) holds(day string) bool {
	return day >= strconv.Itoa(y.Year-1)+"-12-01" && day <= strconv.Itoa(y.Year)+"-12-31"
}

// Calendar returns the working days of the pack; without calendar.yaml they are Monday to Friday.
func (p *Pack) Calendar() *clock.Calendar { return p.worked }

func (c *Content) workdays() *clock.Calendar {
	years := make([]clock.CalendarYear, len(c.Years))
	for i, y := range c.Years {
		years[i] = clock.CalendarYear{Year: y.Year, Work: y.Workdays}
		for _, h := range y.Holidays {
			for d := h.From; d <= h.To; d = clock.AddDays(d, 1) {
				years[i].Off = append(years[i].Off, d)
			}
		}
	}
	return clock.NewCalendar(years)
}

// MissingYears returns, sorted, the years into which the campaign's days fall and of which the calendar has no data.
func (p *Pack) MissingYears() []string {
	days := []string{}
	for _, x := range p.Head.Phases {
		days = append(days, x.From, x.To)
	}
	for _, x := range p.Head.Days {
		days = append(days, x.On)
	}
	var out []string
	for _, d := range days {
		if p.worked.Missing(d) && !slices.Contains(out, d[:4]) {
			out = append(out, d[:4])
		}
	}
	slices.Sort(out)
	return out
}

// Warnings are what the people who keep the pack should mend though it can be used as it is, in Chinese and with its place.
func (p *Pack) Warnings() []Complaint {
	var out []Complaint
	for _, y := range p.MissingYears() {
		out = append(out, Complaint{Pos: Pos{"calendar.yaml", 1, 1}, Say: fmt.Sprintf("专项行动有日期在%s年，工作日历没有这一年的放假安排：先按星期一到星期五算工作日，请按国务院办公厅的通知补上", y)})
	}
	return out
}
