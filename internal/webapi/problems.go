package webapi

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/order"
	"gonggu/internal/problem"
)

// Signature is who signed a step and what he had seen.
type Signature struct {
	Act      string    `json:"act"`
	Index    int64     `json:"index"`
	Kind     string    `json:"kind"`
	Step     string    `json:"step" enum:"inspect,claim,rectify,verify,close,supervise"`
	StepName string    `json:"stepName"`
	Who      string    `json:"who"`
	Post     string    `json:"post"`
	Unit     string    `json:"unit"`
	At       int64     `json:"at"`
	Seen     string    `json:"seen"`
	Strokes  [][]int64 `json:"strokes"`
	OnBehalf string    `json:"onBehalf" doc:"the person on paper, whom a clerk typed in"`
	Voided   bool      `json:"voided"`
	Why      string    `json:"why" doc:"why it no longer stands"`
	VoidedAt int64     `json:"voidedAt"`
}

// LifeStep is one step of a problem's life.
type LifeStep struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	At   int64  `json:"at" doc:"0 while it has not been done"`
	Who  string `json:"who"`
	Unit string `json:"unit"`
	Day  string `json:"day" doc:"by when, of the step that is next"`
	Done bool   `json:"done"`
	Now  bool   `json:"now" doc:"this is what everybody waits for"`
	Skip bool   `json:"skip" doc:"this problem did not need it"`
}

// RefusalView is a unit's word that a problem is not its own.
type RefusalView struct {
	Unit   string `json:"unit"`
	Ground string `json:"ground"`
	Who    string `json:"who"`
	At     int64  `json:"at"`
	Index  int64  `json:"index"`
}

// AskView is a unit's request for more days or a pause.
type AskView struct {
	ID     string `json:"id"`
	What   string `json:"what" enum:"extend,pause"`
	Until  string `json:"until"`
	Reason string `json:"reason"`
	Unit   string `json:"unit"`
}

// ProblemRef names another problem.
type ProblemRef struct {
	ID        string `json:"id"`
	Number    string `json:"number"`
	Say       string `json:"say"`
	StateName string `json:"stateName"`
	How       string `json:"how" enum:"parent,part,into,merged"`
}

// DispatchView is whom the pack proposes to lead and by when.
type DispatchView struct {
	Lead     string   `json:"lead"`
	LeadName string   `json:"leadName"`
	Helping  []string `json:"helping"`
	Workdays int64    `json:"workdays"`
	LimitOn  string   `json:"limitOn"`
	Declined []string `json:"declined" doc:"units that said that it is not theirs"`
	Ruling   bool     `json:"ruling" doc:"declined as often as allowed: the office rules and says why"`
}

// ProblemView is a problem's page.
type ProblemView struct {
	ProblemRow
	Clauses    []ClauseRef   `json:"clauses"`
	Rule       string        `json:"rule"`
	RuleName   string        `json:"ruleName"`
	Sheet      string        `json:"sheet"`
	DoneOn     string        `json:"doneOn"`
	LimitOn    string        `json:"limitOn"`
	StageOn    string        `json:"stageOn"`
	Stage      Due           `json:"stage" doc:"the stage's end"`
	Clear      Due           `json:"clear" doc:"the clearing day"`
	VoidReason string        `json:"voidReason"`
	Measures   string        `json:"measures"`
	Result     string        `json:"result"`
	MendedOn   string        `json:"mendedOn"`
	PausedOn   string        `json:"pausedOn"`
	Relapses   int64         `json:"relapses"`
	Ruled      bool          `json:"ruled"`
	OnSpot     bool          `json:"onSpot" doc:"its item may be mended at once"`
	Side       string        `json:"side" enum:",leads,helps,below" doc:"where the actor's unit stands to it"`
	Steps      []LifeStep    `json:"steps"`
	Refusals   []RefusalView `json:"refusals"`
	Ask        *AskView      `json:"ask,omitempty" doc:"the request that waits for the office's word"`
	Related    []ProblemRef  `json:"related"`
	Dispatch   DispatchView  `json:"dispatch"`
	Story      []StoryStep   `json:"story"`
	Acts       []string      `json:"acts" doc:"what the actor may do now, as kinds of act"`
	Next       string        `json:"next" doc:"in words: who has to do what next; empty when it waits for nobody"`
	Signatures []Signature   `json:"signatures"`
}

