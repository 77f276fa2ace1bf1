// Command signalman trades, backtests and checks automated strategies.
//
// A binary with your own plug-ins is a copy of this file: append to the lists of
// app.Default() before passing it to app.Main. See docs/plugins.md.
package main

import (
	"os"

	"github.com/signalman-trading/signalman/app"
)

func main() { os.Exit(app.Main(app.Default())) }
