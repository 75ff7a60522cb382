package server

import (
	"context"
	"log/slog"
	"path/filepath"

	"gonggu/internal/backup"
	"gonggu/internal/clock"
	"gonggu/internal/errs"
)

// leadLock is held by the one process of several on a database that resumes imports and takes copies.
const leadLock = 0x6c656164

// Keeping says when copies are taken by themselves and how many are kept.
type Keeping struct {
	To   string // folder of copies; empty is never
	At   string // "02:00", county time
	Keep int
}

// Check refuses what would never or always be due.
func (k Keeping) Check() error {
	if k.To == "" {
		return nil
	}
	if filepath.Ext(k.To) == ".zip" {
		return errs.New(errs.Invalid, "backup.to", "--backup-to 应写一个文件夹，不是 .zip 文件。")
	}
	if _, ok := clock.At("2022-01-01", k.At); !ok || k.Keep < 1 {
		return errs.New(errs.Invalid, "backup.at", "--backup-at 应写成 02:00 的样子，--backup-keep 至少是 1。")
	}
	return nil
}

// due reports whether the latest hour of copying has passed without one: a PC that was off at night
// makes up for it in the morning.
func (k Keeping) due(last, now int64) bool {
	at, ok := clock.At(clock.Day(now), k.At)
	if ok && at > now {
		at, ok = clock.At(clock.AddDays(clock.Day(now), -1), k.At)
	}
	return ok && last < at
}

// keep takes a copy when one is due. now is the machine's.
func (c *County) keep(ctx context.Context, k Keeping, now int64, log *slog.Logger) error {
	if k.To == "" {
		return nil
	}
	last, err := backup.Last(c.Dir)
	if err != nil {
		last = backup.Record{}
	}
	// After a failure not every minute, but every hour.
	const again = 3_600_000
	if !k.due(last.At, now) || (last.Failed != 0 && now-last.Failed < again && now >= last.Failed) {
		return nil
	}
	m, err := backup.Take(ctx, c.Source(), k.To, func(string, int, int) {})
	if err != nil {
		if ctx.Err() != nil {
			return nil // stopping; it will be due again
		}
		_ = backup.Note(c.Dir, nil, now, err)
		c.Health.Look(ctx)
		return err
	}
	log.Info("自动备份完成", "rows", m.Rows(), "files", m.Files, "log", m.LogSize)
	if err := backup.Note(c.Dir, m, now, nil); err != nil {
		return err
	}
	c.Health.Look(ctx)
	return backup.Prune(k.To, k.Keep)
}
