package synth

// Rates of what is found amiss, in ppm of the households (or persons) it can befall; together
// about two households in a hundred have something. Estimates: they size the
// problem ledger as in the plan for a county of this kind, and describe no real one.
const (
	rateDropout     = 250     // of children of school age
	rateUninsured   = 1_200   // of people of helped households
	rateCardIdle    = 2_500   // of holders of a chronic card
	rateUnknown     = 6_000   // of helped households: a policy or the doctor not known, the doctor not seen
	rateDisagree    = 2_500   // of helped households, each satisfaction
	rateDisagreeAny = 400     // of all households, each recognition
	rateDanger      = 350     // of houses on record as safe
	rateRebuiltBad  = 15_000  // of rebuilt houses
	rateNoTap       = 4_000   // of helped households
	rateNoTapOther  = 12_000  // of the others, where it is no problem yet
	rateWaterUnsafe = 500     // of households with safe water on record
	rateWaterCut    = 1_900   // of all
	rateUntidy      = 2_600   // of all
	rateToiletDown  = 900     // of working toilets
	rateMeasure     = 4_500   // of helped households: help, policies, steady income
	rateHunger      = 30      // of all
	rateLivingPoor  = 1_500   // of households with a key person
	mended          = 600_000 // of recorded defects: put right since
)

// member completes what is asked of each person.
func (w *door) member(i int) {
	d, p := w.d, &w.h.Members[i]
	know := func(code string, v any) {
		m := &w.t.Members[i]
		m.facts = append(m.facts, Answer{code, v})
	}
	w.recorded(i, p)
	know("at_home", !p.Away())
	know("lives_alone", p.Age >= 60 && w.h.isAlone())
	know("left_behind", w.leftBehind(p))
	signed := w.h.supported() || p.sick() || p.Age >= 65 || d.chance(350_000)
	know("doctor_signed", signed)
	if p.has(chronic) {
		card := d.chance(choose(w.h.supported(), 965_000, 700_000))
		know("chronic_card", card)
		if card {
			know("chronic_card_used", !w.wrong("chronic_card_used", rateCardIdle))
		}
	}
	if p.Disability == "精神" {
		know("psych_treated", d.chance(970_000))
	}
	if p.isDisabled() {
		know("disabled_subsidy", w.subsidy(p))
	}
	if p.DestituteAid == "农村特困" {
		way := "scatter"
		if d.chance(160_000) {
			way = "central"
		}
		know("destitute_way", way)
	}
	if p.Age < 18 {
		kind := "none"
		if !w.h.withParents() {
			kind = pick(d, childKinds)
		}
		know("child_kind", kind)
		know("school_unfit", p.Age >= 6 && p.School == "" && p.isDisabled())
	}
	if p.School != "" && p.School != "学龄前儿童" {
		know("edu_aid", w.h.supported() && d.chance(985_000) || d.chance(60_000))
	}
}

var childKinds = weigh(weight[string]{"none", 955}, weight[string]{"orphan", 8}, weight[string]{"unsupported", 15}, weight[string]{"hard", 22})

// recorded completes and corrects what the export says of a person.
func (w *door) recorded(i int, p *Person) {
	d := w.d
	if p.Age >= 5 {
		w.assumeMember(i, "mandarin", p.Age < 65)
	} else {
		w.assumeMember(i, "mandarin", false)
	}
	w.assumeMember(i, "political", "masses")
	w.assumeMember(i, "health", []string{"healthy"})
	w.assumeMember(i, "ins_major", true)
	if p.Labour == "" {
		l := "ordinary"
		if p.Age < 16 || p.School != "" || p.Age >= 70 {
			l = "none"
		}
		w.assumeMember(i, "labour", l)
	}
	if p.School == "" {
		w.assumeMember(i, "education", "junior")
		w.assumeMember(i, "school", "none")
	}
	switch p.School {
	case "小学", "七年级", "八年级", "九年级":
		if !p.isDisabled() && w.wrong("school", rateDropout) {
			w.setMember(i, "school", "none")
			w.setMember(i, "education", "primary")
			w.setMember(i, "drop_reason", one(d, []string{"unwilling", "work", "illness"}))
		}
	}
	if w.h.supported() && p.MedicalEmployee != Yes && p.MedicalResident == Yes && w.wrong("ins_resident", rateUninsured) {
		w.setMember(i, "ins_resident", false)
		w.setMember(i, "ins_major", false)
	}
	if p.MedicalResident == No && p.MedicalEmployee == No && !d.chance(mended) {
		if w.h.supported() {
			w.note("ins_resident")
		}
	} else if p.MedicalResident == No && p.MedicalEmployee == No {
		w.setMember(i, "ins_resident", true)
	}
	switch { // since the export
	case p.Work.Months > 0 && d.chance(9_000):
		w.setMember(i, "work_place", pick(d, workPlaces))
	case p.Work.Months > 0 && d.chance(9_000):
		w.setMember(i, "work_wage", p.Work.Wage*int64(d.between(85, 125))/100/(10*yuan)*(10*yuan))
	case p.Age >= 50 && len(p.Health) == 1 && p.Health[0] == healthy && d.chance(4_000):
		w.setMember(i, "health", []string{"chronic"})
	case p.Phone != "" && d.chance(6_000):
		w.setMember(i, "phone", phone(w.h.county*16+10+i%4))
	}
}

