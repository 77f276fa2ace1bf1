package venue

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// rateLimit is a limit as exchangeInfo lists it.
type rateLimit struct {
	Type     string `json:"rateLimitType"`
	Interval string `json:"interval"`
	Num      int    `json:"intervalNum"`
	Limit    int    `json:"limit"`
}

func (l *Limits) spot() []rateLimit {
	return []rateLimit{
		{"REQUEST_WEIGHT", "MINUTE", 1, l.Weight}, {"ORDERS", "SECOND", 10, l.Orders10s},
		{"ORDERS", "DAY", 1, l.OrdersDay}, {"RAW_REQUESTS", "MINUTE", 5, l.Raw},
	}
}

func (l *Limits) usdm() []rateLimit {
	return []rateLimit{
		{"REQUEST_WEIGHT", "MINUTE", 1, l.USDMWeight}, {"ORDERS", "MINUTE", 1, l.USDMOrdersMinute}, {"ORDERS", "SECOND", 10, l.USDMOrders10s},
	}
}

// info is the answer of exchangeInfo.
type info struct {
	Timezone string      `json:"timezone"`
	Time     int64       `json:"serverTime"`
	Type     string      `json:"futuresType,omitempty"`
	Limits   []rateLimit `json:"rateLimits"`
	Filters  []any       `json:"exchangeFilters"`
	Assets   []usdmAsset `json:"assets,omitempty"`
	Symbols  []any       `json:"symbols"`
}

type usdmAsset struct {
	Asset    string `json:"asset"`
	Margin   bool   `json:"marginAvailable"`
	Exchange string `json:"autoAssetExchange"`
}

// exchangeInfo answers with what is listed: a symbol, several, or all.
func exchangeInfo(c *call) (any, *refusal) {
	list, _ := c.chosen()
	if c.bad != nil {
		return nil, c.bad
	}
	out := info{Timezone: "UTC", Time: c.venue.clock.now.Millis(), Limits: c.venue.o.Limits.spot(), Filters: []any{}, Symbols: []any{}}
	for _, p := range list {
		out.Symbols = append(out.Symbols, listSpot(p.book))
	}
	return out, nil
}

// usdmExchangeInfo answers with all that is listed, whatever is asked.
func usdmExchangeInfo(c *call) (any, *refusal) {
	out := info{Timezone: "UTC", Time: c.venue.clock.now.Millis(), Type: "U_MARGINED", Limits: c.venue.o.Limits.usdm(), Filters: []any{}, Symbols: []any{}}
	have := map[string]bool{}
	for _, b := range c.side.books {
		if !have[b.Quote] {
			have[b.Quote] = true
			out.Assets = append(out.Assets, usdmAsset{b.Quote, true, "-10000"})
		}
		out.Symbols = append(out.Symbols, listUSDM(b))
	}
	return out, nil
}

// filter is one entry of a symbol's filters.
type filter map[string]any

// spotSymbol is an instrument as spot lists it.
type spotSymbol struct {
	Symbol         string     `json:"symbol"`
	Status         string     `json:"status"`
	Base           string     `json:"baseAsset"`
	BasePrecision  int32      `json:"baseAssetPrecision"`
	Quote          string     `json:"quoteAsset"`
	QuotePrecision int32      `json:"quotePrecision"`
	QuoteAsset     int32      `json:"quoteAssetPrecision"`
	BaseFee        int32      `json:"baseCommissionPrecision"`
	QuoteFee       int32      `json:"quoteCommissionPrecision"`
	Types          []string   `json:"orderTypes"`
	Iceberg        bool       `json:"icebergAllowed"`
	OCO            bool       `json:"ocoAllowed"`
	OTO            bool       `json:"otoAllowed"`
	OPO            bool       `json:"opoAllowed"`
	QuoteOrder     bool       `json:"quoteOrderQtyMarketAllowed"`
	Trailing       bool       `json:"allowTrailingStop"`
	CancelReplace  bool       `json:"cancelReplaceAllowed"`
	Amend          bool       `json:"amendAllowed"`
	Peg            bool       `json:"pegInstructionsAllowed"`
	Spot           bool       `json:"isSpotTradingAllowed"`
	Margin         bool       `json:"isMarginTradingAllowed"`
	Filters        []filter   `json:"filters"`
	Permissions    []string   `json:"permissions"`
	Sets           [][]string `json:"permissionSets"`
	STP            string     `json:"defaultSelfTradePreventionMode"`
	STPs           []string   `json:"allowedSelfTradePreventionModes"`
}

