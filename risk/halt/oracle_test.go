package halt_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// done is a trade as the oracle sees it, with the key of the place where it counts.
type done struct {
	key         string
	exit, known market.Time
	earned      decimal.Decimal
}

// trades lists the closed trades of a run, and when each became known.
func trades(trace *risktest.Trace, scope string) (list []done) {
	for _, t := range trace.Trades {
		d := done{exit: t.ExitTime(), key: map[string]string{"account": "account rule", "strategy": t.Strategy + " rule", "symbol": "account rule on " + trace.Instruments[t.Instrument].Symbol}[scope]}
		cost := decimal.Zero
		for _, f := range t.Entries {
			cost = cost.Add(f.Price.Mul(f.Quantity))
		}
		d.earned = market.Divide(t.Profit(&trace.Instruments[t.Instrument]), cost, 9)
		last := t.Exits[len(t.Exits)-1]
		for k := range trace.Records {
			if u := trace.Records[k].Event.Update; u != nil && u.Fill == last {
				d.known = trace.Records[k].Time
			}
		}
		list = append(list, d)
	}
	return list
}

// expected says when halts begin, or last longer: each time that a trade of a place becomes
// known it looks at the whole list of trades.
func expected(list []done, lookback, length market.Time, bad func([]done) bool) (out []string) {
	until := map[string]market.Time{}
	seen := map[string]bool{}
	slices.SortStableFunc(list, func(a, b done) int { return cmp.Compare(a.known, b.known) })
	for _, now := range list {
		if id := fmt.Sprint(now.key, now.known); seen[id] {
			continue
		} else {
			seen[id] = true
		}
		var window []done
		ends := market.Time(0)
		for _, d := range list {
			if d.key == now.key && d.known <= now.known && d.exit > now.known-lookback {
				window = append(window, d)
				ends = max(ends, d.exit+length)
			}
		}
		if len(window) > 0 && bad(window) && ends > now.known && ends > until[now.key] {
			until[now.key] = ends
			out = append(out, fmt.Sprintf("%s %s until %s", now.known, now.key, ends))
		}
	}
	slices.Sort(out)
	return out
}

// TestTradesAgainstOracle lets two strategies trade at random, and compares the halts of a rule
// with what its definition says of the whole list of their trades.
func TestTradesAgainstOracle(t *testing.T) {
	halts := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		const bars = 150
		scope := rapid.SampledFrom([]string{"account", "strategy", "symbol"}).Draw(rt, "scope")
		lookback := market.Duration(rapid.IntRange(2, 40).Draw(rt, "lookback")) * market.Duration(market.Hour)
		length := market.Duration(rapid.IntRange(2, 20).Draw(rt, "for"))*market.Duration(market.Hour) + market.Duration(rapid.IntRange(0, 59).Draw(rt, "minutes"))*market.Duration(market.Minute)
		count := rapid.IntRange(1, 3).Draw(rt, "trades")
		limit := decimal.New(rapid.Int64Range(1, 60).Draw(rt, "limit"), -3)
		stop := halt.Stop{Scope: scope, Action: rapid.SampledFrom([]string{"lock", "reduce_only", "flatten"}).Draw(rt, "action"), For: length}
		var rule risk.Rule
		var bad func([]done) bool
		name := rapid.SampledFrom([]string{"cooldown", "low_profit", "trade_drawdown"}).Draw(rt, "rule")
		switch name {
		case "cooldown":
			lookback = length
			rule, bad = &halt.Cooldown{Stop: stop}, func([]done) bool { return true }
		case "low_profit":
			rule = &halt.LowProfit{Stop: stop, Lookback: lookback, TradeLimit: count, RequiredProfit: limit}
			bad = func(w []done) bool {
				sum := decimal.Zero
				for _, d := range w {
					sum = sum.Add(d.earned)
				}
				return len(w) >= count && sum.LessThan(limit)
			}
		case "trade_drawdown":
			rule = &halt.TradeDrawdown{Stop: stop, Lookback: lookback, TradeLimit: count, MaxAllowedDrawdown: limit}
			bad = func(w []done) bool { return len(w) >= count && deepest(w).GreaterThan(limit) }
		}
		seed := rapid.Uint64().Draw(rt, "market")
		trace := risktest.Trial{
			History:    risktest.History(risktest.Walk(seed, market.Hour, bars), risktest.Walk(seed+1, market.Hour, bars)),
			Strategies: []strategy.Strategy{&risktest.Chance{Last: bars}, &risktest.Chance{Last: bars}},
			Rules:      []risk.Named{{Name: "rule", Rule: rule}},
		}.Run(t)
		var got []string
		for _, n := range trace.Notices {
			if where, text, ok := strings.Cut(n.Text, ": "); ok {
				_, until, _ := strings.Cut(text, "lifts at ")
				got = append(got, fmt.Sprintf("%s %s %s until %s", n.Time, n.Scope, where, until))
			}
		}
		slices.Sort(got)
		halts[name] += len(got)
		if d := gocmp.Diff(expected(trades(trace, scope), market.Time(lookback), market.Time(length), bad), got); d != "" {
			rt.Fatalf("%s: halts differ (-want +got):\n%s", name, d)
		}
		lifted(rt, trace)
	})
	for _, name := range []string{"cooldown", "low_profit", "trade_drawdown"} {
		if halts[name] == 0 && !testing.Short() { // then there are too few runs to be sure of each
			t.Errorf("the runs proved nothing of %s", name)
		}
	}
}

