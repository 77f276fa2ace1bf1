package backtest_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// slipped is the slippage of the windows, in basis points, and beyond that of the part of
// a closing fill that is over the participation cap.
var (
	slipped  = decimal.New(2, 0)
	overflow = decimal.New(50, 0)
)

// believe finds for every fill the rule that allows it, from the order and the bar alone,
// and fails for a fill that none does. It shares no code with the venue.
func (w *window) believe(t *testing.T, k *ticker) {
	t.Helper()
	used := map[int]decimal.Decimal{} // of each bar's volume, without what was over the cap
	last := map[market.OrderID]*witness{}
	low, high := decimal.New(1, 9), decimal.Zero
	for _, d := range k.deals {
		b := &believer{witness: d, window: w, bar: k.bars.Bar(d.row), bars: k.bars, scale: k.bars.PriceScale}
		b.entry = last[d.order.Parent]
		if open := b.bar.OpenTime; open < d.decided || d.known < d.lived || open+market.Time(market.Minute) != d.known {
			t.Errorf("%s filled in the bar of %s, which opened before it was decided at %s or known to live at %s", d.order.ID, open, d.decided, d.lived)
		}
		b.last, last[d.order.ID] = last[d.order.ID], d
		if b.rule(); d.rule == "" {
			t.Errorf("%s %s filled %s at %s (%s, known %s) in the bar of %s: %v: no rule allows that", d.order.ID, d.what(2), d.Quantity, d.Price, d.Time, d.known, b.bar.OpenTime, b.bar)
		}
		b.share(t, used)
		b.checkFee(t)
		low, high = decimal.Min(low, b.price(b.bar.Low)), decimal.Max(high, b.price(b.bar.High))
	}
	w.checkSleepers(t, k, used)
	t.Logf("%d fills in bars between %s and %s", len(k.deals), low, high)
}

// believer is a fill under scrutiny.
type believer struct {
	*witness
	window *window
	entry  *witness // of an exit: the last fill of its entry
	last   *witness // the order's own fill before this one
	bar    market.Bar
	bars   *market.Columns
	scale  int32
}

func (b *believer) price(x float64) decimal.Decimal { return market.Price(x, b.scale) }

// worse returns a price moved by basis points against the trader and then to the tick.
func (b *believer) worse(p, bps decimal.Decimal) decimal.Decimal {
	tick, part := b.window.instrument.Tick, decimal.New(10_000, 0)
	if b.order.Side == market.Buy {
		return p.Mul(part.Add(bps)).Div(part).Div(tick).Ceil().Mul(tick)
	}
	return p.Mul(part.Sub(bps)).Div(part).Div(tick).Floor().Mul(tick)
}

// better reports whether a price is at a level or beyond it, as the order's side likes it.
func (b *believer) better(p, level decimal.Decimal) bool {
	if b.order.Side == market.Buy {
		return p.LessThanOrEqual(level)
	}
	return p.GreaterThanOrEqual(level)
}

// born reports whether the order is an exit that came to life in the bar.
func (b *believer) born() bool { return b.lived == b.known && b.order.Parent.Sequence > 0 }

// new reports whether the bar is the first that an order takes part in.
func (b *believer) new() bool {
	return !b.born() && b.row == b.bars.Search(b.lived)
}

// rule sets the rule that allows the fill, and the price before slippage.
func (b *believer) rule() {
	switch b.order.Type {
	case market.Market:
		b.atOpen("X4 the open")
	case market.Limit:
		b.limit()
	case market.Stop, market.TakeProfit:
		b.stop()
	case market.StopLimit:
		b.stopLimit()
	case market.TrailingStop:
		b.trailing()
	}
	if b.witness.rule == "" {
		return
	}
	if low, high := b.price(b.bar.Low), b.price(b.bar.High); b.base.LessThan(low) || b.base.GreaterThan(high) {
		if !b.order.Priced() || !b.Maker || b.new() || b.born() { // a gap over a resting limit
			b.witness.rule = ""
		}
	}
}

