package indicator

// A Highest is the largest of the last n values, in the unit of its input. It is
// exact, nothing seeds it, and it is ready after n updates.
type Highest struct{ window }

// NewHighest returns a maximum over period values. It panics unless period is from
// 1 to [MaxPeriod].
func NewHighest(period int) *Highest { return &Highest{makeWindow(period)} }

// Update adds the next value.
func (h *Highest) Update(x float64) { h.push(x) }

// Ready reports whether n values were seen.
func (h *Highest) Ready() bool { return h.full() }

// Warmup returns n.
func (h *Highest) Warmup() int { return len(h.values) }

// Value returns the largest of the last n values, or 0 until Ready.
func (h *Highest) Value() float64 {
	if !h.full() {
		return 0
	}
	return h.values[h.front]
}

// A Lowest is the smallest of the last n values, in the unit of its input. It is
// exact, nothing seeds it, and it is ready after n updates.
type Lowest struct{ window } // of negated values

// NewLowest returns a minimum over period values. It panics unless period is from 1
// to [MaxPeriod].
func NewLowest(period int) *Lowest { return &Lowest{makeWindow(period)} }

// Update adds the next value.
func (l *Lowest) Update(x float64) { l.push(-x) }

// Ready reports whether n values were seen.
func (l *Lowest) Ready() bool { return l.full() }

// Warmup returns n.
func (l *Lowest) Warmup() int { return len(l.values) }

// Value returns the smallest of the last n values, or 0 until Ready.
func (l *Lowest) Value() float64 {
	if !l.full() {
		return 0
	}
	return -l.values[l.front]
}

// A window keeps the values of the last n that no later one reaches, falling from
// front on: a monotonic queue. Each value enters and leaves once, so an update
// costs constant time on average and n at worst.
type window struct {
	values []float64 // a ring of the size of the window
	born   []int     // the number of the update that brought the value
	front  int       // the largest value
	size   int
	seen   int // updates so far
}

// makeWindow returns an empty window of period values.
func makeWindow(period int) window {
	checkPeriod(period)
	return window{values: make([]float64, period), born: make([]int, period)}
}

// push adds a value, drops the one that leaves the window and those that x reaches.
func (w *window) push(x float64) {
	w.seen++
	if w.size > 0 && w.born[w.front] == w.seen-len(w.values) {
		w.front = w.wrap(w.front + 1)
		w.size--
	}
	for w.size > 0 && !(w.values[w.wrap(w.front+w.size-1)] > x) {
		w.size--
	}
	back := w.wrap(w.front + w.size)
	w.values[back], w.born[back] = x, w.seen
	w.size++
}

// wrap brings i, which is below twice the size of the ring, into it.
func (w *window) wrap(i int) int {
	if i >= len(w.values) {
		return i - len(w.values)
	}
	return i
}

// full reports whether the window has seen all its values.
func (w *window) full() bool { return w.seen >= len(w.values) }

// age returns how many updates ago the value at the front came.
func (w *window) age() int { return w.seen - w.born[w.front] }
