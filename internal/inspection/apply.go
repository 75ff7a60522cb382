package inspection

import (
	"context"
	"maps"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
)

// clockTolerance is how far a device's clock may run ahead of the server's before it is doubted.
const clockTolerance = 10 * 60 * 1000

// clearBy is the day in the pack by which every problem must be cleared.
const clearBy = "clear_by"

// apply enters a sheet: facts, coverage, doubts and problems, in one act.
func (m Room) apply(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.SubmitInspection)
	if err != nil {
		return err
	}
	p, ok := s.Prepared.(*prepared)
	if !ok {
		return ErrBody
	}
	camp, err := act.Remember(s, "campaign", func() (*campaign.Campaign, error) { return m.Book.InForce(ctx, s.Tx) })
	if err != nil {
		return err
	}
	if !camp.Same(p.campaign) { // amended since the sheet was prepared
		again, err := m.prepare(ctx, s.Tx, s.Act, opened(s), nil)
		if err != nil {
			return err
		}
		p = again.(*prepared)
	}
	h, err := m.Roster.Fresh(ctx, s, p.household)
	fresh := h != nil
	if err == nil && !fresh {
		h, err = m.Roster.Load(ctx, s.Tx, p.household.Key)
	}
	if err != nil {
		return err
	}
	if err := covers(by, duty.SubmitInspection, h.Area); err != nil {
		return err
	}
	if h.State != roster.Active {
		return errs.New(errs.Conflict, "sheet.household_gone", "这一户已不在册，排查表已保留、未入账；请乡镇核实后处理。")
	}
	doneOn, clockDoubt := doneDay(s, p)
	if h.Rev != p.household.Rev { // somebody was there in between: look again, at what is known now
		if p.visited, err = m.visit(p, h, s.Act, opened(s)); err != nil {
			return err
		}
	}
	if err := m.checkVerdicts(p); err != nil {
		return err
	}
	w := &writing{room: m, step: s, prepared: p, household: h, doneOn: doneOn, foreseen: fresh && doneOn == p.body.doneOn}
	return w.all(ctx, clockDoubt)
}

// opened gives back the openings that prepare had; the step holds them. (Their salts are not needed to read them.)
func opened(s *act.Step) map[string]act.Opening {
	out := map[string]act.Opening{}
	for _, hash := range s.Act.Sealed {
		if v, ok := s.Opened(hash); ok {
			out[hash] = act.Opening{Hash: hash, Value: v}
		}
	}
	return out
}

// doneDay is the day on which the household was visited. A day that cannot be is not refused
// (design contract 6): it is marked, and the day of receipt stands for it.
func doneDay(s *act.Step, p *prepared) (day string, doubt bool) {
	received := clock.Day(s.Act.ReceivedAt)
	ahead := s.Act.DeviceAt > s.Act.ReceivedAt+clockTolerance
	if !clock.ValidDay(p.body.doneOn) || p.body.doneOn > received || p.body.doneOn < p.campaign.FirstOn() || ahead {
		return received, true
	}
	return p.body.doneOn, false
}

// writing is a sheet being entered, after every check.
type writing struct {
	room        Room
	step        *act.Step
	prepared    *prepared
	household   *roster.Household
	doneOn      string
	foreseen    bool  // what the household learned before the lane holds
	superseding int64 // the sheet that counted so far, 0 before the first
	ordinal     int   // of rows made by this act
	problems    []any
	ledger      []problem.Problem // the household's before this act, read when something is found
	read        bool
}

// known returns the household's problems before this act, those that were closed among them: what is found again comes back.
func (w *writing) known(ctx context.Context) ([]problem.Problem, error) {
	if w.read {
		return w.ledger, nil
	}
	var err error
	w.ledger, err = problem.OfHousehold(ctx, w.step.Tx, w.step.Act.County, w.household.Key)
	w.read = err == nil
	return w.ledger, err
}

