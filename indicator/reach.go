package indicator

// A reach tells where a close stands between the extremes of a window.
type reach struct {
	high  Highest
	low   Lowest
	least float64 // a span up to this is none
	place float64 // from 0 to 100 once the window is full
}

func makeReach(period int) reach {
	return reach{high: *NewHighest(period), low: *NewLowest(period)}
}

// add takes the next bar.
func (r *reach) add(high, low, close float64) {
	r.high.Update(high)
	r.low.Update(low)
	r.place = 50
	bottom := r.low.Value()
	if span := r.high.Value() - bottom; span > r.least {
		r.place = 100 * ((close - bottom) / span)
	}
}

// A twice is a mean, and the mean of that.
type twice struct{ first, second total }

func makeTwice(smooth, signal int) twice { return twice{makeTotal(smooth), makeTotal(signal)} }

// add takes the next value.
func (t *twice) add(x float64) {
	t.first.add(x)
	if t.first.full {
		t.second.add(t.first.mean())
	}
}

func (t *twice) ready() bool { return t.second.full }

// wait returns how many values must come after the first until it is ready.
func (t *twice) wait() int { return len(t.first.values) + len(t.second.values) - 2 }

// value returns the mean, or 0 until ready.
func (t *twice) value() float64 {
	if !t.ready() {
		return 0
	}
	return t.second.newest()
}

// signal returns the mean of the mean, or 0 until ready.
func (t *twice) signal() float64 {
	if !t.ready() {
		return 0
	}
	return t.second.mean()
}
