package health_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"gonggu/internal/backup"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/health"
)

const county = "411624"

func TestLittleRoomIsATenthOrTwoGibibytes(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		free, total int64
		low         bool
	}{
		{2*gib - 1, 10 * gib, true}, {2 * gib, 10 * gib, false}, {9 * gib, 100 * gib, true}, {10 * gib, 100 * gib, false}, {0, 0, true},
	} {
		if health.Low(c.free, c.total) != c.low {
			t.Errorf("%d of %d: low is %v", c.free, c.total, !c.low)
		}
	}
}

// texts are the notes of one kind.
func texts(s health.State, kind string) (out []string) {
	for _, n := range s.Notes {
		if n.Kind == kind {
			out = append(out, n.Text)
		}
	}
	return out
}

func TestTheAgeOfTheLastCopyIsSaid(t *testing.T) {
	db := dbtest.SQLite(t)
	dir := t.TempDir()
	now := clock.NewVirtual(1_700_000_000_000, false)
	w := &health.Watch{Dir: dir, DB: db, County: county, Clock: now, Log: slog.New(slog.DiscardHandler)}
	said := func(want string) {
		t.Helper()
		got := strings.Join(texts(w.Look(t.Context()), health.Backup), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	said("还没有备份过")
	if err := backup.Note(dir, &backup.Manifest{TakenAt: now.Now(), Path: "/mnt/x"}, now.Now(), nil); err != nil {
		t.Fatal(err)
	}
	said("")
	now.Set(now.Now() + (48 * time.Hour).Milliseconds())
	said("")
	now.Set(now.Now() + 1)
	said("上次备份是 2 天前")
	if err := backup.Note(dir, nil, now.Now(), database.ErrFull); err != nil {
		t.Fatal(err)
	}
	said("没有成功：服务器磁盘已满")
	if s := w.State(); s.BackupAt == 0 || s.DiskTotal == 0 {
		t.Errorf("a failure forgot the last good copy, or the disk is unknown: %+v", s)
	}
	demo := &health.Watch{Dir: t.TempDir(), DB: db, County: county, Demo: true, Clock: now, Log: slog.New(slog.DiscardHandler)}
	if s := demo.Look(t.Context()); len(texts(s, health.Backup))+len(texts(s, health.Clock)) > 0 {
		t.Errorf("a demonstration is not copied and has its own clock: %v", s.Notes)
	}
}

func TestAClockThatCannotBeRightIsSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		now := clock.NewVirtual(clock.Real{}.Now(), false)
		watch := func() *health.Watch {
			return &health.Watch{Dir: t.TempDir(), DB: db, County: county, Clock: now, Log: slog.New(slog.DiscardHandler)}
		}
		w := watch()
		if got := texts(w.Look(t.Context()), health.Clock); len(got) > 0 {
			t.Errorf("a good clock: %v", got)
		}
		now.Set(now.Now() - (3 * time.Hour).Milliseconds())
		if got := texts(w.Look(t.Context()), health.Clock); len(got) != 1 || !strings.Contains(got[0], "3 小时") && !strings.Contains(got[0], "2 小时") {
			t.Errorf("set back while running: %v", got)
		}
		if got := texts(watch().Look(t.Context()), health.Clock); (len(got) == 1) != (db.Engine() == database.PostgreSQL) {
			t.Errorf("wrong from the start, %s: %v", db.Engine(), got)
		}
		err := db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO log_heads (county, size, root, received_at) VALUES ($1, 1, $2, $3)`, county, make([]byte, 32), now.Now()+(26*time.Hour).Milliseconds())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got := texts(watch().Look(t.Context()), health.Clock)
		if len(got) != 1 || !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "比最后一条记录的时间早 1 天") }) {
			t.Errorf("behind the log: %v", got)
		}
	})
}
