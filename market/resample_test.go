package market_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// naiveResample reads semantics X1: for each start of a coarser bar, look at all finer
// ones. It returns bars, and which are incomplete; volumes are in ticks of a thousandth.
func naiveResample(c *market.Columns, to market.Interval, end market.Time) (list []market.Bar, incomplete []bool) {
	if c.Len() == 0 {
		return nil, nil
	}
	for start := to.Floor(c.OpenTime[0]); start <= c.OpenTime[c.Len()-1]; start += market.Time(to) {
		var inside []market.Bar
		for row := range c.Len() {
			if b := c.Bar(row); b.OpenTime >= start && b.OpenTime < start+market.Time(to) {
				inside = append(inside, b)
			}
		}
		if len(inside) == 0 || start+market.Time(to) > end {
			continue
		}
		whole := market.Bar{OpenTime: start, Open: inside[0].Open, High: inside[0].High, Low: inside[0].Low, Close: inside[len(inside)-1].Close}
		ticks := int64(0)
		for _, b := range inside {
			whole.High, whole.Low = max(whole.High, b.High), min(whole.Low, b.Low)
			ticks += market.Ticks(b.Volume, 1000)
		}
		whole.Volume = float64(ticks) / 1000
		list, incomplete = append(list, whole), append(incomplete, len(inside) < int(to/c.Interval))
	}
	return list, incomplete
}

// gappy makes bars with gaps, from a time that need not start a coarser bar.
func gappy(r *rand.Rand, d market.Interval) *market.Columns {
	c := market.MakeColumns(d, 0)
	c.PriceScale, c.VolumeScale = 2, 3
	at := d.Floor(20_000*market.Day + market.Time(r.Int64N(int64(9*market.Day))))
	f := func(n int64) float64 { return float64(n) / 100 }
	for range r.IntN(200) {
		low := 100 + r.Int64N(1000)
		span := 1 + r.Int64N(100)
		c.Append(market.Bar{
			OpenTime: at, Open: f(low + r.Int64N(span)), High: f(low + span), Low: f(low), Close: f(low + r.Int64N(span)),
			Volume: float64(r.Int64N(1_000_000)) / 1000,
		})
		if at += market.Time(d); r.IntN(8) == 0 {
			at += market.Time(d) * market.Time(r.IntN(40))
		}
	}
	return c
}

func TestResample(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 6))
		fine := []market.Interval{market.Minute, market.Minute, market.Hour, market.Daily}[r.IntN(4)]
		to := fine * []market.Interval{1, 5, 7, 60, 168}[r.IntN(5)]
		if fine == market.Daily {
			to = market.Weekly
		}
		c := gappy(r, fine)
		end := market.Time(0)
		if n := c.Len(); n > 0 {
			end = c.Time(n-1) + market.Time(r.Int64N(2)*r.Int64N(int64(to)))
		}
		want, incomplete := naiveResample(c, to, end)
		got := market.Resample(c, to, end)
		if got.Interval != to || got.PriceScale != 2 || got.VolumeScale != 3 {
			t.Fatalf("seed %d: interval %s, scales %d and %d", seed, got.Interval, got.PriceScale, got.VolumeScale)
		}
		if d := cmp.Diff(want, rows(got)); d != "" {
			t.Fatalf("seed %d: %s to %s until %s (-want +got):\n%s", seed, fine, to, end, d)
		}
		if !slices.Equal(incomplete, got.Incomplete) {
			t.Fatalf("seed %d: incomplete %v, want %v", seed, got.Incomplete, incomplete)
		}
	}
}

func rows(c *market.Columns) (list []market.Bar) {
	for row := range c.Len() {
		list = append(list, c.Bar(row))
	}
	return list
}

