package app

import (
	"fmt"
	"math"
	"slices"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// tradesWord is what --detail says of recorded trades, stored or of a file.
const tradesWord = "trades"

// applyDetail refuses flags of detail that do not fit together.
func (f *backtestFlags) applyDetail() error {
	d := f.account["detail"]
	if *d != tradesWord {
		return nil
	}
	if *d = ""; f.detail == "" && f.csv != "" {
		return usageError("name a file with --detail-csv FILE", "--detail trades fills orders at stored trades, and --csv is a history without")
	}
	f.trades = true
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
		h, err := c.readHistory(f, f.detail, "", d)
		if err != nil {
			return nil, err
		}
		return h.columns, nil
	}
	r, err := barfile.ReadTradesFile(f.detail, barfile.Options{})
	if err != nil {
		return nil, withHint(err, "for candles name their interval with --detail")
	}
	if r.Missing > 0 {
		c.note("%s: %s of trades missing at %s", f.detail, plural(int(r.Missing), "number"), plural(r.GapCount, "place"))
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
		return nil, usageError("run the strategies of one symbol alone", "--detail-csv holds one symbol, and the run has %s", few(list))
	}
	columns, err := c.readDetail(f)
	if err != nil {
		return nil, err
	}
	s := store.Series{Venue: storedVenue(cfg.Accounts[0].Venue), Symbol: list[0], Interval: columns.Interval}
	if r == nil {
		return &fileHistory{s, columns}, nil
	}
	all, err := r.SeriesList()
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, func(other store.Series) bool { return other.Symbol == s.Symbol }) {
		w := wants{venue: cfg.Accounts[0].Venue, perpetual: cfg.Accounts[0].Margin != nil}
		found, err := w.choose(all, s.Symbol)
		if err != nil {
			return nil, err
		}
		s.Venue = found[0].Venue
	}
	if f.csv != "" {
		c.note("note: orders fill on %s and all bars are made of it: the prices of %s are not used", f.detail, f.csv)
	}
	return &detailed{r, s, columns}, c.compareDetail(f.detail, s, columns, r, all)
}

// compareDetail notes where the bars of a history are not those that the detail makes:
// one of the two is of another market, or of another time.
func (c *command) compareDetail(file string, s store.Series, fine *market.Columns, r store.Reader, all []store.Series) error {
	from, to := fine.OpenTime[0], fine.Time(fine.Len()-1)
	for _, other := range all {
		if other.Symbol != s.Symbol || other.Venue != s.Venue || !other.Interval.Holds(s.Interval) {
			continue
		}
		coarse, err := r.Bars(other, other.Interval.Floor(from), to)
		if err != nil {
			return err
		}
		if coarse.Len() == 0 {
			c.note("note: %s is of %s to %s, when the history has no bar of %s at %s: are both of the same time?", file, from, to, s.Symbol, other.Interval)
			return nil
		}
		if text := differing(coarse, fine); text != "" {
			c.note("note: of the history's bars of %s at %s, %s: is %s of the same market?", s.Symbol, other.Interval, text, file)
			return nil
		}
	}
	return nil
}

// differing counts the coarse bars whose prices are not those that finer ones make, up to
// their rounding, and describes the first; "" where all agree. Bars at the ends, which the
// finer ones hold in part, are left out.
func differing(coarse, fine *market.Columns) string {
	made := market.Resample(fine, coarse.Interval, fine.Time(fine.Len()-1))
	near := max(unit(coarse), unit(fine)) / 2
	n, of, first := 0, 0, ""
	for row, t := range made.OpenTime {
		k := coarse.Search(t)
		if t < fine.OpenTime[0] || k == coarse.Len() || coarse.OpenTime[k] != t {
			continue
		}
		of++
		a, b := coarse.Bar(k), made.Bar(row)
		for _, p := range [...]struct {
			name      string
			has, made float64
		}{{"open", a.Open, b.Open}, {"high", a.High, b.High}, {"low", a.Low, b.Low}, {"close", a.Close, b.Close}} {
			if math.Abs(p.has-p.made) > near+1e-9*p.has {
				n++
				if first == "" {
					first = fmt.Sprintf("the first at %s, whose %s is %v and not %v", t, p.name, p.has, p.made)
				}
				break
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d %s from what the detail makes, %s", n, of, either(n, "differs", "differ"), first)
}

// unit returns the last decimal of a series' prices, 0 where they have no grid.
func unit(c *market.Columns) float64 {
	if c.PriceScale < 0 {
		return 0
	}
	return 1 / market.Pow10(c.PriceScale)
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
