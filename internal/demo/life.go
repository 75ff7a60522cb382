package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/roster"
	"gonggu/internal/seal"
)

// living plays what happens to households while the campaign goes on, at noon of every day: the more households, the more of it.
type living struct {
	*walk
	rand     *rand.Rand
	villages map[string][]string // households in force by village, in the register's order; only those of the start
	codes    []string
	merged   map[string]bool // villages that are no more
	clerks   map[string]duty.Post
	pack     string
	on       string
	done     map[string]int
}

// perDay is how many households a day's acts are drawn for: a county of 300,000 has about 120 births, deaths, moves a day.
const perDay = 2500

// live begins the life of a county; nothing happens without the option.
func (w *walk) live(ctx context.Context) error {
	if !w.o.Life {
		return nil
	}
	camp, err := w.county.Book.InForce(ctx, w.county.DB)
	if err != nil {
		return err
	}
	l := &living{walk: w, rand: rand.New(rand.NewPCG(w.o.Seed, 2022)), villages: map[string][]string{}, merged: map[string]bool{}, clerks: map[string]duty.Post{}, pack: camp.Pack, done: map[string]int{}}
	for after := ""; ; {
		lines, next, err := w.county.Store.List(ctx, w.county.DB, duty.Everything(w.county.Code), roster.Filter{After: after, Limit: roster.MaxPage})
		if err != nil {
			return err
		}
		for _, x := range lines {
			v := duty.VillageOf(x.Area)
			if len(l.villages[v]) == 0 {
				l.codes = append(l.codes, v)
			}
			l.villages[v] = append(l.villages[v], x.ID)
		}
		if after = next; next == "" {
			break
		}
	}
	w.life = l
	return l.openClerks(ctx)
}

// openClerks gives every township a clerk who enters what happens there.
func (l *living) openClerks(ctx context.Context) error {
	var posts []duty.Post
	for _, t := range l.synth.Townships() {
		person := duty.UnitTownship + "/" + t.Code
		post := duty.NewPost(person, "乡镇登记员", duty.Unit{ID: t.Code}, "乡镇巩固办登记员", t.Code, duty.Township)
		l.clerks[t.Code] = post
		posts = append(posts, post)
	}
	return l.county.OpenPosts(ctx, "life", posts)
}

// noon plays one day of life.
func (l *living) noon(ctx context.Context, day string) error {
	l.on = day
	n := 1 + l.o.Households/perDay
	plays := []func(context.Context, *roster.Household) error{l.birth, l.death, l.marry, l.leave, l.split, l.merge, l.move, l.move, l.cancel, l.correct}
	for range n {
		for i, play := range plays {
			if l.o.Households < perDay && l.rand.IntN(3) != 0 && i > 1 {
				continue
			}
			h, err := l.draw(ctx, "")
			if err != nil || h == nil {
				return err
			}
			if err := play(ctx, h); err != nil {
				return err
			}
		}
	}
	if l.day == clock.AddDays(l.first, 9) {
		return l.mergeVillage(ctx)
	}
	return nil
}

// draw chooses a household in force, of a village when one is given; nil when there is none left.
func (l *living) draw(ctx context.Context, village string) (*roster.Household, error) {
	for range 50 {
		v := village
		if v == "" {
			v = l.codes[l.rand.IntN(len(l.codes))]
		}
		list := l.villages[v]
		if len(list) == 0 {
			return nil, nil
		}
		h, err := l.county.Store.ByID(ctx, l.county.DB, list[l.rand.IntN(len(list))])
		if err != nil {
			return nil, err
		}
		if h.State == roster.Active {
			return h, nil
		}
	}
	return nil, nil
}

// errLife ends a demonstration whose own act is refused.
var errLife = errors.New("an act of register life was refused")

