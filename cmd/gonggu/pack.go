package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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
	A string `arg:"" help:"原方案包文件夹"`
	B string `arg:"" help:"新方案包文件夹"`
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

func (c *packDiff) Run() error {
	a, err := packFS(c.A)
	if err != nil {
		return err
	}
	b, err := packFS(c.B)
	if err != nil {
		return err
	}
	return pack.WriteDiff(os.Stdout, a, b)
}
