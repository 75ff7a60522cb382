package webapi

import (
	"context"
	"io"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/staff"
	"gonggu/internal/workbook"
)

// UnitView is a unit of the directory.
type UnitView struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Area   string `json:"area"`
	Until  string `json:"until" doc:"the day on which it was dissolved; empty while it stands"`
	Reason string `json:"reason"`
	Posts  int64  `json:"posts" doc:"open posts"`
}

// UnitList is the units of the actor's area.
type UnitList struct {
	Units []UnitView `json:"units"`
}

// PostRow is a line of the directory. From and To are the posts that it was handed over from and to.
type PostRow struct {
	ID         string   `json:"id"`
	Person     string   `json:"person"`
	Name       string   `json:"name"`
	Unit       UnitRef  `json:"unit"`
	Title      string   `json:"title"`
	Duties     []string `json:"duties"`
	Area       Ref      `json:"area"`
	Township   string   `json:"township"`
	SinceOn    string   `json:"sinceOn"`
	EndedOn    string   `json:"endedOn"`
	Reason     string   `json:"reason"`
	From       string   `json:"from"`
	FromPerson string   `json:"fromPerson"`
	To         string   `json:"to"`
	ToPerson   string   `json:"toPerson"`
	Login      string   `json:"login" doc:"shown to officers only"`
	Acts       []string `json:"acts" doc:"end, handOver, reset: what the actor may do with this line"`
}

// PostHistory is a post with those before and after it, oldest first.
type PostHistory struct {
	Posts []PostRow `json:"posts"`
}

// PersonView is somebody who can be given a post.
type PersonView struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Login  string   `json:"login"`
	Posts  []string `json:"posts"`
	Duties []string `json:"duties"`
}

// PersonList is who answers to a search.
type PersonList struct {
	Persons []PersonView `json:"persons"`
}

// WishView is a post that a workbook of accounts asks for.
type WishView struct {
	ID     string   `json:"id"`
	Person string   `json:"person"`
	Name   string   `json:"name"`
	Unit   Ref      `json:"unit"`
	Title  string   `json:"title"`
	Duties []string `json:"duties"`
	Area   Ref      `json:"area"`
	On     string   `json:"on"`
	By     string   `json:"by"`
}

// WishList is the posts asked for.
type WishList struct {
	Wishes []WishView `json:"wishes"`
}