// allow sets the rule if the fill is at a price, at the open or not.
func (b *believer) allow(rule string, base decimal.Decimal, open, slips, maker bool) {
	at, price := b.known, base
	if open {
		at = b.bar.OpenTime
	}
	if slips {
		price = b.worse(base, slipped)
	}
	if b.Time != at || b.Maker != maker {
		return
	}
	switch {
	case b.Price.Equal(price):
		b.witness.rule, b.base = rule, base
	case slips && b.order.Parent.Sequence > 0 && b.Price.Equal(b.worse(price, overflow)):
		b.witness.rule, b.base, b.over = rule+", X9 over", base, true
	}
}

func (b *believer) atOpen(rule string) { b.allow(rule, b.price(b.bar.Open), true, true, false) }

func (b *believer) limit() {
	open, level, through := b.price(b.bar.Open), b.order.Price, b.through()
	switch {
	case b.born() && b.better(b.entry.base, level):
		b.allow("X10 met at once", b.entry.base, b.entry.Time == b.bar.OpenTime, false, false)
	case b.goesOn():
		b.allow("X9 goes on", open, true, false, false)
	case b.new() && b.better(open, level):
		b.allow("X5 arrives at a better open", open, true, false, false)
	case through && b.better(open, level) && !open.Equal(level) && !b.born():
		b.allow("X5 gapped over", level, false, false, true)
	case through && b.born():
		b.allow("X5 traded through, X10", level, false, false, true)
	case through:
		b.allow("X5 traded through", level, false, false, true)
	}
}

func (b *believer) stop() {
	open, level, reached := b.price(b.bar.Open), b.order.Stop, b.reached(b.order.Stop)
	switch beyond := b.beyond(open, level); {
	case b.born() && b.beyond(b.entry.base, level):
		b.allow("X10 met at once", b.entry.base, b.entry.Time == b.bar.OpenTime, true, false)
	case b.born() && beyond && b.entry.Maker: // the market jumped over the entry, too
		b.allow("X6 opens beyond, X10", open, false, true, false)
	case b.born() && reached:
		b.allow("X6 reached, X10", level, false, true, false)
	case beyond:
		b.atOpen("X6 opens beyond")
	case reached:
		b.allow("X6 reached", level, false, true, false)
	}
}

// goesOn reports whether an order took in the bar before, and can at this open.
func (b *believer) goesOn() bool {
	return b.last != nil && !b.last.Maker && b.last.row == b.row-1 && b.better(b.price(b.bar.Open), b.order.Price)
}

// stopLimit allows what a stop-limit entry may do: take at its stop, or at an open beyond
// it, if its limit allows that; and rest at its limit after that.
func (b *believer) stopLimit() {
	open, level := b.price(b.bar.Open), b.order.Stop
	triggered := false
	for row := b.bars.Search(b.lived); row < b.row; row++ {
		earlier := &believer{witness: b.witness, window: b.window, bar: b.bars.Bar(row), scale: b.scale}
		triggered = triggered || earlier.reached(level)
	}
	switch {
	case b.goesOn():
		b.allow("X9 goes on", open, true, false, false)
	case !triggered && b.beyond(open, level) && b.better(open, b.order.Price):
		b.allow("X6 opens beyond, limit", open, true, false, false)
	case !triggered && !b.beyond(open, level) && b.reached(level):
		b.allow("X6 reached, limit", level, false, false, false)
	case (triggered || b.beyond(open, level)) && b.through():
		b.allow("X6 rests", b.order.Price, false, false, true)
	}
}

// trailing allows the stop behind the best price before the bar, or behind its extreme.
// The entry was a market order: all of the bar of its birth counts.
func (b *believer) trailing() {
	best := b.price(b.bars.Open[b.row])
	for row := b.bars.Search(b.lived - market.Time(b.bars.Interval)); row < b.row; row++ {
		best = b.best(best, b.bars.Bar(row))
	}
	stop := b.behind(best)
	if open := b.price(b.bar.Open); open.Equal(stop) || !b.better(open, stop) {
		b.atOpen("X6 trails, opens beyond")
		return
	}
	for _, best := range []decimal.Decimal{best, b.best(best, b.bar)} {
		if b.allow("X6 trails "+best.StringFixed(2), b.behind(best), false, true, false); b.witness.rule != "" {
			return
		}
	}
}

