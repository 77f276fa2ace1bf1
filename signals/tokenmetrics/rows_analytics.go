package tokenmetrics

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/signalman-trading/signalman/market"
)

// QuantmetricsQuery asks for statistics of tokens.
type QuantmetricsQuery struct {
	TokenIDs   []int64  `param:"token_id"`
	Symbols    []string `param:"symbol"`
	TokenNames []string `param:"token_name"` // V3
	Slugs      []string `param:"slug"`       // V3
	Categories []string `param:"category"`
	Exchanges  []string `param:"exchange"`
	MarketCap  Number   `param:"marketcap"` // USD, at least
	Volume     Number   `param:"volume"`    // USD, at least
	FDV        Number   `param:"fdv"`       // USD, at least
	Limit      int      `param:"limit"`
	Pages      int      // the most pages; 0: all
}

// Quantmetrics is a row of /quantmetrics. Returns, drawdown and value at risk are
// fractions: -0.77 is -77 %. About a third of the rows have no number at all.
type Quantmetrics struct {
	Token
	Date              market.Time `tm:"DATE,key,required,time"`
	Volatility        Number      `tm:"VOLATILITY,present"`
	AllTimeReturn     Number      `tm:"ALL_TIME_RETURN"`
	CAGR              Number      `tm:"CAGR"`
	Sharpe            Number      `tm:"SHARPE"`
	Sortino           Number      `tm:"SORTINO"`
	MaxDrawdown       Number      `tm:"MAX_DRAWDOWN"`
	Skew              Number      `tm:"SKEW"`
	TailRatio         Number      `tm:"TAIL_RATIO"`
	RiskRewardRatio   Number      `tm:"RISK_REWARD_RATIO"`
	ProfitFactor      Number      `tm:"PROFIT_FACTOR"`
	Kurtosis          Number      `tm:"KURTOSIS"`
	DailyValueAtRisk  Number      `tm:"DAILY_VALUE_AT_RISK"`
	DailyReturnAvg    Number      `tm:"DAILY_RETURN_AVG"`
	DailyReturnStdDev Number      `tm:"DAILY_RETURN_STD"`
	Extra             map[string]json.RawMessage
}

var quantmetrics = &endpoint{path: "quantmetrics", status: current, rows: 1,
	params: "token_id symbol category exchange marketcap volume fdv limit page", v3: "slug token_name"}

func (QuantmetricsQuery) endpoint() *endpoint { return quantmetrics }

// Quantmetrics asks GET /quantmetrics: the latest statistics of each token. All
// generations; current. The document has no days to ask for.
func (c *Client) Quantmetrics(ctx context.Context, q QuantmetricsQuery) iter.Seq2[Page[Quantmetrics], error] {
	return pages[Quantmetrics](ctx, c, q)
}

// MarketMetricsQuery asks for the state of the market.
type MarketMetricsQuery struct {
	Start market.Time `param:"startDate"` // the first day
	End   market.Time `param:"endDate"`   // the last day, included; 0: today
	Limit int         `param:"limit"`
	Pages int         // the most pages of a window; 0: all
}

// MarketMetrics is a row of /market-metrics, about the whole market.
type MarketMetrics struct {
	Date            market.Time `tm:"DATE,key,required,time"`
	TotalMarketCap  Number      `tm:"TOTAL_CRYPTO_MCAP"`            // USD
	PercHighCoins   Number      `tm:"TM_GRADE_PERC_HIGH_COINS"`     // percent of coins with a high grade
	GradeSignal     Number      `tm:"TM_GRADE_SIGNAL,present"`      // the event of the day: 1, 0, -1
	LastGradeSignal Number      `tm:"LAST_TM_GRADE_SIGNAL,present"` // the state, the last event: 1 bullish, -1 bearish
	Extra           map[string]json.RawMessage
}

var marketMetrics = &endpoint{path: "market-metrics", status: current, rows: 1, params: "startDate endDate limit page"}

func (MarketMetricsQuery) endpoint() *endpoint { return marketMetrics }

