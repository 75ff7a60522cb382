package roster

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"gonggu/internal/intake"
)

// sequence gives n households and faults, two faults after every household, and ends with an error of its own or of whoever takes them.
func sequence(n int, end error, over *atomic.Bool) reads {
	return func(_ context.Context, household func(*intake.Household) error, fault func(intake.Fault) error) (intake.Summary, error) {
		defer over.Store(true)
		for i := range n {
			var err error
			if i%3 == 0 {
				err = household(&intake.Household{Number: fmt.Sprint(i)})
			} else {
				err = fault(intake.Fault{File: "f", Sheet: "s", Row: i, Column: "c"})
			}
			if err != nil {
				return intake.Summary{}, err
			}
		}
		return intake.Summary{Rows: n}, end
	}
}

func TestWhatIsReadAheadComesInOrder(t *testing.T) {
	failed, full := errors.New("damaged"), errors.New("disk full")
	for _, c := range []struct {
		n, stop   int
		end, want error
	}{{n: 1000, stop: -1}, {n: 1, stop: -1}, {n: 0, stop: -1}, {n: 1000, stop: 77, want: full}, {n: 1000, stop: 0, want: full}, {n: 500, stop: -1, end: failed, want: failed}, {n: 500, stop: 499, end: failed, want: failed}} {
		var over atomic.Bool
		next := 0
		take := func(i int) error {
			if i != next {
				t.Fatalf("%d came where %d was due", i, next)
			}
			if next++; i == c.stop {
				return full
			}
			return nil
		}
		sum, err := readAhead(t.Context(), sequence(c.n, c.end, &over), func(h *intake.Household) error {
			var i int
			_, _ = fmt.Sscan(h.Number, &i)
			return take(i)
		}, func(f intake.Fault) error {
			if f.File != "f" || f.Sheet != "s" || f.Column != "c" {
				t.Fatalf("%+v", f)
			}
			return take(f.Row)
		})
		if !errors.Is(err, c.want) || !over.Load() {
			t.Errorf("%+v: %v, the reading is over: %v", c, err, over.Load())
		}
		if c.want == nil && (next != c.n || sum.Rows != c.n) {
			t.Errorf("%+v: %d came, %d rows", c, next, sum.Rows)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var over atomic.Bool
	if _, err := readAhead(ctx, sequence(10_000, nil, &over), func(*intake.Household) error { return nil }, func(intake.Fault) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
