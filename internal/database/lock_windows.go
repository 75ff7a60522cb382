package database

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile locks one byte far behind the process id, which the other must be able to read.
func lockFile(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{Offset: 1 << 20})
}