// behind returns where a trailing stop stands, on the tick farther from the market.
func (b *believer) behind(best decimal.Decimal) decimal.Decimal {
	tick, hundred := b.window.instrument.Tick, decimal.New(100, 0)
	if b.order.Side == market.Sell {
		return best.Mul(hundred.Sub(b.order.Trail.By)).Div(hundred).Div(tick).Floor().Mul(tick)
	}
	return best.Mul(hundred.Add(b.order.Trail.By)).Div(hundred).Div(tick).Ceil().Mul(tick)
}

// best returns the better of a price and what a bar adds, as the position likes it.
func (b *believer) best(p decimal.Decimal, bar market.Bar) decimal.Decimal {
	if b.order.Side == market.Sell {
		return decimal.Max(p, b.price(bar.High))
	}
	return decimal.Min(p, b.price(bar.Low))
}

// share adds a fill to what its bar's volume gave, of which a tenth may go. Only what
// closes trades more than that: worse, or at its limit.
func (b *believer) share(t *testing.T, used map[int]decimal.Decimal) {
	t.Helper()
	step := b.window.instrument.Step
	left := market.Price(b.bar.Volume, b.bars.VolumeScale).Div(decimal.New(10, 0)).Sub(used[b.row])
	if b.over {
		if left.GreaterThanOrEqual(step) {
			t.Errorf("%s paid for volume in the bar of %s, of which %s were left", b.order.ID, b.bar.OpenTime, left)
		}
		return
	}
	take := b.Quantity
	if left = left.Sub(take); left.IsNegative() {
		if b.order.Type != market.Limit || b.order.Parent.Sequence == 0 {
			t.Errorf("%s took %s more than a tenth of the bar of %s, whose volume is %v", b.order.ID, left.Neg(), b.bar.OpenTime, b.bar.Volume)
		}
		b.witness.rule += ", X9 whole"
	} else if left.LessThan(step) {
		b.witness.rule += ", X9 a tenth"
	}
	used[b.row] = used[b.row].Add(take)
}

// checkSleepers looks for what should have filled and did not: orders that lived through
// a whole bar that met their price. Only a limit order that opens may have lacked volume.
func (w *window) checkSleepers(t *testing.T, k *ticker, used map[int]decimal.Decimal) {
	t.Helper()
	for _, o := range k.orders {
		if o.lived == market.MaxTime {
			continue
		}
		best, born := decimal.Zero, k.bars.Search(o.lived)-1
		for row := born + 1; row < k.bars.Len() && (o.ended == 0 || k.bars.Time(row) < o.ended); row++ {
			b := &believer{witness: o, window: w, bar: k.bars.Bar(row), bars: k.bars, scale: k.bars.PriceScale}
			slept := false
			switch o.order.Type {
			case market.Limit:
				left := market.Price(b.bar.Volume, b.bars.VolumeScale).Div(decimal.New(10, 0)).Sub(used[row])
				slept = b.through() && (o.order.Parent.Sequence > 0 || left.GreaterThanOrEqual(w.instrument.Step))
			case market.Stop, market.TakeProfit:
				slept = b.reached(o.order.Stop)
			case market.TrailingStop:
				if best.IsZero() {
					best = b.price(k.bars.Bar(born).Open)
				}
				for ; born < row; born++ {
					best = b.best(best, k.bars.Bar(born))
				}
				slept = b.reached(b.behind(b.best(best, market.Bar{Low: b.bar.Open, High: b.bar.Open})))
			}
			if slept {
				t.Errorf("%s %s slept through the bar of %s: %v", o.order.ID, o.what(2), b.bar.OpenTime, b.bar)
			}
		}
	}
}

// through reports whether the bar trades beyond a limit order's price.
func (b *believer) through() bool {
	extreme := b.price(b.bar.Low)
	if b.order.Side == market.Sell {
		extreme = b.price(b.bar.High)
	}
	return b.better(extreme, b.order.Price) && !extreme.Equal(b.order.Price)
}

