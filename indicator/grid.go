package indicator

import (
	"fmt"

	"github.com/signalman-trading/signalman/market"
)

// MaxPeriod is the longest period of an indicator, in bars.
const MaxPeriod = 1 << 20

// checkPeriod panics where period is not one that a caller may pass.
func checkPeriod(period int) {
	if period < 1 || period > MaxPeriod {
		panic(fmt.Sprintf("indicator: period %d is not from 1 to %d", period, MaxPeriod))
	}
}

// checkLeast panics where a period is shorter than an indicator can do with.
func checkLeast(period, least int) {
	checkPeriod(period)
	if period < least {
		panic(fmt.Sprintf("indicator: period %d is below %d", period, least))
	}
}

// checkOrder panics where two periods are not a fast and a slow one.
func checkOrder(fast, slow int) {
	checkPeriod(fast)
	checkPeriod(slow)
	if fast >= slow {
		panic("indicator: the fast period must be less than the slow one")
	}
}

// percent returns 100 × part ÷ whole, or 0 where the whole is 0.
func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * (part / whole)
}

const (
	// maxTicks bounds a value in ticks. Up to it the float64 nearest to a decimal,
	// times the power of ten, is within half a tick of the right integer.
	maxTicks = 1 << 51
	// maxSum bounds a sum of ticks, so that int64 never overflows.
	maxSum = 1 << 62
	// maxExact bounds the integers that float64 represents without gaps.
	maxExact = 1 << 53
	// shift is where float64 has a spacing of 1: adding it to a number up to
	// maxTicks rounds that to an integer, and the bits of the sum, less those of
	// shift, are that integer.
	shift     = 3 << 51
	shiftBits = 0x4338 << 48
)

// A grid counts values in ticks of 10^-scale.
type grid struct {
	pow   float64 // 10^scale
	reach int64   // values from -reach to reach ticks count
	span  uint64  // 2 × reach + 1, or 0 where nothing counts
}

// makeGrid returns the grid of a scale on which n values can be summed exactly and
// n × 10^scale fits into 64 bits; otherwise a grid on which nothing counts.
func makeGrid(n int, scale int32) grid {
	if scale < 0 || scale > 18 || float64(n)*market.Pow10(scale) >= 1<<63 {
		return grid{pow: 1}
	}
	reach := min(maxTicks, maxSum/int64(n))
	return grid{pow: market.Pow10(scale), reach: reach, span: uint64(2*reach + 1)}
}
