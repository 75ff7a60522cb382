package act

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/merkle"
	"gonggu/internal/seal"
)

// auditPage is how many acts are read and checked together.
const auditPage = 2000

// maxNamed bounds how many places of one kind are named before the rest is only counted.
const maxNamed = 8

// Fault is a place that does not add up: in the log at Index, or in a row of a table. Text says it in words.
type Fault struct {
	Index  int64  `json:"index"` // of the act, -1 when it is no act
	Table  string `json:"table"`
	Key    string `json:"key"`
	Column string `json:"column"`
	Text   string `json:"text"`
}

// Audited is a log as its acts add up to it, beside what the tables say of it.
type Audited struct {
	Head   Head // as stored
	Acts   int64
	Last   int64            // the receipt time of the last act
	Kinds  map[string]int64 // how many acts of each kind
	Faults []Fault
	Whole  bool // every act is there, unchanged and readable: the state can be rebuilt from them

	keys   *seal.Keys
	county string
	more   func(*Act) string
	levels [][]byte // the hashes of the log's tiles, level by level
}

// row is an act as its row says.
type row struct {
	index, at                       int64
	id, kind, subject, person, post string
	digest, leaf, doc               []byte
	boxes                           []box
	act                             *Act
	real                            tlog.Hash // of the document as it is
	faults                          []Fault
	spoiled                         bool // what was signed or sealed is not what is there
}

type box struct {
	hash string
	data []byte
}

// Audit reads a county's log from the first act to the last and recomputes it: the hash of every act's
// bytes, what its row says of it, every sealed value against its commitment, every tile and the root.
// more is asked about every readable act, concurrently, and says in words what is wrong with it, "" when nothing is.
func Audit(ctx context.Context, r database.Reader, county string, keys *seal.Keys, more func(*Act) string, progress func(done, total int)) (*Audited, error) {
	u := &Audited{Whole: true, Kinds: map[string]int64{}, keys: keys, county: county, more: more}
	var err error
	if u.Head, err = ReadHead(ctx, r, county); err != nil {
		return nil, err
	}
	for next := int64(0); ; {
		page, err := u.read(ctx, r, next)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		u.check(page)
		for i := range page {
			u.take(&page[i])
		}
		next = page[len(page)-1].index + 1
		progress(int(next), int(u.Head.Size))
	}
	if u.Acts < u.Head.Size && u.Whole {
		u.broken(u.Acts, fmt.Sprintf("记录 %d 起缺失：日志应有 %d 条，只有 %d 条", u.Acts, u.Head.Size, u.Acts))
	}
	if u.Acts > u.Head.Size {
		u.broken(u.Head.Size, fmt.Sprintf("记录 %d 起多出 %d 条：日志应有 %d 条", u.Head.Size, u.Acts-u.Head.Size, u.Head.Size))
	}
	return u, u.checkLog(ctx, r)
}

func (u *Audited) broken(index int64, text string) {
	u.Whole = false
	u.Faults = append(u.Faults, Fault{Index: index, Table: "acts", Key: "idx=" + strconv.FormatInt(index, 10), Text: text})
}

func (u *Audited) read(ctx context.Context, r database.Reader, from int64) ([]row, error) {
	rows, err := r.Query(ctx, rowsFrom, u.county, from, auditPage)
	if err != nil {
		return nil, err
	}
	page, err := database.Collect(rows, func(r *sql.Rows) (x row, err error) {
		return x, r.Scan(&x.index, &x.id, &x.kind, &x.subject, &x.person, &x.post, &x.at, &x.digest, &x.leaf, &x.doc)
	})
	if err != nil || len(page) == 0 {
		return page, err
	}
	boxes, err := boxesOf(ctx, r, u.county, page[0].index, page[len(page)-1].index+1)
	for i := range page {
		page[i].boxes = boxes[page[i].index]
	}
	return page, err
}

// boxesOf reads the sealed values of a stretch of the log.
func boxesOf(ctx context.Context, r database.Reader, county string, from, to int64) (map[int64][]box, error) {
	rows, err := r.Query(ctx, sealedFrom, county, from, to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[int64][]box{}
	for rows.Next() {
		var index int64
		var b box
		if err := rows.Scan(&index, &b.hash, &b.data); err != nil {
			return nil, err
		}
		out[index] = append(out[index], b)
	}
	return out, rows.Err()
}

// check looks at every act of a page by itself, on all cores.
func (u *Audited) check(page []row) {
	n := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for j := i; j < len(page); j += n {
				u.one(&page[j])
			}
		})
	}
	wg.Wait()
}

