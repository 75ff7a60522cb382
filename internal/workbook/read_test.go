package workbook

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestCells(t *testing.T) {
	shared := `<si><t>王<![CDATA[<五>]]></t></si><si><r><rPr><b/></rPr><t>白集</t></r><r><t xml:space="preserve"> 镇</t></r><rPh sb="0" eb="1"><t>bai</t></rPh></si><si><t/></si><si><t>a_x000D_b&#20013;&amp;</t></si>`
	for _, c := range []struct{ name, cells, want string }{
		{"shared", `<c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c>`, "1: A=王<五> C=白集 镇"},
		{"empty shared string is no cell", `<c r="A1" t="s"><v>2</v></c><c r="B1"><v>5</v></c>`, "1: B=5"},
		{"escapes", `<c r="A1" t="s"><v>3</v></c>`, "1: A=a\rb中&"},
		{"inline", `<c r="B1" t="inlineStr"><is><t>=1+1</t></is></c>`, "1: B==1+1"},
		{"inline rich", `<c r="B1" t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r></is></c>`, "1: B=甲乙"},
		{"no references", `<c t="inlineStr"><is><t>a</t></is></c><c/><c><v>2</v></c>`, "1: A=a C=2"},
		{"out of order", `<c r="C1"><v>3</v></c><c r="A1"><v>1</v></c>`, "1: A=1 C=3"},
		{"prefix", `<x:c r="A1"><x:v>7</x:v></x:c>`, "1: A=7"},
		{"bool and error", `<c r="A1" t="b"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c>`, "1: A=TRUE B=#N/A"},
		{"formula text", `<c r="A1" t="str"><f>A2&amp;"x"</f><v>x</v></c>`, "1: A=x"},
		{"formula without result", `<c r="A1"><f>A2</f></c>`, "1: A="},
		{"15 digits", `<c r="A1"><v>123456789012345</v></c>`, "1: A=123456789012345"},
		{"18 digits by a program", `<c r="A1"><v>990000199001011234</v></c>`, "1: A=990000199001011234!"},
		{"18 digits by Excel", `<c r="A1"><v>9.9000019900101094E+17</v></c>`, "1: A=990000199001011000!"},
		{"binary fraction", `<c r="A1"><v>0.30000000000000004</v></c><c r="B1"><v>6900.5</v></c><c r="C1"><v>1E-3</v></c>`, "1: A=0.3 B=6900.5 C=0.001"},
		{"day, Chinese day, month", `<c r="A1" s="1"><v>44805</v></c><c r="B1" s="2"><v>44805</v></c><c r="C1" s="4"><v>44805</v></c><c r="D1" s="7"><v>44805</v></c><c r="E1" s="8"><v>44805</v></c>`,
			"1: A=2022-09-01 B=2022-09-01 C=2022-09 D=2022-09 E=2022-09-01"},
		{"instant and time", `<c r="A1" s="9"><v>44805.5</v></c><c r="B1" s="10"><v>0.25</v></c>`, "1: A=2022-09-01 12:00:00 B=06:00:00"},
		{"Excel's 1900", `<c r="A1" s="1"><v>59</v></c><c r="B1" s="1"><v>61</v></c>`, "1: A=1900-02-28 B=1900-03-01"},
		{"padded, money, percent", `<c r="A1" s="3"><v>12</v></c><c r="B1" s="5"><v>6900.5</v></c><c r="C1" s="6"><v>0.35</v></c>`, "1: A=000012 B=6900.5 C=35%"},
		{"iso day", `<c r="A1" t="d"><v>2022-09-01T00:00:00</v></c>`, "1: A=2022-09-01"},
		{"attribute with >", `<c r="A1" x="a>b" t='inlineStr'><is><t>q</t></is></c>`, "1: A=q"},
		{"comment", `<!-- <c r="A1"/> --><c r="B1"><v>1</v></c>`, "1: B=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := dump(t, bookOf(t, `<worksheet><sheetData><row r="1">`+c.cells+`</row></sheetData></worksheet>`, shared))
			if err != nil || len(got) != 1 || got[0] != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestRowsGapsAndMerges(t *testing.T) {
	file := bookOf(t, `<worksheet><sheetData><row r="2"><c r="A2"><v>1</v></c></row><row r="3"/><row r="4" s="1"><c r="A4" s="1"/></row>`+
		`<row><c><v>5</v></c></row><row r="1000"><c r="B1000"><v>9</v></c></row></sheetData><mergeCells count="1"><mergeCell ref="A1:C2"/></mergeCells></worksheet>`, "")
	got, err := dump(t, file)
	if want := []string{"2: A=1", "5: A=5", "1000: B=9"}; err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %q, %v", got, err)
	}
	b, _ := Open(bytes.NewReader(file), int64(len(file)), Limits{})
	for range b.Sheets()[0].Rows(context.Background()) {
	}
	if m := b.Sheets()[0].Merges; len(m) != 1 || m[0] != (Merge{1, 0, 2, 2}) {
		t.Errorf("merges %v", m)
	}
	if b.Sheets()[0].Name != "表&一" {
		t.Errorf("name %q", b.Sheets()[0].Name)
	}
}

func TestEncodings(t *testing.T) {
	sheet := `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>沈丘县</t></is></c></row></sheetData></worksheet>`
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(`<?xml version="1.0" encoding="GBK"?>` + sheet)
	if err != nil {
		t.Fatal(err)
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune("\uFEFF" + sheet)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	for name, s := range map[string]string{"gbk": gbk, "utf-16": string(wide), "bom": "\uFEFF" + sheet} {
		if got, err := dump(t, bookOf(t, s, "")); err != nil || len(got) != 1 || got[0] != "1: A=沈丘县" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestExcelizeFile reads what another library wrote: dates, shared strings, hidden sheets.
func TestExcelizeFile(t *testing.T) {
	x := excelize.NewFile()
	x.SetCellStr("Sheet1", "A1", "户编号")
	x.SetCellStr("Sheet1", "B1", "户编号")
	x.SetCellInt("Sheet1", "C2", 12)
	day, _ := x.NewStyle(&excelize.Style{NumFmt: 14})
	x.SetCellInt("Sheet1", "D2", 44805)
	x.SetCellStyle("Sheet1", "D2", "D2", day)
	x.NewSheet("藏")
	x.SetSheetVisible("藏", false)
	var buf bytes.Buffer
	if err := x.Write(&buf); err != nil {
		t.Fatal(err)
	}
	got, err := dump(t, buf.Bytes())
	if want := []string{"1: A=户编号 B=户编号", "2: C=12 D=2022-09-01"}; err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %q, %v", got, err)
	}
	b, _ := Open(bytes.NewReader(buf.Bytes()), int64(buf.Len()), Limits{})
	if s := b.Sheets(); len(s) != 2 || s[0].Hidden || !s[1].Hidden {
		t.Errorf("sheets %v", s)
	}
}

func TestRefusals(t *testing.T) {
	ole := append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 2000)...)
	locked := slices.Clone(ole)
	for i, c := range "EncryptedPackage" {
		locked[1000+2*i] = byte(c)
	}
	good := bookOf(t, `<worksheet><sheetData/></worksheet>`, "")
	zipped := slices.Clone(good)
	at := bytes.Index(zipped, []byte("PK\x01\x02"))
	zipped[at+8] |= 1
	gbkCSV, _ := simplifiedchinese.GBK.NewEncoder().String("户编号,姓名\n1,王五\n")
	for _, c := range []struct {
		name, code string
		file       []byte
	}{
		{"empty", "workbook.empty", nil},
		{"xls", "workbook.legacy_xls", ole},
		{"encrypted", "workbook.encrypted", locked},
		{"encrypted zip", "workbook.encrypted", zipped},
		{"csv", "workbook.text", []byte("户编号,姓名\n1,王五\n")},
		{"gbk csv", "workbook.text", []byte(gbkCSV)},
		{"html", "workbook.html", []byte("\xEF\xBB\xBF <html><table></table></html>")},
		{"picture", "workbook.not_workbook", []byte("\x89PNG\r\n\x1a\n\x00\x00")},
		{"pdf", "workbook.not_workbook", []byte("%PDF-1.7\n")},
		{"cut", "workbook.damaged", good[:len(good)-30]},
		{"docx", "workbook.not_workbook", zipOf(t, "[Content_Types].xml", testTypes, "word/document.xml", "<x/>")},
		{"xlsb", "workbook.binary", zipOf(t, "[Content_Types].xml", testTypes, "xl/workbook.bin", "x")},
		{"ods", "workbook.opendocument", zipOf(t, "mimetype", "x", "content.xml", "<x/>")},
		{"no sheet", "workbook.no_sheet", zipOf(t, "xl/workbook.xml", "<workbook><sheets/></workbook>")},
		{"missing sheet part", "workbook.damaged", zipOf(t, "xl/workbook.xml", testBook, "xl/_rels/workbook.xml.rels", testRels)},
		{"doctype", "workbook.unsafe", zipOf(t, "xl/workbook.xml", `<!DOCTYPE x [<!ENTITY a "b">]><workbook/>`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(bytes.NewReader(c.file), int64(len(c.file)), Limits{})
			wantCode(t, err, c.code)
		})
	}
	_, err := Open(bytes.NewReader(good), int64(len(good)), Limits{FileBytes: 100})
	wantCode(t, err, "workbook.too_large")
}

func TestDamagedSheets(t *testing.T) {
	for _, sheet := range []string{
		`<worksheet><sheetData><row r="1"><c r="A1"><v>1`,
		`<worksheet><sheetData><row r="2"/><row r="1"/></sheetData></worksheet>`,
		`<worksheet><sheetData><row r="x"/></sheetData></worksheet>`,
		`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>9</v></c></row></sheetData></worksheet>`,
		`<worksheet><sheetData><row r="1048577"/></sheetData></worksheet>`,
		`<worksheet><sheetData><row r="1"><c r="XFE1"><v>1</v></c></row></sheetData></worksheet>`,
		`<worksheet><sheetData>`,
		``,
	} {
		_, err := dump(t, bookOf(t, sheet, ""))
		wantCode(t, err, "workbook.damaged")
	}
	flipped := bookOf(t, `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`+strings.Repeat("白集镇", 500)+`</t></is></c></row></sheetData></worksheet>`, "")
	at := bytes.Index(flipped, []byte("xl/worksheets/sheet1.xml"))
	flipped[at+40] ^= 0xFF
	_, err := dump(t, flipped)
	wantCode(t, err, "workbook.damaged")
}

func TestBombs(t *testing.T) {
	big := bookOf(t, `<worksheet><sheetData>`+strings.Repeat(" ", 40<<20)+`</sheetData></worksheet>`, "")
	_, err := Open(bytes.NewReader(big), int64(len(big)), Limits{})
	wantCode(t, err, "workbook.bomb")
	if _, err := Open(bytes.NewReader(big), int64(len(big)), Limits{Ratio: 5000}); err != nil {
		t.Errorf("ratio is not a limit: %v", err)
	}
	_, err = Open(bytes.NewReader(big), int64(len(big)), Limits{Ratio: 5000, InflatedBytes: 1 << 20})
	wantCode(t, err, "workbook.bomb")
	_, err = Open(bytes.NewReader(big), int64(len(big)), Limits{Ratio: 5000, Parts: 3})
	wantCode(t, err, "workbook.bomb")

	// A part that inflates to more than it declares.
	lying := bookOf(t, `<worksheet><sheetData>`+strings.Repeat(" ", 100000)+`</sheetData></worksheet>`, "")
	at := bytes.LastIndex(lying, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lying[at+24:], 50)
	if _, err := dump(t, lying); err == nil {
		t.Error("a lying size was believed")
	}
	long := bookOf(t, `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>`+strings.Repeat("长", 300<<10)+`</t></is></c></row></sheetData></worksheet>`, "")
	_, err = dump(t, long)
	wantCode(t, err, "workbook.cell_too_long")
}

func TestSharedSpill(t *testing.T) {
	table := newSharedStrings(blockSize * 2)
	defer table.close()
	const n = 60000
	text := func(i int) string { return strings.Repeat("甲", i%40) + strconv.Itoa(i) }
	for i := range n {
		if err := table.add([]byte(text(i))); err != nil {
			t.Fatal(err)
		}
	}
	if table.spill == nil || table.memory > blockSize*2+blockSize {
		t.Fatalf("nothing was spilt, %d in memory", table.memory)
	}
	for k := range n {
		i := k * 7919 % n
		got, ok, err := table.append(nil, i)
		if err != nil || !ok || string(got) != text(i) {
			t.Fatalf("string %d is %q, %v", i, got, err)
		}
	}
	if _, ok, _ := table.append(nil, n); ok {
		t.Error("a string beyond the table")
	}
}

// TestSharedSpillThroughOpen reads a book whose strings do not fit the memory allowed, twice.
func TestSharedSpillThroughOpen(t *testing.T) {
	var shared, rows strings.Builder
	const n = 30000
	for i := range n {
		shared.WriteString("<si><t>" + strings.Repeat("甲", 20) + strconv.Itoa(i) + "</t></si>")
		rows.WriteString(`<row><c t="s"><v>` + strconv.Itoa((i*17)%n) + `</v></c></row>`)
	}
	file := bookOf(t, `<worksheet><sheetData>`+rows.String()+`</sheetData></worksheet>`, shared.String())
	b, err := Open(bytes.NewReader(file), int64(len(file)), Limits{SharedMemory: 1, Ratio: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for range 2 {
		i := 0
		for row, err := range b.Sheets()[0].Rows(context.Background()) {
			if want := strings.Repeat("甲", 20) + strconv.Itoa((i*17)%n); err != nil || row.Cells[0].Text != want {
				t.Fatalf("row %d: %v, %v", i, row, err)
			}
			i++
		}
		if i != n || b.shared.spill == nil {
			t.Fatalf("%d rows, spilt %v", i, b.shared.spill != nil)
		}
		b.Unload()
	}
	tight := Limits{SharedBytes: 1000}
	b, _ = Open(bytes.NewReader(file), int64(len(file)), tight)
	for _, err := range b.Sheets()[0].Rows(context.Background()) {
		wantCode(t, err, "workbook.too_large")
	}
}

func TestDaysFrom1904(t *testing.T) {
	file := zipOf(t, "xl/workbook.xml", `<workbook><workbookPr date1904="1"/><sheets><sheet name="a" id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", testRels, "xl/styles.xml", testStyles,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c s="1"><v>43343</v></c></row></sheetData></worksheet>`)
	if got, err := dump(t, file); err != nil || got[0] != "1: A=2022-09-01" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestCancelAndBreak(t *testing.T) {
	var buf bytes.Buffer
	if err := sample(&buf, 5000); err != nil {
		t.Fatal(err)
	}
	b, err := Open(bytes.NewReader(buf.Bytes()), int64(buf.Len()), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	rows := 0
	var last error
	for _, err := range b.Sheets()[0].Rows(ctx) {
		if rows++; rows == 100 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) || rows > 600 {
		t.Errorf("%d rows, last error %v", rows, last)
	}
	rows = 0
	for range b.Sheets()[0].Rows(context.Background()) {
		if rows++; rows == 10 {
			break
		}
	}
	rows = 0
	for range b.Sheets()[0].Rows(context.Background()) {
		rows++
	}
	if rows != 5002 {
		t.Errorf("%d rows after breaking off once", rows)
	}
}

func FuzzSheet(f *testing.F) {
	for _, s := range []string{
		`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`,
		`<x:worksheet><row><c t="inlineStr"><is><t>a&lt;b&#x4e2d;_x000D_</t></is></c><c r="C1" s="1"><v>44805.5</v></c></row><mergeCell ref="A1:B2"/></x:worksheet>`,
		`<worksheet><!-- > --><row r="1"><c r='A1' a=">"><f>1</f><v><![CDATA[5]]></v></c></row></worksheet>`,
		`<worksheet><row r="1"><c r="A1"><v>9.9E+307</v></c><c r="AAAA1"><v>1e999</v></c><c t="b"><v>1</v></c></row>`,
		"<?xml version=\"1.0\" encoding=\"gbk\"?><worksheet>", "\xFF\xFE<\x00", "<", "<a", "<a b=\"", "<![CDATA[", "<!",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		file := bookOf(t, sheet, `<si><t>甲</t></si>`)
		b, err := Open(bytes.NewReader(file), int64(len(file)), Limits{})
		if err != nil {
			t.Fatalf("the book itself is good: %v", err)
		}
		last := 0
		for row, err := range b.Sheets()[0].Rows(context.Background()) {
			if err != nil {
				break
			}
			if row.N <= last || len(row.Cells) == 0 {
				t.Fatalf("row %d after %d with %d cells", row.N, last, len(row.Cells))
			}
			last = row.N
			for i, c := range row.Cells {
				if c.Col < 0 || c.Col >= MaxColumns || i > 0 && row.Cells[i-1].Col >= c.Col {
					t.Fatalf("cell order %v", row.Cells)
				}
			}
		}
	})
}
