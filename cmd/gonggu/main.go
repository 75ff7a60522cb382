// Command gonggu is the whole product in one binary: the server, the importer, the packs' tools,
// the demonstration and the verifier. This file is the table of subcommands and nothing else.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"gonggu/internal/database"
	"gonggu/internal/errs"
)

type cli struct {
	Serve    serveCommand    `cmd:"" help:"启动服务"`
	Demo     demoCommand     `cmd:"" help:"生成可重复的演示县"`
	Import   importCommand   `cmd:"" help:"导入花名册"`
	Areas    areasCommand    `cmd:"" help:"区划名单"`
	Report   reportCommand   `cmd:"" help:"输出日报"`
	Verify   verifyCommand   `cmd:"" help:"按日志重算并核对全部数据"`
	Proof    proofCommand    `cmd:"" help:"出具一条记录的证明文件，或当前的日志头"`
	Rebuild  rebuildCommand  `cmd:"" help:"只用记录和文件重建全部数据"`
	Dump     dumpCommand     `cmd:"" help:"规范转储：逐表摘要，用来比较两份数据"`
	Backup   backupCommand   `cmd:"" help:"备份（运行中也可以）"`
	Restore  restoreCommand  `cmd:"" help:"从备份恢复到空的地方"`
	Move     moveCommand     `cmd:"" help:"把一个县从 SQLite 迁到 PostgreSQL"`
	Service  serviceCommand  `cmd:"" help:"作为 Windows 服务安装、启动、停止、删除"`
	Version  versionCommand  `cmd:"" help:"显示版本"`
	Campaign campaignCommand `cmd:"" help:"专项行动：启动"`
	Account  accountCommand  `cmd:"" help:"账号：补建三员、换一次性密码（在服务器上）"`
	Pack     packCommand     `cmd:"" help:"方案包：检查、测试、条款对照、比较"`
	Bench    benchCommand    `cmd:"" help:"测量速度"`
	Key      keyCommand      `cmd:"" help:"加密密钥：更换"`
	OpenAPI  openapiCommand  `cmd:"" name:"openapi" hidden:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var c cli
	parser := kong.Must(&c, kong.Name("gonggu"), kong.Description("巩固：县域排查—整改—提升工作台"), kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	k, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	err = k.Run()
	stop()
	if err != nil {
		if err = database.Explain(err); errs.Shown(err) {
			e := errs.As(err)
			fmt.Fprintf(os.Stderr, "%s（%s）\n", e.Message, e.Code)
			for _, f := range e.Fields {
				fmt.Fprintln(os.Stderr, "  "+f.Message)
			}
		} else {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}
