package venue

import (
	"slices"
	"sort"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

func oneOrder(c *call) (any, *refusal) {
	b := c.symbol()
	o := c.find(b, "orderId", "origClientOrderId", errNoOrder)
	if c.bad != nil {
		return nil, c.bad
	}
	if c.lags(o) {
		return nil, errNoOrder
	}
	if o.ended() && o.executed.IsZero() && c.venue.clock.now-o.updated > 90*market.Day {
		return nil, refuse(-2026, "Order was canceled or expired with no executed qty over 90 days ago and has been archived.")
	}
	return o.where(c.side), nil
}

func openOrders(c *call) (any, *refusal) {
	books := c.side.books
	if c.sent("symbol") {
		books = []*book{c.symbol()}
	}
	if c.bad != nil {
		return nil, c.bad
	}
	var open []*order
	for _, b := range books {
		open = append(open, b.open...)
	}
	open = slices.DeleteFunc(open, c.lags)
	slices.SortFunc(open, func(a, b *order) int { return int(a.id - b.id) })
	return c.wheres(open), nil
}

func (c *call) wheres(orders []*order) any {
	answers := make([]any, len(orders))
	for i, o := range orders {
		answers[i] = o.where(c.side)
	}
	return answers
}

// between reads startTime and endTime, which bound times; both included.
func (c *call) between() (from, to market.Time) {
	from, to = market.Millis(c.integer("startTime", 0)), market.MaxTime
	if c.sent("endTime") {
		to = market.Millis(c.integer("endTime", 0)) + market.Time(time.Millisecond) - 1
	}
	if c.sent("startTime") && c.sent("endTime") && (to < from || to-from > market.Day) {
		c.reject(refuse(-1127, "More than %s hours between startTime and endTime.", "24"))
	}
	return from, to
}

// cut shortens a list to a limit: to its first ones where the request names a start, or else to
// the newest.
func cut[T any](list []T, limit int, first bool) []T {
	if len(list) <= limit {
		return list
	}
	if first {
		return list[:limit]
	}
	return list[len(list)-limit:]
}

func allOrders(c *call) (any, *refusal) {
	b := c.symbol()
	id, limit := c.integer("orderId", 0), c.limit(500, 1000)
	from, to := c.between()
	if c.bad != nil {
		return nil, c.bad
	}
	var found []*order
	for _, o := range b.orders[sort.Search(len(b.orders), func(i int) bool { return b.orders[i].id >= id }):] {
		if o.created >= from && o.created <= to {
			found = append(found, o)
		}
	}
	return c.wheres(cut(found, limit, c.sent("orderId") || c.sent("startTime"))), nil
}

func myTrades(c *call) (any, *refusal) {
	b := c.symbol()
	fromID, order, limit := c.integer("fromId", 0), c.integer("orderId", 0), c.limit(500, 1000)
	from, to := c.between()
	if c.sent("fromId") && (c.sent("startTime") || c.sent("endTime")) {
		c.reject(errCombination)
	}
	if c.bad != nil {
		return nil, c.bad
	}
	found := []*trade{}
	for _, t := range b.trades[sort.Search(len(b.trades), func(i int) bool { return b.trades[i].id >= fromID }):] {
		if t.at >= from && t.at <= to && (!c.sent("orderId") || t.order.id == order) {
			found = append(found, t)
		}
	}
	found = cut(found, limit, c.sent("fromId") || c.sent("startTime"))
	answers := make([]tradeAnswer, len(found))
	for i, t := range found {
		answers[i] = t.answer(c.side)
	}
	return answers, nil
}

// tradeAnswer is a fill as myTrades tells it.
type tradeAnswer struct {
	Symbol   string `json:"symbol"`
	ID       int64  `json:"id"`
	Order    int64  `json:"orderId"`
	List     int64  `json:"orderListId"`
	Price    string `json:"price"`
	Quantity string `json:"qty"`
	Quote    string `json:"quoteQty"`
	Fee      string `json:"commission"`
	FeeAsset string `json:"commissionAsset"`
	Time     int64  `json:"time"`
	Buyer    bool   `json:"isBuyer"`
	Maker    bool   `json:"isMaker"`
	Best     bool   `json:"isBestMatch"`
}

func (t *trade) answer(s *side) tradeAnswer {
	o, b := t.order, t.order.book
	return tradeAnswer{b.Symbol, t.id, o.id, o.listID(), b.quotes(t.price), b.bases(t.quantity), b.quotes(t.quote), fixed(t.fee, s.places(b, t.feeAsset)), t.feeAsset,
		t.at.Millis(), o.want.Side == market.Buy, t.maker, true}
}

// balanceAnswer is what there is of an asset.
type balanceAnswer struct {
	Asset  string `json:"asset"`
	Free   string `json:"free"`
	Locked string `json:"locked"`
}

// balance returns what of an asset is free and what is locked.
func (s *side) balance(asset string) (free, locked decimal.Decimal) {
	if idle, ok := s.idle[asset]; ok {
		return idle, decimal.Zero
	}
	locked = s.sim.Locked(asset)
	return s.sim.Balance(asset).Sub(locked), locked
}

func account(c *call) (any, *refusal) {
	omit := c.flag("omitZeroBalances")
	if c.bad != nil {
		return nil, c.bad
	}
	s, balances := c.side, []balanceAnswer{}
	for _, asset := range s.assets() {
		free, locked := c.balance(asset)
		if !omit || !free.IsZero() || !locked.IsZero() {
			balances = append(balances, balanceAnswer{asset, fixed(free, 8), fixed(locked, 8)})
		}
	}
	maker, taker := s.books[0].Fees.Maker, s.books[0].Fees.Taker
	return object{
		"makerCommission": maker.Shift(4).IntPart(), "takerCommission": taker.Shift(4).IntPart(), "buyerCommission": 0, "sellerCommission": 0,
		"commissionRates": rates(maker, taker), "canTrade": c.key == nil || c.key.Trade, "canWithdraw": c.key != nil && c.key.Withdraw, "canDeposit": true, "brokered": false,
		"requireSelfTradePrevention": false, "preventSor": false, "updateTime": s.changed.Millis(), "accountType": "SPOT",
		"balances": balances, "permissions": []string{"SPOT"}, "uid": 1,
	}, nil
}

func rates(maker, taker decimal.Decimal) object {
	return object{"maker": fixed(maker, 8), "taker": fixed(taker, 8), "buyer": "0.00000000", "seller": "0.00000000"}
}

func commission(c *call) (any, *refusal) {
	b := c.symbol()
	if c.bad != nil {
		return nil, c.bad
	}
	none := rates(decimal.Zero, decimal.Zero)
	return object{"symbol": b.Symbol, "standardCommission": rates(b.Fees.Maker, b.Fees.Taker), "specialCommission": none, "taxCommission": none, "discount": c.side.discount()}, nil
}

// discount says which asset pays fees for less.
func (s *side) discount() object {
	d, on := s.burn, s.burn.On()
	rate := decimal.Zero
	if on {
		rate = decimal.New(1, 0).Sub(d.Discount)
	}
	asset := "BNB"
	if on {
		asset = d.Asset
	}
	return object{"enabledForAccount": on, "enabledForSymbol": on, "discountAsset": asset, "discount": fixed(rate, 8)}
}

func orderLimits(c *call) (any, *refusal) { return c.venue.accounts.orderCounts(false), nil }

// assets returns what the account may have, by name.
func (s *side) assets() []string { return s.known }

// allAssets returns what instruments are made of and what the account began with, by name.
func allAssets(books []*book, balances map[string]decimal.Decimal) (list []string) {
	add := func(a string) {
		if i, ok := slices.BinarySearch(list, a); !ok {
			list = slices.Insert(list, i, a)
		}
	}
	for _, b := range books {
		if !b.Perpetual() {
			add(b.Base)
		}
		add(b.Quote)
	}
	for a := range balances {
		add(a)
	}
	return list
}
