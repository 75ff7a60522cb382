package synth

// live gives a house, land and what a village household has.
func (m *maker) live(h *Household) {
	d := m.d
	poor := h.helped()
	n := d.below(10_000)
	b := choose(poor, 4_300, 2_600)
	g := "A级"
	switch {
	case n < 4:
		g = "D级"
	case n < 12:
		g = "C级"
	case n < b:
		g = "B级"
	}
	size := len(h.Members)
	home := &h.Home
	home.Grade = g
	home.Area = min(max(d.spread(choose(poor, 78, 118))*(3+size)/7, 25), 380)
	home.Water = yes(d.chance(998_800))
	toilet := d.chance(choose(poor, 990_000, 940_000))
	home.Toilet, home.Works = yes(toilet), yes(toilet && d.chance(997_000))
	home.Power, home.Television = yes(true), yes(d.chance(985_000))
	home.Road = pick(d, roads)
	home.Hard = yes(home.Road == "水泥路" || home.Road == "沥青路" || home.Road == "砖铺路")
	home.Distance = d.bell(1, 160)
	home.Fuel = pick(d, fuels)
	home.Coop, home.Dragon, home.Pioneer = yes(d.chance(choose(poor, 240_000, 60_000))), yes(d.chance(choose(poor, 90_000, 15_000))),
		yes(d.chance(choose(poor, 160_000, 20_000)))

	land := &h.Land
	land.Arable = min(d.spread(92*size), 60_00) / 10 * 10
	if d.chance(120_000) {
		land.Forest = d.between(2, 30) * 10
	}
	if d.chance(40_000) {
		land.Orchard = d.between(3, 40) * 10
	}
	if d.chance(8_000) {
		land.Water = d.between(5, 50) * 10
	}
	h.Military = yes(d.chance(12_000))
	if h.helped() {
		h.Bank, h.Account = "沈丘县农村商业银行", bankAccount(d, h.county)
	}
	if h.lifted() {
		h.Identified = month((h.LiftedYear-d.between(1, 2))*12 + d.below(12)).String()
		h.Identified = max(h.Identified, "2013-11")
	}
	for i := range h.Members {
		p := &h.Members[i]
		switch {
		case h.lifted():
			p.Identified = max(h.Identified, p.Birth[:7])
		default:
			p.Identified = ""
		}
	}
}

var (
	roads = weigh(weight[string]{"水泥路", 800}, weight[string]{"沥青路", 60}, weight[string]{"砖铺路", 105}, weight[string]{"泥土路", 27}, weight[string]{"砂石路", 8})
	fuels = weigh(weight[string]{"燃气", 56}, weight[string]{"电", 27}, weight[string]{"柴草", 11}, weight[string]{"煤炭", 4}, weight[string]{"清洁能源", 2})
)

// helpers are shared by about eight helped households: those of a run of ordinals.
const householdsPerHelper = 64

var helperUnits = []string{
	"县乡村振兴局", "县农业农村局", "县教体局", "县卫健委", "县医保局", "县住建局", "县水利局", "县民政局", "县人社局", "县财政局",
	"县审计局", "县信访局", "县发改委", "县科工信局", "县商务局", "县文广旅局", "县交通运输局", "县自然资源局", "县应急局", "县市场监管局",
	"县统计局", "县公安局", "县退役军人局", "县残联", "县妇联", "团县委", "县供销社",
}

// help names the helper and the measures.
func (m *maker) help(h *Household) {
	c := newDraw(h.village.seed, streamHelper, 0)
	h.CollectedBy = pick(c, surnames) + givenName(c, false, 1975, "")
	h.CollectorTo = phone(m.c.helperPhone(h.village.index, 0))
	lone := h.isAlone() && h.Members[0].Age >= 60 && mix(h.village.seed^uint64(h.Ordinal))%100 < 94
	if !h.helped() && !lone { // old people living alone are looked after by somebody too
		return
	}
	h.helperAt = 1 + (h.Ordinal-1)/householdsPerHelper
	d := newDraw(h.village.seed, streamHelper, uint64(h.helperAt))
	female := d.chance(280_000)
	born := m.c.today.y - d.between(28, 57)
	h.Helper = Helper{
		Name: pick(d, surnames) + givenName(d, female, born, ""), Sex: sex(female), Political: "中共党员",
		Phone: phone(m.c.helperPhone(h.village.index, h.helperAt)), Since: itoa(d.between(2018, m.c.today.y-1)) + "-0" + itoa(d.between(1, 9)) + "-01",
	}
	h.Helper.Unit = one(d, helperUnits)
	if d.chance(450_000) {
		h.Helper.Unit = h.Place.Township + "人民政府"
	}
	if d.chance(200_000) {
		h.Helper.Political = "群众"
	}
	if h.helped() {
		m.measures(h)
	}
	if h.Monitor.Kind != "" {
		h.Monitor.Contact, h.Monitor.ContactTo = h.CollectedBy, h.CollectorTo
	}
}

