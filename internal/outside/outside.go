// Package outside brings problems that others found (考核、督查、审计、信访、舆情) into the ledger from a workbook: a template to fill in,
// a preview that names every fault by sheet, row and column, then one problem.enter act per good row. The ids of act and problem come
// from what the row says, so that the same workbook again, or a longer one, enters only what is new. It keeps nothing itself.
package outside

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"slices"
	"strconv"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
	"gonggu/internal/seal"
	"gonggu/internal/workbook"
)

// MaxFile bounds a workbook; maxRows its rows.
const (
	MaxFile = 8 << 20
	maxRows = 5000
	batch   = 200
)

// Row is a line that can be entered, or was.
type Row struct {
	Sheet  string
	N      int // as Excel counts
	ID     string
	Known  bool // it is in the ledger already
	Number string
	Source problem.Source
	Item   string
	Say    string // empty where sensitive
	Place  string
	Lead   string // a unit's id; empty where the pack proposes

	body canon.Object
	open []act.Opening
}

// Fault is one thing wrong with a line. Nothing of the line is entered.
type Fault struct {
	Sheet  string `json:"sheet"`
	Row    int    `json:"row"`
	Column string `json:"column"`
	Reason string `json:"reason"`
}

// List is a workbook that was read, and after Enter what became of its rows.
type List struct {
	Rows    []Row
	Faults  []Fault
	Entered int

	bad   []badLine
	title []string
}

type badLine struct {
	sheet string
	n     int
	cells []string
}

// Desk reads workbooks and enters their rows in the name of a clerk of the county office.
type Desk struct {
	DB     *database.DB
	County string
	Book   *campaign.Book
	Store  roster.Store
	Keys   *seal.Keys
	Clock  clock.Clock
	Submit func(ctx context.Context, by string, subs ...act.Submission) ([]act.Answer, error)
}

// Errors of a workbook as a whole.
var (
	errHeading = errs.New(errs.Invalid, "outside.heading", "没有找到表头；请用本页的模板填写，不要改动第一行的列名。")
	errNoRows  = errs.New(errs.Invalid, "outside.empty", "表里没有问题；请填写后再上传。")
	errMany    = errs.Newf(errs.TooLarge, "outside.too_many", "一次最多 %d 行；请按来源或年度分成几份上传。", maxRows)
)

// Read reads a workbook into a preview; nothing is entered. Codes: workbook.*, outside.heading, outside.empty, outside.too_many.
func (d Desk) Read(ctx context.Context, by duty.Actor, data []byte) (*List, error) {
	book, err := workbook.Open(bytes.NewReader(data), int64(len(data)), workbook.Limits{FileBytes: MaxFile, InflatedBytes: 256 << 20})
	if err != nil {
		return nil, err
	}
	defer func() { _ = book.Close() }()
	_, loaded, err := d.Book.Current(ctx, d.DB)
	if err != nil {
		return nil, err
	}
	l := &List{Rows: []Row{}, Faults: []Fault{}, title: columns}
	rd := &reader{Desk: d, ctx: ctx, list: l, pack: loaded.Pack, by: by, today: clock.Day(d.Clock.Now()), seen: map[string]place{}}
	if err := rd.know(); err != nil {
		return nil, err
	}
	found := false
	for _, s := range book.Sheets() {
		if s.Name == sheetHelp || s.Name == sheetLists {
			continue
		}
		ok, err := rd.readSheet(s)
		if err != nil {
			return nil, err
		}
		found = found || ok
	}
	switch {
	case !found:
		return nil, errHeading
	case len(l.Rows)+len(l.Faults) == 0:
		return nil, errNoRows
	}
	return l, nil
}

