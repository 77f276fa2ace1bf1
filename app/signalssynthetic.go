package app

import (
	"fmt"
	"slices"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// syntheticSources returns the sources among rows whose rows a stand-in made up.
func syntheticSources(rows []market.Signal) (names []string) {
	for i := range rows {
		if s := rows[i].Source; signals.SaysSynthetic(s) && !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	slices.Sort(names)
	return names
}

// madeUp returns the made-up sources in the history of a run that reads signals. What is
// derived of their rows bears another name, so that all count, whatever is read.
func (a *account) madeUp(e *engine.Engine) []string {
	for _, s := range a.config.Strategies {
		if len(e.SignalQueries(s.Name)) > 0 {
			return syntheticSources(a.history.Signals)
		}
	}
	return nil
}

// syntheticNotes warns of made-up sources.
func syntheticNotes(names []string) (lines []string) {
	for _, name := range names {
		lines = append(lines, fmt.Sprintf("the signals of %s are made up: what comes of them says nothing about the provider", name))
	}
	return lines
}

// tellSynthetic notes which of the rows that are shown are made up.
func (c *command) tellSynthetic(rows []market.Signal) {
	for _, line := range syntheticNotes(syntheticSources(rows)) {
		c.note("note: %s", line)
	}
}
