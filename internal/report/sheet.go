package report

import (
	"fmt"
	"io"

	"gonggu/internal/workbook"
)

// WriteXLSX writes the report as a workbook. The same report gives the same bytes.
func WriteXLSX(w io.Writer, d *Daily) error {
	book := workbook.NewWriter(w)
	for _, write := range []func(*workbook.Writer, *Daily) error{sheetSummary, sheetTownships, sheetVillages, sheetItems, sheetProgress, sheetMoved, sheetProblems, sheetSilent, sheetLate, sheetRemarks} {
		if err := write(book, d); err != nil {
			return err
		}
	}
	return book.Close()
}

// table is one sheet while it is written; the first error ends it.
type table struct {
	out *workbook.SheetWriter
	d   *Daily
	err error
}

func begin(w *workbook.Writer, d *Daily, name string, heading []string, widths ...float64) *table {
	state := ""
	if !d.Closed {
		state = "【" + d.StateName + "】"
	}
	when := fmt.Sprintf("%s　%s %s截止%s　%s", name, d.Day, d.CutOff, state, d.Issuer)
	out, err := w.Sheet(name, workbook.Layout{Titles: []string{d.Title, when}, Heading: heading, Widths: widths})
	return &table{out, d, err}
}

func (t *table) row(values ...workbook.Value) {
	if t.err == nil {
		t.err = t.out.Row(values...)
	}
}

// end writes the foot, which ties the sheet to the log.
func (t *table) end() error {
	t.row()
	t.row(workbook.Text(t.d.Foot.Text))
	return t.err
}

func texts(in ...string) []workbook.Value {
	out := make([]workbook.Value, len(in))
	for i, s := range in {
		out[i] = workbook.Text(s)
	}
	return out
}

func ints(in ...int64) []workbook.Value {
	out := make([]workbook.Value, len(in))
	for i, n := range in {
		out[i] = workbook.Int(n)
	}
	return out
}

func sheetSummary(w *workbook.Writer, d *Daily) error {
	t := begin(w, d, "汇总", []string{"指标", "今日", "累计", "说明"}, 24, 12, 12, 60)
	n := d.Total
	line := func(name string, today, all int64, note string) {
		t.row(workbook.Text(name), workbook.Int(today), workbook.Int(all), workbook.Text(note))
	}
	line("应排查户数", n.HouseholdsToday, n.Households, "今日为登记表户数的增减")
	line("登记人数", n.PersonsToday, n.Persons, "今日为登记表人数的增减")
	line("已排查户数", n.InspectedToday, n.Inspected, "一户只计一次")
	line("未能入户", n.MissedToday, n.Missed, "有原因、暂不能排查的户")
	for i, r := range d.Reasons {
		t.row(workbook.Text("　"+r.Name), workbook.Blank, workbook.Int(n.Reasons[i].N), workbook.Text("未能入户的原因"))
	}
	t.row(workbook.Text("尚未排查"), workbook.Blank, workbook.Int(n.Left), workbook.Text("应排查减已排查、再减未能入户"))
	t.row(workbook.Text("已落实排查人"), workbook.Blank, workbook.Int(n.Owned), workbook.Text("有人负责的户"))
	t.row(workbook.Text("排查进度"), workbook.Blank, workbook.Percent(n.InspectedPPM), workbook.Text("已排查户数 ÷ 应排查户数"))
	line("排查表（份）", n.SheetsToday, n.Sheets, "含复查、更正")
	t.row(workbook.Text("其中以前各日所做"), workbook.Int(n.SheetsLate), workbook.Blank, workbook.Text("今日补传到达，见“迟到补报”"))
	line("其中确认无变化", n.UnchangedToday, n.Unchanged, "")
	t.row(workbook.Text("无变化占比"), workbook.Blank, workbook.Percent(n.UnchangedPPM), workbook.Text("确认无变化 ÷ 排查表"))
	line("发现问题", n.Problems.FoundToday, n.Problems.Found, "")
	line("受理问题", n.Problems.AcceptedToday, n.Problems.Accepted, "受理后作废的两项都计")
	line("作废问题", n.Problems.VoidedToday, n.Problems.Voided, "")
	line("现有问题", n.Problems.FoundToday-n.Problems.VoidedToday, n.Problems.Standing, "发现减作废")
	line("疑点新增", n.Doubts.OpenedToday, n.Doubts.Opened, "")
	line("疑点核实为问题", n.Doubts.ConfirmedToday, n.Doubts.Confirmed, "")
	line("疑点核实排除", n.Doubts.RefutedToday, n.Doubts.Refuted, "")
	line("疑点自行消除", n.Doubts.GoneToday, n.Doubts.Gone, "数据更正后不再成立")
	line("现有疑点", n.Doubts.OpenedToday-n.Doubts.ClosedToday, n.Doubts.Open, "新增减已核销")
	for i, c := range d.Classes {
		line("　"+c.Short, n.Classes[i].InspectedToday, n.Classes[i].Inspected, fmt.Sprintf("%s，共 %d 户（一户可属几类，不能相加）", c.Name, n.Classes[i].Households))
	}
	for _, s := range d.Summary {
		t.row(workbook.Text(s))
	}
	return t.end()
}

