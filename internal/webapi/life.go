package webapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/roster"
)

// LifeState is what register life has made of a household, and what the actor may do about it.
type LifeState struct {
	State     string    `json:"state" enum:"active,merged,cancelled,withdrawn"`
	StateName string    `json:"stateName"`
	Banner    string    `json:"banner" doc:"why it is off the register, in words; empty when it is on it"`
	Into      string    `json:"into" doc:"the household that it was merged into, when the actor may see it"`
	IntoHead  string    `json:"intoHead"`
	TakeBack  *TakeBack `json:"takeBack,omitempty"`
}

// TakeBack is the newest change that may be taken back; Why says why it can't be.
type TakeBack struct {
	Act      string `json:"act"`
	Subject  string `json:"subject" doc:"the household that the act named"`
	KindName string `json:"kindName"`
	Why      string `json:"why"`
}

// LifeEffect is what an act would do to one household, in words.
type LifeEffect struct {
	Household string   `json:"household"`
	Head      string   `json:"head"`
	Place     string   `json:"place"`
	New       bool     `json:"new"`
	Lines     []string `json:"lines"`
}

// LifeEffects are the effects of an act before it is signed.
type LifeEffects struct {
	Effects []LifeEffect `json:"effects"`
}

// LifeCodes are the choices of the dialogs, from the pack.
type LifeCodes struct {
	Relations []LifeCode  `json:"relations"`
	Sexes     []LifeCode  `json:"sexes"`
	Whys      []LifeCode  `json:"whys" doc:"why a household is struck off"`
	Facts     []LifeFact  `json:"facts" doc:"what can be put right"`
	Places    []LifePlace `json:"places" doc:"villages and groups in force in the actor's scope"`
}

// LifeCode is one choice.
type LifeCode struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// LifeFact is a fact that a correction may set; Of is h or m.
type LifeFact struct {
	Of        string     `json:"of"`
	Code      string     `json:"code"`
	Name      string     `json:"name"`
	Type      string     `json:"type"`
	Sensitive bool       `json:"sensitive"`
	Choices   []LifeCode `json:"choices"`
}

// LifePlace is a village or group that a household can move to.
type LifePlace struct {
	Code   string `json:"code"`
	Parent string `json:"parent"`
	Name   string `json:"name"`
}

type previewRequest struct{ RawBody []byte }

func (a *API) life(api huma.API, mux *http.ServeMux) {
	get(api, "life-choices", "/life/choices", "The choices of the dialogs of register life", func(ctx context.Context, _ *none) (*body[LifeCodes], error) {
		by, err := need(ctx, duty.AmendRegister)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.lifeCodes(ctx, by)
		return answer(v), a.fail(err)
	})
	huma.Register(api, huma.Operation{OperationID: "preview-life", Method: "POST", Path: "/api/v1/life/preview", Summary: "What an act of register life would do, before it is signed", DefaultStatus: 200,
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: huma.SchemaFromType(api.OpenAPI().Components.Schemas, typeOf[ActSubmission]())}}}},
		func(ctx context.Context, in *previewRequest) (*body[LifeEffects], error) {
			by, err := need(ctx, duty.AmendRegister)
			if err != nil {
				return nil, a.fail(err)
			}
			v, err := a.preview(ctx, by, in.RawBody)
			return answer(v), a.fail(err)
		})
	a.errata(api, mux)
}

