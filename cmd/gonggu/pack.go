package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gonggu/internal/assess"
	"gonggu/internal/pack"
	"gonggu/internal/server"
	"gonggu/packs"
)

type packCommand struct {
	Lint  packLint  `cmd:"" help:"检查方案包，一次列出全部错误"`
	Test  packTest  `cmd:"" help:"运行方案包自带的示例"`
	Trace packTrace `cmd:"" help:"列出每条要求由什么落实"`
	Diff  packDiff  `cmd:"" help:"比较两个方案包"`
}

type packLint struct {
	Dir string `arg:"" optional:"" help:"方案包文件夹；不写则用内置方案包"`
}

type packTest struct {
	Dir string `arg:"" optional:"" help:"方案包文件夹；不写则用内置方案包"`
}

type packTrace struct {
	Dir  string `arg:"" optional:"" help:"方案包文件夹；不写则用内置方案包"`
	JSON bool   `help:"输出 JSON"`
}

type packDiff struct {
	A        string `arg:"" help:"原方案：文件夹，或本县已安装方案的摘要（前8位起即可）"`
	B        string `arg:"" help:"新方案：文件夹，或摘要"`
	Data     string `help:"数据文件夹；按摘要比较时要写" type:"path"`
	Database string `help:"PostgreSQL 地址（postgres://…）；不写则用数据文件夹里的 SQLite"`
	County   string `help:"县级区划代码" default:"411624"`
	JSON     bool   `help:"输出 JSON"`
}

// packFS opens a pack folder. Complaints name files with the folder's name, hence its parent is not used.
func packFS(dir string) (fs.FS, error) {
	if dir == "" {
		return fs.Sub(packs.FS, packs.Shenqiu2022)
	}
	if info, err := os.Stat(filepath.Clean(dir)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("没有这个文件夹：%s", dir)
	}
	return os.DirFS(dir), nil
}

func (c *packLint) Run() error {
	f, err := packFS(c.Dir)
	if err != nil {
		return err
	}
	return assess.WriteLint(os.Stdout, f)
}

func (c *packTest) Run() error {
	f, err := packFS(c.Dir)
	if err != nil {
		return err
	}
	return assess.WriteTest(os.Stdout, f)
}

func (c *packTrace) Run() error {
	f, err := packFS(c.Dir)
	if err != nil {
		return err
	}
	return pack.WriteTrace(os.Stdout, f, server.Features(), c.JSON)
}

func (c *packDiff) Run(ctx context.Context) error {
	a, err := c.pack(ctx, c.A)
	if err != nil {
		return err
	}
	b, err := c.pack(ctx, c.B)
	if err != nil {
		return err
	}
	return pack.WriteDiff(os.Stdout, a, b, c.JSON)
}

// pack finds a pack by its folder, or, in the data folder, by its digest.
func (c *packDiff) pack(ctx context.Context, name string) (*pack.Pack, error) {
	if !isDigest(name) {
		f, err := packFS(name)
		if err != nil {
			return nil, err
		}
		p, bad := pack.Load(f)
		if p == nil {
			return nil, pack.Refuse(os.Stdout, bad)
		}
		return p, nil
	}
	if c.Data == "" {
		return nil, fmt.Errorf("没有这个文件夹：%s；要按摘要比较本县已安装的方案，请加 --data 数据文件夹", name)
	}
	county, _, err := data{c.Data, c.Database, c.County}.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = county.Close() }()
	digest, err := county.Book.Find(ctx, county.DB, name)
	if err != nil {
		return nil, err
	}
	l, err := county.Book.Loaded(ctx, county.DB, digest)
	if err != nil {
		return nil, err
	}
	return l.Pack, nil
}

// isDigest reports whether a name is a digest or its beginning; a folder of that name comes first.
func isDigest(name string) bool {
	if _, err := os.Stat(name); err == nil {
		return false
	}
	return len(name) >= 8 && len(name) <= 64 && strings.Trim(name, "0123456789abcdef") == ""
}
