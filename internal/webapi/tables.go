package webapi

import (
	"context"
	"io"
	"net/url"
	"strings"
	"time"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/report"
	"gonggu/internal/workbook"
)

// whole writes a table that is short enough to be read at once.
func whole[T any](w io.Writer, name string, heading []string, rows []T, row func(T) []workbook.Value) error {
	return stream(w, name, heading, Page[T]{Rows: rows}, nil, row)
}

func instant(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(clock.Zone).Format("2006-01-02 15:04")
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

func (a *API) exportDocument(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadReport) {
		return "", nil, duty.ErrForbidden
	}
	d, err := a.daily(ctx, by, q.Get("day"), q.Get("area"))
	if err != nil {
		return "", nil, err
	}
	reviews, err := report.Reviews(ctx, a.DB, a.County, d.Day)
	return "日报_" + d.Day + "_" + d.AreaName + ".docx", func(w io.Writer) error { return report.WriteDocx(w, d, reviews) }, err
}

func (a *API) exportReports(ctx context.Context, by duty.Actor, _ url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadReport) {
		return "", nil, duty.ErrForbidden
	}
	days, err := report.List(ctx, a.DB, a.Book, a.County, a.Clock.Now())
	return "日报目录_" + a.today() + ".xlsx", func(w io.Writer) error {
		return whole(w, "日报目录", []string{"日期", "状态", "截止时间", "定稿时间", "日志条数", "摘要", "审签", "审签人"}, days, func(d report.Day) []workbook.Value {
			v := append(texts(d.Day, d.StateName, instant(d.DueAt), instant(d.FrozenAt)), workbook.Int(d.LogSize))
			return append(v, texts(d.Digest, map[string]string{report.Approved: "同意", report.Returned: "退回"}[d.Review], d.Reviewer)...)
		})
	}, err
}

func (a *API) exportImports(ctx context.Context, by duty.Actor, _ url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ImportRegister) {
		return "", nil, duty.ErrForbidden
	}
	list, err := a.Desk.List(ctx, by)
	if err != nil {
		return "", nil, err
	}
	views := []ImportView{}
	for _, im := range list {
		v, err := a.importView(ctx, im)
		if err != nil {
			return "", nil, err
		}
		views = append(views, v)
	}
	return "历次导入_" + a.today() + ".xlsx", func(w io.Writer) error {
		return whole(w, "历次导入", []string{"时间", "文件", "类型", "行", "新增", "变更", "无变化", "退回", "存疑", "操作人", "状态", "说明"}, views, func(v ImportView) []workbook.Value {
			names := make([]string, len(v.Files))
			for i, f := range v.Files {
				names[i] = f.Name
			}
			s := v.Summary
			row := append(texts(instant(v.At), strings.Join(names, "、"), v.ShapeName), ints(int64(s.Rows), int64(s.New), int64(s.Changed), int64(s.Same), int64(s.Rejected), int64(s.Doubtful))...)
			return append(row, texts(v.Who, importStates[v.State][1], v.Failure)...)
		})
	}, nil
}

func (a *API) exportRefused(ctx context.Context, _ duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	in := &refusedQuery{State: q.Get("state"), Kind: q.Get("kind"), Limit: exportPage}
	page := func(after string) (Page[RefusedView], error) {
		in.After = after
		list, err := a.repairList(ctx, in)
		return Page[RefusedView]{Rows: list.Refused, Next: list.Next}, err
	}
	first, err := page("")
	return "未受理的记录_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "未受理的记录", []string{"时间", "事项", "提交人", "原因", "是否已补报", "记录编号", "补报的记录编号"}, first, page, func(r RefusedView) []workbook.Value {
			done := "未补报"
			if r.RepairedBy != "" {
				done = "已补报"
			}
			return texts(instant(r.At), r.KindName, r.Who, r.Reason, done, r.ID, r.RepairedBy)
		})
	}, err
}

func (a *API) exportJobs(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadJob) {
		return "", nil, duty.ErrForbidden
	}
	list, err := a.jobList(ctx, by, &jobQuery{Kind: q.Get("kind"), State: q.Get("state")})
	return "作业_" + a.today() + ".xlsx", func(w io.Writer) error {
		return whole(w, "作业", []string{"作业", "内容", "状态", "开始或应办时间", "完成时间", "说明", "日志序号"}, list, func(j Job) []workbook.Value {
			return append(texts(j.KindName, j.Name, j.StateName, instant(j.At), instant(j.DoneAt), j.Note), workbook.Int(j.Index))
		})
	}, err
}

