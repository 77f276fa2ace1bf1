package tokenmetrics

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/signalman-trading/signalman/market"
)

// AllTrendIndicatorsQuery asks for technical indicators.
type AllTrendIndicatorsQuery struct {
	TokenIDs   []int64     `param:"token_id"`
	Symbols    []string    `param:"symbol"`
	Indicators []string    `param:"indicator"` // rsi, mom, sar, …
	Start      market.Time `param:"startDate"` // the first day
	End        market.Time `param:"endDate"`   // the last day, included; 0: today
	Limit      int         `param:"limit"`
	Pages      int         // the most pages of a window; 0: all
}

// TrendIndicator is a row of /all-trend-indicators.
type TrendIndicator struct {
	Token                 // the symbol is in lower case
	Date      market.Time `tm:"DATE,key,required,time"`
	Indicator string      `tm:"INDICATOR,key,required"`
	Trend     Number      `tm:"TREND,present"` // 1 up, 0, -1 down
	Extra     map[string]json.RawMessage
}

var allTrendIndicators = &endpoint{path: "all-trend-indicators", status: legacyState, absent: "v3", rows: 17,
	params: "token_id symbol indicator startDate endDate limit page"}

func (AllTrendIndicatorsQuery) endpoint() *endpoint { return allTrendIndicators }

// AllTrendIndicators asks GET /all-trend-indicators: what each of 17 indicators says of a
// token, day by day. V2 until mid-2025; probably gone.
func (c *Client) AllTrendIndicators(ctx context.Context, q AllTrendIndicatorsQuery) iter.Seq2[Page[TrendIndicator], error] {
	return pages[TrendIndicator](ctx, c, q)
}

// TraderIndicesQuery asks for the trader portfolio.
type TraderIndicesQuery struct {
	Start market.Time `param:"startDate"` // the first day
	End   market.Time `param:"endDate"`   // the last day, included; 0: today
	Limit int         `param:"limit"`
	Pages int         // the most pages of a window; 0: all
}

// InvestorIndicesQuery asks for the investor portfolio.
type InvestorIndicesQuery struct {
	Limit int `param:"limit"`
	Pages int // the most pages; 0: all
}

// PortfolioHolding is a row of /trader-indices and /investor-indices.
type PortfolioHolding struct {
	Token
	Date         market.Time `tm:"PORTFOLIO_DATE|DATE,key,required,time"`
	Weight       Number      `tm:"INDEX_WEIGHT,present"` // a fraction
	InitialPrice Number      `tm:"INITIAL_PRICE"`        // USD
	Amount       Number      `tm:"AMOUNT_OF_TOKENS"`
	Extra        map[string]json.RawMessage
}

var traderIndices = &endpoint{path: "trader-indices", status: legacyState, absent: "v3", params: "startDate endDate limit page"}

var investorIndices = &endpoint{path: "investor-indices", status: legacyState, absent: "v3", params: "limit page"}

func (TraderIndicesQuery) endpoint() *endpoint { return traderIndices }

func (InvestorIndicesQuery) endpoint() *endpoint { return investorIndices }

// TraderIndices asks GET /trader-indices: a portfolio that changes daily. V2 until
// mid-2025; probably gone.
func (c *Client) TraderIndices(ctx context.Context, q TraderIndicesQuery) iter.Seq2[Page[PortfolioHolding], error] {
	return pages[PortfolioHolding](ctx, c, q)
}

// InvestorIndices asks GET /investor-indices: a portfolio that changes each quarter. V2
// until mid-2025; probably gone.
func (c *Client) InvestorIndices(ctx context.Context, q InvestorIndicesQuery) iter.Seq2[Page[PortfolioHolding], error] {
	return pages[PortfolioHolding](ctx, c, q)
}

// IndicesTreeMapQuery asks for the tree map of the trader or the investor index.
type IndicesTreeMapQuery struct {
	Type  string `param:"type"` // required: trader, investor
	Limit int    `param:"limit"`
	Pages int    // the most pages; 0: all
}

// IndexTreeMapQuery asks for the tree map of one index.
type IndexTreeMapQuery struct {
	IndexName string `param:"indexName"` // required: meme, …
	Limit     int    `param:"limit"`
	Pages     int    // the most pages; 0: all
}

// TreeMapTile is a row of both tree maps.
type TreeMapTile struct {
	Name         string `tm:"NAME,key,required"`
	Icon         Icon   `tm:"ICON"`
	Weight       Number `tm:"WEIGHT,present"` // percent
	Change       Number `tm:"PCT_CHANGE"`     // percent
	CoinGeckoID  string `tm:"CG_ID,key"`
	ChainID      string `tm:"CHAIN_ID"`
	TokenAddress string `tm:"TOKEN_ADDRESS"`
	Extra        map[string]json.RawMessage
}

