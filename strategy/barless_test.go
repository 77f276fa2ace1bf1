package strategy_test

import (
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// A strategy on a schedule alone has the prices that its orders need, from the first bar on.
func TestStrategyWithoutBarsWatchesTheConfiguredOnes(t *testing.T) {
	var calls int
	var early, late error
	held := 0
	err := run(t, world(t, listing{"BTCUSDT", market.Hour, 0, 48, 10, 1000}, listing{"ETHUSDT", market.Hour, 30, 48, 10, 1000}), func(s *strategy.Setup) error {
		s.Schedule("0 2 * * *", func(c *strategy.Context) {
			if calls++; calls == 1 {
				early = c.Target(1, 0.5) // not listed yet
				late = c.Target(0, 0.5)
			}
			if c.Position(0).IsPositive() && c.Price(0) == 10 {
				held++
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls != 2 || held != 1 || early != strategy.ErrWarmup || late != nil {
		t.Errorf("%d calls, %d with a position; errors %v before the listing and %v", calls, held, early, late)
	}
}
