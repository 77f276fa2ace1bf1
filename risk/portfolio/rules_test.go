package portfolio_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/portfolio"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// Instruments that are at 100 but for a few bars, 28 bars long.
var (
	wavy  = closes(12, 90, 100, 95, 100)   // two losses, of 10 % and of 5 %
	half  = closes(12, 95, 100, 97.5, 100) // moves with it, by half as much
	apart = closes(16, 90, 100, 95, 100)   // moves after it
	still = closes(1)
)

// closes makes closes of 100 but for some from a bar on, counted from 1.
func closes(bar int, some ...float64) []float64 {
	list := slices.Repeat([]float64{100}, 28)
	copy(list[bar-1:], some)
	return list
}

func history(series ...[]float64) *backtest.History {
	var list []*market.Columns
	for _, s := range series {
		list = append(list, risktest.Closes(market.Hour, s...))
	}
	return risktest.History(list...)
}

// perpetuals makes perpetual futures of the instruments.
func perpetuals(h *backtest.History) *backtest.History {
	for i := range h.Instruments {
		h.Instruments[i].Fees.InQuote, h.Instruments[i].Margin = true, &market.Margin{Leverage: dec("3")}
	}
	return h
}

// hourly measures the last 20 bars of an hour.
func hourly() portfolio.Basis {
	return portfolio.Basis{Scope: "account", Interval: market.Hour, Bars: 20, UntilReady: "refuse"}
}

func maxVar(amount, method, measure string) *portfolio.MaxVar {
	return &portfolio.MaxVar{
		Basis: hourly(), Amount: dec(amount), Confidence: dec("0.95"), Horizon: 1, Method: method, Measure: measure, Cut: true,
	}
}

type script struct {
	name    string
	history *backtest.History
	rule    risk.Rule
	steps   []risktest.Step
	want    []string
}

func run(t *testing.T, scripts []script) {
	t.Helper()
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			got := risktest.Trial{
				History: s.history, Strategies: []strategy.Strategy{risktest.Play(s.steps...)}, Rules: []risk.Named{{Name: "r", Rule: s.rule}},
			}.Run(t).Log()
			if d := cmp.Diff(s.want, got); d != "" {
				t.Errorf("log differs (-want +got):\n%s", d)
			}
		})
	}
}

