package problem

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// work is one act being carried out on one problem.
type work struct {
	room    *Room
	step    *act.Step
	kind    string // the act's, or what an act on many problems does to this one
	actor   duty.Actor
	by      By
	p       *Problem
	c       Case
	live    []Signed
	now     Standing // as it will stand
	pack    *pack.Pack
	camp    *campaign.Campaign
	answers canon.Object // what the person said: of a signed act its answers, otherwise its body
	assign  assignment
	ask     *Ask      // the request that is answered
	newDue  string    // the due day that it gives
	into    *Problem  // what it is merged into
	parts   []Finding // what it is split into
}

// inForce returns the campaign and its pack, read once a batch.
func (m *Room) inForce(ctx context.Context, s *act.Step) (*campaign.Campaign, *pack.Pack, error) {
	type current struct {
		camp *campaign.Campaign
		pack *pack.Pack
	}
	x, err := act.Remember(s, "campaign", func() (current, error) {
		c, l, err := m.Book.Current(ctx, s.Tx)
		if err != nil {
			return current{}, err
		}
		return current{c, l.Pack}, nil
	})
	return x.camp, x.pack, err
}

// TermsOf returns what a pack says of the loop.
func TermsOf(p *pack.Pack) Terms {
	return Terms{Tiers: p.Head.Tiers, DeclineLimit: p.Head.DeclineLimit}
}

func (m *Room) apply(ctx context.Context, s *act.Step, d doing) error {
	actor, err := duty.Acting(ctx, s, d.may)
	if err != nil {
		return err
	}
	w := &work{room: m, step: s, kind: s.Act.Kind, actor: actor, answers: s.Act.Body}
	if err := w.load(ctx, s.Act.Subject, d); err != nil {
		return err
	}
	if err := w.decide(ctx, d); err != nil {
		return err
	}
	return w.carryOut(ctx, d)
}

// load reads the problem and how it stands, and refuses who has no business in its place.
func (w *work) load(ctx context.Context, id string, d doing) error {
	s := w.step
	var err error
	if w.camp, w.pack, err = w.room.inForce(ctx, s); err != nil {
		return err
	}
	if w.p, err = ByID(ctx, s.Tx, s.Act.County, id); err != nil {
		return err
	}
	if !w.actor.Scope(d.may).Covers(w.p.Area) {
		return duty.ErrOutside
	}
	var all []Signed
	if w.c, all, err = caseOf(ctx, s.Tx, s.Act.County, w.p, w.pack); err != nil {
		return err
	}
	w.live = standing(all)
	w.by = ByOf(w.actor, w.p)
	w.now = w.p.Standing()
	return nil
}

// ByOf says where an actor stands to a problem.
func ByOf(a duty.Actor, p *Problem) By {
	b := By{Hand: Hand{a.Person, a.Unit, a.UnitKind}}
	switch {
	case a.Unit == p.Lead:
		b.Side = Leads
	case slices.Contains(p.Helping, a.Unit):
		b.Side = Helps
	case duty.TownshipOf(a.Unit) != "" && slices.ContainsFunc(append([]string{p.Lead}, p.Helping...), func(u string) bool { return duty.TownshipOf(u) != "" && strings.HasPrefix(a.Unit, u) }):
		b.Side = Below
	}
	return b
}

// caseOf collects what the machine must know of a problem, and all its signatures.
func caseOf(ctx context.Context, r database.Reader, county string, p *Problem, pk *pack.Pack) (Case, []Signed, error) {
	c := Case{State: p.State, Was: p.Was, OnSpot: slices.Contains(pk.Head.OnSpot, p.Item), Lead: p.Lead, Ruled: p.Ruled}
	all, err := Signatures(ctx, r, county, p.Key)
	if err != nil {
		return c, nil, err
	}
	for _, x := range standing(all) {
		switch x.Step {
		case StepInspect:
			c.Inspector = x.Hand
		case StepRectify:
			c.Rectifier = x.Hand
		case StepVerify:
			c.Verifier = x.Hand
		}
	}
	if c.Inspector.Person == "" { // the finding was signed by the act that bore it
		who, err := duty.Known(ctx, r, county, p.FoundBy)
		if err != nil {
			return c, nil, err
		}
		c.Inspector = Hand{who.Person, who.Unit, who.UnitKind}
		if found, err := act.ByIndex(ctx, r, county, p.FoundIdx); err != nil {
			return c, nil, err
		} else if len(found.OnBehalf) > 0 {
			c.Typist = who.Person
		}
	}
	if c.Declined, err = declinedBy(ctx, r, county, p.Key); err != nil {
		return c, nil, err
	}
	return c, all, nil
}

