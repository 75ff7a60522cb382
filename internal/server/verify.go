package server

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"

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

// replayBatch is how many acts share a commit while a county is rebuilt.
const replayBatch = 500

// stateTables are what the acts add up to, each with the columns that order it. Sessions, passwords,
// uploads and acts that were refused or wait are not among them.
var stateTables = []struct{ name, order string }{
	{"acts", "idx"}, {"log_tiles", "level, n"}, {"log_heads", "county"}, {"log_keys", "idx"}, {"sealed_values", "idx, hash"},
	{"tallies", "area, measure, item, reported_on, done_on"},
	{"areas", "code"}, {"area_aliases", "parent, name, code"}, {"units", "id"}, {"people", "id"}, {"posts", "id"},
	{"packs", "digest"}, {"campaigns", "id"}, {"amendments", "id"}, {"cut_offs", "reported_on"}, {"frozen_reports", "digest"}, {"remarks", "reported_on, unit"}, {"reviews", "reported_on, idx"},
	{"households", "key"}, {"persons", "household, ord"}, {"blind_values", "fact, blind, household, ord"}, {"household_classes", "class, area, household"}, {"import_changes", "idx, household"},
	{"owners", "household, idx"}, {"misses", "idx"}, {"tasks", "id"}, {"area_owners", "area"},
	{"life_changes", "idx, household"}, {"problem_places", "problem, idx"}, {"doubt_places", "doubt, idx"},
	{"sheets", "idx"}, {"doubts", "key"}, {"problems", "key"}, {"numbers", "series"},
	{"requests", "key"}, {"purges", "key"}, {"purged_values", "hash, idx"},
}

// Verification is what Verify found. Faults is empty when everything adds up.
type Verification struct {
	Acts   int64    `json:"acts"`
	Sheets int64    `json:"sheets"`
	Rows   int64    `json:"rows"`
	Looks  int64    `json:"looks"` // entries of the access log
	Root   string   `json:"root"`
	Faults []string `json:"faults"`
}

const maxFaults = 50

func (v *Verification) fault(format string, args ...any) {
	if len(v.Faults) < maxFaults {
		v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
	}
}

// Verify recomputes everything from the acts: every hash, the log, and, in a database of its own
// that goes away again, the whole state; and names every place that does not add up.
func (c *County) Verify(ctx context.Context, progress func(phase string, done, total int)) (*Verification, error) {
	v := &Verification{Faults: []string{}}
	head, err := act.ReadHead(ctx, c.DB, c.Code)
	if err != nil {
		return nil, err
	}
	v.Root = fmt.Sprintf("%x", head.Root[:])
	dir, err := os.MkdirTemp(c.Dir, "verify-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	again, err := c.shadow(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = again.Close() }()
	if err := c.replay(ctx, again, head, v, progress); err != nil {
		return nil, err
	}
	for i, t := range stateTables {
		progress("核对数据表", i, len(stateTables))
		if err := c.compare(ctx, again, t.name, t.order, v); err != nil {
			return nil, err
		}
	}
	return v, c.verifyAccess(ctx, v, progress)
}

// verifyAccess recomputes the second log, who looked at what, and holds it to what the reports say of it.
func (c *County) verifyAccess(ctx context.Context, v *Verification, progress func(phase string, done, total int)) error {
	progress("核对查阅日志", 0, 1)
	anchors, err := report.Anchors(ctx, c.DB, c.Code)
	if err != nil {
		return err
	}
	looks, err := access.Verify(ctx, c.DB, c.Code, anchors)
	if err != nil {
		return err
	}
	for _, f := range looks.Faults {
		v.fault("%s", f)
	}
	v.Looks = looks.Size
	return nil
}

// shadow opens an empty county beside this one, with the same keys and files.
func (c *County) shadow(ctx context.Context, dir string) (*County, error) {
	again := &County{Code: c.Code, Dir: dir, Clock: clock.NewVirtual(0, false), Keys: c.Keys, Signer: c.Signer, Verifier: c.Verifier}
	var err error
	if again.DB, err = database.OpenScratch(ctx, filepath.Join(dir, "again.db")); err != nil {
		return nil, err
	}
	again.purged = func(ctx context.Context, hash string) (bool, error) { return act.Purged(ctx, c.DB, c.Code, hash) }
	again.wire(Options{Dir: c.Dir})
	return again, nil
}

// replay checks every act's hashes and applies it again.
func (c *County) replay(ctx context.Context, again *County, head act.Head, v *Verification, progress func(string, int, int)) error {
	var batch []act.Submission
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		answers, err := again.Lane.Replay(ctx, batch)
		if err != nil {
			v.fault("记录 %d 起的一批不能重放：%v", batch[0].Act.Index, err)
			return err
		}
		for i, a := range answers {
			if a.Outcome != act.Accepted || !bytes.Equal(a.Leaf, batch[i].Act.Leaf) {
				v.fault("记录 %d（%s）重放结果不同：%s %s", batch[i].Act.Index, batch[i].Act.Kind, a.Outcome, a.Reason)
			}
		}
		batch = batch[:0]
		return nil
	}
	for next := int64(0); next < head.Size; {
		acts, err := act.From(ctx, c.DB, c.Code, next, replayBatch)
		if err != nil {
			return err
		}
		if len(acts) == 0 {
			v.fault("记录 %d 之后缺失：日志应有 %d 条", next, head.Size)
			return nil
		}
		for _, a := range acts {
			if a.Index != next {
				v.fault("记录 %d 缺失", next)
				return flush()
			}
			c.checkAct(a, v)
			open, err := c.Lane.Openings(ctx, c.DB, a.Index)
			if err != nil {
				v.fault("记录 %d 的加密信息不能打开：%v", a.Index, err)
			}
			if a.Kind == report.KindFreeze || len(batch) >= replayBatch {
				if err := flush(); err != nil {
					return err
				}
			}
			batch = append(batch, act.Submission{Act: a, Open: open})
			next++
			v.Acts++
		}
		progress("重放记录", int(next), int(head.Size))
	}
	return flush()
}

