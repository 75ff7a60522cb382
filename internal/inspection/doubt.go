package inspection

import (
	"context"
	"database/sql"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
	"gonggu/internal/roster"
)

// States of a doubt. A doubt is never a problem; confirming one gives birth to a problem.
const (
	Open      = "open"
	Confirmed = "confirmed"
	Refuted   = "refuted"
	Gone      = "gone" // the data was put right
)

// ruleClash is the doubt that two sheets of one household contradict each other (design contract 14).
const ruleClash = "sheet.clash"

// doubtBase keeps the row keys of an act's doubts apart from those of its problems.
const doubtBase = 1 << 20

// Doubt is a question that a rule raised about a household or one of its members.
type Doubt struct {
	Key                  int64
	ID, Rule             string
	Household            int64
	Member, Area         string
	Say, Item, Sensitive string
	State                string
	OpenedOn, ClosedOn   string
	OpenedIdx, ClosedIdx int64
	Reason               string
	MovedOn              string // the report since which it lies in Area; "" is since it was opened
}

func scanDoubt(r *sql.Rows) (d Doubt, err error) {
	return d, r.Scan(&d.Key, &d.ID, &d.Rule, &d.Household, &d.Member, &d.Area, &d.Say, &d.Item, &d.Sensitive, &d.State, &d.OpenedOn, &d.OpenedIdx, &d.ClosedOn, &d.ClosedIdx, &d.Reason, &d.MovedOn)
}

func openDoubts(ctx context.Context, r database.Reader, county string, household int64) ([]Doubt, error) {
	rows, err := r.Query(ctx, doubtsOpen, county, household, Open)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scanDoubt)
}

// DoubtsOf returns all doubts of a household, oldest first.
func DoubtsOf(ctx context.Context, r database.Reader, county string, household int64) ([]Doubt, error) {
	rows, err := r.Query(ctx, doubtsOfHousehold, county, household)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scanDoubt)
}

// refuted returns the sentences that were refuted for this household before.
func refuted(ctx context.Context, r database.Reader, county string, household int64) (map[string]bool, error) {
	rows, err := r.Query(ctx, doubtsOpen, county, household, Refuted)
	if err != nil {
		return nil, err
	}
	list, err := database.Collect(rows, scanDoubt)
	out := make(map[string]bool, len(list))
	for _, d := range list {
		out[key(d.Rule, d.Member)+"\x00"+d.Say] = true
	}
	return out, err
}

// DoubtFilter narrows a list of doubts.
type DoubtFilter struct {
	Area, Rule, State, On string
	After                 int64
	Limit                 int
}

