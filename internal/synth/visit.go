package synth

import (
	"fmt"
	"iter"
	"slices"
)

// Visit is one inspection of one household: by whom, when it was done and when it reached
// the server. Times are Unix milliseconds; days are of county time.
type Visit struct {
	Village   string // 12-digit code
	Ordinal   int    // the household's within the village, see County.Household
	Number    string // 户编号
	Inspector int    // from 1, see County.Inspectors
	Day       string // YYYY-MM-DD, when it was done
	// SignedAt is the true time of the signature, DeviceAt what the phone's clock said.
	SignedAt, DeviceAt int64
	// ArrivedAt is when the phone sent it: seconds later, in the evening, or days later.
	ArrivedAt int64
	// Again is set on the second of two sheets about one household, done by two people
	// who did not know of each other.
	Again bool
}

// Inspector is one of the people who inspect a village.
type Inspector struct {
	N                  int // from 1
	Name, Title, Phone string
}

// countyTime is the offset of the county's zone, which knows no summer time.
const countyTime = 8 * 3_600_000

const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	dayMs  = 24 * hour
)

var inspectorTitles = []string{"村支部书记", "驻村第一书记", "包村干部", "驻村工作队员", "村民组长", "网格员"}

// Inspectors are the three to six people who inspect a village.
func (c *County) Inspectors(village string) []Inspector {
	i, ok := c.at[village]
	if !ok {
		return nil
	}
	v := &c.villages[i]
	out := make([]Inspector, v.inspectors())
	for n := range out {
		d := newDraw(v.seed, streamHelper, 1, uint64(n))
		female := d.chance(250_000)
		out[n] = Inspector{
			N: n + 1, Title: inspectorTitles[n], Phone: phone(c.helperPhone(v.index, 57+n)),
			Name: pick(d, surnames) + givenName(d, female, c.today.y-d.between(30, 60), ""),
		}
	}
	return out
}

func (v *Village) inspectors() int { return min(max(v.Households/110+1, 3), len(inspectorTitles)) }

// pace is how one village goes about its inspections: the share of its households, in
// ppm, that is done by the end of each day (index 0 is before the first).
type pace struct {
	doneBy []int
}

// SilentVillages are the three villages (fewer in a tiny county) from which nothing is heard for
// some days in the middle of a plan.
func (c *County) SilentVillages() []string {
	n := min(3, len(c.villages)/3)
	var out []string
	for i := range n {
		at := (int(mix(c.seed^streamCampaign)%uint64(len(c.villages))) + i*len(c.villages)/3) % len(c.villages)
		out = append(out, c.villages[at].Code)
	}
	return out
}

func (c *County) pace(v *Village, days int, silent bool) pace {
	d := newDraw(v.seed, streamVisit)
	start := 0
	if days > 4 {
		start = pick(d, startDays)
	}
	end := days
	if days > 4 && d.chance(550_000) {
		end = days - d.between(1, days/3)
	}
	share := 1_000_000
	if d.chance(120_000) {
		share = d.between(780_000, 985_000)
	}
	quietFrom, quietTo := days, days
	if silent {
		quietFrom = d.between(days/4, days/2)
		quietTo = quietFrom + d.between(3, 5)
	}
	weights, sum := make([]int, days), 0
	for i := range weights {
		w := d.between(5, 15)
		if i < start || i >= end || i >= quietFrom && i < quietTo {
			w = 0
		}
		weights[i] = w
		sum += w
	}
	if sum == 0 {
		weights[days-1], sum = 1, 1
	}
	p := pace{doneBy: make([]int, days+1)}
	at := 0
	for i, w := range weights {
		at += w
		p.doneBy[i+1] = int(int64(share) * int64(at) / int64(sum))
	}
	return p
}

var startDays = weigh(weight[int]{0, 62}, weight[int]{1, 26}, weight[int]{2, 9}, weight[int]{3, 3})

// Plan says who inspects which household on which day from one day to another (both
// included), in the order in which the sheets reach the server. Villages differ in pace, nearly
// half the work is done in the evening, after the daily cut-off, and phones without signal send
// that night, the next morning or days later. The plan holds a day's visits in memory.
func (c *County) Plan(from, to string) (iter.Seq[Visit], error) {
	a, err := parseDate(from)
	if err != nil {
		return nil, err
	}
	b, err := parseDate(to)
	if err != nil {
		return nil, err
	}
	first, days := a.number(), b.number()-a.number()+1
	if days < 1 {
		return nil, fmt.Errorf("synth: the plan ends on %s before it begins on %s", to, from)
	}
	return func(yield func(Visit) bool) {
		quiet := c.SilentVillages()
		paces := make([]pace, len(c.villages))
		for i := range c.villages {
			v := &c.villages[i]
			paces[i] = c.pace(v, days, contains(quiet, v.Code))
		}
		var waiting []Visit
		for n := range days {
			for i := range c.villages {
				waiting = c.dayOf(waiting, &c.villages[i], paces[i], first, n)
			}
			slices.SortFunc(waiting, byArrival)
			end := int64(first+n+1)*dayMs - countyTime
			sent := 0
			for sent < len(waiting) && (waiting[sent].ArrivedAt < end || n == days-1) {
				if !yield(waiting[sent]) {
					return
				}
				sent++
			}
			waiting = append(waiting[:0], waiting[sent:]...)
		}
	}, nil
}

