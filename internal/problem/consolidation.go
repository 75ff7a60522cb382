package problem

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"unicode"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/pack"
)

// KindDistinct says that what looks alike is not: {others: [ids], of: "same" | "cause"}. Of "same", the subject and each of the others are not one
// problem; of "cause", the subject and the others each have a cause of their own. Suggestions leave it out from then on.
const KindDistinct = "problem.distinct"

// Why two problems look like one.
const (
	WhySubject = "subject" // the same subject and item
	WhyText    = "text"    // near text about one subject, or of one item in one village
	WhyRule    = "rule"    // content of a field group: not compared, the same rule found both
)

// Pair is two problems that may be one. From is proposed to be merged into Into.
type Pair struct {
	From, Into *Problem
	Why        []string
	Share      int64 // of common two-character pairs, ppm; 0 when the texts were not compared
}

// Group is problems of one village that may have one cause. Cluster is a cluster with that cause already, "" without one.
type Group struct {
	Area, Item, Rule string
	Problems         []*Problem
	Cluster          string
}

// Suggestions are what the office may consolidate in a place. More tells how many pairs and groups were left out.
type Suggestions struct {
	Looked int // problems
	Pairs  []Pair
	Groups []Group
	More   int
}

// Bounds of one look: a township has a few thousand open problems.
const (
	mostLooked      = 5000
	mostSuggestions = 200
)

// Consolidate suggests what may be one problem and what may have one cause, in a place: reading at most a few thousand open problems.
func Consolidate(ctx context.Context, r database.Reader, county string, scope duty.Scope, area string, pk *pack.Pack) (*Suggestions, error) {
	list, _, err := List(ctx, r, county, scope, Filter{Area: area, State: "open", Limit: mostLooked})
	if err != nil {
		return nil, err
	}
	apart, err := distinctIn(ctx, r, county, scope.Narrow(area))
	if err != nil {
		return nil, err
	}
	slices.Reverse(list) // oldest first
	out := &Suggestions{Looked: len(list)}
	likes := pairs(list, apart, int64(pk.Head.Loop.Similar))
	out.Groups = groups(list, apart, pk.Head.Loop.Cluster)
	if n := len(likes) - mostSuggestions; n > 0 {
		likes, out.More = likes[:mostSuggestions], n
	}
	for _, l := range likes {
		out.Pairs = append(out.Pairs, l.pair(list))
	}
	if n := len(out.Groups) - mostSuggestions; n > 0 {
		out.Groups, out.More = out.Groups[:mostSuggestions], out.More+n
	}
	return out, nil
}

type couple struct{ a, b int64 }

func coupleOf(a, b int64) couple { return couple{min(a, b), max(a, b)} }

func distinctIn(ctx context.Context, r database.Reader, county string, scope duty.Scope) (map[couple]bool, error) {
	rows, err := r.Query(ctx, distinctsIn, county, scope.Area(), scope.Area()+"~")
	if err != nil {
		return nil, err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (c couple, err error) { return c, r.Scan(&c.a, &c.b) })
	out := make(map[couple]bool, len(list))
	for _, c := range list {
		out[coupleOf(c.a, c.b)] = true
	}
	return out, err
}

// like is two problems that look like one, by their places in the list: a place has many of them, of which a few are shown.
type like struct {
	from, into    int
	subject, rule bool
	share         int64
	near          bool
}

func (l like) whys() int {
	n := 0
	for _, is := range []bool{l.subject, l.near, l.rule} {
		if is {
			n++
		}
	}
	return n
}

func (l like) pair(list []Problem) Pair {
	x := Pair{From: &list[l.from], Into: &list[l.into], Share: l.share}
	for _, w := range []struct {
		is  bool
		why string
	}{{l.subject, WhySubject}, {l.near, WhyText}, {l.rule, WhyRule}} {
		if w.is {
			x.Why = append(x.Why, w.why)
		}
	}
	return x
}

// pairs finds what may be one problem: each problem is compared with those about its own subject, and those that are not about a household
// with what their village has of the same item.
func pairs(list []Problem, apart map[couple]bool, similar int64) []like {
	type block struct{ place, item string }
	subjects, places := map[string][]int{}, map[block][]int{}
	t := texts{ids: map[[2]rune]int32{}, of: make([][]int32, len(list))}
	var out []like
	try := func(i, j int) {
		if l, ok := t.alike(list, i, j, similar); ok && !apart[coupleOf(list[i].Key, list[j].Key)] {
			out = append(out, l)
		}
	}
	for j := range list {
		p := &list[j]
		at := block{cmp.Or(duty.VillageOf(p.Area), p.Area), p.Item}
		for _, i := range subjects[p.Subject] {
			try(i, j)
		}
		for _, i := range places[at] {
			if q := &list[i]; q.Subject != p.Subject && (q.Household == 0 || p.Household == 0) {
				try(i, j)
			}
		}
		subjects[p.Subject] = append(subjects[p.Subject], j)
		places[at] = append(places[at], j)
	}
	slices.SortStableFunc(out, func(a, b like) int { return cmp.Or(cmp.Compare(b.whys(), a.whys()), cmp.Compare(b.share, a.share)) })
	return out
}

// texts are the two-character pairs of what problems say, each pair a number, sorted; read when first compared.
type texts struct {
	ids map[[2]rune]int32
	of  [][]int32
}

func (t *texts) pairs(list []Problem, i int) []int32 {
	if t.of[i] == nil {
		t.of[i] = bigrams(t.ids, list[i].Say)
	}
	return t.of[i]
}

