package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/internal/failpoint"
	"github.com/signalman-trading/signalman/market"
)

// surelyLater is how long a request may be under way where the venue's adapter does not say.
const surelyLater = time.Minute

// underway is how long after it was sent a request may still take effect.
func (g *Gateway) underway() time.Duration {
	if c, ok := g.broker.(exchange.Clock); ok {
		return c.Underway()
	}
	return surelyLater
}

// recall takes an update that the journal holds.
func (g *Gateway) recall(u *market.OrderUpdate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.orders[u.ID]; t != nil {
		t.recall(u)
	}
}

// adopt takes over what an earlier process left at the venue (semantics L3). Nothing is
// submitted again: an order without an outcome is asked for until there is one, or its
// absence is proven. An order of ours that the journal does not know, or knows otherwise, is
// an error: the account and the journal do not belong together.
func (g *Gateway) adopt(a *exchange.Account) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.past = false
	for i := range a.Orders {
		o := &a.Orders[i]
		if o.Order.ID.Sequence == 0 {
			continue
		}
		t := g.orders[o.Order.ID]
		if t == nil {
			return foreign(o, "the journal has no such order: it is older than the account")
		}
		if why := t.unlike(o); why != "" {
			return foreign(o, why)
		}
	}
	open := g.unfinished()
	proven := g.local().Add(g.underway())
	for _, t := range open {
		failpoint.Hit("recovery.mid-adopt")
		o := t.order
		if t.busy {
			g.meter.count(Unknowns, "restart")
			g.work.start(func() {
				g.resolve(o, &exchange.Fault{Kind: exchange.ErrUnknown, Until: proven, Err: errors.New("the process ended")})
			})
		}
		switch { // it is done once the order is known to be there
		case t.leaving:
			g.work.start(func() { g.end(o) })
		case len(t.amended) > 0:
			t.settling = true
			g.work.start(func() { g.settleAmend(t, proven) })
		}
	}
	return nil
}

// clockSlack is how far before the end of the journal the venue's clock may be.
const clockSlack = time.Hour

// belongs refuses an account that the journal cannot be of: the venue's clock is before the end
// of the journal, or the account has fills of orders of ours that the journal does not know,
// though it should: it is older than the account (semantics L3).
func (g *Gateway) belongs(ctx context.Context, last market.Time) error {
	if now := g.now(); now < last-market.Time(clockSlack) {
		return &market.Error{
			Class: market.Mismatch, Err: fmt.Errorf("the venue's clock says %s, and the journal ends at %s: it is the journal of another account or another venue", now, last),
			Hint: "see which venue runs at the address, or begin with --fresh",
		}
	}
	for i := range g.instruments {
		in := g.in(market.InstrumentID(i))
		for f, err := range g.broker.Fills(ctx, in, exchange.Cursor{Time: last - market.Time(clockSlack)}) {
			if err != nil {
				return err
			}
			g.mu.Lock()
			unknown := f.ID.Sequence > g.last[f.ID.Strategy]
			g.mu.Unlock()
			if unknown {
				return &market.Error{
					Class: market.Mismatch, Where: f.Symbol, Err: fmt.Errorf("the account has a fill of %s at %s by our order %s (%s), which the journal does not know: it is older than the account", f.Quantity, f.Time, f.ID, f.Client),
					Hint: "bring back the newest journal of this account; without it, settle by hand what the account holds and begin with --fresh",
				}
			}
		}
	}
	return nil
}

// unfinished returns the orders whose end is not known, in the order of the decisions; mu is
// held.
func (g *Gateway) unfinished() (list []*tracked) {
	for _, t := range g.orders {
		if !t.state.Final() {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *tracked) int {
		if a.decided != b.decided {
			return int(min(max(a.decided-b.decided, -1), 1))
		}
		return compareIDs(a.order.ID, b.order.ID)
	})
	return list
}

// unlike says in what an order at the venue is not the one that was decided on, or "".
func (t *tracked) unlike(o *exchange.Open) string {
	is, was := &o.Order, &t.order
	switch {
	case o.Symbol != t.symbol:
		return fmt.Sprintf("it is of %s, and was decided on %s", o.Symbol, t.symbol)
	case is.Side != was.Side:
		return fmt.Sprintf("it is a %s, and a %s was decided", is.Side, was.Side)
	case was.Quantity.IsPositive() && !is.Quantity.Equal(was.Quantity) && !slices.ContainsFunc(t.amended, func(a market.Order) bool { return a.Quantity.Equal(is.Quantity) }):
		return fmt.Sprintf("its quantity is %s, and %s was decided", is.Quantity, was.Quantity)
	case o.Created > 0 && o.Created < t.decided-market.Time(time.Second):
		return fmt.Sprintf("it is of %s, before it was decided at %s", o.Created, t.decided)
	}
	return ""
}

func foreign(o *exchange.Open, why string) error {
	return &market.Error{
		Class: market.Mismatch, Where: o.Symbol, Err: fmt.Errorf("order %s at the venue (%s): %s", o.Order.ID, o.Client, why),
		Hint: "bring back the newest journal of this account, or cancel the order at the venue by hand and begin with --fresh",
	}
}

// settleAmend finds out whether an order became what it was to become when the process
// ended. It did not where the venue does not show that after the time from which on no
// request can be under way any more.
func (g *Gateway) settleAmend(t *tracked, proven time.Time) {
	applied := 0 // of the changes, in their order
	for pause := time.Duration(0); ; pause = min(max(2*pause, firstPause), longPause) {
		if pause > 0 && !g.wait(pause) {
			return
		}
		asked := g.local()
		a, err := g.broker.Account(g.ctx)
		g.mu.Lock()
		unknown := t.busy
		if k := slices.IndexFunc(a.Orders, func(o exchange.Open) bool { return o.Order.ID == t.order.ID }); err == nil && k >= 0 {
			applied = t.became(&a.Orders[k].Order)
		}
		whole := applied == len(t.amended)
		g.mu.Unlock()
		if err == nil && !unknown && (whole || asked.After(proven)) {
			break
		}
	}
	failpoint.Hit("recovery.amend")
	g.mu.Lock()
	defer g.mu.Unlock()
	for ; len(t.amended) > 0 && !t.state.Final(); applied-- {
		said := market.AmendRejected
		if applied > 0 {
			said, t.order.Quantity, t.order.Price = market.Amended, t.amended[0].Quantity, t.amended[0].Price
		}
		t.amended = t.amended[1:]
		u := market.OrderUpdate{ID: t.order.ID, Symbol: t.symbol, State: t.state, Filled: t.filled, Reason: said, Time: g.now()}
		g.inbox.put(arrival{at: u.Time, instrument: t.order.Instrument, update: &u})
	}
	t.settling = false
}

// became returns how many of the changes have been made of what the venue shows.
func (t *tracked) became(o *market.Order) int {
	for n := len(t.amended); n > 0; n-- {
		if want := &t.amended[n-1]; o.Quantity.Equal(want.Quantity) && o.Price.Equal(want.Price) {
			return n
		}
	}
	return 0
}
