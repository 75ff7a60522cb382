package synth

import "strings"

// ExportOptions choose a sheet.
type ExportOptions struct {
	Spelling Spelling
	// Area limits the sheet to a township or village; empty is the county.
	Area string
}

// HeaderRow is the sheet row (from 1) that bears the labels; rows above it are titles.
const HeaderRow = 3

// Labels are the header of the export in a spelling. Some stand twice.
func Labels(s Spelling) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name(s)
	}
	return out
}

// Export gives the rows of the national system's export one after another: two title rows, the
// header, then one row a person with the household's values repeated. All cells are text. Here and
// there a cell has a stray space or full-width digits, and a row is blank, as
// in the files that reach a county. The slice is reused: keep a copy, not the row.
func (c *County) Export(o ExportOptions, w func(row []string) error) error {
	return c.export(o, nil, w)
}

// export writes the sheet; change, if given, alters a household's rows before they go out
// and is told the sheet row of the first of them.
func (c *County) export(o ExportOptions, change func(h *Household, row int, rows [][]string), w func([]string) error) error {
	for _, row := range titles(c.Area.Name, c.Today(), o.Spelling) {
		if err := w(row); err != nil {
			return err
		}
	}
	at := HeaderRow + 1
	d := &draw{}
	blank := make([]string, len(columns))
	var rows [][]string
	for h := range c.HouseholdsIn(o.Area) {
		rows = fill(rows, h, o.Spelling)
		d.reset(h.village.seed, streamExport, uint64(h.Ordinal))
		for _, row := range rows {
			smudge(d, row)
		}
		if change != nil {
			change(h, at, rows)
		}
		for _, row := range rows {
			if err := w(row); err != nil {
				return err
			}
			at++
		}
		if d.chance(400) {
			if err := w(blank); err != nil {
				return err
			}
			at++
		}
	}
	return nil
}

func titles(county, today string, s Spelling) [][]string {
	a, b := make([]string, len(columns)), make([]string, len(columns))
	a[0] = "全国防返贫监测信息系统—（自定义）农户信息导出"
	b[0] = "行政区划：河南省周口市" + county + "　导出日期：" + strings.ReplaceAll(today, "-", "")
	return [][]string{a, b, Labels(s)}
}

// fill lays a household out as rows, reusing the memory of those before.
func fill(rows [][]string, h *Household, s Spelling) [][]string {
	for len(rows) < len(h.Members) && cap(rows) > len(rows) {
		rows = rows[:len(rows)+1]
	}
	for len(rows) < len(h.Members) {
		rows = append(rows, nil)
	}
	rows = rows[:len(h.Members)]
	for i := range rows {
		if rows[i] == nil {
			rows[i] = make([]string, len(columns))
		}
		for j, c := range columns {
			switch {
			case c.who != nil:
				rows[i][j] = c.who(h, &h.Members[i], s)
			case i == 0:
				rows[i][j] = c.of(h, s)
			default:
				rows[i][j] = rows[0][j]
			}
		}
	}
	return rows
}

// smudge does to a row what hands and copying do.
func smudge(d *draw, row []string) {
	switch n := d.below(10_000); {
	case n < 120:
		j := d.below(len(row))
		if row[j] != "" {
			row[j] = spaced(d, row[j])
		}
	case n < 160:
		for range 8 {
			if j := d.below(len(row)); columns[j].number && row[j] != "" {
				row[j] = wide(row[j])
				return
			}
		}
	case n < 185:
		for j := range row {
			if strings.Contains(row[j], ",") {
				row[j] = strings.ReplaceAll(row[j], ",", "，")
				return
			}
		}
	}
}

// spaced puts a space before or after a text.
func spaced(d *draw, s string) string {
	switch d.below(4) {
	case 0:
		return " " + s
	case 1:
		return "　" + s
	case 2:
		return s + "\u00a0"
	}
	return s + " "
}

// wide writes digits and the point full-width.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r - '0' + '０'
		case r == '.':
			return '．'
		}
		return r
	}, s)
}

// RosterLabels are the header of the plain roster.
var RosterLabels = []string{"序号", "乡镇", "行政村", "村民组", "户主姓名", "姓名", "与户主关系", "性别", "身份证号", "民族", "家庭人口", "户类型", "健康状况", "联系电话", "备注"}

// Roster gives the rows of the plain 花名册 that villages keep: one title row, the header, one
// row a person; it has no household numbers, and the household's size, kind and phone stand only on its
// head's row. The slice is reused.
func (c *County) Roster(area string, w func(row []string) error) error {
	row := make([]string, len(RosterLabels))
	row[0] = c.Area.Name + "农户花名册"
	if err := w(row); err != nil {
		return err
	}
	if err := w(append([]string(nil), RosterLabels...)); err != nil {
		return err
	}
	n := 0
	for h := range c.HouseholdsIn(area) {
		for i := range h.Members {
			p := &h.Members[i]
			n++
			copy(row, []string{itoa(n), h.Place.Township, h.Place.VillageName, h.Place.Group, h.Head().Name, p.Name, p.Relation,
				sex(p.Female), p.IDNumber, p.Nation, "", "", joined(p.Health), "", ""})
			if i == 0 {
				row[10], row[11], row[13] = itoa(len(h.Members)), h.Kind, h.Phone
			}
			if err := w(row); err != nil {
				return err
			}
		}
	}
	return nil
}
