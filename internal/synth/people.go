package synth

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

// people gives the kin names, birth days and numbers.
func (m *maker) people(h *Household, ks []kin) {
	d := m.d
	list := surnames
	if h.Hui {
		list = surnamesHui
	}
	family := pick(d, list)
	shared := [3]string{one(d, generation), "", ""} // by generation below the head: elders, children, grandchildren
	if d.chance(450_000) {
		shared[1] = one(d, generation)
	}
	if d.chance(350_000) {
		shared[2] = one(d, maleYoung)
	}
	h.Members = make([]Person, len(ks))
	used := make(map[int]int, len(ks)) // look-up only, never walked
	for i, k := range ks {
		p := &h.Members[i]
		p.Number = h.Number + string([]byte{'0' + byte((i+1)/10), '0' + byte((i+1)%10)})
		p.Relation, p.Female = k.relation, k.female
		m.nation(h, p, k)
		m.born(h, p, k, used)
		surname := family
		if k.married || k.relation == "之外孙子" || k.relation == "之外孙女" {
			surname = pick(d, list)
			if p.origin != "" {
				surname = pick(d, surnamesAway)
			}
		}
		common := ""
		if g := rank(k.relation); !k.female && d.chance(700_000) {
			common = shared[g]
		}
		p.Name = surname + givenName(d, k.female, k.born, common)
		for j := range i { // no two of a household bear one name
			if h.Members[j].Name == p.Name {
				p.Name += one(d, maleOld)
				break
			}
		}
		m.papers(h, p)
	}
}

// rank is the generation of a relation: 0 the head's and above, 1 children, 2 below.
func rank(relation string) int {
	switch relation {
	case "之子", "之女", "之儿媳", "之女婿":
		return 1
	case "之孙子", "之孙女", "之外孙子", "之外孙女":
		return 2
	}
	return 0
}

func (m *maker) nation(h *Household, p *Person, k kin) {
	p.Nation = "汉族"
	if h.Hui {
		p.Nation = "回族"
	}
	if !k.married || !k.female {
		return
	}
	if h.Hui && m.d.chance(80_000) {
		p.Nation = "汉族"
	}
	if k.born > 1958 && m.d.chance(25_000) {
		p.origin = "外省"
		p.Nation = pick(m.d, peoplesAway)
	}
}

// born finds the person's place among the ID numbers, and with it the birth day.
func (m *maker) born(h *Household, p *Person, k kin, used map[int]int) {
	year := k.born
	for {
		key := year*2 + int(b2u(k.female))
		n := used[key]
		if n < 2 {
			s := m.c.ids.spot(2*h.county+n, year, k.female, p.origin != "")
			p.birth = date{year, s.month, s.day}
			if !m.c.today.before(p.birth) {
				used[key] = n + 1
				p.plainID = s.idNumber(year)
				if p.origin != "" {
					p.origin = s.origin
				}
				break
			}
		}
		year-- // the third of one sex and year, or not yet born: a year older
	}
	p.Birth = p.birth.String()
	p.Age = p.birth.ageOn(m.c.today)
}

// papers chooses the document a person is on record with.
func (m *maker) papers(h *Household, p *Person) {
	p.IDKind, p.IDNumber = "居民身份证", p.plainID
	ppm := 150
	switch {
	case p.origin != "":
		ppm = 30_000
	case p.Age < 2:
		ppm = 25_000
	}
	if m.d.chance(ppm) && !h.hasStandIn() {
		p.IDNumber = noIDNumber(h.Village, h.Ordinal)
	}
}

func (h *Household) hasStandIn() bool {
	for i := range h.Members {
		if hasNoID(h.Members[i].IDNumber) {
			return true
		}
	}
	return false
}

func hasNoID(number string) bool { return len(number) >= 6 && number[:6] == "999999" }

