package assess

import (
	"slices"

	"gonggu/internal/pack"
	"gonggu/internal/pack/expr"
)

type form struct {
	*pack.Form
	sections []section
}

type section struct {
	*pack.Section
	root      string
	when      *expr.Expr
	questions []question
}

type question struct {
	*pack.Question
	when *expr.Expr
}

func (e *Engine) form(f *pack.Form) *form {
	out := &form{Form: f}
	for i := range f.Sections {
		s := &f.Sections[i]
		x := section{Section: s, root: pack.SectionRoot(f, s), when: e.pack.SectionWhen(f.ID, s.ID)}
		for j := range s.Questions {
			q := &s.Questions[j]
			x.questions = append(x.questions, question{q, e.pack.QuestionWhen(f.ID, q.ID)})
		}
		out.sections = append(out.sections, x)
	}
	return out
}

// Sheet is what a form is looked at with: Known are the facts before the visit (what "missing" means), Answers what has been
// answered so far, by fact or question code. Doubts are the open ones.
type Sheet struct {
	H, V           Facts
	Members        []Facts
	Answers        Facts
	MembersAnswers []Facts
	Doubts         []OpenDoubt
}

// OpenDoubt names a raised rule; Member is −1 unless it is about one person.
type OpenDoubt struct {
	Rule   string `json:"rule"`
	Member int    `json:"member"`
}

// Asked is a question to be asked; Member is −1 in a section about the household. Because is always, missing or doubt.
type Asked struct {
	Section  string `json:"section"`
	Question string `json:"question"`
	Member   int    `json:"member"`
	Because  string `json:"because"`
}

// Asked returns the questions of a form that are to be asked, in the form's order; nil if there is no such form. What a
// condition cannot decide is asked. An answer once given does not make its own question vanish.
func (e *Engine) Asked(formID, today string, s Sheet) []Asked {
	f := e.forms[formID]
	if f == nil {
		return nil
	}
	members := make([]Facts, len(s.Members))
	for i, m := range s.Members {
		members[i] = m
		if i < len(s.MembersAnswers) {
			members[i] = overlay(m, s.MembersAnswers[i])
		}
	}
	l := e.look(today, overlay(s.H, s.Answers), members, s.V)
	defer e.done(l)
	l.derive()
	doubtful := e.doubtful(s.Doubts)
	out := []Asked{}
	for i := range f.sections {
		sec := &f.sections[i]
		if sec.root != "m" {
			known := s.H
			if sec.root == "v" {
				known = s.V
			}
			l.ask(sec, -1, known, doubtful, &out)
			continue
		}
		for m := range members {
			l.SetMe(m)
			l.ask(sec, m, s.Members[m], doubtful, &out)
		}
		l.SetMe(-1)
	}
	return out
}

func overlay(a, b Facts) Facts {
	if len(b) == 0 {
		return a
	}
	out := make(Facts, len(a)+len(b))
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}

// asking is a fact that a doubt wants asked again: its path and the member it is about, −1 for all.
type asking struct {
	path   string
	member int
}

func (e *Engine) doubtful(doubts []OpenDoubt) []asking {
	var out []asking
	for _, d := range doubts {
		r := e.byID[d.Rule]
		if r == nil {
			continue
		}
		reads := slices.Clone(r.Needs)
		if r.expr != nil {
			for _, x := range r.expr.Reads {
				reads = append(reads, x.String())
			}
		}
		seen := map[string]bool{}
		for len(reads) > 0 { // a doubt over a computed value is a doubt over what it is computed from
			path := reads[0]
			reads = reads[1:]
			if seen[path] {
				continue
			}
			seen[path] = true
			out = append(out, asking{path, d.Member})
			reads = append(reads, e.sources(path)...)
		}
	}
	return out
}

func (e *Engine) sources(path string) []string {
	of, code := "household", path[2:]
	list := e.house
	if path[0] == 'm' {
		of, list = "person", e.person
		if path[1] == 'e' {
			code = path[3:]
		}
	}
	for _, d := range list {
		if d.Code == code && d.Of == of {
			var out []string
			for _, r := range d.expr.Reads {
				root := r.Root
				if root == "me" && path[1] != 'e' {
					root = "m"
				}
				out = append(out, root+"."+r.Code)
			}
			return out
		}
	}
	return nil
}

func (l *look) ask(s *section, member int, known Facts, doubtful []asking, out *[]Asked) {
	if !l.holds(s.when) {
		return
	}
	for i := range s.questions {
		q := &s.questions[i]
		if !l.holds(q.when) {
			continue
		}
		if because := reason(q.Question, s.root, member, known, doubtful); because != "" {
			*out = append(*out, Asked{s.ID, q.ID, member, because})
		}
	}
}

func (l *look) holds(e *expr.Expr) bool {
	if e == nil {
		return true
	}
	r := e.Eval(l.Frame)
	return r.State != expr.Done || r.True()
}

func reason(q *pack.Question, root string, member int, known Facts, doubtful []asking) string {
	if q.Fact == "" || q.Ask == "always" {
		return "always"
	}
	v, ok := known[q.Fact]
	if !ok || v == nil || v == "" {
		return "missing"
	}
	for _, d := range doubtful {
		mine := d.path == root+"."+q.Fact
		if root == "m" {
			mine = mine || d.path == "me."+q.Fact && (d.member < 0 || d.member == member)
		}
		if mine {
			return "doubt"
		}
	}
	return ""
}
