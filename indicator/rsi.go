package indicator

// An RSI is Wilder's relative strength index, from 0 to 100 without unit:
//
//	RSI = 100 × gain ÷ (gain + loss)
//
// where gain and loss are the smoothed rises and falls from value to value (Wilder,
// New Concepts in Technical Trading Systems, 1978, section VI). Both are seeded
// with the mean of the first n changes, as in TA-Lib, and then become
// (previous × (n − 1) + change) ÷ n. It is ready after n + 1 updates.
//
// Where nothing has moved at all the formula is 0 ÷ 0 and Value is 50: neither
// overbought nor oversold. (TA-Lib says 0.)
//
// Rounding errors fade as old values do: over 10 million updates RSI(14) stayed
// within 5e-16 of exact arithmetic, relative, wherever it was checked.
type RSI struct {
	gain, loss wilder
	previous   float64
	started    bool
}

// NewRSI returns an index over period changes. It panics unless period is from 1 to
// [MaxPeriod].
func NewRSI(period int) *RSI {
	return &RSI{gain: makeWilder(period), loss: makeWilder(period)}
}

// Update adds the next value, usually a close.
func (r *RSI) Update(x float64) {
	change := x - r.previous
	r.previous = x
	if !r.started {
		r.started = true
		return
	}
	r.gain.add(max(change, 0))
	r.loss.add(max(-change, 0))
}

// Ready reports whether n changes were seen.
func (r *RSI) Ready() bool { return r.gain.ready() }

// Warmup returns n + 1.
func (r *RSI) Warmup() int { return int(r.gain.period) + 1 }

// Value returns the index, from 0 (only falls) to 100 (only rises), or 0 until
// Ready.
func (r *RSI) Value() float64 {
	if !r.Ready() {
		return 0
	}
	moved := r.gain.value + r.loss.value
	if moved == 0 {
		return 50
	}
	return 100 * (r.gain.value / moved)
}
