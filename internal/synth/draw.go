package synth

import (
	"math/bits"
	"math/rand/v2"
)

// draw is a stream of random numbers. Only PCG.Uint64, whose sequence is
// specified, is taken from the standard library: reductions to a range are ours,
// so that a later Go cannot change the county.
type draw struct{ pcg rand.PCG }

// Streams of one seed: each use has its own, so that a new draw in one of them
// leaves the others as they were.
const (
	streamPlan uint64 = iota + 1
	streamHousehold
	streamHelper
	streamExport
	streamTruth
	streamVisit
	streamFault
	streamStroke
	streamIdentity
	streamCampaign
	streamVillage
)

// newDraw starts the stream named by keys under a seed.
func newDraw(seed uint64, keys ...uint64) *draw {
	d := &draw{}
	d.reset(seed, keys...)
	return d
}

func (d *draw) reset(seed uint64, keys ...uint64) {
	h := mix(seed ^ 0x9e3779b97f4a7c15)
	for _, k := range keys {
		h = mix(h ^ mix(k+0x632be59bd9b4e019))
	}
	d.pcg.Seed(h, mix(h^0xd1b54a32d192ed03))
}

// mix is the finaliser of SplitMix64: a bijection that spreads every bit.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// hashText folds a text into a key (FNV-1a).
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// below gives a number in [0, n). The bias of the multiplication is under
// n/2^64 and does not matter here; a loop to remove it would.
func (d *draw) below(n int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(n))
	return int(hi)
}

// between gives a number in [lo, hi].
func (d *draw) between(lo, hi int) int { return lo + d.below(hi-lo+1) }

// bell gives a number in [lo, hi] that prefers the middle (sum of three draws).
func (d *draw) bell(lo, hi int) int {
	w := hi - lo + 1
	return lo + (d.below(w)+d.below(w)+d.below(w))/3
}

// chance is true for ppm of a million draws.
func (d *draw) chance(ppm int) bool { return d.below(1_000_000) < ppm }

// weighted is a list to draw from by weight; cumulative sums are laid out once.
type weighted[T any] struct {
	items []T
	upTo  []int
}

type weight[T any] struct {
	item T
	w    int
}

func weigh[T any](ws ...weight[T]) weighted[T] {
	out := weighted[T]{}
	sum := 0
	for _, x := range ws {
		sum += x.w
		out.items = append(out.items, x.item)
		out.upTo = append(out.upTo, sum)
	}
	return out
}

// pick draws one item.
func pick[T any](d *draw, l weighted[T]) T {
	n := d.below(l.upTo[len(l.upTo)-1])
	lo, hi := 0, len(l.upTo)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if l.upTo[mid] > n {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return l.items[lo]
}

// one draws an item of a plain list, each as likely.
func one[T any](d *draw, list []T) T { return list[d.below(len(list))] }

// logNormal holds, in ppm of the median, the quantiles 0/128 … 128/128 of a
// log-normal with sigma 0.52 (the ends stand for 0.12 % and 99.88 %). A table,
// because math.Exp need not give the same last bit on every machine.
var logNormal = [129]int{
	206274, 284469, 326275, 355773, 379606, 400089, 418328, 434950, 450344, 464774, 478426, 491435, 503906, 515920, 527542, 538824,
	549810, 560536, 571033, 581327, 591440, 601393, 611203, 620885, 630453, 639920, 649297, 658593, 667818, 676981, 686089, 695150,
	704171, 713157, 722115, 731050, 739968, 748873, 757772, 766667, 775565, 784468, 793382, 802311, 811257, 820226, 829222, 838247,
	847307, 856404, 865542, 874726, 883959, 893244, 902586, 911988, 921455, 930990, 940597, 950281, 960046, 969895, 979835, 989868,
	1000000, 1010236, 1020580, 1031039, 1041617, 1052320, 1063154, 1074126, 1085240, 1096506, 1107928, 1119515, 1131275, 1143215, 1155345, 1167673,
	1180210, 1192965, 1205950, 1219176, 1232655, 1246400, 1260427, 1274749, 1289383, 1304347, 1319659, 1335339, 1351410, 1367896, 1384822, 1402216,
	1420110, 1438538, 1457536, 1477146, 1497414, 1518389, 1540128, 1562695, 1586160, 1610604, 1636118, 1662806, 1690788, 1720203, 1751212, 1784005,
	1818809, 1855892, 1895583, 1938284, 1984497, 2034858, 2090189, 2151581, 2220523, 2299116, 2390467, 2499445, 2634308, 2810781, 3064900, 3515320,
	4847919,
}

// spread draws around a median with the shape of logNormal.
func (d *draw) spread(median int) int {
	n := d.below(128 << 16)
	i, f := n>>16, n&0xffff
	r := logNormal[i] + (logNormal[i+1]-logNormal[i])*f>>16
	return int(int64(median) * int64(r) / 1_000_000)
}
