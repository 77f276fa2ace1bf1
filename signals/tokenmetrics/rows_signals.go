package tokenmetrics

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/signalman-trading/signalman/market"
)

// TradingSignalsQuery asks for daily signals.
type TradingSignalsQuery struct {
	TokenIDs   []int64     `param:"token_id"`
	Symbols    []string    `param:"symbol"`
	TokenNames []string    `param:"token_name"` // V3
	Slugs      []string    `param:"slug"`       // V3
	Categories []string    `param:"category"`
	Exchanges  []string    `param:"exchange"`
	Start      market.Time `param:"startDate"` // the first day
	End        market.Time `param:"endDate"`   // the last day, included; 0: today
	Signal     *int        `param:"signal"`    // 1, 0 or -1; nil: all
	MarketCap  Number      `param:"marketcap"` // USD, at least
	Volume     Number      `param:"volume"`    // USD, at least
	FDV        Number      `param:"fdv"`       // USD, at least
	Limit      int         `param:"limit"`
	Pages      int         // the most pages of a window; 0: all
}

// TradingSignal is a row of /trading-signals.
type TradingSignal struct {
	Token
	Date   market.Time `tm:"DATE,key,required,time"`
	Signal Number      `tm:"TRADING_SIGNAL,present"` // the event of the day: 1 turned bullish, -1 turned bearish, 0 nothing new
	Trend  Number      `tm:"TOKEN_TREND,present"`    // the state to be in, the last event: 1 or -1; 0 or absent before the first
	// The returns since the first signal, as fractions (1.5 is 150 %): of the published
	// strategy, which is long or flat, and of holding. They are computed in hindsight.
	TradingSignalsReturns Number `tm:"TRADING_SIGNALS_RETURNS"`
	HoldingReturns        Number `tm:"HOLDING_RETURNS"`
	TMTraderGrade         Number `tm:"TM_TRADER_GRADE"`   // 0 to 100; V2
	TMInvestorGrade       Number `tm:"TM_INVESTOR_GRADE"` // 0 to 100; V2; absent before about 2024
	TMGrade               Number `tm:"TM_GRADE"`          // 0 to 100; V3
	FundamentalGrade      Number `tm:"FUNDAMENTAL_GRADE"` // 0 to 100; V3
	SignalText            string `tm:"TOKEN_SIGNAL_STR"`  // V3: bullish, bearish, neutral
	TrendText             string `tm:"TOKEN_TREND_STR"`   // V3: up, down, sideways
	Extra                 map[string]json.RawMessage
}

var tradingSignals = &endpoint{path: "trading-signals", status: current, rows: 1,
	params: "token_id startDate endDate symbol category exchange marketcap volume fdv limit page signal", v3: "slug token_name"}

func (TradingSignalsQuery) endpoint() *endpoint { return tradingSignals }

// TradingSignals asks GET /trading-signals: the daily signal with two grades, newest day
// first. All generations; current, the core of the API, and its cheapest feed: one call
// gives signal, trend and grades. Measured on recorded answers. A strategy that follows
// Signal alone and misses a day stays in the wrong position; Trend mends itself. When the
// row of a day is published is unknown, and it may be of within the day.
func (c *Client) TradingSignals(ctx context.Context, q TradingSignalsQuery) iter.Seq2[Page[TradingSignal], error] {
	return pages[TradingSignal](ctx, c, q)
}

// HourlyTradingSignalsQuery asks for hourly signals.
type HourlyTradingSignalsQuery struct {
	TokenIDs   []int64  `param:"token_id"`   // required, but in V3
	TokenNames []string `param:"token_name"` // V3
	Symbols    []string `param:"symbol"`     // V3
	Slugs      []string `param:"slug"`       // V3
	Limit      int      `param:"limit"`
	Pages      int      // the most pages; 0: all, which may go far back
}

// HourlyTradingSignal is a row of /hourly-trading-signals.
type HourlyTradingSignal struct {
	Token
	Time     market.Time `tm:"TIMESTAMP|DATE,key,required,time"`
	Close    Number      `tm:"CLOSE"`          // USD
	Signal   string      `tm:"SIGNAL,present"` // as it came: which words there are is unverified
	Position string      `tm:"POSITION"`       // as it came: which words there are is unverified
	Extra    map[string]json.RawMessage
}

var hourlyTradingSignals = &endpoint{path: "hourly-trading-signals", status: current, needs: "token_id|token_name|symbol|slug",
	params: "token_id limit page", v3: "slug token_name symbol"}

func (HourlyTradingSignalsQuery) endpoint() *endpoint { return hourlyTradingSignals }

// HourlyTradingSignals asks GET /hourly-trading-signals: signals by the hour, probably
// newest first, since clients take the first row for the latest. All generations; current
// since June 2025. The words of Signal and Position and the layout of the time are
// unverified: clients know that both are strings.
func (c *Client) HourlyTradingSignals(ctx context.Context, q HourlyTradingSignalsQuery) iter.Seq2[Page[HourlyTradingSignal], error] {
	return pages[HourlyTradingSignal](ctx, c, q)
}

// MoonshotTokensQuery asks for the vendor's picks.
type MoonshotTokensQuery struct {
	Type   string `param:"type"`    // active, past; "": active
	SortBy string `param:"sort_by"` // V3: moonshot_at, roi_pct, tm_grade, market_cap_usd
	Limit  int    `param:"limit"`
	Pages  int    // the most pages; 0: all
}

// MoonshotToken is a row of /moonshot-tokens. It has no token id: /tokens finds that by
// name and symbol.
type MoonshotToken struct {
	TokenID        Number      `tm:"TOKEN_ID"` // not documented
	TokenName      string      `tm:"TOKEN_NAME|NAME,key,required"`
	TokenSymbol    string      `tm:"TOKEN_SYMBOL|SYMBOL,key,required"`
	Slug           string      `tm:"SLUG"`
	Link           string      `tm:"TM_LINK|APP_LINK"`
	Time           market.Time `tm:"MOONSHOT_AT,key,required,time"`
	End            market.Time `tm:"MOONSHOT_END_AT"` // 0: none yet
	LastSignal     market.Time `tm:"LAST_TRADING_SIGNAL_TIME"`
	ROI            Number      `tm:"MOONSHOT_ROI"`                           // unit unverified; V3 sorts by roi_pct
	TMTraderGrade  Number      `tm:"TM_TRADER_GRADE"`                        // 0 to 100
	GradeChange24h Number      `tm:"TM_TRADER_GRADE_24H_PCT_CHANGE"`         // percent
	PriceChange7d  Number      `tm:"PRICE_CHANGE_PERCENTAGE_7D_IN_CURRENCY"` // percent
	MarketCap      Number      `tm:"MARKET_CAP"`                             // USD
	Volume24h      Number      `tm:"VOLUME_24H"`                             // USD
	TMGrade        Number      `tm:"TM_GRADE"`                               // not documented; V3 sorts by it
	Extra          map[string]json.RawMessage
}

var moonshotTokens = &endpoint{path: "moonshot-tokens", status: current, params: "limit page type", v3: "sort_by"}

func (MoonshotTokensQuery) endpoint() *endpoint { return moonshotTokens }

// MoonshotTokens asks GET /moonshot-tokens: tokens that the vendor picks for a large rise.
// All generations; current since July 2025. Numbers come as strings. Known from SDKs alone.
func (c *Client) MoonshotTokens(ctx context.Context, q MoonshotTokensQuery) iter.Seq2[Page[MoonshotToken], error] {
	return pages[MoonshotToken](ctx, c, q)
}
