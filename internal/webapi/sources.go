package webapi

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/duty"
	"gonggu/internal/outside"
	"gonggu/internal/problem"
	"gonggu/internal/workbook"
)

// SourceView is one place that a problem comes from beside the inspection.
type SourceView struct {
	Source    string `json:"source"`
	Name      string `json:"name"`
	Year      int64  `json:"year"`
	Reference string `json:"reference"`
	Organ     string `json:"organ"`
	FoundOn   string `json:"foundOn"`
	Merged    bool   `json:"merged" doc:"came along with a problem that was merged into this one"`
}

// SourceRow is a problem from outside with all its sources.
type SourceRow struct {
	ProblemRow
	Sources []SourceView `json:"sources"`
}

// SourceKind is a kind of source that the pack lists.
type SourceKind struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Since int    `json:"since"`
}

// SourceChoices is what the form of a problem from outside offers.
type SourceChoices struct {
	Kinds []SourceKind `json:"kinds"`
	Years []int        `json:"years"`
}

// Dispatched is who the pack's rules propose for an item in a place.
type Dispatched struct {
	Lead         string   `json:"lead"`
	LeadName     string   `json:"leadName"`
	Helping      []string `json:"helping"`
	HelpingNames []string `json:"helpingNames"`
	Workdays     int64    `json:"workdays"`
}

// KinLink names another problem.
type KinLink struct {
	ID        string `json:"id"`
	Number    string `json:"number"`
	Say       string `json:"say"`
	StateName string `json:"stateName"`
}

// KinView is where a problem comes from and what it is bound to.
type KinView struct {
	Sources     []SourceView `json:"sources"`
	Into        []KinLink    `json:"into" doc:"what it was merged into: one or none"`
	Merged      []KinLink    `json:"merged" doc:"what was merged into it"`
	Parent      []KinLink    `json:"parent" doc:"what it was split from: one or none"`
	Parts       []KinLink    `json:"parts"`
	Cluster     string       `json:"cluster"`
	ClusterName string       `json:"clusterName"`
}

// OutsideRow is a line of a workbook of problems from outside.
type OutsideRow struct {
	Sheet  string `json:"sheet"`
	N      int    `json:"n"`
	ID     string `json:"id"`
	Known  bool   `json:"known"`
	Number string `json:"number"`
	Source string `json:"source"`
	Year   int64  `json:"year"`
	Organ  string `json:"organ"`
	Item   string `json:"item"`
	Place  string `json:"place"`
	Say    string `json:"say"`
}

// OutsideList is a workbook that was read, or entered.
type OutsideList struct {
	Rows    []OutsideRow    `json:"rows"`
	Faults  []outside.Fault `json:"faults"`
	Fresh   int             `json:"fresh" doc:"rows that are not in the ledger yet"`
	Entered int             `json:"entered"`
}

type dispatchQuery struct {
	Item string `query:"item" maxLength:"20"`
	Area string `query:"area" maxLength:"14"`
}