// alike compares two problems, the older first.
func (t *texts) alike(list []Problem, i, j int, similar int64) (like, bool) {
	a, b := &list[i], &list[j]
	x := like{from: j, into: i}
	if a.ID == b.Parent || b.ID == a.Parent || (a.Parent != "" && a.Parent == b.Parent) {
		return x, false // somebody has just split them
	}
	if !mergeable(b) || (b.State != Found && a.State == Found) {
		x.from, x.into = i, j
	}
	if !mergeable(&list[x.from]) {
		return x, false
	}
	x.subject = a.Subject == b.Subject && a.Member == b.Member && a.Item == b.Item
	if a.Sensitive != "" || b.Sensitive != "" {
		x.rule = a.Rule != "" && a.Rule == b.Rule && a.Subject == b.Subject && a.Member == b.Member
		return x, x.subject || x.rule
	}
	x.share = share(t.pairs(list, i), t.pairs(list, j))
	x.near = x.share >= similar
	return x, x.near || x.subject && a.Household != 0 // a village has many problems of one item
}

func mergeable(p *Problem) bool { _, ok := Next(p.State, KindMerge); return ok }

// bigrams are the two-character pairs of a text, numbered and sorted; spaces and punctuation do not count.
func bigrams(ids map[[2]rune]int32, s string) []int32 {
	out := []int32{}
	var last rune
	for _, c := range s {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			continue
		}
		if last != 0 {
			k := [2]rune{last, c}
			id, ok := ids[k]
			if !ok {
				id = int32(len(ids))
				ids[k] = id
			}
			out = append(out, id)
		}
		last = c
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// share is how much two texts have in common: twice the common pairs of all pairs, ppm, rounded down.
func share(a, b []int32) int64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	common := int64(0)
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch x, y := a[i], b[j]; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			common, i, j = common+1, i+1, j+1
		}
	}
	return common * 2_000_000 / int64(len(a)+len(b))
}

// groups finds what may have one cause: the same rule and item at several households of a village. A pack without a least number suggests none.
func groups(list []Problem, apart map[couple]bool, least int) []Group {
	type where struct{ village, item, rule string }
	at, clusters := map[where]*Group{}, map[where]string{}
	var order []where
	for i := range list {
		p := &list[i]
		k := where{duty.VillageOf(p.Area), p.Item, p.Rule}
		if p.Rule == "" || k.village == "" || p.Household == 0 {
			continue
		}
		if p.Cluster != "" {
			clusters[k] = p.Cluster
			continue
		}
		if apart[couple{0, p.Key}] {
			continue
		}
		if at[k] == nil {
			at[k], order = &Group{Area: k.village, Item: k.item, Rule: k.rule}, append(order, k)
		}
		at[k].Problems = append(at[k].Problems, p)
	}
	var out []Group
	for _, k := range order {
		g := at[k]
		g.Cluster = clusters[k]
		homes := map[int64]bool{}
		for _, p := range g.Problems {
			homes[p.Household] = true
		}
		if least > 0 && (len(homes) >= least || g.Cluster != "") {
			if len(g.Problems) > mostNamed {
				g.Problems = g.Problems[:mostNamed]
			}
			out = append(out, *g)
		}
	}
	slices.SortStableFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(b.Problems), len(a.Problems)), strings.Compare(a.Area, b.Area))
	})
	return out
}

// distinct remembers that what looked alike is not.
func (m *Room) distinct(ctx context.Context, s *act.Step) error {
	actor, err := duty.Acting(ctx, s, duty.AssignProblem)
	if err != nil {
		return err
	}
	ids := (&work{answers: s.Act.Body}).texts("others")
	of := textOf(s.Act.Body, "of")
	if (of != "same" && of != "cause") || len(ids) == 0 || len(ids) > mostNamed || slices.Contains(ids, s.Act.Subject) {
		return errs.New(errs.Invalid, "problem.distinct", "请选择要说明“不是同一个”的问题，再提交。")
	}
	var keys []int64
	for _, id := range append([]string{s.Act.Subject}, ids...) {
		p, err := ByID(ctx, s.Tx, s.Act.County, id)
		if err != nil {
			return err
		}
		if !actor.Scope(duty.AssignProblem).Covers(p.Area) {
			return duty.ErrOutside
		}
		keys = append(keys, p.Key)
	}
	for i, k := range keys {
		c := couple{k, 0}
		if of == "same" {
			if i == 0 {
				continue
			}
			c = coupleOf(keys[0], k)
		}
		if _, err := s.Tx.Exec(ctx, insertDistinct, s.Act.County, c.a, c.b, s.Act.Index); err != nil {
			return err
		}
	}
	return nil
}

// Kin are the problems that one is bound to: what it was merged into and split from, what was merged into it and split from it.
type Kin struct {
	Into, Parent  *Problem
	Merged, Parts []Problem
}

// KinOf returns them, whatever the scope; the caller checks it.
func KinOf(ctx context.Context, r database.Reader, county string, p *Problem) (k Kin, err error) {
	for id, at := range map[string]**Problem{p.MergedInto: &k.Into, p.Parent: &k.Parent} {
		if id != "" {
			if *at, err = ByID(ctx, r, county, id); err != nil {
				return k, err
			}
		}
	}
	for text, at := range map[string]*[]Problem{mergedInto: &k.Merged, splitFrom: &k.Parts} {
		rows, err := r.Query(ctx, text, county, p.ID)
		if err != nil {
			return k, err
		}
		if *at, err = database.Collect(rows, func(r *sql.Rows) (Problem, error) { return scan(r) }); err != nil {
			return k, err
		}
	}
	return k, nil
}
