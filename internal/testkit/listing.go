package testkit

import (
	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// filters returns the properties that are filters of an instrument.
func (p *parser) filters(in *market.Instrument) map[string]func() {
	return map[string]func(){
		"tick": set(&in.Tick, p.decimal), "step": set(&in.Step, p.decimal),
		"min-quantity": set(&in.MinQuantity, p.decimal), "max-quantity": set(&in.MaxQuantity, p.decimal),
		"min-notional": set(&in.MinNotional, p.decimal), "max-notional": set(&in.MaxNotional, p.decimal),
		"band-up": set(&in.PriceBandUp, p.decimal), "band-down": set(&in.PriceBandDown, p.decimal),
		"max-orders": set(&in.MaxOrders, p.int), "max-stops": set(&in.MaxStops, p.int),
	}
}

// listing reads the filters of an instrument from a time on. Those that it does not name
// are as in the statement about the instrument before it.
func (p *parser) listing() {
	id, t := p.instrument(), p.time()
	if p.err != nil {
		return
	}
	h := p.script.History
	in := h.Instruments[id]
	for _, l := range h.Listings {
		if l.Instrument == id {
			in = l.Filters
		}
	}
	in.Assumed = false
	p.properties(p.filters(&in))
	if err := in.Validate(); err != nil {
		p.fail("%w", err)
	}
	h.Listings = append(h.Listings, backtest.Listing{Time: t, Instrument: id, Filters: in})
}

// poisonListings changes the filters after t.
func poisonListings(list []backtest.Listing, t market.Time) (bad []backtest.Listing) {
	for _, l := range list {
		if l.Time > t {
			l.Filters.Tick, l.Filters.Step, l.Filters.MaxOrders = l.Filters.Step, l.Filters.Tick, 1
		}
		bad = append(bad, l)
	}
	return bad
}

// filters prints what the orders of an instrument obey now.
func (a *actor) filters(c *strategy.Context, i market.InstrumentID) error {
	in := c.Instrument(i)
	assumed := ""
	if in.Assumed {
		assumed = " assumed"
	}
	a.say(c, "%s %s%s", in.Base, in.Filters(), assumed)
	return nil
}
