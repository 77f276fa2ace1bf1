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

// kept is a package variable that grows.
var kept []float64

func TestCheatMemoryWithoutEnd(t *testing.T) {
	for name, p := range map[string]strategy.Plugin{
		"each close": plugin(func() strategy.Strategy {
			var closes []float64
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
				closes = append(closes, s.LastClose())
				rising(c, s)
			}}
		}),
		"a package variable": plugin(func() strategy.Strategy {
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
				kept = append(kept, s.LastClose())
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
		"a window of each of many": {plugin(func() strategy.Strategy {
			var windows strategy.States[indicator.SMA]
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
				windows.Of(s.Instrument(), func() *indicator.SMA { return indicator.NewSMA(50, 2) }).Update(s.LastClose())
				rising(c, s)
			}}
		}), "no allocation in "},
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
			opts := []strategytest.Option{strategytest.Bars(100)}
			if strings.HasSuffix(name, "many") {
				opts = append(opts, strategytest.Instruments(10))
			}
			strategytest.Run(l, c.plugin, opts...)
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

// What is bounded is taken for a leak until there are bars enough to fill it.
func TestWindowThatIsNotFull(t *testing.T) {
	p := plugin(func() strategy.Strategy {
		var windows strategy.States[[]float64]
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			w := windows.Of(s.Instrument(), func() *[]float64 { return new([]float64) })
			if *w = append(*w, s.LastClose()); len(*w) > 500 {
				*w = append((*w)[:0], (*w)[1:]...)
			}
			rising(c, s)
		}}
	})
	check(t, p, []string{"more and more memory", "is not full yet, needs more bars", "three times"}, strategytest.Bars(200))
	strategytest.Run(t, p, strategytest.Bars(1500))
}
