package synth

// FaultKind names what is wrong in a planted row.
type FaultKind string

// The ten kinds of planted fault.
const (
	FaultUnknownVillage  FaultKind = "unknown_village"  // a village that the township does not have
	FaultCheckDigit      FaultKind = "check_digit"      // an ID number whose last character is wrong
	FaultImpossibleBirth FaultKind = "impossible_birth" // a birth day that no calendar has
	FaultNumberElsewhere FaultKind = "number_elsewhere" // the household number of a household in another village
	FaultNoHead          FaultKind = "no_head"
	FaultTwoHeads        FaultKind = "two_heads"
	FaultUnknownCode     FaultKind = "unknown_code" // a value that its code list does not know
	FaultBadMonth        FaultKind = "bad_month"    // a thirteenth month
	FaultMissingName     FaultKind = "missing_name"
	FaultSharedID        FaultKind = "shared_id" // the ID number of a person in another household
)

// FaultKinds are all kinds, in the order in which they are planted in turn.
var FaultKinds = []FaultKind{
	FaultUnknownVillage, FaultCheckDigit, FaultImpossibleBirth, FaultNumberElsewhere, FaultNoHead,
	FaultTwoHeads, FaultUnknownCode, FaultBadMonth, FaultMissingName, FaultSharedID,
}

// Fault is one line of the answer sheet.
type Fault struct {
	// Row is the sheet row, from 1; faults of a whole household name its first row.
	Row int
	// Column is the label of the column, in the spelling of the export.
	Column string
	Kind   FaultKind
	// Household is the number of the household spoiled, as it was before.
	Household string
	// Village is its area code.
	Village string
	// Was and Now are the cell's text before and after.
	Was, Now string
}

// Faults is a plan of what to spoil. It spoils at most one thing in a household.
type Faults struct {
	c    *County
	seed uint64
	at   map[int]FaultKind // by the household's ordinal in the county; looked up only
	n    int
}

// PlantFaults chooses n households of the county, spread evenly, and a fault for each, every
// kind in turn. It plants fewer when the county has less than four households a fault.
func (c *County) PlantFaults(seed uint64, n int) *Faults {
	f := &Faults{c: c, seed: seed, at: map[int]FaultKind{}}
	n = min(n, c.total/4)
	d := newDraw(seed, streamFault, uint64(c.total))
	for i := range n {
		kind := FaultKinds[i%len(FaultKinds)]
		lo, hi := c.total*i/n, c.total*(i+1)/n
		start := lo + d.below(hi-lo)
		for step := range hi - lo { // the first household of this stretch that can bear it
			k := lo + (start-lo+step)%(hi-lo)
			if f.fits(kind, c.ordinal(k)) {
				f.at[k] = kind
				f.n++
				break
			}
		}
	}
	return f
}

// Len is the number of faults planted in the whole county.
func (f *Faults) Len() int { return f.n }

// ordinal makes the household that stands k-th (from 0) in the county.
func (c *County) ordinal(k int) *Household {
	lo, hi := 0, len(c.villages)-1
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if c.villages[mid].first <= k {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	v := &c.villages[lo]
	return c.maker().make(v, k-v.first+1)
}

func (f *Faults) fits(kind FaultKind, h *Household) bool {
	switch kind {
	case FaultTwoHeads, FaultMissingName:
		return len(h.Members) > 1
	case FaultCheckDigit:
		return len(h.Head().IDNumber) == 18 && !hasNoID(h.Head().IDNumber)
	case FaultSharedID:
		return h.county > 0 && !hasNoID(f.donor(h).IDNumber)
	case FaultNumberElsewhere:
		return h.village.index > 0 && f.c.villages[h.village.index-1].Households > 0
	}
	return true
}

// donor is the head of the household before, whose ID number is borrowed.
func (f *Faults) donor(h *Household) *Person { return f.c.ordinal(h.county - 1).Head() }

// Export is the county's export with the faults in it, and the answer sheet of those that lie in
// the exported area, by row.
func (f *Faults) Export(o ExportOptions, w func(row []string) error) ([]Fault, error) {
	var sheet []Fault
	spoil := func(h *Household, at int, rows [][]string) {
		if kind, ok := f.at[h.county]; ok {
			sheet = append(sheet, f.spoil(kind, h, at, rows, o.Spelling))
		}
	}
	err := f.c.export(o, spoil, w)
	return sheet, err
}

// unknownNames are entries that no code list has, by label.
var unknownNames = []struct{ label, name string }{
	{"民族", "中原族"}, {"户类型", "富裕户"}, {"与户主关系", "邻居代管"}, {"危房等级", "F级"}, {"文化程度", "私塾"}, {"劳动技能", "不详劳力"},
}

func (f *Faults) spoil(kind FaultKind, h *Household, at int, rows [][]string, s Spelling) Fault {
	d := newDraw(f.seed, streamFault, 1, uint64(h.county))
	out := Fault{Row: at, Kind: kind, Household: h.Number, Village: h.Village}
	set := func(label, text string, rows ...[]string) {
		j := columnAt(label)
		out.Column, out.Was, out.Now = columns[j].name(s), rows[0][j], text
		for _, r := range rows {
			r[j] = text
		}
	}
	switch kind {
	case FaultUnknownVillage:
		set("村", "查无此"+h.village.shortName()+"村民委员会", rows...)
	case FaultCheckDigit:
		id := h.Head().IDNumber
		set("证件号码", id[:17]+string("0123456789X"[(d.below(10)+1+lastDigit(id))%11]), rows[0])
	case FaultImpossibleBirth:
		set("出生日期", day(h.Head().Birth[:4]+"-02-30", s), rows[0])
	case FaultNumberElsewhere:
		other := f.c.villages[h.village.index-1]
		set("户编号", householdNumber(other.Code, 1+d.below(other.Households)), rows...)
	case FaultNoHead:
		set("与户主关系", "其他", rows[0])
	case FaultTwoHeads:
		set("与户主关系", "户主", rows[1])
		out.Row++
	case FaultUnknownCode:
		u := one(d, unknownNames)
		if columns[columnAt(u.label)].who == nil { // the household's, repeated on every row
			set(u.label, u.name, rows...)
		} else {
			set(u.label, u.name, rows[0])
		}
	case FaultBadMonth:
		set("首次识别时间", itoa(2014+d.below(8))+"13", rows...)
	case FaultMissingName:
		set("姓名", "", rows[len(rows)-1])
		out.Row += len(rows) - 1
	case FaultSharedID:
		set("证件号码", f.donor(h).IDNumber, rows[0])
	}
	return out
}

// lastDigit is the value of an ID number's last character.
func lastDigit(id string) int {
	if c := id[17]; c != 'X' {
		return int(c - '0')
	}
	return 10
}

func columnAt(label string) int {
	for i, c := range columns {
		if c.label == label {
			return i
		}
	}
	panic("synth: no column " + label)
}
