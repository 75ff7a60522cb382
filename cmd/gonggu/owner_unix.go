//go:build !windows

package main

import (
	"os"
	"os/user"
	"strconv"
	"syscall"

	"gonggu/internal/errs"
)

// ownedByUs refuses to work as root in the folder of another user: what root leaves there, the service
// could not open any more.
func ownedByUs(dir string) error {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != 0 {
		return nil // missing: it will be made
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || s.Uid == 0 {
		return nil
	}
	name := strconv.Itoa(int(s.Uid))
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	return errs.Newf(errs.Conflict, "data.owner", "数据文件夹属于用户 %s，用 root 运行会留下它打不开的文件，所以没有运行。请在命令前加上：sudo -u %s", name, name)
}
