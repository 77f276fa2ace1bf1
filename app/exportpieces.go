package app

import (
	"errors"
	"io"

	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/feather"
	"github.com/signalman-trading/signalman/internal/parquet"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// A frameWriter writes bars piece by piece.
type frameWriter interface {
	Add(c *market.Columns) error
	Close() error
}

// frameFormats are the formats of exports.
var frameFormats = map[string]func(w io.Writer) frameWriter{
	"csv":     func(w io.Writer) frameWriter { return barfile.NewWriter(w) },
	"json":    func(w io.Writer) frameWriter { return barfile.NewJSONWriter(w) },
	"parquet": func(w io.Writer) frameWriter { return parquet.NewWriter(w) },
	"feather": func(w io.Writer) frameWriter { return feather.NewWriter(w) },
}

// pieceBars is how many bars are in memory at a time.
const pieceBars = 1 << 16

// pieces hands on the bars of a series in order, in pieces that fit memory, and how much
// of the way is done with each.
func pieces(r store.Reader, s store.Series, lo, hi market.Time, emit func(done float64, c *market.Columns) error) error {
	st, err := r.Stats(s)
	if err != nil {
		return err
	}
	lo = max(lo, st.First)
	end := st.Last + 1
	if hi != 0 {
		end = min(end, hi)
	}
	step := market.Time(min(s.Interval, market.Hour)) * pieceBars // years at most: no overflow
	if s.Interval == market.Trades {
		step = market.Time(market.Hour)
	}
	for t := lo; t < end; t += step {
		to := min(t+step, end)
		c, err := r.Bars(s, t, to)
		if err == nil && c.Len() > 0 {
			err = emit(float64(to-lo)/float64(end-lo), c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeFundings writes the fundings of a perpetual: as CSV, or as freqtrade keeps them,
// the rate as the open price of a bar.
func writeFundings(w io.Writer, r store.Reader, e export, lo, hi market.Time) (int, error) {
	rows, err := r.Fundings(e.series.Venue, e.series.Symbol, lo, hi)
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		return 0, errNothing
	}
	if e.format == "csv" {
		return len(rows), barfile.WriteFunding(w, rows)
	}
	c := market.MakeColumns(market.Hour, len(rows))
	c.PriceScale, c.VolumeScale = market.FreeScale, market.FreeScale
	for _, f := range rows {
		rate, _ := f.Rate.Float64()
		c.Append(market.Bar{OpenTime: f.Time, Open: rate})
	}
	out := frameFormats[e.format](w)
	return len(rows), errors.Join(out.Add(c), out.Close())
}
