package webapi

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gonggu/internal/access"
	"gonggu/internal/duty"
	"gonggu/internal/report"
	"gonggu/internal/roster"
	"gonggu/internal/workbook"
)

// maxExport bounds the rows of one table; a sheet ends at 1,048,576, and what is longer says so in its last row.
const (
	maxExport = 1_000_000
	tooLong   = "（行数太多，以下没有导出；请按乡镇或状态筛选后分几次导出）"
)

// exportPage is how many rows are read at a time while a table is streamed.
const exportPage = 200

// exportPart is how many problems one part of a ledger's export looks at.
const exportPart = 5000

func attach(w http.ResponseWriter, name string) {
	kind := "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	if strings.HasSuffix(name, ".docx") {
		kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
}

func (a *API) exports(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/exports/{what}", func(w http.ResponseWriter, r *http.Request) {
		what := r.PathValue("what")
		do, ok := map[string]func(context.Context, duty.Actor, url.Values) (string, func(io.Writer) error, error){
			"households.xlsx": a.exportHouseholds, "problems.xlsx": a.exportProblems, "orders.xlsx": a.exportOrders, "doubts.xlsx": a.exportDoubts, "daily.xlsx": a.exportDaily,
			"daily.docx": a.exportDocument, "reports.xlsx": a.exportReports, "overview.xlsx": a.exportOverview, "imports.xlsx": a.exportImports, "refused.xlsx": a.exportRefused, "jobs.xlsx": a.exportJobs,
			"tasks.xlsx": a.exportTasks, "coverage.xlsx": a.exportCoverage,
			"retention.xlsx": a.exportRetention, "amendments.xlsx": a.exportAmendments, "diff.xlsx": a.exportDiff, "pack.xlsx": a.exportPack,
			"posts.xlsx": a.exportPosts, "accounts.xlsx": a.exportAccounts, "outbox.xlsx": a.exportOutbox, "messages.xlsx": a.exportMessages,
			"sources.xlsx": a.exportSources, "clusters.xlsx": a.exportClusters,
		}[what]
		if !ok {
			http.NotFound(w, r)
			return
		}
		by := actorOf(r.Context())
		name, write, err := do(r.Context(), by, r.URL.Query())
		if err == nil {
			err = a.Access.Note(r.Context(), look(by, access.Export, what, "", asked(r.URL.Query())))
		}
		if err != nil {
			writeProblem(w, err)
			return
		}
		attach(w, name)
		if err := write(w); err != nil {
			a.Log.Error("export", "what", what, "error", err.Error())
		}
	})
}

func (a *API) exportHouseholds(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadHousehold) {
		return "", nil, duty.ErrForbidden
	}
	if roster.IsIDNumber(q.Get("q")) {
		return "", nil, errIDInAddress
	}
	in := &householdQuery{Area: q.Get("area"), Class: q.Get("class"), State: q.Get("state"), Owner: q.Get("owner"), Missed: q.Get("missed"), Day: q.Get("day"), Q: q.Get("q"), Limit: exportPage}
	if _, err := a.householdPage(ctx, by, in); err != nil {
		return "", nil, err
	}
	bounds, err := a.partsOf(ctx, by.Scope(duty.ReadHousehold).Narrow(in.Area))
	if err != nil {
		return "", nil, err
	}
	heading := []string{"乡镇", "村", "组", "户主", "人口", "户编号", "户类型", "监测类别", "类别", "户主证件号码", "联系电话", "排查状态", "排查日期", "未能入户原因", "负责人", "问题", "疑点"}
	return "户名册_" + a.today() + ".xlsx", func(w io.Writer) error {
		return table(w, "户名册", heading, func(write func(HouseholdRow) error) error {
			return ahead(ctx, len(bounds), func(ctx context.Context, i int) ([]HouseholdRow, error) {
				f := in.filter()
				f.After = bounds[i]
				if i+1 < len(bounds) {
					f.Before, _, _ = strings.Cut(bounds[i+1], ".")
				}
				var rows []HouseholdRow
				for {
					page, err := a.householdLines(ctx, by, f)
					if rows = append(rows, page.Rows...); err != nil || page.Next == "" {
						return rows, err
					}
					f.After = page.Next
				}
			}, write)
		}, func(r HouseholdRow) []workbook.Value {
			state := map[string]string{"none": "未排查", "inspected": "已排查", "missed": "未能入户"}[r.State]
			return []workbook.Value{workbook.Text(r.Township), workbook.Text(r.Village), workbook.Text(r.Group), workbook.Text(r.Head), workbook.Int(r.Size), workbook.Text(r.No), workbook.Text(r.KindName),
				workbook.Text(r.MonitoredName), workbook.Text(shorts(r.Classes)), workbook.Text(r.IDMask), workbook.Text(r.PhoneMask), workbook.Text(state), workbook.Text(r.InspectedOn), workbook.Text(r.MissedName), workbook.Text(r.OwnerName), workbook.Int(r.Problems), workbook.Int(r.Doubts)}
		})
	}, nil
}

