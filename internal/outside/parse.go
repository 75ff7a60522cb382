package outside

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/canon"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/intake"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/workbook"
)

// columns are the headings of the template, in the order of a line's cells.
var columns = []string{"来源", "年度", "文号或线索编号", "反馈单位", "发现日期", "乡镇", "村", "户编号", "责任单位", "任务项", "问题内容", "涉及病情或收入", "牵头单位"}

var widths = []float64{14, 8, 24, 18, 13, 14, 14, 20, 20, 26, 50, 16, 20}

const (
	colSource = iota
	colYear
	colReference
	colOrgan
	colDay
	colTown
	colVillage
	colHousehold
	colUnit
	colItem
	colSay
	colSealed
	colLead
)

// must are the columns without which a sheet is no list of problems.
var must = []int{colSource, colYear, colOrgan, colDay, colItem, colSay}

// sealedAs are the words of colSealed and the field group that each means.
var sealedAs = []struct{ word, group string }{{"否", ""}, {"病情或残疾", string(duty.Health)}, {"收入或账户", string(duty.Finance)}}

type place struct {
	sheet string
	n     int
}

// reader reads lines with what the county knows at hand.
type reader struct {
	Desk
	ctx     context.Context
	list    *List
	pack    *pack.Pack
	by      duty.Actor
	today   string
	sheet   string
	units   map[string][]duty.Unit
	areas   []duty.Area
	aliases map[string][]string
	seen    map[string]place // by the problem's id: which line said it first
}

func (rd *reader) know() error {
	units, err := duty.Units(rd.ctx, rd.DB, rd.County, duty.Everything(rd.County))
	if err != nil {
		return err
	}
	rd.units = map[string][]duty.Unit{}
	for _, u := range units {
		if u.Until == "" {
			rd.units[u.Name] = append(rd.units[u.Name], u)
		}
	}
	if rd.areas, err = duty.Areas(rd.ctx, rd.DB, rd.County, rd.by.Scope(duty.EnterProblem)); err != nil {
		return err
	}
	rd.aliases, err = duty.Aliases(rd.ctx, rd.DB, rd.County)
	return err
}

func (rd *reader) readSheet(s *workbook.Sheet) (bool, error) {
	rd.sheet = s.Name
	var at []int
	for row, err := range s.Rows(rd.ctx) {
		if err != nil {
			return false, err
		}
		if at == nil {
			if row.N > 10 {
				return false, nil
			}
			at = heading(row)
			continue
		}
		cells, empty := make([]string, len(columns)), true
		lossy := false
		for i, c := range at {
			if c >= 0 {
				cell := row.At(c)
				cells[i] = strings.TrimSpace(cell.Text)
				lossy = lossy || (i == colHousehold && cell.Lossy)
			}
			empty = empty && cells[i] == ""
		}
		if empty {
			continue
		}
		if len(rd.list.Rows)+len(rd.list.bad) >= maxRows {
			return true, errMany
		}
		if err := rd.line(row.N, cells, lossy); err != nil {
			return true, err
		}
	}
	return at != nil, nil
}

// heading returns the column of each heading, -1 where it is missing; nil for a row that is no heading.
func heading(row *workbook.Row) []int {
	at := make([]int, len(columns))
	for i, want := range columns {
		at[i] = -1
		for _, c := range row.Cells {
			got := strings.NewReplacer(" ", "", "\n", "", "*", "").Replace(c.Text)
			if got == want || strings.HasPrefix(got, want+"(") || strings.HasPrefix(got, want+"（") {
				at[i] = c.Col
				break
			}
		}
	}
	for _, i := range must {
		if at[i] < 0 {
			return nil
		}
	}
	return at
}

