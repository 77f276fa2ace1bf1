package binance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/adshao/go-binance/v2/futures"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// An algoOrder is a conditional order, as the venue tells of one. The library's lacks the
// fields of trailing stops.
type algoOrder struct {
	Client     string `json:"clientAlgoId"`
	Type       string `json:"orderType"`
	Symbol     string `json:"symbol"`
	Side       string `json:"side"`
	TIF        string `json:"timeInForce"`
	Quantity   string `json:"quantity"`
	Status     string `json:"algoStatus"`
	Became     string `json:"actualOrderId"` // the order that it became; "" is none yet
	Traded     string `json:"actualQty"`     // of that one
	Trigger    string `json:"triggerPrice"`
	Price      string `json:"price"`
	Activate   string `json:"activatePrice"`
	Rate       string `json:"callbackRate"`
	ReduceOnly bool   `json:"reduceOnly"`
	Created    int64  `json:"createTime"`
	Updated    int64  `json:"updateTime"`
	Till       int64  `json:"goodTillDate"`
}

// report reads where a conditional order stands; it must be the one that was asked for.
func (a *algoOrder) report(client string) (report, error) {
	if client != "" && a.Client != client {
		return report{}, fmt.Errorf("the venue speaks of conditional order %q", a.Client)
	}
	r := report{symbol: a.Symbol, client: a.Client, waits: true}
	var err error
	if r.at, err = when(a.Updated); err != nil {
		return r, fmt.Errorf("updateTime %w", err)
	}
	if a.Became != "" {
		if r.id, err = strconv.ParseInt(a.Became, 10, 64); err != nil {
			return r, fmt.Errorf("actualOrderId %.60q is no number", a.Became)
		}
	}
	if r.filled, err = maybe("actualQty", a.Traded); err != nil {
		return r, err
	}
	quantity, err := maybe("quantity", a.Quantity)
	if err != nil {
		return r, err
	}
	whole := r.filled.IsPositive() && r.filled.Equal(quantity)
	r.state, r.reason, err = algoStatus{status: a.Status, whole: whole}.state()
	return r, err
}

// maybe is size where there may be none: "" is 0.
func maybe(name, text string) (decimal.Decimal, error) {
	if text == "" {
		return decimal.Zero, nil
	}
	return size(name, text)
}

// size reads a number exactly that cannot be below 0.
func size(name, text string) (decimal.Decimal, error) {
	d, err := exactly(name, text)
	if err == nil && d.IsNegative() {
		err = fmt.Errorf("%s %s is below 0", name, d)
	}
	return d, err
}

// Account implements [exchange.Broker]. Free and Locked of a balance are the wallet's
// together: Locked is what margin and losses hold of it. A conditional order that is
// triggered while this asks is told once, as what it became.
func (b *usdmBroker) Account(ctx context.Context) (exchange.Account, error) {
	out := exchange.Account{Time: b.public.clock.now()}
	var waiting []algoOrder
	if err := b.fetch(ctx, laneQuery, weightAll, "conditional orders of the account", "/fapi/v1/openAlgoOrders", url.Values{}, &waiting); err != nil {
		return out, err
	}
	var plain []*futures.Order
	err := b.call(ctx, laneQuery, weightAll, "orders of the account", func(ctx context.Context) (err error) {
		plain, err = b.futures.NewListOpenOrdersService().Do(ctx, b.inTime())
		return err
	})
	if err != nil {
		return out, err
	}
	a, err := b.account(ctx)
	if err == nil {
		out.CanTrade = a.CanTrade
		err = errors.Join(fillBalances(&out, a), fillPositions(&out, a), b.fillOrders(&out, plain, waiting))
	}
	var f *exchange.Fault
	if err != nil && !errors.As(err, &f) {
		err = &exchange.Fault{Kind: exchange.ErrUnavailable, What: "the account", Err: err, Hint: hintLater}
	}
	return out, err
}

// account asks for balances and positions, which belong together.
func (b *usdmBroker) account(ctx context.Context) (a *futures.Account, err error) {
	err = b.call(ctx, laneQuery, weightAccount, "balances and positions of USD-M", func(ctx context.Context) (err error) {
		a, err = b.futures.NewGetAccountService().Do(ctx, b.inTime())
		return err
	})
	return a, err
}

func fillBalances(out *exchange.Account, a *futures.Account) error {
	for _, asset := range a.Assets {
		wallet, err := exactly("walletBalance of "+asset.Asset, asset.WalletBalance)
		if err != nil {
			return err
		}
		free, err := exactly("availableBalance of "+asset.Asset, asset.AvailableBalance)
		if err != nil {
			return err
		}
		if wallet.IsZero() {
			continue
		}
		free = decimal.Min(free, wallet) // profits not yet realised are available too
		out.Balances = append(out.Balances, exchange.Balance{Asset: asset.Asset, Free: free, Locked: wallet.Sub(free)})
	}
	slices.SortFunc(out.Balances, func(x, y exchange.Balance) int { return cmp.Compare(x.Asset, y.Asset) })
	return nil
}

