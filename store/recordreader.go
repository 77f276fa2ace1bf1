package store

import (
	"math"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// A recordReader reads the records of a journal, instant by instant, and grows the
// Columns that their bar events point into.
type recordReader struct {
	reader
	series []journalSeries
	bars   map[barKey]*market.Columns
}

type barKey struct {
	instrument market.InstrumentID
	interval   market.Interval
}

// instant reads the payload of one frame.
func (r *recordReader) instant(payload []byte) ([]market.Record, error) {
	r.reader = reader{b: payload}
	var records []market.Record
	base := market.Time(r.int())
	for len(r.b) > 0 && r.err == nil {
		records = append(records, r.record(base))
	}
	if r.err == nil && (len(records) == 0 || records[0].Time != base) {
		r.fail("instant without its first record")
	}
	return records, r.err
}

func (r *recordReader) record(base market.Time) market.Record {
	out := market.Record{Kind: market.RecordKind(r.small()), Time: r.since(base)}
	switch out.Kind {
	case market.RecordEvent:
		out.Event = r.event(out.Time)
	case market.RecordDecision:
		out.Decision = r.decision(out.Time)
	case market.RecordHalt:
		out.Scope, out.Text = r.text(), r.text()
	case market.RecordSetup:
		out.Scope, out.Text = r.text(), r.limited(maxSetup)
	default:
		r.fail("record of unknown kind %d", out.Kind)
	}
	return out
}

func (r *recordReader) event(base market.Time) market.Event {
	e := market.Event{Kind: market.Kind(r.small()), Time: r.since(base)}
	has := r.flags(8)
	e.Command = market.Command(r.small())
	if has[0] {
		r.bar(&e)
	} else {
		e.Instrument = r.instrumentID()
		e.Interval = market.Interval(r.int())
		e.Row = int32(r.between(math.MinInt32, math.MaxInt32))
	}
	if has[1] {
		e.Signal = r.signal()
	}
	if has[2] {
		e.Update = r.update()
	}
	if has[3] {
		r.fail("event with a flag that is not used")
	}
	if has[4] {
		e.Funding = &market.Funding{Time: r.since(base), Rate: r.decimal(), Mark: r.decimal()}
	}
	if has[5] {
		in := r.instrument()
		e.Listing = &in
	}
	if has[6] {
		e.Flow = &market.Flow{Asset: r.text(), Amount: r.decimal(), From: r.text(), To: r.text()}
	}
	if has[7] {
		e.Word = r.word()
	}
	return e
}

func (r *recordReader) word() *market.Word {
	w := &market.Word{Scope: r.text(), Rule: r.text(), Text: r.limited(maxSetup)}
	f := r.flags(3)
	w.Cancel, w.After, w.Since = f[0], f[1], market.Time(r.int())
	if f[2] {
		w.Symbol, w.Action, w.Side, w.Until = r.text(), r.text(), market.Side(r.small()), market.Time(r.int())
	}
	return w
}

func (r *recordReader) instrumentID() market.InstrumentID {
	return market.InstrumentID(r.between(math.MinInt32, math.MaxInt32))
}

func (r *recordReader) bar(e *market.Event) {
	s := r.seriesOf()
	has := r.flags(3)
	b := market.Bar{OpenTime: r.since(e.Time) - market.Time(s.interval)}
	r.prices(&b, s.priceScale, has[1])
	b.Volume = r.value(s.volumeScale, 0, has[2])
	if r.err != nil {
		return
	}
	e.Instrument, e.Interval = s.instrument, s.interval
	e.Bars = r.columns(s, b.OpenTime)
	e.Row = int32(e.Bars.Len())
	appendBar(e.Bars, b, has[0])
}

func (r *recordReader) prices(b *market.Bar, scale int32, onGrid bool) {
	base := int64(0)
	for i, p := range [...]*float64{&b.Open, &b.High, &b.Low, &b.Close} {
		*p = r.value(scale, base, onGrid)
		if i == 0 && onGrid && r.err == nil {
			base, _ = column.Ticks(*p, scale)
		}
	}
}

// value reads a float64, or ticks above base.
func (r *recordReader) value(scale int32, base int64, onGrid bool) float64 {
	if !onGrid {
		return r.float()
	}
	t := r.between(-1<<54, 1<<54) + base
	if scale < 0 || t < -1<<53 || t > 1<<53 {
		r.fail("%d ticks of scale %d", t, scale)
		return 0
	}
	return float64(t) / market.Pow10(scale)
}

// appendBar adds a bar that may be incomplete.
func appendBar(c *market.Columns, b market.Bar, flag bool) {
	if flag && c.Incomplete == nil {
		c.Incomplete = make([]bool, c.Len(), c.Len()+1)
	}
	c.Append(b)
	if flag {
		c.Incomplete[c.Len()-1] = true
	}
}

// columns returns the Columns that take the next bar of a series: new ones where
// its time does not follow.
func (r *recordReader) columns(s journalSeries, open market.Time) *market.Columns {
	key := barKey{s.instrument, s.interval}
	c := r.bars[key]
	if c == nil || c.Len() > 0 && c.OpenTime[c.Len()-1] >= open {
		c = &market.Columns{Interval: s.interval, PriceScale: s.priceScale, VolumeScale: s.volumeScale}
		r.bars[key] = c
	}
	c.PriceScale = column.JoinScales(c.PriceScale, s.priceScale)
	c.VolumeScale = column.JoinScales(c.VolumeScale, s.volumeScale)
	return c
}

func (r *recordReader) seriesOf() journalSeries {
	n := r.uint()
	if n < uint64(len(r.series)) {
		return r.series[n]
	}
	if n != uint64(len(r.series)) {
		r.fail("series %d of %d", n, len(r.series))
		return journalSeries{}
	}
	s := journalSeries{instrument: r.instrumentID(), interval: market.Interval(r.int())}
	s.priceScale, s.volumeScale = int32(r.small()), int32(r.small())
	if err := s.check(); err != nil {
		r.fail("%w", err)
		return journalSeries{}
	}
	r.series = append(r.series, s)
	return s
}

func (r *recordReader) signal() *market.Signal {
	s := &market.Signal{Source: r.text(), Kind: market.SignalKind(r.text()), Subject: market.Subject(r.text())}
	s.Instrument = r.instrumentID()
	s.Effective = market.Time(r.int())
	s.Known = r.since(s.Effective)
	s.Value = r.float()
	has := r.flags(2)
	s.Null, s.Assumed = has[0], has[1]
	s.Revision = int(r.int())
	s.Raw = r.hash()
	return s
}

func (r *recordReader) id() market.OrderID {
	s := r.text()
	n := r.uint()
	if n > math.MaxUint32 {
		r.fail("order sequence %d", n)
	}
	return market.OrderID{Strategy: s, Sequence: uint32(n)}
}

func (r *recordReader) update() *market.OrderUpdate {
	u := &market.OrderUpdate{ID: r.id(), Symbol: r.text(), State: market.State(r.small())}
	filled := r.flags(1)[0]
	u.Filled = r.decimal()
	u.Time = market.Time(r.int())
	u.Reason = r.text()
	if filled {
		u.Fill = &market.Fill{Trade: r.text(), Time: r.since(u.Time), Price: r.decimal(), Quantity: r.decimal(),
			Fee: r.decimal(), FeeAsset: r.text(), Maker: r.flags(1)[0]}
	}
	return u
}

func (r *recordReader) decision(base market.Time) *market.Decision {
	d := &market.Decision{Time: r.since(base), Action: market.Action(r.small()), Order: r.order()}
	for range r.items(4) {
		d.Checks = append(d.Checks, market.Check{Rule: r.text(), Measured: r.text(), Limit: r.text(), Cut: r.flags(1)[0]})
	}
	for range r.items(15) {
		d.Inputs = append(d.Inputs, r.ref())
	}
	if r.flags(1)[0] {
		d.Refused = &market.Refusal{Rule: r.text(), Measured: r.text(), Limit: r.text()}
	}
	return d
}

func (r *recordReader) order() market.Order {
	o := market.Order{ID: r.id(), Strategy: r.text(), Instrument: r.instrumentID()}
	o.Side, o.Type, o.TIF = market.Side(r.small()), market.Type(r.small()), market.TIF(r.small())
	has := r.flags(6)
	o.PostOnly, o.ReduceOnly = has[0], has[1]
	o.Quantity, o.Quote, o.Price, o.Stop = r.decimal(), r.decimal(), r.decimal(), r.decimal()
	o.Reason = r.text()
	if has[2] {
		o.Expire = market.Time(r.int())
	}
	if has[3] {
		o.Trail = market.Trail{Unit: market.TrailUnit(r.small()), By: r.decimal(), Activate: r.decimal()}
	}
	if has[4] {
		o.Profile, o.Parent, o.Group = market.Profile(r.small()), r.id(), r.text()
	}
	if has[5] {
		o.Replaces = r.id()
	}
	return o
}

func (r *recordReader) ref() market.SignalRef {
	s := market.SignalRef{Source: r.text(), Kind: market.SignalKind(r.text()), Subject: market.Subject(r.text())}
	s.Effective = market.Time(r.int())
	s.Known = r.since(s.Effective)
	s.Revision = int(r.int())
	s.Value = r.float()
	has := r.flags(2)
	s.Assumed, s.Absent = has[0], has[1]
	return s
}
