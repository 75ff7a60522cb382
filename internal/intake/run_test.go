package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"gonggu/internal/canon"
	"gonggu/internal/errs"
	"gonggu/internal/workbook"
)

func testMapping() *Mapping {
	place := []Column{
		{Part: "county", Labels: []string{"县", "县(市、区、旗)"}},
		{Part: "township", Labels: []string{"乡", "乡(镇)", "乡镇"}},
		{Part: "village", Labels: []string{"村", "行政村"}, Required: true},
		{Part: "group", Labels: []string{"组", "村民组"}},
		{Part: "person_no", Labels: []string{"人编号"}},
		{Part: "head", Labels: []string{"户主姓名"}},
		{Part: "ignore", Labels: []string{"序号"}},
	}
	facts := []Column{}
	for _, f := range []string{"kind", "size", "risks", "wage", "house", "house_after", "cleared", "seen", "head_phone"} {
		facts = append(facts, Column{Fact: f})
	}
	for _, f := range []string{"relation", "id", "sex", "birth", "phone", "health", "work_from", "land", "account"} {
		facts = append(facts, Column{Fact: f, Person: true})
	}
	cols := func(extra ...Column) []Column { return slices.Concat(place, extra, facts) }
	name := Column{Part: "name", Labels: []string{"姓名"}, Required: true}
	number := Column{Part: "household_no", Labels: []string{"户编号"}, Required: true}
	h := func(code, label, kind, list string, sensitive bool) Fact {
		return Fact{Code: code, Name: label, Type: kind, List: list, Labels: []string{label}, Sensitive: sensitive}
	}
	m := func(code, label, kind, list string, sensitive bool) Fact {
		f := h(code, label, kind, list, sensitive)
		f.Person = true
		return f
	}
	return &Mapping{
		Shapes: []Shape{
			{ID: "export", Name: "全国系统导出表", Detect: []string{"户编号", "姓名", "与户主关系"}, Columns: cols(name, number)},
			{ID: "homes", Name: "户信息表", Detect: []string{"户编号", "户主姓名", "户类型"}, PerHousehold: true, Columns: cols(number)},
			{ID: "roster", Name: "花名册", Detect: []string{"姓名", "与户主关系"}, Columns: cols(name)},
			{ID: "heads", Name: "户主花名册", Detect: []string{"姓名", "户主姓名"}, Columns: cols(name)},
		},
		Facts: []Fact{
			h("kind", "户类型", "code", "kind", false), h("size", "家庭人口数", "int", "", false), h("risks", "致贫返贫风险", "codes", "risk", false),
			h("wage", "工资性收入", "money", "", false), h("house", "住房面积", "hundredths", "", false), h("house_after", "风险消除后住房面积", "hundredths", "", false),
			h("cleared", "风险是否已消除", "bool", "", false), h("seen", "识别监测时间", "month", "", false), h("head_phone", "户联系电话", "text", "", true),
			m("relation", "与户主关系", "code", "relation", false), m("id", "证件号码", "text", "", true), m("sex", "性别", "code", "sex", false),
			m("birth", "出生日期", "day", "", false), m("phone", "联系电话", "text", "", true), m("health", "健康状况", "codes", "health", true),
			m("work_from", "务工开始时间", "month", "", false), m("land", "承包地", "hundredths", "", false), m("account", "银行账号", "text", "", true),
		},
		Lists: []List{
			{ID: "kind", Entries: []Entry{{"common", "一般农户", []string{"普通农户"}}, {"lifted", "脱贫户", nil}}},
			{ID: "risk", Entries: []Entry{{"ill", "因病", nil}, {"school", "因学", nil}}},
			{ID: "relation", Entries: []Entry{{"head", "户主", nil}, {"spouse", "配偶", nil}, {"son", "之子", nil}, {"daughter", "之女", nil}}},
			{ID: "sex", Entries: []Entry{{"male", "男", nil}, {"female", "女", nil}}},
			{ID: "health", Entries: []Entry{{"good", "健康", nil}, {"chronic", "长期慢性病", nil}, {"disabled", "残疾", nil}}},
		},
		Roles: Roles{
			IDNumber: []string{"id"}, PersonID: "id", Phones: []string{"phone", "head_phone"}, Birth: "birth", Sex: "sex", Male: "male", Female: "female",
			Relation: "relation", Head: "head", Size: "size",
		},
	}
}

