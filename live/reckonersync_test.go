package live

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A purse is a venue that tells what there is.
type purse struct {
	exchange.Broker
	has   decimal.Decimal
	asked int
}

func (p *purse) Account(context.Context) (exchange.Account, error) {
	p.asked++
	return exchange.Account{Balances: []exchange.Balance{{Asset: "USDT", Free: p.has}}}, nil
}

func (*purse) Fills(context.Context, market.Instrument, exchange.Cursor) iter.Seq2[exchange.Fill, error] {
	return func(func(exchange.Fill, error) bool) {}
}

// TestSyncLooksByTheClockThatIsMoved: where the session moves the clock, it looks once a
// minute of that, not while a request is under way, and finds a deposit in two looks.
func TestSyncLooksByTheClockThatIsMoved(t *testing.T) {
	now := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	venue := &purse{has: decimal.New(150, 0)}
	cfg := engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}, Cash: decimal.New(100, 0)}
	e, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	tr := &Trading{Engine: cfg, Broker: venue, Now: func() time.Time { return now }}
	c := &connection{Trading: tr, inbox: newInbox()}
	c.gateway = newGateway(tr, c.inbox)
	r := c.reckon(e)
	a, _ := venue.Account(t.Context())
	if err := r.begin(&a, 0); err != nil {
		t.Fatal(err)
	}
	list, _ := c.inbox.take(nil)
	if len(list) != 1 || list[0].say != market.Adopt || !list[0].flow.Amount.Equal(decimal.New(50, 0)) {
		t.Fatalf("at the start %+v", list)
	}
	venue.has = decimal.New(157, 0)
	for _, step := range []struct {
		after         time.Duration
		busy          bool
		asked, events int
	}{
		{time.Second, false, 1, 0},
		{time.Minute, true, 1, 0},
		{0, false, 3, 0}, // it is asked again after the fills
		{time.Second, false, 3, 0},
		{time.Minute, false, 5, 1},
	} {
		now = now.Add(step.after)
		if c.gateway.held = nil; step.busy {
			c.gateway.held = []request{{}}
		}
		r.sync(t.Context())
		list, _ := c.inbox.take(nil)
		if venue.asked != step.asked || len(list) != step.events {
			t.Errorf("after %s, busy %t: asked %d times, found %+v", step.after, step.busy, venue.asked, list)
		}
		if len(list) == 1 && !list[0].flow.Amount.Equal(decimal.New(7, 0)) {
			t.Errorf("%+v", list[0].flow)
		}
	}
}
