// Package duty answers who answers for what: the county's places, its units, the posts that people
// hold in them, and whether a post may do or see something somewhere (duty × area × field group).
// Every query that reads people's data carries the predicate of a Scope. It owns areas,
// area_aliases, units, people and posts; it knows an account only by its person.
package duty

import (
	"slices"
	"strings"

	"gonggu/internal/errs"
)

// Duty is what a post is charged with.
type Duty string

// The duties (design §1). The three officers hold no business duty.
const (
	Office     Duty = "office"     // 县巩固办
	Township   Duty = "township"   // 乡镇（办事处）
	Village    Duty = "village"    // 村干部、网格员
	Inspector  Duty = "inspector"  // 入户排查人员
	Department Duty = "department" // 县直行业部门
	Supervisor Duty = "supervisor" // 督导组
	Leader     Duty = "leader"     // 县领导
	SysAdmin   Duty = "sysadmin"   // 系统管理员
	SecAdmin   Duty = "secadmin"   // 安全管理员
	Auditor    Duty = "auditor"    // 审计员
)

// May is something that a duty allows.
type May string

// What duties allow.
const (
	ReadArea         May = "area.read"
	ReadHousehold    May = "household.read"
	Reveal           May = "household.reveal"
	SubmitInspection May = "inspection.submit"
	ReadProblem      May = "problem.read"
	AcceptProblem    May = "problem.accept"
	VoidProblem      May = "problem.void"
	SettleDoubt      May = "doubt.settle"
	ImportRegister   May = "register.import"
	ReadReport       May = "report.read"
	OpenCampaign     May = "campaign.open"
	ManagePosts      May = "post.manage"
	ManageAccounts   May = "account.manage"
	ReadLog          May = "log.read"
	RepairActs       May = "act.repair"
	ReadPeople       May = "people.read"    // who holds which post, in one's own area
	ResetPassword    May = "account.reset"  // for posts below one's own
	ReadTask         May = "task.read"      // who inspects what by when
	HandDownTask     May = "task.hand_down" // the county's task list to townships and departments
	AssignTask       May = "task.assign"    // villages and households to people
	AmendRegister    May = "register.amend" // births, deaths, moves, splits, merges
	MergeVillage     May = "area.merge"     // a village into its neighbour
	AskCorrection    May = "correction.ask" // on behalf of the resident
	SettleCorrection May = "correction.settle"
	ProposePurge     May = "retention.propose"
	ApprovePurge     May = "retention.approve"
	RemarkReport     May = "report.remark" // one's unit's sentence in the daily report
	ReviewReport     May = "report.review" // 审签
	ProposeAmendment May = "campaign.propose"
	ApproveAmendment May = "campaign.approve" // never one's own proposal
	ReadJob          May = "job.read"
	AssignProblem    May = "problem.assign" // who leads, who helps; merging and splitting
	EnterProblem     May = "problem.enter"  // what comes from outside
	IssueOrder       May = "order.issue"
	ReadOrder        May = "order.read"
	ClaimProblem     May = "problem.claim" // sign for an order, claim, decline, ask for time
	RectifyProblem   May = "problem.rectify"
	VerifyProblem    May = "problem.verify"
	ReturnProblem    May = "problem.return"
	CloseProblem     May = "problem.close"
	ReopenProblem    May = "problem.reopen"
	AmendProblem     May = "problem.amend"
	SuperviseProblem May = "problem.supervise"
	GrantTime        May = "problem.grant"
	ClearUnit        May = "unit.clear"     // 清零
	ManageChannels   May = "channel.manage" // how messages leave the county
	ReadOutbox       May = "outbox.read"    // what was sent, what not; sending again
)

// Group is a field group: facts that need a right of their own (design §8).
type Group string

// The field groups. The empty group is open to whoever may see the row.
const (
	Identity Group = "identity" // 证件号码
	Contact  Group = "contact"  // 电话、住址
	Health   Group = "health"   // 病、残
	Finance  Group = "finance"  // 账号、收入
)

type rights struct {
	may    []May
	groups []Group
}

// table is the whole of the rights; what is not here is not allowed.
var table = map[Duty]rights{
	Office: {[]May{ReadArea, ReadHousehold, Reveal, SubmitInspection, ReadProblem, AcceptProblem, VoidProblem, SettleDoubt, ImportRegister, ReadReport, OpenCampaign, RepairActs,
		ReadPeople, ReadTask, HandDownTask, AssignTask, AmendRegister, MergeVillage, AskCorrection, SettleCorrection, ProposePurge, RemarkReport, ProposeAmendment, ApproveAmendment, ReadJob,
		AssignProblem, EnterProblem, IssueOrder, ReadOrder, ClaimProblem, RectifyProblem, VerifyProblem, ReturnProblem, CloseProblem, ReopenProblem, AmendProblem, GrantTime, ClearUnit, ReadOutbox},
		[]Group{Identity, Contact, Health, Finance}},
	Township: {[]May{ReadArea, ReadHousehold, Reveal, SubmitInspection, ReadProblem, SettleDoubt, ImportRegister, ReadReport, RepairActs,
		ReadPeople, ResetPassword, ReadTask, AssignTask, AmendRegister, MergeVillage, AskCorrection, SettleCorrection, RemarkReport,
		ReadOrder, ClaimProblem, RectifyProblem, VerifyProblem, ReturnProblem, ReopenProblem, AmendProblem, ClearUnit},
		[]Group{Identity, Contact, Health, Finance}},
	Village: {[]May{ReadArea, ReadHousehold, Reveal, SubmitInspection, ReadProblem, SettleDoubt, ReadReport, ReadTask, AmendRegister, AskCorrection, ReadOrder, ClaimProblem, RectifyProblem, AmendProblem, ClearUnit},
		[]Group{Identity, Contact, Health, Finance}},
	Inspector:  {[]May{ReadArea, ReadHousehold, SubmitInspection, ReadProblem, SettleDoubt, ReadTask, AskCorrection, RectifyProblem, AmendProblem}, []Group{Contact, Health, Finance}},
	Department: {[]May{ReadArea, ReadProblem, ReadReport, ReadTask, RemarkReport, ReadOrder, ClaimProblem, RectifyProblem, VerifyProblem, ReturnProblem, ClearUnit}, nil},
	Supervisor: {[]May{ReadArea, ReadHousehold, ReadProblem, ReadReport, ReadTask, ReadOrder, ReturnProblem, ReopenProblem, SuperviseProblem}, []Group{Health, Finance}},
	Leader:     {[]May{ReadArea, ReadProblem, ReadReport, ReadTask, ReviewReport, ApproveAmendment, ReadOrder}, nil},
	SysAdmin:   {[]May{ReadArea, ReadPeople, ManageAccounts, ReadJob, ManageChannels, ReadOutbox}, nil},
	SecAdmin:   {[]May{ReadArea, ReadPeople, ManagePosts, ResetPassword, ApprovePurge}, nil},
	Auditor:    {[]May{ReadArea, ReadPeople, ReadLog}, nil},
}

