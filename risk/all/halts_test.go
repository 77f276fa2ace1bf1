package all_test

import (
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/halt"
)

func hours(n int) market.Duration { return market.Duration(n) * market.Duration(market.Hour) }

// halts are the configurations under which the rules that halt run the suite.
var halts = map[string][]func(risk.Rule){
	"cooldown": {
		func(r risk.Rule) { r.(*halt.Cooldown).For = hours(7) },
		func(r risk.Rule) {
			*r.(*halt.Cooldown) = halt.Cooldown{Stop: halt.Stop{Scope: "group", Action: "reduce_only", Groups: map[string][]string{"odd": {"A1"}, "none": {"X"}}}, Bars: 3}
		},
	},
	"daily_loss": {
		func(r risk.Rule) { r.(*halt.DailyLoss).Percent = ratio("0.01") },
		func(r risk.Rule) {
			*r.(*halt.DailyLoss) = halt.DailyLoss{Amount: ratio("60"), Percent: ratio("0.5"), Scope: "strategy", Action: "flatten"}
		},
	},
	"losing_streak": {
		func(r risk.Rule) { r.(*halt.LosingStreak).Count = 2; r.(*halt.LosingStreak).For = hours(12) },
		func(r risk.Rule) {
			*r.(*halt.LosingStreak) = halt.LosingStreak{Stop: halt.Stop{Scope: "symbol", Action: "flatten", For: hours(30)}, Count: 1}
		},
	},
	"loss_speed": {
		func(r risk.Rule) {
			*r.(*halt.LossSpeed) = halt.LossSpeed{Percent: ratio("0.01"), Within: hours(6), For: hours(9), Scope: "account", Action: "lock"}
		},
		func(r risk.Rule) {
			*r.(*halt.LossSpeed) = halt.LossSpeed{Percent: ratio("0.02"), Within: hours(3), For: hours(50), Scope: "strategy", Action: "flatten"}
		},
	},
	"low_profit": {
		func(r risk.Rule) {
			*r.(*halt.LowProfit) = halt.LowProfit{Stop: halt.Stop{Scope: "symbol", Action: "lock", For: hours(5)}, Lookback: hours(24), TradeLimit: 2, RequiredProfit: ratio("0.01")}
		},
		func(r risk.Rule) {
			*r.(*halt.LowProfit) = halt.LowProfit{Stop: halt.Stop{Scope: "strategy", Action: "reduce_only", For: hours(20)}, Lookback: hours(100), TradeLimit: 1, OnlyPerSide: true}
		},
	},
	"max_drawdown": {
		func(r risk.Rule) { r.(*halt.MaxDrawdown).Limit = ratio("0.01") },
		func(r risk.Rule) {
			*r.(*halt.MaxDrawdown) = halt.MaxDrawdown{Limit: ratio("0.02"), Per: "week", Scope: "strategy", Action: "flatten"}
		},
		func(r risk.Rule) {
			*r.(*halt.MaxDrawdown) = halt.MaxDrawdown{Limit: ratio("0.1"), Per: "total", Scope: "account", Action: "flatten"}
		},
	},
	"reconcile_halt": {func(risk.Rule) {}},
	"stop_guard": {
		func(r risk.Rule) {
			*r.(*halt.StopGuard) = halt.StopGuard{Stop: halt.Stop{Scope: "account", Action: "flatten", For: hours(10)}, Lookback: hours(48), TradeLimit: 1, RequiredProfit: ratio("0.05")}
		},
	},
	"trade_drawdown": {
		func(r risk.Rule) {
			*r.(*halt.TradeDrawdown) = halt.TradeDrawdown{Stop: halt.Stop{Scope: "account", Action: "lock", For: hours(10)}, Lookback: hours(48), TradeLimit: 2, MaxAllowedDrawdown: ratio("0.02")}
		},
	},
	"venue_errors": {func(r risk.Rule) { r.(*halt.VenueErrors).Count = 1; r.(*halt.VenueErrors).For = hours(3) }},
	"volatility_halt": {
		func(r risk.Rule) { r.(*halt.VolatilityHalt).Factor = ratio("1.5") },
		func(r risk.Rule) {
			*r.(*halt.VolatilityHalt) = halt.VolatilityHalt{Bars: 1, Among: 20, Factor: ratio("2"), Calm: ratio("1"), For: hours(4), Action: "flatten"}
		},
	},
}
