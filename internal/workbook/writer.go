package workbook

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
)

// Writer streams a workbook. Equal rows give equal bytes: nothing in it depends on the clock.
// After an error every call returns that error.
type Writer struct {
	zip    *zip.Writer
	sheets []written
	used   map[string]bool
	open   *SheetWriter
	err    error
}

// Layout is how a sheet looks.
type Layout struct {
	Titles   []string  // lines above the heading, each merged over all columns; the first is large
	Heading  []string  // the heading row; frozen, filtered and repeated on every printed page
	Widths   []float64 // column widths in characters; 12 where absent
	Portrait bool      // A4 upright; otherwise A4 landscape
	Lists    []List    // columns that offer what to choose
}

// List is a column (from 0) of which the cells below the heading offer a list: the range where it stands, "'清单'!$A$2:$A$9".
type List struct {
	Column int
	Range  string
}

// SheetWriter takes the rows of one sheet.
type SheetWriter struct {
	w       *Writer
	name    string
	layout  Layout
	out     *bufio.Writer
	row     int // the last row written
	columns []string
	buf     []byte
	parts   int
}

// written is what the workbook part must say about a finished sheet.
type written struct {
	name      string
	headRow   int
	columns   int
	rows      int
	hasFilter bool
}

// Value is one cell to write: Text, Marked, Int, Hundredths, Percent or Blank.
type Value struct {
	text string
	num  int64
	kind uint8
}

const (
	valueText uint8 = iota
	valueInt
	valueHundredths
	valuePercent
	valueMarked
)

// The cell styles of styles.xml, by index.
const (
	styleText       = 1
	styleQuoted     = 2 // text that begins like a formula
	styleInt        = 3
	styleHundredths = 4
	stylePercent    = 5
	styleHeading    = 6
	styleTitle      = 7
	styleSubtitle   = 8
	styleMarked     = 9 // text that differs from what it was
)

// Blank is an empty cell.
var Blank = Value{}

// Text is a cell that stays text whatever it looks like: an ID number, or something beginning with =.
// What Excel cannot hold is cut at 32,767 characters with a mark that says so.
func Text(s string) Value { return Value{text: s} }

// Marked is Text on a coloured ground: a cell that was changed. An empty one is coloured too.
func Marked(s string) Value { return Value{text: s, kind: valueMarked} }

// Int is a whole number.
func Int(n int64) Value { return Value{num: n, kind: valueInt} }

// Hundredths is a number with two decimals: fen shown as yuan, or an area.
func Hundredths(n int64) Value { return Value{num: n, kind: valueHundredths} }

// Percent is a share given in parts per million.
func Percent(ppm int64) Value { return Value{num: ppm, kind: valuePercent} }

// fixedTime stands in every entry of the zip.
var fixedTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// NewWriter begins a workbook. Close must be called to finish it; w is not closed.
func NewWriter(w io.Writer) *Writer {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 1) })
	return &Writer{zip: z, used: map[string]bool{}}
}

func (w *Writer) create(name string) (io.Writer, error) {
	return w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: fixedTime})
}

// Sheet ends the sheet before and begins a new one. Its name is made fit for Excel (31 characters,
// no []:*?/\, unique).
func (w *Writer) Sheet(name string, layout Layout) (*SheetWriter, error) {
	if w.err != nil {
		return nil, w.err
	}
	if err := w.endSheet(); err != nil {
		return nil, err
	}
	n := max(len(layout.Heading), len(layout.Widths))
	if n > MaxColumns {
		return nil, w.fail(fmt.Errorf("workbook: %d columns, the format ends at %d", n, MaxColumns))
	}
	s := &SheetWriter{w: w, name: name, layout: layout}
	w.open = s
	return s, s.begin()
}

func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return w.err
}

// Close ends the last sheet and writes the parts that bind the sheets together.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if len(w.sheets) == 0 && w.open == nil {
		if _, err := w.Sheet("Sheet1", Layout{}); err != nil {
			return err
		}
	}
	if err := w.endSheet(); err != nil {
		return err
	}
	for _, p := range w.frame() {
		f, err := w.create(p.name)
		if err == nil {
			_, err = io.WriteString(f, p.text)
		}
		if err != nil {
			return w.fail(err)
		}
	}
	return w.fail(w.zip.Close())
}

