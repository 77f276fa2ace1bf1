package binance

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/adshao/go-binance/v2/futures"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// Submit implements [exchange.Broker]. Before the first order of an instrument its
// leverage and margin type are set.
func (b *usdmBroker) Submit(ctx context.Context, i market.Instrument, o market.Order) (market.OrderUpdate, error) {
	client, what := b.names.Client(o.ID), "order "+i.Symbol
	send, err := b.order(i.Symbol, client, &o)
	if err != nil {
		return market.OrderUpdate{}, refused(what, err)
	}
	if err := b.Prepare(ctx, i); err != nil {
		return market.OrderUpdate{}, err
	}
	b.events.expect(i.Symbol, client, conditional(o.Type))
	var r report
	err = b.call(ctx, laneOrder, 0, what, func(ctx context.Context) (err error) {
		r, err = send(ctx)
		return err
	})
	if err != nil {
		if !errors.Is(err, exchange.ErrUnknown) {
			b.events.drop(i.Symbol, client)
		}
		return market.OrderUpdate{}, b.relist(ctx, i, err)
	}
	return b.events.answer(r), nil
}

// conditional reports whether orders of a type are the business of the algo service.
func conditional(t market.Type) bool { return t >= market.Stop }

// A sending sends an order and says where it stands.
type sending func(context.Context) (report, error)

// order returns how to send an order, unless the venue has no way to say what it wants.
func (b *usdmBroker) order(symbol, client string, o *market.Order) (sending, error) {
	tif, till, err := b.timeInForce(o)
	switch {
	case err != nil:
		return nil, err
	case o.Quote.IsPositive():
		return nil, errors.New("USD-M has no orders for an amount of quote: name a quantity")
	case conditional(o.Type):
		return b.conditional(symbol, client, o, tif, till)
	}
	s := b.futures.NewCreateOrderService().Symbol(symbol).NewClientOrderID(client).Side(sideOf(o.Side)).
		Type(futures.OrderTypeMarket).Quantity(o.Quantity.String()).NewOrderResponseType(futures.NewOrderRespTypeRESULT).
		SelfTradePreventionMode(futures.SelfTradePreventionMode(b.stp))
	if o.Type == market.Limit {
		s.Type(futures.OrderTypeLimit).Price(o.Price.String()).TimeInForce(tif).GoodTillDate(till)
	}
	if o.ReduceOnly {
		s.ReduceOnly(true)
	}
	return func(ctx context.Context) (report, error) {
		a, err := s.Do(ctx, b.inTime())
		if err != nil {
			return report{}, err
		}
		return stands(client, &futures.Order{
			Symbol: a.Symbol, OrderID: a.OrderID, ClientOrderID: a.ClientOrderID, Status: a.Status, ExecutedQuantity: a.ExecutedQuantity,
			Type: a.Type, TimeInForce: a.TimeInForce, UpdateTime: a.UpdateTime,
		})
	}, nil
}

// algoTypes are the venue's words for conditional orders.
var algoTypes = map[market.Type]futures.AlgoOrderType{
	market.Stop:            futures.AlgoOrderTypeStopMarket,
	market.StopLimit:       futures.AlgoOrderTypeStop,
	market.TakeProfit:      futures.AlgoOrderTypeTakeProfitMarket,
	market.TakeProfitLimit: futures.AlgoOrderTypeTakeProfit,
	market.TrailingStop:    futures.AlgoOrderTypeTrailingStopMarket,
}

// conditional returns how to send an order that waits for a price of trades.
func (b *usdmBroker) conditional(symbol, client string, o *market.Order, tif futures.TimeInForceType, till int64) (sending, error) {
	kind, ok := algoTypes[o.Type]
	if !ok {
		return nil, fmt.Errorf("a %s order is nothing the venue knows", o.Type)
	}
	s := b.futures.NewCreateAlgoOrderService().AlgoType(futures.OrderAlgoTypeConditional).Symbol(symbol).ClientAlgoId(client).
		Side(sideOf(o.Side)).Type(kind).Quantity(o.Quantity.String()).WorkingType(futures.WorkingTypeContractPrice).
		SelfTradePreventionMode(futures.SelfTradePreventionMode(b.stp))
	if o.Triggered() {
		s.TriggerPrice(o.Stop.String())
	}
	if o.Priced() {
		s.Price(o.Price.String())
	}
	if o.Priced() || tif == futures.TimeInForceTypeGTD {
		s.TimeInForce(tif).GoodTillDate(till)
	}
	if o.Type == market.TrailingStop {
		rate, err := callbackRate(o.Trail)
		if err != nil {
			return nil, err
		}
		s.CallbackRate(rate)
		if o.Trail.Activate.IsPositive() {
			s.ActivatePrice(o.Trail.Activate.String())
		}
	}
	if o.ReduceOnly {
		s.ReduceOnly(true)
	}
	return func(ctx context.Context) (report, error) {
		a, err := s.Do(ctx, b.inTime())
		if err != nil {
			return report{}, err
		}
		return (&algoOrder{Client: a.ClientAlgoId, Symbol: a.Symbol, Status: string(a.AlgoStatus), Updated: a.UpdateTime}).report(client)
	}, nil
}

