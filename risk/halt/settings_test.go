package halt_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/halt"
)

// bad says which settings of a rule are refused: each changes one that is accepted.
func bad[R any, P interface {
	*R
	risk.Rule
}](t *testing.T, good R, changes map[string]func(*R)) {
	t.Helper()
	for name, change := range changes {
		r := good
		change(&r)
		if err := P(&r).Init(nil); err == nil {
			t.Errorf("%T: %s is accepted", good, name)
		}
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	day := halt.Stop{Scope: "account", Action: "lock", For: span("24h")}
	bad(t, halt.MaxDrawdown{Limit: dec("0.05"), Per: "day", Scope: "account", Action: "reduce_only"}, map[string]func(*halt.MaxDrawdown){
		"no limit":   func(r *halt.MaxDrawdown) { r.Limit = decimal.Zero },
		"limit of 5": func(r *halt.MaxDrawdown) { r.Limit = dec("5") },
		"per month":  func(r *halt.MaxDrawdown) { r.Per = "month" },
		"scope":      func(r *halt.MaxDrawdown) { r.Scope = "all" },
		"action":     func(r *halt.MaxDrawdown) { r.Action = "halt" },
	})
	bad(t, halt.Cooldown{Stop: day}, map[string]func(*halt.Cooldown){
		"no time":        func(r *halt.Cooldown) { r.For = 0 },
		"time and bars":  func(r *halt.Cooldown) { r.Bars = 2 },
		"scope":          func(r *halt.Cooldown) { r.Scope = "pair" },
		"action":         func(r *halt.Cooldown) { r.Action = "" },
		"groups unasked": func(r *halt.Cooldown) { r.Groups = map[string][]string{"x": {"BTC"}} },
		"no groups":      func(r *halt.Cooldown) { r.Scope = "group" },
	})
	bad(t, halt.StopGuard{Stop: day, Lookback: span("24h"), TradeLimit: 1}, map[string]func(*halt.StopGuard){
		"no lookback": func(r *halt.StopGuard) { r.Lookback = 0 },
		"limit of 0":  func(r *halt.StopGuard) { r.TradeLimit = 0 },
		"side closed": func(r *halt.StopGuard) { r.OnlyPerSide, r.Action = true, "flatten" },
	})
	bad(t, halt.LowProfit{Stop: day, Lookback: span("24h"), TradeLimit: 1}, map[string]func(*halt.LowProfit){
		"no lookback": func(r *halt.LowProfit) { r.Lookback = 0 },
	})
	bad(t, halt.TradeDrawdown{Stop: day, Lookback: span("24h"), TradeLimit: 1, MaxAllowedDrawdown: dec("0.1")}, map[string]func(*halt.TradeDrawdown){
		"no lookback": func(r *halt.TradeDrawdown) { r.Lookback = 0 },
		"no limit":    func(r *halt.TradeDrawdown) { r.MaxAllowedDrawdown = decimal.Zero },
	})
	bad(t, halt.LosingStreak{Stop: day, Count: 1}, map[string]func(*halt.LosingStreak){
		"count": func(r *halt.LosingStreak) { r.Count = 0 },
	})
	bad(t, halt.DailyLoss{Percent: dec("0.05"), Scope: "account", Action: "lock"}, map[string]func(*halt.DailyLoss){
		"no limit":    func(r *halt.DailyLoss) { r.Percent = decimal.Zero },
		"all of it":   func(r *halt.DailyLoss) { r.Percent = dec("1") },
		"less than 0": func(r *halt.DailyLoss) { r.Amount = dec("-1") },
		"scope":       func(r *halt.DailyLoss) { r.Scope = "symbol" },
	})
	bad(t, halt.LossSpeed{Percent: dec("0.05"), Within: span("1h"), Scope: "account", Action: "lock"}, map[string]func(*halt.LossSpeed){
		"no limit": func(r *halt.LossSpeed) { r.Percent = decimal.Zero },
		"no time":  func(r *halt.LossSpeed) { r.Within = 0 },
		"action":   func(r *halt.LossSpeed) { r.Action = "stop" },
	})
	bad(t, halt.VolatilityHalt{Bars: 1, Among: 5, Factor: dec("2"), Action: "lock"}, map[string]func(*halt.VolatilityHalt){
		"bars":   func(r *halt.VolatilityHalt) { r.Bars = 5 },
		"factor": func(r *halt.VolatilityHalt) { r.Factor = dec("1") },
		"calm":   func(r *halt.VolatilityHalt) { r.Calm = dec("3") },
		"action": func(r *halt.VolatilityHalt) { r.Action = "" },
	})
	bad(t, halt.VenueErrors{Count: 1, Within: span("1h"), Scope: "account", Action: "lock"}, map[string]func(*halt.VenueErrors){
		"count": func(r *halt.VenueErrors) { r.Count = 0 },
		"time":  func(r *halt.VenueErrors) { r.Within = 0 },
		"scope": func(r *halt.VenueErrors) { r.Scope = "symbol" },
	})
	bad(t, halt.ReconcileHalt{Scope: "account", Action: "lock"}, map[string]func(*halt.ReconcileHalt){
		"action": func(r *halt.ReconcileHalt) { r.Action = "" },
		"time":   func(r *halt.ReconcileHalt) { r.For = -1 },
	})
}
