package server

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"gonggu/internal/access"
	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/inspection"
	"gonggu/internal/report"
	"gonggu/internal/roster"
)

// stateTables are what the acts add up to, each with the columns that order it and name its rows. Sessions, passwords,
// uploads and acts that were refused or wait are not among them.
var stateTables = []struct{ name, order string }{
	{"log_keys", "idx"}, {"sealed_values", "idx, hash"},
	{"tallies", "area, measure, item, reported_on, done_on"}, {"tally_totals", "measure, area, item"},
	{"areas", "code"}, {"area_aliases", "parent, name, code"}, {"units", "id"}, {"people", "id"}, {"posts", "id"},
	{"packs", "digest"}, {"campaigns", "id"}, {"amendments", "id"}, {"cut_offs", "reported_on"}, {"frozen_reports", "digest"}, {"remarks", "reported_on, unit"}, {"reviews", "reported_on, idx"},
	{"households", "key"}, {"persons", "household, ord"}, {"blind_values", "fact, blind, household, ord"}, {"household_classes", "class, area, household"}, {"import_changes", "idx, household"},
	{"owners", "household, idx"}, {"misses", "idx"}, {"tasks", "id"}, {"area_owners", "area"},
	{"life_changes", "idx, household"}, {"problem_places", "problem, idx"}, {"problem_standings", "problem, idx"}, {"problem_signatures", "problem, idx"}, {"problem_declines", "problem, idx"}, {"problem_events", "reported_on, measure, problem, idx"}, {"problem_asks", "problem, idx"}, {"unit_clears", "unit, idx"}, {"orders", "key"}, {"order_problems", "ord, problem"}, {"doubt_places", "doubt, idx"},
	{"problem_sources", "problem, idx"}, {"problem_distincts", "problem, other"}, {"clusters", "key"}, {"cluster_fixes", "cluster, idx"},
	{"sheets", "idx"}, {"doubts", "key"}, {"problems", "key"}, {"numbers", "series"},
	{"messages", "key"}, {"reminded_days", "day"},
	{"requests", "key"}, {"purges", "key"}, {"purged_values", "hash, idx"},
}

// logTables are the log itself; act.Audit recomputes them, every column.
var logTables = []struct{ name, order string }{{"acts", "idx"}, {"log_tiles", "level, n"}, {"log_heads", "county"}}

// actFiles names, for each kind of act, the parts of its body that are hashes of stored files.
var actFiles = map[string][]string{roster.KindImport: {"change_set", "openings"}}

// readsTheEnd tells the kinds that read what a commit writes at its end (the counts, the log's head): a replay begins a commit with them.
func readsTheEnd(kind string) bool { return kind == report.KindFreeze }

// Verification is what Verify found. Faults is empty when everything adds up; Places says the same for programs.
type Verification struct {
	Acts    int64       `json:"acts"`
	Sheets  int64       `json:"sheets"`
	Rows    int64       `json:"rows"`
	Looks   int64       `json:"looks"` // entries of the access log
	Root    string      `json:"root"`
	Quick   bool        `json:"quick"`
	Skipped string      `json:"skipped,omitempty"` // why the tables were not recomputed
	Earlier string      `json:"earlier,omitempty"` // the earlier root that today's log goes on from
	Faults  []string    `json:"faults"`
	Places  []act.Fault `json:"places"`
	More    int64       `json:"more"` // faults beyond those named
}

const maxFaults = 50

func (v *Verification) add(f act.Fault) {
	if len(v.Faults) >= maxFaults {
		v.More++
		return
	}
	v.Faults, v.Places = append(v.Faults, f.Text), append(v.Places, f)
}

func (v *Verification) fault(index int64, table, key, column, format string, args ...any) {
	v.add(act.Fault{Index: index, Table: table, Key: key, Column: column, Text: fmt.Sprintf(format, args...)})
}

// Earlier is the size and root that the log had once, as a report printed them.
type Earlier struct {
	Size int64
	Root tlog.Hash
}

// VerifyOptions say how much Verify does.
type VerifyOptions struct {
	Quick    bool // the log, its hashes, files, sealed values and sums of the counts only: the state is not made again
	Earlier  *Earlier
	Progress func(phase string, done, total int)
}

// Verify is VerifyWith for everything.
func (c *County) Verify(ctx context.Context, progress func(phase string, done, total int)) (*Verification, error) {
	return c.VerifyWith(ctx, VerifyOptions{Progress: progress})
}