func (w *writing) all(ctx context.Context, clockDoubt bool) error {
	h, v, s := w.household, w.prepared.visited, w.step
	was := h.Counted()
	var open []Doubt
	var err error
	if h.Doubts > 0 {
		if open, err = openDoubts(ctx, s.Tx, s.Act.County, h.Key); err != nil {
			return err
		}
	}
	if w.foreseen {
		h.Adopt(w.prepared.learned)
	} else {
		learn(h, v, roster.Source{Of: "sheet:" + s.Act.ID, On: w.doneOn})
	}
	first := h.InspectedOn == ""
	h.Rev++
	w.superseding, h.Sheet = h.Sheet, s.Act.Index
	if first {
		h.InspectedOn = w.doneOn
	}
	if err := w.insertSheet(ctx, first, clockDoubt); err != nil {
		return err
	}
	if err := w.doubts(ctx, open); err != nil {
		return err
	}
	if err := w.findings(ctx); err != nil {
		return err
	}
	s.Serial = max(s.Serial, w.ordinal) // Save may ask the group rules, whose doubts are numbered after ours
	if err := w.room.Roster.Save(ctx, s, w.prepared.sensitive, h, was, w.doneOn); err != nil {
		return err
	}
	village := duty.VillageOf(h.Area)
	s.Tally(village, MeasureSheets, "", w.doneOn, 1)
	if v.changed == 0 {
		s.Tally(village, MeasureUnchanged, "", w.doneOn, 1)
	}
	s.Made = canon.Object{"problems": w.problems}
	if w.problems == nil {
		s.Made["problems"] = []any{}
	}
	return nil
}

// learn takes the sheet's facts over into the register, each with its source and day.
func learn(h *roster.Household, v *visited, src roster.Source) {
	take := func(facts, now assess.Facts, sources map[string]roster.Source) map[string]roster.Source {
		own := false
		mine := func() map[string]roster.Source {
			if !own {
				if sources, own = maps.Clone(sources), true; sources == nil {
					sources = map[string]roster.Source{}
				}
			}
			return sources
		}
		for code, x := range now {
			if was, ok := facts[code]; !ok || !same(was, x) {
				mine()[code] = src
			}
		}
		for code := range facts {
			if _, ok := now[code]; !ok {
				delete(mine(), code)
			}
		}
		return sources
	}
	h.Sources = take(h.Facts, v.facts, h.Sources)
	h.Facts = v.facts
	for i := range v.members {
		var before assess.Facts
		if i < len(h.Members) {
			before = h.Members[i].Facts
		}
		v.members[i].Sources = take(before, v.members[i].Facts, v.members[i].Sources)
	}
	h.Members = v.members
	h.Classes = v.outcome.Classes
}

func (w *writing) insertSheet(ctx context.Context, first, clockDoubt bool) error {
	s, h := w.step, w.household
	inspector, _ := s.Act.OnBehalf["inspector"].(string)
	if inspector == "" {
		inspector = s.Act.Post
	}
	flag := func(b bool) int64 {
		if b {
			return 1
		}
		return 0
	}
	if w.superseding != 0 {
		if err := s.Tx.Put(ctx, supersedeSheets, s.Act.Index, s.Act.County, h.Key); err != nil {
			return err
		}
	}
	err := s.Tx.Put(ctx, insertSheet, s.Act.County, s.Act.Index, s.Act.ID, h.Key, h.Area, w.prepared.body.form, s.Act.Pack, s.Act.Actor, s.Act.Post, inspector,
		w.doneOn, s.ReportDay, s.Act.ReceivedAt, flag(clockDoubt), flag(w.prepared.body.rev != h.Rev-1),
		flag(w.prepared.visited.changed == 0), w.prepared.body.supersedes, flag(first))
	return err
}

// verdict is what the inspector said of a doubt.
type verdict struct {
	confirmed bool
	reason    string
}

func key(rule, member string) string { return rule + "/" + member }

func (p *prepared) verdicts() map[string]verdict {
	out := map[string]verdict{}
	list, _ := p.body.answers["doubts"].([]any)
	for _, x := range list {
		o, _ := x.(canon.Object)
		rule, _ := o["rule"].(string)
		member, _ := o["member"].(string)
		said, _ := o["verdict"].(string)
		reason, _ := o["reason"].(string)
		if said == "confirmed" || said == "refuted" {
			out[key(rule, member)] = verdict{said == "confirmed", strings.TrimSpace(reason)}
		}
	}
	return out
}

