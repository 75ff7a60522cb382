// Package roster is the register of households and their members: what is known of them, from
// where and since when, the classes they fall into, and the imports that fill it. Sensitive values
// lie encrypted; what a list filters on is a column. It owns households, persons,
// household_classes, owners, imports, import_changes and life_changes. It does not know why anybody asks.
package roster

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"gonggu/internal/assess"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
	"gonggu/internal/seal"
)

// Facts of the register that are columns or keys of their own. Any pack that describes households has them.
const (
	FactKind      = "kind"
	FactMonitored = "monitor_kind"
	FactPhone     = "phone"
	FactID        = "id_number"
	FactRelation  = "relation"
	FactSize      = "size"
	RelationHead  = "head"
)

const (
	pathID   = "m." + FactID
	pathTail = pathID + "#4" // its last four characters, for a search within a township
)

// States of a household in the register.
const (
	Active    = "active"
	Withdrawn = "withdrawn" // its import or its split was undone
	Merged    = "merged"    // into another household
	StruckOff = "cancelled" // struck off: wrong household, closed, left the county
)

// Source says where a value came from and on which day it was so: an import's label, "sheet:<act id>" or "life:<act id>".
type Source struct{ Of, On string }

// Person is a member of a household.
type Person struct {
	Ord      int
	ID       string
	Number   string // the national person number, opaque
	Name     string
	Relation string
	Facts    assess.Facts
	Sources  map[string]Source // only where they differ from the household's
	Gone     bool
}

// Household is a household with its members; Facts hold the open and the sensitive values together.
type Household struct {
	Key         int64
	ID          string
	Area        string // village or group
	Number      string // the national household number, opaque
	Head        string
	Classes     []string
	State       string
	Rev         int64
	Facts       assess.Facts
	Sources     map[string]Source
	Kept        map[string]string // columns of an import that no fact takes, beside the record
	Source      Source
	Sheet       int64 // log index of the sheet that counts, 0 before the first
	InspectedOn string
	Problems    int64  // not yet voided or closed
	Doubts      int64  // open
	Owner       string // the post that answers for it, "" is nobody
	Missed      string // why it could not be inspected (a code of the pack), "" when it was or nobody tried
	MissedOn    string
	Members     []Person

	was      *stored // nil on a household that was not loaded
	rowOwner string  // the owner in its row
	ready    *rows   // made ahead of Save
}

// ErrNotFound: there is no such household, or not in the actor's scope.
var ErrNotFound = errs.New(errs.NotFound, "household.not_found", "没有找到这一户，或不在您的负责范围内。")

// Sensitive tells which facts are sealed, by the pack: "h" or "m" and the code; and which are
// found blind: the ID number, and what the pack's group rules compare.
type Sensitive struct {
	h, m    map[string]string
	classes map[string]bool // whose membership tells of an illness or disability
	blind   []string        // "h.code" or "m.code", sorted
}

// sensitives keeps what SensitiveOf read: there are few packs, and every sheet asks.
var sensitives sync.Map // *pack.Pack: Sensitive

// SensitiveOf reads the sensitive facts of a pack.
func SensitiveOf(p *pack.Pack) Sensitive {
	if s, ok := sensitives.Load(p); ok {
		return s.(Sensitive)
	}
	s, _ := sensitives.LoadOrStore(p, readSensitive(p))
	return s.(Sensitive)
}

func readSensitive(p *pack.Pack) Sensitive {
	s := Sensitive{h: map[string]string{}, m: map[string]string{}, classes: map[string]bool{}, blind: []string{"m." + FactID}}
	for _, c := range p.Classes {
		s.classes[c.ID] = c.Sensitive != ""
	}
	for _, r := range p.Rules {
		if r.Group != nil {
			s.blind = append(s.blind, groupPath(r.Group))
		}
	}
	slices.Sort(s.blind)
	s.blind = slices.Compact(s.blind)
	for _, f := range p.Facts.Household {
		if f.Sensitive != "" {
			s.h[f.Code] = f.Sensitive
		}
	}
	for _, f := range p.Facts.Person {
		if f.Sensitive != "" {
			s.m[f.Code] = f.Sensitive
		}
	}
	return s
}

// Group returns the field group of a fact of a household ("h") or member ("m"), "" when it is open.
func (s Sensitive) Group(root, code string) string {
	if root == "h" {
		return s.h[code]
	}
	return s.m[code]
}

// splitClasses parts the classes that may stand in clear from those that are sealed.
func (s Sensitive) splitClasses(classes []string) (plain, sealed []string) {
	for _, c := range classes {
		if s.classes[c] {
			sealed = append(sealed, c)
		} else {
			plain = append(plain, c)
		}
	}
	return plain, sealed
}

