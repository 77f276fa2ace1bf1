package strategytest_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// What a strategy leaves in a package variable, and Close takes away, is there when a
// process that was killed starts again.
func TestCheatStateBesideTheStruct(t *testing.T) {
	bars := map[string]int{}
	p := plugin(func() strategy.Strategy {
		return &scripted{
			bar: func(c *strategy.Context, s *strategy.Series) {
				bars["all"]++
				steer(c, s.Instrument(), bars["all"]%40 < 20)
			},
			close: func() error { clear(bars); return nil },
		}
	})
	check(t, p, append(decision, "does not survive a restart", "its process ended at 2024-", "without a restart:", "which the first one left behind"))
}

// An instance that finds another one alive, and waits for its end, never begins after a
// restart.
func TestCheatLock(t *testing.T) {
	var owner *scripted
	p := plugin(func() strategy.Strategy {
		x := &scripted{}
		x.start = func(*strategy.Setup) {
			if owner == nil {
				owner = x
			}
		}
		x.bar = func(c *strategy.Context, s *strategy.Series) {
			if owner == x {
				rising(c, s)
			}
		}
		x.close = func() error { owner = nil; return nil }
		return x
	})
	check(t, p, append(decision, "does not survive a restart", "no decision"))
}

// Linked orders, of which some work and some wait, go on over a restart.
func TestRestartOfBrackets(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			i := s.Instrument()
			if c.Position(i).IsPositive() || len(c.OpenOrders(i)) > 0 {
				return
			}
			at := func(share float64) decimal.Decimal { return market.Price(s.LastClose()*share, s.PriceScale()) }
			entry := market.Order{Instrument: i, Side: market.Buy, Type: market.Limit, Price: at(0.99), Quantity: decimal.New(1, 0)}
			stop := market.Order{Instrument: i, Side: market.Sell, Type: market.Stop, Stop: at(0.96)}
			target := market.Order{Instrument: i, Side: market.Sell, Type: market.Limit, Price: at(1.05)}
			c.SubmitLinked(market.Bracket(entry, stop, target))
		}}
	})
	strategytest.Run(t, p, strategytest.Bars(100))
}

// Schedules between bars go on over a restart.
func TestRestartOfSchedules(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		return &scripted{
			start: func(s *strategy.Setup) {
				s.Schedule("*/7 * * * *", func(c *strategy.Context) {
					if c.Warm() {
						steer(c, 0, int64(c.Now())/3_600_000_000_000%5 < 2)
					}
				})
			},
			bar: func(*strategy.Context, *strategy.Series) {},
		}
	})
	strategytest.Run(t, p, strategytest.Bars(100))
}
