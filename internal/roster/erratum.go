package roster

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"gonggu/internal/database"
	"gonggu/internal/pack"
)

// The correction list (信息更正清单) is what must be changed in the national system: the people of a village whose
// record differs from what its last import brought, in that system's own columns.

// ErrataColumn is a column of the national export. Of is "h" or "m" for a fact; Part is what else it may be.
type ErrataColumn struct {
	Label, Of, Part string
	Fact            pack.Fact
	Parse           string
}

// Erratum is one person's line; Cells stand in the order of the columns. Kind is new, gone or changed.
type Erratum struct {
	Household *Household
	Person    *Person
	Kind      string
	Cells     []ErratumCell
}

// ErratumCell is a value as the national system writes it, and what it was at the import when it differs.
type ErratumCell struct {
	Text    string
	Was     string
	Changed bool
	Source  Source
}

// Kinds of a correction.
const (
	ErratumNew     = "new"
	ErratumGone    = "gone"
	ErratumChanged = "changed"
)

// ErrataColumns returns the columns of the pack's shape that has household numbers, one after another.
func ErrataColumns(p *pack.Pack) []ErrataColumn {
	for _, shape := range p.Imports {
		if !slices.ContainsFunc(shape.Columns, func(c pack.Column) bool { return c.Part == "household_no" }) {
			continue
		}
		var out []ErrataColumn
		for _, c := range shape.Columns {
			of, code, isFact := strings.Cut(c.Fact, ".")
			if f, ok := p.Fact(of, code); isFact && ok && len(f.Labels) > 0 {
				out = append(out, ErrataColumn{Label: f.Labels[0], Of: of, Fact: f, Parse: c.Parse})
			} else if !isFact && c.Part != "ignore" && len(c.Labels) > 0 {
				out = append(out, ErrataColumn{Label: c.Labels[0], Part: c.Part})
			}
		}
		return out
	}
	return nil
}

// Places names the places of a household for the columns that are places.
type Places func(area string) (county, township, village, group string)

// Errata returns what differs from the imports in one village, household by household.
func (d *Desk) Errata(ctx context.Context, r database.Reader, p *pack.Pack, village string, places Places) ([]Erratum, error) {
	keys, err := keysOf(r.Query(ctx, changedIn, d.Store.County, village, village+"~"))
	if err != nil {
		return nil, err
	}
	households := make([]*Household, 0, len(keys))
	numbers := map[int64]string{}
	wanted := map[string]*incoming{}
	for _, k := range keys {
		h, err := d.Store.Load(ctx, r, k)
		if err != nil {
			return nil, err
		}
		if numbers[k], err = d.importedNumber(ctx, r, h); err != nil {
			return nil, err
		}
		if numbers[k] != "" {
			wanted[numbers[k]] = nil
		}
		households = append(households, h)
	}
	if err := d.imported(ctx, wanted); err != nil {
		return nil, err
	}
	columns := ErrataColumns(p)
	out := []Erratum{}
	for _, h := range households {
		c := correcting{pack: p, columns: columns, places: places, h: h, was: wanted[numbers[h.Key]]}
		out = append(out, c.lines()...)
	}
	return out, nil
}

// importedNumber is the number under which the import knew a household.
func (d *Desk) importedNumber(ctx context.Context, r database.Reader, h *Household) (string, error) {
	if _, ok := h.Sources[NoteNumber]; !ok {
		return h.Number, nil
	}
	var box []byte
	if err := r.QueryRow(ctx, firstLifeChange, d.Store.County, h.Key).Scan(&box); err != nil || len(box) == 0 {
		if database.Missing(err) {
			err = nil
		}
		return h.Number, err
	}
	plain, err := d.Store.Keys.Open(place("life", d.Store.County, h.ID), box)
	if err != nil {
		return "", err
	}
	record := lifeRecord{}
	if err := json.Unmarshal(plain, &record); err != nil || record.Before == nil {
		return "", err
	}
	return record.Before.Number, nil
}

