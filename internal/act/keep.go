package act

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// The stored form of a document: one byte naming it, then the bytes.
const formZstd = 1

var (
	encoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(1<<20))
		if err != nil {
			panic(err) // the options are constants
		}
		return e
	})
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<30), zstd.WithDecoderConcurrency(0))
		if err != nil {
			panic(err)
		}
		return d
	})
)

func pack(b []byte) []byte {
	return encoder().EncodeAll(b, append(make([]byte, 0, len(b)/2+32), formZstd))
}

func unpack(b []byte) ([]byte, error) {
	if len(b) == 0 || b[0] != formZstd {
		return nil, fmt.Errorf("act: unknown stored form")
	}
	return decoder().DecodeAll(b[1:], nil)
}

func sealedPlace(county, hash string) string { return "sealed/" + county + "/" + hash }

func (b *batch) storeOpenings(ctx context.Context, a *Act, open map[string]Opening) error {
	for _, hash := range a.Sealed {
		o, ok := open[hash]
		if !ok {
			continue
		}
		plain, err := json.Marshal(o)
		if err != nil {
			return err
		}
		if err := b.tx.Put(ctx, insertSealed, a.County, a.Index, hash, b.lane.keys.Seal(sealedPlace(a.County, hash), plain)); err != nil {
			return err
		}
	}
	return nil
}

// Openings reads the openings of an accepted act that are still kept.
func (l *Lane) Openings(ctx context.Context, r database.Reader, index int64) ([]Opening, error) {
	rows, err := r.Query(ctx, sealedOf, l.county, index)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []Opening
	for rows.Next() {
		var hash string
		var box []byte
		if err := rows.Scan(&hash, &box); err != nil {
			return nil, err
		}
		plain, err := l.keys.Open(sealedPlace(l.county, hash), box)
		if err != nil {
			return nil, fmt.Errorf("sealed value %.8s of act %d: %w", hash, index, err)
		}
		var o Opening
		if err := json.Unmarshal(plain, &o); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// boxOpenings seals the openings of an act that is kept but not applied.
func (b *batch) boxOpenings(id string, open []Opening) ([]byte, error) {
	plain, err := json.Marshal(open)
	if err != nil {
		return nil, err
	}
	return b.lane.keys.Seal("kept/"+b.lane.county+"/"+id, plain), nil
}

func (b *batch) refuse(ctx context.Context, e *entry, why error) (Answer, error) {
	a, reason := e.sub.Act, errs.As(why)
	if e.at != 0 {
		return Answer{}, &notAgain{reason.Code, reason.Message}
	}
	doc := e.doc
	if doc == nil {
		doc = pack([]byte("{}"))
	}
	box, err := b.boxOpenings(a.ID, e.sub.Open)
	if err != nil {
		return Answer{}, err
	}
	text := reason.Message
	for _, f := range reason.Fields {
		text += "（" + f.Location + "：" + f.Message + "）"
	}
	area, _ := a.Body["area"].(string)
	if err := b.tx.Put(ctx, insertRefused, b.lane.county, a.ID, e.by, a.Post, a.Kind, area, b.now, reason.Code, text, doc, box); err != nil {
		return Answer{}, err
	}
	ans := Answer{ID: a.ID, Outcome: Refused, Code: reason.Code, Reason: text}
	if b.asked != nil {
		b.asked[a.ID] = &ans
	}
	return ans, nil
}

// keep stores what is no act under an id made of its own hash.
func (b *batch) keep(ctx context.Context, e *entry) (Answer, error) {
	reason := errs.As(e.bad)
	id := "raw-" + canon.HashBytes(e.raw)[:32]
	box, err := b.boxOpenings(id, nil)
	if err != nil {
		return Answer{}, err
	}
	text := reason.Message
	for _, f := range reason.Fields {
		text += "（" + f.Location + "：" + f.Message + "）"
	}
	if err := b.tx.Put(ctx, insertRefused, b.lane.county, id, e.by, "", "", "", b.now, reason.Code, text, pack(e.raw), box); err != nil {
		return Answer{}, err
	}
	return Answer{ID: id, Outcome: Refused, Code: reason.Code, Reason: text}, nil
}

func (b *batch) wait(ctx context.Context, e *entry, missing []string) (Answer, error) {
	a := e.sub.Act
	ans := Answer{ID: a.ID, Outcome: Waiting, WaitingFor: missing}
	b.waits = true
	var at int64
	err := b.tx.QueryRow(ctx, waitingAct, b.lane.county, a.ID).Scan(new(string), &at, new([]byte), new([]byte))
	if err == nil {
		return ans, nil // already kept
	}
	if !database.Missing(err) {
		return Answer{}, err
	}
	box, err := b.boxOpenings(a.ID, e.sub.Open)
	if err != nil {
		return Answer{}, err
	}
	if err := b.tx.Put(ctx, insertWaiting, b.lane.county, a.ID, e.by, b.now, e.doc, box); err != nil {
		return Answer{}, err
	}
	for _, id := range missing {
		if err := b.tx.Put(ctx, insertWait, b.lane.county, id, a.ID); err != nil {
			return Answer{}, err
		}
	}
	return ans, nil
}

// wake applies the acts that waited for id and wait for nothing else.
func (b *batch) wake(ctx context.Context, id string) error {
	rows, err := b.tx.Query(ctx, waitersOn, b.lane.county, id)
	if err != nil {
		return err
	}
	var ids []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			_ = rows.Close()
			return err
		}
		ids = append(ids, s)
	}
	_ = rows.Close()
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return err
	}
	if err := b.tx.Put(ctx, deleteWaits, b.lane.county, id); err != nil {
		return err
	}
	for _, waiter := range ids {
		if err := b.wakeOne(ctx, waiter); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) wakeOne(ctx context.Context, id string) error {
	var by string
	var at int64
	var doc, box []byte
	err := b.tx.QueryRow(ctx, waitingAct, b.lane.county, id).Scan(&by, &at, &doc, &box)
	if database.Missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	sub, err := b.lane.kept(id, doc, box)
	if err != nil {
		return err
	}
	missing, err := b.missing(ctx, sub.Act)
	if err != nil || len(missing) > 0 {
		return err
	}
	if err := b.tx.Put(ctx, deleteWaiting, b.lane.county, id); err != nil {
		return err
	}
	_, err = b.take(ctx, b.lane.prepareIn(ctx, b.tx, sub, by))
	return err
}

