package indicator

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMoments compares mean and deviation with exact arithmetic over windows whose
// prices are large, tiny, constant, or leap from one to the other.
func TestMoments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "period")
		m := makeMoments(n)
		var all []float64
		for range rapid.IntRange(1, 5).Draw(t, "regimes") {
			level := rapid.SampledFrom([]float64{1e-8, 0.07, 1, 123.456, 6e4, 1e7, 1e10, -3}).Draw(t, "level")
			noise := level * rapid.SampledFrom([]float64{0, 1e-12, 1e-6, 1e-3, 0.5}).Draw(t, "noise")
			for range rapid.IntRange(1, 60).Draw(t, "bars") {
				x := level + float64(noise*rapid.Float64Range(-1, 1).Draw(t, "x"))
				m.push(x)
				if all = append(all, x); len(all) >= n {
					checkMoments(t, &m, all[len(all)-n:], largest(all[max(0, len(all)-2*n):]))
				}
			}
		}
	})
}

// checkMoments allows the mean an error in the last digits of the recent prices.
func checkMoments(t *rapid.T, m *moments, window []float64, size float64) {
	mean, deviation := exactMoments(window)
	if got := m.mean(); !(math.Abs(got-mean) <= 4e-16*size) {
		t.Fatalf("mean %v, want %v", got, mean)
	}
	if got := m.deviation(); !(math.Abs(got-deviation) <= 1e-12*deviation) {
		t.Fatalf("deviation %v, want %v of %v", got, deviation, window)
	}
}

// exactMoments computes mean and deviation in two passes of 200 bits.
func exactMoments(xs []float64) (mean, deviation float64) {
	const bits = 200
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(x) }
	n, sum, square := number(float64(len(xs))), number(0), number(0)
	for _, x := range xs {
		sum.Add(sum, number(x))
	}
	sum.Quo(sum, n)
	for _, x := range xs {
		d := number(0).Sub(number(x), sum)
		square.Add(square, d.Mul(d, d))
	}
	mean, _ = sum.Float64()
	if slices.Min(xs) == slices.Max(xs) {
		return mean, 0
	}
	deviation, _ = square.Sqrt(square.Quo(square, n)).Float64()
	return mean, deviation
}

func largest(xs []float64) (size float64) {
	for _, x := range xs {
		size = max(size, math.Abs(x))
	}
	return size
}

// TestMomentsForget shows that what is no number leaves with its window.
func TestMomentsForget(t *testing.T) {
	m := makeMoments(4)
	for _, x := range []float64{1, 2, math.Inf(1), math.NaN(), 5, 6, 7, 8, 9, 10, 11, 12} {
		m.push(x)
	}
	if m.mean() != 10.5 || m.variance() != 1.25 {
		t.Errorf("mean %v, variance %v", m.mean(), m.variance())
	}
}

// TestMomentsResumSeldom counts how often the sums are taken afresh while prices leap
// between scales: the update stays one of constant time.
func TestMomentsResumSeldom(t *testing.T) {
	const n, bars = 500, 100_000
	m, fresh := makeMoments(n), 0
	for i := range bars {
		x := 100 + float64(i%7)*1e-6
		switch i % 1000 {
		case 0:
			x = 1e9
		case 1, 2, 3:
			x = 1e5 / float64(i%1000)
		}
		if m.push(x) {
			fresh++
		}
	}
	if turns := bars / n; fresh > 5*turns {
		t.Errorf("%d sums taken afresh in %d turns", fresh, turns)
	}
}

// TestComoments compares slope and correlation with exact sums over windows whose prices
// leap between scales. The line is uncertain where the noise hides it.
func TestComoments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 20).Draw(t, "period")
		c := makeComoments(n)
		var xs, ys []float64
		for range rapid.IntRange(1, 4).Draw(t, "regimes") {
			level := rapid.SampledFrom([]float64{1e-8, 1, 6e4, 1e7}).Draw(t, "level")
			noise := level * rapid.SampledFrom([]float64{0, 1e-6, 1e-2}).Draw(t, "noise")
			for range rapid.IntRange(1, 50).Draw(t, "bars") {
				x := level + float64(noise*rapid.Float64Range(-1, 1).Draw(t, "x"))
				y := 3*level + float64(noise*rapid.Float64Range(-1, 1).Draw(t, "y"))
				c.push(x, y)
				if xs, ys = append(xs, x), append(ys, y); len(xs) < n {
					continue
				}
				likeness, ratio := exactComoments(xs[len(xs)-n:], ys[len(ys)-n:])
				if got := c.likeness(); !(math.Abs(got-likeness) <= 1e-10) {
					t.Fatalf("correlation %v, want %v", got, likeness)
				}
				if got := c.slope(); !(math.Abs(got-likeness*ratio) <= 1e-10*ratio) {
					t.Fatalf("slope %v, want %v", got, likeness*ratio)
				}
			}
		}
	})
}

// exactComoments returns the correlation, and the deviation of y ÷ that of x; zeros where
// one of them does not move.
func exactComoments(xs, ys []float64) (likeness, ratio float64) {
	sum := func(f func(i int) *big.Float) *big.Float {
		s := new(big.Float).SetPrec(400)
		for i := range xs {
			s.Add(s, f(i))
		}
		return s
	}
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(x) }
	times := func(a, b *big.Float) *big.Float { return new(big.Float).SetPrec(400).Mul(a, b) }
	covariance := func(a, b []float64) *big.Float { // times n²
		products := sum(func(i int) *big.Float { return times(number(a[i]), number(b[i])) })
		sums := times(sum(func(i int) *big.Float { return number(a[i]) }), sum(func(i int) *big.Float { return number(b[i]) }))
		return products.Sub(times(products, number(float64(len(xs)))), sums)
	}
	xx, xy, yy := covariance(xs, xs), covariance(xs, ys), covariance(ys, ys)
	if xx.Sign() == 0 || yy.Sign() == 0 {
		return 0, 0
	}
	size := times(xx, yy)
	likeness, _ = xy.Quo(xy, size.Sqrt(size)).Float64()
	ratio, _ = yy.Sqrt(yy.Quo(yy, xx)).Float64()
	return likeness, ratio
}
