package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"gonggu/internal/server"
)

type rebuildCommand struct {
	data
	To string `required:"" help:"重建到哪里：空文件夹，或空的 PostgreSQL（postgres://…，密钥和文件仍用 --data 里的）"`
}

func (c *rebuildCommand) Run(ctx context.Context) error {
	county, _, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	roomy()
	b := &bar{}
	d, err := county.Rebuild(ctx, c.To, b.show)
	b.end()
	if err != nil {
		return err
	}
	fmt.Printf("重建完成：记录 %d 条，规范转储 %s，与原来的逐表一致\n", d.Size, d.SHA256)
	fmt.Println("查阅日志已照抄。账号、密码、登录、上传任务和未受理的记录不在日志里，没有带过来；第一次启动会显示新的初始账号。")
	return nil
}

type dumpCommand struct {
	data
	Canonical bool `help:"规范转储：每个表的行数和摘要（加密信息按打开后的内容计算，不输出内容）"`
	JSON      bool `help:"输出为 JSON"`
}

func (c *dumpCommand) Run(ctx context.Context) error {
	if !c.Canonical {
		return errors.New("现在只有规范转储：请加 --canonical")
	}
	county, _, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	b := &bar{quiet: c.JSON}
	d, err := county.Canonical(ctx, b.show)
	b.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(d)
	}
	printDump(d)
	return nil
}

func printDump(d *server.Dump) {
	for _, t := range d.Tables {
		fmt.Printf("%-20s %9d  %s\n", t.Name, t.Rows, t.SHA256)
	}
	fmt.Printf("%-20s %9d  %s\n", "合计（记录条数）", d.Size, d.SHA256)
}
