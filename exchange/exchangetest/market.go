package exchangetest

import (
	"context"
	"errors"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

const minute = market.Time(market.Minute)

func marketCases() []Case {
	return []Case{
		{Name: "market/instruments-have-filters", Doc: "the symbol is asked for; tick, step and limits are the venue's", Says: saysInstruments, run: func(c *trial) {
			in, want := c.listed(c.Instrument.Symbol), &c.plan.Instrument
			if in.Perpetual() {
				m := *in.Margin // of which the leverage is the account's
				m.Leverage = decimal.Max(m.Leverage, decimal.New(1, 0))
				in.Margin = &m
			}
			if err := in.Validate(); err != nil || in.ID != 0 || in.Perpetual() != want.Perpetual() {
				c.errorf("%s is listed with ID %d, perpetual %v: %v", in.Symbol, in.ID, in.Perpetual(), err)
			}
			c.equal("the tick", in.Tick, want.Tick)
			c.equal("the step", in.Step, want.Step)
			c.equal("the minimum quantity", in.MinQuantity, want.MinQuantity)
			c.equal("the maximum quantity", in.MaxQuantity, want.MaxQuantity)
			c.equal("the minimum notional", in.MinNotional, want.MinNotional)
		}},
		{Name: "market/no-symbols-lists-all", Doc: "no symbol is named; the one of the case is among the answers", Says: saysInstruments, run: func(c *trial) {
			list, err := c.Market.Instruments(c.ctx, nil)
			c.must("instruments", err)
			for _, in := range list {
				if in.Symbol == c.Instrument.Symbol {
					return
				}
			}
			c.errorf("%s is not among all %d", c.Instrument.Symbol, len(list))
		}},
		{Name: "market/unlisted-symbol-is-an-error", Doc: "a symbol that nobody lists is asked for beside a good one", Says: saysUnlisted, run: func(c *trial) {
			if list, err := c.Market.Instruments(c.ctx, []string{c.Instrument.Symbol, "NOSUCHCOIN"}); err == nil {
				c.errorf("the answer is %d instruments without an error", len(list))
			}
		}},
		{Name: "market/bars-are-the-market", Doc: "three bars are played and asked for; open, high, low, close and volume are those of the market", Says: saysBars, plan: moves("101", "99", "99.5"), run: func(c *trial) {
			from := c.now()
			c.plays(3)
			want, got := c.plan.Bars(from), c.bars(from, from+3*minute)
			if len(got) != 3 {
				c.fatalf("there are %d bars, and not 3", len(got))
			}
			for k, b := range got {
				if w := want.Bar(past + k); b != w {
					c.errorf("bar %d is %+v, and not %+v", k, b, w)
				}
			}
		}},
		{Name: "market/bars-rise", Doc: "the past is asked for; each bar opens a minute after the one before", Says: saysBars, run: func(c *trial) {
			list := c.bars(c.now()-8*minute, c.now())
			if len(list) != 8 {
				c.errorf("there are %d bars in eight minutes", len(list))
			}
			c.steady("Bars", list)
		}},
		{Name: "market/bars-span-is-half-open", Doc: "the span from the opening of one bar to that of another holds the first and not the last", Says: saysBars, run: func(c *trial) {
			from := c.now() - 5*minute
			list := c.bars(from, from+2*minute)
			if len(list) != 2 || list[0].OpenTime != from {
				c.errorf("from %s to %s there are %d bars: %+v", from, from+2*minute, len(list), list)
			}
		}},
		{Name: "market/bars-are-closed", Doc: "a span into the future holds no bar that has not closed", Says: saysBars, run: func(c *trial) {
			list := c.bars(c.now()-3*minute, c.now()+60*minute)
			if n := len(list); n == 0 || list[n-1].OpenTime+minute > c.Now() {
				c.errorf("at %s there are %d bars: %+v", c.now(), n, list)
			}
		}},
		{Name: "market/bars-of-nothing", Doc: "an empty span, and one in the future, yield nothing and no error", Says: saysBars, run: func(c *trial) {
			if n := len(c.bars(c.now(), c.now())) + len(c.bars(c.now()+5*minute, c.now()+9*minute)); n != 0 {
				c.errorf("there are %d bars", n)
			}
		}},
		{Name: "market/bars-coarser", Doc: "bars of five minutes are those that the minutes make", Says: saysBars, run: func(c *trial) {
			at := market.Interval(5 * market.Minute).Floor(c.now())
			n := 0
			for b, err := range c.Market.Bars(c.ctx, c.Instrument, 5*market.Minute, at-5*minute, at) {
				c.must("bars of five minutes", err)
				if n++; b.OpenTime != at-5*minute || b.Volume != 5*volume {
					c.errorf("the bar is %+v", b)
				}
			}
			if n != 1 {
				c.errorf("there are %d bars of five minutes in five minutes", n)
			}
		}},
		{Name: "market/bars-stop-early", Doc: "a reader breaks off after the first bar, and asks again", Says: saysBars, run: func(c *trial) {
			for range 2 {
				for _, err := range c.Market.Bars(c.ctx, c.Instrument, market.Minute, c.now()-8*minute, c.now()) {
					c.must("bars", err)
					break
				}
			}
		}},
		{Name: "market/bars-context-ends-them", Doc: "the context has ended; the bars end with its error", Says: saysBars, run: func(c *trial) {
			ctx, cancel := context.WithCancel(c.ctx)
			cancel()
			var last error
			for _, err := range c.Market.Bars(ctx, c.Instrument, market.Minute, c.now()-8*minute, c.now()) {
				last = err
			}
			if !errors.Is(last, context.Canceled) {
				c.errorf("they end with %v", last)
			}
		}},
	}
}

// listed asks for an instrument.
func (c *trial) listed(symbol string) market.Instrument {
	list, err := c.Market.Instruments(c.ctx, []string{symbol})
	c.must("instruments", err)
	if len(list) != 1 || list[0].Symbol != symbol {
		c.fatalf("asked for %s, the answer is %+v", symbol, list)
	}
	return list[0]
}

// bars asks for bars of a minute.
func (c *trial) bars(from, to market.Time) (list []market.Bar) {
	for b, err := range c.Market.Bars(c.ctx, c.Instrument, market.Minute, from, to) {
		c.must("bars", err)
		list = append(list, b)
	}
	return list
}

// steady checks that bars follow each other without a hole.
func (c *trial) steady(what string, list []market.Bar) {
	for k := 1; k < len(list); k++ {
		if list[k].OpenTime != list[k-1].OpenTime+minute {
			c.errorf("%s: after the bar of %s comes that of %s", what, list[k-1].OpenTime, list[k].OpenTime)
		}
	}
}

// plays plays the next bars.
func (c *trial) plays(n int) {
	for range n {
		c.Next()
	}
}

// now is the beginning of the minute that runs at the venue.
func (c *trial) now() market.Time { return market.Minute.Floor(c.Now()) }