// supported is the pack's sense: once poor, or monitored.
func (h *Household) supported() bool { return h.lifted() || h.Monitor.Kind != "" }

func (h *Household) withParents() bool {
	for i := range h.Members {
		if p := &h.Members[i]; p.Age >= 18 && p.Age < 56 {
			return true
		}
	}
	return false
}

// leftBehind: old people or children whose able relatives all work away.
func (w *door) leftBehind(p *Person) bool {
	if p.Age < 60 && p.Age >= 16 {
		return false
	}
	away := false
	for i := range w.h.Members {
		q := &w.h.Members[i]
		if q.Age >= 18 && q.Age < 60 && !q.Away() {
			return false
		}
		away = away || q.Away()
	}
	return away
}

func (w *door) subsidy(p *Person) []string {
	var out []string
	if p.LowAid == "农村低保" {
		out = append(out, "living")
	}
	severe := p.DisabilityLevel == "一级" || p.DisabilityLevel == "二级"
	if severe && w.d.chance(985_000) {
		out = append(out, "care")
	}
	if out == nil {
		return []string{"none"}
	}
	return out
}

// home is the house, the water and the toilet.
func (w *door) home() {
	d, h := w.d, w.h
	w.fill("house_grade", "b")
	w.assume("house_danger", false)
	switch {
	case h.unsafeHouse() && d.chance(mended):
		w.set("house_grade", "b")
		w.set("house_danger", false)
	case h.unsafeHouse():
		w.note("house_grade")
	case w.wrong("house_grade", rateDanger):
		w.set("house_grade", one(d, []string{"c", "c", "d"}))
		w.set("house_danger", true)
	}
	w.know("house_appraised", h.supported() && d.chance(975_000) || d.chance(100_000))
	rebuilt := contains(h.Measures[helpHouse], "危房改造")
	w.know("house_rebuilt", rebuilt)
	if rebuilt {
		w.know("house_rebuilt_good", !w.wrong("house_rebuilt_good", rateRebuiltBad))
		w.know("house_subsidy", !w.wrong("house_subsidy", rateRebuiltBad/3))
		w.know("old_house_gone", d.chance(985_000))
		w.know("house_damaged", w.wrong("house_damaged", rateRebuiltBad))
	}
	w.fill("water_safe", true)
	switch {
	case h.Home.Water == No && d.chance(mended):
		w.set("water_safe", true)
	case h.Home.Water == No:
		w.note("water_safe")
	case w.wrong("water_safe", rateWaterUnsafe):
		w.set("water_safe", false)
	}
	tap := true
	if h.supported() {
		tap = !w.wrong("tap_water", rateNoTap)
	} else {
		tap = !d.chance(rateNoTapOther)
	}
	w.know("tap_water", tap)
	w.know("water_cut", w.wrong("water_cut", rateWaterCut))
	w.toilet()
}

func (w *door) toilet() {
	h := w.h
	w.fill("toilet", true)
	switch {
	case h.Home.Toilet == No && w.d.chance(mended):
		w.set("toilet", true)
		w.set("toilet_works", true)
	case h.Home.Toilet == No:
		if h.lifted() {
			w.note("toilet")
		}
	case h.Home.Works == No && w.d.chance(mended):
		w.set("toilet_works", true)
	case h.Home.Works == No:
		w.note("toilet_works")
	case w.wrong("toilet_works", rateToiletDown):
		w.set("toilet_works", false)
	}
	w.fill("toilet_works", true)
}

