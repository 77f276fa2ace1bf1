package sample

import (
	"slices"
	"sync"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// DemoSource is the source of the made-up signals.
const DemoSource = "demo-synthetic"

// demoLag is how long after the end of its day a made-up row is known, unless it is late.
const demoLag = market.Time(5 * time.Minute)

var demo = sync.OnceValues(func() (*Made, error) {
	a, err := Open()
	if err != nil {
		return nil, err
	}
	rows, err := makeUp(a, 0)
	if err != nil {
		return nil, err
	}
	own, err := a.Signals(store.SignalFilter{})
	rows = append(rows, own...)
	slices.SortFunc(rows, byTime)
	return &Made{a, rows}, err
})

// Demo returns the bundled history with made-up signals beside its own: what a provider of
// grades publishes each day, computed of the closed bars up to the end of that day. They
// are for trying strategies, and say nothing about any provider. docs/data.md has the
// formulas. They are computed once and shared.
func Demo() (*Made, error) { return demo() }

// Made is the bundled history with made-up signals.
type Made struct {
	*store.Archive
	rows []market.Signal // all, in order of Compare
}

// Signals implements [store.Reader].
func (m *Made) Signals(f store.SignalFilter) ([]market.Signal, error) {
	if f == (store.SignalFilter{}) {
		return slices.Clone(m.rows), nil
	}
	var rows []market.Signal
	for i := range m.rows {
		if f.Selects(&m.rows[i]) {
			rows = append(rows, m.rows[i])
		}
	}
	return rows, nil
}

func byTime(a, b market.Signal) int { return a.Compare(&b) }

// makeUp makes the rows of the days that end by a time, in no order; 0 is all.
func makeUp(r store.Reader, end market.Time) ([]market.Signal, error) {
	list, err := r.SeriesList()
	if err != nil {
		return nil, err
	}
	var d demoDays
	for _, s := range list {
		base, _, err := market.SplitSymbol(s.Symbol)
		if err != nil {
			return nil, err
		}
		bars, err := r.Bars(s, 0, end)
		if err != nil {
			return nil, err
		}
		if n := bars.Len(); n > 0 {
			d.asset(market.Subject(base), market.Resample(bars, market.Daily, bars.Time(n-1)))
		}
	}
	d.market()
	return d.rows, nil
}
