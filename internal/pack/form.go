package pack

import "slices"

// answers checks the forms and declares what their questions without a fact let expressions read.
func (l *loader) answers() {
	forms := map[string]bool{}
	for i := range l.content.Forms {
		f := &l.content.Forms[i]
		l.unique(forms, f.ID, f.Mark, "id", "表", reID)
		l.oneOf(f.Of, []string{"household", "village", "unit"}, f.Mark, "of")
		l.cited(f.Clauses, f.Mark)
		sections, questions, facts := map[string]bool{}, map[string]bool{}, map[string]Pos{}
		for j := range f.Sections {
			s := &f.Sections[j]
			l.unique(sections, s.ID, s.Mark, "id", "栏目", reID)
			if s.Of != "" {
				l.oneOf(s.Of, []string{"household", "member"}, s.Mark, "of")
			}
			root := SectionRoot(f, s)
			for k := range s.Questions {
				q := &s.Questions[k]
				l.unique(questions, q.ID, q.Mark, "id", "问题", reCode)
				l.question(f, q, root, facts)
			}
		}
	}
}

// SectionRoot returns whose facts a section asks for: h, m or v.
func SectionRoot(f *Form, s *Section) string {
	if s.Of == "" {
		return rootFor(f.Of)
	}
	return rootFor(s.Of)
}

func (l *loader) question(f *Form, q *Question, root string, facts map[string]Pos) {
	l.cited(q.Clauses, q.Mark)
	l.oneOf(q.Sensitive, secrets, q.Mark, "sensitive")
	if q.Ask != "" && !l.oneOf(q.Ask, []string{"always", "missing", "doubt"}, q.Mark, "ask") {
		return
	}
	if q.Fact != "" {
		l.factQuestion(q, root, facts)
		return
	}
	if q.Type == "" {
		l.say(q.at("id"), "问题要写 fact（更新哪个事实），或写 type（答案是什么）")
		return
	}
	if tracking(q.Type) {
		return // formalism says it better
	}
	if !l.oneOf(q.Type, append(slices.Clone(factTypes), "photo"), q.Mark, "type") {
		return
	}
	if q.Ask == "missing" || q.Ask == "doubt" {
		l.say(q.at("ask"), "没有 fact 的问题只能是 ask: always")
	}
	l.listForm(q.Type, q.List, q.Mark)
	if q.Type == "photo" || f.Of == "unit" {
		return
	}
	a := Fact{Mark: q.Mark, Code: q.ID, Name: q.Text, Type: q.Type, List: q.List, Unit: q.Unit, Sensitive: q.Sensitive}
	if old, ok := l.index.facts[root+"."+q.ID]; ok && old.File != q.File && old.Type == a.Type && old.List == a.List {
		return // the same answer on another form
	}
	if q.ID != "" {
		if _, ok := l.index.facts[root+"."+q.ID]; ok {
			l.say(q.at("id"), "代码 %s 已经用过：问的若是这个事实，就写 fact: %s", q.ID, q.ID)
			return
		}
		l.index.facts[root+"."+q.ID] = a
	}
}

func (l *loader) factQuestion(q *Question, root string, facts map[string]Pos) {
	book := map[string][]Fact{"h": l.content.Facts.Household, "m": l.content.Facts.Person, "v": l.content.Facts.Village}[root]
	if !slices.ContainsFunc(book, func(x Fact) bool { return x.Code == q.Fact }) {
		l.say(q.at("fact"), "没有代码为 %s 的事实：先登记，或改正代码", q.Fact)
		return
	}
	if q.Type != "" || q.List != "" {
		l.say(q.at("type"), "写了 fact 就不写 type 和 list：它们由事实决定")
	}
	key := root + "." + q.Fact
	if _, twice := facts[key]; twice {
		l.formal(q.at("fact"), ruleOnce, "事实 %s 在同一张表里问了两次：留一处", q.Fact)
	}
	facts[key] = q.at("fact")
}
