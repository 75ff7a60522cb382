package synth

import "strings"

// Spelling chooses between the two ways in which the exports of the national system name
// their place columns and write days and amounts.
type Spelling int

const (
	// Short: 县, 乡, 村; amounts in whole yuan; days as 1985-03-12.
	Short Spelling = iota
	// Full: 县(市、区、旗), 乡(镇), 行政村; amounts with two decimals; days as 19850312.
	Full
)

// column is one column of the export. Exactly one of of and who is set; labels differ by
// spelling only where two are given.
type column struct {
	label  string
	full   string // the label in the full spelling, when it differs
	of     func(h *Household, s Spelling) string
	who    func(h *Household, p *Person, s Spelling) string
	number bool // a cell of digits, which clerks sometimes type full-width
}

func (c column) name(s Spelling) string {
	if s == Full && c.full != "" {
		return c.full
	}
	return c.label
}

func house(label string, of func(h *Household) string) column {
	return column{label: label, of: func(h *Household, _ Spelling) string { return of(h) }}
}

func member(label string, of func(p *Person) string) column {
	return column{label: label, who: func(_ *Household, p *Person, _ Spelling) string { return of(p) }}
}

func money(label string, of func(h *Household) int64) column {
	return column{label: label, number: true, of: func(h *Household, s Spelling) string { return amount(of(h), s) }}
}

func count(label string, of func(h *Household) int) column {
	return column{label: label, number: true, of: func(h *Household, _ Spelling) string { return itoa(of(h)) }}
}

func area(label string, of func(h *Household) int) column {
	return column{label: label, number: true, of: func(h *Household, _ Spelling) string { return hundredths(of(h)) }}
}

// amount writes fen as yuan.
func amount(fen int64, s Spelling) string {
	if s == Short && fen%yuan == 0 {
		return itoa(int(fen / yuan))
	}
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	var b [2]byte
	digits(b[:], int(fen%yuan))
	return sign + itoa(int(fen/yuan)) + "." + string(b[:])
}

// hundredths writes an area without needless zeros.
func hundredths(n int) string {
	var b [2]byte
	digits(b[:], n%100)
	return strings.TrimSuffix(strings.TrimRight(itoa(n/100)+"."+string(b[:]), "0"), ".")
}

// month6 writes YYYY-MM as YYYYMM, monthCn as YYYY年MM月.
func month6(m string) string {
	if m == "" {
		return ""
	}
	return m[:4] + m[5:7]
}

func monthCn(m string) string {
	if m == "" {
		return ""
	}
	return m[:4] + "年" + m[5:7] + "月"
}

func day(d string, s Spelling) string {
	if s == Full {
		return d[:4] + d[5:7] + d[8:]
	}
	return d
}

func positive(n int) string {
	if n == 0 {
		return ""
	}
	return itoa(n)
}

