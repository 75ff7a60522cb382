package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gonggu/internal/clock"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/report"
	"gonggu/internal/roster"
	"gonggu/internal/server"
)

// data says where a county lies; every command that opens one takes it.
type data struct {
	Data     string `required:"" help:"数据文件夹" type:"path"`
	Database string `help:"PostgreSQL 地址（postgres://…）；不写则用数据文件夹里的 SQLite" env:"GONGGU_DATABASE"`
	County   string `help:"县级区划代码" default:"411624"`
}

// open opens the county to write; a demonstration's stands on its own day.
func (d data) open(ctx context.Context) (*server.County, *demo.State, error) {
	return d.openAs(ctx, server.Options{})
}

// read opens the county beside a server that may be running.
func (d data) read(ctx context.Context) (*server.County, *demo.State, error) {
	return d.openAs(ctx, server.Options{Reading: true})
}

func (d data) openAs(ctx context.Context, o server.Options) (*server.County, *demo.State, error) {
	if err := ownedByUs(d.Data); err != nil {
		return nil, nil, err
	}
	o.Dir, o.Database, o.County, o.Program = d.Data, d.Database, d.County, versionText()
	state, err := demo.Load(d.Data)
	if err != nil {
		return nil, nil, err
	}
	if state != nil {
		if !state.Complete {
			return nil, nil, fmt.Errorf("%s 里的演示数据没有生成完；请重新运行 gonggu demo", d.Data)
		}
		o.Seed, o.Clock = state.SeedText(), clock.NewVirtual(state.Now, true)
	}
	// What an import spills while it reads holds personal data: it lies with the rest, not in the machine's /tmp.
	spill := filepath.Join(d.Data, "tmp")
	if err := os.MkdirAll(spill, 0o700); err != nil {
		return nil, nil, err
	}
	if err := os.Setenv("TMPDIR", spill); err != nil {
		return nil, nil, err
	}
	b := &bar{}
	o.Progress = b.show
	c, err := server.Open(ctx, o)
	b.end()
	return c, state, err
}

// bar draws progress on one line of a terminal; in a log it writes a line now and then.
type bar struct {
	phase string
	last  time.Time
	quiet bool
}

func (b *bar) show(phase string, done, total int) {
	if b.quiet || (phase == b.phase && time.Since(b.last) < 200*time.Millisecond) {
		return
	}
	tty := false
	if info, err := os.Stderr.Stat(); err == nil {
		tty = info.Mode()&os.ModeCharDevice != 0
	}
	if phase == b.phase && !tty && time.Since(b.last) < 5*time.Second {
		return
	}
	if tty && b.phase != "" && phase != b.phase {
		fmt.Fprintln(os.Stderr)
	}
	b.phase, b.last = phase, time.Now()
	text := phase
	if total > 0 {
		const width = 30
		full := min(width, done*width/max(total, 1))
		text = fmt.Sprintf("%s [%s%s] %d/%d", phase, strings.Repeat("█", full), strings.Repeat("·", width-full), done, total)
	}
	if tty {
		fmt.Fprintf(os.Stderr, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(os.Stderr, text)
	}
}

func (b *bar) end() {
	if b.phase == "" {
		return
	}
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && !b.quiet {
		fmt.Fprintln(os.Stderr)
	}
}

type demoCommand struct {
	Data       string `required:"" help:"数据文件夹（应为空）" type:"path"`
	Database   string `help:"PostgreSQL 地址；不写则用 SQLite" env:"GONGGU_DATABASE"`
	Households int    `help:"户数" default:"3000"`
	Seed       uint64 `help:"随机种子；同一种子生成同样的字节" default:"1"`
	Through    string `help:"演示到哪一天（2022-09-20 的样子）；不写则为第六天"`
	Life       bool   `help:"演示期间有出生、死亡、婚嫁、迁移、分户、并户、注销、并村"`
	Faults     int    `help:"另写一份埋有这么多处错误的工作簿（export-faults.xlsx）和答案（faults.json），不导入"`
	JSON       bool   `help:"把生成结果输出为 JSON"`
}

func (c *demoCommand) Run(ctx context.Context) error {
	f, err := packFS("")
	if err != nil {
		return err
	}
	b := &bar{}
	state, err := demo.Play(ctx, demo.Options{Dir: c.Data, Database: c.Database, Households: c.Households, Seed: c.Seed, Through: c.Through, Life: c.Life, Faults: c.Faults, Pack: f, Progress: b.show})
	b.end()
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(state)
	}
	fmt.Printf("演示县已生成：%d 户 %d 人，排查表 %d 份，问题 %d 个（受理 %d、作废 %d），日报 %d 份；演示日期 %s\n",
		state.Households, state.Persons, state.Sheets, state.Problems, state.Accepted, state.Voided, len(state.Reports), state.Day)
	if c.Life {
		fmt.Printf("登记变更 %d 次，其中撤销 %d 次\n", state.Life, state.TakenBack)
	}
	return nil
}

type importCommand struct {
	Households importHouseholds `cmd:"" help:"从工作簿导入户和人（国办导出表或花名册）"`
}

type importHouseholds struct {
	data
	Files  []string `arg:"" help:".xlsx 文件，或装有多个文件的 .zip" type:"existingfile"`
	Yes    bool     `help:"看过预览后直接导入，不再询问"`
	Reject string   `help:"把有问题的行另存为工作簿" type:"path"`
	JSON   bool     `help:"把结果输出为 JSON"`
}

