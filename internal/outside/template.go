package outside

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/workbook"
)

// The sheets of the template.
const (
	sheetFill  = "外部问题"
	sheetHelp  = "填写说明"
	sheetLists = "清单"
)

// Template writes the workbook to fill in: columns that offer what to choose, a sheet that explains them and one with the lists.
func (d Desk) Template(ctx context.Context, w io.Writer) error {
	_, loaded, err := d.Book.Current(ctx, d.DB)
	if err != nil {
		return err
	}
	pk := loaded.Pack
	lists := make([][]string, 6) // sources, years, townships, items, sealed, units
	lists[0] = sourceNames(pk)
	first := 9999
	for _, s := range pk.Head.Loop.Sources {
		first = min(first, s.Since)
	}
	this, err := strconv.Atoi(clock.Day(d.Clock.Now())[:4])
	if err != nil {
		return err
	}
	for y := first; y <= this; y++ {
		lists[1] = append(lists[1], strconv.Itoa(y))
	}
	areas, err := duty.Areas(ctx, d.DB, d.County, duty.Everything(d.County))
	if err != nil {
		return err
	}
	for _, a := range areas {
		if a.Level == duty.LevelTownship {
			lists[2] = append(lists[2], a.Name)
		}
	}
	for _, i := range pk.Items {
		lists[3] = append(lists[3], i.Code+" "+i.Name)
	}
	for _, s := range sealedAs {
		lists[4] = append(lists[4], s.word)
	}
	for _, u := range pk.Units {
		lists[5] = append(lists[5], u.Name)
	}
	layout := workbook.Layout{Heading: columns, Widths: widths}
	for i, col := range []int{colSource, colYear, colTown, colItem, colSealed} {
		layout.Lists = append(layout.Lists, workbook.List{Column: col, Range: fmt.Sprintf("'%s'!$%s$2:$%s$%d", sheetLists, workbook.ColumnName(i), workbook.ColumnName(i), len(lists[i])+1)})
	}
	book := workbook.NewWriter(w)
	if _, err := book.Sheet(sheetFill, layout); err != nil { // the heading alone: an example would become a problem
		return err
	}
	if err := help(book, lists[0]); err != nil {
		return err
	}
	s, err := book.Sheet(sheetLists, workbook.Layout{Heading: []string{columns[colSource], columns[colYear], columns[colTown], columns[colItem], columns[colSealed], "单位"}, Widths: []float64{18, 10, 18, 30, 18, 30}})
	if err != nil {
		return err
	}
	for n := range 1000 {
		values, more := make([]workbook.Value, len(lists)), false
		for i, l := range lists {
			if n < len(l) {
				values[i], more = workbook.Text(l[n]), true
			}
		}
		if !more {
			break
		}
		if err := s.Row(values...); err != nil {
			return err
		}
	}
	return book.Close()
}

func help(book *workbook.Writer, sources []string) error {
	s, err := book.Sheet(sheetHelp, workbook.Layout{Heading: []string{"列", "怎么填"}, Widths: []float64{18, 96}})
	if err != nil {
		return err
	}
	for _, r := range [][2]string{
		{columns[colSource], fmt.Sprintf("必填，从下拉列表选一种（共 %d 种）。", len(sources))},
		{columns[colYear], "必填，考核、督查、审计或反馈所属的年度，四位数字。"},
		{columns[colReference], "有文号或线索编号的填写，没有的空着。"},
		{columns[colOrgan], "必填，提出问题的单位，如：省审计厅、市督查组。"},
		{columns[colDay], "必填，提出问题的日期，如 2021-11-08。"},
		{columns[colTown], "问题在乡镇、村或户的必填，从下拉列表选择；县直单位的问题可不填。"},
		{columns[colVillage], "具体到村的填写，村名与区划列表一致；同名时可填区划代码。"},
		{columns[colHousehold], "具体到户的填写户编号（单元格设为文本）。不要填姓名、身份证号码和电话。"},
		{columns[colUnit], "问题出在某个单位（如县直部门）的填写，名称见“清单”。户编号、责任单位、乡镇村至少填一项。"},
		{columns[colItem], "必填，从下拉列表选择，或填任务编号，如 3.2.4。"},
		{columns[colSay], "必填，写清楚是什么问题，4 至 1000 个字。"},
		{columns[colSealed], "问题内容里写到病情、残疾、收入、账户的，选对应的一项，内容加密保存；其他空着或选“否”。"},
		{columns[colLead], "空着的，按方案的派单规则提出建议；要指定的填单位名称，见“清单”。"},
		{"重复上传", "同一行（来源、年度、文号、反馈单位、地点、任务、内容都相同）再次上传不会重复登记；改了内容的算新的一件。"},
	} {
		if err := s.Row(workbook.Text(r[0]), workbook.Text(r[1])); err != nil {
			return err
		}
	}
	return nil
}
