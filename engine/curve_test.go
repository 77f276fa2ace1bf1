package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// TestCurveAgreesWithDefinition holds the samples and the drawdown against semantics
// M7 and M8, read naively.
func TestCurveAgreesWithDefinition(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 5))
		open := 20_000*market.Day + market.Time(r.Int64N(2))*market.Time(r.Int64N(int64(market.Day)))
		all := []Sample{{open, 100}}
		c := &Curve{start: 100, each: true}
		c.mark(open-1, 100) // before the first bar: no sample
		c.begin(open)
		step := []market.Time{market.Time(market.Minute) * 7, market.Time(market.Hour), market.Time(market.Hour) * 6, market.Day}[r.IntN(4)]
		for at, n := open, r.IntN(60); n > 0; n-- {
			c.finished() // looking changes nothing
			at += step * market.Time(1+r.Int64N(1+r.Int64N(8)))
			s := Sample{at, 100 * (0.5 + r.Float64())}
			all = append(all, s)
			c.mark(s.Time, s.Equity)
		}
		c = c.finished().finished() // again: no second last sample
		if d := cmp.Diff(daily(all), c.Daily); d != "" {
			t.Fatalf("seed %d: days (-want +got):\n%s", seed, d)
		}
		if d := cmp.Diff(all, c.Instants); d != "" {
			t.Fatalf("seed %d: instants (-want +got):\n%s", seed, d)
		}
		if want := drawdown(all); math.Abs(c.MaxDrawdown-want) > 1e-15 {
			t.Fatalf("seed %d: drawdown %v, want %v", seed, c.MaxDrawdown, want)
		}
	}
}

// daily returns the start, the equity as of each 00:00 UTC after it, and the end.
func daily(all []Sample) []Sample {
	list := all[:1:1]
	last := all[len(all)-1]
	for day := (all[0].Time/market.Day + 1) * market.Day; day <= last.Time; day += market.Day {
		equity := 0.0
		for _, s := range all {
			if s.Time <= day {
				equity = s.Equity
			}
		}
		list = append(list, Sample{day, equity})
	}
	if list[len(list)-1].Time < last.Time {
		list = append(list, last)
	}
	return list
}

func drawdown(all []Sample) (worst float64) {
	for i, peak := range all {
		for _, later := range all[i:] {
			worst = min(worst, (later.Equity-peak.Equity)/peak.Equity)
		}
	}
	return worst
}

// TestCurveOfLongBars samples each bar where bars are longer than a day.
func TestCurveOfLongBars(t *testing.T) {
	c := &Curve{start: 100, perBar: true}
	c.begin(20_000 * market.Day)
	want := []Sample{{20_000 * market.Day, 100}}
	for week := range market.Time(5) {
		s := Sample{20_000*market.Day + (week+1)*7*market.Day, 100 + float64(week)}
		c.mark(s.Time, s.Equity)
		want = append(want, s)
	}
	c = c.finished()
	if d := cmp.Diff(want, c.Daily); d != "" {
		t.Errorf("samples (-want +got):\n%s", d)
	}
}
