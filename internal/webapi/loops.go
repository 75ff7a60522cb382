package webapi

import (
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/problem"
)

// loopNames call the acts of the problem loop what people call them.
var loopNames = map[string]string{
	problem.KindAssign: "指派", problem.KindClaim: "认领", problem.KindDecline: "说明非本单位职责", problem.KindRectify: "整改签认", problem.KindOnSpot: "立行立改",
	problem.KindVerify: "复核签认", problem.KindReturn: "退回整改", problem.KindClose: "销号", problem.KindReopen: "重新打开（反弹）", problem.KindAmend: "更正问题内容", problem.KindSupervise: "督查签认",
	problem.KindMerge: "并入其他问题", problem.KindRestore: "取消合并", problem.KindSplit: "拆分问题",
}

// loopText says in one line what a person said with an act of the loop; what stands as a commitment is not told here.
func loopText(x *act.Act) string {
	if !strings.HasPrefix(x.Kind, "problem.") && !strings.HasPrefix(x.Kind, "cluster.") {
		return ""
	}
	said := x.Body
	if answers, ok := x.Body["answers"].(canon.Object); ok {
		said = answers
	}
	text := func(k string) string {
		v, _ := said[k].(string)
		if slices.Contains(x.Sealed, v) {
			return "（涉敏感信息，见问题内容）"
		}
		return v
	}
	var parts []string
	for _, f := range []struct{ key, name string }{
		{"leader", "责任领导："}, {"person", "责任人："}, {"measures", "措施："}, {"cause", "原因："}, {"result", ""}, {"done_on", "完成日期："}, {"say", ""}, {"until", "到："}, {"reason", "理由："},
	} {
		if v := text(f.key); v != "" {
			parts = append(parts, f.name+v)
		}
	}
	if name := onPaper(x.OnBehalf); name != "" {
		parts = append(parts, "代 "+name+" 录入纸质签认")
	}
	return strings.Join(parts, "；")
}
