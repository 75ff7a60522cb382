// Package retention ends what has been kept long enough: per kind of record the pack says how many
// months from when, one person proposes a purge up to a day, another approves it, and what is
// destroyed leaves a count and a hash over what it was called. What the acts add up to is destroyed
// inside the approving act, so that a replay does the same; files and copies beside it are removed
// afterwards by the program. It owns purges; what to destroy belongs to the nouns.
package retention

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
)

// The kinds of act of this package.
const (
	KindPropose = "retention.propose"
	KindApprove = "retention.approve"
)

// States of a purge.
const (
	Proposed = "proposed"
	Approved = "approved"
	Refused  = "refused"
)

// Errors of this package.
var (
	ErrBody     = errs.New(errs.Invalid, "act.body", "销毁的内容不完整，未受理；请刷新页面后重新提交。")
	ErrKind     = errs.New(errs.Invalid, "retention.kind", "方案包没有这一类记录的保存期限，或系统不能销毁这一类。")
	ErrNotDue   = errs.New(errs.Conflict, "retention.not_due", "所选日期的记录还没有到保存期限，不能提出销毁；请选更早的日期。")
	ErrNothing  = errs.New(errs.Conflict, "retention.nothing", "到这一天为止没有可以销毁的记录。")
	ErrNotFound = errs.New(errs.NotFound, "retention.not_found", "没有这份销毁申请。")
	ErrSettled  = errs.New(errs.Conflict, "retention.settled", "这份销毁申请已经办结；请刷新后查看。")
	ErrOwn      = errs.New(errs.Forbidden, "retention.own", "销毁要由另一个人批准，不能批准自己提出的。")
	ErrChanged  = errs.New(errs.Conflict, "retention.changed", "可销毁的记录与提出时不同，未批准；请由县巩固办重新提出。")
	ErrPending  = errs.New(errs.Conflict, "retention.pending", "这一类已有一份销毁申请等待批准，不用重复提出。")
)

// Found is what falls to a purge: how many records, and the hash over their names.
type Found struct {
	Count int64
	Proof string
}

// FoundOf counts names and hashes them, in order.
func FoundOf(names []string) (Found, error) {
	slices.Sort(names)
	proof, err := canon.Hash(names)
	return Found{int64(len(names)), proof}, err
}

// Purgeable is a kind of record that can be destroyed, as its noun offers it.
type Purgeable struct {
	// Find tells what is of a day up to and including through.
	Find func(ctx context.Context, r database.Reader, county, through string) (Found, error)
	// Destroy destroys it inside the approving act; nil for what is no part of what the acts add up to.
	Destroy func(ctx context.Context, s *act.Step, through string) error
}

type room struct {
	book  *campaign.Book
	kinds map[string]Purgeable
}

// Kinds returns what the acts of this package mean.
func Kinds(book *campaign.Book, kinds map[string]Purgeable) map[string]act.Kind {
	m := room{book, kinds}
	return map[string]act.Kind{KindPropose: {Apply: m.propose}, KindApprove: {Apply: m.approve}}
}

// Last returns the last day that may be destroyed today of a kind kept for so many months.
func Last(today string, r pack.Retention) string { return clock.AddMonths(today, -r.Months) }

func text(o canon.Object, k string) string {
	s, _ := o[k].(string)
	return strings.TrimSpace(s)
}

// check holds a proposal against the period and, for what the acts add up to, against what is there.
func (m room) check(ctx context.Context, s *act.Step, kind, through string, n int64, proof string) error {
	loaded, err := m.book.Loaded(ctx, s.Tx, s.Act.Pack)
	if err != nil {
		return err
	}
	what, known := m.kinds[kind]
	i := slices.IndexFunc(loaded.Pack.Privacy.Retention, func(r pack.Retention) bool { return r.Kind == kind })
	switch {
	case !known || i < 0 || kind == "":
		return ErrKind
	case !clock.ValidDay(through) || len(proof) != 64:
		return ErrBody
	case through > Last(clock.Day(s.Act.ReceivedAt), loaded.Pack.Privacy.Retention[i]):
		return ErrNotDue
	case n < 1:
		return ErrNothing
	case what.Destroy == nil:
		return nil // no part of the state: a replay could not count it
	}
	found, err := what.Find(ctx, s.Tx, s.Act.County, through)
	if err != nil {
		return err
	}
	if found.Count != n || found.Proof != proof {
		return ErrChanged
	}
	return nil
}

