package server

import "gonggu/internal/pack"

// Features are what the product itself does for clauses of the notice, beside the pack's elements.
// The ids are names of rooms; a house test demands a test that cites each clause claimed here.
func Features() []pack.Feature {
	return []pack.Feature{
		{ID: "campaign.days", Clauses: []string{"1-e"}},
		{ID: "campaign.amend", Clauses: []string{"1-e"}},
		{ID: "roster.coverage", Clauses: []string{"1-a"}, Partly: true, Why: "每户有唯一排查状态（已查、未能入户注明原因、未到），可逐户列出；部门的排查结果在行业排查中登记"},
		{ID: "task.hand_down", Clauses: []string{"4.1-a"}},
		{ID: "problem.deadline", Clauses: []string{"4.2-d"}},
		{ID: "problem.signatures", Clauses: []string{"5.2-b", "5.2-c"}},
		{ID: "report.progress", Clauses: []string{"4.1-b"}},
		{ID: "report.rectify", Clauses: []string{"4.2-c"}, Partly: true, Why: "日报每日自动给出整改进度和逾期情况；分单位明细的版面在下一步完成"},
		{ID: "report.problems", Clauses: []string{"4.1-c"}},
		{ID: "report.daily", Clauses: []string{"5.3"}, Partly: true, Why: "排查进度和结果已自动生成；整改进度在整改闭环中完成"},
		{ID: "inspection.signature", Clauses: []string{"5.2-a"}},
		{ID: "class.petition", Clauses: []string{"2.1-c6"}, Partly: true, Why: "按户档标记判断；信访台账在行业台账中完成"},
		{ID: "class.accident", Clauses: []string{"2.1-c4", "2.1-c5"}, Partly: true, Why: "通知没有给出额度，门槛由本方案自定"},
		{ID: "rule.welfare", Clauses: []string{"3.2.5-a"}, Partly: true, Why: "只比对户档里的低保、特困和整户无劳动能力；保障标准比对在行业台账中完成"},
		{ID: "rule.rebound", Clauses: []string{"3.4.1-a"}, Partly: true, Why: "反弹预警需要整改历史，在整改闭环中完成"},
		{ID: "rule.income", Clauses: []string{"3.4.2-d"}, Partly: true, Why: "波动门槛由本方案自定，需要导入上年收入"},
		{ID: "rule.key-groups", Clauses: []string{"3.4.4-a"}, Partly: true, Why: "多子女等门槛由本方案自定"},
		{ID: "rule.recognition", Clauses: []string{"3.4.5-a"}, Partly: true, Why: "六项认可随排查询问；与排查人分开的回访在核验中完成"},
		{ID: "rule.household-only", Partly: true, Why: "目前只用户、人、村的登记信息判断，行业台账完成后逐项比对",
			Clauses: []string{"3.2.1-b", "3.2.1-c", "3.2.2-d", "3.2.2-e", "3.2.2-f", "3.2.2-g", "3.2.3-c", "3.2.3-e", "3.2.4-b", "3.2.4-c", "3.2.4-d", "3.2.5-c", "3.2.5-d",
				"3.3.2-a", "3.3.2-d", "3.3.2-i", "3.3.3-d", "3.3.6-b", "3.3.6-c", "3.3.1-c", "3.3.1-d", "3.3.1-e", "3.4.1-b", "3.4.5-b", "3.4.5-c", "3.4.5-e"}},
		{ID: "post.history", Clauses: []string{"5.1"}, Partly: true, Why: "单位、岗位和责任人有台账，任免和交接留履历；行业台账另行完成"},
		{ID: "later.industry", Later: true, Why: "随行业排查和行业台账落实", Clauses: []string{"1-d", "2.2-a", "2.2-b", "2.2-c", "2.2-d", "2.2-e", "2.2-f", "3.2-a", "3.3-a", "5.4-c"}},
		{ID: "later.indicators", Later: true, Why: "随指标和集中预警落实", Clauses: []string{"1-b", "1-c"}},
		{ID: "later.tasks", Later: true, Why: "随任务分派落实", Clauses: []string{"5.3-b"}},
		{ID: "problem.consolidation", Clauses: []string{"4.2-a"}},
		{ID: "problem.sources", Clauses: []string{"1-f", "3.1.4-c"}},
		{ID: "later.papers", Later: true, Why: "随公文和督导落实", Clauses: []string{"4.2-b", "4.3-a", "4.3-b"}},
		{ID: "later.evaluation", Later: true, Why: "随月考评落实", Clauses: []string{"5.4-a", "5.4-b"}},
	}
}
