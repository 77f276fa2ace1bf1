package strategytest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestCheatMemoryWithoutEnd(t *testing.T) {
	for name, p := range map[string]strategy.Plugin{
		"each close": plugin(func() strategy.Strategy {
			var closes []float64
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
				closes = append(closes, s.LastClose())
				rising(c, s)
			}}
		}),
		"a map by time": plugin(func() strategy.Strategy {
			seen := map[market.Time]bool{}
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
				seen[c.Now()] = true
				rising(c, s)
			}}
		}),
		"orders that are looked at": plugin(func() strategy.Strategy {
			var all [][]market.Order
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
				rising(c, s)
				all = append(all, c.OpenOrders(s.Instrument()))
			}}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			check(t, p, []string{"needs more and more memory", "bytes after", "at strategytest/weigh_test.go:", "an append"}, strategytest.Bars(300))
		})
	}
}

// The memory of orders is the engine's, a window that is full grows no more, and what is
// thrown away is not kept.
func TestUsage(t *testing.T) {
	for name, c := range map[string]struct {
		plugin strategy.Plugin
		want   string
	}{
		"a window": {plugin(func() strategy.Strategy {
			mean := indicator.NewSMA(50, 2)
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
				mean.Update(s.LastClose())
				rising(c, s)
			}}
		}), "no allocation in "},
		"prices that orders keep": {plugin(func() strategy.Strategy {
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
				i := s.Instrument()
				for _, o := range c.OpenOrders(i) {
					c.Cancel(o.ID)
				}
				c.Submit(market.Order{
					Instrument: i, Side: market.Buy, Type: market.Limit, Quantity: decimal.New(1, -1), Price: market.Price(s.Low()[0], s.PriceScale()),
				})
			}}
		}), "bytes a bar, most at strategytest/weigh_test.go:"},
		"a copy each bar": {plugin(func() strategy.Strategy {
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
				copied := append([]float64(nil), s.Close()...)
				_ = fmt.Sprint(copied)
				rising(c, s)
			}}
		}), "bytes a bar, most at strategytest/weigh_test.go:"},
	} {
		t.Run(name, func(t *testing.T) {
			l := &logger{}
			strategytest.Run(l, c.plugin, strategytest.Bars(100))
			if len(l.errors) > 0 || !strings.Contains(l.logged, c.want) {
				t.Errorf("got %q and %q", l.errors, l.logged)
			}
			t.Log(l.logged)
		})
	}
}

type logger struct {
	recorder
	logged string
}

func (l *logger) Logf(format string, args ...any) { l.logged = fmt.Sprintf(format, args...) }
