package tiny

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// broker is one account of the venue.
type broker struct {
	*client
	names *exchange.Names
}

// order is one as the venue writes it.
type order struct {
	Client   string          `json:"client"`
	Symbol   string          `json:"symbol"`
	Side     string          `json:"side"` // buy, sell
	Type     string          `json:"type"` // market, limit
	TIF      string          `json:"tif"`  // gtc, ioc, fok
	PostOnly bool            `json:"post_only"`
	Quantity decimal.Decimal `json:"quantity"`
	Amount   decimal.Decimal `json:"amount"` // of quote that a market buy spends, instead of quantity
	Price    decimal.Decimal `json:"price"`
	State    string          `json:"state"` // accepted, partial, filled, cancelled, expired, rejected
	Filled   decimal.Decimal `json:"filled"`
	Time     int64           `json:"time"` // of the state
	Made     int64           `json:"made"`
}

// trade is one as the venue writes it.
type trade struct {
	ID       string          `json:"id"`
	Client   string          `json:"client"`
	Symbol   string          `json:"symbol"`
	Time     int64           `json:"time"`
	Price    decimal.Decimal `json:"price"`
	Quantity decimal.Decimal `json:"quantity"`
	Fee      decimal.Decimal `json:"fee"`
	FeeAsset string          `json:"fee_asset"`
	Maker    bool            `json:"maker"`
}

// Submit implements [exchange.Broker].
func (b *broker) Submit(ctx context.Context, i market.Instrument, o market.Order) (market.OrderUpdate, error) {
	if o.Type != market.Market && o.Type != market.Limit || o.TIF == market.GTD || o.ReduceOnly {
		return market.OrderUpdate{}, &exchange.Fault{Kind: exchange.ErrRejected, What: "order " + i.Symbol, Err: errors.New("the venue has no such orders")}
	}
	send := order{
		Client: b.names.Client(o.ID), Symbol: i.Symbol, Side: o.Side.String(), Type: o.Type.String(), TIF: o.TIF.String(),
		PostOnly: o.PostOnly, Quantity: o.Quantity, Amount: o.Quote, Price: o.Price,
	}
	var said order
	if err := b.change(ctx, http.MethodPost, "/orders", send, &said); err != nil {
		return market.OrderUpdate{}, err
	}
	return b.known(said, exchange.ErrUnknown)
}

// Cancel implements [exchange.Broker].
func (b *broker) Cancel(ctx context.Context, i market.Instrument, id market.OrderID) error {
	var said order
	return b.change(ctx, http.MethodDelete, "/orders?"+b.name(i, id).Encode(), nil, &said)
}

// Order implements [exchange.Broker].
func (b *broker) Order(ctx context.Context, i market.Instrument, id market.OrderID) (market.OrderUpdate, error) {
	var said order
	if err := b.ask(ctx, timeout, "/orders", b.name(i, id), &said); err != nil {
		return market.OrderUpdate{}, err
	}
	return b.known(said, exchange.ErrUnavailable)
}

func (b *broker) name(i market.Instrument, id market.OrderID) url.Values {
	return url.Values{"symbol": {i.Symbol}, "client": {b.names.Client(id)}}
}

// known reads an answer about an order. One that makes no sense is as good as none.
func (b *broker) known(o order, lost error) (market.OrderUpdate, error) {
	u, err := b.standing(o)
	if err != nil {
		return u, &exchange.Fault{Kind: lost, What: "order " + o.Symbol, Err: err}
	}
	return u, nil
}

// standing is where an order stands. Orders that are not ours have the ID 0.
func (b *broker) standing(o order) (market.OrderUpdate, error) {
	u := market.OrderUpdate{Symbol: o.Symbol, Filled: o.Filled, Time: market.Millis(o.Time)}
	u.ID, _ = b.names.Find(o.Client)
	for s := market.Accepted; s <= market.Rejected; s++ {
		if s.String() == o.State {
			u.State = s
			return u, nil
		}
	}
	return u, errors.New("the venue says the state " + strconv.Quote(o.State))
}

