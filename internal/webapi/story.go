package webapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/duty"
	"gonggu/internal/inspection"
	"gonggu/internal/order"
	"gonggu/internal/problem"
	"gonggu/internal/report"
	"gonggu/internal/resident"
	"gonggu/internal/retention"
	"gonggu/internal/roster"
	"gonggu/internal/task"
)

// StoryStep is one act in the story of a household or problem, newest first on a household.
type StoryStep struct {
	Index    int64  `json:"index"`
	At       int64  `json:"at"`
	Kind     string `json:"kind"`
	KindName string `json:"kindName"`
	Who      string `json:"who"`
	Post     string `json:"post"`
	Text     string `json:"text"`
	ActID    string `json:"actId"`
}

var kindNames = map[string]string{
	inspection.KindSheet: "入户排查", inspection.KindSettle: "疑点核实", problem.KindAccept: "受理问题", problem.KindVoid: "作废问题", roster.KindImport: "导入花名册", roster.KindUndo: "撤销导入",
	report.KindRemark: "日报说明", report.KindReview: "日报审签", report.KindFreeze: "日报定稿",
	problem.KindAsk: "申请延期或暂停", problem.KindGrant: "同意申请", problem.KindRefuse: "不同意申请", problem.KindResume: "恢复整改", problem.KindClear: "清零签认",
	problem.KindOrder: "签发督办通知书", order.KindReceive: "签收督办通知书", order.KindDiscard: "不采用代拟督办",
	problem.KindRemind: "到期提醒",
	problem.KindMerge:  "并入另一个问题", problem.KindRestore: "恢复为单独问题", problem.KindSplit: "拆分问题", problem.KindEnter: "登记外部问题", problem.KindSource: "补登来源", problem.KindDistinct: "核对为不同问题",
	problem.KindFoundCluster: "建立同因问题", problem.KindJoinCluster: "归入同因问题", problem.KindLeaveCluster: "移出同因问题", problem.KindFixCluster: "同因问题整改签认",
	inspection.KindMiss: "登记未入户", task.KindHandDown: "下发任务", task.KindReceive: "签收任务", task.KindAssign: "指派到人",
	resident.KindAsk: "申请更正", resident.KindWithdraw: "申请撤回同意", resident.KindSettle: "办理更正申请", retention.KindPropose: "提出销毁", retention.KindApprove: "批准销毁",
	campaign.KindInstall: "安装方案包", campaign.KindOpen: "启动专项行动", duty.KindAdopt: "设立区划", duty.KindAmend: "调整区划", act.KindEnrol: "登记日志公钥",
	campaign.KindPropose: "提出方案调整", campaign.KindApprove: "批准方案调整", campaign.KindReject: "退回方案调整", campaign.KindSwitch: "方案调整生效", roster.KindRejudge: "按新参数重新判断",
	duty.KindPost: "任命岗位", duty.KindEnd: "结束岗位", duty.KindHandOver: "交接岗位", duty.KindFound: "新设单位", duty.KindDissolve: "撤销单位",
}

// KindName calls a kind of act what people call it.
func KindName(kind string) string {
	return cmp.Or(kindNames[kind], loopNames[kind], roster.LifeName(kind), kind)
}

// storyOf tells a household's story, newest first, with what is doubtful about each sheet.
func (a *API) storyOf(ctx context.Context, h *roster.Household) ([]StoryStep, error) {
	acts, err := act.On(ctx, a.DB, a.County, h.ID, 100)
	if err != nil {
		return nil, err
	}
	sheets, err := inspection.SheetsOf(ctx, a.DB, a.County, h.Key)
	if err != nil {
		return nil, err
	}
	touched, err := a.Store.LifeActs(ctx, a.DB, h.Key)
	if err != nil {
		return nil, err
	}
	for _, index := range touched { // acts that name another household, or its village
		x, err := act.ByIndex(ctx, a.DB, a.County, index)
		if err != nil {
			return nil, err
		}
		if x.Subject != h.ID {
			acts = append(acts, x)
		}
	}
	slices.SortFunc(acts, func(x, y *act.Act) int { return cmp.Compare(y.Index, x.Index) })
	out := []StoryStep{}
	for _, x := range acts {
		step, err := a.step(ctx, x)
		if err != nil {
			return nil, err
		}
		step.Text += memberNamed(x, h)
		for _, s := range sheets {
			if s.Index == x.Index {
				step.Text += sheetMarks(s)
			}
		}
		out = append(out, step)
	}
	return out, nil
}

// sheetMarks says what a reader of a sheet should know of it (design contracts 6 and 14).
func sheetMarks(s inspection.Sheet) string {
	text := ""
	if s.ClockDoubt {
		text += "；时钟存疑，排查日按收到日计"
	}
	if s.Stale {
		text += "；填表时户档已有更新"
	}
	if s.SupersededBy != 0 {
		text += "；已有后一份排查表"
	}
	return text
}

// storyOn tells what was done on a subject, oldest first.
func (a *API) storyOn(ctx context.Context, subject string) ([]StoryStep, error) {
	acts, err := act.On(ctx, a.DB, a.County, subject, 100)
	if err != nil {
		return nil, err
	}
	slices.Reverse(acts)
	out := []StoryStep{}
	for _, x := range acts {
		step, err := a.step(ctx, x)
		if err != nil {
			return nil, err
		}
		out = append(out, step)
	}
	return out, nil
}

func (a *API) step(ctx context.Context, x *act.Act) (StoryStep, error) {
	s := StoryStep{Index: x.Index, At: x.ReceivedAt, Kind: x.Kind, KindName: KindName(x.Kind), ActID: x.ID}
	by, err := duty.Known(ctx, a.DB, a.County, x.Post)
	if err != nil {
		return s, err
	}
	s.Who, s.Post = by.Name, by.UnitName+" "+by.Title
	if x.Actor == act.System {
		s.Who, s.Post = "系统", ""
	}
	s.Text = stepText(x)
	return s, nil
}

func stepText(x *act.Act) string {
	switch x.Kind {
	case inspection.KindSheet:
		day, _ := x.Body["done_on"].(string)
		text := day + " 入户，"
		if same, _ := x.Body["unchanged"].(bool); same {
			text += "情况无变化，已与户主核对"
		} else {
			text += "更新了登记情况"
		}
		if who, _ := x.OnBehalf["inspector"].(string); who != "" {
			text += fmt.Sprintf("；代 %s 录入纸质排查表", who)
		}
		return text
	case inspection.KindMiss:
		note, _ := x.Body["note"].(string)
		if again, _ := x.Body["again_on"].(string); again != "" {
			return strings.TrimPrefix(note+"；约定 "+again+" 再次入户", "；")
		}
		return note
	case problem.KindVoid, problem.KindMerge, problem.KindRestore, problem.KindSplit, inspection.KindSettle:
		reason, _ := x.Body["reason"].(string)
		if v, _ := x.Body["verdict"].(string); v == inspection.Confirmed {
			return "属实：" + reason
		} else if v == inspection.Refuted {
			return "不属实：" + reason
		}
		return reason
	default:
		return cmp.Or(loopText(x), lifeText(x))
	}
}
