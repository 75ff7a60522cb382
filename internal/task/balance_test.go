package task_test

import (
	"testing"

	"pgregory.net/rapid"

	"gonggu/internal/task"
)

// A split keeps neighbours together, loses nothing, and no other cut has a lighter heaviest run.
func TestASplitIsContiguousCompleteAndAsEvenAsCanBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loads := rapid.SliceOfN(rapid.Int64Range(1, 60), 1, 12).Draw(t, "loads")
		k := rapid.IntRange(1, 5).Draw(t, "people")
		ends := task.Split(loads, k)
		if len(ends) != k || ends[k-1] != len(loads) {
			t.Fatalf("ends %v of %d loads for %d", ends, len(loads), k)
		}
		from, heaviest, empty := 0, int64(0), 0
		for _, to := range ends {
			if to < from {
				t.Fatalf("ends %v go back", ends)
			}
			var sum int64
			for _, n := range loads[from:to] {
				sum += n
			}
			if to == from {
				empty++
			}
			heaviest, from = max(heaviest, sum), to
		}
		if best := lightest(loads, k); heaviest != best {
			t.Fatalf("the heaviest of %v cut at %v is %d, %d can be had", loads, ends, heaviest, best)
		}
		if len(loads) >= k && empty > 0 {
			t.Fatalf("%v cut at %v leaves somebody with nothing", loads, ends)
		}
	})
}

// lightest tries every cut.
func lightest(loads []int64, k int) int64 {
	var all int64
	for _, n := range loads {
		all += n
	}
	if k == 1 {
		return all
	}
	best, sum := all, int64(0)
	for i := 0; i <= len(loads); i++ {
		best = min(best, max(sum, lightest(loads[min(i, len(loads)):], k-1)))
		if i < len(loads) {
			sum += loads[i]
		}
	}
	return best
}

func TestEqualLoadsAreSplitEvenly(t *testing.T) {
	loads := make([]int64, 100)
	for i := range loads {
		loads[i] = 1
	}
	ends := task.Split(loads, 3)
	if a, b, c := ends[0], ends[1]-ends[0], ends[2]-ends[1]; max(a, b, c)-min(a, b, c) > 1 {
		t.Errorf("%d, %d, %d", a, b, c)
	}
}
