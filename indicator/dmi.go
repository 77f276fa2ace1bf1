package indicator

import "math"

// A DMI is Wilder's directional movement (New Concepts in Technical Trading Systems,
// 1978, section IV), from 0 to 100 without unit. A bar moves up by as much as its high
// is above the previous one, and down by as much as its low is below, but only the
// larger of the two counts. Both movements and the true range are smoothed as an ATR
// is, and
//
//	+DI = 100 × up ÷ range, −DI = 100 × down ÷ range
//	DX  = 100 × |+DI − −DI| ÷ (+DI + −DI)
//
// As in TA-Lib (PLUS_DI, MINUS_DI, DX) the seed is the mean of the first n movements
// with that of the first bar, which has none, counted as 0. It is ready after n + 1
// updates. Where nothing has moved at all the three are 0 (TA-Lib's DX keeps its last
// value).
//
// Rounding errors fade as old values do: over 10 million updates DMI(14) stayed
// within 1e-15 of exact arithmetic, relative, wherever it was checked.
type DMI struct {
	up, down, span wilder
	bar            TrueRange
	high, low      float64 // of the previous bar
	ready          bool
}

// NewDMI returns a movement smoothed over period bars. It panics unless period is from
// 1 to [MaxPeriod].
func NewDMI(period int) *DMI {
	d := makeDMI(period)
	return &d
}

func makeDMI(period int) DMI {
	return DMI{up: makeWilder(period), down: makeWilder(period), span: makeWilder(period)}
}

// Update adds the next bar.
func (d *DMI) Update(high, low, close float64) {
	d.ready = d.span.ready() // the seed took one bar more than it has movements
	up, down := max(high-d.high, 0), max(d.low-low, 0)
	switch d.bar.Update(high, low, close); {
	case up == down || !d.bar.Ready():
		up, down = 0, 0
	case up > down:
		down = 0
	default:
		up = 0
	}
	d.high, d.low = high, low
	d.up.add(up)
	d.down.add(down)
	d.span.add(d.bar.value)
}

// Ready reports whether n + 1 bars were seen.
func (d *DMI) Ready() bool { return d.ready }

// Warmup returns n + 1.
func (d *DMI) Warmup() int { return int(d.span.period) + 1 }

// Value returns DX, how one-sided the movement is, or 0 until Ready.
func (d *DMI) Value() float64 {
	if !d.ready {
		return 0
	}
	return percent(math.Abs(d.up.value-d.down.value), d.up.value+d.down.value)
}

// Plus returns +DI, the movement up, or 0 until Ready.
func (d *DMI) Plus() float64 { return d.share(d.up.value) }

// Minus returns −DI, the movement down, or 0 until Ready.
func (d *DMI) Minus() float64 { return d.share(d.down.value) }

// share returns a movement as a percentage of the true range.
func (d *DMI) share(movement float64) float64 {
	if !d.ready {
		return 0
	}
	return percent(movement, d.span.value)
}
