package strategytest

import (
	"fmt"
	"math"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// watch looks after the columns that a run shows: it copies each when it is first
// seen, before any callback, and compares them later.
type watch struct {
	each    bool // compare after every instant, to tell when it happened
	now     market.Time
	columns []watched
	found   string // the first change that each found
}

type watched struct {
	instrument market.InstrumentID
	shown      *market.Columns
	copied     *market.Columns
}

// see takes note of the columns of a bar.
func (w *watch) see(e *market.Event) {
	w.now = e.Time
	if !slices.ContainsFunc(w.columns, func(o watched) bool { return o.shown == e.Bars }) {
		w.columns = append(w.columns, watched{e.Instrument, e.Bars, copyColumns(e.Bars)})
	}
}

// commit compares after the callbacks of an instant.
func (w *watch) commit() {
	if w.each && w.found == "" {
		if w.found = w.changed(nil); w.found != "" {
			w.found = w.now.String()
		}
	}
}

// changed describes the first value that is not what it was, or returns "".
func (w *watch) changed(instruments []market.Instrument) string {
	for _, c := range w.columns {
		name, row := compareColumns(c.shown, c.copied)
		if name == "" {
			continue
		}
		if instruments == nil {
			return name
		}
		return fmt.Sprintf("the %s of %s %s in the bar that opened %s", name, instruments[c.instrument].Symbol, c.shown.Interval, c.copied.OpenTime[row])
	}
	return ""
}

// compareColumns returns the column and row of the first difference, or "".
func compareColumns(a, b *market.Columns) (name string, row int) {
	for row := range b.OpenTime {
		if a.OpenTime[row] != b.OpenTime[row] {
			return "open time", row
		}
	}
	for k := range columnNames {
		x, y := *floats(a)[k], *floats(b)[k]
		for row := range y {
			if math.Float64bits(x[row]) != math.Float64bits(y[row]) {
				return columnNames[k], row
			}
		}
	}
	return "", 0
}