// table is a sheet of texts; a cell beginning with "#" is written as a number.
type table struct {
	name string
	rows [][]string
}

func write(t testing.TB, tables ...table) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := workbook.NewWriter(&buf)
	for i, tab := range tables {
		if tab.name == "" {
			tab.name = fmt.Sprintf("表%d", i+1)
		}
		s, err := w.Sheet(tab.name, workbook.Layout{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range tab.rows {
			values := make([]workbook.Value, len(row))
			for k, c := range row {
				var n int64
				if _, err := fmt.Sscanf(c, "#%d", &n); err == nil {
					values[k] = workbook.Int(n)
				} else {
					values[k] = workbook.Text(c)
				}
			}
			if err := s.Row(values...); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

type result struct {
	run        *Run
	households []*Household
	faults     []Fault
	sum        Summary
}

func read(t testing.TB, files ...[]byte) *result {
	t.Helper()
	out, err := tryRead(t, context.Background(), files...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tryRead(t testing.TB, ctx context.Context, files ...[]byte) (*result, error) {
	t.Helper()
	in, err := New(testMapping(), testPlaces(), Options{Today: "2022-11-01"})
	if err != nil {
		t.Fatal(err)
	}
	var sources []Source
	for i, f := range files {
		sources = append(sources, Source{fmt.Sprintf("文件%d.xlsx", i+1), bytes.NewReader(f), int64(len(f))})
	}
	run, err := in.Open(ctx, sources...)
	if err != nil {
		return nil, err
	}
	t.Cleanup(run.Close)
	out := &result{run: run}
	out.sum, err = run.Read(ctx,
		func(h *Household) error { out.households = append(out.households, h); return nil },
		func(f Fault) error { out.faults = append(out.faults, f); return nil })
	return out, err
}

// names are the households as "number: member member*" (a star for the head), one per line.
func (r *result) names() string {
	var lines []string
	for _, h := range r.households {
		s := h.Number + ":"
		for _, m := range h.Members {
			s += " " + m.Name
			if m.Head {
				s += "*"
			}
		}
		lines = append(lines, s)
	}
	return strings.Join(lines, "\n")
}

var exportHeading = []string{"序号", "县(市、区、旗)", "乡(镇)", "行政村", "组", "户编号", "姓名", "与户主关系", "证件号码", "性别", "出生日期", "工资性收入（元）", "户类型", "健康状况", "联系电话", "风险是否已消除", "识别监测时间", "致贫返贫风险"}

// exportRow is a good row of an export; set pairs "label", "value" change it.
func exportRow(number, name, relation string, set ...string) []string {
	birth, sequence, sex := "1980-01-01", "011", "男"
	if relation == "配偶" {
		birth, sequence, sex = "1982-02-02", "022", "女"
	}
	row := []string{"1", "试验县", "白集镇", "田营村", "3组", number, name, relation, testID(strings.ReplaceAll(birth, "-", ""), sequence), sex, birth, "6,900.50", "脱贫户", "健康", "13900000000", "否", "202209", "因病,因学"}
	for i := 0; i < len(set); i += 2 {
		at := slices.Index(exportHeading, set[i])
		if at < 0 {
			panic(set[i])
		}
		row[at] = set[i+1]
	}
	return row
}

func export(rows ...[]string) table {
	return table{rows: append([][]string{{"全国防返贫监测信息系统"}, {"导出日期：2022-10-01"}, exportHeading}, rows...)}
}

func TestExport(t *testing.T) {
	r := read(t, write(t, export(
		exportRow("H1", "王 五", "户主"), exportRow("H1", "李四", "配偶", "健康状况", "残疾，长期慢性病", "证件号码", "999999198202020022", "联系电话", ""),
		exportRow("H2", "赵六", "户主", "组", "", "出生日期", "", "性别", "", "工资性收入（元）", "0.69万元", "识别监测时间", "2022年9月", "风险是否已消除", "√"),
	)))
	if len(r.faults) != 0 {
		t.Errorf("faults %+v", r.faults)
	}
	if got := r.names(); got != "H1: 王五* 李四\nH2: 赵六*" {
		t.Fatalf("households\n%s", got)
	}
	h := r.households[0]
	got, err := canon.Marshal(h.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	id := testID("19800101", "011")
	want := `{"area":"99902410120103","facts":{"cleared":false,"kind":"lifted","risks":["ill","school"],"seen":"2022-09","wage":690050},"group":"3组","head":"王五","members":[` +
		`{"facts":{"birth":"1980-01-01","health":["good"],"id":"` + id + `","phone":"13900000000","relation":"head","sex":"male"},"head":true,"name":"王五"},` +
		`{"facts":{"birth":"1982-02-02","health":["chronic","disabled"],"relation":"spouse","sex":"female"},"name":"李四"}],"number":"H1"}`
	if string(got) != want {
		t.Errorf("canonical\n%s\nwant\n%s", got, want)
	}
	two := r.households[1]
	if two.Area != "999024101201" || two.Facts["wage"] != int64(690000) || two.Facts["cleared"] != true || two.Members[0].Facts["birth"] != "1980-01-01" || two.Members[0].Facts["sex"] != "male" {
		t.Errorf("second %+v", two)
	}
	if two.Rows[0].Row != 6 || two.Rows[0].Sheet != "表1" || r.sum.Households != 2 || r.sum.Members != 3 || r.sum.Rows != 3 || r.sum.Rejected != 0 {
		t.Errorf("rows %v, summary %+v", two.Rows, r.sum)
	}
}

// planted is one fault, the rows of a household that has it, and where it must be found.
type planted struct {
	code, column, reason string
	rows                 [][]string
	row                  int // of the fault, from 1 within rows
	rejected             bool
}

func plants() []planted {
	other := testID("19820202", "022")
	return []planted{
		{"intake.household_number_missing", "户编号", "补填", [][]string{exportRow("", "甲", "户主")}, 1, true},
		{"intake.household_number_lossy", "户编号", "文本", [][]string{exportRow("#410000000000000123", "甲", "户主")}, 1, true},
		{"intake.name_missing", "姓名", "姓名", [][]string{exportRow("X", "甲", "户主"), exportRow("X", " 　", "配偶")}, 2, true},
		{"intake.place_missing", "行政村", "补填", [][]string{exportRow("X", "甲", "户主", "行政村", "")}, 1, true},
		{"intake.other_county", "县(市、区、旗)", "别县", [][]string{exportRow("X", "甲", "户主", "县(市、区、旗)", "别县")}, 1, true},
		{"intake.township_unknown", "乡(镇)", "无此镇", [][]string{exportRow("X", "甲", "户主", "乡(镇)", "无此镇")}, 1, true},
		{"intake.village_unknown", "行政村", "独一村（同名的村在老城镇）", [][]string{exportRow("X", "甲", "户主", "行政村", "独一村")}, 1, true},
		{"intake.village_ambiguous", "行政村", "田营村", [][]string{exportRow("X", "甲", "户主", "乡(镇)", "")}, 1, true},
		{"intake.household_two_places", "行政村", "同一个村", [][]string{exportRow("X", "甲", "户主"), exportRow("X", "乙", "配偶", "行政村", "王庄村", "组", "")}, 2, true},
		{"intake.household_number_reused", "行政村", "重复", [][]string{exportRow("X", "甲", "户主"), exportRow("X", "乙", "户主", "行政村", "王庄村", "组", "")}, 2, true},
		{"intake.group_unknown", "组", "组名", [][]string{exportRow("X", "甲", "户主", "组", "九组")}, 1, false},
		{"intake.id_shape", "证件号码", "位数", [][]string{exportRow("X", "甲", "户主", "证件号码", "99000019800101")}, 1, false},
		{"intake.id_date", "证件号码", "出生日期不存在", [][]string{exportRow("X", "甲", "户主", "证件号码", testID("19801301", "011"))}, 1, false},
		{"intake.id_check", "证件号码", "校验位", [][]string{exportRow("X", "甲", "户主", "证件号码", other[:17]+string("0123456789"[(other[17]-'0'+1)%10]))}, 1, false},
		{"intake.id_lossy", "证件号码", "文本", [][]string{exportRow("X", "甲", "户主", "证件号码", "#990000198001010000")}, 1, false},
		{"intake.id_duplicate", "证件号码", "相同", [][]string{exportRow("X", "甲", "户主"), exportRow("X", "乙", "之子")}, 2, false},
		{"intake.birth_future", "出生日期", "今天之后", [][]string{exportRow("X", "甲", "户主", "出生日期", "2023-01-01", "证件号码", "")}, 1, false},
		{"intake.birth_differs", "出生日期", "不一致", [][]string{exportRow("X", "甲", "户主", "出生日期", "1980-01-02")}, 1, false},
		{"intake.sex_differs", "性别", "不一致", [][]string{exportRow("X", "甲", "户主", "性别", "女")}, 1, false},
		{"intake.code_unknown", "户类型", "一般农户、脱贫户", [][]string{exportRow("X", "甲", "户主", "户类型", "外星户")}, 1, false},
		{"intake.code_unknown", "健康状况", "健康、长期慢性病", [][]string{exportRow("X", "甲", "户主", "健康状况", "健康,不明")}, 1, false},
		{"intake.day_bad", "出生日期", "2022-09-01", [][]string{exportRow("X", "甲", "户主", "出生日期", "1980-02-30", "证件号码", "")}, 1, false},
		{"intake.month_bad", "识别监测时间", "2022-09", [][]string{exportRow("X", "甲", "户主", "识别监测时间", "202213")}, 1, false},
		{"intake.money_bad", "工资性收入（元）", "金额", [][]string{exportRow("X", "甲", "户主", "工资性收入（元）", "六千九")}, 1, false},
		{"intake.bool_bad", "风险是否已消除", "是", [][]string{exportRow("X", "甲", "户主", "风险是否已消除", "大概")}, 1, false},
		{"intake.phone_bad", "联系电话", "11 位", [][]string{exportRow("X", "甲", "户主", "联系电话", "1390000")}, 1, false},
		{"intake.heads_two", "与户主关系", "两个户主", [][]string{exportRow("X", "甲", "户主"), exportRow("X", "乙", "户主", "证件号码", "")}, 2, false},
		{"intake.head_missing", "", "没有户主", [][]string{exportRow("X", "甲", "配偶")}, 1, false},
		{"intake.household_conflict", "户类型", "户类型", [][]string{exportRow("X", "甲", "户主"), exportRow("X", "乙", "配偶", "户类型", "一般农户")}, 2, false},
		{"intake.household_conflict", "组", "组", [][]string{exportRow("X", "甲", "户主"), exportRow("X", "乙", "配偶", "组", "11组")}, 2, false},
	}
}

// TestPlantedFaults plants one fault into the second of three households and wants it found there and
// nothing else disturbed.
func TestPlantedFaults(t *testing.T) {
	for _, c := range plants() {
		t.Run(c.code+"/"+c.column, func(t *testing.T) {
			rows := slices.Concat([][]string{exportRow("H1", "王五", "户主"), exportRow("H1", "李四", "配偶")}, c.rows, [][]string{exportRow("H9", "末", "户主")})
			r := read(t, write(t, export(rows...)))
			if len(r.faults) != 1 {
				t.Fatalf("faults %+v", r.faults)
			}
			f := r.faults[0]
			if f.Code != c.code || f.Column != c.column || f.Row != 5+c.row || f.File != "文件1.xlsx" || f.Sheet != "表1" || !strings.Contains(f.Reason, c.reason) {
				t.Errorf("fault %+v", f)
			}
			if (f.Severity == Rejected) != c.rejected {
				t.Errorf("severity %s", f.Severity)
			}
			if f.Sensitive && f.Value != "" && strings.Contains(f.Reason, f.Value) {
				t.Errorf("the sentence repeats a sensitive value: %s", f.Reason)
			}
			if c.column != "" {
				if want := fmt.Sprintf("%s%d", workbook.ColumnName(slices.Index(exportHeading, c.column)), f.Row); f.Cell != want {
					t.Errorf("cell %s, want %s", f.Cell, want)
				}
			}
			first, last := r.households[0], r.households[len(r.households)-1]
			if first.Number != "H1" || len(first.Members) != 2 || last.Number != "H9" {
				t.Errorf("the good rest\n%s", r.names())
			}
			members := 3 + len(c.rows)
			if c.rejected {
				members--
			}
			if r.sum.Members != members || r.sum.Rejected != len(rows)-members || r.sum.Faults[c.code] != 1 {
				t.Errorf("summary %+v", r.sum)
			}
			if len(r.households) == 3 && c.rejected && r.households[1].Refused != 1 {
				t.Errorf("the household does not know that a row is missing: %+v", r.households[1])
			}
		})
	}
}

func TestDoubtfulValuesAreKept(t *testing.T) {
	r := read(t, write(t, export(exportRow("X", "甲", "户主", "户类型", "外星户", "证件号码", "12345", "健康状况", "健康,不明"))))
	m := r.households[0].Members[0]
	if m.Facts["id"] != "12345" || m.Unknown["户类型"] != "外星户" || m.Unknown["健康状况"] != "健康,不明" {
		t.Errorf("member %+v", m)
	}
	if _, ok := r.households[0].Facts["kind"]; ok {
		t.Error("an unknown code became a fact")
	}
}

func TestScatteredRows(t *testing.T) {
	rows := [][]string{
		exportRow("A", "a1", "户主"), exportRow("B", "b1", "户主"), exportRow("C", "c1", "户主"), exportRow("C", "c2", "配偶"),
		exportRow("B", "b2", "配偶"), exportRow("D", "d1", "户主"), exportRow("A", "a2", "配偶"), exportRow("B", "b3", "之子", "证件号码", "", "户类型", "一般农户"),
	}
	r := read(t, write(t, export(rows...)))
	if got := r.names(); got != "C: c1* c2\nD: d1*\nA: a1* a2\nB: b1* b2 b3" {
		t.Errorf("households\n%s", got)
	}
	if len(r.faults) != 1 || r.faults[0].Code != "intake.household_conflict" || r.faults[0].Row != 11 {
		t.Errorf("faults %+v", r.faults)
	}
	// Over two sheets and two files too.
	r = read(t, write(t, table{name: "一", rows: export(rows[:2]...).rows}, table{name: "二", rows: export(rows[4]).rows}), write(t, export(rows[6], rows[7])))
	if got := r.names(); got != "A: a1* a2\nB: b1* b2 b3" {
		t.Errorf("over files\n%s", got)
	}
	if f := r.faults; len(f) != 1 || f[0].File != "文件2.xlsx" || f[0].Row != 5 {
		t.Errorf("faults %+v", f)
	}
}

// TestScatterEqualsTogether shuffles rows: the same households must come out, row order within them aside.
func TestScatterEqualsTogether(t *testing.T) {
	var rows [][]string
	for i := range 40 {
		n := fmt.Sprintf("H%02d", i)
		rows = append(rows, exportRow(n, "主", "户主"), exportRow(n, "配", "配偶"))
	}
	lines := func(rows [][]string) []string {
		var out []string
		for _, h := range read(t, write(t, export(rows...))).households {
			slices.SortFunc(h.Members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
			b, err := canon.Marshal(h.Canonical())
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(b))
		}
		slices.Sort(out)
		return out
	}
	want := lines(rows)
	shuffled := slices.Clone(rows)
	for i := range shuffled {
		k := (i*37 + 11) % len(shuffled)
		shuffled[i], shuffled[k] = shuffled[k], shuffled[i]
	}
	if got := lines(shuffled); !slices.Equal(got, want) || len(want) != 40 {
		t.Errorf("%d households together, %d scattered, or they differ", len(want), len(got))
	}
}

func TestSpoolToFile(t *testing.T) {
	s := newSpool()
	defer s.close()
	long := strings.Repeat("字", 3000)
	for i := range 3000 {
		row := &workbook.Row{N: i + 1, Cells: []workbook.Cell{{Col: 2, Kind: workbook.KindNumber, Lossy: true, Text: fmt.Sprint(i)}, {Col: 9, Text: long}}}
		if err := s.add("H"+fmt.Sprint(i%7), 3, row); err != nil {
			t.Fatal(err)
		}
	}
	if s.file == nil {
		t.Fatal("nothing went to the file")
	}
	for h, offsets := range s.offsets {
		for _, at := range offsets {
			sheet, row, err := s.row(at)
			if err != nil || sheet != 3 || "H"+fmt.Sprint((row.N-1)%7) != h || row.Cells[0].Text != fmt.Sprint(row.N-1) || !row.Cells[0].Lossy || row.Cells[1].Text != long {
				t.Fatalf("%s at %d: %+v, %v", h, at, row.N, err)
			}
		}
	}
}

func TestCancel(t *testing.T) {
	var rows [][]string
	for i := range 3000 {
		rows = append(rows, exportRow(fmt.Sprint("H", i), "甲", "户主"))
	}
	file := write(t, export(rows...))
	in, _ := New(testMapping(), testPlaces(), Options{})
	run, err := in.Open(context.Background(), Source{"a.xlsx", bytes.NewReader(file), int64(len(file))})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	_, err = run.Read(ctx, func(*Household) error {
		if n++; n == 100 {
			cancel()
		}
		return nil
	}, func(Fault) error { return nil })
	if !errors.Is(err, context.Canceled) || n > 700 {
		t.Errorf("%d households, %v", n, err)
	}
	stop := errors.New("stop")
	if _, err := run.Read(context.Background(), func(*Household) error { return stop }, func(Fault) error { return nil }); err != stop {
		t.Errorf("the caller's error became %v", err)
	}
	if _, err := in.Open(ctx, Source{"a.xlsx", bytes.NewReader(file), int64(len(file))}); !errors.Is(err, context.Canceled) {
		t.Errorf("open after cancel: %v", err)
	}
}

func TestUnreadable(t *testing.T) {
	good := write(t, export(exportRow("A", "甲", "户主")))
	for _, c := range []struct {
		code string
		file []byte
	}{
		{"workbook.text", []byte("户编号,姓名\n")},
		{"workbook.damaged", good[:len(good)-10]},
		{"workbook.empty", nil},
		{"intake.no_header", write(t, table{rows: [][]string{{"随便"}, {"什么"}}})},
		{"intake.column_missing", write(t, table{rows: [][]string{{"户编号", "姓名", "与户主关系"}, {"1", "甲", "户主"}}})},
	} {
		_, err := tryRead(t, context.Background(), c.file)
		if errs.Code(err) != c.code {
			t.Errorf("%v, want %s", err, c.code)
		}
		// Beside a good file the bad one is a fault.
		if c.code == "intake.no_header" || c.code == "intake.column_missing" {
			continue
		}
		r := read(t, c.file, good)
		if len(r.households) != 1 || len(r.faults) != 1 || r.faults[0].Code != c.code || r.faults[0].File != "文件1.xlsx" {
			t.Errorf("%s beside a good file: %+v", c.code, r.faults)
		}
	}
	_, err := tryRead(t, context.Background(), write(t, table{rows: [][]string{{"户编号", "姓名", "关系"}, {"1", "甲", "户主"}}}))
	if e := errs.As(err); !strings.Contains(e.Message, "与户主关系") || !strings.Contains(e.Message, "全国系统导出表") {
		t.Errorf("the message names no missing label: %s", e.Message)
	}
}

func TestSpecialCells(t *testing.T) {
	x := excelize.NewFile()
	head := []any{"户编号", "姓名", "与户主关系", "行政村", "乡(镇)", "工资性收入(万元)", "识别监测时间", "银行账号", "风险是否已消除", "务工开始时间"}
	x.SetSheetRow("Sheet1", "A5", &head)
	row := []any{"H1", "甲", "户主", "田营村", "白集镇", 0.69, 44805, 6222000000000000123, true, 2022.1}
	x.SetSheetRow("Sheet1", "A6", &row)
	x.SetCellFormula("Sheet1", "C7", "C6")
	x.SetCellStr("Sheet1", "A7", "H1")
	x.SetCellStr("Sheet1", "B7", "乙")
	x.SetCellFormula("Sheet1", "A8", "A7")
	x.SetCellStr("Sheet1", "B8", "丙")
	x.SetCellStr("Sheet1", "D8", "田营村")
	x.SetCellStr("Sheet1", "E8", "白集镇")
	x.NewSheet("隐藏表")
	x.SetSheetRow("隐藏表", "A1", &head)
	x.SetSheetVisible("隐藏表", false)
	x.NewSheet("填表说明")
	x.SetCellStr("填表说明", "A1", "请如实填写")
	var buf bytes.Buffer
	if err := x.Write(&buf); err != nil {
		t.Fatal(err)
	}
	r := read(t, buf.Bytes())
	var got []string
	for _, f := range r.faults {
		got = append(got, fmt.Sprintf("%s %s %s", f.Code, f.Sheet, f.Cell))
	}
	want := []string{"intake.sheet_hidden 隐藏表 ", "intake.no_header 填表说明 ", "intake.number_lossy Sheet1 H6", "intake.month_ambiguous Sheet1 J6", "intake.cell_error Sheet1 C7", "intake.household_number_bad Sheet1 A8"}
	if !slices.Equal(got, want) {
		t.Errorf("faults\n%s", strings.Join(got, "\n"))
	}
	h := r.households[0]
	if h.Facts["wage"] != int64(690000) || h.Facts["seen"] != "2022-09" || h.Facts["cleared"] != true || len(h.Members) != 2 {
		t.Errorf("household %+v", h)
	}
}
