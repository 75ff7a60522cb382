package message

import "context"

// DieAfterSending makes a carrier die between sending and writing it down, as a kill does.
func DieAfterSending(c *Carrier) { c.sent = func() { panic("killed") } }

// Deliver sends one row.
func Deliver(ctx context.Context, c *Carrier, id string) { _, _ = c.deliver(ctx, id) }

// Feed fills the outbox without sending.
func Feed(ctx context.Context, c *Carrier) error {
	rules, err := c.Rules(ctx)
	if err != nil {
		return err
	}
	return c.feed(ctx, rules)
}
