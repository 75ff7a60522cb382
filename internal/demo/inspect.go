package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/inspection"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
	"gonggu/internal/seal"
	"gonggu/internal/synth"
)

// batchSize is how many sheets reach the server together.
const batchSize = 50

// formID is the pack's sheet for households.
const formID = "household"

// inspect plays the visits in the order in which they reach the server, day after day.
func (p *player) inspect(ctx context.Context, first string) error {
	last := min(p.o.Through, p.lastOfPhase(first))
	if last < first && !p.o.Life {
		return nil
	}
	visits, err := p.synth.Plan(first, last)
	if err != nil {
		return err
	}
	_, loaded, err := p.county.Book.Current(ctx, p.county.DB)
	if err != nil {
		return err
	}
	keys, err := p.county.Store.KeysByNumber(ctx, p.county.DB)
	if err != nil {
		return err
	}
	end := at(p.o.Through, standing)
	w := &walk{player: p, loaded: loaded, keys: keys, first: first, day: first, total: p.o.Households, written: map[string]bool{}}
	p.state.Loop, p.said, p.drawn = &Loop{}, map[string]bool{}, map[string]int{}
	p.breakMains()
	if err := w.live(ctx); err != nil {
		return err
	}
	for v := range visits {
		if v.ArrivedAt > end {
			continue
		}
		if err := w.visit(ctx, v); err != nil {
			return err
		}
	}
	if err := w.send(ctx); err != nil {
		return err
	}
	return w.until(ctx, end)
}

// lastOfPhase returns the last day of the phase in which inspections are made.
func (p *player) lastOfPhase(first string) string {
	for _, ph := range p.pack.Head.Phases {
		if ph.From == first {
			return ph.To
		}
	}
	return first
}

// walk is the round from door to door.
type walk struct {
	*player
	loaded  *campaign.Loaded
	keys    map[string]int64
	first   string
	day     string // whose evening has not come yet
	life    *living
	stage   *rectifying
	double  []string        // letters about two matters that are one problem yet
	written map[string]bool // problems that somebody has written about too
	sent    int             // acts beside the sheets
	batch   []pending
	at      int64
	total   int
	as      func() duty.Post // who signs, when it is not the visit's own inspector
}

type pending struct {
	person string
	sub    act.Submission
}

// hour is a moment of a day at which something happens by itself.
type hour struct {
	at int64
	do func(context.Context) error
}

// hours are those of the day whose evening has not come yet.
func (w *walk) hours() []hour {
	day := func(hhmm string) int64 { return at(w.day, hhmm) }
	list := []hour{{day("08:30"), w.office}, {day("08:50"), w.consolidate}}
	if w.life != nil {
		list = append(list, hour{day("12:20"), func(ctx context.Context) error { return w.life.noon(ctx, w.day) }})
	}
	if w.stage == nil {
		list = append(list, hour{day("15:00"), w.others})
	} else {
		r := w.stage
		list = []hour{{day("08:30"), w.office}, {day("08:40"), w.county.Tick}, {day("08:50"), w.consolidate}, {day("09:00"), r.morning}, {day("10:30"), r.forenoon}, {day("11:30"), r.asks}}
		if w.life != nil {
			list = append(list, hour{day("12:20"), func(ctx context.Context) error { return w.life.noon(ctx, w.day) }})
		}
		list = append(list, hour{day("14:30"), r.afternoon}, hour{day("15:00"), w.others}, hour{day("16:00"), r.checks}, hour{day("17:00"), r.evening})
	}
	return append(list, hour{day(w.pack.Head.CutOff) + 60_000, w.county.Tick})
}

// until lets the product's own hours pass: the office's morning, what the stage of rectification does, the cut-off.
func (w *walk) until(ctx context.Context, now int64) error {
	for {
		if at(w.day, "00:00") <= now {
			if err := w.begin(ctx); err != nil {
				return err
			}
		}
		for _, h := range w.hours() {
			if w.clock.Now() >= h.at {
				continue
			}
			if h.at > now {
				return nil
			}
			if err := w.send(ctx); err != nil {
				return err
			}
			w.clock.Set(h.at)
			if err := h.do(ctx); err != nil {
				return err
			}
		}
		w.day = clock.AddDays(w.day, 1)
	}
}