// ClassKey is what stands for a class beside households and problems where rows are found by it:
// that somebody is in a class of the ill must not be read out of a table.
func (s Store) ClassKey(class string) string {
	return hex.EncodeToString(s.Keys.Blind("class", class)[:8])
}

// ClassKeys returns what stands for several classes.
func (s Store) ClassKeys(classes []string) []string {
	out := make([]string, len(classes))
	for i, c := range classes {
		out[i] = s.ClassKey(c)
	}
	return out
}

// classesOf joins the classes in clear with the sealed ones.
func classesOf(plain string, hidden canon.Object) []string {
	out := splitList(plain)
	list, _ := Plain(hidden["classes"]).([]string)
	return append(out, list...)
}

// Store reads and writes the register of one county. It does not check scope; its callers do, by query.
type Store struct {
	County   string
	Keys     *seal.Keys
	Grouping *Grouping // nil: group rules are asked after imports only
}

func place(kind, county, id string) string { return kind + "/" + county + "/" + id }

// split parts facts into the open half and the sealed one, as they are written.
func split(facts assess.Facts, sources map[string]Source, sealed map[string]string) (open, secret canon.Object) {
	open, secret = canon.Object{"v": canon.Part{Of: facts, Keep: func(code string) bool { return sealed[code] == "" }}}, canon.Object{}
	if len(sources) > 0 {
		open["s"] = bySource(sources)
	}
	hides := func(code string) bool { return sealed[code] != "" }
	for code := range facts {
		if hides(code) {
			secret["v"] = canon.Part{Of: facts, Keep: hides}
			break
		}
	}
	return open, secret
}

// bySource writes each source once with the facts that came from it: a visit answers thirty at a time.
func bySource(sources map[string]Source) []any {
	facts := map[Source][]string{}
	for code, src := range sources {
		facts[src] = append(facts[src], code)
	}
	keys := slices.SortedFunc(maps.Keys(facts), func(a, b Source) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Of, b.Of)) })
	out := make([]any, len(keys))
	for i, k := range keys {
		slices.Sort(facts[k])
		out[i] = canon.Object{"of": k.Of, "on": k.On, "facts": facts[k]}
	}
	return out
}

// merge joins what split parted. The facts are the open half's own map: nobody else may hold it.
func merge(open, secret canon.Object) (assess.Facts, map[string]Source) {
	facts, _ := open["v"].(canon.Object)
	if facts == nil {
		facts = assess.Facts{}
	}
	for k, x := range facts {
		if list, ok := x.([]any); ok {
			facts[k] = Plain(list)
		}
	}
	hidden, _ := secret["v"].(canon.Object)
	for k, x := range hidden {
		facts[k] = Plain(x)
	}
	list, _ := open["s"].([]any)
	n := 0
	for _, x := range list {
		o, _ := x.(canon.Object)
		codes, _ := o["facts"].([]any)
		n += len(codes)
	}
	sources := make(map[string]Source, n)
	for _, x := range list {
		o, _ := x.(canon.Object)
		codes, _ := o["facts"].([]any)
		for _, c := range codes {
			if code, ok := c.(string); ok {
				sources[code] = Source{str(o, "of"), str(o, "on")}
			}
		}
	}
	return facts, sources
}

// Plain turns a parsed value into what rules read: a list of texts becomes []string.
func Plain(x any) any {
	a, ok := x.([]any)
	if !ok {
		return x
	}
	out := make([]string, 0, len(a))
	for _, e := range a {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func object(b []byte) (canon.Object, error) {
	if len(b) == 0 {
		return canon.Object{}, nil
	}
	v, err := canon.Parse(b)
	if err != nil {
		return nil, err
	}
	o, ok := v.(canon.Object)
	if !ok {
		return nil, fmt.Errorf("roster: not an object")
	}
	return o, nil
}

func (s Store) openSecret(kind, id string, box []byte) (canon.Object, error) {
	if len(box) == 0 {
		return canon.Object{}, nil
	}
	plain, err := s.Keys.Open(place(kind, s.County, id), box)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kind, id, err)
	}
	return object(plain)
}

// Load returns a household with its members by its row key.
func (s Store) Load(ctx context.Context, r database.Reader, key int64) (*Household, error) {
	return s.load(ctx, r, r.QueryRow(ctx, readHousehold, s.County, key))
}

// ByID returns a household with its members by its public id.
func (s Store) ByID(ctx context.Context, r database.Reader, id string) (*Household, error) {
	return s.load(ctx, r, r.QueryRow(ctx, readHouseholdByID, s.County, id))
}

func (s Store) load(ctx context.Context, r database.Reader, row database.Row) (*Household, error) {
	h, idx, err := s.read(ctx, r, row)
	if err != nil {
		return nil, err
	}
	h.remember(idx)
	return h, nil
}

