package main

import (
	"context"
	"fmt"
	"os"

	"gonggu/internal/account"
)

type accountCommand struct {
	Officers accountOfficers `cmd:"" help:"补建缺少的系统管理员、安全管理员、审计员账号"`
	Reset    accountReset    `cmd:"" help:"给一个账号换一次性密码（没有别人能重置时，在服务器上用）"`
}

type accountOfficers struct{ data }

func (c *accountOfficers) Run(ctx context.Context) error {
	county, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	made, err := county.FirstAccounts(ctx)
	if err != nil {
		return err
	}
	if len(made) == 0 {
		fmt.Println("三员的岗位都有人，没有新建账号。")
	}
	text, err := tellFirst(c.Data, os.Stdout, made)
	if err != nil {
		return err
	}
	fmt.Println(text)
	return nil
}

type accountReset struct {
	data
	Login string `arg:"" help:"登录名"`
}

func (c *accountReset) Run(ctx context.Context) error {
	county, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	who, err := county.Accounts.ByLogin(ctx, c.Login)
	if err != nil {
		return err
	}
	password, err := county.Accounts.Reset(ctx, who.Person)
	if err != nil {
		return err
	}
	// Whoever stands at the server may do this; that he did is written down all the same.
	if err := county.Accounts.Noted(ctx, account.Event{At: county.Clock.Now(), Person: "system", Post: "system", Action: "account.reset", Subject: who.Person, Detail: "server"}); err != nil {
		return err
	}
	fmt.Printf("%s 的一次性密码：%s（只显示这一次；登录后必须修改。动态码仍然有效）\n", c.Login, password)
	return nil
}