// line reads one line: into the rows, or with everything that is wrong with it into the faults.
func (rd *reader) line(n int, cells []string, lossy bool) error {
	before := len(rd.list.Faults)
	bad := func(col int, why string) {
		rd.list.Faults = append(rd.list.Faults, Fault{rd.sheet, n, columns[col], why})
	}
	r := Row{Sheet: rd.sheet, N: n, body: canon.Object{"household": "", "unit": "", "area": "", "sensitive": "", "lead": "", "helping": []any{}}}
	rd.origin(&r, cells, bad)
	if lossy {
		bad(colHousehold, "户编号被表格软件改成了数字，后几位已丢失；请把这一列设为文本后重新填写。")
	} else if err := rd.subject(&r, cells, bad); err != nil {
		return err
	}
	rd.item(&r, cells[colItem], bad)
	switch m := len([]rune(cells[colSay])); {
	case m < 4:
		bad(colSay, "请写明问题内容（至少 4 个字）。")
	case m > 1000:
		bad(colSay, "问题内容太长（最多 1000 个字）；请精简。")
	}
	rd.sealed(&r, cells[colSealed], bad)
	if name := cells[colLead]; name != "" {
		u, why := rd.unit(name)
		if why != "" {
			bad(colLead, why)
		}
		r.Lead, r.body["lead"] = u.ID, u.ID
	}
	if len(rd.list.Faults) > before {
		rd.list.bad = append(rd.list.bad, badLine{rd.sheet, n, cells})
		return nil
	}
	return rd.keep(r, cells)
}

// keep takes a line that is right, unless another line says the same.
func (rd *reader) keep(r Row, cells []string) error {
	rd.identify(&r, cells[colSay])
	if r.body["sensitive"] == "" {
		r.Say = cells[colSay]
	}
	if first, twice := rd.seen[r.ID]; twice {
		rd.list.Faults = append(rd.list.Faults, Fault{rd.sheet, r.N, "整行", fmt.Sprintf("与“%s”第 %d 行完全相同；请删去重复的一行。", first.sheet, first.n)})
		rd.list.bad = append(rd.list.bad, badLine{rd.sheet, r.N, cells})
		return nil
	}
	rd.seen[r.ID] = place{rd.sheet, r.N}
	p, err := problem.ByID(rd.ctx, rd.DB, rd.County, r.ID)
	switch {
	case err == nil:
		r.Known, r.Number = true, p.Number
	case errs.Code(err) != problem.ErrNotFound.Code:
		return err
	}
	rd.list.Rows = append(rd.list.Rows, r)
	return nil
}

// origin reads where the problem comes from; what the ledger would refuse is named here by its column.
func (rd *reader) origin(r *Row, cells []string, bad func(int, string)) {
	o, fine := r.body, true
	o["reference"], o["organ"] = cells[colReference], cells[colOrgan]
	i := slices.IndexFunc(rd.pack.Head.Loop.Sources, func(s pack.Source) bool { return s.Name == cells[colSource] || s.ID == cells[colSource] })
	if i < 0 {
		bad(colSource, "没有这种来源；请填："+strings.Join(sourceNames(rd.pack), "、")+"。")
		fine = false
	} else {
		o["source"] = rd.pack.Head.Loop.Sources[i].ID
	}
	year, err := strconv.ParseInt(strings.TrimSuffix(cells[colYear], "年"), 10, 64)
	if err != nil {
		bad(colYear, "年度请填四位数字，如 2021。")
		fine = false
	}
	o["year"] = year
	day, ok := intake.Day(cells[colDay])
	if !ok {
		bad(colDay, "日期不对；请填年月日，如 2021-11-08。")
		fine = false
	}
	o["found_on"] = day
	if !fine {
		if n := len([]rune(cells[colOrgan])); n < 2 {
			bad(colOrgan, "请填写反馈单位，如“省审计厅”。")
		}
		return
	}
	if r.Source, err = problem.CheckSource(rd.pack, o, rd.today); err != nil {
		e := errs.As(err)
		bad(map[string]int{"problem.source_year": colYear, "problem.source_organ": colOrgan, "problem.source_reference": colReference, "problem.source_day": colDay}[e.Code], e.Message)
	}
}

