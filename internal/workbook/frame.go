package workbook

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// listedRows is to how many rows below the heading a List reaches.
const listedRows = 5000

// end writes what stands below the data: filter, merged titles, page set-up.
func (s *SheetWriter) end() error {
	w := &s.w.sheets[len(s.w.sheets)-1]
	w.rows = s.row
	var b strings.Builder
	b.WriteString(`</sheetData>`)
	if w.hasFilter {
		fmt.Fprintf(&b, `<autoFilter ref="A%d:%s%d"/>`, w.headRow, ColumnName(w.columns-1), max(s.row, w.headRow))
	}
	if n := len(s.layout.Titles); n > 0 && w.columns > 1 {
		fmt.Fprintf(&b, `<mergeCells count="%d">`, n)
		for i := range n {
			fmt.Fprintf(&b, `<mergeCell ref="A%d:%s%d"/>`, i+1, ColumnName(w.columns-1), i+1)
		}
		b.WriteString(`</mergeCells>`)
	}
	if n := len(s.layout.Lists); n > 0 {
		fmt.Fprintf(&b, `<dataValidations count="%d">`, n)
		for _, l := range s.layout.Lists {
			fmt.Fprintf(&b, `<dataValidation type="list" allowBlank="1" showErrorMessage="1" errorTitle="请从列表中选择" error="这一列只能填列表里的内容，请改从下拉列表中选择。" sqref="%s%d:%s%d"><formula1>%s</formula1></dataValidation>`,
				ColumnName(l.Column), w.headRow+1, ColumnName(l.Column), w.headRow+listedRows, appendEscaped(nil, l.Range))
		}
		b.WriteString(`</dataValidations>`)
	}
	orientation := "landscape"
	if s.layout.Portrait {
		orientation = "portrait"
	}
	fmt.Fprintf(&b, `<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>`+
		`<pageSetup paperSize="9" orientation="%s" fitToWidth="1" fitToHeight="0"/>`+
		`<headerFooter><oddFooter>&amp;C第 &amp;P 页 共 &amp;N 页</oddFooter></headerFooter></worksheet>`, orientation)
	if _, err := s.out.WriteString(b.String()); err != nil {
		return s.w.fail(err)
	}
	if err := s.out.Flush(); err != nil {
		return s.w.fail(err)
	}
	return nil
}

// sheetName makes a name that Excel takes and that no other sheet has.
func (w *Writer) sheetName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	name = strings.Trim(strings.TrimSpace(name), "'")
	if name == "" || strings.EqualFold(name, "history") {
		name = "Sheet" + fmt.Sprint(len(w.sheets)+1)
	}
	base := name
	for i := 2; ; i++ {
		if i > 2 || utf8.RuneCountInString(name) > 31 {
			mark := ""
			if i > 2 {
				mark = fmt.Sprintf("_%d", i-1)
			}
			runes := []rune(base)
			name = string(runes[:min(len(runes), 31-len(mark))]) + mark
		}
		if key := strings.ToLower(name); !w.used[key] {
			w.used[key] = true
			return name
		}
	}
}

type part struct{ name, text string }

// frame is every part but the sheets.
func (w *Writer) frame() []part {
	const (
		main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
		rel  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
		pkg  = "http://schemas.openxmlformats.org/package/2006/relationships"
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	)
	var sheets, names, types, rels strings.Builder
	for i, s := range w.sheets {
		name := string(appendAttr(nil, s.name))
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, i+1, i+1)
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i+1, kind)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, rel, i+1)
		quoted := "'" + strings.ReplaceAll(name, "'", "''") + "'"
		if s.hasFilter {
			fmt.Fprintf(&names, `<definedName name="_xlnm._FilterDatabase" localSheetId="%d" hidden="1">%s!$A$%d:$%s$%d</definedName>`,
				i, quoted, s.headRow, ColumnName(s.columns-1), max(s.rows, s.headRow))
		}
		if s.headRow > 0 {
			fmt.Fprintf(&names, `<definedName name="_xlnm.Print_Titles" localSheetId="%d">%s!$1:$%d</definedName>`, i, quoted, s.headRow)
		}
	}
	defined := ""
	if names.Len() > 0 {
		defined = `<definedNames>` + names.String() + `</definedNames>`
	}
	n := len(w.sheets)
	return []part{
		{"xl/workbook.xml", xmlHead + `<workbook xmlns="` + main + `" xmlns:r="` + rel + `"><bookViews><workbookView/></bookViews><sheets>` +
			sheets.String() + `</sheets>` + defined + `</workbook>`},
		{"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="` + pkg + `">` + rels.String() +
			fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`, n+1, rel)},
		{"xl/styles.xml", xmlHead + styles(main)},
		{"_rels/.rels", xmlHead + `<Relationships xmlns="` + pkg + `"><Relationship Id="rId1" Type="` + rel +
			`/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"[Content_Types].xml", xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + kind + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + kind + `styles+xml"/>` + types.String() + `</Types>`},
	}
}

func appendAttr(b []byte, s string) []byte {
	return append(b, strings.ReplaceAll(string(appendEscaped(nil, s)), `"`, "&quot;")...)
}

// styles is the style part; cellXfs stand in the order of the style constants.
func styles(ns string) string {
	const (
		left   = `<alignment vertical="center"/>`
		center = `<alignment horizontal="center" vertical="center" wrapText="1"/>`
	)
	xf := func(format, font, fill, border int, more, align string) string {
		return fmt.Sprintf(`<xf numFmtId="%d" fontId="%d" fillId="%d" borderId="%d" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"%s>%s</xf>`,
			format, font, fill, border, more, align)
	}
	font := func(size int, bold string) string {
		return fmt.Sprintf(`<font>%s<sz val="%d"/><name val="宋体"/><charset val="134"/></font>`, bold, size)
	}
	edge := `style="thin"><color rgb="FFBFBFBF"/>`
	return `<styleSheet xmlns="` + ns + `">` +
		`<fonts count="4">` + font(11, "") + font(11, "<b/>") + font(16, "<b/>") + font(10, "") + `</fonts>` +
		`<fills count="4"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>` +
		`<fill><patternFill patternType="solid"><fgColor rgb="FFE8EEF7"/><bgColor indexed="64"/></patternFill></fill>` +
		`<fill><patternFill patternType="solid"><fgColor rgb="FFFFE699"/><bgColor indexed="64"/></patternFill></fill></fills>` +
		`<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>` +
		`<border><left ` + edge + `</left><right ` + edge + `</right><top ` + edge + `</top><bottom ` + edge + `</bottom><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="10">` +
		xf(0, 0, 0, 0, "", left) +
		xf(49, 0, 0, 0, "", left) +
		xf(49, 0, 0, 0, ` quotePrefix="1"`, left) +
		xf(1, 0, 0, 0, "", left) +
		xf(4, 0, 0, 0, "", left) +
		xf(10, 0, 0, 0, "", left) +
		xf(49, 1, 2, 1, "", center) +
		xf(49, 2, 0, 0, "", center) +
		xf(49, 3, 0, 0, "", center) +
		xf(49, 0, 3, 0, ` quotePrefix="1"`, left) +
		`</cellXfs><cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
}