func nth(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func joined(list []string) string { return strings.Join(list, ",") }

// columns of the export, in order. Labels that stand twice stand so in the real exports
// too; both carry the same value.
var columns = buildColumns()

func buildColumns() []column {
	var cs []column
	cs = append(cs, placeColumns()...)
	cs = append(cs, personColumns()...)
	cs = append(cs, statusColumns()...)
	cs = append(cs, incomeColumns()...)
	cs = append(cs, livingColumns()...)
	cs = append(cs, helpColumns()...)
	return append(cs, clearedColumns()...)
}

func placeColumns() []column {
	in := func(label, full string, of func(h *Household) string) column {
		c := house(label, of)
		c.full = full
		return c
	}
	return []column{
		house("省", func(*Household) string { return "河南省" }),
		house("市", func(*Household) string { return "周口市" }),
		in("县", "县(市、区、旗)", func(h *Household) string { return h.Place.County }),
		in("乡", "乡(镇)", func(h *Household) string { return h.Place.Township }),
		in("村", "行政村", func(h *Household) string { return h.Place.VillageName }),
		in("组", "自然村/组", func(h *Household) string { return h.Place.Group }),
		house("户编号", func(h *Household) string { return h.Number }),
		member("人编号", func(p *Person) string { return p.Number }),
		house("户主姓名", func(h *Household) string { return h.Head().Name }),
		house("户主证件号码", func(h *Household) string { return h.Head().IDNumber }),
		count("家庭人口数", func(h *Household) int { return len(h.Members) }),
		house("户联系电话", func(h *Household) string { return h.Phone }),
		house("家庭住址", func(h *Household) string { return h.Place.Address }),
	}
}

func personColumns() []column {
	monthly := func(label string, of func(p *Person) int64) column {
		return column{label: label, number: true, who: func(_ *Household, p *Person, s Spelling) string {
			if p.Work.Months == 0 {
				return ""
			}
			return amount(of(p), s)
		}}
	}
	return []column{
		member("姓名", func(p *Person) string { return p.Name }),
		member("性别", func(p *Person) string { return sex(p.Female) }),
		{label: "出生日期", who: func(_ *Household, p *Person, s Spelling) string { return day(p.Birth, s) }},
		member("证件类型", func(p *Person) string { return p.IDKind }),
		member("证件号码", func(p *Person) string { return p.IDNumber }),
		member("与户主关系", func(p *Person) string { return p.Relation }),
		member("民族", func(p *Person) string { return p.Nation }),
		member("政治面貌", func(p *Person) string { return p.Political }),
		member("文化程度", func(p *Person) string { return p.Education }),
		member("在校生状况", func(p *Person) string { return p.School }),
		member("失学或辍学原因", func(p *Person) string { return p.DropReason }),
		member("健康状况", func(p *Person) string { return joined(p.Health) }),
		member("残疾类别", func(p *Person) string { return p.Disability }),
		member("残疾等级", func(p *Person) string { return p.DisabilityLevel }),
		member("残疾证办证年度", func(p *Person) string { return positive(p.CertificateYear) }),
		member("劳动技能", func(p *Person) string { return p.Labour }),
		member("是否会讲普通话", func(p *Person) string { return p.Mandarin }),
		member("家庭成员联系电话", func(p *Person) string { return p.Phone }),
		member("务工所在地", func(p *Person) string { return p.Work.Place }),
		{label: "务工时间（月）", full: "务工时间(月)", number: true, who: func(_ *Household, p *Person, _ Spelling) string { return positive(p.Work.Months) }},
		member("务工开始时间", func(p *Person) string { return monthCn(p.Work.From) }),
		member("务工结束时间", func(p *Person) string { return monthCn(p.Work.To) }),
		member("务工企业名称", func(p *Person) string { return p.Work.Employer }),
		member("所属行业", func(p *Person) string { return p.Work.Industry }),
		monthly("务工月收入", func(p *Person) int64 { return p.Work.Wage }),
		member("是否点对点输送", func(p *Person) string { return p.Work.PointToPoint }),
		member("就业渠道", func(p *Person) string { return p.Work.Channel }),
		monthly("年度交通费补助", func(p *Person) int64 { return p.Work.Travel }),
		member("是否国外务工", func(p *Person) string { return p.Work.Abroad }),
		member("公益性岗位", func(p *Person) string { return p.Post }),
		{label: "公益性岗位（月数）", full: "公益性岗位(月数)", who: func(_ *Household, p *Person, _ Spelling) string { return positive(p.PostMonths) }},
		member("是否参加城乡居民基本医疗保险", func(p *Person) string { return p.MedicalResident }),
		member("是否参加城镇职工基本医疗保险", func(p *Person) string { return p.MedicalEmployee }),
		member("是否参加大病保险", func(p *Person) string { return p.MedicalSerious }),
		member("是否参加商业补充医疗保险", func(p *Person) string { return p.MedicalExtra }),
		member("是否参加城乡居民基本养老保险", func(p *Person) string { return p.PensionResident }),
		member("是否参加城镇职工基本养老保险", func(p *Person) string { return p.PensionEmployee }),
		member("是否接受医疗救助", func(p *Person) string { return p.MedicalAid }),
		member("享受低保政策情况", func(p *Person) string { return p.LowAid }),
		member("享受特困供养政策情况", func(p *Person) string { return p.DestituteAid }),
		member("是否易地扶贫搬迁人口", func(p *Person) string { return p.Relocated }),
		member("人员识别时间", func(p *Person) string { return month6(p.Identified) }),
		member("状态", func(p *Person) string { return p.State }),
	}
}

func statusColumns() []column {
	cs := []column{
		house("户类型", func(h *Household) string { return h.Kind }),
		house("监测对象类别", func(h *Household) string { return h.Monitor.Kind }),
		house("脱贫年度", func(h *Household) string { return positive(h.LiftedYear) }),
		house("首次识别时间", func(h *Household) string { return month6(h.Identified) }),
		house("是否军烈属", func(h *Household) string { return h.Military }),
		house("是否居住在易地搬迁集中安置区", func(h *Household) string { return h.Place.Resettled }),
		house("开户银行", func(h *Household) string { return h.Bank }),
		house("银行账号", func(h *Household) string { return h.Account }),
	}
	for i := range 5 {
		cs = append(cs, house("致贫/返贫风险"+itoa(i+1), func(h *Household) string { return nth(h.Monitor.Risks, i) }))
	}
	return append(cs,
		house("因自然灾害子项", func(h *Household) string { return h.Monitor.Disaster }),
		house("识别监测时间", func(h *Household) string { return month6(h.Monitor.Enrolled) }),
		house("风险是否已消除", func(h *Household) string { return h.Monitor.Cleared }),
		house("风险消除方式", func(h *Household) string { return h.Monitor.ClearedWay }),
		house("消除监测时间", func(h *Household) string { return month6(h.Monitor.ClearedIn) }),
		house("整户无劳动能力兜底保障户", func(h *Household) string { return h.Monitor.NoLabour }),
		house("实施开发式帮扶措施情况", func(h *Household) string { return h.Monitor.Develop }),
		house("监测联系人", func(h *Household) string { return h.Monitor.Contact }),
		house("监测联系人电话", func(h *Household) string { return h.Monitor.ContactTo }),
	)
}

func incomeColumns() []column {
	return []column{
		money("工资性收入", func(h *Household) int64 { return h.Income.Wage }),
		money("生产经营性收入", func(h *Household) int64 { return h.Income.Business }),
		money("财产性收入", func(h *Household) int64 { return h.Income.Property }),
		money("转移性收入", func(h *Household) int64 { return h.Income.Transfer }),
		money("生产经营性支出", func(h *Household) int64 { return h.Income.Expense }),
		money("家庭纯收入", func(h *Household) int64 { return h.Income.Net() }),
		money("人均纯收入", (*Household).PerHead),
		money("理赔收入", func(h *Household) int64 { return h.Income.Claims }),
		money("合规自付支出", func(h *Household) int64 { return h.Income.SelfPaid }),
	}
}

func livingColumns() []column {
	return []column{
		house("是否危房户", func(h *Household) string {
			if h.Home.Grade == "" {
				return ""
			}
			return yes(h.unsafeHouse())
		}),
		house("危房等级", func(h *Household) string { return h.Home.Grade }),
		count("住房面积", func(h *Household) int { return h.Home.Area }),
		house("是否解决安全饮用水", func(h *Household) string { return h.Home.Water }),
		house("是否义务教育阶段适龄儿童少年失学辍学", func(*Household) string { return No }),
		house("是否有家庭成员未参加城乡居民（职工）基本医疗保险", func(h *Household) string { return yes(h.uninsured() > 0) }),
		area("耕地面积", func(h *Household) int { return h.Land.Arable }),
		area("林地面积", func(h *Household) int { return h.Land.Forest }),
		area("林果面积", func(h *Household) int { return h.Land.Orchard }),
		area("牧草地面积", func(h *Household) int { return h.Land.Pasture }),
		area("水面面积", func(h *Household) int { return h.Land.Water }),
		area("退耕还林面积", func(h *Household) int { return h.Land.Returned }),
		house("入户路类型", func(h *Household) string { return h.Home.Road }),
		house("入户道路是否硬化", func(h *Household) string { return h.Home.Hard }),
		area("与村主干路距离", func(h *Household) int { return h.Home.Distance }),
		house("是否通生活用电", func(h *Household) string { return h.Home.Power }),
		house("是否通广播电视", func(h *Household) string { return h.Home.Television }),
		house("是否有卫生厕所", func(h *Household) string { return h.Home.Toilet }),
		house("卫生厕所是否能正常使用", func(h *Household) string { return h.Home.Works }),
		house("主要燃料类型", func(h *Household) string { return h.Home.Fuel }),
		house("是否加入农民专业合作组织", func(h *Household) string { return h.Home.Coop }),
		house("是否有龙头企业带动", func(h *Household) string { return h.Home.Dragon }),
		house("是否有创业致富带头人带动", func(h *Household) string { return h.Home.Pioneer }),
	}
}

func helpColumns() []column {
	var cs []column
	for i, name := range MeasureNames {
		cs = append(cs, house(name, func(h *Household) string { return joined(h.Measures[i]) }))
	}
	return append(cs,
		house("帮扶责任人姓名", func(h *Household) string { return h.Helper.Name }),
		house("帮扶单位名称", func(h *Household) string { return h.Helper.Unit }),
		house("帮扶开始时间", func(h *Household) string {
			if h.Helper.Since == "" {
				return ""
			}
			return monthCn(h.Helper.Since[:7])
		}),
		house("帮扶责任人联系电话", func(h *Household) string { return h.Helper.Phone }),
		house("信息采集人", func(h *Household) string { return h.CollectedBy }),
		house("信息采集人电话", func(h *Household) string { return h.CollectorTo }),
	)
}

// clearedColumns are the second copy of the record kept when the risk was cleared, and the
// two labels that the export repeats.
func clearedColumns() []column {
	after := func(label string, of func(h *Household) string) column {
		return house("风险消除后"+label, func(h *Household) string {
			if h.Monitor.Cleared != Yes {
				return ""
			}
			return of(h)
		})
	}
	return []column{
		after("家庭人口数", func(h *Household) string { return itoa(len(h.Members)) }),
		after("家庭纯收入", func(h *Household) string { return amount(h.Income.Net(), Short) }),
		after("人均纯收入", func(h *Household) string { return amount(h.PerHead(), Short) }),
		after("住房损毁", func(*Household) string { return No }),
		after("饮水设施损毁", func(*Household) string { return No }),
		house("监测对象类别", func(h *Household) string { return h.Monitor.Kind }),
		money("人均纯收入", (*Household).PerHead),
	}
}

func (h *Household) unsafeHouse() bool { return h.Home.Grade == "C级" || h.Home.Grade == "D级" }

// uninsured counts the members with neither medical insurance.
func (h *Household) uninsured() int {
	n := 0
	for i := range h.Members {
		if p := &h.Members[i]; p.MedicalResident != Yes && p.MedicalEmployee != Yes {
			n++
		}
	}
	return n
}
