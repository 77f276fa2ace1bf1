package indicator

// A WilliamsR is Williams' %R: how far the close is below the highest high of the last n
// bars, in percent of their range, from -100 (at the lowest low) to 0 without unit
// (Williams, How I Made One Million Dollars Last Year Trading Commodities, 1973):
//
//	%R = -100 × (highest − close) ÷ (highest − lowest)
//
// It is the raw [Stochastic] less 100, nothing seeds it, and it is ready after n updates.
// Its values are TA-Lib's WILLR, except that it is -50 where no bar of the window has a
// range: neither high nor low. (TA-Lib says 0.) It depends on the
// last n bars alone, however many came before.
type WilliamsR struct{ reach reach }

// NewWilliamsR returns an oscillator over period bars; 14 is customary. It panics unless
// period is from 1 to [MaxPeriod].
func NewWilliamsR(period int) *WilliamsR { return &WilliamsR{makeReach(period)} }

// Update adds the next bar.
func (w *WilliamsR) Update(high, low, close float64) { w.reach.add(high, low, close) }

// Ready reports whether n bars were seen.
func (w *WilliamsR) Ready() bool { return w.reach.high.Ready() }

// Warmup returns n.
func (w *WilliamsR) Warmup() int { return w.reach.high.Warmup() }

// Value returns %R, from -100 to 0, or 0 until Ready.
func (w *WilliamsR) Value() float64 {
	if !w.Ready() {
		return 0
	}
	return w.reach.place - 100
}
