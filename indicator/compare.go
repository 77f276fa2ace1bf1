package indicator

import (
	"math/bits"

	"github.com/signalman-trading/signalman/market"
)

// Compare returns -1, 0 or 1 where the average a is below, equal to or above the
// average b. The result is that of exact arithmetic while both are Exact, whatever
// their periods and scales; otherwise it compares their Values. It is 0 until both
// are Ready.
func Compare(a, b *SMA) int {
	switch {
	case !a.ready || !b.ready:
		return 0
	case a.loose != nil || b.loose != nil:
		return order(a.Value(), b.Value())
	case a.sum|b.sum < 0:
		return compareSigned(a, b)
	}
	return compareProducts(uint64(a.sum), b.weight(a), uint64(b.sum), a.weight(b))
}

// compareSigned is Compare where a sum is below 0.
func compareSigned(a, b *SMA) int {
	if a.sum^b.sum < 0 {
		return order(a.sum, b.sum)
	}
	return compareProducts(uint64(-b.sum), a.weight(b), uint64(-a.sum), b.weight(a))
}

// weight returns what the sum of other is multiplied by to stand on a common
// footing with that of s: n, times ten for each digit that s has more. It is below
// 2^63 because makeGrid saw to it.
func (s *SMA) weight(other *SMA) uint64 {
	n := uint64(len(s.ring))
	if s.scale <= other.scale {
		return n
	}
	return n * uint64(market.Pow10(s.scale-other.scale))
}

// compareProducts compares a × b with c × d in 128 bits, without a branch.
func compareProducts(a, b, c, d uint64) int {
	abHigh, abLow := bits.Mul64(a, b)
	cdHigh, cdLow := bits.Mul64(c, d)
	_, borrow := bits.Sub64(abLow, cdLow, 0)
	_, below := bits.Sub64(abHigh, cdHigh, borrow)
	_, borrow = bits.Sub64(cdLow, abLow, 0)
	_, above := bits.Sub64(cdHigh, abHigh, borrow)
	return int(above) - int(below)
}

// order compares two numbers; what cannot be compared counts as equal.
func order[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