// TestMaxVar: of 20 bars 5 % is one, so that value at risk is the second largest loss, 5 %
// of wavy, and the expected shortfall the largest, 10 %. A quantity counts at 2 % above the
// close. The deviation of wavy is 3.8118 %, times 1.6449 (2.0627) that is 6.270 % (7.863 %).
func TestMaxVar(t *testing.T) {
	refusing := maxVar("50", "historical", "var")
	refusing.Cut = false
	share := maxVar("0", "historical", "cvar")
	share.Percent = dec("0.01")
	longer := maxVar("50", "historical", "var")
	longer.Horizon = 4
	passing := maxVar("50", "historical", "var")
	passing.UntilReady = "pass"
	run(t, []script{{
		name: "historical var", history: history(wavy), rule: maxVar("50", "historical", "var"),
		steps: []risktest.Step{risktest.At(21, risktest.BuyFor(0, "2000"))},
		want:  []string{"21 a/1 buy market A0USDT quote 1000", "22 a/1 filled 10 at 100"},
	}, {
		name: "historical cvar", history: history(wavy), rule: maxVar("50", "historical", "cvar"),
		steps: []risktest.Step{risktest.At(21, risktest.Buy(0, "20"))},
		want:  []string{"21 a/1 buy market A0USDT 4.9019", "22 a/1 filled 4.9019 at 100"},
	}, {
		name: "parametric var", history: history(wavy), rule: maxVar("50", "parametric", "var"),
		steps: []risktest.Step{risktest.At(21, risktest.BuyFor(0, "2000"))},
		want:  []string{"21 a/1 buy market A0USDT quote 797.47173037", "22 a/1 filled 7.9747 at 100"},
	}, {
		name: "parametric cvar", history: history(wavy), rule: maxVar("50", "parametric", "cvar"),
		steps: []risktest.Step{risktest.At(21, risktest.BuyFor(0, "2000"))},
		want:  []string{"21 a/1 buy market A0USDT quote 635.92190989", "22 a/1 filled 6.3592 at 100"},
	}, {
		name: "share of equity", history: history(wavy), rule: share,
		steps: []risktest.Step{risktest.At(21, risktest.BuyFor(0, "2000"))},
		want:  []string{"21 a/1 buy market A0USDT quote 1000", "22 a/1 filled 10 at 100"},
	}, {
		name: "over four bars twice as much", history: history(wavy), rule: longer,
		steps: []risktest.Step{risktest.At(21, risktest.BuyFor(0, "2000"))},
		want:  []string{"21 a/1 buy market A0USDT quote 500", "22 a/1 filled 5 at 100"},
	}, {
		name: "refuses where it may not cut", history: history(wavy), rule: refusing,
		steps: []risktest.Step{risktest.At(21, risktest.BuyFor(0, "2000")), risktest.At(21, risktest.BuyFor(0, "1000"))},
		want: []string{
			"21 a/1 buy market A0USDT quote 2000: refused by r: historical var of 100 USDT over 1 × 1h at 0.95 with the order, limit 50 USDT",
			"21 a/2 buy market A0USDT quote 1000", "22 a/2 filled 10 at 100",
		},
	}, {
		name: "counts what works and what is held", history: history(wavy), rule: maxVar("50", "historical", "var"),
		steps: []risktest.Step{
			risktest.At(20, risktest.BuyFor(0, "300")), risktest.At(21, risktest.BuyFor(0, "300")), risktest.At(21, risktest.BuyFor(0, "500")),
		},
		want: []string{ // 3 × 0.999 × 102 are held at the second
			"20 a/1 buy market A0USDT quote 300", "21 a/1 filled 3 at 100",
			"21 a/2 buy market A0USDT quote 300", "21 a/3 buy market A0USDT quote 394.306", "22 a/2 filled 3 at 100", "22 a/3 filled 3.943 at 100",
		},
	}, {
		name: "what lost in other bars adds nothing to the second largest loss", history: history(wavy, still), rule: maxVar("50", "historical", "var"),
		steps: []risktest.Step{risktest.At(20, risktest.BuyFor(0, "2000")), risktest.At(21, risktest.BuyFor(1, "3000"))},
		want: []string{
			"20 a/1 buy market A0USDT quote 1000", "21 a/1 filled 10 at 100", "21 a/2 buy market A1USDT quote 3000", "22 a/2 filled 30 at 100",
		},
	}, {
		name: "too few bars", history: history(wavy), rule: maxVar("50", "historical", "var"),
		steps: []risktest.Step{risktest.At(18, risktest.BuyFor(0, "2000")), risktest.At(19, risktest.BuyFor(0, "2000"))},
		want: []string{
			"18 a/1 buy market A0USDT quote 2000: refused by r: A0USDT has 17 of the last 20 bars of 1h: 1 more are needed, limit at least 18 bars",
			"19 a/2 buy market A0USDT quote 1000", "20 a/2 filled 10 at 100",
		},
	}, {
		name: "too few bars, where that passes", history: history(wavy), rule: passing,
		steps: []risktest.Step{risktest.At(18, risktest.BuyFor(0, "2000")), risktest.At(19, risktest.SellAll(0))},
		want: []string{
			"18 a/1 buy market A0USDT quote 2000", "19 a/1 filled 20 at 100", "19 a/2 sell market A0USDT 19.98", "20 a/2 filled 19.98 at 100",
		},
	}})
}

