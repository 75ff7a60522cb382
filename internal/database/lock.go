package database

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"gonggu/internal/errs"
)

// ErrInUse: another program of ours writes this SQLite file.
var ErrInUse = errs.New(errs.Conflict, "database.in_use", "这份数据正由另一个巩固程序写入，本程序没有打开它，也没有改动任何内容。请先停止那个程序，或换一个数据文件夹；备份、核对和看日报不必停止。")

// lock is held for life by whoever writes an SQLite file: two lanes on one file would each believe in
// a log of their own. The system lets go of it when the process ends, however it ends.
type lock struct{ f *os.File }

// takeLock locks path's neighbour ".lock"; the file stays, because removing it would let two hold it.
func takeLock(path string) (*lock, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := lockFile(f); err != nil {
		holder, _ := io.ReadAll(io.LimitReader(f, 20))
		_ = f.Close()
		if pid, perr := strconv.Atoi(strings.TrimSpace(string(holder))); perr == nil {
			return nil, ErrInUse.At("pid", fmt.Sprintf("占用它的进程号是 %d", pid)).Because(err)
		}
		return nil, ErrInUse.Because(err)
	}
	// Only for the other's message; that it fails on a full disk harms nothing.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &lock{f}, nil
}

func (l *lock) release() {
	if l != nil {
		_ = l.f.Close()
	}
}
