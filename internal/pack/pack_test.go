package pack_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"gonggu/internal/errs"
	"gonggu/internal/pack"
	"pgregory.net/rapid"
)

const folder = "../../testdata/conformance/pack"

// good returns the small test pack as a file system in memory, to be spoilt.
func good(t testing.TB) fstest.MapFS {
	t.Helper()
	return folderFiles(t, folder)
}

func folderFiles(t testing.TB, folder string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(folder, path)
		out[filepath.ToSlash(rel)] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// spoil replaces from by to; a ‸ in to is taken out, and where it stood is returned as "file:line:col".
func spoil(t testing.TB, files fstest.MapFS, name, from, to string) string {
	t.Helper()
	text := string(files[name].Data)
	if !strings.Contains(text, from) {
		t.Fatalf("%s lacks %q", name, from)
	}
	text = strings.Replace(text, from, to, 1)
	before, after, _ := strings.Cut(text, "‸")
	files[name] = &fstest.MapFile{Data: []byte(before + after)}
	last := before[strings.LastIndexByte(before, '\n')+1:]
	return fmt.Sprintf("%s:%d:%d", name, strings.Count(before, "\n")+1, utf8.RuneCountInString(last)+1)
}

func TestASpoiltPackIsRefusedWithThePlaceAndTheReason(t *testing.T) {
	for _, c := range []struct{ name, file, from, to, want string }{
		{"an unknown fact in an expression", "classes.yaml", "h.kind == 'lifted'", "h.‸kinds == 'lifted'",
			"没有代码为 kinds 的户的事实：先登记，或改正代码"},
		{"a type error", "rules/each.yaml", "when: h.tap && !h.tap_flow", "when: h.tap && h.kind ‸> 3",
			"> 不能用在 (文字, 数值) 上"},
		{"an unknown parameter on the second line of a folded scalar", "rules/each.yaml", "when: h.land_head < p.land_least", "when: >-\n    h.land_head\n    < p.‸land_most",
			"没有代码为 land_most 的参数：先登记，或改正代码"},
		{"an unknown clause", "units.yaml", "- {code: civil, name: 民政局}", "- {code: civil, name: 民政局}\n- {code: ‸civil, name: 又一个}",
			"单位“civil”写了两次"},
		{"a clause that does not exist", "classes.yaml", "clauses: [t.1]", "clauses: ‸[t.9]",
			"没有代码为 t.9 的条款：先登记，或改正代码"},
		{"an element without a clause", "classes.yaml", "{id: A, name: 脱贫户, short: 脱贫, when: \"h.kind == 'lifted'\", clauses: [t.1]}", "{‸id: A, name: 脱贫户, short: 脱贫, when: \"h.kind == 'lifted'\"}",
			"缺少“clauses”"},
		{"an empty list of clauses", "classes.yaml", "clauses: [t.1]", "clauses: ‸[]",
			"“clauses”不能为空"},
		{"an unknown key", "params.yaml", "{code: share, name: 保洁员占比,", "{code: share, ‸nmae: x, name: 保洁员占比,",
			"不认识“nmae”：可以写的有 name、note"},
		{"a doubled key", "params.yaml", "{code: share, name: 保洁员占比,", "{code: share, name: x, ‸name: 保洁员占比,",
			"“name”写了两次：留一个"},
		{"a wrong kind of value", "rules/each.yaml", "days: 10", "days: ‸十天",
			"“days”要写整数，这里是“十天”"},
		{"an unknown lead unit", "items.yaml", "lead: [school]", "lead: ‸[nobody]",
			"没有代码为 nobody 的单位：先登记，或改正代码"},
		{"an unknown item", "rules/each.yaml", `item: "3.1.1"`, `item: ‸"3.9.9"`,
			"没有代码为 3.9.9 的任务：先登记，或改正代码"},
		{"an unknown code list", "facts.yaml", "list: kind", "list: ‸kinds",
			"没有名为 kinds 的代码表：在 codes.yaml 里登记，或改正名称"},
		{"money with three decimals", "params.yaml", "value: 6512.5", "value: ‸6512.505",
			"“6512.505”最多写两位小数"},
		{"periods that overlap", "params.yaml", "to: 2021-12-31, clauses: [t.1]}\n- {code: poverty_line", "to: 2022-01-01, clauses: [t.1]}\n- {code: ‸poverty_line",
			"参数 poverty_line 的两个时期重叠：写清 from 和 to"},
		{"a forbidden function", "classes.yaml", "h.kind == 'lifted'", "h.kind.‸matches('l.*')",
			"不能用函数 matches：只有 size、has、days、age_on、div、exists、all、exists_one、filter、map、contains、startsWith、endsWith"},
		{"a condition that costs too much", "classes.yaml", "m.exists(x, x.school_due)", "‸m.exists(x, m.exists(y, m.exists(z, m.exists(w, m.exists(u, u.age + w.age > z.age + y.age + x.age)))))",
			"这个表达式太费时"},
		{"a computed value used before it is computed", "derived.yaml", "formula: h.wage - h.spend\n", "formula: ‸h.land_head - h.spend\n",
			"计算项 net 用到了排在它后面的 h.land_head：调整先后（人的计算项先算）"},
		{"a rule without a miss", "rules/each.yaml", "    - {name: 不正常, h: {tap: true, tap_flow: false}, expect: hit}\n    - {name: 正常, h: {tap: true, tap_flow: true}, expect: miss}\n", "    ‸- {name: 不正常, h: {tap: true, tap_flow: false}, expect: hit}\n",
			"规则 flow-bad 没有不命中的例子（expect: miss）"},
		{"a case with a fact that does not exist", "rules/each.yaml", "h: {tap: true, tap_flow: false}, expect: hit", "h: {tap: true, flow: ‸false}, expect: hit",
			"没有代码为 flow 的事实：先登记，或改正代码"},
		{"a case with a code that the list lacks", "rules/each.yaml", "{name: 低一分, h: {kind: lifted,", "{name: 低一分, h: {kind: ‸rich,",
			"代码表 kind 里没有 rich"},
		{"a sentence with an unknown fact", "rules/each.yaml", "\"{me.name}{me.age}岁", "‸\"{me.name}{me.years}岁",
			"没有代码为 years 的事实：先登记，或改正代码"},
		{"a sentence that gives a phone away", "rules/each.yaml", "say: 水流不正常", "say: ‸打{h.phone}问问",
			"{h.phone} 是证件或联系方式，不能写进给人看的话里"},
		{"a sentence that gives an illness away", "rules/each.yaml", "\"{me.name}{me.age}岁，不在校\"", "‸\"{me.name}{me.ill}，不在校\"",
			"{me.ill} 是敏感信息：给这条加上 sensitive: health，或不写进话里"},
		{"an unknown file", "units.yaml", "", "", ""},
		{"broken YAML", "codes.yaml", "entries: [{code: plain, name: 一般农户},", "entries: [{code: plain, name: 一般农户",
			"YAML 写法有误"},
		{"an anchor", "units.yaml", "- {code: civil, name: 民政局}", "- ‸&a {code: civil, name: 民政局}",
			"方案包里不用这种 YAML 写法"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := good(t)
			if c.want == "" {
				files["fcats.yaml"] = &fstest.MapFile{Data: []byte("[]")}
				c.want = "fcats.yaml:1:1: 方案包里没有这种文件：检查文件名是不是写错了"
			} else {
				at := spoil(t, files, c.file, c.from, c.to)
				if strings.Contains(c.to, "‸") {
					c.want = at + ": " + c.want
				} else {
					c.want = c.file + ":2:38: " + c.want
				}
			}
			refused(t, files, c.want)
		})
	}
}

