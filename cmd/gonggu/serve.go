package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gonggu/internal/account"
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

	BehindProxy bool   `help:"放在 HTTPS 反向代理后面：Cookie 只走 HTTPS，来访地址取代理写的 X-Forwarded-For" env:"GONGGU_BEHIND_PROXY"`
	OIDCIssuer  string `name:"oidc-issuer" help:"统一身份认证（OpenID Connect）的地址" env:"GONGGU_OIDC_ISSUER"`
	OIDCClient  string `name:"oidc-client" help:"在统一身份认证登记的应用标识" env:"GONGGU_OIDC_CLIENT"`
	OIDCSecret  string `name:"oidc-secret-file" help:"存放应用密钥的文件" type:"existingfile" env:"GONGGU_OIDC_SECRET_FILE"`
	OIDCName    string `name:"oidc-name" help:"登录按钮上的名字" default:"统一身份认证" env:"GONGGU_OIDC_NAME"`
}

// args are the command line that serves so; paths are whole by now.
func (c *serveCommand) args() []string {
	out := []string{"serve", "--data", c.Data, "--county", c.County, "--listen", c.Listen, "--backup-at", c.BackupAt, "--backup-keep", strconv.Itoa(c.BackupKeep)}
	for _, f := range [][2]string{{"--tls-cert", c.TLSCert}, {"--tls-key", c.TLSKey}, {"--backup-to", c.BackupTo},
		{"--oidc-issuer", c.OIDCIssuer}, {"--oidc-client", c.OIDCClient}, {"--oidc-secret-file", c.OIDCSecret}, {"--oidc-name", c.OIDCName}} {
		if f[1] != "" {
			out = append(out, f[0], f[1])
		}
	}
	if c.BehindProxy {
		out = append(out, "--behind-proxy")
	}
	return out
}

func (c *serveCommand) keeping() server.Keeping {
	return server.Keeping{To: c.BackupTo, At: c.BackupAt, Keep: c.BackupKeep}
}

// signOn reads how the county signs on, nil when it does not.
func (c *serveCommand) signOn() (*account.Provider, error) {
	if c.OIDCIssuer == "" {
		return nil, nil
	}
	if c.OIDCClient == "" {
		return nil, errors.New("写了 --oidc-issuer，还要写 --oidc-client（在统一身份认证登记的应用标识）")
	}
	p := &account.Provider{Issuer: c.OIDCIssuer, Client: c.OIDCClient, Name: c.OIDCName}
	if c.OIDCSecret != "" {
		b, err := os.ReadFile(c.OIDCSecret)
		if err != nil {
			return nil, err
		}
		p.Secret = strings.TrimSpace(string(b))
	}
	return p, nil
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
	if county.SignOn, err = c.signOn(); err != nil {
		return err
	}
	county.Proxied = c.BehindProxy
	var first string
	if state == nil {
		f, err := packFS("")
		if err != nil {
			return err
		}
		if _, err := county.SetUp(ctx, f); err != nil {
			return err
		}
		made, err := county.FirstAccounts(ctx)
		if err != nil {
			return err
		}
		if first, err = tellFirst(c.Data, out, made); err != nil {
			return err
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

// tellFirst says the accounts that the first start made on a terminal; where out is a log that is kept, their passwords go to
// a file that only the service's user can read.
func tellFirst(dir string, out io.Writer, made []server.First) (string, error) {
	if len(made) == 0 {
		return "", nil
	}
	var list, file strings.Builder
	for _, f := range made {
		fmt.Fprintf(&list, "  %-8s %s　密码：%s\n", f.Login, f.Role, f.Password)
		fmt.Fprintf(&file, "%s %s %s\n", f.Login, f.Password, f.Role)
	}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return "初始账号（密码只显示这一次，请记下，分别交给不同的人；首次登录必须修改）：\n" + list.String(), nil
		}
	}
	name := filepath.Join(dir, "first-password.txt")
	if err := os.WriteFile(name, []byte(file.String()), 0o600); err != nil {
		return "", err
	}
	return fmt.Sprintf("初始账号和密码写在 %s，分别交给不同的人；首次登录必须修改，之后删除这个文件", name), nil
}

// welcome says who can sign in to a demonstration.
func welcome(out io.Writer, s *demo.State) {
	fmt.Fprintf(out, "演示县：%d 户 %d 人，演示日期 %s。以下账号密码都是 %s：\n", s.Households, s.Persons, s.Day, demo.Password)
	for _, a := range s.Accounts {
		fmt.Fprintf(out, "  %-10s %s　%s（%s）\n", a.Login, a.Role, a.Name, a.Where)
	}
	fmt.Fprintln(out, "按 Ctrl+C 停止。")
}