// Account implements [exchange.Broker].
func (b *broker) Account(ctx context.Context) (exchange.Account, error) {
	var said struct {
		Time     int64
		Balances []exchange.Balance
		Orders   []order
	}
	if err := b.ask(ctx, timeout, "/account", nil, &said); err != nil {
		return exchange.Account{}, err
	}
	a := exchange.Account{Time: market.Millis(said.Time), Balances: said.Balances, CanTrade: true}
	for _, o := range said.Orders {
		open := exchange.Open{Client: o.Client, Symbol: o.Symbol, Filled: o.Filled, Created: market.Millis(o.Made)}
		open.Order = market.Order{Side: market.Buy, Type: market.Limit, PostOnly: o.PostOnly, Quantity: o.Quantity, Price: o.Price}
		if o.Side == market.Sell.String() {
			open.Order.Side = market.Sell
		}
		open.Order.ID, _ = b.names.Find(o.Client)
		open.Order.Strategy = open.Order.ID.Strategy
		a.Orders = append(a.Orders, open)
	}
	return a, nil
}

// Fills implements [exchange.Broker].
func (b *broker) Fills(ctx context.Context, i market.Instrument, after exchange.Cursor) iter.Seq2[exchange.Fill, error] {
	return func(yield func(exchange.Fill, error) bool) {
		var list []trade
		if err := b.ask(ctx, timeout, "/trades", url.Values{"symbol": {i.Symbol}, "after": {after.Trade}}, &list); err != nil {
			yield(exchange.Fill{}, err)
			return
		}
		for _, t := range list {
			id, _ := b.names.Find(t.Client)
			if !yield(exchange.Fill{Fill: t.fill(), ID: id, Client: t.Client, Symbol: t.Symbol}, nil) {
				return
			}
		}
	}
}

func (t *trade) fill() market.Fill {
	return market.Fill{Trade: t.ID, Time: market.Millis(t.Time), Price: t.Price, Quantity: t.Quantity, Fee: t.Fee, FeeAsset: t.FeeAsset, Maker: t.Maker}
}

// Updates implements [exchange.Broker]. The venue numbers its events: after a gap it is asked
// from the first one that was not heard, so that nothing is missing in the end.
func (b *broker) Updates(ctx context.Context, ready func(), emit func(exchange.AccountEvent)) error {
	next := -1 // no event was heard; the venue tells its number at once
	return b.follow(ctx, func(gap *exchange.Gap) error {
		var said struct {
			Next   int
			Events []event
		}
		if gap != nil { // first whether it is there again: it answers the next question late
			var back struct{ Now int64 }
			if err := b.ask(ctx, timeout, "/time", url.Values{"after": {"0"}}, &back); err != nil {
				return err
			}
			emit(exchange.AccountEvent{Gap: &exchange.Gap{From: gap.From, To: market.Millis(back.Now), Reason: gap.Reason}})
			ready()
		}
		if err := b.ask(ctx, patient, "/events", url.Values{"after": {strconv.Itoa(next)}}, &said); err != nil {
			return err
		}
		if next < 0 {
			ready()
		}
		news, err := b.news(said.Events)
		if err != nil {
			return err // nothing of it was told, and all of it is asked for again
		}
		for _, e := range news {
			emit(e)
		}
		next = said.Next
		return nil
	})
}

// event is what the venue says of the account: an order, with the trade that changed it, or
// a deposit.
type event struct {
	Order   *order       `json:"order"`
	Trade   *trade       `json:"trade"`
	Deposit *market.Flow `json:"deposit"`
}

// news reads what the venue says of the account.
func (b *broker) news(events []event) (list []exchange.AccountEvent, err error) {
	for _, e := range events {
		if e.Order == nil {
			list = append(list, exchange.AccountEvent{Flow: e.Deposit})
			continue
		}
		u, err := b.standing(*e.Order)
		if err != nil {
			return nil, &exchange.Fault{Kind: exchange.ErrUnavailable, What: "events", Err: err}
		}
		if e.Trade != nil {
			f := e.Trade.fill()
			u.Fill = &f
		}
		list = append(list, exchange.AccountEvent{Update: &u, Client: e.Order.Client})
	}
	return list, nil
}
