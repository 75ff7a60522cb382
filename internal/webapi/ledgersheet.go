package webapi

import (
	"cmp"
	"context"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
	"gonggu/internal/workbook"
)

// ledgerHeading is the columns of a list of problems and, from 责任单位 on, of a ledger of their rectification.
var ledgerHeading = []string{"序号", "问题编号", "乡镇", "村", "户主", "户类别", "任务项", "问题描述", "发现方式", "发现日期", "排查人", "状态",
	"责任单位", "协同单位", "责任领导", "责任人", "整改措施", "整改时限", "剩余时间", "清零日期", "完成情况", "完成日期", "整改人", "复核人", "复核结论", "督查人", "是否销号", "销号日期", "备注"}

// ledgerLine is a problem with what only the ledger's workbook says of it.
type ledgerLine struct {
	ProblemRow
	sources                    string
	signed                     map[problem.Step]string // who signed what still stands
	measures, result, mendedOn string
	remark                     string
}

func (a *API) exportProblems(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadProblem) {
		return "", nil, duty.ErrForbidden
	}
	year, _ := strconv.ParseInt(q.Get("year"), 10, 64)
	in := &problemQuery{Area: q.Get("area"), Item: q.Get("item"), Block: q.Get("block"), Class: q.Get("class"), State: q.Get("state"), Day: q.Get("day"), Unit: q.Get("unit"), Q: q.Get("q"), AsOf: q.Get("asOf"), Until: q.Get("until"), Helps: q.Get("helps"), Due: q.Get("due"), Before: q.Get("dueBefore"), Did: q.Get("did"), From: q.Get("from"), Order: q.Get("order"), Source: q.Get("source"), Year: year, Limit: exportPage}
	s, err := a.shower(ctx, by)
	if err != nil {
		return "", nil, err
	}
	if err := a.classAllowed(ctx, by, in.Class); err != nil {
		return "", nil, err
	}
	bounds, err := problem.Cuts(ctx, a.DB, a.County, exportPart)
	if err != nil {
		return "", nil, err
	}
	n := 0
	return "问题台账_" + a.today() + ".xlsx", func(w io.Writer) error {
		return table(w, "问题台账", ledgerHeading, func(write func(ledgerLine) error) error {
			return ahead(ctx, len(bounds)+1, func(ctx context.Context, i int) ([]ledgerLine, error) {
				return (&ledgerSheet{a: a, s: s, people: map[string]string{}}).part(ctx, in, bounds, i)
			}, write)
		}, func(r ledgerLine) []workbook.Value {
			n++
			return append([]workbook.Value{workbook.Int(int64(n))}, r.cells()...)
		})
	}, nil
}

// part reads one part of an export.
func (l *ledgerSheet) part(ctx context.Context, in *problemQuery, bounds []int64, i int) ([]ledgerLine, error) {
	mine := *in
	if i > 0 {
		mine.After = formatNext(bounds[i-1])
	}
	if i < len(bounds) {
		mine.from = bounds[i]
	}
	var rows []ledgerLine
	for {
		page, err := l.lines(ctx, &mine)
		if rows = append(rows, page.Rows...); err != nil || page.Next == "" {
			return rows, err
		}
		mine.After = page.Next
	}
}

func (r *ledgerLine) cells() []workbook.Value {
	verdict, closed := "", "否"
	switch {
	case r.State == string(problem.Returned):
		verdict = "退回整改"
	case r.signed[problem.StepVerify] != "":
		verdict = "合格"
	}
	if r.State == string(problem.Closed) {
		closed = "是"
	}
	texts := []string{r.Number, r.Township, r.Village, r.Head, shorts(r.Classes), r.Item + " " + r.ItemName, r.Say, cmp.Or(r.sources, r.OriginBy), r.FoundOn, r.signed[problem.StepInspect], r.StateName,
		r.LeadName, strings.Join(r.Helpers, "、"), r.Leader, r.Person, r.measures, r.DueOn, r.Due.Words, r.ClearOn, r.result, r.mendedOn, r.signed[problem.StepRectify], r.signed[problem.StepVerify], verdict,
		r.signed[problem.StepSupervise], closed, r.ClosedOn, r.remark}
	out := make([]workbook.Value, len(texts))
	for i, t := range texts {
		out[i] = workbook.Text(t)
	}
	return out
}

