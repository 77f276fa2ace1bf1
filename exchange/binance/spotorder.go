package binance

import (
	"errors"
	"fmt"
	"net/url"

	spot "github.com/adshao/go-binance/v2"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// spotTerms are an order in the venue's words, but for what it is called. Empty ones are
// not sent.
type spotTerms struct {
	side, kind, tif                     string
	quantity, quote, price, stop, trail string
}

// venueTypes are the venue's words for order types.
var venueTypes = map[market.Type]string{
	market.Market: "MARKET", market.Limit: "LIMIT", market.Stop: "STOP_LOSS", market.StopLimit: "STOP_LOSS_LIMIT",
	market.TakeProfit: "TAKE_PROFIT", market.TakeProfitLimit: "TAKE_PROFIT_LIMIT", market.TrailingStop: "STOP_LOSS",
}

// spotTermsOf puts an order into the venue's words. An error says what the venue has no
// words for.
func spotTermsOf(o *market.Order) (t spotTerms, err error) {
	t = spotTerms{side: map[market.Side]string{market.Buy: "BUY", market.Sell: "SELL"}[o.Side], kind: venueTypes[o.Type]}
	switch {
	case o.Validate() != nil:
		return t, o.Validate()
	case o.TIF == market.GTD:
		return t, errors.New("orders of Binance spot do not expire at a time: use gtc, and cancel it then")
	case o.Type == market.Market && o.TIF == market.FOK:
		return t, errors.New("market orders of Binance spot fill as far as they can: use a limit order that is fok")
	case o.Quantity.IsPositive():
		t.quantity = o.Quantity.String()
	default:
		t.quote = o.Quote.String()
	}
	if o.Priced() {
		t.price, t.tif = o.Price.String(), map[market.TIF]string{market.GTC: "GTC", market.IOC: "IOC", market.FOK: "FOK"}[o.TIF]
	}
	if o.PostOnly {
		t.kind, t.tif = "LIMIT_MAKER", ""
	}
	if o.Triggered() {
		t.stop = o.Stop.String()
	}
	if o.Type == market.TrailingStop {
		t.trail, err = trailingDelta(o.Trail)
	}
	return t, err
}

// trailingDelta returns a trailing distance in the venue's unit, whole basis points.
func trailingDelta(t market.Trail) (string, error) {
	by := t.By
	switch t.Unit {
	case market.TrailPrice:
		return "", errors.New("trailing stops of Binance spot follow by a share of the price, not by an amount: use percent or bps")
	case market.TrailPercent:
		by = by.Mul(decimal.New(100, 0))
	}
	switch {
	case !by.IsInteger():
		return "", fmt.Errorf("trailing stops of Binance spot follow by whole basis points, not by %s", by)
	case t.Activate.IsPositive():
		return "", errors.New("trailing stops of Binance spot begin at once: leave activate out")
	}
	return by.String(), nil
}

// service returns the library's request for the order. Everything that the venue would
// choose by itself is said.
func (t spotTerms) service(p *private, symbol string) *spot.CreateOrderService {
	s := p.spot.NewCreateOrderService().Symbol(symbol).Side(spot.SideType(t.side)).Type(spot.OrderType(t.kind))
	s.NewOrderRespType(spot.NewOrderRespTypeFULL).SelfTradePreventionMode(spot.SelfTradePreventionMode(p.stp))
	if t.tif != "" {
		s.TimeInForce(spot.TimeInForceType(t.tif))
	}
	if t.quantity != "" {
		s.Quantity(t.quantity)
	}
	if t.quote != "" {
		s.QuoteOrderQty(t.quote)
	}
	if t.price != "" {
		s.Price(t.price)
	}
	if t.stop != "" {
		s.StopPrice(t.stop)
	}
	if t.trail != "" {
		s.TrailingDelta(t.trail)
	}
	return s
}

// put adds the order to parameters, under names such as pendingAboveType; a list says
// side and quantity by itself.
func (t spotTerms) put(params url.Values, prefix, client string) {
	name := func(s string) string {
		if prefix == "" {
			return string(s[0]|0x20) + s[1:]
		}
		return prefix + s
	}
	params.Set(name("Type"), t.kind)
	params.Set(name("ClientOrderId"), client)
	for key, value := range map[string]string{"TimeInForce": t.tif, "Price": t.price, "StopPrice": t.stop, "TrailingDelta": t.trail} {
		if value != "" {
			params.Set(name(key), value)
		}
	}
}

// state reads an order as it stands at the venue.
func (p *private) state(f *fields) (s spotState, err error) {
	if s.report, err = spotReport(f); err != nil {
		return s, err
	}
	o := market.Order{Quantity: f.least("origQty"), Price: f.least("price")}
	if f.has("stopPrice") {
		o.Stop = f.least("stopPrice")
	}
	if f.has("trailingDelta") {
		o.Trail.By, o.Trail.Unit = f.least("trailingDelta"), market.TrailBps
	}
	if o.Quantity.IsZero() && f.has("origQuoteOrderQty") {
		o.Quote = f.least("origQuoteOrderQty")
	}
	spotKind(f, &o)
	o.ID, _ = p.names.Find(s.report.client)
	o.Strategy = o.ID.Strategy
	s.Open = exchange.Open{Client: s.report.client, Order: o, Symbol: s.report.symbol, Filled: s.filled, Created: s.at}
	if f.has("time") {
		s.Created = f.time("time")
	}
	return s, f.err
}

// spotKind reads side, type and time in force.
func spotKind(f *fields, o *market.Order) {
	switch side := f.text("side"); side {
	case "BUY":
		o.Side = market.Buy
	case "SELL":
		o.Side = market.Sell
	default:
		f.fail("side", fmt.Errorf("%q is none", side))
	}
	kind := f.text("type")
	for t, word := range venueTypes {
		if word == kind && t != market.TrailingStop {
			o.Type = t
		}
	}
	switch {
	case kind == "LIMIT_MAKER":
		o.Type, o.PostOnly = market.Limit, true
	case o.Type == market.Stop && o.Trail.By.IsPositive():
		o.Type = market.TrailingStop
		o.Trail.Activate, o.Stop = o.Stop, decimal.Zero
	case o.Type == 0:
		f.fail("type", fmt.Errorf("%q is no type of order that is known", kind))
	}
	switch f.maybe("timeInForce") {
	case "IOC":
		o.TIF = market.IOC
	case "FOK":
		o.TIF = market.FOK
	}
	if o.Type == market.Market {
		o.TIF = market.GTC // of market orders the venue says what it likes
	}
}