func (a *API) sources(api huma.API, mux *http.ServeMux) {
	get(api, "list-sources", "/sources", "A page of the problems from outside, newest first", func(ctx context.Context, in *problemQuery) (*body[Page[SourceRow]], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		page, err := a.sourcePage(ctx, by, in)
		return answer(page), a.fail(err)
	})
	get(api, "source-choices", "/sources/choices", "The kinds of source and the years that the pack asks for", func(ctx context.Context, _ *none) (*body[SourceChoices], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.sourceChoices(ctx, by)
		return answer(v), a.fail(err)
	})
	get(api, "propose-dispatch", "/sources/dispatch", "Who leads and helps by the pack's rules, for an item in a place", func(ctx context.Context, in *dispatchQuery) (*body[Dispatched], error) {
		by, err := need(ctx, duty.EnterProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		s, err := a.shower(ctx, by)
		if err != nil {
			return nil, a.fail(err)
		}
		area := by.Scope(duty.EnterProblem).Narrow(in.Area).Area()
		p := problem.Dispatch(s.pack, in.Item, area, nil)
		out := Dispatched{Lead: p.Lead, LeadName: a.unitSaid(s, p.Lead), Helping: orNone(p.Helping), HelpingNames: []string{}, Workdays: p.Workdays}
		for _, h := range p.Helping {
			out.HelpingNames = append(out.HelpingNames, a.unitSaid(s, h))
		}
		return answer(out), nil
	})
	get(api, "problem-kin", "/problems/{id}/kin", "Where a problem comes from, what it was merged with or split from, and its cluster", func(ctx context.Context, in *idPath) (*body[KinView], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.kin(ctx, by, in.ID)
		return answer(v), a.fail(err)
	})
	mux.HandleFunc("GET /api/v1/sources/template.xlsx", func(w http.ResponseWriter, r *http.Request) {
		if _, err := need(r.Context(), duty.EnterProblem); err != nil {
			writeProblem(w, err)
			return
		}
		attach(w, "外部问题登记模板.xlsx")
		if err := a.Outside.Template(r.Context(), w); err != nil {
			a.Log.Error("template", "error", err.Error())
		}
	})
	mux.HandleFunc("POST /api/v1/sources/preview", a.outsideList(a.Outside.Read))
	mux.HandleFunc("POST /api/v1/sources/enter", a.outsideList(a.Outside.Enter))
	mux.HandleFunc("POST /api/v1/sources/rejects.xlsx", a.outsideRejects)
}

// unitSaid calls a unit of the pack, or a township or village that leads, by its name.
func (a *API) unitSaid(s *shower, unit string) string {
	if _, v, _ := s.place(unit); len(unit) >= 12 && v != "" {
		return v
	}
	if t, _, _ := s.place(unit); len(unit) >= 9 && t != "" {
		return t
	}
	return s.unitName(unit)
}

func (a *API) sourceChoices(ctx context.Context, by duty.Actor) (SourceChoices, error) {
	out := SourceChoices{Kinds: []SourceKind{}, Years: []int{}}
	s, err := a.shower(ctx, by)
	if err != nil {
		return out, err
	}
	this, err := strconv.Atoi(a.today()[:4])
	if err != nil {
		return out, err
	}
	first := this
	for _, k := range s.pack.Head.Loop.Sources {
		out.Kinds, first = append(out.Kinds, SourceKind{k.ID, k.Name, k.Since}), min(first, k.Since)
	}
	for y := this; y >= first; y-- {
		out.Years = append(out.Years, y)
	}
	return out, nil
}

func (a *API) sourcePage(ctx context.Context, by duty.Actor, in *problemQuery) (Page[SourceRow], error) {
	if in.Source == "" {
		in.Source = problem.AnySource
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return Page[SourceRow]{}, err
	}
	list, next, err := problem.List(ctx, a.DB, a.County, by.Scope(duty.ReadProblem), a.problemFilter(s, in))
	if err != nil {
		return Page[SourceRow]{}, err
	}
	rows, err := a.problemRows(ctx, s, list)
	if err != nil {
		return Page[SourceRow]{}, err
	}
	page := Page[SourceRow]{Rows: make([]SourceRow, len(list)), Next: formatNext(next), Total: -1}
	for i := range list {
		page.Rows[i].ProblemRow = rows[i]
		if page.Rows[i].Sources, err = a.sourcesSeen(ctx, s, &list[i]); err != nil {
			return page, err
		}
	}
	if in.After == "" && next == 0 {
		page.Total = int64(len(list))
	}
	return page, nil
}

func (s *shower) sourceName(id string) string {
	for _, k := range s.pack.Head.Loop.Sources {
		if k.ID == id {
			return k.Name
		}
	}
	return id
}

// sourcesSeen are a problem's sources, with those of what was merged into it.
func (a *API) sourcesSeen(ctx context.Context, s *shower, p *problem.Problem) ([]SourceView, error) {
	list, err := problem.SourcesOf(ctx, a.DB, a.County, p.Key)
	if err != nil {
		return nil, err
	}
	out := []SourceView{}
	for _, x := range list {
		out = append(out, SourceView{x.Source, s.sourceName(x.Source), x.Year, x.Reference, x.Organ, x.FoundOn, x.Problem != p.Key})
	}
	return out, nil
}

func (a *API) kin(ctx context.Context, by duty.Actor, id string) (KinView, error) {
	out := KinView{Into: []KinLink{}, Merged: []KinLink{}, Parent: []KinLink{}, Parts: []KinLink{}, Sources: []SourceView{}}
	p, err := problem.ByID(ctx, a.DB, a.County, id)
	if err != nil {
		return out, err
	}
	scope := by.Scope(duty.ReadProblem)
	sees := func(p *problem.Problem) bool {
		return scope.Covers(p.Area) && (scope.Unit() == "" || p.PartyTo(scope.Unit()))
	}
	if !sees(p) {
		return out, problem.ErrNotFound
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return out, err
	}
	if out.Sources, err = a.sourcesSeen(ctx, s, p); err != nil {
		return out, err
	}
	k, err := problem.KinOf(ctx, a.DB, a.County, p)
	if err != nil {
		return out, err
	}
	link := func(to *[]KinLink, p *problem.Problem) {
		if p != nil && sees(p) {
			*to = append(*to, KinLink{p.ID, p.Number, a.say(s, "problem", p.ID, p.Sensitive, p.Say, p.Item), p.State.Name()})
		}
	}
	link(&out.Into, k.Into)
	link(&out.Parent, k.Parent)
	for i := range k.Merged {
		link(&out.Merged, &k.Merged[i])
	}
	for i := range k.Parts {
		link(&out.Parts, &k.Parts[i])
	}
	if p.Cluster != "" {
		c, err := problem.ClusterByID(ctx, a.DB, a.County, p.Cluster)
		if err != nil {
			return out, err
		}
		out.Cluster, out.ClusterName = c.ID, c.Name
	}
	return out, nil
}

// outsideList answers an uploaded workbook with what was read, or entered.
func (a *API) outsideList(do func(context.Context, duty.Actor, []byte) (*outside.List, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by, err := need(r.Context(), duty.EnterProblem)
		var data []byte
		if err == nil {
			_, data, err = oneFile(w, r)
		}
		var l *outside.List
		if err == nil {
			l, err = do(r.Context(), by, data)
		}
		if err != nil {
			_ = a.fail(err) // logs what is our own fault
			writeProblem(w, err)
			return
		}
		out := OutsideList{Rows: []OutsideRow{}, Faults: l.Faults, Entered: l.Entered}
		for _, x := range l.Rows {
			if !x.Known {
				out.Fresh++
			}
			out.Rows = append(out.Rows, OutsideRow{x.Sheet, x.N, x.ID, x.Known, x.Number, x.Source.Source, x.Source.Year, x.Source.Organ, x.Item, x.Place, x.Say})
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(mustJSON(out))
	}
}

func (a *API) outsideRejects(w http.ResponseWriter, r *http.Request) {
	by, err := need(r.Context(), duty.EnterProblem)
	var data []byte
	if err == nil {
		_, data, err = oneFile(w, r)
	}
	var out strings.Builder
	if err == nil {
		err = a.Outside.Rejects(r.Context(), by, data, &out)
	}
	if err != nil {
		_ = a.fail(err)
		writeProblem(w, err)
		return
	}
	attach(w, "外部问题退回表_"+a.today()+".xlsx")
	_, _ = io.WriteString(w, out.String())
}

func (a *API) exportSources(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadProblem) {
		return "", nil, duty.ErrForbidden
	}
	in := &problemQuery{Area: q.Get("area"), Item: q.Get("item"), State: q.Get("state"), Q: q.Get("q"), Source: q.Get("source"), Year: yearOf(q), Limit: exportPage}
	first, err := a.sourcePage(ctx, by, in)
	if err != nil {
		return "", nil, err
	}
	heading := []string{"问题编号", "来源", "年度", "文号或线索编号", "反馈单位", "提出日期", "乡镇", "村", "户主", "事项", "问题描述", "牵头单位", "清零日期", "状态"}
	return "外部来源问题_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "外部来源问题", heading, first, func(after string) (Page[SourceRow], error) {
			in.After = after
			return a.sourcePage(ctx, by, in)
		}, func(r SourceRow) []workbook.Value {
			col := func(of func(SourceView) string) workbook.Value {
				var parts []string
				for _, x := range r.Sources {
					parts = append(parts, of(x))
				}
				return workbook.Text(strings.Join(parts, "\n"))
			}
			return []workbook.Value{workbook.Text(r.Number), col(func(x SourceView) string { return x.Name }), col(func(x SourceView) string { return strconv.FormatInt(x.Year, 10) }), col(func(x SourceView) string { return x.Reference }),
				col(func(x SourceView) string { return x.Organ }), col(func(x SourceView) string { return x.FoundOn }), workbook.Text(r.Township), workbook.Text(r.Village), workbook.Text(r.Head), workbook.Text(r.Item + " " + r.ItemName),
				workbook.Text(r.Say), workbook.Text(r.LeadName), workbook.Text(r.ClearOn), workbook.Text(r.StateName)}
		})
	}, nil
}
