package exit

import (
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// hold is a position of one strategy in one instrument, as an exit rule sees it. Prices
// are in quote. It is computed anew after fills, which alone change what was paid; what
// moves with the bars is kept in floats.
type hold struct {
	id    market.InstrumentID
	fills int         // of the strategy, when it was computed
	added market.Time // when the last fill came that added to what is held now
	over  bool        // a trade closed: what is held now is another position
	position
}

// position is what a hold forgets when the position ends.
type position struct {
	short   bool
	entry   float64     // average price, with fees on spot; 0 without a position
	paid    float64     // average price with the fee of entering it, on perpetuals too
	fee     float64     // of closing, as a share of the notional
	tick    float64     // of the instrument
	since   market.Time // when it was opened
	bars    int         // that closed since
	peak    float64     // the best price since, at first the entry price
	stop    float64     // it is closed at this price or a worse one; 0 is none
	target  float64     // it is closed at this price or a better one; 0 is none
	resting [2]int64    // the ticks of the stop and of the target at the venue; 0 is none
	closing bool
	retried market.Time // when the end of an order last let it close more
	base    float64     // the signal's value at its entry
	based   bool        // there was one
}

// hair is how far from a level, as a share of it, a price counts as on it: as exact
// arithmetic would say, where a product of floats is off in its last digits.
const hair = 1e-12

// better reports whether a price is at a level or beyond it on the side of profit.
func (h *hold) better(price, level float64) bool {
	if h.short {
		return price <= level+float64(level*hair)
	}
	return price >= level-float64(level*hair)
}

// worse reports whether a price is at a level or beyond it on the side of loss.
func (h *hold) worse(price, level float64) bool {
	if h.short {
		return price >= level-float64(level*hair)
	}
	return price <= level+float64(level*hair)
}

// off returns the price that lies a share of another below it, above it for a short
// position: on the side of loss. A negative share is on the side of profit.
func (h *hold) off(price, share float64) float64 {
	if h.short {
		share = -share
	}
	return price * (1 - share)
}

// worth returns the price at which closing brings a share of what was paid, the fees of
// both sides included: 0 is even.
func (h *hold) worth(share float64) float64 {
	if h.short {
		return h.paid * (1 - share) / (1 + h.fee)
	}
	return h.paid * (1 + share) / (1 - h.fee)
}

// tighten moves the stop to a price, unless that is further from the market.
func (h *hold) tighten(price float64) {
	if h.stop == 0 || h.short == (price < h.stop) {
		h.stop = price
	}
}

// reached reports whether a price is as bad as the stop or as good as the target.
func (h *hold) reached(price float64) bool {
	return h.stop > 0 && h.worse(price, h.stop) || h.target > 0 && h.better(price, h.target)
}

// grow takes in a bar that closed. Its high or low is a price of the position's time only
// where the whole bar was; its close always is.
func (h *hold) grow(s *risk.Series) {
	bar := s.Last()
	if bar.OpenTime+market.Time(s.Interval()) > h.since {
		h.bars++
	}
	best := bar.Close
	switch {
	case bar.OpenTime < h.since:
	case h.short:
		best = bar.Low
	default:
		best = bar.High
	}
	if h.better(best, h.peak) {
		h.peak = best
	}
}

// onTick returns which tick a stop lies on, or a target: the first at which a price that
// is on the grid has reached it.
func (h *hold) onTick(price float64, target bool) int64 {
	const noise = 1e-6 // of a tick
	if target != h.short {
		return int64(math.Ceil(price/h.tick - noise))
	}
	return int64(math.Floor(price/h.tick + noise))
}

// measured says the last close, and the stop as an order would have it, or else the target.
func (h *hold) measured(v *risk.View, o market.Order) (market.Order, error) {
	in, n := v.Instrument(o.Instrument), int64(0)
	switch {
	case h.stop > 0:
		n = h.onTick(h.stop, false)
	case h.target > 0:
		n = h.onTick(h.target, true)
	}
	v.Measured(v.LastPrice(o.Instrument), decimal.NewFromInt(n).Mul(in.Tick), in.Quote)
	return o, nil
}

// value puts what a position costs into it: entry is its average price in quote.
func (p *position) value(entry float64, in *market.Instrument) {
	p.entry, p.paid, p.fee, p.tick = entry, entry, market.Float(in.Fees.Worst()), market.Float(in.Tick)
	switch {
	case !in.Perpetual():
	case p.short:
		p.paid = entry * (1 - p.fee)
	default:
		p.paid = entry * (1 + p.fee)
	}
}
