package intake

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gonggu/internal/canon"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"  白集镇 ":              "白集镇",
		"\u3000白\u00A0集\t镇\n": "白 集 镇",
		"１２３ＡＢｃ":              "123ABc",
		"a\u200Bb\uFEFF\x01c": "abc",
		"e\u0301":             "\u00e9",
		"，保留（标点）。":            "，保留（标点）。",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLabelKey(t *testing.T) {
	for in, want := range map[string]string{
		"工资性收入（元）":     "工资性收入",
		" 工资性 收入(万元) ": "工资性收入",
		"*姓名*":         "姓名",
		"姓名（必填）：":      "姓名",
		"县(市、区、旗)":     "县(市、区、旗)",
		"县（市、区、旗）":     "县(市、区、旗)",
		"户ID":          "户id",
		"耕地面积\n（亩）":    "耕地面积",
	} {
		if got := labelKey(in); got != want {
			t.Errorf("labelKey(%q) = %q, want %q", in, got, want)
		}
	}
	if _, unit := splitLabel("收入（万元）（必填）"); unit != "必填" {
		t.Errorf("outer unit %q", unit)
	}
}

func TestPersonName(t *testing.T) {
	for in, want := range map[string]string{
		"张 三": "张三", "张　　三": "张三", "阿卜杜拉•买买提": "阿卜杜拉·买买提", "John  Smith": "John Smith", " 李 四 ": "李四",
	} {
		if got := personName(in); got != want {
			t.Errorf("personName(%q) = %q, want %q", in, got, want)
		}
	}
}

// tables runs a parser over "in=want" lines; want "!" means refused.
func tables[T comparable](t *testing.T, parse func(string) (T, bool), cases map[string]T, refused ...string) {
	t.Helper()
	for in, want := range cases {
		if got, ok := parse(in); !ok || got != want {
			t.Errorf("%q gave %v, %v; want %v", in, got, ok, want)
		}
	}
	for _, in := range refused {
		if got, ok := parse(in); ok {
			t.Errorf("%q gave %v, want a refusal", in, got)
		}
	}
}

func TestDays(t *testing.T) {
	tables(t, parseDay, map[string]string{
		"2022-09-01": "2022-09-01", "2022-9-1": "2022-09-01", "2022/9/1": "2022-09-01", "2022.9.1": "2022-09-01", "20220901": "2022-09-01",
		"2022年9月1日": "2022-09-01", "2022 年 9 月 1 号": "2022-09-01", "２０２２年０９月０１日": "2022-09-01", "44805": "2022-09-01",
		"2022-09-01 12:30:00": "2022-09-01", "2022-09-01T00:00:00": "2022-09-01", "2024-02-29": "2024-02-29", "2022—09—01": "2022-09-01",
	}, "", "2022", "202209", "2023-02-29", "2022-13-01", "2022-00-01", "2022-04-31", "22-9-1", "1799-01-01", "2101-01-01", "9999", "99999", "昨天", "2022-9-1-1", "2022-9-001", "20221301", "-2022-9-1")
}

func TestMonths(t *testing.T) {
	tables(t, parseMonth, map[string]string{
		"202209": "2022-09", "2022年09月": "2022-09", "2022年9月": "2022-09", "2022年9月份": "2022-09", "2022-09": "2022-09", "2022-9": "2022-09", "2022.9": "2022-09",
		"2022.09": "2022-09", "2022/9": "2022-09", "44805": "2022-09", "2022-09-15": "2022-09", "20220915": "2022-09", "２０２２０９": "2022-09", " 2022年 9月 ": "2022-09",
		"2022-09-01 00:00:00": "2022-09",
	}, "", "2022", "202213", "202200", "2022-13", "9月", "22年9月", "2022-9月第一周", "209909x", "310012", "2022年", "2023-02-30")
}