// exportOverview writes the tables of the overview: places, items by place, classes, days, lead units.
func (a *API) exportOverview(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadReport) {
		return "", nil, duty.ErrForbidden
	}
	scope, day := by.Scope(duty.ReadReport), a.reportDay(ctx)
	o, err := a.Reports.Overview(ctx, a.DB, scope, q.Get("area"), day)
	if err != nil {
		return "", nil, err
	}
	led, err := a.Reports.Led(ctx, a.DB, scope, q.Get("area"), day)
	if err != nil && errs.Code(err) != report.ErrOutside.Code {
		return "", nil, err
	}
	return "总览_" + o.AreaName + "_" + day + ".xlsx", func(w io.Writer) error { return writeOverview(w, o, led) }, nil
}

func writeOverview(w io.Writer, o *report.Overview, led *report.Led) error {
	book := workbook.NewWriter(w)
	table := func(name string, heading []string, rows [][]workbook.Value) error {
		sheet, err := book.Sheet(name, workbook.Layout{Titles: []string{o.AreaName + " " + name + "（统计日 " + o.Day + "）"}, Heading: heading})
		for _, r := range rows {
			if err == nil {
				err = sheet.Row(r...)
			}
		}
		return err
	}
	var places, classes, days, units [][]workbook.Value
	for _, c := range o.Children {
		last := c.LastReportedOn
		if last == "" {
			last = "尚无"
		}
		row := append(texts(c.Code, c.Name), ints(c.Households, c.Inspected)...)
		row = append(row, workbook.Percent(c.InspectedPPM))
		places = append(places, append(append(row, ints(c.Missed, c.Left, c.InspectedToday, c.Problems, c.ProblemsToday, c.DoubtsOpen)...), workbook.Text(last)))
	}
	for _, c := range o.Classes {
		classes = append(classes, append(texts(c.Name), ints(c.Households, c.Inspected)...))
	}
	for _, d := range o.Daily {
		days = append(days, append(texts(d.Day), ints(d.Inspected, d.Total, d.Problems)...))
	}
	if led != nil {
		parts := led.Units
		if led.Unit != "" {
			parts = led.Items
		}
		for _, u := range parts {
			units = append(units, append(texts(u.Code, u.Name), ints(u.FoundToday, u.Found.Found, u.Accepted, u.Voided, u.Standing)...))
		}
	}
	heading, heat := heatTable(o)
	for _, t := range []struct {
		name    string
		heading []string
		rows    [][]workbook.Value
	}{
		{"分区域进度", []string{"区划代码", "区域", "应排查户", "已排查户", "进度", "未能入户", "尚未排查", "今日排查", "现有问题", "今日发现", "待核实疑点", "最近上报"}, places},
		{"问题分布", heading, heat},
		{"各类对象", []string{"类别", "户数", "已排查户"}, classes},
		{"每日进度", []string{"日期", "当日排查户", "累计已排查户", "当日发现问题"}, days},
		{"牵头单位", []string{"编号", "单位或事项", "今日发现", "累计发现", "累计受理", "累计作废", "现有"}, units},
	} {
		if err := table(t.name, t.heading, t.rows); err != nil {
			return err
		}
	}
	return book.Close()
}

// heatTable sets the items across and the places down, as the page does.
func heatTable(o *report.Overview) ([]string, [][]workbook.Value) {
	n := map[[2]string]int64{}
	used := map[string]bool{}
	for _, h := range o.Heat {
		n[[2]string{h.Area, h.Item}], used[h.Item] = h.N, true
	}
	heading, rows := []string{"区域"}, [][]workbook.Value{}
	for _, i := range o.Items {
		if used[i.Item] {
			heading = append(heading, i.Item+" "+i.Name)
		}
	}
	for _, c := range o.Children {
		row := texts(c.Name)
		for _, i := range o.Items {
			if used[i.Item] {
				row = append(row, workbook.Int(n[[2]string{c.Code, i.Item}]))
			}
		}
		rows = append(rows, row)
	}
	return heading, rows
}
