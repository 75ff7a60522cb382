package intake

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gonggu/internal/canon"
	"gonggu/internal/pack"
	"gonggu/internal/workbook"
)

func codes(r *result) string {
	var out []string
	for _, f := range r.faults {
		out = append(out, fmt.Sprintf("%s@%d%s", strings.TrimPrefix(f.Code, "intake."), f.Row, f.Column))
	}
	return strings.Join(out, " ")
}

func TestColumnsInAnyOrderAndSpelling(t *testing.T) {
	want, _ := canon.Marshal(read(t, write(t, export(exportRow("H1", "王五", "户主")))).households[0].Canonical())
	order := []int{17, 6, 3, 9, 5, 11, 7, 8, 1, 10, 4, 13, 2, 12, 16, 14, 15}
	spelling := map[string]string{"县(市、区、旗)": "县", "乡(镇)": " 乡（镇） ", "行政村": "村", "组": "村民组", "工资性收入（元）": "*工资性 收入", "户编号": "户 编 号："}
	head, row := make([]string, len(order)), make([]string, len(order))
	values := exportRow("H1", "王五", "户主")
	for i, k := range order {
		head[i], row[i] = exportHeading[k], values[k]
		if s := spelling[head[i]]; s != "" {
			head[i] = s
		}
	}
	for above := range 15 {
		rows := make([][]string, above)
		for i := range rows {
			rows[i] = []string{"标题"}
		}
		r := read(t, write(t, table{rows: append(rows, head, row)}))
		if got, _ := canon.Marshal(r.households[0].Canonical()); !bytes.Equal(got, want) || len(r.faults) != 0 {
			t.Fatalf("%d rows above: %s %+v", above, got, r.faults)
		}
	}
}

func TestUnknownAndRepeatedColumns(t *testing.T) {
	r := read(t, write(t, table{rows: [][]string{
		{"户编号", "姓名", "与户主关系", "村", "乡", "住房面积", "自编列", "住房面积", "自编列", "", "导入提示：原因"},
		{"H1", "甲", "户主", "田营村", "白集镇", "100", "一", "80.5", "二", "无表头", "旧的原因"},
	}}))
	h := r.households[0]
	if h.Facts["house"] != int64(10000) || h.Facts["house_after"] != int64(8050) {
		t.Errorf("the second copy of a label: %+v", h.Facts)
	}
	if got := fmt.Sprint(h.Members[0].Unknown); got != "map[自编列:一 自编列（第2列）:二]" {
		t.Errorf("unknown %s", got)
	}
	if got := codes(r); got != "column_unknown@1自编列 column_repeated@1住房面积 column_repeated@1自编列 column_unknown@1自编列（第2列）" {
		t.Errorf("faults %s", got)
	}
	s := r.run.Survey()
	if len(s.Sheets) != 1 || s.Rows != 1 || s.Sheets[0].HeaderRow != 1 || s.Sheets[0].Shape != "export" || !slices.Equal(s.Sheets[0].Unknown, []string{"自编列", "自编列（第2列）"}) {
		t.Errorf("survey %+v", s)
	}
}

