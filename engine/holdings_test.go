package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
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
