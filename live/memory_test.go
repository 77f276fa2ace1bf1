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

// TestGatewayForgets: an order that finished an hour ago is dropped, what is said of it later
// is no news, and fills are asked for from the oldest order that works.
func TestGatewayForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newInbox()
		venue := &deaf{}
		g := newGateway(&Trading{Broker: venue, Names: exchange.NewNames([16]byte{1}), Engine: engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}, b)
		id := func(n uint32) market.OrderID { return market.OrderID{Strategy: "a", Sequence: n} }
		submit := func(n uint32) {
			g.Submit(g.now(), market.Order{ID: id(n), Type: market.Limit, Quantity: decimal.New(1, 0)})
			g.flush()
			g.settle(time.Second)
		}
		submit(1)
		time.Sleep(20 * time.Minute)
		submit(2)
		g.tell(market.OrderUpdate{ID: id(1), State: market.Cancelled})
		if since, want := g.since().Time, g.now()-fillMargin; since != want {
			t.Errorf("fills are asked for from %s, the oldest order that works is of %s", since, want+fillMargin)
		}
		g.forget()
		if len(g.orders) != 2 {
			t.Errorf("%d orders are remembered at once", len(g.orders))
		}
		time.Sleep(2 * time.Hour)
		g.forget()
		if g.orders[id(1)] != nil || g.orders[id(2)] == nil {
			t.Errorf("remembered are %v", g.orders)
		}
		list, _ := b.take(nil)
		g.tell(market.OrderUpdate{ID: id(1), State: market.Filled, Fill: &market.Fill{Trade: "1", Quantity: decimal.New(1, 0)}})
		g.tell(market.OrderUpdate{ID: id(7), State: market.Accepted})
		if more, _ := b.take(nil); len(list) != 3 || len(more) > 0 {
			t.Errorf("told were %d, and after the end %+v", len(list), more)
		}
		g.close(time.Second)
	})
}

// An amnesiac venue takes orders, and knows none of them.
type amnesiac struct{ numb }

func (*amnesiac) Order(context.Context, market.Instrument, market.OrderID) (market.OrderUpdate, error) {
	return market.OrderUpdate{}, &exchange.Fault{Kind: exchange.ErrNotFound}
}

// TestAnOrderThatIsGone: an order that the venue neither shows nor knows ends, after it was
// asked for twice; one that it does not know once does not.
func TestAnOrderThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newInbox()
		g := newGateway(&Trading{Broker: &amnesiac{}, Engine: engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}, b)
		id := market.OrderID{Strategy: "a", Sequence: 1}
		g.Submit(0, market.Order{ID: id, Type: market.Limit, Quantity: decimal.New(1, 0)})
		g.flush()
		g.settle(time.Second)
		for range 2 {
			g.heal()
			g.settle(time.Second)
			if g.orders[id].state.Final() {
				t.Error("it ended before it was given up")
			}
		}
		if _, quiet := g.quiet(); !quiet {
			t.Error("what the venue does not know is asked for without end")
		}
		g.give(id)
		list, _ := b.take(nil)
		if len(list) != 2 || list[1].update.State != market.Expired || list[1].update.Reason == "" {
			t.Errorf("%+v", list)
		}
		g.close(time.Second)
	})
}
