package limit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// perpetuals makes perpetual futures of a history's instruments.
func perpetuals(h *backtest.History) *backtest.History {
	for i := range h.Instruments {
		h.Instruments[i].Fees.InQuote, h.Instruments[i].Margin = true, &market.Margin{Leverage: dec("5")}
	}
	return h
}

func TestExposureOfOneStrategy(t *testing.T) {
	buys := func(quotes ...string) (steps []risktest.Step) {
		for i, q := range quotes {
			steps = append(steps, risktest.At(1, risktest.BuyFor(market.InstrumentID(i), q)))
		}
		return steps
	}
	groups := map[string][]string{"majors": {"A0", "A1"}}
	for _, s := range []script{{
		name: "max_exposure sums all instruments", rule: &limit.MaxExposure{Percent: dec("0.5")}, steps: buys("2000", "2000", "2000"),
		want: []string{
			"1 a/1 buy market A0USDT quote 2000", "1 a/2 buy market A1USDT quote 2000", "1 a/3 buy market A2USDT quote 1000",
			"2 a/1 filled 20 at 100", "2 a/2 filled 20 at 100", "2 a/3 filled 10 at 100",
		},
	}, {
		name: "max_exposure refuses what is left under the minimum", rule: &limit.MaxExposure{Amount: dec("4003")}, steps: buys("2000", "2000", "2000"),
		want: []string{
			"1 a/1 buy market A0USDT quote 2000", "1 a/2 buy market A1USDT quote 2000",
			"1 a/3 buy market A2USDT quote 2000: refused by m: gross exposure of 4000 USDT, and the order 2000, limit 4003 USDT",
			"2 a/1 filled 20 at 100", "2 a/2 filled 20 at 100",
		},
	}, {
		name: "max_leverage is a multiple of equity", rule: &limit.MaxLeverage{Times: dec("0.3")}, steps: buys("2000", "2000"),
		want: []string{
			"1 a/1 buy market A0USDT quote 2000", "1 a/2 buy market A1USDT quote 1000", "2 a/1 filled 20 at 100", "2 a/2 filled 10 at 100",
		},
	}, {
		name: "max_group bounds a group, and the others together", rule: &limit.MaxGroup{Percent: dec("0.3"), Groups: groups, Others: "together"},
		steps: buys("2000", "2000", "5000"),
		want: []string{
			"1 a/1 buy market A0USDT quote 2000", "1 a/2 buy market A1USDT quote 1000", "1 a/3 buy market A2USDT quote 3000",
			"2 a/1 filled 20 at 100", "2 a/2 filled 10 at 100", "2 a/3 filled 30 at 100",
		},
	}, {
		name: "max_group bounds one group, and no others", steps: buys("2000", "2000", "5000"),
		rule: &limit.MaxGroup{Limits: map[string]decimal.Decimal{"majors": dec("0.25")}, Groups: groups, Others: "unlimited"},
		want: []string{
			"1 a/1 buy market A0USDT quote 2000", "1 a/2 buy market A1USDT quote 500", "1 a/3 buy market A2USDT quote 5000",
			"2 a/1 filled 20 at 100", "2 a/2 filled 5 at 100", "2 a/3 filled 50 at 100",
		},
	}, {
		name: "max_asset bounds each asset", rule: &limit.MaxAsset{Percent: dec("0.3")}, steps: buys("4000", "2000"),
		want: []string{
			"1 a/1 buy market A0USDT quote 3000", "1 a/2 buy market A1USDT quote 2000", "2 a/1 filled 30 at 100", "2 a/2 filled 20 at 100",
		},
	}} {
		t.Run(s.name, func(t *testing.T) { s.run(t, "m") })
	}
}

// TestAssetOverItsInstruments counts two instruments of one asset together.
func TestAssetOverItsInstruments(t *testing.T) {
	h := risktest.History(flat()...)
	h.Instruments[1].Base = "A0"
	got := risktest.Trial{
		History: h, Rules: []risk.Named{{Name: "m", Rule: &limit.MaxAsset{Amount: dec("3000")}}},
		Strategies: []strategy.Strategy{risktest.Play(risktest.At(1, risktest.BuyFor(0, "2000")), risktest.At(1, risktest.BuyFor(1, "2000")))},
	}.Run(t).Log()
	if d := cmp.Diff("1 a/2 buy market A1USDT quote 1000", got[1]); d != "" {
		t.Error(d)
	}
}

