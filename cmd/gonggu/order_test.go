package main

import (
	"context"
	"slices"
	"sync"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/ident"
	"gonggu/internal/order"
	"gonggu/internal/problem"
	"gonggu/internal/server"
)

// step makes one flat act of the office, ready to be sent.
func (c *crowd) step(t *testing.T, kind, subject string, body canon.Object) (raw []byte, id string) {
	t.Helper()
	a := &act.Act{ID: ident.New(), County: testCounty, Kind: kind, Subject: subject, Actor: c.me.Account.ID, Post: c.me.Post.ID, DeviceAt: c.me.Now, Body: body}
	b, err := a.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return []byte(`{"acts":[{"act":` + string(b) + `,"open":[]}]}`), a.ID
}

// accepted accepts every problem of the demonstration that nobody has, and returns all that may be ordered.
func (c *crowd) accepted(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, state := range []string{"found", "accepted"} {
		var list struct{ Rows []struct{ ID string } }
		if _, err := c.do(t.Context(), 0, "GET", "/problems?limit=200&state="+state, nil, &list); err != nil {
			t.Fatal(err)
		}
		for _, p := range list.Rows {
			if slices.Contains(ids, p.ID) {
				continue
			}
			if state == "found" {
				raw, id := c.step(t, problem.KindAccept, p.ID, canon.Object{})
				c.deliver(t.Context(), 0, raw, id)
			}
			ids = append(ids, p.ID)
		}
	}
	if len(ids) < 12 {
		t.Fatalf("only %d problems: nothing to order", len(ids))
	}
	return ids
}

// Killed in the middle of bulk ordering, the server has each order whole or not at all, and every one that it acknowledged.
func TestAnOrderIsWholeOrNotAtAllWhenTheServerIsKilled(t *testing.T) {
	for engine, where := range map[string]func() string{"sqlite": func() string { return "" }, "postgresql": func() string { return dbtest.Schema(t) }} {
		t.Run(engine, func(t *testing.T) { orderUnderKills(t, where()) })
	}
}

func orderUnderKills(t *testing.T, database string) {
	dir := t.TempDir()
	f, err := packFS("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Play(t.Context(), demo.Options{Dir: dir, Database: database, Households: 1200, Seed: 3, Through: "2022-09-24", Pack: f}); err != nil {
		t.Fatal(err)
	}
	args := []string{"--data", dir}
	if database != "" {
		args = append(args, "--database", database)
	}
	s := serve(t, args...)
	c := newCrowd(t, s.URL)
	ids := c.accepted(t)
	b := order.Body{Unit: "water", Leader: "钱局长", Person: "孙科长", LimitOn: clock.AddDays(c.me.Day, 10), Problems: ids}
	raw, first := c.step(t, problem.KindOrder, ident.New(), b.Object())
	c.deliver(t.Context(), 0, raw, first)
	if c.answers["accepted"] != c.count() || c.count() == 0 {
		t.Fatalf("the first order: %v", c.answers)
	}
	b.Second = true // what is ordered may be pressed again and again: each act writes all of it
	ctx, cancel := context.WithCancel(t.Context())
	var clerks sync.WaitGroup
	for n := range 4 {
		clerks.Go(func() {
			for ctx.Err() == nil {
				raw, id := c.step(t, problem.KindOrder, ident.New(), b.Object())
				c.deliver(ctx, n, raw, id)
			}
		})
	}
	for range kills() {
		moment()
		s.Kill()
		s = serve(t, args...)
		c.urls.Store([]string{s.URL})
	}
	moment()
	cancel()
	clerks.Wait()
	s.Kill()
	if c.count() < 3*kills() || c.resent == 0 {
		t.Errorf("%d receipts, %d sent again: no load", c.count(), c.resent)
	}
	c.settle(t, dir, database)
	wholeOrders(t, dir, database, int64(len(ids)))
}

// wholeOrders demands that every order names as many problems as it says, and that each problem stands under the last.
func wholeOrders(t *testing.T, dir, database string, n int64) {
	t.Helper()
	state, err := demo.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	county, err := server.Open(t.Context(), server.Options{Dir: dir, Database: database, County: testCounty, Seed: state.SeedText(), Reading: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = county.Close() }()
	one := func(q string, args ...any) (out int64) {
		t.Helper()
		if err := county.DB.QueryRow(t.Context(), q, args...).Scan(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	acts, orders := one("SELECT COUNT(*) FROM acts WHERE kind = $1", problem.KindOrder), one("SELECT COUNT(*) FROM orders WHERE state = 'issued'")
	if acts != orders || orders < 4 {
		t.Errorf("%d acts issued orders, and there are %d", acts, orders)
	}
	if whole := one("SELECT COUNT(*) FROM orders o WHERE o.n = $1 AND (SELECT COUNT(*) FROM order_problems p WHERE p.county = o.county AND p.ord = o.id) = o.n", n); whole != orders {
		t.Errorf("%d of %d orders are whole", whole, orders)
	}
	if under := one("SELECT COUNT(*) FROM problems WHERE order_id = (SELECT id FROM orders ORDER BY key DESC LIMIT 1)"); under != n {
		t.Errorf("%d of %d problems stand under the last order", under, n)
	}
	if numbers := one("SELECT COUNT(DISTINCT number) FROM orders"); numbers != orders {
		t.Errorf("%d numbers for %d orders", numbers, orders)
	}
}
