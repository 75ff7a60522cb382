package act

import (
	"bytes"
	"context"
	"strconv"

	"gonggu/internal/database"
)

// recordOf returns what Act.Record would, from the envelope's canonical bytes: the receipt time has its place
// after "post", and what follows holds no object that could have a key of that name.
func recordOf(envelope []byte, receivedAt int64) []byte {
	const after = `,"sealed":[`
	i := bytes.LastIndex(envelope, []byte(after))
	out := make([]byte, 0, len(envelope)+40)
	out = append(out, envelope[:i]...)
	out = append(out, `,"received_at":`...)
	out = strconv.AppendInt(out, receivedAt, 10)
	return append(out, envelope[i:]...)
}

// lookUp asks once for all the ids of a batch whether they have their answer already.
func (b *batch) lookUp(ctx context.Context, entries []*entry) error {
	const most = 200
	b.asked, b.digest = make(map[string]*Answer, len(entries)), map[string][]byte{}
	ids := make([]any, 0, len(entries))
	for _, e := range entries {
		if e.raw == nil && e.beside == nil {
			if _, twice := b.asked[e.sub.Act.ID]; !twice {
				b.asked[e.sub.Act.ID] = nil
				ids = append(ids, e.sub.Act.ID)
			}
		}
	}
	for len(ids) > 0 {
		n := min(len(ids), most)
		if err := b.known(ctx, ids[:n]); err != nil {
			return err
		}
		if err := b.refusedBefore(ctx, ids[:n]); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (b *batch) of(ids []any) *database.Where {
	w := &database.Where{}
	return w.And("county = ?", b.lane.county).And("id IN ("+database.In(len(ids))+")", ids...)
}

func (b *batch) known(ctx context.Context, ids []any) error {
	text, args := b.of(ids).SQL(knownActs, "")
	rows, err := b.tx.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		a, digest := &Answer{Outcome: Known}, []byte{}
		if err := rows.Scan(&a.ID, &a.Index, &a.ReceivedAt, &digest, &a.Leaf); err != nil {
			return err
		}
		b.asked[a.ID], b.digest[a.ID] = a, digest
	}
	return rows.Err()
}

func (b *batch) refusedBefore(ctx context.Context, ids []any) error {
	text, args := b.of(ids).SQL(refusedActs, "")
	rows, err := b.tx.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		a := &Answer{Outcome: Refused}
		if err := rows.Scan(&a.ID, &a.Code, &a.Reason); err != nil {
			return err
		}
		if b.asked[a.ID] == nil {
			b.asked[a.ID] = a
		}
	}
	return rows.Err()
}

// seen finds out whether this id has its answer already.
func (b *batch) seen(ctx context.Context, e *entry) (Answer, bool, error) {
	id := e.sub.Act.ID
	if _, looked := b.asked[id]; !looked { // it waited, and is taken now
		b.asked[id] = nil
		if err := b.known(ctx, []any{id}); err != nil {
			return Answer{}, false, err
		}
		if err := b.refusedBefore(ctx, []any{id}); err != nil {
			return Answer{}, false, err
		}
	}
	old := b.asked[id]
	if old == nil {
		return Answer{}, false, nil
	}
	ans := *old
	digest, inLog := b.digest[id]
	switch {
	case inLog && bytes.Equal(digest, e.digest[:]):
		ans.Outcome = Known
	case inLog:
		ans = Answer{ID: id, Outcome: Refused, Code: "act.id_taken", Reason: "同一编号下已有内容不同的记录，未受理；请重新打开表单后再提交。"}
	}
	return ans, true, nil
}
