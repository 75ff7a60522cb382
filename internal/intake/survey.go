package intake

import (
	"context"
	"io"

	"gonggu/internal/errs"
	"gonggu/internal/workbook"
)

// Options of an Intake.
type Options struct {
	Limits   workbook.Limits
	Today    string                // YYYY-MM-DD; a birth after it is doubtful. Empty asks nothing
	Progress func(done, total int) // rows, now and then, on the caller's goroutine
}

// Intake is a Mapping and the Places made ready for reading. It may be used for many runs at once.
type Intake struct {
	compiled *compiled
	places   *Places
	opts     Options
}

// New makes an Intake; a mapping that contradicts itself is an error of code intake.mapping.
func New(m *Mapping, places *Places, opts Options) (*Intake, error) {
	c, err := m.compile()
	if err != nil {
		return nil, err
	}
	return &Intake{compiled: c, places: places, opts: opts}, nil
}

// Source is one uploaded file: a workbook, or a .zip of workbooks.
type Source struct {
	Name string
	R    io.ReaderAt
	Size int64
}

// Run is one import: several files are one import. It is for one goroutine.
type Run struct {
	in      *Intake
	members []workbook.Member
	sheets  []*sheetPlan
	scatter *scatter
	survey  Survey
}

// sheetPlan is a sheet that will be read.
type sheetPlan struct {
	member int
	sheet  *workbook.Sheet
	file   string
	header *header
	merges []workbook.Merge
	rows   int
}

// Survey is what is known of the input before any household is read: enough for a preview.
type Survey struct {
	Sheets []SheetSurvey
	Rows   int     // rows below the headings
	Faults []Fault // about files, sheets and columns; Read gives them again, first
}

// SheetSurvey describes one sheet that will be read.
type SheetSurvey struct {
	File, Sheet string
	Shape       string // id of the pack's shape
	ShapeName   string
	HeaderRow   int
	Rows        int
	Unknown     []string // headings nobody knows
}

// Open opens the sources and reads them once, to find the headings and the households whose rows do not
// stand together. It fails when no sheet at all can be read, with the code of the first file's trouble or
// intake.no_header. The sources must stay readable until Close.
func (in *Intake) Open(ctx context.Context, sources ...Source) (*Run, error) {
	r := &Run{in: in, scatter: newScatter()}
	var first error
	for _, s := range sources {
		members, err := workbook.Expand(ctx, s.Name, s.R, s.Size, in.opts.Limits)
		if err != nil {
			if !errs.Shown(err) {
				r.Close()
				return nil, err
			}
			members = []workbook.Member{{Name: s.Name, Err: err}}
		}
		r.members = append(r.members, members...)
	}
	for i, m := range r.members {
		err := m.Err
		if err == nil {
			err = r.surveyBook(ctx, i)
		}
		if err == nil {
			continue
		}
		if !errs.Shown(err) {
			r.Close()
			return nil, err
		}
		if first == nil {
			first = err
		}
		e := errs.As(err)
		r.survey.Faults = append(r.survey.Faults, Fault{Severity: Rejected, Code: e.Code, File: m.Name, Reason: e.Message})
	}
	if len(r.sheets) > 0 {
		return r, nil
	}
	r.Close()
	if first == nil {
		first = errs.New(errs.Invalid, "intake.no_header", "没有可以导入的工作表，请检查文件。")
		for _, f := range r.survey.Faults {
			if f.Code == "intake.no_header" || f.Code == "intake.column_missing" {
				first = errs.New(errs.Invalid, f.Code, f.Reason)
				break
			}
		}
	}
	return nil, first
}

// Survey returns what Open found.
func (r *Run) Survey() Survey { return r.survey }

// Close frees the books.
func (r *Run) Close() {
	for _, m := range r.members {
		if m.Book != nil {
			m.Book.Close()
		}
	}
	r.members = nil
}

// unload frees a book's strings where there are more books.
func (r *Run) unload(member int) {
	if len(r.members) > 1 {
		r.members[member].Book.Unload()
	}
}

// surveyBook surveys all sheets of a book; a damaged sheet makes the whole file unreadable.
func (r *Run) surveyBook(ctx context.Context, member int) error {
	defer r.unload(member)
	m := r.members[member]
	kept, faults, rows := len(r.sheets), len(r.survey.Faults), r.survey.Rows
	surveyed := len(r.survey.Sheets)
	for _, sheet := range m.Book.Sheets() {
		if err := r.surveySheet(ctx, member, sheet); err != nil {
			r.sheets, r.survey.Faults = r.sheets[:kept], r.survey.Faults[:faults]
			r.survey.Rows, r.survey.Sheets = rows, r.survey.Sheets[:surveyed]
			return err
		}
	}
	return nil
}