// checkAct recomputes what an act says of itself.
func (c *County) checkAct(a *act.Act, v *Verification) {
	record, err := a.Record()
	if err != nil {
		v.fault("记录 %d 不是规范格式：%v", a.Index, err)
		return
	}
	if leaf := tlog.RecordHash(record); !bytes.Equal(leaf[:], a.Leaf) {
		v.fault("记录 %d（%s，%s）与其日志摘要不一致：内容被改动", a.Index, a.Kind, a.ID)
	}
	switch a.Kind {
	case inspection.KindSheet:
		v.Sheets++
		form, _ := a.Body["form"].(string)
		rev, _ := a.Body["rev"].(int64)
		prefilled, _ := a.Body["prefilled"].(canon.Object)
		answers, _ := a.Body["answers"].(canon.Object)
		if seen, err := inspection.Seen(a.Pack, form, a.Subject, rev, prefilled, answers); err != nil || seen != a.Seen {
			v.fault("排查表 %d 的签认摘要与内容不一致", a.Index)
		}
	case roster.KindImport:
		for _, k := range []string{"change_set", "openings"} {
			name, _ := a.Body[k].(string)
			if err := c.Desk.Files.Check(name); err != nil {
				v.fault("导入 %d 的数据文件（%s）缺失或被改动", a.Index, k)
			}
		}
	}
}

// compare walks a table in both databases side by side.
func (c *County) compare(ctx context.Context, again *County, table, order string, v *Verification) error {
	// The names are ours, from stateTables.
	where := " WHERE county = $1"
	if table == "tallies" {
		where += " AND n <> 0" // counts that cancel out in one commit leave no row; in two they leave a zero
	}
	q := "SELECT * FROM " + table + where + " ORDER BY " + order
	mine, err := c.DB.Query(ctx, q, c.Code)
	if err != nil {
		return err
	}
	defer func() { _ = mine.Close() }()
	theirs, err := again.DB.Query(ctx, q, c.Code)
	if err != nil {
		return err
	}
	defer func() { _ = theirs.Close() }()
	for {
		a, okA, err := nextRow(mine)
		if err != nil {
			return err
		}
		b, okB, err := nextRow(theirs)
		if err != nil {
			return err
		}
		switch {
		case !okA && !okB:
			return nil
		case !okA:
			v.fault("表 %s 缺少一行：%s", table, name(b))
			return nil
		case !okB:
			v.fault("表 %s 多出一行：%s", table, name(a))
			return nil
		}
		v.Rows++
		c.alike(table, a)
		if diff := differing(a, b); diff != "" {
			v.fault("表 %s 的 %s 与重算结果不一致（列 %s）", table, name(a), diff)
			if name(a) != name(b) {
				return nil // the tables have lost step; what follows would be noise
			}
		}
	}
}

type cell struct {
	column string
	text   string
}

func nextRow(rows *sql.Rows) ([]cell, bool, error) {
	if !rows.Next() {
		return nil, false, rows.Err()
	}
	cols, err := rows.Columns()
	if err != nil {
		return nil, false, err
	}
	values := make([]any, len(cols))
	for i := range values {
		values[i] = new(any)
	}
	if err := rows.Scan(values...); err != nil {
		return nil, false, err
	}
	out := make([]cell, len(cols))
	for i, c := range cols {
		p, _ := values[i].(*any)
		switch x := (*p).(type) {
		case []byte:
			out[i] = cell{c, fmt.Sprintf("%x", x)}
		default:
			out[i] = cell{c, fmt.Sprint(x)}
		}
	}
	return out, true, nil
}

// name tells a row by its first columns after the county, without showing a sensitive value.
func name(row []cell) string {
	var parts []string
	for _, c := range row[1:min(4, len(row))] {
		text := c.text
		if len(text) > 40 {
			text = text[:40]
		}
		parts = append(parts, c.column+"="+text)
	}
	return strings.Join(parts, "，")
}

func differing(a, b []cell) string {
	var out []string
	for i := range a {
		if i >= len(b) || a[i].text != b[i].text {
			out = append(out, a[i].column)
		}
	}
	return strings.Join(out, "、")
}
