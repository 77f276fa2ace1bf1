package live

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A relisting venue refuses orders since the filters have changed.
type relisting struct {
	exchange.Broker
	tick decimal.Decimal
	sent []market.Instrument
}

func (b *relisting) Submit(_ context.Context, i market.Instrument, _ market.Order) (market.OrderUpdate, error) {
	b.sent = append(b.sent, i)
	f := &exchange.Fault{Kind: exchange.ErrRejected}
	if !i.Tick.Equal(b.tick) {
		now := i
		now.Tick, now.ID = b.tick, 0
		f.Listing = &now
	}
	return market.OrderUpdate{}, f
}

// TestNewFiltersAreTold: the engine is told of filters that an order was refused for, before
// the refusal is the next thing that it decides on, and the gateway sends by them.
func TestNewFiltersAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		venue, b := &relisting{tick: decimal.New(5, -1)}, newInbox()
		instruments := []market.Instrument{market.Bare("ETHUSDT", "ETH", "USDT"), market.Bare("BTCUSDT", "BTC", "USDT")}
		instruments[1].ID = 1
		g := newGateway(&Trading{Broker: venue, Engine: engine.Config{Instruments: instruments}}, b)
		submit := func(n uint32) []arrival {
			g.Submit(0, market.Order{ID: market.OrderID{Strategy: "a", Sequence: n}, Instrument: 1, Type: market.Limit, Quantity: decimal.New(1, 0)})
			g.flush()
			g.settle(time.Second)
			list, _ := b.take(nil)
			return list
		}
		list := submit(1)
		if len(list) != 2 || list[0].listing == nil || list[0].instrument != 1 || !list[0].listing.Tick.Equal(venue.tick) || list[1].update.State != market.Rejected {
			t.Fatalf("%+v", list)
		}
		if e := list[0].make(7); e.Kind != market.KindListing || e.Instrument != 1 {
			t.Errorf("%+v", e)
		}
		if list = submit(2); len(list) != 1 || !venue.sent[1].Tick.Equal(venue.tick) || venue.sent[1].ID != 1 {
			t.Errorf("%+v sent with a tick of %s", list, venue.sent[1].Tick)
		}
		if instruments[1].Tick.Equal(venue.tick) {
			t.Error("the configuration's instrument was changed")
		}
		venue.tick = decimal.New(-1, 0)
		if list = submit(3); len(list) != 1 || !g.in(1).Tick.Equal(decimal.New(5, -1)) {
			t.Errorf("filters that make no sense were taken: %+v", list)
		}
		g.close(time.Second)
	})
}
