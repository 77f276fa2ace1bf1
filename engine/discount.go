package engine

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// discount is the asset that pays the account's fees (semantics M1). It belongs to no
// strategy: one whose fill it pays for is charged its value, which goes to what none has.
type discount struct {
	market.FeeDiscount
	instrument market.InstrumentID // whose last close values it
	held       decimal.Decimal
	heldF      float64
	start      decimal.Decimal // value at the open of its first bar, in quote
	priced     bool            // there was such a bar
}

func newDiscount(cfg *Config) (d discount, err error) {
	if d.FeeDiscount = cfg.Discount; d.On() {
		d.held, d.heldF = d.Balance, market.Float(d.Balance)
		d.instrument, err = d.Instrument(cfg.Instruments)
	}
	return d, err
}

// feeAssetValue returns what the account holds of the asset, at its last close.
func (e *Engine) feeAssetValue() decimal.Decimal {
	if e.discount.held.IsZero() {
		return decimal.Zero
	}
	return e.discount.held.Mul(e.market.LastPrice(e.discount.instrument))
}

// feeGain returns what the account gained by holding the asset: what is left of it and
// what strategies were charged for the rest, less what it was worth at the start.
func (e *Engine) feeGain(r *Result) decimal.Decimal {
	gain := e.feeAssetValue().Sub(e.discount.start)
	for _, t := range r.Trades {
		gain = market.Plus(gain, t.Third.value())
	}
	for i := range r.Open {
		gain = market.Plus(gain, r.Open[i].Trade.Third.value())
	}
	return gain
}

// third is a fee that was paid in neither asset of its instrument, or that a sale paid
// in its base.
type third struct {
	Amount
	value decimal.Decimal // in quote, at the last close at the fill
}

// paysThird reports whether a third asset paid the fee of a fill.
func paysThird(f *market.Fill, side market.Side, in *market.Instrument) bool {
	return !f.Fee.IsZero() && f.FeeAsset != in.Quote && !(f.FeeAsset == in.Base && side == market.Buy)
}

// payThird takes a fee from the discount asset, and its value from the strategy to
// what none has.
func (e *Engine) payThird(f *market.Fill, side market.Side, fl *flow) third {
	d := &e.discount
	if !d.pays(f, d.held) {
		e.strange(f)
		return third{}
	}
	t := third{Amount{f.FeeAsset, f.Fee}, f.Fee.Mul(e.market.LastPrice(d.instrument))}
	d.held = d.held.Sub(f.Fee)
	d.heldF = market.Float(d.held)
	e.unallocated = e.unallocated.Add(t.value)
	e.idleF = market.Float(e.unallocated)
	if side == market.Buy {
		fl.quote = fl.quote.Plus(market.SumOf(t.value))
	} else {
		fl.quote = fl.quote.Minus(market.SumOf(t.value))
	}
	return t
}

// pays reports whether the asset, of which so much is held, pays the fee of a fill.
func (d *discount) pays(f *market.Fill, held decimal.Decimal) bool {
	return f.FeeAsset == d.Asset && f.Fee.LessThanOrEqual(held)
}

// strangeRule is the name of the halt after a fee that the books do not know.
const strangeRule = "fees"

// strange halts new risk, once, where a fill paid its fee in what the books do not hold. That
// was the account's own, and stays out of what strategies earned.
func (e *Engine) strange(f *market.Fill) {
	if e.strangeFees {
		return
	}
	e.strangeFees = true
	text := fmt.Sprintf("a fill paid %s %s as its fee, which is not the session's: what it earns leaves such fees out; pay fees in %s at the venue, or name %s in fee_discount, and resume",
		f.Fee, f.FeeAsset, e.quote(), f.FeeAsset)
	e.halt(Halt{Halt: desk.Halt{Rule: strangeRule, Text: text, Account: true, Instrument: market.NoInstrument}, Time: e.market.Now})
}

// charged returns what a fill on a perpetual pays as its fee, in quote.
func (b *book) charged(i market.InstrumentID, f *market.Fill) decimal.Decimal {
	if f.FeeAsset == "" || f.FeeAsset == b.engine.cfg.Instruments[i].Quote || f.Fee.IsZero() {
		return f.Fee
	}
	b.engine.strange(f)
	return decimal.Zero
}

// priceDiscount takes the first price of the asset, the open of its first bar: the
// balance is worth it from the start, so that the curve does not count it as profit.
func (e *Engine) priceDiscount(ev *market.Event) {
	d := &e.discount
	if !d.On() || d.priced || ev.Instrument != d.instrument {
		return
	}
	d.priced, d.start = true, d.held.Mul(market.Price(ev.Bars.Open[ev.Row], ev.Bars.PriceScale))
	e.curve.raise(market.Float(d.start))
	e.watchLoss()
}
