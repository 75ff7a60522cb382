package act

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/merkle"
	"gonggu/internal/seal"
	"gonggu/internal/tally"
)

// maxBatch bounds how many acts share one commit.
const maxBatch = 1024

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
	purged func(ctx context.Context, hash string) (bool, error)

	in     chan *entry
	gate   *gate
	room   *semaphore.Weighted // of what is read out of requests
	coming atomic.Int64        // acts that are being prepared
	done   chan struct{}
	closed sync.Once
	cached *merkle.Tree
}

type entry struct {
	sub      Submission
	by       string
	raw      []byte // the bytes of what is no act
	bad      error
	beside   Beside // no act at all, but a write that shares the commit
	bytes    []byte
	doc      []byte // the bytes as they are stored
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
	// Purged tells a replay which openings a later act destroyed; nil where acts are taken for the first time.
	Purged func(ctx context.Context, hash string) (bool, error)
}

// NewLane starts the lane of one county. Close stops it.
func NewLane(o Options) *Lane {
	l := &Lane{county: o.County, db: o.DB, clock: o.Clock, keys: o.Keys, kinds: o.Kinds, cutOff: o.CutOff, purged: o.Purged,
		in: make(chan *entry, maxBatch), gate: newGate(o.DB.Engine()), room: semaphore.NewWeighted(mostAtWork), done: make(chan struct{})}
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

// Kinds returns every kind of act that the lane applies, sorted.
func (l *Lane) Kinds() []string { return slices.Sorted(maps.Keys(l.kinds)) }

// Submit applies acts in order on behalf of the signed-in person and returns an answer for each,
// once what they say is durable. Sending the same act again returns the same receipt.
func (l *Lane) Submit(ctx context.Context, by string, subs ...Submission) ([]Answer, error) {
	return l.SubmitMany(ctx, func(i int) (string, Submission) { return by, subs[i] }, len(subs))
}

// SubmitMany is Submit for n acts of several people, as a relay or a demonstration brings them.
func (l *Lane) SubmitMany(ctx context.Context, sub func(i int) (by string, s Submission), n int) ([]Answer, error) {
	entries := make([]*entry, n)
	l.coming.Add(int64(n))
	announced := int64(n)
	defer func() { l.coming.Add(-announced) }()
	l.together(n, func(from, to int) {
		by, subs := make([]string, to-from), make([]Submission, to-from)
		for i := range subs {
			by[i], subs[i] = sub(from + i)
		}
		found := l.fetch(ctx, subs)
		for i, s := range subs {
			entries[from+i] = l.prepare(ctx, s, by[i], found[s.Act.Kind])
		}
	})
	return l.push(ctx, entries, &announced)
}

// Keep stores bytes that are no act at all, so that they can be repaired, and answers refused.
func (l *Lane) Keep(ctx context.Context, by string, raw []byte, why error) (Answer, error) {
	a, err := l.push(ctx, []*entry{{by: by, raw: raw, bad: why, reply: make(chan result, 1)}}, new(int64))
	if err != nil {
		return Answer{}, err
	}
	return a[0], nil
}

// Beside is a write that is no act and yet stands in the lane's order, under its lock and its commit.
// now is the lane's instant (Unix ms). It may run again from the start, like any transaction.
type Beside func(ctx context.Context, tx *database.Tx, now int64) error

// Beside runs a write in the lane, in one commit with the acts around it, and returns once it is durable.
func (l *Lane) Beside(ctx context.Context, fn Beside) error {
	_, err := l.push(ctx, []*entry{{beside: fn, reply: make(chan result, 1)}}, new(int64))
	return err
}

// ErrStopping: the server is stopping. Nothing was done; what is sent again to the next one is carried out there.
var ErrStopping = errs.New(errs.Busy, "lane.stopping", "系统正在停止，记录未受理；请稍后重新提交。")

// push hands entries to the lane and waits for its answers. announced counts those that the lane was told of and that are not with it yet.
func (l *Lane) push(ctx context.Context, entries []*entry, announced *int64) (answers []Answer, err error) {
	defer func() {
		if recover() != nil { // the channel is closed: the server is stopping
			answers, err = nil, ErrStopping
		}
	}()
	for _, e := range entries {
		if *announced > 0 {
			l.coming.Add(-1)
			*announced--
		}
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
func (l *Lane) prepare(ctx context.Context, s Submission, by string, found any) *entry {
	e := &entry{sub: s, by: by, reply: make(chan result, 1)}
	var err error
	if e.bytes, err = s.bytes(); err != nil || len(e.bytes) > MaxBytes {
		e.refusal = ErrEnvelope.Because(err)
		e.bytes = nil
		return e
	}
	e.digest, e.doc = sha256.Sum256(e.bytes), s.packed(e.bytes)
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
		e.prepared, e.refusal = k.Prepare(ctx, l.db, s.Act, e.open, found)
		e.asked = true
	}
	return e
}

func (l *Lane) run() {
	defer close(l.done)
	for first := range l.in {
		batch := l.gather(first)
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
	tree   *merkle.Tree
	now    int64
	cutOff string
	tally  tally.Batch
	forced map[string]error   // acts, by id, to refuse before they write
	asked  map[string]*Answer // ids looked up for the whole batch, with their answer of old; nil is none
	digest map[string][]byte  // of those that are in the log
	waits  bool               // some act waits for another
	memo   map[string]any
}

func (l *Lane) try(ctx context.Context, entries []*entry, forced map[string]error) (answers []Answer, err error) {
	var grown *merkle.Tree
	err = l.db.WriteAlone(ctx, lockOf(l.county), func(tx *database.Tx) error {
		l.gate.take()
		defer l.gate.leave()
		answers = answers[:0]
		b, err := l.begin(ctx, tx, forced)
		if err != nil {
			return err
		}
		if err := b.lookUp(ctx, entries); err != nil {
			return err
		}
		if err := b.ahead(ctx, entries); err != nil {
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
	b := &batch{lane: l, tx: tx, forced: forced, now: max(l.clock.Now(), head.ReceivedAt), memo: map[string]any{}}
	var id string
	switch err := tx.QueryRow(ctx, anyWait, l.county).Scan(&id); {
	case err == nil:
		b.waits = true
	case !database.Missing(err):
		return nil, err
	}
	if l.cached != nil && l.cached.Size() == head.Size {
		b.tree = l.cached.Clone()
	} else if b.tree, err = acts.Load(ctx, tx, l.county, head.Size); err != nil {
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
	return b.tree.Save(ctx, b.tx, b.now)
}

// take answers one entry.
func (b *batch) take(ctx context.Context, e *entry) (Answer, error) {
	switch {
	case e.beside != nil:
		return Answer{}, e.beside(ctx, b.tx, b.now)
	case e.raw != nil:
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
		prepared, refusal = b.lane.kinds[a.Kind].Prepare(ctx, b.tx, a, e.open, nil)
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
	if !b.waits {
		return ans, nil
	}
	return ans, b.wake(ctx, a.ID)
}

// apply carries out an act and enters it in the log.
func (b *batch) apply(ctx context.Context, e *entry, prepared any) (Answer, error) {
	a := *e.sub.Act
	a.Index, a.ReceivedAt = b.tree.Size(), b.now
	s := &Step{Tx: b.tx, Act: &a, Prepared: prepared, ReportDay: clock.ReportDay(b.now, b.cutOff), open: e.open, purged: b.lane.purged, memo: b.memo}
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
	leaf := leafOf(e.bytes, a.ReceivedAt)
	if err := b.tree.Append(leaf); err != nil {
		return Answer{}, err
	}
	if err := b.tx.Put(ctx, insertAct, a.County, a.Index, a.ID, a.Kind, a.Subject, a.Actor, a.Post, a.ReceivedAt, e.digest[:], leaf[:], e.doc); err != nil {
		return Answer{}, err
	}
	if err := b.storeOpenings(ctx, &a, e.open); err != nil {
		return Answer{}, err
	}
	if err := b.markRepair(ctx, &a); err != nil {
		return Answer{}, err
	}
	b.tally.Merge(&s.tally)
	if !b.lane.kinds[a.Kind].Quiet {
		clear(b.memo)
	}
	if b.asked != nil {
		b.asked[a.ID], b.digest[a.ID] = &Answer{ID: a.ID, Index: a.Index, ReceivedAt: a.ReceivedAt, Leaf: leaf[:]}, e.digest[:]
	}
	var err error
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
