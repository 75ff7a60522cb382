package intake

import (
	"context"
	"strings"

	"gonggu/internal/workbook"
)

// Summary counts what a Read gave.
type Summary struct {
	Rows       int // rows below the headings that were read
	Households int
	Members    int
	Rejected   int            // rows left out
	Faults     map[string]int // by code
}

// reading is the state of one Read.
type reading struct {
	run       *Run
	household func(*Household) error
	fault     func(Fault) error
	sum       Summary
	spool     *spool
	readers   []*reader
	open      *builder
	pending   string // number of a household whose first rows were rejected, and how many
	pendingN  int
}

// Read gives every household to household and everything wrong to fault. Households come in the order
// of their first rows, but those whose rows do not stand together come after the others. An error of
// either function, or of ctx, ends the reading and is returned. A Household may be kept.
func (r *Run) Read(ctx context.Context, household func(*Household) error, fault func(Fault) error) (Summary, error) {
	d := &reading{run: r, household: household, spool: newSpool(), sum: Summary{Faults: map[string]int{}}}
	defer d.spool.close()
	d.fault = func(f Fault) error {
		d.sum.Faults[f.Code]++
		return fault(f)
	}
	for _, f := range r.survey.Faults {
		if err := d.fault(f); err != nil {
			return d.sum, err
		}
	}
	for i, p := range r.sheets {
		if err := d.sheet(ctx, i, p); err != nil {
			return d.sum, err
		}
		if i+1 == len(r.sheets) || r.sheets[i+1].member != p.member {
			r.unload(p.member)
		}
	}
	if err := d.close(); err != nil {
		return d.sum, err
	}
	return d.sum, d.scattered(ctx)
}

func (d *reading) sheet(ctx context.Context, index int, p *sheetPlan) error {
	r := &reader{
		in: d.run.in, sheet: index, file: p.file, name: p.sheet.Name, header: p.header, fills: fills(p.merges, p.header.row),
		places: map[placeText]placed{}, cache: make([]map[cellKey]converted, len(p.header.columns)), fault: d.fault,
	}
	d.readers = append(d.readers, r)
	for row, err := range p.sheet.Rows(ctx) {
		if err != nil {
			return err
		}
		if row.N <= p.header.row {
			continue
		}
		d.sum.Rows++
		if f := d.run.in.opts.Progress; f != nil && d.sum.Rows%2000 == 0 {
			f(d.sum.Rows, d.run.survey.Rows)
		}
		if held, err := d.hold(r, row); held || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		if err := d.row(r, row); err != nil {
			return err
		}
	}
	return nil
}

// hold keeps a row of a scattered household back.
func (d *reading) hold(r *reader, row *workbook.Row) (bool, error) {
	if len(d.run.scatter.apart) == 0 {
		return false, nil
	}
	cell, c := r.part(row, "household_no")
	if c == nil || cell.Lossy {
		return false, nil
	}
	number := tight(cell.Text)
	if none(number) || !d.run.scatter.isApart(number) {
		return false, nil
	}
	if len(r.fills) > 0 {
		row = r.filled(row)
	}
	return true, d.spool.add(number, r.sheet, row)
}

// filled is the row with its merged cells filled down.
func (r *reader) filled(row *workbook.Row) *workbook.Row {
	out := &workbook.Row{N: row.N}
	for i := range r.header.columns {
		col := r.header.columns[i].col
		if c := r.cell(row, col); c.Text != "" || c.Kind == workbook.KindUncomputed {
			c.Col = col
			out.Cells = append(out.Cells, c)
		}
	}
	return out
}

// row reads one row and puts it to its household.
func (d *reading) row(r *reader, row *workbook.Row) error {
	rec, err := r.read(row)
	if rec == nil || err != nil {
		return err
	}
	if rec.text.empty() && d.open != nil && (!d.numbered(r) || rec.number == d.open.h.Number) && !rec.isHead {
		rec.text = d.open.text // below a merged or a left-out place
	}
	if err := r.locate(rec); err != nil {
		return err
	}
	if d.numbered(r) {
		err = d.byNumber(r, rec)
	} else {
		err = d.byHead(r, rec)
	}
	if rec.rejected {
		d.sum.Rejected++
	}
	return err
}

func (d *reading) numbered(r *reader) bool {
	_, ok := r.header.part["household_no"]
	return ok
}

// byNumber puts rows of one household number together.
func (d *reading) byNumber(r *reader, rec *record) error {
	same := d.open != nil && rec.number != "" && rec.number == d.open.h.Number
	if rec.rejected {
		switch {
		case same:
			d.open.h.Refused++
		case rec.number != "" && rec.number == d.pending:
			d.pendingN++
		case rec.number != "":
			d.pending, d.pendingN = rec.number, 1
		}
		return nil
	}
	if !same {
		if err := d.close(); err != nil {
			return err
		}
		d.open = newBuilder(r, rec)
		if d.pending == rec.number {
			d.open.h.Refused = d.pendingN
		}
		d.pending = ""
	}
	return d.open.add(r, rec)
}

// byHead begins a household at each head's row; others belong to the one above in their village and group.
func (d *reading) byHead(r *reader, rec *record) error {
	stated := false
	for _, f := range rec.facts {
		if fact := f.column.target.fact; fact.Person && fact.Code == r.in.compiled.roles.Relation {
			stated = true
		}
	}
	begins := rec.isHead || r.header.shape.PerHousehold ||
		!stated && rec.head != "" && (d.open == nil || d.open.h.Head != rec.head)
	elsewhere := d.open == nil || d.open.village != rec.place.village ||
		rec.text.group != "" && d.open.h.Group != "" && looseGroup(tight(rec.text.group)) != looseGroup(tight(d.open.h.Group))
	if rec.rejected {
		if begins || elsewhere {
			return d.close() // its members must not fall to the household above
		}
		d.open.h.Refused++
		return nil
	}
	if begins {
		if err := d.close(); err != nil {
			return err
		}
		d.open = newBuilder(r, rec)
		return d.open.add(r, rec)
	}
	if elsewhere {
		rec.rejected = true
		if err := d.close(); err != nil {
			return err
		}
		return r.report(rec.ref.Row, nil, "", "intake.no_head", "")
	}
	return d.open.add(r, rec)
}

// close ends the open household and gives it away.
func (d *reading) close() error {
	b := d.open
	if b == nil {
		return nil
	}
	d.open = nil
	h, err := b.close()
	if h == nil || err != nil {
		return err
	}
	d.sum.Households++
	d.sum.Members += len(h.Members)
	return d.household(h)
}

// scattered builds the households that were held back.
func (d *reading) scattered(ctx context.Context) error {
	for _, r := range d.readers {
		r.fills = nil
	}
	for _, number := range d.spool.order {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, at := range d.spool.offsets[number] {
			sheet, row, err := d.spool.row(at)
			if err != nil {
				return err
			}
			if err := d.row(d.readers[sheet], row); err != nil {
				return err
			}
		}
		if err := d.close(); err != nil {
			return err
		}
	}
	return nil
}

func joinList(s []string) string { return strings.Join(s, "、") }

// joinCells is a title row as one text.
func joinCells(row *workbook.Row) string {
	var parts []string
	for _, c := range row.Cells {
		if s := clean(c.Text); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "　")
}

// columnIndex undoes workbook.ColumnName.
func columnIndex(letters string) int {
	n := 0
	for _, c := range letters {
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}