// one recomputes what an act's row says of it.
func (u *Audited) one(x *row) {
	wrong := func(column, format string, args ...any) {
		x.faults = append(x.faults, Fault{Index: x.index, Table: "acts", Key: "idx=" + strconv.FormatInt(x.index, 10), Column: column, Text: fmt.Sprintf(format, args...)})
	}
	raw, err := unpack(x.doc)
	if err != nil {
		wrong("doc", "记录 %d（%s）的原文不能读出：内容被改动", x.index, x.id)
		return
	}
	record, envelope := recordIn(raw, x.at)
	x.real = tlog.RecordHash(record)
	digest := sha256.Sum256(envelope)
	switch same := bytes.Equal(digest[:], x.digest); {
	case bytes.Equal(x.real[:], x.leaf):
	case same: // what its author sent is as it was, so it is the server's part of the record, or the hash of it
		wrong("received_at,leaf", "记录 %d（%s，%s）与其日志摘要不一致：收到时间或摘要被改动", x.index, x.kind, x.id)
		x.spoiled = true
	default:
		wrong("doc", "记录 %d（%s，%s）与其日志摘要不一致：内容被改动", x.index, x.kind, x.id)
		x.spoiled = true
	}
	a, at, err := ReadRecord(record)
	if err != nil {
		wrong("doc", "记录 %d（%s）的原文不是规范格式：%v", x.index, x.id, err)
		return
	}
	a.Index, a.ReceivedAt, a.Leaf = x.index, at, x.leaf
	x.act = a
	for _, c := range []struct {
		column string
		same   bool
	}{{"id", a.ID == x.id}, {"kind", a.Kind == x.kind}, {"subject", a.Subject == x.subject}, {"person", a.Actor == x.person}, {"post", a.Post == x.post},
		{"received_at", at == x.at}, {"digest", bytes.Equal(digest[:], x.digest)}, {"county", a.County == u.county}} {
		if !c.same && len(x.faults) == 0 {
			wrong(c.column, "表 acts 的 idx=%d（%s，%s）与记录原文不一致（列 %s）", x.index, a.Kind, a.ID, c.column)
		}
	}
	for _, b := range x.boxes {
		u.sealed(x, b)
	}
	if u.more != nil {
		if text := u.more(a); text != "" {
			wrong("doc", "%s", text)
		}
	}
}

// sealed opens a sealed value and holds it against its commitment.
func (u *Audited) sealed(x *row, b box) {
	wrong := func(column, why string) {
		x.spoiled = true
		x.faults = append(x.faults, Fault{Index: x.index, Table: "sealed_values", Key: "idx=" + strconv.FormatInt(x.index, 10) + "，hash=" + b.hash, Column: column,
			Text: fmt.Sprintf("表 sealed_values 的 idx=%d，hash=%.16s… %s（列 %s）", x.index, b.hash, why, column)})
	}
	o, err := openBox(u.keys, u.county, b)
	switch {
	case err != nil:
		wrong("box", "不能打开：加密信息被改动，或密钥不对")
	case o.Hash != b.hash || !committed(o):
		wrong("box", "与签认时的摘要不一致")
	case !slices.Contains(x.act.Sealed, b.hash):
		wrong("hash", "不是这条记录的加密信息")
	}
}

func openBox(keys *seal.Keys, county string, b box) (o Opening, err error) {
	plain, err := keys.Open(sealedPlace(county, b.hash), b.data)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(plain, &o)
}

// take puts the next act into the log that the acts add up to.
func (u *Audited) take(x *row) {
	if x.index != u.Acts {
		text := fmt.Sprintf("记录 %d 缺失", u.Acts)
		if x.index-u.Acts > 1 {
			text = fmt.Sprintf("记录 %d 到 %d 缺失", u.Acts, x.index-1)
		}
		u.broken(u.Acts, text)
		for i := u.Acts; i < min(x.index, u.Head.Size); i++ {
			u.append(tlog.Hash{}) // so that what follows is held against its own place
		}
		u.Acts = x.index
	}
	if x.at < u.Last {
		u.Faults = append(u.Faults, Fault{Index: x.index, Table: "acts", Key: "idx=" + strconv.FormatInt(x.index, 10), Column: "received_at",
			Text: fmt.Sprintf("记录 %d（%s）的收到时间早于前一条：次序被调换或时间被改动", x.index, x.id)})
	}
	u.Faults = append(u.Faults, x.faults...)
	if x.act == nil || x.spoiled {
		u.Whole = false
	}
	u.Kinds[x.kind]++
	u.append(x.real)
	u.Acts, u.Last = x.index+1, x.at
}

// append grows the log by a leaf hash.
func (u *Audited) append(hash tlog.Hash) {
	for level := 0; ; level++ {
		if level == len(u.levels) {
			u.levels = append(u.levels, nil)
		}
		u.levels[level] = append(u.levels[level], hash[:]...)
		const full = tlog.HashSize << merkle.TileHeight
		d := u.levels[level]
		if len(d)%full != 0 {
			return
		}
		hash = tileHash(d[len(d)-full:])
	}
}

// tileHash is the hash over a full tile.
func tileHash(d []byte) tlog.Hash {
	var at [1 << merkle.TileHeight]tlog.Hash
	for i := range at {
		copy(at[i][:], d[i*tlog.HashSize:])
	}
	for n := len(at); n > 1; n /= 2 {
		for i := range n / 2 {
			at[i] = tlog.NodeHash(at[2*i], at[2*i+1])
		}
	}
	return at[0]
}

