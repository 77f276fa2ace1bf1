package venue

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// object is a JSON object of which few are made.
type object map[string]any

// fixed writes an amount with a number of decimals.
func fixed(d decimal.Decimal, places int32) string { return d.StringFixed(places) }

// bases and quotes write an amount of base and of quote, and prices, with the decimals of the
// asset.
func (b *book) bases(d decimal.Decimal) string  { return d.StringFixed(b.BasePrecision) }
func (b *book) quotes(d decimal.Decimal) string { return d.StringFixed(b.QuotePrecision) }

// spotSide writes a side in the venue's words.
func spotSide(s market.Side) string {
	if s == market.Buy {
		return "BUY"
	}
	return "SELL"
}

// millis writes a time; -1 for none.
func millis(t market.Time) int64 {
	if t == 0 {
		return -1
	}
	return t.Millis()
}

func (o *order) workingTime() int64 { return millis(o.working) }

// listID returns the id of the list of an order; -1 for none.
func (o *order) listID() int64 {
	if o.list == nil {
		return -1
	}
	return o.list.id
}

// quantity returns what an order is for in base: of one that names quote, what it got.
func (o *order) quantity() decimal.Decimal {
	if o.want.Quantity.IsZero() {
		return o.executed
	}
	return o.want.Quantity
}

// orderAck names an order.
type orderAck struct {
	Symbol   string `json:"symbol"`
	ID       int64  `json:"orderId"`
	List     int64  `json:"orderListId"`
	Client   string `json:"clientOrderId"`
	Transact int64  `json:"transactTime"`
}

// orderTerms are what an order says and how far it is; they are a part of each answer.
type orderTerms struct {
	Price     string `json:"price"`
	Quantity  string `json:"origQty"`
	Executed  string `json:"executedQty"`
	Quote     string `json:"origQuoteOrderQty"`
	Spent     string `json:"cummulativeQuoteQty"`
	Status    string `json:"status"`
	TIF       string `json:"timeInForce"`
	Type      string `json:"type"`
	Side      string `json:"side"`
	Stop      string `json:"stopPrice,omitempty"`
	Trailing  int64  `json:"trailingDelta,omitempty"`
	Iceberg   string `json:"icebergQty,omitempty"`
	Strategy  int64  `json:"strategyId,omitempty"`
	StratType int64  `json:"strategyType,omitempty"`
	Expiry    string `json:"expiryReason,omitempty"`
	STP       string `json:"selfTradePreventionMode"`
}

func (o *order) terms() orderTerms {
	b := o.book
	t := orderTerms{
		Price: b.quotes(o.want.Price), Quantity: b.bases(o.quantity()), Executed: b.bases(o.executed), Quote: b.quotes(o.quote), Spent: b.quotes(o.spent),
		Status: o.status, TIF: o.tif, Type: o.kind, Side: spotSide(o.want.Side), Strategy: o.strategy[0], StratType: o.strategy[1], Expiry: o.expiry, STP: o.stp,
	}
	if forms[o.kind].stop {
		t.Stop, t.Trailing = b.quotes(o.stop()), o.want.Trail.By.IntPart()
	}
	if o.iceberg.IsPositive() {
		t.Iceberg = b.bases(o.iceberg)
	}
	return t
}

func (o *order) ack() orderAck {
	return orderAck{o.book.Symbol, o.id, o.listID(), o.client, o.created.Millis()}
}

// orderResult is an answer without fills.
type orderResult struct {
	orderAck
	orderTerms
	Working int64 `json:"workingTime"`
}

func (o *order) result() orderResult {
	return orderResult{o.ack(), o.terms(), o.workingTime()}
}

// fillAnswer is a fill in the answer to its order.
type fillAnswer struct {
	Price    string `json:"price"`
	Quantity string `json:"qty"`
	Fee      string `json:"commission"`
	FeeAsset string `json:"commissionAsset"`
	ID       int64  `json:"tradeId"`
}

// full is the answer with fills.
func (o *order) full(s *side) any {
	fills := make([]fillAnswer, len(o.trades))
	for i, t := range o.trades {
		fills[i] = fillAnswer{o.book.quotes(t.price), o.book.bases(t.quantity), fixed(t.fee, s.places(o.book, t.feeAsset)), t.feeAsset, t.id}
	}
	return struct {
		orderResult
		Fills []fillAnswer `json:"fills"`
	}{o.result(), fills}
}

// places returns the decimals of an asset that a fee of a pair is paid in.
func (s *side) places(b *book, asset string) int32 {
	switch asset {
	case b.Base:
		return b.BasePrecision
	case b.Quote:
		return b.QuotePrecision
	}
	return 8
}

// cancelAnswer is the answer to the cancel of an order.
func (o *order) cancelAnswer() any {
	return struct {
		Symbol   string `json:"symbol"`
		Original string `json:"origClientOrderId"`
		ID       int64  `json:"orderId"`
		List     int64  `json:"orderListId"`
		Client   string `json:"clientOrderId"`
		Transact int64  `json:"transactTime"`
		orderTerms
	}{o.book.Symbol, o.client, o.id, o.listID(), o.cancelled, o.updated.Millis(), o.terms()}
}

// where is the answer to the question where an order stands.
func (o *order) where(s *side) any {
	answer := struct {
		Symbol string `json:"symbol"`
		ID     int64  `json:"orderId"`
		List   int64  `json:"orderListId"`
		Client string `json:"clientOrderId"`
		orderTerms
		Time    int64 `json:"time"`
		Updated int64 `json:"updateTime"`
		OnBook  bool  `json:"isWorking"`
		Working int64 `json:"workingTime"`
	}{o.book.Symbol, o.id, o.listID(), o.client, o.terms(), o.created.Millis(), o.updated.Millis(), o.working > 0 || o.want.Type != market.TrailingStop && s.sim.Follows(o.want.ID), o.workingTime()}
	if answer.Stop == "" {
		answer.Stop = o.book.quotes(decimal.Zero)
	}
	if answer.Iceberg == "" {
		answer.Iceberg = o.book.bases(decimal.Zero)
	}
	return answer
}
