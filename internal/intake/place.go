package intake

import (
	"strconv"
	"strings"
)

// Area is one place of the tree: county (6 digits), township (9), village (12), group (14).
type Area struct {
	Code    string
	Name    string
	Aliases []string
}

// Places finds the code of a place by the names in a row. Names of villages are unique only inside
// their township. It is not changed by finding, and may be shared.
type Places struct {
	counties  map[string]bool
	townships names            // by name
	villages  map[string]names // by township code
	anywhere  names            // villages of the whole county
	groups    map[string]names // by village code
	known     map[string]string
}

// names maps a key to the codes that bear it; loose keys lack their 镇 or 村.
type names struct{ exact, loose map[string][]string }

func (n *names) add(code string, spellings []string, level func(string) string) {
	if n.exact == nil {
		n.exact, n.loose = map[string][]string{}, map[string][]string{}
	}
	put := func(m map[string][]string, key string) {
		if key == "" {
			return
		}
		for _, have := range m[key] {
			if have == code {
				return
			}
		}
		m[key] = append(m[key], code)
	}
	for _, s := range spellings {
		key := tight(s)
		put(n.exact, key)
		put(n.loose, level(key))
	}
}

// find returns the codes of an exact name, else of a loose one.
func (n names) find(s string, level func(string) string) []string {
	key := tight(s)
	if codes := n.exact[key]; len(codes) > 0 {
		return codes
	}
	return n.loose[level(key)]
}

// NewPlaces indexes the areas; their level is told by the length of the code.
func NewPlaces(areas []Area) *Places {
	p := &Places{counties: map[string]bool{}, villages: map[string]names{}, groups: map[string]names{}, known: map[string]string{}}
	for _, a := range areas {
		spellings := append([]string{a.Name}, a.Aliases...)
		p.known[a.Code] = a.Name
		switch len(a.Code) {
		case 6:
			for _, s := range spellings {
				p.counties[looseCounty(tight(s))] = true
			}
		case 9:
			p.townships.add(a.Code, spellings, looseTownship)
		case 12:
			n := p.villages[a.Code[:9]]
			n.add(a.Code, spellings, looseVillage)
			p.villages[a.Code[:9]] = n
			p.anywhere.add(a.Code, spellings, looseVillage)
		case 14:
			n := p.groups[a.Code[:12]]
			n.add(a.Code, spellings, looseGroup)
			p.groups[a.Code[:12]] = n
		}
	}
	return p
}

func cutSuffix(s string, suffixes ...string) string {
	for _, x := range suffixes {
		if r, ok := strings.CutSuffix(s, x); ok && r != "" {
			return r
		}
	}
	return s
}

func looseCounty(s string) string { return cutSuffix(s, "县", "市", "区", "旗") }

func looseTownship(s string) string {
	return cutSuffix(s, "街道办事处", "办事处", "街道", "镇", "乡")
}

func looseVillage(s string) string {
	return cutSuffix(s, "村民委员会", "社区居民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "行政村", "社区", "村")
}

// looseGroup makes 3组, 三组, 第3村民组, 03 and 三 one key.
func looseGroup(s string) string {
	s = cutSuffix(s, "村民小组", "村民组", "居民小组", "居民组", "小组", "组", "网格", "队")
	s = strings.TrimPrefix(s, "第")
	if n, ok := digits(s); ok {
		return "#" + strconv.Itoa(n)
	}
	if n := chineseNumber(s); n > 0 {
		return "#" + strconv.Itoa(n)
	}
	return s
}

// chineseNumber reads 一 to 九十九; 0 when s is none.
func chineseNumber(s string) int {
	n, digit, seen := 0, 0, false
	for _, r := range s {
		switch i := strings.IndexRune("零一二三四五六七八九", r); {
		case r == '十':
			n += max(digit, 1) * 10
			digit, seen = 0, true
		case i >= 0:
			if digit > 0 {
				return 0
			}
			digit, seen = i/3, true
		default:
			return 0
		}
	}
	if !seen {
		return 0
	}
	return n + digit
}

// placeText is what a row says of its place.
type placeText struct{ county, township, village, group string }

func (t placeText) empty() bool { return t.township == "" && t.village == "" && t.group == "" }

// placed is what Places made of it.
type placed struct {
	village string // 12 digits; empty when code refuses the row
	area    string // the group when it is known, else the village
	code    string // intake.place_missing, other_county, township_unknown, village_unknown, village_ambiguous
	about   string // for the message
	group   bool   // a group was named that is not known
}

// find resolves one row's place.
func (p *Places) find(t placeText) placed {
	if t.county != "" && !p.ours(t.county) {
		return placed{code: "intake.other_county", about: t.county}
	}
	if t.village == "" {
		return placed{code: "intake.place_missing"}
	}
	var found []string
	if t.township == "" {
		found = p.anywhere.find(t.village, looseVillage)
		if len(found) > 1 {
			return placed{code: "intake.village_ambiguous", about: t.village}
		}
	} else {
		townships := p.townships.find(t.township, looseTownship)
		if len(townships) == 0 {
			townships = p.townships.find(p.afterCounty(t.township), looseTownship)
		}
		if len(townships) == 0 {
			return placed{code: "intake.township_unknown", about: t.township}
		}
		for _, c := range townships {
			here := p.villages[c].find(t.village, looseVillage)
			if bare, cut := strings.CutPrefix(tight(t.village), tight(t.township)); len(here) == 0 && cut && bare != "" {
				here = p.villages[c].find(bare, looseVillage) // the township repeated before the village
			}
			found = append(found, here...)
		}
		if len(found) > 1 {
			return placed{code: "intake.village_ambiguous", about: t.township + t.village}
		}
	}
	if len(found) == 0 {
		return placed{code: "intake.village_unknown", about: t.township + t.village + p.elsewhere(t)}
	}
	out := placed{village: found[0], area: found[0]}
	if t.group != "" && !none(t.group) {
		if g := p.groups[found[0]].find(t.group, looseGroup); len(g) == 1 {
			out.area = g[0]
		} else {
			out.group = len(p.groups[found[0]].exact) > 0
		}
	}
	return out
}

// ours holds for the county's name, alone or behind its province and city.
func (p *Places) ours(county string) bool {
	for name := range p.counties {
		if strings.HasSuffix(looseCounty(tight(county)), name) {
			return true
		}
	}
	return len(p.counties) == 0
}

// afterCounty cuts the county's name off the front of a township's.
func (p *Places) afterCounty(township string) string {
	s := tight(township)
	for name := range p.counties {
		if _, rest, ok := strings.Cut(s, name); ok {
			for _, suffix := range []string{"县", "市", "区", "旗"} {
				rest = strings.TrimPrefix(rest, suffix)
			}
			return rest
		}
	}
	return s
}

// elsewhere names the townships that do have a village of that name.
func (p *Places) elsewhere(t placeText) string {
	var in []string
	for _, c := range p.anywhere.find(t.village, looseVillage) {
		if name := p.known[c[:9]]; name != "" {
			in = append(in, name)
		}
	}
	if len(in) == 0 || len(in) > 5 {
		return ""
	}
	return "（同名的村在" + strings.Join(in, "、") + "）"
}
