// Command daemon is signalman with one more strategy, the gambler: what the crash harness
// kills. It is built with the tag failpoints.
package main

import (
	"os"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/strategy"
)

func main() {
	p := app.Default()
	p.Strategies = append(p.Strategies, strategy.Plugin{Name: "gambler", Doc: "asks for all that a venue can do, at random", New: newGambler})
	os.Exit(app.Main(p))
}
