package risk

import "github.com/signalman-trading/signalman/market"

// Passed calls f for each order of the account that adds risk and leaves: as soon as the
// last rule has let it pass and there is money for it, before the next order of the instant
// is reviewed. The view is of the strategy that made the order, which the rule need not
// watch. What any rule or the engine refuses never comes, so that a rule which counts what
// it hears here counts exactly what left. f may change what the rule itself knows, and
// nothing else.
func (s *Setup) Passed(f func(*View, market.Order)) { s.host.passed = append(s.host.passed, f) }

// Passed tells the rule of an order that leaves. It is for engines.
func (h *Host) Passed(v *View, o *market.Order) {
	for _, f := range h.passed {
		f(v, *o)
	}
}

// HearsPassed reports whether the rule listens to orders that leave.
func (h *Host) HearsPassed() bool { return len(h.passed) > 0 }
