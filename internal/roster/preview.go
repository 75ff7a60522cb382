package roster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strings"

	"gonggu/internal/campaign"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/intake"
)

// previewing reads an import once: it writes the change set, compares it with the register and
// gathers what is wrong.
type previewing struct {
	desk   *Desk
	id     string
	by     duty.Actor
	scope  duty.Scope
	loaded *campaign.Loaded
	sens   Sensitive
	job    *job
	w      *changeWriter
	sum    Summary
	faults []intake.Fault
	// numbers are those of the register when the reading began; nil in a small import.
	numbers *numbers
	ids     map[uint64]seenID // who bears an ID number, by a hash of it: some 40 bytes a person
}

// seenID is where an ID number stood first.
type seenID struct{ household, row int32 }

var errStop = errors.New("roster: import cancelled while reading")

// Codes of faults that only the register's side can see.
const (
	CodeOutside  = "roster.outside"   // a row lies outside the importer's area
	CodeIDShared = "roster.id_shared" // an ID number stands in two households of the import
)

func (p *previewing) run(ctx context.Context, run *intake.Run) error {
	p.sum.ByCode = map[string]int{}
	var err error
	if int64(run.Survey().Rows) >= worthNumbers {
		if p.numbers, err = p.desk.Store.numbers(ctx, p.desk.DB); err != nil {
			return err
		}
	}
	got, err := readAhead(ctx, run.Read, func(h *intake.Household) error { return p.household(ctx, h) }, p.fault)
	if err != nil {
		return err
	}
	p.sum.Rows = got.Rows
	rejects := ""
	if p.sum.Rejected+p.sum.Doubtful > 0 {
		if err := p.writeRejects(ctx, run); err != nil {
			return err
		}
		rejects = "rejects.xlsx"
	}
	changeSet, openings, err := p.w.commit()
	if err != nil {
		return err
	}
	p.sum.Openings = openings
	p.tidy()
	d := p.desk
	return d.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, previewImport, Preview, jsonText(p.sum), changeSet, rejects, d.Store.County, p.id)
		return err
	})
}

