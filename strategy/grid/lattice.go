package grid

import (
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// lattice is the grid of one instrument.
type lattice struct {
	phase   phase
	lines   []float64       // rising
	cells   []cell          // each between two lines
	money   decimal.Decimal // that a cell buys for, in quote
	at      int             // lines below the last close
	changed bool            // an order ended since the last look
	again   market.Time     // when to ask again for what was turned down
}

// phase is how far a grid has come.
type phase int8

const (
	absent  phase = iota
	filling       // the position that it begins with is being bought
	laid
)

// cell is the space between two lines: it buys at the lower one and sells at the upper.
type cell struct {
	lower, upper decimal.Decimal
	holds        bool // what it bought, or began with
	works        bool // its order
	down         bool // its order was turned down: it waits for the next day
	order        market.OrderID
	rest         decimal.Decimal // of its order, in base
}

// never is later than any time.
const never = market.Time(math.MaxInt64)

func newLattice() *lattice { return &lattice{} }

// draw makes the lines on the ticks of the instrument. Those that fall on one tick are one.
func (g *lattice) draw(in market.Instrument, lower, upper, ratio float64, cells int) {
	g.lines, g.cells, g.at = g.lines[:0], g.cells[:0], 0
	last := decimal.Zero
	for k := range cells + 1 {
		if k == cells {
			lower = upper
		}
		line := market.ToTick(market.Price(lower, -in.Tick.Exponent()), in.Tick, market.Down)
		if line.GreaterThan(last) {
			if last.IsPositive() {
				g.cells = append(g.cells, cell{lower: last, upper: line})
			}
			g.lines = append(g.lines, market.Float(line))
			last = line
		}
		lower = float64(lower * ratio)
	}
}

// outside reports whether a price is beyond the lines.
func (g *lattice) outside(price float64) bool {
	return price < g.lines[0] || price > g.lines[len(g.lines)-1]
}

// crossed reports whether a price lies between other lines than the last one.
func (g *lattice) crossed(price float64) bool {
	was := g.at
	for g.at > 0 && g.lines[g.at-1] >= price {
		g.at--
	}
	for g.at < len(g.lines) && g.lines[g.at] < price {
		g.at++
	}
	return g.at != was
}

// arm submits the orders of the cells that have none: what a cell holds is for sale at its
// upper line, and one that holds nothing buys at its lower, once the price is above it.
func (g *lattice) arm(ctx *strategy.Context, i market.InstrumentID, price float64) (err error) {
	if ctx.Now() >= g.again {
		g.forgive()
	}
	g.changed = false
	in, cash := ctx.Instrument(i), ctx.Cash()
	each := g.part(ctx.Position(i), in.Step)
	costs := decimal.New(1, 0).Add(in.Fees.Worst())
	for k := range g.cells {
		x := &g.cells[k]
		o := market.Order{Instrument: i, Side: market.Buy, Type: market.Limit, Price: x.lower, Reason: "line"}
		switch {
		case x.works || x.down:
		case x.holds:
			o.Side, o.Price, o.Quantity = market.Sell, x.upper, each
			x.holds = each.IsPositive() // or it has gone: a rule sold it
		case price > g.lines[k]:
			unit := x.lower.Mul(costs)
			o.Quantity = market.Affordable(decimal.Min(g.money, cash), unit, in.Step)
			cash = cash.Sub(o.Quantity.Mul(unit))
		}
		if o.Quantity.IsZero() {
			continue
		}
		if x.order, err = ctx.Submit(o); err != nil {
			return err
		}
		x.works, x.rest = true, o.Quantity
	}
	return nil
}

// forgive lets the cells try again whose orders were turned down.
func (g *lattice) forgive() {
	for k := range g.cells {
		g.cells[k].down = false
	}
	g.again = never
}

// part returns what each cell gets to sell that has nothing for sale yet: an equal part of
// what is in no order. What is left below a step goes to those after them.
func (g *lattice) part(position, step decimal.Decimal) decimal.Decimal {
	count := int64(0)
	for k := range g.cells {
		switch x := &g.cells[k]; {
		case x.holds && x.works:
			position = position.Sub(x.rest)
		case x.holds && !x.down:
			count++
		}
	}
	if count == 0 {
		return decimal.Zero
	}
	return market.Affordable(position, decimal.New(count, 0), step)
}

// clear ends the grid: the next bar lays another.
func (g *lattice) clear(ctx *strategy.Context) error {
	for k := range g.cells {
		if !g.cells[k].works {
			continue
		}
		if err := ctx.Cancel(g.cells[k].order); err != nil {
			return err
		}
	}
	g.phase, g.cells, g.again = absent, g.cells[:0], 0
	return nil
}

// update takes what became of an order.
func (c *Config) update(ctx *strategy.Context, u market.OrderUpdate) {
	o, _, _ := ctx.Order(u.ID)
	g := c.grids.Of(o.Instrument, newLattice)
	for k := range g.cells {
		if x := &g.cells[k]; x.works && x.order == u.ID {
			x.rest = o.Quantity.Sub(u.Filled)
			if u.State.Final() {
				g.end(x, o.Side, u, ctx.Now())
			}
			return
		}
	}
}

// end takes the end of a cell's order. One that was turned down, or ended by a rule, is
// asked for again on the next day: at each bar it would help nobody.
func (g *lattice) end(x *cell, side market.Side, u market.OrderUpdate, now market.Time) {
	x.works, g.changed = false, true
	switch {
	case side == market.Buy:
		x.holds = u.Filled.IsPositive()
	case u.State == market.Filled:
		x.holds = false
	}
	if u.State != market.Filled {
		x.down, g.again = true, now.NextDay()
	}
}
