package intake

import (
	"slices"
	"strconv"

	"gonggu/internal/workbook"
)

// Ref is the place of a row in the input.
type Ref struct {
	File  string
	Sheet string
	Row   int
	sheet int
}

// Household is one household as the input has it. Facts hold, by code: text, code, day (YYYY-MM-DD) and
// month (YYYY-MM) as string, codes as []string in the list's order, bool as bool, int, money (fen) and
// hundredths as int64. A fact that the input lacks is not there.
type Household struct {
	Number  string // the national household number; empty in rosters without one
	Area    string // code of the group when it is known, else of the village
	Group   string // the group as the input names it
	Head    string // the head's name
	Address string
	Facts   map[string]any
	Members []Member
	Unknown map[string]string // of a one-row-per-household input: values of unknown columns and values refused, by label
	Refused int               // rows of this household that were rejected: it is not complete
	Rows    []Ref             // where it stands; Rows[i] is Members[i]'s row
}

// Member is one person of a household.
type Member struct {
	Number  string // the national person number
	Name    string
	Head    bool
	Facts   map[string]any
	Unknown map[string]string
}

// Canonical returns the household as the canonical profile's values (objects, arrays, strings, booleans,
// integers), without its place in the file. Equal households give equal bytes through canon.Marshal.
func (h *Household) Canonical() map[string]any {
	out := map[string]any{"area": h.Area, "facts": values(h.Facts)}
	put := func(key, s string) {
		if s != "" {
			out[key] = s
		}
	}
	put("number", h.Number)
	put("group", h.Group)
	put("head", h.Head)
	put("address", h.Address)
	if h.Refused > 0 {
		out["refused"] = int64(h.Refused)
	}
	if len(h.Unknown) > 0 {
		out["unknown"] = texts(h.Unknown)
	}
	members := make([]any, len(h.Members))
	for i, m := range h.Members {
		o := map[string]any{"name": m.Name, "facts": values(m.Facts)}
		if m.Number != "" {
			o["number"] = m.Number
		}
		if m.Head {
			o["head"] = true
		}
		if len(m.Unknown) > 0 {
			o["unknown"] = texts(m.Unknown)
		}
		members[i] = o
	}
	if len(members) > 0 {
		out["members"] = members
	}
	return out
}

func values(facts map[string]any) map[string]any {
	out := make(map[string]any, len(facts))
	for k, v := range facts {
		if list, ok := v.([]string); ok {
			a := make([]any, len(list))
			for i, s := range list {
				a[i] = s
			}
			v = a
		}
		out[k] = v
	}
	return out
}

