package indicator

// A LinearRegression is the straight line nearest, by squared distances, to the last n
// values at the times 0, 1, … n − 1 (Gauss, Theoria combinationis, 1823). Its values have
// the unit of the input, its slope that unit a bar. Nothing seeds it; it is ready after n
// updates. Value is where the line ends, at the last value: TA-Lib's LINEARREG; the slope
// is LINEARREG_SLOPE, and the intercept, where the line begins, LINEARREG_INTERCEPT.
//
// It depends on its window alone: over 10 million updates LinearRegression(20) stayed
// within 1e-15 of plain arithmetic in two passes wherever it was checked.
type LinearRegression struct {
	window   moments
	weighted compensated // deviations from the pivot, each times its time
}

// NewLinearRegression returns the line through period values. It panics unless period is
// from 2 to [MaxPeriod].
func NewLinearRegression(period int) *LinearRegression {
	checkLeast(period, 2)
	return &LinearRegression{window: makeMoments(period)}
}

// Update adds the next value. Where one leaves, the others move one bar into the past.
func (l *LinearRegression) Update(x float64) {
	w := &l.window
	at := w.next
	if w.full {
		at = len(w.values) - 1
		l.weighted.add(-w.sum.sum)
		l.weighted.add(-w.sum.lost)
		l.weighted.add(w.oldest() - w.pivot)
	}
	if w.push(x) {
		l.resum()
		return
	}
	l.weighted.add(float64(float64(at) * (x - w.pivot)))
}

// resum takes the weighted sum afresh, from the oldest value on.
func (l *LinearRegression) resum() {
	w, at := &l.window, 0
	l.weighted = compensated{}
	add := func(xs []float64) {
		for _, x := range xs {
			l.weighted.add(float64(float64(at) * (x - w.pivot)))
			at++
		}
	}
	if w.full {
		add(w.values[w.next:])
	}
	add(w.values[:w.next])
}

// Ready reports whether n values were seen.
func (l *LinearRegression) Ready() bool { return l.window.full }

// Warmup returns n.
func (l *LinearRegression) Warmup() int { return len(l.window.values) }

// Value returns the end of the line, or 0 until Ready.
func (l *LinearRegression) Value() float64 { return l.at(l.half()) }

// Intercept returns the beginning of the line, or 0 until Ready.
func (l *LinearRegression) Intercept() float64 { return l.at(-l.half()) }

// at returns the line that many bars after the middle of the window.
func (l *LinearRegression) at(bars float64) float64 {
	if !l.Ready() {
		return 0
	}
	return l.window.mean() + float64(bars*l.Slope())
}

// half returns the bars from the middle of the window to its end.
func (l *LinearRegression) half() float64 { return float64(len(l.window.values)-1) / 2 }

// Slope returns the rise of the line in one bar, or 0 until Ready.
func (l *LinearRegression) Slope() float64 {
	if !l.Ready() {
		return 0
	}
	middle := float64(l.window.sum.value() * l.half())
	return (l.weighted.value() - middle) / l.span()
}

// span returns the sum of the squared times from the middle: n × (n² − 1) ÷ 12.
func (l *LinearRegression) span() float64 {
	n := float64(len(l.window.values))
	return n * (n - 1) * (n + 1) / 12
}

// R2 returns the share of the variance that the line explains, from 0 to 1; 0 until Ready
// and where nothing has moved.
func (l *LinearRegression) R2() float64 {
	scatter := l.window.scatter()
	if !l.Ready() || scatter == 0 {
		return 0
	}
	slope := l.Slope()
	return min(slope*(slope*l.span()/scatter), 1)
}