// VerifyWith recomputes everything from the acts: every hash, the log, and, in a database of its own
// that goes away again, the whole state; and names every place that does not add up. It reads one
// unchanging snapshot, so the county may go on working.
func (c *County) VerifyWith(ctx context.Context, o VerifyOptions) (*Verification, error) {
	v := &Verification{Quick: o.Quick, Faults: []string{}, Places: []act.Fault{}}
	err := c.DB.View(ctx, func(tx *database.Tx) error {
		named := &namedFiles{}
		u, err := act.Audit(ctx, tx, c.Code, c.Keys, func(a *act.Act) string { named.note(a); return signed(a) }, func(done, total int) { o.Progress("核对记录和日志", done, total) })
		if err != nil {
			return err
		}
		v.Acts, v.Root = u.Acts, hex.EncodeToString(u.Head.Root[:])
		for _, f := range u.Faults {
			v.add(f)
		}
		if o.Earlier != nil {
			if err := v.goesOn(u, *o.Earlier); err != nil {
				return err
			}
		}
		v.Sheets = u.Kinds[inspection.KindSheet]
		c.checkFiles(named, v, o.Progress)
		if err := c.verifyAccess(ctx, tx, v, o.Progress); err != nil {
			return err
		}
		switch {
		case o.Quick:
			o.Progress("核对计数", 0, 1)
			return c.recount(ctx, tx, v)
		case !u.Whole:
			v.Skipped = "记录本身有不符，不能据以重算数据表；请先恢复上面指出的记录，再核对一次"
			return nil
		default:
			return c.verifyState(ctx, tx, v, o.Progress)
		}
	})
	return v, err
}

// goesOn holds the log against a root that left the county earlier.
func (v *Verification) goesOn(u *act.Audited, e Earlier) error {
	if e.Size > u.Acts {
		v.fault(-1, "acts", "", "", "日志只有 %d 条，少于给出的日志根所记的 %d 条：记录被删除，或不是同一个日志", u.Acts, e.Size)
		return nil
	}
	root, err := u.RootAt(e.Size)
	if err != nil {
		return err
	}
	if root != e.Root {
		v.fault(-1, "acts", "", "", "日志前 %d 条的根应为 %x，现在算出 %x：这以前的记录被整体改写", e.Size, e.Root[:], root[:])
		return nil
	}
	v.Earlier = fmt.Sprintf("%d %x", e.Size, e.Root[:])
	return nil
}

