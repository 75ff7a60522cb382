package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/pprof"

	"gonggu/internal/bench"
)

type benchCommand struct {
	Ingest benchIngest `cmd:"" help:"排查表经 HTTP 提交到落盘的速度"`
}

type benchIngest struct {
	Data       string `help:"空文件夹；不写则用临时文件夹，测完删除" type:"path"`
	Database   string `help:"PostgreSQL 地址；不写则用 SQLite"`
	Households int    `help:"户数" default:"30000"`
	Clients    int    `help:"同时提交的人数" default:"64"`
	Batch      int    `help:"一次提交的排查表数" default:"50"`
	Profile    string `help:"把 CPU 剖析写到这个文件" type:"path"`
	JSON       bool   `help:"输出 JSON"`
}

func (c *benchIngest) Run(ctx context.Context) error {
	dir, drop, err := emptyFolder(c.Data)
	if err != nil {
		return err
	}
	defer drop()
	f, err := packFS("")
	if err != nil {
		return err
	}
	b := &bar{quiet: c.JSON}
	profiling := false
	out, err := bench.MeasureIngest(ctx, bench.Options{Dir: dir, Database: c.Database, Households: c.Households, Clients: c.Clients, Batch: c.Batch, Pack: f, Progress: func(phase string, done, total int) {
		if phase == bench.PhaseSend && c.Profile != "" && !profiling {
			profiling = true
			if w, err := os.Create(c.Profile); err == nil {
				_ = pprof.StartCPUProfile(w)
			}
		}
		b.show(phase, done, total)
	}})
	pprof.StopCPUProfile()
	b.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(out)
	}
	fmt.Printf("%s：%d 份排查表，%d 人同时提交，每次 %d 份\n", out.Engine, out.Sheets, out.Clients, out.Batch)
	fmt.Printf("落盘 %.0f 份/秒（%.1f 秒）；一次提交 p50 %.1f ms，p99 %.1f ms\n", out.PerSecond, out.Seconds, out.P50, out.P99)
	fmt.Printf("提交事务 %d 次（每次一个 fsync），收到 %.1f MB，数据增长 %.1f MB\n", out.Commits, float64(out.Sent)/1e6, float64(out.Grown)/1e6)
	fmt.Printf("同一次运行里，引擎单独插入同样大小的行：%.0f 行/秒（本产品为其 %.0f%%）\n", out.Bare, 100*out.PerSecond/out.Bare)
	return nil
}

// emptyFolder returns the folder asked for, or a temporary one that drop removes.
func emptyFolder(dir string) (string, func(), error) {
	if dir != "" {
		return dir, func() {}, os.MkdirAll(dir, 0o700)
	}
	dir, err := os.MkdirTemp("", "gonggu-bench-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}
