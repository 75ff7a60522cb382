package act

import (
	"runtime"
	"sync"

	"gonggu/internal/database"
)

// gate keeps a core for the lane: all acts wait for the lane, and whoever prepares more of them beside it on the last core makes all wait
// longer. It lets as many prepare as there are places, one less while the lane works.
type gate struct {
	mu   sync.Mutex
	turn sync.Cond
	free int
}

// newGate has a place for each core; on PostgreSQL, where to prepare is mostly to wait for the database, for each of its connections.
func newGate(e database.Engine) *gate {
	g := &gate{free: max(2, runtime.GOMAXPROCS(0))}
	if e == database.PostgreSQL {
		g.free = database.Connections
	}
	g.turn.L = &g.mu
	return g
}

func (g *gate) enter() {
	g.mu.Lock()
	for g.free <= 0 {
		g.turn.Wait()
	}
	g.free--
	g.mu.Unlock()
}

func (g *gate) leave() { g.add(1) }

// take is enter for the lane, which waits for nobody.
func (g *gate) take() { g.add(-1) }

func (g *gate) add(n int) {
	g.mu.Lock()
	g.free += n
	g.mu.Unlock()
	g.turn.Signal()
}
