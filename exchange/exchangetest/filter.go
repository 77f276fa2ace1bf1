package exchangetest

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

func filterCases() []Case {
	return []Case{
		{Name: "filters/price-off-tick-is-rejected", Doc: "a price half a tick beside the grid", Says: saysFilters, run: func(c *trial) {
			o := c.order(market.Buy, market.Limit, "1", "95")
			o.Price = o.Price.Add(half(c.Instrument.Tick))
			c.leavesNothing(o)
		}},
		{Name: "filters/trigger-off-tick-is-rejected", Doc: "a trigger price half a tick beside the grid", Says: saysFilters, run: func(c *trial) {
			o := c.order(market.Buy, market.Stop, "1", "105")
			o.Stop = o.Stop.Add(half(c.Instrument.Tick))
			c.leavesNothing(o)
		}},
		{Name: "filters/quantity-off-step-is-rejected", Doc: "a quantity of one and half a step", Says: saysFilters, run: func(c *trial) {
			o := c.order(market.Buy, market.Limit, "1", "95")
			o.Quantity = o.Quantity.Add(half(c.Instrument.Step))
			c.leavesNothing(o)
		}},
		{Name: "filters/quantity-below-minimum-is-rejected", Doc: "the minimum quantity is 0.5; 0.4 is asked for", Says: saysFilters, plan: lists(func(in *market.Instrument) { in.MinQuantity = dec("0.5") }), run: func(c *trial) {
			c.leavesNothing(c.order(market.Buy, market.Limit, "0.4", "95"))
		}},
		{Name: "filters/quantity-above-maximum-is-rejected", Doc: "the maximum quantity is 5; 6 are asked for", Says: saysFilters, plan: lists(func(in *market.Instrument) { in.MaxQuantity = dec("5") }), run: func(c *trial) {
			c.leavesNothing(c.order(market.Buy, market.Limit, "6", "95"))
		}},
		{Name: "filters/notional-below-minimum-is-rejected", Doc: "the minimum notional is 5; 0.01 at 95 are asked for", Says: saysFilters, run: func(c *trial) {
			c.leavesNothing(c.order(market.Buy, market.Limit, "0.01", "95"))
		}},
		{Name: "filters/market-order-below-minimum-is-rejected", Doc: "the minimum notional is 5; 0.01 are to be bought at 100", Says: saysFilters, run: func(c *trial) {
			c.leavesNothing(c.order(market.Buy, market.Market, "0.01", ""))
		}},
		{Name: "filters/price-outside-the-band-is-rejected", Doc: "prices may lie 10 % around the last one; 85 and 115 are asked for", Says: saysFilters, plan: lists(func(in *market.Instrument) { in.PriceBandUp, in.PriceBandDown = dec("1.1"), dec("0.9") }), run: func(c *trial) {
			c.leavesNothing(c.order(market.Buy, market.Limit, "1", "85"))
			c.leavesNothing(c.order(market.Buy, market.Limit, "1", "115"))
		}},
		{Name: "filters/too-many-orders-are-rejected", Doc: "three orders may work; the fourth is refused, and taken once one of them has ended", Says: saysFilters, plan: lists(func(in *market.Instrument) { in.MaxOrders = 3 }), run: func(c *trial) {
			var o market.Order
			for range 3 {
				o = c.submit(c.order(market.Buy, market.Limit, "1", "95"))
			}
			c.refused(c.order(market.Buy, market.Limit, "1", "95"))
			c.must("cancel", c.Broker.Cancel(c.ctx, c.Instrument, o.ID))
			c.submit(c.order(market.Buy, market.Limit, "1", "95"))
		}},
		{Name: "filters/too-many-stops-are-rejected", Doc: "two stops may wait; the third is refused, a limit order is not", Says: saysFilters, plan: lists(func(in *market.Instrument) { in.MaxStops = 2 }), run: func(c *trial) {
			for range 2 {
				c.submit(c.order(market.Buy, market.Stop, "1", "105"))
			}
			c.refused(c.order(market.Buy, market.Stop, "1", "105"))
			c.submit(c.order(market.Buy, market.Limit, "1", "95"))
		}},
		{Name: "filters/at-the-limits-is-taken", Doc: "the smallest quantity, the smallest notional and the last tick within the band", Says: saysFilters, plan: lists(func(in *market.Instrument) {
			in.PriceBandUp, in.PriceBandDown, in.MinQuantity, in.MinNotional = dec("1.1"), dec("0.9"), dec("0.5"), dec("45")
		}), run: func(c *trial) {
			c.submit(c.order(market.Buy, market.Limit, "0.5", "90"))
		}},
		{Name: "filters/new-filters-are-listed-and-hold", Doc: "the tick grows while the adapter runs: Instruments says so, a price on the old grid is rejected, one on the new is taken", Says: saysInstruments, run: func(c *trial) {
			c.needs(c.Relist != nil, "change filters")
			to := c.Instrument
			to.Tick = dec("0.5")
			c.Relist(to)
			c.equal("the tick", c.listed(c.Instrument.Symbol).Tick, to.Tick)
			c.refused(c.order(market.Buy, market.Limit, "1", "95.01"))
			c.Instrument = c.listed(c.Instrument.Symbol)
			c.submit(c.order(market.Buy, market.Limit, "1", "95.5"))
		}},
	}
}