// ListDoubts returns a page of the doubts that a scope covers, newest first.
func ListDoubts(ctx context.Context, r database.Reader, county string, scope duty.Scope, f DoubtFilter) ([]Doubt, int64, error) {
	if f.Limit <= 0 || f.Limit > 5000 {
		f.Limit = 50
	}
	w := &database.Where{}
	w.And("county = ?", county)
	if f.State != "" {
		w.And("state = ?", f.State)
	}
	if f.On != "" {
		whereAt(w, county, scope, f.Area, f.On)
	} else {
		cond, args := scope.Narrow(f.Area).Where("area")
		w.And(cond, args...)
	}
	if f.Rule != "" {
		w.And("rule = ?", f.Rule)
	}
	if f.On != "" {
		w.And("opened_on = ?", f.On)
	}
	if f.After > 0 {
		w.And("key < ?", f.After)
	}
	q, all := w.SQL(listDoubts, "ORDER BY key DESC LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, q, all...)
	if err != nil {
		return nil, 0, err
	}
	list, err := database.Collect(rows, scanDoubt)
	if err != nil {
		return nil, 0, err
	}
	if len(list) > f.Limit {
		return list[:f.Limit], list[f.Limit-1].Key, nil
	}
	return list, 0, nil
}

// insert enters a doubt inside an act; ordinal counts the doubts of the act.
func (m Room) insert(ctx context.Context, s *act.Step, h *roster.Household, d Doubt, ordinal int, doneOn string) (Doubt, error) {
	d.Key, d.ID = ident.Key(s.Act.Index, doubtBase+ordinal), ident.Derive(s.Act.ID, "doubt/"+h.ID+"/"+key(d.Rule, d.Member)+"/"+d.Item)
	d.Household, d.Area, d.State, d.OpenedOn, d.OpenedIdx = h.Key, h.Area, Open, s.ReportDay, s.Act.Index
	if d.Sensitive != "" {
		var err error
		if d.Say, err = m.Roster.SealText("doubt/"+d.ID, d.Say); err != nil {
			return d, err
		}
	}
	if err := s.Tx.Put(ctx, insertDoubt, s.Act.County, d.Key, d.ID, d.Rule, d.Household, d.Member, d.Area, d.Say, d.Item, d.Sensitive, d.State, d.OpenedOn, d.OpenedIdx); err != nil {
		return d, err
	}
	s.Tally(duty.VillageOf(h.Area), MeasureOpened, "", doneOn, 1)
	h.Doubts++
	return d, nil
}

func (w *writing) openDoubt(ctx context.Context, r assess.Raised) (Doubt, error) {
	w.ordinal++
	return w.room.insert(ctx, w.step, w.household, Doubt{Rule: r.Rule, Member: w.memberID(r.Member), Say: r.Say, Item: r.Item, Sensitive: r.Sensitive}, w.ordinal, w.doneOn)
}

func (w *writing) openClash(ctx context.Context, code string) (Doubt, error) {
	name := code
	if f, ok := w.prepared.loaded.Pack.Fact("h", code); ok {
		name = f.Name
	} else if f, ok := w.prepared.loaded.Pack.Fact("m", code); ok {
		name = f.Name
	}
	w.ordinal++
	return w.room.insert(ctx, w.step, w.household, Doubt{Rule: ruleClash, Item: code, Say: "两次排查的“" + name + "”不一致，请乡镇核实以哪次为准。"}, w.ordinal, w.doneOn)
}

func (w *writing) close(ctx context.Context, d Doubt, state, reason string) error {
	return closeDoubt(ctx, w.step, w.household, d, state, reason, w.doneOn)
}

func closeDoubt(ctx context.Context, s *act.Step, h *roster.Household, d Doubt, state, reason, doneOn string) error {
	if err := s.Tx.Put(ctx, closeDoubtSQL, state, s.ReportDay, s.Act.Index, reason, s.Act.County, d.Key); err != nil {
		return err
	}
	measure := map[string]string{Confirmed: MeasureConfirmed, Refuted: MeasureRefuted, Gone: MeasureGone}[state]
	s.Tally(duty.VillageOf(d.Area), measure, "", doneOn, 1)
	h.Doubts--
	return nil
}

// raiseDoubt makes a problem of a doubt that was confirmed though no rule raises it now.
func (w *writing) raiseDoubt(ctx context.Context, d Doubt) error {
	say := d.Say
	if d.Sensitive != "" {
		var err error
		if say, err = w.room.Roster.OpenText("doubt/"+d.ID, d.Say); err != nil {
			return err
		}
	}
	return w.raise(ctx, raisedFrom(w.prepared.loaded.Pack, d, say, w.household), "doubt", d.ID)
}

func raisedFrom(p *pack.Pack, d Doubt, say string, h *roster.Household) assess.Raised {
	r := assess.Raised{Rule: d.Rule, Item: d.Item, Say: say, Sensitive: d.Sensitive, Member: -1}
	for _, x := range p.Rules {
		if x.ID == d.Rule {
			r.Clauses, r.Lead, r.Helping, r.Days = x.Clauses, x.Lead, x.Helping, x.Days
		}
	}
	people, _ := h.Present()
	for i := range people {
		if people[i].ID == d.Member {
			r.Member = i
		}
	}
	return r
}

// settle confirms or refutes a doubt from the desk. Confirming gives birth to a problem, signed by this act.
func (m Room) settle(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.SettleDoubt)
	if err != nil {
		return err
	}
	rows, err := s.Tx.Query(ctx, doubtByID, s.Act.County, s.Act.Subject)
	if err != nil {
		return err
	}
	list, err := database.Collect(rows, scanDoubt)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errs.New(errs.NotFound, "doubt.not_found", "没有找到这条疑点，或不在您的负责范围内。")
	}
	d := list[0]
	if err := covers(by, duty.SettleDoubt, d.Area); err != nil {
		return err
	}
	said, _ := s.Act.Body["verdict"].(string)
	reason, _ := s.Act.Body["reason"].(string)
	reason = strings.TrimSpace(reason)
	switch {
	case said != Confirmed && said != Refuted:
		return errs.New(errs.Invalid, "doubt.verdict", "请选择“属实”或“不属实”，再提交。")
	case len([]rune(reason)) < 2:
		return errs.New(errs.Invalid, "doubt.reason", "请写明核实情况，再提交。")
	case d.State != Open:
		return errs.New(errs.Conflict, "doubt.settled", "这条疑点已经核实过了；请刷新后查看最新情况。")
	}
	camp, loaded, err := m.Book.Current(ctx, s.Tx)
	if err != nil {
		return err
	}
	h, err := m.Roster.Load(ctx, s.Tx, d.Household)
	if err != nil {
		return err
	}
	today := clock.Day(s.Act.ReceivedAt)
	w := &writing{room: m, step: s, household: h, doneOn: today,
		prepared: &prepared{loaded: loaded, campaign: camp, sensitive: roster.SensitiveOf(loaded.Pack)}}
	if err := w.close(ctx, d, said, reason); err != nil {
		return err
	}
	if said == Confirmed && d.Rule != ruleClash {
		if err := w.raiseDoubt(ctx, d); err != nil {
			return err
		}
	}
	s.Made = canon.Object{"problems": orNone(w.problems)}
	return m.Roster.AddOpen(ctx, s, h.Key, int64(len(w.problems)), -1)
}

func orNone(list []any) []any {
	if list == nil {
		return []any{}
	}
	return list
}
