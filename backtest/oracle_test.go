package backtest_test

import (
	"fmt"
	"math/big"

	"github.com/signalman-trading/signalman/market"
)

// This file is a second, naive simulation of sma_cross, written from the rules alone
// (semantics X3, X4, X9, M1 to M4, D1, D5) in exact fractions. The engine must agree
// with it to the last digit: see exact_test.go.

// terms are what an account trades on.
type terms struct {
	fast, slow                   int
	cash, fee, share, step, tick *big.Rat
	inQuote                      bool
}

// quote is what the oracle reads of a bar.
type quote struct {
	open, close, volume *big.Rat
	opens, closes       market.Time
}

// oracle is an account with one instrument: at most one order works at a time, since
// each one ends in the bar after its decision.
type oracle struct {
	terms
	cash, held, cost, dust, dustCost *big.Rat
	orders                           []*ask
	working                          *ask
	trade                            *journey
	trades                           []*journey
	want                             int  // of the Target that stands: 1 or 0
	stands, fresh                    bool // fresh: to be computed at this close
	equity                           []*big.Rat
}

// ask is an order; a buy names the amount of quote, a sell the quantity.
type ask struct {
	time           market.Time
	side           market.Side
	amount         *big.Rat
	status, reason string
	fills          []deal
}

// deal is a fill.
type deal struct {
	time                    market.Time
	bar                     int
	price, quantity, charge *big.Rat
}

// journey is a trade from flat to flat.
type journey struct {
	entries, exits    []deal
	profit, feesQuote *big.Rat
}

// simulate runs the oracle over bars.
func simulate(t terms, bars []quote) *oracle {
	o := &oracle{terms: t, cash: t.cash, held: rat("0"), cost: rat("0"), dust: rat("0"), dustCost: rat("0")}
	for i := range bars {
		if o.working != nil {
			o.match(i, &bars[i])
		}
		o.equity = append(o.equity, plus(o.cash, times(plus(o.held, o.dust), bars[i].close)))
		o.cross(bars[:i+1])
		if o.stands && o.fresh {
			o.aim(&bars[i])
		}
	}
	return o
}

// cross gives a Target where the averages cross at the last of bars.
func (o *oracle) cross(bars []quote) {
	if len(bars) <= o.slow {
		return
	}
	was, is := o.order(bars[:len(bars)-1]), o.order(bars)
	switch {
	case was <= 0 && is > 0:
		o.want, o.stands, o.fresh = 1, true, true
	case was >= 0 && is < 0:
		o.want, o.stands, o.fresh = 0, true, true
	}
}

// order compares the average of the last fast closes with that of the last slow ones.
func (o *oracle) order(bars []quote) int {
	mean := func(n int) *big.Rat {
		sum := rat("0")
		for _, b := range bars[len(bars)-n:] {
			sum.Add(sum, b.close)
		}
		return over(sum, big.NewRat(int64(n), 1))
	}
	return mean(o.fast).Cmp(mean(o.slow))
}

// aim makes the order that the Target needs at a close, or ends it (D1).
func (o *oracle) aim(b *quote) {
	o.fresh = false
	if o.want == 0 {
		o.send(b, market.Sell, floor(o.held, o.step), true)
		return
	}
	equity := plus(o.cash, times(plus(o.held, o.dust), b.close))
	change := minus(equity, times(o.held, b.close))
	large := change.Cmp(times(equity, rat("0.005"))) >= 0
	amount := least(change, o.cash)
	o.send(b, market.Buy, amount, large && floor(over(amount, b.close), o.step).Sign() > 0)
}

func (o *oracle) send(b *quote, side market.Side, amount *big.Rat, worth bool) {
	if o.stands = worth && amount.Sign() > 0; o.stands {
		o.working = &ask{time: b.closes, side: side, amount: amount, status: "accepted", reason: "target"}
		o.orders = append(o.orders, o.working)
	}
}

// match lets bar i fill the working order: at its open, within the share of its
// volume; what a sell has left over goes 50 basis points worse (X9).
func (o *oracle) match(i int, b *quote) {
	a, quantity := o.working, o.working.amount
	o.working = nil
	if a.side == market.Buy {
		quantity = o.affordable(a.amount, b.open)
	}
	take := quantity
	if o.share.Cmp(rat("1")) < 0 {
		take = least(quantity, floor(times(b.volume, o.share), o.step))
	}
	rest := minus(quantity, take)
	switch {
	case quantity.Sign() == 0:
		a.status, a.reason, o.stands = "rejected", "quote amount buys less than one step", false
	case a.side == market.Buy:
		o.buy(a, deal{time: b.opens, bar: i, price: b.open, quantity: take})
		a.status, o.stands = "filled", rest.Sign() > 0
		if o.stands {
			a.status, a.reason, o.fresh = "expired", "volume", true
		}
	default:
		worse := most(floor(times(b.open, rat("0.995")), o.tick), o.tick)
		o.sell(a, deal{time: b.opens, bar: i, price: b.open, quantity: take})
		o.sell(a, deal{time: b.opens, bar: i, price: worse, quantity: rest})
		a.status, o.stands = "filled", false
	}
}

