package store

import (
	"fmt"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// A journalSeries is what a journal calls by number once it has appeared.
type journalSeries struct {
	instrument              market.InstrumentID
	interval                market.Interval
	priceScale, volumeScale int32
}

// maxSetup bounds the document of a RecordSetup, in bytes.
const maxSetup = 4 << 20

// A recordWriter writes the records of a journal, instant by instant.
type recordWriter struct {
	writer
	base    market.Time // of the current instant: the time of its first record
	records int
	series  map[journalSeries]uint64
}

// reset starts the next instant.
func (w *recordWriter) reset() { w.b, w.records = w.b[:0], 0 }

func (w *recordWriter) record(r *market.Record) error {
	if w.records == 0 {
		w.base = r.Time
		w.int(int64(r.Time))
	}
	w.records++
	w.small(int8(r.Kind))
	w.since(r.Time, w.base)
	switch r.Kind {
	case market.RecordEvent:
		w.event(&r.Event, r.Time)
	case market.RecordDecision:
		w.decision(r)
	case market.RecordHalt:
		w.text(r.Scope)
		w.text(r.Text)
	case market.RecordSetup:
		w.text(r.Scope)
		w.limited(r.Text, maxSetup)
	default:
		w.fail("record of unknown kind %d", r.Kind)
	}
	if len(w.b) > maxPayload {
		w.fail("instant of more than %d bytes", maxPayload)
	}
	return w.err
}

// event writes what an event carries; a bar's instrument and interval are those of
// its series.
func (w *recordWriter) event(e *market.Event, base market.Time) {
	w.small(int8(e.Kind))
	w.since(e.Time, base)
	w.flags(e.Bars != nil, e.Signal != nil, e.Update != nil, false, e.Funding != nil, e.Listing != nil, e.Flow != nil, e.Word != nil)
	w.small(int8(e.Command))
	if e.Bars != nil {
		w.bar(e)
	} else {
		w.int(int64(e.Instrument))
		w.int(int64(e.Interval))
		w.int(int64(e.Row))
	}
	if e.Signal != nil {
		w.signal(e.Signal)
	}
	if e.Update != nil {
		w.update(e.Update)
	}
	if f := e.Funding; f != nil {
		w.since(f.Time, base)
		w.decimal(f.Rate)
		w.decimal(f.Mark)
	}
	if e.Listing != nil {
		w.instrument(e.Listing)
	}
	if f := e.Flow; f != nil {
		w.text(f.Asset)
		w.decimal(f.Amount)
		w.text(f.From)
		w.text(f.To)
	}
	if o := e.Word; o != nil {
		w.text(o.Scope)
		w.text(o.Rule)
		w.limited(o.Text, maxSetup) // of a reload it is a document
		halts := o.Symbol != "" || o.Action != "" || o.Side != 0 || o.Until != 0
		w.flags(o.Cancel, o.After, halts)
		w.int(int64(o.Since))
		if halts {
			w.text(o.Symbol)
			w.text(o.Action)
			w.byte(byte(o.Side))
			w.int(int64(o.Until))
		}
	}
}

func (w *recordWriter) bar(e *market.Event) {
	c, row := e.Bars, int(e.Row)
	if row < 0 || row >= c.Len() || column.CheckLengths(c) != nil || c.Interval != e.Interval {
		w.fail("bar event: row %d of %d, %s among bars of %s", row, c.Len(), e.Interval, c.Interval)
		return
	}
	w.seriesOf(journalSeries{e.Instrument, e.Interval, c.PriceScale, c.VolumeScale})
	b := c.Bar(row)
	prices, onGrid := gridPrices(&b, c.PriceScale)
	volume, volumeOnGrid := column.Ticks(b.Volume, c.VolumeScale)
	w.flags(incomplete(c, row), onGrid, volumeOnGrid)
	w.since(b.OpenTime+market.Time(e.Interval), e.Time)
	if onGrid {
		for _, v := range prices {
			w.int(v)
		}
	} else {
		for _, v := range [...]float64{b.Open, b.High, b.Low, b.Close} {
			w.float(v)
		}
	}
	if volumeOnGrid {
		w.int(volume)
	} else {
		w.float(b.Volume)
	}
}

// gridPrices returns the open in ticks, and high, low and close as ticks above it.
func gridPrices(b *market.Bar, scale int32) (p [4]int64, ok bool) {
	for i, v := range [...]float64{b.Open, b.High, b.Low, b.Close} {
		if p[i], ok = column.Ticks(v, scale); !ok {
			return p, false
		}
		if i > 0 {
			p[i] -= p[0]
		}
	}
	return p, true
}

// seriesOf writes the number of a series, and what it is where it is new.
func (w *recordWriter) seriesOf(s journalSeries) {
	n, known := w.series[s]
	if known {
		w.uint(n)
		return
	}
	if err := s.check(); err != nil {
		w.fail("%w", err)
		return
	}
	n = uint64(len(w.series))
	w.series[s] = n
	w.uint(n)
	w.int(int64(s.instrument))
	w.int(int64(s.interval))
	w.small(int8(s.priceScale))
	w.small(int8(s.volumeScale))
}

func (s *journalSeries) check() error {
	if s.interval <= 0 || s.priceScale < market.FreeScale || s.priceScale > 22 || s.volumeScale < market.FreeScale || s.volumeScale > 22 {
		return fmt.Errorf("series of interval %d, scales %d and %d", s.interval, s.priceScale, s.volumeScale)
	}
	return nil
}

func (w *recordWriter) signal(s *market.Signal) {
	w.text(s.Source)
	w.text(string(s.Kind))
	w.text(string(s.Subject))
	w.int(int64(s.Instrument))
	w.int(int64(s.Effective))
	w.since(s.Known, s.Effective)
	w.float(s.Value)
	w.flags(s.Null, s.Assumed)
	w.int(int64(s.Revision))
	w.raw(s.Raw[:])
}

func (w *recordWriter) id(id market.OrderID) {
	w.text(id.Strategy)
	w.uint(uint64(id.Sequence))
}

func (w *recordWriter) update(u *market.OrderUpdate) {
	w.id(u.ID)
	w.text(u.Symbol)
	w.small(int8(u.State))
	w.flags(u.Fill != nil)
	w.decimal(u.Filled)
	w.int(int64(u.Time))
	w.text(u.Reason)
	if f := u.Fill; f != nil {
		w.text(f.Trade)
		w.since(f.Time, u.Time)
		w.decimal(f.Price)
		w.decimal(f.Quantity)
		w.decimal(f.Fee)
		w.text(f.FeeAsset)
		w.flags(f.Maker)
	}
}

func (w *recordWriter) decision(r *market.Record) {
	d := r.Decision
	if d == nil {
		w.fail("decision record without a decision")
		return
	}
	w.since(d.Time, r.Time)
	w.small(int8(d.Action))
	w.order(&d.Order)
	w.items(len(d.Checks))
	for _, c := range d.Checks {
		w.text(c.Rule)
		w.text(c.Measured)
		w.text(c.Limit)
		w.flags(c.Cut)
	}
	w.items(len(d.Inputs))
	for i := range d.Inputs {
		w.ref(&d.Inputs[i])
	}
	w.flags(d.Refused != nil)
	if d.Refused != nil {
		w.text(d.Refused.Rule)
		w.text(d.Refused.Measured)
		w.text(d.Refused.Limit)
	}
}

func (w *recordWriter) order(o *market.Order) {
	w.id(o.ID)
	w.text(o.Strategy)
	w.int(int64(o.Instrument))
	w.small(int8(o.Side))
	w.small(int8(o.Type))
	w.small(int8(o.TIF))
	trails, linked, replaces := o.Type == market.TrailingStop, o.Profile != market.Unlinked, o.Replaces != (market.OrderID{})
	w.flags(o.PostOnly, o.ReduceOnly, o.Expire != 0, trails, linked, replaces)
	w.decimal(o.Quantity)
	w.decimal(o.Quote)
	w.decimal(o.Price)
	w.decimal(o.Stop)
	w.text(o.Reason)
	if o.Expire != 0 {
		w.int(int64(o.Expire))
	}
	if trails {
		w.small(int8(o.Trail.Unit))
		w.decimal(o.Trail.By)
		w.decimal(o.Trail.Activate)
	}
	if linked {
		w.small(int8(o.Profile))
		w.id(o.Parent)
		w.text(o.Group)
	}
	if replaces {
		w.id(o.Replaces)
	}
}

func (w *recordWriter) ref(s *market.SignalRef) {
	w.text(s.Source)
	w.text(string(s.Kind))
	w.text(string(s.Subject))
	w.int(int64(s.Effective))
	w.since(s.Known, s.Effective)
	w.int(int64(s.Revision))
	w.float(s.Value)
	w.flags(s.Assumed, s.Absent)
}
