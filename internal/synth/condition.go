package synth

var (
	disabilityKinds  = []string{"视力", "听力", "言语", "肢体", "智力", "精神", "多重"}
	disabilityLevels = []string{"一级", "二级", "三级", "四级"}
	disabilityDrawn  = weigh(weight[string]{"视力", 149}, weight[string]{"听力", 150}, weight[string]{"言语", 15}, weight[string]{"肢体", 420},
		weight[string]{"智力", 80}, weight[string]{"精神", 100}, weight[string]{"多重", 86})
	levelDrawn = weigh(weight[string]{"一级", 14}, weight[string]{"二级", 22}, weight[string]{"三级", 32}, weight[string]{"四级", 32})
)

const (
	healthy  = "健康"
	chronic  = "长期慢性病"
	major    = "患有大病"
	disabled = "残疾"
)

func (p *Person) has(condition string) bool {
	for _, c := range p.Health {
		if c == condition {
			return true
		}
	}
	return false
}

func (p *Person) sick() bool       { return p.has(chronic) || p.has(major) }
func (p *Person) isDisabled() bool { return p.Disability != "" }

// health draws illnesses and disability certificates by age; poor families have more.
func (m *maker) health(p *Person, poor bool) {
	d := m.d
	ill, big, lame := 6_000, 400, 7_000
	switch {
	case p.Age >= 75:
		ill, big, lame = 420_000, 22_000, 62_000
	case p.Age >= 60:
		ill, big, lame = 300_000, 16_000, 48_000
	case p.Age >= 40:
		ill, big, lame = 85_000, 7_000, 26_000
	case p.Age >= 18:
		ill, big, lame = 15_000, 1_500, 15_000
	}
	if poor {
		ill, big, lame = min(ill*16/10, 600_000), big*3, lame*5/2
	}
	if d.chance(ill) {
		p.Health = append(p.Health, chronic)
	}
	if d.chance(big) {
		p.Health = append(p.Health, major)
	}
	if d.chance(lame) && p.Age >= 1 {
		p.Health = append([]string{disabled}, p.Health...)
		p.Disability, p.DisabilityLevel = pick(d, disabilityDrawn), pick(d, levelDrawn)
		p.CertificateYear = max(m.c.today.y-d.between(0, 12), p.birth.y+1)
		p.CertificateYear = min(p.CertificateYear, m.c.today.y)
	}
	if p.Health == nil {
		p.Health = []string{healthy}
	}
}

// school follows the age on the first of September, as enrolment does.
func (m *maker) school(p *Person) {
	d := m.d
	year := m.c.today.y
	if m.c.today.m < 9 {
		year--
	}
	age := p.birth.ageOn(date{year, 9, 1})
	n := d.below(1000)
	switch {
	case p.Age < 3 || age < 3:
		p.School = "学龄前儿童"
	case age < 6 && p.Age < 7:
		p.School = "学前教育"
	case age < 12:
		p.School = "小学"
	case age < 15:
		p.School = [3]string{"七年级", "八年级", "九年级"}[age-12]
	case age < 18 && n < 620:
		p.School = [3]string{"普通高中一年级", "普通高中二年级", "普通高中三年级"}[age-15]
	case age < 18 && n < 930:
		p.School = [3]string{"中职一年级", "中职二年级", "中职三年级"}[age-15]
	case age >= 18 && age < 22 && n < 210:
		p.School = [4]string{"本科一年级", "本科二年级", "本科三年级", "本科四年级"}[age-18]
	case age >= 18 && age < 21 && n < 420:
		p.School = [3]string{"高职高专一年级", "高职高专二年级", "高职高专三年级"}[age-18]
	case age >= 22 && age < 26 && n < 12:
		p.School = "硕士研究生及以上"
	default:
		p.Education = m.education(p.Age)
	}
}

var educationByAge = []struct {
	below int
	drawn weighted[string]
}{
	{21, weigh(weight[string]{"初中", 82}, weight[string]{"高中", 18})},
	{23, weigh(weight[string]{"初中", 68}, weight[string]{"高中", 20}, weight[string]{"大专", 12})},
	{40, weigh(weight[string]{"小学", 6}, weight[string]{"初中", 62}, weight[string]{"高中", 18}, weight[string]{"大专", 9}, weight[string]{"本科及以上", 5})},
	{60, weigh(weight[string]{"文盲或半文盲", 4}, weight[string]{"小学", 32}, weight[string]{"初中", 55}, weight[string]{"高中", 8}, weight[string]{"大专", 1})},
	{75, weigh(weight[string]{"文盲或半文盲", 22}, weight[string]{"小学", 50}, weight[string]{"初中", 25}, weight[string]{"高中", 3})},
	{200, weigh(weight[string]{"文盲或半文盲", 55}, weight[string]{"小学", 38}, weight[string]{"初中", 7})},
}

func (m *maker) education(age int) string {
	for _, e := range educationByAge {
		if age < e.below {
			return pick(m.d, e.drawn)
		}
	}
	return ""
}

