package backup

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"

	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

const movedName = "moved.json"

type moved struct {
	At int64  `json:"at"`
	To string `json:"to"` // the engine, never the address: it holds a password
}

// Moved tells whether the data folder's county went to another engine, so that nobody starts it here again.
func Moved(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, movedName))
	if os.IsNotExist(err) {
		return false, nil
	}
	return err == nil, err
}

// Move takes a county from an SQLite file, locked for the while, to an empty PostgreSQL and compares every
// row. Files and keys stay in the data folder. The file is kept, under another name, once all has arrived.
// It returns what was moved.
func Move(ctx context.Context, dir, to string, c clock.Clock, progress Progress) (tables []Copied, err error) {
	path := filepath.Join(dir, "gonggu.db")
	if _, err := os.Stat(path); err != nil {
		return nil, errs.New(errs.NotFound, "database.none", "这个文件夹里没有 SQLite 数据；请检查 --data 写的位置。").Because(err)
	}
	from, err := database.Connect(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	steps, err := from.Steps(ctx)
	if err != nil {
		return nil, err
	}
	if missing, err := database.Compare(steps); err != nil || missing > 0 {
		if err == nil {
			err = database.ErrOlder
		}
		return nil, err
	}
	target, err := database.Connect(ctx, to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = target.Close() }()
	if target.Engine() != database.PostgreSQL {
		return nil, errs.New(errs.Invalid, "move.target", "--to 应写 PostgreSQL 地址（postgres://…）；没有改动任何内容。")
	}
	if err := emptyDatabase(ctx, target); err != nil {
		return nil, err
	}
	if err := target.Migrate(ctx, 0); err != nil {
		return nil, err
	}
	if tables, err = pour(ctx, from, target, progress); err != nil {
		return nil, database.Explain(err)
	}
	b, err := json.Marshal(moved{c.Now(), target.Engine().String()})
	if err != nil {
		return nil, err
	}
	if err := from.Close(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, movedName), b, 0o600); err != nil {
		return nil, err
	}
	return tables, os.Rename(path, path+".moved")
}

// pour copies every table of one database into the other and compares what arrived.
func pour(ctx context.Context, from, to *database.DB, progress Progress) ([]Copied, error) {
	tables, err := from.Layout(ctx)
	if err != nil {
		return nil, err
	}
	tables = slices.DeleteFunc(tables, func(t database.Table) bool { return slices.Contains(left, t.Name) })
	var copied []Copied
	total, done := 0, 0
	err = from.View(ctx, func(tx *database.Tx) error {
		for _, t := range tables {
			n, err := tx.Count(ctx, t)
			if err != nil {
				return err
			}
			total += int(n)
		}
		return to.Fill(ctx, func(f *database.Filler) error {
			for _, t := range tables {
				c, err := pourTable(ctx, tx, f, t, func() { done++; tell(progress, "迁移数据", done, total) })
				if err != nil {
					return err
				}
				copied = append(copied, c)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	done = 0
	return copied, compare(ctx, to, copied, func() { done++; tell(progress, "核对数据", done, total) })
}

// pourTable streams one table across; the reading runs ahead of the writing by a little.
func pourTable(ctx context.Context, tx *database.Tx, f *database.Filler, t database.Table, each func()) (Copied, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c := Copied{Table: t}
	r, w := io.Pipe()
	read := make(chan error, 1)
	go func() {
		buf := newRowWriter(w)
		err := tx.Scan(ctx, t, buf.write)
		if err == nil {
			err = buf.Flush()
		}
		_ = w.CloseWithError(err)
		read <- err
	}()
	rows := newRowReader(r, len(t.Columns))
	_, err := f.Load(t, func() ([]any, error) {
		row, err := rows.next()
		if err == nil {
			each()
		}
		return row, err
	})
	_ = r.CloseWithError(err)
	if rerr := <-read; err == nil {
		err = rerr
	}
	c.Rows, c.Digest = rows.rows, rows.digest()
	return c, err
}