func (a *API) lifeCodes(ctx context.Context, by duty.Actor) (LifeCodes, error) {
	loaded, err := a.latest(ctx)
	if err != nil {
		return LifeCodes{}, err
	}
	list := func(id string) []LifeCode {
		out := []LifeCode{}
		for _, l := range loaded.Pack.Codes {
			if l.ID == id {
				for _, e := range l.Entries {
					out = append(out, LifeCode{e.Code, e.Name})
				}
			}
		}
		return out
	}
	v := LifeCodes{Facts: []LifeFact{}, Places: []LifePlace{}, Whys: []LifeCode{}}
	for _, why := range []string{roster.WhyWrong, roster.WhyClosed, roster.WhyMovedOut} {
		v.Whys = append(v.Whys, LifeCode{why, roster.WhyName(why)})
	}
	relation, _ := loaded.Pack.Fact("m", roster.FactRelation)
	sex, _ := loaded.Pack.Fact("m", roster.FactSex)
	v.Relations, v.Sexes = list(relation.List), list(sex.List)
	for of, book := range map[string][]pack.Fact{"m": loaded.Pack.Facts.Person, "h": loaded.Pack.Facts.Household} {
		for _, f := range book {
			code := f.Code
			if !by.Sees(duty.Group(f.Sensitive)) || code == roster.FactRelation || code == roster.FactSize || code == roster.FactHeadID {
				continue
			}
			v.Facts = append(v.Facts, LifeFact{of, code, f.Name, f.Type, f.Sensitive != "", list(f.List)})
		}
	}
	slices.SortStableFunc(v.Facts, func(x, y LifeFact) int { return strings.Compare(y.Of, x.Of) })
	areas, err := duty.Areas(ctx, a.DB, a.County, by.Scope(duty.AmendRegister))
	for _, x := range areas {
		if (x.Level == duty.LevelVillage || x.Level == duty.LevelGroup) && by.Scope(duty.AmendRegister).Covers(x.Code) {
			v.Places = append(v.Places, LifePlace{x.Code, x.Parent, x.Name})
		}
	}
	return v, err
}

func (a *API) preview(ctx context.Context, by duty.Actor, raw []byte) (LifeEffects, error) {
	out := LifeEffects{Effects: []LifeEffect{}}
	var in ActSubmission
	if err := json.Unmarshal(raw, &in); err != nil {
		return out, act.ErrEnvelope.Because(err)
	}
	one, err := act.Parse(in.Act)
	if err != nil {
		return out, err
	}
	if one.Actor != by.Person || one.Post != by.Post || one.County != a.County {
		return out, duty.ErrNoPost
	}
	effects, err := a.Life.Preview(ctx, a.DB, by, one, in.Open, a.Clock.Now())
	if err != nil {
		return out, err
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return out, err
	}
	for _, e := range effects {
		lines, err := a.effectLines(ctx, s, e)
		if err != nil {
			return out, err
		}
		_, village, group := s.place(e.Area)
		out.Effects = append(out.Effects, LifeEffect{Household: e.ID, Head: e.Head, Place: village + group, New: e.New, Lines: lines})
	}
	return out, nil
}

// effectLines says what would change, so that whoever signs knows what he signs.
func (a *API) effectLines(ctx context.Context, s *shower, e roster.Effect) ([]string, error) {
	lines := []string{}
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	switch {
	case e.State != roster.Active:
		say("%s；登记的 %d 人不再计入", roster.StateName(e.State), e.Were)
	case e.New:
		say("新立一户，%d 人，户主%s；尚未排查，户编号待全国系统给出后更正", e.Persons, e.Head)
	case e.Persons != e.Were:
		say("人口 %d → %d", e.Were, e.Persons)
	}
	if e.Area != e.WasArea {
		_, v1, g1 := s.place(e.WasArea)
		_, v2, g2 := s.place(e.Area)
		say("由%s%s迁到%s%s", v1, g1, v2, g2)
	}
	if tags := s.tags(e.Joined); len(tags) > 0 && !e.New {
		say("新属类别：%s", shorts(tags))
	}
	if tags := s.tags(e.Left); len(tags) > 0 {
		say("不再属于：%s", shorts(tags))
	}
	fresh, err := a.freshDoubts(ctx, e)
	if err != nil {
		return nil, err
	}
	for _, r := range fresh {
		if s.by.Sees(duty.Group(r.Sensitive)) {
			say("会提出疑点：%s", r.Say)
		}
	}
	if e.Problems+e.Doubts > 0 {
		say("随同转来未办结的问题 %d 个、疑点 %d 条", e.Problems, e.Doubts)
	}
	if e.OwnerLeft {
		say("原责任人不管新的地方，迁入后请重新派任务")
	}
	if len(lines) == 0 {
		say("只改登记内容，人口和类别不变")
	}
	return lines, nil
}

