package strategytest

import (
	"fmt"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// openedBlindly looks for an order to open a position at a time at which no signal is in
// force, of a strategy that opens OnSignals alone.
func (s *suite) openedBlindly(out *outcome, h *backtest.History, w world) error {
	if !s.onSignals {
		return nil
	}
	if len(out.queries) == 0 {
		return fmt.Errorf("it subscribes to no signal, and strategytest.OnSignals says that it opens on signals alone")
	}
	from := out.blind(h)
	if from > 0 { // a Target may have waited for the proceeds of a sale, or for volume
		from += 24 * market.Time(s.interval)
	}
	for k := range out.entries {
		e := &out.entries[k]
		if e.time <= from || e.decision == nil || e.decision.Action != market.Submit {
			continue
		}
		if o := &e.decision.Order; o.Side == market.Buy && !s.perpetual || from == 0 {
			return fmt.Errorf("it opens a position without a signal: over %s it decided\n\t%s\n"+
				"An absent, null or stale signal is no opinion, and no reason to trade: return where Signals.At returns false.\n"+
				"A value that is kept in a field outlives its maximum age: read it when it is needed", w.name, e.print(h.Instruments))
		}
	}
	return nil
}

// blind returns the time after which no row of a history is in force for the strategy; 0 is
// from the start.
func (o *outcome) blind(h *backtest.History) (from market.Time) {
	age := market.Time(0)
	for _, q := range o.queries {
		age = max(age, market.Time(q.MaxAge))
	}
	for k := range h.Signals {
		if row := &h.Signals[k]; !row.Null && row.Known <= row.Effective+age {
			from = max(from, row.Effective+age)
		}
	}
	return from
}
