package indicator

import (
	"math"
	"math/bits"
)

// quotient returns the float64 nearest to sum ÷ unit, for |sum| ≤ 2^62 and unit
// from 1 to 2^63.
func quotient(sum int64, unit uint64) float64 {
	if sum < 0 {
		return -quotient(-sum, unit)
	}
	if sum <= maxExact && unit <= maxExact {
		return float64(sum) / float64(unit) // both exact: rounded once
	}
	return longQuotient(uint64(sum), unit)
}

// longQuotient divides integers that float64 cannot hold. It aligns their highest
// bits, takes 63 or 64 bits of the quotient, lets the last one stand for a
// remainder, and rounds once.
func longQuotient(sum, unit uint64) float64 {
	if sum == 0 {
		return 0
	}
	up, down := bits.LeadingZeros64(sum), bits.LeadingZeros64(unit)
	sum, unit = sum<<up, unit<<down
	q, rest := bits.Div64(sum>>1, sum<<63, unit) // sum × 2^63 ÷ unit; sum>>1 is below unit
	if rest != 0 {
		q |= 1
	}
	return math.Ldexp(float64(q), down-up-63)
}

// A compensated is a running sum of floats that carries its rounding errors
// (Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher
// Summen, ZAMM 54, 1974).
type compensated struct{ sum, lost float64 }

// add adds x.
func (c *compensated) add(x float64) {
	sum := c.sum + x
	if math.Abs(c.sum) >= math.Abs(x) {
		c.lost += (c.sum - sum) + x
	} else {
		c.lost += (x - sum) + c.sum
	}
	c.sum = sum
}

// over returns the sum ÷ n. It divides both parts, so that n times a value gives
// that value again: rounding their sum first would not.
func (c *compensated) over(n float64) float64 { return c.sum/n + c.lost/n }

// value returns the sum.
func (c *compensated) value() float64 { return c.sum + c.lost }
