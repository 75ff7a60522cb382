//go:build !windows

package health

import "golang.org/x/sys/unix"

// room returns the bytes free to us and in all on the disk of dir.
func room(dir string) (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
