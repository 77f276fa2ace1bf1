package app

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/config"
)

// shares are the rules whose percent is a share of equity that positions are held to.
var shares = []string{"max_asset", "max_exposure", "max_group", "max_net_exposure", "max_position"}

// idleRules are settings of rules that are allowed and can hardly act: a percentage that was
// written where a share is meant, and a stop that lies behind the liquidation.
func idleRules(a *config.Account) (list []string) {
	one := decimal.New(1, 0)
	var seen []*config.Chain
	for _, s := range a.Strategies {
		if s.Risk == nil || slices.Contains(seen, s.Risk) {
			continue
		}
		seen = append(seen, s.Risk)
		for k, r := range s.Risk.Rules {
			percent, ok := percentOf(r.Rule)
			name, above := fmt.Sprintf("%s: percent = %s", r.Name, percent), percent.GreaterThan(one)
			is, meant := percent.Shift(2), percent.Shift(-2)
			switch kind := s.Risk.Types[k]; {
			case !ok:
			case above && a.Margin == nil && slices.Contains(shares, kind):
				list = append(list, fmt.Sprintf("%s is %s %%: on spot nothing exceeds 100 %% of equity; for %s %% write %s", name, is, percent, meant))
			case above && kind == "take_profit":
				list = append(list, fmt.Sprintf("%s is %s %% from the entry price; for %s %% write %s", name, is, percent, meant))
			case kind == "stop_loss" && a.Margin != nil && !percent.Mul(a.Margin.Leverage).LessThan(one):
				list = append(list, fmt.Sprintf("%s is as much as leverage %s leaves: the liquidation of a position of that leverage comes before the stop", name, a.Margin.Leverage))
			}
		}
	}
	return list
}

// percentOf returns the parameter percent of a rule, and false where it has none.
func percentOf(rule any) (decimal.Decimal, bool) {
	for _, p := range config.Params(rule) {
		if p.Key == "percent" {
			d, err := decimal.NewFromString(p.Default)
			return d, err == nil
		}
	}
	return decimal.Decimal{}, false
}
