package paper

import (
	"context"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// SubmitList implements [exchange.Lister].
func (b *Broker) SubmitList(ctx context.Context, i market.Instrument, orders []market.Order) ([]market.OrderUpdate, error) {
	linked := make([]market.Order, len(orders))
	for k, o := range orders {
		o.Profile = market.ByVenue
		linked[k] = o
	}
	return b.send(ctx, i, linked)
}

// send lets the venue take orders, all or none.
func (b *Broker) send(ctx context.Context, i market.Instrument, orders []market.Order) ([]market.OrderUpdate, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	clients := make([]string, len(orders))
	for k, o := range orders {
		clients[k] = b.names.Client(o.ID)
	}
	v := b.venue
	v.mu.Lock()
	defer v.mu.Unlock()
	list, err := v.submit(i.Symbol, clients, orders)
	if err != nil {
		return nil, err
	}
	updates := make([]market.OrderUpdate, len(list))
	for k, h := range list {
		updates[k] = h.standing(orders[k].ID)
	}
	return updates, nil
}

func (v *Venue) submit(symbol string, clients []string, orders []market.Order) ([]*held, error) {
	v.sent += len(orders)
	i, err := v.listed(symbol)
	if err != nil {
		return nil, err
	}
	for k := range orders {
		if h := v.find(clients[k]); h != nil && !h.update.State.Final() {
			return nil, rejected(symbol, "an order of that name works already")
		}
		if err := orders[k].Validate(); err != nil {
			return nil, rejected(symbol, err.Error())
		}
	}
	before := len(v.log)
	list := v.enter(i, symbol, clients, orders)
	v.pump()
	for _, h := range list {
		if h.update.State == market.Rejected {
			v.withdraw(list)
			v.log = v.log[:before]
			return nil, rejected(symbol, h.update.Reason)
		}
	}
	return list, nil
}

// enter gives orders to the simulated venue under ids of its own.
func (v *Venue) enter(i market.InstrumentID, symbol string, clients []string, orders []market.Order) (list []*held) {
	ids := map[market.OrderID]market.OrderID{}
	for k, o := range orders {
		id := market.OrderID{Strategy: account, Sequence: uint32(len(v.orders) + 1)}
		ids[o.ID] = id
		o.ID, o.Strategy, o.Instrument, o.Parent = id, account, i, ids[o.Parent]
		if o.Group != "" {
			o.Group = ids[orders[0].ID].String() // apart from those of other lists
		}
		h := &held{client: clients[k], order: o, symbol: symbol, update: market.OrderUpdate{ID: id, Symbol: symbol, State: market.Pending, Time: v.now}}
		v.orders, list = append(v.orders, h), append(list, h)
		v.sim.Submit(v.now, o)
	}
	return list
}

// withdraw takes back what the venue took of a list of which it rejected an order.
func (v *Venue) withdraw(list []*held) {
	for _, h := range list {
		if !h.update.State.Final() {
			v.sim.Cancel(v.now, h.order.ID)
		}
	}
	v.pump()
	for _, h := range list {
		h.client = "" // it never was
	}
}

// Amend implements [exchange.Amender].
func (b *Broker) Amend(ctx context.Context, i market.Instrument, o market.Order) (market.OrderUpdate, error) {
	if err := ctx.Err(); err != nil {
		return market.OrderUpdate{}, err
	}
	v := b.venue
	v.mu.Lock()
	defer v.mu.Unlock()
	h := v.find(b.names.Client(o.ID))
	if h == nil || h.update.State.Final() {
		return market.OrderUpdate{}, notFound("amend")
	}
	changed := h.order
	changed.Quantity, changed.Price = o.Quantity, o.Price
	v.sim.Amend(v.now, changed)
	v.pump()
	if h.update.Reason == market.AmendRejected {
		return market.OrderUpdate{}, rejected(i.Symbol, market.AmendRejected)
	}
	h.order = changed
	return h.standing(o.ID), nil
}

var _ interface {
	exchange.Broker
	exchange.Lister
	exchange.Amender
	exchange.DeadMan
} = (*Broker)(nil)
