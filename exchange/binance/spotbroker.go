package binance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	spot "github.com/adshao/go-binance/v2"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// A spotBroker is an account of spot. It implements [exchange.Broker],
// [exchange.Lister], [exchange.Amender] and [exchange.Clock].
type spotBroker struct {
	*private
	events *userEvents
	stream func(ctx context.Context, ready func(), emit func(exchange.AccountEvent)) error

	mu      sync.Mutex
	clients map[idKey]string // what orders are called that were asked for by their numbers
}

var _ interface {
	exchange.Broker
	exchange.Lister
	exchange.Amender
	exchange.Clock
} = (*spotBroker)(nil)

// What requests of spot weigh, as the venue lists them.
const (
	spotPlace   = 1
	spotAmend   = 4
	spotFind    = 4
	spotAccount = 20
	spotOpen    = 80 // of all symbols
	spotTrades  = 20
	spotKey     = 1
)

// newSpot returns the account, once it is known that it may be traded with.
func newSpot(ctx context.Context, p *private) (*spotBroker, error) {
	b := &spotBroker{private: p, events: newUserEvents(p.names, p.log), clients: map[idKey]string{}}
	var a *spot.Account
	err := p.call(ctx, laneQuery, spotAccount, "account of spot", func(ctx context.Context) (err error) {
		a, err = p.spot.NewGetAccountService().OmitZeroBalances(true).Do(ctx, spot.WithRecvWindow(p.window.Milliseconds()))
		return err
	})
	if err != nil {
		return nil, err
	}
	if !a.CanTrade {
		return nil, &exchange.Fault{Kind: exchange.ErrRejected, What: "account of spot", Fatal: true, Err: errors.New("the venue does not let it trade"), Hint: hintKey}
	}
	return b, nil
}

// Updates implements [exchange.Broker].
func (b *spotBroker) Updates(ctx context.Context, ready func(), emit func(exchange.AccountEvent)) error {
	return b.stream(ctx, ready, emit)
}

// option sets the window of a request.
func (p *private) option() spot.RequestOption { return spot.WithRecvWindow(p.window.Milliseconds()) }

// said returns the body of the answer to a request that was sent with ctx.
func said(ctx context.Context) []byte {
	if a, ok := ctx.Value(answerKey{}).(*answer); ok {
		return a.body
	}
	return nil
}

// Submit implements [exchange.Broker].
func (b *spotBroker) Submit(ctx context.Context, i market.Instrument, o market.Order) (u market.OrderUpdate, err error) {
	what := fmt.Sprintf("order %s %s", i.Symbol, o.ID)
	if o.Quote.IsPositive() { // with more decimals than the asset has it would be refused for ever
		o.Quote = market.Floor(o.Quote, decimal.New(1, -i.QuotePrecision))
	}
	terms, err := spotTermsOf(&o)
	if err != nil {
		return u, &exchange.Fault{Kind: exchange.ErrRejected, What: what, Err: err}
	}
	err = b.call(ctx, laneOrder, spotPlace, what, func(ctx context.Context) error {
		if _, err := terms.service(b.private, i.Symbol).NewClientOrderID(b.names.Client(o.ID)).Do(ctx, b.option()); err != nil {
			return err
		}
		r, err := spotReport(readFields("order", said(ctx)))
		if err == nil {
			u = b.events.answer(r)
		}
		return err
	})
	return u, b.relist(ctx, i, err)
}

// Cancel implements [exchange.Broker].
func (b *spotBroker) Cancel(ctx context.Context, i market.Instrument, id market.OrderID) error {
	return b.call(ctx, laneCancel, spotPlace, fmt.Sprintf("cancel %s %s", i.Symbol, id), func(ctx context.Context) error {
		_, err := b.spot.NewCancelOrderService().Symbol(i.Symbol).OrigClientOrderID(b.names.Client(id)).Do(ctx, b.option())
		return err
	})
}

// Order implements [exchange.Broker].
func (b *spotBroker) Order(ctx context.Context, i market.Instrument, id market.OrderID) (u market.OrderUpdate, err error) {
	o, err := b.find(ctx, i, id)
	if err != nil {
		return u, err
	}
	return b.events.answer(o.report), nil
}

// A spotState is where an order stands, and what it is.
type spotState struct {
	report
	exchange.Open
}

// find asks where an order stands.
func (b *spotBroker) find(ctx context.Context, i market.Instrument, id market.OrderID) (o spotState, err error) {
	client := b.names.Client(id)
	err = b.call(ctx, laneQuery, spotFind, fmt.Sprintf("state of %s %s", i.Symbol, id), func(ctx context.Context) error {
		if _, err := b.spot.NewGetOrderService().Symbol(i.Symbol).OrigClientOrderID(client).Do(ctx, b.option()); err != nil {
			return err
		}
		o, err = b.state(readFields("order", said(ctx)))
		if err == nil && (o.report.symbol != i.Symbol || o.report.client != client) {
			err = fmt.Errorf("asked for %s of %s, it answers with %s of %s", client, i.Symbol, o.report.client, o.report.symbol)
		}
		return err
	})
	return o, err
}

// spotReport reads what an answer says of where an order stands.
func spotReport(f *fields) (report, error) {
	r := report{symbol: f.text("symbol"), client: f.text("clientOrderId"), id: f.whole("orderId"), filled: f.least("executedQty")}
	for _, name := range []string{"transactTime", "updateTime", "time"} {
		if f.has(name) {
			r.at = f.time(name)
			break
		}
	}
	var err error
	if r.state, r.reason, err = spotEnding(f).state(); err != nil {
		f.fail("status", err)
	}
	return r, f.err
}

func spotEnding(f *fields) ending {
	return ending{
		status: f.text("status"), why: f.maybe("expiryReason"), kind: f.maybe("type"), tif: f.maybe("timeInForce"),
		list: f.has("orderListId") && f.whole("orderListId") >= 0,
	}
}

// rowsOf reads an answer that is a list of objects.
func rowsOf(where string, body []byte) ([]*fields, error) {
	var raws []json.RawMessage
	if err := json.Unmarshal(body, &raws); err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	rows := make([]*fields, len(raws))
	for n, raw := range raws {
		rows[n] = readFields(fmt.Sprintf("%s, row %d", where, n+1), raw)
	}
	return rows, nil
}
