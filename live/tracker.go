package live

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// tracked is an order at a venue, and what the engine was told of it. Reports of three
// ways (answers, updates, queries) are merged: each fill is told once, nothing goes
// back, and the end is told when every fill before it has been.
type tracked struct {
	order    market.Order
	symbol   string
	state    market.State    // told last
	filled   decimal.Decimal // told
	counted  decimal.Decimal // by the venue
	trades   map[string]bool
	end      *market.OrderUpdate // that waits for fills which the venue counted and nobody brought
	busy     bool                // its submission has no outcome yet
	replaced bool                // another order was decided in its place
	settling bool                // whether it was changed is being found out
	chasing  bool                // somebody asks for the fills that nobody brought
	decided  market.Time         // when its engine made it
	finished market.Time         // when its end was told; 0: it works
	lost     int                 // how often the venue did not know it
	leaving  bool                // its end was asked for
	amended  []market.Order      // what it was to become, as far as no outcome was told
}

// recall takes an update that was told before this process began.
func (t *tracked) recall(u *market.OrderUpdate) {
	t.busy = u.State == market.Pending // a change was refused, of an order without an outcome
	t.state, t.filled, t.counted = u.State, u.Filled, u.Filled
	if u.Fill != nil {
		t.see(u.Fill.Trade)
	}
	if u.State.Final() {
		t.finished = u.Time
	}
	if u.Reason == market.Amended && len(t.amended) > 0 {
		t.order.Quantity, t.order.Price = t.amended[0].Quantity, t.amended[0].Price
	}
	if (u.Reason == market.Amended || u.Reason == market.AmendRejected) && len(t.amended) > 0 {
		t.amended = t.amended[1:]
	}
}

func (t *tracked) see(trade string) {
	if t.trades == nil {
		t.trades = map[string]bool{}
	}
	t.trades[trade] = true
}

// observe returns what a report is news of, in the order to be told.
func (t *tracked) observe(u market.OrderUpdate) (news []market.OrderUpdate) {
	if t.state.Final() {
		return nil
	}
	if u.Filled.GreaterThan(t.counted) {
		t.counted = u.Filled
	}
	if f := u.Fill; f != nil && !t.trades[f.Trade] {
		t.see(f.Trade)
		t.filled = t.filled.Add(f.Quantity)
		t.state = market.Partial
		told := u
		told.State, told.Filled, told.Reason = market.Partial, t.filled, ""
		if t.whole(&u) {
			t.state, told.State = market.Filled, market.Filled
		}
		news = append(news, told)
	}
	switch {
	case t.state.Final():
	case u.State.Final() && t.end == nil:
		end := u
		end.Fill = nil
		t.end = &end
	case !u.State.Final() && u.Fill == nil && t.state == market.Pending:
		t.state = market.Accepted
		u.State, u.Filled = market.Accepted, t.filled
		news = append(news, u)
	}
	return append(news, t.ended()...)
}

// whole reports whether the fills told are all that an order asks for: its quantity or,
// where it names an amount of quote, what the venue says.
func (t *tracked) whole(u *market.OrderUpdate) bool {
	if t.order.Quantity.IsPositive() {
		return t.filled.Equal(t.order.Quantity)
	}
	end := u
	if t.end != nil {
		end = t.end
	}
	return end.State == market.Filled && t.filled.Equal(end.Filled)
}

// ended tells the end that waits, once all fills before it have been told.
func (t *tracked) ended() []market.OrderUpdate {
	if t.end == nil || t.state.Final() || !t.end.Filled.Equal(t.filled) {
		return nil
	}
	u := *t.end
	t.state, t.end = u.State, nil
	return []market.OrderUpdate{u}
}

// short reports whether the venue counted fills that nobody brought.
func (t *tracked) short() bool {
	return !t.state.Final() && (t.end != nil || t.counted.GreaterThan(t.filled))
}
