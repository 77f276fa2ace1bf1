package venue

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// maxNotional is the largest position at a leverage.
func maxNotional(m *market.Margin) string {
	most := unbounded
	for i := range m.Brackets {
		b := &m.Brackets[i]
		if !b.MaxLeverage.IsZero() && m.Leverage.GreaterThan(b.MaxLeverage) {
			break
		}
		if most = b.Cap; most.IsZero() {
			most = unbounded
		}
	}
	return most.String()
}

// unbounded is what the venue says where there is no limit of a position.
var unbounded = decimal.New(9_223_372_036_854_775_807, 0)

// changeLeverage gives an instrument another leverage.
func changeLeverage(c *call) (any, *refusal) {
	b, to := c.symbol(), c.integer("leverage", 0)
	if c.need("leverage"); c.bad != nil {
		return nil, c.bad
	}
	s, was := c.side.sim, c.side.sim.Position(b.ID)
	leverage := decimal.New(to, 0)
	if to < 1 || to > int64(mostLeverage(&was.Margin)) {
		return nil, refuse(-4028, "Leverage %d is not valid", to)
	}
	if was.Margin.Isolated && !was.Quantity.IsZero() && leverage.LessThan(was.Margin.Leverage) {
		return nil, errIsolatedLeverage
	}
	m := was.Margin
	if m.Leverage = leverage; !m.Allows(was.Quantity.Mul(c.side.mark(b)).Abs()) {
		return nil, errMaxPosition
	}
	if s.Lever(b.ID, leverage, m.Isolated); leverage.LessThan(was.Margin.Leverage) && s.Free(b.Quote).IsNegative() {
		s.Lever(b.ID, was.Margin.Leverage, m.Isolated)
		return nil, errMinLeverage
	}
	c.side.futures.publishLeverage(b, to)
	return struct {
		Leverage int64  `json:"leverage"`
		Max      string `json:"maxNotionalValue"`
		Symbol   string `json:"symbol"`
	}{to, maxNotional(&m), b.Symbol}, nil
}

// mostLeverage is the highest leverage of any bracket: 125 where none says.
func mostLeverage(m *market.Margin) int {
	if len(m.Brackets) == 0 || m.Brackets[0].MaxLeverage.IsZero() {
		return 125
	}
	return int(m.Brackets[0].MaxLeverage.IntPart())
}

// Refusals of settings.
var (
	errSameMargin       = refuse(-4046, "No need to change margin type.")
	errMarginOrders     = refuse(-4047, "Margin type cannot be changed if there exists open orders.")
	errMarginPosition   = refuse(-4048, "Margin type cannot be changed if there exists position.")
	errSameSide         = refuse(-4059, "No need to change position side.")
	errSameAssets       = refuse(-4171, "Adjusted asset mode is currently set and does not need to be adjusted repeatedly.")
	errIsolatedLeverage = refuse(-4161, "Leverage reduction is not supported in Isolated Margin Mode with open positions")
	errNotHere          = refuse(-1020, "This operation is not supported.")
)

func changeMarginType(c *call) (any, *refusal) {
	b, isolated := c.symbol(), false
	switch c.need("marginType") {
	case "ISOLATED":
		isolated = true
	case "CROSSED":
	default:
		c.reject(errData("marginType"))
	}
	if c.bad != nil {
		return nil, c.bad
	}
	switch p := c.side.sim.Position(b.ID); {
	case p.Margin.Isolated == isolated:
		return nil, errSameMargin
	case len(b.open) > 0 || c.side.futures.waitsOn(b):
		return nil, errMarginOrders
	case !p.Quantity.IsZero():
		return nil, errMarginPosition
	default:
		c.side.sim.Lever(b.ID, p.Margin.Leverage, isolated)
	}
	return done{200, "success"}, nil
}

// waitsOn reports whether a conditional order waits on an instrument.
func (f *futures) waitsOn(b *book) bool {
	for _, a := range f.waiting {
		if a.waits() && a.order.book == b {
			return true
		}
	}
	return false
}

// changeMode refuses another mode of the account than the one there is: one-way, single-asset.
func changeMode(name string, same *refusal) func(*call) (any, *refusal) {
	return func(c *call) (any, *refusal) {
		c.need(name)
		switch on := c.flag(name); {
		case c.bad != nil:
			return nil, c.bad
		case on:
			return nil, errNotHere
		}
		return nil, same
	}
}

