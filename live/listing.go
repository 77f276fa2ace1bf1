package live

import (
	"errors"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// in returns an instrument with the filters of now.
func (g *Gateway) in(i market.InstrumentID) market.Instrument {
	g.listed.Lock()
	defer g.listed.Unlock()
	return g.instruments[i]
}

// relist gives an instrument the filters that the venue has now. It reports whether they make
// an instrument.
func (g *Gateway) relist(i market.InstrumentID, filters *market.Instrument) error {
	g.listed.Lock()
	defer g.listed.Unlock()
	in := g.instruments[i]
	in.Relist(filters)
	if err := in.Validate(); err != nil {
		return err
	}
	g.instruments[i] = in
	return nil
}

// relisted tells the engine of filters that have changed, where the venue refused an order
// for them: what is decided next obeys the new ones.
func (g *Gateway) relisted(i market.InstrumentID, err error) {
	var f *exchange.Fault
	if !errors.As(err, &f) || f.Listing == nil {
		return
	}
	if err := g.relist(i, f.Listing); err != nil {
		g.log.Error("the venue's new filters make no sense: the old ones stay", "symbol", f.Listing.Symbol, "error", err)
		return
	}
	g.inbox.put(arrival{at: g.now(), instrument: i, listing: f.Listing})
}
