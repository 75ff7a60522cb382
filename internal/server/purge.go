package server

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gonggu/internal/access"
	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/resident"
	"gonggu/internal/retention"
	"gonggu/internal/roster"
)

// The kinds of record that can be destroyed, as the pack's privacy.yaml names them.
const (
	purgeRequests  = "requests"
	purgeUndo      = "undo"
	purgeWithdrawn = "withdrawn"
	purgeImports   = "imports"
	purgeRefused   = "refused"
)

// endOf is the instant after a day.
func endOf(day string) int64 {
	at, _ := clock.At(clock.AddDays(day, 1), "00:00")
	return at
}

// purgeable joins the kinds with the nouns that know what is kept.
func (c *County) purgeable() map[string]retention.Purgeable {
	return map[string]retention.Purgeable{
		purgeRequests: {
			Find: func(ctx context.Context, r database.Reader, county, through string) (retention.Found, error) {
				list, err := resident.Due(ctx, r, county, through)
				return found(list, err, func(o resident.Over) string { return o.Sealed })
			},
			Destroy: func(ctx context.Context, s *act.Step, through string) error {
				list, err := resident.Due(ctx, s.Tx, c.Code, through)
				if err != nil {
					return err
				}
				return resident.Destroy(ctx, s, list)
			},
		},
		purgeUndo: {
			Find: func(ctx context.Context, r database.Reader, _, through string) (retention.Found, error) {
				list, err := c.Store.OldChanges(ctx, r, endOf(through))
				return found(list, err, roster.OldChange.Name)
			},
			Destroy: func(ctx context.Context, s *act.Step, through string) error {
				list, err := c.Store.OldChanges(ctx, s.Tx, endOf(through))
				if err != nil {
					return err
				}
				return c.Store.DestroyChanges(ctx, s, list)
			},
		},
		purgeWithdrawn: {
			Find: func(ctx context.Context, r database.Reader, _, through string) (retention.Found, error) {
				byKey, err := c.Store.OldWithdrawn(ctx, r, endOf(through))
				return found(slices.Collect(maps.Values(byKey)), err, itself)
			},
			Destroy: func(ctx context.Context, s *act.Step, through string) error {
				byKey, err := c.Store.OldWithdrawn(ctx, s.Tx, endOf(through))
				if err != nil {
					return err
				}
				return c.Store.DestroyWithdrawn(ctx, s, slices.Sorted(maps.Keys(byKey)))
			},
		},
		purgeImports: {Find: func(ctx context.Context, r database.Reader, _, through string) (retention.Found, error) {
			list, err := c.Desk.OldRejects(ctx, r, endOf(through))
			return found(list, err, itself)
		}},
		purgeRefused: {Find: func(ctx context.Context, r database.Reader, county, through string) (retention.Found, error) {
			list, err := act.OldRefused(ctx, r, county, endOf(through))
			return found(list, err, itself)
		}},
	}
}

func itself(s string) string { return s }

func found[T any](list []T, err error, name func(T) string) (retention.Found, error) {
	if err != nil {
		return retention.Found{}, err
	}
	names := make([]string, len(list))
	for i, x := range list {
		names[i] = name(x)
	}
	return retention.FoundOf(names)
}

// CarryOut removes what approved purges name beside the register. Doing it again removes nothing more.
func (c *County) CarryOut(ctx context.Context) error {
	list, err := retention.List(ctx, c.DB, c.Code)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.State != retention.Approved || c.carried[p.ID] {
			continue
		}
		var n int64
		switch p.Kind {
		case purgeImports:
			n, err = c.dropRejects(ctx, p.Through)
		case purgeRefused:
			err = c.Lane.Beside(ctx, func(ctx context.Context, tx *database.Tx, _ int64) error {
				n, err = act.EmptyRefused(ctx, tx, c.Code, endOf(p.Through))
				return err
			})
		}
		if err != nil {
			return fmt.Errorf("purge of %s: %w", p.Kind, err)
		}
		if n > 0 {
			if err := c.Access.Note(ctx, access.Entry{Person: act.System, Post: act.System, Action: access.Purge, Subject: p.ID, Detail: fmt.Sprintf("%s：已销毁 %d 项", p.Kind, n)}); err != nil {
				return err
			}
		}
		if c.carried == nil {
			c.carried = map[string]bool{}
		}
		c.carried[p.ID] = true
	}
	return nil
}

func (c *County) dropRejects(ctx context.Context, through string) (int64, error) {
	ids, err := c.Desk.OldRejects(ctx, c.DB, endOf(through))
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := c.Desk.DropRejects(ctx, id); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), nil
}
