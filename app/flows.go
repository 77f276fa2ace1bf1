package app

import (
	"fmt"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
)

// addFlows puts the configured deposits, withdrawals and transfers among the events of
// the account's history.
func (a *account) addFlows() error {
	if len(a.config.Flows) == 0 {
		return nil
	}
	from, to := a.history.Span()
	for k := range a.config.Flows {
		f := &a.config.Flows[k]
		if f.Time < from || f.Time > to {
			where := "account." + a.config.Name + ".flow." + f.Name
			return &market.Error{
				Class: market.Usage, Where: a.where, Err: fmt.Errorf("%s: its time %s is outside the run, which lasts from %s to %s", where, f.Time, from, to),
				Hint: "move it, or the run with from and to",
			}
		}
		a.history.Events = append(a.history.Events, flowEvent(f, a.history.Instruments[0].Quote))
	}
	a.history.Sort()
	return nil
}

// cutFlows says which flows do not happen, since the command line bounds the run.
func (a *account) cutFlows() (lines []string) {
	for i := range a.config.Cut {
		f := &a.config.Cut[i]
		lines = append(lines, fmt.Sprintf("flow %s at %s is left out: it is outside the run, which the command line bounds", f.Name, f.Time))
	}
	return lines
}

func flowEvent(f *config.Flow, quote string) market.Event {
	e := market.Event{
		Time: f.Time, Kind: market.KindAccount, Instrument: market.NoInstrument,
		Flow: &market.Flow{Asset: quote, Amount: f.Amount, From: f.From, To: f.To},
	}
	if f.Transfer() {
		e.Kind, e.Command = market.KindCommand, market.Transfer
	}
	return e
}
