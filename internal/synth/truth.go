package synth

// Answer is one value under a fact code of the pack, as the form stores it: a code for
// values of code lists, []string for several, bool, int64 (fen, hundredths, counts), or text.
type Answer struct {
	Code  string
	Value any
}

// Truth is what an inspector finds at a household's door: the value of every fact that
// the household form may ask, whether the record has it or not.
type Truth struct {
	Household string
	Members   []MemberTruth
	// Problems names what is wrong there, in codes of this package (the fact that is amiss).
	// An empty list is a household in order.
	Problems []string

	facts   []Answer
	changed []Answer
	doubts  uint64
}

// MemberTruth is the same for a member.
type MemberTruth struct {
	Person  string // 人编号
	facts   []Answer
	changed []Answer
}

// Fact is the true value of a household fact; false when the household has none (no
// bank account, not monitored).
func (t *Truth) Fact(code string) (any, bool) { return lookup(t.facts, code) }

// Changed are the household facts whose true value is not the recorded one, or was left out
// of the record and is known at the door. A form may not ask for all of them: take those it does.
func (t *Truth) Changed() []Answer { return t.changed }

// Fact is the true value of a fact of the member.
func (m *MemberTruth) Fact(code string) (any, bool) { return lookup(m.facts, code) }

// Changed is as for the household.
func (m *MemberTruth) Changed() []Answer { return m.changed }

// Unchanged tells whether the whole record still holds.
func (t *Truth) Unchanged() bool {
	for i := range t.Members {
		if len(t.Members[i].changed) > 0 {
			return false
		}
	}
	return len(t.changed) == 0
}

// Verdict is what the inspector finds about a doubt raised under a rule on the household or one of
// its people (the person's number, else empty): one in four holds; the reason says why another does not.
func (t *Truth) Verdict(rule, person string) (confirmed bool, reason string) {
	d := newDraw(t.doubts, hashText(rule), hashText(person))
	if d.chance(250_000) {
		return true, one(d, []string{"入户核实，情况属实", "与户主本人核对，确有此事", "查看了现场和证件，属实"})
	}
	return false, one(d, []string{
		"入户核实，是登记时填错，现场已更正", "与户主核对，情况已变化，目前不存在该问题", "查看了证件原件，证件无误",
		"户主说明了原因并出示了凭据，不属于问题", "部门数据滞后，实际已经办理",
	})
}

func lookup(list []Answer, code string) (any, bool) {
	for i := range list {
		if list[i].Code == code {
			return list[i].Value, true
		}
	}
	return nil, false
}

// door builds one household's truth.
type door struct {
	d *draw
	h *Household
	t *Truth
}

// Truth is what would be found at the household's door. It depends on the household alone.
func (c *County) Truth(h *Household) *Truth {
	w := &door{d: newDraw(h.village.seed, streamTruth, uint64(h.Ordinal)), h: h, t: &Truth{Household: h.Number}}
	w.t.doubts = w.d.pcg.Uint64()
	w.t.facts = make([]Answer, 0, len(householdFacts)+48)
	for _, f := range householdFacts {
		if v := f.value(h); v != nil {
			w.t.facts = append(w.t.facts, Answer{f.code, v})
		}
	}
	w.t.Members = make([]MemberTruth, len(h.Members))
	for i := range h.Members {
		m := &w.t.Members[i]
		m.Person = h.Members[i].Number
		m.facts = make([]Answer, 0, len(personFacts)+16)
		for _, f := range personFacts {
			if v := f.value(&h.Members[i]); v != nil {
				m.facts = append(m.facts, Answer{f.code, v})
			}
		}
	}
	for i := range h.Members {
		w.member(i)
	}
	w.home()
	w.life()
	w.policy()
	w.news()
	return w.t
}

// know sets a fact that the export does not carry.
func (w *door) know(code string, v any) { w.t.facts = append(w.t.facts, Answer{code, v}) }

// set corrects or completes a recorded fact.
func (w *door) set(code string, v any) {
	w.t.facts = replace(w.t.facts, code, v)
	w.t.changed = replace(w.t.changed, code, v)
}

func (w *door) setMember(i int, code string, v any) {
	m := &w.t.Members[i]
	m.facts = replace(m.facts, code, v)
	m.changed = replace(m.changed, code, v)
}

func replace(list []Answer, code string, v any) []Answer {
	for i := range list {
		if list[i].Code == code {
			list[i].Value = v
			return list
		}
	}
	return append(list, Answer{code, v})
}

// fill completes a fact that was never recorded and that the form asks for.
func (w *door) fill(code string, v any) {
	if _, ok := w.t.Fact(code); !ok {
		w.set(code, v)
	}
}

// assume completes one that no form asks for: true, but nobody's news.
func (w *door) assume(code string, v any) {
	if _, ok := w.t.Fact(code); !ok {
		w.know(code, v)
	}
}

func (w *door) assumeMember(i int, code string, v any) {
	if m := &w.t.Members[i]; !has(m, code) {
		m.facts = append(m.facts, Answer{code, v})
	}
}

func has(m *MemberTruth, code string) bool {
	_, ok := m.Fact(code)
	return ok
}

// wrong is true at a rate; what is amiss is then noted once.
func (w *door) wrong(code string, ppm int) bool {
	if !w.d.chance(ppm) {
		return false
	}
	w.note(code)
	return true
}

func (w *door) note(code string) {
	if !contains(w.t.Problems, code) {
		w.t.Problems = append(w.t.Problems, code)
	}
}