func shorts(tags []ClassTag) string {
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Short
	}
	return strings.Join(names, "、")
}

func (a *API) exportDoubts(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadHousehold) {
		return "", nil, duty.ErrForbidden
	}
	in := &doubtQuery{Area: q.Get("area"), Rule: q.Get("rule"), State: q.Get("state"), Day: q.Get("day"), Limit: exportPage}
	first, err := a.doubtPage(ctx, by, in)
	if err != nil {
		return "", nil, err
	}
	heading := []string{"乡镇", "村", "户主", "疑点", "内容", "提出日期", "状态", "核实情况"}
	return "疑点_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "疑点", heading, first, func(after string) (Page[DoubtView], error) {
			in.After = after
			return a.doubtPage(ctx, by, in)
		}, func(r DoubtView) []workbook.Value {
			return []workbook.Value{workbook.Text(r.Township), workbook.Text(r.Village), workbook.Text(r.Head), workbook.Text(r.RuleName), workbook.Text(r.Say), workbook.Text(r.OpenedOn), workbook.Text(r.StateName), workbook.Text(r.Reason)}
		})
	}, nil
}

func (a *API) exportDaily(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadReport) {
		return "", nil, duty.ErrForbidden
	}
	d, err := a.daily(ctx, by, q.Get("day"), q.Get("area"))
	if err != nil {
		return "", nil, err
	}
	return "日报_" + d.Day + "_" + d.AreaName + ".xlsx", func(w io.Writer) error { return report.WriteXLSX(w, d) }, nil
}

// stream writes a table page by page, as the screen would show it.
func stream[T any](w io.Writer, name string, heading []string, page Page[T], next func(after string) (Page[T], error), row func(T) []workbook.Value) error {
	return table(w, name, heading, func(write func(T) error) error {
		for {
			for _, r := range page.Rows {
				if err := write(r); err != nil {
					return err
				}
			}
			if page.Next == "" {
				return nil
			}
			var err error
			if page, err = next(page.Next); err != nil {
				return err
			}
		}
	}, row)
}

// errTooLong ends a table that has more rows than a workbook should.
var errTooLong = errors.New("webapi: the table is too long")

// table writes the rows that each gives to write.
func table[T any](w io.Writer, name string, heading []string, each func(write func(T) error) error, row func(T) []workbook.Value) error {
	book := workbook.NewWriter(w)
	sheet, err := book.Sheet(name, workbook.Layout{Titles: []string{name}, Heading: heading})
	if err != nil {
		return err
	}
	n := 0
	err = each(func(r T) error {
		if n++; n > maxExport {
			return errTooLong
		}
		return sheet.Row(row(r)...)
	})
	if errors.Is(err, errTooLong) {
		err = sheet.Row(workbook.Text(tooLong))
	}
	return errors.Join(err, book.Close())
}

// readers is how many parts of a table are read beside each other: the pages of others need readers too.
const readers = 2

// ahead reads n parts, some beside each other and beside the writing, and writes their rows in order.
func ahead[T any](ctx context.Context, n int, read func(ctx context.Context, i int) ([]T, error), write func(T) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type part struct {
		rows []T
		err  error
	}
	done := make([]chan part, n)
	start := func(i int) {
		if i < n {
			ch := make(chan part, 1)
			done[i] = ch
			go func() {
				rows, err := read(ctx, i)
				ch <- part{rows, err}
			}()
		}
	}
	for i := range readers {
		start(i)
	}
	for i := range n {
		p := <-done[i]
		if p.err != nil {
			return p.err
		}
		start(i + readers)
		for _, r := range p.rows {
			if err := write(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// parts is about how many parts a register is read in.
const parts = 60

// partsOf cuts a region at some of its villages: the cursors at which each part of its register begins, the first at the region's own beginning.
func (a *API) partsOf(ctx context.Context, region duty.Scope) ([]string, error) {
	names, err := a.areaNames(ctx)
	if err != nil {
		return nil, err
	}
	var villages []string
	for _, code := range slices.Sorted(maps.Keys(names)) {
		if names[code].Level == duty.LevelVillage && len(code) > len(region.Area()) && region.Covers(code) {
			villages = append(villages, code)
		}
	}
	bounds := []string{""}
	for i := 0; i < len(villages); i += len(villages)/parts + 1 {
		bounds = append(bounds, roster.Start(villages[i]))
	}
	return bounds, nil
}