type postQuery struct {
	Unit  string `query:"unit" maxLength:"64"`
	Area  string `query:"area" maxLength:"14"`
	Duty  string `query:"duty" maxLength:"20"`
	State string `query:"state" enum:",open,ended,all"`
	Q     string `query:"q" maxLength:"60"`
	After string `query:"after" maxLength:"200"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

func (a *API) people(api huma.API) {
	get(api, "list-units", "/units", "The units of the actor's area", func(ctx context.Context, _ *none) (*body[UnitList], error) {
		by, err := need(ctx, duty.ReadPeople)
		if err != nil {
			return nil, a.fail(err)
		}
		list, err := duty.Units(ctx, a.DB, a.County, by.Scope(duty.ReadPeople))
		out := UnitList{[]UnitView{}}
		for _, u := range list {
			out.Units = append(out.Units, UnitView(u))
		}
		return answer(out), a.fail(err)
	})
	get(api, "list-posts", "/posts", "A page of the directory of posts", func(ctx context.Context, in *postQuery) (*body[Page[PostRow]], error) {
		by, err := need(ctx, duty.ReadPeople)
		if err != nil {
			return nil, a.fail(err)
		}
		page, err := a.postPage(ctx, by, in)
		return answer(page), a.fail(err)
	})
	get(api, "show-post", "/posts/{id}", "A post with those before and after it", func(ctx context.Context, in *idPath) (*body[PostHistory], error) {
		by, err := need(ctx, duty.ReadPeople)
		if err != nil {
			return nil, a.fail(err)
		}
		chain, err := duty.Chain(ctx, a.DB, a.County, by.Scope(duty.ReadPeople), in.ID)
		if err != nil {
			return nil, a.fail(err)
		}
		rows, err := a.postRows(ctx, by, chain)
		return answer(PostHistory{rows}), a.fail(err)
	})
	get(api, "find-persons", "/persons", "People who can be given a post: those with an account or a post", func(ctx context.Context, in *struct {
		Q string `query:"q" maxLength:"40"`
	}) (*body[PersonList], error) {
		by, err := need(ctx, duty.ManagePosts)
		if err != nil {
			return nil, a.fail(err)
		}
		list, err := a.persons(ctx, by, in.Q)
		return answer(PersonList{list}), a.fail(err)
	})
	get(api, "list-wishes", "/wishes", "Posts that workbooks of accounts ask for", func(ctx context.Context, _ *none) (*body[WishList], error) {
		if _, err := need(ctx, duty.ManagePosts); err != nil {
			return nil, a.fail(err)
		}
		list, err := a.Staff.Wishes(ctx)
		out := WishList{[]WishView{}}
		for _, w := range list {
			out.Wishes = append(out.Wishes, WishView{w.ID, w.Person, w.Name, Ref{w.Unit, w.UnitName}, w.Title, splitComma(w.Duties), Ref{w.Area, w.AreaName}, clock.Day(w.At), w.By})
		}
		return answer(out), a.fail(err)
	})
	post(api, "drop-wish", "/wishes/{id}/drop", "Take a post asked for off the list", func(ctx context.Context, in *idPath) (*body[none], error) {
		by, err := need(ctx, duty.ManagePosts)
		if err == nil {
			err = a.Staff.Drop(ctx, in.ID, by.Person)
		}
		if err == nil {
			err = a.noted(ctx, "post.wish_dropped", in.ID, "")
		}
		return answer(none{}), a.fail(err)
	})
}

func (a *API) postPage(ctx context.Context, by duty.Actor, in *postQuery) (Page[PostRow], error) {
	limit, state := in.Limit, in.State
	if limit == 0 {
		limit = 50
	}
	if state == "" {
		state = "open"
	}
	list, next, err := duty.People(ctx, a.DB, a.County, by.Scope(duty.ReadPeople), duty.PeopleFilter{Unit: in.Unit, Area: in.Area, Duty: in.Duty, State: state, Q: in.Q, After: in.After, Limit: limit})
	if err != nil {
		return Page[PostRow]{}, err
	}
	rows, err := a.postRows(ctx, by, list)
	return Page[PostRow]{Rows: rows, Next: next, Total: -1}, err
}

func (a *API) postRows(ctx context.Context, by duty.Actor, list []duty.Held) ([]PostRow, error) {
	var persons []string
	for _, h := range list {
		persons = append(persons, h.Person)
	}
	accounts, err := a.Accounts.ByPerson(ctx, persons)
	if err != nil {
		return nil, err
	}
	open, err := duty.OpenPosts(ctx, a.DB, a.County, persons)
	if err != nil {
		return nil, err
	}
	officer := by.May(duty.ManagePosts) || by.May(duty.ManageAccounts) || by.May(duty.ReadLog)
	out := []PostRow{}
	for _, h := range list {
		r := PostRow{ID: h.ID, Person: h.Person, Name: h.Name, Unit: UnitRef{h.Unit, h.UnitName, h.UnitKind}, Title: h.Title, Duties: []string{}, Area: Ref{h.Area, h.AreaName}, Township: h.TownshipName,
			SinceOn: clock.Day(h.SinceAt), EndedOn: h.EndedOn, Reason: h.Reason, From: h.From, FromPerson: h.FromPerson, To: h.To, ToPerson: h.ToPerson, Acts: []string{}}
		for _, d := range h.Duties {
			r.Duties = append(r.Duties, string(d))
		}
		if h.UntilAt != 0 && r.EndedOn == "" {
			r.EndedOn = clock.Day(h.UntilAt)
		}
		acc, has := accounts[h.Person]
		if officer && has {
			r.Login = acc.Login
		}
		if h.UntilAt == 0 && by.May(duty.ManagePosts) {
			r.Acts = append(r.Acts, "handOver", "end")
		}
		if h.UntilAt == 0 && has && acc.DisabledAt == 0 && by.MayReset(h.Person, open[h.Person]) {
			r.Acts = append(r.Acts, "reset")
		}
		out = append(out, r)
	}
	return out, nil
}

// persons finds who can be given a post: accounts first, because an account without a post waits for one.
func (a *API) persons(ctx context.Context, by duty.Actor, q string) ([]PersonView, error) {
	const most = 20
	named, _, err := a.Accounts.List(ctx, accountFilter("", q, "", most))
	if err != nil {
		return nil, err
	}
	held, _, err := duty.People(ctx, a.DB, a.County, by.Scope(duty.ReadPeople), duty.PeopleFilter{Q: q, State: "open", Limit: most})
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	out := []PersonView{}
	var ids []string
	add := func(id, name string) {
		if _, known := at[id]; !known && len(out) < 2*most {
			at[id] = len(out)
			ids = append(ids, id)
			out = append(out, PersonView{ID: id, Name: name, Posts: []string{}, Duties: []string{}})
		}
	}
	for _, x := range named {
		if x.DisabledAt == 0 {
			add(x.Person, x.Name)
		}
	}
	for _, h := range held {
		add(h.Person, h.Name)
	}
	accounts, err := a.Accounts.ByPerson(ctx, ids)
	if err != nil {
		return nil, err
	}
	posts, err := duty.OpenPosts(ctx, a.DB, a.County, ids)
	if err != nil {
		return nil, err
	}
	names, err := duty.PersonNames(ctx, a.DB, a.County, ids)
	for i := range out {
		p := &out[i]
		p.Login = accounts[p.ID].Login
		if names[p.ID] != "" {
			p.Name = names[p.ID]
		}
		for _, h := range posts[p.ID] {
			p.Posts = append(p.Posts, h.UnitName+" "+h.Title)
			for _, d := range h.Duties {
				p.Duties = append(p.Duties, string(d))
			}
		}
	}
	return out, err
}

func splitComma(s string) []string { return strings.Split(s, ",") }

func dutyLabels(duties []string) string {
	var out []string
	for _, d := range duties {
		for _, l := range staff.Labels {
			if string(l.Duty) == d {
				out = append(out, l.Label)
			}
		}
	}
	return strings.Join(out, "、")
}

func (a *API) exportPosts(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadPeople) {
		return "", nil, duty.ErrForbidden
	}
	in := &postQuery{Unit: q.Get("unit"), Area: q.Get("area"), Duty: q.Get("duty"), State: q.Get("state"), Q: q.Get("q"), Limit: exportPage}
	first, err := a.postPage(ctx, by, in)
	if err != nil {
		return "", nil, err
	}
	heading := []string{"姓名", "单位", "职务", "职责", "乡镇", "负责区划", "区划代码", "任职日期", "离任日期", "原因", "前任", "接任"}
	return "人员岗位_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "人员岗位", heading, first, func(after string) (Page[PostRow], error) {
			in.After = after
			return a.postPage(ctx, by, in)
		}, func(r PostRow) []workbook.Value {
			return []workbook.Value{workbook.Text(r.Name), workbook.Text(r.Unit.Name), workbook.Text(r.Title), workbook.Text(dutyLabels(r.Duties)), workbook.Text(r.Township), workbook.Text(r.Area.Name), workbook.Text(r.Area.Code),
				workbook.Text(r.SinceOn), workbook.Text(r.EndedOn), workbook.Text(r.Reason), workbook.Text(r.FromPerson), workbook.Text(r.ToPerson)}
		})
	}, nil
}
