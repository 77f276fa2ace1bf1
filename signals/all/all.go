// Package all lists the signal sources that ship with Signalman.
package all

import (
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/blend"
	"github.com/signalman-trading/signalman/signals/file"
	"github.com/signalman-trading/signalman/signals/http"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
	"github.com/signalman-trading/signalman/signals/webhook"
)

// Sources returns the sources, sorted by name.
func Sources() []signals.Plugin {
	return []signals.Plugin{blend.Plugin(), file.Plugin(), http.Plugin(), tokenmetrics.Plugin(), webhook.Plugin()}
}
