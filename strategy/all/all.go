// Package all lists the strategies that come with the program.
package all

import (
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/dca"
	"github.com/signalman-trading/signalman/strategy/emacross"
	"github.com/signalman-trading/signalman/strategy/gradefollow"
	"github.com/signalman-trading/signalman/strategy/rebalance"
	"github.com/signalman-trading/signalman/strategy/smacross"
)

// All returns the plug-ins, sorted by name. The slice is the caller's.
func All() []strategy.Plugin {
	return []strategy.Plugin{
		dca.Plugin(),
		emacross.Plugin(),
		gradefollow.Plugin(),
		rebalance.Plugin(),
		smacross.Plugin(),
	}
}