const (
	labourOrdinary = "普通劳动力"
	labourSkilled  = "技能劳动力"
	labourWeak     = "弱劳动力或半劳动力"
	labourLost     = "丧失劳动力"
	labourNone     = "无劳动力"
)

func (m *maker) labour(p *Person) {
	d := m.d
	severe := p.DisabilityLevel == "一级" || p.DisabilityLevel == "二级"
	n := d.below(100)
	switch {
	case p.Age < 16 || p.School != "":
		p.Labour = labourNone
	case severe:
		p.Labour = labourLost
	case p.Age >= 80 || p.Age >= 70 && n < 60 || p.Age >= 60 && n < 10:
		p.Labour = labourNone
	case p.destined || p.Age >= 70 || p.isDisabled() || p.has(major):
		p.Labour = labourWeak
	case p.Age >= 60 && n < 70, p.has(chronic) && n < 40:
		p.Labour = labourWeak
	case p.Age < 50 && n < 12:
		p.Labour = labourSkilled
	default:
		p.Labour = labourOrdinary
	}
}

func (p *Person) works() bool { return p.Labour == labourOrdinary || p.Labour == labourSkilled }

var workPlaces = weigh(
	weight[string]{"浙江省杭州市", 10}, weight[string]{"浙江省宁波市", 9}, weight[string]{"浙江省温州市", 7}, weight[string]{"浙江省金华市", 6},
	weight[string]{"江苏省苏州市", 11}, weight[string]{"江苏省无锡市", 6}, weight[string]{"江苏省南京市", 5}, weight[string]{"上海市松江区", 8},
	weight[string]{"上海市浦东新区", 5}, weight[string]{"广东省深圳市", 9}, weight[string]{"广东省东莞市", 8}, weight[string]{"广东省广州市", 6},
	weight[string]{"北京市朝阳区", 4}, weight[string]{"福建省泉州市", 4}, weight[string]{"山东省青岛市", 3}, weight[string]{"新疆维吾尔自治区乌鲁木齐市", 2},
	weight[string]{"河南省郑州市", 16}, weight[string]{"河南省周口市", 8})

// jobs are where they work and the trade it belongs to.
var jobs = []struct{ employer, industry string }{
	{"服装厂", "制造业"}, {"电子厂", "制造业"}, {"家具厂", "制造业"}, {"塑料制品厂", "制造业"}, {"五金厂", "制造业"}, {"食品厂", "制造业"}, {"鞋厂", "制造业"},
	{"建筑工地", "建筑业"}, {"装修队", "建筑业"}, {"钢构公司", "建筑业"}, {"超市", "批发和零售业"}, {"农贸市场", "批发和零售业"},
	{"餐馆", "住宿和餐饮业"}, {"宾馆", "住宿和餐饮业"}, {"物流公司", "交通运输、仓储和邮政业"}, {"快递站点", "交通运输、仓储和邮政业"},
	{"家政公司", "居民服务、修理和其他服务业"}, {"汽修店", "居民服务、修理和其他服务业"}, {"保安公司", "居民服务、修理和其他服务业"},
}

// work sends the able away or gives the weak of helped families a public post. Wages are
// set by earn.
func (m *maker) work(h *Household, p *Person) {
	d := m.d
	if !p.works() || p.Age > 64 {
		if h.helped() && p.Labour == labourWeak && !p.destined && p.Age >= 18 && p.Age < 70 && d.chance(170_000) {
			p.Post = one(d, []string{"保洁员", "护路员", "互助照料员", "护林员"})
			p.PostMonths = d.between(3, 12)
		}
		return
	}
	ppm := 740_000
	switch {
	case p.Age >= 46:
		ppm = 470_000
	case p.Female:
		ppm = 560_000
	}
	if !d.chance(ppm) {
		return
	}
	w := &p.Work
	w.Months = min(d.between(6, 14), 11)
	start := monthOf(m.c.today) - month(d.between(0, 2)+w.Months)
	w.From, w.To = start.String(), (start + month(w.Months) - 1).String()
	job := one(d, jobs)
	w.Industry = job.industry
	w.PointToPoint, w.Abroad = No, No
	if d.chance(190_000) {
		w.Place, w.Channel = "河南省周口市沈丘县", "就近务工"
		if h.helped() && d.chance(250_000) {
			w.Channel = "帮扶车间"
		}
	} else {
		w.Place, w.Channel = pick(d, workPlaces), "外出务工"
		w.PointToPoint = yes(h.helped() && d.chance(60_000))
		if h.helped() && d.chance(700_000) {
			w.Travel = int64(d.between(2, 6)) * 100_00
		}
	}
	if d.chance(850_000) {
		w.Employer = job.employer
	}
}

// Away tells whether the person works outside the county.
func (p *Person) Away() bool { return p.Work.Months > 0 && p.Work.Channel == "外出务工" }