func texts(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// builder puts the records of one household together.
type builder struct {
	h       *Household
	reader  *reader // of the last record
	text    placeText
	village string
	perHome bool
	first   *record
	head    *record
	size    *factValue
	reused  map[string]bool // other villages whose household bears the same number
	ids     map[string]bool
}

func newBuilder(r *reader, rec *record) *builder {
	return &builder{
		h: &Household{
			Number: rec.number, Area: rec.place.area, Group: rec.text.group, Address: rec.address, Head: rec.head,
			Facts: map[string]any{},
		},
		reader: r, text: rec.text, village: rec.place.village, perHome: r.header.shape.PerHousehold, first: rec,
		reused: map[string]bool{}, ids: map[string]bool{},
	}
}

// refuse counts a rejected row and reports why, unless it was reported already.
func (b *builder) refuse(r *reader, rec *record, part, raw, code string) error {
	b.h.Refused++
	rec.rejected = true
	return r.report(rec.ref.Row, r.columnOf(part), raw, code, "")
}

// add takes the next row of the household.
func (b *builder) add(r *reader, rec *record) error {
	b.reader = r
	if rec.place.village != b.village {
		code := "intake.household_two_places"
		if rec.isHead && b.head != nil || b.reused[rec.place.village] {
			code = "intake.household_number_reused"
			b.reused[rec.place.village] = true
		}
		return b.refuse(r, rec, "village", rec.text.village, code)
	}
	if b.perHome && rec != b.first {
		return b.refuse(r, rec, "household_no", rec.number, "intake.household_twice")
	}
	if rec != b.first && rec.text.group != "" && b.h.Group != "" && looseGroup(tight(rec.text.group)) != looseGroup(tight(b.h.Group)) {
		if err := b.conflict(r, rec, r.columnOf("group"), rec.text.group); err != nil {
			return err
		}
	}
	if err := b.householdFacts(r, rec); err != nil {
		return err
	}
	b.h.Rows = append(b.h.Rows, rec.ref)
	if b.perHome {
		b.h.Unknown = rec.unknown
		return nil
	}
	return b.member(r, rec)
}

func (b *builder) conflict(r *reader, rec *record, c *column, raw string) error {
	label := ""
	if c != nil {
		label = c.label
	}
	return r.report(rec.ref.Row, c, raw, "intake.household_conflict", label)
}

// householdFacts takes the household's values: the first row that has one decides.
func (b *builder) householdFacts(r *reader, rec *record) error {
	if b.h.Group == "" && rec.text.group != "" {
		b.h.Group, b.h.Area = rec.text.group, rec.place.area
	}
	if b.h.Address == "" {
		b.h.Address = rec.address
	}
	if rec.head != "" && rec.head != b.h.Head {
		if b.h.Head == "" {
			b.h.Head = rec.head
		} else if err := b.conflict(r, rec, r.columnOf("head"), rec.head); err != nil {
			return err
		}
	}
	for i := range rec.facts {
		f := &rec.facts[i]
		fact := f.column.target.fact
		if fact.Person {
			continue
		}
		have, ok := b.h.Facts[fact.Code]
		if !ok {
			b.h.Facts[fact.Code] = f.value
			if fact.Code == r.in.compiled.roles.Size {
				b.size = f
			}
		} else if !equal(have, f.value) {
			if err := b.conflict(r, rec, f.column, f.raw); err != nil {
				return err
			}
		}
	}
	return nil
}

func equal(a, b any) bool {
	if x, ok := a.([]string); ok {
		y, ok := b.([]string)
		return ok && slices.Equal(x, y)
	}
	return a == b
}

// member adds the row's person.
func (b *builder) member(r *reader, rec *record) error {
	roles := r.in.compiled.roles
	m := Member{Number: rec.personNo, Name: rec.name, Facts: rec.personFacts(roles), Unknown: rec.unknown}
	if id := rec.identity.ID; id != "" {
		if b.ids[id] {
			if err := b.reportFact(r, rec, roles.PersonID, "intake.id_duplicate"); err != nil {
				return err
			}
		}
		b.ids[id] = true
	}
	if rec.isHead {
		if b.head == nil {
			b.head, m.Head = rec, true
		} else if err := b.reportFact(r, rec, roles.Relation, "intake.heads_two"); err != nil {
			return err
		}
	}
	b.h.Members = append(b.h.Members, m)
	return nil
}

// reportFact reports a fault at the cell of one of the row's person facts.
func (b *builder) reportFact(r *reader, rec *record, fact, code string) error {
	for i := range rec.facts {
		if f := &rec.facts[i]; f.column.target.fact.Person && f.column.target.fact.Code == fact {
			return r.report(rec.ref.Row, f.column, f.raw, code, "")
		}
	}
	return r.report(rec.ref.Row, nil, "", code, "")
}

// close checks the household as a whole and returns it; nil when no row of it was good.
func (b *builder) close() (*Household, error) {
	if len(b.h.Rows) == 0 {
		return nil, nil
	}
	if b.perHome {
		return b.h, nil
	}
	r, roles := b.reader, b.reader.in.compiled.roles
	if b.head == nil {
		b.headByName()
	}
	switch {
	case b.head == nil && roles.Relation != "":
		if err := r.at(b.h.Rows[0]).report(b.h.Rows[0].Row, nil, "", "intake.head_missing", ""); err != nil {
			return nil, err
		}
	case b.head != nil && b.h.Head != "" && b.h.Head != b.head.name:
		if err := r.at(b.first.ref).report(b.first.ref.Row, r.columnOf("head"), b.h.Head, "intake.head_name_differs", ""); err != nil {
			return nil, err
		}
		b.h.Head = b.head.name
	case b.head != nil:
		b.h.Head = b.head.name
	}
	if n, ok := b.h.Facts[roles.Size].(int64); ok && b.size != nil && b.h.Refused == 0 && n != int64(len(b.h.Members)) {
		err := r.at(b.first.ref).report(b.first.ref.Row, b.size.column, b.size.raw, "intake.member_count", strconv.Itoa(len(b.h.Members)))
		if err != nil {
			return nil, err
		}
	}
	return b.h, nil
}

// headByName makes the one member who bears the stated head's name the head, where the input has no
// relation to the head at all.
func (b *builder) headByName() {
	roles := b.reader.in.compiled.roles
	at := -1
	for i, m := range b.h.Members {
		if _, stated := m.Facts[roles.Relation]; stated {
			return
		}
		if m.Name == b.h.Head && b.h.Head != "" {
			if at >= 0 {
				return
			}
			at = i
		}
	}
	if at >= 0 {
		b.h.Members[at].Head = true
		b.head = &record{name: b.h.Members[at].Name, ref: b.h.Rows[at]}
	}
}

// at is the reader with the file and sheet of another row, for faults about it.
func (r *reader) at(ref Ref) *reader {
	if ref.sheet == r.sheet {
		return r
	}
	o := *r
	o.file, o.name, o.sheet = ref.File, ref.Sheet, ref.sheet
	return &o
}

func cellName(col, row int) string { return workbook.ColumnName(col) + strconv.Itoa(row) }

func sortMerges(m []workbook.Merge) {
	slices.SortFunc(m, func(a, b workbook.Merge) int { return a.Row - b.Row })
}
