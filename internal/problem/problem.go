// Package problem is the problem ledger (问题台账): what was found wrong, by whom, under which item of
// the task list, who must mend it and by which day. A problem is born of a finding on a signed
// sheet or of a confirmed doubt; it knows its origin only as an id. It owns problems and numbers.
package problem

import (
	"context"
	"fmt"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
)

// State of a problem (design §5).
type State string

// The states that a problem passes so far.
const (
	Found    State = "found"    // 待受理
	Accepted State = "accepted" // 已受理
	Void     State = "void"     // 已作废
)

// The kinds of act of this package.
const (
	KindAccept = "problem.accept"
	KindVoid   = "problem.void"
)

// Measures of the ledger; the item of a count is the item of the task list.
const (
	MeasureFound    = "found"
	MeasureAccepted = "accepted"
	MeasureVoided   = "voided"
)

// Measures by the units that a problem concerns, kept for townships and the county; the item of a
// count is "unit/item". To each stands the measure of the ledger that it divides.
var (
	LedMeasures    = map[string]string{"led.found": MeasureFound, "led.accepted": MeasureAccepted, "led.voided": MeasureVoided}
	HelpedMeasures = map[string]string{"helped.found": MeasureFound, "helped.accepted": MeasureAccepted, "helped.voided": MeasureVoided}
)

// count counts n times what became of a problem in a place: for its item, and for the units that it concerns.
func count(s *act.Step, area, measure, item, lead string, helping []string, doneOn string, n int64) {
	s.Tally(duty.VillageOf(area), measure, item, doneOn, n)
	town := duty.TownshipOf(area)
	if lead != "" {
		s.Tally(town, "led."+measure, lead+"/"+item, doneOn, n)
	}
	for _, h := range helping {
		if h != lead {
			s.Tally(town, "helped."+measure, h+"/"+item, doneOn, n)
		}
	}
}

// next is the whole state machine: which act may follow which. It is pure.
var next = map[State]map[string]State{
	Found:    {KindAccept: Accepted, KindVoid: Void},
	Accepted: {KindVoid: Void},
}

// Next returns the state after an act, and whether the act may follow.
func Next(s State, kind string) (State, bool) {
	to, ok := next[s][kind]
	return to, ok
}

// Open reports whether a problem in this state still waits for somebody.
func (s State) Open() bool { return s != Void }

// Errors of this package.
var (
	ErrNotFound = errs.New(errs.NotFound, "problem.not_found", "没有找到这个问题，或不在您的负责范围内。")
	ErrReason   = errs.New(errs.Invalid, "problem.reason", "请写明作废的理由（至少 4 个字），再提交。")
)

// Finding is a problem about to be born.
type Finding struct {
	ID        string // derived from the act, so that a phone knows it before the server does
	Rule      string
	Item      string
	Block     string
	Clauses   []string
	Household int64
	Subject   string // the household's public id
	Member    string
	Area      string
	Town      string // the township as people call it, for the number
	Say       string
	Sensitive string
	Origin    string // sheet, doubt or manual
	Sheet     string
	Doubt     string
	Lead      string
	Helping   []string
	Days      int64
	StageOn   string
	ClearOn   string
	DoneOn    string
	Classes   []string // as roster.ClassKeys
}

// Raise enters a finding in the ledger inside the act that found it, and returns its number
// ("白集-0457"), which people can say over the phone.
func Raise(ctx context.Context, s *act.Step, f Finding, ordinal int) (string, error) {
	number, err := nextNumber(ctx, s, f.Town)
	if err != nil {
		return "", err
	}
	limit := ""
	if f.Days > 0 {
		limit = clock.AddDays(f.DoneOn, int(f.Days))
	}
	err = s.Tx.Put(ctx, insertProblem, s.Act.County, ident.Key(s.Act.Index, ordinal), f.ID, number, f.Rule, f.Item, f.Block, strings.Join(f.Clauses, ","),
		"household", f.Subject, f.Household, f.Member, f.Area, f.Say, f.Sensitive, f.Origin, f.Sheet, f.Doubt, f.Lead, wrap(f.Helping), string(Found),
		f.Days, f.StageOn, f.ClearOn, limit, s.ReportDay, s.Act.ReceivedAt, s.Act.Index, s.Act.Post, f.DoneOn, wrap(f.Classes))
	if err != nil {
		return "", err
	}
	count(s, f.Area, MeasureFound, f.Item, f.Lead, f.Helping, f.DoneOn, 1)
	return number, nil
}

