package size_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/risk/size"
	"github.com/signalman-trading/signalman/strategy"
)

// TestSizersThatLookBack sizes limit orders at 100 far from the market at the last of five
// bars, the first instrument having risen by a tenth and fallen by a tenth in turn, the
// second by a twentieth.
func TestSizersThatLookBack(t *testing.T) {
	at := func(bar int, i market.InstrumentID) risktest.Step {
		return risktest.At(bar, risktest.BuyLimit(i, "0", "50"))
	}
	target := func(set func(*size.VolatilityTarget)) risk.Sizer {
		v := size.VolatilityTargetPlugin().New().(*size.VolatilityTarget)
		v.Target, v.Per, v.Bars = dec("0.05"), "bar", 4
		set(v)
		return v
	}
	short := "1 a/1 buy limit A0USDT at 50: refused by sizer: 1 bars of A0USDT, limit 5, at 2024-01-01T05:00:00Z if none is missing"
	for _, c := range []struct {
		name  string
		sizer risk.Sizer
		steps []risktest.Step
		want  []string
	}{{
		name: "the deviation of four returns is the root of 4 × 0.01 ÷ 3", sizer: target(func(*size.VolatilityTarget) {}),
		steps: []risktest.Step{at(1, 0), at(5, 0), at(5, 1)},
		want: []string{short,
			"5 a/2 buy limit A0USDT 86.6024 at 50",  // 10,000 × 0.05 ÷ 0.11547 = 4,330.12
			"5 a/3 buy limit A1USDT 113.3976 at 50", // twice that, cut to what is left of the cash
		},
	}, {
		name: "of a year", sizer: target(func(v *size.VolatilityTarget) { v.Target, v.Per = dec("1.0807"), "year" }),
		steps: []risktest.Step{at(5, 0)},
		want:  []string{"5 a/1 buy limit A0USDT 19.9992 at 50"}, // ÷ the root of 8,760 hours
	}, {
		name: "weighted, all squares being 0.01", sizer: target(func(v *size.VolatilityTarget) { v.By = "ewma" }),
		steps: []risktest.Step{at(5, 0)},
		want:  []string{"5 a/1 buy limit A0USDT 99.9998 at 50"},
	}, {
		name: "capped", sizer: target(func(v *size.VolatilityTarget) { v.Cap = dec("0.3") }),
		steps: []risktest.Step{at(5, 0)},
		want:  []string{"5 a/1 buy limit A0USDT 60 at 50"},
	}, {
		name: "by the range: 10, 11, 9.9 and 10.89 on 98.01", sizer: target(func(v *size.VolatilityTarget) { v.By = "atr" }),
		steps: []risktest.Step{at(5, 0)},
		want:  []string{"5 a/1 buy limit A0USDT 93.8118 at 50"},
	}, {
		name: "twice the weight of what moves half as much", sizer: &size.InverseVolatility{Bars: 4, Share: dec("0.9")},
		steps: []risktest.Step{at(1, 0), at(5, 0), at(5, 1), at(5, 1)},
		want: []string{short, "5 a/2 buy limit A0USDT 59.9992 at 50", "5 a/3 buy limit A1USDT 120.0006 at 50", // of 180
			"5 a/4 buy limit A1USDT at 50: refused by sizer: 6000.03 USDT of A1USDT held and ordered, limit 6000.03 USDT",
		},
	}} {
		t.Run(c.name, func(t *testing.T) {
			got := risktest.Trial{
				History: risktest.History(
					risktest.Closes(market.Hour, 100, 110, 99, 108.9, 98.01), risktest.Closes(market.Hour, 1000, 1050, 997.5, 1047.37, 995),
				),
				Strategies: []strategy.Strategy{risktest.Play(c.steps...)},
				Sizer:      &engine.Sizer{Name: "sizer", Sizer: c.sizer},
			}.Run(t).Log()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("log differs (-want +got):\n%s", d)
			}
		})
	}
}

// TestKellyLearns makes two trades that win a tenth and one that loses a tenth, fees aside, in
// two strategies that share the sizer; each goes by its own.
func TestKellyLearns(t *testing.T) {
	got := risktest.Trial{
		History: risktest.History(risktest.Closes(market.Hour, 100, 100, 110, 110, 121, 121, 108.9, 108.9, 108.9)),
		Strategies: []strategy.Strategy{
			risktest.Play(
				risktest.At(2, risktest.Buy(0, "0")), risktest.At(3, risktest.SellAll(0)), // first, until there are two
				risktest.At(4, risktest.Buy(0, "0")), risktest.At(5, risktest.SellAll(0)),
				risktest.At(6, risktest.BuyLimit(0, "0", "121.1")), risktest.At(7, risktest.SellAll(0)), // both won
				risktest.At(8, risktest.BuyLimit(0, "0", "100")),
			),
			risktest.Play(risktest.At(8, risktest.Buy(0, "0"))),
		},
		Sizer: &engine.Sizer{Name: "kelly", Sizer: kelly(func(k *size.Kelly) { k.Trades, k.First, k.Cap = 2, dec("0.1"), dec("1") })},
	}.Run(t).Log()
	want := []string{
		"2 a/1 buy market A0USDT 5", "3 a/1 filled 5 at 100", "3 a/2 sell market A0USDT 4.995", "4 a/2 filled 4.995 at 110",
		"4 a/3 buy market A0USDT 4.5899", "5 a/3 filled 4.5899 at 110", "5 a/4 sell market A0USDT 4.5853", "6 a/4 filled 4.5853 at 121",
		"6 a/5 buy limit A0USDT 21.0498 at 121.1", // half of 5,098: f = W = 1
		"7 a/5 filled 21.0498 at 121", "7 a/6 sell market A0USDT 21.0287", "8 a/6 filled 21.0287 at 108.9",
		"8 a/7 buy limit A0USDT 7.7353 at 100",                           // f = (2 − 0.1018 × 2 ÷ 0.1956) ÷ 3, of 4,839
		"8 b/1 buy market A0USDT 4.5913", "9 b/1 filled 4.5913 at 108.9", // it has no trades yet
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("log differs (-want +got):\n%s", d)
	}
}
