package live

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A tardy venue does not answer an order, and knows of it a second later.
type tardy struct {
	exchange.Broker
	sent time.Time
}

func (b *tardy) Submit(context.Context, market.Instrument, market.Order) (market.OrderUpdate, error) {
	b.sent = time.Now()
	return market.OrderUpdate{}, &exchange.Fault{Kind: exchange.ErrUnknown, Until: b.sent.Add(6 * time.Second)}
}

func (b *tardy) Order(_ context.Context, _ market.Instrument, id market.OrderID) (market.OrderUpdate, error) {
	if time.Since(b.sent) < time.Second {
		return market.OrderUpdate{}, &exchange.Fault{Kind: exchange.ErrNotFound}
	}
	return market.OrderUpdate{ID: id, State: market.Accepted}, nil
}

// TestAbsenceIsProvenByTheClockOfTheFault: the session goes by the venue's clock, which is far
// ahead of the one that the fault means.
func TestAbsenceIsProvenByTheClockOfTheFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trading := &Trading{
			Broker: &tardy{}, Engine: engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}},
			Now: func() time.Time { return time.Now().Add(time.Minute) },
		}
		b := newInbox()
		g := newGateway(trading, b)
		g.Submit(0, market.Order{ID: market.OrderID{Strategy: "a", Sequence: 1}, Type: market.Market, Quantity: decimal.New(1, 0)})
		g.flush()
		time.Sleep(10 * time.Second)
		g.close(time.Second)
		list, err := b.take(nil)
		if err != nil || len(list) != 1 || list[0].update.State != market.Accepted {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// A prompt venue tells of the end of an order over the stream before it answers the cancel.
type prompt struct {
	exchange.Broker
	g *Gateway
}

func (b *prompt) Submit(_ context.Context, _ market.Instrument, o market.Order) (market.OrderUpdate, error) {
	return market.OrderUpdate{ID: o.ID, State: market.Accepted}, nil
}

func (b *prompt) Cancel(_ context.Context, _ market.Instrument, id market.OrderID) error {
	b.g.hear(exchange.AccountEvent{Update: &market.OrderUpdate{ID: id, State: market.Cancelled}})
	return nil
}

func (b *prompt) Order(_ context.Context, _ market.Instrument, id market.OrderID) (market.OrderUpdate, error) {
	return market.OrderUpdate{ID: id, State: market.Cancelled}, nil
}

// TestReplacedWhoeverTellsIt: the engine lets the new order take over what the old one held
// back only if it is told that the old one was replaced.
func TestReplacedWhoeverTellsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		venue := &prompt{}
		trading := &Trading{Broker: venue, Engine: engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}
		b := newInbox()
		venue.g = newGateway(trading, b)
		first, second := market.OrderID{Strategy: "a", Sequence: 1}, market.OrderID{Strategy: "a", Sequence: 2}
		venue.g.Submit(0, market.Order{ID: first, Type: market.Limit, Quantity: decimal.New(1, 0)})
		venue.g.flush()
		synctest.Wait()
		venue.g.Submit(0, market.Order{ID: second, Replaces: first, Type: market.Limit, Quantity: decimal.New(1, 0)})
		venue.g.flush()
		venue.g.close(time.Second)
		list, err := b.take(nil)
		if err != nil || len(list) != 3 || list[1].update.ID != first || list[1].update.Reason != market.Replaced || list[2].update.ID != second {
			t.Errorf("%d updates: %+v, %v", len(list), list, err)
		}
	})
}

// A deaf venue does not hear the first cancels.
type deaf struct {
	exchange.Broker
	fault   error
	cancels int
}

func (b *deaf) Submit(_ context.Context, _ market.Instrument, o market.Order) (market.OrderUpdate, error) {
	return market.OrderUpdate{ID: o.ID, State: market.Accepted}, nil
}

func (b *deaf) Cancel(context.Context, market.Instrument, market.OrderID) error {
	if b.cancels++; b.cancels < 3 {
		return &exchange.Fault{Kind: b.fault}
	}
	return nil
}

func (b *deaf) Order(_ context.Context, _ market.Instrument, id market.OrderID) (market.OrderUpdate, error) {
	if b.cancels < 3 {
		return market.OrderUpdate{ID: id, State: market.Accepted}, nil
	}
	return market.OrderUpdate{ID: id, State: market.Cancelled}, nil
}

// TestCancelIsSentUntilItIsHeard: an order whose cancel was lost would work forever.
func TestCancelIsSentUntilItIsHeard(t *testing.T) {
	for _, fault := range []error{exchange.ErrUnknown, exchange.ErrUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			venue := &deaf{fault: fault}
			trading := &Trading{Broker: venue, Engine: engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}
			b := newInbox()
			g := newGateway(trading, b)
			id := market.OrderID{Strategy: "a", Sequence: 1}
			g.Submit(0, market.Order{ID: id, Type: market.Limit, Quantity: decimal.New(1, 0)})
			g.Cancel(0, id)
			g.flush()
			time.Sleep(10 * time.Second)
			g.close(time.Second)
			list, err := b.take(nil)
			if err != nil || len(list) != 2 || list[1].update.State != market.Cancelled || venue.cancels != 3 {
				t.Errorf("%v: after %d cancels %+v, %v", fault, venue.cancels, list, err)
			}
		})
	}
}

// A numb venue answers no question about orders for a while.
type numb struct {
	deaf
	asked int
}

func (b *numb) Order(_ context.Context, _ market.Instrument, id market.OrderID) (market.OrderUpdate, error) {
	if b.asked++; b.asked < 4 {
		return market.OrderUpdate{}, &exchange.Fault{Kind: exchange.ErrUnavailable}
	}
	return market.OrderUpdate{ID: id, State: market.Expired}, nil
}

func (b *numb) Fills(context.Context, market.Instrument, exchange.Cursor) iter.Seq2[exchange.Fill, error] {
	return func(func(exchange.Fill, error) bool) {}
}

// TestWhatWasMissedIsAskedForUntilAnswered: an update that was lost while the venue did not
// answer either would never be known.
func TestWhatWasMissedIsAskedForUntilAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trading := &Trading{Broker: &numb{}, Engine: engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}
		b := newInbox()
		g := newGateway(trading, b)
		g.Submit(0, market.Order{ID: market.OrderID{Strategy: "a", Sequence: 1}, Type: market.Limit, Quantity: decimal.New(1, 0)})
		g.flush()
		g.settle(time.Second)
		g.heal()
		g.heal() // joins the first
		time.Sleep(10 * time.Second)
		g.close(time.Second)
		list, err := b.take(nil)
		if err != nil || len(list) != 2 || list[1].update.State != market.Expired {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
