package limit

import "github.com/signalman-trading/signalman/market"

// Covers reports whether a time lies in a window.
func Covers(w *Window, t market.Time) bool { return w.covers(t).covered }

// Like is the match of a name.
var Like = like
