package app

import (
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// TestProfitsAddUp: an open position counts with what it realised, dust and the asset
// that pays fees have rows of their own where there are any, and nothing else has.
func TestProfitsAddUp(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*engine.Result)
		want []string
	}{
		{"an open position", func(*engine.Result) {}, []string{"a BTCUSDT open 7.50"}},
		{"dust", func(r *engine.Result) {
			r.Dust, r.DustGain = []engine.Amount{{Asset: "BTC", Quantity: decimal.New(9, -3)}}, decimal.New(-125, -2)
		}, []string{"a BTCUSDT open 7.50", "dust -1.25"}},
		{"a fee balance", func(r *engine.Result) {
			r.FeeBalance, r.FeeGain = engine.Amount{Asset: "BNB"}, decimal.New(3, 0)
		}, []string{"a BTCUSDT open 7.50", "fee balance BNB 3.00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &engine.Result{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}}
			c.set(r)
			p := &backtest.Report{OpenPositions: []backtest.PositionLine{{
				Strategy: "a", Symbol: "BTCUSDT", Realised: decimal.New(10, 0), Unrealised: decimal.New(-25, -1),
			}}}
			var out strings.Builder
			w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
			printStrategies(w, p, r, "USDT")
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[1:] {
				got = append(got, strings.Join(strings.Fields(line), " "))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
		})
	}
}

// TestWrapped: lines end where the next item does not fit, with what parts the items.
func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		list []string
		part string
		want []string
	}{
		{nil, ", ", []string{""}},
		{[]string{"one"}, ", ", []string{"one"}},
		{[]string{"one", "two"}, ", ", []string{"one, two"}},
		{[]string{"one", "two", "six"}, ", ", []string{"one, two,", "six"}},
		{[]string{"a", "b", "c", "d"}, " → ", []string{"a → b →", "c → d"}},
		{[]string{"longer than that", "b"}, ", ", []string{"longer than that,", "b"}},
	} {
		if diff := cmp.Diff(c.want, wrapped(c.list, c.part, 9)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.list, diff)
		}
	}
}
