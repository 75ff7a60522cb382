package synth

import (
	"fmt"
	"iter"
)

// Options say which county to make.
type Options struct {
	// County is the six-digit code; empty takes that of the areas.
	County string
	// Areas are the places; villages (12 digits) and their townships (9) are needed.
	Areas []Area
	// Households is the number to make, shared among the villages.
	Households int
	// Seed chooses one county among all.
	Seed uint64
	// Today is the day of the export, YYYY-MM-DD; ages and months are relative to it.
	Today string
}

// County is a plan from which any household can be made. It is safe for use by several
// goroutines.
type County struct {
	Area     Area
	seed     uint64
	today    date
	villages []Village
	at       map[string]int
	ids      identity
	total    int
}

// New plans a county. It fails on a bad day, on areas without villages, and on more
// households than there are unassigned ID numbers (912,500).
func New(o Options) (*County, error) {
	today, err := parseDate(o.Today)
	if err != nil {
		return nil, err
	}
	if o.Households < 1 {
		return nil, fmt.Errorf("synth: %d households", o.Households)
	}
	area, villages, err := lay(o)
	if err != nil {
		return nil, err
	}
	ids, err := newIdentity(o.Seed, o.Households)
	if err != nil {
		return nil, err
	}
	c := &County{Area: area, seed: o.Seed, today: today, villages: villages, at: map[string]int{}, ids: ids, total: o.Households}
	for i, v := range villages {
		c.at[v.Code] = i
	}
	return c, nil
}

// Total is the number of households.
func (c *County) Total() int { return c.total }

// Today is the day of the export.
func (c *County) Today() string { return c.today.String() }

// Villages are the villages by code, with their household counts.
func (c *County) Villages() []Village { return append([]Village(nil), c.villages...) }

// Townships are the townships that have villages, by code.
func (c *County) Townships() []Area {
	var out []Area
	for _, v := range c.villages {
		if len(out) == 0 || out[len(out)-1].Code != v.Township.Code {
			out = append(out, v.Township)
		}
	}
	return out
}

// Households streams the whole county by village code and ordinal. Nothing is kept: a
// household lives as long as the caller holds it.
func (c *County) Households() iter.Seq[*Household] { return c.HouseholdsIn("") }

// HouseholdsIn streams the households whose village code starts with code (a township's, a
// village's; empty for all).
func (c *County) HouseholdsIn(code string) iter.Seq[*Household] {
	return func(yield func(*Household) bool) {
		m := c.maker()
		for i := range c.villages {
			v := &c.villages[i]
			if !within(v.Code, code) {
				continue
			}
			for n := 1; n <= v.Households; n++ {
				if !yield(m.make(v, n)) {
					return
				}
			}
		}
	}
}

func within(place, area string) bool { return len(place) >= len(area) && place[:len(area)] == area }

// Household makes one household again: number n (from 1) of a village. It is nil when
// there is none.
func (c *County) Household(village string, n int) *Household {
	i, ok := c.at[village]
	if !ok || n < 1 || n > c.villages[i].Households {
		return nil
	}
	return c.maker().make(&c.villages[i], n)
}

// maker makes households one after another with the same generators.
type maker struct {
	c *County
	d *draw
}

func (c *County) maker() *maker { return &maker{c: c, d: &draw{}} }

// make makes household n of a village from nothing but the village's seed and n.
func (m *maker) make(v *Village, n int) *Household {
	d := m.d
	d.reset(v.seed, streamHousehold, uint64(n))
	h := &Household{Village: v.Code, Ordinal: n, village: v, county: v.first + n - 1}
	h.Number = householdNumber(v.Code, n)
	h.Place = place(v, m.c.Area.Name, n)
	h.Hui = d.chance(v.hui)
	size := m.standing(h)
	m.people(h, family(d, size, m.c.today.y, h.Kind != kindOrdinary || h.Monitor.Kind != ""))
	m.conditions(h)
	m.live(h)
	m.earn(h)
	m.monitor(h)
	m.help(h)
	m.forget(h)
	return h
}

func householdNumber(village string, n int) string {
	var b [5]byte
	digits(b[:], n)
	return village + string(b[:])
}

func place(v *Village, county string, n int) Place {
	g := (n-1)*v.Groups/v.Households + 1
	door := n - (g-1)*v.Households/v.Groups
	p := Place{County: county, Township: v.Township.Name, VillageName: v.Name, GroupCode: v.groupCode(g), Group: groupName(g)}
	p.Door = itoa(door) + "号"
	p.Address = "河南省" + county + v.Township.Name + v.shortName() + p.Group + p.Door
	p.Resettled = No
	return p
}

// standing draws what the household is on record, and from it the size.
func (m *maker) standing(h *Household) int {
	d := m.d
	h.Kind = kindOrdinary
	switch n := d.below(10_000); {
	case n < 1_190:
		h.Kind = kindLifted
	case n < 1_300:
		h.Kind = kindNoAid
	}
	switch n := d.below(10_000); {
	case h.lifted() && n < 340:
		h.Monitor.Kind = monitorUnstable
	case h.lifted() && n < 385, !h.lifted() && n < 13:
		h.Monitor.Kind = monitorSudden
	case !h.lifted() && n < 108:
		h.Monitor.Kind = monitorMarginal
	}
	if h.lifted() {
		h.LiftedYear = pick(d, liftedYears)
	}
	switch {
	case h.Monitor.Kind != "":
		return pick(d, sizeWatched)
	case h.lifted():
		return pick(d, sizeLifted)
	}
	return pick(d, sizeOrdinary)
}

var liftedYears = weigh(weight[int]{2014, 14}, weight[int]{2015, 12}, weight[int]{2016, 18}, weight[int]{2017, 26},
	weight[int]{2018, 14}, weight[int]{2019, 10}, weight[int]{2020, 6})
