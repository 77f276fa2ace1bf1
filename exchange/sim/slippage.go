package sim

import (
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// slippage is by how much market and stop fills are worse than the bar's price
// (semantics X4). The basis points of the models add up.
type slippage struct {
	fixed      decimal.Decimal // bps: slippage_bps and half of spread_bps
	impact     float64         // bps of a fill that takes all of a bar's volume
	volatility float64         // multiple of the average range of a bar
	random     float64         // bps that are added at most
}

const (
	rangeBars = 20     // whose average range is the volatility of a fill
	whole     = 10_000 // basis points in 1, and the most that the models make of a fill
)

func (o *Options) slippage() slippage {
	return slippage{
		fixed:  o.SlippageBps.Add(o.SpreadBps.Mul(decimal.New(5, -1))),
		impact: market.Float(o.ImpactBps), volatility: market.Float(o.Volatility), random: market.Float(o.RandomBps),
	}
}

// slip worsens the price of an order's next fill by what the models say of it.
func (v *Venue) slip(b *book, w *working, t *tape, price decimal.Decimal) decimal.Decimal {
	bps, s, sum := v.slippage.fixed, &v.slippage, 0.0
	if s.impact > 0 {
		sum += float64(s.impact * math.Sqrt(v.takes(b, w, t, price)))
	}
	if s.volatility > 0 {
		sum += float64(s.volatility * averageRange(t.columns, t.row) * whole)
	}
	if s.random > 0 {
		sum += float64(s.random * draw(v.opts.Seed, w.order.ID, w.fills+1))
	}
	if sum > 0 {
		bps = decimal.Min(bps.Add(market.Bps(min(sum, whole))), decimal.New(whole, 0))
	}
	return market.Slip(price, w.order.Side, bps, b.instrument.Tick)
}

// takes returns the share of the bar's volume that an order's next fill takes, at most
// what the participation cap leaves while it leaves a step: the part over it pays
// overflow_bps. A bar of zero volume is taken whole; of a series without volume
// nothing is known, and the impact is off as the cap is.
func (v *Venue) takes(b *book, w *working, t *tape, price decimal.Decimal) float64 {
	switch {
	case b.blind:
		return 0
	case !(t.Volume > 0):
		return 1
	}
	q := market.Float(w.remaining)
	if w.order.Quote.IsPositive() {
		q = market.Float(w.order.Quote) / market.Float(price)
	}
	if b.capped {
		if room := v.room(w, t); room >= market.Float(b.instrument.Step) {
			q = min(q, room)
		}
	}
	return q / t.Volume
}

// room returns what the participation cap leaves an order: its share, where the orders
// of a bar share it.
func (v *Venue) room(w *working, t *tape) float64 {
	if !t.trial {
		for i := range t.shares {
			if s := &t.shares[i]; s.order == w {
				return market.Float(s.quantity)
			}
		}
	}
	return float64(t.Volume*v.share) - t.usedF
}

// averageRange returns the average of (high − low) ÷ close over the bars before a row:
// 20, or as many as there are; 0 before the first.
func averageRange(c *market.Columns, row int) float64 {
	from, sum := max(row-rangeBars, 0), 0.0
	for k := from; k < row; k++ {
		sum += (c.High[k] - c.Low[k]) / c.Close[k]
	}
	if from == row {
		return 0
	}
	return sum / float64(row-from)
}