// imported fills in what the imports that stand said of the wanted households; a later import overrides an earlier one.
func (d *Desk) imported(ctx context.Context, wanted map[string]*incoming) error {
	if len(wanted) == 0 {
		return nil
	}
	list, err := d.list(ctx, doneImports, d.Store.County)
	if err != nil {
		return err
	}
	for _, im := range list {
		if err := d.scan(im, wanted); err != nil {
			return fmt.Errorf("import %s: %w", im.ID, err)
		}
	}
	return nil
}

// scan reads a change set and opens only the households that are wanted: a county's has three hundred thousand.
func (d *Desk) scan(im *Import, wanted map[string]*incoming) error {
	plain, err := d.Files.Open(im.ChangeSet)
	if err != nil {
		return err
	}
	defer func() { _ = plain.Close() }()
	secret, err := d.Files.Open(im.Summary.Openings)
	if err != nil {
		return err
	}
	defer func() { _ = secret.Close() }()
	zip, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer zip.Close()
	lines, boxes := bufio.NewReaderSize(zip, 1<<20), bufio.NewReaderSize(secret, 1<<20)
	keys, row := d.Store.Keys, im.Summary.Row
	at, box := -1, []byte(nil)
	var chunk []any
	for n := 0; ; n++ {
		b, err := lines.ReadBytes('\n')
		if err == io.EOF && len(b) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if n%chunkLines == 0 {
			if box, err = readBox(boxes); err != nil {
				return err
			}
		}
		number := numberIn(b)
		if _, ok := wanted[number]; !ok || number == "" {
			continue
		}
		if at != n/chunkLines {
			if chunk, err = openChunk(keys, chunkPlace(row, n/chunkLines), box); err != nil {
				return err
			}
			at = n / chunkLines
		}
		if n%chunkLines >= len(chunk) {
			return fmt.Errorf("change set line %d has no openings", n+1)
		}
		if wanted[number], err = joinLine(b, chunk[n%chunkLines], func(part string) []byte { return keys.Salt(row, strconv.Itoa(n)+"/"+part) }); err != nil {
			return err
		}
	}
}

// numberIn finds the household's number in a canonical line without parsing it: keys stand in order, and the household's own
// number is the last "number" of the line.
func numberIn(b []byte) string {
	const key = `"number":"`
	i := bytes.LastIndex(b, []byte(key))
	if i < 0 {
		return ""
	}
	rest := b[i+len(key):]
	j := bytes.IndexByte(rest, '"')
	if j < 0 {
		return ""
	}
	return string(rest[:j])
}

// correcting compares one household with its import.
type correcting struct {
	pack    *pack.Pack
	columns []ErrataColumn
	places  Places
	h       *Household
	was     *incoming // nil: the national system does not know it
}

func (c *correcting) lines() []Erratum {
	out := []Erratum{}
	for i := range c.h.Members {
		m := &c.h.Members[i]
		before := c.before(m)
		one := Erratum{Household: c.h, Person: m, Kind: ErratumChanged, Cells: c.cells(m, before)}
		switch {
		case m.Gone && before == nil:
			continue // came and went between two imports
		case m.Gone || c.h.State != Active:
			one.Kind = ErratumGone
		case before == nil:
			one.Kind = ErratumNew
		}
		head := m.Relation == RelationHead
		if one.Kind != ErratumChanged || slices.ContainsFunc(one.Cells, func(x ErratumCell) bool { return x.Changed }) && (head || c.ownChange(one)) {
			out = append(out, one)
		}
	}
	return out
}

// ownChange reports whether something of the person himself changed: what is the household's stands on the head's line alone.
func (c *correcting) ownChange(one Erratum) bool {
	for i, x := range one.Cells {
		if x.Changed && (c.columns[i].Of == "m" || c.columns[i].Part == "name" || c.columns[i].Part == "person_no") {
			return true
		}
	}
	return false
}

