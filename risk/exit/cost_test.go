package exit_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// TestNothingPerBar holds a position for thousands of bars that move no level: the rules
// allocate nothing then, whatever they watch, and so take no decimal.
func TestNothingPerBar(t *testing.T) {
	const n = 4000
	closes := make([]float64, n)
	for k := range closes {
		closes[k] = 100 + float64(k%2)
	}
	h := risktest.History(risktest.Closes(market.Hour, closes...))
	h.Signals = []market.Signal{{Source: "s", Kind: "trader_grade", Subject: "A0", Effective: risktest.Start, Known: risktest.Start, Value: 50}}
	run := func(rules ...risk.Named) float64 {
		return testing.AllocsPerRun(1, func() {
			trace := risktest.Trial{History: h, Rules: rules, Strategies: []strategy.Strategy{risktest.Play(risktest.At(30, risktest.Buy(0, "1")))}}.Run(t)
			if len(trace.Open) != 1 {
				t.Fatalf("the position is not held: %v", trace.Log())
			}
		})
	}
	none := run()
	for name, rule := range map[string]risk.Rule{
		"stop_loss":     &exit.StopLoss{Percent: dec("0.5")},
		"take_profit":   &exit.TakeProfit{Percent: dec("0.5")},
		"trailing_stop": &exit.TrailingStop{Percent: dec("0.5")},
		"break_even":    &exit.BreakEven{Gain: dec("0.5")},
		"chandelier":    &exit.Chandelier{Period: 22, Multiple: 20},
		"roi":           &exit.ROI{Table: map[string]decimal.Decimal{"0": dec("0.5")}},
		"time_stop":     &exit.TimeStop{Bars: 1e6},
		"signal_decay":  &exit.SignalDecay{Kind: "trader_grade", Subject: "asset", Fall: 15, MaxAge: market.Duration(365 * market.Day), OnAbsent: "close"},
	} {
		if more := run(risk.Named{Name: name, Rule: rule}) - none; more > n/10 { // what an entry and its orders take
			t.Errorf("%s allocates %v times in %d bars", name, more, n)
		}
	}
}
