package sim

import "github.com/signalman-trading/signalman/market"

// unsupported is the venue's reason for a list that it does not know.
const unsupported = "unsupported order combination"

// lists reports whether the venue's own lists know an order (semantics X10): the entry
// of one is a limit order; of two exits, one waits for the price to go the position's
// way (a limit or take-profit order) and one protects it (a stop, stop-limit or trailing
// stop). Our brackets may be made of anything.
func (f *family) lists(w *working) bool {
	if f.profile != market.ByVenue {
		return true
	}
	if w == f.entry {
		return w.order.Type == market.Limit && (w.order.TIF == market.GTC || w.order.TIF == market.GTD)
	}
	for _, x := range f.exits {
		if x != w && !x.done && x.order.Protects() == w.order.Protects() {
			return false
		}
	}
	return true
}
