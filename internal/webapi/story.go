package webapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/duty"
	"gonggu/internal/inspection"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
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

func (a *API) step(ctx context.Context, x *act.Act) (StoryStep, error) {
	s := StoryStep{Index: x.Index, At: x.ReceivedAt, Kind: x.Kind, KindName: kindNames[x.Kind], ActID: x.ID}
	if s.KindName == "" {
		s.KindName = cmp.Or(roster.LifeName(x.Kind), x.Kind)
	}
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
	case problem.KindVoid, inspection.KindSettle:
		reason, _ := x.Body["reason"].(string)
		if v, _ := x.Body["verdict"].(string); v == inspection.Confirmed {
			return "属实：" + reason
		} else if v == inspection.Refuted {
			return "不属实：" + reason
		}
		return reason
	default:
		return lifeText(x)
	}
}
