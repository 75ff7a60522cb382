package intake

import (
	"maps"
	"strings"

	"gonggu/internal/workbook"
)

// record is one row brought to its normal form.
type record struct {
	ref      Ref
	number   string
	personNo string
	name     string
	head     string // the name of the head that the row states
	address  string
	text     placeText
	place    placed
	isHead   bool
	facts    []factValue
	unknown  map[string]string
	identity Identity
	rejected bool
}

type factValue struct {
	column *column
	raw    string
	value  any
}

// reader makes records of the rows of one sheet.
type reader struct {
	in     *Intake
	sheet  int
	file   string
	name   string
	header *header
	fills  map[int]*fillDown
	places map[placeText]placed
	cache  []map[cellKey]converted // by column of the header
	usual  int                     // how many facts a row has
	fault  func(Fault) error
}

// cellKey and converted remember what a cell's text was made into: most texts come again and again.
type cellKey struct {
	text  string
	kind  workbook.Kind
	lossy bool
}

type converted struct {
	value  any
	code   string // of a fault
	detail string
}

const cacheEntries = 2048

func (r *reader) report(row int, c *column, raw, code, detail string) error {
	f := newFault(code, detail)
	f.File, f.Sheet, f.Row = r.file, r.name, row
	if c != nil {
		f.Column = c.label
		f.Cell = cellName(c.col, row)
		f.Value = shorten(raw)
		f.Sensitive = c.target.fact != nil && c.target.fact.Sensitive
	}
	return r.fault(f)
}

// part returns the cell of a part, after merged cells are filled down.
func (r *reader) part(row *workbook.Row, part string) (workbook.Cell, *column) {
	i, ok := r.header.part[part]
	if !ok {
		return workbook.Cell{}, nil
	}
	c := &r.header.columns[i]
	return r.cell(row, c.col), c
}

func (r *reader) cell(row *workbook.Row, col int) workbook.Cell {
	cell := row.At(col)
	if f := r.fills[col]; f != nil {
		return f.at(row.N, cell)
	}
	return cell
}

// partText is part's text in its normal form; an error value counts as empty.
func (r *reader) partText(row *workbook.Row, part string) string {
	cell, _ := r.part(row, part)
	if cell.Kind == workbook.KindError || cell.Kind == workbook.KindUncomputed {
		return ""
	}
	if s := clean(cell.Text); !none(s) {
		return s
	}
	return ""
}

// words that a total or a signature line begins with.
var totals = []string{"合计", "总计", "小计", "共计", "填表", "制表", "审核", "注:", "说明:", "备注:", "填报"}

// skip tells rows without content and, with a notice, lines of totals and signatures.
func (r *reader) skip(row *workbook.Row) (bool, error) {
	first := ""
	for _, c := range row.Cells {
		if s := tight(c.Text); s != "" {
			first = s
			break
		}
	}
	if first == "" {
		return true, nil
	}
	if r.partText(row, "household_no") != "" && r.partText(row, "name") != "" {
		return false, nil
	}
	if r.partText(row, "name") != "" && !strings.HasPrefix(tight(r.partText(row, "name")), "合计") {
		return false, nil
	}
	for _, t := range totals {
		if strings.HasPrefix(first, t) {
			return true, r.report(row.N, nil, "", "intake.total_row", "")
		}
	}
	return false, nil
}

// read makes a record of a row and reports everything that is wrong with it. A nil record is a row to skip.
func (r *reader) read(row *workbook.Row) (*record, error) {
	if skip, err := r.skip(row); skip || err != nil {
		return nil, err
	}
	rec := &record{ref: Ref{r.file, r.name, row.N, r.sheet}, facts: make([]factValue, 0, r.usual+4)}
	if err := r.readParts(row, rec); err != nil {
		return nil, err
	}
	for i := range r.header.columns {
		if err := r.readColumn(row, i, rec); err != nil {
			return nil, err
		}
	}
	r.usual = len(rec.facts)
	return rec, r.checkIdentity(rec)
}

// readParts reads what is not a fact and refuses the row where that fails.
func (r *reader) readParts(row *workbook.Row, rec *record) error {
	rec.personNo = r.partText(row, "person_no")
	rec.head = personName(r.partText(row, "head"))
	rec.name = personName(r.partText(row, "name"))
	rec.address = r.partText(row, "address")
	reject := func(part, code, detail string) error {
		rec.rejected = true
		cell, c := r.part(row, part)
		return r.report(row.N, c, cell.Text, code, detail)
	}
	if cell, c := r.part(row, "household_no"); c != nil {
		rec.number = tight(r.partText(row, "household_no"))
		code := ""
		switch {
		case cell.Lossy:
			code = "intake.household_number_lossy"
		case cell.Kind == workbook.KindError || cell.Kind == workbook.KindUncomputed:
			code = "intake.household_number_bad"
		case rec.number == "":
			code = "intake.household_number_missing"
		}
		if code != "" {
			rec.number = ""
			if err := reject("household_no", code, ""); err != nil {
				return err
			}
		}
	}
	if r.header.shape.PerHousehold {
		if rec.head == "" {
			rec.head = rec.name
		}
	} else if rec.name == "" {
		if err := reject("name", "intake.name_missing", ""); err != nil {
			return err
		}
	}
	rec.text = placeText{r.partText(row, "county"), r.partText(row, "township"), r.partText(row, "village"), r.partText(row, "group")}
	return nil
}

