package exit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func named(percent string) risk.Named {
	return risk.Named{Name: "stop_loss", Rule: &exit.StopLoss{Percent: dec(percent), At: "close"}}
}

// TestStopLoss holds 9.99 of an asset that cost 1,000: an entry at 100.1001, so that
// 5 % are lost from 95.0951 on.
func TestStopLoss(t *testing.T) {
	buy := risktest.At(1, risktest.BuyFor(0, "1000"))
	const ordered, bought = "1 a/1 buy market A0USDT quote 1000", "2 a/1 filled 10 at 100"
	for _, c := range []struct {
		name    string
		closes  []float64
		steps   []risktest.Step
		latency market.Time
		filters func(*market.Instrument)
		want    []string
	}{{
		name: "sells at the next open once a bar closes at the level", closes: []float64{100, 100, 95.1, 95.09, 97, 90},
		want: []string{ordered, bought, "4 a/2 sell market A0USDT 9.99 (stop_loss)", "5 a/2 filled 9.99 at 95.09"},
	}, {
		name: "counts the average of all entries", closes: []float64{100, 100, 80, 70, 60},
		steps: []risktest.Step{risktest.At(1, risktest.BuyLimit(0, "40", "90"))},
		want: []string{
			ordered, "1 a/2 buy limit A0USDT 40 at 90", bought, "3 a/2 filled 40 at 90", // entry 92.09, level 87.49
			"3 a/3 sell market A0USDT 49.95 (stop_loss)", "4 a/3 filled 49.95 at 80",
		},
	}, {
		name: "does not send a second exit while the first is on its way", closes: []float64{100, 100, 100, 94, 93, 92, 91, 90},
		latency: 2 * market.Time(market.Hour),
		want:    []string{ordered, "4 a/1 filled 10 at 100", "4 a/2 sell market A0USDT 9.99 (stop_loss)", "7 a/2 filled 9.99 at 92"},
	}, {
		name: "cancels a resting sell, and sells at once what it held", closes: []float64{100, 100, 95, 94, 93},
		steps: []risktest.Step{risktest.At(2, risktest.SellLimit(0, "4", "120"))},
		want: []string{
			ordered, bought, "2 a/2 sell limit A0USDT 4 at 120", "3 a/2 cancel", "3 a/3 sell market A0USDT 5.99 (stop_loss)",
			"3 a/4 sell market A0USDT 4 (stop_loss)", "4 a/3 filled 5.99 at 95", "4 a/4 filled 4 at 95",
		},
	}, {
		name: "cancels a working buy", closes: []float64{100, 100, 95, 94, 80},
		steps: []risktest.Step{risktest.At(2, risktest.BuyLimit(0, "4", "90"))},
		want: []string{
			ordered, bought, "2 a/2 buy limit A0USDT 4 at 90", "3 a/2 cancel", "3 a/3 sell market A0USDT 9.99 (stop_loss)", "4 a/3 filled 9.99 at 95",
		},
	}, {
		name: "leaves a market sell of the strategy alone", closes: []float64{100, 100, 100, 100, 94, 93, 92, 91, 90},
		latency: 2 * market.Time(market.Hour),
		steps:   []risktest.Step{risktest.At(4, risktest.Sell(0, "2"))},
		want: []string{
			ordered, "4 a/1 filled 10 at 100", "4 a/2 sell market A0USDT 2", "5 a/3 sell market A0USDT 7.99 (stop_loss)",
			"7 a/2 filled 2 at 93", "8 a/3 filled 7.99 at 92",
		},
	}, {
		name: "starts anew with the next position", closes: []float64{100, 100, 95, 80, 81, 80, 70},
		steps: []risktest.Step{risktest.At(4, risktest.BuyFor(0, "800"))},
		want: []string{
			ordered, bought, "3 a/2 sell market A0USDT 9.99 (stop_loss)", "4 a/2 filled 9.99 at 95",
			"4 a/3 buy market A0USDT quote 800", "5 a/3 filled 10 at 80", "7 a/4 sell market A0USDT 9.99 (stop_loss)",
		},
	}, {
		name: "sells in parts what is over the venue's maximum", closes: []float64{100, 100, 95, 95, 95, 95},
		filters: func(in *market.Instrument) { in.MaxQuantity = dec("10") },
		steps:   []risktest.Step{risktest.At(1, risktest.BuyFor(0, "500"))},
		want: []string{
			ordered, "1 a/2 buy market A0USDT quote 500", bought, "2 a/2 filled 5 at 100",
			"3 a/3 sell market A0USDT 10 (stop_loss)", "4 a/3 filled 10 at 95", "4 a/4 sell market A0USDT 4.985 (stop_loss)", "5 a/4 filled 4.985 at 95",
		},
	}, {
		name: "leaves what is under the minimum notional", closes: []float64{100, 100, 0.4, 0.4, 0.4},
		want: []string{ordered, bought},
	}} {
		t.Run(c.name, func(t *testing.T) {
			h := risktest.History(risktest.Closes(market.Hour, c.closes...))
			if c.filters != nil {
				c.filters(&h.Instruments[0])
			}
			got := risktest.Trial{
				History: h, Strategies: []strategy.Strategy{risktest.Play(append([]risktest.Step{buy}, c.steps...)...)},
				Rules: []risk.Named{named("0.05")}, Sim: sim.Options{Latency: c.latency},
			}.Run(t).Log()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("log differs (-want +got):\n%s", d)
			}
		})
	}
}

