package task

import (
	"cmp"
	"context"
	"slices"

	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/roster"
)

// Split cuts a row of loads into k runs whose heaviest is as light as can be and which are otherwise as
// even as can be, and returns where each run ends. Neighbours stay together; with fewer loads than runs, the last runs are empty.
func Split(loads []int64, k int) []int {
	n := len(loads)
	sums := make([]int64, n+1)
	var low int64
	for i, x := range loads {
		sums[i+1], low = sums[i]+x, max(low, x)
	}
	high := sums[n]
	for low < high { // the smallest bound under which k runs hold everything
		mid := low + (high-low)/2
		if runs(loads, mid) <= k {
			high = mid
		} else {
			low = mid + 1
		}
	}
	used := min(k, n)
	const never = int64(1) << 62
	// best[i] is the least sum of squares of the first i loads in so many runs; from remembers where the last of them began.
	best, from := make([]int64, n+1), make([][]int32, used+1)
	for i := range best {
		best[i] = never
	}
	best[0] = 0
	for run := 1; run <= used; run++ {
		next, cut := make([]int64, n+1), make([]int32, n+1)
		for i := range next {
			next[i] = never
			for j := i - 1; j >= 0 && sums[i]-sums[j] <= high; j-- {
				d := sums[i] - sums[j]
				if best[j] < never && best[j]+d*d < next[i] {
					next[i], cut[i] = best[j]+d*d, int32(j)
				}
			}
		}
		best, from[run] = next, cut
	}
	ends := make([]int, k)
	for i := range ends {
		ends[i] = n
	}
	for run, at := used, n; run > 0; run-- {
		ends[run-1] = at
		at = int(from[run][at])
	}
	return ends
}

// runs counts the runs that a row needs when none may be heavier than the bound.
func runs(loads []int64, bound int64) int {
	n, sum := 1, int64(0)
	for _, x := range loads {
		if sum+x > bound {
			n, sum = n+1, 0
		}
		sum += x
	}
	return n
}

// Part is what a balanced split gives to one post: whole places where it can, single households where it must.
type Part struct {
	Post       string
	Areas      []AreaGrant
	Households []HouseGrant
	Before     int64 // households of the post inside the place, as it is
	After      int64 // and as proposed
	Changed    int64 // households that would change hands to this post
}

// Proposal is a balanced split of a place over posts.
type Proposal struct {
	Parts []Part
	// Unreached are the villages that none of the posts may inspect in.
	Unreached []string
}

// piece is a run of a proposal: a place or a household, with its load and who answers for it.
type piece struct {
	area, house string
	n           int64
	was         []Share
}

// Propose splits a township's villages, or a village's groups or households, over posts so that
// loads are near-equal and each post's part hangs together. Posts of a single village share that village; wider ones the rest.
func (m *Room) Propose(ctx context.Context, r database.Reader, area string, posts []string) (*Proposal, error) {
	people, err := m.people(ctx, r, area, posts)
	if err != nil {
		return nil, err
	}
	b := &balancing{room: m, r: r, parts: map[string]*Part{}}
	for _, p := range people {
		b.parts[p.Post] = &Part{Post: p.Post}
	}
	if len(area) >= 12 {
		err = b.village(ctx, area, people)
	} else {
		err = b.township(ctx, area, people)
	}
	if err != nil {
		return nil, err
	}
	out := &Proposal{Unreached: b.unreached, Parts: make([]Part, len(people))}
	for i, p := range people {
		out.Parts[i] = *b.parts[p.Post]
	}
	return out, nil
}

// people returns the holders of the posts, each of whom must reach the place or a part of it.
func (m *Room) people(ctx context.Context, r database.Reader, area string, posts []string) ([]duty.Actor, error) {
	if len(area) < 9 {
		return nil, errs.New(errs.Invalid, "task.balance_area", "均衡分派按乡镇或村进行；请先选择一个乡镇或村。")
	}
	if len(posts) == 0 {
		return nil, errs.New(errs.Invalid, "task.balance_posts", "请先勾选参与分派的人员。")
	}
	var out []duty.Actor
	for _, post := range posts {
		a, err := m.owner(ctx, r, post)
		if err != nil {
			return nil, err
		}
		if !duty.Everything(area).Covers(a.Area) && !reaches(a, area) {
			return nil, errs.Newf(errs.Invalid, "task.owner_scope", "%s（%s）的负责范围不在这里，不能参与分派；请取消勾选。", a.Name, a.Title)
		}
		if !slices.ContainsFunc(out, func(x duty.Actor) bool { return x.Post == a.Post }) {
			out = append(out, a)
		}
	}
	return out, nil
}

