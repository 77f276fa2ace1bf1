package halt_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

func span(s string) (d market.Duration) {
	if err := d.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return d
}

// round is one unit bought for 100 at an hour, and sold at another for a price: by the
// strategy or, where it stops, by a stop order.
type round struct {
	symbol  market.InstrumentID
	in, out int
	price   float64
	stop    bool
}

// play returns what rounds mean, in so many hours: without fees, so that a round that ends
// at 98 earned -2 %.
func play(hours int, rounds ...round) (risktest.Trial, *risktest.Script) {
	prices := [2][]float64{closes(hours, 100), closes(hours, 100)}
	script := risktest.Play()
	for _, r := range rounds {
		prices[r.symbol][r.out-1] = r.price
		script.Steps = append(script.Steps, risktest.At(r.in, risktest.Buy(r.symbol, "1")))
		sell := risktest.At(r.out, risktest.SellAll(r.symbol))
		if r.stop {
			sell = risktest.At(r.in+1, risktest.SellAll(r.symbol))
			sell.Order.Type, sell.Order.Stop, sell.Order.Quantity = market.Stop, dec(fmt.Sprint(r.price)), dec("1")
		}
		script.Steps = append(script.Steps, sell)
	}
	h := risktest.History(risktest.Closes(market.Hour, prices[0]...), risktest.Closes(market.Hour, prices[1]...))
	for i := range h.Instruments {
		h.Instruments[i].Fees = market.Fees{}
	}
	return risktest.Trial{History: h, Strategies: []strategy.Strategy{script}}, script
}

// told returns halts and their ends, and the orders that were refused, each with its hour.
func told(t *testing.T, trial risktest.Trial, rule risk.Rule) (lines []string) {
	t.Helper()
	trial.Rules = []risk.Named{{Name: "rule", Rule: rule}}
	trace := trial.Run(t)
	for k := range trace.Records {
		switch r := &trace.Records[k]; {
		case r.Kind == market.RecordHalt:
			lines = append(lines, fmt.Sprintf("%d %s: %s", trace.Bar(r.Time), r.Scope, r.Text))
		case r.Decision != nil && r.Decision.Refused != nil && r.Decision.Refused.Rule == "rule":
			lines = append(lines, fmt.Sprintf("%d refused %s", trace.Bar(r.Time), trace.Instruments[r.Decision.Order.Instrument].Symbol))
		}
	}
	return lines
}

