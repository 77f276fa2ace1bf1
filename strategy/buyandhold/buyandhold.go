// Package buyandhold is the strategy buy_and_hold: buy each instrument once and keep it.
// What every other strategy has to beat. Long only.
package buyandhold

import (
	_ "embed"

	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "buy_and_hold",
		Doc:    "buy each instrument once, on its first bar, and keep it; long only",
		Sample: sample,
		New:    func() strategy.Strategy { return &Config{} },
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.WeightParams

	share float64
	asked strategy.States[bool] // for the one purchase
}

// Init subscribes to bars.
func (c *Config) Init(s *strategy.Setup) (err error) {
	c.share, err = c.Share(s)
	s.Bars(strategy.BarQuery{Lookback: 1}, c.bar)
	return err
}

// bar asks for the purchase on the first bar on which orders may be made. A position that
// is there already is the purchase.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	asked := c.asked.Of(s.Instrument(), func() *bool { return new(bool) })
	if *asked || !ctx.Warm() {
		return
	}
	*asked = true
	if !ctx.Position(s.Instrument()).IsZero() {
		return
	}
	ctx.Must(ctx.Target(s.Instrument(), c.share))
}
