package indicator

// A total is the sum of the last n values. It is compensated, and at each turn of the
// ring taken afresh, so that no rounding error outlives a turn. The sum of n zeros is 0
// and no remainder of what came before them: quotients ask for that.
type total struct {
	ring
	sum   compensated
	zeros int // how many values in a row were 0
}

// makeTotal returns the sum of the last period values.
func makeTotal(period int) total { return total{ring: makeRing(period)} }

// add takes the next value.
func (t *total) add(x float64) {
	old, turned := t.push(x)
	t.zeros++
	if x != 0 {
		t.zeros = 0
	}
	switch {
	case t.zeros >= len(t.values):
		t.sum = compensated{}
	case turned:
		t.resum()
	default:
		t.sum.add(x)
		t.sum.add(-old)
	}
}

// resum adds up the values of the ring.
func (t *total) resum() {
	t.sum = compensated{}
	for _, x := range t.values {
		t.sum.add(x)
	}
}

// value returns the sum.
func (t *total) value() float64 { return t.sum.value() }

// mean returns the sum ÷ n.
func (t *total) mean() float64 { return t.sum.over(float64(len(t.values))) }