// locate resolves the record's place; text may have been taken over from the household's first row.
func (r *reader) locate(rec *record) error {
	p, ok := r.places[rec.text]
	if !ok {
		p = r.in.places.find(rec.text)
		if len(r.places) >= cacheEntries {
			clear(r.places)
		}
		r.places[rec.text] = p
	}
	rec.place = p
	part, raw := "village", rec.text.village
	switch p.code {
	case "intake.other_county":
		part, raw = "county", rec.text.county
	case "intake.township_unknown":
		part, raw = "township", rec.text.township
	case "":
		if !p.group {
			return nil
		}
		return r.report(rec.ref.Row, r.columnOf("group"), rec.text.group, "intake.group_unknown", "")
	}
	rec.rejected = true
	return r.report(rec.ref.Row, r.columnOf(part), raw, p.code, p.about)
}

func (r *reader) columnOf(part string) *column {
	if i, ok := r.header.part[part]; ok {
		return &r.header.columns[i]
	}
	return nil
}

// readColumn reads a fact or keeps an unknown column's text.
func (r *reader) readColumn(row *workbook.Row, i int, rec *record) error {
	c := &r.header.columns[i]
	if c.target.part != "" {
		return nil
	}
	cell := r.cell(row, c.col)
	if cell.Text == "" && cell.Kind != workbook.KindUncomputed {
		return nil
	}
	if !c.known {
		if s := clean(cell.Text); s != "" {
			rec.keep(c.label, s)
		}
		return nil
	}
	v := r.convert(i, cell)
	if v.code != "" {
		if err := r.report(row.N, c, cell.Text, v.code, v.detail); err != nil {
			return err
		}
		if (v.value == nil || v.code == "intake.code_unknown") && !cell.Lossy {
			rec.keep(c.label, clean(cell.Text))
		}
	}
	if v.value != nil {
		rec.facts = append(rec.facts, factValue{c, cell.Text, v.value})
	}
	return nil
}

func (rec *record) keep(label, text string) {
	if text == "" {
		return
	}
	if rec.unknown == nil {
		rec.unknown = map[string]string{}
	}
	rec.unknown[label] = text
}

// convert is compiled.convert remembered, but for texts, which seldom come again.
func (r *reader) convert(i int, cell workbook.Cell) converted {
	c := &r.header.columns[i]
	if c.target.fact.Type == "text" {
		return r.in.compiled.convert(c, cell, r.in.opts.Today)
	}
	m := r.cache[i]
	if m == nil {
		m = map[cellKey]converted{}
		r.cache[i] = m
	}
	key := cellKey{cell.Text, cell.Kind, cell.Lossy}
	v, ok := m[key]
	if !ok {
		v = r.in.compiled.convert(c, cell, r.in.opts.Today)
		if len(m) >= cacheEntries {
			clear(m)
		}
		key.text = strings.Clone(key.text)
		m[key] = v
	}
	return v
}

// convert makes a cell's text the value of its column's fact; today bounds days of birth, "" does not.
func (c *compiled) convert(col *column, cell workbook.Cell, today string) converted {
	f := col.target.fact
	if cell.Kind == workbook.KindError || cell.Kind == workbook.KindUncomputed {
		return converted{code: "intake.cell_error"}
	}
	s := clean(cell.Text)
	if none(s) {
		return converted{}
	}
	bad := func(ok bool, v any, code string) converted {
		if ok {
			return converted{value: v}
		}
		return converted{code: code}
	}
	switch f.Type {
	case "text":
		return c.convertText(f, s, cell.Lossy)
	case "code":
		list := c.lists[f.List]
		v, ok := list.find(s)
		if !ok {
			return converted{code: "intake.code_unknown", detail: unknownValue(f, list, s)}
		}
		return converted{value: v}
	case "codes":
		list := c.lists[f.List]
		codes, unknown := list.findAll(s)
		if len(unknown) == 1 && len(codes) == 0 && (unknown[0] == "无" || unknown[0] == "没有") {
			return converted{value: []string{}}
		}
		out := converted{}
		if len(codes) > 0 {
			out.value = codes
		}
		if len(unknown) > 0 {
			out.code, out.detail = "intake.code_unknown", unknownValue(f, list, strings.Join(unknown, "、"))
		}
		return out
	case "bool":
		v, ok := parseBool(s)
		return bad(ok, v, "intake.bool_bad")
	case "int":
		v, ok := parseInt(s)
		return bad(ok, v, "intake.number_bad")
	case "money":
		v, ok := parseMoney(s, col.wan)
		return bad(ok, v, "intake.money_bad")
	case "hundredths":
		v, ok := parseHundredths(s)
		return bad(ok, v, "intake.number_bad")
	case "day":
		v, ok := parseDay(s)
		if ok && f.Person && f.Code == c.roles.Birth && today != "" && v > today {
			return converted{code: "intake.birth_future"}
		}
		return bad(ok, v, "intake.day_bad")
	case "month":
		if cell.Kind == workbook.KindNumber && len(s) == 6 && s[4:] == ".1" {
			return converted{code: "intake.month_ambiguous"}
		}
		v, ok := parseMonth(s)
		return bad(ok, v, "intake.month_bad")
	}
	return converted{value: s}
}

