package backtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// TestJSONIsThatOfTheLibrary holds the hand-written lists against encoding/json, with
// names that need escapes, limit and stop prices, terms and links, and an empty report.
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
	odd.Trades[0].EntryReason, odd.Trades[0].ExitOrders = "<why>", []string{}
	o := &backtest.OrderTrace{}
	odd.Orders[2].OrderTrace, odd.Orders[3].OrderTrace = o, &backtest.OrderTrace{}
	o.Parent, o.Group, o.Profile, o.Replaces, o.Rule, o.Intent = "a/1", "g", "engine", "a/2", "r&r", "\x00"
	o.Checks = []market.Check{{Rule: "a"}, {Rule: "b", Measured: "1 < 2", Limit: "3", Cut: true}}
	o.Inputs = []market.SignalRef{{Source: "s", Kind: "k", Subject: "*", Value: 1e-7}, {Effective: 1, Known: market.Day, Revision: 2, Value: -3.5, Assumed: true, Absent: true}}
	o.Refused = &market.Refusal{Rule: "a", Measured: "\u2028"}
	terms := &odd.Orders[2]
	terms.Trail, terms.Activate, terms.TIF, terms.Expire = "5 percent", odd.FinalEquity, "gtd", odd.To
	terms.PostOnly, odd.Orders[3].ReduceOnly = true, true
	was := p.ResultHash
	if p.AddLots(out.Result); p.ResultHash != was || len(p.Trades[0].Lots) == 0 {
		t.Errorf("%d lots, result hash %s, was %s", len(p.Trades[0].Lots), p.ResultHash, was)
	}
	p.Trades[0].Lots[0].Dust = true
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
