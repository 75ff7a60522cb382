package act

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/seal"
	"gonggu/internal/tally"
)

// maxBatch bounds how many acts share one commit.
const maxBatch = 1024

// Kind says what an act of one kind means.
type Kind struct {
	// Prepare does what can be done before the lane (rules, hashes), concurrently and reading only. May be nil.
	Prepare func(ctx context.Context, r database.Reader, a *Act, open map[string]Opening) (any, error)
	// Apply carries the act out inside the lane. It checks everything first: an error that may be shown
	// to a user, returned before the first write, refuses the act.
	Apply func(ctx context.Context, s *Step) error
}

// Step is one act being applied.
type Step struct {
	Tx        *database.Tx
	Act       *Act
	Prepared  any
	ReportDay string // the daily report that its receipt belongs to (design contract 6)
	Made      canon.Object
	Serial    int // counts the rows that this act makes beside its own, for their keys

	open  map[string]Opening
	tally tally.Batch
}

// Opened returns the value behind a commitment of this act.
func (s *Step) Opened(hash string) (string, bool) {
	o, ok := s.open[hash]
	return o.Value, ok
}

// Tally changes a count by n, for this act's report day and the day the thing was done.
func (s *Step) Tally(area, measure, item, doneOn string, n int64) {
	s.tally.Add(area, measure, item, tally.Days{Reported: s.ReportDay, Done: doneOn}, n)
}

// Outcome is one of the four answers to an act (design contract 5).
type Outcome string

// The answers.
const (
	Accepted Outcome = "accepted"
	Known    Outcome = "known"
	Waiting  Outcome = "waiting"
	Refused  Outcome = "refused"
)

// Answer tells what became of an act. Index, ReceivedAt and Leaf are the receipt.
type Answer struct {
	ID         string
	Outcome    Outcome
	Index      int64
	ReceivedAt int64
	Leaf       []byte
	WaitingFor []string
	Code       string
	Reason     string
	Made       canon.Object
}

// Lane applies a county's acts one after another, many under one commit.
type Lane struct {
	county string
	db     *database.DB
	clock  clock.Clock
	keys   *seal.Keys
	kinds  map[string]Kind
	cutOff func(ctx context.Context, r database.Reader) (string, error)

	in     chan *entry
	done   chan struct{}
	closed sync.Once
	cached *tree
}

type entry struct {
	sub      Submission
	by       string
	raw      []byte // the bytes of what is no act
	bad      error
	bytes    []byte
	digest   [32]byte
	open     map[string]Opening
	prepared any
	refusal  error // found before the lane; what an act's own kind found may be out of date
	asked    bool  // the refusal is the kind's: ask again inside the lane
	at       int64 // replay only: the receipt time of old
	reply    chan result
}

type result struct {
	answer Answer
	err    error
}

// Options of a Lane.
type Options struct {
	County string
	DB     *database.DB
	Clock  clock.Clock
	Keys   *seal.Keys
	Kinds  map[string]Kind
	// CutOff tells the time of day at which the report closes ("18:00").
	CutOff func(ctx context.Context, r database.Reader) (string, error)
}

// NewLane starts the lane of one county. Close stops it.
func NewLane(o Options) *Lane {
	l := &Lane{county: o.County, db: o.DB, clock: o.Clock, keys: o.Keys, kinds: o.Kinds, cutOff: o.CutOff,
		in: make(chan *entry, maxBatch), done: make(chan struct{})}
	go l.run()
	return l
}

// Close ends the lane after the batch in hand. Submissions that come later fail.
func (l *Lane) Close() {
	l.closed.Do(func() { close(l.in) })
	<-l.done
}

// County returns the lane's county code.
func (l *Lane) County() string { return l.county }

// Submit applies acts in order on behalf of the signed-in person and returns an answer for each,
// once what they say is durable. Sending the same act again returns the same receipt.
func (l *Lane) Submit(ctx context.Context, by string, subs ...Submission) ([]Answer, error) {
	return l.SubmitMany(ctx, func(i int) (string, Submission) { return by, subs[i] }, len(subs))
}