func half(d decimal.Decimal) decimal.Decimal { return d.Mul(dec("0.5")) }

// leavesNothing sends an order that must be rejected, and looks for what it left.
func (c *trial) leavesNothing(o market.Order) {
	before := c.balance(c.Instrument.Quote)
	if f := c.refused(o); f.Err == nil || f.Fatal || !f.Until.IsZero() {
		c.errorf("the fault of %s is %+v: it should hold the reason, and neither be fatal nor say when to try again", describe(o), f)
	}
	c.works(o, false)
	c.missing(o)
	c.equal("the free balance", c.balance(c.Instrument.Quote).Free, before.Free)
}

func rejectionCases() []Case {
	return []Case{
		{Name: "rejections/insufficient-balance", Doc: "10,000 is there; a buy for 20,000 is asked for", Says: saysRejected, only: spot, run: func(c *trial) {
			c.leavesNothing(c.order(market.Buy, market.Limit, "210", "95"))
		}},
		{Name: "rejections/nothing-to-sell", Doc: "a sell of what the account does not have", Says: saysRejected, only: spot, run: func(c *trial) {
			c.leavesNothing(c.order(market.Sell, market.Limit, "1", "105"))
		}},
		{Name: "rejections/sold-by-another-order", Doc: "what was bought is locked by one sell; a second one is refused", Says: saysRejected, only: spot, run: func(c *trial) {
			c.buy("2")
			c.submit(c.order(market.Sell, market.Limit, "1.5", "105"))
			c.refused(c.order(market.Sell, market.Limit, "1", "105"))
		}},
		{Name: "rejections/unlisted-symbol", Doc: "an order for what the venue does not list", Says: saysRejected, run: func(c *trial) {
			c.Instrument.Symbol = "NOSUCHCOIN"
			c.refused(c.order(market.Buy, market.Limit, "1", "95"))
		}},
		{Name: "rejections/say-why", Doc: "the fault of a rejected order holds what was asked and the reason, and its text is one line", Says: saysRejected, run: func(c *trial) {
			f := c.refused(c.order(market.Buy, market.Limit, "0.01", "95"))
			if f.What == "" || f.Err == nil {
				c.errorf("it is %+v", f)
			}
			for _, r := range f.Error() {
				if r < ' ' {
					c.errorf("its text is %q", f.Error())
				}
			}
		}},
		{Name: "rejections/do-not-stop-the-next", Doc: "an order is rejected; the next one, a good one, is taken", Says: saysRejected, run: func(c *trial) {
			c.refused(c.order(market.Buy, market.Limit, "0.01", "95"))
			c.works(c.submit(c.order(market.Buy, market.Limit, "1", "95")), true)
		}},
	}
}
