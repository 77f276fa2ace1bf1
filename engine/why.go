package engine

import "github.com/signalman-trading/signalman/market"

// Why is what an order was decided on.
type Why struct {
	Checks  []market.Check     // the sizer and the rules that looked at it, in order
	Inputs  []market.SignalRef // signal rows that the strategy read in the instant
	Refused *market.Refusal    // where the order never left
}

// explain keeps with an order what its decision says. Most orders of a strategy without
// rules and signals have nothing to keep, and pay for a nil pointer only.
func (o *Order) explain(d *market.Decision) {
	if len(d.Checks) > 0 || len(d.Inputs) > 0 || d.Refused != nil {
		o.Why = &Why{d.Checks, d.Inputs, d.Refused}
	}
}

// join lists an order among those that filled in a trade, once.
func (t *Trade) join(o *Order) {
	if o.trade != t {
		o.trade = t
		t.Orders = append(t.Orders, o)
	}
}

// EntryReason returns what the order that opened the trade was made for.
func (t *Trade) EntryReason() string { return t.Orders[0].Reason }

// Entered returns the ids of the orders that opened the trade and added to it, Exited
// those that reduced it, in the order of their first fill. An order that turned a
// position closed one trade and opened the next: it is listed with both.
func (t *Trade) Entered() []market.OrderID { return t.onSide(true) }

// Exited is described with Entered.
func (t *Trade) Exited() []market.OrderID { return t.onSide(false) }

func (t *Trade) onSide(entry bool) (ids []market.OrderID) {
	for _, o := range t.Orders {
		if (o.Side == t.Orders[0].Side) == entry {
			ids = append(ids, o.ID)
		}
	}
	return ids
}
