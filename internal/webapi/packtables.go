package webapi

import (
	"context"
	"io"
	"net/url"
	"strings"

	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/workbook"
)

// exportRetention writes how long what is kept, and what was destroyed.
func (a *API) exportRetention(ctx context.Context, by duty.Actor, _ url.Values) (string, func(io.Writer) error, error) {
	if _, err := keeper(ctx); err != nil {
		return "", nil, err
	}
	v, err := a.retention(ctx, by)
	return "保存期限和销毁记录_" + a.today() + ".xlsx", func(w io.Writer) error {
		var kinds, purges [][]workbook.Value
		for _, k := range v.Kinds {
			kinds = append(kinds, append(append(texts(k.Name, k.Note), workbook.Int(int64(k.Months))), append(texts(k.From, k.Ground, k.Last), workbook.Int(k.Count))...))
		}
		for _, p := range v.Purges {
			row := append(texts(p.Name, p.Through), workbook.Int(p.Count))
			purges = append(purges, append(row, texts(p.ProposedBy, p.ProposedOn, p.Reason, p.StateName, p.ApprovedBy, p.ApprovedOn, p.Proof)...))
		}
		return sheets(w, []leaf{
			{"保存期限", []string{"记录", "说明", "保存（个月）", "从何时起", "依据", "到哪一天", "到期的项数"}, kinds},
			{"销毁记录", []string{"记录", "到哪一天", "条数", "提出人", "提出日", "理由", "状态", "审批人", "审批日", "凭证"}, purges},
		})
	}, err
}

// exportAmendments writes the amendments, a row for each thing that is changed.
func (a *API) exportAmendments(ctx context.Context, _ duty.Actor, _ url.Values) (string, func(io.Writer) error, error) {
	v, err := a.amendmentList(ctx)
	return "方案调整_" + a.today() + ".xlsx", func(w io.Writer) error {
		var rows [][]workbook.Value
		for _, x := range v.Items {
			for _, c := range x.Changes {
				rows = append(rows, texts(x.EffectiveOn, x.StateName, c.Name, c.BeforeText, c.AfterText, x.Reason, x.Proposer, instant(x.ProposedAt), x.Settler, instant(x.SettledAt), x.SettledSay))
			}
		}
		return sheets(w, []leaf{{"方案调整", []string{"生效日", "状态", "调整内容", "原来", "改为", "理由", "提出人", "提出时间", "办理人", "办理时间", "意见"}, rows}})
	}, err
}

var diffStates = map[string]string{pack.Added: "新增", pack.Removed: "删去", pack.Changed: "改动"}

// exportDiff writes what one pack has otherwise than another, a row for each field.
func (a *API) exportDiff(ctx context.Context, _ duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	v, err := a.packDiff(ctx, &diffQuery{From: q.Get("from"), To: q.Get("to")})
	return "方案版本比较_" + a.today() + ".xlsx", func(w io.Writer) error {
		var rows [][]workbook.Value
		for _, d := range v.Differences {
			for _, f := range d.Fields {
				rows = append(rows, texts(d.Group, diffStates[d.State], d.Name, d.ID, f.Name, f.Before, f.After))
			}
		}
		return sheets(w, []leaf{{"方案版本比较", []string{"部分", "变化", "哪一项", "编号", "内容", "原方案", "新方案"}, rows}})
	}, err
}

var clauseStates = map[string]string{"served": "已落实", "partly": "部分落实", "not-yet": "暂未落实"}

// exportPack writes the pack in force as the page shows it, a sheet for each of its tabs.
func (a *API) exportPack(ctx context.Context, _ duty.Actor, _ url.Values) (string, func(io.Writer) error, error) {
	l, err := a.latest(ctx)
	if err != nil {
		return "", nil, err
	}
	v, err := a.packView(ctx, l)
	return "方案_" + v.Version + ".xlsx", func(w io.Writer) error {
		var items, clauses, rules, params, facts [][]workbook.Value
		for _, b := range v.Blocks {
			for _, i := range b.Items {
				items = append(items, texts(b.Name, i.Code, i.Name, i.Content, i.Requirement, strings.Join(i.Lead, "、")))
			}
		}
		for _, c := range v.Clauses {
			clauses = append(clauses, texts(c.ID, c.Place, c.Text, clauseStates[c.State], strings.Join(c.By, "、"), c.Why))
		}
		for _, r := range v.Rules {
			rules = append(rules, texts(r.ID, r.Name, r.Say, r.Why, r.When, strings.Join(r.Clauses, "、"), r.Item, strings.Join(r.Lead, "、")))
		}
		for _, p := range v.Params {
			edge := "不算在内"
			if p.Inclusive {
				edge = "算在内"
			}
			params = append(params, texts(p.Code, p.Name, p.Text, edge, p.From, p.To, p.Clause, p.Note))
		}
		for _, f := range v.Facts {
			facts = append(facts, texts(f.Code, f.Name, f.Unit, f.Why, strings.Join(f.UsedBy, "、"), strings.Join(f.Labels, "、")))
		}
		return sheets(w, []leaf{
			{"任务清单", []string{"部分", "编号", "事项", "工作内容", "工作要求", "牵头单位"}, items},
			{"通知要求", []string{"编号", "出处", "要求", "状态", "由什么落实", "说明"}, clauses},
			{"规则", []string{"编号", "名称", "提示的话", "为什么问", "条件", "依据", "任务项", "牵头单位"}, rules},
			{"参数", []string{"编号", "参数", "数值", "恰好等于时", "从哪天", "到哪天", "依据", "说明"}, params},
			{"信息项", []string{"编号", "信息项", "单位", "为什么要", "谁用", "导入表里的叫法"}, facts},
		})
	}, err
}

// leaf is one sheet of a workbook.
type leaf struct {
	name    string
	heading []string
	rows    [][]workbook.Value
}

func sheets(w io.Writer, list []leaf) error {
	book := workbook.NewWriter(w)
	for _, t := range list {
		sheet, err := book.Sheet(t.name, workbook.Layout{Titles: []string{t.name}, Heading: t.heading})
		if err != nil {
			return err
		}
		for _, r := range t.rows {
			if err := sheet.Row(r...); err != nil {
				return err
			}
		}
	}
	return book.Close()
}
