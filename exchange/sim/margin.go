package sim

import (
	"cmp"
	"math"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// This file is the venue's side of perpetual futures (semantics M6): what positions cost
// and need, and their liquidation. As in the engine, cash flows with every fill, and
// equity is cash + Σ position × price; the wallet is cash + Σ cost.

// holding is what the venue keeps of a position in a perpetual beside its quantity, which
// is the book's base, negative where it is short.
type holding struct {
	paid    market.Sum       // its cost, signed
	backing decimal.Decimal  // its isolated margin
	due     []market.Funding // of this instant, not booked yet
	gains   decimal.Decimal  // of them, what the bar at hand brings at its close
	marks   *market.Columns  // mark prices, at the execution interval; nil where execution prices stand in
	peers   []*book          // the perpetuals of the account with its quote asset, by id
}

// The venue's reasons.
const (
	marginShort  = "Margin is insufficient."
	tooLeveraged = "Exceeded the maximum allowable position at current leverage."
	notReducing  = "ReduceOnly Order is rejected."
)

func (b *book) perpetual() bool { return b.instrument.Margin != nil }

// exposed reports whether there is a position in a perpetual.
func (b *book) exposed() bool { return b.perpetual() && !b.base.total.IsZero() }

// sided returns an amount with the sign of a side.
func sided(x decimal.Decimal, s market.Side) decimal.Decimal {
	if s == market.Sell {
		return x.Neg()
	}
	return x
}

// split parts what an order trades into what closes the position and what opens one.
func (b *book) split(s market.Side, quantity decimal.Decimal) (closes, opens decimal.Decimal) {
	held := b.base.total.Decimal()
	if held.Sign()*sided(quantity, s).Sign() < 0 {
		closes = decimal.Min(quantity, held.Abs())
	}
	return closes, quantity.Sub(closes)
}

// checkMargin returns why an order on a perpetual is rejected, or "".
func (b *book) checkMargin(o *market.Order) string {
	closes, opens := b.split(o.Side, o.Quantity)
	switch {
	case o.ReduceOnly && closes.IsZero():
		return notReducing
	case o.ReduceOnly || opens.IsZero():
		return ""
	}
	one := *o
	one.Quantity = decimal.New(1, 0)
	price, m := b.notional(&one), b.instrument.Margin
	if !m.Allows(b.base.total.Decimal().Add(sided(o.Quantity, o.Side)).Abs().Mul(price)) {
		return tooLeveraged
	}
	if b.openCost(opens, price, b.instrument.Fees.Worst()).GreaterThan(b.marginAfter(closes, b.lastPrice())) {
		return marginShort
	}
	return ""
}

// openCost returns what opening a quantity at a price needs: the initial margin and the fee.
func (b *book) openCost(opens, price, rate decimal.Decimal) decimal.Decimal {
	notional := opens.Mul(price)
	return b.instrument.Margin.Initial(notional).Add(market.Fee(notional, rate, b.instrument.QuotePrecision))
}

// marginAfter returns the margin that is free once part of the position is closed at a
// price, at which the rest counts too.
func (b *book) marginAfter(closes, price decimal.Decimal) decimal.Decimal {
	free, held := b.quote.total.Decimal().Sub(b.quote.locked), b.base.total.Decimal()
	for _, p := range b.peers {
		switch quantity := p.base.total.Decimal(); {
		case p.instrument.Margin.Isolated:
			free = free.Add(p.apart())
		default:
			mark := p.lastPrice()
			if p == b {
				mark = price
			}
			free = free.Add(quantity.Mul(mark)).Sub(p.instrument.Margin.Initial(quantity.Abs().Mul(mark)))
		}
	}
	switch {
	case closes.IsZero():
		return free
	case b.instrument.Margin.Isolated:
		gain := market.Share(held.Mul(price), closes, held.Abs()).Sub(market.Share(b.paid.Decimal(), closes, held.Abs()))
		return free.Add(gain).Add(market.Share(b.backing, closes, held.Abs()))
	}
	return free.Add(b.instrument.Margin.Initial(closes.Mul(price)))
}

// apart returns what an isolated position adds to the cash of the account: its cost, which is
// no loss, without the margin that stands behind it alone.
func (b *book) apart() decimal.Decimal { return b.paid.Decimal().Sub(b.backing) }

// lockMargin holds back the margin of what a resting order would open. Exits of a family
// and reduce-only orders open nothing.
func (b *book) lockMargin(w *working) {
	if w.order.ReduceOnly || w.family != nil && w != w.family.entry {
		return
	}
	one := w.order
	one.Quantity = decimal.New(1, 0)
	_, opens := b.split(w.order.Side, w.remaining)
	w.locked = b.openCost(opens, b.notional(&one), b.instrument.Fees.Worst())
	b.quote.locked = b.quote.locked.Add(w.locked)
}

// fillPerpetual is fill for perpetuals: what closes fills whole, what opens meets the cap
// and needs margin.
func (v *Venue) fillPerpetual(b *book, w *working, t *tape, h hit) {
	price := v.price(b, w, t, h)
	closes, opens := b.split(w.order.Side, w.remaining)
	if w.order.ReduceOnly {
		opens = decimal.Zero
	}
	take := v.granted(b, w, t, h, closes.Add(opens))
	room := decimal.Min(opens, decimal.Max(take.Sub(closes), decimal.Zero))
	if w.order.TIF == market.FOK && room.LessThan(opens) {
		v.end(b, w, market.Expired, t.close, market.TimeInForce)
		return
	}
	short := room.IsPositive() && b.openCost(room, price, b.rate(h.maker)).GreaterThan(b.marginAfter(closes, price).Add(w.locked))
	if short {
		room = decimal.Zero
	}
	worse, over := v.overflow(b, w, price, closes.Sub(take))
	if now := closes.Sub(over).Add(room); now.IsPositive() {
		v.execute(b, w, t, h, price, now)
	}
	if over.IsPositive() {
		v.execute(b, w, t, h, worse, over)
	}
	v.afterPerpetual(b, w, t, short)
}

// afterPerpetual ends an order of which a rest must not stay.
func (v *Venue) afterPerpetual(b *book, w *working, t *tape, short bool) {
	switch state := market.Expired; {
	case w.done:
	case w.order.ReduceOnly:
		v.end(b, w, state, t.close, notReducing)
	case short:
		if w.filled.IsZero() {
			state = market.Rejected
		}
		v.end(b, w, state, t.close, marginShort)
	case w.order.TIF == market.IOC && w.order.Priced():
		v.end(b, w, state, t.close, market.TimeInForce)
	case !w.order.Priced():
		v.end(b, w, state, t.close, market.NoVolume)
	}
}

// carry keeps cost and isolated margin in step with a fill that is about to be settled.
func (b *book) carry(s market.Side, price, quantity decimal.Decimal) {
	held := b.base.total.Decimal().Abs()
	closes, opens := b.split(s, quantity)
	if closes.IsPositive() {
		b.paid = b.paid.Minus(market.SumOf(market.Share(b.paid.Decimal(), closes, held)))
		b.backing = b.backing.Sub(market.Share(b.backing, closes, held))
	}
	if opens.IsPositive() {
		notional := price.Mul(opens)
		b.paid = b.paid.Plus(market.SumOf(sided(notional, s)))
		if b.instrument.Margin.Isolated {
			b.backing = b.backing.Add(b.instrument.Margin.Initial(notional))
		}
	}
}

// announce notes a funding, which the bar at hand books in its turn.
func (b *book) announce(f market.Funding) {
	if f.Mark.IsZero() {
		f.Mark = b.lastPrice()
	}
	b.due = append(b.due, f)
}

// pay books the fundings up to a time.
func (v *Venue) pay(b *book, until market.Time) {
	for ; len(b.due) > 0 && b.due[0].Time <= until; b.due = b.due[1:] {
		paid := v.heldAt(b, b.due[0].Time).Mul(b.due[0].Mark).Mul(b.due[0].Rate)
		if paid.IsNegative() && v.walk != nil && until > v.tape.OpenTime {
			b.gains = b.gains.Sub(paid)
			continue
		}
		b.settleFunding(paid)
	}
}

// settleFunding takes a funding from the account.
func (b *book) settleFunding(paid decimal.Decimal) {
	b.quote.total = b.quote.total.Minus(market.SumOf(paid))
	if b.instrument.Margin.Isolated && !paid.IsZero() && !b.base.total.IsZero() {
		b.backing = b.backing.Sub(paid)
	}
}

// collect books at the end of a bar what its fundings brought: until then it saves no
// position from liquidation.
func (b *book) collect() {
	if !b.gains.IsZero() {
		b.settleFunding(b.gains.Neg())
		b.gains = decimal.Zero
	}
}

// heldAt returns the position before the fills of this instant that bear a time or a
// later one: some that happen at a bar's open bear its close.
func (v *Venue) heldAt(b *book, at market.Time) decimal.Decimal {
	held := b.base.total.Decimal()
	for i := range v.out {
		if u := &v.out[i]; u.Fill != nil && u.ID.Sequence > 0 && u.instrument == b.instrument.ID && u.at >= at {
			held = held.Sub(sided(u.Fill.Quantity, v.find(u.ID).order.Side))
		}
	}
	return held
}

// worth returns what stands behind a position beside its own price: worth + position ×
// price is what is left to its owner, and must cover its maintenance margin; others is
// the maintenance margin of the account's other positions, which it must cover too.
func (b *book) worth() (worth, others decimal.Decimal) {
	if b.instrument.Margin.Isolated {
		return b.backing.Sub(b.paid.Decimal()), decimal.Zero
	}
	worth = b.quote.total.Decimal()
	for _, p := range b.peers {
		switch {
		case p == b || p.base.total.IsZero():
		case p.instrument.Margin.Isolated:
			worth = worth.Add(p.apart())
		default:
			value := p.base.total.Decimal().Mul(p.lastPrice())
			worth, others = worth.Add(value), others.Add(p.instrument.Margin.Maintenance(value.Abs()))
		}
	}
	return worth, others
}

// liquidationPrice returns the price at which a position is liquidated: the first on the
// tick at which what is left does not exceed the maintenance margin.
func (b *book) liquidationPrice() (price decimal.Decimal, ok bool) {
	held := b.base.total.Decimal()
	if held.IsZero() {
		return price, false
	}
	worth, others := b.worth()
	brackets := b.instrument.Margin.Brackets
	if len(brackets) == 0 {
		brackets = []market.MarginBracket{{}}
	}
	for k := range brackets { // worth + held × P = |held| × P × rate − deduction + others
		r := &brackets[k]
		price = market.Divide(others.Sub(worth).Sub(r.Deduction), held.Sub(held.Abs().Mul(r.Rate)), 12)
		if r.Cap.IsZero() || held.Abs().Mul(price).LessThanOrEqual(r.Cap) {
			break
		}
	}
	away := market.Down
	if held.IsNegative() {
		away = market.Up
	}
	price = market.ToTick(price, b.instrument.Tick, away)
	return price, price.IsPositive()
}

// endangered reports whether a bar might liquidate a position. It errs on the safe side:
// the walk along the path decides.
func (b *book) endangered(c *market.Columns, row int) bool {
	if !b.exposed() {
		return false
	}
	worth, others := b.worth()
	held := market.Float(b.base.total.Decimal())
	low, high, _ := b.extremes(c, row)
	worst := low
	if held < 0 {
		worst = high
	}
	rate := 0.0
	for k := range b.instrument.Margin.Brackets {
		rate = max(rate, market.Float(b.instrument.Margin.Brackets[k].Rate))
	}
	left := market.Float(worth.Sub(others)) + float64(held*worst)
	for k := range b.due {
		left -= math.Abs(held * market.Float(b.due[k].Mark.Mul(b.due[k].Rate)))
	}
	return left <= float64(math.Abs(held*worst)*(rate+1e-6))
}

// extremes returns the lowest and the highest mark price of a bar, and its row; -1 where
// execution prices stand in.
func (b *book) extremes(c *market.Columns, row int) (low, high float64, mark int) {
	if m := b.marks; m != nil {
		if k := m.Search(c.OpenTime[row]); k < m.Len() && m.OpenTime[k] == c.OpenTime[row] {
			return m.Low[k], m.High[k], k
		}
	}
	return c.Low[row], c.High[row], -1
}

// liquidate closes a position at a price, but not beyond the one at which nothing is left
// to its owner: the venue's insurance bears the rest. The fee takes at most what is left.
func (v *Venue) liquidate(b *book, price decimal.Decimal, at, known market.Time) {
	v.pay(b, at)
	in, held := &b.instrument, b.base.total.Decimal()
	worth, _ := b.worth()
	bankrupt := market.Divide(worth.Neg(), held, 12)
	if held.IsPositive() {
		price = decimal.Max(price, market.ToTick(bankrupt, in.Tick, market.Up))
	} else {
		price = decimal.Min(price, market.ToTick(bankrupt, in.Tick, market.Down))
	}
	value := held.Mul(price)
	left := market.Floor(worth.Add(value), decimal.New(1, -in.QuotePrecision))
	f := v.fills.New()
	*f = market.Fill{Trade: v.trade(), Time: at, Price: price, Quantity: held.Abs(), FeeAsset: in.Quote}
	f.Fee = decimal.Min(market.Fee(value.Abs(), in.Margin.LiquidationFee, in.QuotePrecision), left)
	b.quote.total = b.quote.total.Plus(market.SumOf(value)).Minus(market.SumOf(f.Fee))
	b.base.total, b.paid, b.backing = market.Sum{}, market.Sum{}, decimal.Zero
	v.notes.Liquidated++
	v.out = append(v.out, update{
		OrderUpdate: market.OrderUpdate{Symbol: in.Symbol, State: market.Filled, Fill: f, Filled: f.Quantity, Time: known, Reason: market.Liquidation},
		at:          at, arrival: math.MaxUint64, instrument: in.ID, // after all that traded before it
	})
}

// clear cancels the orders of a liquidated account: on a perpetual whose margin is
// isolated those on it, or else those on all that share theirs.
func (v *Venue) clear(b *book, at market.Time) {
	var list []*working
	for _, p := range b.peers {
		if p == b || !b.instrument.Margin.Isolated && !p.instrument.Margin.Isolated {
			p.each(func(w *working) { list = append(list, w) })
		}
	}
	list = append(list, v.acting...)
	slices.SortFunc(list, func(a, b *working) int { return cmp.Compare(a.arrival, b.arrival) })
	for _, w := range list {
		if !w.done {
			v.end(v.books[w.order.Instrument], w, market.Cancelled, at, market.Liquidation)
		}
	}
}

// heaviest returns the position with the largest maintenance margin of an account whose
// margin is shared, b at a price, the others at their last close.
func (b *book) heaviest(price decimal.Decimal) *book {
	first, most := b, b.instrument.Margin.Maintenance(b.base.total.Decimal().Abs().Mul(price))
	for _, p := range b.peers {
		if p == b || b.instrument.Margin.Isolated || p.instrument.Margin.Isolated || p.base.total.IsZero() {
			continue
		}
		if m := p.instrument.Margin.Maintenance(p.base.total.Decimal().Abs().Mul(p.lastPrice())); m.GreaterThan(most) {
			first, most = p, m
		}
	}
	return first
}