// Actor is a person acting in one of his posts. The zero Actor may do nothing.
type Actor struct {
	Person, Name string
	Post, Title  string
	Unit         string
	UnitName     string
	UnitKind     string
	UnitCode     string // the department code that the pack names as lead unit
	Area         string
	Duties       []Duty
}

// May reports whether one of the actor's duties allows m at all.
func (a Actor) May(m May) bool {
	return slices.ContainsFunc(a.Duties, func(d Duty) bool { return slices.Contains(table[d].may, m) })
}

// All returns everything that the actor's duties allow, sorted.
func (a Actor) All() []May {
	var out []May
	for _, d := range a.Duties {
		out = append(out, table[d].may...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Sees reports whether the actor may see a field group; the empty group is seen by all.
func (a Actor) Sees(g Group) bool {
	return g == "" || slices.ContainsFunc(a.Duties, func(d Duty) bool { return slices.Contains(table[d].groups, g) })
}

// Errors of this package.
var (
	ErrForbidden = errs.New(errs.Forbidden, "duty.forbidden", "您当前的岗位没有这项权限；如有需要，请切换岗位或联系安全管理员。")
	ErrOutside   = errs.New(errs.Forbidden, "duty.outside", "这条记录不在您当前岗位的负责范围内，未受理；请由负责该地的岗位办理。")
	ErrNoPost    = errs.New(errs.Forbidden, "duty.no_post", "您没有这个岗位，或岗位已经结束，未受理；记录已保留，请联系安全管理员。")
)

// Scope is the part of the county that an actor may see or change for one purpose.
type Scope struct {
	area string // "" is nothing
	unit string // when set: only what this department leads or helps with
}

// Scope returns the part of the county in which the actor may do m; nothing when he may not.
func (a Actor) Scope(m May) Scope {
	if !a.May(m) {
		return Scope{}
	}
	s := Scope{area: a.Area}
	if slices.Contains(a.Duties, Department) && !slices.ContainsFunc(a.Duties, func(d Duty) bool { return d != Department && slices.Contains(table[d].may, m) }) {
		s.unit = a.UnitCode
		if s.unit == "" {
			s.unit = "-" // a department without a code leads nothing
		}
	}
	return s
}

// Everything is the scope of the product itself: freezing a report, verifying. Never of a request.
func Everything(county string) Scope { return Scope{area: county} }

// Covers reports whether the scope covers a place; units do not matter here.
func (s Scope) Covers(area string) bool { return s.area != "" && strings.HasPrefix(area, s.area) }

// Empty reports whether the scope covers nothing.
func (s Scope) Empty() bool { return s.area == "" }

// Area returns the code under which everything of the scope lies.
func (s Scope) Area() string { return s.area }

// Narrow returns the scope inside one more area: the smaller of the two, or nothing when they do not meet.
func (s Scope) Narrow(area string) Scope {
	switch {
	case area == "" || strings.HasPrefix(s.area, area):
		return s
	case s.area != "" && strings.HasPrefix(area, s.area):
		s.area = area
		return s
	default:
		return Scope{}
	}
}

// Where returns the predicate on a column of area codes, with `?` for its arguments. Codes nest by
// their digits, so a subtree is a range of an index. The query must name the county beside it.
func (s Scope) Where(column string) (string, []any) {
	switch len(s.area) {
	case 0:
		return "1 = 0", nil
	case countyLength:
		// Every row is the county's by its key; a range that holds them all would only mislead the planner.
		return "1 = 1", nil
	}
	return column + " >= ? AND " + column + " < ?", []any{s.area, s.area + "~"}
}

const countyLength = 6

// WhereUnit returns the predicate on the columns of the lead unit and the helping units.
func (s Scope) WhereUnit(lead, helping string) (string, []any) {
	if s.unit == "" {
		return "1 = 1", nil
	}
	return "(" + lead + " = ? OR " + helping + " LIKE ?)", []any{s.unit, "%," + s.unit + ",%"}
}

// Unit returns the department code that the scope is bound to, or "".
func (s Scope) Unit() string { return s.unit }