// conditions gives every member schooling, health, work, insurance and allowances.
func (m *maker) conditions(h *Household) {
	poor := h.Kind != kindOrdinary || h.Monitor.Kind != ""
	low := !h.isAlone() && m.d.chance(choose(h.Kind == kindLifted, 340_000, choose(poor, 200_000, 26_000)))
	destitute := h.isAlone() && h.Members[0].Age >= 60 && m.d.chance(choose(poor, 660_000, 420_000))
	if len(h.Members) == 2 && h.Members[1].Relation == "之兄弟姐妹" {
		destitute = h.Members[0].Age >= 60 && h.Members[1].Age >= 60 && m.d.chance(500_000)
	}
	for i := range h.Members {
		p := &h.Members[i]
		p.destined = destitute
		p.State = "正常"
		if p.Age < 1 {
			p.State = "新增"
		}
		m.school(p)
		m.health(p, poor)
		m.labour(p)
		m.work(h, p)
		m.politics(p)
		m.insure(p, poor)
		p.LowAid, p.DestituteAid = "未享受", "未享受"
		if destitute {
			p.DestituteAid = "农村特困"
		} else if low || h.isAlone() && p.Age >= 60 && m.d.chance(choose(poor, 450_000, 60_000)) {
			p.LowAid = "农村低保"
		}
		p.Relocated = No
		p.Mandarin = yes(p.Age >= 5 && (p.Age < 65 || m.d.chance(500_000)))
		if p.IDKind == "居民身份证" && p.Disability != "" && !hasNoID(p.IDNumber) && m.d.chance(450_000) {
			p.IDKind = "残疾人证"
			p.IDNumber = disabilityNumber(p.plainID, disabilityOrder(p.Disability), gradeOrder(p.DisabilityLevel), m.d.chance(60_000))
		}
	}
	m.phones(h)
}

func (h *Household) isAlone() bool { return len(h.Members) == 1 }

func choose(c bool, a, b int) int {
	if c {
		return a
	}
	return b
}

func disabilityOrder(kind string) int {
	for i, k := range disabilityKinds {
		if k == kind {
			return i + 1
		}
	}
	return 7
}

func gradeOrder(level string) int {
	for i, l := range disabilityLevels {
		if l == level {
			return i + 1
		}
	}
	return 4
}

// phones: workers and most adults have one; a household's is its head's or the first found.
func (m *maker) phones(h *Household) {
	for i := range h.Members {
		p := &h.Members[i]
		has := p.Age >= 16 && (p.Work.Months > 0 || p.Age < 60 && m.d.chance(900_000) || p.Age < 75 && m.d.chance(550_000))
		if i == 0 && m.d.chance(960_000) {
			has = true
		}
		if has {
			p.Phone = phone(h.county*16 + i)
		}
		if h.Phone == "" {
			h.Phone = p.Phone
		}
	}
}

func (m *maker) politics(p *Person) {
	p.Political = "群众"
	n := m.d.below(1000)
	switch {
	case p.Age >= 14 && p.Age <= 28 && n < 170:
		p.Political = "共青团员"
	case p.Age >= 22 && !p.Female && n < 60, p.Age >= 22 && n < 16:
		p.Political = "中共党员"
	case p.Age >= 22 && p.Age <= 45 && n < 62 && n >= 60:
		p.Political = "中共预备党员"
	}
}

// insure: nearly all hold the residents' medical insurance, a few the employees'.
func (m *maker) insure(p *Person, poor bool) {
	d := m.d
	formal := p.Work.Months >= 10 && p.Age < 55 && d.chance(70_000)
	insured := poor || d.chance(999_500)
	p.MedicalEmployee, p.MedicalResident = yes(formal), yes(!formal && insured)
	p.MedicalSerious = yes(insured)
	p.MedicalExtra = yes(poor && d.chance(850_000) || d.chance(60_000))
	p.PensionEmployee = yes(formal)
	p.PensionResident = yes(!formal && p.Age >= 16 && p.School == "" && d.chance(930_000))
	p.MedicalAid = yes(poor && p.sick() && d.chance(300_000))
}