func (m room) propose(ctx context.Context, s *act.Step) error {
	if _, err := duty.Acting(ctx, s, duty.ProposePurge); err != nil {
		return err
	}
	b := s.Act.Body
	kind, through, proof, reason := text(b, "kind"), text(b, "through"), text(b, "proof"), text(b, "reason")
	n, _ := b["n"].(int64)
	if l := len([]rune(reason)); l < 4 || l > 200 {
		return ErrBody.At("reason", "写明为什么现在销毁（4 到 200 个字）")
	}
	if err := m.check(ctx, s, kind, through, n, proof); err != nil {
		return err
	}
	var other string
	if err := s.Tx.QueryRow(ctx, purgeOpen, s.Act.County, kind).Scan(&other); err == nil {
		return ErrPending
	} else if !database.Missing(err) {
		return err
	}
	id := ident.Derive(s.Act.ID, "purge")
	s.Made = canon.Object{"purge": id}
	_, err := s.Tx.Exec(ctx, insertPurge, s.Act.County, ident.Key(s.Act.Index, 0), id, kind, through, Proposed, n, proof, clock.Day(s.Act.ReceivedAt), s.Act.Post, reason, s.Act.Index)
	return err
}

func (m room) approve(ctx context.Context, s *act.Step) error {
	if _, err := duty.Acting(ctx, s, duty.ApprovePurge); err != nil {
		return err
	}
	p, err := ByID(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err != nil {
		return err
	}
	approve, said := s.Act.Body["approve"].(bool)
	proposer, err := duty.Known(ctx, s.Tx, s.Act.County, p.ProposedBy)
	switch {
	case err != nil:
		return err
	case !said || s.Act.Body["proof"] != p.Proof:
		return ErrBody
	case p.State != Proposed:
		return ErrSettled
	case proposer.Person == s.Act.Actor:
		return ErrOwn
	}
	state := Refused
	if approve {
		state = Approved
		if err := m.check(ctx, s, p.Kind, p.Through, p.Count, p.Proof); err != nil {
			return err
		}
		if destroy := m.kinds[p.Kind].Destroy; destroy != nil {
			if err := destroy(ctx, s, p.Through); err != nil {
				return err
			}
		}
	}
	_, err = s.Tx.Exec(ctx, settlePurge, state, clock.Day(s.Act.ReceivedAt), s.Act.Post, s.Act.County, p.ID)
	return err
}

// Purge is a proposal and what became of it. ProposedBy and ApprovedBy are posts.
type Purge struct {
	ID, Kind, Through, State string
	Count                    int64
	Proof                    string
	ProposedOn, ProposedBy   string
	ApprovedOn, ApprovedBy   string
	Reason                   string
}

func (p *Purge) read(r database.Row) error {
	return r.Scan(&p.ID, &p.Kind, &p.Through, &p.State, &p.Count, &p.Proof, &p.ProposedOn, &p.ProposedBy, &p.ApprovedOn, &p.ApprovedBy, &p.Reason)
}

// ByID returns a purge. Code: retention.not_found.
func ByID(ctx context.Context, r database.Reader, county, id string) (*Purge, error) {
	p := &Purge{}
	err := p.read(r.QueryRow(ctx, purgeByID, county, id))
	if database.Missing(err) {
		return nil, ErrNotFound
	}
	return p, err
}

// List returns the latest purges, newest first.
func List(ctx context.Context, r database.Reader, county string) ([]Purge, error) {
	rows, err := r.Query(ctx, listPurges, county)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (p Purge, err error) { return p, p.read(r) })
}
