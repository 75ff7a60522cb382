package workbook

import (
	"archive/zip"
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

func build(t testing.TB, layout Layout, rows ...[]Value) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := NewWriter(&buf)
	s, err := w.Sheet("问题台账", layout)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := s.Row(r...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestWriterIsReadByExcelize(t *testing.T) {
	layout := Layout{Titles: []string{"沈丘县问题台账", "截至某日"}, Heading: []string{"编号", "金额", "占比", "说明"}, Widths: []float64{20, 12}}
	row := []Value{Text("990000199001010000"), Hundredths(-690050), Percent(355000), Text("=HYPERLINK(\"x\")")}
	file := build(t, layout, row, []Value{Blank, Int(7), Hundredths(5), Text(" a\n<&>_x0041_\x01")})
	if !bytes.Equal(file, build(t, layout, row, []Value{Blank, Int(7), Hundredths(5), Text(" a\n<&>_x0041_\x01")})) {
		t.Error("equal rows gave different bytes")
	}
	x, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[string]string{
		"A1": "沈丘县问题台账", "A3": "编号", "A4": "990000199001010000", "B4": "-6,900.50", "C4": "35.50%", "D4": `=HYPERLINK("x")`, "B5": "7", "C5": "0.05",
	} {
		if got, _ := x.GetCellValue("问题台账", ref); got != want {
			t.Errorf("%s is %q, want %q", ref, got, want)
		}
	}
	if f, _ := x.GetCellFormula("问题台账", "D4"); f != "" {
		t.Errorf("text became the formula %q", f)
	}
	panes, _ := x.GetPanes("问题台账")
	if !panes.Freeze || panes.YSplit != 3 {
		t.Errorf("panes %+v", panes)
	}
	page, _ := x.GetPageLayout("问题台账")
	if page.Orientation == nil || *page.Orientation != "landscape" || page.Size == nil || *page.Size != 9 {
		t.Errorf("page %+v", page)
	}
	names := x.GetDefinedName()
	if !slices.ContainsFunc(names, func(n excelize.DefinedName) bool {
		return n.Name == "_xlnm.Print_Titles" && n.RefersTo == "'问题台账'!$1:$3"
	}) {
		t.Errorf("names %+v", names)
	}
	merges, _ := x.GetMergeCells("问题台账")
	if len(merges) != 2 {
		t.Errorf("merges %v", merges)
	}
	got, err := dump(t, file)
	if err != nil || got[3] != `4: A=990000199001010000 B=-6900.50 C=35.5% D==HYPERLINK("x")` || got[4] != "5: B=7 C=0.05 D= a\n<&>_x0041_\x01" {
		t.Errorf("own reading %q, %v", got, err)
	}
}

func TestWriteReadIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("=+-@_x000D<&>\"'\n\r\t 　白集"))))
		in := rapid.SliceOfN(rapid.SliceOfN(cell, 1, 6), 1, 8).Draw(t, "rows")
		var buf bytes.Buffer
		w := NewWriter(&buf)
		s, _ := w.Sheet("a", Layout{})
		for _, r := range in {
			values := make([]Value, len(r))
			for i, c := range r {
				values[i] = Text(c)
			}
			if err := s.Row(values...); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := Open(bytes.NewReader(buf.Bytes()), int64(buf.Len()), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got := make([][]string, len(in))
		for i := range in {
			got[i] = make([]string, len(in[i]))
		}
		for row, err := range b.Sheets()[0].Rows(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range row.Cells {
				got[row.N-1][c.Col] = c.Text
			}
		}
		for i := range in {
			for k, want := range in[i] {
				want = strings.Map(func(r rune) rune {
					if r == 0xFFFE || r == 0xFFFF {
						return utf8.RuneError
					}
					return r
				}, want)
				if got[i][k] != want {
					t.Fatalf("row %d cell %d: %q became %q", i, k, want, got[i][k])
				}
			}
		}
	})
}

