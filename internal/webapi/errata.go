package webapi

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/access"
	"gonggu/internal/act"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/roster"
	"gonggu/internal/workbook"
)

// ErrataRow is a person whose record must be put right in the national system.
type ErrataRow struct {
	Household string        `json:"household"`
	No        string        `json:"no"`
	Head      string        `json:"head"`
	Group     string        `json:"group"`
	Name      string        `json:"name"`
	Kind      string        `json:"kind" enum:"new,gone,changed"`
	KindName  string        `json:"kindName"`
	Changes   []ErratumCell `json:"changes"`
	Why       string        `json:"why" doc:"who changed it, when and by what, for people who came or went"`
}

// ErratumCell is one changed value, masked where it is sensitive.
type ErratumCell struct {
	Label string `json:"label"`
	Was   string `json:"was"`
	Now   string `json:"now"`
	By    string `json:"by"`
}

// ErrataList is what differs from the last import in one village.
type ErrataList struct {
	Area string      `json:"area"`
	Name string      `json:"name"`
	Rows []ErrataRow `json:"rows"`
}

type errataQuery struct {
	Area string `query:"area" maxLength:"12"`
}

// errataExport is what a download asks: it holds whole ID numbers, so that it needs a reason.
type errataExport struct {
	Area   string `json:"area"`
	Reason string `json:"reason"`
}

var errataKinds = map[string]string{roster.ErratumNew: "新增", roster.ErratumGone: "减少", roster.ErratumChanged: "更正"}

func (a *API) errata(api huma.API, mux *http.ServeMux) {
	get(api, "list-errata", "/errata", "What must be put right in the national system, for one village", func(ctx context.Context, in *errataQuery) (*body[ErrataList], error) {
		by, err := need(ctx, duty.AmendRegister)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.errataList(ctx, by, in.Area)
		return answer(v), a.fail(err)
	})
	mux.HandleFunc("POST /api/v1/errata/export", func(w http.ResponseWriter, r *http.Request) {
		by := actorOf(r.Context())
		var in errataExport
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			writeProblem(w, errs.New(errs.Invalid, "request.invalid", "请求内容不是规定格式；请刷新页面后重试。"))
			return
		}
		name, write, err := a.exportErrata(r.Context(), by, in)
		if err != nil {
			if !errs.Shown(err) {
				a.Log.Error("errata", "error", err.Error())
			}
			writeProblem(w, err)
			return
		}
		attach(w, name)
		if err := write(w); err != nil {
			a.Log.Error("errata", "error", err.Error())
		}
	})
}

// errataOf reads the list of one village of the actor's scope.
func (a *API) errataOf(ctx context.Context, by duty.Actor, m duty.May, area string) (duty.Area, []roster.Erratum, *shower, error) {
	scope := by.Scope(m)
	if area == "" && len(scope.Area()) == 12 {
		area = scope.Area()
	}
	if len(area) != 12 {
		return duty.Area{}, nil, nil, errs.New(errs.Invalid, "errata.area", "请先选定一个村，再看信息更正清单。")
	}
	if !scope.Covers(area) {
		return duty.Area{}, nil, nil, duty.ErrOutside
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return duty.Area{}, nil, nil, err
	}
	village, err := duty.InForce(ctx, a.DB, a.County, area)
	if err != nil {
		return village, nil, nil, err
	}
	list, err := a.Desk.Errata(ctx, a.DB, s.pack, area, func(code string) (county, township, village, group string) {
		township, village, group = s.place(code)
		return s.pack.Head.CountyName, township, village, group
	})
	return village, list, s, err
}

