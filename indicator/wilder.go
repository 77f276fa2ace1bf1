package indicator

// A wilder is Wilder's smoothing: the mean of the first n values, then
// (previous × (n − 1) + x) ÷ n (Wilder, New Concepts in Technical Trading Systems,
// 1978), in the order of operations of TA-Lib.
type wilder struct {
	period, value float64
	sum           compensated
	left          int // values until the mean stands
}

// makeWilder returns a smoothing over period values.
func makeWilder(period int) wilder {
	checkPeriod(period)
	return wilder{period: float64(period), left: period}
}

// add takes the next value.
func (w *wilder) add(x float64) {
	if w.left > 0 {
		w.start(x)
		return
	}
	w.value = (float64(w.value*(w.period-1)) + x) / w.period
}

// start takes one of the first n values.
func (w *wilder) start(x float64) {
	w.sum.add(x)
	if w.left--; w.left == 0 {
		w.value = w.sum.over(w.period)
	}
}

// ready reports whether n values were seen.
func (w *wilder) ready() bool { return w.left == 0 }
