package app

import (
	"errors"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// fileHistory is a history of one series, read from a file of candles. Its instrument
// is known from the file alone, and it has no signals.
type fileHistory struct {
	series  store.Series
	columns *market.Columns
}

var _ store.Reader = (*fileHistory)(nil)

// readHistory reads a file of candles. Bad rows outside of the run do not matter.
func (c *command) readHistory(f *backtestFlags, path, symbol string, d market.Interval) (*fileHistory, error) {
	o := barfile.Options{Interval: d, SkipBad: c.skipBad, From: f.begin}
	if f.end > 0 {
		o.To = max(f.end-market.Time(d), 0) + 1 // the last open that ends in the run
	}
	r, err := barfile.ReadFile(path, o)
	if errors.Is(err, barfile.ErrRow) {
		err = withHint(err, "or leave bad rows out with --skip-bad")
	}
	if err != nil {
		return nil, err
	}
	if r.BadCount > 0 {
		c.note("%s left out, the first: %s", plural(r.BadCount, "bad row"), r.Bad[0])
		if c.leftOut == nil {
			c.leftOut = map[market.Interval]int{}
		}
		c.leftOut[d] += r.BadCount
	}
	if r.GapCount > 0 {
		c.note("%s: %s; missing bars stay missing", path, plural(r.GapCount, "gap"))
	}
	return &fileHistory{store.Series{Symbol: symbol, Interval: d}, r.Columns}, nil
}

// SeriesList returns the one series.
func (h *fileHistory) SeriesList() ([]store.Series, error) { return []store.Series{h.series}, nil }

// Stats counts it.
func (h *fileHistory) Stats(store.Series) (store.SeriesStats, error) {
	n := h.columns.Len()
	if n == 0 {
		return store.SeriesStats{}, nil
	}
	return store.SeriesStats{Rows: n, First: h.columns.OpenTime[0], Last: h.columns.OpenTime[n-1]}, nil
}

// Bars returns its bars with from ≤ open time < to; zero to means no end.
func (h *fileHistory) Bars(_ store.Series, from, to market.Time) (*market.Columns, error) {
	hi := h.columns.Len()
	if to > 0 {
		hi = h.columns.Search(to)
	}
	return h.columns.Slice(min(h.columns.Search(from), hi), hi), nil
}

// Instruments returns none: a file does not say how its symbol is traded.
func (h *fileHistory) Instruments(market.Time) ([]market.Instrument, error) { return nil, nil }

// Listings returns none.
func (h *fileHistory) Listings(_, _ market.Time) ([]store.InstrumentSnapshot, error) { return nil, nil }

// Signals returns none.
func (h *fileHistory) Signals(store.SignalFilter) ([]market.Signal, error) { return nil, nil }

// Fundings returns none.
func (h *fileHistory) Fundings(_, _ string, _, _ market.Time) ([]market.Funding, error) {
	return nil, nil
}

// FundingList returns none.
func (h *fileHistory) FundingList() ([]store.Series, error) { return nil, nil }
