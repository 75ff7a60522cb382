package roster

import (
	"context"
	"database/sql"
	"slices"
	"strconv"

	"gonggu/internal/assess"
	"gonggu/internal/database"
	"gonggu/internal/duty"
)

// match finds the household that an incoming one is: by its national number, else by its head's ID
// number, else by its head's name where that is unique in the village. nil means it is new.
func (s Store) match(ctx context.Context, r database.Reader, in *incoming) (*Household, error) {
	if in.Number != "" {
		keys, err := keysOf(r.Query(ctx, keysByNumber, s.County, in.Number))
		if err != nil {
			return nil, err
		}
		if len(keys) > 0 {
			return s.Load(ctx, r, keys[0])
		}
	}
	head := slices.IndexFunc(in.Members, func(m incomingMember) bool { return m.Facts[FactRelation] == RelationHead })
	if head < 0 && len(in.Members) > 0 {
		head = 0
	}
	if head >= 0 {
		if id, _ := in.Members[head].Facts[FactID].(string); id != "" {
			keys, err := keysOf(r.Query(ctx, keysByBlind, s.County, "m."+FactID, s.Keys.Blind("m."+FactID, id)))
			if err != nil {
				return nil, err
			}
			if h, err := s.sameVillage(ctx, r, keys, in); h != nil || err != nil {
				return h, err
			}
			return nil, nil
		}
	}
	village := duty.VillageOf(in.Area)
	keys, err := keysOf(r.Query(ctx, keysByHead, s.County, village, village+"~", in.Head))
	if err != nil || len(keys) != 1 {
		return nil, err
	}
	return s.sameVillage(ctx, r, keys, in)
}

// sameVillage returns the only candidate in the village that does not bear another national number.
func (s Store) sameVillage(ctx context.Context, r database.Reader, keys []int64, in *incoming) (*Household, error) {
	var found *Household
	for _, k := range keys {
		h, err := s.Load(ctx, r, k)
		if err != nil {
			return nil, err
		}
		if h.State != Active || duty.VillageOf(h.Area) != duty.VillageOf(in.Area) || (in.Number != "" && h.Number != "" && h.Number != in.Number) {
			continue
		}
		if found != nil {
			return nil, nil
		}
		found = h
	}
	return found, nil
}

func keysOf(rows *sql.Rows, err error) ([]int64, error) {
	if err != nil {
		return nil, err
	}
	keys, err := database.Collect(rows, func(r *sql.Rows) (k int64, err error) { return k, r.Scan(&k) })
	slices.Sort(keys)
	return slices.Compact(keys), err // DISTINCT in the query would choose the wrong index
}

// Difference is one value that an import changes.
type Difference struct {
	Member string `json:"member"` // name, "" for the household
	Fact   string `json:"fact"`
	Was    any    `json:"was"`
	Now    any    `json:"now"`
}

// merge lays an incoming household over the register's and returns what it changed. A thin roster,
// which has no national number, only fills what is missing; and what a sheet established after the
// day of the import's data stands.
func (s Store) merge(h *Household, in *incoming, src Source) []Difference {
	var out []Difference
	full := in.Number != ""
	lay := func(who string, facts assess.Facts, sources map[string]Source, given assess.Facts) {
		codes := make([]string, 0, len(given))
		for c := range given {
			codes = append(codes, c)
		}
		slices.Sort(codes)
		for _, c := range codes {
			was, known := facts[c]
			if equal(was, given[c]) || (known && !full) {
				continue
			}
			if at, ok := sources[c]; ok && known && at.On > src.On {
				continue
			}
			facts[c] = given[c]
			sources[c] = src
			out = append(out, Difference{who, c, was, given[c]})
		}
	}
	if h.Sources == nil {
		h.Sources = map[string]Source{}
	}
	lay("", h.Facts, h.Sources, in.Facts)
	for i, m := range in.Members {
		p := s.member(h, &in.Members[i])
		if p == nil {
			ord := 0
			for _, x := range h.Members {
				ord = max(ord, x.Ord+1)
			}
			rel, _ := m.Facts[FactRelation].(string)
			h.Members = append(h.Members, Person{Ord: ord, ID: memberID(h, ord), Number: m.Number, Name: m.Name, Relation: rel, Facts: m.Facts, Sources: map[string]Source{}})
			out = append(out, Difference{m.Name, "", "", "新增成员"})
			continue
		}
		if p.Sources == nil {
			p.Sources = map[string]Source{}
		}
		if p.Number == "" && m.Number != "" {
			p.Number = m.Number
		}
		lay(p.Name, p.Facts, p.Sources, m.Facts)
		if rel, ok := p.Facts[FactRelation].(string); ok {
			p.Relation = rel
		}
	}
	if full {
		out = append(out, h.renamed(in)...)
	}
	return out
}

// renamed takes over the plain parts of a full record: number, head and place.
func (h *Household) renamed(in *incoming) (out []Difference) {
	for _, x := range []struct {
		fact string
		now  string
		to   *string
	}{{"户编号", in.Number, &h.Number}, {"户主姓名", in.Head, &h.Head}, {"所在村组", in.Area, &h.Area}} {
		if x.now == "" || x.now == *x.to || (x.fact == "所在村组" && len(x.now) < len(*x.to) && duty.VillageOf(x.now) == duty.VillageOf(*x.to)) {
			continue
		}
		out = append(out, Difference{"", x.fact, *x.to, x.now})
		*x.to = x.now
	}
	labels := make([]string, 0, len(in.Kept))
	for k := range in.Kept {
		labels = append(labels, k)
	}
	slices.Sort(labels)
	for _, k := range labels {
		v := in.Kept[k]
		if h.Kept == nil {
			h.Kept = map[string]string{}
		}
		if h.Kept[k] != v {
			out = append(out, Difference{"", k, h.Kept[k], v})
			h.Kept[k] = v
		}
	}
	return out
}

// member finds the person that an incoming one is: by national number, by ID number, by name.
func (s Store) member(h *Household, m *incomingMember) *Person {
	id, _ := m.Facts[FactID].(string)
	by := []func(p *Person) bool{
		func(p *Person) bool { return m.Number != "" && p.Number == m.Number },
		func(p *Person) bool { return id != "" && p.Facts[FactID] == id },
		func(p *Person) bool {
			own, _ := p.Facts[FactID].(string)
			return p.Name == m.Name && (m.Number == "" || p.Number == "") && (id == "" || own == "")
		},
	}
	for _, is := range by {
		for i := range h.Members {
			if is(&h.Members[i]) {
				return &h.Members[i]
			}
		}
	}
	return nil
}

func equal(a, b any) bool {
	la, ok1 := a.([]string)
	lb, ok2 := b.([]string)
	if ok1 || ok2 {
		return slices.Equal(la, lb)
	}
	return a == b
}

func memberID(h *Household, ord int) string { return h.ID + "-" + strconv.Itoa(ord) }