func refused(t *testing.T, files fstest.MapFS, want string) {
	t.Helper()
	p, bad := pack.Load(files)
	if p != nil {
		t.Fatal("the pack was loaded")
	}
	var all []string
	for _, b := range bad {
		all = append(all, b.String())
	}
	if !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, want) }) {
		t.Errorf("want %s\n got %s", want, strings.Join(all, "\n     "))
	}
}

func TestAPackThatBreaksARuleAgainstFormalismIsRefusedByItsName(t *testing.T) {
	question := func(q string) string {
		return "      - {" + q + ", why: 试验, used_by: [civil], clauses: [t.1]}\n  - id: water\n"
	}
	for _, c := range []struct{ name, question, want, rule string }{
		{"a check-in", "id: here, text: 到村打卡, type: bool", "“打卡”：不能有打卡签到、在线时长、登录次数", "国办函〔2026〕12号禁令（二）：不得打卡签到、积分排名、要求在线时长"},
		{"a check-in by another name", "id: here, text: 到村了吗, type: checkin", "不能问 checkin 这类问题", "国办函〔2026〕12号禁令（二）：不得打卡签到、积分排名、要求在线时长"},
		{"a track", "id: here, text: 走访路线, type: track", "不能问 track 这类问题", "国办函〔2026〕12号禁令（四）：无必要不得要求照片、视频、轨迹，不得以点赞等作为依据"},
		{"a selfie", "id: here, text: 与户主自拍一张, type: photo, evidence_of: defect", "“自拍”", "国办函〔2026〕12号禁令（四）：无必要不得要求照片、视频、轨迹，不得以点赞等作为依据"},
		{"a photo of nothing", "id: here, text: 现场情况, type: photo", "照片只能用来证明一处缺陷或它的整改", "国办函〔2026〕12号禁令（四）：无必要不得要求照片、视频、轨迹，不得以点赞等作为依据"},
		{"a photo in words", "id: here, text: 上传入户照片的编号, type: text", "这一问要的是照片", "国办函〔2026〕12号禁令（四）：无必要不得要求照片、视频、轨迹，不得以点赞等作为依据"},
		{"points for a person", "id: here, text: 干部积分, type: int", "“干部积分”", "国办函〔2026〕12号禁令（二）：不得打卡签到、积分排名、要求在线时长"},
		{"log-in counts", "id: here, text: 本周登录次数, type: int", "“登录次数”", "国办函〔2026〕12号禁令（二）：不得打卡签到、积分排名、要求在线时长"},
		{"a screenshot", "id: here, text: 群聊截图编号, type: text", "“截图”", "《关于防治“指尖上的形式主义”的若干意见》：不得要求打卡接龙、即时回复、截图"},
		{"study notes", "id: here, text: 学习笔记几篇, type: int", "“学习笔记”", "《整治形式主义为基层减负若干规定》：不得以会议、照片留痕、学习笔记衡量工作"},
		{"a known fact asked again without a reason", "id: here, text: 户类型, fact: kind, ask: always", "事实 kind 已知时还要再问", "国办函〔2026〕12号禁令（一）：不得随意、反复要求填表报数"},
		{"a fact asked twice", "id: here, text: 再问一次工资, fact: wage", "事实 wage 在同一张表里问了两次", "《关于防治“指尖上的形式主义”的若干意见》：同一事项只报一次、只填一张表"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := good(t)
			spoil(t, files, "forms/household.yaml", "  - id: water\n", question(c.question))
			_, bad := pack.Load(files)
			i := slices.IndexFunc(bad, func(b pack.Complaint) bool { return b.Rule != "" })
			if i < 0 {
				t.Fatalf("not refused: %v", bad)
			}
			b := bad[i]
			if b.File != "forms/household.yaml" || b.Line != 13 || !strings.HasPrefix(b.Say, c.want) || b.Rule != c.rule {
				t.Error(b)
			}
		})
	}
}

