package live

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// TestShelfLetsNoSellGoFirst draws fills that a venue made, and tells them in any order: an
// order's own in theirs. Whatever comes, the position is never below zero, and in the end all
// has been told.
func TestShelfLetsNoSellGoFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := market.Bare("BTCUSDT", "BTC", "USDT")
		g := newGateway(&Trading{Log: slog.New(slog.DiscardHandler), Engine: engine.Config{Instruments: []market.Instrument{in}}}, newInbox())
		g.cancel() // nobody is asked
		held := decimal.Zero
		s := &shelf{gateway: g, has: func(string, market.InstrumentID) decimal.Decimal { return held }}
		queues := drawnFills(t)
		var pending []arrival
		told := map[market.OrderID]int{}
		tell := func() {
			for _, a := range pending {
				if held = held.Add(s.brings(&a)); held.IsNegative() {
					t.Fatalf("after %s the position is %s", a.update.ID, held)
				}
				if n := told[a.update.ID]; a.update.Filled.IntPart() != int64(n) {
					t.Fatalf("%s is told %s after %d", a.update.ID, a.update.Filled, n)
				}
				told[a.update.ID]++
			}
			pending = pending[:0]
		}
		for len(queues) > 0 {
			k := rapid.IntRange(0, len(queues)-1).Draw(t, "order")
			pending = s.take(pending, queues[k][0])
			if queues[k] = queues[k][1:]; len(queues[k]) == 0 {
				queues = slices.Delete(queues, k, k+1)
			}
			if rapid.Bool().Draw(t, "instant") {
				tell()
			}
			pending = s.release(pending, 0)
		}
		for range 100 {
			tell()
			pending = s.release(pending, 0)
		}
		if !s.empty() || g.seeks(0) {
			t.Fatalf("%d are never told: %+v", len(s.held), s.held)
		}
	})
}

// drawnFills draws orders with their updates, whose fills a venue made in an order in which
// none sold what was not there. Filled counts an order's updates.
func drawnFills(t *rapid.T) (queues [][]arrival) {
	has := decimal.Zero
	for k := range rapid.IntRange(1, 8).Draw(t, "orders") {
		a := arrival{side: market.Buy}
		id := market.OrderID{Strategy: "a", Sequence: uint32(k + 1)}
		var queue []arrival
		for n := range rapid.IntRange(1, 4).Draw(t, "fills") {
			f := &market.Fill{Trade: fmt.Sprint(k, n), Quantity: decimal.New(rapid.Int64Range(1, 9).Draw(t, "quantity"), 0), FeeAsset: "BTC"}
			if a.side = market.Buy; n == 0 && has.GreaterThanOrEqual(f.Quantity.Add(f.Quantity)) || len(queue) > 0 && queue[0].side == market.Sell {
				a.side = market.Sell
				f.Quantity = decimal.Min(f.Quantity, has)
			} else {
				f.Fee = decimal.New(1, -3)
			}
			a.update = &market.OrderUpdate{ID: id, Symbol: "BTCUSDT", Filled: decimal.New(int64(n), 0), Fill: f}
			if f.Quantity.IsZero() {
				a.update.Fill = nil
			}
			has = has.Add((&shelf{gateway: &Gateway{instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}}).brings(&a))
			queue = append(queue, a)
		}
		queues = append(queues, queue)
	}
	return queues
}