func byArrival(a, b Visit) int {
	switch {
	case a.ArrivedAt != b.ArrivedAt:
		if a.ArrivedAt < b.ArrivedAt {
			return -1
		}
		return 1
	case a.Village != b.Village:
		if a.Village < b.Village {
			return -1
		}
		return 1
	case a.Ordinal != b.Ordinal:
		return a.Ordinal - b.Ordinal
	}
	return a.Inspector - b.Inspector
}

// dayOf appends what a village does on day n of the plan. Each inspector walks a stretch of
// ordinals, which is to say of doors.
func (c *County) dayOf(out []Visit, v *Village, p pace, first, n int) []Visit {
	teams := v.inspectors()
	for who := range teams {
		lo, hi := v.Households*who/teams, v.Households*(who+1)/teams
		part := int64(hi - lo)
		begin, end := int(part*int64(p.doneBy[n])/1_000_000), int(part*int64(p.doneBy[n+1])/1_000_000)
		if begin == end {
			continue
		}
		d := newDraw(v.seed, streamVisit, uint64(n), uint64(who))
		how := signal(d)
		skew := clockSkew(newDraw(v.seed, streamVisit, 1_000_000, uint64(who)))
		day := dateOf(first + n).String()
		midnight := int64(first+n)*dayMs - countyTime
		back := how.back(d, midnight)
		for k := begin; k < end; k++ {
			at := midnight + timeOfDay(d, k-begin, end-begin)
			x := Visit{Village: v.Code, Ordinal: lo + k + 1, Number: householdNumber(v.Code, lo+k+1), Inspector: who + 1, Day: day, SignedAt: at}
			x.DeviceAt = at + skew + int64(d.below(900))
			x.ArrivedAt = max(back, at) + int64(d.between(2_000, 45_000))
			out = append(out, x)
			if d.chance(250) && teams > 1 {
				y := x
				y.Again, y.Inspector = true, (who+1)%teams+1
				y.SignedAt += int64(d.between(20, 150)) * minute
				y.DeviceAt = y.SignedAt + int64(d.below(900))
				y.ArrivedAt = max(y.SignedAt+5*second, x.ArrivedAt+int64(d.between(1, 30))*minute)
				out = append(out, y)
			}
		}
	}
	return out
}

// reach is how a phone gets its sheets out on a day.
type reach int

const (
	online reach = iota
	thatNight
	nextMorning
	daysLater
)

func signal(d *draw) reach {
	switch n := d.below(1000); {
	case n < 800:
		return online
	case n < 920:
		return thatNight
	case n < 970:
		return nextMorning
	}
	return daysLater
}

// back is when the phone is next in reach.
func (r reach) back(d *draw, midnight int64) int64 {
	switch r {
	case thatNight:
		return midnight + int64(d.between(18*60+20, 22*60+30))*minute
	case nextMorning:
		return midnight + dayMs + int64(d.between(7*60, 9*60))*minute
	case daysLater:
		return midnight + int64(d.between(2, 5))*dayMs + int64(d.between(8*60, 21*60))*minute
	}
	return 0
}

// timeOfDay spreads m visits over the hours: a quarter in the morning, three in ten in
// the afternoon, the rest between six and half past nine.
func timeOfDay(d *draw, i, m int) int64 {
	q := (int64(i)*1000 + int64(d.below(1000))) / int64(m) // ppm/1000 of the day's work
	switch {
	case q < 250:
		return 8*hour + q*4*hour/250
	case q < 550:
		return 14*hour + (q-250)*4*hour/300
	}
	return 18*hour + (q-550)*(7*hour/2)/450
}

// clockSkew is how wrong an inspector's phone is: seconds, and one phone in 150 by hours or
// more than a year.
func clockSkew(d *draw) int64 {
	if d.chance(6_600) {
		return one(d, []int64{-400 * dayMs, -8 * hour, 8 * hour, 26 * hour})
	}
	return int64(d.between(-45_000, 45_000))
}
