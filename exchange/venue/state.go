package venue

import (
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// State is what a venue holds, for a judge at the end of a test. It is a copy.
type State struct {
	Time       market.Time `json:"time"`
	Spot, USDM *Holdings   `json:",omitempty"`
}

// Holdings are what the account has and had on one market.
type Holdings struct {
	Balances  []Balance  `json:"balances"`            // by asset
	Positions []Position `json:"positions,omitempty"` // of perpetuals, by symbol; flat ones are left out
	Orders    []Order    `json:"orders"`              // all that were taken, oldest first
	Trades    []Trade    `json:"trades"`              // oldest first
}

// Balance is what the account has of an asset.
type Balance struct {
	Asset  string          `json:"asset"`
	Free   decimal.Decimal `json:"free"`
	Locked decimal.Decimal `json:"locked"`
}

// Position is what the account has of a perpetual.
type Position struct {
	Symbol   string          `json:"symbol"`
	Quantity decimal.Decimal `json:"quantity"` // negative: short
	Entry    decimal.Decimal `json:"entry"`    // average price
}

// Order is where an order stands.
type Order struct {
	ID       int64           `json:"id"`
	Client   string          `json:"client"`
	Symbol   string          `json:"symbol"`
	List     int64           `json:"list,omitzero"` // the venue's id of its list; 0: it is of none
	Side     market.Side     `json:"side"`
	Type     string          `json:"type"`   // in the venue's words
	Status   string          `json:"status"` // likewise
	Price    decimal.Decimal `json:"price,omitzero"`
	Stop     decimal.Decimal `json:"stop,omitzero"`
	Quantity decimal.Decimal `json:"quantity"`
	Executed decimal.Decimal `json:"executed"`
	Spent    decimal.Decimal `json:"spent"` // in quote, fees left out
	Created  market.Time     `json:"created"`
	Updated  market.Time     `json:"updated"`
}

// Trade is a fill.
type Trade struct {
	market.Fill
	Order  int64  `json:"order"` // its id
	Client string `json:"client"`
	Symbol string `json:"symbol"`
}

// State returns what the venue holds now.
func (v *Venue) State() State {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.catchUp()
	state := State{Time: v.clock.now}
	if v.spot != nil {
		state.Spot = v.spot.holdings()
	}
	if v.usdm != nil {
		state.USDM = v.usdm.holdings()
		state.USDM.Balances, state.USDM.Positions = v.usdm.futures.held()
	}
	return state
}

// holdings returns a copy of what the account has.
func (s *side) holdings() *Holdings {
	h := &Holdings{}
	for _, asset := range s.assets() {
		free, locked := s.balance(asset)
		h.Balances = append(h.Balances, Balance{asset, free, locked})
	}
	for _, o := range s.orders {
		if o != nil {
			h.Orders = append(h.Orders, Order{ID: o.id, Client: o.client, Symbol: o.book.Symbol, List: max(o.listID(), 0), Side: o.want.Side, Type: o.kind, Status: o.status,
				Price: o.want.Price, Stop: o.stop(), Quantity: o.quantity(), Executed: o.executed, Spent: o.spent, Created: o.created, Updated: o.updated})
		}
	}
	for _, t := range s.trades {
		h.Trades = append(h.Trades, Trade{Order: t.order.id, Client: t.order.client, Symbol: t.order.book.Symbol, Fill: market.Fill{
			Trade: strconv.FormatInt(t.id, 10), Time: t.at, Price: t.price, Quantity: t.quantity, Fee: t.fee, FeeAsset: t.feeAsset, Maker: t.maker}})
	}
	return h
}