func TestDeepHeading(t *testing.T) {
	x := excelize.NewFile()
	put := func(row int, cells ...any) { x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", row), &cells) }
	put(1, "台账")
	x.MergeCell("Sheet1", "A1", "H1")
	put(2, "户编号", "姓名", "与户主关系", "村", "乡", "识别时", "", "风险消除后", "")
	for _, c := range "ABCDE" {
		x.MergeCell("Sheet1", fmt.Sprintf("%c2", c), fmt.Sprintf("%c3", c))
	}
	x.MergeCell("Sheet1", "F2", "G2")
	x.MergeCell("Sheet1", "H2", "I2")
	x.SetSheetRow("Sheet1", "F3", &[]any{"住房面积", "工资性收入", "住房面积", "工资性收入"})
	put(4, "H1", "甲", "户主", "田营村", "白集镇", "100", "5000", "80", "6000")
	var buf bytes.Buffer
	x.Write(&buf)
	r := read(t, buf.Bytes())
	h := r.households[0]
	if h.Facts["house"] != int64(10000) || h.Facts["house_after"] != int64(8000) || h.Facts["wage"] != int64(500000) || h.Members[0].Unknown["风险消除后工资性收入"] != "6000" {
		t.Errorf("household %+v, unknown %v", h.Facts, h.Members[0].Unknown)
	}
	if got := codes(r); !strings.HasPrefix(got, "header_merged@3") {
		t.Errorf("faults %s", got)
	}
}

var rosterHeading = []string{"序号", "乡镇", "行政村", "村民组", "姓名", "与户主关系", "家庭人口数"}

func TestRoster(t *testing.T) {
	r := read(t, write(t, table{rows: [][]string{
		{"花名册"}, rosterHeading,
		{"1", "白集镇", "田营村", "3组", "孤", "配偶", ""}, // no head above
		{"2", "白集镇", "田营村", "3组", "甲", "户主", "2"},
		{"3", "白集镇", "田营村", "3组", "甲妻", "配偶", "2"},
		{"4", "白集镇", "田营村", "3组", "乙", "户主", "3"},
		{"5", "白集镇", "田营村", "11组", "落", "之子", "3"}, // another group, no head there
		{},
		{"6", "白集镇", "无此村", "", "丙", "户主", ""}, // refused, and so its son
		{"7", "白集镇", "田营村", "", "丙子", "之子", ""},
		{"8", "老城镇", "田营村", "", "丁", "户主", "一"},
		{"合计", "", "", "", "", "", "6"},
		{"填表人：某某", "", "", "", "", "", ""},
	}}))
	if got := r.names(); got != ": 甲* 甲妻\n: 乙*\n: 丁*" {
		t.Errorf("households\n%s", got)
	}
	want := "no_head@3 member_count@6家庭人口数 no_head@7 village_unknown@9行政村 no_head@10 number_bad@11家庭人口数 total_row@12 total_row@13"
	if got := codes(r); got != want {
		t.Errorf("faults %s, want %s", got, want)
	}
	if r.sum.Rejected != 4 || r.households[0].Area != "99902410120103" || r.households[2].Area != "999024102201" {
		t.Errorf("summary %+v", r.sum)
	}
}

func TestRosterMergedCells(t *testing.T) {
	x := excelize.NewFile()
	put := func(row int, cells ...any) { x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", row), &cells) }
	put(1, "乡镇", "行政村", "户主姓名", "姓名", "联系电话")
	put(2, "白集镇", "田营村", "甲", "甲", "13900000000")
	put(3, "", "", "", "甲妻", "")
	put(4, "", "", "乙", "乙", "13800000000")
	put(5, "", "", "", "乙子", "")
	x.MergeCell("Sheet1", "A2", "A5")
	x.MergeCell("Sheet1", "B2", "B5")
	x.MergeCell("Sheet1", "C2", "C3")
	x.MergeCell("Sheet1", "C4", "C5")
	var buf bytes.Buffer
	x.Write(&buf)
	r := read(t, buf.Bytes())
	if got := r.names(); got != ": 甲* 甲妻\n: 乙* 乙子" || len(r.faults) != 0 {
		t.Errorf("households\n%s\nfaults %+v", got, r.faults)
	}
}

func TestOneRowPerHousehold(t *testing.T) {
	r := read(t, write(t, table{rows: [][]string{
		{"乡镇", "行政村", "户编号", "户主姓名", "户类型", "自编"},
		{"白集镇", "田营村", "H1", "甲", "脱贫户", "x"},
		{"白集镇", "王庄村", "H2", "乙", "一般农户", ""},
		{"白集镇", "王庄村", "H2", "乙", "脱贫户", ""},
	}}))
	if len(r.households) != 2 || r.households[0].Head != "甲" || r.households[0].Unknown["自编"] != "x" || len(r.households[0].Members) != 0 || r.households[1].Facts["kind"] != "common" {
		t.Errorf("households %+v", r.households)
	}
	if got := codes(r); got != "column_unknown@1自编 household_twice@4户编号" {
		t.Errorf("faults %s", got)
	}
}

// TestExportsJoined gives three exports about one household in one import.
func TestExportsJoined(t *testing.T) {
	m := testMapping()
	m.Shapes = append(m.Shapes, Shape{ID: "work", Name: "务工表", Detect: []string{"户编号", "姓名", "务工开始时间"}, Columns: m.Shapes[0].Columns})
	in, err := New(m, testPlaces(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := write(t,
		table{name: "人", rows: export(exportRow("H1", "甲", "户主"), exportRow("H1", "乙", "配偶", "联系电话", ""), exportRow("H2", "戊", "户主")).rows},
		table{name: "户", rows: [][]string{{"乡", "村", "户编号", "户主姓名", "户类型", "住房面积", "自编"}, {"白集镇", "田营村", "H1", "甲", "一般农户", "90", "x"}}},
		table{name: "工", rows: [][]string{{"乡", "村", "户编号", "姓名", "务工开始时间", "联系电话", "自编"}, {"白集镇", "田营村", "H1", "乙", "202203", "13800000000", "y"}, {"白集镇", "田营村", "H1", "甲", "202204", "13700000000", ""}}})
	run, err := in.Open(context.Background(), Source{"a.xlsx", bytes.NewReader(file), int64(len(file))})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	r := &result{run: run}
	if _, err = run.Read(context.Background(), func(h *Household) error { r.households = append(r.households, h); return nil },
		func(f Fault) error { r.faults = append(r.faults, f); return nil }); err != nil {
		t.Fatal(err)
	}
	if got := r.names(); got != "H2: 戊*\nH1: 甲* 乙" {
		t.Fatalf("households\n%s", got)
	}
	h := r.households[1]
	two := h.Members[1]
	if h.Facts["house"] != int64(9000) || h.Unknown["自编"] != "x" || two.Facts["work_from"] != "2022-03" || two.Facts["phone"] != "13800000000" || two.Unknown["自编"] != "y" || len(h.Rows) != 5 {
		t.Errorf("household %+v", h)
	}
	if got := codes(r); got != "column_unknown@1自编 column_unknown@1自编 household_conflict@2户类型 person_conflict@3联系电话" {
		t.Errorf("faults %s", got)
	}
}

func TestHeadNameDiffers(t *testing.T) {
	r := read(t, write(t, table{rows: [][]string{
		{"户编号", "户主姓名", "姓名", "与户主关系", "村", "乡"},
		{"H1", "甲某", "甲", "户主", "田营村", "白集镇"},
		{"H1", "乙某", "乙", "配偶", "", ""}, // its place is the household's
	}}))
	if got := codes(r); got != "household_conflict@3户主姓名 head_name_differs@2户主姓名" || r.households[0].Head != "甲" || len(r.households[0].Members) != 2 {
		t.Errorf("faults %s, %+v", got, r.households[0])
	}
}

// TestRejectRoundTrip corrects the rows of the reject workbook and imports it again.
func TestRejectRoundTrip(t *testing.T) {
	rows := [][]string{
		exportRow("A", "甲", "户主"), exportRow("B", "乙", "户主", "行政村", "错村"), exportRow("C", "", "户主", "乡(镇)", "错镇"),
		exportRow("D", "丁", "户主", "户类型", "外星户"), exportRow("E", "戊", "户主"),
	}
	r := read(t, write(t, export(rows...)))
	var rejected []Fault
	for _, f := range r.faults {
		if f.Severity == Rejected {
			rejected = append(rejected, f)
		}
	}
	if len(rejected) != 3 || r.sum.Rejected != 2 {
		t.Fatalf("faults %s", codes(r))
	}
	var buf bytes.Buffer
	if err := r.run.WriteRejects(context.Background(), &buf, rejected); err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := x.GetRows("表1")
	last := len(exportHeading)
	if len(got) != 5 || got[0][0] != "全国防返贫监测信息系统" || !slices.Equal(got[2][:last], exportHeading) || got[2][last] != reasonLabel || got[2][last+1] != columnLabel {
		t.Fatalf("reject workbook %q", got)
	}
	if !slices.Equal(got[3][:last], rows[1]) || !strings.Contains(got[3][last], "错村") || got[3][last+1] != "行政村" {
		t.Errorf("first rejected row %q", got[3])
	}
	if !strings.Contains(got[4][last], "没有姓名") || !strings.Contains(got[4][last], "错镇") || got[4][last+1] != "姓名、乡(镇)" {
		t.Errorf("second rejected row %q", got[4])
	}
	x.SetCellStr("表1", "D4", "田营村")
	x.SetCellStr("表1", "C5", "白集镇")
	x.SetCellStr("表1", "G5", "丙")
	var fixed bytes.Buffer
	if err := x.Write(&fixed); err != nil {
		t.Fatal(err)
	}
	again := read(t, fixed.Bytes())
	if again.names() != "B: 乙*\nC: 丙*" || len(again.faults) != 0 {
		t.Errorf("after correction\n%s\n%s", again.names(), codes(again))
	}
	want, _ := canon.Marshal(read(t, write(t, export(exportRow("B", "乙", "户主")))).households[0].Canonical())
	if b, _ := canon.Marshal(again.households[0].Canonical()); !bytes.Equal(b, want) {
		t.Errorf("the corrected row became %s", b)
	}
}

// TestPartialList: a list of those who work away has no heads and is not short of members.
func TestPartialList(t *testing.T) {
	m := testMapping()
	m.Shapes = append(m.Shapes, Shape{ID: "work", Name: "务工表", Detect: []string{"户编号", "姓名", "务工开始时间"}, Columns: m.Shapes[0].Columns})
	in, err := New(m, testPlaces(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, table{rows: [][]string{{"户编号", "姓名", "村", "乡", "务工开始时间", "家庭人口数"}, {"H1", "甲", "田营村", "白集镇", "2022年03月", "5"}}})
	run, err := in.Open(context.Background(), Source{"a.xlsx", bytes.NewReader(file), int64(len(file))})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	var got *Household
	if _, err := run.Read(context.Background(), func(h *Household) error { got = h; return nil }, func(f Fault) error {
		t.Errorf("fault %+v", f)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got.Members[0].Facts["work_from"] != "2022-03" || run.Survey().Sheets[0].Shape != "work" {
		t.Errorf("%+v", got)
	}
}

func TestZipOfWorkbooks(t *testing.T) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, rows := range map[string][][]string{"a.xlsx": {exportRow("A", "甲", "户主")}, "b.xlsx": {exportRow("B", "乙", "户主"), exportRow("B", "丙", "配偶", "行政村", "错村")}} {
		f, _ := z.Create(name)
		f.Write(write(t, export(rows...)))
	}
	f, _ := z.Create("c.csv")
	f.Write([]byte("户编号,姓名\n"))
	z.Close()
	r := read(t, buf.Bytes())
	if len(r.households) != 2 || len(r.faults) != 2 || r.faults[0].Code != "workbook.text" || r.faults[1].File != "文件1.xlsx/b.xlsx" {
		t.Errorf("%s\n%+v", r.names(), r.faults)
	}
	var out bytes.Buffer
	if err := r.run.WriteRejects(context.Background(), &out, r.faults); err != nil {
		t.Fatal(err)
	}
	b, err := workbook.Open(bytes.NewReader(out.Bytes()), int64(out.Len()), workbook.Limits{})
	if err != nil || len(b.Sheets()) != 1 {
		t.Errorf("rejects of a zip: %v", err)
	}
}

func TestFromPack(t *testing.T) {
	m, err := FromPack(
		[]pack.Shape{{ID: "x", Name: "表", Detect: []string{"姓名"}, Subject: "person", Columns: []pack.Column{{Part: "name", Labels: []string{"姓名"}}, {Fact: "m.idno"}, {Fact: "h.n"}}}},
		pack.FactBook{
			Household: []pack.Fact{{Code: "n", Name: "家庭人口数", Type: "int"}, {Code: "tel", Name: "户联系电话", Type: "text"}},
			Person: []pack.Fact{{Code: "idno", Name: "证件号码", Type: "text", Sensitive: "identity"}, {Code: "born", Name: "出生日期", Type: "day"},
				{Code: "sex", Name: "性别", Type: "code", List: "s"}, {Code: "rel", Name: "关系", Type: "code", List: "r", Labels: []string{"与户主关系"}}},
		},
		[]pack.CodeList{{ID: "s", Entries: []pack.Entry{{Code: "m", Name: "男"}, {Code: "f", Name: "女"}}}, {ID: "r", Entries: []pack.Entry{{Code: "h", Name: "户主"}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := Roles{IDNumber: []string{"idno"}, PersonID: "idno", Phones: []string{"tel"}, Birth: "born", Sex: "sex", Male: "m", Female: "f", Relation: "rel", Head: "h", Size: "n"}
	if fmt.Sprint(m.Roles) != fmt.Sprint(want) {
		t.Errorf("roles %+v", m.Roles)
	}
	if _, err := New(m, testPlaces(), Options{}); err != nil {
		t.Error(err)
	}
	m.Shapes[0].Columns[1].Fact = "nothing"
	if _, err := New(m, testPlaces(), Options{}); err == nil {
		t.Error("a column of an unknown fact passed")
	}
	if _, err := FromPack([]pack.Shape{{ID: "x", Columns: []pack.Column{{Fact: "idno"}}}}, pack.FactBook{}, nil); err == nil {
		t.Error("a fact without h. or m. passed")
	}
}

func BenchmarkRead30kx40(b *testing.B) {
	heading := slices.Clone(exportHeading)
	for i := len(heading); i < 40; i++ {
		heading = append(heading, fmt.Sprintf("自编%d", i))
	}
	rows := [][]string{heading}
	for i := range 30000 {
		row := exportRow(fmt.Sprintf("H%d", i/4), "王五", []string{"户主", "配偶", "之子", "之女"}[i%4], "证件号码", "")
		for len(row) < 40 {
			row = append(row, "")
		}
		rows = append(rows, row)
	}
	file := write(b, table{rows: rows})
	total := 0
	for b.Loop() {
		in, err := New(testMapping(), testPlaces(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		run, err := in.Open(context.Background(), Source{"a.xlsx", bytes.NewReader(file), int64(len(file))})
		if err != nil {
			b.Fatal(err)
		}
		sum, err := run.Read(context.Background(), func(*Household) error { return nil }, func(Fault) error { return nil })
		if err != nil || sum.Households != 7500 || sum.Members != 30000 {
			b.Fatal(sum, err)
		}
		run.Close()
		total += sum.Rows
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "rows/s")
}
