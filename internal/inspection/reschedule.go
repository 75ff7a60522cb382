package inspection

import (
	"context"

	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/problem"
)

// Rescheduled moves the days of open problems with those of the campaign.
func (m Room) Rescheduled(ctx context.Context, s *act.Step, before, after *campaign.Campaign) error {
	was, ok1 := before.Day(clearBy)
	now, ok2 := after.Day(clearBy)
	if ok1 && ok2 && was.On != now.On {
		if err := problem.MoveClear(ctx, s, was.On, now.On); err != nil {
			return err
		}
	}
	moves := map[string]string{}
	for i, p := range before.Phases {
		if i < len(after.Phases) && p.To != "" && p.To != after.Phases[i].To {
			moves[p.To] = after.Phases[i].To
		}
	}
	// The end that one stage takes may be the one that another leaves: that one goes first. Stages follow one another before and
	// after, so there is always one that can go.
	for len(moves) > 0 {
		left := len(moves)
		for _, p := range before.Phases {
			to, ok := moves[p.To]
			if _, taken := moves[to]; !ok || taken {
				continue
			}
			if err := problem.MoveStage(ctx, s, p.To, to); err != nil {
				return err
			}
			delete(moves, p.To)
		}
		if len(moves) == left {
			return nil
		}
	}
	return nil
}
