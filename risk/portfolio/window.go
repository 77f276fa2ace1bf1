package portfolio

import (
	"math"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// window holds the returns of instruments in the last n bars that could have closed by
// now, aligned by time: bar k since 1970 stands in slot k mod n of every row. Returns are
// simple, close ÷ close before − 1, because the profit of a portfolio is the sum of
// exposure × return for these alone. A bar that is missing has the return 0, and the one
// after it the whole move.
//
// A return is computed once, when the window is first read after its bar, and never
// changes: there are no running sums, so that nothing drifts.
type window struct {
	interval market.Interval
	n        int
	rows     []row // by instrument

	now  market.Time // when it was read last
	last int64       // number of the newest bar that could have closed then
}

// row is one instrument's returns.
type row struct {
	returns []float64
	known   []bool
	count   int         // of known
	last    int64       // the newest bar that could have closed
	seen    market.Time // close of the newest bar taken in

	mean, squares float64 // of the returns, and the sum of the squares of what they differ from it
	stale         bool    // these two are
}

func newWindow(d market.Interval, n, instruments int) window {
	return window{interval: d, n: n, rows: make([]row, instruments)}
}

// number counts bars from 1970, by the time at which they close.
func (w *window) number(t market.Time) int64 { return int64(w.interval.Floor(t)) / int64(w.interval) }

// at returns the row of an instrument as of now. A series of n+1 bars has all that it
// may lack, however long it was not read.
func (w *window) at(s *risk.Series, now market.Time) *row {
	r := &w.rows[s.Instrument()]
	if r.returns == nil {
		r.returns, r.known = make([]float64, w.n), make([]bool, w.n)
	}
	if now != w.now {
		w.now, w.last = now, w.number(now)
	}
	r.slide(w.last)
	bars := s.Len()
	if bars == 0 {
		return r
	}
	first := bars
	for first > 1 && s.Time(first-1) > r.seen {
		first--
	}
	closes := s.Close()
	for i := first; i < bars; i++ {
		r.put(w.number(s.Time(i)), closes[i-1], closes[i])
	}
	r.seen = s.Time(bars - 1)
	return r
}

// slide forgets the bars that leave the window.
func (r *row) slide(last int64) {
	n := int64(len(r.returns))
	for k := max(r.last, last-n) + 1; k <= last; k++ {
		r.stale = true
		slot := k % n
		if r.returns[slot] = 0; r.known[slot] {
			r.known[slot] = false
			r.count--
		}
	}
	r.last = max(r.last, last)
}

// put takes the return of bar k in.
func (r *row) put(k int64, before, now float64) {
	n := int64(len(r.returns))
	if k <= r.last-n || k > r.last || !(before > 0) {
		return
	}
	r.stale = true
	slot := k % n
	if r.returns[slot] = now/before - 1; !r.known[slot] {
		r.known[slot] = true
		r.count++
	}
}

// needed is how many bars of n must be there: nine of ten, so that an outage of the
// venue does not end trading and an instrument of last week is not measured by it.
func needed(n int) int { return n - n/10 }

// ready reports whether there are enough bars to measure by.
func (r *row) ready() bool { return r.count >= needed(len(r.returns)) }

// moments computes mean and squares where bars have come or gone.
func (r *row) moments() {
	if !r.stale {
		return
	}
	r.stale, r.mean, r.squares = false, mean(r.returns), 0
	for _, x := range r.returns {
		d := x - r.mean
		r.squares += float64(d * d)
	}
}

// correlation is Pearson's of the returns of two instruments, 0 where one did not move.
func (r *row) correlation(o *row) float64 {
	r.moments()
	o.moments()
	size := math.Sqrt(r.squares) * math.Sqrt(o.squares)
	if !(size > 0) {
		return 0
	}
	sum, returns := 0.0, o.returns[:len(r.returns)]
	for k, x := range r.returns {
		sum += float64((x - r.mean) * (returns[k] - o.mean))
	}
	return max(-1, min(1, sum/size))
}
