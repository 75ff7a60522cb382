// Package health watches what a county's data rests on: room on the disk, the age of the last copy, a
// clock that can be believed. It says what is wrong in words and keeps nothing. It owns no table.
package health

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/backup"
	"gonggu/internal/clock"
	"gonggu/internal/database"
)

// Limits of the product, not of the notice.
const (
	lowShare   = 10      // percent of the disk
	lowBytes   = 2 << 30 // 2 GiB
	backupAge  = 48 * time.Hour
	clockSlack = time.Minute
)

// Kinds of a Note.
const (
	Disk   = "disk"
	Backup = "backup"
	Clock  = "clock"
)

// Note is one thing that somebody should do something about.
type Note struct {
	Kind string `json:"kind" enum:"disk,backup,clock"`
	Text string `json:"text" doc:"Chinese; says what to do"`
}

// State is what was seen at the last look.
type State struct {
	DiskFree  int64  // bytes in reach of this program
	DiskTotal int64  // bytes
	BackupAt  int64  // Unix ms of the last good copy; 0 is never
	BackupTo  string // where it lies
	Notes     []Note
}

// Watch looks after one county. Its methods may be called concurrently.
type Watch struct {
	Dir    string
	DB     *database.DB
	County string
	Demo   bool // its clock is virtual and nobody copies it
	Clock  clock.Clock
	Log    *slog.Logger

	mu     sync.Mutex
	state  State
	looked bool
	wall   int64 // at the last look, with
	mono   int64
	jumped int64 // ms that the clock was set by while we ran; 0 is never
}

// State returns what the last Look saw.
func (w *Watch) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.state
	s.Notes = append([]Note{}, s.Notes...)
	return s
}

// Look looks again and logs what is newly wrong.
func (w *Watch) Look(ctx context.Context) State {
	s := State{Notes: []Note{}}
	w.disk(&s)
	if !w.Demo {
		w.backup(&s)
		w.clock(ctx, &s)
	}
	w.mu.Lock()
	was := map[string]bool{}
	for _, n := range w.state.Notes {
		was[n.Kind] = true
	}
	w.state = s
	w.mu.Unlock()
	for _, n := range s.Notes {
		if !was[n.Kind] {
			w.Log.Warn(n.Text, "watch", n.Kind)
		}
	}
	return s
}

func (w *Watch) disk(s *State) {
	free, total, err := room(w.Dir)
	if err != nil {
		return // a system that does not tell
	}
	s.DiskFree, s.DiskTotal = free, total
	if Low(free, total) {
		s.Notes = append(s.Notes, Note{Disk, fmt.Sprintf("服务器磁盘只剩 %s（共 %s），写满后将不能保存；请清理磁盘或换更大的磁盘。", Size(free), Size(total))})
	}
}

// Low reports whether so much room (bytes) is too little.
func Low(free, total int64) bool { return free < lowBytes || free < total/100*lowShare }

// Size writes a number of bytes for people.
func Size(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%d MB", n>>20)
}

func (w *Watch) backup(s *State) {
	r, err := backup.Last(w.Dir)
	if err != nil {
		r = backup.Record{}
	}
	s.BackupAt, s.BackupTo = r.At, r.To
	age := time.Duration(w.Clock.Now()-r.At) * time.Millisecond
	switch {
	case r.Failed != 0:
		s.Notes = append(s.Notes, Note{Backup, "最近一次自动备份没有成功：" + r.Why + " 请处理后在服务器上运行 gonggu backup。"})
	case r.At == 0:
		s.Notes = append(s.Notes, Note{Backup, "还没有备份过数据；请在服务器上运行 gonggu backup，或用 --backup-to 打开每日自动备份。"})
	case age > backupAge:
		s.Notes = append(s.Notes, Note{Backup, fmt.Sprintf("上次备份是 %d 天前；请检查每日自动备份是否打开，或在服务器上运行 gonggu backup。", int(age.Hours()/24))})
	}
}

// clock compares the machine's clock with what cannot have gone back: the last receipt, the database's
// machine, and the steady clock since the last look.
func (w *Watch) clock(ctx context.Context, s *State) {
	now, mono := w.Clock.Now(), clock.Mono()
	slack := clockSlack.Milliseconds()
	w.mu.Lock()
	if drift := (now - w.wall) - (mono - w.mono); w.looked && (drift > slack || drift < -slack) {
		w.jumped += drift
	}
	w.looked, w.wall, w.mono = true, now, mono
	jumped := w.jumped
	w.mu.Unlock()
	say := func(format string, args ...any) {
		s.Notes = append(s.Notes, Note{Clock, "服务器时钟可能不对：" + fmt.Sprintf(format, args...) + "请校准服务器的时间（打开自动对时），再重新启动巩固。"})
	}
	if head, err := act.ReadHead(ctx, w.DB, w.County); err == nil && head.ReceivedAt > now+slack {
		say("比最后一条记录的时间早 %s。", span(head.ReceivedAt-now))
		return
	}
	if theirs, ok, err := w.DB.Now(ctx); err == nil && ok && (theirs-now > slack || now-theirs > slack) {
		say("与数据库服务器相差 %s。", span(theirs-now))
		return
	}
	if jumped > slack || jumped < -slack {
		say("运行中被拨动了 %s。", span(jumped))
	}
}

func span(ms int64) string {
	if ms < 0 {
		ms = -ms
	}
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%d 天", int(d.Hours()/24))
	case d >= time.Hour:
		return fmt.Sprintf("%d 小时", int(d.Hours()))
	case d >= time.Minute:
		return fmt.Sprintf("%d 分钟", int(d.Minutes()))
	}
	return fmt.Sprintf("%d 秒", int(d.Seconds()))
}