// verifyState makes the state again in a database that goes away, and compares.
func (c *County) verifyState(ctx context.Context, tx *database.Tx, v *Verification, progress func(string, int, int)) error {
	dir, err := os.MkdirTemp(c.Dir, "verify-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	again, err := c.shadow(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = again.Close() }()
	if whole, err := again.replay(ctx, tx, v, progress); err != nil || !whole {
		v.Skipped = "记录不能全部重放，数据表没有核对"
		return err
	}
	for i, t := range stateTables {
		progress("核对数据表", i, len(stateTables))
		if err := c.compare(ctx, tx, again, t.name, t.order, v); err != nil {
			return err
		}
	}
	return nil
}

// shadow opens an empty county beside this one, with the same keys and files.
func (c *County) shadow(ctx context.Context, dir string) (*County, error) {
	again := &County{Code: c.Code, Dir: dir, Clock: clock.NewVirtual(0, false), Keys: c.Keys, Signer: c.Signer, Verifier: c.Verifier, purged: c.destroyed}
	var err error
	if again.DB, err = database.OpenScratch(ctx, filepath.Join(dir, "again.db")); err != nil {
		return nil, err
	}
	again.wire(Options{Dir: c.Dir})
	return again, nil
}

// destroyed tells a replay of this county's acts which openings a purge has destroyed.
func (c *County) destroyed(ctx context.Context, hash string) (bool, error) {
	return act.Purged(ctx, c.DB, c.Code, hash)
}

// verifyAccess recomputes the second log, who looked at what, and holds it to what the reports say of it.
func (c *County) verifyAccess(ctx context.Context, r database.Reader, v *Verification, progress func(phase string, done, total int)) error {
	progress("核对查阅日志", 0, 1)
	anchors, err := report.Anchors(ctx, r, c.Code)
	if err != nil {
		if len(v.Faults) == 0 || ctx.Err() != nil {
			return err
		}
		anchors = nil // the act of a frozen report can not be read, which is named already
	}
	looks, err := access.Verify(ctx, r, c.Code, anchors)
	if err != nil {
		return err
	}
	for _, text := range looks.Faults {
		v.fault(-1, "access_entries", "", "", "%s", text)
	}
	v.Looks = looks.Size
	return nil
}

// replay applies every act of another database in this empty county, and reports whether it came to the end.
func (c *County) replay(ctx context.Context, from database.Reader, v *Verification, progress func(string, int, int)) (bool, error) {
	head, err := act.ReadHead(ctx, from, c.Code)
	if err != nil {
		return false, err
	}
	whole := true
	err = c.Lane.Replay(ctx, act.All(ctx, from, c.Code, c.Keys, 0, head.Size, readsTheEnd), func(s act.Submission, a act.Answer, err error) bool {
		x := s.Act
		switch {
		case err != nil:
			hint := ""
			if n := len(s.Missing()); n > 0 {
				hint = fmt.Sprintf("；它的加密信息缺 %d 项（表 sealed_values）", n)
			}
			v.fault(x.Index, "acts", fmt.Sprint("idx=", x.Index), "", "记录 %d（%s，%s）不能重放：%v%s", x.Index, x.Kind, x.ID, err, hint)
			whole = false
		case a.Outcome != act.Accepted || a.Index != x.Index || string(a.Leaf) != string(x.Leaf):
			v.fault(x.Index, "acts", fmt.Sprint("idx=", x.Index), "", "记录 %d（%s，%s）重放结果不同：%s %s", x.Index, x.Kind, x.ID, a.Outcome, a.Reason)
			whole = false
		}
		if x.Index%50 == 0 {
			progress("重放记录", int(x.Index), int(head.Size))
		}
		return whole
	})
	return whole && err == nil, err
}

// signed says what is wrong with what an act says of itself, beyond its hash.
func signed(a *act.Act) string {
	form, _ := a.Body["form"].(string)
	if a.Kind != inspection.KindSheet {
		if _, ok := a.Body["prefilled"]; !ok {
			return ""
		}
		form = a.Kind
	}
	rev, _ := a.Body["rev"].(int64)
	prefilled, _ := a.Body["prefilled"].(canon.Object)
	answers, _ := a.Body["answers"].(canon.Object)
	if seen, err := act.Seen(a.Pack, form, a.Subject, rev, prefilled, answers); err != nil || seen != a.Seen {
		return fmt.Sprintf("记录 %d 的签认摘要与内容不一致", a.Index)
	}
	return ""
}

// namedFiles are the stored files that acts name.
type namedFiles struct {
	mu   sync.Mutex
	list []namedFile
}

type namedFile struct {
	index             int64
	kind, field, hash string
}

func (n *namedFiles) note(a *act.Act) {
	for _, field := range actFiles[a.Kind] {
		hash, _ := a.Body[field].(string)
		n.mu.Lock()
		n.list = append(n.list, namedFile{a.Index, a.Kind, field, hash})
		n.mu.Unlock()
	}
}

// checkFiles reads every stored file that an act names.
func (c *County) checkFiles(named *namedFiles, v *Verification, progress func(string, int, int)) {
	slices.SortFunc(named.list, func(a, b namedFile) int { return cmp.Or(cmp.Compare(a.index, b.index), cmp.Compare(a.field, b.field)) })
	for i, f := range named.list {
		progress("核对文件", i, len(named.list))
		if err := c.Desk.Files.Check(f.hash); err != nil {
			v.fault(f.index, "files", f.hash, f.field, "记录 %d（%s）的文件 files/%s（%s）缺失或被改动", f.index, f.kind, short(f.hash), f.field)
		}
	}
}

func short(hash string) string {
	if len(hash) < 10 {
		return hash
	}
	return hash[:2] + "/" + hash[2:10] + "…"
}

// ParseEarlier reads an earlier root: "SIZE ROOT" in any text that carries the two, as a report's foot or a head note prints them.
func ParseEarlier(size int64, root string) (*Earlier, error) {
	b, err := hex.DecodeString(strings.ToLower(strings.TrimSpace(root)))
	if err != nil || len(b) != tlog.HashSize || size < 0 {
		return nil, fmt.Errorf("日志根应为 64 位十六进制数，并写明当时的记录条数（--size）")
	}
	e := &Earlier{Size: size}
	copy(e.Root[:], b)
	return e, nil
}
