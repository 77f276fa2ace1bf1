package app

import (
	"cmp"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// tradesWord is what --detail says of recorded trades, which only a file holds.
const tradesWord = "trades"

// applyDetail refuses flags of detail that do not fit together.
func (f *backtestFlags) applyDetail() error {
	d := f.account["detail"]
	if *d != tradesWord {
		return nil
	}
	if *d = ""; f.detail == "" {
		return usageError("name it with --detail-csv FILE", "--detail trades reads recorded trades from a file")
	}
	return nil
}

// detailed is a history with one series more, read from the file of --detail-csv. It
// takes the place of a stored series of the same interval.
type detailed struct {
	store.Reader
	series  store.Series
	columns *market.Columns
}

// readDetail reads the file of --detail-csv: candles where --detail names their
// interval, or else recorded trades.
func (c *command) readDetail(f *backtestFlags) (*market.Columns, error) {
	if text := *f.account["detail"]; text != "" {
		d, err := market.ParseInterval(text)
		if err != nil {
			return nil, usageError("", "--detail: %w", err)
		}
		h, err := c.readHistory(f.detail, "", d)
		if err != nil {
			return nil, err
		}
		return h.columns, nil
	}
	r, err := barfile.ReadTradesFile(f.detail, barfile.Options{})
	if err != nil {
		return nil, err
	}
	missing := int64(0)
	for _, g := range r.Gaps {
		missing += g.Missing
	}
	if missing > 0 {
		c.note("%s: %d numbers of trades are missing at %s", f.detail, missing, plural(len(r.Gaps), "place"))
	}
	return r.Columns, nil
}

// detail lays the file of --detail-csv over a history. r is nil where the file is all
// there is.
func (c *command) detail(cfg *config.Config, r store.Reader, f *backtestFlags) (store.Reader, error) {
	var list []string
	for k := range cfg.Accounts {
		list = append(list, symbols(&cfg.Accounts[k])...)
	}
	if len(list) != 1 {
		return nil, usageError("run the strategies of one symbol alone", "--detail-csv holds one symbol, and the run has %v", list)
	}
	columns, err := c.readDetail(f)
	if err != nil {
		return nil, err
	}
	s := store.Series{Venue: f.naming.venue, Symbol: list[0], Interval: columns.Interval}
	if r == nil {
		return &fileHistory{s, columns}, nil
	}
	all, err := r.SeriesList()
	if err != nil {
		return nil, err
	}
	for _, other := range all {
		if other.Symbol == s.Symbol {
			s.Venue = cmp.Or(s.Venue, other.Venue)
		}
	}
	return &detailed{r, s, columns}, nil
}

// SeriesList returns the stored series and the one more.
func (d *detailed) SeriesList() ([]store.Series, error) {
	list, err := d.Reader.SeriesList()
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		if s == d.series {
			return list, nil
		}
	}
	return append(list, d.series), nil
}

// Bars returns bars of a series with from ≤ open time < to; zero to means no end.
func (d *detailed) Bars(s store.Series, from, to market.Time) (*market.Columns, error) {
	if s == d.series {
		return (&fileHistory{d.series, d.columns}).Bars(s, from, to)
	}
	return d.Reader.Bars(s, from, to)
}
