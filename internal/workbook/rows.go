package workbook

import (
	"bytes"
	"context"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Kind says what a cell holds.
type Kind uint8

// The kinds of cells. A cell without content is not in a Row at all, except a KindUncomputed one.
const (
	KindText       Kind = iota
	KindNumber          // Cell.Text is its decimal digits without exponent or thousands separators ("6900.5", "35%", "007")
	KindDate            // YYYY-MM-DD, YYYY-MM, "YYYY-MM-DD hh:mm:ss" or hh:mm:ss, after the cell's number format
	KindBool            // TRUE or FALSE
	KindError           // an error value such as #N/A
	KindUncomputed      // a formula whose result the file lacks
)

// Cell is one filled cell.
type Cell struct {
	Col   int // from 0
	Kind  Kind
	Lossy bool // a number of more than 15 digits: Excel has put zeros or worse in place of the last ones
	Text  string
}

// Row is one row that has at least one filled cell. It is good until the next row; the Texts may be kept.
type Row struct {
	N     int // from 1, as Excel counts
	Cells []Cell
}

// At returns the cell of a column (from 0); the zero Cell when it is empty.
func (r *Row) At(col int) Cell {
	i, ok := slices.BinarySearchFunc(r.Cells, col, func(c Cell, col int) int { return c.Col - col })
	if !ok {
		return Cell{Col: col}
	}
	return r.Cells[i]
}

// Rows reads the sheet from its top. Of merged cells only the top left one has a value. Breaking off,
// or a done ctx, ends the reading at once; the sheet may be read again.
func (s *Sheet) Rows(ctx context.Context) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return
		}
		if err := s.book.load(); err != nil {
			yield(nil, err)
			return
		}
		part, err := s.book.open(s.part)
		if err != nil {
			yield(nil, err)
			return
		}
		a := readAhead(part)
		defer a.Close()
		x, err := newScanner(a)
		if err != nil {
			yield(nil, err)
			return
		}
		s.Merges = nil
		d := &rowReader{sheet: s, scan: x, ctx: ctx}
		for {
			ok, err := d.next()
			if err != nil {
				if err != io.EOF {
					yield(nil, err)
				}
				return
			}
			if ok && !yield(&d.row, nil) {
				return
			}
		}
	}
}

// rowReader turns the tags of a sheet into rows.
type rowReader struct {
	sheet  *Sheet
	scan   *scanner
	ctx    context.Context
	row    Row
	arena  []byte // the texts of the row; each cell's text is a piece of one string made of it
	ends   []int
	sorted bool
	value  []byte
	closed bool // the end of the root element was seen
}

// next reads up to the end of the next row; false when that row was empty.
func (d *rowReader) next() (bool, error) {
	for {
		t, err := d.scan.next()
		if err == io.EOF && !d.closed {
			err = errDamaged
		}
		if err != nil {
			return false, err
		}
		switch string(t.name) {
		case "row":
			if t.closing {
				continue
			}
			if err := d.start(t); err != nil {
				return false, err
			}
			if t.single {
				return false, nil
			}
			if err := d.cells(); err != nil {
				return false, err
			}
			d.finish()
			return len(d.row.Cells) > 0, nil
		case "mergeCell":
			d.merge(t)
		case "worksheet":
			d.closed = t.closing || t.single
		}
	}
}

func (d *rowReader) start(t token) error {
	n := d.row.N + 1
	if raw := t.attr("r"); raw != nil {
		v, err := strconv.Atoi(string(raw))
		if err != nil || v < n {
			return errDamaged
		}
		n = v
	}
	if n > MaxRows {
		return errDamaged
	}
	if n&255 == 0 || n-d.row.N > 255 {
		if err := d.ctx.Err(); err != nil {
			return err
		}
	}
	d.row.N = n
	d.row.Cells = d.row.Cells[:0]
	d.arena, d.ends, d.sorted = d.arena[:0], d.ends[:0], true
	return nil
}

func (d *rowReader) cells() error {
	col := -1
	for {
		if h, ok := d.scan.cellHead(); ok {
			var err error
			if col, err = d.cell(h, col+1); err != nil {
				return err
			}
			continue
		}
		t, err := d.scan.next()
		if err == io.EOF {
			err = errDamaged
		}
		if err != nil {
			return err
		}
		if len(t.name) == 1 && t.name[0] == 'c' && !t.closing {
			if col, err = d.cell(headOf(t), col+1); err != nil {
				return err
			}
		} else if t.closing && string(t.name) == "row" {
			return nil
		}
	}
}

// cell reads one cell that stands at column col unless it says otherwise, and returns its column.
func (d *rowReader) cell(h cellHead, col int) (int, error) {
	if len(h.ref) > 0 {
		if col = columnOf(h.ref); col < 0 {
			return 0, errDamaged
		}
	}
	style, kind := 0, byte('n')
	if len(h.style) > 0 {
		style = max(whole(h.style), 0)
	}
	if len(h.kind) > 0 {
		kind = cellType(h.kind)
	}
	if col >= MaxColumns {
		return 0, errDamaged
	}
	if h.single {
		return col, nil
	}
	found, formula, err := d.content()
	if err != nil {
		return 0, err
	}
	if !found {
		if formula {
			d.put(Cell{Col: col, Kind: KindUncomputed})
		}
		return col, nil
	}
	return col, d.convert(col, style, kind)
}