// enter submits an act of the township's clerk, or of the office when two townships are concerned; every ninth is taken back.
func (l *living) enter(ctx context.Context, kind string, h *roster.Household, office bool, body canon.Object, open ...act.Opening) error {
	post := l.clerks[duty.TownshipOf(h.Area)]
	if office {
		post = l.people["office"]
	}
	full := canon.Object{"rev": h.Rev, "on": l.on}
	for k, v := range body {
		full[k] = v
	}
	a := &act.Act{ID: l.nextID(), County: l.county.Code, Kind: kind, Subject: h.ID, Actor: post.Person, Post: post.ID, Pack: l.pack, DeviceAt: l.clock.Now(), Body: full}
	for _, o := range open {
		a.Sealed = append(a.Sealed, o.Hash)
	}
	if err := l.submit(ctx, a, open); err != nil {
		return err
	}
	l.done[kind]++
	l.state.Life++
	if kind == roster.KindMergeVillage || l.rand.IntN(9) != 0 {
		return nil
	}
	back := &act.Act{ID: l.nextID(), County: l.county.Code, Kind: roster.KindTakeBack, Subject: h.ID, Actor: post.Person, Post: post.ID, Pack: l.pack, DeviceAt: l.clock.Now(), After: []string{a.ID},
		Body: canon.Object{"rev": h.Rev + 1, "reason": "登记错了户"}}
	l.state.TakenBack++
	return l.submit(ctx, back, nil)
}

func (l *living) submit(ctx context.Context, a *act.Act, open []act.Opening) error {
	got, err := l.county.Lane.Submit(ctx, a.Actor, act.Submission{Act: a, Open: open})
	if err != nil {
		return err
	}
	if got[0].Outcome != act.Accepted {
		return fmt.Errorf("%w: %s %s %s: %s", errLife, a.Kind, a.Subject, got[0].Outcome, got[0].Reason)
	}
	return nil
}

func (l *living) person(h *roster.Household, given, relation, sex, birth string) (canon.Object, []act.Opening) {
	name := string([]rune(h.Head)[:1]) + given
	return canon.Object{"member": canon.Object{"name": name, "facts": canon.Object{"relation": relation, "sex": sex, "birth": birth}}}, nil
}

var givenNames = strings.Fields("子涵 雨泽 一诺 梓萱 浩然 思源 佳怡 晨曦 文博 若溪 明轩 可馨 泽宇 欣妍 家豪 诗涵")

func (l *living) given() string { return givenNames[l.rand.IntN(len(givenNames))] }

func (l *living) birth(ctx context.Context, h *roster.Household) error {
	sex, relation := "male", "grandson"
	if l.rand.IntN(2) == 0 {
		sex, relation = "female", "granddaughter"
	}
	body, open := l.person(h, l.given(), relation, sex, clock.AddDays(l.on, -1-l.rand.IntN(9)))
	return l.enterNew(ctx, roster.KindBirth, h, body, open)
}

// enterNew is enter, but a namesake born on the same day is no error of the demonstration: he is left out.
func (l *living) enterNew(ctx context.Context, kind string, h *roster.Household, body canon.Object, open []act.Opening) error {
	m, _ := body["member"].(canon.Object)
	for _, p := range h.Members {
		if p.Name == m["name"] {
			return nil
		}
	}
	return l.enter(ctx, kind, h, false, body, open...)
}

// marry brings in a wife with a phone of her own; her number is sealed.
func (l *living) marry(ctx context.Context, h *roster.Household) error {
	body, _ := l.person(h, "氏"+l.given(), "son_wife", "female", fmt.Sprintf("199%d-0%d-1%d", l.rand.IntN(9), 1+l.rand.IntN(9), l.rand.IntN(9)))
	m, _ := body["member"].(canon.Object)
	facts, _ := m["facts"].(canon.Object)
	text := fmt.Sprintf(`"1540%07d"`, l.rand.IntN(10_000_000)) // no carrier holds 1540
	salt := sha256.Sum256([]byte(fmt.Sprintf("demo/%d/life/%d", l.o.Seed, l.ids)))
	hash := seal.Commit(salt[:], text)
	facts["phone"] = canon.Object{"~": hash}
	return l.enterNew(ctx, roster.KindJoin, h, body, []act.Opening{{Hash: hash, Salt: hex.EncodeToString(salt[:]), Value: text}})
}