// wrap writes a list as ",a,b," so that one element is found by LIKE '%,a,%'.
func wrap(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "," + strings.Join(list, ",") + ","
}

// Unwrap reads a list written by this package.
func Unwrap(s string) []string {
	if s = strings.Trim(s, ","); s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
}

func nextNumber(ctx context.Context, s *act.Step, town string) (string, error) {
	var n int64
	err := s.Tx.QueryRow(ctx, readNumber, s.Act.County, "problem/"+town).Scan(&n)
	if err != nil && !database.Missing(err) {
		return "", err
	}
	n++
	if err := s.Tx.Put(ctx, writeNumber, s.Act.County, "problem/"+town, n); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s-%04d", town, n), nil
}

// Changed is told, inside the act, that a problem of a household opened (+1) or closed (−1).
type Changed func(ctx context.Context, s *act.Step, household int64, by int64) error

// Kinds returns what the acts of this package mean. changed keeps the household's own count true.
func Kinds(changed Changed) map[string]act.Kind {
	return map[string]act.Kind{
		KindAccept: {Apply: func(ctx context.Context, s *act.Step) error { return settle(ctx, s, duty.AcceptProblem, changed) }, Quiet: true},
		KindVoid:   {Apply: func(ctx context.Context, s *act.Step) error { return settle(ctx, s, duty.VoidProblem, changed) }, Quiet: true},
	}
}

// settle applies accept and void. Of two who act at once the first wins; the other is told whose act it was.
func settle(ctx context.Context, s *act.Step, may duty.May, changed Changed) error {
	by, err := duty.Acting(ctx, s, may)
	if err != nil {
		return err
	}
	p, err := ByID(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err != nil {
		return err
	}
	if !by.Scope(may).Covers(p.Area) {
		return duty.ErrOutside
	}
	reason, _ := s.Act.Body["reason"].(string)
	reason = strings.TrimSpace(reason)
	if s.Act.Kind == KindVoid && len([]rune(reason)) < 4 {
		return ErrReason
	}
	to, ok := Next(p.State, s.Act.Kind)
	if !ok {
		return wrongState(ctx, s, p)
	}
	if to == Accepted {
		err = s.Tx.Put(ctx, acceptProblem, string(to), s.ReportDay, s.Act.Index, s.Act.County, p.Key)
		count(s, p.Area, MeasureAccepted, p.Item, p.Lead, p.Helping, clock.Day(s.Act.ReceivedAt), 1)
		return err
	}
	if err = s.Tx.Put(ctx, voidProblem, string(to), s.ReportDay, s.Act.Index, reason, s.Act.County, p.Key); err != nil {
		return err
	}
	count(s, p.Area, MeasureVoided, p.Item, p.Lead, p.Helping, clock.Day(s.Act.ReceivedAt), 1)
	if p.State == Accepted {
		// Voided counts for itself; the report shows found, accepted and voided apart.
		s.Made = canon.Object{"was": string(p.State)}
	}
	return changed(ctx, s, p.Household, -1)
}

func wrongState(ctx context.Context, s *act.Step, p *Problem) error {
	index := max(p.AcceptedIdx, p.VoidedIdx)
	who := ""
	if index > 0 {
		if a, err := act.ByIndex(ctx, s.Tx, s.Act.County, index); err == nil {
			if actor, err := duty.ActorOf(ctx, s.Tx, s.Act.County, a.Actor, a.Post); err == nil {
				who = "（" + actor.Name + "，" + actor.Title + "）"
			}
		}
	}
	return errs.Newf(errs.Conflict, "problem.wrong_state", "问题 %s 目前是“%s”%s，不能再做这个操作；请刷新后查看最新情况。", p.Number, p.State.Name(), who)
}

// Name returns the state in the words of the field.
func (s State) Name() string {
	switch s {
	case Found:
		return "待受理"
	case Accepted:
		return "已受理"
	case Void:
		return "已作废"
	default:
		return string(s)
	}
}
