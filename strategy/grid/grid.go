// Package grid is the strategy grid: it lays lines across the price, buys at each line
// below and sells what was bought at the next line above, again and again. Long only.
package grid

import (
	_ "embed"
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// The values of Leave.
const (
	wait     = "wait"     // the grid stays where it is
	recentre = "recentre" // it is laid anew around the price
)

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "grid",
		Doc:    "buys at lines below the price and sells each at the next line above; long only",
		Sample: sample,
		New:    func() strategy.Strategy { return &Config{Cells: 10, Width: 0.1, Leave: recentre} },
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.WeightParams
	Cells int     `toml:"cells" param:"min=2,max=100,step=1" doc:"spaces between lines; each buys and sells the same money"`
	Width float64 `toml:"width" param:"min=0.005,max=2" doc:"how far the grid reaches above the price at which it is laid, as a share; as many times below"`
	Lower float64 `toml:"lower" param:"min=0,max=1000000000" doc:"lowest line in quote, of one symbol; 0 with upper 0 lays the grid by width"`
	Upper float64 `toml:"upper" param:"min=0,max=1000000000" doc:"highest line in quote, of one symbol"`
	Leave string  `toml:"leave" param:"oneof=wait|recentre" doc:"when the price closes outside the lines: wait for it, or lay the grid anew around it"`

	share float64 // of equity, for each instrument
	grids strategy.States[lattice]
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	list := s.Instruments()
	if c.share, err = c.Share(s); err != nil {
		return err
	}
	if err := c.check(len(list)); err != nil {
		return err
	}
	for k := range list {
		if fees := float64(2 * market.Float(list[k].Fees.Worst())); c.ratio() <= 1+fees {
			return fmt.Errorf("a step from line to line of %.2f %% does not pay two fees of %s, %.2f %%: fewer cells, or a wider grid",
				100*(c.ratio()-1), list[k].Symbol, 100*fees)
		}
	}
	s.Orders(c.update)
	s.Bars(strategy.BarQuery{Lookback: 1}, c.bar)
	return nil
}

// check reports parameters that make no sense together.
func (c *Config) check(symbols int) error {
	switch fixed := c.fixed(); {
	case fixed && !(c.Lower > 0 && c.Upper > c.Lower):
		return fmt.Errorf("lower = %v must be above 0 and below upper = %v", c.Lower, c.Upper)
	case fixed && symbols > 1:
		return fmt.Errorf("lower and upper are prices of one symbol, and there are %d: use width", symbols)
	case fixed && c.Leave == recentre:
		return fmt.Errorf("lower and upper fix the grid: that needs leave = %q", wait)
	case c.Leave != wait && c.Leave != recentre:
		return fmt.Errorf("leave = %q must be %q or %q", c.Leave, wait, recentre)
	}
	return nil
}

// fixed reports whether the configuration says where the grid lies.
func (c *Config) fixed() bool { return c.Lower != 0 || c.Upper != 0 }

// ends returns the lowest and the highest line of a grid laid at a price.
func (c *Config) ends(price float64) (lower, upper float64) {
	if c.fixed() {
		return c.Lower, c.Upper
	}
	return price / (1 + c.Width), float64(price * (1 + c.Width))
}

// ratio returns how many times the line below each line is: the lines are as far apart
// for a return, not for a price.
func (c *Config) ratio() float64 {
	lower, upper := c.ends(1)
	return market.Pow(upper/lower, 1/float64(c.Cells))
}

// bar looks at a grid where an order ended, or the price crossed a line.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	if !ctx.Warm() {
		return
	}
	g := c.grids.Of(s.Instrument(), newLattice)
	var err error
	switch price := s.LastClose(); {
	case g.phase == absent && ctx.Now() < g.again:
	case g.phase == absent:
		err = c.lay(ctx, g, s.Instrument(), price)
	case g.phase == filling && len(ctx.OpenOrders(s.Instrument())) > 0: // the target still works
	case g.phase == filling:
		g.phase = laid
		err = g.arm(ctx, s.Instrument(), price)
	case c.Leave == recentre && g.outside(price):
		err = g.clear(ctx)
	case g.changed || g.crossed(price) || ctx.Now() >= g.again:
		err = g.arm(ctx, s.Instrument(), price)
	}
	ctx.Must(err)
}

// lay makes the lines, and asks for what the cells above the price are to sell.
func (c *Config) lay(ctx *strategy.Context, g *lattice, i market.InstrumentID, price float64) error {
	lower, upper := c.ends(price)
	if g.draw(ctx.Instrument(i), lower, upper, c.ratio(), c.Cells); len(g.cells) == 0 { // all on one tick
		g.again = ctx.Now().NextDay()
		return nil
	}
	share, err := market.Weight(c.share)
	if err != nil {
		return err
	}
	part, err := market.Weight(1 / float64(len(g.cells)))
	if err != nil {
		return err
	}
	g.money = ctx.Equity().Mul(share).Mul(part)
	holds := 0
	for k := range g.cells {
		if g.cells[k].holds = g.lines[k] >= price; g.cells[k].holds {
			holds++
		}
	}
	g.phase, g.again = filling, never
	return ctx.Target(i, c.share*float64(holds)/float64(len(g.cells)))
}
