package strategytest_test

import (
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/all"
	"github.com/signalman-trading/signalman/strategy/rebalance"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestZZ(t *testing.T) {
	worst := map[string]time.Duration{}
	for _, d := range []market.Interval{market.Minute, 15 * market.Minute, market.Hour, market.Daily, market.Weekly} {
		for seed := range uint64(4) {
			for _, p := range all.All() {
				b := time.Now()
				err := strategytest.Check(p, strategytest.Seed(seed), strategytest.Interval(d), strategytest.Instruments(int(seed%4)+1))
				k := p.Name + d.String()
				worst[k] = max(worst[k], time.Since(b))
				if err != nil {
					t.Log(p.Name, d, seed, err)
				}
			}
			p := rebalance.Plugin()
			if err := strategytest.Check(p, strategytest.Seed(seed), strategytest.Interval(d), strategytest.Instruments(4),strategytest.With(func(c *rebalance.Config) { c.Top, c.Schedule, c.OnAbsent = 2, "30 9 * * *", "keep" })); err != nil {
				t.Log(p.Name, d, seed, err)
			}
		}
	}
	t.Log(worst)
	_ = strategy.Plugin{}
}