// The venue's bounds of a trailing distance, in percent.
var leastRate, mostRate = decimal.New(1, -1), decimal.New(10, 0)

// callbackRate returns a trailing distance as the venue wants it: in percent, with one
// decimal.
func callbackRate(t market.Trail) (string, error) {
	rate := t.By
	switch t.Unit {
	case market.TrailBps:
		rate = rate.Shift(-2)
	case market.TrailPrice:
		return "", fmt.Errorf("a trailing stop that stays %s of quote behind: USD-M knows percent only", t.By)
	}
	if !rate.Equal(rate.Truncate(1)) || rate.LessThan(leastRate) || rate.GreaterThan(mostRate) {
		return "", fmt.Errorf("a trailing stop that stays %s %% behind: USD-M knows %s %% to %s %% with one decimal", rate, leastRate, mostRate)
	}
	return rate.Truncate(1).String(), nil
}

// leastTill is how far away the end of a good-till-date order must be.
const leastTill = 600 * time.Second

// timeInForce returns how long an order stays, and until when, in milliseconds, if it ends
// at a date.
func (b *usdmBroker) timeInForce(o *market.Order) (futures.TimeInForceType, int64, error) {
	switch {
	case o.Type == market.Market && o.TIF == market.FOK:
		return "", 0, errors.New("USD-M has no market orders that fill whole or not at all")
	case o.PostOnly && o.TIF != market.GTC:
		return "", 0, fmt.Errorf("USD-M has no post-only orders that are %s", o.TIF)
	case o.PostOnly:
		return futures.TimeInForceTypeGTX, 0, nil
	case o.TIF == market.IOC:
		return futures.TimeInForceTypeIOC, 0, nil
	case o.TIF == market.FOK:
		return futures.TimeInForceTypeFOK, 0, nil
	case o.TIF == market.GTD && o.Type != market.Market:
		now := b.public.clock.now()
		if o.Expire-now < market.Time(leastTill) {
			return "", 0, fmt.Errorf("an order until %s: USD-M wants at least %s from now, %s", o.Expire, leastTill, now)
		}
		return futures.TimeInForceTypeGTD, o.Expire.Millis(), nil
	}
	return futures.TimeInForceTypeGTC, 0, nil
}

func sideOf(s market.Side) futures.SideType {
	if s == market.Buy {
		return futures.SideTypeBuy
	}
	return futures.SideTypeSell
}

// stands reads where an order stands; it must be the one that was asked for.
func stands(client string, o *futures.Order) (report, error) {
	if client != "" && o.ClientOrderID != client {
		return report{}, fmt.Errorf("the venue speaks of order %q", o.ClientOrderID)
	}
	r := report{symbol: o.Symbol, client: o.ClientOrderID, id: o.OrderID}
	var err error
	if r.filled, err = size("executedQty", o.ExecutedQuantity); err != nil {
		return r, err
	}
	if r.at, err = when(o.UpdateTime); err != nil {
		return r, fmt.Errorf("updateTime %w", err)
	}
	r.state, r.reason, err = ending{status: string(o.Status), kind: string(o.Type), tif: string(o.TimeInForce)}.state()
	return r, err
}

// A way asks for, or of, an order by what it is called.
type way func(ctx context.Context, symbol, client string) (report, error)

// find goes the ways to an order: that of plain orders, that of conditional ones, or where
// nobody knows which it is both. One that waited may have become a plain order.
func (b *usdmBroker) find(ctx context.Context, i market.Instrument, id market.OrderID, plain, waiting way) (r report, err error) {
	client, ways := b.names.Client(id), []way{plain, waiting}
	switch waits, known := b.events.kind(i.Symbol, client); {
	case waits:
		ways = []way{waiting, plain}
	case known:
		ways = ways[:1]
	}
	for _, w := range ways {
		if r, err = w(ctx, i.Symbol, client); !errors.Is(err, exchange.ErrNotFound) {
			return r, err
		}
	}
	return r, err
}

// Order implements [exchange.Broker].
func (b *usdmBroker) Order(ctx context.Context, i market.Instrument, id market.OrderID) (market.OrderUpdate, error) {
	r, err := b.find(ctx, i, id, b.askPlain, b.askWaiting)
	if err != nil {
		return market.OrderUpdate{}, err
	}
	return b.events.answer(r), nil
}

func (b *usdmBroker) askPlain(ctx context.Context, symbol, client string) (r report, err error) {
	err = b.call(ctx, laneQuery, weightOne, "where an order of "+symbol+" stands", func(ctx context.Context) error {
		o, err := b.futures.NewGetOrderService().Symbol(symbol).OrigClientOrderID(client).Do(ctx, b.inTime())
		if err == nil {
			r, err = stands(client, o)
		}
		return err
	})
	return r, err
}

