package binance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// SubmitList implements [exchange.Lister].
func (b *spotBroker) SubmitList(ctx context.Context, i market.Instrument, orders []market.Order) ([]market.OrderUpdate, error) {
	if len(orders) == 0 {
		return nil, &exchange.Fault{Kind: exchange.ErrRejected, What: "list of orders " + i.Symbol, Err: errors.New("it has none")}
	}
	what := fmt.Sprintf("list of orders %s %s", i.Symbol, orders[0].ID)
	path, params, err := b.list(orders)
	if err != nil {
		return nil, &exchange.Fault{Kind: exchange.ErrRejected, What: what, Err: err}
	}
	params.Set("symbol", i.Symbol)
	params.Set("listClientOrderId", "L-"+b.names.Client(orders[0].ID))
	params.Set("newOrderRespType", "FULL")
	params.Set("selfTradePreventionMode", b.stp)
	var updates []market.OrderUpdate
	err = b.send(ctx, request{what: what, lane: laneOrder, weight: spotPlace, orders: len(orders)}, func(ctx context.Context) error {
		body, err := b.signed(ctx, http.MethodPost, path, params)
		if err == nil {
			updates, err = b.listed(readFields("list of orders", body), orders)
		}
		return err
	})
	return updates, b.relist(ctx, i, err)
}

// listed reads the answer to a list: where each order stands, in their order.
func (b *spotBroker) listed(f *fields, orders []market.Order) ([]market.OrderUpdate, error) {
	found := map[market.OrderID]report{}
	for _, row := range f.list("orderReports") {
		r, err := spotReport(row)
		f.join(row)
		if id, ok := b.names.Find(r.client); ok && err == nil {
			found[id] = r
		}
	}
	updates := make([]market.OrderUpdate, 0, len(orders))
	for i := range orders {
		r, ok := found[orders[i].ID]
		if f.err == nil && !ok {
			f.fail("orderReports", fmt.Errorf("nothing is said of %s", orders[i].ID))
		}
		if f.err == nil {
			updates = append(updates, b.events.answer(r))
		}
	}
	return updates, f.err
}

// list puts linked orders into the venue's words: an entry and its exits, or two exits.
func (b *spotBroker) list(orders []market.Order) (path string, params url.Values, err error) {
	params = url.Values{}
	entry, exits := (*market.Order)(nil), orders
	if len(orders) > 1 && orders[1].Parent.Sequence > 0 {
		entry, exits = &orders[0], orders[1:]
	}
	for i := range exits {
		if entry != nil && exits[i].Parent != entry.ID {
			return "", nil, fmt.Errorf("%s is no exit of %s", exits[i].ID, entry.ID)
		}
	}
	switch {
	case entry == nil && len(exits) == 2:
		return "/api/v3/orderList/oco", params, b.oco(params, "", exits)
	case entry != nil && len(exits) == 1:
		return "/api/v3/orderList/oto", params, errors.Join(b.working(params, entry), b.pending(params, &exits[0]))
	case entry != nil && len(exits) == 2:
		return "/api/v3/orderList/otoco", params, errors.Join(b.working(params, entry), b.oco(params, "pending", exits))
	}
	return "", nil, fmt.Errorf("a list of %d orders is none of Binance spot: it takes an entry with one or two exits, or two exits", len(orders))
}

// working adds the entry.
func (b *spotBroker) working(params url.Values, o *market.Order) error {
	t, err := spotTermsOf(o)
	if err != nil {
		return err
	}
	if t.kind != "LIMIT" && t.kind != "LIMIT_MAKER" {
		return errors.New("the entry of a list of Binance spot is a limit order")
	}
	params.Set("workingSide", t.side)
	params.Set("workingQuantity", t.quantity)
	t.put(params, "working", b.names.Client(o.ID))
	return nil
}

// pending adds the one exit of an entry.
func (b *spotBroker) pending(params url.Values, o *market.Order) error {
	t, err := spotTermsOf(o)
	if err != nil {
		return err
	}
	if t.quantity == "" {
		return errors.New("an exit of a list of Binance spot names its quantity")
	}
	params.Set("pendingSide", t.side)
	params.Set("pendingQuantity", t.quantity)
	t.put(params, "pending", b.names.Client(o.ID))
	return nil
}

// oco adds two exits that exclude each other: the one above the market and the one below.
func (b *spotBroker) oco(params url.Values, prefix string, exits []market.Order) error {
	above, below := &exits[0], &exits[1]
	if !isAbove(above) {
		above, below = below, above
	}
	if !isAbove(above) || isAbove(below) {
		return errors.New("of two exits in a list of Binance spot one is above the market and one below: a stop, and a limit or take-profit order")
	}
	name := func(s string) string {
		if prefix == "" {
			return string(s[0]|0x20) + s[1:]
		}
		return prefix + s
	}
	for _, leg := range []struct {
		where string
		*market.Order
	}{{"Above", above}, {"Below", below}} {
		t, err := spotTermsOf(leg.Order)
		if err != nil {
			return err
		}
		if t.kind == "LIMIT" { // which is what it must be: it may not take
			t.kind, t.tif = "LIMIT_MAKER", ""
		}
		if had := params.Get(name("Quantity")); t.quantity == "" || had != "" && had != t.quantity || params.Has(name("Side")) && params.Get(name("Side")) != t.side {
			return errors.New("two exits in a list of Binance spot have one side and one quantity")
		}
		params.Set(name("Side"), t.side)
		params.Set(name("Quantity"), t.quantity)
		t.put(params, name(leg.where), b.names.Client(leg.ID))
	}
	return nil
}

// isAbove reports whether an exit stands above the market.
func isAbove(o *market.Order) bool {
	if o.Type == market.Limit {
		return o.Side == market.Sell
	}
	return o.Rises()
}