// TestStopLossWhileFlattening lets both rules want to close at once: the position must
// be gone at the next open.
func TestStopLossWhileFlattening(t *testing.T) {
	trace := risktest.Trial{
		History:    risktest.History(risktest.Closes(market.Hour, 100, 100, 90, 90, 90, 90, 90)),
		Strategies: []strategy.Strategy{risktest.Play(risktest.At(1, risktest.BuyFor(0, "10000")))},
		Rules: []risk.Named{
			named("0.05"),
			{Name: "dd", Rule: &halt.MaxDrawdown{Limit: dec("0.05"), Per: "total", Scope: "account", Action: "flatten"}},
		},
	}.Run(t)
	if len(trace.Open) > 0 || trace.Bar(trace.Trades[0].ExitTime()) != 3 {
		t.Errorf("the position was not sold at the open of bar 4:\n%v", trace.Log())
	}
}

// TestStopLossOfShorts buys a short position back: 10 sold at 100, so that 5 % are lost
// from 105 on. What turns the position does not make it close the other one.
func TestStopLossOfShorts(t *testing.T) {
	for _, c := range []struct {
		name   string
		closes []float64
		steps  []risktest.Step
		want   []string
	}{{
		name: "buys at the next open once a bar closes at the level", closes: []float64{100, 100, 104.9, 105, 103, 103},
		want: []string{"1 a/1 sell market A0USDT 10", "2 a/1 filled 10 at 100", "4 a/2 buy market A0USDT 10 (stop_loss)", "5 a/2 filled 10 at 105"},
	}, {
		name: "leaves the position that follows alone", closes: []float64{100, 100, 106, 106, 106, 106},
		steps: []risktest.Step{risktest.At(3, risktest.Buy(0, "15"))},
		want: []string{
			"1 a/1 sell market A0USDT 10", "2 a/1 filled 10 at 100", "3 a/2 buy market A0USDT 10 (stop_loss)", "3 a/3 buy market A0USDT 15",
			"4 a/2 filled 10 at 106", "4 a/3 filled 15 at 106",
		},
	}} {
		t.Run(c.name, func(t *testing.T) {
			h := risktest.History(risktest.Closes(market.Hour, c.closes...))
			h.Instruments[0].Fees.InQuote = true
			h.Instruments[0].Margin = &market.Margin{Leverage: dec("3")}
			got := risktest.Trial{
				History: h, Rules: []risk.Named{named("0.05")},
				Strategies: []strategy.Strategy{risktest.Play(append([]risktest.Step{risktest.At(1, risktest.Sell(0, "10"))}, c.steps...)...)},
			}.Run(t).Log()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("log differs (-want +got):\n%s", d)
			}
		})
	}
}
