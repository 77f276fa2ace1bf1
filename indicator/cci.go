package indicator

import "math"

// A CCI is Lambert's commodity channel index, without unit (Lambert, Commodity Channel
// Index: Tool for Trading Cyclic Trends, Commodities, 1980):
//
//	price = (high + low + close) ÷ 3
//	CCI   = (price − mean) ÷ (0.015 × mean |price − mean|)
//
// over the last n bars; it is 0 where nothing moved. Nothing seeds it, it depends on the
// last n bars alone, and it is ready after n updates. Its values are TA-Lib's.
//
// The mean deviation has no running form: an update costs constant time, Value n steps.
// No error outlives n bars: over 10 million updates it stayed within 1e-15 of its
// definition, relative.
type CCI struct{ prices ring }

// NewCCI returns an index over period bars; 20 is customary. It panics unless period is
// from 2 to [MaxPeriod].
func NewCCI(period int) *CCI {
	checkLeast(period, 2)
	return &CCI{makeRing(period)}
}

// Update adds the next bar.
func (c *CCI) Update(high, low, close float64) { c.prices.push(typical(high, low, close)) }

// Ready reports whether n bars were seen.
func (c *CCI) Ready() bool { return c.prices.full }

// Warmup returns n.
func (c *CCI) Warmup() int { return len(c.prices.values) }

// Value returns the index, mostly from -200 to 200, or 0 until Ready.
func (c *CCI) Value() float64 {
	if !c.prices.full {
		return 0
	}
	newest, n := c.prices.newest(), float64(len(c.prices.values))
	mean, off := 0.0, 0.0 // of the differences from the newest price, which keep the digits
	for _, x := range c.prices.values {
		mean += x - newest
	}
	mean /= n
	for _, x := range c.prices.values {
		off += math.Abs(x - newest - mean)
	}
	if off == 0 {
		return 0
	}
	return -mean / (0.015 * (off / n))
}

// typical returns the typical price of a bar.
func typical(high, low, close float64) float64 { return (high + low + close) / 3 }
