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

// spoiler plants problems.
type spoiler struct {
	county string
	rng    *rand.Rand
	kinds  []spoilKind
	homes  []spoilHome
	drawn  []problem.State
	have   int
	last   int64 // key
	acts   int64
}

type spoilKind struct {
	key          int64
	found, clear string
}

type spoilHome struct {
	key      int64
	id, area string
}

// Spoil fills a demonstration's ledger up to n problems, straight into the tables: copies of the problems that it has, in households and states
// of every kind, with standings, signatures and events. The log knows nothing of them, so that county never verifies again.
func Spoil(ctx context.Context, c *server.County, n int, progress func(string, int, int)) error {
	s, err := newSpoiler(ctx, c)
	if err != nil {
		return err
	}
	for s.have < n {
		if err := c.DB.Write(ctx, func(tx *database.Tx) error {
			for range min(spoilCommit, n-s.have) {
				if err := s.plant(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		progress(PhaseSpoil, s.have, n)
	}
	return nil
}

// spoilCommit is how many problems one commit adds.
const spoilCommit = 5000

func newSpoiler(ctx context.Context, c *server.County) (*spoiler, error) {
	s := &spoiler{county: c.Code}
	if err := c.DB.QueryRow(ctx, spoilFrom, c.Code).Scan(&s.have, &s.last, &s.acts); err != nil {
		return nil, err
	}
	s.rng = rand.New(rand.NewPCG(7, uint64(s.have)))
	rows, err := c.DB.Query(ctx, spoilKinds, c.Code)
	if err != nil {
		return nil, err
	}
	if s.kinds, err = database.Collect(rows, func(r *sql.Rows) (k spoilKind, err error) { return k, r.Scan(&k.key, &k.found, &k.clear) }); err != nil {
		return nil, err
	}
	if rows, err = c.DB.Query(ctx, spoilHomes, c.Code); err != nil {
		return nil, err
	}
	if s.homes, err = database.Collect(rows, func(r *sql.Rows) (h spoilHome, err error) { return h, r.Scan(&h.key, &h.id, &h.area) }); err != nil {
		return nil, err
	}
	if len(s.kinds) == 0 || len(s.homes) == 0 {
		return nil, fmt.Errorf("这个县还没有户或问题：请先用 gonggu demo 生成")
	}
	for _, x := range states {
		for range x.parts {
			s.drawn = append(s.drawn, x.state)
		}
	}
	return s, nil
}

// plant adds one problem.
func (s *spoiler) plant(ctx context.Context, tx *database.Tx) error {
	k, h, state := s.kinds[s.rng.IntN(len(s.kinds))], s.homes[s.rng.IntN(len(s.homes))], s.drawn[s.rng.IntN(len(s.drawn))]
	s.last++
	s.have++
	accepted, closed, stood := "", "", clock.AddDays(k.found, s.rng.IntN(20))
	signed, told := []problem.Step{problem.StepInspect}, []string(nil)
	if state != problem.Found {
		accepted = clock.AddDays(k.found, s.rng.IntN(3))
	}
	if state == problem.Closed {
		closed = stood
		signed, told = append(signed, problem.StepClaim, problem.StepRectify, problem.StepVerify, problem.StepClose), []string{"ordered", "claimed", "rectified", "verified", "closed"}
	}
	if err := tx.Put(ctx, spoilProblem, s.last, fmt.Sprintf("pbench%016x", s.last), fmt.Sprintf("测速-%07d", s.have), h.id, h.key, h.area, string(state), clock.AddDays(k.clear, s.rng.IntN(30)-15),
		accepted, closed, stood, s.county, k.key); err != nil {
		return err
	}
	if state == problem.Found {
		return nil
	}
	if err := tx.Put(ctx, spoilStanding, s.last, k.found, stood, s.county, k.key); err != nil {
		return err
	}
	for i, step := range signed {
		if err := tx.Put(ctx, spoilSignature, s.last, min(1+s.rng.Int64N(s.acts/8)+s.acts/8*int64(i), s.acts), string(step), s.county, k.key); err != nil {
			return err
		}
	}
	for i, measure := range told {
		if err := tx.Put(ctx, spoilEvent, stood, measure, s.last, int64(i), s.county, k.key); err != nil {
			return err
		}
	}
	return nil
}
