package webapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/access"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/resident"
	"gonggu/internal/roster"
	"gonggu/internal/workbook"
)

// RequestRow is what a resident asked for.
type RequestRow struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"correction,withdrawal"`
	KindName  string     `json:"kindName"`
	Household string     `json:"household"`
	Head      string     `json:"head"`
	Township  string     `json:"township"`
	Village   string     `json:"village"`
	Fact      FactChoice `json:"fact"`
	Text      string     `json:"text" doc:"what is wrong; empty once its time to be kept is over"`
	AskedBy   string     `json:"askedBy"`
	Way       string     `json:"way"`
	Who       string     `json:"who" doc:"who entered it"`
	AskedOn   string     `json:"askedOn"`
	DueOn     string     `json:"dueOn"`
	DaysLeft  int        `json:"daysLeft"`
	State     string     `json:"state" enum:"open,accepted,refused"`
	StateName string     `json:"stateName"`
	SettledOn string     `json:"settledOn"`
	SettledBy string     `json:"settledBy"`
	Outcome   string     `json:"outcome"`
	Acts      []string   `json:"acts"`
}

// FactChoice is a fact that a request can be about, and how a new value of it is given.
type FactChoice struct {
	Path      string      `json:"path" doc:"h.code or m.<person>.code; empty is none in particular"`
	Name      string      `json:"name"`
	Type      string      `json:"type"`
	Unit      string      `json:"unit"`
	Sensitive string      `json:"sensitive"`
	Text      string      `json:"text" doc:"as it stands, masked"`
	Source    string      `json:"source"`
	On        string      `json:"on"`
	Options   []NamedCode `json:"options"`
	Consent   bool        `json:"consent" doc:"was given by consent and can be withdrawn"`
}

// RequestHead counts what is open.
type RequestHead struct {
	Open  int64       `json:"open"`
	Late  int64       `json:"late"`
	Kinds []NamedCode `json:"kinds"`
}

// NoticeView is the 告知书 of a household with what it needs: what is kept, and how to ask.
type NoticeView struct {
	Title     string        `json:"title"`
	Intro     string        `json:"intro"`
	Points    []NoticePoint `json:"points"`
	Groups    []NoticeGroup `json:"groups"`
	Sign      string        `json:"sign"`
	Day       string        `json:"day"`
	Household string        `json:"household"`
	Head      string        `json:"head"`
	No        string        `json:"no"`
	Place     string        `json:"place"`
	Members   []string      `json:"members"`
	Facts     []FactChoice  `json:"facts"`
	Ways      []NamedCode   `json:"ways"`
	Requests  []RequestRow  `json:"requests"`
	Acts      []string      `json:"acts"`
}

// NoticePoint is a numbered point.
type NoticePoint struct {
	Head string `json:"head"`
	Text string `json:"text"`
}

// NoticeGroup is a group of facts: why they are kept, who sees them, and which are known of this household.
type NoticeGroup struct {
	Name  string   `json:"name"`
	Why   string   `json:"why"`
	Who   string   `json:"who"`
	Facts []string `json:"facts" doc:"names of what is kept"`
}

type requestQuery struct {
	Area  string `query:"area" maxLength:"14"`
	Kind  string `query:"kind" enum:",correction,withdrawal"`
	State string `query:"state" enum:",open,accepted,refused,late"`
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

func (q *requestQuery) filter(today string) resident.Filter {
	f := resident.Filter{Area: q.Area, Kind: q.Kind, State: q.State, Today: today, After: q.After, Limit: q.Limit}
	if q.State == "late" {
		f.State, f.Late = "", true
	}
	return f
}

func (a *API) corrections(api huma.API, mux *http.ServeMux) {
	get(api, "list-requests", "/requests", "What residents asked to have corrected or withdrawn, newest first", func(ctx context.Context, in *requestQuery) (*body[Page[RequestRow]], error) {
		by, err := need(ctx, duty.AskCorrection)
		if err != nil {
			return nil, a.fail(err)
		}
		page, err := a.requestPage(ctx, by, in)
		return answer(page), a.fail(err)
	})
	get(api, "count-requests", "/requests/head", "How many requests are open and late", func(ctx context.Context, in *struct {
		Area string `query:"area" maxLength:"14"`
	}) (*body[RequestHead], error) {
		by, err := need(ctx, duty.AskCorrection)
		if err != nil {
			return nil, a.fail(err)
		}
		h := RequestHead{Kinds: []NamedCode{}}
		h.Open, h.Late, err = resident.CountOpen(ctx, a.DB, a.County, by.Scope(duty.AskCorrection), in.Area, a.today())
		if err != nil {
			return nil, a.fail(err)
		}
		loaded, err := a.latest(ctx)
		if err != nil {
			return nil, a.fail(err)
		}
		for _, k := range loaded.Pack.Privacy.Requests {
			h.Kinds = append(h.Kinds, NamedCode{k.Kind, k.Name})
		}
		return answer(h), nil
	})
	get(api, "show-notice", "/households/{id}/notice", "The 告知书 of a household, for print, and what it can ask for", func(ctx context.Context, in *idPath) (*body[NoticeView], error) {
		by, err := need(ctx, duty.AskCorrection)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.notice(ctx, by, in.ID)
		if err == nil {
			a.Access.Later(look(by, access.Notice, in.ID, "", ""))
		}
		return answer(v), a.fail(err)
	})
	mux.HandleFunc("GET /api/v1/exports/requests.xlsx", a.exportRequests)
}

var requestStates = map[string]string{resident.Open: "在办", resident.Accepted: "已更正", resident.Refused: "未采纳"}

// requesting presents requests to one actor, each household read once.
type requesting struct {
	api    *API
	show   *shower
	by     duty.Actor
	people *persons
	houses map[int64]*roster.Household
}

func (a *API) requesting(ctx context.Context, by duty.Actor) (*requesting, error) {
	show, err := a.shower(ctx, by)
	return &requesting{api: a, show: show, by: by, people: &persons{a: a}, houses: map[int64]*roster.Household{}}, err
}

func (r *requesting) house(ctx context.Context, key int64) (*roster.Household, error) {
	if h := r.houses[key]; h != nil {
		return h, nil
	}
	h, err := r.api.Store.Load(ctx, r.api.DB, key)
	r.houses[key] = h
	return h, err
}

func (r *requesting) row(ctx context.Context, q *resident.Request) (RequestRow, error) {
	a, p := r.api, r.show.pack
	h, err := r.house(ctx, q.Household)
	if err != nil {
		return RequestRow{}, err
	}
	township, village, _ := r.show.place(h.Area)
	kind, _ := p.Request(q.Kind)
	row := RequestRow{ID: q.ID, Kind: q.Kind, KindName: kind.Name, Household: h.ID, Head: h.Head, Township: township, Village: village, Fact: r.choice(h, q.Fact), AskedBy: q.AskedBy,
		AskedOn: q.AskedOn, DueOn: q.DueOn, State: q.State, StateName: requestStates[q.State], SettledOn: q.SettledOn, Outcome: q.Outcome, Acts: []string{}}
	if q.Kind == resident.Withdrawal && q.State == resident.Accepted {
		row.StateName = "已撤回"
	}
	if q.State == resident.Open {
		row.DaysLeft = clock.Days(a.today(), q.DueOn)
	}
	for _, w := range p.Privacy.Ways {
		if w.Code == q.Way {
			row.Way = w.Name
		}
	}
	if q.Text != "" {
		if row.Text, err = a.Store.OpenText("request/"+q.ID, q.Text); err != nil {
			return row, err
		}
	}
	if row.Who, _, err = r.people.of(ctx, q.Person, q.Post); err != nil {
		return row, err
	}
	if q.SettledBy != "" {
		by, err := duty.Known(ctx, a.DB, a.County, q.SettledBy)
		if err != nil {
			return row, err
		}
		row.SettledBy = by.Name
	}
	if q.State == resident.Open && q.Person != r.by.Person && r.by.Scope(duty.SettleCorrection).Covers(h.Area) {
		row.Acts = append(row.Acts, resident.KindSettle)
	}
	return row, nil
}

// choice describes the fact that a path names in a household.
func (r *requesting) choice(h *roster.Household, path string) FactChoice {
	c := FactChoice{Path: path, Name: "其他情况", Options: []NamedCode{}}
	parts := strings.Split(path, ".")
	book, root := h.Facts, "h"
	var member *roster.Person
	who := ""
	if len(parts) == 3 {
		for i := range h.Members {
			if h.Members[i].ID == parts[1] {
				member, root, book, who = &h.Members[i], "m", h.Members[i].Facts, h.Members[i].Name+"："
			}
		}
	}
	f, ok := r.show.pack.Fact(root, parts[len(parts)-1])
	if path == "" || !ok {
		return c
	}
	c.Name, c.Type, c.Unit, c.Sensitive = who+f.Name, f.Type, f.Unit, f.Sensitive
	c.Consent = duty.Group(f.Sensitive) == duty.Contact || duty.Group(f.Sensitive) == duty.Finance
	if x, known := book[f.Code]; known && r.by.Sees(duty.Group(f.Sensitive)) {
		c.Text = r.show.pack.Text(f, x)
		if masked(f.Sensitive) || duty.Group(f.Sensitive) == duty.Finance {
			c.Text = roster.Mask(c.Text)
		}
		src := h.SourceOf(member, f.Code)
		c.Source, c.On = sourceName(src.Of), src.On
	}
	for _, l := range r.show.pack.Codes {
		if l.ID == f.List && f.List != "" {
			for _, e := range l.Entries {
				c.Options = append(c.Options, NamedCode{e.Code, e.Name})
			}
		}
	}
	return c
}

func (a *API) requestPage(ctx context.Context, by duty.Actor, in *requestQuery) (Page[RequestRow], error) {
	list, next, err := resident.List(ctx, a.DB, a.County, by.Scope(duty.AskCorrection), in.filter(a.today()))
	if err != nil {
		return Page[RequestRow]{}, err
	}
	r, err := a.requesting(ctx, by)
	if err != nil {
		return Page[RequestRow]{}, err
	}
	page := Page[RequestRow]{Rows: make([]RequestRow, len(list)), Next: next, Total: -1}
	if in.After == "" && next == "" {
		page.Total = int64(len(list))
	}
	for i := range list {
		if page.Rows[i], err = r.row(ctx, &list[i]); err != nil {
			return page, err
		}
	}
	return page, nil
}

func (a *API) exportRequests(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	in := &requestQuery{Area: q.Get("area"), Kind: q.Get("kind"), State: q.Get("state"), Limit: exportPage}
	by, err := need(r.Context(), duty.AskCorrection)
	var first Page[RequestRow]
	if err == nil {
		first, err = a.requestPage(r.Context(), by, in)
	}
	if err == nil {
		err = a.Access.Note(r.Context(), look(by, access.Export, "requests.xlsx", "", asked(q)))
	}
	if err != nil {
		writeProblem(w, err)
		return
	}
	attach(w, "更正和撤回申请_"+a.today()+".xlsx")
	heading := []string{"乡镇", "村", "户主", "申请", "哪一项", "申请内容", "提出人", "方式", "登记人", "提出日期", "答复期限", "状态", "办结日期", "办理人", "答复"}
	if err := stream(io.Writer(w), "更正和撤回申请", heading, first, func(after string) (Page[RequestRow], error) {
		in.After = after
		return a.requestPage(r.Context(), by, in)
	}, func(x RequestRow) []workbook.Value {
		out := []workbook.Value{}
		for _, s := range []string{x.Township, x.Village, x.Head, x.KindName, x.Fact.Name, x.Text, x.AskedBy, x.Way, x.Who, x.AskedOn, x.DueOn, x.StateName, x.SettledOn, x.SettledBy, x.Outcome} {
			out = append(out, workbook.Text(s))
		}
		return out
	}); err != nil {
		a.Log.Error("export", "what", "requests.xlsx", "error", err.Error())
	}
}

func (a *API) notice(ctx context.Context, by duty.Actor, id string) (NoticeView, error) {
	h, err := a.household(ctx, by, duty.AskCorrection, id)
	if err != nil {
		return NoticeView{}, err
	}
	r, err := a.requesting(ctx, by)
	if err != nil {
		return NoticeView{}, err
	}
	r.houses[h.Key] = h
	sheet := r.show.pack.Privacy.Notice
	township, village, group := r.show.place(h.Area)
	fill := strings.NewReplacer("{handler}", sheet.Handler, "{contact}", sheet.Contact, "{county}", r.show.pack.Head.CountyName, "{head}", h.Head, "{day}", a.today(),
		"{correction_days}", r.days(resident.Correction), "{withdrawal_days}", r.days(resident.Withdrawal))
	v := NoticeView{Title: sheet.Title, Intro: fill.Replace(sheet.Intro), Points: []NoticePoint{}, Groups: []NoticeGroup{}, Sign: sheet.Sign, Day: a.today(), Household: h.ID, Head: h.Head, No: h.Number,
		Place: strings.TrimSpace(township + " " + village + " " + group), Members: []string{}, Facts: []FactChoice{}, Ways: []NamedCode{}, Requests: []RequestRow{}, Acts: []string{resident.KindAsk, resident.KindWithdraw}}
	for _, p := range sheet.Points {
		v.Points = append(v.Points, NoticePoint{p.Head, fill.Replace(p.Text)})
	}
	for _, w := range r.show.pack.Privacy.Ways {
		v.Ways = append(v.Ways, NamedCode{w.Code, w.Name})
	}
	people, _ := h.Present()
	for _, p := range people {
		v.Members = append(v.Members, p.Name)
	}
	for _, g := range sheet.Groups {
		v.Groups = append(v.Groups, NoticeGroup{g.Name, g.Why, g.Who, r.kept(h, people, g.Group)})
	}
	v.Facts = r.choices(h, people)
	list, err := resident.Of(ctx, a.DB, a.County, h.Key)
	if err != nil {
		return v, err
	}
	for i := range list {
		row, err := r.row(ctx, &list[i])
		if err != nil {
			return v, err
		}
		v.Requests = append(v.Requests, row)
	}
	return v, nil
}

func (r *requesting) days(kind string) string {
	k, _ := r.show.pack.Request(kind)
	return strconv.Itoa(k.Days)
}

// kept names what is known of a household in a field group; the values stay out of the paper. The
// open group is long: there the headings stand for their items.
func (r *requesting) kept(h *roster.Household, people []roster.Person, group string) []string {
	out := []string{}
	count := map[string]int{}
	add := func(f pack.Fact, whose string) {
		switch {
		case f.Sensitive != group:
		case group != "":
			out = append(out, whose+f.Name)
		default:
			head := f.Group
			if head == "" {
				head = "其他"
			}
			if head = whose + head; count[head] == 0 {
				out = append(out, head)
			}
			count[head]++
		}
	}
	for _, f := range r.show.pack.Facts.Household {
		if _, known := h.Facts[f.Code]; known {
			add(f, "")
		}
	}
	for _, f := range r.show.pack.Facts.Person {
		if slices.ContainsFunc(people, func(p roster.Person) bool { return p.Facts[f.Code] != nil }) {
			add(f, "成员的")
		}
	}
	for i, head := range out {
		if n := count[head]; n > 0 {
			out[i] = fmt.Sprintf("%s（%d 项）", head, n)
		}
	}
	return out
}

// choices are the facts that a request can be about: those known, and what a household could add.
func (r *requesting) choices(h *roster.Household, people []roster.Person) []FactChoice {
	out := []FactChoice{}
	add := func(prefix string, book []pack.Fact) {
		for _, f := range book {
			if r.by.Sees(duty.Group(f.Sensitive)) {
				out = append(out, r.choice(h, prefix+f.Code))
			}
		}
	}
	add("h.", r.show.pack.Facts.Household)
	for i := range people {
		add("m."+people[i].ID+".", r.show.pack.Facts.Person)
	}
	return out
}
