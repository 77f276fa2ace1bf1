package indicator

import "math"

// moments are the mean and the variance of the last n values. They are sums of
// deviations from a pivot near the mean, and of their squares: squares of prices
// themselves would cancel all but a few digits of a small variance (Chan, Golub and
// LeVeque, Algorithms for Computing the Sample Variance, The American Statistician
// 37, 1983). The sums are compensated, so that what leaves takes its digits along,
// and taken afresh, around a new pivot, at each turn of the ring and where the values
// went far from the pivot. The latter takes a move of many deviations by the whole
// window, so an update costs constant time on average.
type moments struct {
	ring
	pivot       float64
	sum, square compensated // of deviations, and of their squares
}

// far is how much larger than the variance the squared distance of the mean from the
// pivot may get: the variance loses three of its sixteen digits then.
const far = 1024

func makeMoments(period int) moments { return moments{ring: makeRing(period)} }

// push adds a value. It reports whether the sums were taken afresh.
func (m *moments) push(x float64) (fresh bool) {
	if m.full {
		d := m.values[m.next] - m.pivot
		m.sum.add(-d)
		m.square.add(-float64(d * d))
	} else if m.next == 0 {
		m.pivot = x
	}
	d := x - m.pivot
	m.sum.add(d)
	m.square.add(float64(d * d))
	if _, turned := m.ring.push(x); !turned && !m.strayed() {
		return false
	}
	m.resum()
	return true
}

// strayed reports whether the mean is far from the pivot.
func (m *moments) strayed() bool {
	sum := m.sum.value()
	square := float64(sum * sum)
	return square > far*(float64(float64(len(m.held()))*m.square.value())-square)
}

// resum moves the pivot to the mean and takes the sums around it. Where all values
// are the same the pivot is that value, and the variance 0, to the last bit.
func (m *moments) resum() {
	held := m.held()
	var sum compensated
	for _, x := range held {
		sum.add(x - held[0])
	}
	m.pivot = held[0] + sum.over(float64(len(held)))
	m.sum, m.square = compensated{}, compensated{}
	for _, x := range held {
		d := x - m.pivot
		m.sum.add(d)
		m.square.add(float64(d * d))
	}
}

// held returns the values so far, in no order.
func (m *moments) held() []float64 {
	if m.full {
		return m.values
	}
	return m.values[:m.next]
}

// mean returns the mean of a full window.
func (m *moments) mean() float64 { return m.pivot + m.sum.over(float64(len(m.values))) }

// above returns the distance of the last value from the mean of a full window.
func (m *moments) above() float64 {
	return (m.newest() - m.pivot) - m.sum.over(float64(len(m.values)))
}

// scatter returns the sum of the squared deviations from the mean of a full window.
func (m *moments) scatter() float64 {
	sum := m.sum.value()
	return max(m.square.value()-float64(sum*m.sum.over(float64(len(m.values)))), 0)
}

// variance returns the mean squared deviation from the mean of a full window.
func (m *moments) variance() float64 { return m.scatter() / float64(len(m.values)) }

// deviation returns the square root of the variance.
func (m *moments) deviation() float64 { return math.Sqrt(m.variance()) }