func (w *walk) visit(ctx context.Context, v synth.Visit) error {
	if err := w.until(ctx, v.ArrivedAt); err != nil {
		return err
	}
	key, ok := w.keys[v.Number]
	if !ok {
		return nil // its row was rejected by the import
	}
	sub, person, err := w.sheet(ctx, v, key)
	if err != nil {
		return fmt.Errorf("household %s: %w", v.Number, err)
	}
	if sub.Act == nil {
		return nil // it left the register before its inspector came
	}
	w.batch = append(w.batch, pending{person, sub})
	w.at = max(w.at, v.ArrivedAt)
	if len(w.batch) >= batchSize {
		return w.send(ctx)
	}
	return nil
}

// send submits what has gathered, each sheet by its own inspector, at the last one's arrival.
func (w *walk) send(ctx context.Context) error {
	if len(w.batch) == 0 {
		return nil
	}
	w.clock.Set(max(w.at, w.clock.Now()))
	answers, err := w.county.Lane.SubmitMany(ctx, func(i int) (string, act.Submission) { return w.batch[i].person, w.batch[i].sub }, len(w.batch))
	if err != nil {
		return err
	}
	for _, a := range answers {
		if a.Outcome != act.Accepted {
			return fmt.Errorf("sheet %s: %s %s", a.ID, a.Outcome, a.Reason)
		}
		w.state.Sheets++
		made, _ := a.Made["problems"].([]any)
		w.state.Problems += len(made)
	}
	w.batch = w.batch[:0]
	w.o.Progress("入户排查 "+clock.Day(w.clock.Now()), w.state.Sheets, w.total)
	return nil
}

// sheet fills in what the inspector finds at the door.
func (w *walk) sheet(ctx context.Context, v synth.Visit, key int64) (act.Submission, string, error) {
	h, err := w.county.Store.Load(ctx, w.county.DB, key)
	if err != nil {
		return act.Submission{}, "", err
	}
	if h.State != roster.Active {
		return act.Submission{}, "", nil
	}
	prefilled, err := w.county.Inspection.Prefilled(w.loaded.Pack, formID, h)
	if err != nil {
		return act.Submission{}, "", err
	}
	id := w.nextID()
	f := &filling{walk: w, act: id, household: h, truth: w.synth.Truth(w.synth.Household(v.Village, v.Ordinal)), sens: roster.SensitiveOf(w.loaded.Pack)}
	answers, err := f.answers(ctx, v.Day)
	if err != nil {
		return act.Submission{}, "", err
	}
	seen, err := act.Seen(w.loaded.Pack.Digest(), formID, h.ID, h.Rev, prefilled, answers)
	if err != nil {
		return act.Submission{}, "", err
	}
	post := w.people[fmt.Sprintf("%s/%d", v.Village, v.Inspector)]
	switch at := duty.VillageOf(h.Area); {
	case w.as != nil:
		post = w.as()
	case at != v.Village: // it has moved: whoever inspects there comes
		post = w.people[at+"/1"]
	}
	strokes := []any{}
	for _, s := range synth.Strokes(post.Name, w.o.Seed) {
		line := make([]any, len(s))
		for i, n := range s {
			line[i] = int64(n)
		}
		strokes = append(strokes, line)
	}
	a := &act.Act{ID: id, County: w.county.Code, Kind: inspection.KindSheet, Subject: h.ID, Actor: post.Person, Post: post.ID, Pack: w.loaded.Pack.Digest(), Seen: seen,
		DeviceAt: v.DeviceAt, DeviceMono: v.SignedAt % 100_000_000, Sealed: f.sealed,
		Body: canon.Object{"form": formID, "rev": h.Rev, "prefilled": prefilled, "answers": answers, "unchanged": f.changed == 0, "done_on": v.Day, "supersedes": "",
			"signature": canon.Object{"of": seen, "strokes": strokes}}}
	return act.Submission{Act: a, Open: f.open}, post.Person, nil
}

