package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"gonggu/internal/bench"
	"gonggu/internal/demo"
	"gonggu/internal/server"
)

type benchCommand struct {
	Ingest benchIngest `cmd:"" help:"排查表经 HTTP 提交到落盘的速度"`
	Lists  benchLists  `cmd:"" help:"列表、页面和导出的速度（用已有的演示数据）"`
	Report benchReport `cmd:"" help:"日报计算的速度（用已有的演示数据）"`
	Verify benchVerify `cmd:"" help:"按日志重算核对的速度（用已有的演示数据）"`
	Import benchImport `cmd:"" help:"导入全县花名册的速度"`
	Replay benchReplay `cmd:"" help:"把整个排查阶段的排查表重放一遍的速度"`
}

// staged says where a measurement makes its own county.
type staged struct {
	Data       string `help:"空文件夹；不写则用临时文件夹，测完删除" type:"path"`
	Database   string `help:"PostgreSQL 地址；不写则用 SQLite"`
	Households int    `help:"户数" default:"30000"`
	JSON       bool   `help:"输出 JSON"`
}

func (c staged) options(b *bar) (o bench.Options, drop func(), err error) {
	b.quiet = c.JSON
	o = bench.Options{Database: c.Database, Households: c.Households, Progress: b.show}
	if o.Dir, drop, err = emptyFolder(c.Data); err != nil {
		return o, drop, err
	}
	o.Pack, err = packFS("")
	return o, drop, err
}

func print(asJSON bool, v any, text func()) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(v)
	}
	text()
	return nil
}

type benchIngest struct {
	staged
	Clients int    `help:"同时提交的人数" default:"64"`
	Batch   int    `help:"一次提交的排查表数" default:"50"`
	Profile string `help:"把 CPU 剖析写到这个文件" type:"path"`
	Kills   int    `help:"提交期间强行结束（kill -9）服务进程这么多次，核对给过回执的记录"`
	Servers int    `help:"同时运行的服务进程数（多于一个需要 PostgreSQL）" default:"1"`
	KillPG  bool   `name:"kill-postgres" help:"不结束服务进程，改为强行结束自建的临时 PostgreSQL"`
}

func (c *benchIngest) Run(ctx context.Context) error {
	if c.Kills > 0 {
		return c.crashes(ctx)
	}
	b := &bar{}
	o, drop, err := c.options(b)
	if err != nil {
		return err
	}
	defer drop()
	o.Clients, o.Batch = c.Clients, c.Batch
	profiling := false
	o.Progress = func(phase string, done, total int) {
		if phase == bench.PhaseSend && c.Profile != "" && !profiling {
			profiling = true
			if w, err := os.Create(c.Profile); err == nil {
				_ = pprof.StartCPUProfile(w)
			}
		}
		b.show(phase, done, total)
	}
	out, err := bench.MeasureIngest(ctx, o)
	pprof.StopCPUProfile()
	b.end()
	if err != nil {
		return err
	}
	return print(c.JSON, out, func() {
		fmt.Printf("%s：%d 份排查表，%d 人同时提交，每次 %d 份\n", out.Engine, out.Sheets, out.Clients, out.Batch)
		fmt.Printf("落盘 %.0f 份/秒（%.1f 秒）；一次提交 p50 %.1f ms，p99 %.1f ms\n", out.PerSecond, out.Seconds, out.P50, out.P99)
		fmt.Printf("每份用处理器 %.2f ms，其中客户端自身 %.2f ms；内存最高 %.0f MB\n", out.Processor, out.Client, float64(out.Peak)/1e6)
		fmt.Printf("提交事务 %d 次（每次一个 fsync），收到 %.1f MB，数据增长 %.1f MB\n", out.Commits, float64(out.Sent)/1e6, float64(out.Grown)/1e6)
		fmt.Printf("同一次运行里，引擎单独插入同样大小的行：%.0f 行/秒（本产品为其 %.0f%%）\n", out.Bare, 100*out.PerSecond/out.Bare)
	})
}

// crashes kills while sheets come in.
func (c *benchIngest) crashes(ctx context.Context) error {
	b := &bar{}
	o, drop, err := c.options(b)
	if err != nil {
		return err
	}
	defer drop()
	o.Clients, o.Batch = c.Clients, c.Batch
	program, err := os.Executable()
	if err != nil {
		return err
	}
	crash := bench.CrashOptions{Options: o, Program: program, Kills: c.Kills, Servers: max(c.Servers, 1)}
	switch {
	case c.KillPG && c.Database != "":
		return errors.New("--kill-postgres 用自建的临时 PostgreSQL，不能同时写 --database")
	case crash.Servers > 1 && c.Database == "" && !c.KillPG:
		return errors.New("几个服务进程共用一个数据库要用 PostgreSQL：请写 --database postgres://…")
	case c.KillPG:
		if crash.Cluster, err = bench.NewCluster(ctx); err != nil {
			return err
		}
		defer crash.Cluster.Remove()
	}
	out, err := bench.MeasureCrashes(ctx, crash)
	b.end()
	if err != nil {
		return err
	}
	err = print(c.JSON, out, func() {
		fmt.Printf("%s：%d 个服务进程，提交排查表期间强行结束%s %d 次\n", out.Engine, out.Servers, out.Killed, out.Kills)
		fmt.Printf("提交 %d 份，回执 %d 份；没有等到答复的提交 %d 次，重交 %d 次，其中 %d 份其实已经记下，得到原来的回执\n", out.Sheets, out.Receipts, out.Cut, out.Resent, out.Known)
		fmt.Printf("每次结束后快速核对 %d 次；重新答话要 %.1f 秒（中位数）；共 %.0f 秒\n", out.Quick, out.Down, out.Seconds)
		fmt.Printf("最后全部重算：记录 %d 条，数据 %d 行，不符 %d 处\n", out.Acts, out.Rows, len(out.Faults))
		for _, f := range out.Faults {
			fmt.Println("不符：" + f)
		}
	})
	if err == nil && len(out.Faults) > 0 {
		err = fmt.Errorf("发现 %d 处不符", len(out.Faults))
	}
	return err
}

