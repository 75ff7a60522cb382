package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"gonggu/internal/account"
	"gonggu/internal/demo"
	"gonggu/internal/server"
)

type serveCommand struct {
	data
	Listen  string `default:"127.0.0.1:8080" help:"监听地址"`
	TLSCert string `name:"tls-cert" help:"HTTPS 证书文件；手机端需要 HTTPS" type:"existingfile"`
	TLSKey  string `name:"tls-key" help:"HTTPS 私钥文件" type:"existingfile"`

	BehindProxy bool   `help:"放在 HTTPS 反向代理后面：Cookie 只走 HTTPS，来访地址取代理写的 X-Forwarded-For"`
	OIDCIssuer  string `name:"oidc-issuer" help:"统一身份认证（OpenID Connect）的地址"`
	OIDCClient  string `name:"oidc-client" help:"在统一身份认证登记的应用标识"`
	OIDCSecret  string `name:"oidc-secret-file" help:"存放应用密钥的文件" type:"existingfile"`
	OIDCName    string `name:"oidc-name" help:"登录按钮上的名字" default:"统一身份认证"`
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
	county, state, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	if county.SignOn, err = c.signOn(); err != nil {
		return err
	}
	county.Proxied = c.BehindProxy
	var first []server.First
	if state == nil {
		f, err := packFS("")
		if err != nil {
			return err
		}
		if _, err := county.SetUp(ctx, f); err != nil {
			return err
		}
		if first, err = county.FirstAccounts(ctx); err != nil {
			return err
		}
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return county.Serve(ctx, server.ServeOptions{Listen: c.Listen, TLSCert: c.TLSCert, TLSKey: c.TLSKey, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Ready: func(address string) {
		fmt.Printf("巩固已启动：%s://%s/\n", scheme, address)
		sayFirst(first)
		if state != nil {
			welcome(state)
		}
	}})
}

// sayFirst shows the accounts that the first start made, the only time that their passwords are seen.
func sayFirst(list []server.First) {
	if len(list) == 0 {
		return
	}
	fmt.Println("初始账号（密码只显示这一次，请记下，分别交给不同的人；首次登录必须修改）：")
	for _, f := range list {
		fmt.Printf("  %-8s %s　密码：%s\n", f.Login, f.Role, f.Password)
	}
}

// welcome says who can sign in to a demonstration.
func welcome(s *demo.State) {
	fmt.Printf("演示县：%d 户 %d 人，演示日期 %s。以下账号密码都是 %s：\n", s.Households, s.Persons, s.Day, demo.Password)
	for _, a := range s.Accounts {
		fmt.Printf("  %-10s %s　%s（%s）\n", a.Login, a.Role, a.Name, a.Where)
	}
	fmt.Println("按 Ctrl+C 停止。")
}