func (w *Writer) endSheet() error {
	s := w.open
	if s == nil {
		return nil
	}
	w.open = nil
	return s.end()
}

// begin opens the sheet's part and writes everything above the data.
func (s *SheetWriter) begin() error {
	s.parts++
	name := s.name
	if s.parts > 1 {
		name = fmt.Sprintf("%s (%d)", s.name, s.parts)
	}
	name = s.w.sheetName(name)
	f, err := s.w.create("xl/worksheets/sheet" + strconv.Itoa(len(s.w.sheets)+1) + ".xml")
	if err != nil {
		return s.w.fail(err)
	}
	s.out = bufio.NewWriterSize(f, 64<<10)
	s.row = 0
	head := len(s.layout.Titles)
	if len(s.layout.Heading) > 0 {
		head++
	}
	s.w.sheets = append(s.w.sheets, written{name: name, headRow: head, columns: len(s.layout.Heading), hasFilter: len(s.layout.Heading) > 0})
	b := append(s.buf[:0], xmlHead+`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`+
		`<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0"`...)
	if len(s.w.sheets) == 1 {
		b = append(b, ` tabSelected="1"`...)
	}
	b = append(b, '>')
	if head > 0 {
		b = fmt.Appendf(b, `<pane ySplit="%d" topLeftCell="A%d" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/>`, head, head+1)
	}
	b = append(b, `</sheetView></sheetViews><sheetFormatPr defaultRowHeight="16"/>`...)
	if n := max(len(s.layout.Heading), len(s.layout.Widths)); n > 0 {
		b = append(b, `<cols>`...)
		for i := range n {
			width := 12.0
			if i < len(s.layout.Widths) && s.layout.Widths[i] > 0 {
				width = min(s.layout.Widths[i], 255)
			}
			b = fmt.Appendf(b, `<col min="%d" max="%d" width="%g" style="%d" customWidth="1"/>`, i+1, i+1, width, styleText)
		}
		b = append(b, `</cols>`...)
	}
	b = append(b, `<sheetData>`...)
	s.buf = b
	if _, err := s.out.Write(b); err != nil {
		return s.w.fail(err)
	}
	for i, t := range s.layout.Titles {
		style := styleSubtitle
		if i == 0 {
			style = styleTitle
		}
		if err := s.styled([]string{t}, style); err != nil {
			return err
		}
	}
	if len(s.layout.Heading) > 0 {
		return s.styled(s.layout.Heading, styleHeading)
	}
	return nil
}

// styled writes a row of texts in one style.
func (s *SheetWriter) styled(texts []string, style int) error {
	b := s.startRow()
	for i, t := range texts {
		b = s.appendText(b, i, t, style)
	}
	return s.endRow(b)
}

// Row writes the next row; a full sheet (1,048,576 rows) is continued on a new one with the same heading.
func (s *SheetWriter) Row(values ...Value) error {
	if s.w.err != nil {
		return s.w.err
	}
	if s.w.open != s {
		return s.w.fail(fmt.Errorf("workbook: row for sheet %q after it was ended", s.name))
	}
	if len(values) > MaxColumns {
		return s.w.fail(fmt.Errorf("workbook: %d columns, the format ends at %d", len(values), MaxColumns))
	}
	if s.row >= rowsPerSheet {
		if err := s.end(); err != nil {
			return err
		}
		s.w.open = s
		if err := s.begin(); err != nil {
			return err
		}
	}
	b := s.startRow()
	for i := range values {
		switch v := &values[i]; v.kind {
		case valueText:
			if v.text == "" {
				continue
			}
			style := styleText
			if strings.IndexByte("=+-@", v.text[0]) >= 0 {
				style = styleQuoted
			}
			b = s.appendText(b, i, v.text, style)
		case valueMarked:
			b = s.appendText(b, i, v.text, styleMarked)
		case valueInt:
			b = s.appendOpen(b, i, styleInt)
			b = strconv.AppendInt(append(b, `><v>`...), v.num, 10)
			b = append(b, `</v></c>`...)
		case valueHundredths:
			b = s.appendOpen(b, i, styleHundredths)
			b = appendScaled(append(b, `><v>`...), v.num, 2)
			b = append(b, `</v></c>`...)
		case valuePercent:
			b = s.appendOpen(b, i, stylePercent)
			b = appendScaled(append(b, `><v>`...), v.num, 6)
			b = append(b, `</v></c>`...)
		}
	}
	return s.endRow(b)
}