func (c *importHouseholds) Run(ctx context.Context) error {
	county, state, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	f, err := packFS("")
	if err != nil {
		return err
	}
	if state == nil {
		if _, err := county.SetUp(ctx, f); err != nil {
			return err
		}
	}
	by, err := terminal(ctx, county)
	if err != nil {
		return err
	}
	b := &bar{quiet: c.JSON}
	id, err := county.Desk.Begin(ctx, by, c.Files, func(i int) (io.ReadCloser, error) { return os.Open(c.Files[i]) })
	if err != nil {
		return err
	}
	im, err := follow(ctx, county, by, id, roster.Reading, "读取工作簿", b)
	if err != nil {
		return err
	}
	if im.Rejects && c.Reject != "" {
		if err := copyFile(county.Desk.RejectsPath(id), c.Reject); err != nil {
			return err
		}
	}
	if !c.JSON {
		preview(im, c.Reject)
	}
	if im.Summary.New+im.Summary.Changed > 0 {
		if !c.Yes && !agreed() {
			return county.Desk.Cancel(ctx, by, id)
		}
	}
	if err := county.Desk.Confirm(ctx, by, id); err != nil {
		return err
	}
	if im, err = follow(ctx, county, by, id, roster.Applying, "导入花名册", b); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(im.Summary)
	}
	fmt.Printf("导入完成：新增 %d 户，变更 %d 户，无变化 %d 户\n", im.Summary.New, im.Summary.Changed, im.Summary.Same)
	return nil
}

// terminal is the post in which the command line imports: the county office's, on the machine itself.
func terminal(ctx context.Context, c *server.County) (duty.Actor, error) {
	person := ident.Derive("terminal/"+c.Code, "person")
	post := duty.NewPost(person, "服务器终端", duty.Unit{ID: duty.UnitOffice}, "县巩固办（服务器终端）", c.Code, duty.Office)
	if by, err := duty.ActorOf(ctx, c.DB, c.Code, person, post.ID); err == nil {
		return by, nil
	}
	if err := c.OpenPosts(ctx, "terminal", []duty.Post{post}); err != nil {
		return duty.Actor{}, err
	}
	return duty.ActorOf(ctx, c.DB, c.Code, person, post.ID)
}

func follow(ctx context.Context, c *server.County, by duty.Actor, id, state, phase string, b *bar) (*roster.Import, error) {
	defer b.end()
	for {
		im, err := c.Desk.Get(ctx, by, id)
		if err != nil {
			return nil, err
		}
		if im.State == roster.Failed {
			return nil, fmt.Errorf("%s失败：%s", phase, im.Failure)
		}
		if im.State != state {
			return im, nil
		}
		b.show(phase, int(im.Done), int(im.Total))
		select {
		case <-ctx.Done():
			_ = c.Desk.Cancel(context.WithoutCancel(ctx), by, id)
			return nil, fmt.Errorf("已取消，数据未作改动")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func preview(im *roster.Import, reject string) {
	s := im.Summary
	fmt.Printf("识别为：%s；共 %d 行，%d 户 %d 人\n", strings.Join(s.Shapes, "、"), s.Rows, s.Households, s.Persons)
	fmt.Printf("将新增 %d 户、变更 %d 户、无变化 %d 户；退回 %d 处、存疑 %d 处\n", s.New, s.Changed, s.Same, s.Rejected, s.Doubtful)
	if len(s.Unknown) > 0 {
		fmt.Printf("不认识的列（原样保存在户档里）：%s\n", strings.Join(s.Unknown, "、"))
	}
	const most = 20
	for i, f := range s.Faults {
		if i == most {
			fmt.Printf("……共 %d 处，全部见退回工作簿（--reject 指定保存位置）\n", s.Rejected+s.Doubtful)
			break
		}
		fmt.Printf("  %s %s 第%d行 %s：%s\n", f.File, f.Sheet, f.Row, f.Column, f.Reason)
	}
	if reject != "" && im.Rejects {
		fmt.Printf("有问题的行已另存到 %s\n", filepath.Base(reject))
	}
}

func agreed() bool {
	fmt.Print("确认导入？输入 y 继续：")
	var s string
	_, _ = fmt.Scanln(&s)
	return strings.EqualFold(s, "y")
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

type reportCommand struct {
	Daily reportDaily `cmd:"" help:"某一天的日报"`
}

type reportDaily struct {
	data
	D    string `name:"date" short:"d" aliases:"D" help:"日期，2022-09-18 的样子" required:""`
	Area string `help:"区划代码；不写为全县"`
	XLSX string `name:"xlsx" help:"另存为工作簿" type:"path"`
	JSON bool   `help:"输出规范 JSON（定稿的日报逐字节一致）"`
}

func (c *reportDaily) Run(ctx context.Context) error {
	county, _, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	d, err := report.Of(ctx, county.DB, county.Book, county.Code, c.D, county.Clock.Now())
	if err != nil {
		return err
	}
	if d, err = d.View(duty.Everything(county.Code), c.Area); err != nil {
		return err
	}
	if c.XLSX != "" {
		f, err := os.Create(c.XLSX)
		if err != nil {
			return err
		}
		if err := report.WriteXLSX(f, d); err != nil {
			_ = f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	if c.JSON {
		b, err := d.Canonical()
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(append(b, '\n'))
		return err
	}
	fmt.Println(d.Title)
	for _, s := range d.Summary {
		fmt.Println(s)
	}
	fmt.Println(d.Foot.Text)
	return nil
}