// prepareIn is prepare inside the lane's own transaction, for an act that had to wait.
func (l *Lane) prepareIn(ctx context.Context, tx *database.Tx, sub Submission, by string) *entry {
	e := l.prepare(ctx, sub, by, nil)
	if e.asked {
		e.prepared, e.refusal = l.kinds[sub.Act.Kind].Prepare(ctx, tx, sub.Act, e.open, nil)
	}
	return e
}

func (l *Lane) kept(id string, doc, box []byte) (Submission, error) {
	raw, err := unpack(doc)
	if err != nil {
		return Submission{}, err
	}
	a, err := parse(raw)
	if err != nil {
		return Submission{}, err
	}
	plain, err := l.keys.Open("kept/"+l.county+"/"+id, box)
	if err != nil {
		return Submission{}, err
	}
	s := Submission{Act: a}
	return s, json.Unmarshal(plain, &s.Open)
}

// markRepair notes on a refused act that this one repairs it.
func (b *batch) markRepair(ctx context.Context, a *Act) error {
	id, ok := a.Body["repairs"].(string)
	if !ok || id == "" {
		return nil
	}
	err := b.tx.Put(ctx, markRepair, a.ID, a.County, id)
	return err
}

func parse(raw []byte) (*Act, error) {
	s, err := Read(raw)
	return s.Act, err
}

// Parse reads one act from JSON.
func Parse(raw []byte) (*Act, error) { return parse(raw) }