type benchLists struct {
	data
	N       int    `help:"每种页面问几次" default:"200"`
	Only    string `help:"只测名称里有这几个字的"`
	Profile string `help:"把 CPU 剖析写到这个文件" type:"path"`
	Warm    bool   `help:"先像服务启动后那样把数据整个读一遍"`
	Spoil   int    `help:"先把问题加到这么多个再测。绕过记录日志，这份数据此后核对不再通过：只用于演示数据的拷贝"`
	JSON    bool   `help:"输出 JSON"`
}

func (c *benchLists) Run(ctx context.Context) error {
	if state, err := demo.Load(c.Data); c.Spoil > 0 && (err != nil || state == nil) {
		return errors.Join(err, errors.New("--spoil 只能用于演示数据的拷贝"))
	}
	return measured(ctx, c.data, c.JSON, func(county *server.County) ([]bench.Line, error) {
		if c.Spoil > 0 {
			b := &bar{quiet: c.JSON}
			err := bench.Spoil(ctx, county, c.Spoil, b.show)
			if b.end(); err != nil {
				return nil, err
			}
		}
		if c.Warm {
			if _, err := county.DB.Warm(ctx); err != nil {
				return nil, err
			}
		}
		if c.Profile != "" {
			stop, err := profile(c.Profile)
			if err != nil {
				return nil, err
			}
			defer stop()
		}
		return bench.MeasureLists(ctx, county, c.N, c.Only)
	})
}

type benchReport struct {
	data
	N    int  `help:"算几次" default:"20"`
	JSON bool `help:"输出 JSON"`
}

func (c *benchReport) Run(ctx context.Context) error {
	return measured(ctx, c.data, c.JSON, func(county *server.County) ([]bench.Line, error) { return bench.MeasureReports(ctx, county, c.N) })
}

// measured opens a county that exists, measures and prints.
func measured(ctx context.Context, d data, asJSON bool, do func(*server.County) ([]bench.Line, error)) error {
	county, _, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	lines, err := do(county)
	if err != nil {
		return err
	}
	return print(asJSON, lines, func() {
		for _, l := range lines {
			fmt.Printf("p50 %8.1f ms  p99 %8.1f ms  %8.1f KB  %s（%d 次）\n", l.P50, l.P99, float64(l.Bytes)/1000, l.Name, l.N)
		}
	})
}

type benchVerify struct {
	data
}

func (c *benchVerify) Run(ctx context.Context) error {
	county, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	b := &bar{}
	began := time.Now()
	v, err := county.Verify(ctx, b.show)
	b.end()
	if err != nil {
		return err
	}
	fmt.Printf("核对 %d 条记录、%d 行：%.1f 秒，不符 %d 处\n", v.Acts, v.Rows, time.Since(began).Seconds(), len(v.Faults))
	return nil
}

type benchImport struct {
	staged
	Profile string `help:"把 CPU 剖析写到这个文件（从读取工作簿开始）" type:"path"`
}

func (c *benchImport) Run(ctx context.Context) error {
	b := &bar{}
	o, drop, err := c.options(b)
	if err != nil {
		return err
	}
	defer drop()
	stop := func() {}
	defer func() { stop() }()
	o.Progress = func(phase string, done, total int) {
		if phase == demo.PhaseRead && c.Profile != "" {
			if stop, err = profile(c.Profile); err != nil {
				stop = func() {}
			}
			c.Profile = ""
		}
		b.show(phase, done, total)
	}
	out, err := bench.MeasureImport(ctx, o)
	stop()
	b.end()
	if err != nil {
		return err
	}
	return print(c.JSON, out, func() {
		fmt.Printf("%s：%d 行，读取和核对 %.1f 秒，入库 %.1f 秒，内存最高 %.0f MB\n", out.Engine, out.Rows, out.Read, out.Applied, float64(out.Peak)/1e6)
	})
}

type benchReplay struct{ staged }

func (c *benchReplay) Run(ctx context.Context) error {
	b := &bar{}
	o, drop, err := c.options(b)
	if err != nil {
		return err
	}
	defer drop()
	out, err := bench.MeasureReplay(ctx, o)
	b.end()
	if err != nil {
		return err
	}
	return print(c.JSON, out, func() {
		fmt.Printf("%s：重放 %d 份排查表 %.1f 秒（%.0f 份/秒），数据增长 %.0f MB，内存最高 %.0f MB\n", out.Engine, out.Sheets, out.Seconds, out.PerSecond, float64(out.Grown)/1e6, float64(out.Peak)/1e6)
	})
}

// emptyFolder returns the folder asked for, or a temporary one that drop removes.
func emptyFolder(dir string) (string, func(), error) {
	if dir != "" {
		return dir, func() {}, os.MkdirAll(dir, 0o700)
	}
	dir, err := os.MkdirTemp("", "gonggu-bench-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}
