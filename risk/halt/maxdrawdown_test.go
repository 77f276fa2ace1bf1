package halt_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// quarter is the length of a bar: four close in a day, the last of them at 00:00.
const quarter = 6 * market.Hour

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// closes returns n closes: the given ones, then the last of them again and again.
func closes(n int, given ...float64) []float64 {
	for len(given) < n {
		given = append(given, given[len(given)-1])
	}
	return given
}

// TestMaxDrawdown holds 49.95 of an asset bought for 5,000 of 10,000 at 100: equity is
// 5,000 + 49.95 × close, and 5 % are lost from 90.09 on.
func TestMaxDrawdown(t *testing.T) {
	buy := []risktest.Step{risktest.At(1, risktest.BuyFor(0, "5000"))}
	bought := []string{"1 a/1 buy market A0USDT quote 5000", "2 a/1 filled 50 at 100"}
	for _, c := range []struct {
		name     string
		rule     halt.MaxDrawdown
		closes   []float64
		steps    []risktest.Step
		commands []risktest.Command
		want     []string
	}{{
		name: "halts at the first bar beyond the limit, until 00:00", rule: halt.MaxDrawdown{Per: "day"},
		closes: closes(6, 100, 91, 90),
		steps: []risktest.Step{
			risktest.At(2, risktest.BuyFor(0, "10")), risktest.At(3, risktest.BuyFor(0, "11")), risktest.At(3, risktest.Sell(0, "10")), risktest.At(4, risktest.BuyFor(0, "12")),
		},
		want: []string{
			"2 a/2 buy market A0USDT quote 10", "3 a/2 filled 0.1098 at 91",
			"3 account: dd: equity of the account fell 5.05 % from its peak in this day, from 10000.00 to 9495.38; limit 5 %; lifts at 2024-01-02T00:00:00Z",
			"3 a/3 buy market A0USDT quote 11: refused by dd: halted: equity of the account fell 5.05 % from its peak in this day, from 10000.00 to 9495.38; limit 5 %; lifts at 2024-01-02T00:00:00Z",
			"3 a/4 sell market A0USDT 10", "4 a/4 filled 10 at 90",
			"4 account: lifted dd", "4 a/5 buy market A0USDT quote 12", "5 a/5 filled 0.1333 at 90",
		},
	}, {
		name: "counts the bar that closes at 00:00 to the day before, and halts for the next", rule: halt.MaxDrawdown{Per: "day"},
		closes: closes(9, 100, 100, 100, 90),
		want: []string{
			"4 account: dd: equity of the account fell 5.04 % from its peak in this day, from 10000.00 to 9495.50; limit 5 %; lifts at 2024-01-03T00:00:00Z",
			"8 account: lifted dd",
		},
	}, {
		name: "starts each day with the equity that the one before left", rule: halt.MaxDrawdown{Per: "day"},
		closes: closes(14, 100, 99, 98, 95, 93, 91, 90, 88, 86, 84, 82, 79, 75),
		want:   nil,
	}, {
		name: "starts each week likewise", rule: halt.MaxDrawdown{Per: "week"},
		closes: closes(29, 100, 99, 98, 95, 93, 91, 90, 88, 86),
		want: []string{
			"7 account: dd: equity of the account fell 5.04 % from its peak in this week, from 10000.00 to 9495.50; limit 5 %; lifts at 2024-01-08T00:00:00Z",
			"28 account: lifted dd",
		},
	}, {
		name: "stays for the whole run until resume, and measures afresh then", rule: halt.MaxDrawdown{Per: "total"},
		closes:   closes(50, 100, 100, 120, 105, 90, 90, 90, 85, 80),
		commands: []risktest.Command{{Bar: 7, Say: market.Resume}},
		want: []string{
			"4 account: dd: equity of the account fell 6.82 % from its peak in this run, from 10994.00 to 10244.75; limit 5 %; stays until resume",
			"7 account: lifted dd",
			"9 account: dd: equity of the account fell 5.26 % from its peak in this run, from 9495.50 to 8996.00; limit 5 %; stays until resume",
		},
	}, {
		name: "flattens", rule: halt.MaxDrawdown{Per: "total", Action: "flatten"},
		closes: closes(7, 100, 100, 90, 80),
		steps:  []risktest.Step{risktest.At(2, risktest.SellLimit(0, "40", "130"))},
		want: []string{
			"2 a/2 sell limit A0USDT 40 at 130",
			"3 account: dd: equity of the account fell 5.04 % from its peak in this run, from 10000.00 to 9495.50; limit 5 %; stays until resume",
			"3 a/2 cancel", "3 a/3 sell market A0USDT 49.95 (dd)", "4 a/3 filled 49.95 at 90",
		},
	}, {
		name: "cancels working buys", rule: halt.MaxDrawdown{Per: "total"},
		closes: closes(7, 100, 100, 90, 80),
		steps:  []risktest.Step{risktest.At(2, risktest.BuyLimit(0, "1", "85"))},
		want: []string{
			"2 a/2 buy limit A0USDT 1 at 85",
			"3 account: dd: equity of the account fell 5.04 % from its peak in this run, from 10000.00 to 9495.50; limit 5 %; stays until resume",
			"3 a/2 cancel",
		},
	}} {
		t.Run(c.name, func(t *testing.T) {
			rule := c.rule
			rule.Limit, rule.Scope = dec("0.05"), "account"
			if rule.Action == "" {
				rule.Action = "reduce_only"
			}
			got := risktest.Trial{
				History:    risktest.History(risktest.Closes(quarter, c.closes...)),
				Strategies: []strategy.Strategy{risktest.Play(append(buy, c.steps...)...)},
				Rules:      []risk.Named{{Name: "dd", Rule: &rule}}, Commands: c.commands,
			}.Run(t).Log()
			if d := cmp.Diff(append(bought, c.want...), got); d != "" {
				t.Errorf("log differs (-want +got):\n%s", d)
			}
		})
	}
}

