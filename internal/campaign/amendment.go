package campaign

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
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
)

// The kinds of act by which the pack in force is amended. KindSwitch is the product's own, on the day.
const (
	KindPropose = "campaign.propose"
	KindApprove = "campaign.approve"
	KindReject  = "campaign.reject"
	KindSwitch  = "campaign.switch"
)

// The states of an amendment.
const (
	Proposed  = "proposed"
	Approved  = "approved" // its day has not come
	InEffect  = "in_force"
	Rejected  = "rejected"
	Withdrawn = "withdrawn" // by who proposed it
)

// maxChanges bounds one amendment; more is another pack.
const maxChanges = 100

// AmendedSetting is a change with what people compare.
type AmendedSetting struct {
	Path       string `json:"path"`
	Group      string `json:"group"`
	Name       string `json:"name"`
	Before     string `json:"before"`
	After      string `json:"after"`
	BeforeText string `json:"beforeText"`
	AfterText  string `json:"afterText"`
}

// Amendment is a proposal and what became of it.
type Amendment struct {
	ID           string
	State        string
	EffectiveOn  string
	Reason       string
	Changes      []AmendedSetting
	Proposer     string // person
	ProposerPost string
	ProposedAt   int64
	Index        int64
	Settler      string
	SettlerPost  string
	SettledAt    int64
	SettledSay   string
	PackBefore   string // digest, once approved
	PackAfter    string
	SwitchedOn   string // the day from which it was in force
	SwitchedIdx  int64

	planBefore, planAfter string
}

// Rejudges reports whether households must be judged again: a parameter decides who is in which class.
func (a *Amendment) Rejudges() bool {
	return slices.ContainsFunc(a.Changes, func(c AmendedSetting) bool { return c.Group == pack.GroupParam })
}

var (
	errNoAmendment = errs.New(errs.NotFound, "amendment.not_found", "没有找到这项调整；请刷新后查看。")
	errOwn         = errs.New(errs.Forbidden, "amendment.own", "自己提出的调整要由另一个人批准；请有批准权限的同事办理。")
	errSettled     = errs.New(errs.Conflict, "amendment.settled", "这项调整已经处理过了；请刷新后查看最新情况。")
	errDay         = errs.New(errs.Invalid, "amendment.day", "生效日期最早是下一个日报日；请改选以后的日期。")
	errReason      = errs.New(errs.Invalid, "amendment.reason", "请写明调整的理由（4 到 300 个字），再提交。")
	errChanges     = errs.New(errs.Invalid, "amendment.changes", "请至少选择一项要调整的内容并填写新值（一次不超过 100 项）。")
)

// EarliestDay returns the first day on which an amendment proposed in a report day can be in force.
func EarliestDay(reportDay string) string { return clock.AddDays(reportDay, 1) }

// Settings returns what may be amended, as it will stand when every approved amendment is in force.
func (b *Book) Settings(ctx context.Context, r database.Reader) ([]pack.Setting, error) {
	c, l, err := b.ahead(ctx, r)
	if err != nil {
		return nil, err
	}
	return settingsOf(c, l.Pack), nil
}

// settingsOf are the pack's settings with the campaign's own days, which opening may have fixed otherwise.
func settingsOf(c *Campaign, p *pack.Pack) []pack.Setting {
	list := p.Settings()
	for i := range list {
		if at := c.dayAt(list[i].Path); at != nil {
			list[i].Value, list[i].Text = *at, pack.DayText(*at)
		}
	}
	return list
}

// dayAt returns where the campaign keeps a day, nil when the path is not a day's.
func (c *Campaign) dayAt(path string) *string {
	part := strings.Split(path, "/")
	if len(part) != 3 {
		return nil
	}
	switch part[0] {
	case "phases":
		for i := range c.Phases {
			if c.Phases[i].ID == part[1] {
				return map[string]*string{"from": &c.Phases[i].From, "to": &c.Phases[i].To}[part[2]]
			}
		}
	case "days":
		for i := range c.Days {
			if c.Days[i].ID == part[1] && part[2] == "on" {
				return &c.Days[i].On
			}
		}
	}
	return nil
}

