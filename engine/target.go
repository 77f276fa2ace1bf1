package engine

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// target is the position that a strategy wants of one instrument (semantics D1).
type target struct {
	weight   decimal.Decimal
	order    *Order // working for it, or nil
	stands   bool
	fresh    bool // to be computed once nothing works for it
	queued   bool // stands among the intents of this instant
	deferred bool // part of an increase waits for the proceeds of decreases
}

func (t *target) end() { t.stands, t.fresh, t.deferred = false, false, false }

// Target asks for a position worth weight × equity.
func (b *book) Target(i market.InstrumentID, weight float64) error {
	w, err := market.Weight(weight)
	if err != nil {
		return err
	}
	if w.IsNegative() && !b.perpetual {
		return fmt.Errorf("target weight %v on %s: spot cannot be short", weight, b.engine.cfg.Instruments[i].Symbol)
	}
	t := &b.targets[i]
	t.weight, t.stands, t.fresh, t.deferred = w, true, true, false
	b.queue(i)
	return nil
}

// queue puts a target among the intents of this instant, once.
func (b *book) queue(i market.InstrumentID) {
	if t := &b.targets[i]; !t.queued {
		t.queued = true
		b.engine.intents = append(b.engine.intents, intent{book: b, kind: intentTarget, instrument: i})
	}
}

// served takes the end of the order that worked for a target.
func (b *book) served(o *Order) {
	t := &b.targets[o.Instrument]
	if t.order != o {
		return
	}
	t.order = nil
	switch {
	case t.fresh:
	case !o.cut && o.State == market.Filled && t.deferred, !o.cut && o.End == market.NoVolume && t.stands:
		t.fresh = true
	default:
		t.end()
		return
	}
	if !t.deferred || !b.selling() {
		b.queue(o.Instrument)
	}
}

// proceeds lets the increases go on that waited for decreases.
func (b *book) proceeds() {
	if b.selling() {
		return
	}
	for i := range b.targets {
		if t := &b.targets[i]; t.deferred && t.order == nil {
			t.fresh = true
			b.queue(market.InstrumentID(i))
		}
	}
}

// selling reports whether a decrease is working.
func (b *book) selling() bool {
	for _, o := range b.working {
		if b.reduces(o) && o.Type == market.Market {
			return true
		}
	}
	return false
}

// aim computes the order that a target needs now. A working one is cancelled first,
// and its outcome awaited.
func (b *book) aim(i market.InstrumentID) (o market.Order, ok bool) {
	t := &b.targets[i]
	switch {
	case !t.stands || !t.fresh:
		return o, false
	case t.order != nil:
		b.cancelNow(t.order)
		return o, false
	}
	t.fresh, t.deferred = false, false // a wait is over; fund says whether another begins
	if b.engine.market.Price[i] == 0 {
		b.skip(i, decimal.Zero, "no price yet")
		return o, false
	}
	if b.perpetual {
		return b.aimPerpetual(i)
	}
	if t.weight.IsZero() {
		return b.sell(i, b.positions[i].sellable(b.engine.cfg.Instruments[i].Step))
	}
	in, equity := &b.engine.cfg.Instruments[i], b.Equity()
	change := equity
	if !t.weight.Equal(decimal.New(1, 0)) {
		change = market.Floor(t.weight.Mul(equity), decimal.New(1, -in.QuotePrecision))
	}
	if held := b.positions[i].quantity; !held.IsZero() {
		change = change.Sub(held.Mul(b.engine.market.LastPrice(i)))
	}
	if limit, under := b.tooSmall(change, equity, in); under {
		b.skip(i, change, "under "+limit.String())
		return o, false
	}
	if change.IsNegative() {
		q := market.Affordable(change.Neg(), b.engine.market.LastPrice(i), in.Step)
		return b.sell(i, decimal.Min(q, b.positions[i].sellable(in.Step)))
	}
	return market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quote: change, Reason: "target"}, true
}

// tooSmall reports whether a change is under the minimum notional or the target band.
// A float decides where it is sure.
func (b *book) tooSmall(change, equity decimal.Decimal, in *market.Instrument) (limit decimal.Decimal, under bool) {
	least := max(market.Float(in.MinNotional), float64(market.Float(equity)*b.engine.band))
	if size := market.Float(change); size > least*1.000001 || -size > least*1.000001 {
		return limit, false
	}
	limit = decimal.Max(in.MinNotional, equity.Mul(b.engine.cfg.TargetBand))
	return limit, change.Abs().LessThan(limit)
}

func (b *book) sell(i market.InstrumentID, q decimal.Decimal) (o market.Order, ok bool) {
	in := &b.engine.cfg.Instruments[i]
	if q.IsZero() {
		why := "under one step"
		if b.lockedByExits(i) {
			why = lockedReason
		}
		b.skip(i, decimal.Zero, why)
		return o, false
	}
	if in.MinNotional.IsPositive() {
		if n := q.Mul(b.engine.market.LastPrice(i)); n.LessThan(in.MinNotional) {
			b.skip(i, n, "unsellable: under the minimum notional "+in.MinNotional.String())
			return o, false
		}
	}
	return market.Order{Instrument: i, Side: market.Sell, Type: market.Market, Quantity: q, Reason: "target"}, true
}

// fund cuts an increase to the free cash. What is missing waits for the proceeds of
// decreases, if any work.
func (b *book) fund(o market.Order) (market.Order, bool) {
	if b.perpetual {
		return b.fundPerpetual(o)
	}
	t, in := &b.targets[o.Instrument], &b.engine.cfg.Instruments[o.Instrument]
	why := "under the minimum order"
	if free := b.free(); o.Quote.GreaterThan(free) {
		o.Quote, why = free, unfundedReason
		t.deferred = b.selling()
	}
	least := max(market.Float(in.MinNotional), float64(b.engine.market.Price[o.Instrument]*market.Float(in.Step)))
	if market.Float(o.Quote) < least*1.000001 && b.underMinimum(o.Quote, in) {
		if !t.deferred {
			b.skip(o.Instrument, o.Quote, why)
		}
		return o, false
	}
	return o, true
}

// underMinimum reports whether a quote amount is under the minimum notional or buys
// less than one step at the last close.
func (b *book) underMinimum(quote decimal.Decimal, in *market.Instrument) bool {
	return quote.LessThan(in.MinNotional) || market.Affordable(quote, b.engine.market.LastPrice(in.ID), in.Step).IsZero()
}

// Why a change is skipped that is large enough.
const (
	lockedReason   = "locked by working exits"
	unfundedReason = "free cash or margin is under the minimum order"
)

// skip ends a target whose change is too small, locked or not to be paid for, and leaves a trace.
func (b *book) skip(i market.InstrumentID, change decimal.Decimal, why string) {
	b.targets[i].end()
	switch why {
	case lockedReason:
		b.engine.locked++
	case unfundedReason:
		b.engine.unfunded++
	default:
		b.engine.skipped++
	}
	if b.engine.cfg.Log != nil {
		b.desk.Log.Debug("target skipped", "symbol", b.engine.cfg.Instruments[i].Symbol, "time", b.engine.market.Now.String(), "change", change.String(), "why", why)
	}
}
