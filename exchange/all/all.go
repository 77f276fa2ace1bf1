// Package all lists the exchanges that come with Signalman.
package all

import (
	"github.com/signalman-trading/signalman/exchange"
)

// Exchanges returns them, sorted by name.
func Exchanges() []exchange.Plugin { return nil }
