package synth

const yuan = 100 // fen

// earn draws what the household should have a head and then finds the sources that
// explain it: allowances and fields first, wages for the rest.
func (m *maker) earn(h *Household) {
	d := m.d
	size := int64(len(h.Members))
	perHead := int64(m.target(h))
	if !h.anyWorks() { // what pensions and children give has its bounds
		perHead = min(perHead, int64(d.between(16_000, 26_000)))
	}
	in := &h.Income
	in.Transfer = m.allowances(h)
	gross := int64(d.between(1_450, 2_250)) * int64(h.Land.Arable) / 100
	if d.chance(140_000) {
		gross += int64(d.between(20, 160)) * 100 // pigs, sheep, a stall
	}
	in.Business, in.Expense = gross*yuan, gross*int64(d.between(38, 54))/100*yuan
	if d.chance(260_000) {
		in.Property = int64(d.between(10, 260)) * 10 * yuan
	}
	posts := int64(0)
	months := 0
	for i := range h.Members {
		p := &h.Members[i]
		posts += int64(p.PostMonths) * 500 * yuan
		months += p.Work.Months
	}
	in.Wage = posts
	left := perHead*yuan*size - in.Net()
	switch {
	case months > 0:
		left -= m.wages(h, left, months)
		if left > 0 {
			in.Business += left * 3 / 2
			in.Expense += left*3/2 - left
		}
	case left > 0 && h.anyWorks():
		in.Business += left * 3 / 2
		in.Expense += left*3/2 - left
	case left > 0:
		in.Transfer += left // what the children send
	}
	if left < 0 {
		in.shrink(-left)
	}
	in.round()
	m.medical(h)
}

// target is the yearly net income a head in yuan.
func (m *maker) target(h *Household) int {
	d := m.d
	switch {
	case h.Monitor.Kind != "":
		return max(d.spread(9_800), 4_800)
	case h.lifted():
		t := d.spread(14_200)
		if t < 7_400 && d.chance(930_000) {
			t = d.between(7_400, 12_500)
		}
		return t
	}
	if d.chance(9_000) { // a bad year: more of these than the curve has
		return d.between(4_400, 6_850)
	}
	return d.spread(17_600)
}

func (h *Household) anyWorks() bool {
	for i := range h.Members {
		if h.Members[i].works() {
			return true
		}
	}
	return false
}

// allowances adds up what the state pays this household in a year, in fen.
func (m *maker) allowances(h *Household) int64 {
	d := m.d
	sum := int64(h.Land.Arable) * 105 // fen for each hundredth: 105 yuan a mu
	for i := range h.Members {
		p := &h.Members[i]
		if p.Age >= 60 && p.PensionResident == Yes {
			sum += 1_476 * yuan
		}
		if p.Age >= 80 {
			sum += 600 * yuan
		}
		if p.LowAid == "农村低保" {
			sum += int64(d.between(180, 320)) * 12 * yuan
		}
		if p.DestituteAid == "农村特困" {
			sum += int64(d.between(520, 690)) * 12 * yuan
		}
		if p.DisabilityLevel == "一级" || p.DisabilityLevel == "二级" {
			sum += 720 * yuan
		}
		sum += p.Work.Travel
	}
	return sum
}

// wages hands the remaining income out among the workers' months, within what a month can
// pay, and tells how much went.
func (m *maker) wages(h *Household, left int64, months int) int64 {
	each := left / int64(months)
	each = min(max(each, 1_000*yuan), 14_000*yuan)
	sum := int64(0)
	for i := range h.Members {
		w := &h.Members[i].Work
		if w.Months == 0 {
			continue
		}
		w.Wage = each * int64(m.d.between(82, 118)) / 100 / (10 * yuan) * (10 * yuan)
		sum += w.Wage * int64(w.Months)
	}
	h.Income.Wage += sum
	return sum
}

// shrink lowers net income by cutting what the fields gave, as far as there is any.
func (i *Income) shrink(by int64) {
	cut := min(by, max(i.Business-i.Expense, 0))
	if cut == 0 {
		return
	}
	i.Business -= cut
	if rest := min(by-cut, i.Property); rest > 0 {
		i.Property -= rest
	}
}

// round brings every line to whole yuan, as the record has them.
func (i *Income) round() {
	for _, v := range []*int64{&i.Wage, &i.Business, &i.Property, &i.Transfer, &i.Expense} {
		*v = (*v + yuan/2) / yuan * yuan
	}
}

// medical is what illness cost the family itself, kept beside the income.
func (m *maker) medical(h *Household) {
	d := m.d
	for i := range h.Members {
		p := &h.Members[i]
		switch {
		case p.has(major):
			h.Income.SelfPaid += int64(d.spread(7_800)) * yuan
		case p.has(chronic):
			h.Income.SelfPaid += int64(d.spread(1_300)) * yuan
		}
	}
	if d.chance(18_000) {
		h.Income.Claims = int64(d.between(5, 240)) * 100 * yuan
	}
}
