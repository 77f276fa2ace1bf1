package limit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

func newRegime(set func(*limit.Regime)) *limit.Regime {
	r := limit.RegimePlugin().New().(*limit.Regime)
	set(r)
	return r
}

func value(s string) decimal.NullDecimal { return decimal.NewNullDecimal(dec(s)) }

func TestRegimeOfTheMarket(t *testing.T) {
	rule := newRegime(func(r *limit.Regime) { r.Kind, r.Least, r.Most = "fear_greed", value("20"), value("74.5") })
	whole := func(bar int, x float64) market.Signal { return signal("fear_greed", market.MarketWide, bar, x) }
	got := said(asked(t, rule, whole(2, 19.9), whole(3, 20), whole(4, 74.5), whole(5, 75)))
	const of, limits = "gate: fear_greed of the market ", ", limit from 20 to 74.5"
	const none = "gate: no fear_greed of the market in force, limit none older than 48h"
	want := []string{
		"1 A0 " + none, "1 A1 " + none, "2 A0 " + of + "19.9" + limits, "2 A1 " + of + "19.9" + limits,
		"3 A0 left", "3 A1 left", "4 A0 left", "4 A1 left", "5 A0 " + of + "75" + limits, "5 A1 " + of + "75" + limits,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}

func TestRegimeOfEachAsset(t *testing.T) {
	rule := newRegime(func(r *limit.Regime) { r.Kind, r.Subject, r.Most = "volatility", "asset", value("0.5") })
	got := said(asked(t, rule, signal("volatility", "A0", 1, 0.5), signal("volatility", "A1", 1, 0.51)))[:2]
	want := []string{"1 A0 left", "1 A1 gate: volatility of A1 0.51, limit up to 0.5"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}

// TestRegimeByAnAverage: a tie is a tie, on the grid of cents.
func TestRegimeByAnAverage(t *testing.T) {
	for side, want := range map[string][]string{
		"above": {"too few", "too few", "left", "A1USDT closed at 0.1, limit above its average of 0.2 over 3 bars", "closed at 0.2, limit above its average of 0.2", "left"},
		"below": {"too few", "too few", "closed at 0.3, limit below its average of 0.2", "left", "closed at 0.2, limit below its average of 0.2", "closed at 0.21"},
	} {
		reference := risktest.Closes(market.Hour, 0.1, 0.2, 0.3, 0.1, 0.2, 0.21, 0.3)
		var steps []risktest.Step
		for bar := 1; bar <= 6; bar++ {
			steps = append(steps, risktest.At(bar, risktest.BuyLimit(0, "1", "50")))
		}
		rule := newRegime(func(r *limit.Regime) { r.Symbol, r.Average, r.Side = "A1USDT", 3, side })
		got := said(risktest.Trial{
			History: risktest.History(flat()[0], reference), Rules: []risk.Named{{Name: "gate", Rule: rule}}, Strategies: []strategy.Strategy{risktest.Play(steps...)},
		}.Run(t))
		for k, w := range want {
			if !strings.Contains(got[k], w) {
				t.Errorf("%s: %q does not say %q", side, got[k], w)
			}
		}
	}
}

func TestRegimeNeedsBoth(t *testing.T) {
	rule := newRegime(func(r *limit.Regime) {
		r.Kind, r.Least, r.Symbol, r.Average, r.Side = "market_trend", value("1"), "A1USDT", 2, "below"
	})
	for _, line := range said(asked(t, rule, signal("market_trend", market.MarketWide, 1, 1))) {
		if !strings.Contains(line, "too few bars") && !strings.Contains(line, "below its average") {
			t.Errorf("%s: the market trends up, and its closes lie on their average", line)
		}
	}
}

func TestGateSettingsThatMakeNoSense(t *testing.T) {
	for name, r := range map[string]risk.Rule{
		"a rate of none":             &limit.OrderRate{Window: hour, Scope: "strategy"},
		"a rate without a window":    &limit.OrderRate{Count: 1, Scope: "strategy"},
		"a rate of a group":          &limit.OrderRate{Count: 1, Window: hour, Scope: "group"},
		"a negative window":          &limit.DuplicateOrder{Window: -1},
		"no hours":                   &limit.TradingHours{},
		"no instruments":             &limit.Instruments{},
		"an empty name":              &limit.Instruments{Deny: []string{""}},
		"two names in one":           &limit.Instruments{Allow: []string{"BTC ETH"}},
		"no collar":                  &limit.PriceCollar{},
		"a collar of percents":       &limit.PriceCollar{Percent: dec("10")},
		"a negative bound":           &limit.PriceCollar{Percent: dec("0.1"), Marketable: value("-0.1")},
		"a negative bar":             &limit.PriceCollar{Percent: dec("0.1"), Bar: dec("-0.1")},
		"no liquidity asked for":     &limit.MinLiquidity{Bars: 1},
		"an average of nothing":      &limit.MinLiquidity{Percent: dec("0.1")},
		"all of the volume and more": &limit.MinLiquidity{Percent: dec("1.1"), Bars: 1},
		"a negative volume":          &limit.MinLiquidity{MinVolume: dec("-1"), Bars: 1},
		"no age":                     &limit.StaleBar{},
		"no kind":                    &limit.StaleSignal{Reading: limit.Reading{Subject: "asset"}},
		"a subject of neither":       &limit.StaleSignal{Reading: limit.Reading{Kind: "x", Subject: "group"}},
		"no regime":                  newRegime(func(*limit.Regime) {}),
		"a signal without bounds":    newRegime(func(r *limit.Regime) { r.Kind = "fear_greed" }),
		"bounds crossed":             newRegime(func(r *limit.Regime) { r.Kind, r.Least, r.Most = "fear_greed", value("2"), value("1") }),
		"a symbol without average":   newRegime(func(r *limit.Regime) { r.Symbol = "A0USDT" }),
		"an average on no side":      newRegime(func(r *limit.Regime) { r.Symbol, r.Average, r.Side = "A0USDT", 5, "beside" }),
	} {
		if err := r.Init(nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
