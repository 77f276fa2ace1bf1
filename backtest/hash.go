package backtest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"

	"github.com/signalman-trading/signalman/market"
)

// InputsHash covers the decoded rows of a history, whatever files they came from
// (semantics H1): the instruments' rules and how they change, the bars of the series that
// the run used (of all, where execution is nil), the signals, what is done to the run, and
// funding and marks of perpetuals.
func (h *History) InputsHash(execution []market.Interval) market.Hash {
	w := rowHash{hash: sha256.New()}
	for i := range h.Instruments {
		in := &h.Instruments[i]
		w.text(fmt.Sprintln(in.Venue, in.Symbol, in.Base, in.Quote, in.Tick, in.Step, in.MinQuantity, in.MaxQuantity, in.MinNotional,
			in.PriceBandUp, in.PriceBandDown, in.BasePrecision, in.QuotePrecision))
		if in.MaxOrders+in.MaxStops > 0 || in.MaxNotional.IsPositive() || in.Margin != nil {
			w.text(in.Filters())
		}
		for _, s := range h.Series {
			if s.Instrument == in.ID && (execution == nil || s.Columns.Interval == execution[i]) {
				w.bars(s.Columns)
			}
		}
	}
	for i := range h.Listings {
		l := &h.Listings[i]
		w.text(fmt.Sprintln("listing", l.Time, h.Instruments[l.Instrument].Symbol, l.Filters.Filters(), l.Filters.BasePrecision, l.Filters.QuotePrecision))
	}
	for i := range h.Signals {
		w.signal(&h.Signals[i])
	}
	for i := range h.Events {
		w.event(&h.Events[i])
	}
	w.perpetuals(h)
	w.flush()
	return market.Hash(w.hash.Sum(nil))
}

// rowHash hashes rows through a buffer, little end first.
type rowHash struct {
	hash   hash.Hash
	buffer []byte
}

func (w *rowHash) flush() {
	w.hash.Write(w.buffer)
	w.buffer = w.buffer[:0]
}

func (w *rowHash) text(s string) {
	w.buffer = binary.LittleEndian.AppendUint32(w.buffer, uint32(len(s)))
	w.buffer = append(w.buffer, s...)
	w.flush()
}

func (w *rowHash) bars(c *market.Columns) {
	w.text(c.Interval.String())
	for row := range c.OpenTime {
		b := w.buffer
		b = binary.LittleEndian.AppendUint64(b, uint64(c.OpenTime[row]))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Open[row]))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.High[row]))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Low[row]))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Close[row]))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Volume[row]))
		if w.buffer = b; len(b) > 1<<15 {
			w.flush()
		}
	}
	w.flush()
}

func (w *rowHash) signal(s *market.Signal) {
	w.text(fmt.Sprintln(s.Source, s.Kind, s.Subject, s.Effective, s.Known, s.Value, s.Null, s.Assumed, s.Revision))
}

// perpetuals hashes what only perpetual futures have.
func (w *rowHash) perpetuals(h *History) {
	for _, s := range h.Marks {
		w.text("mark " + h.Instruments[s.Instrument].Symbol)
		w.bars(s.Columns)
	}
	for i := range h.Funding {
		f := &h.Funding[i]
		w.text(fmt.Sprintln("funding", h.Instruments[f.Instrument].Symbol, f.Due(), f.Rate, f.Mark))
	}
}

func (w *rowHash) event(e *market.Event) {
	w.text(fmt.Sprintln("event", e.Time, e.Kind, e.Command))
	if f := e.Flow; f != nil {
		w.text(fmt.Sprintln(f.Asset, f.Amount, f.From, f.To))
	}
}
