// Package access is the record of who looked at what: reveals, searches by number, exports, opened
// household pages, sign-ins. It is a Merkle log of its own beside that of the acts, written in the
// same lane and anchored in the acts by each frozen report; entries are only ever added. It is no
// part of what the acts add up to. It owns access_entries, access_tiles, access_heads and the older
// access_log, which is read once.
package access

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/merkle"
)

// The actions that are entered.
const (
	Reveal   = "household.reveal"    // masked values shown, with the reason given
	View     = "household.view"      // a household's page with sensitive groups on it
	FindID   = "household.find_id"   // by a whole ID number
	FindTail = "household.find_tail" // by the last four of one
	Export   = "export"
	Rejects  = "import.rejects"
	Errata   = "errata.export" // the list of corrections, with whole ID numbers
	Notice   = "notice.print"
	SignIn   = "session.sign_in"
	SignOut  = "session.sign_out"
	SignFail = "session.refused"
	ReadLog  = "log.read"
	KeyTurn  = "key.rotate"
	Purge    = "retention.purge"
)

// version of an entry's canonical form.
const version = 1

// maxText bounds the texts of an entry, in characters.
const maxText = 400

var log = merkle.Log{ReadHead: readHead, WriteHead: writeHead, ReadTile: readTile, WriteTile: writeTile}

// Entry is one look. At is Unix ms; Index and At are the lane's.
type Entry struct {
	Index   int64
	At      int64
	Person  string
	Post    string
	Action  string
	Subject string
	Reason  string
	Detail  string

	leaf []byte
}

// record returns the canonical bytes that are the log's leaf.
func (e *Entry) record(county string) ([]byte, error) {
	return canon.Marshal(canon.Object{"v": int64(version), "county": county, "at": e.At, "person": e.Person, "post": e.Post, "action": e.Action,
		"subject": e.Subject, "reason": e.Reason, "detail": e.Detail})
}

// Book writes and reads the log of one county. Close it before the lane.
type Book struct {
	county string
	db     *database.DB
	lane   *act.Lane

	later chan Entry
	done  chan struct{}
	once  sync.Once
	fail  func(error)
}

// NewBook returns the book of a county; fail is told when entries that nobody waits for were not kept.
func NewBook(county string, db *database.DB, lane *act.Lane, fail func(error)) *Book {
	b := &Book{county: county, db: db, lane: lane, later: make(chan Entry, 4096), done: make(chan struct{}), fail: fail}
	go b.drain()
	return b
}

// Note enters looks and returns once they are durable: what must be on record before an answer is
// given waits for it. They share the lane's commit with whatever else is under way.
func (b *Book) Note(ctx context.Context, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return b.lane.Beside(ctx, func(ctx context.Context, tx *database.Tx, now int64) error {
		return b.append(ctx, tx, now, entries)
	})
}

// Later enters a look without waiting: opening a page must not wait for a disk. A look that the
// program did not live to write, some thousandths of a second old, is lost.
func (b *Book) Later(e Entry) {
	defer func() {
		if recover() != nil { // closed: the program is ending, and so is the page
			return
		}
	}()
	b.later <- e
}

// Close writes what Later still holds.
func (b *Book) Close() {
	b.once.Do(func() { close(b.later) })
	<-b.done
}

func (b *Book) drain() {
	defer close(b.done)
	for first := range b.later {
		batch := []Entry{first}
	fill:
		for len(batch) < cap(b.later) {
			select {
			case e, ok := <-b.later:
				if !ok {
					break fill
				}
				batch = append(batch, e)
			default:
				break fill
			}
		}
		if err := b.Note(context.Background(), batch...); err != nil && b.fail != nil {
			b.fail(fmt.Errorf("access log: %d entries: %w", len(batch), err))
		}
	}
}

func (b *Book) append(ctx context.Context, tx *database.Tx, now int64, entries []Entry) error {
	head, err := log.Head(ctx, tx, b.county)
	if err != nil {
		return err
	}
	tree, err := log.Load(ctx, tx, b.county, head.Size)
	if err != nil {
		return err
	}
	at := max(now, head.At)
	for _, e := range entries {
		if e.At == 0 {
			e.At = at
		}
		for _, s := range []*string{&e.Person, &e.Post, &e.Action, &e.Subject, &e.Reason, &e.Detail} {
			*s = clean(*s)
		}
		record, err := e.record(b.county)
		if err != nil {
			return err
		}
		leaf := merkle.Leaf(record)
		if _, err := tx.Exec(ctx, insertEntry, b.county, tree.Size(), e.At, e.Person, e.Post, e.Action, e.Subject, e.Reason, e.Detail, leaf[:]); err != nil {
			return err
		}
		if err := tree.Append(leaf); err != nil {
			return err
		}
	}
	return tree.Save(ctx, tx, at)
}

// clean makes a text fit for canonical JSON and bounded.
func clean(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "�"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxText {
		s = string(r[:maxText])
	}
	return s
}

// Adopt copies the notes of before there was a log into it, once; they stay where they were.
func (b *Book) Adopt(ctx context.Context) error {
	return b.lane.Beside(ctx, func(ctx context.Context, tx *database.Tx, now int64) error {
		head, err := log.Head(ctx, tx, b.county)
		if err != nil || head.Size > 0 {
			return err
		}
		rows, err := tx.Query(ctx, oldEntries, b.county)
		if err != nil {
			return err
		}
		old, err := database.Collect(rows, func(r *sql.Rows) (e Entry, err error) {
			return e, r.Scan(&e.At, &e.Person, &e.Post, &e.Action, &e.Subject, &e.Reason, &e.Detail)
		})
		if err != nil || len(old) == 0 {
			return err
		}
		return b.append(ctx, tx, now, old)
	})
}

