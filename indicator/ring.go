package indicator

// A ring keeps the last n values, each in the place of the oldest.
type ring struct {
	values []float64
	next   int // where the next value goes: the oldest one is there
	full   bool
}

// makeRing returns a ring of period places, all 0.
func makeRing(period int) ring {
	checkPeriod(period)
	return ring{values: make([]float64, period)}
}

// push takes a value and returns the one that it replaces: 0 until the ring is full. It
// reports whether x went into the last place, which is when sums over the ring are best
// taken afresh.
func (r *ring) push(x float64) (old float64, turned bool) {
	old = r.values[r.next]
	r.values[r.next] = x
	if r.next++; r.next == len(r.values) {
		r.next, r.full = 0, true
	}
	return old, r.next == 0
}

// oldest returns the value that the next push replaces.
func (r *ring) oldest() float64 { return r.values[r.next] }

// newest returns the value of the last push.
func (r *ring) newest() float64 {
	if r.next == 0 {
		return r.values[len(r.values)-1]
	}
	return r.values[r.next-1]
}
