package tokenmetrics

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/signalman-trading/signalman/market"
)

// PriceQuery asks for prices.
type PriceQuery struct {
	TokenIDs   []int64  `param:"token_id"`   // required, but in V3
	TokenNames []string `param:"token_name"` // V3
	Symbols    []string `param:"symbol"`     // V3
	Slugs      []string `param:"slug"`       // V3
	Limit      int      `param:"limit"`      // V3
	Pages      int      // V3: the most pages; 0: all
}

// Price is a row of /price.
type Price struct {
	Token
	Price Number `tm:"CURRENT_PRICE,present"` // USD
	Extra map[string]json.RawMessage
}

var price = &endpoint{path: "price", status: current, rows: 1, needs: "token_id|token_name|symbol|slug",
	params: "token_id", v3: "token_name symbol slug limit page"}

func (PriceQuery) endpoint() *endpoint { return price }

// Price asks GET /price: the price now, in USD. All generations; current. The row has no
// time: it is about the moment of the answer. In the document's sample the id is a string
// and the symbol in lower case.
func (c *Client) Price(ctx context.Context, q PriceQuery) iter.Seq2[Page[Price], error] {
	return pages[Price](ctx, c, q)
}

// HourlyOHLCVQuery asks for hourly prices.
type HourlyOHLCVQuery struct {
	TokenIDs   []int64     `param:"token_id"`
	Symbols    []string    `param:"symbol"`
	TokenNames []string    `param:"token_name"`
	Slugs      []string    `param:"slug"`      // V3
	Start      market.Time `param:"startDate"` // the first day
	End        market.Time `param:"endDate"`   // the last day, included; 0: today
	Limit      int         `param:"limit"`
	Pages      int         // the most pages of a window; 0: all
}

// HourlyOHLCV is a row of /hourly-ohlcv, in USD.
type HourlyOHLCV struct {
	Token
	Time   market.Time `tm:"TIMESTAMP|DATE,key,required,time"` // not on the hour
	Open   Number      `tm:"OPEN"`
	High   Number      `tm:"HIGH"`
	Low    Number      `tm:"LOW"`
	Close  Number      `tm:"CLOSE,present"`
	Volume Number      `tm:"VOLUME"` // looks like that of 24 hours, not of one
	Extra  map[string]json.RawMessage
}

var hourlyOHLCV = &endpoint{path: "hourly-ohlcv", status: current, rows: 24,
	params: "token_id symbol token_name startDate endDate limit page", v3: "slug"}

func (HourlyOHLCVQuery) endpoint() *endpoint { return hourlyOHLCV }

// HourlyOHLCV asks GET /hourly-ohlcv: prices by the hour, newest first. All generations;
// current. Times are not on the hour (23:26:09.454), and Volume must not be used as that
// of a bar: that of three hours running is nearly the same. The document says that Start
// is at most 30 days ago.
func (c *Client) HourlyOHLCV(ctx context.Context, q HourlyOHLCVQuery) iter.Seq2[Page[HourlyOHLCV], error] {
	return pages[HourlyOHLCV](ctx, c, q)
}

// DailyOHLCVQuery asks for daily prices.
type DailyOHLCVQuery struct {
	TokenIDs   []int64     `param:"token_id"`
	Symbols    []string    `param:"symbol"`
	TokenNames []string    `param:"token_name"`
	Slugs      []string    `param:"slug"`      // V3
	Start      market.Time `param:"startDate"` // the first day
	End        market.Time `param:"endDate"`   // the last day, included; 0: today
	Limit      int         `param:"limit"`
	Pages      int         // the most pages of a window; 0: all
}

// DailyOHLCV is a row of /daily-ohlcv, in USD.
type DailyOHLCV struct {
	Token
	Date   market.Time `tm:"DATE|TIMESTAMP,key,required,time"`
	Open   Number      `tm:"OPEN"` // not the close of the day before
	High   Number      `tm:"HIGH"`
	Low    Number      `tm:"LOW"`
	Close  Number      `tm:"CLOSE,present"`
	Volume Number      `tm:"VOLUME"`
	Extra  map[string]json.RawMessage
}

var dailyOHLCV = &endpoint{path: "daily-ohlcv", status: current, rows: 1,
	params: "token_id symbol token_name startDate endDate limit page", v3: "slug"}

func (DailyOHLCVQuery) endpoint() *endpoint { return dailyOHLCV }

// DailyOHLCV asks GET /daily-ohlcv: prices by the day, newest first. All generations;
// current. The document says that Start is at most 30 days ago, though four years have
// been had day by day: how far back it goes may depend on the plan. A refusal is 400 with
// the body {}.
func (c *Client) DailyOHLCV(ctx context.Context, q DailyOHLCVQuery) iter.Seq2[Page[DailyOHLCV], error] {
	return pages[DailyOHLCV](ctx, c, q)
}
