package webapi

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/access"
	"gonggu/internal/campaign"
	"gonggu/internal/duty"
	"gonggu/internal/inspection"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
)

// ClassTag is a class that a household is in.
type ClassTag struct {
	ID    string `json:"id"`
	Short string `json:"short"`
}

// HouseholdRow is a household in a list.
type HouseholdRow struct {
	ID            string     `json:"id"`
	No            string     `json:"no"`
	Area          string     `json:"area"`
	Township      string     `json:"township"`
	Village       string     `json:"village"`
	Group         string     `json:"group"`
	Head          string     `json:"head"`
	Size          int64      `json:"size"`
	Kind          string     `json:"kind"`
	KindName      string     `json:"kindName"`
	Monitored     string     `json:"monitored"`
	MonitoredName string     `json:"monitoredName"`
	Classes       []ClassTag `json:"classes"`
	State         string     `json:"state" enum:"none,inspected,missed"`
	InspectedOn   string     `json:"inspectedOn"`
	Problems      int64      `json:"problems"`
	Doubts        int64      `json:"doubts"`
	IDMask        string     `json:"idMask"`
	PhoneMask     string     `json:"phoneMask"`
	Tended
}

// Page is a page of a list; Next is "" on the last one. Total counts the whole list, −1 when it is not kept.
type Page[T any] struct {
	Rows  []T    `json:"rows"`
	Next  string `json:"next"`
	Total int64  `json:"total"`
}

// FactView is a fact as a person may see it.
type FactView struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	Group     string `json:"group"`
	Value     any    `json:"value"`
	Text      string `json:"text"`
	Unit      string `json:"unit"`
	Source    string `json:"source"`
	On        string `json:"on"`
	Sensitive string `json:"sensitive"`
	Masked    bool   `json:"masked"`
}

// MemberView is a member of a household.
type MemberView struct {
	ID       string     `json:"id"`
	No       string     `json:"no"`
	Name     string     `json:"name"`
	Relation string     `json:"relation"`
	Facts    []FactView `json:"facts"`
}

// DerivedView is a computed value with its formula filled in.
type DerivedView struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Text    string `json:"text"`
	Formula string `json:"formula"`
}

// KeptColumn is a column of an import that no fact takes.
type KeptColumn struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// HouseholdView is a household's page.
type HouseholdView struct {
	HouseholdRow
	Rev            int64         `json:"rev"`
	Facts          []FactView    `json:"facts"`
	Members        []MemberView  `json:"members"`
	Derived        []DerivedView `json:"derived"`
	DoubtList      []DoubtView   `json:"doubtList"`
	ProblemList    []ProblemRow  `json:"problemList"`
	Story          []StoryStep   `json:"story"`
	UnknownColumns []KeptColumn  `json:"unknownColumns"`
	ClassReasons   []ClassReason `json:"classReasons" doc:"which facts put the household into each class"`
	Life           LifeState     `json:"life"`
	TendedStory
	Acts []string `json:"acts" doc:"what the actor may do now"`
}

type householdQuery struct {
	Area   string `query:"area" maxLength:"14"`
	Class  string `query:"class" maxLength:"20"`
	State  string `query:"state" enum:",none,inspected,missed,left,doubt,problem"`
	Owner  string `query:"owner" doc:"a post; nobody is those that nobody answers for" maxLength:"64"`
	Missed string `query:"missed" doc:"could not be inspected for this reason" maxLength:"20"`
	Day    string `query:"day" doc:"inspected for the first time in the report of this day" maxLength:"10"`
	Q      string `query:"q" maxLength:"60"`
	After  string `query:"after"`
	Limit  int    `query:"limit" minimum:"0" maximum:"200"`
}

type findRequest struct {
	Body struct {
		IDNumber string `json:"idNumber" maxLength:"22" required:"false" doc:"whole"`
		LastFour string `json:"lastFour" maxLength:"4" required:"false" doc:"instead of the whole; within a township or village"`
		Area     string `json:"area" maxLength:"14" required:"false"`
	}
}

type idPath struct {
	ID string `path:"id" maxLength:"64"`
}

type revealRequest struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Facts  []string `json:"facts" maxItems:"20" doc:"h.code, or m.<person>.code"`
		Reason string   `json:"reason" maxLength:"200"`
	}
}

