package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
)

type areasCommand struct {
	Import areasImport `cmd:"" help:"导入区划名单：一个县的，或全国的（每个县记入各自的日志）"`
}

type areasImport struct {
	data
	Files []string `arg:"" help:"CSV（UTF-8）：区划代码、名称两列，代码 2、4、6、9 或 12 位；可以各级分成几个文件" type:"existingfile"`
}

func (c *areasImport) Run(ctx context.Context) error {
	began := clock.Mono()
	var d duty.Divisions
	for _, name := range c.Files {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = d.Read(filepath.Base(name), f)
		_ = f.Close()
		if err != nil {
			return err
		}
	}
	list, err := d.Counties()
	if err != nil {
		return err
	}
	county, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	b := &bar{}
	out, err := county.LayAreas(ctx, list, b.show)
	b.end()
	if err != nil {
		return err
	}
	provinces, cities := d.Uppers()
	fmt.Printf("区划名单：省 %d、市 %d、县 %d、乡 %d、村 %d（省、市只用来核对上下级）\n", provinces, cities, out.Counties, out.Townships, out.Villages)
	fmt.Printf("写入 %d 个（新增或改名），记录 %d 条，用时 %s\n", out.Written, out.Acts, took(began))
	if out.Kept > 0 {
		fmt.Printf("%d 个已在本系统并入别处，保持不变\n", out.Kept)
	}
	if out.Unlisted > 0 {
		fmt.Printf("%d 个在用的区划不在名单里，保持不变；需要撤并的，请在“区划”里办理\n", out.Unlisted)
	}
	return nil
}
