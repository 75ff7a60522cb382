package server

import (
	"context"
	"log/slog"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/canon"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/message"
	"gonggu/internal/problem"
)

// remind has the product remind of what is due, when a working day's hour has come and nobody has yet: the day's row in reminded_days
// says so. The act's id comes from the day, so that of several processes one does it.
func (c *County) remind(ctx context.Context) error {
	_, l, err := c.Book.Current(ctx, c.DB)
	if errs.Code(err) == campaign.ErrNone.Code {
		return nil
	}
	if err != nil {
		return err
	}
	now := c.Clock.Now()
	day, _, due, err := message.Round(ctx, c.DB, c.Code, l.Pack, now)
	if err != nil || !due {
		return err
	}
	_, err = c.System(ctx, &act.Act{ID: ident.Derive(problem.KindRemind, c.Code+"/"+day), Kind: problem.KindRemind, Subject: day, Pack: l.Pack.Digest(), Body: canon.Object{}})
	if errs.Code(err) == message.ErrReminded.Code {
		return nil
	}
	return err
}

// carrier sends what leaves the county.
func (c *County) carrier(log *slog.Logger) *message.Carrier {
	return &message.Carrier{County: c.Code, DB: c.DB, Clock: c.Clock, Log: log, Rules: c.sending,
		Channels: message.Channels{County: c.Code, DB: c.DB, Seal: c.Keys.Seal, Open: c.Keys.Open}}
}

// sending is what the pack in force says of sending.
func (c *County) sending(ctx context.Context) (message.Rules, error) {
	_, l, err := c.Book.Current(ctx, c.DB)
	if errs.Code(err) == campaign.ErrNone.Code {
		return message.RulesOf(nil), nil
	}
	if err != nil {
		return message.Rules{}, err
	}
	return message.RulesOf(l.Pack), nil
}