// standing returns the signatures that nothing made void.
func standing(all []Signed) []Signed {
	return slices.DeleteFunc(slices.Clone(all), func(x Signed) bool { return x.Voided != 0 })
}

// decide asks the machine, then what the act itself must say. Nothing has been written when it returns an error.
func (w *work) decide(ctx context.Context, d doing) error {
	to, err := TermsOf(w.pack).After(w.c, w.kind, w.by)
	if err != nil {
		if errs.Code(err) == errWrongState.Code {
			return w.wrongState(ctx)
		}
		return err
	}
	w.now.State = to
	if d.step != "" && d.step != StepClose {
		if err := w.signed(ctx, d.step); err != nil {
			return err
		}
	}
	if d.check == nil {
		return nil
	}
	return d.check(ctx, w)
}

// The errors of a signature.
var (
	ErrSeen   = errs.New(errs.Conflict, "problem.seen", "您签认时看到的内容和现在的不一致（可能别人刚刚办理过）；请刷新核对后再签认。")
	ErrHand   = errs.New(errs.Invalid, "problem.signature", "请在签名框内签名后再提交。")
	ErrSigner = errs.New(errs.Invalid, "problem.signer", "请填写在纸上签名的人的姓名（2 至 40 个字），再提交。")
	ErrScan   = errs.New(errs.Invalid, "problem.scan", "签名原件的扫描件没有选好，未受理；请重新选择扫描件后再提交。")
	ErrBody   = errs.New(errs.Invalid, "problem.body", "提交的内容不完整，未受理；请刷新页面后重新填写。")
)

// signed checks that what was signed is what stands: the revision, what was shown, the hash and, where a hand must be seen, the strokes.
func (w *work) signed(ctx context.Context, step Step) error {
	b := w.step.Act.Body
	rev, ok1 := b["rev"].(int64)
	shown, ok2 := b["prefilled"].(canon.Object)
	answers, ok3 := b["answers"].(canon.Object)
	if !ok1 || !ok2 || !ok3 {
		return ErrBody
	}
	if rev != w.p.Rev {
		return w.changed(ctx)
	}
	seen, err := act.Seen(w.step.Act.Pack, w.step.Act.Kind, w.step.Act.Subject, rev, shown, answers)
	if err != nil || seen != w.step.Act.Seen || !w.p.shows(shown) {
		return ErrSeen
	}
	w.answers = answers
	if !step.drawn() && len(w.step.Act.OnBehalf) == 0 {
		return nil
	}
	return signedHand(w.step.Act)
}

// shows compares what a signer had before him with the row; sentences of a field group are pinned by the revision alone.
func (p *Problem) shows(o canon.Object) bool {
	row := canon.Object{"number": p.Number, "item": p.Item, "state": string(p.State), "lead": p.Lead, "due_on": p.DueOn}
	if p.Sensitive == "" {
		row["say"], row["measures"], row["result"] = p.Say, p.Measures, p.Result
	}
	for k, v := range o {
		if row[k] != v {
			return false
		}
	}
	return o["number"] == p.Number
}