// TestMaxVarOfPerpetuals: A1 moves as A0 does, so that a short position in it hedges.
func TestMaxVarOfPerpetuals(t *testing.T) {
	lowered := func() (*portfolio.MaxVar, risktest.Step) {
		r := maxVar("51", "historical", "cvar")
		return r, risktest.Step{Bar: 21, Do: func(*strategy.Context) { r.Amount = dec("10") }}
	}
	r1, lower1 := lowered()
	r2, lower2 := lowered()
	run(t, []script{{
		name: "a hedge passes above the limit, and no more than turns the risk round", history: perpetuals(history(wavy, wavy)), rule: r1,
		steps: []risktest.Step{
			risktest.At(20, risktest.Buy(0, "5")), lower1, risktest.At(22, risktest.Buy(1, "1")), risktest.At(22, risktest.Sell(1, "2")),
			risktest.At(23, risktest.Buy(1, "2")), risktest.At(24, risktest.Sell(1, "20")),
		},
		want: []string{
			"20 a/1 buy market A0USDT 5", "21 a/1 filled 5 at 100",
			"22 a/2 buy market A1USDT 1: refused by r: historical cvar of 61.2 USDT over 1 × 1h at 0.95 with the order, limit 10 USDT",
			"22 a/3 sell market A1USDT 2", "23 a/3 filled 2 at 100",
			"23 a/4 buy market A1USDT 2", "24 a/4 filled 2 at 100", // closing is no business of rules
			"24 a/5 sell market A1USDT 9.5", "25 a/5 filled 9.5 at 100", // rises: 11.1 % of 4.5 is 10 % of 5
		},
	}, {
		name: "a hedge that works is none yet", history: perpetuals(history(wavy, wavy)), rule: maxVar("51", "historical", "cvar"),
		steps: []risktest.Step{
			risktest.At(20, risktest.Buy(0, "5")), risktest.At(21, risktest.SellLimit(1, "3", "150")), risktest.At(22, risktest.Buy(0, "1")),
			{Bar: 22, Do: func(c *strategy.Context) { risktest.CancelAll(c, 1) }}, risktest.At(23, risktest.Sell(1, "3")), risktest.At(24, risktest.Buy(0, "4")),
		},
		want: []string{
			"20 a/1 buy market A0USDT 5", "21 a/1 filled 5 at 100", "21 a/2 sell limit A1USDT 3 at 150",
			"22 a/3 buy market A0USDT 1: refused by r: historical cvar of 61.2 USDT over 1 × 1h at 0.95 with the order, limit 51 USDT",
			"22 a/2 cancel", "23 a/4 sell market A1USDT 3", "24 a/4 filled 3 at 100",
			"24 a/5 buy market A0USDT 3", "25 a/5 filled 3 at 100",
		},
	}, {
		name: "turning a position round passes where the other side is no riskier", history: perpetuals(history(wavy)), rule: r2,
		steps: []risktest.Step{risktest.At(20, risktest.Buy(0, "5")), lower2, risktest.At(22, risktest.Sell(0, "30"))},
		want: []string{
			"20 a/1 buy market A0USDT 5", "21 a/1 filled 5 at 100", "22 a/2 sell market A0USDT 9.5", "23 a/2 filled 9.5 at 100",
		},
	}})
}

