package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// Trades fetches the aggregated trades behind the last stored one.
func (r *REST) Trades(ctx context.Context) (*Report, error) {
	s := store.Series{Venue: r.Venue, Symbol: r.Symbol, Interval: market.Trades}
	report := &Report{Series: s}
	to, err := r.end(ctx)
	if err != nil {
		return report, err
	}
	from, err := r.tradesFrom(s)
	if err != nil {
		return report, err
	}
	if from >= to {
		return report, nil
	}
	report.From, report.To = from, to
	lines := &tradeLines{told: func(t market.Time) { r.told(s, max(0, t-from), to-from) }}
	next, stop := iter.Pull2(r.Public.AggTrades(ctx, r.Symbol, from, to))
	defer stop()
	lines.next = next
	through := from
	// One reader knows how trades become bars; the venue's come to it as rows of its file.
	sum, err := barfile.ScanTrades(lines, barfile.Options{Name: s.String()}, func(c *market.Columns) error {
		err := r.put(s, c, report, func(*store.DB) error { return nil })
		if err == nil {
			through = market.Millis(c.OpenTime[c.Len()-1].Millis())
		}
		return err
	})
	report.join(sum)
	switch {
	case lines.err != nil:
		err = lines.err
	case lines.rows == 0:
		err = nil // the reader wants one
	}
	if err != nil {
		report.upTo(through)
	}
	return report, err
}

// tradesFrom returns where to go on: with the millisecond of the last stored trade, which
// may have had more.
func (r *REST) tradesFrom(s store.Series) (market.Time, error) {
	db, err := r.Open(false)
	if errors.Is(err, store.ErrMissing) {
		return r.first(s, store.SeriesStats{})
	}
	if err != nil {
		return 0, err
	}
	st, err := db.Stats(s)
	if errors.Is(err, store.ErrNoSeries) {
		err = nil
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return 0, err
	}
	return r.first(s, st)
}

func (r *REST) first(s store.Series, st store.SeriesStats) (market.Time, error) {
	switch {
	case st.Rows == 0 && r.From == 0:
		return 0, &market.Error{Class: market.Usage, Where: s.String(), Err: errNoFrom, Hint: hintFrom}
	case st.Rows == 0 || r.Resync && r.From > 0 || r.From > 0 && r.From < st.First:
		return r.From, nil
	case r.Resync:
		return st.First, nil
	}
	return max(market.Millis(st.Last.Millis()), r.From), nil
}

// tradeLines reads trades as the rows of a file of aggTrades.
type tradeLines struct {
	next func() (binance.Trade, error, bool)
	told func(market.Time)
	buf  bytes.Buffer
	rows int
	err  error // of the venue, which ends the rows
}

// Read implements [io.Reader].
func (l *tradeLines) Read(p []byte) (int, error) {
	for l.buf.Len() < len(p) && l.err == nil {
		t, err, ok := l.next()
		if !ok {
			break
		}
		if err != nil {
			l.err = err
			break
		}
		l.line(t)
	}
	if l.buf.Len() == 0 {
		return 0, io.EOF
	}
	return l.buf.Read(p)
}

func (l *tradeLines) line(t binance.Trade) {
	if l.rows++; l.rows%tellEvery == 0 {
		l.told(t.Time)
	}
	b := l.buf.AvailableBuffer()
	b = append(strconv.AppendInt(b, t.ID, 10), ',')
	b = append(strconv.AppendFloat(b, t.Price, 'f', -1, 64), ',')
	b = append(strconv.AppendFloat(b, t.Quantity, 'f', -1, 64), ',', '0', ',', '0', ',')
	b = append(strconv.AppendInt(b, int64(t.Time)/int64(time.Millisecond), 10), '\n')
	l.buf.Write(b)
}