// ReadHashes serves tlog.HashReader out of the recomputed log.
func (u *Audited) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		t := tlog.TileForIndex(merkle.TileHeight, x)
		from := t.N * (tlog.HashSize << merkle.TileHeight)
		if t.L >= len(u.levels) || from+int64(t.W*tlog.HashSize) > int64(len(u.levels[t.L])) {
			return nil, fmt.Errorf("log: tile %d/%d is short", t.L, t.N)
		}
		var err error
		if out[i], err = tlog.HashFromTile(t, u.levels[t.L][from:from+int64(t.W*tlog.HashSize)], x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RootAt returns the root that the acts give the log at a size, which is at most Acts.
func (u *Audited) RootAt(size int64) (tlog.Hash, error) {
	if size == 0 {
		return tlog.Hash{}, nil
	}
	return tlog.TreeHash(size, u)
}

// checkLog holds the stored head and tiles against the recomputed log.
func (u *Audited) checkLog(ctx context.Context, r database.Reader) error {
	root, err := u.RootAt(u.Acts)
	if err != nil {
		return err
	}
	head := Fault{Index: -1, Table: "log_heads", Key: "county=" + u.county, Text: fmt.Sprintf("表 log_heads 的日志根与 %d 条记录重算的结果不一致", u.Acts)}
	switch {
	case u.Acts != u.Head.Size:
		head.Column = "size"
	case root != u.Head.Root:
		head.Column = "root"
	case u.Last != u.Head.ReceivedAt:
		head.Column = "received_at"
	}
	if head.Column != "" {
		head.Text += "（列 " + head.Column + "）"
		u.Faults = append(u.Faults, head)
	}
	return u.checkTiles(ctx, r)
}

func (u *Audited) checkTiles(ctx context.Context, r database.Reader) error {
	rows, err := r.Query(ctx, allTiles, u.county)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	const full = tlog.HashSize << merkle.TileHeight
	seen := make([]int64, len(u.levels))
	named := 0
	wrong := func(level int, n int64, index int64, text string) {
		if named++; named <= maxNamed {
			u.Faults = append(u.Faults, Fault{Index: index, Table: "log_tiles", Key: fmt.Sprintf("level=%d，n=%d", level, n), Column: "data", Text: text})
		}
	}
	for rows.Next() {
		var level int
		var n int64
		var data []byte
		if err := rows.Scan(&level, &n, &data); err != nil {
			return err
		}
		if level < 0 || level >= len(u.levels) || n*full >= int64(len(u.levels[level])) || n < 0 {
			wrong(level, n, -1, fmt.Sprintf("表 log_tiles 多出一行：level=%d，n=%d", level, n))
			continue
		}
		seen[level]++
		want := u.levels[level][n*full : min((n+1)*full, int64(len(u.levels[level])))]
		switch {
		case bytes.Equal(data, want):
		case level > 0 || len(data)%tlog.HashSize != 0:
			wrong(level, n, -1, fmt.Sprintf("表 log_tiles 的 level=%d，n=%d 与重算结果不一致（列 data）", level, n))
		default:
			for i := int64(0); i*tlog.HashSize < int64(max(len(data), len(want))); i++ {
				at, end := i*tlog.HashSize, (i+1)*tlog.HashSize
				if end > int64(len(data)) || end > int64(len(want)) || !bytes.Equal(data[at:end], want[at:end]) {
					wrong(level, n, n<<merkle.TileHeight+i, fmt.Sprintf("记录 %d 与日志树（表 log_tiles，level=0，n=%d，列 data）不一致：记录被替换、插入、调换，或日志树被改动", n<<merkle.TileHeight+i, n))
				}
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for level, d := range u.levels {
		if want := int64((len(d) + full - 1) / full); seen[level] < want {
			wrong(level, -1, -1, fmt.Sprintf("表 log_tiles 缺少第 %d 层的 %d 行", level, want-seen[level]))
		}
	}
	if named > maxNamed {
		u.Faults = append(u.Faults, Fault{Index: -1, Table: "log_tiles", Column: "data", Text: fmt.Sprintf("日志树另有 %d 处不一致", named-maxNamed)})
	}
	return nil
}

// committed reports whether an opening is what its hash says.
func committed(o Opening) bool {
	_, err := checkOpenings(&Act{Sealed: []string{o.Hash}}, []Opening{o})
	return err == nil
}

// ReadRecord reads the bytes of a leaf: the act, and the time of its receipt (Unix ms).
func ReadRecord(raw []byte) (*Act, int64, error) {
	v, err := canon.Parse(raw)
	if err != nil {
		return nil, 0, err
	}
	o, ok := v.(canon.Object)
	if !ok {
		return nil, 0, ErrEnvelope
	}
	at, ok := o["received_at"].(int64)
	if !ok {
		return nil, 0, ErrEnvelope
	}
	delete(o, "received_at")
	a, err := FromObject(o)
	if err != nil {
		return nil, 0, err
	}
	return a, at, nil
}