// TestScope: each of two strategies buys half of what the limit allows, and more.
func TestScope(t *testing.T) {
	for scope, want := range map[string][]string{
		"account": {
			"20 a/1 buy market A0USDT quote 500", "20 b/1 buy market A0USDT quote 500",
			"20 b/2 buy market A0USDT quote 10: refused by r: historical var of 50.5 USDT over 1 × 1h at 0.95 with the order, limit 50 USDT",
			"21 a/1 filled 5 at 100", "21 b/1 filled 5 at 100",
		},
		"strategy": {
			"20 a/1 buy market A0USDT quote 500", "20 b/1 buy market A0USDT quote 500", "20 b/2 buy market A0USDT quote 10",
			"21 a/1 filled 5 at 100", "21 b/1 filled 5 at 100", "21 b/2 filled 0.1 at 100",
		},
	} {
		rule := maxVar("50", "historical", "var")
		rule.Scope = scope
		got := risktest.Trial{
			History: history(wavy), Rules: []risk.Named{{Name: "r", Rule: rule}},
			Strategies: []strategy.Strategy{
				risktest.Play(risktest.At(20, risktest.BuyFor(0, "500"))),
				risktest.Play(risktest.At(20, risktest.BuyFor(0, "500")), risktest.At(20, risktest.BuyFor(0, "10"))),
			},
		}.Run(t).Log()
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: log differs (-want +got):\n%s", scope, d)
		}
	}
}

// TestGapBeyondTheCollar: an order that was counted at 102 fills at the open of the next
// bar, at 110: that is said, and nothing is added. At 102 nothing is said.
func TestGapBeyondTheCollar(t *testing.T) {
	for open, want := range map[float64][]string{
		102: nil,
		110: {"r notes: historical var of 53.85 USDT exceeds its limit of 50 since a/1 filled at 110, beyond the collar: nothing is added until it is within the limit again"},
	} {
		h := history(wavy)
		c := h.Series[0].Columns
		c.Open[20], c.High[20] = open, open // bar 21
		trace := risktest.Trial{
			History: h, Rules: []risk.Named{{Name: "r", Rule: maxVar("50", "historical", "var")}},
			Strategies: []strategy.Strategy{risktest.Play(risktest.At(20, risktest.Buy(0, "9.8")), risktest.At(22, risktest.Buy(0, "0.2")))},
		}.Run(t)
		var got []string
		for _, n := range trace.Notices {
			got = append(got, n.Text)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("open at %v: notices differ (-want +got):\n%s", open, d)
		}
		if n := len(trace.Refusals); n != 1 {
			t.Errorf("open at %v: %d rules refused something, not 1", open, n)
		}
	}
}

func TestMaxBeta(t *testing.T) {
	rule := func(least, most string) *portfolio.MaxBeta {
		return &portfolio.MaxBeta{Basis: hourly(), Reference: "A0USDT", Min: dec(least), Max: dec(most)}
	}
	run(t, []script{{
		name: "the reference has a beta of 1", history: history(wavy, still), rule: rule("-1", "0.2"),
		steps: []risktest.Step{risktest.At(21, risktest.BuyFor(0, "5000")), risktest.At(21, risktest.BuyFor(1, "5000"))},
		want: []string{
			"21 a/1 buy market A0USDT quote 2000", "21 a/2 buy market A1USDT quote 5000", "22 a/1 filled 20 at 100", "22 a/2 filled 50 at 100",
		},
	}, {
		name: "short positions have bounds of their own", history: perpetuals(history(wavy, wavy)), rule: rule("-0.1", "0.3"),
		steps: []risktest.Step{
			risktest.At(21, risktest.Sell(1, "20")), risktest.At(22, risktest.Buy(0, "50")),
			risktest.At(23, risktest.Buy(0, "1")), risktest.At(23, risktest.Sell(1, "10")),
		},
		want: []string{
			"21 a/1 sell market A1USDT 9.8039", "22 a/1 filled 9.8039 at 100",
			"22 a/2 buy market A0USDT 39.2127", "23 a/2 filled 39.2127 at 100",
			"23 a/3 buy market A0USDT 1: refused by r: beta of 0.3103 to A0USDT with the order, limit at most 0.3",
			"23 a/4 sell market A1USDT 10", "24 a/4 filled 10 at 100",
		},
	}, {
		name: "a reference that stands still measures nothing", history: history(still, wavy), rule: rule("-1", "1"),
		steps: []risktest.Step{risktest.At(21, risktest.BuyFor(1, "5000"))},
		want:  []string{"21 a/1 buy market A1USDT quote 5000: refused by r: no beta: equity of 10000, and A0USDT with a variance of 0"},
	}})
}