// SubmitMany is Submit for n acts of several people, as a relay or a demonstration brings them.
func (l *Lane) SubmitMany(ctx context.Context, sub func(i int) (by string, s Submission), n int) ([]Answer, error) {
	entries := make([]*entry, n)
	for i := range entries {
		by, s := sub(i)
		entries[i] = l.prepare(ctx, s, by)
	}
	return l.push(ctx, entries)
}

// Keep stores bytes that are no act at all, so that they can be repaired, and answers refused.
func (l *Lane) Keep(ctx context.Context, by string, raw []byte, why error) (Answer, error) {
	a, err := l.push(ctx, []*entry{{by: by, raw: raw, bad: why, reply: make(chan result, 1)}})
	if err != nil {
		return Answer{}, err
	}
	return a[0], nil
}

func (l *Lane) push(ctx context.Context, entries []*entry) (answers []Answer, err error) {
	defer func() {
		if recover() != nil { // the channel is closed: the server is stopping
			answers, err = nil, errs.New(errs.Busy, "lane.stopping", "系统正在停止，记录未受理；请稍后重新提交。")
		}
	}()
	for _, e := range entries {
		select {
		case l.in <- e:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	answers = make([]Answer, len(entries))
	for i, e := range entries {
		select {
		case r := <-e.reply:
			if r.err != nil {
				return nil, r.err
			}
			answers[i] = r.answer
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return answers, nil
}

// prepare does all work that needs no order, before the lane.
func (l *Lane) prepare(ctx context.Context, s Submission, by string) *entry {
	e := &entry{sub: s, by: by, reply: make(chan result, 1)}
	var err error
	if e.bytes, err = s.Act.Bytes(); err != nil || len(e.bytes) > MaxBytes {
		e.refusal = ErrEnvelope.Because(err)
		e.bytes = nil
		return e
	}
	e.digest = sha256.Sum256(e.bytes)
	if e.open, e.refusal = checkOpenings(s.Act, s.Open); e.refusal != nil {
		return e
	}
	switch k, ok := l.kinds[s.Act.Kind]; {
	case s.Act.County != l.county:
		e.refusal = errs.New(errs.Invalid, "act.other_county", "这条记录属于其他县，未受理；请检查应用登录的县。")
	case by != s.Act.Actor:
		e.refusal = errs.New(errs.Forbidden, "act.not_yours", "签认人与登录人不是同一人，未受理；请由本人登录后提交。")
	case !ok:
		e.refusal = errs.Newf(errs.Invalid, "act.unknown_kind", "不认识的操作“%s”，未受理；请更新应用后重试。", s.Act.Kind)
	case k.Prepare != nil:
		e.prepared, e.refusal = k.Prepare(ctx, l.db, s.Act, e.open)
		e.asked = true
	}
	return e
}

func (l *Lane) run() {
	defer close(l.done)
	for first := range l.in {
		batch := []*entry{first}
	fill:
		for len(batch) < maxBatch {
			select {
			case e, ok := <-l.in:
				if !ok {
					break fill
				}
				batch = append(batch, e)
			default:
				break fill
			}
		}
		l.commit(context.Background(), batch)
	}
}

func (l *Lane) commit(ctx context.Context, batch []*entry) {
	// An act refused after it had written is refused again on a clean transaction, before it writes.
	forced := map[string]error{}
	answers, err := l.try(ctx, batch, forced)
	for late := (*lateRefusal)(nil); errors.As(err, &late) && forced[late.id] == nil; {
		forced[late.id] = late.err
		answers, err = l.try(ctx, batch, forced)
	}
	switch {
	case err == nil:
		for i, e := range batch {
			e.reply <- result{answer: answers[i]}
		}
	case len(batch) > 1:
		for _, e := range batch {
			l.commit(ctx, []*entry{e})
		}
	default: // ours: nothing was done, and its author sends it again
		batch[0].reply <- result{err: fmt.Errorf("lane: %w", err)}
	}
}

type lateRefusal struct {
	id  string
	err error
}

func (r *lateRefusal) Error() string { return "refused after a write: " + r.err.Error() }

// batch is the state of one transaction of the lane.
type batch struct {
	lane   *Lane
	tx     *database.Tx
	tree   *tree
	now    int64
	cutOff string
	tally  tally.Batch
	forced map[string]error // acts, by id, to refuse before they write
}

func (l *Lane) try(ctx context.Context, entries []*entry, forced map[string]error) (answers []Answer, err error) {
	var grown *tree
	err = l.db.WriteAlone(ctx, lockOf(l.county), func(tx *database.Tx) error {
		answers = answers[:0]
		b, err := l.begin(ctx, tx, forced)
		if err != nil {
			return err
		}
		for _, e := range entries {
			a, err := b.take(ctx, e)
			if err != nil {
				return err
			}
			answers = append(answers, a)
		}
		if err := b.end(ctx); err != nil {
			return err
		}
		grown = b.tree
		return nil
	})
	if err == nil {
		l.cached = grown
	}
	return answers, err
}

func (l *Lane) begin(ctx context.Context, tx *database.Tx, forced map[string]error) (*batch, error) {
	head, err := ReadHead(ctx, tx, l.county)
	if err != nil {
		return nil, err
	}
	b := &batch{lane: l, tx: tx, forced: forced, now: max(l.clock.Now(), head.ReceivedAt)}
	if l.cached != nil && l.cached.size == head.Size {
		b.tree = l.cached.clone()
	} else if b.tree, err = loadTree(ctx, tx, l.county, head.Size); err != nil {
		return nil, err
	}
	b.cutOff, err = l.cutOff(ctx, tx)
	return b, err
}

// end writes the log's tiles and head and the counts.
func (b *batch) end(ctx context.Context) error {
	if err := b.tally.Fold(ctx, b.tx, b.lane.county); err != nil {
		return err
	}
	if len(b.tree.dirty) == 0 {
		return nil
	}
	root, err := b.tree.root(ctx, b.tx)
	if err != nil {
		return err
	}
	if err := b.tree.store(ctx, b.tx); err != nil {
		return err
	}
	_, err = b.tx.Exec(ctx, writeHead, b.lane.county, b.tree.size, root[:], b.now)
	return err
}

// take answers one entry.
func (b *batch) take(ctx context.Context, e *entry) (Answer, error) {
	if e.raw != nil {
		return b.keep(ctx, e)
	}
	if e.at != 0 {
		b.now = e.at
	}
	a := e.sub.Act
	if ans, found, err := b.seen(ctx, e); err != nil || found {
		return ans, err
	}
	refusal, prepared := e.refusal, e.prepared
	if refusal != nil && e.asked {
		// What it missed may have come with an act before it in this very batch.
		prepared, refusal = b.lane.kinds[a.Kind].Prepare(ctx, b.tx, a, e.open)
	}
	if refusal == nil {
		refusal = b.forced[a.ID]
	}
	if refusal != nil {
		if !errs.Shown(refusal) {
			return Answer{}, refusal
		}
		return b.refuse(ctx, e, refusal)
	}
	missing, err := b.missing(ctx, a)
	if err != nil {
		return Answer{}, err
	}
	if len(missing) > 0 {
		if e.at != 0 {
			return Answer{}, &notAgain{"act.waits", "缺少它之前的记录 " + missing[0]}
		}
		return b.wait(ctx, e, missing)
	}
	ans, err := b.apply(ctx, e, prepared)
	if err != nil || ans.Outcome != Accepted || e.at != 0 {
		return ans, err
	}
	return ans, b.wake(ctx, a.ID)
}

// apply carries out an act and enters it in the log.
func (b *batch) apply(ctx context.Context, e *entry, prepared any) (Answer, error) {
	a := *e.sub.Act
	a.Index, a.ReceivedAt = b.tree.size, b.now
	s := &Step{Tx: b.tx, Act: &a, Prepared: prepared, ReportDay: clock.ReportDay(b.now, b.cutOff), open: e.open}
	before := b.tx.Writes()
	if err := b.lane.kinds[a.Kind].Apply(ctx, s); err != nil {
		switch {
		case !errs.Shown(err):
			return Answer{}, err
		case b.tx.Writes() != before:
			return Answer{}, &lateRefusal{a.ID, err}
		}
		return b.refuse(ctx, e, err)
	}
	record, err := a.Record()
	if err != nil {
		return Answer{}, err
	}
	leaf := tlog.RecordHash(record)
	if err := b.tree.append(leaf); err != nil {
		return Answer{}, err
	}
	if _, err := b.tx.Exec(ctx, insertAct, a.County, a.Index, a.ID, a.Kind, a.Subject, a.Actor, a.Post, a.ReceivedAt, e.digest[:], leaf[:], pack(record)); err != nil {
		return Answer{}, err
	}
	if err := b.storeOpenings(ctx, &a, e.open); err != nil {
		return Answer{}, err
	}
	if err := b.markRepair(ctx, &a); err != nil {
		return Answer{}, err
	}
	b.tally.Merge(&s.tally)
	if b.cutOff, err = b.cutOffAfter(ctx, a.Kind); err != nil {
		return Answer{}, err
	}
	return Answer{ID: a.ID, Outcome: Accepted, Index: a.Index, ReceivedAt: a.ReceivedAt, Leaf: leaf[:], Made: s.Made}, nil
}

// cutOffAfter reads the cut-off again after an act of the campaign, which may have moved it.
func (b *batch) cutOffAfter(ctx context.Context, kind string) (string, error) {
	if len(kind) < 9 || kind[:9] != "campaign." {
		return b.cutOff, nil
	}
	return b.lane.cutOff(ctx, b.tx)
}

// seen finds out whether this id has its answer already.
func (b *batch) seen(ctx context.Context, e *entry) (Answer, bool, error) {
	a := e.sub.Act
	ans := Answer{ID: a.ID}
	var digest []byte
	err := b.tx.QueryRow(ctx, knownAct, b.lane.county, a.ID).Scan(&ans.Index, &ans.ReceivedAt, &digest, &ans.Leaf)
	switch {
	case err == nil && bytes.Equal(digest, e.digest[:]):
		ans.Outcome = Known
		return ans, true, nil
	case err == nil:
		ans.Outcome, ans.Index, ans.ReceivedAt, ans.Leaf = Refused, 0, 0, nil
		ans.Code, ans.Reason = "act.id_taken", "同一编号下已有内容不同的记录，未受理；请重新打开表单后再提交。"
		return ans, true, nil
	case !database.Missing(err):
		return ans, false, err
	}
	if e.at != 0 {
		return ans, false, nil // what was accepted before was not refused
	}
	err = b.tx.QueryRow(ctx, refusedAct, b.lane.county, a.ID).Scan(&ans.Code, &ans.Reason)
	if err == nil {
		ans.Outcome = Refused
		return ans, true, nil
	}
	if !database.Missing(err) {
		return ans, false, err
	}
	return ans, false, nil
}

func (b *batch) missing(ctx context.Context, a *Act) ([]string, error) {
	var out []string
	for _, id := range a.After {
		var x int64
		err := b.tx.QueryRow(ctx, knownAct, b.lane.county, id).Scan(&x, &x, new([]byte), new([]byte))
		if database.Missing(err) {
			out = append(out, id)
		} else if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func lockOf(county string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("gonggu/lane/" + county))
	return int64(h.Sum64())
}