// ahead returns the campaign and the pack as they will be when all that is approved is in force.
func (b *Book) ahead(ctx context.Context, r database.Reader) (*Campaign, *Loaded, error) {
	c, l, err := b.Current(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	coming, err := b.amendments(ctx, r, approvedInOrder)
	if err != nil || len(coming) == 0 {
		return c, l, err
	}
	for _, a := range coming {
		c.amend(a.Changes)
	}
	l, err = b.Loaded(ctx, r, coming[len(coming)-1].PackAfter)
	return c, l, err
}

func (c *Campaign) amend(changes []AmendedSetting) {
	for _, ch := range changes {
		if at := c.dayAt(ch.Path); at != nil {
			*at = ch.After
		}
	}
}

func (b *Book) amendments(ctx context.Context, r database.Reader, q string) ([]Amendment, error) {
	rows, err := r.Query(ctx, q, b.County)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (Amendment, error) { return scanAmendment(r) })
}

func scanAmendment(r database.Row) (a Amendment, err error) {
	var changes string
	if err = r.Scan(&a.ID, &a.State, &a.EffectiveOn, &a.Reason, &changes, &a.Proposer, &a.ProposerPost, &a.ProposedAt, &a.Index, &a.Settler, &a.SettlerPost, &a.SettledAt, &a.SettledSay,
		&a.PackBefore, &a.PackAfter, &a.planBefore, &a.planAfter, &a.SwitchedOn, &a.SwitchedIdx); err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(changes), &a.Changes)
}

// Amendments returns every amendment, newest first.
func (b *Book) Amendments(ctx context.Context, r database.Reader) ([]Amendment, error) {
	return b.amendments(ctx, r, listAmendments)
}

// Amendment returns one amendment. Code: amendment.not_found.
func (b *Book) Amendment(ctx context.Context, r database.Reader, id string) (*Amendment, error) {
	a, err := scanAmendment(r.QueryRow(ctx, oneAmendment, b.County, id))
	if database.Missing(err) {
		return nil, errNoAmendment
	}
	return &a, err
}

// propose keeps what somebody of the office wants amended, after holding it against lint, so that who approves is not asked about
// what cannot be.
func (b *Book) propose(ctx context.Context, s *act.Step) error {
	by, err := duty.Acting(ctx, s, duty.ProposeAmendment)
	if err != nil {
		return err
	}
	reason, _ := s.Act.Body["reason"].(string)
	day, _ := s.Act.Body["effective_on"].(string)
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n < 4 || n > 300 {
		return errReason
	}
	if !clock.ValidDay(day) || day < EarliestDay(s.ReportDay) {
		return errDay
	}
	changes, err := changesOf(s.Act.Body)
	if err != nil {
		return err
	}
	c, l, err := b.ahead(ctx, s.Tx)
	if err != nil {
		return err
	}
	p, err := amended(l.Pack, c, changes, day)
	if err != nil {
		return err
	}
	doc, err := json.Marshal(compared(c, l.Pack, p, changes))
	if err != nil {
		return err
	}
	id := ident.Derive(s.Act.ID, "amendment")
	s.Made = canon.Object{"amendment": id}
	_, err = s.Tx.Exec(ctx, insertAmendment, b.County, id, Proposed, day, reason, string(doc), by.Person, by.Post, s.Act.ReceivedAt, s.Act.Index)
	return err
}

func changesOf(body canon.Object) ([]pack.Change, error) {
	list, _ := body["changes"].([]any)
	if len(list) == 0 || len(list) > maxChanges {
		return nil, errChanges
	}
	out := make([]pack.Change, len(list))
	for i, x := range list {
		o, _ := x.(canon.Object)
		path, ok1 := o["path"].(string)
		value, ok2 := o["value"].(string)
		if !ok1 || !ok2 {
			return nil, errChanges
		}
		out[i] = pack.Change{Path: path, Value: strings.TrimSpace(value)}
	}
	return out, nil
}