// TestMaxContribution: independent positions have risk by the square of their sizes,
// those that move together by their sizes.
func TestMaxContribution(t *testing.T) {
	rule := func(positions int) *portfolio.MaxContribution {
		return &portfolio.MaxContribution{Basis: hourly(), Percent: dec("0.5"), Positions: positions}
	}
	run(t, []script{{
		name: "an equal part is half", history: history(wavy, wavy), rule: rule(2),
		steps: []risktest.Step{risktest.At(20, risktest.BuyLimit(0, "10", "100")), risktest.At(21, risktest.BuyFor(1, "2000"))},
		want: []string{ // 10 × 0.999 × 102
			"20 a/1 buy limit A0USDT 10 at 100", "21 a/1 filled 10 at 100", "21 a/2 buy market A1USDT quote 1018.98", "22 a/2 filled 10.1898 at 100",
		},
	}, {
		name: "nothing is added to what has most of it", history: history(wavy, wavy, still), rule: rule(2),
		steps: []risktest.Step{
			risktest.At(19, risktest.BuyFor(0, "1000")), risktest.At(20, risktest.BuyFor(1, "500")),
			risktest.At(21, risktest.BuyFor(0, "100")), risktest.At(21, risktest.BuyFor(2, "500")),
		},
		want: []string{
			"19 a/1 buy market A0USDT quote 1000", "20 a/1 filled 10 at 100", "20 a/2 buy market A1USDT quote 500", "21 a/2 filled 5 at 100",
			"21 a/3 buy market A0USDT quote 100: refused by r: A0USDT has 68.71 % of the risk of 2 instruments with the order, limit 50 %",
			"21 a/4 buy market A2USDT quote 500", "22 a/4 filled 5 at 100",
		},
	}, {
		name: "the first positions are as large as they are", history: history(wavy, wavy), rule: rule(3),
		steps: []risktest.Step{risktest.At(20, risktest.BuyFor(0, "1000")), risktest.At(21, risktest.BuyFor(1, "2000"))},
		want: []string{
			"20 a/1 buy market A0USDT quote 1000", "21 a/1 filled 10 at 100", "21 a/2 buy market A1USDT quote 2000", "22 a/2 filled 20 at 100",
		},
	}, {
		name: "orders of one instant share the risk", history: history(wavy, wavy, wavy), rule: rule(3),
		steps: []risktest.Step{risktest.At(21, risktest.BuyFor(0, "500")), risktest.At(21, risktest.BuyFor(1, "500")), risktest.At(21, risktest.BuyFor(2, "2000"))},
		want: []string{
			"21 a/1 buy market A0USDT quote 500", "21 a/2 buy market A1USDT quote 500", "21 a/3 buy market A2USDT quote 1000",
			"22 a/1 filled 5 at 100", "22 a/2 filled 5 at 100", "22 a/3 filled 10 at 100",
		},
	}, {
		name: "a hedge has a negative part", history: perpetuals(history(wavy, wavy)), rule: rule(2),
		steps: []risktest.Step{risktest.At(20, risktest.Buy(0, "10")), risktest.At(21, risktest.Sell(1, "6")), risktest.At(22, risktest.Buy(0, "1"))},
		want: []string{
			"20 a/1 buy market A0USDT 10", "21 a/1 filled 10 at 100", "21 a/2 sell market A1USDT 6", "22 a/2 filled 6 at 100",
			"22 a/3 buy market A0USDT 1", "23 a/3 filled 1 at 100", // its share falls from 250 % to 220 %
		},
	}})
}

