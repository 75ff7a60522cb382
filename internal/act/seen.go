package act

import (
	"bytes"
	"context"
	"strconv"

	"gonggu/internal/database"
	"gonggu/internal/merkle"
)

// In canonical bytes the receipt time has its place after "post" and before "sealed"; what follows holds
// no object that could have a key of that name.
const receipt, afterReceipt = `,"received_at":`, `,"sealed":[`

// recordOf returns what Act.Record would, from the envelope's canonical bytes.
func recordOf(envelope []byte, receivedAt int64) []byte {
	i := bytes.LastIndex(envelope, []byte(afterReceipt))
	out := make([]byte, 0, len(envelope)+40)
	out = append(out, envelope[:i]...)
	out = append(out, receipt...)
	out = strconv.AppendInt(out, receivedAt, 10)
	return append(out, envelope[i:]...)
}

// leafOf returns the log's leaf of what Act.Record would return, without putting the bytes together.
func leafOf(envelope []byte, receivedAt int64) merkle.Hash {
	i := bytes.LastIndex(envelope, []byte(afterReceipt))
	var at [len(receipt) + 20]byte
	return merkle.LeafOf(envelope[:i], strconv.AppendInt(append(at[:0], receipt...), receivedAt, 10), envelope[i:])
}

// recordIn returns the leaf's bytes and the author's out of a stored document, which holds the receipt time
// when it was written by an early version. Bytes that are no envelope come back as they are.
func recordIn(raw []byte, receivedAt int64) (record, envelope []byte) {
	i := bytes.LastIndex(raw, []byte(afterReceipt))
	if i < 0 {
		return raw, raw
	}
	head := bytes.TrimRight(raw[:i], "0123456789") // a value that ends in a digit is no text, so it is not "post"
	if len(head) < i && bytes.HasSuffix(head, []byte(receipt)) {
		head = head[:len(head)-len(receipt)]
		return raw, append(head[:len(head):len(head)], raw[i:]...)
	}
	return recordOf(raw, receivedAt), raw
}

// Record returns the bytes of a leaf out of a document as its table keeps it.
func Record(doc []byte, receivedAt int64) ([]byte, error) {
	raw, err := unpack(doc)
	if err != nil {
		return nil, err
	}
	record, _ := recordIn(raw, receivedAt)
	return record, nil
}

// lookUp asks once for all the ids of a batch whether they have their answer already.
func (b *batch) lookUp(ctx context.Context, entries []*entry) error {
	const most = 200
	b.asked, b.digest = make(map[string]*Answer, len(entries)), map[string][]byte{}
	ids := make([]any, 0, len(entries))
	again := len(entries) > 0
	for _, e := range entries {
		again = again && e.at != 0
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
		if !again { // what was accepted before was not refused
			if err := b.refusedBefore(ctx, ids[:n]); err != nil {
				return err
			}
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
