package backtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/exchange/sim"
)

// TestJSONIsThatOfTheLibrary holds the hand-written lists against encoding/json, with
// names that need escapes, limit and stop prices, and an empty report.
func TestJSONIsThatOfTheLibrary(t *testing.T) {
	h := history(2, 3000)
	out, err := backtest.Run(context.Background(), config(h, 3, 7), h, backtest.Options{Sim: sim.DefaultOptions()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := backtest.NewReport(backtest.Identity{}, out.Result, 0, backtest.EquityDaily)
	if err != nil || len(p.Trades) == 0 || len(p.Orders) == 0 {
		t.Fatalf("%d trades, %d orders: %v", len(p.Trades), len(p.Orders), err)
	}
	odd := *p
	odd.Trades[0].Strategy, odd.Trades[0].MAE = "<\"é\n\u2028>&", -1e-9
	odd.Orders[0].Reason, odd.Orders[0].Price, odd.Orders[1].Stop = "trades \"orders\":null", odd.FinalEquity, odd.FinalEquity
	none := backtest.Report{Trades: []backtest.TradeLine{}, Orders: []backtest.OrderLine{}, Equity: []backtest.EquityPoint{}}
	for _, r := range []*backtest.Report{p, &odd, &none} {
		got, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("JSON differs from the library's:\n%.300s\n%.300s", got, want)
		}
	}
}
