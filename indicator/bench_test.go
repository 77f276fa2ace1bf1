package indicator_test

import (
	"math/rand/v2"
	"testing"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// walk returns n prices of a random walk on a grid of cents.
func walk(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, seed))
	prices := make([]float64, n)
	ticks := int64(1_000_000)
	for i := range prices {
		ticks = max(ticks+r.Int64N(2001)-1000, 1000)
		prices[i] = float64(ticks) / 100
	}
	return prices
}

func benchmarkUpdate(b *testing.B, update func(prices []float64)) {
	prices := walk(1, 4096)
	b.ReportAllocs()
	b.ResetTimer()
	for n := b.N; n > 0; n -= len(prices) {
		update(prices[:min(n, len(prices))])
	}
}

func BenchmarkSMA(b *testing.B) {
	s := indicator.NewSMA(50, 2)
	benchmarkUpdate(b, func(prices []float64) {
		for _, x := range prices {
			s.Update(x)
		}
	})
}

func BenchmarkSMAFree(b *testing.B) {
	s := indicator.NewSMA(50, market.FreeScale)
	benchmarkUpdate(b, func(prices []float64) {
		for _, x := range prices {
			s.Update(x)
		}
	})
}

func BenchmarkTwoSMAsAndCompare(b *testing.B) {
	fast, slow := indicator.NewSMA(20, 2), indicator.NewSMA(50, 2)
	sum := 0
	benchmarkUpdate(b, func(prices []float64) {
		for _, x := range prices {
			fast.Update(x)
			slow.Update(x)
			sum += indicator.Compare(fast, slow)
		}
	})
	if sum > b.N {
		b.Fatal(sum)
	}
}

func BenchmarkSMAValue(b *testing.B) {
	s, sum := indicator.NewSMA(50, 2), 0.0
	benchmarkUpdate(b, func(prices []float64) {
		for _, x := range prices {
			s.Update(x)
			sum += s.Value()
		}
	})
	if sum < 0 {
		b.Fatal(sum)
	}
}

// BenchmarkSMAMany updates averages in turn, so that none waits for itself.
func BenchmarkSMAMany(b *testing.B) {
	var s [8]*indicator.SMA
	for i := range s {
		s[i] = indicator.NewSMA(50, 2)
	}
	benchmarkUpdate(b, func(prices []float64) {
		for i, x := range prices {
			s[i&7].Update(x)
		}
	})
}

// BenchmarkUpdate measures a bar of each indicator, with its values.
func BenchmarkUpdate(b *testing.B) {
	bars := randomBars(seeded(1), 4096, 10_000, 300)
	for _, s := range subjects() {
		b.Run(s.name, func(b *testing.B) {
			p, sum, i := s.make(), 0.0, 0
			b.ReportAllocs()
			for b.Loop() {
				p.update(bars[i&4095])
				for _, output := range p.outputs {
					sum += output()
				}
				i++
			}
			_ = sum
		})
	}
}
