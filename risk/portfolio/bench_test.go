package portfolio

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// tapes makes random tapes that are known up to a bar.
func tapes(instruments, bars, upTo int) (list []*market.Tape) {
	r := rand.New(rand.NewPCG(7, 8))
	for i := range instruments {
		numbers, closes := make([]int, bars), make([]float64, bars)
		price := 100.0
		for k := range closes {
			price = max(1, price*(1+0.02*(r.Float64()-0.5)))
			numbers[k], closes[k] = 1000+k, price
		}
		t := tape(market.InstrumentID(i), numbers, closes)
		t.N = upTo
		list = append(list, t)
	}
	return list
}

var sizes = []int{5, 20, 50}

// BenchmarkWindow adds a bar of each instrument to the window: what an order costs that
// is the first after a bar.
func BenchmarkWindow(b *testing.B) {
	const n, bars = 120, 20_000
	for _, instruments := range sizes {
		b.Run(fmt.Sprint(instruments), func(b *testing.B) {
			w, list := newWindow(market.Hour, n, instruments), tapes(instruments, bars, n)
			for b.Loop() {
				for _, t := range list {
					if t.N++; t.N > bars {
						t.N = n + 1
						w = newWindow(market.Hour, n, instruments)
					}
					w.at(market.NewSeries(t, n+1, 1), at(1000+t.N-1))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*instruments), "ns/bar")
		})
	}
}

// BenchmarkRunningCovariances is what the package does not do: it keeps the sums of
// returns and of their products for each pair, at every bar.
func BenchmarkRunningCovariances(b *testing.B) {
	const n = 120
	for _, instruments := range sizes {
		b.Run(fmt.Sprint(instruments), func(b *testing.B) {
			returns := make([][]float64, n+1) // by bar
			r := rand.New(rand.NewPCG(7, 8))
			for k := range returns {
				for range instruments {
					returns[k] = append(returns[k], 0.02*(r.Float64()-0.5))
				}
			}
			sums, products := make([]float64, instruments), make([]float64, instruments*instruments)
			for k := 0; b.Loop(); k++ {
				in, out := returns[k%(n+1)], returns[(k+1)%(n+1)]
				for i := range in {
					sums[i] += in[i] - out[i]
					row := products[i*instruments:][:instruments]
					for j := range i + 1 {
						row[j] += float64(in[i]*in[j]) - float64(out[i]*out[j])
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*instruments), "ns/bar")
		})
	}
}

// TestNothingIsAllocated: neither when a bar enters the window, nor when one is measured.
func TestNothingIsAllocated(t *testing.T) {
	const n = 120
	w, bars := newWindow(market.Hour, n, 1), tapes(1, 2000, n)[0]
	s := market.NewSeries(bars, n+1, 1)
	w.at(s, at(1000+n))
	if got := testing.AllocsPerRun(1000, func() {
		bars.N++
		w.at(s, at(1000+bars.N-1))
	}); got != 0 {
		t.Errorf("a bar allocates %v times", got)
	}
	profits := w.rows[0].returns
	for _, m := range []*tail{
		mustTail(t, false, false, "0.95", n, 1), mustTail(t, false, true, "0.95", n, 1), mustTail(t, true, true, "0.95", n, 1),
	} {
		if got := testing.AllocsPerRun(100, func() { m.of(profits) }); got != 0 {
			t.Errorf("a measure allocates %v times", got)
		}
	}
}
