package all_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/all"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/portfolio"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/risk/size"
	"github.com/signalman-trading/signalman/strategy"
)

func ratio(s string) decimal.Decimal { return decimal.RequireFromString(s) }

const (
	hour = market.Duration(market.Hour)
	day  = 24 * hour
)

func windows(texts ...string) []limit.Window {
	list := make([]limit.Window, len(texts))
	for k, s := range texts {
		if err := list[k].UnmarshalText([]byte(s)); err != nil {
			panic(err)
		}
	}
	return list
}

// settings are the configurations under which each rule runs the suite.
var settings = map[string][]func(risk.Rule){
	"duplicate_order": {
		func(risk.Rule) {},
		func(r risk.Rule) { *r.(*limit.DuplicateOrder) = limit.DuplicateOrder{Window: day, AnySize: true} },
	},
	"expr": {
		func(r risk.Rule) { r.(*limit.Expr).Allow = "position.notional + order.notional < 0.3 * equity" },
		func(r risk.Rule) { r.(*limit.Expr).MaxNotional = "min(0.2 * equity, strategy.cash / 2)" },
		func(r risk.Rule) { r.(*limit.Expr).Allow = "has_signal('trader_grade') || now.hour < 12" },
	},
	"instruments": {
		func(r risk.Rule) { r.(*limit.Instruments).Allow = []string{"A1"} },
		func(r risk.Rule) { r.(*limit.Instruments).Deny = []string{"*1USDT"} },
	},
	"max_asset": {
		func(r risk.Rule) { r.(*limit.MaxAsset).Percent = ratio("0.333") },
		func(r risk.Rule) { *r.(*limit.MaxAsset) = limit.MaxAsset{Amount: ratio("700"), Scope: "account"} },
	},
	"max_exposure": {
		func(r risk.Rule) { r.(*limit.MaxExposure).Percent = ratio("0.5") },
		func(r risk.Rule) {
			*r.(*limit.MaxExposure) = limit.MaxExposure{Percent: ratio("0.4"), Scope: "account"}
		},
	},
	"max_group": {
		func(r risk.Rule) { r.(*limit.MaxGroup).Percent = ratio("0.4") },
		func(r risk.Rule) {
			*r.(*limit.MaxGroup) = limit.MaxGroup{
				Groups: map[string][]string{"one": {"A0"}}, Limits: map[string]decimal.Decimal{"one": ratio("0.2")},
				Others: "unlimited", Scope: "account",
			}
		},
	},
	"max_leverage":     {func(r risk.Rule) { r.(*limit.MaxLeverage).Times = ratio("0.6") }},
	"max_net_exposure": {func(r risk.Rule) { r.(*limit.MaxNetExposure).Percent = ratio("0.3") }},
	"max_beta": {func(r risk.Rule) {
		b := r.(*portfolio.MaxBeta)
		b.Basis, b.Reference, b.Max = basis("account", "refuse"), "A0USDT", ratio("0.3")
	}},
	"max_contribution": {func(r risk.Rule) {
		*r.(*portfolio.MaxContribution) = portfolio.MaxContribution{Basis: basis("strategy", "pass"), Percent: ratio("0.6"), Positions: 2}
	}},
	"max_correlation": {func(r risk.Rule) {
		*r.(*portfolio.MaxCorrelation) = portfolio.MaxCorrelation{Basis: basis("account", "refuse"), Correlation: ratio("0.1"), Percent: ratio("0.2")}
	}},
	"max_drawdown": {
		func(r risk.Rule) { r.(*halt.MaxDrawdown).Limit = ratio("0.01") },
		func(r risk.Rule) {
			*r.(*halt.MaxDrawdown) = halt.MaxDrawdown{Limit: ratio("0.02"), Per: "week", Scope: "strategy", Action: "flatten"}
		},
		func(r risk.Rule) {
			*r.(*halt.MaxDrawdown) = halt.MaxDrawdown{Limit: ratio("0.1"), Per: "total", Scope: "account", Action: "flatten"}
		},
	},
	"max_open": {
		func(r risk.Rule) { r.(*limit.MaxOpen).Count = 1 },
		func(r risk.Rule) { *r.(*limit.MaxOpen) = limit.MaxOpen{Count: 1, Scope: "account"} },
	},
	"max_order": {
		func(r risk.Rule) { r.(*limit.MaxOrder).Amount = ratio("700") },
		func(r risk.Rule) { *r.(*limit.MaxOrder) = limit.MaxOrder{Percent: ratio("0.1")} },
	},
	"max_var": {
		func(r risk.Rule) {
			v := r.(*portfolio.MaxVar)
			v.Basis, v.Percent = basis("account", "refuse"), ratio("0.003")
		},
		func(r risk.Rule) {
			v := r.(*portfolio.MaxVar)
			v.Basis, v.Amount, v.Method, v.Measure, v.Horizon = basis("strategy", "pass"), ratio("40"), "parametric", "cvar", 4
		},
	},
	"max_position": {
		func(r risk.Rule) { r.(*limit.MaxPosition).Percent = ratio("0.333") },
		func(r risk.Rule) { *r.(*limit.MaxPosition) = limit.MaxPosition{Amount: ratio("700"), Scope: "account"} },
	},
	"min_liquidity": {
		func(r risk.Rule) { r.(*limit.MinLiquidity).Percent = ratio("0.005") },
		func(r risk.Rule) {
			*r.(*limit.MinLiquidity) = limit.MinLiquidity{Percent: ratio("0.01"), MinVolume: ratio("190000"), Bars: 5, Interval: 4 * market.Hour}
		},
	},
	"order_rate": {
		func(r risk.Rule) { *r.(*limit.OrderRate) = limit.OrderRate{Count: 2, Window: day, Scope: "strategy"} },
		func(r risk.Rule) { *r.(*limit.OrderRate) = limit.OrderRate{Count: 3, Window: day, Scope: "symbol"} },
		func(r risk.Rule) { *r.(*limit.OrderRate) = limit.OrderRate{Count: 1, Window: day, Scope: "account"} },
	},
	"price_collar": {
		func(r risk.Rule) { r.(*limit.PriceCollar).Percent = ratio("0.03") },
		func(r risk.Rule) {
			*r.(*limit.PriceCollar) = limit.PriceCollar{Percent: ratio("0.05"), Marketable: decimal.NewNullDecimal(ratio("0.01")), Bar: ratio("0.01")}
		},
	},
	"regime": {
		func(r risk.Rule) { r.(*limit.Regime).Symbol, r.(*limit.Regime).Average = "A0USDT", 20 },
		func(r risk.Rule) {
			r.(*limit.Regime).Kind, r.(*limit.Regime).Least = "market_trend", decimal.NewNullDecimal(ratio("1"))
		},
	},
	"stale_bar": {
		func(r risk.Rule) { r.(*limit.StaleBar).Interval = 8 * market.Hour; r.(*limit.StaleBar).MaxAge = hour },
		func(r risk.Rule) { *r.(*limit.StaleBar) = limit.StaleBar{Intervals: 1} },
	},
	"stale_signal": {func(r risk.Rule) { r.(*limit.StaleSignal).Kind = "trader_grade" }},
	"trading_hours": {
		func(r risk.Rule) { r.(*limit.TradingHours).Allow = windows("0 6 * * 1-5 for 14h") },
		func(r risk.Rule) {
			r.(*limit.TradingHours).Blackout = windows("0 12 * * 3 for 2h", "2024-01-08 to 2024-01-11")
		},
	},
	"stop_loss": {
		func(r risk.Rule) { r.(*exit.StopLoss).Percent = ratio("0.01") },
		func(r risk.Rule) { *r.(*exit.StopLoss) = exit.StopLoss{Percent: ratio("0.01"), At: "close"} },
	},
	"take_profit": {
		func(r risk.Rule) { r.(*exit.TakeProfit).Percent = ratio("0.01") },
		func(r risk.Rule) { *r.(*exit.TakeProfit) = exit.TakeProfit{Percent: ratio("0.02"), At: "close"} },
	},
	"trailing_stop": {
		func(r risk.Rule) { r.(*exit.TrailingStop).Percent = ratio("0.02") },
		func(r risk.Rule) {
			*r.(*exit.TrailingStop) = exit.TrailingStop{Percent: ratio("0.02"), Offset: ratio("0.01"), Tight: ratio("0.005"), Wait: true, At: "close"}
		},
	},
	"break_even": {
		func(r risk.Rule) { r.(*exit.BreakEven).Gain = ratio("0.01") },
		func(r risk.Rule) {
			*r.(*exit.BreakEven) = exit.BreakEven{Gain: ratio("0.02"), Offset: ratio("0.005"), At: "close"}
		},
	},
	"time_stop": {
		func(r risk.Rule) { r.(*exit.TimeStop).Bars = 3 },
		func(r risk.Rule) {
			*r.(*exit.TimeStop) = exit.TimeStop{After: market.Duration(5 * market.Hour), SpareWinners: true}
		},
	},
	"chandelier": {
		func(r risk.Rule) { r.(*exit.Chandelier).Multiple = 1 },
		func(r risk.Rule) { *r.(*exit.Chandelier) = exit.Chandelier{Period: 5, Multiple: 2, At: "close"} },
	},
	"roi": {
		func(r risk.Rule) {
			r.(*exit.ROI).Table = map[string]decimal.Decimal{"0": ratio("0.02"), "180": ratio("0")}
		},
		func(r risk.Rule) {
			*r.(*exit.ROI) = exit.ROI{Table: map[string]decimal.Decimal{"60": ratio("0.01"), "600": ratio("-1")}, At: "close"}
		},
	},
	"signal_decay": {
		func(r risk.Rule) { r.(*exit.SignalDecay).Kind, r.(*exit.SignalDecay).Fall = "trader_grade", 1 },
		func(r risk.Rule) {
			*r.(*exit.SignalDecay) = exit.SignalDecay{Kind: "trader_grade", Subject: "market", Fall: 1, OnAbsent: "keep"}
		},
	},
}

