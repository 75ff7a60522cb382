// Package campaign is the drive itself: the packs that were installed, the one in force, its phases
// and days as the county fixed them on opening. The pack proposes, campaign.open fixes (design
// contract 12), and two people amend. It owns packs, campaigns and amendments.
package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"gonggu/internal/act"
	"gonggu/internal/assess"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// The kinds of act of this package.
const (
	KindInstall = "pack.install"
	KindOpen    = "campaign.open"
)

// beforeOpening is the cut-off while no campaign is open; nothing is reported then.
const beforeOpening = "18:00"

// ErrNone: no campaign has been opened.
var ErrNone = errs.New(errs.NotFound, "campaign.none", "还没有启动专项行动；请县巩固办先在“方案”页启动。")

// Phase is a stage with its first and last day.
type Phase struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	From   string `json:"from"`
	To     string `json:"to"`
	Clause string `json:"clause"`
}

// Day is a single dated limit; Inclusive says that the day itself is in time.
type Day struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	On        string `json:"on"`
	Inclusive bool   `json:"inclusive"`
	Clause    string `json:"clause"`
}

// Campaign is the drive as it was opened.
type Campaign struct {
	ID       string
	Title    string
	Pack     string // digest
	CutOff   string // "18:00", county time
	Phases   []Phase
	Days     []Day
	OpenedAt int64
}

// FirstOn returns the first day of the first phase.
func (c *Campaign) FirstOn() string {
	first := ""
	for _, p := range c.Phases {
		if first == "" || p.From < first {
			first = p.From
		}
	}
	return first
}

// LastOn returns the last day of the last phase, "" when it is open-ended.
func (c *Campaign) LastOn() string {
	last := ""
	for _, p := range c.Phases {
		if p.To == "" {
			return ""
		}
		last = max(last, p.To)
	}
	return last
}

// PhaseOn returns the phase that a day falls into.
func (c *Campaign) PhaseOn(day string) (Phase, bool) {
	for _, p := range c.Phases {
		if day >= p.From && (p.To == "" || day <= p.To) {
			return p, true
		}
	}
	return Phase{}, false
}

// Day returns a dated limit by its id.
func (c *Campaign) Day(id string) (Day, bool) {
	i := slices.IndexFunc(c.Days, func(d Day) bool { return d.ID == id })
	if i < 0 {
		return Day{}, false
	}
	return c.Days[i], true
}

// Loaded is an installed pack with its engine.
type Loaded struct {
	Pack   *pack.Pack
	Engine *assess.Engine
}

// Book reads and opens the county's campaigns. Safe for concurrent use.
type Book struct {
	County string
	// Switched is told, inside the act, that amended days came into force: what was promised by the old ones moves.
	Switched func(ctx context.Context, s *act.Step, before, after *Campaign) error

	mu     sync.Mutex
	loaded map[string]*Loaded
	lately atomic.Pointer[Campaign]
}

// NewBook returns the county's book.
func NewBook(county string) *Book { return &Book{County: county, loaded: map[string]*Loaded{}} }

// Kinds returns what the acts of this package mean.
func (b *Book) Kinds() map[string]act.Kind {
	return map[string]act.Kind{KindInstall: {Apply: b.install}, KindOpen: {Apply: b.open}, KindPropose: {Apply: b.propose}, KindApprove: {Apply: b.approve},
		KindReject: {Apply: b.reject}, KindSwitch: {Apply: b.switchTo}}
}

// InstallBody is the body of a pack.install act: the compiled pack itself, so that the log holds the
// notice that everything was judged by.
func InstallBody(p *pack.Pack) (canon.Object, error) {
	v, err := canon.Parse(p.CompiledJSON())
	if err != nil {
		return nil, fmt.Errorf("compiled pack: %w", err)
	}
	return canon.Object{"digest": p.Digest(), "version": p.Version(), "pack": v}, nil
}

// OpenBody is the body of a campaign.open act with the days that the pack proposes.
func OpenBody(p *pack.Pack) canon.Object {
	phases, days := []any{}, []any{}
	for _, x := range p.Head.Phases {
		phases = append(phases, canon.Object{"id": x.ID, "name": x.Name, "from": x.From, "to": x.To, "clause": x.Clause})
	}
	for _, x := range p.Head.Days {
		days = append(days, canon.Object{"id": x.ID, "name": x.Name, "on": x.On, "inclusive": x.Inclusive, "clause": x.Clause})
	}
	return canon.Object{"title": p.Head.Title, "cut_off": p.Head.CutOff, "phases": phases, "days": days}
}

func (b *Book) install(ctx context.Context, s *act.Step) error {
	if s.Act.Actor != act.System {
		if _, err := duty.Acting(ctx, s, duty.OpenCampaign); err != nil {
			return err
		}
	}
	doc, err := canon.Marshal(s.Act.Body["pack"])
	if err != nil {
		return errs.New(errs.Invalid, "pack.damaged", "方案包内容不完整，未安装；请用 gonggu pack lint 检查后重新安装。").Because(err)
	}
	p, err := pack.FromCompiled(doc)
	if err != nil || p.Digest() != s.Act.Body["digest"] {
		return errs.New(errs.Invalid, "pack.digest", "方案包摘要与内容不一致，未安装；请重新生成方案包。").Because(err)
	}
	_, err = s.Tx.Exec(ctx, insertPack, b.County, p.Digest(), p.Version(), s.Act.Index, doc)
	return err
}