// affordable is the largest quantity whose cost and fee an amount of quote pays (M2).
func (o *oracle) affordable(amount, price *big.Rat) *big.Rat {
	q := floor(over(amount, price), o.step)
	if !o.inQuote || o.fee.Sign() == 0 {
		return q
	}
	q = floor(over(amount, times(price, plus(rat("1"), o.fee))), o.step)
	for plus(times(q, price), o.charge(times(q, price))).Cmp(amount) > 0 {
		q = minus(q, o.step)
	}
	return q
}

// charge is the fee on an amount, rounded up to 8 decimals (M1).
func (o *oracle) charge(amount *big.Rat) *big.Rat {
	return minus(rat("0"), floor(minus(rat("0"), times(amount, o.fee)), rat("0.00000001")))
}

func (o *oracle) buy(a *ask, d deal) {
	if d.quantity.Sign() == 0 {
		return
	}
	if o.trade == nil {
		o.trade = &journey{profit: rat("0"), feesQuote: rat("0")}
		o.join()
	}
	paid, got := times(d.price, d.quantity), d.quantity
	if o.inQuote {
		d.charge = o.charge(paid)
		paid = plus(paid, d.charge)
		o.trade.feesQuote = plus(o.trade.feesQuote, d.charge)
	} else {
		d.charge = o.charge(got)
		got = minus(got, d.charge)
		o.trade.feesQuote = plus(o.trade.feesQuote, times(d.charge, d.price))
	}
	o.cash, o.held, o.cost = minus(o.cash, paid), plus(o.held, got), plus(o.cost, paid)
	o.trade.profit = minus(o.trade.profit, paid)
	a.fills, o.trade.entries = append(a.fills, d), append(o.trade.entries, d)
}

// join moves whole steps of dust into a trade that opens, at their cost (M4).
func (o *oracle) join() {
	whole := floor(o.dust, o.step)
	if whole.Sign() == 0 {
		return
	}
	cost := part(o.dustCost, whole, o.dust)
	o.dust, o.dustCost = minus(o.dust, whole), minus(o.dustCost, cost)
	o.held, o.cost = plus(o.held, whole), plus(o.cost, cost)
	o.trade.profit = minus(o.trade.profit, cost)
}

func (o *oracle) sell(a *ask, d deal) {
	if d.quantity.Sign() == 0 {
		return
	}
	d.charge = o.charge(times(d.price, d.quantity))
	got := minus(times(d.price, d.quantity), d.charge)
	o.cost = minus(o.cost, part(o.cost, d.quantity, o.held))
	o.cash, o.held = plus(o.cash, got), minus(o.held, d.quantity)
	t := o.trade
	t.profit, t.feesQuote = plus(t.profit, got), plus(t.feesQuote, d.charge)
	a.fills, t.exits = append(a.fills, d), append(t.exits, d)
	if o.held.Cmp(o.step) < 0 { // flat: what is left is dust
		t.profit = plus(t.profit, o.cost)
		o.dust, o.dustCost = plus(o.dust, o.held), plus(o.dustCost, o.cost)
		o.held, o.cost, o.trade = rat("0"), rat("0"), nil
		o.trades = append(o.trades, t)
	}
}

// part is the share of a cost that belongs to a part of a quantity (M3).
func part(cost, of, whole *big.Rat) *big.Rat {
	if of.Cmp(whole) == 0 {
		return cost
	}
	return even(over(times(cost, of), whole))
}

// rat reads a decimal.
func rat(s string) *big.Rat {
	x, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(fmt.Sprintf("%q is not a number", s))
	}
	return x
}

func plus(a, b *big.Rat) *big.Rat  { return new(big.Rat).Add(a, b) }
func minus(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func times(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
func over(a, b *big.Rat) *big.Rat  { return new(big.Rat).Quo(a, b) }

func least(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func most(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

// floor is the largest multiple of unit that is not above x.
func floor(x, unit *big.Rat) *big.Rat {
	q := over(x, unit)
	n := new(big.Int).Div(q.Num(), q.Denom())
	return times(new(big.Rat).SetInt(n), unit)
}

// even rounds to 12 decimals, half to even.
func even(x *big.Rat) *big.Rat {
	unit := rat("0.000000000001")
	low := floor(x, unit)
	half := minus(x, low).Cmp(times(unit, rat("0.5")))
	if odd := over(low, unit).Num().Bit(0) == 1; half > 0 || half == 0 && odd {
		return plus(low, unit)
	}
	return low
}

// text prints a fraction as a decimal without trailing zeros, as reports do.
func text(x *big.Rat) string {
	n, exact := x.FloatPrec()
	if !exact {
		panic("not a decimal: " + x.String())
	}
	return x.FloatString(n)
}