// filling is one sheet being filled in.
type filling struct {
	*walk
	act       string
	household *roster.Household
	truth     *synth.Truth
	sens      roster.Sensitive
	sealed    []string
	open      []act.Opening
	changed   int
}

func (f *filling) answers(ctx context.Context, day string) (canon.Object, error) {
	people, facts := f.household.Present()
	h, members := assess.Facts{}, make([]assess.Facts, len(people))
	byNumber := map[string]*synth.MemberTruth{}
	for i := range f.truth.Members {
		byNumber[f.truth.Members[i].Person] = &f.truth.Members[i]
	}
	for i := range people {
		members[i] = assess.Facts{}
	}
	form := f.form()
	for _, s := range form.Sections {
		for _, q := range s.Questions {
			code := q.Fact
			if code == "" {
				code = q.ID
			}
			if s.Of != "member" {
				if x, ok := f.found(code); ok && differs(f.household.Facts[code], x) {
					h[code] = x
				}
				continue
			}
			for i, person := range people {
				if t := byNumber[person.Number]; t != nil {
					if x, ok := t.Fact(code); ok && differs(facts[i][code], x) {
						members[i][code] = x
					}
				}
			}
		}
	}
	h, members = f.asked(day, facts, h, members)
	verdicts := f.verdicts(day, people, facts, h, members)
	out := canon.Object{"h": f.seal("h", f.household.ID, h), "doubts": verdicts, "problems": []any{}}
	rows := []any{}
	for i, person := range people {
		row := f.seal("m", person.ID, members[i])
		if len(row) > 0 {
			row["id"] = person.ID
			rows = append(rows, row)
		}
	}
	out["m"] = rows
	return out, ctx.Err()
}

// found is the truth at the door: the household's own, and what a broken main does to it.
func (f *filling) found(code string) (any, bool) {
	if code == mainFact && f.dry(f.household.Area, f.household.ID) {
		return true, true
	}
	return f.truth.Fact(code)
}

func (f *filling) form() *pack.Form {
	for i := range f.loaded.Pack.Forms {
		if f.loaded.Pack.Forms[i].ID == formID {
			return &f.loaded.Pack.Forms[i]
		}
	}
	return &pack.Form{}
}

// asked keeps the answers to questions that the form really asks this household, and corrections of
// what is known.
func (f *filling) asked(day string, facts []assess.Facts, h assess.Facts, members []assess.Facts) (assess.Facts, []assess.Facts) {
	form := f.form()
	codeOf := map[string]string{}
	for _, s := range form.Sections {
		for _, q := range s.Questions {
			codeOf[s.ID+"/"+q.ID] = q.ID
			if q.Fact != "" {
				codeOf[s.ID+"/"+q.ID] = q.Fact
			}
		}
	}
	keepH, keepM := assess.Facts{}, make([]assess.Facts, len(members))
	for i := range keepM {
		keepM[i] = assess.Facts{}
	}
	for _, q := range f.loaded.Engine.Asked(formID, day, assess.Sheet{H: f.household.Facts, Members: facts, Answers: h, MembersAnswers: members}) {
		code := codeOf[q.Section+"/"+q.Question]
		if q.Member < 0 {
			if x, ok := h[code]; ok {
				keepH[code] = x
			}
		} else if x, ok := members[q.Member][code]; ok {
			keepM[q.Member][code] = x
		}
	}
	for code, x := range h {
		if _, known := f.household.Facts[code]; known {
			keepH[code] = x
		}
	}
	for i := range members {
		for code, x := range members[i] {
			if _, known := facts[i][code]; known {
				keepM[i][code] = x
			}
		}
	}
	return keepH, keepM
}