// freshDoubts are what the rules would raise that nobody has raised yet.
func (a *API) freshDoubts(ctx context.Context, e roster.Effect) ([]assess.Raised, error) {
	known := map[string]bool{}
	if !e.New {
		h, err := a.Store.ByID(ctx, a.DB, e.ID)
		if err != nil {
			return nil, err
		}
		_, facts := h.Present()
		loaded, err := a.latest(ctx)
		if err != nil {
			return nil, err
		}
		out := loaded.Engine.Brief(a.today(), h.Facts, facts, nil)
		for _, r := range append(append([]assess.Raised{}, out.Doubts...), out.Problems...) {
			known[r.Rule+"\x00"+r.Say] = true
		}
	}
	fresh := []assess.Raised{}
	for _, r := range e.Raised {
		if !known[r.Rule+"\x00"+r.Say] {
			fresh = append(fresh, r)
		}
	}
	return fresh, nil
}

// lifeOf tells whether a household is on the register, and what of its life the actor may take back.
func (a *API) lifeOf(ctx context.Context, by duty.Actor, h *roster.Household) (LifeState, error) {
	v := LifeState{State: h.State, StateName: roster.StateName(h.State)}
	last, err := a.Store.LastLifeChange(ctx, a.DB, h.Key)
	if err != nil {
		return v, err
	}
	if h.State != roster.Active {
		v.Banner = "这一户" + v.StateName + "，以下为当时的登记，仅供查阅。"
	}
	if last == nil {
		return v, nil
	}
	x, err := act.ByID(ctx, a.DB, a.County, last.Act)
	if err != nil {
		return v, err
	}
	if h.State == roster.Merged {
		id, _ := x.Body["into"].(string)
		if into, err := a.Store.ByID(ctx, a.DB, id); err == nil && by.Scope(duty.ReadHousehold).Covers(into.Area) {
			v.Into, v.IntoHead = into.ID, into.Head
		}
	}
	if h.State == roster.StruckOff {
		why, _ := x.Body["why"].(string)
		reason, _ := x.Body["reason"].(string)
		v.Banner = "这一户已注销（" + roster.WhyName(why) + "：" + reason + "）；以下为当时的登记，仅供查阅。"
	}
	if !by.Scope(duty.AmendRegister).Covers(h.Area) || !slices.Contains(roster.LifeKinds, last.Kind) {
		return v, nil
	}
	v.TakeBack = &TakeBack{Act: last.Act, Subject: last.Subject, KindName: roster.LifeName(last.Kind)}
	if last.Built {
		v.TakeBack.Why = "这次变更之后又有别的办理，不能直接撤销"
	}
	return v, nil
}

// lifeText tells an act of register life in the story of a household.
func lifeText(x *act.Act) string {
	get := func(k string) string { s, _ := x.Body[k].(string); return s }
	text := ""
	if on := get("on"); on != "" {
		text = on
	}
	if o, ok := x.Body["member"].(map[string]any); ok {
		if name, _ := o["name"].(string); name != "" {
			text += " " + name
		}
	}
	if why := roster.WhyName(get("why")); why != "" {
		text += " " + why
	}
	if reason := strings.TrimSpace(get("reason")); reason != "" {
		text += "；" + reason
	}
	return strings.TrimLeft(text, " ；")
}

// memberNamed names the members that an act of register life means by their ids.
func memberNamed(x *act.Act, h *roster.Household) string {
	if roster.LifeName(x.Kind) == "" {
		return ""
	}
	ids := []any{x.Body["member"]}
	if list, ok := x.Body["members"].([]any); ok {
		ids = list
	}
	names := []string{}
	for _, m := range h.Members {
		if slices.Contains(ids, any(m.ID)) {
			names = append(names, m.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " " + strings.Join(names, "、")
}
