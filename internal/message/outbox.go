package message

import (
	"context"
	"database/sql"
	"time"

	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
)

// The states of what is to be sent.
const (
	Waiting = "waiting" // also while it is being sent
	Sent    = "sent"
	Failed  = "failed" // given up after the last try
	Held    = "held"   // nobody sends it until somebody says so
)

// StateNames are the states in Chinese.
var StateNames = map[string]string{Waiting: "待发送", Sent: "已发送", Failed: "没有发出", Held: "不发了"}

// Outgoing is a row of the outbox as it is shown. Message 0 is a test.
type Outgoing struct {
	ID, Channel, ChannelName, ChannelKind, Unit string
	Message                                     int64
	Say, State                                  string
	MadeAt, Attempts, NextAt, ClaimedUntil      int64
	LastError                                   string
	SentAt                                      int64
	SettledBy                                   string // who asked for it, sent it again or stopped it
}

// OutboxFilter narrows the outbox; Day is the civil day of making, as a span of instants.
type OutboxFilter struct {
	State, Channel string
	From, To       int64 // made at, To not included; 0 is open
	After          string
	Limit          int
}

// Errors of the outbox.
var (
	ErrOutgoing = errs.New(errs.NotFound, "outbox.not_found", "没有这条发送记录；请刷新。")
	ErrSent     = errs.New(errs.Conflict, "outbox.sent", "这一条已经发出，不用再办；请刷新查看。")
	ErrSending  = errs.New(errs.Conflict, "outbox.sending", "这一条正在发送，请过一分钟刷新再看。")
	ErrWaits    = errs.New(errs.Conflict, "outbox.waiting", "这一条正等着发送，不用再发。")
)

// Outbox returns what was to be sent, newest first, and where the next page begins ("" at the end).
func Outbox(ctx context.Context, r database.Reader, county string, f OutboxFilter) ([]Outgoing, string, error) {
	w := &database.Where{}
	w.And("o.county = ?", county)
	if f.State != "" {
		w.And("o.state = ?", f.State)
	}
	if f.Channel != "" {
		w.And("o.channel = ?", f.Channel)
	}
	if f.From > 0 {
		w.And("o.made_at >= ?", f.From)
	}
	if f.To > 0 {
		w.And("o.made_at < ?", f.To)
	}
	if f.After != "" {
		var at int64
		if err := r.QueryRow(ctx, madeOutbox, county, f.After).Scan(&at); err != nil {
			return nil, "", errs.New(errs.Invalid, "outbox.after", "翻页位置不对，请从头查看。")
		}
		w.And("(o.made_at, o.id) < (?, ?)", at, f.After)
	}
	q, args := w.SQL(listOutbox, "ORDER BY o.made_at DESC, o.id DESC LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, "", err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (o Outgoing, err error) {
		return o, r.Scan(&o.ID, &o.Channel, &o.ChannelName, &o.ChannelKind, &o.Unit, &o.Message, &o.Say, &o.State, &o.MadeAt, &o.Attempts, &o.NextAt, &o.ClaimedUntil, &o.LastError, &o.SentAt, &o.SettledBy)
	})
	if err != nil || len(list) <= f.Limit {
		return list, "", err
	}
	return list[:f.Limit], list[f.Limit-1].ID, nil
}

// OutboxCounts returns how many rows stand in each state.
func OutboxCounts(ctx context.Context, r database.Reader, county string) (map[string]int64, error) {
	rows, err := r.Query(ctx, countOutbox, county)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string]int64{}
	for rows.Next() {
		var state string
		var n int64
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		out[state] = n
	}
	return out, rows.Err()
}

// Again lets what failed or was held be sent, from the first try on, after the quiet hours. Codes: outbox.not_found, outbox.sent, outbox.waiting.
func (c *Carrier) Again(ctx context.Context, id, person string) error {
	rules, err := c.Rules(ctx)
	if err != nil {
		return err
	}
	at := rules.Quiet.Until(rules.Calendar, c.Clock.Now())
	return c.DB.Write(ctx, func(tx *database.Tx) error {
		n, err := tx.Exec(ctx, againOutbox, at, person, c.County, id)
		if err != nil || n == 1 {
			return err
		}
		return c.why(ctx, tx, id)
	})
}

// Stop takes what waits or failed out of the sending. Codes: outbox.not_found, outbox.sent, outbox.sending.
func (c *Carrier) Stop(ctx context.Context, id, person string) error {
	return c.DB.Write(ctx, func(tx *database.Tx) error {
		n, err := tx.Exec(ctx, stopOutbox, person, "人工停发", c.County, id, c.Clock.Now())
		if err != nil || n == 1 {
			return err
		}
		err = c.why(ctx, tx, id)
		if errs.Code(err) == ErrWaits.Code {
			return ErrSending
		}
		return err
	})
}

func (c *Carrier) why(ctx context.Context, r database.Reader, id string) error {
	var state string
	err := r.QueryRow(ctx, stateOutbox, c.County, id).Scan(&state)
	switch {
	case database.Missing(err):
		return ErrOutgoing
	case err != nil:
		return err
	case state == Sent:
		return ErrSent
	case state == Waiting:
		return ErrWaits
	}
	return nil // held already: asking twice changes nothing
}

// Test sends one line by a channel at once, whatever the hour, and returns what became of it. It is not tried again.
func (c *Carrier) Test(ctx context.Context, channel, say, person string) (Outgoing, error) {
	if _, _, err := c.Channels.One(ctx, channel); err != nil {
		return Outgoing{}, err
	}
	id, now := ident.New(), c.Clock.Now()
	err := c.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, insertOutbox, c.County, id, channel, int64(0), say, now, now, person)
		return err
	})
	if err != nil {
		return Outgoing{}, err
	}
	if _, err := c.deliver(ctx, id); err != nil {
		return Outgoing{}, err
	}
	o := Outgoing{ID: id, Channel: channel, Say: say}
	err = c.DB.QueryRow(ctx, resultOutbox, c.County, id).Scan(&o.State, &o.LastError, &o.SentAt)
	return o, err
}

// lookBack is how late something may still be sent by itself: what is later (the server stood still, a copy was restored) waits for
// somebody to look at it.
const lookBack = 24 * time.Hour
