package portfolio

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// tape makes a tape of closes at bar numbers, none of which is known yet.
func tape(i market.InstrumentID, numbers []int, closes []float64) *market.Tape {
	c := market.MakeColumns(market.Hour, len(closes))
	for k, x := range closes {
		c.Append(market.Bar{OpenTime: at(numbers[k]) - market.Time(market.Hour), Open: x, High: x, Low: x, Close: x})
	}
	return &market.Tape{Instrument: i, Interval: market.Hour, Columns: c}
}

// at is when bar k closes.
func at(k int) market.Time { return market.Time(k) * market.Time(market.Hour) }

// TestWindow walks through gaps, bar by bar. Each line says what the four slots of the
// window hold at the end of a bar's time, whether there was one or not.
func TestWindow(t *testing.T) {
	numbers, closes := []int{100, 101, 103, 104, 109}, []float64{10, 11, 22, 11, 5.5}
	for _, x := range []struct {
		now  int
		want []float64 // of the last four bars, oldest first
		have int
	}{
		{100, []float64{0, 0, 0, 0}, 0},
		{101, []float64{0, 0, 0, 0.1}, 1},
		{102, []float64{0, 0, 0.1, 0}, 1},
		{103, []float64{0, 0.1, 0, 1}, 2}, // over the gap
		{104, []float64{0.1, 0, 1, -0.5}, 3},
		{106, []float64{1, -0.5, 0, 0}, 2},
		{108, []float64{0, 0, 0, 0}, 0},
		{109, []float64{0, 0, 0, -0.5}, 1},
		{112, []float64{-0.5, 0, 0, 0}, 1},
		{113, []float64{0, 0, 0, 0}, 0},
	} {
		w := newWindow(market.Hour, 4, 1)
		bars := tape(0, numbers, closes)
		s := market.NewSeries(bars, 5, 1)
		for now := 99; now < x.now; now += 1 + x.now%3 { // read now and then before
			bars.N = known(numbers, now)
			w.at(s, at(now))
		}
		bars.N = known(numbers, x.now)
		r := w.at(s, at(x.now)+1)
		var got []float64
		for k := x.now - 3; k <= x.now; k++ {
			got = append(got, float64(int(r.returns[k%4]*1e9+0.5))/1e9)
		}
		for k := range got {
			if d := got[k] - x.want[k]; d > 1e-8 || d < -1e-8 {
				t.Errorf("at %d: %v, not %v", x.now, got, x.want)
				break
			}
		}
		if r.count != x.have {
			t.Errorf("at %d: %d bars, not %d", x.now, r.count, x.have)
		}
	}
}

// known counts the bars that have closed.
func known(numbers []int, now int) int {
	n, found := slices.BinarySearch(numbers, now)
	if found {
		n++
	}
	return n
}

// TestWindowKeepsItsDigits reads a window over a million bars, at times that are between
// one bar and three windows apart: at each it holds to the last digit what a new one, and
// what the closes divided by each other, give.
func TestWindowKeepsItsDigits(t *testing.T) {
	const n, bars = 120, 1_000_000
	r := rand.New(rand.NewPCG(1, 2))
	numbers, closes := make([]int, bars), make([]float64, bars)
	number, price := 1000, 100.0
	for k := range closes {
		if number++; r.IntN(200) == 0 {
			number += r.IntN(30)
		}
		price = max(0.01, price*(1+0.02*(r.Float64()-0.5)))
		numbers[k], closes[k] = number, price
	}
	last := tape(0, numbers, closes)
	s := market.NewSeries(last, n+1, 1)
	w := newWindow(market.Hour, n, 1)
	reads := 0
	for last.N < bars {
		step := 1 + r.IntN(10)
		if r.IntN(10) == 0 {
			step = 1 + r.IntN(3*n)
		}
		last.N = min(bars, last.N+step)
		reads++
		now := numbers[last.N-1] + r.IntN(2) // the next bar may be late
		got, fresh := w.at(s, at(now)), newWindow(market.Hour, n, 1)
		want := batch(numbers[:last.N], closes[:last.N], n, now)
		if again := fresh.at(s, at(now)); !slices.Equal(got.returns, again.returns) || got.count != again.count {
			t.Fatalf("after %d bars the window differs from a new one", last.N)
		}
		for k, x := range want {
			if got.returns[(now-n+1+k)%n] != x {
				t.Fatalf("after %d bars, slot %d holds %v, not %v", last.N, k, got.returns[(now-n+1+k)%n], x)
			}
		}
	}
	t.Logf("%d reads", reads)
}

// batch computes the returns of the last n bars up to now from all closes, oldest first.
func batch(numbers []int, closes []float64, n, now int) []float64 {
	list := make([]float64, n)
	for k := len(closes) - 1; k > 0 && numbers[k] > now-n; k-- {
		list[numbers[k]-(now-n)-1] = closes[k]/closes[k-1] - 1
	}
	return list
}

// TestReady wants nine bars of ten.
func TestReady(t *testing.T) {
	for _, x := range []struct {
		n, count int
		ready    bool
	}{{120, 108, true}, {120, 107, false}, {20, 18, true}, {20, 17, false}, {29, 27, true}, {29, 26, false}} {
		r := row{returns: make([]float64, x.n), count: x.count}
		if r.ready() != x.ready {
			t.Errorf("%d of %d bars: ready is %v", x.count, x.n, !x.ready)
		}
	}
}

// TestWeeklyBarsHaveSlotsOfTheirOwn: weeks begin on Monday, and 1970 on a Thursday.
func TestWeeklyBarsHaveSlotsOfTheirOwn(t *testing.T) {
	w := newWindow(market.Weekly, 4, 1)
	monday := market.Weekly.Floor(at(500_000))
	for k := range int64(8) {
		close := monday + market.Time(k)*market.Time(market.Weekly)
		if got, want := w.number(close), w.number(monday)+k; got != want || w.number(close+market.Day) != got {
			t.Errorf("week %d has the number %d, not %d", k, got, want)
		}
	}
}