// TestScopeOfTheAccount bounds what two strategies hold together.
func TestScopeOfTheAccount(t *testing.T) {
	for name, c := range map[string]struct {
		rule risk.Rule
		want string
	}{
		"position": {&limit.MaxPosition{Percent: dec("0.3"), Scope: "account"}, "1 b/1 buy market A0USDT quote 1000"},
		"exposure": {&limit.MaxExposure{Amount: dec("3500"), Scope: "account"}, "1 b/1 buy market A0USDT quote 1500"},
		"leverage": {&limit.MaxLeverage{Times: dec("0.25"), Scope: "account"}, "1 b/1 buy market A0USDT quote 500"},
		"strategy": {&limit.MaxPosition{Percent: dec("0.5")}, "1 b/1 buy market A0USDT quote 2000"},
	} {
		buy := func() strategy.Strategy { return risktest.Play(risktest.At(1, risktest.BuyFor(0, "2000"))) }
		got := risktest.Trial{
			History: risktest.History(flat()...), Strategies: []strategy.Strategy{buy(), buy()}, Rules: []risk.Named{{Name: "m", Rule: c.rule}},
		}.Run(t).Log()
		if got[1] != c.want {
			t.Errorf("%s: %q, want %q", name, got[1], c.want)
		}
	}
}

// TestNetExposure lets the short side make room for the long one: 9 short count as 918, and
// are worth 882 at least, so that with a limit of 1,000 the long side may be 1,882.
func TestNetExposure(t *testing.T) {
	got := risktest.Trial{
		History: perpetuals(risktest.History(flat()...)), Rules: []risk.Named{{Name: "m", Rule: &limit.MaxNetExposure{Amount: dec("1000")}}},
		Strategies: []strategy.Strategy{risktest.Play(
			risktest.At(1, risktest.Sell(0, "9")), risktest.At(2, risktest.Buy(1, "40")), risktest.At(3, risktest.Buy(2, "1")),
		)},
	}.Run(t).Log()
	want := []string{
		"1 a/1 sell market A0USDT 9", "2 a/1 filled 9 at 100", // 918 of 1000
		"2 a/2 buy market A1USDT 18.4509", "3 a/2 filled 18.4509 at 100", // 1000 + 882 at 102
		"3 a/3 buy market A2USDT 1: refused by m: net exposure of 999.9918 USDT, and the order 102, limit 1000 USDT",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}

// TestExcessByAGap buys at what the limit allows, and the market opens 10 % higher: that is
// noted once, and nothing is added until the position is within the limit again.
func TestExcessByAGap(t *testing.T) {
	c := risktest.Closes(market.Hour, 100, 110, 110, 90, 90, 90)
	c.Open[1], c.Low[1] = 110, 110
	got := risktest.Trial{
		History: risktest.History(c), Rules: []risk.Named{{Name: "m", Rule: &limit.MaxPosition{Amount: dec("1020")}}},
		Strategies: []strategy.Strategy{risktest.Play(
			risktest.At(1, risktest.Buy(0, "10")), risktest.At(2, risktest.Buy(0, "1")), risktest.At(4, risktest.Buy(0, "1")),
		)},
	}.Run(t).Log()
	want := []string{
		"1 a/1 buy market A0USDT 10", "2 a/1 filled 10 at 110",
		"2 a: m notes: A0USDT position and working buys: 1098.9 USDT since a/1 filled at 110, beyond the collar; limit 1020 USDT; nothing is added until it is within it again",
		"2 a/2 buy market A0USDT 1: refused by m: A0USDT position and working buys of 1120.878 USDT, and the order 112.2, limit 1020 USDT",
		"4 a/3 buy market A0USDT 1", "5 a/3 filled 1 at 90",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}

func TestMoreSettingsThatMakeNoSense(t *testing.T) {
	groups := map[string][]string{"a": {"A0"}, "b": {"A0"}}
	for name, r := range map[string]risk.Rule{
		"a scope that is none":        &limit.MaxPosition{Percent: dec("0.1"), Scope: "world"},
		"25 for 25 %":                 &limit.MaxExposure{Percent: dec("25")},
		"no limit":                    &limit.MaxNetExposure{},
		"no leverage":                 &limit.MaxLeverage{},
		"an asset in two groups":      &limit.MaxGroup{Percent: dec("0.1"), Groups: groups, Others: "together"},
		"a limit of no group":         &limit.MaxGroup{Percent: dec("0.1"), Limits: map[string]decimal.Decimal{"c": dec("1")}, Others: "together"},
		"others that are nothing":     &limit.MaxGroup{Percent: dec("0.1"), Others: "some"},
		"a group without a limit":     &limit.MaxGroup{Groups: map[string][]string{"a": {"A0"}}, Others: "unlimited"},
		"open, with a scope of none":  &limit.MaxOpen{Count: 1, Scope: "all"},
		"an asset's limit below zero": &limit.MaxAsset{Amount: dec("-1")},
	} {
		if err := r.Init(nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