func fillPositions(out *exchange.Account, a *futures.Account) error {
	for _, p := range a.Positions {
		quantity, err := exactly("positionAmt of "+p.Symbol, p.PositionAmt)
		switch {
		case err != nil:
			return err
		case quantity.IsZero():
			continue
		case p.PositionSide != "" && p.PositionSide != futures.PositionSideTypeBoth:
			return hedgeMode()
		}
		position := exchange.Position{Symbol: p.Symbol, Quantity: quantity, Isolated: p.Isolated}
		if position.Entry, err = exactly("entryPrice of "+p.Symbol, p.EntryPrice); err != nil {
			return err
		}
		if position.Leverage, err = exactly("leverage of "+p.Symbol, p.Leverage); err != nil {
			return err
		}
		out.Positions = append(out.Positions, position)
	}
	slices.SortFunc(out.Positions, func(x, y exchange.Position) int { return cmp.Compare(x.Symbol, y.Symbol) })
	return nil
}

func (b *usdmBroker) fillOrders(out *exchange.Account, plain []*futures.Order, waiting []algoOrder) error {
	became := map[string]bool{}
	for _, o := range plain {
		open, err := b.plainOrder(o)
		if err != nil {
			return err
		}
		became[o.ClientOrderID], became[strconv.FormatInt(o.OrderID, 10)] = true, true
		out.Orders = append(out.Orders, open)
	}
	for i := range waiting {
		a := &waiting[i]
		if a.Became != "" && became[a.Became] || became[a.Client] {
			continue
		}
		open, err := b.waitingOrder(a)
		if err != nil {
			return err
		}
		out.Orders = append(out.Orders, open)
	}
	slices.SortStableFunc(out.Orders, func(x, y exchange.Open) int { return cmp.Compare(x.Created, y.Created) })
	return nil
}

// plainOrder reads an order that works. One of ours that a conditional order became is
// that order.
func (b *usdmBroker) plainOrder(o *futures.Order) (exchange.Open, error) {
	words := wording{
		client: o.ClientOrderID, kind: cmp.Or(string(o.OrigType), string(o.Type)), side: string(o.Side), tif: string(o.TimeInForce),
		quantity: o.OrigQuantity, price: o.Price, stop: o.StopPrice, activate: o.ActivatePrice, rate: o.PriceRate,
		till: o.GoodTillDate, reduces: o.ReduceOnly,
	}
	client := o.ClientOrderID
	if called, ok := b.events.called(o.Symbol, o.OrderID); ok {
		client, words.client = called, called
	}
	order, err := words.order(b.names)
	if err != nil {
		return exchange.Open{}, fmt.Errorf("order %d of %s: %w", o.OrderID, o.Symbol, err)
	}
	filled, err := size("executedQty", o.ExecutedQuantity)
	if err != nil {
		return exchange.Open{}, fmt.Errorf("order %d of %s: %w", o.OrderID, o.Symbol, err)
	}
	return exchange.Open{Client: client, Order: order, Symbol: o.Symbol, Filled: filled, Created: market.Millis(o.Time)}, nil
}

func (b *usdmBroker) waitingOrder(a *algoOrder) (exchange.Open, error) {
	words := wording{
		client: a.Client, kind: a.Type, side: a.Side, tif: a.TIF, quantity: a.Quantity, price: a.Price, stop: a.Trigger,
		activate: a.Activate, rate: a.Rate, till: a.Till, reduces: a.ReduceOnly,
	}
	order, err := words.order(b.names)
	if err != nil {
		return exchange.Open{}, fmt.Errorf("conditional order %s of %s: %w", a.Client, a.Symbol, err)
	}
	return exchange.Open{Client: a.Client, Order: order, Symbol: a.Symbol, Created: market.Millis(a.Created)}, nil
}

// A wording is what the venue says an order is.
type wording struct {
	client, kind, side, tif               string
	quantity, price, stop, activate, rate string
	till                                  int64
	reduces                               bool
}

// typesOf are the types of orders by the venue's words. Others have none here: they are of
// orders that are not ours.
var typesOf = map[string]market.Type{
	"MARKET": market.Market, "LIMIT": market.Limit, "STOP_MARKET": market.Stop, "STOP": market.StopLimit,
	"TAKE_PROFIT_MARKET": market.TakeProfit, "TAKE_PROFIT": market.TakeProfitLimit, "TRAILING_STOP_MARKET": market.TrailingStop,
}

// order returns the order that is meant.
func (w wording) order(names *exchange.Names) (o market.Order, err error) {
	o = market.Order{Type: typesOf[w.kind], Side: market.Buy, ReduceOnly: w.reduces, PostOnly: w.tif == "GTX"}
	o.ID, _ = names.Find(w.client)
	o.Strategy = o.ID.Strategy
	switch {
	case w.side == "SELL":
		o.Side = market.Sell
	case w.side != "BUY":
		return o, fmt.Errorf("side %.20q is none", w.side)
	}
	switch w.tif {
	case "IOC":
		o.TIF = market.IOC
	case "FOK":
		o.TIF = market.FOK
	case "GTD":
		o.TIF, o.Expire = market.GTD, market.Millis(w.till)
	}
	if o.Quantity, err = size("quantity", w.quantity); err != nil {
		return o, err
	}
	if o.Priced() {
		if o.Price, err = size("price", w.price); err != nil {
			return o, err
		}
	}
	if o.Triggered() {
		o.Stop, err = size("trigger price", w.stop)
	}
	if o.Type == market.TrailingStop && err == nil {
		o.Trail.Unit = market.TrailPercent
		if o.Trail.By, err = maybe("callbackRate", w.rate); err == nil {
			o.Trail.Activate, err = maybe("activatePrice", w.activate)
		}
	}
	return o, err
}
