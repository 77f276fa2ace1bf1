package engine

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// TestSurplusIsTheLastThatWasAdopted: what is adopted of an asset stands until more is said
// of it, and zero is something that was said.
func TestSurplusIsTheLastThatWasAdopted(t *testing.T) {
	e, err := New(Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}, Cash: decimal.New(100, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if e.Holdings().Adopted {
		t.Error("something was adopted before the first word of it")
	}
	for _, f := range []market.Flow{{Asset: "USDT"}, {Asset: "BTC", Amount: decimal.New(2, 0)}, {Asset: "USDT", Amount: decimal.New(7, 0)}} {
		if err := e.change(&market.Event{Kind: market.KindCommand, Command: market.Adopt, Flow: &f}); err != nil {
			t.Fatal(err)
		}
	}
	h := e.Holdings()
	want := []Amount{{"BTC", decimal.New(2, 0)}, {"USDT", decimal.New(7, 0)}}
	equal := cmp.Comparer(decimal.Decimal.Equal)
	if diff := cmp.Diff(want, h.Surplus, equal); diff != "" || !h.Adopted {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Amount{{"BTC", decimal.Zero}, {"USDT", decimal.New(100, 0)}}, h.Assets, equal); diff != "" {
		t.Error(diff)
	}
}

// quiet is a strategy that does nothing.
type quiet struct{}

func (quiet) Init(*strategy.Setup) error { return nil }

// TestStrangeFees: a fee in what the books do not hold is the account's own. It stays out of
// the books, halts new risk once, and does not end the session.
func TestStrangeFees(t *testing.T) {
	for _, perpetual := range []bool{false, true} {
		in := market.Bare("BTCUSDT", "BTC", "USDT")
		if perpetual {
			in.Margin, in.Fees.InQuote = &market.Margin{Leverage: decimal.New(2, 0)}, true
		}
		e, err := New(Config{
			Audit: true, Instruments: []market.Instrument{in}, Cash: decimal.New(100, 0),
			Instances: []Instance{{Name: "a", Strategy: quiet{}, Instruments: []market.InstrumentID{0}, Interval: market.Minute, Weight: decimal.New(1, 0)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		e.Connect(nil, nil, []market.Interval{market.Minute})
		b := e.books[0]
		for n, side := range []market.Side{market.Buy, market.Sell} {
			o := b.add(market.Order{Side: side, Type: market.Market, Quantity: decimal.New(1, 0)})
			f := &market.Fill{Trade: fmt.Sprint(n), Price: decimal.New(int64(50+n), 0), Quantity: decimal.New(1, 0), Fee: decimal.New(1, -3), FeeAsset: "BNB"}
			u := &market.OrderUpdate{ID: o.ID, Symbol: "BTCUSDT", State: market.Filled, Fill: f, Filled: decimal.New(1, 0)}
			if err := e.applyOther(&market.Event{Kind: market.KindUpdate, Update: u}); err != nil {
				t.Fatalf("perpetual %t: %v", perpetual, err)
			}
		}
		if h := e.Holdings(); !h.Assets[len(h.Assets)-1].Quantity.Equal(decimal.New(101, 0)) || len(h.Halts) != 1 || h.Halts[0].Rule != "fees" {
			t.Errorf("perpetual %t: %+v", perpetual, h)
		}
	}
}