// deepest returns the deepest fall of the sum of returns, by the time of exit, from its peak.
func deepest(w []done) (fall decimal.Decimal) {
	at := func(t market.Time) (sum decimal.Decimal) {
		for _, d := range w {
			if d.exit <= t {
				sum = sum.Add(d.earned)
			}
		}
		return sum
	}
	for _, low := range w {
		fall = decimal.Max(fall, at(low.exit).Neg())
		for _, high := range w {
			if high.exit <= low.exit {
				fall = decimal.Max(fall, at(high.exit).Sub(at(low.exit)))
			}
		}
	}
	return fall
}

// lifted looks whether each halt ends at the first instant that is not before its time.
func lifted(rt *rapid.T, trace *risktest.Trace) {
	ends := map[string]string{}
	for _, n := range trace.Notices {
		if name, ok := strings.CutPrefix(n.Text, "lifted "); ok {
			first := market.Time(0)
			for _, s := range trace.Curve.Instants {
				if s.Time.String() >= ends[n.Scope+name] {
					first = s.Time
					break
				}
			}
			if n.Time != first {
				rt.Fatalf("%s %s lifts at %s, and was lifted at %s rather than %s", n.Scope, name, ends[n.Scope+name], n.Time, first)
			}
			continue
		}
		name, text, _ := strings.Cut(n.Text, ": ")
		_, ends[n.Scope+name], _ = strings.Cut(text, "lifts at ")
	}
}

// TestWordsOfASession halts one symbol until a time, as a session does for one before it.
func TestWordsOfASession(t *testing.T) {
	trial, _ := play(12, round{0, 3, 9, 100, false}, round{1, 3, 9, 100, false}, round{0, 5, 9, 100, false})
	trial.History.Events = []market.Event{{
		Time: risktest.Start + 2*market.Time(market.Hour), Kind: market.KindCommand, Command: market.HaltRisk, Instrument: market.NoInstrument,
		Word: &market.Word{Rule: "rule", Symbol: "A0USDT", Until: risktest.Start + 5*market.Time(market.Hour), Action: "lock", Text: "before"},
	}}
	got := told(t, trial, &halt.VenueErrors{Count: 9, Within: span("1h"), Scope: "account", Action: "lock"})
	if d := gocmp.Diff([]string{"2 account: rule on A0USDT: before", "3 refused A0USDT", "5 account: lifted rule on A0USDT"}, got); d != "" {
		t.Errorf("halts differ (-want +got):\n%s", d)
	}
}
