package bench

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"

	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/problem"
	"gonggu/internal/server"
)

// PhaseSpoil is the progress of Spoil.
const PhaseSpoil = "增加问题"

// states is how a ledger of n problems stands when most are closed: parts of a hundred.
var states = []struct {
	state problem.State
	parts int
}{
	{problem.Closed, 76}, {problem.Void, 3}, {problem.Merged, 2}, {problem.Found, 2}, {problem.Accepted, 3}, {problem.Ordered, 4},
	{problem.Claimed, 4}, {problem.Rectified, 2}, {problem.Returned, 1}, {problem.Verified, 2}, {problem.Reopened, 1},
}

// Spoil fills a demonstration's ledger up to n problems, straight into the tables: copies of the problems that it has, in households and states
// of every kind, with standings, signatures and events. The log knows nothing of them, so that county never verifies again.
func Spoil(ctx context.Context, c *server.County, n int, progress func(string, int, int)) error {
	type kind struct {
		key          int64
		found, clear string
	}
	rows, err := c.DB.Query(ctx, spoilKinds, c.Code)
	if err != nil {
		return err
	}
	kinds, err := database.Collect(rows, func(r *sql.Rows) (k kind, err error) { return k, r.Scan(&k.key, &k.found, &k.clear) })
	if err != nil {
		return err
	}
	type home struct {
		key      int64
		id, area string
	}
	if rows, err = c.DB.Query(ctx, spoilHomes, c.Code); err != nil {
		return err
	}
	homes, err := database.Collect(rows, func(r *sql.Rows) (h home, err error) { return h, r.Scan(&h.key, &h.id, &h.area) })
	if err != nil {
		return err
	}
	var have int
	var last, acts int64
	if err := c.DB.QueryRow(ctx, spoilFrom, c.Code).Scan(&have, &last, &acts); err != nil {
		return err
	}
	if len(kinds) == 0 || len(homes) == 0 {
		return fmt.Errorf("这个县还没有户或问题：请先用 gonggu demo 生成")
	}
	var drawn []problem.State
	for _, s := range states {
		for range s.parts {
			drawn = append(drawn, s.state)
		}
	}
	rng := rand.New(rand.NewPCG(7, uint64(have)))
	for have < n {
		if err := c.DB.Write(ctx, func(tx *database.Tx) error {
			for range min(spoilCommit, n-have) {
				k, h, state := kinds[rng.IntN(len(kinds))], homes[rng.IntN(len(homes))], drawn[rng.IntN(len(drawn))]
				last++
				have++
				id := fmt.Sprintf("pbench%016x", last)
				accepted, closed, stood := "", "", clock.AddDays(k.found, rng.IntN(20))
				if state != problem.Found {
					accepted = clock.AddDays(k.found, rng.IntN(3))
				}
				if state == problem.Closed {
					closed = stood
				}
				if err := tx.Put(ctx, spoilProblem, last, id, fmt.Sprintf("测速-%07d", have), h.id, h.key, h.area, string(state), clock.AddDays(k.clear, rng.IntN(30)-15),
					accepted, closed, stood, c.Code, k.key); err != nil {
					return err
				}
				if state == problem.Found {
					continue
				}
				if err := tx.Put(ctx, spoilStanding, last, k.found, stood, c.Code, k.key); err != nil {
					return err
				}
				signed, told := []problem.Step{problem.StepInspect}, []string(nil)
				if state == problem.Closed {
					signed, told = append(signed, problem.StepClaim, problem.StepRectify, problem.StepVerify, problem.StepClose), []string{"ordered", "claimed", "rectified", "verified", "closed"}
				}
				for i, step := range signed {
					if err := tx.Put(ctx, spoilSignature, last, min(1+rng.Int64N(acts/8)+acts/8*int64(i), acts), string(step), c.Code, k.key); err != nil {
						return err
					}
				}
				for i, measure := range told {
					if err := tx.Put(ctx, spoilEvent, stood, measure, last, int64(i), c.Code, k.key); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			return err
		}
		progress(PhaseSpoil, have, n)
	}
	return nil
}

// spoilCommit is how many problems one commit adds.
const spoilCommit = 5000