func TestBools(t *testing.T) {
	tables(t, parseBool, map[string]bool{
		"是": true, "有": true, "√": true, "✓": true, "✔": true, " 是 ": true, "y": true, "Yes": true, "TRUE": true, "1": true, "１": true, "已": true,
		"否": false, "无": false, "没有": false, "×": false, "✗": false, "x": false, "X": false, "n": false, "FALSE": false, "0": false, "未": false,
	}, "", "是否", "2", "可能", "是/否", "-")
}

func TestMoney(t *testing.T) {
	tables(t, func(s string) (int64, bool) { return parseMoney(s, false) }, map[string]int64{
		"6900": 690000, "6,900.50": 690050, "6，900.50": 690050, "0.69万元": 690000, "0.69万": 690000, "1万": 1000000, "￥6900": 690000, "¥ 6 900.5元": 690050,
		"６９００．５": 690050, "-120.01": -12001, "+5": 500, "0": 0, "无": 0, ".5": 50, "5.": 500, "1.005": 101, "1.004": 100, "0.69005万": 690050, "1,234,567.89": 123456789,
		"90071992547409.91": 9007199254740991, "0.1": 10, "1.23456万元": 1234560, "-0.005": -1, "5000元/年": 500000,
	}, "", "六千", "6,9", "6,9000", ",900", "1.2.3", "12a", "--5", "1e3", "5元钱", "90071992547409.92", "99999999999999999999", "(5)", "1万2千")
	tables(t, func(s string) (int64, bool) { return parseMoney(s, true) }, map[string]int64{"0.69": 690000, "0.69万元": 690000, "6900元": 690000, "12": 12000000})
}

func TestNumbers(t *testing.T) {
	tables(t, parseHundredths, map[string]int64{"3.5": 350, "3.5亩": 350, "120㎡": 12000, "120 平方米": 12000, "0.005": 1, "无": 0, "1,200.25": 120025}, "", "三亩", "3.5米2", "x")
	tables(t, parseInt, map[string]int64{"5": 5, "5人": 5, "5.0": 5, "５": 5, "12个月": 12, "1,000": 1000, "-3": -3, "无": 0}, "", "5.5", "五", "5x", "1.001.1")
}

func TestNone(t *testing.T) {
	for _, s := range []string{"", "-", "--", "/", "N/A", "空"} {
		if !none(s) {
			t.Errorf("%q is something", s)
		}
	}
	for _, s := range []string{"无", "0", "否", "x"} {
		if none(s) {
			t.Errorf("%q is nothing", s)
		}
	}
}

func TestCodes(t *testing.T) {
	list := newCodeList(List{ID: "x", Entries: []Entry{
		{"goods", "种苗、化肥等物资帮扶", nil},
		{"lead", "致富带头人、合作社、龙头企业带动", []string{"带动"}},
		{"train", "技能培训", []string{"培训"}},
		{"ill", "因病", []string{"患病"}},
		{"other", "其他", []string{"其它"}},
	}})
	for in, want := range map[string][]string{
		"其他,技能培训":                {"train", "other"},
		"技能培训，其它":                {"train", "other"},
		"种苗、化肥等物资帮扶、技能培训":        {"goods", "train"},
		"种苗，化肥等物资帮扶;带动":          {"goods", "lead"},
		"致富带头人、合作社、龙头企业带动/其他；培训": {"lead", "train", "other"},
		"1.因病|2、其他":              {"ill", "other"},
		" 因 病 ":                  {"ill"},
		"因病,因病,患病":               {"ill"},
		"因病\n其他":                 {"ill", "other"},
	} {
		if got, unknown := list.findAll(in); !slices.Equal(got, want) || len(unknown) > 0 {
			t.Errorf("%q gave %v, unknown %v; want %v", in, got, unknown, want)
		}
	}
	got, unknown := list.findAll("因病、外星、其他")
	if !slices.Equal(got, []string{"ill", "other"}) || !slices.Equal(unknown, []string{"外星"}) {
		t.Errorf("%v, unknown %v", got, unknown)
	}
	for _, in := range []string{"goods", "1", "因", "其"} {
		if code, ok := list.find(in); ok {
			t.Errorf("%q was taken for %s", in, code)
		}
	}
}