func (a *API) errataList(ctx context.Context, by duty.Actor, area string) (ErrataList, error) {
	village, list, s, err := a.errataOf(ctx, by, duty.AmendRegister, area)
	if err != nil {
		return ErrataList{Rows: []ErrataRow{}}, err
	}
	out := ErrataList{Area: village.Code, Name: village.Name, Rows: []ErrataRow{}}
	authors := authors{a: a, ctx: ctx, known: map[string]string{}}
	columns := roster.ErrataColumns(s.pack)
	for _, c := range list {
		_, _, group := s.place(c.Household.Area)
		row := ErrataRow{Household: c.Household.ID, No: c.Household.Number, Head: c.Household.Head, Group: group, Name: c.Person.Name, Kind: c.Kind, KindName: errataKinds[c.Kind], Changes: []ErratumCell{}, Why: authors.why(c)}
		for i, x := range c.Cells {
			if !x.Changed || !by.Sees(duty.Group(columns[i].Fact.Sensitive)) {
				continue
			}
			cell := ErratumCell{columns[i].Label, x.Was, x.Text, authors.of(x.Source)}
			if masked(columns[i].Fact.Sensitive) {
				cell.Was, cell.Now = roster.Mask(cell.Was), roster.Mask(cell.Now)
			}
			row.Changes = append(row.Changes, cell)
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// authors tells who changed a value, by the act in its source.
type authors struct {
	a     *API
	ctx   context.Context
	known map[string]string
}

func (w *authors) of(src roster.Source) string {
	kind, id, ok := strings.Cut(src.Of, ":")
	if !ok || (kind != "sheet" && kind != "life") {
		return strings.TrimSpace(src.On + " " + src.Of)
	}
	if _, seen := w.known[id]; !seen {
		text := sourceName(src.Of)
		if x, err := act.ByID(w.ctx, w.a.DB, w.a.County, id); err == nil {
			if name := roster.LifeName(x.Kind); name != "" {
				text = name
			}
			if by, err := duty.Known(w.ctx, w.a.DB, w.a.County, x.Post); err == nil {
				text += "，" + by.Name
			}
		}
		w.known[id] = text
	}
	return src.On + " " + w.known[id]
}

// why says how a person came or went.
func (w *authors) why(c roster.Erratum) string {
	note := map[string]string{roster.ErratumNew: roster.NoteCame, roster.ErratumGone: roster.NoteGone}[c.Kind]
	if src, ok := c.Person.Sources[note]; ok && note != "" {
		return w.of(src)
	}
	for _, n := range []string{roster.NoteState, roster.NoteCame} {
		if src, ok := c.Household.Sources[n]; ok && c.Kind != roster.ErratumChanged {
			return w.of(src)
		}
	}
	return ""
}

// exportErrata writes the list with whole ID numbers, in the national system's columns; who asked and why is kept.
func (a *API) exportErrata(ctx context.Context, by duty.Actor, in errataExport) (string, func(io.Writer) error, error) {
	if !by.May(duty.Reveal) || !by.May(duty.AmendRegister) {
		return "", nil, duty.ErrForbidden
	}
	reason := strings.TrimSpace(in.Reason)
	if len([]rune(reason)) < 4 {
		return "", nil, errs.New(errs.Invalid, "errata.reason", "清单里有完整的证件号码，请写明下载的事由（至少 4 个字）；事由会被记录备查。")
	}
	village, list, s, err := a.errataOf(ctx, by, duty.Reveal, in.Area)
	if err != nil {
		return "", nil, err
	}
	if err := a.Access.Note(ctx, look(by, access.Errata, village.Code, reason, "")); err != nil {
		return "", nil, err
	}
	columns := roster.ErrataColumns(s.pack)
	heading := make([]string, 0, len(columns)+2)
	for _, c := range columns {
		heading = append(heading, c.Label)
	}
	heading = append(heading, "变更类型", "变更说明")
	township, name, _ := s.place(village.Code)
	authors := authors{a: a, ctx: ctx, known: map[string]string{}}
	return "信息更正清单_" + name + "_" + a.today() + ".xlsx", func(w io.Writer) error {
		book := workbook.NewWriter(w)
		sheet, err := book.Sheet("信息更正清单", workbook.Layout{Titles: []string{township + name + " 信息更正清单", "与最近一次导入的全国系统数据比对，截至 " + a.today() + "；着色的格子是改动，按此在全国系统中修改"}, Heading: heading})
		if err != nil {
			return err
		}
		for _, c := range list {
			if err := sheet.Row(errataCells(by, columns, c, &authors)...); err != nil {
				return err
			}
		}
		return book.Close()
	}, nil
}

func errataCells(by duty.Actor, columns []roster.ErrataColumn, c roster.Erratum, w *authors) []workbook.Value {
	out := make([]workbook.Value, 0, len(columns)+2)
	said := []string{}
	if why := w.why(c); why != "" {
		said = append(said, errataKinds[c.Kind]+"（"+why+"）")
	}
	for i, x := range c.Cells {
		switch {
		case !by.Sees(duty.Group(columns[i].Fact.Sensitive)):
			out = append(out, workbook.Blank)
		case x.Changed:
			out = append(out, workbook.Marked(x.Text))
			said = append(said, columns[i].Label+"："+orEmptyMark(x.Was)+" → "+orEmptyMark(x.Text)+"（"+w.of(x.Source)+"）")
		case c.Kind == roster.ErratumNew:
			out = append(out, workbook.Marked(x.Text))
		default:
			out = append(out, workbook.Text(x.Text))
		}
	}
	return append(out, workbook.Text(errataKinds[c.Kind]), workbook.Text(strings.Join(said, "；")))
}

func orEmptyMark(s string) string {
	if s == "" {
		return "（空）"
	}
	return s
}
