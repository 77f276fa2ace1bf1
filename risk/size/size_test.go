package size_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/risk/size"
	"github.com/signalman-trading/signalman/strategy"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func TestSizers(t *testing.T) {
	limited := func(price string) market.Order { return risktest.BuyLimit(0, "0", price) }
	for _, c := range []struct {
		name  string
		sizer risk.Sizer
		rules []risk.Named
		steps []risktest.Step
		want  []string
	}{{
		name: "fixed_amount at the last price", sizer: &size.FixedAmount{Amount: dec("1000")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0"))},
		want:  []string{"1 a/1 buy market A0USDT 3.3333", "2 a/1 filled 3.3333 at 300"},
	}, {
		name: "fixed_amount at the order's own price", sizer: &size.FixedAmount{Amount: dec("1000")},
		steps: []risktest.Step{risktest.At(1, limited("250")), risktest.At(1, risktest.BuyStop(0, "0", "400"))},
		want:  []string{"1 a/1 buy limit A0USDT 4 at 250", "1 a/2 buy stop A0USDT 2.5 stop 400", "3 a/1 filled 4 at 250"},
	}, {
		name: "an order that names a quantity keeps it", sizer: &size.FixedAmount{Amount: dec("1000")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "1"))},
		want:  []string{"1 a/1 buy market A0USDT 1", "2 a/1 filled 1 at 300"},
	}, {
		name: "under one step", sizer: &size.FixedAmount{Amount: dec("0.02")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0"))},
		want:  []string{"1 a/1 buy market A0USDT: refused by sizer: 0 USDT of A0USDT, limit at least 5.04 USDT, so that it can be sold at 300"},
	}, {
		name: "too little to be sold again after the fee", sizer: &size.FixedAmount{Amount: dec("5")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0"))},
		want:  []string{"1 a/1 buy market A0USDT: refused by sizer: 4.98 USDT of A0USDT, limit at least 5.04 USDT, so that it can be sold at 300"},
	}, {
		name: "too little to be sold at its stop", sizer: &size.FixedAmount{Amount: dec("6")},
		steps: []risktest.Step{linked(1, risktest.Buy(0, "0"), "240")},
		want: []string{
			"1 a/1 buy market A0USDT: refused by sizer: 6 USDT of A0USDT, limit at least 6.3 USDT, so that it can be sold at 240",
			"1 a/2 sell stop A0USDT stop 240: refused by engine: its linked order a/1 was refused",
		},
	}, {
		name: "cash that is left backs too little", sizer: &size.FixedAmount{Amount: dec("100")},
		steps: []risktest.Step{risktest.At(1, risktest.BuyLimit(0, "39.988", "250")), risktest.At(1, risktest.Buy(0, "0"))},
		want: []string{
			"1 a/1 buy limit A0USDT 39.988 at 250",
			"1 a/2 buy market A0USDT: refused by sizer: 2.94 USDT of A0USDT, which free cash backs, limit at least 5.04 USDT, so that it can be sold at 300",
			"3 a/1 filled 39.988 at 250",
		},
	}, {
		name: "no cash is left", sizer: &size.FixedAmount{Amount: dec("100")},
		steps: []risktest.Step{risktest.At(1, risktest.BuyLimit(0, "40", "250")), risktest.At(1, risktest.Buy(0, "0"))},
		want: []string{
			"1 a/1 buy limit A0USDT 40 at 250",
			"1 a/2 buy market A0USDT 0.3333: refused by sizer: quantity 0.3333, limit 0 of free cash, which backs no step",
			"3 a/1 filled 40 at 250",
		},
	}, {
		name: "risk_per_trade to a linked stop", sizer: &size.RiskPerTrade{Risk: dec("0.01"), Period: 1},
		steps: []risktest.Step{linked(1, risktest.Buy(0, "0"), "270")},
		want: []string{ // 100 ÷ (30 + 0.1 % of 570)
			"1 a/1 buy market A0USDT 3.2711", "1 a/2 sell stop A0USDT stop 270",
			"2 a/1 filled 3.2711 at 300", "3 a/2 filled 3.2678 at 270",
		},
	}, {
		name: "risk_per_trade to a stop of its own", sizer: &size.RiskPerTrade{Risk: dec("0.01"), Stop: dec("0.05"), Period: 1},
		steps: []risktest.Step{risktest.At(1, limited("200"))},
		want:  []string{"1 a/1 buy limit A0USDT 9.6246 at 200"}, // 100 ÷ (10 + 0.1 % of 390)
	}, {
		name: "risk_per_trade by the range of bars", sizer: &size.RiskPerTrade{Risk: dec("0.01"), ATR: dec("0.5"), Period: 3},
		steps: []risktest.Step{risktest.At(3, risktest.Buy(0, "0")), risktest.At(4, risktest.Buy(0, "0"))},
		want: []string{
			"3 a/1 buy market A0USDT: refused by sizer: 3 bars of A0USDT, limit 4, at 2024-01-01T04:00:00Z if none is missing",
			"4 a/2 buy market A0USDT 5.8651", // 100 ÷ (a sixth of 100 + 0.1 % of 383.33)
		},
	}, {
		name: "risk_per_trade of a close stop is cut to the cash", sizer: &size.RiskPerTrade{Risk: dec("0.5"), Stop: dec("0.05"), Period: 1},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0"))},
		want:  []string{"1 a/1 buy market A0USDT 32.6797", "2 a/1 filled 32.6797 at 300"},
	}, {
		name: "risk_per_trade without a stop", sizer: &size.RiskPerTrade{Risk: dec("0.01"), Period: 1},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0")), linked(1, risktest.Buy(0, "0"), "301")},
		want: []string{
			"1 a/1 buy market A0USDT: refused by sizer: the order has no stop, limit a linked one, or stop or atr of the sizer",
			"1 a/2 buy market A0USDT: refused by sizer: stop at 301 of a buy of A0USDT at 300, limit a stop on the losing side",
			"1 a/3 sell stop A0USDT stop 301: refused by engine: its linked order a/2 was refused",
		},
	}, {
		name: "equal_weight tops up", sizer: &size.EqualWeight{Count: 4},
		steps: []risktest.Step{
			risktest.At(1, risktest.Buy(0, "2")), risktest.At(2, limited("300")), risktest.At(3, risktest.Buy(0, "0")),
		},
		want: []string{
			"1 a/1 buy market A0USDT 2", "2 a/1 filled 2 at 300",
			"2 a/2 buy limit A0USDT 6.3348 at 300", // 2,499.85 − 1.998 × 300 of what the fee left
			"3 a/2 filled 6.3348 at 300",
			"3 a/3 buy market A0USDT 3.1296", // 2,291.21 − 8.3264… × 200
			"4 a/3 filled 3.1296 at 200",
		},
	}, {
		name: "kelly of what is configured", sizer: kelly(func(k *size.Kelly) { k.WinRate, k.Payoff = dec("0.6"), dec("2") }),
		steps: []risktest.Step{risktest.At(1, limited("250"))},
		want:  []string{"1 a/1 buy limit A0USDT 8 at 250", "3 a/1 filled 8 at 250"}, // half of 0.6 − 0.4 ÷ 2
	}, {
		name: "kelly is capped", sizer: kelly(func(k *size.Kelly) { k.WinRate, k.Payoff, k.Cap = dec("0.9"), dec("9"), dec("0.1") }),
		steps: []risktest.Step{risktest.At(1, limited("250"))},
		want:  []string{"1 a/1 buy limit A0USDT 4 at 250", "3 a/1 filled 4 at 250"},
	}, {
		name: "kelly of a losing game", sizer: kelly(func(k *size.Kelly) { k.WinRate, k.Payoff = dec("0.4"), dec("1.5") }),
		steps: []risktest.Step{risktest.At(1, limited("250"))},
		want:  []string{"1 a/1 buy limit A0USDT at 250: refused by sizer: f = 0, limit above 0: such trades lose in the long run"},
	}, {
		name: "kelly without trades", sizer: kelly(func(k *size.Kelly) { k.Trades = 2 }),
		steps: []risktest.Step{risktest.At(1, limited("250"))},
		want:  []string{"1 a/1 buy limit A0USDT at 250: refused by sizer: 0 closed trades, limit 2, or first, or win_rate and payoff"},
	}, {
		name: "percent_equity follows losses", sizer: &size.PercentEquity{Percent: dec("0.5")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0")), risktest.At(3, limited("100"))},
		want: []string{
			"1 a/1 buy market A0USDT 16.6666", "2 a/1 filled 16.6666 at 300",
			"3 a/2 buy limit A0USDT 41.65 at 100", // half of 5,000.02 + 16.6499 × 200
		},
	}, {
		name: "rules see the size", sizer: &size.PercentEquity{Percent: dec("0.5")},
		rules: []risk.Named{{Name: "max_order", Rule: &limit.MaxOrder{Amount: dec("600"), Cut: true}}},
		steps: []risktest.Step{risktest.At(1, limited("200"))},
		want:  []string{"1 a/1 buy limit A0USDT 3 at 200"},
	}, {
		name: "a market order for all of the cash leaves room for the collar", sizer: &size.PercentEquity{Percent: dec("1")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "0"))},
		want:  []string{"1 a/1 buy market A0USDT 32.6797", "2 a/1 filled 32.6797 at 300"},
	}} {
		t.Run(c.name, func(t *testing.T) {
			got := risktest.Trial{
				History:    risktest.History(risktest.Closes(market.Hour, 300, 300, 200, 200)),
				Strategies: []strategy.Strategy{risktest.Play(c.steps...)},
				Rules:      c.rules, Sizer: &engine.Sizer{Name: "sizer", Sizer: c.sizer},
			}.Run(t).Log()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("log differs (-want +got):\n%s", d)
			}
		})
	}
}

func kelly(set func(*size.Kelly)) risk.Sizer {
	k := size.KellyPlugin().New().(*size.Kelly)
	set(k)
	return k
}

// linked submits an entry with a stop, as one bracket.
func linked(bar int, entry market.Order, stop string) risktest.Step {
	return risktest.Step{Bar: bar, Do: func(c *strategy.Context) {
		exit := market.Order{Instrument: entry.Instrument, Side: market.Sell, Type: market.Stop, Stop: dec(stop)}
		if _, err := c.SubmitLinked(market.Linked{Entry: entry, Exits: []market.Order{exit}, Profile: market.ByEngine}); err != nil {
			c.Fail(err)
		}
	}}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	for name, s := range map[string]risk.Sizer{
		"no amount":     &size.FixedAmount{},
		"no share":      &size.PercentEquity{},
		"share above 1": &size.PercentEquity{Percent: dec("50")},
	} {
		if err := s.Init(nil); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