func differs(was, now any) bool {
	a, ok1 := was.([]string)
	b, ok2 := now.([]string)
	if ok1 && ok2 {
		return fmt.Sprint(a) != fmt.Sprint(b)
	}
	return ok1 != ok2 || was != now
}

// verdicts says of every doubt that still stands whether it is true.
func (f *filling) verdicts(day string, people []roster.Person, facts []assess.Facts, h assess.Facts, members []assess.Facts) []any {
	all := over(f.household.Facts, h)
	rows := make([]assess.Facts, len(facts))
	for i := range facts {
		rows[i] = over(facts[i], members[i])
	}
	out := []any{}
	for _, d := range f.loaded.Engine.Brief(day, all, rows, nil).Doubts {
		id, number := "", ""
		if d.Member >= 0 {
			id, number = people[d.Member].ID, people[d.Member].Number
		}
		said := inspection.Refuted
		confirmed, reason := f.truth.Verdict(d.Rule, number)
		if confirmed {
			said, reason = inspection.Confirmed, "入户核实属实"
		}
		out = append(out, canon.Object{"rule": d.Rule, "member": id, "verdict": said, "reason": reason})
	}
	return out
}

func over(a, b assess.Facts) assess.Facts {
	out := make(assess.Facts, len(a)+len(b))
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}

// seal replaces sensitive answers by their commitments; the salts come from the seed.
func (f *filling) seal(root, row string, given assess.Facts) canon.Object {
	out := canon.Object{}
	for _, code := range slices.Sorted(maps.Keys(given)) { // the order of the commitments is part of the act
		x := given[code]
		f.changed++
		if f.sens.Group(root, code) == "" {
			out[code] = x
			continue
		}
		text, err := canon.Marshal(x)
		if err != nil {
			continue // facts of the form are always values of the profile
		}
		salt := sha256.Sum256([]byte(fmt.Sprintf("demo/%d/%s/%s/%s", f.o.Seed, f.act, row, code)))
		hash := seal.Commit(salt[:], string(text))
		out[code] = canon.Object{"~": hash}
		f.sealed = append(f.sealed, hash)
		f.open = append(f.open, act.Opening{Hash: hash, Salt: hex.EncodeToString(salt[:]), Value: string(text)})
	}
	return out
}

// office is the county office's morning: it accepts what came in by the last cut-off and voids what is doubled.
func (w *walk) office(ctx context.Context) error {
	post := w.people["office"]
	yesterday := clock.AddDays(w.day, -1)
	list, _, err := problem.List(ctx, w.county.DB, w.county.Code, duty.Everything(w.county.Code), problem.Filter{State: string(problem.Found), AsOf: yesterday, Limit: 5000})
	if err != nil {
		return err
	}
	n := len(list)
	subs := make([]act.Submission, 0, n)
	for _, p := range list {
		kind, body := problem.KindAccept, canon.Object{}
		switch draw := p.Key % 17; {
		case draw < 4 && (w.stage == nil || w.day == w.o.Through):
			continue // still on the desk
		case draw == 4 && p.AcceptedOn == "" && p.Cluster == "" && p.Origin != problem.OriginOutside:
			kind, body = problem.KindVoid, canon.Object{"reason": "经核实不属于本次排查整改范围"}
			w.state.Voided++
		default:
			w.state.Accepted++
		}
		subs = append(subs, act.Submission{Act: &act.Act{ID: ident.Derive(p.ID, fmt.Sprint(kind, "/", p.Rev)), County: w.county.Code, Kind: kind, Subject: p.ID, Actor: post.Person, Post: post.ID,
			Pack: w.loaded.Pack.Digest(), DeviceAt: w.clock.Now(), Body: body}})
	}
	answers, err := w.county.Lane.Submit(ctx, post.Person, subs...)
	if err != nil {
		return err
	}
	for _, a := range answers {
		if a.Outcome == act.Refused {
			return fmt.Errorf("office: %s", a.Reason)
		}
	}
	return nil
}