// amended returns the pack as the changes make it. Days are held against the campaign's, which opening may have fixed otherwise
// than the pack proposed.
func amended(base *pack.Pack, c *Campaign, changes []pack.Change, day string) (*pack.Pack, error) {
	rest := make([]pack.Change, 0, len(changes))
	plan := c.clone()
	for _, ch := range changes {
		at := plan.dayAt(ch.Path)
		if at == nil {
			rest = append(rest, ch)
			continue
		}
		name := ch.Path
		for _, s := range base.Settings() {
			if s.Path == ch.Path {
				name = s.Name
			}
		}
		switch {
		case !clock.ValidDay(ch.Value):
			return nil, errs.Newf(errs.Invalid, "amendment.value", "%s：“%s”不是日期，没有提交；请改正后再试。", name, ch.Value)
		case ch.Value == *at:
			return nil, errs.Newf(errs.Invalid, "amendment.value", "“%s”的新值和现在一样，没有提交；请改正后再试。", name)
		case ch.Value < day || *at < day:
			return nil, errs.Newf(errs.Invalid, "amendment.past", "%s：生效日（%s）之前的日期已经过去，不能再改，也不能改到过去。", name, pack.DayText(day))
		}
		*at = ch.Value
		rest = append(rest, ch)
	}
	if !slices.Equal(plan.Phases, c.Phases) {
		if err := plan.check(); err != nil {
			return nil, err
		}
	}
	rest = slices.DeleteFunc(rest, func(ch pack.Change) bool { // the pack may have said so all along
		return slices.ContainsFunc(base.Settings(), func(s pack.Setting) bool { return s.Path == ch.Path && s.Group == pack.GroupDay && s.Value == ch.Value })
	})
	p, bad := assess.Amend(base, nextVersion(base.Head.Version), rest)
	if p == nil {
		var say []string
		for _, x := range bad {
			line := x.Say
			if x.Rule != "" {
				line += "（" + x.Rule + "）"
			}
			say = append(say, line)
		}
		return nil, errs.Newf(errs.Invalid, "amendment.lint", "调整后的方案通不过检查：%s。请改正后再提交。", strings.Join(slices.Compact(say), "；"))
	}
	return p, nil
}

func (c *Campaign) clone() *Campaign {
	out := *c
	out.Phases, out.Days = slices.Clone(c.Phases), slices.Clone(c.Days)
	return &out
}

// check says whether the phases follow one another.
func (c *Campaign) check() error {
	for i, p := range c.Phases {
		if !clock.ValidDay(p.From) || (p.To != "" && (!clock.ValidDay(p.To) || p.To < p.From)) {
			return errs.Newf(errs.Invalid, "amendment.phase", "阶段“%s”的结束日在开始日之前；请一并调整。", p.Name)
		}
		if i > 0 && (c.Phases[i-1].To == "" || c.Phases[i-1].To >= p.From) {
			return errs.Newf(errs.Invalid, "amendment.phase", "阶段“%s”和“%s”的日期重叠；请一并调整前一阶段的结束日和后一阶段的开始日。", c.Phases[i-1].Name, p.Name)
		}
	}
	return nil
}

// compared says each change before and after, as people read it.
func compared(c *Campaign, before, after *pack.Pack, changes []pack.Change) []AmendedSetting {
	old, now := settingsOf(c, before), after.Settings()
	find := func(list []pack.Setting, path string) pack.Setting {
		i := slices.IndexFunc(list, func(s pack.Setting) bool { return s.Path == path })
		if i < 0 {
			return pack.Setting{Path: path, Name: path}
		}
		return list[i]
	}
	out := make([]AmendedSetting, len(changes))
	for i, ch := range changes {
		x, y := find(old, ch.Path), find(now, ch.Path)
		out[i] = AmendedSetting{ch.Path, x.Group, x.Name, x.Value, ch.Value, x.Text, y.Text}
		if x.Group == pack.GroupDay {
			out[i].AfterText = pack.DayText(ch.Value)
		}
	}
	return out
}

// nextVersion counts amendments behind the pack's own version: 1, 1+1, 1+2.
func nextVersion(v string) string {
	own, n, ok := strings.Cut(v, "+")
	if !ok {
		return own + "+1"
	}
	k, _ := strconv.Atoi(n)
	return own + "+" + strconv.Itoa(k+1)
}