// life is food, clothing, order in the yard and the people who need watching.
func (w *door) life() {
	h := w.h
	w.know("food_short", w.wrong("food_short", rateHunger))
	w.know("cloth_short", w.wrong("cloth_short", rateHunger))
	w.know("tidy", !w.wrong("tidy", rateUntidy))
	key := false
	minors := 0
	for i := range h.Members {
		p := &h.Members[i]
		key = key || p.LowAid != "未享受" || p.DestituteAid != "未享受" || p.DisabilityLevel == "一级" || p.DisabilityLevel == "二级" ||
			p.Age >= 60 && w.leftBehind(p)
		if p.Age < 18 {
			minors++
		}
	}
	w.know("living_ok", !(key || minors >= 3) || !w.wrong("living_ok", rateLivingPoor))
	w.assume("fuel", "gas")
	w.assume("broadcast", true)
	if h.Phone == "" {
		w.fill("phone", phone(h.county*16+15))
	}
}

// policy is what is known of the policies, and who is content. What the form asks of some
// households only is amiss only there.
func (w *door) policy() {
	h := w.h
	helped := h.supported()
	signed, student := false, false
	for i := range w.t.Members {
		v, _ := w.t.Members[i].Fact("doctor_signed")
		signed = signed || v == true
		student = student || h.Members[i].School != "" && h.Members[i].School != "学龄前儿童"
	}
	known := func(code string, asked bool, ppm int) { w.know(code, !asked || !w.wrong(code, ppm)) }
	content := func(code string, asked bool) { w.know(code, w.opinion(code, asked, helped)) }
	known("edu_known", helped && student, rateUnknown)
	content("edu_satisfied", helped && student)
	known("doctor_known", helped && signed, rateUnknown)
	known("doctor_served", helped && signed, rateUnknown)
	content("doctor_satisfied", helped && signed)
	pay := "nostay"
	switch {
	case w.d.chance(150_000):
		pay = "enjoyed"
	case helped && w.wrong("pay_after", rateDisagree):
		pay = "prepaid"
	}
	w.know("pay_after", pay)
	content("health_satisfied", helped)
	for _, code := range []string{"rec_village", "rec_facility", "rec_policy"} {
		content(code, true)
	}
	for _, code := range []string{"rec_team", "rec_helper", "rec_lifted"} {
		if helped {
			content(code, true)
		} else {
			w.know(code, "na")
		}
	}
	if helped {
		known("help_done", true, rateMeasure)
		known("policy_done", true, rateMeasure)
		known("income_steady", true, rateMeasure)
		known("policy_known", true, rateMeasure)
		w.know("policy_person", h.Head().Name)
	}
	w.know("income_low", h.PerHead() < 6900*yuan)
	need := "没有"
	if w.d.chance(25_000) {
		need = one(w.d, needs)
	}
	w.know("other_need", need)
}

// needs are what people ask for when asked.
var needs = []string{
	"希望村里多组织几次技能培训", "孩子上学路远，希望校车多跑一趟", "希望在家门口找个活干", "想了解慢性病卡怎么办", "门前的路灯坏了，希望修好",
	"麦收时希望有人帮忙收割", "希望医生常来给老人量血压", "想学养羊技术", "下雨时巷子里积水，希望疏通", "希望帮忙卖一卖红薯和粉条",
}

// opinion draws how content the household is.
func (w *door) opinion(code string, asked, helped bool) string {
	if !asked {
		return "na"
	}
	if w.wrong(code, choose(helped, rateDisagree, rateDisagreeAny)) {
		return "disagree"
	}
	switch n := w.d.below(1000); {
	case n < 30:
		return "mostly"
	case n < 31:
		return "unclear"
	}
	return "agree"
}

// news is what befell the household since the export, and last year's income.
func (w *door) news() {
	d, h := w.d, w.h
	head := h.PerHead()
	last := head * 100 / int64(d.between(103, 118))
	if d.chance(6_000) {
		last = head * int64(d.between(145, 190)) / 100
	}
	w.know("income_head_last", last)
	accident := d.chance(2_000) || contains(h.Monitor.Risks, "因意外事故")
	w.know("accident", accident)
	if accident {
		w.know("expense_accident", int64(d.between(3, 60))*1000*yuan)
	}
	w.know("flood_hit", d.chance(4_000) || contains(h.Monitor.Risks, "因自然灾害"))
	w.know("covid_hit", d.chance(6_000) || contains(h.Monitor.Risks, "因务工就业不稳") && d.chance(500_000))
	w.know("petition", d.chance(400))
	if d.chance(8_000) {
		w.set("income_transfer", h.Income.Transfer+int64(d.between(2, 40))*100*yuan)
	}
	if d.chance(5_000) {
		w.set("income_business", h.Income.Business+int64(d.between(5, 60))*100*yuan)
	}
	if h.Phone != "" && d.chance(8_000) {
		w.set("phone", phone(h.county*16+14))
	}
}