// TestResamplerIsIncremental: bar by bar gives what the whole series gives, and a bar
// is there only when a later one proves it past.
func TestResamplerIsIncremental(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 6))
	c := gappy(r, market.Minute)
	s := market.NewResampler(c, 5*market.Minute)
	for row := range c.Len() {
		out := s.Add(c, row)
		if n := out.Len(); n > 0 && out.Time(n-1) > c.OpenTime[row] {
			t.Fatalf("at row %d a bar closes at %s, after the open of the newest, %s", row, out.Time(n-1), c.OpenTime[row])
		}
	}
	end := c.Time(c.Len()-1) + market.Day
	if d := cmp.Diff(market.Resample(c, 5*market.Minute, end), s.Finish(end)); d != "" {
		t.Errorf("whole (-) and bar by bar (+):\n%s", d)
	}
}

// TestResampleInSteps: bars made of bars that were made are those made at once, with the
// same flags.
func TestResampleInSteps(t *testing.T) {
	for seed := range uint64(100) {
		c := gappy(rand.New(rand.NewPCG(seed, 7)), market.Minute)
		five := market.Resample(c, 5*market.Minute, market.MaxTime)
		want, got := market.Resample(c, market.Hour, market.MaxTime), market.Resample(five, market.Hour, market.MaxTime)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d: at once (-) and in steps (+):\n%s", seed, d)
		}
	}
}

// TestResampledVolumes adds volumes as the decimals that they mean, beyond the digits of
// a float64 too, and also where one value has put the column off its grid.
func TestResampledVolumes(t *testing.T) {
	off := 0.1 + 1e-17 + 0.2*1.0000000000000002 // no short decimal
	for _, test := range []struct {
		name    string
		scale   int32
		volumes []float64
		want    float64
	}{
		{"tenths", market.FreeScale, []float64{0.1, 0.2}, 0.3},
		{"a float sum would end in 2", market.FreeScale, []float64{0.02, 0.005, 0.005}, 0.03},
		{"off the grid", market.FreeScale, []float64{0.25, off, 0.5}, 0.75 + off},
		{"on a grid of 3", 3, []float64{0.001, 0.002, 0.1}, 0.103},
		{"nine times as many units as a float64 holds", 8, []float64{90071992.54740993, 730876780.56981382, 0.07185649}, 820948773.18908024},
		{"more units than an int64 holds", 8, slices.Repeat([]float64{22_000_000}, 5000), 110_000_000_000},
	} {
		c := market.MakeColumns(market.Minute, 0)
		c.VolumeScale = test.scale
		for i, v := range test.volumes {
			c.Append(market.Bar{OpenTime: market.Time(i) * market.Time(market.Minute), Open: 1, High: 1, Low: 1, Close: 1, Volume: v})
		}
		if got := market.Resample(c, market.Interval(7*market.Day), 7*market.Day).Volume[0]; got != test.want {
			t.Errorf("%s: volume %v, want %v", test.name, got, test.want)
		}
	}
}

// TestResampledVolumeIsExact compares random sums with those of decimals.
func TestResampledVolumeIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		c, want := market.MakeColumns(market.Minute, 0), decimal.Zero
		c.VolumeScale = int32(r.IntN(10)) - 1
		for i := range 1440 {
			d := decimal.New(r.Int64N(1<<uint(1+r.IntN(49))), -min(8, max(c.VolumeScale, 0)+8*(-min(c.VolumeScale, 0))))
			want = want.Add(d)
			c.Append(market.Bar{OpenTime: market.Time(i) * market.Time(market.Minute), Open: 1, High: 1, Low: 1, Close: 1, Volume: d.InexactFloat64()})
		}
		if got := market.Resample(c, 24*market.Hour, market.Day).Volume[0]; got != want.InexactFloat64() {
			t.Fatalf("volume %v, want %v, the nearest of %s", got, want.InexactFloat64(), want)
		}
	}
}

func TestResampleRefuses(t *testing.T) {
	for _, to := range []market.Interval{market.Minute / 2, 90 * market.Minute / 60, 0} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("minutes were resampled to %s", to)
				}
			}()
			market.Resample(market.MakeColumns(market.Minute, 0), to, 0)
		}()
	}
}
