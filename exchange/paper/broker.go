package paper

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// Broker trades with the account of a venue. It is an [exchange.Lister], an
// [exchange.Amender] and an [exchange.DeadMan] too.
type Broker struct {
	venue *Venue
	names *exchange.Names
}

// Broker returns one whose orders are called what names says.
func (v *Venue) Broker(names *exchange.Names) *Broker { return &Broker{v, names} }

// Account implements [exchange.Broker].
func (b *Broker) Account(ctx context.Context) (exchange.Account, error) {
	if err := ctx.Err(); err != nil {
		return exchange.Account{}, err
	}
	v := b.venue
	v.mu.Lock()
	defer v.mu.Unlock()
	a := exchange.Account{Time: v.now, CanTrade: true, Balances: v.balances(), Positions: v.positions()}
	for _, h := range v.orders {
		if h.update.State.Final() {
			continue
		}
		o := h.order
		o.ID, _ = b.names.Find(h.client)
		o.Strategy, o.Instrument, o.Parent = o.ID.Strategy, 0, market.OrderID{}
		a.Orders = append(a.Orders, exchange.Open{Client: h.client, Order: o, Symbol: h.symbol, Filled: h.update.Filled, Created: h.made})
	}
	return a, nil
}

// balances returns what there is of each asset. Positions hold back their margin.
func (v *Venue) balances() (list []exchange.Balance) {
	for i := range v.listings {
		in := &v.listings[i].Instrument
		assets := []string{in.Base, in.Quote}
		if in.Perpetual() {
			assets = assets[1:]
		}
		for _, asset := range assets {
			if !slices.ContainsFunc(list, func(b exchange.Balance) bool { return b.Asset == asset }) {
				list = append(list, v.balance(asset))
			}
		}
	}
	return slices.DeleteFunc(list, func(b exchange.Balance) bool { return b.Free.IsZero() && b.Locked.IsZero() })
}

// balance returns what there is of an asset: of the margin of perpetuals the wallet, of which
// positions and orders hold something back.
func (v *Venue) balance(asset string) exchange.Balance {
	total, locked, margin := v.sim.Balance(asset), v.sim.Locked(asset), false
	for i := range v.listings {
		if in := &v.listings[i].Instrument; in.Perpetual() && in.Quote == asset {
			total, margin = total.Add(v.sim.Position(market.InstrumentID(i)).Cost), true
		}
	}
	if margin {
		locked = decimal.Max(total.Sub(v.sim.Free(asset)), decimal.Zero)
	}
	return exchange.Balance{Asset: asset, Free: total.Sub(locked), Locked: locked}
}

func (v *Venue) positions() (list []exchange.Position) {
	for i := range v.listings {
		in := &v.listings[i].Instrument
		if !in.Perpetual() {
			continue
		}
		p := v.sim.Position(market.InstrumentID(i))
		if p.Quantity.IsZero() {
			continue
		}
		list = append(list, exchange.Position{
			Symbol: in.Symbol, Quantity: p.Quantity, Entry: market.Divide(p.Cost, p.Quantity, 12),
			Leverage: p.Margin.Leverage, Isolated: p.Margin.Isolated,
		})
	}
	return list
}

// Submit implements [exchange.Broker].
func (b *Broker) Submit(ctx context.Context, i market.Instrument, o market.Order) (market.OrderUpdate, error) {
	list, err := b.send(ctx, i, []market.Order{o})
	if err != nil {
		return market.OrderUpdate{}, err
	}
	return list[0], nil
}

// Place takes an order that no program of ours names, as one by hand would be.
func (v *Venue) Place(client, symbol string, o market.Order) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, err := v.submit(symbol, []string{client}, []market.Order{o})
	return err
}

// Remove cancels an order by hand, whoever placed it.
func (v *Venue) Remove(client string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.cancel(client)
}

