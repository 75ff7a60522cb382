package problem

import (
	"slices"

	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// State of a problem (design §5).
type State string

// The states of a problem. What is void, merged or closed waits for nobody.
const (
	Found     State = "found"     // 待受理
	Accepted  State = "accepted"  // 已受理
	Ordered   State = "ordered"   // 已交办
	Declined  State = "declined"  // 非本单位职责，待转派
	Claimed   State = "claimed"   // 整改中
	Rectified State = "rectified" // 待复核
	Returned  State = "returned"  // 退回重改
	Verified  State = "verified"  // 待销号
	Closed    State = "closed"    // 已销号
	Reopened  State = "reopened"  // 反弹
	Void      State = "void"      // 已作废
	Merged    State = "merged"    // 已并入
)

// States are all states in the order of a problem's life.
var States = []State{Found, Accepted, Ordered, Declined, Claimed, Rectified, Returned, Verified, Closed, Reopened, Void, Merged}

var names = map[State]string{Found: "待受理", Accepted: "已受理", Ordered: "已交办", Declined: "待转派", Claimed: "整改中", Rectified: "待复核", Returned: "退回重改", Verified: "待销号",
	Closed: "已销号", Reopened: "反弹", Void: "已作废", Merged: "已并入"}

// Name returns the state in the words of the field.
func (s State) Name() string {
	if n := names[s]; n != "" {
		return n
	}
	return string(s)
}

// Open reports whether a problem in this state still waits for somebody.
func (s State) Open() bool { return s != Void && s != Merged && s != Closed }

// Owed reports whether the ordered unit has still to do its part: then its limit runs.
func (s State) Owed() bool {
	return s == Ordered || s == Claimed || s == Returned || s == Reopened
}

// The kinds of act on one problem.
const (
	KindAccept    = "problem.accept"
	KindVoid      = "problem.void"
	KindMerge     = "problem.merge"     // into another, of which it is the same
	KindRestore   = "problem.restore"   // out of the one that it was merged into
	KindSplit     = "problem.split"     // parts of it become problems of their own
	KindAssign    = "problem.assign"    // who leads, who helps, under which item
	KindOrder     = "order.issue"       // subject: the order; it names its problems
	KindClaim     = "problem.claim"     // 认领：责任人、责任领导、整改措施
	KindDecline   = "problem.decline"   // 非本单位职责
	KindRectify   = "problem.rectify"   // 整改完成，整改人签认
	KindOnSpot    = "problem.on_spot"   // 立行立改
	KindVerify    = "problem.verify"    // 复核
	KindReturn    = "problem.return"    // 退回
	KindClose     = "problem.close"     // 销号
	KindReopen    = "problem.reopen"    // 反弹
	KindAmend     = "problem.amend"     // what the inspector signed is corrected
	KindSupervise = "problem.supervise" // 督查签认
	KindAsk       = "problem.ask"       // for more days, or for a pause
	KindGrant     = "problem.grant"
	KindRefuse    = "problem.refuse"
	KindResume    = "problem.resume" // a pause ends before its day
)

// same stands for "the state stays".
const same State = ""

// next is which act may follow which, before anybody asks whose act it is. A state that is not here allows nothing.
var next = map[string]map[State]State{
	KindAccept:  {Found: Accepted},
	KindVoid:    {Found: Void, Accepted: Void, Declined: Void, Ordered: Void, Claimed: Void},
	KindMerge:   {Found: Merged, Accepted: Merged},
	KindRestore: {Merged: same}, // to what it was
	KindSplit:   {Found: same, Accepted: same},
	KindAssign:  {Found: same, Accepted: same, Declined: Accepted},
	// A second order leaves a problem where it stands.
	KindOrder:     {Accepted: Ordered, Reopened: Ordered, Ordered: same, Claimed: same, Returned: same},
	KindClaim:     {Ordered: Claimed, Claimed: same},
	KindDecline:   {Ordered: Declined},
	KindRectify:   {Claimed: Rectified, Returned: Rectified, Reopened: Rectified, Rectified: same, Verified: Rectified},
	KindOnSpot:    {Found: Rectified, Accepted: Rectified},
	KindVerify:    {Rectified: Verified},
	KindReturn:    {Rectified: Returned, Verified: Returned},
	KindClose:     {Verified: Closed},
	KindReopen:    {Closed: Reopened},
	KindAmend:     {Found: same, Accepted: Found, Ordered: Found, Declined: Found, Claimed: Found, Rectified: Found, Returned: Found, Verified: Found, Reopened: Found},
	KindSupervise: {Accepted: same, Ordered: same, Declined: same, Claimed: same, Rectified: same, Returned: same, Verified: same, Closed: same, Reopened: same},
	KindAsk:       {Ordered: same, Claimed: same, Returned: same, Reopened: same},
	KindGrant:     {Ordered: same, Claimed: same, Returned: same, Reopened: same},
	KindRefuse:    {Ordered: same, Claimed: same, Returned: same, Reopened: same},
	KindResume:    {Ordered: same, Claimed: same, Returned: same, Reopened: same},
}

// Next returns the state after an act, and whether the act may follow at all.
func Next(s State, kind string) (State, bool) {
	to, ok := next[kind][s]
	if to == same {
		to = s
	}
	return to, ok
}

// Hand is whose hand signed: a person in a unit of a kind. The zero Hand is nobody's.
type Hand struct{ Person, Unit, Kind string }

// Side is where an actor stands to a problem.
type Side string

// The sides: the unit ordered to lead, one that helps, one below the leading place, and everybody else.
const (
	Leads   Side = "leads"
	Helps   Side = "helps"
	Below   Side = "below"
	Outside Side = ""
)

// Case is what the machine must know of a problem beside its state.
type Case struct {
	State     State
	Was       State  // before it was merged
	Inspector Hand   // who signed the finding
	Typist    string // who typed it in on the inspector's behalf, "" when he did it himself
	Rectifier Hand   // who signed the repair; zero when nobody's signature stands
	Verifier  Hand
	OnSpot    bool     // its item is on the pack's list of 立行立改
	Lead      string   // the unit that leads
	Declined  []string // the units that have declined it
	Ruled     bool     // the county office has ruled whose it is
}

// By is who acts on it.
type By struct {
	Hand
	Side Side
}

// Terms is what the pack says of the loop.
type Terms struct {
	Tiers        []pack.Tier
	DeclineLimit int
}

// Errors of the machine.
var (
	ErrNotYours    = errs.New(errs.Forbidden, "problem.not_yours", "这个问题没有交办给您的单位，未受理；如应由您单位整改，请县巩固办改派。")
	ErrLeadOnly    = errs.New(errs.Forbidden, "problem.lead_only", "认领、退回和申请延期须由督办通知书指定的牵头单位办理；配合单位请与牵头单位联系。")
	ErrDeclined    = errs.New(errs.Conflict, "problem.declined_once", "您单位已经说明过一次“非本单位职责”，不能再退；县巩固办改派或裁定后请按要求认领。")
	ErrRuled       = errs.New(errs.Conflict, "problem.ruled", "这个问题退回次数已满，由县巩固办裁定归属，不能再退；请认领整改。")
	ErrOwnFinding  = errs.New(errs.Conflict, "problem.own_finding", "排查人和整改人不能是同一个人（立行立改的事项除外）；请由另一个人签认整改。")
	ErrNotOnSpot   = errs.New(errs.Conflict, "problem.not_on_spot", "这类事项不在立行立改清单内；请等县巩固办交办后再整改。")
	ErrOwnRepair   = errs.New(errs.Conflict, "problem.own_repair", "整改由您或您单位完成，不能由您复核；请由上一级或牵头部门的人复核。")
	ErrTyped       = errs.New(errs.Conflict, "problem.typed", "这个问题的排查表由您代录，不能由您复核；请由另一个人复核。")
	ErrTier        = errs.New(errs.Forbidden, "problem.tier", "按方案的复核层级，您的单位不能复核或销号这项整改；请由规定的单位办理。")
	ErrUnsigned    = errs.New(errs.Conflict, "problem.unsigned", "排查、整改、复核三个签认还不齐，不能销号；请先补齐签认。")
	ErrSupervision = errs.New(errs.Forbidden, "problem.return_tier", "只有复核单位、县巩固办和督导组可以退回整改。")
)

// tier returns who may verify and close what a kind of unit has rectified.
func (t Terms) tier(rectifiedBy string) (pack.Tier, bool) {
	i := slices.IndexFunc(t.Tiers, func(x pack.Tier) bool { return x.RectifiedBy == rectifiedBy })
	if i < 0 {
		return pack.Tier{}, false
	}
	return t.Tiers[i], true
}

// Turn returns the kinds of unit whose move is next, none when it is the lead unit's or nobody's. A repair that no tier names is the office's, who sends it back.
func (t Terms) Turn(c Case) []string {
	tier, ok := t.tier(c.Rectifier.Kind)
	switch c.State {
	case Found, Accepted, Declined, Reopened:
		return []string{duty.UnitOffice}
	case Rectified, Verified:
		switch {
		case !ok:
			return []string{duty.UnitOffice}
		case c.State == Rectified:
			return tier.VerifiedBy
		}
		return tier.ClosedBy
	}
	return nil
}

// After is the whole state machine: the state after an act, or why the act is refused. It is pure. Codes: problem.wrong_state,
// which the caller completes by whose act it was, and those of this package's errors.
func (t Terms) After(c Case, kind string, by By) (State, error) {
	to, ok := Next(c.State, kind)
	if !ok {
		return "", errWrongState
	}
	var err error
	switch kind {
	case KindRestore:
		to = c.Was
	case KindClaim:
		if by.Side != Leads {
			err = notLead(by.Side)
		}
	case KindDecline:
		err = c.decline(by)
	case KindRectify, KindOnSpot:
		err = c.rectify(kind, by)
	case KindAsk:
		if by.Side != Leads && by.Side != Below {
			err = notLead(by.Side)
		}
	case KindResume:
		if by.Side != Leads && by.Side != Below && by.Kind != duty.UnitOffice {
			err = notLead(by.Side)
		}
	case KindVerify:
		err = t.verify(c, by)
	case KindReturn:
		err = t.sendBack(c, by)
	case KindClose:
		err = t.close(c, by)
	}
	if err != nil {
		return "", err
	}
	return to, nil
}

var errWrongState = errs.New(errs.Conflict, "problem.wrong_state", "问题目前的状态不能做这个操作；请刷新后查看最新情况。")

func notLead(s Side) error {
	if s == Outside {
		return ErrNotYours
	}
	return ErrLeadOnly
}

func (c Case) decline(by By) error {
	switch {
	case by.Side != Leads:
		return notLead(by.Side)
	case c.Ruled:
		return ErrRuled
	case slices.Contains(c.Declined, by.Unit):
		return ErrDeclined
	}
	return nil
}

// rectify: whoever was ordered, helps or works below the ordered place; at once also whoever found it, where the list allows.
func (c Case) rectify(kind string, by By) error {
	if kind == KindOnSpot {
		if !c.OnSpot {
			return ErrNotOnSpot
		}
		return nil
	}
	switch {
	case by.Side == Outside:
		return ErrNotYours
	case by.Person == c.Inspector.Person && !c.OnSpot:
		return ErrOwnFinding
	case (c.State == Rectified || c.State == Verified) && by.Unit != c.Rectifier.Unit:
		return ErrNotYours // only who signed it corrects it
	}
	return nil
}

// verify: another person of another unit than the rectifier's, of a kind that the tier names; a department only as the one
// that leads or helps.
func (t Terms) verify(c Case, by By) error {
	if c.Rectifier.Person == "" {
		return ErrUnsigned
	}
	if by.Person == c.Rectifier.Person || by.Unit == c.Rectifier.Unit {
		return ErrOwnRepair
	}
	if by.Person == c.Typist {
		return ErrTyped
	}
	tier, ok := t.tier(c.Rectifier.Kind)
	if !ok || !slices.Contains(tier.VerifiedBy, by.Kind) || (by.Kind == duty.UnitDepartment && by.Side == Outside) {
		return ErrTier
	}
	return nil
}

func (t Terms) sendBack(c Case, by By) error {
	if by.Kind == duty.UnitOffice || by.Kind == duty.UnitSupervision {
		return nil
	}
	if err := t.verify(c, by); err != nil {
		return ErrSupervision
	}
	return nil
}

// close: all three signatures stand, of hands that the tier allows.
func (t Terms) close(c Case, by By) error {
	if c.Inspector.Person == "" || c.Rectifier.Person == "" || c.Verifier.Person == "" {
		return ErrUnsigned
	}
	if c.Rectifier.Unit == c.Verifier.Unit || c.Rectifier.Person == c.Verifier.Person || (c.Inspector.Person == c.Rectifier.Person && !c.OnSpot) {
		return ErrUnsigned
	}
	tier, ok := t.tier(c.Rectifier.Kind)
	if !ok || !slices.Contains(tier.VerifiedBy, c.Verifier.Kind) || !slices.Contains(tier.ClosedBy, by.Kind) {
		return ErrTier
	}
	return nil
}