func (b *Book) open(ctx context.Context, s *act.Step) error {
	if s.Act.Actor != act.System {
		if _, err := duty.Acting(ctx, s, duty.OpenCampaign); err != nil {
			return err
		}
	}
	l, err := b.Loaded(ctx, s.Tx, s.Act.Pack)
	if err != nil {
		return err
	}
	if l.Pack.Head.County != b.County {
		return errs.New(errs.Invalid, "campaign.other_county", "这个方案包是为其他县编制的，不能启动。")
	}
	if _, err := b.InForce(ctx, s.Tx); err == nil {
		return errs.New(errs.Conflict, "campaign.already_open", "专项行动已经启动，不能重复启动。")
	}
	plan, err := canon.Marshal(canon.Object{"phases": s.Act.Body["phases"], "days": s.Act.Body["days"]})
	if err != nil {
		return errs.New(errs.Invalid, "campaign.plan", "阶段和日期填写不完整，未启动；请补齐后重试。").Because(err)
	}
	c := &Campaign{}
	if err := json.Unmarshal(plan, c); err != nil || len(c.Phases) == 0 {
		return errs.New(errs.Invalid, "campaign.plan", "阶段和日期填写不完整，未启动；请补齐后重试。").Because(err)
	}
	for _, p := range c.Phases {
		if !clock.ValidDay(p.From) || (p.To != "" && (!clock.ValidDay(p.To) || p.To < p.From)) {
			return errs.Newf(errs.Invalid, "campaign.phase", "阶段“%s”的起止日期不对，未启动；请改正后重试。", p.Name)
		}
	}
	cutOff, _ := s.Act.Body["cut_off"].(string)
	if _, ok := clock.At(c.Phases[0].From, cutOff); !ok {
		return errs.New(errs.Invalid, "campaign.cut_off", "日报截止时间应写成 18:00 的样子，未启动。")
	}
	title, _ := s.Act.Body["title"].(string)
	_, err = s.Tx.Exec(ctx, insertCampaign, b.County, s.Act.ID, title, s.Act.Pack, cutOff, c.FirstOn(), c.LastOn(), string(plan), s.Act.ReceivedAt, s.Act.Index)
	return err
}

// InForce returns the open campaign. Code: campaign.none.
func (b *Book) InForce(ctx context.Context, r database.Reader) (*Campaign, error) {
	var c Campaign
	var plan string
	err := r.QueryRow(ctx, readCampaign, b.County).Scan(&c.ID, &c.Title, &c.Pack, &c.CutOff, &plan, &c.OpenedAt)
	if database.Missing(err) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	return &c, json.Unmarshal([]byte(plan), &c)
}

// CutOff returns the time of day at which the report closes.
func (b *Book) CutOff(ctx context.Context, r database.Reader) (string, error) {
	c, err := b.InForce(ctx, r)
	if errs.Code(err) == ErrNone.Code {
		return beforeOpening, nil
	}
	if err != nil {
		return "", err
	}
	b.lately.Store(c) // the lane asks at the beginning of every batch
	return c.CutOff, nil
}

// Lately is Current as the lane saw it last, without asking the database, unless r is a transaction. What is made of it is made again
// when the lane finds another campaign in force (Same). Nothing of it may be changed.
func (b *Book) Lately(ctx context.Context, r database.Reader) (*Campaign, *Loaded, error) {
	c := b.lately.Load()
	if _, in := r.(*database.Tx); in || c == nil {
		return b.Current(ctx, r)
	}
	l, err := b.Loaded(ctx, r, c.Pack)
	return c, l, err
}

// Same reports whether two readings of the campaign are equal.
func (c *Campaign) Same(d *Campaign) bool {
	return c == d || (c.ID == d.ID && c.Pack == d.Pack && c.CutOff == d.CutOff && slices.Equal(c.Phases, d.Phases) && slices.Equal(c.Days, d.Days))
}

// Loaded returns an installed pack by its digest. Code: pack.not_installed.
func (b *Book) Loaded(ctx context.Context, r database.Reader, digest string) (*Loaded, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.loaded[digest]; l != nil {
		return l, nil
	}
	var doc []byte
	err := r.QueryRow(ctx, readPack, b.County, digest).Scan(&doc)
	if database.Missing(err) {
		return nil, errs.New(errs.Invalid, "pack.not_installed", "表单所用的方案版本没有在本县安装，未受理；请更新应用后重新打开表单。")
	}
	if err != nil {
		return nil, err
	}
	p, err := pack.FromCompiled(doc)
	if err != nil {
		return nil, err
	}
	e, err := assess.Compile(p)
	if err != nil {
		return nil, err
	}
	b.loaded[digest] = &Loaded{p, e}
	return b.loaded[digest], nil
}

// Current returns the open campaign with its pack.
func (b *Book) Current(ctx context.Context, r database.Reader) (*Campaign, *Loaded, error) {
	c, err := b.InForce(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	l, err := b.Loaded(ctx, r, c.Pack)
	return c, l, err
}

// Latest returns the pack installed last. Code: pack.not_installed.
func (b *Book) Latest(ctx context.Context, r database.Reader) (*Loaded, error) {
	var digest string
	if err := r.QueryRow(ctx, latestPack, b.County).Scan(&digest); err != nil && !database.Missing(err) {
		return nil, err
	}
	return b.Loaded(ctx, r, digest)
}
