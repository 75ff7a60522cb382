package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"gonggu/internal/demo"
	"gonggu/internal/server"
)

type serveCommand struct {
	data
	Listen  string `default:"127.0.0.1:8080" help:"监听地址"`
	TLSCert string `name:"tls-cert" help:"HTTPS 证书文件；手机端需要 HTTPS" type:"existingfile"`
	TLSKey  string `name:"tls-key" help:"HTTPS 私钥文件" type:"existingfile"`
}

func (c *serveCommand) Run(ctx context.Context) error {
	county, state, err := c.open(ctx)
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
			first = fmt.Sprintf("初始账号：%s　密码：%s（只显示这一次，请记下并尽快更换）", login, password)
		}
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return county.Serve(ctx, server.ServeOptions{Listen: c.Listen, TLSCert: c.TLSCert, TLSKey: c.TLSKey, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Ready: func(address string) {
		fmt.Printf("巩固已启动：%s://%s/\n", scheme, address)
		if first != "" {
			fmt.Println(first)
		}
		if state != nil {
			welcome(state)
		}
	}})
}

// welcome says who can sign in to a demonstration.
func welcome(s *demo.State) {
	fmt.Printf("演示县：%d 户 %d 人，演示日期 %s。以下账号密码都是 %s：\n", s.Households, s.Persons, s.Day, demo.Password)
	for _, a := range s.Accounts {
		fmt.Printf("  %-10s %s　%s（%s）\n", a.Login, a.Role, a.Name, a.Where)
	}
	fmt.Println("按 Ctrl+C 停止。")
}
