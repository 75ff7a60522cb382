// Package problem is the problem ledger (问题台账) and a problem's whole life: what was found wrong, by whom, under which
// item of the task list, who must mend it and by which day, and who signed what on the way (notice, part four, two;
// part five, two). A problem is born of a finding on a signed sheet, of a confirmed doubt, or comes from outside; it knows its
// origin only as an id. Which act may follow which is machine.go, and pure. It owns problems, numbers and the problem_ tables.
package problem

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
)

// Measures of the ledger: what happened, each time that it did. The item of a count is the item of the task list.
const (
	MeasureFound    = "found"
	MeasureAccepted = "accepted"
	MeasureVoided   = "voided"
)

// events are the measures of the acts that move a problem; found is counted by Raise.
var events = map[string]string{KindAccept: MeasureAccepted, KindVoid: MeasureVoided, KindMerge: "merged", KindOrder: "ordered", KindClaim: "claimed", KindDecline: "declined",
	KindRectify: "rectified", KindOnSpot: "rectified", KindVerify: "verified", KindReturn: "returned", KindClose: "closed", KindReopen: "reopened"}

// At is the measure of how many problems stand in a state: its sum up to a report day is that report's number. Found has none: what was found and
// stands nowhere else stands there.
func At(s State) string { return "at." + string(s) }

// Measures by the units that a problem concerns, kept for townships and the county; the item of a
// count is "unit/item". To each stands the measure of the ledger that it divides.
var LedMeasures, HelpedMeasures = byUnits("led."), byUnits("helped.")

func byUnits(prefix string) map[string]string {
	out := map[string]string{prefix + MeasureFound: MeasureFound}
	for _, m := range events {
		out[prefix+m] = m
	}
	for _, s := range States {
		if s != Found {
			out[prefix+At(s)] = At(s)
		}
	}
	return out
}

// Counts reports whether a measure is of this package: problems may lie above the villages, so that a place counts more than what lies in it.
func Counts(measure string) bool {
	_, ok := byUnits("")[measure]
	return ok
}

// count counts n times what became of a problem in a place: for its item, and for the units that it concerns.
func count(s *act.Step, area, measure, item, lead string, helping []string, doneOn string, n int64) {
	s.Tally(area, measure, item, doneOn, n)
	town := cmp.Or(duty.TownshipOf(area), area) // a problem of the county itself counts there
	if lead != "" {
		s.Tally(town, "led."+measure, lead+"/"+item, doneOn, n)
	}
	for _, h := range helping {
		if h != lead {
			s.Tally(town, "helped."+measure, h+"/"+item, doneOn, n)
		}
	}
}

// Errors of this package.
var (
	ErrNotFound = errs.New(errs.NotFound, "problem.not_found", "没有找到这个问题，或不在您的负责范围内。")
	ErrReason   = errs.New(errs.Invalid, "problem.reason", "请写明理由（至少 4 个字），再提交。")
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
	Origin    string // sheet, doubt, manual, split or outside
	Sheet     string
	Doubt     string
	Lead      string
	Helping   []string
	Days      int64
	StageOn   string
	ClearOn   string
	DoneOn    string
	Classes   []string // as roster.ClassKeys
	Parent    string   // the problem that it was split from
	Kind      string   // without a household: what Subject is, SubjectArea when empty
}

// What a problem is about.
const (
	SubjectHousehold = "household"
	SubjectArea      = "area"
	SubjectUnit      = "unit"
)

