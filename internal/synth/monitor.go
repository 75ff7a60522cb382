package synth

// monitor fills in the record of a monitored household; risks follow from its members.
func (m *maker) monitor(h *Household) {
	mo := &h.Monitor
	if mo.Kind == "" {
		return
	}
	d := m.d
	mo.Risks = m.risks(h)
	if contains(mo.Risks, "因自然灾害") {
		mo.Disaster = pick(d, disasters)
	}
	noLabour := true
	for i := range h.Members {
		if l := h.Members[i].Labour; l != labourNone && l != labourLost {
			noLabour = false
		}
	}
	mo.NoLabour = yes(noLabour)
	mo.Develop = "已实施"
	if noLabour {
		mo.Develop = "尚未实施"
	}
	now := monthOf(m.c.today)
	oldest := 2020*12 + 2
	if mo.Kind == monitorSudden {
		oldest = 2021*12 + 4
	}
	clear := !noLabour && d.chance(670_000)
	newest := int(now) - 1
	if clear {
		newest = int(now) - 8
	}
	at := month(d.between(oldest, max(newest, oldest)))
	mo.Enrolled, mo.Cleared = at.String(), No
	if clear {
		mo.Cleared, mo.ClearedWay = Yes, "帮扶消除"
		if d.chance(30_000) {
			mo.ClearedWay = "自然消除"
		}
		mo.ClearedIn = month(d.between(int(at)+7, max(int(now)-1, int(at)+7))).String()
	}
	if h.Identified == "" {
		h.Identified = mo.Enrolled
		for i := range h.Members {
			h.Members[i].Identified = max(mo.Enrolled, h.Members[i].Birth[:7])
		}
	}
}

var disasters = weigh(weight[string]{"洪涝", 80}, weight[string]{"气象", 14}, weight[string]{"旱灾", 6})

// risks lists one to three risks that the members bear out.
func (m *maker) risks(h *Household) []string {
	d := m.d
	var can, out []string
	able, student, sick, lame := 0, false, false, false
	for i := range h.Members {
		p := &h.Members[i]
		sick = sick || p.sick()
		lame = lame || p.isDisabled()
		student = student || p.Age >= 15 && p.School != ""
		if p.works() {
			able++
		}
	}
	if sick && h.Income.SelfPaid > 0 {
		can = append(can, "因病")
	}
	if lame {
		can = append(can, "因残")
	}
	if student {
		can = append(can, "因学")
	}
	if able*4 <= len(h.Members) {
		can = append(can, "缺劳动力")
	}
	for _, r := range can {
		if len(out) < 3 && (len(out) == 0 || d.chance(450_000)) {
			out = append(out, r)
		}
	}
	if len(out) == 0 || able > 0 && d.chance(160_000) {
		switch n := d.below(100); {
		case n < 55 && able > 0:
			out = append(out, "因务工就业不稳")
		case n < 75:
			out = append(out, "因意外事故")
		case n < 90:
			out = append(out, "因自然灾害")
		case able > 0:
			out = append(out, "因产业项目失败")
		default:
			out = append(out, "因意外事故")
		}
	}
	return out
}

// forget leaves out what was never recorded, at the rates of an average export, so that
// there is something to ask at the door.
func (m *maker) forget(h *Household) {
	d := m.d
	drop := func(ppm int, v *string) {
		if d.chance(ppm) {
			*v = ""
		}
	}
	drop(6_000, &h.Home.Grade)
	drop(8_000, &h.Home.Toilet)
	drop(3_000, &h.Home.Water)
	drop(25_000, &h.Home.Fuel)
	drop(4_000, &h.Home.Television)
	drop(15_000, &h.Phone)
	if h.Home.Toilet == "" {
		h.Home.Works = ""
	}
	for i := range h.Members {
		p := &h.Members[i]
		drop(30_000, &p.Mandarin)
		drop(8_000, &p.Political)
		drop(400, &p.Labour)
		drop(300, &p.Education)
		drop(1_500, &p.MedicalSerious)
		if len(p.Health) == 1 && p.Health[0] == healthy && d.chance(500) {
			p.Health = nil
		}
	}
}