func (m Room) checkVerdicts(p *prepared) error {
	for _, v := range p.verdicts() {
		if !v.confirmed && len([]rune(v.reason)) < 2 {
			return errs.New(errs.Invalid, "doubt.reason", "核实为“不属实”的疑点要写明理由，再提交。")
		}
	}
	list, _ := p.body.answers["problems"].([]any)
	for _, x := range list {
		o, _ := x.(canon.Object)
		item, _ := o["item"].(string)
		text, _ := o["text"].(string)
		if n := len([]rune(strings.TrimSpace(text))); !hasItem(p, item) || n < 4 || n > 500 {
			return errs.New(errs.Invalid, "sheet.problem", "现场发现的问题要选择所属事项，并写清情况（4 到 500 个字）。")
		}
	}
	return nil
}

func hasItem(p *prepared, code string) bool {
	for _, i := range p.loaded.Pack.Items {
		if i.Code == code {
			return true
		}
	}
	return false
}

// memberID returns the id of the person that a raised rule is about, "" for the household.
func (w *writing) memberID(index int) string {
	if index < 0 {
		return ""
	}
	people, _ := w.household.Present()
	if index >= len(people) {
		return ""
	}
	return people[index].ID
}

// doubts closes what is settled or gone, and opens what the rules newly raise.
func (w *writing) doubts(ctx context.Context, open []Doubt) error {
	out, said := w.prepared.visited.outcome, w.prepared.verdicts()
	raised := map[string]assess.Raised{}
	found := map[string]bool{}
	for _, r := range out.Doubts {
		raised[key(r.Rule, w.memberID(r.Member))] = r
	}
	for _, r := range out.Problems {
		found[key(r.Rule, w.memberID(r.Member))] = true
	}
	for _, d := range open {
		k := key(d.Rule, d.Member)
		r, still := raised[k]
		delete(raised, k)
		switch v, judged := said[k]; {
		case found[k]: // the finding on the sheet confirms it
			if err := w.close(ctx, d, Confirmed, ""); err != nil {
				return err
			}
		case judged && v.confirmed && still:
			if err := w.close(ctx, d, Confirmed, v.reason); err != nil {
				return err
			}
			if err := w.raise(ctx, r, "doubt", d.ID); err != nil {
				return err
			}
		case judged && v.confirmed: // confirmed on the spot though the data alone no longer shows it
			if err := w.close(ctx, d, Confirmed, v.reason); err != nil {
				return err
			}
			if err := w.raiseDoubt(ctx, d); err != nil {
				return err
			}
		case judged:
			if err := w.close(ctx, d, Refuted, v.reason); err != nil {
				return err
			}
		case !still && !w.outsideRules(d.Rule):
			if err := w.close(ctx, d, Gone, ""); err != nil {
				return err
			}
		}
	}
	refutedBefore := map[string]bool{}
	if len(raised) > 0 {
		var err error
		if refutedBefore, err = refuted(ctx, w.step.Tx, w.step.Act.County, w.household.Key); err != nil {
			return err
		}
	}
	for _, r := range out.Doubts { // in the pack's order, so that keys are the same on every machine
		k := key(r.Rule, w.memberID(r.Member))
		if _, fresh := raised[k]; !fresh {
			continue
		}
		v, judged := said[k]
		if refutedBefore[k+"\x00"+r.Say] && !judged {
			continue // the same sentence was refuted at the door before; it is not asked again
		}
		d, err := w.openDoubt(ctx, r)
		if err != nil {
			return err
		}
		switch {
		case judged && v.confirmed:
			if err := w.close(ctx, d, Confirmed, v.reason); err != nil {
				return err
			}
			if err := w.raise(ctx, r, "doubt", d.ID); err != nil {
				return err
			}
		case judged:
			if err := w.close(ctx, d, Refuted, v.reason); err != nil {
				return err
			}
		}
	}
	for _, code := range w.prepared.visited.clashes {
		if _, err := w.openClash(ctx, code); err != nil {
			return err
		}
	}
	return nil
}

// outsideRules reports whether a doubt is not one that looking at one household can lift.
func (w *writing) outsideRules(rule string) bool {
	for _, r := range w.prepared.loaded.Pack.Rules {
		if r.ID == rule {
			return r.Kind != "each"
		}
	}
	return true
}