// before finds the person in the import.
func (c *correcting) before(m *Person) *incomingMember {
	if c.was == nil {
		return nil
	}
	id, _ := m.Facts[FactID].(string)
	for _, is := range []func(x *incomingMember) bool{
		func(x *incomingMember) bool { return m.Number != "" && x.Number == m.Number },
		func(x *incomingMember) bool { return id != "" && x.Facts[FactID] == id },
		func(x *incomingMember) bool { return x.Name == m.Name && m.Number == "" },
	} {
		for i := range c.was.Members {
			if is(&c.was.Members[i]) {
				return &c.was.Members[i]
			}
		}
	}
	return nil
}

func (c *correcting) cells(m *Person, before *incomingMember) []ErratumCell {
	out := make([]ErratumCell, len(c.columns))
	for i, col := range c.columns {
		x := &out[i]
		switch {
		case col.Part != "":
			x.Text, x.Was, x.Source = c.part(col.Part, m, before)
		case col.Of == "h":
			x.Text, x.Source = NationalText(c.pack, col, c.h.Facts[col.Fact.Code]), c.h.SourceOf(nil, col.Fact.Code)
			if c.was != nil {
				x.Was = NationalText(c.pack, col, c.was.Facts[col.Fact.Code])
			}
		default:
			x.Text, x.Source = NationalText(c.pack, col, m.Facts[col.Fact.Code]), c.h.SourceOf(m, col.Fact.Code)
			if before != nil {
				x.Was = NationalText(c.pack, col, before.Facts[col.Fact.Code])
			}
		}
		x.Changed = before != nil && x.Text != x.Was
	}
	return out
}

// part is a column that is no fact: a place, a number, a name.
func (c *correcting) part(part string, m *Person, before *incomingMember) (now, was string, src Source) {
	county, township, village, group := c.places(c.h.Area)
	old := [4]string{county, township, village, group}
	if c.was != nil {
		old[0], old[1], old[2], old[3] = c.places(c.was.Area)
		if c.was.Group != "" {
			old[3] = c.was.Group
		}
	}
	at := c.h.Sources[NoteArea]
	switch part {
	case "county":
		return county, old[0], at
	case "township":
		return township, old[1], at
	case "village":
		return village, old[2], at
	case "group":
		return group, old[3], at
	case "household_no":
		was = c.h.Number
		if c.was != nil {
			was = c.was.Number
		}
		return c.h.Number, was, c.h.Sources[NoteNumber]
	case "head":
		was = c.h.Head
		if c.was != nil {
			was = c.was.Head
		}
		return c.h.Head, was, c.h.Sources[NoteHead]
	case "name":
		was = m.Name
		if before != nil {
			was = before.Name
		}
		return m.Name, was, m.Sources[NoteName]
	case "person_no":
		return m.Number, m.Number, Source{}
	case "address":
		return c.h.Kept[keptAddress], c.h.Kept[keptAddress], Source{}
	default:
		return "", "", Source{}
	}
}

// NationalText writes a value as the national system's export does.
func NationalText(p *pack.Pack, col ErrataColumn, x any) string {
	if x == nil || x == "" {
		return ""
	}
	switch v := x.(type) {
	case int64:
		if col.Fact.Type == "money" || col.Fact.Type == "hundredths" {
			return strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%d.%02d", v/100, max(v%100, -v%100)), "0"), ".0")
		}
		return strconv.FormatInt(v, 10)
	case string:
		if col.Fact.Type == "code" {
			return p.CodeName(col.Fact.List, v)
		}
		if col.Parse == "day8" || col.Parse == "month6" {
			return strings.ReplaceAll(v, "-", "")
		}
		return v
	case []string:
		names := make([]string, len(v))
		for i, code := range v {
			names[i] = p.CodeName(col.Fact.List, code)
		}
		return strings.Join(names, ",")
	case bool:
		if v {
			return "是"
		}
		return "否"
	default:
		return fmt.Sprint(v)
	}
}
