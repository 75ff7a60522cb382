package intake

import (
	"context"
	"io"
	"slices"
	"strings"

	"gonggu/internal/workbook"
)

// trouble is what the reject workbook says of one row.
type trouble struct {
	reasons []string
	columns []string
}

// WriteRejects writes a workbook of the rows that faults name: the headings as they were, each row as it
// was, and two columns behind them: the reason and the columns to look at. Corrected, it can be imported
// as it is; the two columns are passed over then. Faults without a row are left out. The caller chooses
// the faults: usually the rejected ones, or the doubtful too. They may be of another run over the same
// files: a fault is matched by the names of its file and sheet and by its row.
func (r *Run) WriteRejects(ctx context.Context, w io.Writer, faults []Fault) error {
	type place struct{ file, sheet string }
	bySheet := map[place]map[int]*trouble{}
	for _, p := range r.sheets {
		bySheet[place{p.file, p.sheet.Name}] = map[int]*trouble{}
	}
	for _, f := range faults {
		rows := bySheet[place{f.File, f.Sheet}]
		if rows == nil || f.Severity == Notice {
			continue
		}
		t := rows[f.Row]
		if t == nil {
			t = &trouble{}
			rows[f.Row] = t
		}
		if !slices.Contains(t.reasons, f.Reason) {
			t.reasons = append(t.reasons, f.Reason)
		}
		if f.Column != "" && !slices.Contains(t.columns, f.Column) {
			t.columns = append(t.columns, f.Column)
		}
	}
	out := workbook.NewWriter(w)
	for _, p := range r.sheets {
		rows := bySheet[place{p.file, p.sheet.Name}]
		for n := range rows { // what is said of the heading is said of no row
			if n <= p.header.row {
				delete(rows, n)
			}
		}
		if len(rows) > 0 {
			if err := writeSheet(ctx, out, p, rows); err != nil {
				return err
			}
			r.unload(p.member)
		}
	}
	return out.Close()
}

func writeSheet(ctx context.Context, out *workbook.Writer, p *sheetPlan, rows map[int]*trouble) error {
	width := 0
	for col := range p.header.raw {
		width = max(width, col+1)
	}
	layout := workbook.Layout{Titles: p.header.titles, Heading: make([]string, width+2), Widths: make([]float64, width+2)}
	for col, label := range p.header.raw {
		layout.Heading[col] = label
	}
	layout.Heading[width], layout.Heading[width+1] = reasonLabel, columnLabel
	layout.Widths[width], layout.Widths[width+1] = 60, 20
	s, err := out.Sheet(p.sheet.Name, layout)
	if err != nil {
		return err
	}
	left := len(rows)
	values := make([]workbook.Value, width+2)
	r := &reader{header: p.header, fills: fills(p.merges, p.header.row)}
	for row, err := range p.sheet.Rows(ctx) {
		if err != nil {
			return err
		}
		if row.N <= p.header.row {
			continue
		}
		t := rows[row.N]
		for col := range width {
			cell := r.cell(row, col) // of every row, so that merged cells are followed
			if t != nil {
				values[col] = workbook.Text(cell.Text)
			}
		}
		if t == nil {
			continue
		}
		values[width] = workbook.Text(strings.Join(t.reasons, "\n"))
		values[width+1] = workbook.Text(strings.Join(t.columns, "、"))
		if err := s.Row(values...); err != nil {
			return err
		}
		if left--; left == 0 {
			break
		}
	}
	return nil
}
