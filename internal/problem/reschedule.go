package problem

import (
	"context"

	"gonggu/internal/act"
)

// MoveClear moves the clearing day of the problems that are still open; who was promised until the one has until the other. A
// problem's own limit in days stays.
func MoveClear(ctx context.Context, s *act.Step, from, to string) error {
	err := s.Tx.Put(ctx, moveClear, to, to, s.Act.County, from)
	return err
}

// MoveStage moves the end of a stage likewise.
func MoveStage(ctx context.Context, s *act.Step, from, to string) error {
	err := s.Tx.Put(ctx, moveStage, to, s.Act.County, from)
	return err
}
