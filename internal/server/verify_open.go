package server

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/report"
)

// opener returns what a cell says whose stored bytes depend on a key, a compressor or a version: that is what counts
// when two databases are compared and in the canonical dump (design contract 7). false: the cell says what it holds.
type opener func(row []any) ([]byte, bool)

// openers returns one opener for each column of a table, nil where a cell is what it holds.
func (c *County) openers(t *table) []opener {
	out := make([]opener, len(t.columns))
	at := func(column string) int { return slices.Index(t.columns, column) }
	switch t.name {
	case "acts":
		doc, received := at("doc"), at("received_at")
		out[doc] = func(row []any) ([]byte, bool) {
			ms, _ := row[received].(int64)
			b, err := act.Record(blob(row[doc]), ms)
			return b, err == nil
		}
	case "frozen_reports":
		doc := at("doc")
		out[doc] = func(row []any) ([]byte, bool) {
			b, err := report.Unpack(blob(row[doc]))
			return b, err == nil
		}
	}
	for i := range sealedColumns {
		if col := &sealedColumns[i]; col.table == t.name {
			out[at(col.column)] = c.unsealer(col, at(col.column), at(col.name))
		}
	}
	return out
}

// unsealer opens a sealed column, under the old key as well as the new while a county changes it.
func (c *County) unsealer(col *sealedColumn, column, name int) opener {
	return func(row []any) ([]byte, bool) {
		box := blob(row[column])
		if col.text {
			var err error
			if box, err = hex.DecodeString(fmt.Sprint(row[column])); err != nil {
				return nil, false
			}
		}
		b, err := c.Keys.Open(col.placeOf(c.Code, fmt.Sprint(row[name])), box)
		return b, err == nil
	}
}

func blob(v any) []byte {
	b, _ := v.([]byte)
	return b
}

// value returns a cell as the canonical dump has it; what does not open stands as it is.
func (t *table) value(i int, row []any) any {
	if t.open[i] != nil {
		if b, ok := t.open[i](row); ok {
			return b
		}
	}
	return row[i]
}

// sameOpened reports whether two cells whose bytes differ say the same.
func (t *table) sameOpened(i int, a, b []any) bool {
	if t.open[i] == nil {
		return false
	}
	x, okX := t.open[i](a)
	y, okY := t.open[i](b)
	return okX && okY && bytes.Equal(x, y)
}
