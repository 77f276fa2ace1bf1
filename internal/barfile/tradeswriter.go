package barfile

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// A TradesWriter prints the trades of a series of [market.Trades] piece by piece, as CSV
// with a header: the time in nanoseconds since 1970, price and quantity as plain decimals.
// [ReadTrades] gives equal columns back.
type TradesWriter struct {
	out  *bufio.Writer
	rows int
	last market.Time
	line []byte
}

// NewTradesWriter returns a TradesWriter that prints to w.
func NewTradesWriter(w io.Writer) *TradesWriter {
	t := &TradesWriter{out: bufio.NewWriterSize(w, 64<<10)}
	t.out.WriteString("time,price,quantity\n")
	return t
}

// Add prints trades, which are later than those before. A bar that is no trade is a
// [market.Error].
func (w *TradesWriter) Add(c *market.Columns) error {
	for row := range c.Len() {
		b := c.Bar(row)
		err := b.Check()
		switch {
		case err != nil:
		case c.Interval != market.Trades || b.Open != b.High || b.Open != b.Low || b.Open != b.Close:
			err = fmt.Errorf("%s is no single trade", b.OpenTime)
		case w.rows > 0 && b.OpenTime <= w.last:
			err = unordered(b.OpenTime, w.last).err
		}
		if err != nil {
			return &market.Error{Class: market.Data, Where: fmt.Sprintf("row %d", w.rows), Err: err}
		}
		w.line = strconv.AppendInt(w.line[:0], int64(b.OpenTime), 10)
		w.line = appendDecimal(append(w.line, ','), b.Close, c.PriceScale)
		w.line = appendDecimal(append(w.line, ','), b.Volume, c.VolumeScale)
		if _, err := w.out.Write(append(w.line, '\n')); err != nil {
			return err
		}
		w.rows, w.last = w.rows+1, b.OpenTime
	}
	return nil
}

// Close ends the text. It does not close what it is written to.
func (w *TradesWriter) Close() error { return w.out.Flush() }