// askWaiting asks for a conditional order, and for what it became.
func (b *usdmBroker) askWaiting(ctx context.Context, symbol, client string) (report, error) {
	var a algoOrder
	what := "where a conditional order of " + symbol + " stands"
	if err := b.fetch(ctx, laneQuery, weightOne, what, "/fapi/v1/algoOrder", url.Values{"clientAlgoId": {client}}, &a); err != nil {
		return report{}, err
	}
	r, err := a.report(client)
	if err != nil {
		return r, &exchange.Fault{Kind: exchange.ErrUnavailable, What: what, Err: err}
	}
	if r.id == 0 || r.state.Final() {
		return r, nil
	}
	err = b.call(ctx, laneQuery, weightOne, what, func(ctx context.Context) error {
		o, err := b.futures.NewGetOrderService().Symbol(symbol).OrderID(r.id).Do(ctx, b.inTime())
		if err != nil {
			return err
		}
		became, err := stands("", o)
		became.client, became.waits = client, true
		r = became
		return err
	})
	return r, err
}

// Cancel implements [exchange.Broker].
func (b *usdmBroker) Cancel(ctx context.Context, i market.Instrument, id market.OrderID) error {
	r, err := b.find(ctx, i, id, b.cancelPlain, b.cancelWaiting)
	if err == nil && r.state.Final() {
		b.events.answer(r)
	}
	return err
}

func (b *usdmBroker) cancelPlain(ctx context.Context, symbol, client string) (r report, err error) {
	err = b.call(ctx, laneCancel, weightOne, "cancel an order of "+symbol, func(ctx context.Context) error {
		a, err := b.futures.NewCancelOrderService().Symbol(symbol).OrigClientOrderID(client).Do(ctx, b.inTime())
		if err != nil {
			return err
		}
		r, err = stands(client, &futures.Order{
			Symbol: a.Symbol, OrderID: a.OrderID, ClientOrderID: a.ClientOrderID, Status: a.Status, ExecutedQuantity: a.ExecutedQuantity,
			Type: a.Type, TimeInForce: a.TimeInForce, UpdateTime: a.UpdateTime,
		})
		return err
	})
	return r, err
}

func (b *usdmBroker) cancelWaiting(ctx context.Context, symbol, client string) (report, error) {
	err := b.call(ctx, laneCancel, weightOne, "cancel a conditional order of "+symbol, func(ctx context.Context) error {
		_, err := b.futures.NewCancelAlgoOrderService().ClientAlgoID(client).Do(ctx, b.inTime())
		return err
	})
	return report{}, err // its event says the rest
}

// Amend implements [exchange.Amender]: limit orders alone, quantity and price.
func (b *usdmBroker) Amend(ctx context.Context, i market.Instrument, o market.Order) (market.OrderUpdate, error) {
	client, what := b.names.Client(o.ID), "change of an order of "+i.Symbol
	if o.Type != market.Limit {
		return market.OrderUpdate{}, unchanged(refused(what, fmt.Errorf("a %s order: USD-M changes limit orders alone", o.Type)))
	}
	var r report
	err := b.call(ctx, laneOrder, weightOne, what, func(ctx context.Context) error {
		a, err := b.futures.NewModifyOrderService().Symbol(i.Symbol).OrigClientOrderID(client).Side(sideOf(o.Side)).
			Quantity(o.Quantity.String()).Price(o.Price.String()).Do(ctx, b.inTime())
		if err != nil {
			return err
		}
		r, err = stands(client, &futures.Order{
			Symbol: a.Symbol, OrderID: a.OrderID, ClientOrderID: a.ClientOrderID, Status: a.Status, ExecutedQuantity: a.ExecutedQuantity,
			Type: a.Type, TimeInForce: a.TimeInForce, UpdateTime: a.UpdateTime,
		})
		if err == nil {
			r.change, err = changed(a)
		}
		return err
	})
	if err != nil {
		return market.OrderUpdate{}, unchanged(err)
	}
	return b.events.answer(r), nil
}

// changed reads what an order is now.
func changed(a *futures.ModifyOrderResponse) (*change, error) {
	c := &change{at: market.Millis(a.UpdateTime)}
	var err error
	if c.quantity, err = size("origQty", a.OriginalQuantity); err == nil {
		c.price, err = size("price", a.Price)
	}
	return c, err
}

// unchanged marks the refusal of a change for the engine.
func unchanged(err error) error {
	var f *exchange.Fault
	if errors.As(err, &f) && f.Reason == "" && (errors.Is(err, exchange.ErrRejected) || errors.Is(err, exchange.ErrNotFound)) {
		f.Reason = market.AmendRejected
	}
	return err
}