func TestWriterContinuesOnNewSheet(t *testing.T) {
	rowsPerSheet = 5
	defer func() { rowsPerSheet = MaxRows }()
	rows := make([][]Value, 9)
	for i := range rows {
		rows[i] = []Value{Int(int64(i))}
	}
	file := build(t, Layout{Titles: []string{"题"}, Heading: []string{"号"}}, rows...)
	b, err := Open(bytes.NewReader(file), int64(len(file)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var names, cells []string
	for _, s := range b.Sheets() {
		names = append(names, s.Name)
		for row := range s.Rows(context.Background()) {
			cells = append(cells, row.Cells[0].Text)
		}
	}
	if want := []string{"问题台账", "问题台账 (2)", "问题台账 (3)"}; !slices.Equal(names, want) {
		t.Errorf("sheets %q", names)
	}
	if got := strings.Join(cells, " "); got != "题 号 0 1 2 题 号 3 4 5 题 号 6 7 8" {
		t.Errorf("cells %q", got)
	}
}

func TestSheetNamesAndLongText(t *testing.T) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	for _, n := range []string{"a/b", "A B", "", strings.Repeat("长", 40), strings.Repeat("长", 40), "'x'"} {
		s, err := w.Sheet(n, Layout{})
		if err != nil {
			t.Fatal(err)
		}
		s.Row(Text(strings.Repeat("字", 40000)), Text(strings.Repeat("字", maxCellUnits)))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := Open(bytes.NewReader(buf.Bytes()), int64(buf.Len()), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range b.Sheets() {
		if key := strings.ToLower(s.Name); seen[key] || utf8.RuneCountInString(s.Name) > 31 || strings.ContainsAny(s.Name, `[]:*?/\`) {
			t.Errorf("sheet name %q", s.Name)
		}
		seen[strings.ToLower(s.Name)] = true
		for row := range s.Rows(context.Background()) {
			if got := row.Cells[0].Text; utf8.RuneCountInString(got) != maxCellUnits || !strings.HasSuffix(got, cutMark) {
				t.Errorf("%d characters, ends %q", utf8.RuneCountInString(got), got[len(got)-30:])
			}
			if got := row.Cells[1].Text; got != strings.Repeat("字", maxCellUnits) {
				t.Error("a text of just the limit was cut")
			}
		}
	}
}

func TestExpand(t *testing.T) {
	ctx := context.Background()
	one := build(t, Layout{}, []Value{Text("甲")})
	expand := func(file []byte, l Limits) ([]Member, error) {
		return Expand(ctx, "县.zip", bytes.NewReader(file), int64(len(file)), l)
	}
	ms, err := expand(one, Limits{})
	if err != nil || len(ms) != 1 || ms[0].Name != "县.zip" || ms[0].Book == nil {
		t.Fatalf("a plain workbook: %+v, %v", ms, err)
	}
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String("白集镇.xlsx")
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	put := func(h *zip.FileHeader, data []byte) {
		h.Method = zip.Deflate
		f, _ := z.CreateHeader(h)
		f.Write(data)
	}
	put(&zip.FileHeader{Name: gbk, NonUTF8: true}, one)
	put(&zip.FileHeader{Name: "../乡/老城镇.XLSX"}, one)
	put(&zip.FileHeader{Name: "旧.xls"}, append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 600)...))
	put(&zip.FileHeader{Name: "__MACOSX/._x.xlsx"}, one)
	put(&zip.FileHeader{Name: "~$老城镇.xlsx"}, one)
	put(&zip.FileHeader{Name: "说明.docx"}, []byte("x"))
	z.Close()
	ms, err = expand(buf.Bytes(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(ms)
	var names []string
	for _, m := range ms {
		names = append(names, m.Name)
	}
	if want := []string{"县.zip/白集镇.xlsx", "县.zip/乡/老城镇.XLSX", "县.zip/旧.xls"}; !slices.Equal(names, want) {
		t.Fatalf("members %q", names)
	}
	wantCode(t, ms[2].Err, "workbook.legacy_xls")
	for _, m := range ms[:2] {
		for row, err := range m.Book.Sheets()[0].Rows(ctx) {
			if err != nil || row.Cells[0].Text != "甲" {
				t.Errorf("%s: %v, %v", m.Name, row, err)
			}
		}
	}
	_, err = expand(zipOf(t, "a.txt", "x"), Limits{})
	wantCode(t, err, "workbook.zip_empty")
	_, err = expand(buf.Bytes(), Limits{Members: 1})
	wantCode(t, err, "workbook.too_large")
}