func TestMaxDrawdownOfOneStrategy(t *testing.T) {
	trace := risktest.Trial{
		History: risktest.History(risktest.Closes(quarter, closes(6, 100, 100, 90)...)),
		Strategies: []strategy.Strategy{
			risktest.Play(risktest.At(1, risktest.BuyFor(0, "5000"))),
			risktest.Play(risktest.At(1, risktest.BuyFor(0, "1000")), risktest.At(3, risktest.BuyFor(0, "1000"))),
		},
		Rules: []risk.Named{{Name: "dd", Rule: &halt.MaxDrawdown{Limit: dec("0.05"), Per: "total", Scope: "strategy", Action: "reduce_only"}}},
	}.Run(t)
	want := []string{
		"1 a/1 buy market A0USDT quote 5000", "1 b/1 buy market A0USDT quote 1000", "2 a/1 filled 50 at 100", "2 b/1 filled 10 at 100",
		"3 a: dd: equity of a fell 10.09 % from its peak in this run, from 5000.00 to 4495.50; limit 5 %; stays until resume",
		"3 b/2 buy market A0USDT quote 1000", "4 b/2 filled 11.1111 at 90",
	}
	if d := cmp.Diff(want, trace.Log()); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}

// TestMoneyThatMovesIsNoLoss takes half of the equity out: 50 BTC and 5,000 of cash. The
// peak becomes 5,000, of which 95 leaves 4745.25, 5.1 % less.
func TestMoneyThatMovesIsNoLoss(t *testing.T) {
	const bar = market.Time(quarter)
	at := func(n int, kind market.Kind, f market.Flow) market.Event {
		e := market.Event{Time: risktest.Start + market.Time(n)*bar, Kind: kind, Instrument: market.NoInstrument, Flow: &f}
		if kind == market.KindCommand {
			e.Command = market.Transfer
		}
		return e
	}
	for _, scope := range []string{"account", "strategy"} {
		h := risktest.History(risktest.Closes(quarter, closes(6, 100, 100, 100, 96, 95)...))
		h.Events = []market.Event{
			at(3, market.KindCommand, market.Flow{Asset: "USDT", Amount: dec("5000"), From: "a"}), at(3, market.KindAccount, market.Flow{Asset: "USDT", Amount: dec("-5000")}),
		}
		trace := risktest.Trial{
			History: h, Strategies: []strategy.Strategy{risktest.Play(risktest.At(1, risktest.BuyFor(0, "5000")))},
			Rules: []risk.Named{{Name: "dd", Rule: &halt.MaxDrawdown{Limit: dec("0.05"), Per: "total", Scope: scope, Action: "reduce_only"}}},
		}.Run(t)
		who := map[string]string{"account": "the account", "strategy": "a"}[scope]
		want := []string{"5 " + map[string]string{"account": "account", "strategy": "a"}[scope] +
			": dd: equity of " + who + " fell 5.10 % from its peak in this run, from 5000.00 to 4745.25; limit 5 %; stays until resume"}
		if d := cmp.Diff(want, trace.Log()[2:]); d != "" {
			t.Errorf("log differs (-want +got):\n%s", d)
		}
	}
}

