package indicator

// Donchian is the channel between the highest high and the lowest low of the last n
// bars, in the unit of the prices (Donchian's four-week rule, 1960; Faith, Way of the
// Turtle, 2007). It is exact, nothing seeds it, and it is ready after n updates. Its
// two lines are TA-Lib's MAX of the highs and MIN of the lows.
//
// The last bar is part of it, so that no close is ever beyond it: a rule that buys on a
// break-out reads the channel before it updates it.
type Donchian struct {
	high Highest
	low  Lowest
}

// NewDonchian returns a channel over period bars. It panics unless period is from 1 to
// [MaxPeriod].
func NewDonchian(period int) *Donchian {
	return &Donchian{Highest{makeWindow(period)}, Lowest{makeWindow(period)}}
}

// Update adds the next bar.
func (d *Donchian) Update(high, low float64) {
	d.high.Update(high)
	d.low.Update(low)
}

// Ready reports whether n bars were seen.
func (d *Donchian) Ready() bool { return d.high.full() }

// Warmup returns n.
func (d *Donchian) Warmup() int { return d.high.Warmup() }

// Value returns the middle of the channel, or 0 until Ready.
func (d *Donchian) Value() float64 { return (d.Upper() + d.Lower()) / 2 }

// Upper returns the highest high, or 0 until Ready.
func (d *Donchian) Upper() float64 { return d.high.Value() }

// Lower returns the lowest low, or 0 until Ready.
func (d *Donchian) Lower() float64 { return d.low.Value() }
