package report

import "gonggu/internal/workbook"

// sheetProgress writes how places, units and items stand. A day without the section has no such sheet.
func sheetProgress(w *workbook.Writer, d *Daily) error {
	p := &d.Progress
	if !p.Shown {
		return nil
	}
	heading := []string{"范围", "代码", "名称", "所属乡镇", "应整改", "未销号", "销号率", "逾期", "今日新增逾期"}
	for _, s := range p.States {
		heading = append(heading, s.Name)
	}
	for _, e := range p.Events {
		heading = append(heading, "今日"+e.Name, "累计"+e.Name)
	}
	t := begin(w, d, "整改进度", heading, 12, 16, 28, 18)
	line := func(kind string, r ProgressRow) {
		v := append(texts(kind, r.Code, r.Name, r.Township), ints(r.Found, r.Open)...)
		v = append(v, workbook.Percent(r.ClosedPPM), workbook.Int(r.Late), workbook.Int(r.LateToday))
		v = append(v, ints(r.At...)...)
		for i := range r.Today {
			v = append(v, ints(r.Today[i], r.Did[i])...)
		}
		t.row(v...)
	}
	line("合计", p.Total)
	if p.Own.Found > 0 || p.Own.any() {
		line("本级", p.Own)
	}
	for _, part := range []struct {
		kind   string
		rows   []ProgressRow
		inside bool
	}{{"乡镇", p.Townships, false}, {"村", p.Villages, false}, {"牵头单位", p.Units, true}, {"任务项", p.Items, true}} {
		for _, r := range part.rows {
			if part.inside && r.Area != p.Total.Code {
				continue // units and items of the places within have no line of their own
			}
			line(part.kind, r)
		}
	}
	if p.Clear {
		t.row(workbook.Text("清零：应整改问题已全部销号。"))
	}
	return t.end()
}

// sheetMoved writes the rows behind the day's numbers of the rectification.
func sheetMoved(w *workbook.Writer, d *Daily) error {
	p := &d.Progress
	if !p.Shown {
		return nil
	}
	t := begin(w, d, "整改清单", []string{"变动", "编号", "事项编号", "事项", "乡镇（办事处）", "村", "问题", "单位", "期限", "发现日报", "理由"},
		14, 16, 10, 20, 16, 18, 60, 20, 12, 12, 40)
	for _, part := range []struct {
		name string
		rows []Problem
	}{{"今日销号", p.Closed}, {"今日退回", p.Returned}, {"今日说明非本单位职责", p.Declined}, {"今日反弹", p.Reopened}, {"今日新增逾期", p.Overdue}} {
		for _, x := range part.rows {
			t.row(texts(part.name, x.Number, x.Item, x.ItemName, x.Township, x.Village, x.Say, x.UnitName, x.DueOn, x.FoundOn, x.Reason)...)
		}
	}
	return t.end()
}