// Revealed are the values asked for, by path.
type Revealed struct {
	Values map[string]string `json:"values"`
}

func (a *API) households(api huma.API) {
	get(api, "list-households", "/households", "A page of the register", func(ctx context.Context, in *householdQuery) (*body[Page[HouseholdRow]], error) {
		by, err := need(ctx, duty.ReadHousehold)
		if err != nil {
			return nil, a.fail(err)
		}
		if roster.IsIDNumber(in.Q) {
			return nil, a.fail(errIDInAddress)
		}
		page, err := a.householdPage(ctx, by, in)
		return answer(page), a.fail(err)
	})
	post(api, "find-household", "/households/find", "The households of a whole ID number or of its last four, which must not stand in an address", func(ctx context.Context, in *findRequest) (*body[Page[HouseholdRow]], error) {
		by, err := need(ctx, duty.ReadHousehold)
		if err != nil {
			return nil, a.fail(err)
		}
		page, err := a.findHouseholds(ctx, by, in)
		return answer(page), a.fail(err)
	})
	get(api, "show-household", "/households/{id}", "A household with its members, facts, doubts, problems and story", func(ctx context.Context, in *idPath) (*body[HouseholdView], error) {
		by, err := need(ctx, duty.ReadHousehold)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.householdView(ctx, by, in.ID)
		if groups := v.sensitive(); err == nil && len(groups) > 0 {
			a.Access.Later(look(by, access.View, in.ID, "", strings.Join(groups, "、")))
		}
		return answer(v), a.fail(err)
	})
	post(api, "reveal-facts", "/households/{id}/reveal", "Show masked values; who asked and why is kept", func(ctx context.Context, in *revealRequest) (*body[Revealed], error) {
		by, err := need(ctx, duty.Reveal)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.reveal(ctx, by, in)
		return answer(v), a.fail(err)
	})
}

func parseAfter(s string) int64 {
	n, err := strconv.ParseInt(s, 36, 64)
	if err != nil {
		return 0
	}
	return n
}

func formatNext(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 36)
}

func (in *householdQuery) filter() roster.Filter {
	return roster.Filter{Area: in.Area, Class: in.Class, State: in.State, Owner: in.Owner, Missed: in.Missed, Inspected: in.Day, Text: in.Q, After: in.After, Limit: in.Limit}
}

func (a *API) householdPage(ctx context.Context, by duty.Actor, in *householdQuery) (Page[HouseholdRow], error) {
	scope := by.Scope(duty.ReadHousehold)
	if err := a.classAllowed(ctx, by, in.Class); err != nil {
		return Page[HouseholdRow]{}, err
	}
	if in.After == "" {
		if err := a.Store.TooMany(ctx, a.DB, scope.Narrow(in.Area), in.Q); err != nil {
			return Page[HouseholdRow]{}, err
		}
	}
	page, err := a.householdLines(ctx, by, in.filter())
	if err == nil && in.Day == "" && in.Q == "" {
		page.Total, err = a.countListed(ctx, scope.Narrow(in.Area), in)
	}
	return page, err
}

func (a *API) householdLines(ctx context.Context, by duty.Actor, f roster.Filter) (Page[HouseholdRow], error) {
	lines, next, err := a.Store.List(ctx, a.DB, by.Scope(duty.ReadHousehold), f)
	if err != nil {
		return Page[HouseholdRow]{}, err
	}
	show, err := a.shower(ctx, by)
	if err != nil {
		return Page[HouseholdRow]{}, err
	}
	if err := show.owners(ctx, a, lines); err != nil {
		return Page[HouseholdRow]{}, err
	}
	page := Page[HouseholdRow]{Rows: make([]HouseholdRow, len(lines)), Next: next, Total: -1}
	for i, l := range lines {
		page.Rows[i] = show.line(l)
	}
	return page, nil
}

// classAllowed refuses a filter by a class whose membership is itself sensitive.
func (a *API) classAllowed(ctx context.Context, by duty.Actor, class string) error {
	if class == "" {
		return nil
	}
	show, err := a.shower(ctx, by)
	if err != nil {
		return err
	}
	for _, c := range show.classes {
		if c.ID == class && !by.Sees(duty.Group(c.Sensitive)) {
			return duty.ErrForbidden
		}
	}
	return nil
}