// carryOut writes: signatures, standing, and what the kind writes beside.
func (w *work) carryOut(ctx context.Context, d doing) error {
	for _, x := range w.live {
		if slices.Contains(d.voids, x.Step) {
			if err := w.step.Tx.Put(ctx, voidSignature, w.step.Act.Index, voidedBy[w.kind], w.step.Act.County, w.p.Key, x.Index); err != nil {
				return err
			}
		}
	}
	if d.step != "" {
		if err := w.step.Tx.Put(ctx, insertSignature, w.step.Act.County, w.p.Key, w.step.Act.Index, string(d.step), w.actor.Person, w.actor.Post, w.actor.Unit, w.actor.UnitKind); err != nil {
			return err
		}
	}
	if d.stand != nil {
		d.stand(w, &w.now)
	}
	if err := w.goOn(ctx); err != nil {
		return err
	}
	if err := w.stand(ctx); err != nil {
		return err
	}
	if d.write == nil {
		return nil
	}
	return d.write(ctx, w)
}

// Standing is how a problem stands: where in its life, with whom, and by when.
type Standing struct {
	State   State
	Item    string
	Lead    string
	Helping []string
	DueOn   string
}

// Standing returns how the problem stands now.
func (p *Problem) Standing() Standing { return Standing{p.State, p.Item, p.Lead, p.Helping, p.DueOn} }

// stand lets the problem stand as w.now says: the row, how it stood before, the counts and the household's own.
func (w *work) stand(ctx context.Context) error {
	s, p, was := w.step, w.p, w.p.Standing()
	said := "" // before a correction
	if w.kind == KindAmend && p.Sensitive == "" {
		said = p.Say
	}
	if since := cmp.Or(p.StandingOn, p.FoundOn); since < s.ReportDay || said != "" {
		if err := s.Tx.Put(ctx, leaveStanding, s.Act.County, p.Key, s.Act.Index, string(was.State), was.Item, was.Lead, wrap(was.Helping), was.DueOn, since, s.ReportDay, said); err != nil {
			return err
		}
	}
	if err := s.Tx.Put(ctx, writeStanding, string(w.now.State), w.now.Item, w.now.Lead, wrap(w.now.Helping), w.now.DueOn, s.ReportDay, s.Act.Index, s.Act.County, p.Key); err != nil {
		return err
	}
	if err := w.cleared(ctx, was); err != nil {
		return err
	}
	w.countStanding(was)
	if measure := events[w.kind]; measure != "" && (measure != MeasureAccepted || p.AcceptedOn == "") { // accepted counts once: ever accepted
		of := w.now
		if w.kind == KindDecline { // declined by the one that led
			of = was
		}
		count(s, p.Area, measure, of.Item, of.Lead, of.Helping, clock.Day(s.Act.ReceivedAt), 1)
		if err := record(ctx, s, measure, p, of.Lead, w.text("reason")); err != nil {
			return err
		}
	}
	p.State, p.Item, p.Lead, p.Helping, p.DueOn = w.now.State, w.now.Item, w.now.Lead, w.now.Helping, w.now.DueOn
	if p.Household != 0 && was.State.Open() != w.now.State.Open() {
		by := int64(1)
		if was.State.Open() {
			by = -1
		}
		return w.room.Changed(ctx, s, p.Household, by)
	}
	return nil
}

// countStanding moves the problem in the counts of how many stand where, and, when its item or its units changed, in those of what was found.
func (w *work) countStanding(was Standing) {
	s, p, now := w.step, w.p, w.now
	moved := was.Item != now.Item || was.Lead != now.Lead || !slices.Equal(was.Helping, now.Helping)
	if was.State != now.State || moved {
		if was.State != Found {
			count(s, p.Area, At(was.State), was.Item, was.Lead, was.Helping, carriedDay, -1)
		}
		if now.State != Found {
			count(s, p.Area, At(now.State), now.Item, now.Lead, now.Helping, carriedDay, 1)
		}
	}
	if !moved {
		return
	}
	for _, measure := range p.counted() {
		count(s, p.Area, measure, was.Item, was.Lead, was.Helping, carriedDay, -1)
		count(s, p.Area, measure, now.Item, now.Lead, now.Helping, carriedDay, 1)
	}
}

// counted are the measures in which the problem counts once and for good.
func (p *Problem) counted() []string {
	out := []string{MeasureFound}
	if p.AcceptedOn != "" {
		out = append(out, MeasureAccepted)
	}
	if p.VoidedOn != "" {
		out = append(out, MeasureVoided)
	}
	return out
}