var indicesTreeMap = &endpoint{path: "indices-tree-map", status: legacyState, absent: "v3", params: "type limit page", needs: "type"}

var indexTreeMap = &endpoint{path: "indices-index-specific-tree-map", status: legacyState, absent: "v3", params: "indexName limit page", needs: "indexName"}

func (IndicesTreeMapQuery) endpoint() *endpoint { return indicesTreeMap }

func (IndexTreeMapQuery) endpoint() *endpoint { return indexTreeMap }

// IndicesTreeMap asks GET /indices-tree-map: the weights of the trader or the investor
// index. V2 until mid-2025; probably gone. The rows have no time.
func (c *Client) IndicesTreeMap(ctx context.Context, q IndicesTreeMapQuery) iter.Seq2[Page[TreeMapTile], error] {
	return pages[TreeMapTile](ctx, c, q)
}

// IndexTreeMap asks GET /indices-index-specific-tree-map: the weights of one index. V2
// until mid-2025; probably gone. The rows have no time.
func (c *Client) IndexTreeMap(ctx context.Context, q IndexTreeMapQuery) iter.Seq2[Page[TreeMapTile], error] {
	return pages[TreeMapTile](ctx, c, q)
}

// IndexPerformanceQuery asks how one index went.
type IndexPerformanceQuery struct {
	IndexName string      `param:"indexName"` // required: meme, …
	Start     market.Time `param:"startDate"` // required: the first day
	End       market.Time `param:"endDate"`   // the last day, included; 0: today
}

var indexPerformance = &endpoint{path: "indices-index-specific-performance", status: legacyState, absent: "v3", rows: 1,
	params: "indexName startDate endDate", needs: "indexName startDate"}

func (IndexPerformanceQuery) endpoint() *endpoint { return indexPerformance }

// IndexPerformance asks GET /indices-index-specific-performance: how one index went, day
// by day. V2 until mid-2025; probably gone.
func (c *Client) IndexPerformance(ctx context.Context, q IndexPerformanceQuery) iter.Seq2[Page[IndexPerformance], error] {
	return pages[IndexPerformance](ctx, c, q)
}

// IndicesTransactionsQuery asks what the trader or the investor index bought and sold.
type IndicesTransactionsQuery struct {
	Type  string `param:"type"` // required: trader, investor
	Limit int    `param:"limit"`
	Pages int    // the most pages; 0: all
}

// IndexTransactionsQuery asks what one index bought and sold.
type IndexTransactionsQuery struct {
	IndexName string `param:"indexName"` // required: meme, …
	Limit     int    `param:"limit"`
	Pages     int    // the most pages; 0: all
}

// IndexTransaction is a row of both lists of transactions.
type IndexTransaction struct {
	Token
	Date       market.Time `tm:"DATE,key,required,time"`
	Icon       Icon        `tm:"ICON"`
	Action     string      `tm:"ACTION,key"` // Decrease, …
	SizePct    Number      `tm:"TRANSACTION_SIZE_IN_PCT"`
	SizeUSD    Number      `tm:"TRANSACTION_SIZE_IN_USD"`
	SizeTokens Number      `tm:"TRANSACTION_SIZE_IN_TOKENS"`
	Time       market.Time `tm:"TIMESTAMP,key"`
	TotalCount Number      `tm:"TOTAL_COUNT"`
	Sector     string      `tm:"SECTOR,key"`
	Extra      map[string]json.RawMessage
}

var indicesTransactions = &endpoint{path: "indices-index-transaction", status: legacyState, absent: "v3", params: "type limit page", needs: "type"}

var indexTransactions = &endpoint{path: "indices-index-specific-index-transaction", status: legacyState, absent: "v3", params: "indexName limit page", needs: "indexName"}

func (IndicesTransactionsQuery) endpoint() *endpoint { return indicesTransactions }

func (IndexTransactionsQuery) endpoint() *endpoint { return indexTransactions }

// IndicesTransactions asks GET /indices-index-transaction: what the trader or the investor
// index bought and sold. V2 until mid-2025; probably gone.
func (c *Client) IndicesTransactions(ctx context.Context, q IndicesTransactionsQuery) iter.Seq2[Page[IndexTransaction], error] {
	return pages[IndexTransaction](ctx, c, q)
}

// IndexTransactions asks GET /indices-index-specific-index-transaction: what one index
// bought and sold. V2 until mid-2025; probably gone.
func (c *Client) IndexTransactions(ctx context.Context, q IndexTransactionsQuery) iter.Seq2[Page[IndexTransaction], error] {
	return pages[IndexTransaction](ctx, c, q)
}
