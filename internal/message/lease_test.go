package message_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/message"
)

// Several carriers at once, as several processes on one database: each row is sent once.
func TestOfSeveralProcessesOneSends(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		r := newRobot(t, says(taken))
		w.channel(message.WeCom, "", "群", message.Address{URL: r.URL + "?key=" + key})
		const rows, processes = 12, 4
		for range rows {
			if err := w.send(late); err != nil {
				t.Fatal(err)
			}
		}
		var work sync.WaitGroup
		bad := make(chan error, 3*processes)
		for range processes {
			c := w.another()
			work.Go(func() {
				for range 3 {
					if err := c.Round(context.Background()); err != nil {
						bad <- err
					}
				}
			})
		}
		work.Wait()
		close(bad)
		for err := range bad {
			t.Error(err)
		}
		seen := map[string]int{}
		for _, id := range r.ids {
			seen[id]++
		}
		if len(seen) != rows || len(r.ids) != rows {
			t.Fatalf("%d rows were sent %d times", len(seen), len(r.ids))
		}
		for _, o := range w.outbox() {
			if o.State != message.Sent || o.Attempts != 1 {
				t.Errorf("%+v", o)
			}
		}
	})
}

// A process that dies between sending and writing it down leaves a lease; after it another sends the row again, under the same id.
func TestAKillBetweenSendingAndMarkingIsMadeUpForUnderTheSameID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		r := newRobot(t, says(taken))
		w.channel(message.WeCom, "", "群", message.Address{URL: r.URL + "?key=" + key})
		if err := w.send(late); err != nil {
			t.Fatal(err)
		}
		dying := w.another()
		message.DieAfterSending(dying)
		func() {
			defer func() { _ = recover() }()
			w.feedOnly()
			message.Deliver(t.Context(), dying, w.only().ID)
		}()
		w.round()
		if len(r.got()) != 1 {
			t.Fatal("sent beside a lease that holds")
		}
		if err := w.carrier.Stop(t.Context(), w.only().ID, "p"); errs.Code(err) != message.ErrSending.Code {
			t.Fatal("stopped while another sends:", err)
		}
		w.later(3 * time.Minute)
		w.round()
		w.is(message.Sent, 2, "")
		if len(r.ids) != 2 || r.ids[0] != r.ids[1] {
			t.Fatal(r.ids)
		}
	})
}

// feedOnly fills the outbox without sending.
func (w *world) feedOnly() {
	w.t.Helper()
	if err := message.Feed(w.t.Context(), w.carrier); err != nil {
		w.t.Fatal(err)
	}
}

func TestStoppedAndDisabledIsHeld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		r := newRobot(t, says(taken))
		id := w.channel(message.WeCom, "", "群", message.Address{URL: r.URL + "?key=" + key})
		if err := w.send(late); err != nil {
			t.Fatal(err)
		}
		w.feedOnly()
		if err := w.carrier.Stop(t.Context(), w.only().ID, "p"); err != nil {
			t.Fatal(err)
		}
		w.round()
		w.is(message.Held, 0, "人工停发")
		if _, err := w.carrier.Channels.Save(t.Context(), message.Channel{ID: id, Name: "群", Enabled: false}, message.Address{}); err != nil {
			t.Fatal(err)
		}
		if err := w.carrier.Again(t.Context(), w.only().ID, "p"); err != nil {
			t.Fatal(err)
		}
		w.round()
		w.is(message.Held, 1, "已停用")
		if len(r.got()) != 0 {
			t.Fatal("sent")
		}
	})
}
