package pack

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"gonggu/internal/errs"
)

// Feature is something the program itself does, and the clauses that it serves. Partly and Why say honestly what is left;
// a Later feature is not there yet and serves nothing, Why says with what it comes.
type Feature struct {
	ID      string
	Clauses []string
	Partly  bool
	Later   bool
	Why     string
}

// Served is a clause and what serves it. State is served, partly or not-yet; By lists "rule:…", "feature:…" and so on.
type Served struct {
	Clause string   `json:"id"`
	Place  string   `json:"place"`
	Text   string   `json:"text"`
	State  string   `json:"state"`
	By     []string `json:"by"`
	Why    string   `json:"why"`
}

// Trace says for every clause, in the pack's order, what serves it. A class, computed value, rule, form, question, register or
// whole feature serves; an item, fact, parameter, phase or date only prepares, and what is only prepared is not yet served. A
// feature declared partly keeps the clause partly served until a whole one serves it.
func Trace(p *Pack, features []Feature) []Served {
	by, prepared := p.citations()
	whole, partly, later := map[string]bool{}, map[string][]string{}, map[string]string{}
	for _, f := range features {
		if f.Later {
			for _, c := range f.Clauses {
				later[c] = f.Why
			}
			continue
		}
		by.cite("feature:"+f.ID, f.Clauses...)
		for _, c := range f.Clauses {
			if f.Partly {
				partly[c] = append(partly[c], f.Why)
			} else {
				whole[c] = true
			}
		}
	}
	out := make([]Served, 0, len(p.Clauses))
	for _, c := range p.Clauses {
		s := Served{Clause: c.ID, Place: c.Place, Text: c.Text, By: append(append([]string{}, by[c.ID]...), prepared[c.ID]...)}
		switch {
		case whole[c.ID] || len(by[c.ID]) > 0 && partly[c.ID] == nil:
			s.State = "served"
		case partly[c.ID] != nil:
			s.State, s.Why = "partly", strings.Join(partly[c.ID], "；")
		case later[c.ID] != "":
			s.State, s.Why = "not-yet", later[c.ID]
		case len(prepared[c.ID]) > 0:
			s.State, s.Why = "not-yet", "已登记任务、数据或参数，还没有规则、问题、台账或功能用到它"
		default:
			s.State, s.Why = "not-yet", nothing
		}
		out = append(out, s)
	}
	return out
}

// nothing is said of a clause that nothing serves, prepares or promises.
const nothing = "还没有任何内容落实这一条，也没有说明何时落实"

// citations are the names of what cites each clause.
type citations map[string][]string

func (c citations) cite(name string, clauses ...string) {
	for _, id := range clauses {
		if !slices.Contains(c[id], name) {
			c[id] = append(c[id], name)
		}
	}
}

// citations returns what in the pack serves each clause, and what only prepares it.
func (p *Pack) citations() (by, prepared citations) {
	by, prepared = citations{}, citations{}
	for _, x := range p.Classes {
		by.cite("class:"+x.ID, x.Clauses...)
	}
	for _, x := range p.Derived {
		by.cite("derived:"+x.Code, x.Clauses...)
	}
	for _, x := range p.Rules {
		by.cite("rule:"+x.ID, x.Clauses...)
	}
	for _, x := range p.Registers {
		by.cite("register:"+x.ID, x.Clauses...)
	}
	for _, f := range p.Forms {
		by.cite("form:"+f.ID, f.Clauses...)
		for _, s := range f.Sections {
			for _, q := range s.Questions {
				by.cite("question:"+f.ID+"/"+q.ID, q.Clauses...)
			}
		}
	}
	for _, x := range p.Items {
		prepared.cite("item:"+x.Code, x.Clauses...)
	}
	for _, book := range [][]Fact{p.Facts.Household, p.Facts.Person, p.Facts.Village} {
		for _, x := range book {
			prepared.cite("fact:"+x.Code, x.Clauses...)
		}
	}
	for _, x := range p.Params {
		prepared.cite("param:"+x.Code, x.Clauses...)
	}
	for _, x := range p.Head.Phases {
		prepared.cite("phase:"+x.ID, x.Clause)
	}
	for _, x := range p.Head.Days {
		prepared.cite("day:"+x.ID, x.Clause)
	}
	return by, prepared
}

// WriteTrace is `gonggu pack trace`: it prints the trace of the pack in root, as JSON or as a table. The error
// pack.unserved says that of some clause nothing at all is said: a requirement that was forgotten.
func WriteTrace(w io.Writer, root fs.FS, features []Feature, asJSON bool) error {
	p, bad := Load(root)
	if p == nil {
		return Refuse(w, bad)
	}
	list := Trace(p, features)
	count := map[string]int{}
	for _, s := range list {
		count[s.State]++
	}
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", " ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(list); err != nil {
			return err
		}
	} else {
		names := map[string]string{"served": "已落实", "partly": "部分落实", "not-yet": "未落实"}
		for _, s := range list {
			fmt.Fprintf(w, "%-9s %s  %s\n          由 %s\n", s.Clause, names[s.State], s.Text, strings.Join(s.By, " "))
			if s.Why != "" {
				fmt.Fprintf(w, "          %s\n", s.Why)
			}
		}
		fmt.Fprintf(w, "共 %d 条：已落实 %d，部分落实 %d，未落实 %d\n", len(list), count["served"], count["partly"], count["not-yet"])
	}
	n := 0
	for _, s := range list {
		if s.Why == nothing {
			n++
		}
	}
	if n > 0 {
		return errs.Newf(errs.Invalid, "pack.unserved", "有 %d 条要求没有任何内容落实", n)
	}
	return nil
}

// Refuse prints the complaints and returns the error pack.refused.
func Refuse(w io.Writer, bad []Complaint) error {
	for _, c := range bad {
		fmt.Fprintln(w, c)
	}
	return errs.Newf(errs.Invalid, "pack.refused", "方案包有 %d 处要改", len(bad))
}