// basis measures portfolios by the last day.
func basis(scope, untilReady string) portfolio.Basis {
	return portfolio.Basis{Scope: scope, Interval: market.Hour, Bars: 24, UntilReady: untilReady}
}

func TestRulesKeepTheContract(t *testing.T) {
	for _, p := range all.Rules() {
		set := slices.Concat(settings[p.Name], halts[p.Name])
		if len(set) == 0 {
			t.Errorf("rule %s has no settings to be tried with", p.Name)
			continue
		}
		risktest.Run(t, p, set...)
	}
}

// TestRulesTogether runs a chain of all rules over random orders, with and without
// latency: what is held can always be closed, and a second run is the same.
func TestRulesTogether(t *testing.T) {
	const bars = 400
	for seed := range uint64(24) {
		run := func() *risktest.Trace {
			o := sim.DefaultOptions()
			o.SlippageBps = ratio("5")
			o.Latency = []market.Time{0, 1, 60, 90}[seed%4] * market.Time(market.Minute)
			action := []string{"reduce_only", "flatten"}[seed/4%2]
			return risktest.Trial{
				History:    risktest.History(risktest.Walk(seed, market.Hour, bars), risktest.Walk(seed+500, market.Hour, bars)),
				Strategies: []strategy.Strategy{&risktest.Chance{Last: bars}, &risktest.Chance{Last: bars}},
				Rules: []risk.Named{
					{Name: "day", Rule: &halt.MaxDrawdown{Limit: ratio("0.01"), Per: "day", Scope: "account", Action: action}},
					{Name: "week", Rule: &halt.MaxDrawdown{Limit: ratio("0.03"), Per: "week", Scope: "strategy", Action: action}},
					{Name: "max_order", Rule: &limit.MaxOrder{Percent: ratio("0.4"), Cut: true}},
					{Name: "max_position", Rule: &limit.MaxPosition{Percent: ratio("0.5")}},
					{Name: "max_open", Rule: &limit.MaxOpen{Count: 1}},
					{Name: "stop_loss", Rule: &exit.StopLoss{Percent: ratio("0.02")}},
				},
				Sizer: &engine.Sizer{Name: "fixed_amount", Sizer: &size.FixedAmount{Amount: ratio("100")}},
				Sim:   o,
			}.Run(t)
		}
		trace := run()
		for _, h := range trace.Open {
			if !h.Unsellable {
				t.Errorf("seed %d: %s of instrument %d of strategy %s was not closed", seed, h.Quantity, h.Trade.Instrument, h.Trade.Strategy)
			}
		}
		checkMeasures(t, trace)
		if !slices.Equal(trace.Log(), run().Log()) {
			t.Errorf("seed %d: a second run differs", seed)
		}
	}
}

