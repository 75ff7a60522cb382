package intake

import (
	"fmt"
	"slices"
	"strings"

	"gonggu/internal/workbook"
)

// headerRows is how far down a heading is looked for; the national system puts it on row 3.
const headerRows = 20

// The columns that a reject workbook adds; they are passed over when it comes back.
const (
	reasonLabel = "导入提示：原因"
	columnLabel = "导入提示：列"
)

// column is one column of a sheet.
type column struct {
	col    int
	label  string // as a person sees it; a second copy is named by its order
	target target
	known  bool
	wan    bool // the label says 万元
}

// header is the heading of a sheet.
type header struct {
	shape   *compiledShape
	row     int // its last row: data begin below
	titles  []string
	raw     labels // every label as it stands, to be written back
	columns []column
	part    map[string]int // part → index in columns
	notices []Fault
}

// labels are the texts of a row by column.
type labels map[int]string

func labelsOf(r *workbook.Row) labels {
	out := labels{}
	for _, c := range r.Cells {
		if s := clean(c.Text); s != "" {
			out[c.Col] = s
		}
	}
	return out
}

// detect returns the shape whose detecting labels all stand in the row, the one with most known labels first.
func (c *compiled) detect(row labels) *compiledShape {
	keys := map[string]bool{}
	for _, s := range row {
		keys[labelKey(s)] = true
	}
	var best *compiledShape
	most := 0
	for i := range c.shapes {
		s := &c.shapes[i]
		if slices.ContainsFunc(s.detect, func(d string) bool { return !keys[d] && !s.otherSpelling(d, keys) }) {
			continue
		}
		n := 0
		for k := range keys {
			if _, ok := s.byLabel[k]; ok {
				n++
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	return best
}

// otherSpelling holds when the column that d names stands in the row under another of its spellings.
func (s *compiledShape) otherSpelling(d string, keys map[string]bool) bool {
	want, ok := s.byLabel[d]
	if !ok {
		return false
	}
	for k := range keys {
		if t, ok := s.byLabel[k]; ok && t.part == want.part && t.fact == want.fact {
			return true
		}
	}
	return false
}

// nearest says which detecting labels were missing, for a person who wonders why there is no heading.
func (c *compiled) nearest(rows []labels) string {
	var best *compiledShape
	var missing []string
	for i := range c.shapes {
		s := &c.shapes[i]
		for _, row := range rows {
			keys := map[string]bool{}
			for _, l := range row {
				keys[labelKey(l)] = true
			}
			var lack []string
			for k, d := range s.detect {
				if !keys[d] && !s.otherSpelling(d, keys) {
					lack = append(lack, s.Detect[k])
				}
			}
			if len(lack) < len(s.detect) && (best == nil || len(lack) < len(missing)) {
				best, missing = s, lack
			}
		}
	}
	if best == nil {
		var names []string
		for _, s := range c.shapes {
			names = append(names, s.Name)
		}
		return "能识别的表有：" + strings.Join(names, "、") + "；表头应在前 20 行内。"
	}
	return "看上去像《" + best.Name + "》，但缺少表头：" + strings.Join(missing, "、") + "。"
}

// newHeader makes the heading out of its row, the row above it and, when the heading is two rows
// deep, the row below. Merges are those of the sheet, as far as known.
func newHeader(shape *compiledShape, at int, above, row, below labels, merges []workbook.Merge) *header {
	h := &header{shape: shape, row: at, part: map[string]int{}, raw: labels{}}
	group := spread(above, at-1, merges)
	if deep(at, merges) {
		h.row = at + 1
		group = spread(row, at, merges)
		joined := labels{}
		for col, s := range row {
			joined[col] = s
		}
		for col, s := range below {
			joined[col] = s
		}
		row = joined
		h.notices = append(h.notices, newFault("intake.header_merged", ""))
	}
	cols := make([]int, 0, len(row))
	for col := range row {
		cols = append(cols, col)
	}
	slices.Sort(cols)
	present := map[string]bool{}
	for _, s := range row {
		present[labelKey(s)] = true
	}
	seen := map[string]int{}
	for _, col := range cols {
		h.add(col, row[col], group[col], seen, present)
	}
	return h
}

// deep holds when the heading at row at goes one row further down.
func deep(at int, merges []workbook.Merge) bool {
	return slices.ContainsFunc(merges, func(m workbook.Merge) bool { return m.Row == at && m.LastRow == at+1 })
}

// spread gives each column under a horizontally merged cell of a row that cell's text.
func spread(row labels, at int, merges []workbook.Merge) labels {
	out := labels{}
	for _, m := range merges {
		if m.Row != at || m.LastCol == m.Col || row[m.Col] == "" {
			continue
		}
		for c := m.Col; c <= m.LastCol; c++ {
			out[c] = row[m.Col]
		}
	}
	return out
}

// add names one column and finds out what it is for.
func (h *header) add(col int, label, group string, seen map[string]int, present map[string]bool) {
	key, unit := splitLabel(label)
	if key == labelKey(reasonLabel) || key == labelKey(columnLabel) {
		return
	}
	h.raw[col] = label
	c := column{col: col, label: label, wan: unit == "万元"}
	seen[key]++
	n := seen[key]
	if t, ok := h.shape.byLabel[labelKey(group+label)]; ok && group != "" {
		c.target, c.known, c.label = t, true, clean(group+label)
		h.raw[col] = c.label
	} else if n == 1 {
		c.target, c.known = h.shape.byLabel[key]
	} else {
		c.label, c.target, c.known = h.second(label, key, group, n, present)
		f := newFault("intake.column_repeated", c.label)
		f.Column, f.Cell = label, workbook.ColumnName(col)
		h.notices = append(h.notices, f)
	}
	if c.known && c.target.part == "ignore" {
		return
	}
	if c.known && h.has(c.target) { // two spellings of one column: the first is it
		c.known, c.target = false, target{}
	}
	if !c.known {
		f := newFault("intake.column_unknown", "")
		f.Column, f.Cell = c.label, workbook.ColumnName(col)
		h.notices = append(h.notices, f)
	}
	h.columns = append(h.columns, c)
	if c.target.part != "" {
		h.part[c.target.part] = len(h.columns) - 1
	}
}

func (h *header) has(t target) bool {
	return slices.ContainsFunc(h.columns, func(c column) bool {
		return c.known && c.target.part == t.part && c.target.fact == t.fact
	})
}

// hasFact holds when a column is this fact of the person. A sheet without the relation to the head lists
// only some of the members (those who work away, say), so that nothing can be missed in it.
func (h *header) hasFact(code string) bool {
	return code != "" && slices.ContainsFunc(h.columns, func(c column) bool {
		return c.known && c.target.fact != nil && c.target.fact.Person && c.target.fact.Code == code
	})
}

// second names the further copy of a repeated label: by its group, or by the one column of the shape
// whose label ends in it and which the heading lacks (风险消除后住房面积 for a second 住房面积), or by its order.
func (h *header) second(label, key, group string, n int, present map[string]bool) (string, target, bool) {
	if group != "" {
		return clean(group + label), target{}, false
	}
	if n == 2 {
		var found []string
		for k := range h.shape.byLabel {
			if strings.HasSuffix(k, key) && k != key && !present[k] {
				found = append(found, k)
			}
		}
		if len(found) == 1 {
			t := h.shape.byLabel[found[0]]
			return t.label, t, true
		}
	}
	return fmt.Sprintf("%s（第%d列）", label, n), target{}, false
}

// missing returns the labels of required columns that the heading lacks.
func (h *header) missing() []string {
	var out []string
	seen := map[string]bool{}
	for _, t := range h.shape.byLabel {
		if t.required && !h.has(t) && !seen[t.label] {
			seen[t.label] = true
			out = append(out, t.label)
		}
	}
	slices.Sort(out)
	return out
}