func positionMode(*call) (any, *refusal) {
	return struct {
		Dual bool `json:"dualSidePosition"`
	}{}, nil
}

func assetMode(*call) (any, *refusal) {
	return struct {
		Multi bool `json:"multiAssetsMargin"`
	}{}, nil
}

func leverageBrackets(c *call) (any, *refusal) {
	type bracket struct {
		Bracket  int         `json:"bracket"`
		Leverage int         `json:"initialLeverage"`
		Cap      jsonDecimal `json:"notionalCap"`
		Floor    jsonDecimal `json:"notionalFloor"`
		Rate     jsonDecimal `json:"maintMarginRatio"`
		Cum      jsonDecimal `json:"cum"`
	}
	type reply struct {
		Symbol   string    `json:"symbol"`
		Coef     float64   `json:"notionalCoef"`
		Brackets []bracket `json:"brackets"`
	}
	list := []reply{}
	for _, b := range c.openBooks() {
		r := reply{Symbol: b.Symbol, Coef: 1}
		brackets := b.Margin.Brackets
		if len(brackets) == 0 {
			brackets = []market.MarginBracket{{}}
		}
		floor := decimal.Zero
		for i := range brackets {
			m := &brackets[i]
			one := bracket{i + 1, mostLeverage(&market.Margin{Brackets: brackets[i:]}), jsonDecimal(m.Cap), jsonDecimal(floor), jsonDecimal(m.Rate), jsonDecimal(m.Deduction)}
			if m.Cap.IsZero() {
				one.Cap = jsonDecimal(unbounded)
			}
			r.Brackets = append(r.Brackets, one)
			floor = m.Cap
		}
		list = append(list, r)
	}
	return list, c.bad
}

// jsonDecimal is a decimal that is written as a number.
type jsonDecimal decimal.Decimal

// MarshalJSON writes the number.
func (d jsonDecimal) MarshalJSON() ([]byte, error) { return []byte(decimal.Decimal(d).String()), nil }

func commissionRate(c *call) (any, *refusal) {
	b := c.symbol()
	if c.bad != nil {
		return nil, c.bad
	}
	return struct {
		Symbol string `json:"symbol"`
		Maker  string `json:"makerCommissionRate"`
		Taker  string `json:"takerCommissionRate"`
		RPI    string `json:"rpiCommissionRate"`
	}{b.Symbol, b.Fees.Rate(decimal.Zero, true).String(), b.Fees.Rate(decimal.Zero, false).String(), "0"}, nil
}

func futuresConfig(c *call) (any, *refusal) {
	return struct {
		FeeTier     int   `json:"feeTier"`
		CanTrade    bool  `json:"canTrade"`
		CanDeposit  bool  `json:"canDeposit"`
		CanWithdraw bool  `json:"canWithdraw"`
		Dual        bool  `json:"dualSidePosition"`
		Updated     int64 `json:"updateTime"`
		Multi       bool  `json:"multiAssetsMargin"`
		TradeGroup  int   `json:"tradeGroupId"`
	}{CanTrade: c.key.Trade, CanDeposit: true, CanWithdraw: c.key.Withdraw, TradeGroup: -1}, nil
}

func symbolConfig(c *call) (any, *refusal) {
	type config struct {
		Symbol     string `json:"symbol"`
		MarginType string `json:"marginType"`
		AutoAdd    bool   `json:"isAutoAddMargin"`
		Leverage   int64  `json:"leverage"`
		Max        string `json:"maxNotionalValue"`
	}
	list := []config{}
	for _, b := range c.openBooks() {
		m := c.side.sim.Position(b.ID).Margin
		list = append(list, config{b.Symbol, marginUpper(m.Isolated), false, m.Leverage.IntPart(), maxNotional(&m)})
	}
	return list, c.bad
}

func tradingStatus(c *call) (any, *refusal) {
	c.openBooks()
	return struct {
		Indicators struct{} `json:"indicators"`
		Updated    int64    `json:"updateTime"`
	}{Updated: c.venue.clock.now.Millis()}, c.bad
}

// futuresLimits are the limits of orders, and how much of them is used.
func futuresLimits(c *call) (any, *refusal) { return c.venue.accounts.orderCounts(true), nil }