// Enter reads a workbook and enters its good rows, each by an act of its own; what the ledger refuses becomes a fault of its row. Doing it
// again enters nothing twice.
func (d Desk) Enter(ctx context.Context, by duty.Actor, data []byte) (*List, error) {
	l, err := d.Read(ctx, by, data)
	if err != nil {
		return nil, err
	}
	camp, err := d.Book.InForce(ctx, d.DB)
	if err != nil {
		return nil, err
	}
	var fresh []*Row
	for i := range l.Rows {
		if !l.Rows[i].Known {
			fresh = append(fresh, &l.Rows[i])
		}
	}
	refused := map[*Row]bool{}
	for part := range slices.Chunk(fresh, batch) {
		subs := make([]act.Submission, len(part))
		for i, r := range part {
			sealed := make([]string, len(r.open))
			for k, o := range r.open {
				sealed[k] = o.Hash
			}
			seen, err := act.Seen(camp.Pack, problem.KindEnter, r.ID, 0, canon.Object{}, r.body)
			if err != nil {
				return nil, err
			}
			subs[i] = act.Submission{Act: &act.Act{ID: ident.Derive(r.ID, "enter/"+by.Post+"/"+r.Lead+"/"+clock.Day(d.Clock.Now())), County: d.County, Kind: problem.KindEnter, Subject: r.ID, Actor: by.Person, Post: by.Post,
				Pack: camp.Pack, Seen: seen, Body: r.body, Sealed: sealed, DeviceAt: d.Clock.Now()}, Open: r.open}
		}
		answers, err := d.Submit(ctx, by.Person, subs...)
		if err != nil {
			return nil, err
		}
		for i, a := range answers {
			if a.Outcome == act.Refused && a.Code != problem.ErrKnown.Code { // entered by somebody else meanwhile
				refused[part[i]] = true
				l.Faults = append(l.Faults, Fault{part[i].Sheet, part[i].N, "整行", a.Reason})
				continue
			}
			l.Entered++
		}
	}
	return l, d.numbered(ctx, l, refused)
}

// numbered gives the rows that are in the ledger now their numbers, and takes out those that were refused.
func (d Desk) numbered(ctx context.Context, l *List, refused map[*Row]bool) error {
	kept := make([]Row, 0, len(l.Rows))
	for i := range l.Rows {
		r := &l.Rows[i]
		if refused[r] {
			continue
		}
		p, err := problem.ByID(ctx, d.DB, d.County, r.ID)
		if err != nil {
			return err
		}
		r.Number = p.Number
		kept = append(kept, *r)
	}
	l.Rows = kept
	return nil
}

// Rejects writes the lines of a workbook that were not taken, as they were, with what is wrong in a last column: put right, it can be uploaded as it is.
func (d Desk) Rejects(ctx context.Context, by duty.Actor, data []byte, w io.Writer) error {
	l, err := d.Read(ctx, by, data)
	if err != nil {
		return err
	}
	book := workbook.NewWriter(w)
	heading := append(slices.Clone(l.title), "退回原因")
	s, err := book.Sheet(sheetFill, workbook.Layout{Heading: heading, Widths: append(slices.Clone(widths), 60)})
	if err != nil {
		return err
	}
	for _, b := range l.bad {
		values := make([]workbook.Value, len(heading))
		for i, c := range b.cells {
			values[i] = workbook.Text(c)
		}
		var why []string
		for _, f := range l.Faults {
			if f.Sheet == b.sheet && f.Row == b.n {
				why = append(why, f.Column+"："+f.Reason)
			}
		}
		values[len(heading)-1] = workbook.Text(strings.Join(why, "\n"))
		if err := s.Row(values...); err != nil {
			return err
		}
	}
	return book.Close()
}

// identify gives a row the id of what it says. The digest is keyed: a sentence of a field group cannot be guessed from an id.
func (d Desk) identify(r *Row, said string) {
	text := func(k string) string { v, _ := r.body[k].(string); return v }
	key := strings.Join([]string{r.Source.Source, strconv.FormatInt(r.Source.Year, 10), text("found_on"), r.Source.Reference, r.Source.Organ, text("household"), text("unit"), text("area"), text("item"), said}, "\x1f")
	r.ID = ident.Derive(d.County, "outside/"+hex.EncodeToString(d.Keys.Blind("outside", key)))
	if s, _ := r.body["sensitive"].(string); s == "" {
		r.body["say"] = said
		return
	}
	salt := d.Keys.Salt("outside/"+r.ID, "say")
	hash := seal.Commit(salt, said)
	r.body["say"], r.open = hash, []act.Opening{{Hash: hash, Salt: hex.EncodeToString(salt), Value: said}}
}

// names of what the pack lists, as a workbook writes them.
func sourceNames(pk *pack.Pack) []string {
	out := []string{}
	for _, s := range pk.Head.Loop.Sources {
		out = append(out, s.Name)
	}
	return out
}