// goer chooses a member other than the head, nil when there is none; the head's own going is played by death.
func (l *living) goer(h *roster.Household) *roster.Person {
	people, _ := h.Present()
	others := []roster.Person{}
	for _, p := range people {
		if p.Relation != roster.RelationHead {
			others = append(others, p)
		}
	}
	if len(others) == 0 || len(others) == len(people) {
		return nil
	}
	return &others[l.rand.IntN(len(others))]
}

func (l *living) death(ctx context.Context, h *roster.Household) error {
	next := l.goer(h)
	if next == nil {
		return nil
	}
	people, _ := h.Present()
	if l.rand.IntN(2) == 0 { // the head himself
		for _, p := range people {
			if p.Relation == roster.RelationHead {
				return l.enter(ctx, roster.KindDeath, h, false, canon.Object{"member": p.ID, "head": next.ID})
			}
		}
	}
	return l.enter(ctx, roster.KindDeath, h, false, canon.Object{"member": next.ID})
}

// leave: a daughter marries into another household of the village, or somebody leaves the county.
func (l *living) leave(ctx context.Context, h *roster.Household) error {
	p := l.goer(h)
	if p == nil {
		return nil
	}
	body := canon.Object{"member": p.ID}
	to, err := l.draw(ctx, duty.VillageOf(h.Area))
	if err != nil {
		return err
	}
	if to != nil && to.ID != h.ID && duty.TownshipOf(to.Area) == duty.TownshipOf(h.Area) && l.rand.IntN(2) == 0 {
		body["to"], body["to_rev"], body["to_relation"] = to.ID, to.Rev, "son_wife"
	}
	return l.enter(ctx, roster.KindLeave, h, false, body)
}

func (l *living) split(ctx context.Context, h *roster.Household) error {
	people, _ := h.Present()
	p := l.goer(h)
	if p == nil || len(people) < 3 {
		return nil
	}
	return l.enter(ctx, roster.KindSplit, h, false, canon.Object{"members": []any{p.ID}, "new_head": p.ID})
}

func (l *living) merge(ctx context.Context, h *roster.Household) error {
	to, err := l.draw(ctx, duty.VillageOf(h.Area))
	people, _ := h.Present()
	if err != nil || to == nil || to.ID == h.ID || len(people) > 2 || duty.VillageOf(to.Area) != duty.VillageOf(h.Area) {
		return err
	}
	relations := canon.Object{}
	for _, p := range people {
		if p.Relation == roster.RelationHead {
			relations[p.ID] = "father"
		}
	}
	return l.enter(ctx, roster.KindMerge, h, false, canon.Object{"into": to.ID, "into_rev": to.Rev, "relations": relations})
}

// move takes a household to another village; between townships it is the office's act.
func (l *living) move(ctx context.Context, h *roster.Household) error {
	to := l.codes[l.rand.IntN(len(l.codes))]
	if l.merged[to] || to == duty.VillageOf(h.Area) {
		return nil
	}
	return l.enter(ctx, roster.KindMove, h, duty.TownshipOf(to) != duty.TownshipOf(h.Area), canon.Object{"area": to})
}

func (l *living) cancel(ctx context.Context, h *roster.Household) error {
	if h.Problems > 0 {
		return nil
	}
	return l.enter(ctx, roster.KindCancel, h, false, canon.Object{"why": roster.WhyMovedOut, "reason": "全家在外地落户"})
}

func (l *living) correct(ctx context.Context, h *roster.Household) error {
	p := l.goer(h)
	if p == nil {
		return nil
	}
	return l.enter(ctx, roster.KindCorrect, h, false, canon.Object{"names": canon.Object{p.ID: p.Name + "（更）"}})
}

// mergeVillage merges the first township's second village with households into its first.
func (l *living) mergeVillage(ctx context.Context) error {
	for i := 1; i < len(l.codes); i++ {
		into, from := l.codes[i-1], l.codes[i]
		if duty.TownshipOf(into) != duty.TownshipOf(from) {
			continue
		}
		l.merged[from] = true
		h := &roster.Household{ID: from, Area: from}
		return l.enter(ctx, roster.KindMergeVillage, h, false, canon.Object{"into": into, "reason": "乡政〔2022〕5号批复"})
	}
	return nil
}