// whole reads a whole number, -1 when it is none.
func whole(v []byte) int {
	v = bytes.TrimSpace(v)
	n := 0
	for _, c := range v {
		if c < '0' || c > '9' || n > 1<<40 {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	if len(v) == 0 {
		return -1
	}
	return n
}

// cellType shortens a cell's t attribute: n number, s shared, i inline, r text of a formula, b, e, d day.
func cellType(v []byte) byte {
	switch string(v) {
	case "s":
		return 's'
	case "inlineStr":
		return 'i'
	case "str":
		return 'r'
	case "b":
		return 'b'
	case "e":
		return 'e'
	case "d":
		return 'd'
	}
	return 'n'
}

// content reads up to the cell's end; the value stands in d.value.
func (d *rowReader) content() (found, formula bool, err error) {
	d.value = d.value[:0]
	phonetic := false
	limit := d.sheet.book.limits.CellBytes
	var ok bool
	if d.value, ok = d.scan.value(d.value, "<v>", "</v></c>"); !ok {
		d.value, ok = d.scan.value(d.value, "<is><t>", "</t></is></c>")
	}
	if ok {
		if len(d.value) > limit {
			return false, false, errCellLong
		}
		return len(d.value) > 0, false, nil
	}
	for {
		t, err := d.scan.next()
		if err == io.EOF {
			err = errDamaged
		}
		if err != nil {
			return false, false, err
		}
		if len(t.name) == 1 {
			switch t.name[0] {
			case 'c':
				if t.closing {
					return found && len(d.value) > 0, formula, nil
				}
				return false, false, errDamaged
			case 'f':
				formula = true
			case 'v', 't':
				if !t.closing && !t.single && !phonetic {
					found = true
					if d.value, err = d.scan.text(d.value, limit); err != nil {
						return false, false, err
					}
				}
			}
		} else if string(t.name) == "rPh" {
			phonetic = !t.closing && !t.single
		} else if string(t.name) == "row" {
			return false, false, errDamaged
		}
	}
}

// convert makes d.value a cell.
func (d *rowReader) convert(col, style int, kind byte) error {
	c := Cell{Col: col}
	switch kind {
	case 'i', 'r':
		d.arena = append(d.arena, d.value...)
	case 's':
		i := whole(d.value)
		if i < 0 {
			return errDamaged
		}
		before := len(d.arena)
		var ok bool
		var err error
		if d.arena, ok, err = d.sheet.book.shared.append(d.arena, i); err != nil {
			return err
		}
		if !ok {
			return errDamaged
		}
		if len(d.arena) == before {
			return nil
		}
	case 'b':
		c.Kind = KindBool
		if d.value[0] == '1' || d.value[0] == 't' {
			d.arena = append(d.arena, "TRUE"...)
		} else {
			d.arena = append(d.arena, "FALSE"...)
		}
	case 'e':
		c.Kind = KindError
		d.arena = append(d.arena, d.value...)
	case 'd':
		c.Kind = KindDate
		d.arena = append(d.arena, isoDay(d.value)...)
	default:
		var f format
		if style > 0 && style < len(d.sheet.book.formats) || style == 0 && len(d.sheet.book.formats) > 0 {
			f = d.sheet.book.formats[style]
		}
		d.arena, c.Kind, c.Lossy = appendNumber(d.arena, d.value, f, d.sheet.book.date1904)
	}
	d.put(c)
	return nil
}

// isoDay shortens 2022-09-01T00:00:00 to its day.
func isoDay(v []byte) []byte {
	s := strings.Replace(strings.TrimSuffix(string(v), "Z"), "T", " ", 1)
	if i := strings.IndexByte(s, '.'); i > 0 {
		s = s[:i]
	}
	return []byte(strings.TrimSuffix(s, " 00:00:00"))
}

// put adds a cell whose text was just appended to the arena.
func (d *rowReader) put(c Cell) {
	if n := len(d.row.Cells); n > 0 && d.row.Cells[n-1].Col >= c.Col {
		d.sorted = false
	}
	d.row.Cells = append(d.row.Cells, c)
	d.ends = append(d.ends, len(d.arena))
}

// finish gives the cells their texts: one string for the row, cut in pieces.
func (d *rowReader) finish() {
	all, from := string(d.arena), 0
	for i := range d.row.Cells {
		d.row.Cells[i].Text = all[from:d.ends[i]]
		from = d.ends[i]
	}
	if d.sorted {
		return
	}
	slices.SortStableFunc(d.row.Cells, func(a, b Cell) int { return a.Col - b.Col })
	d.row.Cells = slices.CompactFunc(d.row.Cells, func(a, b Cell) bool { return a.Col == b.Col })
}

const maxMerges = 300_000

func (d *rowReader) merge(t token) {
	from, to, ok := strings.Cut(t.attrText("ref"), ":")
	if !ok || len(d.sheet.Merges) >= maxMerges {
		return
	}
	m := Merge{rowOf(from), columnOf([]byte(from)), rowOf(to), columnOf([]byte(to))}
	if m.Row > 0 && m.Col >= 0 && m.LastRow >= m.Row && m.LastCol >= m.Col {
		d.sheet.Merges = append(d.sheet.Merges, m)
	}
}

// columnOf reads the letters of a reference ("AB12" is 27); -1 when there are none or too many.
func columnOf(ref []byte) int {
	n := 0
	for _, c := range ref {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c < 'A' || c > 'Z' {
			if c == '$' && n == 0 {
				continue
			}
			break
		}
		if n = n*26 + int(c-'A') + 1; n > MaxColumns {
			return -1
		}
	}
	return n - 1
}

func rowOf(ref string) int {
	n, _ := strconv.Atoi(strings.TrimLeft(ref, "$ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
	return n
}

// ColumnName returns the letters of a column (from 0): 27 is "AB".
func ColumnName(col int) string {
	var b [8]byte
	i := len(b)
	for col >= 0 {
		i--
		b[i] = byte('A' + col%26)
		col = col/26 - 1
	}
	return string(b[i:])
}