// Raise enters a finding in the ledger inside the act that found it, and returns its number
// ("白集-0457"), which people can say over the phone.
func Raise(ctx context.Context, s *act.Step, f Finding, ordinal int) (string, error) {
	number, err := Number(ctx, s, "problem/"+f.Town)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s-%04d", f.Town, number)
	limit := ""
	if f.Days > 0 {
		limit = clock.AddDays(f.DoneOn, int(f.Days))
	}
	kind := SubjectHousehold
	if f.Household == 0 {
		kind = cmp.Or(f.Kind, SubjectArea)
	}
	err = s.Tx.Put(ctx, insertProblem, s.Act.County, ident.Key(s.Act.Index, ordinal), f.ID, text, f.Rule, f.Item, f.Block, strings.Join(f.Clauses, ","),
		kind, f.Subject, f.Household, f.Member, f.Area, f.Say, f.Sensitive, f.Origin, f.Sheet, f.Doubt, f.Lead, wrap(f.Helping), string(Found),
		f.Days, f.StageOn, f.ClearOn, limit, s.ReportDay, s.Act.ReceivedAt, s.Act.Index, s.Act.Post, f.DoneOn, wrap(f.Classes), f.ClearOn, f.Parent)
	if err != nil {
		return "", err
	}
	count(s, f.Area, MeasureFound, f.Item, f.Lead, f.Helping, f.DoneOn, 1)
	return text, nil
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

// Number takes the next number of a series inside an act; what was taken is never given again.
func Number(ctx context.Context, s *act.Step, series string) (int64, error) {
	var n int64
	err := s.Tx.QueryRow(ctx, readNumber, s.Act.County, series).Scan(&n)
	if err != nil && !database.Missing(err) {
		return 0, err
	}
	n++
	err = s.Tx.Put(ctx, writeNumber, s.Act.County, series, n)
	return n, err
}

// Homes finds the household that a problem from outside is about, by its public id: where it lies and its classes as keys. Code: its own, when there is none.
type Homes func(ctx context.Context, r database.Reader, id string) (Home, []string, error)

// Changed is told, inside the act, that a problem of a household opened (+1) or closed (−1).
type Changed func(ctx context.Context, s *act.Step, household int64, by int64) error

// Texts seals and opens the sentences of problems whose content is a field group.
type Texts interface {
	SealText(row, text string) (string, error)
	OpenText(row, sealed string) (string, error)
}

// Room carries out the acts on problems. Safe for concurrent use.
type Room struct {
	County  string
	Book    *campaign.Book
	Texts   Texts
	Changed Changed // keeps the household's own count true
	// Drafted drafts a second order of what is overdue, where the pack asks for it; nil where there are no orders.
	Drafted func(ctx context.Context, s *act.Step, o Arrears) error
	Homes   Homes
}

// Kinds returns what the acts of this package mean.
func (m *Room) Kinds() map[string]act.Kind {
	out := map[string]act.Kind{KindClear: {Apply: m.clear, Quiet: true}, KindRemind: {Apply: m.remind, Quiet: true}}
	for kind, d := range doings {
		out[kind] = act.Kind{Apply: func(ctx context.Context, s *act.Step) error { return m.apply(ctx, s, d) }, Quiet: true}
	}
	for kind, apply := range map[string]func(*Room, context.Context, *act.Step) error{KindEnter: (*Room).enter, KindSource: (*Room).source, KindDistinct: (*Room).distinct,
		KindFoundCluster: (*Room).foundCluster, KindJoinCluster: (*Room).joinCluster, KindLeaveCluster: (*Room).leaveCluster, KindFixCluster: (*Room).fixCluster} {
		out[kind] = act.Kind{Apply: func(ctx context.Context, s *act.Step) error { return apply(m, ctx, s) }, Quiet: true}
	}
	return out
}

// doing is one kind of act on one problem: the right that it takes, what it checks and what it writes beside the state.
type doing struct {
	may   duty.May
	step  Step                                     // whose signature it is, "" for none
	voids []Step                                   // the signatures that it makes void
	check func(ctx context.Context, w *work) error // what the body must say; nothing is written yet
	write func(ctx context.Context, w *work) error // beside the standing, after all checks
	stand func(w *work, now *Standing)             // what becomes of lead, helpers and due day
}

// doings are the kinds that act on exactly one problem, the act's subject.
var doings = map[string]doing{
	KindAccept:    {may: duty.AcceptProblem, write: writeAccepted},
	KindVoid:      {may: duty.VoidProblem, check: needReason, write: writeVoided},
	KindAssign:    {may: duty.AssignProblem, check: checkAssigned, stand: standAssigned, write: writeAssigned},
	KindClaim:     {may: duty.ClaimProblem, step: StepClaim, voids: []Step{StepClaim}, check: checkClaim, write: writeClaim},
	KindDecline:   {may: duty.ClaimProblem, check: needReason, stand: standDeclined, write: writeDeclined},
	KindRectify:   {may: duty.RectifyProblem, step: StepRectify, voids: []Step{StepRectify, StepVerify}, check: checkRepair, write: writeRepair},
	KindOnSpot:    {may: duty.RectifyProblem, step: StepRectify, check: checkRepair, write: writeRepair},
	KindVerify:    {may: duty.VerifyProblem, step: StepVerify, check: checkWord},
	KindReturn:    {may: duty.ReturnProblem, voids: []Step{StepRectify, StepVerify}, check: needReason},
	KindClose:     {may: duty.CloseProblem, step: StepClose, write: writeClosed},
	KindReopen:    {may: duty.ReopenProblem, voids: []Step{StepRectify, StepVerify, StepClose}, check: needReason, stand: standReopened, write: writeReopened},
	KindAsk:       {may: duty.ClaimProblem, check: checkAsk, write: writeAsk},
	KindGrant:     {may: duty.GrantTime, check: checkGrant, stand: standGranted, write: writeGrant},
	KindRefuse:    {may: duty.GrantTime, check: checkRefuse, write: writeRefuse},
	KindResume:    {may: duty.ClaimProblem, check: checkResume, stand: standGranted, write: writeResumed},
	KindAmend:     {may: duty.AmendProblem, step: StepInspect, voids: []Step{StepInspect, StepClaim, StepRectify, StepVerify}, check: checkAmended, stand: standAmended, write: writeAmended},
	KindSupervise: {may: duty.SuperviseProblem, step: StepSupervise, check: checkWord},
	KindMerge:     {may: duty.AssignProblem, check: checkMerged, write: writeMerged},
	KindRestore:   {may: duty.AssignProblem, check: checkRestored, stand: standRestored, write: writeRestored},
	KindSplit:     {may: duty.AssignProblem, check: checkSplit, write: writeSplit},
}

// rights are the rights that the acts on a problem take; those of other rooms' acts stand here too, so that the desk knows what to offer.
var rights = func() map[string]duty.May {
	out := map[string]duty.May{KindMerge: duty.AssignProblem, KindRestore: duty.AssignProblem, KindSplit: duty.AssignProblem, KindOrder: duty.IssueOrder,
		KindSource: duty.EnterProblem, KindJoinCluster: duty.AssignProblem, KindLeaveCluster: duty.AssignProblem}
	for kind, d := range doings {
		out[kind] = d.may
	}
	return out
}()
