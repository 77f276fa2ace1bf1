package tokenmetrics

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/signalman-trading/signalman/market"
)

// IndicesQuery asks for the vendor's indices.
type IndicesQuery struct {
	Type  string `param:"indicesType"` // active, passive; "": all
	Limit int    `param:"limit"`
	Pages int    // the most pages; 0: all
}

// Icon is a picture's addresses.
type Icon struct {
	Name  string `tm:"NAME"`
	Large string `tm:"LARGE"`
	Small string `tm:"SMALL"`
	Thumb string `tm:"THUMB"`
	URL   string `tm:"URL,bare"` // where there is one only
	Extra map[string]json.RawMessage
}

// Index is a row of /indices. Amounts are in USD.
type Index struct {
	ID         int64           `tm:"ID,key,required"`
	Name       string          `tm:"NAME"`
	Ticker     string          `tm:"TICKER"`
	Price      Number          `tm:"PRICE"`
	Coins      Number          `tm:"COINS"`
	Change24h  Number          `tm:"24H"` // percent
	Change7d   Number          `tm:"7D"`  // probably percent
	Change1m   Number          `tm:"1M"`  // probably percent
	AllTime    Number          `tm:"ALL_TIME"`
	Volume24h  Number          `tm:"24H_VOLUME"`
	IndexGrade Number          `tm:"INDEX_GRADE"`
	MarketCap  Number          `tm:"MARKET_CAP"`
	TopGainers map[string]Icon `tm:"TOP_GAINERS_ICONS"` // by id
	Extra      map[string]json.RawMessage
}

var indices = &endpoint{path: "indices", status: current, params: "limit page indicesType"}

func (IndicesQuery) endpoint() *endpoint { return indices }

// Indices asks GET /indices: the indices there are, with their ids. V2 and V3; current
// since June 2025. The rows have no time. One client reads a "pagination" beside the rows,
// which is unverified, and in [Page].Extra where it comes.
func (c *Client) Indices(ctx context.Context, q IndicesQuery) iter.Seq2[Page[Index], error] {
	return pages[Index](ctx, c, q)
}

// IndicesHoldingsQuery asks what an index holds.
type IndicesHoldingsQuery struct {
	ID int64 `param:"id"` // required
}

// IndexHolding is a row of /indices-holdings. Amounts are in USD.
type IndexHolding struct {
	Token
	Date           market.Time `tm:"DATE,key,time"`
	Coin           string      `tm:"COIN"`
	CoinGeckoID    string      `tm:"CG_ID"`
	Weight         Number      `tm:"WEIGHT,present"` // percent
	MarketCap      Number      `tm:"MARKET_CAP"`
	Price          Number      `tm:"PRICE"`
	ROI            Number      `tm:"CURRENT_ROI"`  // unit unverified
	TraderGrade    Number      `tm:"TRADER_GRADE"` // 0 to 100
	GradeChange24h Number      `tm:"TRADER_GRADE_CHANGE_24H"`
	Icon           Icon        `tm:"ICON"`
	Extra          map[string]json.RawMessage
}

var indicesHoldings = &endpoint{path: "indices-holdings", status: current, params: "id", needs: "id"}

func (IndicesHoldingsQuery) endpoint() *endpoint { return indicesHoldings }

// IndicesHoldings asks GET /indices-holdings: what an index holds. V2 and V3; current since
// June 2025. Known from SDKs alone.
func (c *Client) IndicesHoldings(ctx context.Context, q IndicesHoldingsQuery) iter.Seq2[Page[IndexHolding], error] {
	return pages[IndexHolding](ctx, c, q)
}

// IndicesPerformanceQuery asks how an index went.
type IndicesPerformanceQuery struct {
	ID    int64       `param:"id"`        // required, but in V1 and V2Legacy
	Type  string      `param:"type"`      // V1 and V2Legacy, instead of ID: trader, investor
	Start market.Time `param:"startDate"` // the first day
	End   market.Time `param:"endDate"`   // the last day, included; 0: today
	Limit int         `param:"limit"`
	Pages int         // the most pages of a window; 0: all
}

// IndexPerformance is a row of /indices-performance, of both shapes. Amounts are in USD.
type IndexPerformance struct {
	ID            Number      `tm:"ID,key"` // since June 2025
	Date          market.Time `tm:"DATE,key,required,time"`
	CumulativeROI Number      `tm:"INDEX_CUMULATIVE_ROI,present"` // looks like a fraction; unverified
	MarketCap     Number      `tm:"MARKET_CAP"`
	Volume        Number      `tm:"VOLUME"`
	FDV           Number      `tm:"FDV"`
	Extra         map[string]json.RawMessage
}

var indicesPerformance = &endpoint{path: "indices-performance", status: current, rows: 1, needs: "id|type",
	params: "startDate endDate limit page id", legacy: "type"}

func (IndicesPerformanceQuery) endpoint() *endpoint { return indicesPerformance }

// IndicesPerformance asks GET /indices-performance: how an index went, day by day, oldest
// first in the document. All generations; current. Since June 2025 by ID, before by Type.
func (c *Client) IndicesPerformance(ctx context.Context, q IndicesPerformanceQuery) iter.Seq2[Page[IndexPerformance], error] {
	return pages[IndexPerformance](ctx, c, q)
}
