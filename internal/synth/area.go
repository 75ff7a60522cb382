package synth

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Area is one place of the county's tree, as the pack's areas.csv has it. The length
// of Code tells its kind (6 county, 9 township, 12 village); Level is not read.
type Area struct {
	Code, Name, Level, Parent string
}

// Village is what the county plans for one village before any household is made.
type Village struct {
	Code, Name         string
	Township           Area
	Households, Groups int
	first              int // ordinal of its first household in the county
	index              int
	seed               uint64
	hui                int // ppm of its households that are Hui
}

// Group is a 村民组 of a village: the village's code and two digits.
type Group struct{ Code, Name string }

// lay plans the villages: sorted by code, with household counts that add up
// to the total exactly (largest remainder) and differ up to fivefold.
func lay(o Options) (county Area, villages []Village, err error) {
	towns := map[string]Area{}
	var list []Area
	for _, a := range o.Areas {
		switch len(a.Code) {
		case 6:
			if o.County == "" || a.Code == o.County {
				county = a
			}
		case 9:
			towns[a.Code] = a
		case 12:
			if strings.HasPrefix(a.Code, o.County) {
				list = append(list, a)
			}
		}
	}
	if len(list) == 0 {
		return county, nil, errors.New("synth: no village among the areas")
	}
	if county.Code == "" {
		county = Area{Code: list[0].Code[:6], Name: "县", Level: "county"}
	}
	slices.SortFunc(list, func(a, b Area) int { return strings.Compare(a.Code, b.Code) })
	weights, sum := make([]int, len(list)), 0
	for i, a := range list {
		t, ok := towns[a.Code[:9]]
		if !ok {
			return county, nil, fmt.Errorf("synth: village %s has no township among the areas", a.Code)
		}
		seed := mix(o.Seed ^ hashText(a.Code))
		d := newDraw(seed, streamPlan)
		weights[i] = min(max(d.spread(1000), 450), 2400)
		sum += weights[i]
		v := Village{Code: a.Code, Name: a.Name, Township: t, index: i, seed: seed, hui: 4_000}
		if strings.Contains(t.Name, "回族") {
			v.hui = d.between(150_000, 550_000)
		}
		v.Groups = min(max(2+weights[i]*4/1000+d.between(-1, 2), 2), 12)
		villages = append(villages, v)
	}
	share(villages, weights, sum, o.Households)
	return county, villages, nil
}

// share hands out the households in proportion to the weights.
func share(villages []Village, weights []int, sum, households int) {
	type rest struct{ i, r int }
	rests := make([]rest, len(villages))
	left := households
	for i := range villages {
		n := int(int64(households) * int64(weights[i]) / int64(sum))
		villages[i].Households = n
		left -= n
		rests[i] = rest{i, int(int64(households) * int64(weights[i]) % int64(sum))}
	}
	slices.SortFunc(rests, func(a, b rest) int {
		if a.r != b.r {
			return b.r - a.r
		}
		return a.i - b.i
	})
	for _, r := range rests[:left] {
		villages[r.i].Households++
	}
	at := 0
	for i := range villages {
		villages[i].first = at
		at += villages[i].Households
	}
}

// GroupList gives the groups of a village.
func (v Village) GroupList() []Group {
	var out []Group
	for i := 1; i <= v.Groups; i++ {
		out = append(out, Group{Code: v.groupCode(i), Name: groupName(i)})
	}
	return out
}

func (v Village) groupCode(i int) string {
	var b [2]byte
	digits(b[:], i)
	return v.Code + string(b[:])
}

func groupName(i int) string { return strconv.Itoa(i) + "组" }

// shortName is the village without its 村委会 or 居委会.
func (v Village) shortName() string {
	for _, suffix := range []string{"村民委员会", "居民委员会", "村委会", "社区居委会", "居委会"} {
		if s, ok := strings.CutSuffix(v.Name, suffix); ok && s != "" {
			return s
		}
	}
	return v.Name
}
