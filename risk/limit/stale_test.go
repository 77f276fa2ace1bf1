package limit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// halves is a market whose second instrument has no bars after the second one.
func halves() *backtest.History {
	h := risktest.History(risktest.Closes(market.Hour, 100, 100, 100, 100, 100, 100), risktest.Closes(market.Hour, 100, 100))
	return h
}

func TestStaleBar(t *testing.T) {
	for name, x := range map[string]struct {
		rule limit.StaleBar
		want []string
	}{
		"one interval": {limit.StaleBar{Intervals: 1}, []string{
			"2 a/1 buy limit A1USDT 1 at 50", "3 a/2 buy limit A1USDT 1 at 50",
			"4 a/3 buy limit A1USDT 1 at 50: refused by stale: the last bar of A1USDT closed 2h ago, at 2024-01-01T02:00:00Z, limit 1h", "5 a/4 buy limit A0USDT 1 at 50",
		}},
		"an age": {limit.StaleBar{Intervals: 5, MaxAge: hour / 2}, []string{
			"2 a/1 buy limit A1USDT 1 at 50",
			"3 a/2 buy limit A1USDT 1 at 50: refused by stale: the last bar of A1USDT closed 1h ago, at 2024-01-01T02:00:00Z, limit 30m",
			"4 a/3 buy limit A1USDT 1 at 50: refused by stale: the last bar of A1USDT closed 2h ago, at 2024-01-01T02:00:00Z, limit 30m", "5 a/4 buy limit A0USDT 1 at 50",
		}},
		"longer bars": {limit.StaleBar{Intervals: 2, Interval: 4 * market.Hour}, []string{
			"2 a/1 buy limit A1USDT 1 at 50: refused by stale: A1USDT has no bar yet", "3 a/2 buy limit A1USDT 1 at 50: refused by stale: A1USDT has no bar yet",
			"4 a/3 buy limit A1USDT 1 at 50", "5 a/4 buy limit A0USDT 1 at 50",
		}},
	} {
		got := risktest.Trial{
			History: halves(), Rules: []risk.Named{{Name: "stale", Rule: &x.rule}},
			Strategies: []strategy.Strategy{risktest.Play(
				risktest.At(2, risktest.BuyLimit(1, "1", "50")), risktest.At(3, risktest.BuyLimit(1, "1", "50")), risktest.At(4, risktest.BuyLimit(1, "1", "50")),
				risktest.At(5, risktest.BuyLimit(0, "1", "50")),
			)},
		}.Run(t).Log()
		if d := cmp.Diff(x.want, got); d != "" {
			t.Errorf("%s: log differs (-want +got):\n%s", name, d)
		}
	}
}

// signal is a row that is about a bar's close, and known then.
func signal(kind market.SignalKind, subject market.Subject, bar int, value float64) market.Signal {
	at := risktest.Start + market.Time(bar)*market.Time(market.Hour)
	return market.Signal{Source: "s", Kind: kind, Subject: subject, Effective: at, Known: at, Value: value}
}

// asked runs buys of both instruments at each bar through a rule, with signals.
func asked(t *testing.T, rule risk.Rule, signals ...market.Signal) *risktest.Trace {
	t.Helper()
	h := risktest.History(flat()[:2]...)
	h.Signals = signals
	var steps []risktest.Step
	for bar := 1; bar < 6; bar++ {
		steps = append(steps, risktest.At(bar, risktest.BuyLimit(0, "1", "50")), risktest.At(bar, risktest.BuyLimit(1, "1", "50")))
	}
	return risktest.Trial{History: h, Rules: []risk.Named{{Name: "gate", Rule: rule}}, Strategies: []strategy.Strategy{risktest.Play(steps...)}}.Run(t)
}

// said returns what became of each order: its bar and instrument, and why it was refused.
func said(trace *risktest.Trace) []string {
	var list []string
	for _, r := range trace.Records {
		if d := r.Decision; d != nil {
			word := "left"
			if d.Refused != nil {
				word = d.Refused.Error()
			}
			list = append(list, string(rune('0'+trace.Bar(d.Time)))+" A"+string(rune('0'+d.Order.Instrument))+" "+word)
		}
	}
	return list
}

func TestStaleSignal(t *testing.T) {
	null := signal("trader_grade", "A0", 3, 0)
	null.Null = true
	rule := limit.StaleSignalPlugin().New().(*limit.StaleSignal)
	rule.Kind, rule.MaxAge = "trader_grade", 2*hour
	trace := asked(t, rule, signal("trader_grade", "A1", 1, 5), signal("trader_grade", "A0", 2, 5), null, signal("sentiment", "A0", 5, 5))
	want := []string{
		"1 A0 gate: no trader_grade of A0 in force, limit none older than 2h", "1 A1 left", "2 A0 left", "2 A1 left",
		"3 A0 gate: no trader_grade of A0 in force, limit none older than 2h", "3 A1 left",
		"4 A0 gate: no trader_grade of A0 in force, limit none older than 2h", "4 A1 gate: no trader_grade of A1 in force, limit none older than 2h",
		"5 A0 gate: no trader_grade of A0 in force, limit none older than 2h", "5 A1 gate: no trader_grade of A1 in force, limit none older than 2h",
	}
	if d := cmp.Diff(want, said(trace)); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
	for _, r := range trace.Records {
		if d := r.Decision; d != nil && d.Refused == nil && (len(d.Inputs) != 1 || d.Checks[0].Limit != "2h") {
			t.Errorf("%s rests on %v, and was found %+v", d.Order.ID, d.Inputs, d.Checks)
		}
	}
}

func TestStaleSignalOfTheMarketFromOneSource(t *testing.T) {
	rule := limit.StaleSignalPlugin().New().(*limit.StaleSignal)
	rule.Kind, rule.Subject, rule.Source = "fear_greed", "market", "s"
	other := signal("fear_greed", market.MarketWide, 1, 5)
	other.Source = "t"
	got := said(asked(t, rule, other, signal("fear_greed", market.MarketWide, 3, 5)))[:6]
	const none = "gate: no fear_greed of the market from s in force, limit none older than 48h"
	want := []string{"1 A0 " + none, "1 A1 " + none, "2 A0 " + none, "2 A1 " + none, "3 A0 left", "3 A1 left"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}