// testID makes a number of the region 990000, which does not exist, with a right check character.
func testID(birth string, sequence string) string {
	s := "990000" + birth + sequence
	return s + string(idCheck(s))
}

func TestIdentity(t *testing.T) {
	good := testID("19900101", "123")
	wrong := good[:17] + string("0123456789X"[(strings.IndexByte("0123456789X", good[17])+1)%11])
	withX := ""
	for i := 100; withX == ""; i++ {
		if s := testID("19800229", string([]byte{byte('0' + i/100%10), byte('0' + i/10%10), byte('0' + i%10)})); s[17] == 'X' {
			withX = s
		}
	}
	for _, c := range []struct{ in, code, id, birth string }{
		{good, "", good, "1990-01-01"},
		{" " + good[:6] + " " + good[6:14] + "　" + good[14:] + "\u00A0", "", good, "1990-01-01"},
		{"'" + good, "", good, "1990-01-01"},
		{strings.ToLower(withX), "", withX, "1980-02-29"},
		{good + "43", "", good, "1990-01-01"},
		{good + "43B1", "", good, "1990-01-01"},
		{good + "83", "intake.id_shape", "", ""},
		{good + "45", "intake.id_shape", "", ""},
		{wrong, "intake.id_check", "", ""},
		{testID("19900230", "123"), "intake.id_date", "", ""},
		{testID("17900101", "123"), "intake.id_date", "", ""},
		{"990000900101123", "", "990000900101123", "1990-01-01"},
		{"990000901301123", "intake.id_date", "", ""},
		{"99000090010112A", "intake.id_shape", "", ""},
		{good[:17], "intake.id_shape", "", ""},
		{"X" + good[1:], "intake.id_shape", "", ""},
		{"无", "intake.id_shape", "", ""},
	} {
		got := ParseIdentity(c.in)
		if got.Code != c.code || got.ID != c.id || got.Birth != c.birth {
			t.Errorf("%q gave %+v", c.in, got)
		}
		if odd := len(got.ID) == 18 && got.ID[16]%2 == 1; len(got.ID) == 18 && got.Male != odd {
			t.Errorf("%q: male %v", c.in, got.Male)
		}
	}
	if got := ParseIdentity("999999199001011234"); !got.Absent || got.Text != "" || got.Code != "" {
		t.Errorf("999999… gave %+v", got)
	}
	if ParseIdentity(testID("19900101", "122")).Male {
		t.Error("sequence 122 is a woman")
	}
}

func TestPhones(t *testing.T) {
	tables(t, parsePhone, map[string]string{
		"13900000000": "13900000000", "139 0000 0000": "13900000000", "139-0000-0000": "13900000000", "+8613900000000": "13900000000", "8613900000000": "13900000000",
		"0394-0000000": "03940000000", "13900000000/0394-0000000": "13900000000、03940000000", "１３９００００００００": "13900000000", "13900000000，13800000000": "13900000000、13800000000",
	}, "", "12900000000", "1390000000", "139000000000", "1234567", "无", "13900000000/1", "x")
}

