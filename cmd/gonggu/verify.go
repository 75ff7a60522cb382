package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/pprof"

	"gonggu/internal/server"
)

type verifyCommand struct {
	data
	JSON    bool   `help:"把结果输出为 JSON"`
	Quick   bool   `help:"只核对记录、日志、文件、加密信息和计数，不重算数据表"`
	Profile string `hidden:"" type:"path"`
}

func (c *verifyCommand) Run(ctx context.Context) error {
	county, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	if c.Profile != "" {
		f, err := os.Create(c.Profile)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	b := &bar{quiet: c.JSON}
	v, err := county.VerifyWith(ctx, server.VerifyOptions{Quick: c.Quick, Progress: b.show})
	b.end()
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
			return err
		}
	} else {
		fmt.Printf("记录 %d 条（排查表 %d 份），数据 %d 行，日志根 %s\n", v.Acts, v.Sheets, v.Rows, v.Root)
		for _, f := range v.Faults {
			fmt.Println("不符：" + f)
		}
	}
	if len(v.Faults) > 0 {
		return fmt.Errorf("核对发现 %d 处不符", len(v.Faults))
	}
	if !c.JSON {
		fmt.Println("核对无误：全部数据与记录一致")
	}
	return nil
}
