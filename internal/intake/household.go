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
	Rows    []Ref             // every row that it was made of
}

// Member is one person of a household.
type Member struct {
	Number  string // the national person number
	Name    string
	Head    bool
	Facts   map[string]any
	Unknown map[string]string
	Row     Ref // the first of the rows about this person
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
	reader  *reader // of the first row
	first   *record
	text    placeText
	village string
	head    *record
	size    *sized
	full    bool            // a sheet with the relation to the head was among its rows: all members are there
	homes   map[int]bool    // sheets of one row per household that had their row
	reused  map[string]bool // other villages whose household bears the same number
	ids     map[string]int  // of members, by ID
}

// sized is the stated number of members and where it stands.
type sized struct {
	reader *reader
	row    int
	value  *factValue
}

func newBuilder(r *reader, rec *record) *builder {
	return &builder{
		h: &Household{
			Number: rec.number, Area: rec.place.area, Group: rec.text.group, Address: rec.address, Head: rec.head,
			Facts: map[string]any{},
		},
		reader: r, first: rec, text: rec.text, village: rec.place.village,
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
	if rec.place.village != b.village {
		code := "intake.household_two_places"
		if rec.isHead && b.head != nil || b.reused[rec.place.village] {
			code = "intake.household_number_reused"
			if b.reused == nil {
				b.reused = map[string]bool{}
			}
			b.reused[rec.place.village] = true
		}
		return b.refuse(r, rec, "village", rec.text.village, code)
	}
	home := r.header.shape.PerHousehold
	if home && b.homes[r.sheet] {
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
	if !home {
		return b.member(r, rec)
	}
	if b.homes == nil {
		b.homes = map[int]bool{}
	}
	b.homes[r.sheet] = true
	if b.h.Unknown == nil {
		b.h.Unknown = rec.unknown
		return nil
	}
	for label, text := range rec.unknown {
		if _, ok := b.h.Unknown[label]; !ok {
			b.h.Unknown[label] = text
		}
	}
	return nil
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
				b.size = &sized{r, rec.ref.Row, f}
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

// member adds the row's person, or what another sheet says of a person who is there already.
func (b *builder) member(r *reader, rec *record) error {
	roles := r.in.compiled.roles
	b.full = b.full || r.header.hasFact(roles.Relation)
	id := rec.identity.ID
	if at := b.same(rec); at >= 0 {
		if rec.isHead && b.head == nil {
			b.head, b.h.Members[at].Head = rec, true
		}
		return b.merge(r, rec, &b.h.Members[at])
	}
	m := Member{Number: rec.personNo, Name: rec.name, Facts: rec.personFacts(roles), Unknown: rec.unknown, Row: rec.ref}
	if id != "" {
		if _, twice := b.ids[id]; twice {
			if err := b.reportFact(r, rec, roles.PersonID, "intake.id_duplicate"); err != nil {
				return err
			}
		} else if b.ids == nil {
			b.ids = map[string]int{}
		}
		b.ids[id] = len(b.h.Members)
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

// same finds the member whom a row of another sheet is about: by person number, ID or, where one of the
// two has neither, by name. Within a sheet every row is a person of its own.
func (b *builder) same(rec *record) int {
	if b.first.ref.sheet == rec.ref.sheet && len(b.h.Members) > 0 && b.h.Members[0].Row.sheet == rec.ref.sheet {
		return -1
	}
	if at, ok := b.ids[rec.identity.ID]; ok && b.h.Members[at].Row.sheet != rec.ref.sheet {
		return at
	}
	return slices.IndexFunc(b.h.Members, func(m Member) bool {
		if m.Row.sheet == rec.ref.sheet {
			return false
		}
		if m.Number != "" && rec.personNo != "" {
			return m.Number == rec.personNo
		}
		have, _ := m.Facts[b.reader.in.compiled.roles.PersonID].(string)
		if have != "" && rec.identity.Text != "" {
			return have == rec.identity.Text
		}
		return m.Name == rec.name
	})
}

// merge adds what a row of another sheet says of a member; what is known already stays.
func (b *builder) merge(r *reader, rec *record, m *Member) error {
	if m.Number == "" {
		m.Number = rec.personNo
	}
	for i := range rec.facts {
		f := &rec.facts[i]
		fact := f.column.target.fact
		if !fact.Person {
			continue
		}
		if have, ok := m.Facts[fact.Code]; !ok {
			m.Facts[fact.Code] = f.value
		} else if !equal(have, f.value) {
			if err := r.report(rec.ref.Row, f.column, f.raw, "intake.person_conflict", f.column.label); err != nil {
				return err
			}
		}
	}
	for label, text := range rec.unknown {
		if _, ok := m.Unknown[label]; !ok {
			if m.Unknown == nil {
				m.Unknown = map[string]string{}
			}
			m.Unknown[label] = text
		}
	}
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
	if len(b.h.Members) == 0 {
		return b.h, nil
	}
	r, roles := b.reader, b.reader.in.compiled.roles
	if b.head == nil {
		b.headByName()
	}
	switch {
	case b.head == nil && b.full:
		if err := r.report(b.first.ref.Row, nil, "", "intake.head_missing", ""); err != nil {
			return nil, err
		}
	case b.head != nil && b.h.Head != "" && b.h.Head != b.head.name:
		if err := r.report(b.first.ref.Row, r.columnOf("head"), b.h.Head, "intake.head_name_differs", ""); err != nil {
			return nil, err
		}
		b.h.Head = b.head.name
	case b.head != nil:
		b.h.Head = b.head.name
	}
	if s := b.size; s != nil && b.full && b.h.Refused == 0 && b.h.Facts[roles.Size] != int64(len(b.h.Members)) {
		err := s.reader.report(s.row, s.value.column, s.value.raw, "intake.member_count", strconv.Itoa(len(b.h.Members)))
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
		b.head = &record{name: b.h.Members[at].Name, ref: b.h.Members[at].Row}
	}
}

func cellName(col, row int) string { return workbook.ColumnName(col) + strconv.Itoa(row) }

func sortMerges(m []workbook.Merge) {
	slices.SortFunc(m, func(a, b workbook.Merge) int { return a.Row - b.Row })
}
