package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"gonggu/internal/act"
	"gonggu/internal/proof"
)

type proofCommand struct {
	data
	Act  string `arg:"" optional:"" help:"记录编号，或它在日志里的序号；不写则只出具签了名的日志头"`
	Out  string `short:"o" help:"写到文件；不写则输出到屏幕" type:"path"`
	Size int64  `help:"证明到日志有多少条时的根；写日报所印的条数，证明就能和纸上的根对上。不写为现在"`
}

func (c *proofCommand) Run(ctx context.Context) error {
	county, _, err := c.read(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = county.Close() }()
	var out []byte
	if c.Act == "" {
		out, err = county.Head(ctx, c.Size)
	} else {
		id := c.Act
		if n, nerr := strconv.ParseInt(c.Act, 10, 64); nerr == nil {
			a, err := act.ByIndex(ctx, county.DB, county.Code, n)
			if err != nil {
				return err
			}
			id = a.ID
		}
		out, err = proof.Make(ctx, county.DB, county.Code, id, c.Size, county.Signer, county.Verifier)
	}
	if err != nil {
		return err
	}
	if c.Out == "" {
		_, err = os.Stdout.Write(out)
		return err
	}
	f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("文件已存在，没有覆盖：%s；请换一个文件名", c.Out)
	}
	if err != nil {
		return err
	}
	if _, err = f.Write(out); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		fmt.Printf("已写入 %s。核对：gonggu verify --proof %s --key %s\n日志公钥：%s\n", c.Out, c.Out, county.Fingerprint(), county.Verifier)
	}
	return err
}
