package webapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/inspection"
	"gonggu/internal/roster"
)

// Shown is a pre-filled value as it stands beside its question.
type Shown struct {
	Text   string `json:"text"`
	Source string `json:"source"`
	On     string `json:"on"`
}

// DraftDoubt is an open doubt that the sheet asks about.
type DraftDoubt struct {
	ID     string `json:"id"`
	Rule   string `json:"rule"`
	Say    string `json:"say"`
	Member string `json:"member"`
}

// DraftMember is a member of the household.
type DraftMember struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Relation string `json:"relation"`
}

// DraftValues are values by fact, of the household and of its members.
type DraftValues struct {
	H map[string]any            `json:"h"`
	M map[string]map[string]any `json:"m"`
}

// Draft is what a sheet starts from. Prefilled is signed with the answers: a sensitive value stands
// in it as {"~": commitment}. Known are the facts by which this browser can judge the rules: all
// that this actor may see unmasked.
type Draft struct {
	Form      string           `json:"form"`
	Pack      string           `json:"pack" doc:"the pack's digest"`
	Subject   string           `json:"subject"`
	Head      string           `json:"head"`
	Rev       int64            `json:"rev"`
	Prefilled map[string]any   `json:"prefilled" doc:"{h: {fact: value}, m: {person: {fact: value}}}"`
	Known     DraftValues      `json:"known"`
	Shown     map[string]Shown `json:"shown" doc:"by path: h.fact or m.person.fact"`
	Doubts    []DraftDoubt     `json:"doubts"`
	Members   []DraftMember    `json:"members"`
}

type draftQuery struct {
	ID   string `path:"id" maxLength:"64"`
	Form string `query:"form" default:"household" maxLength:"40"`
}

func (a *API) drafts(api huma.API) {
	get(api, "start-sheet", "/households/{id}/draft", "What an inspection of a household starts from", func(ctx context.Context, in *draftQuery) (*body[Draft], error) {
		by, err := need(ctx, duty.SubmitInspection)
		if err != nil {
			return nil, a.fail(err)
		}
		d, err := a.draft(ctx, by, in)
		return answer(d), a.fail(err)
	})
}

func (a *API) draft(ctx context.Context, by duty.Actor, in *draftQuery) (Draft, error) {
	h, err := a.household(ctx, by, duty.SubmitInspection, in.ID)
	if err != nil {
		return Draft{}, err
	}
	camp, loaded, err := a.Book.Current(ctx, a.DB)
	if err != nil {
		return Draft{}, err
	}
	prefilled, err := a.Inspection.Prefilled(loaded.Pack, in.Form, h)
	if err != nil {
		return Draft{}, errs.New(errs.NotFound, "sheet.no_form", "没有这种表单。").Because(err)
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{Form: in.Form, Pack: camp.Pack, Subject: h.ID, Head: h.Head, Rev: h.Rev, Prefilled: prefilled, Shown: map[string]Shown{}, Doubts: []DraftDoubt{}, Members: []DraftMember{},
		Known: DraftValues{map[string]any{}, map[string]map[string]any{}}}
	s.show(h, nil, "h", "h.", d.Known.H, d.Shown)
	people, _ := h.Present()
	for i := range people {
		p := &people[i]
		d.Members = append(d.Members, DraftMember{p.ID, p.Name, s.code("m", roster.FactRelation, p.Relation)})
		d.Known.M[p.ID] = map[string]any{}
		s.show(h, p, "m", "m."+p.ID+".", d.Known.M[p.ID], d.Shown)
	}
	doubts, err := inspection.DoubtsOf(ctx, a.DB, a.County, h.Key)
	if err != nil {
		return d, err
	}
	for _, x := range doubts {
		if x.State == inspection.Open {
			d.Doubts = append(d.Doubts, DraftDoubt{x.ID, x.Rule, a.say(s, "doubt", x.ID, x.Sensitive, x.Say, x.Item), x.Member})
		}
	}
	return d, nil
}

// show gives the values that the actor may see, and how they are shown. A masked one is shown and not known.
func (s *shower) show(h *roster.Household, p *roster.Person, root, path string, known map[string]any, shown map[string]Shown) {
	book, values := s.pack.Facts.Household, h.Facts
	if p != nil {
		book, values = s.pack.Facts.Person, p.Facts
	}
	for _, f := range book {
		x, ok := values[f.Code]
		if !ok || !s.by.Sees(duty.Group(f.Sensitive)) {
			continue
		}
		src := h.SourceOf(p, f.Code)
		text := s.pack.Text(f, x)
		if masked(f.Sensitive) {
			text = roster.Mask(text)
		} else {
			known[f.Code] = x
		}
		shown[path+f.Code] = Shown{text, sourceName(src.Of), src.On}
	}
}