func (r *Run) surveySheet(ctx context.Context, member int, sheet *workbook.Sheet) error {
	note := func(f Fault) {
		f.File, f.Sheet = r.members[member].Name, sheet.Name
		r.survey.Faults = append(r.survey.Faults, f)
	}
	if sheet.Hidden {
		note(newFault("intake.sheet_hidden", ""))
		return nil
	}
	look, err := r.look(ctx, sheet, nil)
	if err != nil {
		return err
	}
	if look.header != nil && matters(sheet.Merges, look.header.row) {
		if look, err = r.look(ctx, sheet, sheet.Merges); err != nil {
			return err
		}
	}
	h := look.header
	if h == nil {
		if look.filled {
			note(newFault("intake.no_header", r.in.compiled.nearest(look.top)))
		}
		return nil
	}
	if missing := h.missing(); len(missing) > 0 {
		f := newFault("intake.column_missing", joinList(missing))
		f.Row = h.row
		note(f)
		return nil
	}
	s := SheetSurvey{File: r.members[member].Name, Sheet: sheet.Name, Shape: h.shape.ID, ShapeName: h.shape.Name, HeaderRow: h.row, Rows: look.rows}
	for _, f := range h.notices {
		f.Row = h.row
		if f.Cell != "" {
			f.Cell = cellName(columnIndex(f.Cell), h.row)
		}
		if f.Code == "intake.column_unknown" {
			s.Unknown = append(s.Unknown, f.Column)
		}
		note(f)
	}
	for _, hash := range look.runs {
		r.scatter.run(hash)
	}
	r.survey.Sheets = append(r.survey.Sheets, s)
	r.survey.Rows += look.rows
	r.sheets = append(r.sheets, &sheetPlan{member: member, sheet: sheet, file: s.File, header: h, merges: sheet.Merges, rows: look.rows})
	return nil
}

// matters holds when merged cells reach into the heading or down the data, or group the labels from
// above. A single merged cell above the heading is a title.
func matters(merges []workbook.Merge, headRow int) bool {
	groups := 0
	for _, m := range merges {
		if m.LastRow >= headRow {
			return true
		}
		if m.LastRow == headRow-1 {
			groups++
		}
	}
	return groups > 1
}

// looked is what one pass over a sheet finds.
type looked struct {
	header *header
	top    []labels // the first rows, when no heading was found
	filled bool
	rows   int
	runs   []uint64 // household numbers, one for each run of rows
}

// look passes over a sheet once; merges are those found by an earlier pass.
func (r *Run) look(ctx context.Context, sheet *workbook.Sheet, merges []workbook.Merge) (*looked, error) {
	out := &looked{}
	var titles []string
	var above, at labels
	atRow := 0
	var shape *compiledShape
	var fill *fillDown
	column := -1
	start := func(below labels) {
		out.header = newHeader(shape, atRow, above, at, below, merges)
		out.header.titles = titles
		if i, ok := out.header.part["household_no"]; ok {
			column = out.header.columns[i].col
			fill = fills(merges, out.header.row)[column]
		}
	}
	for row, err := range sheet.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		out.filled = true
		if out.header == nil && shape == nil {
			if row.N > headerRows {
				return out, nil
			}
			l := labelsOf(row)
			if shape = r.in.compiled.detect(l); shape != nil {
				at, atRow = l, row.N
				continue
			}
			out.top = append(out.top, l)
			above = l
			titles = append(titles, joinCells(row))
			continue
		}
		if out.header == nil {
			below := labels(nil)
			if row.N == atRow+1 {
				below = labelsOf(row)
			}
			if start(below); row.N <= out.header.row {
				continue
			}
		}
		out.rows++
		if column >= 0 {
			cell := row.At(column)
			if fill != nil {
				cell = fill.at(row.N, cell)
			}
			r.see(out, cell)
		}
	}
	if out.header == nil && shape != nil {
		start(nil)
	}
	return out, nil
}

// see notes a row's household number.
func (r *Run) see(out *looked, cell workbook.Cell) {
	number := tight(cell.Text)
	if none(number) || cell.Lossy {
		return
	}
	h := r.scatter.hash(number)
	if n := len(out.runs); n == 0 || out.runs[n-1] != h {
		out.runs = append(out.runs, h)
	}
}