// helperPhone lies beyond the phones of the county's people.
func (c *County) helperPhone(village, n int) int { return (c.total+1)*16 + village*64 + n%64 }

func sex(female bool) string {
	if female {
		return "女"
	}
	return "男"
}

// measures follow from the household: each column only what its members can receive.
func (m *maker) measures(h *Household) {
	d := m.d
	set := func(i int, names ...string) { h.Measures[i] = append(h.Measures[i], names...) }
	if h.Kind == kindNoAid && h.Monitor.Kind == "" {
		return
	}
	work := false
	for i := range h.Members {
		p := &h.Members[i]
		work = work || p.Labour == labourOrdinary || p.Labour == labourSkilled || p.Labour == labourWeak
		if p.Travelled() && !contains(h.Measures[helpJob], "外出务工补贴") {
			set(helpJob, "外出务工补贴")
		}
		if p.Work.Channel == "帮扶车间" && !contains(h.Measures[helpJob], "帮扶车间") {
			set(helpJob, "帮扶车间")
		}
		if p.Post != "" && !contains(h.Measures[helpPost], p.Post) {
			set(helpPost, p.Post)
		}
		m.personal(h, p, set)
	}
	if work {
		if d.chance(720_000) || len(h.Measures[helpJob])+len(h.Measures[helpPost]) == 0 {
			set(helpIndustry, one(d, []string{"种苗、化肥等物资帮扶", "产业奖补", "致富带头人、合作社、龙头企业带动", "入股分红", "消费帮扶"}))
		}
		if d.chance(160_000) {
			set(helpFinance, "小额信贷")
		}
	}
	if d.chance(300_000) {
		set(helpFinance, "防贫保险")
	}
	set(helpHealth, "参加城乡居民基本医疗保险个人缴费补贴", "签约家庭医生")
	if d.chance(90_000) {
		set(helpHouse, one(d, []string{"危房改造", "维修加固"}))
	}
	if d.chance(70_000) {
		set(helpLiving, one(d, []string{"改厕", "庭院整治"}))
	}
	if d.chance(50_000) || !work && len(h.Measures[helpWelfare]) == 0 {
		set(helpSocial, "社会捐助")
	}
}

// Travelled tells whether the person had the yearly travel subsidy.
func (p *Person) Travelled() bool { return p.Work.Travel > 0 }

func (m *maker) personal(h *Household, p *Person, set func(int, ...string)) {
	once := func(i int, name string) {
		if !contains(h.Measures[i], name) {
			set(i, name)
		}
	}
	if p.has(chronic) {
		once(helpHealth, "办理慢性病卡")
	}
	if p.MedicalAid == Yes {
		once(helpHealth, "医疗救助")
	}
	if p.LowAid == "农村低保" {
		once(helpWelfare, "低保")
	}
	if p.DestituteAid == "农村特困" {
		once(helpWelfare, "特困供养")
	}
	if p.Age >= 60 && p.PensionResident == Yes {
		once(helpWelfare, "养老金")
	}
	if p.isDisabled() && p.DestituteAid != "农村特困" {
		once(helpWelfare, "残疾人补贴")
	}
	switch p.School {
	case "学前教育":
		once(helpEducation, "免保教费")
	case "小学", "七年级", "八年级", "九年级":
		once(helpSchooling, "寄宿生生活补贴")
	case "普通高中一年级", "普通高中二年级", "普通高中三年级", "本科一年级", "本科二年级", "本科三年级", "本科四年级":
		once(helpEducation, "助学金")
	case "中职一年级", "中职二年级", "中职三年级", "高职高专一年级", "高职高专二年级", "高职高专三年级":
		once(helpEducation, "雨露计划")
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