// reached reports whether the bar trades at a stop or beyond it.
func (b *believer) reached(level decimal.Decimal) bool {
	return b.beyond(b.price(b.bar.High), level) || b.beyond(b.price(b.bar.Low), level)
}

// beyond reports whether a price triggers the order whose trigger is a level.
func (b *believer) beyond(p, level decimal.Decimal) bool {
	if b.order.Rises() {
		return p.GreaterThanOrEqual(level)
	}
	return p.LessThanOrEqual(level)
}

// checkFee holds the fee against the rate of what the fill brings, rounded up.
func (b *believer) checkFee(t *testing.T) {
	t.Helper()
	in := &b.window.instrument
	rate, got, asset, places := in.Fees.Taker, b.Quantity, in.Base, in.BasePrecision
	if b.Maker {
		rate = in.Fees.Maker
	}
	if in.Fees.InQuote || b.order.Side == market.Sell {
		got, asset, places = b.Quantity.Mul(b.Price), in.Quote, in.QuotePrecision
	}
	if want := got.Mul(rate).RoundUp(places); !b.Fee.Equal(want) || b.FeeAsset != asset {
		t.Errorf("%s paid %s %s for %s at %s, want %s %s", b.order.ID, b.Fee, b.FeeAsset, b.Quantity, b.Price, want, asset)
	}
}

// checkBrackets holds the exits of each bracket against what its entry brought.
func checkBrackets(t *testing.T, deals []*witness, in *market.Instrument) {
	t.Helper()
	brought, gave := map[market.OrderID]decimal.Decimal{}, map[market.OrderID]decimal.Decimal{}
	for _, d := range deals {
		entry := d.order.Parent
		if entry.Sequence == 0 {
			brought[d.order.ID] = brought[d.order.ID].Add(d.Quantity)
			if d.FeeAsset == in.Base {
				brought[d.order.ID] = brought[d.order.ID].Sub(d.Fee)
			}
			continue
		}
		if gave[entry] = gave[entry].Add(d.Quantity); gave[entry].GreaterThan(brought[entry]) {
			t.Errorf("the exits of %s gave %s by %s, it brought %s", entry, gave[entry], d.known, brought[entry])
		}
	}
	for _, d := range deals {
		if o := &d.order; d.Maker && !d.Price.Equal(o.Price) || o.Type == market.Limit && o.Side == market.Buy && d.Price.GreaterThan(o.Price) ||
			o.Type == market.Limit && o.Side == market.Sell && d.Price.LessThan(o.Price) {
			t.Errorf("%s filled at %s, its limit is %s", o.ID, d.Price, o.Price)
		}
	}
}

// checkBooks adds up the fills by themselves: the cash and the coins at the end.
func checkBooks(t *testing.T, k *ticker, out *backtest.Outcome) {
	t.Helper()
	cash, coins := out.Start, decimal.Zero
	for _, d := range k.deals {
		cash, coins = cash.Sub(d.Price.Mul(d.signed())), coins.Add(d.signed())
		if d.FeeAsset == out.Instruments[0].Quote {
			cash = cash.Sub(d.Fee)
		} else {
			coins = coins.Sub(d.Fee)
		}
	}
	for _, f := range k.paid {
		cash = cash.Sub(k.held(f.Time).Mul(f.Mark).Mul(f.Rate))
	}
	_, last := out.Span(0)
	if want := cash.Add(coins.Mul(market.Price(last, 8))); !want.Equal(out.Final) {
		t.Errorf("the fills leave %s USDT and %s BTC, worth %s; the run says %s", cash, coins, want, out.Final)
	}
}

// signed returns what a fill adds to the position, before its fee.
func (d *witness) signed() decimal.Decimal {
	if d.order.Side == market.Sell {
		return d.Quantity.Neg()
	}
	return d.Quantity
}

// held returns the position of a perpetual before any fill of a time or later.
func (k *ticker) held(at market.Time) (held decimal.Decimal) {
	for _, d := range k.deals {
		if d.Time < at {
			held = held.Add(d.signed())
		}
	}
	return held
}
