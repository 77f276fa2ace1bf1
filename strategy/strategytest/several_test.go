package strategytest_test

import (
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// A strategy of hourly bars may time its entries on finer ones, and look at days.
func TestSeveralIntervals(t *testing.T) {
	entry := func(s *strategy.Setup) (quarters, days *strategy.Bars) {
		quarters = s.Bars(strategy.BarQuery{Interval: 15 * market.Minute, Lookback: 3, Warmup: 3}, nil)
		return quarters, s.Bars(strategy.BarQuery{Interval: market.Daily, Warmup: 2}, nil)
	}
	p := plugin(func() strategy.Strategy {
		var quarters, days *strategy.Bars
		return &scripted{
			start: func(s *strategy.Setup) { quarters, days = entry(s) },
			bar: func(c *strategy.Context, s *strategy.Series) {
				i := s.Instrument()
				if q, d := quarters.At(i), days.At(i); c.WarmFor(i) {
					steer(c, i, q.LastClose() > q.Close()[0] && q.LastClose() > d.Low()[0])
				}
			},
		}
	})
	strategytest.Run(t, p, strategytest.Bars(100), strategytest.Finer(15*market.Minute))

	// The next quarter of an hour is not known yet.
	early := plugin(func() strategy.Strategy {
		var quarters *strategy.Bars
		return &scripted{
			start: func(s *strategy.Setup) { quarters, _ = entry(s) },
			bar: func(c *strategy.Context, s *strategy.Series) {
				if q := quarters.At(s.Instrument()); c.WarmFor(s.Instrument()) {
					steer(c, s.Instrument(), past(q.Close(), 1) > q.LastClose())
				}
			},
		}
	})
	check(t, early, append(decision, "sees the future"), strategytest.Bars(100), strategytest.Finer(15*market.Minute))
}

// A universe changes, since the busiest instruments are not always the same, and loses one
// that is delisted.
func TestUniverseOfManyInstruments(t *testing.T) {
	changes := 0
	p := plugin(func() strategy.Strategy {
		var u *strategy.Universe
		x := &scripted{bar: func(*strategy.Context, *strategy.Series) {}}
		x.start = func(s *strategy.Setup) {
			q := strategy.DefaultUniverse()
			q.Top, q.VolumeDays, q.MinDays = 2, 3, 5
			last := market.NoInstrument
			u, _ = s.Universe(q, func(c *strategy.Context) {
				for i := range market.InstrumentID(6) {
					if c.WarmFor(i) {
						steer(c, i, u.Has(i))
					}
				}
				if m := u.Members(); len(m) > 0 && m[0] != last {
					last = m[0]
					changes++
				}
			})
		}
		return x
	})
	strategytest.Run(t, p, strategytest.Instruments(6), strategytest.Interval(4*market.Hour), strategytest.Bars(400))
	if changes < 100 {
		t.Errorf("the universe changed %d times in all runs", changes)
	}
}