var originNames = map[string]string{"sheet": "入户排查", "doubt": "疑点核实", "manual": "人工登记", "split": "问题拆分", "outside": "上级或外部反馈"}

// shown is what a signer has before him; a sentence of a field group is pinned by the revision alone.
func shown(p *problem.Problem) Sight {
	o := Sight{"number": p.Number, "item": p.Item, "state": string(p.State), "lead": p.Lead, "due_on": p.DueOn}
	if p.Sensitive == "" {
		o["say"], o["measures"], o["result"] = p.Say, p.Measures, p.Result
	}
	return o
}

// due says how a day stands, by the pack's calendar.
func (s *shower) due(on string) Due {
	l := s.pack.Calendar().Left(s.today, on, s.pack.Head.Loop.Near)
	return Due{l.Words, l.Light, l.Workdays, l.Assumed}
}

func (a *API) problemView(ctx context.Context, by duty.Actor, id string) (ProblemView, error) {
	p, err := problem.ByID(ctx, a.DB, a.County, id)
	if err != nil {
		return ProblemView{}, err
	}
	if !seesProblem(by, p) {
		return ProblemView{}, problem.ErrNotFound
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return ProblemView{}, err
	}
	heads, err := a.heads(ctx, []problem.Problem{*p})
	if err != nil {
		return ProblemView{}, err
	}
	v := ProblemView{ProblemRow: a.problemRow(s, p, heads[p.Household]), Clauses: []ClauseRef{}, Rule: p.Rule, Sheet: p.Sheet, DoneOn: p.DoneOn, LimitOn: p.LimitOn, StageOn: p.StageOn, Stage: s.due(p.StageOn), Clear: s.due(p.ClearOn),
		VoidReason: p.VoidReason, MendedOn: p.MendedOn, PausedOn: p.PausedOn, Relapses: p.Relapses, Ruled: p.Ruled, OnSpot: slices.Contains(s.pack.Head.OnSpot, p.Item), Side: string(problem.ByOf(by, p).Side)}
	v.Measures, v.Result = a.told(s, p, p.Measures), a.told(s, p, p.Result)
	for _, r := range s.pack.Rules {
		if r.ID == p.Rule {
			v.RuleName = r.Name
		}
	}
	for _, c := range s.pack.Clauses {
		if slices.Contains(p.Clauses, c.ID) {
			v.Clauses = append(v.Clauses, ClauseRef{c.ID, c.Text})
		}
	}
	o, err := problem.OutlookOf(ctx, a.DB, a.County, p, s.pack)
	if err != nil {
		return v, err
	}
	v.Acts, v.Next = o.Allowed(by), nextMove(s, p, o.Turn())
	if err := a.wholeLife(ctx, s, p, o, &v); err != nil {
		return v, err
	}
	return v, a.related(ctx, s, by, p, &v)
}

// moves are what is to be done with a problem next, by its state.
var moves = map[problem.State]string{problem.Found: "受理", problem.Accepted: "交办", problem.Declined: "改派", problem.Ordered: "认领", problem.Claimed: "整改并签认", problem.Returned: "重新整改并签认", problem.Rectified: "复核", problem.Verified: "销号", problem.Reopened: "重新交办"}

