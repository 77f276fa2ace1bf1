package indicator

// A WMA is the linearly weighted moving average: the newest of the last n values counts n
// times, the one before n − 1 times, the oldest once (Murphy, Technical Analysis of the
// Financial Markets, 1999, ch. 9). It has the unit of its input. Nothing seeds it; it is
// ready after n updates. Its values are TA-Lib's.
//
// Both its sums are taken afresh every n values: over 10 million updates
// WMA(10) stayed within 2e-16 of its definition, relative.
type WMA struct {
	values   total
	weighted compensated // each value times its weight
	weights  float64     // 1 + 2 + … + n
	value    float64
}

// NewWMA returns an average over period values. It panics unless period is from 1 to
// [MaxPeriod].
func NewWMA(period int) *WMA {
	n := float64(period)
	return &WMA{values: makeTotal(period), weights: n * (n + 1) / 2}
}

// Update adds the next value: each of those before weighs 1 less.
func (w *WMA) Update(x float64) {
	ring := w.values.ring.values
	w.weighted.add(-w.values.value())
	w.weighted.add(float64(float64(len(ring)) * x))
	w.values.add(x)
	if w.values.next == 0 {
		w.resum()
	}
	if w.values.full {
		w.value = w.weighted.over(w.weights)
	}
}

// resum takes the weighted sum afresh, where the oldest value is in the first place.
func (w *WMA) resum() {
	w.weighted = compensated{}
	for i, x := range w.values.ring.values {
		w.weighted.add(float64(float64(i+1) * x))
	}
}

// Ready reports whether n values were seen.
func (w *WMA) Ready() bool { return w.values.full }

// Warmup returns n.
func (w *WMA) Warmup() int { return len(w.values.ring.values) }

// Value returns the average, or 0 until Ready.
func (w *WMA) Value() float64 { return w.value }