type balancing struct {
	room      *Room
	r         database.Reader
	parts     map[string]*Part
	unreached []string
}

func (b *balancing) township(ctx context.Context, area string, people []duty.Actor) error {
	areas, err := duty.Areas(ctx, b.r, b.room.County, duty.Everything(area))
	if err != nil {
		return err
	}
	wide := slices.DeleteFunc(slices.Clone(people), func(a duty.Actor) bool { return !reaches(a, area) })
	var rest []piece
	for _, a := range areas {
		if a.Level != duty.LevelVillage {
			continue
		}
		narrow := slices.DeleteFunc(slices.Clone(people), func(x duty.Actor) bool { return reaches(x, area) || !reaches(x, a.Code) })
		if len(narrow) > 0 {
			if err := b.village(ctx, a.Code, narrow); err != nil {
				return err
			}
			continue
		}
		shares, err := b.room.shares(ctx, b.r, a.Code)
		if err != nil {
			return err
		}
		p := piece{area: a.Code, was: shares}
		for _, s := range shares {
			p.n += s.N
		}
		switch {
		case p.n == 0:
		case len(wide) == 0:
			b.unreached = append(b.unreached, a.Code)
		default:
			rest = append(rest, p)
		}
	}
	b.deal(rest, wide)
	return nil
}

// village splits by groups, or, where there are fewer than people, by households in their order.
func (b *balancing) village(ctx context.Context, area string, people []duty.Actor) error {
	held, err := b.room.Roster.Held(ctx, b.r, duty.Everything(b.room.County).Narrow(area), "")
	if err != nil {
		return err
	}
	if len(people) == 1 {
		p := piece{area: area, was: SharesOf(held)}
		for _, s := range p.was {
			p.n += s.N
		}
		b.deal([]piece{p}, people)
		return nil
	}
	var groups []piece
	for _, h := range held {
		if n := len(groups); n > 0 && groups[n-1].area == h.Area {
			groups[n-1].n += h.Households
			groups[n-1].was = append(groups[n-1].was, Share{h.Post, h.Households})
		} else {
			groups = append(groups, piece{area: h.Area, n: h.Households, was: []Share{{h.Post, h.Households}}})
		}
	}
	whole := !slices.ContainsFunc(groups, func(p piece) bool { return p.area == area }) // nobody stands in the village but in no group
	if len(groups) >= len(people) && whole {
		b.deal(groups, people)
		return nil
	}
	houses, err := b.houses(ctx, area)
	b.deal(houses, people)
	return err
}

func (b *balancing) houses(ctx context.Context, area string) ([]piece, error) {
	var out []piece
	f := roster.Filter{Limit: roster.MaxPage}
	for {
		page, next, err := b.room.Roster.List(ctx, b.r, duty.Everything(b.room.County).Narrow(area), f)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			out = append(out, piece{house: l.ID, area: l.Area, n: 1, was: []Share{{l.Owner, 1}}})
		}
		if next == "" {
			return out, nil
		}
		f.After = next
	}
}

// deal gives the runs to the people, who stand in the order of what they have already: as little as can be changes hands.
func (b *balancing) deal(pieces []piece, people []duty.Actor) {
	first := func(post string) int {
		i := slices.IndexFunc(pieces, func(p piece) bool {
			return slices.ContainsFunc(p.was, func(s Share) bool { return s.Post == post && 2*s.N >= p.n })
		})
		if i < 0 {
			return len(pieces)
		}
		return i
	}
	people = slices.Clone(people)
	slices.SortStableFunc(people, func(x, y duty.Actor) int { return cmp.Compare(first(x.Post), first(y.Post)) })
	loads := make([]int64, len(pieces))
	for i, p := range pieces {
		loads[i] = p.n
		for _, s := range p.was {
			if part := b.parts[s.Post]; part != nil {
				part.Before += s.N
			}
		}
	}
	if len(people) == 0 {
		return
	}
	from := 0
	for i, to := range Split(loads, len(people)) {
		part := b.parts[people[i].Post]
		for _, p := range pieces[from:to] {
			b.give(part, p)
		}
		from = to
	}
}

func (b *balancing) give(part *Part, p piece) {
	part.After += p.n
	var kept int64
	for _, s := range p.was {
		if s.Post == part.Post {
			kept += s.N
		}
	}
	part.Changed += p.n - kept
	switch {
	case p.house != "":
		if kept == 0 {
			part.Households = append(part.Households, HouseGrant{p.house, p.was[0].Post})
		}
	default:
		part.Areas = append(part.Areas, AreaGrant{p.area, p.was})
	}
}
