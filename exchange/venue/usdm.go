package venue

import "github.com/signalman-trading/signalman/market"

// usdmVoice tells the private streams of USD-M.
type usdmVoice struct{}

func (usdmVoice) order(*side, *order, *execution)       {}
func (usdmVoice) account(*side, market.Time, ...string) {}

// usdmEndpoints are the account's endpoints of USD-M.
func usdmEndpoints() []endpoint { return nil }