func TestPlaces(t *testing.T) {
	p := testPlaces()
	for _, c := range []struct{ county, township, village, group, area, code string }{
		{"", "白集镇", "田营村", "", "999024101201", ""},
		{"试验县", "白集", "田营", "", "999024101201", ""},
		{"试验", "白 集 镇", "田营村委会", "3组", "99902410120103", ""},
		{"", "白集镇", "白集镇田营村", "第三村民组", "99902410120103", ""},
		{"", "白集镇", "田营村", "三组", "99902410120103", ""},
		{"", "白集镇", "田营村", "１１", "99902410120111", ""},
		{"", "白集镇", "田营村", "十一组", "99902410120111", ""},
		{"某省某市试验县", "试验县白集镇", "田营村", "", "999024101201", ""},
		{"", "白集镇", "老田营", "", "999024101201", ""},
		{"", "老城镇", "田营", "", "999024102201", ""},
		{"", "", "独一村", "", "999024102202", ""},
		{"", "", "田营村", "", "", "intake.village_ambiguous"},
		{"", "白集镇", "独一村", "", "", "intake.village_unknown"},
		{"", "无此镇", "田营村", "", "", "intake.township_unknown"},
		{"别县", "白集镇", "田营村", "", "", "intake.other_county"},
		{"", "白集镇", "", "", "", "intake.place_missing"},
		{"", "白集镇", "东关村", "", "999024101203", ""},
		{"", "白集镇", "东关社区", "", "999024101204", ""},
		{"", "白集镇", "东关", "", "", "intake.village_ambiguous"},
	} {
		got := p.find(placeText{c.county, c.township, c.village, c.group})
		if got.area != c.area || got.code != c.code {
			t.Errorf("%+v gave %+v", c, got)
		}
	}
	if got := p.find(placeText{"", "白集镇", "田营村", "九组"}); !got.group || got.area != "999024101201" {
		t.Errorf("an unknown group gave %+v", got)
	}
	if got := p.find(placeText{"", "白集镇", "独一村", ""}); !strings.Contains(got.about, "老城镇") {
		t.Errorf("%q does not say where such a village is", got.about)
	}
}

func testPlaces() *Places {
	return NewPlaces([]Area{
		{"999024", "试验县", nil},
		{"999024101", "白集镇", nil}, {"999024102", "老城镇", nil},
		{"999024101201", "田营村", []string{"老田营村"}}, {"999024101202", "王庄村", nil}, {"999024101203", "东关村", nil}, {"999024101204", "东关社区", nil},
		{"999024102201", "田营村", nil}, {"999024102202", "独一村", nil},
		{"99902410120103", "3组", nil}, {"99902410120111", "11组", nil},
	})
}

func TestKinds(t *testing.T) {
	if n := len(Codes()); n < 14 {
		t.Errorf("only %d kinds of faults", n)
	}
	for code, k := range kinds {
		if !strings.HasPrefix(code, "intake.") || k.reason == "" {
			t.Errorf("%s: %q", code, k.reason)
		}
		if k.severity != Notice && !strings.Contains(k.reason, "请") {
			t.Errorf("%s does not say what to do: %s", code, k.reason)
		}
	}
}

// TestParsersHoldTheirPromises feeds them anything: no panic, a normal form that parses to itself, and
// nothing that canonical JSON would refuse.
func TestParsersHoldTheirPromises(t *testing.T) {
	list := newCodeList(List{Entries: []Entry{{"a", "甲、乙", nil}, {"b", "乙", []string{"丙"}}}})
	signs := []rune("0123456789年月日号.-/,，、；: 万元亩人是否甲乙丙Xx√×　\u00A0＋０９（）+'T\n")
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("eA \u0301\u0308ΐǰ甲-'"))), rapid.StringOf(rapid.SampledFrom(signs))).Draw(t, "s")
		again := func(parse func(string) (string, bool)) {
			if v, ok := parse(s); ok {
				if w, ok := parse(v); !ok || w != v {
					t.Fatalf("%q became %q, and that %q", s, v, w)
				}
			}
		}
		again(parseDay)
		again(parseMonth)
		again(parsePhone)
		again(func(s string) (string, bool) { return clean(s), true })
		again(func(s string) (string, bool) { v := ParseIdentity(s); return v.Text, v.ID != "" })
		values := map[string]any{"text": clean(s), "name": personName(s), "number": tight(s), "id": ParseIdentity(s).Text}
		for key, parse := range map[string]func(string) (int64, bool){
			"money": func(s string) (int64, bool) { return parseMoney(s, false) }, "wan": func(s string) (int64, bool) { return parseMoney(s, true) },
			"area": parseHundredths, "int": parseInt,
		} {
			if v, ok := parse(s); ok {
				values[key] = v
			}
		}
		if codes, _ := list.findAll(s); len(codes) > 0 {
			values["codes"] = codes
		}
		if _, err := canon.Marshal(values); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
