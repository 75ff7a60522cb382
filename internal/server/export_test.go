package server

import (
	"context"
	"fmt"

	"gonggu/internal/database"
)

// Unlike replays the county as verification does and returns the statements that ran by another plan than with every index,
// and the indexes that were not there at the end.
func (c *County) Unlike(ctx context.Context, dir string) (unlike, left []string, err error) {
	again, err := c.shadow(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = again.Close() }()
	err = c.DB.View(ctx, func(tx *database.Tx) error {
		v := &Verification{}
		whole, err := again.replay(ctx, tx, v, func(string, int, int) {})
		if err == nil && !whole {
			err = fmt.Errorf("not replayed: %v", v.Faults)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	unlike, err = again.DB.Unlike(ctx)
	return unlike, again.DB.Left(), err
}