// tidy makes every list of the summary a list, never nothing.
func (p *previewing) tidy() {
	p.sum.Unknown, p.sum.Shapes = orEmpty(p.sum.Unknown), orEmpty(p.sum.Shapes)
	if p.sum.Faults == nil {
		p.sum.Faults = []Fault{}
	}
	if p.sum.Changes == nil {
		p.sum.Changes = []Change{}
	}
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (p *previewing) fault(f intake.Fault) error {
	p.sum.ByCode[f.Code]++
	switch f.Severity {
	case intake.Rejected:
		p.sum.Rejected++
	case intake.Doubtful:
		p.sum.Doubtful++
	}
	if len(p.faults) < 200_000 {
		p.faults = append(p.faults, f)
	}
	if len(p.sum.Faults) < maxShown {
		value := f.Value
		if f.Sensitive {
			value = Mask(value)
		}
		p.sum.Faults = append(p.sum.Faults, Fault{f.File, f.Sheet, f.Row, f.Column, value, string(f.Severity), f.Code, f.Reason})
	}
	if p.job.cancelled.Load() {
		return errStop
	}
	return nil
}

// Mask shows the first four and last four characters of a long value, as the field does with ID numbers.
func Mask(s string) string {
	r := []rune(s)
	switch {
	case len(r) >= 12:
		return string(r[:4]) + strings.Repeat("*", len(r)-8) + string(r[len(r)-4:])
	case len(r) > 4:
		return string(r[:3]) + strings.Repeat("*", len(r)-5) + string(r[len(r)-2:])
	default:
		return strings.Repeat("*", len(r))
	}
}

func (p *previewing) household(ctx context.Context, h *intake.Household) error {
	if p.job.cancelled.Load() {
		return errStop
	}
	if !p.scope.Covers(h.Area) {
		for i := range h.Rows {
			f := intake.Fault{Severity: intake.Rejected, Code: CodeOutside, File: h.Rows[i].File, Sheet: h.Rows[i].Sheet, Row: h.Rows[i].Row,
				Reason: "这一户不在您的负责范围内，未导入；请由所在乡镇或县巩固办导入。"}
			if err := p.fault(f); err != nil {
				return err
			}
		}
		return nil
	}
	p.sum.Households++
	p.sum.Persons += len(h.Members)
	if err := p.sharedIDs(h); err != nil {
		return err
	}
	if err := p.w.add(h); err != nil {
		return err
	}
	return p.compare(ctx, h)
}

// sharedIDs says where an ID number stands that another household of the import bears too.
func (p *previewing) sharedIDs(h *intake.Household) error {
	if p.ids == nil {
		p.ids = map[uint64]seenID{}
	}
	for i, m := range h.Members {
		id, _ := m.Facts[FactID].(string)
		if id == "" || i >= len(h.Rows) {
			continue
		}
		hash := fnv.New64a()
		_, _ = hash.Write([]byte(id))
		at := h.Rows[i]
		was, known := p.ids[hash.Sum64()]
		if !known {
			p.ids[hash.Sum64()] = seenID{int32(p.sum.Households), int32(at.Row)}
			continue
		}
		if was.household == int32(p.sum.Households) {
			continue // within one household the reading has said it
		}
		f := intake.Fault{Severity: intake.Doubtful, Code: CodeIDShared, File: at.File, Sheet: at.Sheet, Row: at.Row, Column: p.idLabel(), Value: id, Sensitive: true,
			Reason: fmt.Sprintf("这个证件号码与第 %d 行另一户的人相同，请核实是谁的号码；两行都已读入，导入后会列为疑点。", was.row)}
		if err := p.fault(f); err != nil {
			return err
		}
	}
	return nil
}

func (p *previewing) idLabel() string {
	f, _ := p.loaded.Pack.Fact("m", FactID)
	return f.Name
}

// compare says what the household would change in the register, which it only reads.
func (p *previewing) compare(ctx context.Context, h *intake.Household) error {
	if p.numbers.lacks(h.Number) {
		p.sum.New++
		return nil
	}
	in := p.incoming(h)
	s := p.desk.Store
	now, err := s.match(ctx, p.desk.DB, in)
	if err != nil {
		return err
	}
	if now == nil {
		p.sum.New++
		return nil
	}
	diff := s.merge(now, in, Source{p.sum.Source, p.sum.SourceOn})
	if len(diff) == 0 {
		p.sum.Same++
		return nil
	}
	p.sum.Changed++
	for _, x := range diff {
		if len(p.sum.Changes) >= maxShown {
			return nil
		}
		p.sum.Changes = append(p.sum.Changes, p.change(now, x))
	}
	return nil
}

func (p *previewing) change(h *Household, x Difference) Change {
	root := "h"
	if x.Member != "" {
		root = "m"
	}
	c := Change{Household: h.ID, Head: h.Head, Member: x.Member, Fact: x.Fact, Was: p.show(root, x.Fact, x.Was), Now: p.show(root, x.Fact, x.Now)}
	if f, ok := p.loaded.Pack.Fact(root, x.Fact); ok {
		c.Fact = f.Name
	}
	return c
}

func (p *previewing) show(root, code string, v any) string {
	if v == nil {
		return ""
	}
	f, known := p.loaded.Pack.Fact(root, code)
	text := fmt.Sprint(v)
	if known {
		text = p.loaded.Pack.Text(f, v)
	}
	if p.sens.Group(root, code) != "" || (!known && private(code)) {
		return Mask(text)
	}
	return text
}

// private reports whether a kept column's label speaks of something that must not be shown whole.
func private(label string) bool {
	return strings.Contains(label, "号") || strings.Contains(label, "账") || strings.Contains(label, "电话") || strings.Contains(label, "住址")
}

func (p *previewing) incoming(x *intake.Household) *incoming {
	in := &incoming{Number: x.Number, Area: x.Area, Group: x.Group, Head: x.Head, Facts: x.Facts, Kept: keptOf(x)}
	for _, m := range x.Members {
		in.Members = append(in.Members, incomingMember{m.Number, m.Name, m.Facts})
	}
	return in
}

func (p *previewing) writeRejects(ctx context.Context, run *intake.Run) error {
	f, err := os.OpenFile(p.desk.RejectsPath(p.id), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	rows := slices.DeleteFunc(slices.Clone(p.faults), func(f intake.Fault) bool { return f.Severity == intake.Notice })
	err = run.WriteRejects(ctx, f, rows)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

type change struct {
	household, rev int64
	was            []byte
}

func scanChange(r *sql.Rows) (c change, err error) { return c, r.Scan(&c.household, &c.rev, &c.was) }