// findings turns what the rules find on the signed sheet, and what the inspector adds, into problems.
func (w *writing) findings(ctx context.Context) error {
	for _, r := range w.prepared.visited.outcome.Problems {
		if err := w.raise(ctx, r, "sheet", ""); err != nil {
			return err
		}
	}
	list, _ := w.prepared.body.answers["problems"].([]any)
	for _, x := range list {
		o, _ := x.(canon.Object)
		item, _ := o["item"].(string)
		text, _ := o["text"].(string)
		r := assess.Raised{Item: item, Say: strings.TrimSpace(text), Member: -1}
		if err := w.raise(ctx, r, "manual", ""); err != nil {
			return err
		}
	}
	return nil
}

// raise enters a problem unless the same one is still open; one that was closed is reopened. What an inspector adds in his own words is always new.
func (w *writing) raise(ctx context.Context, r assess.Raised, origin, doubt string) error {
	member := w.memberID(r.Member)
	var ledger []problem.Problem
	if r.Rule != "" {
		var err error
		if ledger, err = w.known(ctx); err != nil {
			return err
		}
	}
	for i := range ledger {
		if p := &ledger[i]; p.Rule == r.Rule && p.Member == member {
			if stands, err := problem.Stands(ctx, w.step.Tx, w.step.Act.County, p); err != nil || stands {
				return err
			}
		}
	}
	if i := slices.IndexFunc(ledger, func(p problem.Problem) bool {
		return p.Rule == r.Rule && p.Member == member && p.State == problem.Closed
	}); i >= 0 {
		if err := w.room.Problems.Relapse(ctx, w.step, &ledger[i]); err != nil {
			return err
		}
		w.household.Problems++
		w.problems = append(w.problems, canon.Object{"id": ledger[i].ID, "number": ledger[i].Number, "item": ledger[i].Item, "say": r.Say})
		return nil
	}
	f, err := w.finding(ctx, r, member, origin, doubt)
	if err != nil {
		return err
	}
	number, err := problem.Raise(ctx, w.step, f, w.ordinal)
	if err != nil {
		return err
	}
	w.ordinal++
	w.household.Problems++
	w.problems = append(w.problems, canon.Object{"id": f.ID, "number": number, "item": f.Item, "say": r.Say})
	return nil
}

func (w *writing) finding(ctx context.Context, r assess.Raised, member, origin, doubt string) (problem.Finding, error) {
	s, h := w.step, w.household
	name := r.Rule
	if name == "" {
		name = "manual/" + r.Item + "/" + r.Say
	}
	f := problem.Finding{ID: ident.Derive(s.Act.ID, "problem/"+name+"/"+member), Rule: r.Rule, Item: r.Item, Clauses: r.Clauses, Household: h.Key, Subject: h.ID, Member: member,
		Area: h.Area, Say: r.Say, Sensitive: r.Sensitive, Origin: origin, Sheet: s.Act.ID, Doubt: doubt, Helping: r.Helping, Days: int64(r.Days), DoneOn: w.doneOn, Classes: w.room.Roster.ClassKeys(h.Classes)}
	for _, i := range w.prepared.loaded.Pack.Items {
		if i.Code == r.Item {
			f.Block = i.Block
			if len(r.Lead) == 0 {
				r.Lead = i.Lead
			}
			if len(f.Clauses) == 0 {
				f.Clauses = i.Clauses
			}
		}
	}
	if len(r.Lead) > 0 {
		f.Lead, f.Helping = r.Lead[0], append(append([]string{}, r.Lead[1:]...), r.Helping...)
	}
	if d, ok := w.prepared.campaign.Day(clearBy); ok {
		f.ClearOn = d.On
	}
	for _, ph := range w.prepared.campaign.Phases {
		// Its stage end is the end of the first stage that ends after it was found and is not the one it was found in.
		if ph.From > w.doneOn && f.StageOn == "" {
			f.StageOn = ph.To
		}
	}
	town, err := duty.AreaOf(ctx, s.Tx, s.Act.County, duty.TownshipOf(h.Area))
	if err != nil {
		return f, err
	}
	f.Town = town.Short
	if f.Sensitive != "" {
		f.Say, err = w.room.Roster.SealText("problem/"+f.ID, r.Say)
	}
	return f, err
}