// shower presents households to one actor: names of places and codes, masks, hidden classes.
type shower struct {
	by      duty.Actor
	names   map[string]duty.Area
	pack    *pack.Pack
	loaded  *campaign.Loaded
	classes []pack.Class
	keys    []string // of classes
	sens    roster.Sensitive
	today   string
	posts   map[string]duty.Actor // who answers for the households shown
}

func (a *API) shower(ctx context.Context, by duty.Actor) (*shower, error) {
	names, err := a.areaNames(ctx)
	if err != nil {
		return nil, err
	}
	loaded, err := a.latest(ctx)
	if err != nil {
		return nil, err
	}
	s := &shower{by: by, names: names, pack: loaded.Pack, loaded: loaded, classes: loaded.Pack.Classes, sens: roster.SensitiveOf(loaded.Pack), today: a.today()}
	for _, c := range s.classes {
		s.keys = append(s.keys, a.Store.ClassKey(c.ID))
	}
	return s, nil
}

func (s *shower) place(area string) (township, village, group string) {
	township, village = s.names[duty.TownshipOf(area)].Name, s.names[duty.VillageOf(area)].Name
	if len(area) > 12 {
		group = s.names[area].Name
	}
	return township, village, group
}

func (s *shower) tags(ids []string) []ClassTag {
	out := []ClassTag{}
	for _, c := range s.classes {
		if slices.Contains(ids, c.ID) && s.by.Sees(duty.Group(c.Sensitive)) {
			out = append(out, ClassTag{c.ID, c.Short})
		}
	}
	return out
}

// keyed are the tags of classes that stand under their keys.
func (s *shower) keyed(keys []string) []ClassTag {
	var ids []string
	for i, c := range s.classes {
		if slices.Contains(keys, s.keys[i]) {
			ids = append(ids, c.ID)
		}
	}
	return s.tags(ids)
}

func (s *shower) code(root, fact, code string) string {
	if code == "" {
		return ""
	}
	f, _ := s.pack.Fact(root, fact)
	return s.pack.CodeName(f.List, code)
}

func (s *shower) line(l roster.Line) HouseholdRow {
	t, v, g := s.place(l.Area)
	row := HouseholdRow{ID: l.ID, No: l.Number, Area: l.Area, Township: t, Village: v, Group: g, Head: l.Head, Size: l.Size, Kind: l.Kind, KindName: s.code("h", roster.FactKind, l.Kind),
		Monitored: l.Monitored, MonitoredName: s.code("h", roster.FactMonitored, l.Monitored), Classes: s.tags(l.Classes), State: "none", InspectedOn: l.InspectedOn, Problems: l.Problems, Doubts: l.Doubts}
	if l.InspectedOn != "" {
		row.State = "inspected"
	}
	s.tended(&row, l)
	if s.by.Sees(duty.Identity) && l.HeadID != "" {
		row.IDMask = roster.Mask(l.HeadID)
	}
	if s.by.Sees(duty.Contact) && l.Phone != "" {
		row.PhoneMask = roster.Mask(l.Phone)
	}
	return row
}

// household returns a household in the actor's scope; one outside it is as good as none.
func (a *API) household(ctx context.Context, by duty.Actor, m duty.May, id string) (*roster.Household, error) {
	h, err := a.Store.ByID(ctx, a.DB, id)
	if err != nil {
		return nil, err
	}
	// What was merged or struck off can still be read; one whose import was undone never was.
	if !by.Scope(m).Covers(h.Area) || h.State == roster.Withdrawn || (h.State != roster.Active && m != duty.ReadHousehold) {
		return nil, roster.ErrNotFound
	}
	return h, nil
}