// read reads a household with its members and the act that wrote its row last.
func (s Store) read(ctx context.Context, r database.Reader, row database.Row) (*Household, int64, error) {
	h, idx, err := s.scan(row)
	if err != nil {
		return nil, 0, err
	}
	return h, idx, s.members(ctx, r, func(int64) *Household { return h }, readMembers, s.County, h.Key)
}

func (s Store) scan(row database.Row) (*Household, int64, error) {
	h := &Household{}
	var classes string
	var facts, secret []byte
	var idx int64
	err := row.Scan(&h.Key, &h.ID, &h.Area, &h.Number, &h.Head, &classes, &h.State, &h.Rev, &facts, &secret,
		&h.Source.Of, &h.Source.On, &h.Sheet, &h.InspectedOn, &h.Problems, &h.Doubts, &h.Owner, &h.Missed, &h.MissedOn, &idx)
	if database.Missing(err) {
		return nil, 0, ErrNotFound
	}
	if err != nil {
		return nil, 0, err
	}
	h.rowOwner = h.Owner
	open, err := object(facts)
	if err != nil {
		return nil, 0, err
	}
	hidden, err := s.openSecret("household", h.ID, secret)
	if err != nil {
		return nil, 0, err
	}
	h.Classes = classesOf(classes, hidden)
	h.Facts, h.Sources = merge(open, hidden)
	if kept, ok := hidden["kept"].(canon.Object); ok {
		h.Kept = map[string]string{}
		for k, v := range kept {
			h.Kept[k], _ = v.(string)
		}
	}
	return h, idx, nil
}

// members reads the rows of members into the household that each belongs to.
func (s Store) members(ctx context.Context, r database.Reader, of func(key int64) *Household, text string, args ...any) error {
	rows, err := r.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p Person
		var facts, secret sql.RawBytes // good until the next row
		var key, gone int64
		if err := rows.Scan(&key, &p.Ord, &p.ID, &p.Number, &p.Name, &p.Relation, &facts, &secret, &gone); err != nil {
			return err
		}
		open, err := object(facts)
		if err != nil {
			return err
		}
		hidden, err := s.openSecret("person", p.ID, secret)
		if err != nil {
			return err
		}
		p.Facts, p.Sources = merge(open, hidden)
		p.Gone = gone != 0
		h := of(key)
		h.Members = append(h.Members, p)
	}
	return rows.Err()
}

// Present returns the members who have not left, and their facts in the same order.
func (h *Household) Present() ([]Person, []assess.Facts) {
	people, facts := make([]Person, 0, len(h.Members)), make([]assess.Facts, 0, len(h.Members))
	for _, p := range h.Members {
		if !p.Gone {
			people, facts = append(people, p), append(facts, p.Facts)
		}
	}
	return people, facts
}

// SourceOf returns where a fact of the household ("h") or of a member came from.
func (h *Household) SourceOf(p *Person, code string) Source {
	src := h.Sources
	if p != nil {
		src = p.Sources
	}
	if s, ok := src[code]; ok {
		return s
	}
	return h.Source
}

func splitList(s string) []string {
	if s == "" {
		return []string{}
	}
	return strings.Split(s, ",")
}

// Commitment returns what stands in an act for a sensitive value of the register that is shown
// again unchanged: its salt comes from the row, so the row need not keep it.
func (s Store) Commitment(row, code string, value any) (string, error) {
	b, err := canon.Marshal(value)
	if err != nil {
		return "", err
	}
	return seal.Commit(s.Keys.Salt(s.County+"/"+row, code), string(b)), nil
}

// Opening returns the salt (hex) and the canonical text behind Commitment.
func (s Store) Opening(row, code string, value any) (salt, text string, err error) {
	b, err := canon.Marshal(value)
	if err != nil {
		return "", "", err
	}
	return hex.EncodeToString(s.Keys.Salt(s.County+"/"+row, code)), string(b), nil
}

// classDiff reports what a change of classes adds and removes.
func classDiff(was, now []string) (added, removed []string) {
	for _, c := range now {
		if !slices.Contains(was, c) {
			added = append(added, c)
		}
	}
	for _, c := range was {
		if !slices.Contains(now, c) {
			removed = append(removed, c)
		}
	}
	return added, removed
}

// SealText encrypts a sentence that names an illness or another sensitive value, for one row.
func (s Store) SealText(row, text string) (string, error) {
	return hex.EncodeToString(s.Keys.Seal(place("text", s.County, row), []byte(text))), nil
}

// OpenText decrypts what SealText sealed.
func (s Store) OpenText(row, sealed string) (string, error) {
	box, err := hex.DecodeString(sealed)
	if err != nil {
		return "", fmt.Errorf("%s: %w", row, err)
	}
	plain, err := s.Keys.Open(place("text", s.County, row), box)
	return string(plain), err
}