// Cancel implements [exchange.Broker].
func (b *Broker) Cancel(ctx context.Context, i market.Instrument, id market.OrderID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.venue.mu.Lock()
	defer b.venue.mu.Unlock()
	return b.venue.cancel(b.names.Client(id))
}

func (v *Venue) cancel(client string) error {
	h := v.find(client)
	if h == nil || h.update.State.Final() {
		return notFound("cancel")
	}
	v.sim.Cancel(v.now, h.order.ID)
	v.pump()
	return nil
}

// Order implements [exchange.Broker].
func (b *Broker) Order(ctx context.Context, i market.Instrument, id market.OrderID) (market.OrderUpdate, error) {
	if err := ctx.Err(); err != nil {
		return market.OrderUpdate{}, err
	}
	v := b.venue
	v.mu.Lock()
	defer v.mu.Unlock()
	h := v.find(b.names.Client(id))
	if h == nil || h.symbol != i.Symbol {
		return market.OrderUpdate{}, notFound("order")
	}
	return h.standing(id), nil
}

// Standing returns where the newest order of a name stands, without a fill, under no id,
// and whether there is one.
func (v *Venue) Standing(client string) (market.OrderUpdate, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if h := v.find(client); h != nil {
		return h.standing(market.OrderID{}), true
	}
	return market.OrderUpdate{}, false
}

// find returns the newest order of a name.
func (v *Venue) find(client string) *held {
	for _, h := range slices.Backward(v.orders) {
		if h.client == client {
			return h
		}
	}
	return nil
}

// standing is where an order stands, under our name of it.
func (h *held) standing(id market.OrderID) market.OrderUpdate {
	u := h.update
	u.ID, u.Fill = id, nil
	return u
}

// Fills implements [exchange.Broker].
func (b *Broker) Fills(ctx context.Context, i market.Instrument, after exchange.Cursor) iter.Seq2[exchange.Fill, error] {
	return func(yield func(exchange.Fill, error) bool) {
		v := b.venue
		v.mu.Lock()
		list := slices.Clone(v.fills)
		v.mu.Unlock()
		if k := slices.IndexFunc(list, func(f exchange.Fill) bool { return after.Trade != "" && f.Trade == after.Trade }); k >= 0 {
			list = list[k+1:]
		}
		for _, f := range list {
			if ctx.Err() != nil {
				yield(exchange.Fill{}, ctx.Err())
				return
			}
			if f.ID, _ = b.names.Find(f.Client); f.Symbol == i.Symbol && !yield(f, nil) {
				return
			}
		}
	}
}

// Updates implements [exchange.Broker].
func (b *Broker) Updates(ctx context.Context, ready func(), emit func(exchange.AccountEvent)) error {
	v := b.venue
	w := v.watch()
	v.mu.Lock()
	next := len(v.log)
	v.mu.Unlock()
	ready()
	return v.follow(ctx, w, func(gap *exchange.Gap) {
		v.mu.Lock()
		if gap != nil {
			next = v.link.resumed
		}
		news := v.log[next:]
		next += len(news)
		v.mu.Unlock()
		if gap != nil {
			emit(exchange.AccountEvent{Gap: gap})
		}
		for _, t := range news {
			if t.event.Update != nil {
				u := *t.event.Update
				u.ID, _ = b.names.Find(t.event.Client)
				t.event.Update = &u
			}
			emit(t.event)
		}
	}, ready)
}

// KeepAlive implements [exchange.DeadMan].
func (b *Broker) KeepAlive(ctx context.Context, i market.Instrument, within time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.venue.keepAlive(i.Symbol, within)
}

func notFound(what string) error {
	return &exchange.Fault{Kind: exchange.ErrNotFound, What: what, Err: errors.New("the venue has no such order")}
}

// rejected says that the venue did not take an order.
func rejected(symbol, reason string) error {
	return &exchange.Fault{Kind: exchange.ErrRejected, What: "order " + symbol, Err: errors.New(reason)}
}