// status returns whether an instrument trades, in the venue's words.
func (b *book) status() string {
	if b.halted {
		return "BREAK"
	}
	return "TRADING"
}

func listSpot(b *book) spotSymbol {
	return spotSymbol{
		Symbol: b.Symbol, Status: b.status(), Base: b.Base, BasePrecision: b.BasePrecision, Quote: b.Quote,
		QuotePrecision: b.QuotePrecision, QuoteAsset: b.QuotePrecision, BaseFee: b.BasePrecision, QuoteFee: b.QuotePrecision,
		Types:   []string{"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"},
		Iceberg: true, OCO: true, OTO: true, QuoteOrder: true, Trailing: true, CancelReplace: true, Amend: true, Spot: true,
		Filters: spotFilters(&b.Instrument), Permissions: []string{}, Sets: [][]string{{"SPOT"}},
		STP: "EXPIRE_MAKER", STPs: []string{"EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"},
	}
}

// What filters name where the instrument has no bound, and the venue no limit: clients take
// a 0 for one.
var (
	maxPrice    = decimal.New(1, 9)
	maxQuantity = decimal.New(1, 12)
)

// bound returns a bound of a filter, or the other one where the instrument has none.
func bound(d, none decimal.Decimal) decimal.Decimal {
	if d.IsPositive() {
		return d
	}
	return none
}

// spotFilters returns the filters of an instrument under their names on spot.
func spotFilters(in *market.Instrument) []filter {
	text := func(d decimal.Decimal) string { return d.StringFixed(max(8, -d.Exponent())) }
	least, most := bound(in.MinQuantity, in.Step), bound(in.MaxQuantity, maxQuantity)
	list := []filter{
		{"filterType": "PRICE_FILTER", "minPrice": text(in.Tick), "maxPrice": text(maxPrice), "tickSize": text(in.Tick)},
		{"filterType": "LOT_SIZE", "minQty": text(least), "maxQty": text(most), "stepSize": text(in.Step)},
		{"filterType": "ICEBERG_PARTS", "limit": 100},
		{"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": text(most), "stepSize": "0.00000000"},
		{"filterType": "TRAILING_DELTA", "minTrailingAboveDelta": 10, "maxTrailingAboveDelta": 2000, "minTrailingBelowDelta": 10, "maxTrailingBelowDelta": 2000},
	}
	if in.PriceBandUp.IsPositive() || in.PriceBandDown.IsPositive() {
		up, down := in.PriceBandUp.String(), in.PriceBandDown.String()
		list = append(list, filter{"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": up, "bidMultiplierDown": down, "askMultiplierUp": up, "askMultiplierDown": down, "avgPriceMins": 0})
	}
	if in.MinNotional.IsPositive() || in.MaxNotional.IsPositive() {
		list = append(list, filter{"filterType": "NOTIONAL", "minNotional": text(in.MinNotional), "applyMinToMarket": true, "maxNotional": text(in.MaxNotional), "applyMaxToMarket": true, "avgPriceMins": 0})
	}
	if in.MaxOrders > 0 {
		list = append(list, filter{"filterType": "MAX_NUM_ORDERS", "maxNumOrders": in.MaxOrders})
	}
	if in.MaxStops > 0 {
		list = append(list, filter{"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": in.MaxStops})
	}
	return append(list, filter{"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 20}, filter{"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10})
}

