package exit

import (
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/risk"
)

// Say tells of the only position that a rule knows: its stop and target on ticks of 0.01,
// or that it is being closed; "-" without one.
func Say(rule risk.Rule) string {
	k := keeperOf(rule)
	if len(k.watched[0].holds) == 0 || k.watched[0].holds[0].entry == 0 {
		return "-"
	}
	h := &k.watched[0].holds[0]
	var words []string
	if h.closing {
		words = append(words, "closing")
	}
	for n, level := range []float64{h.stop, h.target} {
		if level > 0 && !h.closing {
			words = append(words, []string{"", "+"}[n]+decimal.NewFromInt(h.onTick(level, n == 1)).Mul(decimal.New(1, -2)).String())
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, "/")
}

// AtClose lets a rule that sets a level look at closes, and returns it.
func AtClose(rule risk.Rule) risk.Rule {
	switch r := rule.(type) {
	case *StopLoss:
		r.At = atClose
	case *TakeProfit:
		r.At = atClose
	case *TrailingStop:
		r.At = atClose
	case *BreakEven:
		r.At = atClose
	case *Chandelier:
		r.At = atClose
	case *ROI:
		r.At = atClose
	}
	return rule
}

func keeperOf(rule risk.Rule) *keeper {
	switch r := rule.(type) {
	case *StopLoss:
		return &r.keeper
	case *TakeProfit:
		return &r.keeper
	case *TrailingStop:
		return &r.keeper
	case *BreakEven:
		return &r.keeper
	case *Chandelier:
		return &r.keeper
	case *ROI:
		return &r.keeper
	case *TimeStop:
		return &r.keeper
	}
	return &rule.(*SignalDecay).keeper
}