// nextMove says whom a problem waits for: kinds of unit, or with none its lead unit.
func nextMove(s *shower, p *problem.Problem, kinds []string) string {
	move := moves[p.State]
	if move == "" {
		return ""
	}
	who := []string{}
	for _, k := range kinds {
		name := duty.UnitKindName(k)
		switch k {
		case duty.UnitTownship:
			name = cmp.Or(s.unitName(duty.TownshipOf(p.Area)), "所在乡镇")
		case duty.UnitDepartment:
			name = "相关" + name
		}
		who = append(who, name)
	}
	if len(kinds) == 0 {
		who = append(who, cmp.Or(s.unitName(p.Lead), "牵头单位"))
	}
	return "下一步由" + strings.Join(who, "或") + move + "。"
}

func seesProblem(by duty.Actor, p *problem.Problem) bool {
	scope := by.Scope(duty.ReadProblem)
	return scope.Covers(p.Area) && (scope.Unit() == "" || p.PartyTo(scope.Unit()))
}

// told opens what was said of a problem after it was found.
func (a *API) told(s *shower, p *problem.Problem, text string) string {
	if text == "" {
		return ""
	}
	return a.say(s, "problem", p.ID, p.Sensitive, text, p.Item)
}

// actsOf returns the acts on a problem and those on its orders and its cluster that did something to it, oldest first.
func (a *API) actsOf(ctx context.Context, p *problem.Problem, o problem.Outlook) ([]*act.Act, error) {
	list, err := act.On(ctx, a.DB, a.County, p.ID, 100)
	if err != nil {
		return nil, err
	}
	elsewhere, err := problem.OrderedBy(ctx, a.DB, a.County, p.Key)
	if err != nil {
		return nil, err
	}
	for _, x := range o.Signed {
		elsewhere = append(elsewhere, x.Index)
	}
	for _, index := range elsewhere {
		if slices.ContainsFunc(list, func(x *act.Act) bool { return x.Index == index }) {
			continue
		}
		x, err := act.ByIndex(ctx, a.DB, a.County, index)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	slices.SortFunc(list, func(x, y *act.Act) int { return cmp.Compare(x.Index, y.Index) })
	return list, nil
}

// wholeLife tells a problem's life: the story, the signatures, who declined it and the line of its steps.
func (a *API) wholeLife(ctx context.Context, s *shower, p *problem.Problem, o problem.Outlook, v *ProblemView) error {
	found, err := act.ByIndex(ctx, a.DB, a.County, p.FoundIdx)
	if err != nil {
		return err
	}
	later, err := a.actsOf(ctx, p, o)
	if err != nil {
		return err
	}
	say := v.Say
	if slices.ContainsFunc(later, func(x *act.Act) bool { return x.Kind == problem.KindAmend }) {
		if say, err = problem.FirstSaid(ctx, a.DB, a.County, p.Key); err != nil {
			return err
		}
	}
	later = slices.DeleteFunc(later, func(x *act.Act) bool { return x.Index == found.Index })
	v.Story = []StoryStep{}
	for _, x := range append([]*act.Act{found}, later...) {
		step, err := a.step(ctx, x)
		if err != nil {
			return err
		}
		switch {
		case x.Kind == problem.KindOrder:
			unit, _ := x.Body["unit"].(string)
			limit, _ := x.Body["limit_on"].(string)
			step.Text = "交" + s.unitName(unit) + "，" + limit + " 前办结"
		case x == found:
			step.KindName, step.Text = "发现问题", strings.TrimSuffix("来自"+step.KindName+"："+say, "：")
		}
		v.Story = append(v.Story, step)
	}
	if err := a.signatures(ctx, o.Signed, found, v); err != nil {
		return err
	}
	refusals, err := problem.Refusals(ctx, a.DB, a.County, p.Key)
	if err != nil {
		return err
	}
	v.Refusals = []RefusalView{}
	v.Dispatch.Declined = []string{}
	for _, r := range refusals {
		who, at, err := a.signer(ctx, r.Index)
		if err != nil {
			return err
		}
		v.Refusals = append(v.Refusals, RefusalView{s.unitName(r.Unit), r.Ground, who.Name, at.ReceivedAt, r.Index})
		v.Dispatch.Declined = append(v.Dispatch.Declined, r.Unit)
	}
	d := problem.Dispatch(s.pack, p.Item, p.Area, v.Dispatch.Declined)
	v.Dispatch.Lead, v.Dispatch.LeadName, v.Dispatch.Workdays, v.Dispatch.Helping = d.Lead, s.unitName(d.Lead), d.Workdays, append([]string{}, d.Helping...)
	v.Dispatch.LimitOn = s.pack.Calendar().AddWorkdays(s.today, int(d.Workdays))
	for _, x := range o.Asks {
		if x.State == problem.AskOpen {
			v.Ask = &AskView{x.ID, x.What, x.Until, x.Reason, s.unitName(x.Unit)}
		}
	}
	v.Dispatch.Ruling = p.State == problem.Declined && len(refusals) >= s.pack.Head.DeclineLimit
	v.Steps, err = a.steps(ctx, s, p, v)
	return err
}

// signer returns who did an act, and the act.
func (a *API) signer(ctx context.Context, index int64) (duty.Actor, *act.Act, error) {
	x, err := act.ByIndex(ctx, a.DB, a.County, index)
	if err != nil {
		return duty.Actor{}, nil, err
	}
	who, err := duty.Known(ctx, a.DB, a.County, x.Post)
	return who, x, err
}

// signatures lists who signed, the finding first.
func (a *API) signatures(ctx context.Context, list []problem.Signed, found *act.Act, v *ProblemView) error {
	first := problem.Signed{Index: found.Index, Step: problem.StepInspect}
	for _, x := range list {
		if x.Step == problem.StepInspect { // amended: the finding's own signature no longer stands
			first.Voided, first.Why = x.Index, "问题内容已更正，须重新签认"
			break
		}
	}
	v.Signatures = []Signature{}
	for _, x := range append([]problem.Signed{first}, list...) {
		who, done, err := a.signer(ctx, x.Index)
		if err != nil {
			return err
		}
		sig := Signature{Act: done.ID, Index: x.Index, Kind: done.Kind, Step: string(x.Step), StepName: stepNames[x.Step], Who: who.Name, Post: who.Title, Unit: who.UnitName, At: done.ReceivedAt, Seen: done.Seen, Strokes: strokesOf(done), OnBehalf: onPaper(done.OnBehalf), Voided: x.Voided != 0, Why: x.Why}
		if x.Voided != 0 {
			if at, err := act.ByIndex(ctx, a.DB, a.County, x.Voided); err == nil {
				sig.VoidedAt = at.ReceivedAt
			}
		}
		v.Signatures = append(v.Signatures, sig)
	}
	return nil
}

var stepNames = map[problem.Step]string{problem.StepInspect: "排查", problem.StepClaim: "认领", problem.StepRectify: "整改", problem.StepVerify: "复核", problem.StepClose: "销号", problem.StepSupervise: "督查"}

func strokesOf(x *act.Act) [][]int64 {
	out := [][]int64{}
	sig, _ := x.Body["signature"].(canon.Object)
	if sig == nil {
		return out
	}
	b, err := canon.Marshal(sig["strokes"])
	if err == nil {
		_ = json.Unmarshal(b, &out)
	}
	return out
}

// lifeLine is a problem's life when nothing goes wrong; a problem at one of the states has done what stands before it.
var lifeLine = []struct {
	key, name string
	next      []problem.State // it waits for this step
	sign      problem.Step
}{
	{"found", "发现", nil, problem.StepInspect},
	{"accepted", "受理", []problem.State{problem.Found}, ""},
	{"ordered", "交办", []problem.State{problem.Accepted, problem.Declined, problem.Reopened}, ""},
	{"claimed", "认领", []problem.State{problem.Ordered}, problem.StepClaim},
	{"rectified", "整改", []problem.State{problem.Claimed, problem.Returned}, problem.StepRectify},
	{"verified", "复核", []problem.State{problem.Rectified}, problem.StepVerify},
	{"closed", "销号", []problem.State{problem.Verified}, problem.StepClose},
}

// steps draws the line of a problem's life. A step that a later one made needless is skipped (立行立改).
func (a *API) steps(ctx context.Context, s *shower, p *problem.Problem, v *ProblemView) ([]LifeStep, error) {
	out := make([]LifeStep, len(lifeLine))
	at := len(lifeLine) // where it waits; void, merged and closed wait nowhere
	for i, l := range lifeLine {
		if slices.Contains(l.next, p.State) {
			at = i
		}
	}
	for i, l := range lifeLine {
		x := LifeStep{Key: l.key, Name: l.name, Now: i == at}
		for _, g := range v.Signatures {
			if l.sign != "" && g.Step == string(l.sign) && (!g.Voided || i == 0) && (i < at || i == 0) {
				x.At, x.Who, x.Unit, x.Done = g.At, cmp.Or(g.OnBehalf, g.Who), g.Unit, true
			}
		}
		if x.Now {
			x.Day = p.DueOn
		}
		out[i] = x
	}
	if p.AcceptedOn != "" && at > 1 {
		who, done, err := a.signer(ctx, p.AcceptedIdx)
		if err != nil {
			return nil, err
		}
		out[1].At, out[1].Who, out[1].Unit, out[1].Done = done.ReceivedAt, who.Name, who.UnitName, true
	}
	if err := a.orderedStep(ctx, s, p, v, &out[2], at); err != nil {
		return nil, err
	}
	last := 0
	for i := range out {
		if out[i].Done {
			last = i
		}
	}
	for i := range out {
		out[i].Skip = !out[i].Done && !out[i].Now && i < max(last, min(at, len(out)-1)) && p.State.Open() || !out[i].Done && p.State == problem.Closed
	}
	return out, nil
}

// orderedStep says with which order a problem went out.
func (a *API) orderedStep(ctx context.Context, s *shower, p *problem.Problem, v *ProblemView, x *LifeStep, at int) error {
	if p.OrderID == "" {
		return nil
	}
	o, err := order.ByID(ctx, a.DB, a.County, s.by, p.OrderID)
	if err != nil && (errs.As(err).Kind == errs.NotFound || errs.As(err).Kind == errs.Forbidden) {
		v.OrderID, x.Done = "", at > 2 // addressed to somebody else
		return nil
	}
	if err != nil {
		return err
	}
	v.Order = o.Number
	if x.Done = at > 2; x.Done {
		who, err := duty.Known(ctx, a.DB, a.County, o.IssuedBy)
		if err != nil {
			return err
		}
		x.At, x.Who, x.Unit = o.IssuedAt, who.Name, who.UnitName
	}
	return nil
}

// related names the problems from which this one came, or that came into it.
func (a *API) related(ctx context.Context, s *shower, by duty.Actor, p *problem.Problem, v *ProblemView) error {
	v.Related = []ProblemRef{}
	for _, x := range []struct{ id, how string }{{p.Parent, "parent"}, {p.MergedInto, "into"}} {
		if x.id == "" {
			continue
		}
		o, err := problem.ByID(ctx, a.DB, a.County, x.id)
		if err != nil {
			return err
		}
		if seesProblem(by, o) {
			v.Related = append(v.Related, ProblemRef{o.ID, o.Number, a.say(s, "problem", o.ID, o.Sensitive, o.Say, o.Item), o.State.Name(), x.how})
		}
	}
	parts, err := problem.Parts(ctx, a.DB, a.County, p.ID)
	if err != nil {
		return err
	}
	for i := range parts {
		o := &parts[i]
		how := "part"
		if o.MergedInto == p.ID {
			how = "merged"
		}
		if seesProblem(by, o) {
			v.Related = append(v.Related, ProblemRef{o.ID, o.Number, a.say(s, "problem", o.ID, o.Sensitive, o.Say, o.Item), o.State.Name(), how})
		}
	}
	return nil
}
