package app

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
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

// idleRisk says of a run which strategies never traded because one rule refused everything,
// and which sizers had nothing to size.
func idleRisk(a *config.Account, r *engine.Result) (list []string) {
	for _, s := range a.Strategies {
		w := weighed{sizer: s.Sizer}
		for _, o := range r.Orders {
			if o.ID.Strategy == s.Name && o.Rule == "" {
				w.add(o)
			}
		}
		if w.left == 0 && w.refused > 0 && !w.mixed {
			list = append(list, fmt.Sprintf("%s refused %s of strategy %s, and it never traded; of the last: %s", w.by, every(w.refused, "order"), s.Name, w.last))
		}
		if w.left > 0 && s.Sizer != nil && !w.sized {
			list = append(list, fmt.Sprintf("the sizer %s sized no order of strategy %s: its orders name their amounts", s.Sizer.Name, s.Name))
		}
	}
	return list
}

// weighed is what became of the orders that a strategy made.
type weighed struct {
	sizer   *config.Sizer
	left    int    // for the venue
	refused int    // never left
	by      string // the rule that refused them
	mixed   bool   // there are several of these
	last    string // why the last was refused
	sized   bool   // the sizer was asked
}

func (w *weighed) add(o *engine.Order) {
	rule := ""
	if o.Why != nil && len(o.Why.Checks) > 0 {
		rule = o.Why.Checks[0].Rule
	}
	if o.State != market.Refused {
		w.left++
	} else if o.Why != nil && o.Why.Refused != nil {
		no := o.Why.Refused
		w.mixed = w.mixed || w.refused > 0 && w.by != no.Rule
		w.refused, w.by, w.last = w.refused+1, no.Rule, strings.TrimPrefix(o.End, no.Rule+": ")
		rule = cmp.Or(rule, no.Rule)
	}
	w.sized = w.sized || w.sizer != nil && rule == w.sizer.Name
}

// every counts what something happened to without exception.
func every(n int, what string) string {
	if n == 1 {
		return "the only " + what
	}
	return fmt.Sprintf("all %d %ss", n, what)
}
