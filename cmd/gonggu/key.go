package main

import (
	"context"
	"fmt"
)

type keyCommand struct {
	Rotate keyRotate `cmd:"" help:"更换加密密钥：新建密钥，把全部敏感信息重新加密；中断后再运行一次即接着做"`
}

type keyRotate struct{ data }

// Run changes the sealing key. A server may go on working meanwhile.
func (c *keyRotate) Run(ctx context.Context) error {
	county, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	b := &bar{}
	n, err := county.Rotate(ctx, b.show)
	b.end()
	if err != nil {
		return fmt.Errorf("更换没有做完（已重新加密 %d 项，新旧密钥都还能用）；请再运行一次：%w", n, err)
	}
	fmt.Printf("已更换：重新加密 %d 项，旧密钥已停用。请把 keys/seal.json 另存一份，与数据库分开保管。\n", n)
	return nil
}
