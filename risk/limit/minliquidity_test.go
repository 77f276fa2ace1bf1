package limit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// TestMinLiquidity: bars of 100, 300, 20 and 0 in base at 100 in quote.
func TestMinLiquidity(t *testing.T) {
	for name, x := range map[string]struct {
		rule limit.MinLiquidity
		want []string
	}{
		"cuts to a share of the average": {limit.MinLiquidity{Percent: dec("0.05"), Bars: 2, Cut: true}, []string{
			"1 a/1 buy market A0USDT quote 2000: refused by liquid: too few bars of A0USDT: 1, limit at least 2 for the average volume",
			"2 a/2 buy market A0USDT quote 1000", "3 a/2 filled 10 at 100",
			"3 a/3 buy market A0USDT quote 800", "4 a/3 filled 8 at 100",
			"4 a/4 buy market A0USDT quote 50", "5 a/4 filled 0.5 at 100",
		}},
		"refuses": {limit.MinLiquidity{Percent: dec("0.1"), Bars: 1}, []string{
			"1 a/1 buy market A0USDT quote 2000: refused by liquid: order for 2000 USDT of A0USDT, of which 10000 trade a bar, limit 1000 USDT",
			"2 a/2 buy market A0USDT quote 2000", "3 a/2 filled 20 at 100",
			"3 a/3 buy market A0USDT quote 2000: refused by liquid: order for 2000 USDT of A0USDT, of which 2000 trade a bar, limit 200 USDT",
			"4 a/4 buy market A0USDT quote 2000: refused by liquid: order for 2000 USDT of A0USDT, of which 0 trade a bar, limit 0 USDT",
		}},
		"asks for a least volume": {limit.MinLiquidity{MinVolume: dec("16000"), Bars: 2, Cut: true}, []string{
			"1 a/1 buy market A0USDT quote 2000: refused by liquid: too few bars of A0USDT: 1, limit at least 2 for the average volume",
			"2 a/2 buy market A0USDT quote 2000", "3 a/2 filled 20 at 100", "3 a/3 buy market A0USDT quote 2000", "4 a/3 filled 20 at 100",
			"4 a/4 buy market A0USDT quote 2000: refused by liquid: A0USDT trades 1000 USDT a bar, limit at least 16000 USDT",
		}},
		"averages longer bars": {limit.MinLiquidity{Percent: dec("0.05"), Bars: 2, Interval: 2 * market.Hour, Cut: true}, []string{
			"1 a/1 buy market A0USDT quote 2000: refused by liquid: too few bars of A0USDT: 0, limit at least 2 for the average volume",
			"2 a/2 buy market A0USDT quote 2000: refused by liquid: too few bars of A0USDT: 1, limit at least 2 for the average volume",
			"3 a/3 buy market A0USDT quote 2000: refused by liquid: too few bars of A0USDT: 1, limit at least 2 for the average volume",
			"4 a/4 buy market A0USDT quote 1050", "5 a/4 filled 10.5 at 100",
		}},
	} {
		c := risktest.Closes(market.Hour, 100, 100, 100, 100, 100)
		copy(c.Volume, []float64{100, 300, 20, 0})
		var steps []risktest.Step
		for bar := 1; bar <= 4; bar++ {
			steps = append(steps, risktest.At(bar, risktest.BuyFor(0, "2000")))
		}
		got := risktest.Trial{
			History: risktest.History(c), Strategies: []strategy.Strategy{risktest.Play(steps...)}, Rules: []risk.Named{{Name: "liquid", Rule: &x.rule}},
		}.Run(t).Log()
		if d := cmp.Diff(x.want, got); d != "" {
			t.Errorf("%s: log differs (-want +got):\n%s", name, d)
		}
	}
}
