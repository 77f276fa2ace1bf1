package sim_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/market"
)

// audit holds what the venue does in a trial against what must be so whatever the rules
// of matching, without asking the plain venue.
type audit struct {
	*rapid.T
	trial
	play   *play
	heard  int                              // updates that were looked at
	orders map[market.OrderID]*auditedOrder // that were submitted
	quote  decimal.Decimal
	base   decimal.Decimal
}

// auditedOrder is an order as its updates tell of it.
type auditedOrder struct {
	market.Order
	arrives  market.Time
	state    market.State
	filled   decimal.Decimal
	received decimal.Decimal
}

func newAudit(t *testing.T, rt *rapid.T, s trial) *audit {
	a := &audit{T: rt, trial: s, play: s.play(t), orders: map[market.OrderID]*auditedOrder{}, quote: s.cash}
	for _, k := range s.asks {
		if k.verb == "submit" {
			a.orders[k.order.ID] = &auditedOrder{Order: k.order, arrives: k.at + s.o.Latency}
		}
	}
	a.play.after = a.instant
	return a
}

// fault fails with the trial.
func (a *audit) fault(format string, values ...any) {
	a.Helper()
	a.Fatalf(format+"\n%s", append(values, a.trial)...)
}

// instant looks at the updates of an instant and at the account after it.
func (a *audit) instant() {
	for ; a.heard < len(a.play.fills); a.heard++ {
		u := a.play.fills[a.heard]
		o := a.orders[u.ID]
		if o.state.Final() {
			a.fault("%s is %s after it was %s", u.ID, u.State, o.state)
		}
		o.state = u.State
		if u.Fill != nil {
			a.fill(o, &u)
		}
		if !o.filled.Equal(u.Filled) {
			a.fault("%s: filled %s is said, the fills add up to %s", u.ID, u.Filled, o.filled)
		}
		if u.Reason == market.Amended {
			o.Quantity, o.Price = a.amendedTo(u)
		}
	}
	a.account()
	a.links()
}

// amendedTo returns the quantity and price of the amend that an update confirms: the last
// one on which the venue can have acted.
func (a *audit) amendedTo(u market.OrderUpdate) (quantity, price decimal.Decimal) {
	for _, k := range a.asks {
		if k.verb == "amend" && k.order.ID == u.ID && nextOpen(k.at+a.o.Latency) == u.Time {
			quantity, price = k.order.Quantity, k.order.Price
		}
	}
	return quantity, price
}

// fill looks at the time and the price of a fill, and books it.
func (a *audit) fill(o *auditedOrder, u *market.OrderUpdate) {
	f := u.Fill
	for _, b := range a.bars() {
		if b.closes == u.Time {
			a.priced(o, f, b)
		}
	}
	cost := f.Price.Mul(f.Quantity)
	o.filled, o.received = o.filled.Add(f.Quantity), o.received.Add(f.Quantity)
	if o.Side == market.Sell {
		cost, f.Quantity = cost.Neg(), f.Quantity.Neg()
	}
	a.quote, a.base = a.quote.Sub(cost), a.base.Add(f.Quantity)
	if f.FeeAsset == a.in.Base {
		a.base, o.received = a.base.Sub(f.Fee), o.received.Sub(f.Fee)
	} else {
		a.quote = a.quote.Sub(f.Fee)
	}
}

// priced holds a fill against its bar and its order.
func (a *audit) priced(o *auditedOrder, f *market.Fill, b plainBar) {
	w := &plainWalk{in: a.in, o: a.o}
	best, worst := b.low, b.high
	if o.Side == market.Sell {
		best, worst = b.high, b.low
	}
	limit := plainOrder{Order: o.Order}
	if !o.Priced() {
		worst = w.worse(worst, o.Side, a.o.SlippageBps)
	}
	if o.Side == market.Sell {
		worst = w.worse(worst, o.Side, a.o.OverflowBps)
	}
	if limit.Price = o.Price; o.Priced() && !limit.atOrBetter(f.Price) {
		a.fault("%s fills at %s, worse than its limit", o.ID, f.Price)
	}
	within := !isReached(best, f.Price, o.Side == market.Buy) || best.Equal(f.Price)
	switch {
	case b.opens < o.arrives:
		a.fault("%s arrives at %s and fills in the bar of %s", o.ID, clock(o.arrives), clock(b.opens))
	case f.Time != b.opens && f.Time != b.closes:
		a.fault("%s fills at %s, neither open nor close", o.ID, clock(f.Time))
	case f.Maker && !f.Price.Equal(o.Price):
		a.fault("%s makes at %s", o.ID, f.Price)
	case f.Maker: // or the market gapped through it
		return
	case !within, isReached(f.Price, worst, o.Side == market.Buy) && !f.Price.Equal(worst):
		a.fault("%s fills at %s, outside of %s to %s", o.ID, f.Price, best, worst)
	}
}

// account holds the venue's balances against the fills, to the last digit.
func (a *audit) account() {
	quote, base := a.play.venue.Balance(a.in.Quote), a.play.venue.Balance(a.in.Base)
	if !quote.Equal(a.quote) || !base.Equal(a.base) {
		a.fault("at %s the venue holds %s and %s, the fills leave %s and %s", clock(a.play.now), quote, base, a.quote, a.base)
	}
	if quote.IsNegative() || base.IsNegative() {
		a.fault("at %s the account owes: %s, %s", clock(a.play.now), quote, base)
	}
	rests := false
	for _, o := range a.orders {
		rests = rests || o.state == market.Accepted || o.state == market.Partial
	}
	lockedQuote, lockedBase := a.play.venue.Locked(a.in.Quote), a.play.venue.Locked(a.in.Base)
	if lockedQuote.IsNegative() || lockedBase.IsNegative() || !rests && !(lockedQuote.IsZero() && lockedBase.IsZero()) {
		a.fault("at %s %s and %s are locked; orders rest: %v", clock(a.play.now), lockedQuote, lockedBase, rests)
	}
}

// links: the orders of a group never trade more than one of them may, the exits of a
// bracket never more than its entry received.
func (a *audit) links() {
	groups, most, exits := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}, map[market.OrderID]decimal.Decimal{}
	for _, o := range a.orders {
		switch o.Profile {
		case market.ByVenue:
			groups[o.Group] = groups[o.Group].Add(o.filled)
			most[o.Group] = decimal.Max(most[o.Group], o.Quantity)
		case market.ByEngine:
			exits[o.Parent] = exits[o.Parent].Add(o.filled)
		}
	}
	for g, filled := range groups {
		if g != "" && filled.GreaterThan(most[g]) {
			a.fault("at %s the orders of %s have traded %s, of %s", clock(a.play.now), g, filled, most[g])
		}
	}
	for id, filled := range exits {
		if entry := a.orders[id]; entry != nil && filled.GreaterThan(entry.received) {
			a.fault("at %s the exits of %s have traded %s, of %s", clock(a.play.now), id, filled, entry.received)
		}
	}
}

func audited(t *testing.T, scarce bool) {
	check(t, 1000, func(rt *rapid.T) {
		d := drawer{T: rt, linked: true, scarce: scarce}
		a := newAudit(t, rt, d.draw())
		a.play.run()
	})
}

// TestInvariants: with all the money that orders may need.
func TestInvariants(t *testing.T) { audited(t, false) }

// TestInvariantsOfThePoor: where balances run out.
func TestInvariantsOfThePoor(t *testing.T) { audited(t, true) }
