package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"gonggu/internal/backup"
	"gonggu/internal/clock"
	"gonggu/internal/errs"
	"gonggu/internal/server"
)

type backupCommand struct {
	data
	To             string `help:"备份文件夹（多份备份共用文件，省空间），或一个 .zip 文件" type:"path"`
	Keep           int    `help:"备份文件夹里只留最近几份；0 为全留" default:"0"`
	Keys           string `help:"另把密钥备份到这个新文件，用口令加密；要与数据备份分开保管" type:"path"`
	PassphraseFile string `help:"从文件第一行读口令；不写则在终端输入" type:"existingfile"`
}

func (c *backupCommand) Run(ctx context.Context) error {
	if c.To == "" && c.Keys == "" {
		return errs.New(errs.Invalid, "backup.nothing", "请用 --to 写明数据备份到哪里，或用 --keys 写明密钥备份到哪里。")
	}
	county, _, err := c.read(ctx)
	if errs.Code(err) == "database.older" {
		return errs.New(errs.Conflict, "backup.older", "数据库还是旧版本的结构；用本程序 serve 启动时会先自动备份再升级。要在升级前手工备份，请用原来版本的程序。")
	}
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	if c.Keys != "" {
		passphrase, err := askPassphrase(c.PassphraseFile, true)
		if err != nil {
			return err
		}
		if err := backup.SaveKeys(c.Data, c.Keys, passphrase); err != nil {
			return err
		}
		fmt.Println("密钥已备份到", c.Keys, "——请与数据备份分开保管，并记住口令；两样都丢了，敏感信息永远打不开。")
	}
	if c.To == "" {
		return nil
	}
	began := clock.Mono()
	b := &bar{}
	m, err := backup.Take(ctx, county.Source(), c.To, b.show)
	b.end()
	if err != nil {
		_ = backup.Note(c.Data, nil, clock.Real{}.Now(), err)
		return err
	}
	if err := backup.Note(c.Data, m, m.TakenAt, nil); err != nil {
		return err
	}
	fmt.Printf("备份完成：%s（数据 %d 行，文件 %d 个，日志 %d 条，用时 %s）\n", m.Path, m.Rows(), m.Files, m.LogSize, took(began))
	if c.Keep > 0 && !strings.HasSuffix(strings.ToLower(c.To), ".zip") {
		return backup.Prune(c.To, c.Keep)
	}
	return nil
}

func took(began int64) string {
	return (time.Duration(clock.Mono()-began) * time.Millisecond).Round(100 * time.Millisecond).String()
}

// askPassphrase never takes it from the command line, where every user of the machine could read it.
func askPassphrase(file string, twice bool) (string, error) {
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		line, _, _ := strings.Cut(string(b), "\n")
		return strings.TrimRight(line, "\r"), nil
	}
	in := bufio.NewReader(os.Stdin)
	ask := func(prompt string) (string, error) {
		fmt.Fprint(os.Stderr, prompt)
		line, err := hidden(in)
		fmt.Fprintln(os.Stderr)
		if errors.Is(err, io.EOF) && line == "" {
			return "", errs.New(errs.Invalid, "backup.passphrase", "没有输入口令；请在终端里运行，或用 --passphrase-file 写明口令文件。")
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	first, err := ask("密钥备份的口令（输入时不显示）：")
	if err != nil || !twice {
		return first, err
	}
	second, err := ask("再输入一次：")
	if err == nil && first != second {
		err = errs.New(errs.Invalid, "backup.passphrase", "两次输入的口令不一样，没有备份；请再运行一次。")
	}
	return first, err
}

type restoreCommand struct {
	data
	From           string `required:"" help:"备份文件夹、其中某一份，或 .zip 文件" type:"path"`
	Keys           string `help:"密钥备份文件；新的数据文件夹里已经放好 keys 时不用写" type:"existingfile"`
	PassphraseFile string `help:"从文件第一行读口令；不写则在终端输入" type:"existingfile"`
	SkipVerify     bool   `help:"只逐行核对，不再按日志重算（以后自己运行 gonggu verify）"`
}

func (c *restoreCommand) Run(ctx context.Context) error {
	began := clock.Mono()
	if err := ownedByUs(c.Data); err != nil {
		return err
	}
	b := &bar{}
	m, err := backup.Restore(ctx, c.From, backup.Target{Dir: c.Data, Database: c.Database, KeyFile: c.Keys,
		Passphrase: func() (string, error) { return askPassphrase(c.PassphraseFile, false) }}, b.show)
	b.end()
	if err != nil {
		return err
	}
	c.County = m.County
	at := time.UnixMilli(m.TakenAt).In(clock.Zone).Format("2006-01-02 15:04")
	fmt.Printf("已恢复 %s 的备份：数据 %d 行、文件 %d 个，逐行核对一致（用时 %s）\n", at, m.Rows(), m.Files, took(began))
	if c.SkipVerify {
		return nil
	}
	return c.prove(ctx, m.LogRoot)
}

// prove recomputes everything and demands the log's root as it was before.
func (d data) prove(ctx context.Context, root string) error {
	county, _, err := d.read(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	return proveCounty(ctx, county, root)
}

func proveCounty(ctx context.Context, county *server.County, root string) error {
	began := clock.Mono()
	b := &bar{}
	v, err := county.Verify(ctx, b.show)
	b.end()
	if err != nil {
		return err
	}
	if root != "" && v.Root != root {
		v.Faults = append(v.Faults, "日志根与备份时不同")
	}
	for _, f := range v.Faults {
		fmt.Println("不符：" + f)
	}
	if len(v.Faults) > 0 {
		return fmt.Errorf("核对发现 %d 处不符；请保留原来的数据，不要启用这一份", len(v.Faults))
	}
	fmt.Printf("按日志重算无误：记录 %d 条，数据 %d 行，日志根 %s（用时 %s）\n", v.Acts, v.Rows, v.Root, took(began))
	return nil
}

type moveCommand struct {
	Data       string `required:"" help:"数据文件夹（先停止服务）" type:"path"`
	To         string `required:"" help:"空的 PostgreSQL 地址（postgres://…）" env:"GONGGU_DATABASE"`
	County     string `help:"县级区划代码" default:"411624"`
	SkipVerify bool   `help:"只逐行核对，不再按日志重算（以后自己运行 gonggu verify）"`
}

func (c *moveCommand) Run(ctx context.Context) error {
	began := clock.Mono()
	if err := ownedByUs(c.Data); err != nil {
		return err
	}
	b := &bar{}
	tables, err := backup.Move(ctx, c.Data, c.To, clock.Real{}, b.show)
	b.end()
	if err != nil {
		return err
	}
	rows := int64(0)
	for _, t := range tables {
		rows += t.Rows
	}
	fmt.Printf("已迁到 PostgreSQL：%d 张表 %d 行，逐行核对一致（用时 %s）。原来的文件改名为 gonggu.db.moved，确认无误后再删。\n", len(tables), rows, took(began))
	if !c.SkipVerify {
		if err := (data{Data: c.Data, Database: c.To, County: c.County}).prove(ctx, ""); err != nil {
			return err
		}
	}
	fmt.Println("以后启动时写 --database（或环境变量 GONGGU_DATABASE）；数据文件夹里的 keys 和 files 仍在使用，不要删除。")
	return nil
}
