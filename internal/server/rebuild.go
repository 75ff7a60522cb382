package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// underWay marks a folder in which a rebuild was begun and has not ended: it may be thrown away and begun again.
const underWay = "rebuild-under-way"

// ErrTarget: the place to rebuild in holds something already.
var ErrTarget = errs.New(errs.Conflict, "rebuild.target", "重建的目标里已有数据，没有改动它；请给一个空文件夹或空的数据库。")

// Rebuild makes the county's state anew from its acts and files, in an empty folder or an empty PostgreSQL
// schema ("postgres://…", keys and files stay in this county's folder), and returns the rebuilt county's canonical
// dump, which it has held against this one's. The access log, a log of its own that no act makes, is copied entry by entry. Broken off, it is run again: a folder is begun anew, a PostgreSQL
// schema goes on where it stopped. Codes: rebuild.target, rebuild.act, rebuild.differs.
func (c *County) Rebuild(ctx context.Context, to string, progress func(phase string, done, total int)) (*Dump, error) {
	want, err := c.Canonical(ctx, progress)
	if err != nil {
		return nil, err
	}
	again, finish, err := c.target(ctx, to)
	if err != nil {
		return nil, err
	}
	got, err := c.rebuildIn(ctx, again, want.Size, progress)
	if err == nil {
		progress("建立索引", 0, 1)
		err = again.DB.Complete(ctx)
	}
	cerr := again.Close()
	if err != nil {
		return nil, err
	}
	if cerr != nil {
		return nil, cerr
	}
	for i, t := range got.Tables {
		if t != want.Tables[i] {
			return got, errs.Newf(errs.Conflict, "rebuild.differs", "重建的表 %s（%d 行）与原来的（%d 行）不同；请运行 gonggu verify 看是哪里。", t.Name, t.Rows, want.Tables[i].Rows)
		}
	}
	return got, finish()
}

// rebuildIn applies the acts that the target lacks.
func (c *County) rebuildIn(ctx context.Context, again *County, size int64, progress func(string, int, int)) (*Dump, error) {
	from, err := c.standing(ctx, again)
	if err != nil {
		return nil, err
	}
	var refused error
	err = again.Lane.Replay(ctx, act.All(ctx, c.DB, c.Code, c.Keys, from, size, readsTheEnd), func(s act.Submission, a act.Answer, err error) bool {
		x := s.Act
		if err != nil || a.Outcome != act.Accepted || a.Index != x.Index || !bytes.Equal(a.Leaf, x.Leaf) {
			refused = errs.Newf(errs.Conflict, "rebuild.act", "记录 %d（%s，%s）不能重放；请运行 gonggu verify 看是哪里。", x.Index, x.Kind, x.ID).Because(err)
		}
		if x.Index%50 == 0 {
			progress("重放记录", int(x.Index), int(size))
		}
		return refused == nil
	})
	if err != nil || refused != nil {
		return nil, errors.Join(refused, err)
	}
	progress("抄录查阅日志", 0, 1)
	if err := again.Access.GoOn(ctx, c.DB); err != nil {
		return nil, err
	}
	return again.Canonical(ctx, progress)
}

// standing returns how many acts the target holds, which must be this log's first ones.
func (c *County) standing(ctx context.Context, again *County) (int64, error) {
	head, err := act.ReadHead(ctx, again.DB, c.Code)
	if err != nil || head.Size == 0 {
		return 0, err
	}
	root, err := act.RootAt(ctx, c.DB, c.Code, head.Size)
	if err != nil || root != head.Root {
		return 0, ErrTarget.Because(err)
	}
	if empty, err := again.Accounts.Empty(ctx); err != nil || !empty {
		return 0, ErrTarget.Because(err) // people work with it
	}
	return head.Size, nil
}

// target opens the place to rebuild in. finish makes it lasting.
func (c *County) target(ctx context.Context, to string) (*County, func() error, error) {
	again := &County{Code: c.Code, Dir: c.Dir, Clock: c.Clock, Demo: c.Demo, Keys: c.Keys, Signer: c.Signer, Verifier: c.Verifier, purged: c.destroyed}
	var err error
	if strings.HasPrefix(to, "postgres://") || strings.HasPrefix(to, "postgresql://") {
		if again.DB, err = database.Open(ctx, to); err != nil {
			return nil, nil, err
		}
		again.wire(Options{Dir: c.Dir})
		return again, func() error { return nil }, nil
	}
	if err := c.clear(to); err != nil {
		return nil, nil, err
	}
	for _, part := range []string{"keys", "files", "demo.json"} {
		if err := copyTree(filepath.Join(c.Dir, part), filepath.Join(to, part)); err != nil {
			return nil, nil, err
		}
	}
	again.Dir = to
	path := filepath.Join(to, "gonggu.db")
	if again.DB, err = database.OpenScratch(ctx, path); err != nil {
		return nil, nil, err
	}
	again.wire(Options{Dir: to})
	return again, func() error {
		if err := syncFile(path); err != nil {
			return err
		}
		return os.Remove(filepath.Join(to, underWay))
	}, nil
}

// clear makes sure of an empty folder; what a broken rebuild left is thrown away.
func (c *County) clear(dir string) error {
	if same(dir, c.Dir) {
		return ErrTarget
	}
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(list) > 0 {
		if _, err := os.Stat(filepath.Join(dir, underWay)); err != nil {
			return ErrTarget
		}
		for _, e := range list {
			if e.Name() == underWay {
				continue
			}
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, underWay), []byte("重建还没有完成，可以重新运行 gonggu rebuild\n"), 0o600)
}

func same(a, b string) bool {
	x, err1 := filepath.Abs(a)
	y, err2 := filepath.Abs(b)
	return err1 == nil && err2 == nil && x == y
}

// copyTree copies a file or a folder; what is not there is left out.
func copyTree(from, to string) error {
	err := filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		at := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(at, 0o700)
		}
		return copyOne(p, at)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func copyOne(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Sync()
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("copy %s: %w", filepath.Base(from), err)
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