// usdmSymbol is an instrument as USD-M lists it.
type usdmSymbol struct {
	Symbol            string   `json:"symbol"`
	Pair              string   `json:"pair"`
	Contract          string   `json:"contractType"`
	Delivery          int64    `json:"deliveryDate"`
	Onboard           int64    `json:"onboardDate"`
	Status            string   `json:"status"`
	Maintenance       string   `json:"maintMarginPercent"`
	Required          string   `json:"requiredMarginPercent"`
	Base              string   `json:"baseAsset"`
	Quote             string   `json:"quoteAsset"`
	Margin            string   `json:"marginAsset"`
	PricePrecision    int32    `json:"pricePrecision"`
	QuantityPrecision int32    `json:"quantityPrecision"`
	BasePrecision     int32    `json:"baseAssetPrecision"`
	QuotePrecision    int32    `json:"quotePrecision"`
	Underlying        string   `json:"underlyingType"`
	SubType           []string `json:"underlyingSubType"`
	Trigger           string   `json:"triggerProtect"`
	LiquidationFee    string   `json:"liquidationFee"`
	TakeBound         string   `json:"marketTakeBound"`
	MaxMove           int      `json:"maxMoveOrderLimit"`
	Filters           []filter `json:"filters"`
	Types             []string `json:"orderTypes"`
	TimeInForce       []string `json:"timeInForce"`
}

func listUSDM(b *book) usdmSymbol {
	return usdmSymbol{
		Symbol: b.Symbol, Pair: b.Symbol, Contract: "PERPETUAL", Delivery: 4133404800000, Onboard: 1569398400000, Status: b.status(),
		Maintenance: "2.5000", Required: "5.0000", Base: b.Base, Quote: b.Quote, Margin: b.Quote,
		PricePrecision: max(0, -b.Tick.Exponent()), QuantityPrecision: max(0, -b.Step.Exponent()), BasePrecision: b.BasePrecision, QuotePrecision: b.QuotePrecision,
		Underlying: "COIN", SubType: []string{}, Trigger: "0.0500", LiquidationFee: b.Instrument.Margin.LiquidationFee.StringFixed(6), TakeBound: "0.05", MaxMove: 10000,
		Filters:     usdmFilters(&b.Instrument),
		Types:       []string{"LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"},
		TimeInForce: []string{"GTC", "IOC", "FOK", "GTX", "GTD"},
	}
}

// usdmFilters returns the filters of an instrument under their names on USD-M.
func usdmFilters(in *market.Instrument) []filter {
	least, most := bound(in.MinQuantity, in.Step), bound(in.MaxQuantity, maxQuantity)
	list := []filter{
		{"filterType": "PRICE_FILTER", "minPrice": in.Tick.String(), "maxPrice": maxPrice.String(), "tickSize": in.Tick.String()},
		{"filterType": "LOT_SIZE", "minQty": least.String(), "maxQty": most.String(), "stepSize": in.Step.String()},
		{"filterType": "MARKET_LOT_SIZE", "minQty": least.String(), "maxQty": most.String(), "stepSize": in.Step.String()},
	}
	if in.MaxOrders > 0 {
		list = append(list, filter{"filterType": "MAX_NUM_ORDERS", "limit": in.MaxOrders})
	}
	if in.MaxStops > 0 {
		list = append(list, filter{"filterType": "MAX_NUM_ALGO_ORDERS", "limit": in.MaxStops})
	}
	if in.MinNotional.IsPositive() {
		list = append(list, filter{"filterType": "MIN_NOTIONAL", "notional": in.MinNotional.String()})
	}
	if in.PriceBandUp.IsPositive() || in.PriceBandDown.IsPositive() {
		list = append(list, filter{"filterType": "PERCENT_PRICE", "multiplierUp": in.PriceBandUp.StringFixed(4), "multiplierDown": in.PriceBandDown.StringFixed(4), "multiplierDecimal": "4"})
	}
	return list
}