func (rd *reader) item(r *Row, name string, bad func(int, string)) {
	code, _, _ := strings.Cut(name, " ")
	i := slices.IndexFunc(rd.pack.Items, func(x pack.Item) bool { return x.Code == code || x.Name == name })
	if i < 0 {
		bad(colItem, "任务清单里没有“"+name+"”；请从下拉列表选择，或填任务编号，如 3.2.4。")
		return
	}
	r.Item, r.body["item"] = rd.pack.Items[i].Code, rd.pack.Items[i].Code
}

func (rd *reader) sealed(r *Row, word string, bad func(int, string)) {
	if word == "" {
		return
	}
	for _, s := range sealedAs {
		if s.word == word {
			r.body["sensitive"] = s.group
			return
		}
	}
	bad(colSealed, "请填“否”“病情或残疾”或“收入或账户”；涉及的内容会加密保存。")
}

// subject finds what the problem is about: the household of a number, a unit, or a place.
func (rd *reader) subject(r *Row, cells []string, bad func(int, string)) error {
	area, why, col := rd.locate(cells[colTown], cells[colVillage])
	if why != "" {
		bad(col, why)
		return nil
	}
	switch number, unit := cells[colHousehold], cells[colUnit]; {
	case number != "":
		h, err := rd.Store.ByNumber(rd.ctx, rd.DB, number)
		if err != nil {
			return err
		}
		scope := rd.by.Scope(duty.EnterProblem)
		switch {
		case h == nil || !scope.Covers(h.Area):
			bad(colHousehold, "户档里没有这个户编号；请核对，或不填户编号、只填到村。")
		case area.Code != "" && !strings.HasPrefix(h.Area, area.Code):
			bad(colHousehold, "这一户不在“"+area.Name+"”；请核对户编号或乡镇、村。")
		default:
			r.body["household"], r.Place = h.ID, "户编号 "+number
		}
	case unit != "":
		u, why := rd.unit(unit)
		if why != "" {
			bad(colUnit, why)
			return nil
		}
		r.body["unit"], r.body["area"], r.Place = u.ID, area.Code, u.Name
	case area.Code == "":
		bad(colTown, "请填问题所在的乡镇、村，或户编号、责任单位；至少填一项。")
	default:
		r.body["area"], r.Place = area.Code, cells[colTown]+cells[colVillage]
	}
	return nil
}

// locate finds a township and its village by name, short name or alias.
func (rd *reader) locate(town, village string) (a duty.Area, why string, col int) {
	if town == "" && village == "" {
		return a, "", 0
	}
	if town == "" {
		return a, "填了村还要填乡镇：不同乡镇有同名的村。", colTown
	}
	at := duty.Area{Code: rd.County}
	for i, name := range []string{town, village} {
		if name == "" {
			break
		}
		var hits []duty.Area
		for _, x := range rd.areas {
			if x.Parent == at.Code && (x.Name == name || x.Short == name || x.Code == name || slices.Contains(rd.aliases[x.Code], name)) {
				hits = append(hits, x)
			}
		}
		switch {
		case len(hits) == 0 && i == 0:
			return a, "没有乡镇“" + name + "”；请从下拉列表选择。", colTown
		case len(hits) == 0:
			return a, "“" + at.Name + "”下没有“" + name + "”；请核对村名，与区划列表一致。", colVillage
		case len(hits) > 1:
			return a, "“" + at.Name + "”下有几个“" + name + "”；请改填区划代码。", colTown + i
		}
		at = hits[0]
	}
	return at, "", 0
}

func (rd *reader) unit(name string) (duty.Unit, string) {
	list := rd.units[name]
	for _, u := range rd.pack.Units {
		if len(list) == 0 && slices.Contains(u.Aliases, name) {
			list = rd.units[u.Name]
		}
	}
	switch len(list) {
	case 0:
		return duty.Unit{}, "没有单位“" + name + "”；请按“清单”里的单位名称填写。"
	case 1:
		return list[0], ""
	}
	return duty.Unit{}, "有几个单位都叫“" + name + "”；请改在页面上逐件登记。"
}