// ledgerSheet is a part of an export under way. What it has looked up serves all its pages.
type ledgerSheet struct {
	a      *API
	s      *shower
	people map[string]string // by post
}

// lines reads a page of the ledger with its signatures and sources. What was signed and said is as it stands now, also in a ledger of
// a former day: a signature's own day is on the problem's page.
func (l *ledgerSheet) lines(ctx context.Context, in *problemQuery) (Page[ledgerLine], error) {
	var page Page[ledgerLine]
	a, s := l.a, l.s
	list, next, err := a.problemsOf(ctx, s, in)
	if err != nil {
		return page, err
	}
	heads, err := a.heads(ctx, list)
	if err != nil {
		return page, err
	}
	keys := make([]int64, len(list))
	for i := range list {
		keys[i] = list[i].Key
	}
	sources, err := problem.SourcesAmong(ctx, a.DB, a.County, keys)
	if err != nil {
		return page, err
	}
	signed, err := l.signersAmong(ctx, list, keys)
	if err != nil {
		return page, err
	}
	page = Page[ledgerLine]{Rows: make([]ledgerLine, len(list)), Next: formatNext(next), Total: -1}
	for i := range list {
		p := &list[i]
		line := ledgerLine{ProblemRow: a.problemRow(s, p, heads[p.Household]), signed: signed[p.Key], measures: a.told(s, p, p.Measures), result: a.told(s, p, p.Result), mendedOn: p.MendedOn}
		var from []string
		for _, x := range sources[p.Key] {
			from = append(from, s.sourceName(x.Source)+"（"+strconv.FormatInt(x.Year, 10)+"年）")
		}
		line.sources = strings.Join(from, "、")
		line.remark = remarkOf(p)
		page.Rows[i] = line
	}
	return page, nil
}

// remarkOf says what a row's other columns have no room for.
func remarkOf(p *problem.Problem) string {
	var say []string
	if p.VoidReason != "" {
		say = append(say, "作废："+p.VoidReason)
	}
	if p.Relapses > 0 {
		say = append(say, "反弹"+strconv.FormatInt(p.Relapses, 10)+"次")
	}
	if p.PausedOn != "" && p.State.Open() {
		say = append(say, "暂停计时，自"+p.PausedOn+"起")
	}
	return strings.Join(say, "；")
}

// signersAmong names who signed each step that still stands of each problem, the person on paper where a clerk typed it in.
func (l *ledgerSheet) signersAmong(ctx context.Context, list []problem.Problem, keys []int64) (map[int64]map[problem.Step]string, error) {
	all, err := problem.SignaturesAmong(ctx, l.a.DB, l.a.County, keys)
	if err != nil {
		return nil, err
	}
	live, wanted := map[int64][]problem.Signed{}, map[int64]bool{}
	for i := range list {
		p := &list[i]
		signed := append([]problem.Signed{{Index: p.FoundIdx, Step: problem.StepInspect}}, // an amendment signs the finding anew
			slices.DeleteFunc(all[p.Key], func(x problem.Signed) bool { return x.Voided != 0 })...)
		for _, x := range signed {
			wanted[x.Index] = true
		}
		live[p.Key] = signed
	}
	signers, err := act.Signers(ctx, l.a.DB, l.a.County, slices.Sorted(maps.Keys(wanted)))
	if err != nil {
		return nil, err
	}
	out := map[int64]map[problem.Step]string{}
	for key, signed := range live {
		names := map[problem.Step]string{}
		for _, x := range signed {
			who := signers[x.Index]
			name := onPaper(who.OnBehalf)
			if name == "" {
				if name, err = l.postName(ctx, who.Post); err != nil {
					return nil, err
				}
			}
			names[x.Step] = name
		}
		out[key] = names
	}
	return out, nil
}

// postName is the person of a post.
func (l *ledgerSheet) postName(ctx context.Context, post string) (string, error) {
	name, ok := l.people[post]
	if ok {
		return name, nil
	}
	who, err := duty.Known(ctx, l.a.DB, l.a.County, post)
	l.people[post] = who.Name
	return who.Name, err
}

// onPaper is the person whose signature on paper a clerk typed in, "" when the author signed himself.
func onPaper(behalf canon.Object) string {
	name := ""
	for _, k := range []string{"inspector", "signer", "name"} {
		if n, _ := behalf[k].(string); n != "" {
			name = n
		}
	}
	return name
}
