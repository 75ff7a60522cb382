package webapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/campaign"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// PackItem is a line of the task list.
type PackItem struct {
	Code        string   `json:"code"`
	Name        string   `json:"name"`
	Content     string   `json:"content"`
	Requirement string   `json:"requirement"`
	Lead        []string `json:"lead"`
}

// PackBlock is a part of the task list.
type PackBlock struct {
	ID    string     `json:"id"`
	Name  string     `json:"name"`
	Items []PackItem `json:"items"`
}

// PackClause is a requirement of the notice with what serves it.
type PackClause struct {
	ID    string   `json:"id"`
	Place string   `json:"place"`
	Text  string   `json:"text"`
	Kind  string   `json:"kind"`
	State string   `json:"state" enum:"served,partly,not-yet"`
	By    []string `json:"by"`
	Why   string   `json:"why"`
}

// PackCase is an example that a rule gets right.
type PackCase struct {
	Name   string `json:"name"`
	Today  string `json:"today"`
	Inputs string `json:"inputs"`
	Expect string `json:"expect"`
	Say    string `json:"say"`
}

// PackRule is a rule as people read it.
type PackRule struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Kind    string     `json:"kind"`
	Say     string     `json:"say"`
	Why     string     `json:"why" doc:"what asking pays for"`
	When    string     `json:"when"`
	Clauses []string   `json:"clauses"`
	Yields  string     `json:"yields"`
	Item    string     `json:"item"`
	Lead    []string   `json:"lead"`
	Days    int        `json:"days"`
	Cases   []PackCase `json:"cases"`
}

// PackFact is a fact with why it is asked and who uses it.
type PackFact struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	Of        string   `json:"of"`
	Type      string   `json:"type"`
	Unit      string   `json:"unit"`
	Sensitive string   `json:"sensitive"`
	Why       string   `json:"why"`
	UsedBy    []string `json:"usedBy"`
	Labels    []string `json:"labels"`
}

// PackParam is a number of the notice.
type PackParam struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	Text      string `json:"text"`
	From      string `json:"from"`
	To        string `json:"to"`
	Clause    string `json:"clause"`
	Inclusive bool   `json:"inclusive"`
	Note      string `json:"note"`
}

// PackClass is a class of households.
type PackClass struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Short string `json:"short"`
}

// PackUnit is a department.
type PackUnit struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// PackDerived is a computed value.
type PackDerived struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Of      string `json:"of"`
	Formula string `json:"formula"`
}

// AmendedValue is a value of the pack in force that is not the notice's any more.
type AmendedValue struct {
	Path   string `json:"path"`
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
	Since  string `json:"since"`
}

// PackView is the pack as people read it.
type PackView struct {
	ID      string           `json:"id"`
	Version string           `json:"version"`
	Digest  string           `json:"digest"`
	Title   string           `json:"title"`
	Issuer  string           `json:"issuer"`
	Notes   []string         `json:"notes"`
	Phases  []campaign.Phase `json:"phases"`
	Days    []campaign.Day   `json:"days"`
	Blocks  []PackBlock      `json:"blocks"`
	Clauses []PackClause     `json:"clauses"`
	Params  []PackParam      `json:"params"`
	Facts   []PackFact       `json:"facts"`
	Classes []PackClass      `json:"classes"`
	Units   []PackUnit       `json:"units"`
	Derived []PackDerived    `json:"derived"`
	Rules   []PackRule       `json:"rules"`
	Amended []AmendedValue   `json:"amended" doc:"what was amended since the campaign was opened"`
	CutOff  string           `json:"cutOff"`
	Open    bool             `json:"open" doc:"a campaign is open by it"`
	Acts    []string         `json:"acts" doc:"what the actor may do now"`
}

func (a *API) packs(api huma.API) {
	get(api, "show-pack", "/pack", "The pack in force as people read it, each clause with what serves it", func(ctx context.Context, _ *none) (*body[PackView], error) {
		l, err := a.latest(ctx)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.packView(ctx, l)
		return answer(v), a.fail(err)
	})
	get(api, "show-compiled-pack", "/pack/form/{id}", "The compiled pack, by which a browser evaluates a form", func(ctx context.Context, in *idPath) (*body[json.RawMessage], error) {
		l, err := a.latest(ctx)
		if err != nil {
			return nil, a.fail(err)
		}
		if !slices.ContainsFunc(l.Pack.Forms, func(f pack.Form) bool { return f.ID == in.ID }) {
			return nil, a.fail(errs.New(errs.NotFound, "pack.no_form", "方案里没有这种表单。"))
		}
		return answer(json.RawMessage(l.Pack.CompiledJSON())), nil
	})
}

