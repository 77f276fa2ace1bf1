// Package all lists the exchanges that come with Signalman.
package all

import (
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
)

// Exchanges returns them, sorted by name.
func Exchanges() []exchange.Plugin { return binance.Plugins() }
