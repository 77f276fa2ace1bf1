package binance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"

	spot "github.com/adshao/go-binance/v2"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// Account implements [exchange.Broker].
func (b *spotBroker) Account(ctx context.Context) (a exchange.Account, err error) {
	a.Time = b.public.clock.now()
	if a.Orders, err = b.open(ctx); err != nil {
		return a, err
	}
	err = b.call(ctx, laneQuery, spotAccount, "account of spot", func(ctx context.Context) error {
		if _, err := b.spot.NewGetAccountService().OmitZeroBalances(true).Do(ctx, b.option()); err != nil {
			return err
		}
		f := readFields("account", said(ctx))
		a.CanTrade, a.Balances = f.is("canTrade"), nil
		for _, row := range f.list("balances") {
			has := exchange.Balance{Asset: row.text("asset"), Free: row.least("free"), Locked: row.least("locked")}
			if !has.Free.IsZero() || !has.Locked.IsZero() {
				a.Balances = append(a.Balances, has)
			}
			f.join(row)
		}
		return f.err
	})
	slices.SortFunc(a.Balances, func(a, b exchange.Balance) int { return cmp.Compare(a.Asset, b.Asset) })
	return a, err
}

// open asks for the orders that work.
func (b *spotBroker) open(ctx context.Context) (all []exchange.Open, err error) {
	err = b.call(ctx, laneQuery, spotOpen, "open orders of spot", func(ctx context.Context) error {
		if _, err := b.spot.NewListOpenOrdersService().Do(ctx, b.option()); err != nil {
			return err
		}
		rows, err := rowsOf("open orders", said(ctx))
		if err != nil {
			return err
		}
		all = make([]exchange.Open, 0, len(rows))
		for _, row := range rows {
			o, err := b.state(row)
			if err != nil {
				return err
			}
			if o.Order.ID.Sequence > 0 {
				b.events.answer(o.report)
			}
			all = append(all, o.Open)
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b exchange.Open) int { return cmp.Compare(a.Created, b.Created) })
	return all, err
}

// spotFills is the most trades that one answer holds.
const spotFills = 1000

// Fills implements [exchange.Broker].
func (b *spotBroker) Fills(ctx context.Context, i market.Instrument, after exchange.Cursor) iter.Seq2[exchange.Fill, error] {
	return func(yield func(exchange.Fill, error) bool) {
		ask := b.spot.NewListTradesService().Symbol(i.Symbol).Limit(spotFills)
		last, err := strconv.ParseInt(after.Trade, 10, 64)
		switch {
		case after.Trade != "" && (err != nil || last < 0):
			yield(exchange.Fill{}, &exchange.Fault{Kind: exchange.ErrRejected, What: "trades of " + i.Symbol, Err: fmt.Errorf("%.60q is no trade of this venue", after.Trade)})
			return
		case after.Trade == "" && after.Time > 0:
			ask.StartTime(after.Time.Millis())
			last = -1
		default:
			if after.Trade == "" {
				last = -1
			}
			ask.FromID(last + 1)
		}
		for {
			page, err := b.trades(ctx, i, ask, last)
			if err != nil {
				yield(exchange.Fill{}, err)
				return
			}
			for _, t := range page {
				fill, err := b.fill(ctx, i, t)
				if !yield(fill, err) || err != nil {
					return
				}
				last = t.trade
			}
			if len(page) == 0 { // a short one may have been cut
				return
			}
			ask = b.spot.NewListTradesService().Symbol(i.Symbol).Limit(spotFills).FromID(last + 1)
		}
	}
}

// A spotTrade is a row of the account's trades.
type spotTrade struct {
	market.Fill
	trade, order int64
	side         market.Side
}

// trades asks for a page of trades after one.
func (b *spotBroker) trades(ctx context.Context, i market.Instrument, ask *spot.ListTradesService, after int64) (page []spotTrade, err error) {
	err = b.call(ctx, laneQuery, spotTrades, "trades of "+i.Symbol, func(ctx context.Context) error {
		if _, err := ask.Do(ctx, b.option()); err != nil {
			return err
		}
		rows, err := rowsOf("trades of "+i.Symbol, said(ctx))
		if err != nil {
			return err
		}
		page = page[:0]
		last := after
		for _, f := range rows {
			t := spotTrade{trade: f.whole("id"), order: f.whole("orderId")}
			if t.side = market.Sell; f.is("isBuyer") {
				t.side = market.Buy
			}
			if t.trade <= last {
				f.fail("id", fmt.Errorf("%d does not follow %d", t.trade, last))
			}
			last = t.trade
			t.Fill = market.Fill{
				Trade: strconv.FormatInt(t.trade, 10), Time: f.time("time"), Price: f.above("price"), Quantity: f.above("qty"),
				Fee: f.least("commission"), FeeAsset: f.text("commissionAsset"), Maker: f.is("isMaker"),
			}
			if f.err != nil {
				return f.err
			}
			page = append(page, t)
		}
		return nil
	})
	return page, err
}

// fill says whose a trade is.
func (b *spotBroker) fill(ctx context.Context, i market.Instrument, t spotTrade) (exchange.Fill, error) {
	fill := exchange.Fill{Fill: t.Fill, Symbol: i.Symbol, Side: t.side}
	client, err := b.called(ctx, i, t.order)
	switch {
	case errors.Is(err, exchange.ErrNotFound) && b.public.clock.now()-t.Time < market.Time(mayLag):
		return exchange.Fill{}, &exchange.Fault{
			Kind: exchange.ErrUnavailable, What: "trades of " + i.Symbol, Err: fmt.Errorf("trade %d: the venue does not say yet what its order is called", t.trade), Hint: hintLater,
		}
	case errors.Is(err, exchange.ErrNotFound): // it was archived
		b.remember(idKey{i.Symbol, t.order}, "")
	case err != nil:
		return exchange.Fill{}, err
	}
	fill.Client = client
	fill.ID, _ = b.names.Find(client)
	return fill, nil
}

// called returns what the venue calls an order of a number.
func (b *spotBroker) called(ctx context.Context, i market.Instrument, order int64) (string, error) {
	key := idKey{i.Symbol, order}
	if client, ok := b.events.called(i.Symbol, order); ok {
		return client, nil
	}
	b.mu.Lock()
	client, ok := b.clients[key]
	b.mu.Unlock()
	if ok {
		return client, nil
	}
	err := b.call(ctx, laneQuery, spotFind, fmt.Sprintf("order %d of %s", order, i.Symbol), func(ctx context.Context) error {
		o, err := b.spot.NewGetOrderService().Symbol(i.Symbol).OrderID(order).Do(ctx, b.option())
		if err == nil {
			client = o.ClientOrderID
		}
		return err
	})
	if err != nil {
		return "", err
	}
	b.remember(key, client)
	return client, nil
}

func (b *spotBroker) remember(key idKey, client string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.clients) >= maxClients {
		clear(b.clients)
	}
	b.clients[key] = client
}