func areaHeading(d *Daily, first ...string) []string {
	h := append(first, "应排查户数", "登记人数", "今日排查", "累计排查", "进度", "未能入户", "尚未排查", "已落实排查人", "今日排查表", "其中以前所做", "无变化占比",
		"今日发现", "累计发现", "今日受理", "累计受理", "今日作废", "累计作废", "现有问题", "疑点新增", "疑点核销", "现有疑点", "最近上报")
	for _, c := range d.Classes {
		h = append(h, c.Short+"户", c.Short+"已查")
	}
	return h
}

func (t *table) area(first []workbook.Value, r Row) {
	v := append(first, ints(r.Households, r.Persons, r.InspectedToday, r.Inspected)...)
	v = append(v, workbook.Percent(r.InspectedPPM), workbook.Int(r.Missed), workbook.Int(r.Left), workbook.Int(r.Owned), workbook.Int(r.SheetsToday), workbook.Int(r.SheetsLate), workbook.Percent(r.UnchangedPPM))
	v = append(v, ints(r.Problems.FoundToday, r.Problems.Found, r.Problems.AcceptedToday, r.Problems.Accepted, r.Problems.VoidedToday, r.Problems.Voided,
		r.Problems.Standing, r.Doubts.OpenedToday, r.Doubts.ClosedToday, r.Doubts.Open)...)
	last := r.LastReportedOn
	if last == "" {
		last = "未上报"
	}
	v = append(v, workbook.Text(last))
	for _, c := range r.Classes {
		v = append(v, ints(c.Households, c.Inspected)...)
	}
	t.row(v...)
}

func sheetTownships(w *workbook.Writer, d *Daily) error {
	t := begin(w, d, "分乡镇", areaHeading(d, "区划代码", "乡镇（办事处）"), 14, 18)
	for _, r := range d.Townships {
		t.area(texts(r.Code, r.Name), r)
	}
	t.area(texts(d.Total.Code, "合计"), d.Total)
	return t.end()
}

func sheetVillages(w *workbook.Writer, d *Daily) error {
	t := begin(w, d, "分村", areaHeading(d, "区划代码", "乡镇（办事处）", "村"), 16, 18, 22)
	for _, r := range d.Villages {
		t.area(texts(r.Code, r.Township, r.Name), r)
	}
	return t.end()
}

func sheetItems(w *workbook.Writer, d *Daily) error {
	t := begin(w, d, "按事项", []string{"编号", "事项", "今日发现", "累计发现", "今日受理", "累计受理", "今日作废", "累计作废", "现有问题"}, 10, 30)
	line := func(code, name string, f Found) {
		t.row(append(texts(code, name), ints(f.FoundToday, f.Found, f.AcceptedToday, f.Accepted, f.VoidedToday, f.Voided, f.Standing)...)...)
	}
	for i, b := range d.Blocks {
		line(b.Code, b.Name, d.Total.Blocks[i])
		for j, it := range d.Items {
			if it.Block == b.Code {
				line(it.Code, "　"+it.Name, d.Total.Items[j])
			}
		}
	}
	line("", "合计", d.Total.Problems)
	return t.end()
}

func sheetProblems(w *workbook.Writer, d *Daily) error {
	t := begin(w, d, "问题清单", []string{"变动", "编号", "事项编号", "事项", "乡镇（办事处）", "村", "问题", "牵头单位", "状态", "发现日报", "作废理由"},
		10, 16, 10, 20, 16, 18, 60, 18, 10, 12, 30)
	for _, part := range []struct {
		name string
		rows []Problem
	}{{"今日发现", d.Problems}, {"今日受理", d.Changes.Accepted}, {"今日作废", d.Changes.Voided}} {
		for _, p := range part.rows {
			t.row(texts(part.name, p.Number, p.Item, p.ItemName, p.Township, p.Village, p.Say, p.LeadName, p.StateName, p.FoundOn, p.Reason)...)
		}
	}
	return t.end()
}

func sheetSilent(w *workbook.Writer, d *Daily) error {
	t := begin(w, d, "未上报单位", []string{"区划代码", "单位", "应排查户数", "累计排查", "最近上报", "情况"}, 16, 34, 12, 12, 14, 30)
	for _, s := range d.Silent {
		v := append(texts(s.Code, s.Name), ints(s.Households, s.Inspected)...)
		t.row(append(v, texts(s.Since, s.Text)...)...)
	}
	return t.end()
}

func sheetLate(w *workbook.Writer, d *Daily) error {
	t := begin(w, d, "迟到补报", []string{"日期", "单位", "指标", "当日日报所报（按收到）", "其中当日所做", "本期补到", "现已知当日所做"}, 12, 22, 14, 22, 14, 12, 16)
	for _, l := range d.Late {
		for _, m := range []struct {
			name string
			n    Restate
		}{{"排查表", l.Sheets}, {"排查户数", l.Inspected}, {"发现问题", l.Found}} {
			t.row(append(texts(l.Day, l.Name, m.name), ints(m.n.Printed, m.n.Then, m.n.Arrived, m.n.Now)...)...)
		}
	}
	return t.end()
}

func sheetRemarks(w *workbook.Writer, d *Daily) error {
	t := begin(w, d, "单位说明", []string{"单位", "说明"}, 26, 90)
	for _, r := range d.Remarks {
		t.row(texts(r.Name, r.Say)...)
	}
	return t.end()
}