func (a *API) packView(ctx context.Context, l *campaign.Loaded) (PackView, error) {
	p := l.Pack
	v := PackView{ID: p.Head.ID, Version: p.Version(), Digest: p.Digest(), Title: p.Head.Title, Issuer: p.Head.Issuer, Notes: orNone(p.Head.Notes), Phases: []campaign.Phase{}, Days: []campaign.Day{},
		Blocks: []PackBlock{}, Clauses: []PackClause{}, Params: []PackParam{}, Facts: []PackFact{}, Classes: []PackClass{}, Units: []PackUnit{}, Derived: []PackDerived{}, Rules: []PackRule{}, CutOff: p.Head.CutOff, Acts: []string{}}
	var err error
	if v.Amended, err = a.amendedValues(ctx); err != nil {
		return v, err
	}
	if c, err := a.Book.InForce(ctx, a.DB); err == nil {
		v.Phases, v.Days, v.CutOff, v.Open = orNone(c.Phases), orNone(c.Days), c.CutOff, true
	} else {
		if actorOf(ctx).May(duty.OpenCampaign) {
			v.Acts = append(v.Acts, campaign.KindOpen)
		}
		for _, x := range p.Head.Phases {
			v.Phases = append(v.Phases, campaign.Phase{ID: x.ID, Name: x.Name, From: x.From, To: x.To, Clause: x.Clause})
		}
		for _, x := range p.Head.Days {
			v.Days = append(v.Days, campaign.Day{ID: x.ID, Name: x.Name, On: x.On, Inclusive: x.Inclusive, Clause: x.Clause})
		}
	}
	for _, b := range p.Blocks {
		block := PackBlock{b.Code, b.Name, []PackItem{}}
		for _, i := range p.Items {
			if i.Block == b.Code {
				block.Items = append(block.Items, PackItem{i.Code, i.Name, i.Content, i.Requirement, orNone(i.Lead)})
			}
		}
		v.Blocks = append(v.Blocks, block)
	}
	for _, s := range pack.Trace(p, a.Features) {
		kind := ""
		for _, c := range p.Clauses {
			if c.ID == s.Clause {
				kind = c.Kind
			}
		}
		v.Clauses = append(v.Clauses, PackClause{s.Clause, s.Place, s.Text, kind, string(s.State), orNone(s.By), s.Why})
	}
	for _, x := range p.Params {
		v.Params = append(v.Params, PackParam{x.Code, x.Name, p.ParamText(x), x.From, x.To, strings.Join(x.Clauses, "、"), x.Inclusive != nil && *x.Inclusive, x.Note})
	}
	for _, set := range []struct {
		of   string
		list []pack.Fact
	}{{"household", p.Facts.Household}, {"person", p.Facts.Person}, {"village", p.Facts.Village}} {
		for _, f := range set.list {
			v.Facts = append(v.Facts, PackFact{f.Code, f.Name, set.of, f.Type, f.Unit, f.Sensitive, f.Why, orNone(f.UsedBy), orNone(f.Labels)})
		}
	}
	for _, c := range p.Classes {
		v.Classes = append(v.Classes, PackClass{c.ID, c.Name, c.Short})
	}
	for _, u := range p.Units {
		v.Units = append(v.Units, PackUnit{u.Code, u.Name})
	}
	for _, d := range p.Derived {
		v.Derived = append(v.Derived, PackDerived{d.Code, d.Name, d.Of, d.Shown})
	}
	for _, r := range p.Rules {
		v.Rules = append(v.Rules, ruleView(p, r))
	}
	return v, nil
}

func ruleView(p *pack.Pack, r pack.Rule) PackRule {
	out := PackRule{r.ID, r.Name, r.Kind, r.Say, r.Why, r.When, orNone(r.Clauses), r.Yields, r.Item, orNone(r.Lead), r.Days, []PackCase{}}
	for _, c := range r.Cases {
		out.Cases = append(out.Cases, PackCase{c.Name, c.Today, caseInputs(p, c), c.Expect, c.Say})
	}
	return out
}

// caseInputs says in Chinese what an example is given.
func caseInputs(p *pack.Pack, c pack.Case) string {
	var parts []string
	add := func(root string, o map[string]any, prefix string) {
		keys := make([]string, 0, len(o))
		for k := range o {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			name, text := k, fmt.Sprint(o[k])
			if f, ok := p.Fact(root, k); ok {
				name, text = f.Name, p.Text(f, o[k])
			}
			parts = append(parts, prefix+name+"："+text)
		}
	}
	add("h", c.H, "")
	add("me", c.Me, "")
	for i, m := range c.M {
		add("m", m, fmt.Sprintf("成员%d ", i+1))
	}
	return strings.Join(parts, "；")
}
