package live

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// difference is what an account has that its books do not say.
type difference struct {
	what       string // the asset, the symbol of a position, or "order a/1"
	has, books decimal.Decimal
	by         decimal.Decimal
	text       string          // what is wrong with a position or an order, and what to do; "" of an asset
	absent     market.OrderID  // that the venue does not show
	slack      decimal.Decimal // what roundings come to
	open       bool            // positions differ too, and with them what they cost
}

// matters reports whether a difference is more than what roundings come to.
func (d *difference) matters() bool {
	return d.text != "" || d.by.Abs().GreaterThan(d.slack)
}

// differences lists where account and books differ: positions, then assets, then orders.
func (r *reckoning) differences(l *sight) (list []difference) {
	for i := range r.instruments {
		if in := &r.instruments[i]; in.Perpetual() {
			list = r.position(list, l, in.Symbol)
		}
	}
	open := len(list) > 0
	for _, a := range l.books.Assets {
		has, slack := r.has(&l.account, a.Asset)
		if by := has.Sub(a.Quantity).Sub(r.surplus[a.Asset]); !by.IsZero() {
			list = append(list, difference{what: a.Asset, has: has, books: a.Quantity, by: by, slack: slack, open: open})
		}
	}
	for i := range l.account.Orders {
		if o := &l.account.Orders[i]; o.Order.ID.Sequence > 0 {
			if text := r.odd(o, &l.books); text != "" {
				list = append(list, difference{what: "order " + o.Order.ID.String(), text: text})
			}
		}
	}
	return append(list, absent(l)...)
}

// rounded is what the roundings of a venue's average prices come to at most, in quote, before
// anybody should hear of it: each fill that makes a position smaller adds one.
var rounded = decimal.New(1, -2)

// has returns what an account has of an asset. Of perpetuals the quote is without what the
// positions cost, as the books have it; a venue tells average prices, which are rounded.
func (r *reckoning) has(a *exchange.Account, asset string) (has, slack decimal.Decimal) {
	for _, b := range a.Balances {
		if b.Asset == asset {
			has = has.Add(b.Free).Add(b.Locked)
		}
	}
	for i := range r.instruments {
		in := &r.instruments[i]
		if !in.Perpetual() || in.Quote != asset {
			continue
		}
		slack = decimal.Max(slack, rounded)
		for _, p := range a.Positions {
			if p.Symbol == in.Symbol {
				has = has.Sub(p.Quantity.Mul(p.Entry))
				slack = slack.Add(p.Quantity.Abs().Mul(decimal.New(1, min(p.Entry.Exponent(), 0))))
			}
		}
	}
	return has, slack
}

// position compares a position in a perpetual.
func (r *reckoning) position(list []difference, l *sight, symbol string) []difference {
	has, books := decimal.Zero, decimal.Zero
	for _, p := range l.account.Positions {
		if p.Symbol == symbol {
			has = p.Quantity
		}
	}
	for _, p := range l.books.Positions {
		if p.Asset == symbol {
			books = p.Quantity
		}
	}
	by := has.Sub(books)
	if by.IsZero() {
		return list
	}
	way := "sell"
	if by.IsNegative() {
		way = "buy"
	}
	text := fmt.Sprintf("the account's position in %s is %s, by the session's books %s: somebody traded by hand; %s %s by hand", symbol, has, books, way, by.Abs())
	return append(list, difference{what: symbol, has: has, books: books, by: by, text: text})
}

// odd says what is wrong with an order of ours that works at the venue, or "".
func (r *reckoning) odd(o *exchange.Open, books *engine.Holdings) string {
	id := o.Order.ID
	k := slices.IndexFunc(books.Working, func(w engine.Working) bool { return w.ID == id })
	if k < 0 {
		if slices.ContainsFunc(books.Decided, func(last market.OrderID) bool { return last.Strategy == id.Strategy && last.Sequence >= id.Sequence }) {
			return fmt.Sprintf("order %s (%s) works at the venue and ended by the books: cancel it there", id, o.Client)
		}
		return fmt.Sprintf("order %s (%s) works at the venue and this session never decided it: cancel it there", id, o.Client)
	}
	switch w := &books.Working[k]; {
	case o.Symbol != r.instruments[w.Instrument].Symbol, o.Order.Side != w.Side:
		return fmt.Sprintf("order %s is a %s of %s at the venue, and a %s of %s by the books: cancel it there", id, o.Order.Side, o.Symbol, w.Side, r.instruments[w.Instrument].Symbol)
	case w.Profile == market.Unlinked && !w.Amends && w.Quantity.IsPositive() && !o.Order.Quantity.Equal(w.Quantity):
		return fmt.Sprintf("order %s is for %s at the venue, and for %s by the books: cancel it there", id, o.Order.Quantity, w.Quantity)
	}
	return ""
}

// absent lists the orders that the venue had taken by the books, and does not show.
func absent(l *sight) (list []difference) {
	for i := range l.books.Working {
		w := &l.books.Working[i]
		if w.Idle || w.State == market.Pending || slices.ContainsFunc(l.account.Orders, func(o exchange.Open) bool { return o.Order.ID == w.ID }) {
			continue
		}
		list = append(list, difference{what: "absent " + w.ID.String(), absent: w.ID, text: fmt.Sprintf("order %s works by the books, and the venue does not show it", w.ID)})
	}
	return list
}