// unknownValue says which value is unknown and which are allowed; a sensitive value is not repeated.
func unknownValue(f *Fact, list *codeList, s string) string {
	say := "不是“" + f.Name + "”的选项（" + list.some() + "），"
	if f.Sensitive {
		return "填写的内容" + say
	}
	return "“" + shorten(s) + "”" + say
}

func (c *compiled) convertText(f *Fact, s string, lossy bool) converted {
	switch {
	case c.ids[f.Code] && lossy:
		return converted{code: "intake.id_lossy"}
	case lossy:
		return converted{code: "intake.number_lossy"}
	case c.ids[f.Code]:
		id := ParseIdentity(s)
		if id.Absent {
			return converted{}
		}
		return converted{value: id.Text, code: id.Code}
	case c.phones[f.Code]:
		if v, ok := parsePhone(s); ok {
			return converted{value: v}
		}
		return converted{value: s, code: "intake.phone_bad"}
	}
	return converted{value: s}
}

// checkIdentity compares a person's ID with his birth and sex, and fills those from it where absent.
func (r *reader) checkIdentity(rec *record) error {
	roles := r.in.compiled.roles
	find := func(code string) *factValue {
		for i := range rec.facts {
			if f := rec.facts[i].column.target.fact; f.Person && code != "" && f.Code == code {
				return &rec.facts[i]
			}
		}
		return nil
	}
	if rel := find(roles.Relation); rel != nil {
		rec.isHead = rel.value == roles.Head
	}
	own := find(roles.PersonID)
	if own == nil {
		return nil
	}
	rec.identity = ParseIdentity(own.value.(string))
	if rec.identity.ID == "" {
		return nil
	}
	if b := find(roles.Birth); b != nil && b.value != rec.identity.Birth {
		if err := r.report(rec.ref.Row, b.column, b.raw, "intake.birth_differs", ""); err != nil {
			return err
		}
	}
	sex := roles.Female
	if rec.identity.Male {
		sex = roles.Male
	}
	if s := find(roles.Sex); s != nil && sex != "" && s.value != sex {
		return r.report(rec.ref.Row, s.column, s.raw, "intake.sex_differs", "")
	}
	return nil
}

// personFacts is the map of a record's person facts, with birth and sex out of a good ID number.
func (rec *record) personFacts(roles Roles) map[string]any {
	out := make(map[string]any, len(rec.facts))
	for _, f := range rec.facts {
		if f.column.target.fact.Person {
			out[f.column.target.fact.Code] = f.value
		}
	}
	if rec.identity.ID == "" {
		return out
	}
	if _, ok := out[roles.Birth]; !ok && roles.Birth != "" {
		out[roles.Birth] = rec.identity.Birth
	}
	if _, ok := out[roles.Sex]; !ok && roles.Sex != "" {
		if sex := map[bool]string{true: roles.Male, false: roles.Female}[rec.identity.Male]; sex != "" {
			out[roles.Sex] = sex
		}
	}
	return out
}

// fillDown repeats the value of vertically merged cells in a column for the rows below the first.
type fillDown struct {
	merges []workbook.Merge // by first row
	next   int
	value  workbook.Cell
	last   int
}

func (f *fillDown) at(row int, cell workbook.Cell) workbook.Cell {
	for f.next < len(f.merges) && f.merges[f.next].Row <= row {
		if f.merges[f.next].Row == row {
			f.value = cell
			f.value.Text = strings.Clone(cell.Text)
			f.last = f.merges[f.next].LastRow
		}
		f.next++
	}
	if row <= f.last && cell.Text == "" {
		return f.value
	}
	return cell
}

// fills makes the fill-downs of a sheet's data rows.
func fills(merges []workbook.Merge, headRow int) map[int]*fillDown {
	out := map[int]*fillDown{}
	for _, m := range merges {
		if m.Row <= headRow || m.LastRow == m.Row || m.LastCol != m.Col {
			continue
		}
		if out[m.Col] == nil {
			out[m.Col] = &fillDown{}
		}
		out[m.Col].merges = append(out[m.Col].merges, m)
	}
	for f := range maps.Values(out) {
		sortMerges(f.merges)
	}
	return out
}