// rowsPerSheet is MaxRows; a variable so that a test need not write a million rows.
var rowsPerSheet = MaxRows

func (s *SheetWriter) startRow() []byte {
	s.row++
	b := append(s.buf[:0], `<row r="`...)
	b = strconv.AppendInt(b, int64(s.row), 10)
	return append(b, `">`...)
}

func (s *SheetWriter) endRow(b []byte) error {
	b = append(b, `</row>`...)
	s.buf = b
	if _, err := s.out.Write(b); err != nil {
		return s.w.fail(err)
	}
	return nil
}

func (s *SheetWriter) appendOpen(b []byte, col, style int) []byte {
	for len(s.columns) <= col {
		s.columns = append(s.columns, ColumnName(len(s.columns)))
	}
	b = append(b, `<c r="`...)
	b = append(b, s.columns[col]...)
	b = strconv.AppendInt(b, int64(s.row), 10)
	b = append(b, `" s="`...)
	b = append(b, byte('0'+style))
	return append(b, '"')
}

func (s *SheetWriter) appendText(b []byte, col int, text string, style int) []byte {
	b = s.appendOpen(b, col, style)
	b = append(b, ` t="inlineStr"><is><t`...)
	if c := text; c != "" && (c[0] <= ' ' || c[len(c)-1] <= ' ' || strings.IndexByte(c, '\n') >= 0) {
		b = append(b, ` xml:space="preserve"`...)
	}
	b = append(b, '>')
	if len(text) > maxCellUnits {
		text = cutText(text)
	}
	b = appendEscaped(b, text)
	return append(b, `</t></is></c>`...)
}

// maxCellUnits is the longest text of a cell, in UTF-16 units.
const maxCellUnits = 32767

const cutMark = "…【超出单元格上限，以下从略】"

// cutText cuts a text that Excel would refuse and says so in it.
func cutText(s string) string {
	units, room := 0, maxCellUnits-utf8.RuneCountInString(cutMark)
	keep := 0
	for i, r := range s {
		if units <= room {
			keep = i
		}
		units++
		if r > 0xFFFF {
			units++
		}
	}
	if units <= maxCellUnits {
		return s
	}
	return s[:keep] + cutMark
}

// appendEscaped writes text so that a reader gets it back as it was: what XML cannot hold becomes
// Excel's _xHHHH_, and a text that looks like one is protected.
func appendEscaped(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 || r == 0xFFFE || r == 0xFFFF {
				b = append(append(b, s[from:i]...), "\uFFFD"...)
				from = i + n
			}
			i += n
			continue
		}
		var rep string
		switch {
		case c == '&':
			rep = "&amp;"
		case c == '<':
			rep = "&lt;"
		case c == '>':
			rep = "&gt;"
		case c < ' ' && c != '\t' && c != '\n':
			rep = fmt.Sprintf("_x%04X_", c)
		case c == '_' && looksEscaped(s[i:]):
			rep = "_x005F_"
		}
		if rep != "" {
			b = append(append(b, s[from:i]...), rep...)
			from = i + 1
		}
		i++
	}
	return append(b, s[from:]...)
}

func looksEscaped(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(s[2:6], 16, 16)
	return err == nil
}

// appendScaled writes n ÷ 10^places exactly.
func appendScaled(b []byte, n int64, places int) []byte {
	u := uint64(n)
	if n < 0 {
		b = append(b, '-')
		u = -u
	}
	var room [48]byte
	digits := strconv.AppendUint(room[:16], u, 10) // sixteen places in front for leading zeros
	start := 16
	for len(digits)-start <= places {
		start--
		digits[start] = '0'
	}
	cut := len(digits) - places
	b = append(append(b, digits[start:cut]...), '.')
	return append(b, digits[cut:]...)
}