// TestMaxDrawdownAgainstOracle compares when halts begin and end with the definition,
// applied to the equity curve of the run.
func TestMaxDrawdownAgainstOracle(t *testing.T) {
	halts, lifts := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		per := rapid.SampledFrom([]string{"day", "week", "total"}).Draw(rt, "per")
		rule := &halt.MaxDrawdown{
			Limit: decimal.New(rapid.Int64Range(2, 40).Draw(rt, "limit"), -3), Per: per,
			Scope:  rapid.SampledFrom([]string{"account", "strategy"}).Draw(rt, "scope"),
			Action: rapid.SampledFrom([]string{"reduce_only", "flatten"}).Draw(rt, "action"),
		}
		interval := rapid.SampledFrom([]market.Interval{market.Hour, 11 * market.Hour, market.Daily}).Draw(rt, "interval")
		trace := risktest.Trial{
			History:    risktest.History(risktest.Walk(rapid.Uint64().Draw(rt, "market"), interval, 200)),
			Strategies: []strategy.Strategy{&risktest.Chance{Last: 200}},
			Rules:      []risk.Named{{Name: "dd", Rule: rule}},
		}.Run(t)
		want := oracle(trace, per, market.Float(rule.Limit), interval)
		var got []string
		for _, n := range trace.Notices {
			word, _, _ := strings.Cut(n.Text, ":")
			got = append(got, n.Time.String()+" "+word)
		}
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatalf("halts differ (-want +got):\n%s", d)
		}
		for _, n := range trace.Notices {
			if strings.HasPrefix(n.Text, "lifted") {
				lifts++
			} else {
				halts++
			}
		}
	})
	if halts == 0 || lifts == 0 {
		t.Errorf("the runs proved little: %d halts, %d lifts", halts, lifts)
	}
}

// oracle says when the account is halted and when that ends: for each bar it looks at
// all equity since the period began, or since the last lift.
func oracle(trace *risktest.Trace, per string, limit float64, interval market.Interval) []string {
	var out []string
	var from, lift market.Time // of what counts; of the halt that stands
	for k, s := range trace.Curve.Instants {
		if lift > 0 && s.Time >= lift {
			out = append(out, fmt.Sprintf("%s lifted dd", lift))
			from, lift = lift, 0
		}
		if lift > 0 || k == 0 || !interval.Aligned(s.Time) {
			continue
		}
		since := max(from, begin(s.Time-1, per))
		peak := s.Equity
		for j := k; j > 0 && trace.Curve.Instants[j].Time > since; j-- {
			peak = max(peak, trace.Curve.Instants[j-1].Equity)
		}
		if (peak-s.Equity)/peak > limit {
			lift = market.MaxTime
			for b := s.Time + 1; per != "total" && lift == market.MaxTime; b += market.Time(time.Minute) {
				if begin(b, per) > s.Time {
					lift = begin(b, per)
				}
			}
			out = append(out, s.Time.String()+" dd")
		}
	}
	return out
}

// begin returns the start of the day or week that a time lies in.
func begin(t market.Time, per string) market.Time {
	u := t.UTC()
	day := time.Date(u.Year(), u.Month(), u.Day(), 0, 0, 0, 0, time.UTC)
	switch per {
	case "day":
		return market.TimeOf(day)
	case "week":
		return market.TimeOf(day.AddDate(0, 0, -(int(u.Weekday())+6)%7))
	}
	return 0
}