// checkMeasures looks for a rule or sizer that let an order pass without saying what it
// measured and what it allows.
func checkMeasures(t *testing.T, trace *risktest.Trace) {
	t.Helper()
	sized := false
	for _, r := range trace.Records {
		if r.Decision == nil {
			continue
		}
		for k, c := range r.Decision.Checks {
			sized = sized || k == 0 && c.Rule == "fixed_amount" && strings.HasPrefix(c.Measured, "quantity ")
			if r.Decision.Refused == nil && (c.Measured == "" || c.Limit == "") {
				t.Errorf("%s: %s says %q, limit %q", r.Decision.Order.ID, c.Rule, c.Measured, c.Limit)
			}
		}
	}
	if !sized {
		t.Error("no order was sized")
	}
}

func TestListsAreSortedAndDocumented(t *testing.T) {
	var rules, sizers []string
	for _, p := range all.Rules() {
		rules = append(rules, p.Name)
	}
	for _, p := range all.Sizers() {
		sizers = append(sizers, p.Name)
		if p.Doc == "" || !strings.Contains(p.Sample, p.Name) || p.New() == nil {
			t.Errorf("sizer %s has no documentation, no sample or no New", p.Name)
		}
	}
	if !slices.IsSorted(rules) || !slices.IsSorted(sizers) {
		t.Errorf("rules %v and sizers %v are not sorted", rules, sizers)
	}
}
