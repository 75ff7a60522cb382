package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/proof"
)

// DumpTable is one table of the canonical dump.
type DumpTable struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Dump is the canonical dump (design contract 7): what the acts add up to, with sealed values opened, and
// nothing of sessions, jobs or passwords. Two databases of one county are equal when their dumps are, whatever the engine.
type Dump struct {
	County string      `json:"county"`
	Size   int64       `json:"size"` // acts in the log
	Tables []DumpTable `json:"tables"`
	SHA256 string      `json:"sha256"` // over the tables' names, rows and hashes
}

// Canonical returns the county's canonical dump, read from one snapshot.
func (c *County) Canonical(ctx context.Context, progress func(phase string, done, total int)) (*Dump, error) {
	d := &Dump{County: c.Code, Tables: []DumpTable{}}
	all := sha256.New()
	err := c.DB.View(ctx, func(tx *database.Tx) error {
		head, err := act.ReadHead(ctx, tx, c.Code)
		if err != nil {
			return err
		}
		d.Size = head.Size
		tables := append(append([]struct{ name, order string }{}, logTables...), stateTables...)
		for i, t := range tables {
			progress("转储数据表", i, len(tables))
			one, err := c.dumpTable(ctx, tx, t.name, t.order)
			if err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
			d.Tables = append(d.Tables, one)
			_, _ = fmt.Fprintf(all, "%s %d %s\n", one.Name, one.Rows, one.SHA256)
		}
		return nil
	})
	d.SHA256 = hex.EncodeToString(all.Sum(nil))
	return d, err
}

func (c *County) dumpTable(ctx context.Context, r database.Reader, name, order string) (DumpTable, error) {
	out := DumpTable{Name: name}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t, err := c.scan(ctx, r, name, order)
	if err != nil {
		return out, err
	}
	h := sha256.New()
	for {
		row, err := t.next()
		if err != nil {
			return out, err
		}
		if row == nil {
			out.SHA256 = hex.EncodeToString(h.Sum(nil))
			return out, nil
		}
		out.Rows++
		for i := range row {
			writeCell(h, t.columns[i], t.value(i, row))
		}
		_, _ = io.WriteString(h, "\n")
	}
}

// writeCell writes a cell so that no two rows have the same bytes: the column, the type, the length, the value.
func writeCell(h hash.Hash, column string, v any) {
	switch x := v.(type) {
	case int64:
		_, _ = fmt.Fprintf(h, "%s i %d\n", column, x)
	case string:
		_, _ = fmt.Fprintf(h, "%s t %d %s\n", column, len(x), x)
	case []byte:
		_, _ = fmt.Fprintf(h, "%s b %d %x\n", column, len(x), x)
	default:
		_, _ = fmt.Fprintf(h, "%s ? %v\n", column, x)
	}
}

// Head returns the signed head of the log at a size, the present one for 0.
func (c *County) Head(ctx context.Context, size int64) ([]byte, error) {
	head, err := act.ReadHead(ctx, c.DB, c.Code)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		size = head.Size
	}
	if size < 0 || size > head.Size {
		return nil, errs.Newf(errs.Invalid, "proof.size", "日志只有 %d 条，没有 %d 条时的日志头。", head.Size, size)
	}
	root, err := act.RootAt(ctx, c.DB, c.Code, size)
	if err != nil {
		return nil, err
	}
	text, err := proof.Head(c.Code, size, root, c.Signer)
	return []byte(text), err
}
