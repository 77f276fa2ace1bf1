// Package all lists the strategies that come with the program.
package all

import (
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/bollingerreversion"
	"github.com/signalman-trading/signalman/strategy/buyandhold"
	"github.com/signalman-trading/signalman/strategy/dca"
	"github.com/signalman-trading/signalman/strategy/donchianbreakout"
	"github.com/signalman-trading/signalman/strategy/emacross"
	"github.com/signalman-trading/signalman/strategy/fixedweights"
	"github.com/signalman-trading/signalman/strategy/gradefollow"
	"github.com/signalman-trading/signalman/strategy/grademomentum"
	"github.com/signalman-trading/signalman/strategy/graderotation"
	"github.com/signalman-trading/signalman/strategy/grid"
	"github.com/signalman-trading/signalman/strategy/indexfollow"
	"github.com/signalman-trading/signalman/strategy/macd"
	"github.com/signalman-trading/signalman/strategy/pairs"
	"github.com/signalman-trading/signalman/strategy/predictionedge"
	"github.com/signalman-trading/signalman/strategy/rebalance"
	"github.com/signalman-trading/signalman/strategy/regimeswitch"
	"github.com/signalman-trading/signalman/strategy/rsireversion"
	"github.com/signalman-trading/signalman/strategy/sentimentcontrarian"
	"github.com/signalman-trading/signalman/strategy/signalfollow"
	"github.com/signalman-trading/signalman/strategy/signaltrend"
	"github.com/signalman-trading/signalman/strategy/smacross"
	"github.com/signalman-trading/signalman/strategy/supertrend"
)

// All returns the plug-ins, sorted by name. The slice is the caller's.
func All() []strategy.Plugin {
	return []strategy.Plugin{
		bollingerreversion.Plugin(),
		buyandhold.Plugin(),
		dca.Plugin(),
		donchianbreakout.Plugin(),
		emacross.Plugin(),
		fixedweights.Plugin(),
		gradefollow.Plugin(),
		grademomentum.Plugin(),
		graderotation.Plugin(),
		grid.Plugin(),
		indexfollow.Plugin(),
		macd.Plugin(),
		pairs.Plugin(),
		predictionedge.Plugin(),
		rebalance.Plugin(),
		regimeswitch.Plugin(),
		rsireversion.Plugin(),
		sentimentcontrarian.Plugin(),
		signalfollow.Plugin(),
		signaltrend.Plugin(),
		smacross.Plugin(),
		supertrend.Plugin(),
	}
}
