package roster_test

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/problem"
	"gonggu/internal/report"
	"gonggu/internal/roster"
	"gonggu/internal/server"
	"gonggu/packs"
)

// alive is a county in the middle of its inspections, with an office, a township clerk and a village cadre.
type alive struct {
	*server.County
	t                       *testing.T
	clock                   *clock.Virtual
	office, township, cadre duty.Actor
	ids                     int
}

func living(t *testing.T, fn func(t *testing.T, c *alive)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, live(t, "")) })
	t.Run("postgresql", func(t *testing.T) { fn(t, live(t, dbtest.Schema(t))) })
}

func live(t *testing.T, db string) *alive {
	t.Helper()
	pk, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	state, err := demo.Play(t.Context(), demo.Options{Dir: dir, Database: db, Households: 700, Seed: 1, Through: "2022-09-18", Pack: pk})
	if err != nil {
		t.Fatal(err)
	}
	c := &alive{t: t, clock: clock.NewVirtual(state.Now, false)}
	if c.County, err = server.Open(t.Context(), server.Options{Dir: dir, Database: db, County: "411624", Clock: c.clock, Seed: state.SeedText()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	c.office, c.township, c.cadre = c.actor("office"), c.actor("township"), c.actor("village")
	return c
}

func (c *alive) actor(role string) duty.Actor {
	posts, err := duty.PostsOf(c.t.Context(), c.DB, c.Code, ident.Derive("demo/1", "person/"+role))
	if err != nil || len(posts) != 1 {
		c.t.Fatal(role, posts, err)
	}
	return posts[0]
}

func (c *alive) households(area string) []*roster.Household {
	c.t.Helper()
	out := []*roster.Household{}
	for after := ""; ; {
		lines, next, err := c.Store.List(c.t.Context(), c.DB, duty.Everything(c.Code), roster.Filter{Area: area, Limit: roster.MaxPage, After: after})
		if err != nil {
			c.t.Fatal(err)
		}
		for _, l := range lines {
			out = append(out, c.load(l.ID))
		}
		if after = next; next == "" {
			return out
		}
	}
}

func (c *alive) load(id string) *roster.Household {
	c.t.Helper()
	h, err := c.Store.ByID(c.t.Context(), c.DB, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return h
}

// some returns a household of a village with at least so many members, the head among them.
func (c *alive) some(area string, members int, not ...string) *roster.Household {
	c.t.Helper()
	for _, h := range c.households(area) {
		people, _ := h.Present()
		if len(people) >= members && people[0].Relation == roster.RelationHead && !slices.Contains(not, h.ID) {
			return h
		}
	}
	c.t.Fatalf("no household of %d in %s", members, area)
	return nil
}

func (c *alive) step(by duty.Actor, kind string, h *roster.Household, body canon.Object) *act.Act {
	c.t.Helper()
	camp, err := c.Book.InForce(c.t.Context(), c.DB)
	if err != nil {
		c.t.Fatal(err)
	}
	c.ids++
	full := canon.Object{"rev": h.Rev, "on": clock.Day(c.clock.Now())}
	maps.Copy(full, body)
	return &act.Act{ID: act7(c.ids), County: c.Code, Kind: kind, Subject: h.ID, Actor: by.Person, Post: by.Post, Pack: camp.Pack, DeviceAt: c.clock.Now(), Body: full}
}

func act7(n int) string {
	id := []byte(ident.Derive("life-test", fmt.Sprint(n)))
	id[14] = '7'
	return string(id)
}

func (c *alive) send(by duty.Actor, a *act.Act, open ...act.Opening) act.Answer {
	c.t.Helper()
	got, err := c.Lane.Submit(c.t.Context(), by.Person, act.Submission{Act: a, Open: open})
	if err != nil {
		c.t.Fatal(err)
	}
	return got[0]
}

func (c *alive) do(by duty.Actor, kind string, h *roster.Household, body canon.Object) *act.Act {
	c.t.Helper()
	a := c.step(by, kind, h, body)
	if got := c.send(by, a); got.Outcome != act.Accepted {
		c.t.Fatalf("%s: %s %s", kind, got.Code, got.Reason)
	}
	return a
}

func (c *alive) refused(by duty.Actor, code, kind string, h *roster.Household, body canon.Object) string {
	c.t.Helper()
	got := c.send(by, c.step(by, kind, h, body))
	if got.Outcome != act.Refused || got.Code != code {
		c.t.Fatalf("%s %v: %s %s %s, want %s", kind, body, got.Outcome, got.Code, got.Reason, code)
	}
	return got.Reason
}

func (c *alive) back(by duty.Actor, a *act.Act) act.Answer {
	c.t.Helper()
	h := c.load(a.Subject)
	b := c.step(by, roster.KindTakeBack, h, nil)
	b.After = []string{a.ID}
	return c.send(by, b)
}

// recount adds up the rows themselves and compares with every count that the acts kept.
func (c *alive) recount() {
	c.t.Helper()
	want := map[string]int64{}
	add := func(area, measure, item string, n int64) {
		for _, l := range []int{6, 9, 12} {
			if len(area) >= l {
				want[area[:l]+" "+measure+" "+item] += n
			}
		}
	}
	classes := map[string]string{} // a household's place
	each := func(q string, fn func(scan func(...any) error) error) {
		c.t.Helper()
		rows, err := c.DB.Query(c.t.Context(), q, c.Code)
		if err != nil {
			c.t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := fn(rows.Scan); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	each("SELECT id, area, inspected_on, owner, missed, (SELECT count(*) FROM persons p WHERE p.county = h.county AND p.household = h.key AND p.gone = 0) FROM households h WHERE county = $1 AND state = 'active'", func(scan func(...any) error) error {
		var id, area, inspected, owner, missed string
		var persons int64
		err := scan(&id, &area, &inspected, &owner, &missed, &persons)
		classes[id] = area
		items := []string{""}
		for _, item := range items {
			add(area, roster.MeasureHouseholds, item, 1)
			if inspected != "" {
				add(area, roster.MeasureInspected, item, 1)
			}
		}
		add(area, roster.MeasurePersons, "", persons)
		if owner != "" {
			add(area, roster.MeasureOwned, "", 1)
			add(area, roster.MeasureOwned, owner, 1)
		}
		if missed != "" {
			add(area, roster.MeasureMissed, "", 1)
			add(area, roster.MeasureMissed, missed, 1)
		}
		return err
	})
	for id, area := range classes { // the sensitive ones lie sealed
		h, err := c.Store.ByID(c.t.Context(), c.DB, id)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, class := range h.Classes {
			add(area, roster.MeasureHouseholds, class, 1)
			if h.InspectedOn != "" {
				add(area, roster.MeasureInspected, class, 1)
			}
		}
	}
	each("SELECT area, item, lead, helping, accepted_on, voided_on, state FROM problems WHERE county = $1", func(scan func(...any) error) error {
		var area, item, lead, helping, accepted, voided string
		var state problem.State
		err := scan(&area, &item, &lead, &helping, &accepted, &voided, &state)
		counts := map[string]string{problem.MeasureFound: "-", problem.MeasureAccepted: accepted, problem.MeasureVoided: voided}
		if state != problem.Found { // found is what stands nowhere else
			counts[problem.At(state)] = "-"
		}
		if state == problem.Merged {
			counts["merged"] = "-"
		}
		for measure, on := range counts {
			if on == "" {
				continue
			}
			add(area, measure, item, 1)
			add(area[:min(9, len(area))], "led."+measure, lead+"/"+item, 1)
			for _, unit := range strings.FieldsFunc(helping, func(r rune) bool { return r == ',' }) {
				if unit != lead {
					add(area[:min(9, len(area))], "helped."+measure, unit+"/"+item, 1)
				}
			}
		}
		return err
	})
	each("SELECT area, state FROM doubts WHERE county = $1", func(scan func(...any) error) error {
		var area, state string
		err := scan(&area, &state)
		add(area, "doubt.opened", "", 1)
		if state != "open" {
			add(area, "doubt."+state, "", 1)
		}
		return err
	})
	each("SELECT h.area, s.unchanged FROM sheets s JOIN households h ON h.county = s.county AND h.key = s.household WHERE s.county = $1", func(scan func(...any) error) error {
		var area string
		var unchanged int64
		err := scan(&area, &unchanged)
		add(area, "sheets", "", 1)
		add(area, "unchanged", "", unchanged)
		return err
	})
	got := map[string]int64{}
	each("SELECT area, measure, item, sum(n) FROM tallies WHERE county = $1 GROUP BY area, measure, item", func(scan func(...any) error) error {
		var area, measure, item string
		var n int64
		err := scan(&area, &measure, &item, &n)
		if n != 0 {
			got[area+" "+measure+" "+item] = n
		}
		return err
	})
	maps.DeleteFunc(want, func(_ string, n int64) bool { return n == 0 })
	if !maps.Equal(got, want) {
		var diff []string
		for k, n := range got {
			if want[k] != n {
				diff = append(diff, fmt.Sprintf("%s: counted %d, rows %d", k, n, want[k]))
			}
		}
		for k, n := range want {
			if _, ok := got[k]; !ok {
				diff = append(diff, fmt.Sprintf("%s: counted 0, rows %d", k, n))
			}
		}
		sort.Strings(diff)
		c.t.Fatalf("counts differ from rows:\n%s", strings.Join(diff[:min(len(diff), 12)], "\n"))
	}
	each("SELECT h.id, h.problems, h.doubts, (SELECT count(*) FROM problems p WHERE p.county = h.county AND p.household = h.key AND p.state NOT IN ('void', 'merged', 'closed')), (SELECT count(*) FROM doubts d WHERE d.county = h.county AND d.household = h.key AND d.state = 'open') FROM households h WHERE county = $1", func(scan func(...any) error) error {
		var id string
		var p, d, ps, ds int64
		err := scan(&id, &p, &d, &ps, &ds)
		if p != ps || d != ds {
			c.t.Errorf("%s says %d problems and %d doubts open; the rows say %d and %d", id, p, d, ps, ds)
		}
		return err
	})
}

func (c *alive) verify() {
	c.t.Helper()
	v, err := c.Verify(c.t.Context(), func(string, int, int) {})
	if err != nil {
		c.t.Fatal(err)
	}
	if len(v.Faults) > 0 {
		c.t.Fatalf("verify: %s", strings.Join(v.Faults, "\n"))
	}
}

// print gives what a household is, without the marks of how it came to be so.
func (c *alive) print(id string) string {
	c.t.Helper()
	h := c.load(id)
	people, _ := h.Present()
	members := []any{}
	for _, p := range people {
		members = append(members, canon.Object{"id": p.ID, "name": p.Name, "number": p.Number, "relation": p.Relation, "ord": int64(p.Ord), "facts": canon.Object(p.Facts)})
	}
	open := []any{}
	list, err := problem.OfHousehold(c.t.Context(), c.DB, c.Code, h.Key)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, p := range list {
		open = append(open, p.Number+" "+p.Area+" "+p.Subject)
	}
	b, err := canon.Marshal(canon.Object{"area": h.Area, "head": h.Head, "number": h.Number, "state": h.State, "classes": h.Classes, "facts": canon.Object(h.Facts), "members": members,
		"owner": h.Owner, "inspected": h.InspectedOn, "problems": h.Problems, "doubts": h.Doubts, "of": open})
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b)
}

func baby(name string) canon.Object {
	return canon.Object{"member": canon.Object{"name": name, "facts": canon.Object{"relation": "grandson", "sex": "male", "birth": "2022-09-17"}}}
}

func (c *alive) report(day string) string {
	c.t.Helper()
	d, err := report.Build(c.t.Context(), c.DB, c.Book, c.Code, day, c.clock.Now())
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := d.Canonical()
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b)
}
