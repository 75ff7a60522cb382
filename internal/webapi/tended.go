package webapi

import (
	"context"

	"gonggu/internal/act"
	"gonggu/internal/duty"
	"gonggu/internal/inspection"
	"gonggu/internal/roster"
	"gonggu/internal/tally"
)

// Tended says of a household who answers for it and, while it is not inspected, why it could not be.
type Tended struct {
	Owner      string `json:"owner" doc:"a post; empty is nobody"`
	OwnerName  string `json:"ownerName"`
	Missed     string `json:"missed"`
	MissedName string `json:"missedName"`
	MissedOn   string `json:"missedOn"`
}

// OwnerStep is a step in the history of who answers for a household; an empty name is nobody.
type OwnerStep struct {
	Index  int64  `json:"index"`
	At     int64  `json:"at"`
	Name   string `json:"name"`
	Title  string `json:"title"`
	Was    string `json:"was"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// MissView is an attempt to inspect that did not succeed.
type MissView struct {
	Index   int64  `json:"index"`
	Reason  string `json:"reason"`
	Name    string `json:"name"`
	Note    string `json:"note"`
	AgainOn string `json:"againOn"`
	DoneOn  string `json:"doneOn"`
	Who     string `json:"who"`
}

// MissReason is a reason of the pack why a household could not be inspected.
type MissReason struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Next string `json:"next" enum:"again,correct," doc:"again: another day is to be named; correct: the register is to be corrected"`
}

// TendedStory is what a household's page adds.
type TendedStory struct {
	Owners      []OwnerStep  `json:"owners" doc:"newest first"`
	Misses      []MissView   `json:"misses" doc:"newest first"`
	MissReasons []MissReason `json:"missReasons"`
}

func (s *shower) reasons() []MissReason {
	out := []MissReason{}
	for _, e := range inspection.Reasons(s.pack) {
		out = append(out, MissReason{e.Code, e.Name, e.Next})
	}
	return out
}

// owners reads the names of those who answer for the households of a page.
func (s *shower) owners(ctx context.Context, a *API, lines []roster.Line) error {
	var posts []string
	for _, l := range lines {
		if l.Owner != "" {
			posts = append(posts, l.Owner)
		}
	}
	var err error
	s.posts, err = duty.Names(ctx, a.DB, a.County, posts)
	return err
}

func (s *shower) tended(row *HouseholdRow, l roster.Line) {
	row.Owner, row.OwnerName = l.Owner, s.posts[l.Owner].Name
	if l.InspectedOn == "" && l.Missed != "" {
		row.State = "missed"
		row.Missed, row.MissedName, row.MissedOn = l.Missed, s.pack.CodeName(inspection.ListMissed, l.Missed), l.MissedOn
	}
}

// tend adds to a household's page who answered for it and when it could not be inspected.
func (a *API) tend(ctx context.Context, s *shower, h *roster.Household, v *HouseholdView) error {
	v.MissReasons, v.Owners, v.Misses = s.reasons(), []OwnerStep{}, []MissView{}
	owned, err := a.Store.OwnersOf(ctx, a.DB, h.Key)
	if err != nil {
		return err
	}
	missed, err := inspection.MissesOf(ctx, a.DB, a.County, h.Key)
	if err != nil {
		return err
	}
	posts := []string{h.Owner}
	acts := map[int64]*act.Act{}
	for _, o := range owned {
		if acts[o.Index], err = act.ByIndex(ctx, a.DB, a.County, o.Index); err != nil {
			return err
		}
		posts = append(posts, o.Post, o.Was, acts[o.Index].Post)
	}
	for _, x := range missed[h.Key] {
		posts = append(posts, x.Post)
	}
	names, err := duty.Names(ctx, a.DB, a.County, posts)
	if err != nil {
		return err
	}
	v.OwnerName = names[h.Owner].Name
	for _, o := range owned {
		x := acts[o.Index]
		by := names[x.Post].Name
		if x.Actor == act.System {
			by = "系统"
		}
		v.Owners = append(v.Owners, OwnerStep{o.Index, x.ReceivedAt, names[o.Post].Name, names[o.Post].Title, names[o.Was].Name, o.Reason, by})
	}
	for _, x := range missed[h.Key] {
		name := s.pack.CodeName(inspection.ListMissed, x.Reason)
		v.Misses = append(v.Misses, MissView{x.Index, x.Reason, name, x.Note, x.AgainOn, x.DoneOn, names[x.Post].Name})
		for i := range v.Story {
			if v.Story[i].Index == x.Index {
				v.Story[i].Text = join(name, v.Story[i].Text)
			}
		}
	}
	if by := s.by; h.State == roster.Active && h.InspectedOn == "" && by.Scope(duty.SubmitInspection).Covers(h.Area) {
		v.Acts = append(v.Acts, inspection.KindMiss)
	}
	return nil
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "；" + b
}

// countListed tells how long a list of households is where the tallies know it, −1 elsewhere.
func (a *API) countListed(ctx context.Context, scope duty.Scope, in *householdQuery) (int64, error) {
	area := scope.Area()
	switch {
	case in.State == "" && in.Owner == "" && in.Missed == "":
		return a.countHouseholds(ctx, scope, in.Class)
	case scope.Empty():
		return 0, nil
	case in.Class != "" || len(area) > 12:
		return -1, nil
	case in.Owner != "" && in.Owner != roster.Nobody && in.State == "" && in.Missed == "":
		return tally.Total(ctx, a.DB, a.County, area, roster.MeasureOwned, in.Owner)
	}
	c, err := a.Tasks.Coverage(ctx, a.DB, area)
	switch {
	case err != nil:
		return -1, err
	case in.Owner == roster.Nobody && in.State == "" && in.Missed == "":
		return c.Unowned, nil
	case in.Owner != "":
		return -1, nil
	case in.Missed != "" && (in.State == "" || in.State == "missed"):
		return c.Reasons[in.Missed], nil
	case in.Missed != "":
		return -1, nil
	}
	n, ok := map[string]int64{"none": c.Households - c.Inspected, "inspected": c.Inspected, "missed": c.Missed, "left": c.Left}[in.State]
	if !ok {
		return -1, nil
	}
	return n, nil
}