// ErrOther: a log is to go on from another that it is no beginning of.
var ErrOther = errs.New(errs.Conflict, "access.other", "目标里已有另一本查阅日志，没有改动它；请给一个空的目标。")

// GoOn enters what the log of the same county in another database has beyond this one. Codes: access.other.
func (b *Book) GoOn(ctx context.Context, from database.Reader) error {
	theirs, err := log.Head(ctx, from, b.county)
	if err != nil {
		return err
	}
	const page = 2000
	for size := int64(-1); size < theirs.Size; {
		err := b.lane.Beside(ctx, func(ctx context.Context, tx *database.Tx, _ int64) error {
			head, err := log.Head(ctx, tx, b.county)
			if err != nil {
				return err
			}
			if size = head.Size; size > theirs.Size {
				return ErrOther
			}
			root, err := log.RootAt(ctx, from, b.county, size)
			if err != nil || root != head.Root {
				return ErrOther.Because(err)
			}
			rows, err := from.Query(ctx, entriesFrom, b.county, size, min(page, theirs.Size-size))
			if err != nil {
				return err
			}
			list, err := database.Collect(rows, scanEntry)
			if err != nil || len(list) == 0 {
				size = theirs.Size
				return err
			}
			size += int64(len(list))
			return b.append(ctx, tx, theirs.At, list)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ErrReason: no reason was given, or none that says anything.
var ErrReason = errs.New(errs.Invalid, "household.reason", "请写明查看的事由（至少 4 个字，写清为什么要看）；事由会被记录备查。")

// Reason returns a reason as it is kept, or ErrReason when it says nothing: too short, or one
// character over and over.
func Reason(text string) (string, error) {
	text = strings.TrimSpace(norm.NFC.String(text))
	seen, letters := map[rune]bool{}, 0
	for _, r := range text {
		seen[r] = true
		if unicode.IsLetter(r) {
			letters++
		}
	}
	const shortest, distinct = 4, 3
	if len([]rune(text)) < shortest || len(seen) < distinct || letters < distinct {
		return "", ErrReason
	}
	return text, nil
}

// Head returns the log's size, root and latest instant.
func Head(ctx context.Context, r database.Reader, county string) (merkle.Head, error) {
	return log.Head(ctx, r, county)
}

// Anchor is what another record says that this log was at a time: its size and root (hex).
type Anchor struct {
	Where string // the report day that says so
	Size  int64
	Root  string
}

// Check is what Verify found; Faults is empty when everything adds up.
type Check struct {
	Size    int64    `json:"size"`
	Root    string   `json:"root"`
	Anchors int      `json:"anchors" doc:"how many frozen reports name an earlier root that was found again"`
	Faults  []string `json:"faults"`
}

const maxFaults = 50

func (c *Check) fault(format string, args ...any) {
	if len(c.Faults) < maxFaults {
		c.Faults = append(c.Faults, fmt.Sprintf(format, args...))
	}
}

// Verify recomputes every entry's hash and the whole log, and compares it with its tiles, its head
// and the anchors.
func Verify(ctx context.Context, r database.Reader, county string, anchors []Anchor) (*Check, error) {
	c := &Check{Faults: []string{}}
	again := log.Recount(county)
	const page = 2000
	for next := int64(0); ; {
		rows, err := r.Query(ctx, entriesFrom, county, next, page)
		if err != nil {
			return nil, err
		}
		list, err := database.Collect(rows, scanEntry)
		if err != nil {
			return nil, err
		}
		for i := range list {
			e := &list[i]
			if e.Index != next {
				c.fault("查阅日志第 %d 条缺失", next)
				next = e.Index
			}
			record, err := e.record(county)
			if err != nil {
				return nil, err
			}
			leaf := merkle.Leaf(record)
			if !bytes.Equal(leaf[:], e.leaf) {
				c.fault("查阅日志第 %d 条与其摘要不一致：内容被改动", e.Index)
			}
			if err := again.Add(ctx, r, leaf); err != nil {
				return nil, err
			}
			next++
		}
		if len(list) < page {
			break
		}
	}
	now, stored, wrong, err := again.Done(ctx, r)
	if err != nil {
		return nil, err
	}
	c.Size, c.Root = stored.Size, fmt.Sprintf("%x", stored.Root[:])
	for _, tile := range wrong {
		c.fault("查阅日志的摘要块 %s 与重算结果不一致", tile)
	}
	if now.Size != stored.Size || (len(wrong) == 0 && now.Root != stored.Root) {
		c.fault("查阅日志的条数或日志根与重算结果不一致：应有 %d 条，实有 %d 条", stored.Size, now.Size)
	}
	return c, c.hold(ctx, r, county, anchors)
}

// hold compares the log with the roots that left it earlier.
func (c *Check) hold(ctx context.Context, r database.Reader, county string, anchors []Anchor) error {
	for _, a := range anchors {
		if a.Size > c.Size {
			c.fault("%s的日报记下查阅日志有 %d 条，现在只有 %d 条：有条目被删除", a.Where, a.Size, c.Size)
			continue
		}
		root, err := log.RootAt(ctx, r, county, a.Size)
		if err != nil {
			c.fault("%s的日报记下的查阅日志根无法重算", a.Where)
			continue
		}
		if fmt.Sprintf("%x", root[:]) != a.Root {
			c.fault("%s的日报记下的查阅日志根与现在的不一致：日报之前的条目被改动", a.Where)
			continue
		}
		c.Anchors++
	}
	return nil
}