// wrongState says how the problem stands and whose act brought it there.
func (w *work) wrongState(ctx context.Context) error {
	who := w.last(ctx)
	if who != "" {
		who = "（" + who + "）"
	}
	return errs.Newf(errs.Conflict, errWrongState.Code, "问题 %s 目前是“%s”%s，不能再做这个操作；请刷新后查看最新情况。", w.p.Number, w.p.State.Name(), who)
}

// changed says that the problem is not any more what a signer saw, and whose act it was.
func (w *work) changed(ctx context.Context) error {
	who := w.last(ctx)
	if who == "" {
		return ErrSeen
	}
	return errs.Newf(errs.Conflict, ErrSeen.Code, "问题 %s 刚由 %s 办理过，和您签认时看到的不一致；请刷新核对后再签认。", w.p.Number, who)
}

// last names who brought the problem to where it stands, "" when nobody did since it was found.
func (w *work) last(ctx context.Context) string {
	if w.p.StandingIdx == 0 {
		return ""
	}
	a, err := act.ByIndex(ctx, w.step.Tx, w.step.Act.County, w.p.StandingIdx)
	if err != nil {
		return ""
	}
	actor, err := duty.Known(ctx, w.step.Tx, w.step.Act.County, a.Post)
	if err != nil || actor.Name == "" || actor.Title == "" {
		return actor.Name
	}
	return actor.Name + "，" + actor.Title
}

// text is what the person said under a key, trimmed; what he committed to is opened.
func (w *work) text(key string) string {
	v := w.raw(key)
	if slices.Contains(w.step.Act.Sealed, v) {
		v, _ = w.step.Opened(v)
	}
	return strings.TrimSpace(v)
}

func (w *work) raw(key string) string {
	v, _ := w.answers[key].(string)
	return v
}

func (w *work) texts(key string) []string {
	vs, _ := w.answers[key].([]any)
	out := make([]string, 0, len(vs))
	for _, v := range vs {
		if t, ok := v.(string); ok && t != "" {
			out = append(out, t)
		}
	}
	return out
}

// Outlook is what may become of a problem as it stands, read once for all that a page tells of it.
type Outlook struct {
	Signed []Signed // after it was found, those that are void among them
	Asks   []Ask    // for time

	problem *Problem
	terms   Terms
	c       Case
	asked   bool // for time, and nobody answered yet
}

// OutlookOf reads it.
func OutlookOf(ctx context.Context, r database.Reader, county string, p *Problem, pk *pack.Pack) (o Outlook, err error) {
	o.problem, o.terms = p, TermsOf(pk)
	if o.c, o.Signed, err = caseOf(ctx, r, county, p, pk); err != nil {
		return o, err
	}
	o.Asks, err = Asks(ctx, r, county, p.Key)
	o.asked = slices.ContainsFunc(o.Asks, Ask.waits)
	return o, err
}

// Allowed returns the kinds of act that an actor may do, sorted: what the desk offers, and what the server will accept if nobody comes before.
func (o Outlook) Allowed(by duty.Actor) []string {
	out := []string{}
	for kind, may := range rights {
		if idle(kind, o.asked, o.problem.PausedOn != "") || !by.Scope(may).Covers(o.problem.Area) {
			continue
		}
		if o.problem.allows(o.terms, o.c, kind, ByOf(by, o.problem)) {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}

// Turn returns the kinds of unit that the problem waits for; none when it waits for its lead unit, or for nobody.
func (o Outlook) Turn() []string { return o.terms.Turn(o.c) }

// allows asks the machine, or, of an act that leaves the state alone, the check that the act itself makes.
func (p *Problem) allows(t Terms, c Case, kind string, by By) bool {
	switch kind {
	case KindSource:
		return p.takesSource()
	case KindJoinCluster:
		return p.State.Open() && p.Cluster == ""
	case KindLeaveCluster:
		return p.Cluster != ""
	}
	_, err := t.After(c, kind, by)
	return err == nil
}