// MarketMetrics asks GET /market-metrics: whether the market is bullish or bearish, day by
// day, oldest first in the document. All generations; current. More fields that one
// client names for V3 are unverified, and are in Extra.
func (c *Client) MarketMetrics(ctx context.Context, q MarketMetricsQuery) iter.Seq2[Page[MarketMetrics], error] {
	return pages[MarketMetrics](ctx, c, q)
}

// SentimentsQuery asks for the mood of the market.
type SentimentsQuery struct {
	Limit int `param:"limit"`
	Pages int // the most pages; 0: all, which may go far back
}

// Sentiment is a row of /sentiments, about the whole market. Grades are 0 to 100 in all
// data seen, higher is better; a text of the vendor describes -1 to 1.
type Sentiment struct {
	Time          market.Time `tm:"DATETIME|DATE,key,required,time"`
	MarketGrade   Number      `tm:"MARKET_SENTIMENT_GRADE,present"`
	MarketLabel   string      `tm:"MARKET_SENTIMENT_LABEL"` // very negative, negative, neutral, positive, very positive
	NewsGrade     Number      `tm:"NEWS_SENTIMENT_GRADE"`
	NewsLabel     string      `tm:"NEWS_SENTIMENT_LABEL"`
	NewsSummary   string      `tm:"NEWS_SUMMARY"`
	RedditGrade   Number      `tm:"REDDIT_SENTIMENT_GRADE"`
	RedditLabel   string      `tm:"REDDIT_SENTIMENT_LABEL"`
	RedditSummary string      `tm:"REDDIT_SUMMARY"`
	TwitterGrade  Number      `tm:"TWITTER_SENTIMENT_GRADE"`
	TwitterLabel  string      `tm:"TWITTER_SENTIMENT_LABEL"`
	TwitterText   string      `tm:"TWITTER_SUMMARY"`
	Extra         map[string]json.RawMessage
}

var sentiments = &endpoint{path: "sentiments", status: removedSDK, absent: "v3", params: "limit page"}

func (SentimentsQuery) endpoint() *endpoint { return sentiments }

// Sentiments asks GET /sentiments: the mood of the market by the hour. V2 only; removed
// from the SDK in August 2025, and whether it still answers is unverified. There is no
// successor. Rows were two months old in one recorded answer: look at their time.
func (c *Client) Sentiments(ctx context.Context, q SentimentsQuery) iter.Seq2[Page[Sentiment], error] {
	return pages[Sentiment](ctx, c, q)
}

// CorrelationQuery asks what moves together.
type CorrelationQuery struct {
	TokenIDs   []int64  `param:"token_id"`
	TokenNames []string `param:"token_name"`
	Symbols    []string `param:"symbol"`
	Slugs      []string `param:"slug"` // V3
	Categories []string `param:"category"`
	Exchanges  []string `param:"exchange"`
	Limit      int      `param:"limit"`
	Pages      int      // the most pages; 0: all
}

// Correlations is a row of /correlation.
type Correlations struct {
	Token
	Date  market.Time   `tm:"DATE,key,required,time"`
	Top   []Correlation `tm:"TOP_CORRELATION,present"` // the ten highest and the ten lowest, interleaved; often absent
	Extra map[string]json.RawMessage
}

// Correlation is that with another token, from -1 to 1.
type Correlation struct {
	Correlation Number `tm:"CORRELATION"`
	Token       string `tm:"TOKEN"` // its name: there is no id
	Extra       map[string]json.RawMessage
}

var correlation = &endpoint{path: "correlation", status: current, rows: 1,
	params: "token_id token_name symbol category exchange limit page", v3: "slug"}

func (CorrelationQuery) endpoint() *endpoint { return correlation }

// Correlation asks GET /correlation: how each token moves with the hundred largest. All
// generations; current. The others are given by name, which may be ambiguous.
func (c *Client) Correlation(ctx context.Context, q CorrelationQuery) iter.Seq2[Page[Correlations], error] {
	return pages[Correlations](ctx, c, q)
}