func TestMaxCorrelation(t *testing.T) {
	rule := func() risk.Rule {
		return &portfolio.MaxCorrelation{Basis: hourly(), Correlation: dec("0.8"), Percent: dec("0.3")}
	}
	run(t, []script{{
		name: "what moves together is one", history: history(wavy, half, apart, still), rule: rule(),
		steps: []risktest.Step{
			risktest.At(21, risktest.BuyFor(0, "2000")), risktest.At(21, risktest.BuyFor(1, "2000")), risktest.At(21, risktest.BuyFor(0, "100")),
			risktest.At(21, risktest.BuyFor(2, "4000")), risktest.At(21, risktest.BuyFor(3, "3000")),
		},
		want: []string{
			"21 a/1 buy market A0USDT quote 2000", "21 a/2 buy market A1USDT quote 1000",
			"21 a/3 buy market A0USDT quote 100: refused by r: A0USDT, A1USDT (1) of 3000 USDT, and the order 100, limit 3000 USDT",
			"21 a/4 buy market A2USDT quote 3000", "21 a/5 buy market A3USDT quote 3000",
			"22 a/1 filled 20 at 100", "22 a/2 filled 10 at 100", "22 a/4 filled 30 at 100", "22 a/5 filled 30 at 100",
		},
	}, {
		name: "a hedge neither counts nor makes room", history: perpetuals(history(wavy, half)), rule: rule(),
		steps: []risktest.Step{
			risktest.At(21, risktest.BuyLimit(0, "30", "100")), risktest.At(21, risktest.SellLimit(1, "20", "100")), risktest.At(22, risktest.BuyLimit(0, "1", "90")),
		},
		want: []string{
			"21 a/1 buy limit A0USDT 30 at 100", "21 a/2 sell limit A1USDT 20 at 100", "22 a/1 filled 30 at 100", "22 a/2 filled 20 at 100",
			"22 a/3 buy limit A0USDT 1 at 90: refused by r: A0USDT of 3060 USDT, and the order 90, limit 2998.5 USDT",
		},
	}})
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	change := func(f func(*portfolio.MaxVar)) risk.Rule {
		r := maxVar("50", "historical", "var")
		f(r)
		return r
	}
	for name, r := range map[string]risk.Rule{
		"no limit":            maxVar("0", "historical", "var"),
		"negative amount":     maxVar("-1", "historical", "var"),
		"share above 1":       change(func(r *portfolio.MaxVar) { r.Percent = dec("5") }),
		"unknown method":      maxVar("50", "guess", "var"),
		"unknown measure":     maxVar("50", "historical", "volatility"),
		"confidence in %":     change(func(r *portfolio.MaxVar) { r.Confidence = dec("95") }),
		"less than one bar":   change(func(r *portfolio.MaxVar) { r.Confidence = dec("0.99") }),
		"no horizon":          change(func(r *portfolio.MaxVar) { r.Horizon = 0 }),
		"unknown scope":       change(func(r *portfolio.MaxVar) { r.Scope = "symbol" }),
		"no interval":         change(func(r *portfolio.MaxVar) { r.Interval = 0 }),
		"few bars":            change(func(r *portfolio.MaxVar) { r.Bars = 19 }),
		"unknown until_ready": change(func(r *portfolio.MaxVar) { r.UntilReady = "wait" }),
		"bounds of no beta":   &portfolio.MaxBeta{Basis: hourly(), Min: dec("1"), Max: dec("1")},
		"no share of risk":    &portfolio.MaxContribution{Basis: hourly(), Positions: 2},
		"one position":        &portfolio.MaxContribution{Basis: hourly(), Percent: dec("0.5"), Positions: 1},
		"correlation of 0":    &portfolio.MaxCorrelation{Basis: hourly(), Percent: dec("0.3")},
		"correlation above 1": &portfolio.MaxCorrelation{Basis: hourly(), Correlation: dec("1.1"), Percent: dec("0.3")},
		"nothing may be held": &portfolio.MaxCorrelation{Basis: hourly(), Correlation: dec("0.8")},
	} {
		if err := r.Init(nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
