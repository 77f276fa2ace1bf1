package indicator

// A total is the sum of the last n values. It is compensated, and at each turn of the
// ring taken afresh, so that no rounding error outlives a turn.
type total struct {
	ring
	sum compensated
}

// makeTotal returns the sum of the last period values.
func makeTotal(period int) total { return total{ring: makeRing(period)} }

// add takes the next value.
func (t *total) add(x float64) {
	old, turned := t.push(x)
	if turned {
		t.sum = compensated{}
		for _, x := range t.values {
			t.sum.add(x)
		}
		return
	}
	t.sum.add(x)
	t.sum.add(-old)
}

// mean returns the sum ÷ n.
func (t *total) mean() float64 { return t.sum.over(float64(len(t.values))) }