func TestEveryComplaintIsMadeAtOnce(t *testing.T) {
	files := good(t)
	want := []string{
		spoil(t, files, "classes.yaml", "h.kind == 'lifted'", "h.‸kinds == 'lifted' && h.sort > 1"),
		spoil(t, files, "classes.yaml", "h.sort", "h.‸sort"),
		spoil(t, files, "classes.yaml", "'disabled' in x.ill", "'disabled' in x.‸ills"),
		spoil(t, files, "units.yaml", "name: 民政局", "‸nam: 民政局"),
		"units.yaml:1:4", "codes.yaml:1:1",
	}
	delete(files, "codes.yaml")
	_, bad := pack.Load(files)
	var got []string
	for _, b := range bad {
		got = append(got, b.String())
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, w+":") }) {
			t.Errorf("no complaint at %s in\n%s", w, strings.Join(got, "\n"))
		}
	}
}

func TestMoneyAndAreasAreCompiledToWholeNumbers(t *testing.T) {
	p, bad := pack.Load(good(t))
	if p == nil {
		t.Fatal(bad)
	}
	old, _ := p.ParamOn("poverty_line", "2021-12-31")
	now, _ := p.ParamOn("poverty_line", "2022-01-01")
	land, _ := p.ParamOn("land_least", "2022-01-01")
	if old.Value != int64(651250) || now.Value != int64(690000) || land.Value != int64(50) {
		t.Error(old.Value, now.Value, land.Value)
	}
	if _, known := p.ParamOn("later", "2022-12-31"); known {
		t.Error("a parameter holds before its time")
	}
	if v := p.Rules[0].Cases[0].H["wage"]; v != int64(689999) {
		t.Error(v)
	}
	if p.Version() != "conformance@1" || len(p.Digest()) != 64 {
		t.Error(p.Version(), p.Digest())
	}
}

