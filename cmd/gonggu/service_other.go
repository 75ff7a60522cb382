//go:build !windows

package main

import (
	"context"
	"io"
	"os"

	"gonggu/internal/errs"
)

var errNoService = errs.New(errs.Invalid, "service.windows", "这个命令只用于 Windows。Linux 上请安装 .deb 包，再用 systemctl start gonggu 启动。")

// underSystem runs the server in the foreground, where systemd or a terminal looks after it.
func underSystem(ctx context.Context, _ string, run func(ctx context.Context, out, log io.Writer) error) error {
	return run(ctx, os.Stdout, os.Stderr)
}

func (c *serviceInstall) Run() error { return errNoService }

func (c *serviceStart) Run() error { return errNoService }

func (c *serviceStop) Run() error { return errNoService }

func (c *serviceRemove) Run() error { return errNoService }