func (a *API) householdView(ctx context.Context, by duty.Actor, id string) (HouseholdView, error) {
	h, err := a.household(ctx, by, duty.ReadHousehold, id)
	if err != nil {
		return HouseholdView{}, err
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return HouseholdView{}, err
	}
	people, facts := h.Present()
	size, _ := h.Facts[roster.FactSize].(int64)
	if size == 0 {
		size = int64(len(people))
	}
	kind, _ := h.Facts[roster.FactKind].(string)
	monitored, _ := h.Facts[roster.FactMonitored].(string)
	phone, _ := h.Facts[roster.FactPhone].(string)
	headID, _ := h.Facts["head_id"].(string)
	v := HouseholdView{HouseholdRow: s.line(roster.Line{ID: h.ID, Number: h.Number, Area: h.Area, Head: h.Head, Size: size, Kind: kind, Monitored: monitored, Classes: h.Classes,
		InspectedOn: h.InspectedOn, Problems: h.Problems, Doubts: h.Doubts, HeadID: headID, Phone: phone, Owner: h.Owner, Missed: h.Missed, MissedOn: h.MissedOn}),
		Rev: h.Rev, Facts: s.facts("h", s.pack.Facts.Household, h, nil), Members: []MemberView{}, Derived: []DerivedView{}, UnknownColumns: []KeptColumn{}, ClassReasons: []ClassReason{}, Acts: []string{}}
	for i := range people {
		p := &people[i]
		v.Members = append(v.Members, MemberView{p.ID, p.Number, p.Name, s.code("m", roster.FactRelation, p.Relation), s.facts("m", s.pack.Facts.Person, h, p)})
	}
	out := s.loaded.Engine.Household(a.today(), h.Facts, facts, nil)
	for _, d := range out.Derived {
		f, _ := s.pack.Fact("h", d.Code)
		if f.Sensitive == "" || by.Sees(duty.Group(f.Sensitive)) {
			v.Derived = append(v.Derived, DerivedView{d.Code, f.Name, d.Text, d.Formula})
		}
	}
	v.ClassReasons = s.classReasons(h, people, out.Derived)
	for _, label := range sortedKeys(h.Kept) {
		value := h.Kept[label]
		if !by.Sees(duty.Identity) || strings.ContainsAny(label, "号账") {
			value = roster.Mask(value)
		}
		v.UnknownColumns = append(v.UnknownColumns, KeptColumn{label, value})
	}
	if v.DoubtList, err = a.doubtsOf(ctx, s, h); err != nil {
		return v, err
	}
	problems, err := problem.OfHousehold(ctx, a.DB, a.County, h.Key)
	if err != nil {
		return v, err
	}
	v.ProblemList = []ProblemRow{}
	for i := range problems {
		v.ProblemList = append(v.ProblemList, a.problemRow(s, &problems[i], h.Head))
	}
	if v.Story, err = a.storyOf(ctx, h); err != nil {
		return v, err
	}
	if err := a.tend(ctx, s, h, &v); err != nil {
		return v, err
	}
	v.Life, err = a.lifeOf(ctx, by, h)
	v.Acts = append(v.Acts, actsOn(by, h)...)
	return v, err
}

// actsOn are the acts of this room that the actor may do on a household in force.
func actsOn(by duty.Actor, h *roster.Household) []string {
	var out []string
	if h.State != roster.Active {
		return nil
	}
	if by.Scope(duty.AmendRegister).Covers(h.Area) {
		out = append(out, roster.LifeKinds...)
	}
	if by.Scope(duty.SubmitInspection).Covers(h.Area) {
		out = append(out, inspection.KindSheet)
	}
	if by.May(duty.Reveal) {
		out = append(out, "household.reveal")
	}
	return out
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// facts shows what is known in the pack's order. Identity and contact are masked for everybody until
// revealed; a group that the actor may not see is not there at all.
func (s *shower) facts(root string, book []pack.Fact, h *roster.Household, p *roster.Person) []FactView {
	values := h.Facts
	if p != nil {
		values = p.Facts
	}
	out := []FactView{}
	for _, f := range book {
		x, ok := values[f.Code]
		if !ok || !s.by.Sees(duty.Group(f.Sensitive)) {
			continue
		}
		src := h.SourceOf(p, f.Code)
		v := FactView{Code: f.Code, Name: f.Name, Group: f.Group, Value: x, Text: s.pack.Text(f, x), Unit: f.Unit, Source: sourceName(src.Of), On: src.On, Sensitive: f.Sensitive}
		if masked(f.Sensitive) {
			v.Value, v.Text, v.Masked = "", roster.Mask(v.Text), true
		}
		out = append(out, v)
	}
	return out
}

// masked reports whether values of a field group are shown masked until somebody gives a reason.
func masked(group string) bool {
	return duty.Group(group) == duty.Identity || duty.Group(group) == duty.Contact
}

func sourceName(of string) string {
	if strings.HasPrefix(of, "sheet:") {
		return "入户排查"
	}
	if strings.HasPrefix(of, "life:") {
		return "登记变更"
	}
	return of
}