// TestWorkedExamples are those of docs/risk.md: freqtrade's four protections, with the
// settings that its documentation uses, on bars of an hour.
func TestWorkedExamples(t *testing.T) {
	for _, c := range []struct {
		name   string
		hours  int
		rule   risk.Rule
		rounds []round
		want   []string
	}{{
		name: "cooldown: two bars after the trade that closed at 5:00", hours: 14,
		rule:   &halt.Cooldown{Stop: halt.Stop{Scope: "symbol", Action: "lock"}, Bars: 2},
		rounds: []round{{0, 2, 5, 101, false}, {0, 6, 13, 100, false}, {1, 6, 9, 100, false}, {0, 7, 10, 100, false}},
		want: []string{
			"6 account: rule on A0USDT: a trade of A0USDT closed at 2024-01-01T05:00:00Z; it rests 2 bars; lifts at 2024-01-01T07:00:00Z",
			"6 refused A0USDT", "7 account: lifted rule on A0USDT",
			"10 account: rule on A1USDT: a trade of A1USDT closed at 2024-01-01T09:00:00Z; it rests 2 bars; lifts at 2024-01-01T11:00:00Z",
			"11 account: lifted rule on A1USDT",
			"11 account: rule on A0USDT: a trade of A0USDT closed at 2024-01-01T10:00:00Z; it rests 2 bars; lifts at 2024-01-01T12:00:00Z",
			"12 account: lifted rule on A0USDT",
		},
	}, {
		name: "cooldown of a time begins when the trade closed, too", hours: 14,
		rule:   &halt.Cooldown{Stop: halt.Stop{Scope: "account", Action: "lock", For: span("90m")}},
		rounds: []round{{0, 2, 5, 101, false}, {1, 6, 9, 100, false}, {1, 7, 8, 100, false}},
		want: []string{
			"6 account: rule: a trade of the account closed at 2024-01-01T05:00:00Z; it rests 1h30m; lifts at 2024-01-01T06:30:00Z",
			"6 refused A1USDT", "7 account: lifted rule",
			"9 account: rule: a trade of the account closed at 2024-01-01T08:00:00Z; it rests 1h30m; lifts at 2024-01-01T09:30:00Z",
			"10 account: lifted rule",
		},
	}, {
		name: "stop_guard: four losing stops within 24 hours; what the strategy sold at a loss is no stop", hours: 40,
		rule: &halt.StopGuard{Stop: halt.Stop{Scope: "account", Action: "lock", For: span("4h")}, Lookback: span("24h"), TradeLimit: 4},
		rounds: []round{
			{0, 1, 3, 98, true}, {1, 5, 8, 97, true}, {0, 9, 10, 99, false}, {0, 11, 14, 98, true}, {0, 17, 20, 99, true}, {1, 22, 25, 100, false},
			{1, 24, 26, 100, false}, {0, 25, 28, 99.5, true},
		},
		want: []string{
			"20 account: rule: 4 stops of the account within 24h; limit 4; lifts at 2024-01-02T00:00:00Z",
			"22 refused A1USDT", "24 account: lifted rule",
			// at 28:00 the stop of 3:00 counts no more, and four are left
			"28 account: rule: 4 stops of the account within 24h; limit 4; lifts at 2024-01-02T08:00:00Z", "32 account: lifted rule",
		},
	}, {
		name: "stop_guard by symbol, of stops that lost 2 % or more", hours: 40,
		rule: &halt.StopGuard{
			Stop:     halt.Stop{Scope: "symbol", Action: "lock", For: span("4h")},
			Lookback: span("24h"), TradeLimit: 2, RequiredProfit: dec("-0.015"),
		},
		rounds: []round{{0, 1, 3, 98, true}, {1, 4, 6, 98, true}, {0, 7, 9, 99, true}, {0, 10, 12, 97, true}, {0, 13, 20, 100, false}, {1, 13, 15, 100, false}},
		want: []string{
			"12 account: rule on A0USDT: 2 stops of A0USDT within 24h; limit 2; lifts at 2024-01-01T16:00:00Z",
			"13 refused A0USDT", "16 account: lifted rule on A0USDT",
		},
	}, {
		name: "stop_guard by side: what is about long positions says so", hours: 16,
		rule: &halt.StopGuard{
			Stop:     halt.Stop{Scope: "account", Action: "lock", For: span("4h")},
			Lookback: span("24h"), TradeLimit: 2, OnlyPerSide: true,
		},
		rounds: []round{{0, 1, 3, 98, true}, {1, 4, 6, 98, true}, {0, 7, 9, 99, false}, {0, 10, 12, 99, false}},
		want: []string{
			"6 account: rule on all long: 2 stops of the account on the long side within 24h; limit 2; lifts at 2024-01-01T10:00:00Z",
			"7 refused A0USDT", "10 account: lifted rule on all long",
		},
	}, {
		name: "low_profit: 1.5 % and 0.3 % within six hours are less than 2 %", hours: 20,
		rule: &halt.LowProfit{Stop: halt.Stop{Scope: "symbol", Action: "lock", For: span("2h")}, Lookback: span("6h"), TradeLimit: 2, RequiredProfit: dec("0.02")},
		rounds: []round{
			{0, 1, 2, 103, false}, {0, 3, 4, 101.5, false}, {0, 5, 8, 100.3, false}, {0, 9, 12, 104, false}, {1, 9, 10, 101, false},
		},
		want: []string{ // at 4:00 they are 4.5 %; at 8:00 the trade of 2:00 counts no more; A1USDT has one only
			"9 account: rule on A0USDT: 2 trades of A0USDT within 6h earned 1.8 % together; required 2 %; lifts at 2024-01-01T10:00:00Z",
			"9 refused A0USDT", "10 account: lifted rule on A0USDT",
		},
	}, {
		name: "trade_drawdown: 10 %, then -8 %, -7 % and -6 % fall 21 %", hours: 30,
		rule: &halt.TradeDrawdown{Stop: halt.Stop{Scope: "account", Action: "lock", For: span("12h")}, Lookback: span("48h"), TradeLimit: 4, MaxAllowedDrawdown: dec("0.2")},
		rounds: []round{
			{0, 1, 2, 110, false}, {0, 3, 4, 92, false}, {1, 5, 6, 93, false}, {0, 7, 8, 94, false}, {1, 10, 12, 100, false}, {1, 20, 22, 100, false},
		},
		want: []string{
			"9 account: rule: the returns of 4 trades of the account within 48h fell 21 % from their peak; limit 20 %; lifts at 2024-01-01T20:00:00Z",
			"10 refused A1USDT", "20 account: lifted rule",
			// each trade is looked at: the fall is still in the lookback
			"23 account: rule: the returns of 5 trades of the account within 48h fell 21 % from their peak; limit 20 %; lifts at 2024-01-02T10:00:00Z",
		},
	}, {
		name: "losing_streak: a gain ends a streak, and after a halt it begins anew", hours: 40,
		rule: &halt.LosingStreak{Stop: halt.Stop{Scope: "strategy", Action: "lock", For: span("5h")}, Count: 2},
		rounds: []round{
			{0, 1, 2, 99, false}, {0, 3, 4, 101, false}, {0, 5, 6, 99, false}, {1, 7, 8, 99, false}, {1, 10, 12, 99, false}, {1, 14, 16, 99, false}, {1, 18, 20, 99, false},
		},
		want: []string{
			"9 a: rule: 2 losses of a in a row; limit 2; lifts at 2024-01-01T13:00:00Z",
			"10 refused A1USDT", "13 a: lifted rule",
			"21 a: rule: 2 losses of a in a row; limit 2; lifts at 2024-01-02T01:00:00Z", "25 a: lifted rule",
		},
	}} {
		t.Run(c.name, func(t *testing.T) {
			trial, _ := play(c.hours, c.rounds...)
			if d := cmp.Diff(c.want, told(t, trial, c.rule)); d != "" {
				t.Errorf("halts differ (-want +got):\n%s", d)
			}
		})
	}
}
