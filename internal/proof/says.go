package proof

import (
	"fmt"
	"strings"
	"time"

	"gonggu/internal/clock"
)

// Says tells in words what the proof shows and what it does not (design contract 15).
func (p *Proven) Says() string {
	a := p.Act
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("证明有效。")
	line("记录：%s 县日志第 %d 条，编号 %s，类型 %s，对象 %s", p.County, p.Index, a.ID, a.Kind, a.Subject)
	line("签认：人员 %s，岗位 %s；服务器收到时间 %s", a.Actor, a.Post, received(a.ReceivedAt))
	if a.Seen != "" {
		line("签认时所见内容的摘要：%s", a.Seen)
	}
	line("日志：共 %d 条时的根 %s，公钥指纹 %s", p.Size, p.Root, p.Fingerprint)
	line("")
	line("能证明：在持有这个公钥的日志里，长度为 %d 时，第 %d 条就是文件里的这条记录，一个字节也没有改过。", p.Size, p.Index)
	line("　　　　上面的日志根如果与某天纸质日报末尾所印的一致，则从那天起连保管日志密钥的人也不能再改、再补、再删这条记录。")
	line("不能证明：谁拿着笔（账号由本人保管，设备目前不签名）；收到时间是否准确（是服务器的钟）；所填内容是否属实；")
	line("　　　　　没有纸质日报对照时，不能排除保管数据库和日志密钥的人把整个日志重做过。")
	line("　　　　　这是单位内部的责任签认，不是法律意义上的可靠电子签名。")
	return b.String()
}

func received(ms int64) string {
	return time.UnixMilli(ms).In(clock.Zone).Format(time.DateTime)
}
