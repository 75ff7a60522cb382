package server

import (
	"context"
	"os"
	"path/filepath"

	"gonggu/internal/act"
	"gonggu/internal/backup"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/seal"
)

// openLock is held while a county is opened, or gets its first account.
const openLock = 0x6f70656e

// Errors of opening. Nothing was changed.
var (
	ErrNoKeys = errs.New(errs.Conflict, "server.no_keys", "数据还在，但数据文件夹里的 keys 不见了。没有它，证件号码、电话等永远打不开，所以程序没有启动，也没有另建密钥。请把 keys 文件夹放回来，或用 gonggu restore 从密钥备份恢复。")
	ErrKeys   = errs.New(errs.Conflict, "server.other_keys", "keys 文件夹里的密钥不是这个数据库的，程序没有启动。请检查数据文件夹和数据库是不是同一个县的；几台服务器共用一个数据库时，keys 要完全相同。")
	ErrMoved  = errs.New(errs.Conflict, "server.moved", "这个县的数据已经迁到 PostgreSQL；请用 --database 写明数据库地址再启动。")
)

func (c *County) connect(ctx context.Context, o Options) (err error) {
	where := o.Database
	if where == "" {
		if moved, err := backup.Moved(o.Dir); err != nil || moved {
			if err == nil {
				err = ErrMoved
			}
			return err
		}
		where = filepath.Join(o.Dir, "gonggu.db")
	}
	if o.Reading {
		c.DB, err = database.OpenReader(ctx, where)
	} else {
		c.DB, err = database.Connect(ctx, where)
	}
	return err
}

// prepare loads the keys, which must be the database's own, and brings the schema up to date.
func (c *County) prepare(ctx context.Context, o Options) error {
	steps, err := c.DB.Steps(ctx)
	if err != nil {
		return err
	}
	missing, err := database.Compare(steps)
	if err != nil {
		return err
	}
	head := act.Head{}
	if len(steps) > 0 {
		if head, err = act.ReadHead(ctx, c.DB, c.Code); err != nil {
			return err
		}
	}
	if o.Reading && missing > 0 {
		return database.ErrOlder
	}
	if err := c.loadKeys(o, head.Size > 0); err != nil {
		return err
	}
	if head.Size > 0 {
		if enrolled, err := act.Fingerprint(ctx, c.DB, c.Code, head.Size); err != nil || (enrolled != "" && enrolled != c.Fingerprint()) {
			if err == nil {
				err = ErrKeys
			}
			return err
		}
	}
	if o.Reading {
		return nil
	}
	if head.Size > 0 && missing > 0 {
		if err := c.beforeUpgrade(ctx, o); err != nil {
			return err
		}
	}
	return c.DB.Migrate(ctx, 0)
}

// loadKeys reads the keys; only a county that has nothing yet gets new ones.
func (c *County) loadKeys(o Options, lived bool) (err error) {
	dir := filepath.Join(o.Dir, "keys")
	for _, name := range []string{"seal.json", "log.key"} {
		if _, err := os.Stat(filepath.Join(dir, name)); lived && os.IsNotExist(err) {
			return ErrNoKeys
		}
	}
	keyFile := filepath.Join(dir, "seal.json")
	if o.Seed == "" {
		c.Keys, err = seal.Load(keyFile)
	} else {
		c.Keys, err = seal.LoadSeeded(keyFile, o.Seed)
	}
	if err != nil {
		return err
	}
	return c.openLogKey(o.Seed)
}

// beforeUpgrade copies the county as it is; without a copy there is no upgrade.
func (c *County) beforeUpgrade(ctx context.Context, o Options) error {
	to := o.Backups
	if to == "" {
		to = filepath.Join(o.Dir, "backups")
	}
	progress := o.Progress
	if progress == nil {
		progress = func(string, int, int) {}
	}
	m, err := backup.Take(ctx, c.Source(), to, func(phase string, done, total int) { progress("升级前"+phase, done, total) })
	if err != nil {
		return errs.New(errs.Conflict, "server.upgrade", "升级前的自动备份没有成功，数据库没有升级，也没有改动："+errs.As(err).Message).Because(err)
	}
	return backup.Note(c.Dir, m, m.TakenAt, nil)
}

// Source returns the county as what a copy is taken of.
func (c *County) Source() backup.Source {
	return backup.Source{DB: c.DB, Dir: c.Dir, County: c.Code, Keys: c.Keys, Verifier: c.Verifier, Clock: clock.Real{}, Program: c.Program}
}
