package indicator_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// build returns one of each indicator.
func build(period int) []subject {
	highest, lowest, atr := indicator.NewHighest(period), indicator.NewLowest(period), indicator.NewATR(period)
	return []subject{
		onClose("SMA", indicator.NewSMA(period, 2)),
		onClose("SMA without a grid", indicator.NewSMA(period, market.FreeScale)),
		onClose("EMA", indicator.NewEMA(period, 2)),
		onClose("EMA without a grid", indicator.NewEMA(period, market.FreeScale)),
		onClose("RSI", indicator.NewRSI(period)),
		{"ATR", atr, atr.Update},
		{"Highest", highest, func(high, _, _ float64) { highest.Update(high) }},
		{"Lowest", lowest, func(_, low, _ float64) { lowest.Update(low) }},
	}
}

// TestWarmup checks that each indicator is ready after exactly Warmup updates and
// says 0 until then.
func TestWarmup(t *testing.T) {
	for _, period := range []int{1, 2, 3, 14, 200} {
		for _, s := range build(period) {
			updates := 0
			for ; !s.Ready(); updates++ {
				if s.Value() != 0 {
					t.Fatalf("%s(%d) says %v after %d updates", s.name, period, s.Value(), updates)
				}
				s.update(102, 100, 101)
			}
			want := period
			if s.name == "RSI" || s.name == "ATR" {
				want++
			}
			if updates != want || s.Warmup() != want || s.Value() == 0 {
				t.Errorf("%s(%d): ready after %d updates with %v; warm-up %d, want %d", s.name, period, updates, s.Value(), s.Warmup(), want)
			}
		}
	}
}

// TestAllocations checks that no update allocates, on a grid or off it.
func TestAllocations(t *testing.T) {
	for _, s := range build(10) {
		x := 100.0
		if got := testing.AllocsPerRun(1000, func() {
			x += 0.001
			s.update(x+1, x-1, x)
			s.Value()
		}); got != 0 {
			t.Errorf("%s allocates %v times an update", s.name, got)
		}
	}
}

// TestConstant checks that a constant series has constant averages, to the last
// bit, and an index in the middle.
func TestConstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := float64(rapid.Int64Range(1, 1e12).Draw(t, "ticks")) / 100
		want := map[string]float64{"ATR": 0, "RSI": 50}
		for _, s := range build(rapid.IntRange(1, 50).Draw(t, "period")) {
			if _, ok := want[s.name]; !ok {
				want[s.name] = x
			}
			for range 100 {
				s.update(x, x, x)
				if s.Ready() && s.Value() != want[s.name] {
					t.Fatalf("%s is %v, not %v", s.name, s.Value(), want[s.name])
				}
			}
		}
	})
}

// TestExtremes compares Highest and Lowest with the extremes of the slice.
func TestExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "period")
		xs := rapid.SliceOfN(rapid.OneOf(
			rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) }), rapid.Float64(),
		), 1, 60).Draw(t, "values")
		highest, lowest := indicator.NewHighest(n), indicator.NewLowest(n)
		for i, x := range xs {
			highest.Update(x)
			lowest.Update(x)
			if i+1 < n {
				continue
			}
			last := xs[i+1-n : i+1]
			if highest.Value() != slices.Max(last) || lowest.Value() != slices.Min(last) {
				t.Fatalf("bar %d: %v and %v of %v", i, highest.Value(), lowest.Value(), last)
			}
		}
	})
}

// TestRecursions compares EMA, RSI and ATR with their definitions, computed anew
// over each prefix in plain floats.
func TestRecursions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "period")
		w := drawTape(t, 2, rapid.IntRange(n+1, 40).Draw(t, "bars"))
		ema, rsi, atr := indicator.NewEMA(n, 2), indicator.NewRSI(n), indicator.NewATR(n)
		for _, x := range w.prices {
			ema.Update(x)
			rsi.Update(x)
			atr.Update(x+spread, x-spread, x)
		}
		size := largest(w.prices) + 1
		near(t, "EMA", ema.Value(), batch(w.prices, n, 2/float64(n+1)), size)
		gain, loss, ranges := changes(w.prices)
		near(t, "ATR", atr.Value(), batch(ranges, n, 1/float64(n)), size)
		up, down := batch(gain, n, 1/float64(n)), batch(loss, n, 1/float64(n))
		if up+down == 0 {
			near(t, "RSI", rsi.Value(), 50, 0)
		} else {
			near(t, "RSI", rsi.Value()*(up+down), 100*up, 100*size)
		}
	})
}

// batch returns the mean of the first n values, smoothed on with a weight.
func batch(xs []float64, n int, weight float64) float64 {
	value, _ := mean(xs[:n])
	for _, x := range xs[n:] {
		value = value*(1-weight) + x*weight
	}
	return value
}

// changes returns the rises, the falls and the true ranges of the test's bars.
func changes(xs []float64) (gain, loss, ranges []float64) {
	for i := 1; i < len(xs); i++ {
		change := xs[i] - xs[i-1]
		gain, loss = append(gain, math.Max(change, 0)), append(loss, math.Max(-change, 0))
		ranges = append(ranges, slices.Max([]float64{
			2 * spread, math.Abs(xs[i] + spread - xs[i-1]), math.Abs(xs[i] - spread - xs[i-1]),
		}))
	}
	return gain, loss, ranges
}

func near(t *rapid.T, name string, got, want, size float64) {
	if !(math.Abs(got-want) <= 1e-13*size) {
		t.Fatalf("%s is %v, want %v", name, got, want)
	}
}

// TestPeriods checks that constructors refuse what no caller may pass.
func TestPeriods(t *testing.T) {
	for _, period := range []int{-1, 0, indicator.MaxPeriod + 1} {
		for i, construct := range []func(){
			func() { indicator.NewSMA(period, 2) }, func() { indicator.NewEMA(period, 2) }, func() { indicator.NewRSI(period) },
			func() { indicator.NewATR(period) }, func() { indicator.NewHighest(period) }, func() { indicator.NewLowest(period) },
		} {
			if !panics(construct) {
				t.Errorf("constructor %d accepts a period of %d", i, period)
			}
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
