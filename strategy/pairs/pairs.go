// Package pairs is the strategy pairs: where the prices of two instruments that go together
// have come apart, it buys the cheap one and sells the dear one short, until they are back.
package pairs

import (
	_ "embed"
	"fmt"
	"math"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// The values of Hedge.
const (
	ratio      = "ratio"      // the legs are worth the same
	regression = "regression" // a rolling line says how much of the second hedges the first
)

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "pairs",
		Doc:    "of two instruments that have come apart, buys the cheap one and, on perpetual futures, sells the dear one short",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{Hedge: ratio, Period: 60, Enter: 2, Exit: 0.5, Stop: 4}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.WeightParams
	strategy.ShortParams
	Hedge  string  `toml:"hedge" param:"oneof=ratio|regression" doc:"how the two belong together: their ratio, or a rolling regression of the first on the second"`
	Period int     `toml:"period" param:"min=5,max=5000,step=1" doc:"bars that the z-score is measured over"`
	Enter  float64 `toml:"enter" param:"min=0.1,max=10" doc:"z-score from which on they have come apart"`
	Exit   float64 `toml:"exit" param:"min=-5,max=5" doc:"z-score within which they are back; less than enter"`
	Stop   float64 `toml:"stop" param:"min=0,max=50" doc:"z-score at which to give up, until they are back; 0 never does"`

	share  float64 // of equity, for each leg
	legs   [2]market.InstrumentID
	bars   *strategy.Bars
	score  *indicator.ZScore     // of the log ratio
	line   *indicator.Regression // of the log of the first on that of the second
	side   strategy.Stance       // on the first: Long is the second short
	held   [2]float64            // weights of the legs that were asked for
	spent  strategy.Stance       // the side that was given up, in or not: nothing is opened until they are back
	opened bool                  // the position from before the first decision was looked at
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	list := s.Instruments()
	switch {
	case len(list) != 2:
		return fmt.Errorf("a pair is of two symbols, and there are %d", len(list))
	case c.Hedge != ratio && c.Hedge != regression:
		return fmt.Errorf("hedge = %q must be %q or %q", c.Hedge, ratio, regression)
	case !(c.Exit < c.Enter):
		return fmt.Errorf("exit = %v must be less than enter = %v", c.Exit, c.Enter)
	case c.Stop != 0 && !(c.Stop > c.Enter):
		return fmt.Errorf("stop = %v must be more than enter = %v, or 0", c.Stop, c.Enter)
	}
	if err = c.Check(s); err != nil {
		return err
	}
	if c.share, err = c.Share(s); err != nil {
		return err
	}
	c.legs = [2]market.InstrumentID{list[0].ID, list[1].ID}
	c.score, c.line = indicator.NewZScore(c.Period), indicator.NewRegression(c.Period)
	s.Orders(c.update)
	s.Trades(c.closed)
	c.bars = s.Instant(strategy.BarQuery{Warmup: c.Period, Lookback: 1}, c.instant)
	return nil
}

// instant takes the bars of the two that closed together. One without the other says
// nothing of their ratio.
func (c *Config) instant(ctx *strategy.Context) {
	a, b := c.bars.At(c.legs[0]), c.bars.At(c.legs[1])
	if a.Len() == 0 || b.Len() == 0 || a.Stamp() != b.Stamp() {
		return
	}
	y, x := market.Log(a.LastClose()), market.Log(b.LastClose())
	c.score.Update(y - x)
	c.line.Update(x, y)
	if !ctx.Warm() || !c.score.Ready() {
		return
	}
	if !c.opened {
		c.adopt(ctx)
	}
	c.decide(ctx, c.apart())
}

// noise is a deviation that comes of rounding: logarithms of prices are known to some 1e-15.
const noise = 1e-12

// apart returns how far the first is above where the second says it belongs, in standard
// deviations.
func (c *Config) apart() float64 {
	switch {
	case c.Hedge == ratio && c.score.StdDev() > noise:
		return c.score.Value()
	case c.Hedge == regression && c.line.Deviation() > noise:
		return c.line.Residual() / c.line.Deviation()
	}
	return 0
}

// adopt takes over a position that was there before the strategy was.
func (c *Config) adopt(ctx *strategy.Context) {
	c.opened = true
	for k, i := range c.legs {
		c.held[k] = float64(ctx.Position(i).Sign())
	}
	if c.side = strategy.Stance(c.held[0]); c.side == strategy.Flat {
		c.side = -strategy.Stance(c.held[1])
	}
}

// decide opens where they are apart, and closes where they are back or too far apart.
func (c *Config) decide(ctx *strategy.Context, z float64) {
	if c.back(c.spent, z) {
		c.spent = strategy.Flat
	}
	cheap := strategy.Short // the side to be on
	if z < 0 {
		cheap = strategy.Long
	}
	if c.Stop > 0 && math.Abs(z) >= c.Stop {
		c.spent = cheap // whether it is in or not
	}
	switch {
	case c.side != strategy.Flat && (c.side == c.spent || c.back(c.side, z)):
		c.leave(ctx, c.spent)
	case c.side == strategy.Flat && c.spent == strategy.Flat && math.Abs(z) >= c.Enter:
		c.enter(ctx, cheap)
	}
}

// back reports whether they are together again, for one who went on a side.
func (c *Config) back(side strategy.Stance, z float64) bool { return float64(side)*z >= -c.Exit }

// enter opens the leg that is bought, and the other where it may be short.
func (c *Config) enter(ctx *strategy.Context, side strategy.Stance) {
	first, second := c.sizes()
	if first == 0 {
		return
	}
	c.side = side
	c.held = [2]float64{float64(c.Allow(side)) * first, float64(c.Allow(-side)) * second}
	c.aim(ctx, c.held)
}

// sizes returns how large the legs are, as shares of equity. By a regression one percent
// of the second goes with slope percent of the first; the larger leg gets the whole share.
// A slope that is not above 0 hedges nothing.
func (c *Config) sizes() (first, second float64) {
	if c.Hedge == ratio {
		return c.share, c.share
	}
	slope := c.line.Value()
	if !(slope > 0) {
		return 0, 0
	}
	return c.share * min(1, 1/slope), c.share * min(1, slope)
}

// leave closes both legs. What is spent is not opened again before they are back.
func (c *Config) leave(ctx *strategy.Context, spent strategy.Stance) {
	c.side, c.spent = strategy.Flat, spent
	c.aim(ctx, [2]float64{})
}

// aim asks for the legs that it has to do with.
func (c *Config) aim(ctx *strategy.Context, weights [2]float64) {
	for k, i := range c.legs {
		if c.held[k] == 0 {
			continue
		}
		ctx.Must(ctx.Target(i, weights[k]))
	}
	c.held = weights
}

// update closes a pair one leg of which was refused: half of it is a bet on one price.
func (c *Config) update(ctx *strategy.Context, u market.OrderUpdate) {
	if c.side != strategy.Flat && (u.State == market.Refused || u.State == market.Rejected) {
		c.leave(ctx, c.side)
	}
}

// closed closes the other leg where a rule, or a liquidation, has closed one.
func (c *Config) closed(ctx *strategy.Context, _ strategy.Trade) {
	if c.side != strategy.Flat {
		c.leave(ctx, c.side)
	}
}
