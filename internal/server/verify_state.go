package server

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"gonggu/internal/database"
)

// maxOfTable bounds how many rows of one table are named; the rest is only counted.
const maxOfTable = 10

// chunk is how many rows pass from a reader to the comparison at once.
const chunk = 256

// table reads one table of a county in the order of its key.
type table struct {
	name    string
	columns []string
	key     []int // the places of the key's columns
	open    []opener
	rows    chan tableRows
	head    tableRows
	at      int
}

type tableRows struct {
	cells [][]any
	err   error
}

// scan begins to read a table on another goroutine; the caller reads to the end or cancels ctx.
func (c *County) scan(ctx context.Context, r database.Reader, name, order string) (*table, error) {
	// The names are ours, from stateTables.
	where := " WHERE county = $1"
	if name == "tallies" || name == "tally_totals" {
		where += " AND n <> 0" // counts that cancel out in one commit leave no row; in two they leave a zero
	}
	rows, err := r.Query(ctx, "SELECT * FROM "+name+where+" ORDER BY "+order, c.Code)
	if err != nil {
		return nil, err
	}
	t := &table{name: name, rows: make(chan tableRows, 4)}
	if t.columns, err = rows.Columns(); err != nil {
		_ = rows.Close()
		return nil, err
	}
	for _, k := range strings.Split(order, ", ") {
		t.key = append(t.key, slices.Index(t.columns, k))
	}
	t.open = c.openers(t)
	go t.read(ctx, rows)
	return t, nil
}

func (t *table) read(ctx context.Context, rows *sql.Rows) {
	defer close(t.rows)
	defer func() { _ = rows.Close() }()
	send := func(r tableRows) bool {
		select {
		case t.rows <- r:
			return true
		case <-ctx.Done():
			return false
		}
	}
	into := make([]any, len(t.columns))
	for {
		part := make([][]any, 0, chunk)
		for len(part) < chunk && rows.Next() {
			row := make([]any, len(t.columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				send(tableRows{err: err})
				return
			}
			part = append(part, row)
		}
		if len(part) == 0 {
			if err := rows.Err(); err != nil {
				send(tableRows{err: err})
			}
			return
		}
		if !send(tableRows{cells: part}) {
			return
		}
	}
}

// next returns the next row, nil after the last.
func (t *table) next() ([]any, error) {
	if t.at == len(t.head.cells) {
		t.head, t.at = <-t.rows, 0
		if t.head.err != nil || len(t.head.cells) == 0 {
			return nil, t.head.err
		}
	}
	t.at++
	return t.head.cells[t.at-1], nil
}

// order compares two rows by the table's key.
func (t *table) order(a, b []any) int {
	for _, i := range t.key {
		if n := compareCells(a[i], b[i]); n != 0 {
			return n
		}
	}
	return 0
}

func compareCells(a, b any) int {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case []byte:
		if y, ok := b.([]byte); ok {
			return bytes.Compare(x, y)
		}
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// label names a row by its key, without showing a sensitive value.
func (t *table) label(row []any) string {
	parts := make([]string, len(t.key))
	for i, k := range t.key {
		text := fmt.Sprint(row[k])
		if b, ok := row[k].([]byte); ok {
			text = fmt.Sprintf("%x", b)
		}
		if r := []rune(text); len(r) > 40 {
			text = string(r[:40])
		}
		parts[i] = t.columns[k] + "=" + text
	}
	return strings.Join(parts, "，")
}

// differing names the columns in which two rows differ.
func (t *table) differing(a, b []any) []string {
	var out []string
	for i := range a {
		if compareCells(a[i], b[i]) != 0 && !t.sameOpened(i, a, b) {
			out = append(out, t.columns[i])
		}
	}
	return out
}

// compare walks a table in both databases side by side and names every row that differs.
func (c *County) compare(ctx context.Context, r database.Reader, again *County, name, order string, v *Verification) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	mine, err := c.scan(ctx, r, name, order)
	if err != nil {
		return err
	}
	theirs, err := c.scan(ctx, again.DB, name, order)
	if err != nil {
		return err
	}
	if !slices.Equal(mine.columns, theirs.columns) {
		return fmt.Errorf("table %s has the columns %v and %v", name, mine.columns, theirs.columns)
	}
	wrong := 0
	fault := func(row []any, column, format string, args ...any) {
		if wrong++; wrong <= maxOfTable {
			v.fault(-1, name, mine.label(row), column, format, args...)
		}
	}
	a, err := mine.next()
	if err != nil {
		return err
	}
	b, err := theirs.next()
	for err == nil && (a != nil || b != nil) {
		side := 0
		switch {
		case a == nil:
			side = 1
		case b == nil:
			side = -1
		default:
			side = mine.order(a, b)
		}
		switch {
		case side > 0:
			fault(b, "", "表 %s 缺少一行：%s", name, mine.label(b))
			b, err = theirs.next()
			continue
		case side < 0:
			fault(a, "", "表 %s 多出一行：%s", name, mine.label(a))
			a, err = mine.next()
			continue
		}
		v.Rows++
		if diff := mine.differing(a, b); len(diff) > 0 {
			fault(a, strings.Join(diff, ","), "表 %s 的 %s 与重算结果不一致（列 %s）", name, mine.label(a), strings.Join(diff, "、"))
		}
		if a, err = mine.next(); err == nil {
			b, err = theirs.next()
		}
	}
	if wrong > maxOfTable {
		v.fault(-1, name, "", "", "表 %s 另有 %d 行不符", name, wrong-maxOfTable)
	}
	return err
}
