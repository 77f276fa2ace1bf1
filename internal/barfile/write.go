package barfile

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// Write prints bars as CSV with a header. Numbers are plain decimals without
// trailing zeros, so that equal columns give equal bytes, and [Read] with the same
// interval gives equal columns back, but for Incomplete. It refuses, with a
// [market.Error], columns that Read would refuse, except that there may be none.
func Write(w io.Writer, c *market.Columns) error {
	out := NewWriter(w)
	if err := out.Add(c); err != nil {
		return err
	}
	return out.Close()
}

// A Writer prints bars piece by piece, as CSV or as freqtrade's JSON.
type Writer struct {
	out               *bufio.Writer
	before, sep, tail string // before each row, between rows, at the end
	rows              int
	last              market.Time
	line              []byte
}

// NewWriter returns a Writer of what [Write] prints.
func NewWriter(w io.Writer) *Writer {
	return newWriter(w, ownHeader+"\n", Writer{sep: "\n", tail: "\n"})
}

// NewJSONWriter returns a Writer of one array of arrays [open time in milliseconds, open,
// high, low, close, volume], the JSON files of freqtrade.
func NewJSONWriter(w io.Writer) *Writer {
	return newWriter(w, "[", Writer{before: "[", sep: "],", tail: "]]\n"})
}

func newWriter(to io.Writer, head string, w Writer) *Writer {
	w.out = bufio.NewWriterSize(to, 64<<10)
	w.out.WriteString(head)
	return &w
}

// Add prints rows, which are later than those before. See [Write] for what is refused.
func (w *Writer) Add(c *market.Columns) error {
	for row := range c.Len() {
		if err := w.check(c, row); err != nil {
			return &market.Error{Class: market.Data, Where: fmt.Sprintf("row %d", w.rows), Err: err}
		}
		w.line = w.line[:0]
		if w.rows > 0 {
			w.line = append(w.line, w.sep...)
		}
		w.line = appendRow(append(w.line, w.before...), c, row)
		if _, err := w.out.Write(w.line); err != nil {
			return err
		}
		w.rows++
		w.last = c.OpenTime[row]
	}
	return nil
}

// Close ends the text. It does not close what it is written to.
func (w *Writer) Close() error {
	switch {
	case w.rows > 0:
		w.out.WriteString(w.tail)
	case w.before != "":
		w.out.WriteString("]\n")
	}
	return w.out.Flush()
}

// check reports what would keep a row from being read back.
func (w *Writer) check(c *market.Columns, row int) error {
	t := c.OpenTime[row]
	switch {
	case c.Interval < second || c.Interval%second != 0:
		return fmt.Errorf("interval %s is not a whole number of seconds", c.Interval)
	case t < 0 || t.Millis() > int64(millis.hi) || market.Millis(t.Millis()) != t:
		return fmt.Errorf("open_time %s is not a millisecond of the years 1970 to 2200", t)
	case w.rows > 0 && t <= w.last:
		return unordered(t, w.last).err
	case !c.Interval.Aligned(t):
		return fmt.Errorf("open_time %s does not start a bar of %s", t, c.Interval)
	}
	return c.Bar(row).Check()
}

func appendRow(b []byte, c *market.Columns, row int) []byte {
	b = strconv.AppendInt(b, c.OpenTime[row].Millis(), 10)
	for _, x := range [...]float64{c.Open[row], c.High[row], c.Low[row], c.Close[row]} {
		b = appendDecimal(append(b, ','), x, c.PriceScale)
	}
	return appendDecimal(append(b, ','), c.Volume[row], c.VolumeScale)
}

// appendDecimal prints x ≥ 0 at a scale without trailing zeros, or as the shortest
// decimal where it is not on that grid.
func appendDecimal(b []byte, x float64, scale int32) []byte {
	if x == 0 {
		return append(b, '0')
	}
	if scale < 0 || scale > maxDecimals || !(x*market.Pow10(scale) <= exact) {
		return strconv.AppendFloat(b, x, 'f', -1, 64)
	}
	pow := market.Pow10(scale)
	n := market.Ticks(x, pow)
	if float64(n)/pow != x {
		return strconv.AppendFloat(b, x, 'f', -1, 64)
	}
	m, k := strip(uint64(n), int(scale))
	return appendFixed(b, m, k)
}

// appendFixed prints m/10^k with k fraction digits.
func appendFixed(b []byte, m uint64, k int) []byte {
	var room [24]byte
	digits := strconv.AppendUint(room[:0], m, 10)
	if k == 0 {
		return append(b, digits...)
	}
	if whole := len(digits) - k; whole > 0 {
		b = append(b, digits[:whole]...)
		return append(append(b, '.'), digits[whole:]...)
	}
	b = append(b, '0', '.')
	for range k - len(digits) {
		b = append(b, '0')
	}
	return append(b, digits...)
}
