package act

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// mostAtWork is how many acts may be on their way from the wire to their answers: those of one commit, and half as many for the next.
const mostAtWork = maxBatch * 3 / 2

// gatherFor is how long a commit waits for acts that are being prepared.
const gatherFor = 100 * time.Millisecond

// Admit waits until so many more acts may be read out of what was sent. An act that is being judged is thirty times what it is on the wire:
// those that wait for the lane wait unread. leave is called when they have their answers.
func (l *Lane) Admit(ctx context.Context, acts int) (leave func(), err error) {
	n := min(int64(acts), mostAtWork)
	if err := l.room.Acquire(ctx, n); err != nil {
		return nil, err
	}
	return func() { l.room.Release(n) }, nil
}

// together prepares acts, those of a large batch on all cores; a small one is not worth the goroutines. Whoever prepares holds a place
// at the gate for a stretch of acts, so that requests get through it one after another instead of all at the same late moment.
func (l *Lane) together(n int, prepare func(from, to int)) {
	const stretch = 25
	var next atomic.Int64
	some := func() bool {
		from := int(next.Add(stretch)) - stretch
		if from >= n {
			return false
		}
		l.gate.enter()
		defer l.gate.leave()
		prepare(from, min(from+stretch, n))
		return true
	}
	work := func() {
		for some() {
		}
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+stretch-1)/stretch) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}

// fetch lets each kind read at once what its acts will need before the lane. One that cannot is prepared act by act, which says why.
func (l *Lane) fetch(ctx context.Context, subs []Submission) map[string]any {
	const worth = 2
	acts, found := map[string][]*Act{}, map[string]any{}
	for _, s := range subs {
		if l.kinds[s.Act.Kind].Fetch != nil {
			acts[s.Act.Kind] = append(acts[s.Act.Kind], s.Act)
		}
	}
	for kind, list := range acts {
		if len(list) < worth {
			continue
		}
		if x, err := l.kinds[kind].Fetch(ctx, l.db, list); err == nil {
			found[kind] = x
		}
	}
	return found
}

// gather takes what is there, and waits a little for what is being prepared: a commit of few acts costs nearly as much as one of many.
func (l *Lane) gather(first *entry) []*entry {
	batch := []*entry{first}
	enough := time.NewTimer(gatherFor)
	defer enough.Stop()
	for len(batch) < maxBatch {
		select {
		case e, ok := <-l.in:
			if !ok {
				return batch
			}
			batch = append(batch, e)
			continue
		default:
		}
		if l.coming.Load() <= 0 {
			return batch
		}
		select {
		case e, ok := <-l.in:
			if !ok {
				return batch
			}
			batch = append(batch, e)
		case <-enough.C:
			return batch
		}
	}
	return batch
}

// ahead lets each kind read at once what its acts will need.
func (b *batch) ahead(ctx context.Context, entries []*entry) error {
	const worth = 2
	prepared := map[string][]any{}
	for _, e := range entries {
		if e.prepared != nil && e.refusal == nil && b.lane.kinds[e.sub.Act.Kind].Ahead != nil {
			prepared[e.sub.Act.Kind] = append(prepared[e.sub.Act.Kind], e.prepared)
		}
	}
	for kind, list := range prepared {
		if len(list) < worth {
			continue
		}
		if err := b.lane.kinds[kind].Ahead(ctx, &Step{Tx: b.tx, memo: b.memo}, list); err != nil {
			return err
		}
	}
	return nil
}
