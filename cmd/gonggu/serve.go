package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"

	"gonggu/internal/demo"
	"gonggu/internal/server"
)

type serveCommand struct {
	data
	Listen     string `default:"127.0.0.1:8080" help:"监听地址" env:"GONGGU_LISTEN"`
	TLSCert    string `name:"tls-cert" help:"HTTPS 证书文件；手机端需要 HTTPS。换了文件自动生效" type:"existingfile" env:"GONGGU_TLS_CERT"`
	TLSKey     string `name:"tls-key" help:"HTTPS 私钥文件" type:"existingfile" env:"GONGGU_TLS_KEY"`
	BackupTo   string `help:"每日自动备份到这个文件夹（最好在另一块盘上）；升级前的备份也放在这里" type:"path" env:"GONGGU_BACKUP_TO"`
	BackupAt   string `help:"每日自动备份的时间；那时没开机，开机后补做" default:"02:00" env:"GONGGU_BACKUP_AT"`
	BackupKeep int    `help:"自动备份留最近几份" default:"14" env:"GONGGU_BACKUP_KEEP"`
}

// args are the command line that serves so; paths are whole by now.
func (c *serveCommand) args() []string {
	out := []string{"serve", "--data", c.Data, "--county", c.County, "--listen", c.Listen, "--backup-at", c.BackupAt, "--backup-keep", strconv.Itoa(c.BackupKeep)}
	for _, f := range [][2]string{{"--tls-cert", c.TLSCert}, {"--tls-key", c.TLSKey}, {"--backup-to", c.BackupTo}} {
		if f[1] != "" {
			out = append(out, f[0], f[1])
		}
	}
	return out
}

func (c *serveCommand) keeping() server.Keeping {
	return server.Keeping{To: c.BackupTo, At: c.BackupAt, Keep: c.BackupKeep}
}

func (c *serveCommand) Run(ctx context.Context) error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fmt.Errorf("--tls-cert 和 --tls-key 要一起写")
	}
	if err := c.keeping().Check(); err != nil {
		return err
	}
	return underSystem(ctx, c.Data, c.serve)
}

// serve serves until ctx ends; what it says goes to out, what happens to the log.
func (c *serveCommand) serve(ctx context.Context, out, log io.Writer) error {
	county, state, err := c.openAs(ctx, server.Options{Backups: c.BackupTo})
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	first := ""
	if state == nil {
		f, err := packFS("")
		if err != nil {
			return err
		}
		if _, err := county.SetUp(ctx, f); err != nil {
			return err
		}
		login, password, err := county.FirstAccount(ctx)
		if err != nil {
			return err
		}
		if login != "" {
			if first, err = tellFirst(c.Data, out, login, password); err != nil {
				return err
			}
		}
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return county.Serve(ctx, server.ServeOptions{Listen: c.Listen, TLSCert: c.TLSCert, TLSKey: c.TLSKey, Log: slog.New(slog.NewTextHandler(log, nil)), Keeping: c.keeping(), Ready: func(address string) {
		fmt.Fprintf(out, "巩固已启动：%s://%s/\n", scheme, address)
		if first != "" {
			fmt.Fprintln(out, first)
		}
		if state != nil {
			welcome(out, state)
		}
	}})
}

// tellFirst says the first password on a terminal; where out is a log that is kept, it goes to a file that
// only the service's user can read.
func tellFirst(dir string, out io.Writer, login, password string) (string, error) {
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return fmt.Sprintf("初始账号：%s　密码：%s（只显示这一次，请记下并尽快更换）", login, password), nil
		}
	}
	name := filepath.Join(dir, "first-password.txt")
	if err := os.WriteFile(name, []byte(login+" "+password+"\n"), 0o600); err != nil {
		return "", err
	}
	return fmt.Sprintf("初始账号和密码写在 %s，登录后请更换密码并删除这个文件", name), nil
}

// welcome says who can sign in to a demonstration.
func welcome(out io.Writer, s *demo.State) {
	fmt.Fprintf(out, "演示县：%d 户 %d 人，演示日期 %s。以下账号密码都是 %s：\n", s.Households, s.Persons, s.Day, demo.Password)
	for _, a := range s.Accounts {
		fmt.Fprintf(out, "  %-10s %s　%s（%s）\n", a.Login, a.Role, a.Name, a.Where)
	}
	fmt.Fprintln(out, "按 Ctrl+C 停止。")
}