func TestValuesArePrintedAsOfficialsWriteThem(t *testing.T) {
	p, _ := pack.Load(good(t))
	for _, c := range []struct {
		typ, list string
		v         any
		want      string
	}{
		{"money", "", int64(651200), "6,512.00元"}, {"money", "", int64(-5), "-0.05元"}, {"money", "", int64(123456789012), "1,234,567,890.12元"},
		{"hundredths", "", int64(350), "3.50"}, {"int", "", int64(1200), "1,200"}, {"int", "", int64(-1200), "-1,200"}, {"int", "", int64(999), "999"},
		{"ppm", "", int64(2000), "0.2%"}, {"ppm", "", int64(1000000), "100%"}, {"ppm", "", int64(125), "0.0125%"}, {"ppm", "", int64(0), "0%"},
		{"day", "", "2022-09-05", "2022年9月5日"}, {"month", "", "2022-09", "2022年9月"}, {"day", "", "不详", "不详"},
		{"bool", "", true, "是"}, {"bool", "", false, "否"}, {"code", "kind", "lifted", "脱贫户"}, {"code", "kind", "new", "new"},
		{"codes", "ill", []string{"well", "chronic"}, "健康、长期慢性病"}, {"text", "", "李楼村", "李楼村"}, {"int", "", nil, "未知"},
	} {
		if got := p.Text(pack.Fact{Type: c.typ, List: c.list}, c.v); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.typ, c.v, got, c.want)
		}
	}
}

func TestWhatIsNotACompiledPackIsRefused(t *testing.T) {
	p, _ := pack.Load(good(t))
	for _, b := range []string{"", "null", "{}", `{"head":{}}`, "[1.5]", string(p.CompiledJSON())[1:], strings.Replace(string(p.CompiledJSON()), "h.tap_flow", "h.tap_flaw", 1)} {
		if _, err := pack.FromCompiled([]byte(b)); err == nil || errs.As(err).Code != "pack.invalid" {
			t.Errorf("%.20s: %v", b, err)
		}
	}
}

func TestAPackLoadedFromItsCompiledFormIsTheSamePack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		files := good(t)
		line := rapid.Int64Range(0, 10_000_000).Draw(rt, "line")
		spoil(t, files, "params.yaml", "value: 6900", "value: "+yuan(line))
		spoil(t, files, "pack.yaml", "一致性试验用的小方案包", rapid.StringMatching(`[一-龥A-Za-z0-9 é]{1,20}方案`).Draw(rt, "title"))
		spoil(t, files, "classes.yaml", "h.kind == 'lifted'", rapid.SampledFrom([]string{"size(m) > 2 || h.size * 2 - 1 >= 3", "h.tap", "'a' != h.kind && has(h.wage)",
			"m.exists(x, size(x.ill) > 1 && age_on(x.birth, today) > 60)"}).Draw(rt, "when"))
		if rapid.Bool().Draw(rt, "drop") {
			delete(files, "rules/many.yaml")
		}
		p, bad := pack.Load(files)
		if p == nil {
			rt.Fatal(bad)
		}
		q, err := pack.FromCompiled(p.CompiledJSON())
		if err != nil {
			rt.Fatal(err)
		}
		if q.Digest() != p.Digest() || string(q.CompiledJSON()) != string(p.CompiledJSON()) {
			rt.Fatalf("digests %s and %s", p.Digest(), q.Digest())
		}
		if v, _ := q.ParamOn("poverty_line", "2022-09-18"); v.Value != line {
			rt.Fatal(v.Value, line)
		}
	})
}

func yuan(fen int64) string {
	s := fmt.Sprintf("%03d", fen)
	return s[:len(s)-2] + "." + s[len(s)-2:]
}

func TestNoSpoiltByteMakesTheLoaderFallOver(t *testing.T) {
	whole := good(t)
	var names []string
	for n := range whole {
		names = append(names, n)
	}
	slices.Sort(names)
	rapid.Check(t, func(rt *rapid.T) {
		files := fstest.MapFS{}
		for n, f := range whole {
			files[n] = f
		}
		name := rapid.SampledFrom(names).Draw(rt, "file")
		text := []rune(string(whole[name].Data))
		from := rapid.IntRange(0, len(text)).Draw(rt, "from")
		to := min(len(text), from+rapid.IntRange(0, 12).Draw(rt, "length"))
		put := rapid.SampledFrom([]string{"", "\n", "{", "}", "[", "- ", ": ", "\"", "'", "*x", "&x ", "|", ">", "中", "\t", "(", ")", "h.", "m.exists(x, ", "1e999", "{{", "#"}).Draw(rt, "put")
		files[name] = &fstest.MapFile{Data: []byte(string(text[:from]) + put + string(text[to:]))}
		p, bad := pack.Load(files)
		if (p == nil) != (len(bad) > 0) {
			rt.Fatal("a pack and complaints, or neither")
		}
		for _, b := range bad {
			if b.File == "" || b.Line < 1 || b.Col < 1 || b.Say == "" {
				rt.Fatal("a complaint without a place or a reason: ", b)
			}
		}
	})
}
