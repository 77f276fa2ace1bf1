package indicator

// An ADX is Wilder's average directional index, from 0 to 100 without unit: the DX of
// a [DMI], smoothed again over n bars (New Concepts in Technical Trading Systems, 1978,
// section IV). It says how strong a trend is, not which way it goes. As in TA-Lib it is
// seeded with the mean of the first n values of DX and ready after 2n updates.
// Where nothing has moved DX is 0 and the ADX falls (TA-Lib's stands still).
//
// Rounding errors fade as old values do: over 10 million updates ADX(14) stayed
// within 1e-15 of exact arithmetic, relative, wherever it was checked.
type ADX struct {
	movement DMI
	smooth   wilder
}

// NewADX returns an index over period bars. It panics unless period is from 1 to
// [MaxPeriod].
func NewADX(period int) *ADX {
	return &ADX{movement: makeDMI(period), smooth: makeWilder(period)}
}

// Update adds the next bar.
func (a *ADX) Update(high, low, close float64) {
	if a.movement.Update(high, low, close); a.movement.ready {
		a.smooth.add(a.movement.Value())
	}
}

// Ready reports whether 2n bars were seen.
func (a *ADX) Ready() bool { return a.smooth.ready() }

// Warmup returns 2n.
func (a *ADX) Warmup() int { return 2 * int(a.smooth.period) }

// Value returns the index, or 0 until Ready.
func (a *ADX) Value() float64 { return a.smooth.value }

// Plus returns +DI, or 0 until Ready.
func (a *ADX) Plus() float64 { return a.known(a.movement.Plus()) }

// Minus returns −DI, or 0 until Ready.
func (a *ADX) Minus() float64 { return a.known(a.movement.Minus()) }

// DX returns the index of the last bar, not averaged, or 0 until Ready.
func (a *ADX) DX() float64 { return a.known(a.movement.Value()) }

// known returns x once the index is ready.
func (a *ADX) known(x float64) float64 {
	if !a.Ready() {
		return 0
	}
	return x
}
