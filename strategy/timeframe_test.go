package strategy_test

import (
	"fmt"
	"testing"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// TestTimeframes: a strategy on minutes sees bars of an hour and of a day once they have closed, and
// never an open one. In the instant in which all close, the subscriptions are called in their order.
func TestTimeframes(t *testing.T) {
	h := world(t, listing{"BTCUSDT", market.Minute, 0, 3 * 24 * 60, 1, 1})
	closes := h.Series[0].Columns.Close
	for k := range closes {
		closes[k] = float64(1000 + k) // the close of minute k
		h.Series[0].Columns.High[k], h.Series[0].Columns.Open[k] = closes[k], closes[k]
	}
	minute := func(at market.Time) int { return int((at-start)/market.Time(market.Minute)) - 1 }
	seen := map[market.Interval]int{}
	var hourly, daily *strategy.Bars
	average := indicator.NewSMA(3, 2)
	check := func(c *strategy.Context, s *strategy.Series) {
		seen[s.Interval()]++
		if last := minute(c.Now()); s.LastClose() != closes[last] || s.Time(s.Len()-1) != c.Now() {
			t.Fatalf("%s %s: close %v at %s", c.Now(), s.Interval(), s.LastClose(), s.Time(s.Len()-1))
		}
	}
	err := run(t, h, func(s *strategy.Setup) error {
		hourly = s.Bars(strategy.BarQuery{Interval: market.Hour, Lookback: 1}, func(c *strategy.Context, s *strategy.Series) {
			check(c, s)
			average.Update(s.LastClose())
		})
		daily = s.Bars(strategy.BarQuery{Interval: market.Daily, Lookback: 1}, check)
		s.Bars(strategy.BarQuery{Lookback: 1}, func(c *strategy.Context, s *strategy.Series) {
			check(c, s)
			last := minute(c.Now())
			for b, d := range map[*strategy.Bars]market.Interval{hourly: market.Hour, daily: market.Daily} {
				closed := int((c.Now()-start)/market.Time(d))*int(d/market.Minute) - 1
				if closed >= 0 && b.At(0).LastClose() != closes[closed] || closed < 0 && b.At(0).Len() != 0 {
					t.Fatalf("%s: the bar of %s is not the last that has closed", c.Now(), d)
				}
			}
			if hours := (last + 1) / 60; hours >= 3 { // closes of hours lie 60 apart, so that the one in the middle is the mean
				if want := closes[(hours-1)*60-1]; average.Value() != want {
					t.Fatalf("%s: average of three hours %v, not %v", c.Now(), average.Value(), want)
				}
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(seen[market.Minute], seen[market.Hour], seen[market.Daily]), "4320 72 3"; got != want {
		t.Errorf("minutes, hours, days: %s, not %s", got, want)
	}
}
