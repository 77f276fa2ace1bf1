package binance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// An amendment is one change of a resting order.
type amendment struct {
	b    *spotBroker
	in   market.Instrument
	what string
	from spotState    // what it is
	to   market.Order // what it is to be
	left bool         // another one may have taken its place
}

// Amend implements [exchange.Amender]. Where only the quantity falls, the order keeps its
// place in the queue. Any other change cancels it and puts another one in its place, in
// one request and under the same name, and only while nothing of it has filled. An order
// that was cancelled and whose successor was refused is [market.Cancelled].
func (b *spotBroker) Amend(ctx context.Context, i market.Instrument, o market.Order) (u market.OrderUpdate, err error) {
	a := &amendment{b: b, in: i, what: fmt.Sprintf("amend %s %s", i.Symbol, o.ID), to: o}
	if o.Type != market.Limit {
		return u, a.refused(fmt.Errorf("it is a %s order: only limit orders are amended", o.Type))
	}
	if a.from, err = b.find(ctx, i, o.ID); err != nil {
		return u, err
	}
	was := a.from.Open.Order
	switch same := o.Price.Equal(was.Price); {
	case a.from.state.Final():
		b.events.answer(a.from.report)
		return u, a.refused(fmt.Errorf("it is %s", a.from.state))
	case same && o.Quantity.Equal(was.Quantity):
		return a.done(a.from.report), nil
	case same && o.Quantity.LessThan(was.Quantity):
		u, err = a.shrink(ctx)
	case a.from.filled.IsPositive():
		return u, a.refused(errors.New("part of it has filled: only its quantity may fall then"))
	default:
		u, err = a.replace(ctx)
	}
	var f *exchange.Fault
	if errors.As(err, &f) && f.Kind == exchange.ErrUnknown {
		u, err = a.settle(ctx, f)
	}
	return u, b.relist(ctx, i, err)
}

func (a *amendment) refused(err error) error {
	return &exchange.Fault{Kind: exchange.ErrRejected, What: a.what, Err: err, Reason: market.AmendRejected}
}

// done returns where the amended order stands.
func (a *amendment) done(r report) market.OrderUpdate {
	r.change = &change{quantity: a.to.Quantity, price: a.to.Price, at: r.at}
	return a.b.events.answer(r)
}

// shrink lowers the quantity in place.
func (a *amendment) shrink(ctx context.Context) (u market.OrderUpdate, err error) {
	client := a.b.names.Client(a.to.ID)
	params := url.Values{
		"symbol": {a.in.Symbol}, "origClientOrderId": {client}, "newClientOrderId": {client}, "newQty": {a.to.Quantity.String()},
	}
	err = a.b.send(ctx, request{what: a.what, lane: laneOrder, weight: spotAmend}, func(ctx context.Context) error {
		body, err := a.b.signed(ctx, http.MethodPut, "/api/v3/order/amend/keepPriority", params)
		if err != nil {
			return err
		}
		f := readFields("amendment", body)
		at := f.time("transactTime")
		order := f.object("amendedOrder")
		r, err := spotReport(order)
		if f.join(order); f.err != nil {
			return f.err
		}
		r.at = at
		u = a.done(r)
		return err
	})
	return u, err
}

// replace cancels the order and places another one under its name.
func (a *amendment) replace(ctx context.Context) (u market.OrderUpdate, err error) {
	t, err := spotTermsOf(&a.to)
	if err != nil {
		return u, a.refused(err)
	}
	params := url.Values{
		"symbol": {a.in.Symbol}, "side": {t.side}, "quantity": {t.quantity}, "cancelReplaceMode": {"STOP_ON_FAILURE"},
		"cancelOrderId": {fmt.Sprint(a.from.id)}, "cancelRestrictions": {"ONLY_NEW"}, "newOrderRespType": {"FULL"}, "selfTradePreventionMode": {a.b.stp},
	}
	client := a.b.names.Client(a.to.ID)
	t.put(params, "", client)
	params.Del("clientOrderId")
	params.Set("newClientOrderId", client)
	a.left = true
	a.b.events.leave(a.from.report) // its end is not the end of the order
	var body []byte
	err = a.b.send(ctx, request{what: a.what, lane: laneOrder, weight: spotPlace, orders: 1}, func(ctx context.Context) error {
		var err error
		if body, err = a.b.signed(ctx, http.MethodPost, "/api/v3/order/cancelReplace", params); err != nil {
			return err
		}
		f := readFields("cancelReplace", body)
		order := f.object("newOrderResponse")
		r, err := spotReport(order)
		if f.join(order); f.err != nil {
			return f.err
		}
		u = a.done(r)
		return err
	})
	var f *exchange.Fault
	if !errors.As(err, &f) {
		if err != nil { // nothing was sent
			a.b.events.stay(a.from.report)
		}
		return u, err
	}
	switch {
	case f.Code == codeHalf:
		return a.gone(halves(body).refusal("newOrderResponse")), nil
	case f.Kind == exchange.ErrUnknown:
		return u, f
	case f.Code == codeBoth:
		f.Err = hidden{errors.New(halves(body).refusal("cancelResponse")), a.b.key}
	}
	a.b.events.stay(a.from.report)
	f.Reason = market.AmendRejected
	return u, f
}

// gone returns an order that was cancelled and whose successor was refused.
func (a *amendment) gone(why string) market.OrderUpdate {
	a.b.events.stay(a.from.report)
	r := a.from.report
	r.state, r.reason, r.at = market.Cancelled, "it was cancelled to be amended, and the venue refused what it was to be: "+why, a.b.public.clock.now()
	return a.b.events.answer(r)
}

// halves are what the venue says of the two halves of a replacement that failed.
func halves(body []byte) *fields { return readFields("cancelReplace", body).object("data") }

// refusal returns the venue's words on one half.
func (f *fields) refusal(half string) string {
	message := f.object(half).maybe("msg")
	if message == "" {
		return "the venue does not say why"
	}
	return line(message)
}

// settle finds out what became of a change without an answer, by asking.
func (a *amendment) settle(ctx context.Context, failed *exchange.Fault) (u market.OrderUpdate, err error) {
	for pause := 250 * time.Millisecond; ; pause = min(2*pause, 4*time.Second) {
		if a.b.sleep(ctx, pause) != nil {
			return u, failed
		}
		asked := a.b.public.o.Now()
		now, err := a.b.find(ctx, a.in, a.to.ID)
		if err != nil {
			continue // until ctx ends: it was there, so that it must be found
		}
		was := now.Open.Order
		switch {
		case now.id != a.from.id, was.Quantity.Equal(a.to.Quantity) && was.Price.Equal(a.to.Price):
			return a.done(now.report), nil
		case !asked.After(failed.Until):
		case a.left && now.state == market.Cancelled:
			return a.gone("its answer was lost"), nil
		default:
			a.b.events.stay(a.from.report)
			a.b.events.answer(now.report)
			return u, a.refused(errors.New("the venue did not take the change"))
		}
	}
}
