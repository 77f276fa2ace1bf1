package halt

import (
	"errors"
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// tally keeps the trades that closed lately, place by place, and judges a place once all
// trades of an instant are known: their order is chance.
type tally struct {
	*Stop
	lookback market.Duration
	sided    bool                                          // long and short trades are judged and stopped apart
	counts   func(t *risk.Trade, earned share) bool        // nil: all do
	ends     func(d *risk.Desk, t *risk.Trade) market.Time // when a halt for a trade lifts; nil: For after it
	judge    func(k int, list []closed) string             // what is wrong in a cell; "" is nothing

	cells []cell
	dirty bool
}

// closed is a trade that counts.
type closed struct {
	at     market.Time
	known  market.Time // in which instant
	ends   market.Time // of a halt for it; 0: never
	earned share       // of its cost
}

// cell is the trades of one place and, where they are told apart, of one side.
type cell struct {
	trades []closed // by the time they closed
	desk   *risk.Desk
	halted bool
	until  market.Time
}

// checkTrades reports what makes no sense of settings that rules about trades have in common.
func (s *Stop) checkTrades(lookback market.Duration, limit int, sided bool) error {
	switch {
	case lookback <= 0:
		return errors.New("lookback is needed: how far back trades count, such as 24h")
	case limit < 1:
		return fmt.Errorf("trade_limit = %d must be at least 1", limit)
	case sided && s.Action == "flatten":
		return errors.New("only_per_side stops one side of the market: with action = \"flatten\" both would be closed")
	}
	return s.check()
}

// begin subscribes to trades.
func (t *tally) begin(s *risk.Setup) error {
	if err := t.settle(s); err != nil {
		return err
	}
	n := len(t.places)
	if t.sided {
		n *= 2
	}
	t.cells = make([]cell, n)
	s.Trades(t.trade)
	return nil
}

// cell returns the number of a cell; -1 is none.
func (t *tally) cell(v *risk.View, i market.InstrumentID, short bool) int {
	k := t.at(v, i)
	if k < 0 || !t.sided {
		return k
	}
	if k *= 2; short {
		k++
	}
	return k
}

// place returns the place of a cell, and the side that it is about; 0 is both.
func (t *tally) place(k int) (place int, side market.Side) {
	if !t.sided {
		return k, 0
	}
	return k / 2, market.Side(k%2) + market.Buy
}

// trade notes a trade.
func (t *tally) trade(d *risk.Desk, x risk.Trade) {
	earned := earnings(&x)
	k := t.cell(&d.View, x.Instrument, x.Short)
	if k < 0 || t.counts != nil && !t.counts(&x, earned) {
		return
	}
	ends := t.after(x.Exit)
	if t.ends != nil {
		ends = t.ends(d, &x)
	}
	t.cells[k].desk = d
	t.cells[k].add(closed{x.Exit, d.Now(), ends, earned})
	if !t.dirty {
		t.dirty = true
		d.Later(t.conclude)
	}
}

// earnings returns what a trade earned as a share of what it cost.
func earnings(t *risk.Trade) share {
	if !t.Cost.IsPositive() {
		return 0
	}
	return share(market.Divide(t.Profit.Shift(9), t.Cost, 0).IntPart())
}

// add puts a trade behind those that closed before it.
func (c *cell) add(x closed) {
	n := len(c.trades)
	for n > 0 && c.trades[n-1].at > x.at {
		n--
	}
	c.trades = slices.Insert(c.trades, n, x)
}

// conclude judges the cells that an instant brought trades for.
func (t *tally) conclude(*risk.Desk) {
	t.dirty = false
	for k := range t.cells {
		if c := &t.cells[k]; c.desk != nil {
			t.weigh(c.desk, k, c)
			c.desk = nil
		}
	}
}

// weigh judges a cell. A halt that stands is only ever made longer. After the operator's
// resume only the trades since count.
func (t *tally) weigh(d *risk.Desk, k int, c *cell) {
	now := d.Now()
	place, side := t.place(k)
	stands := c.halted && t.halted(d, place, side)
	if c.halted && !stands && (c.until == 0 || c.until > now) {
		c.trades = slices.DeleteFunc(c.trades, func(x closed) bool { return x.known < now })
	}
	c.halted = stands
	c.trades = c.trades[t.old(c.trades, now):]
	measured := t.judge(k, c.trades)
	if measured == "" {
		return
	}
	until := c.trades[0].ends
	for _, x := range c.trades {
		until = max(until, x.ends)
	}
	if stands && until <= c.until || until > 0 && until <= now {
		return
	}
	c.halted, c.until = true, until
	t.halt(d, place, side, measured, until)
}

// old returns how many of the trades count no more. Without a lookback those do that a halt
// would still stand for.
func (t *tally) old(list []closed, now market.Time) int {
	n := 0
	for n < len(list) && (t.lookback > 0 && list[n].at <= now-market.Time(t.lookback) || t.lookback == 0 && list[n].ends <= now) {
		n++
	}
	return n
}

// lately returns the trades that count where an order is.
func (t *tally) lately(v *risk.View, o *market.Order) []closed {
	k := t.cell(v, o.Instrument, o.Side == market.Sell)
	if k < 0 {
		return nil
	}
	list := t.cells[k].trades
	return list[t.old(list, v.Now()):]
}

// who names the place of a cell.
func (t *tally) who(k int) string {
	place, side := t.place(k)
	switch side {
	case market.Buy:
		return t.places[place].name + " on the long side"
	case market.Sell:
		return t.places[place].name + " on the short side"
	}
	return t.places[place].name
}
