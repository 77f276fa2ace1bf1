package tokenmetrics

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/signalman-trading/signalman/market"
)

// PricePredictionQuery asks for predictions.
type PricePredictionQuery struct {
	TokenIDs   []int64  `param:"token_id"`
	Symbols    []string `param:"symbol"`
	TokenNames []string `param:"token_name"` // V3
	Slugs      []string `param:"slug"`       // V3
	Categories []string `param:"category"`   // V1 and V2Legacy
	Exchanges  []string `param:"exchange"`   // V1 and V2Legacy
	Limit      int      `param:"limit"`
	Pages      int      // the most pages; 0: all
}

// PricePrediction is a row of /price-prediction, of both shapes: scenarios since August
// 2025, forecasts for seven days before.
type PricePrediction struct {
	Token                  // rows of the old shape have no symbol
	Date       market.Time `tm:"DATE,key,required,time"`
	Projection *Projection `tm:"PRICE_PREDICTION,either"`
	Forecasts  Forecasts   `tm:"FORECASTS_FOR_NEXT_7_DAYS,either"`
	Returns7d  Number      `tm:"PREDICTED_RETURNS_7D"` // a fraction: 0.0243 is 2.43 %
	Extra      map[string]json.RawMessage
}

// Projection is what a token would be worth in scenarios of the whole market, in USD.
type Projection struct {
	TokenMarketCap  Number          `tm:"TOKEN_MCAP"`
	TotalMarketCap  Number          `tm:"TOTAL_MCAP"`
	Category        string          `tm:"CATEGORY_NAME"`
	Price           Number          `tm:"CURRENT_PRICE"`
	PredictedDate   string          `tm:"PREDICTED_DATE"` // as it came
	SimilarTokens   json.RawMessage `tm:"SIMILAR_TOKENS_INFO"`
	AvgPerformance  Number          `tm:"AVG_PAST_PERFORMANCE"`
	SelfPerformance Number          `tm:"SELF_PAST_PERFORMANCE"`
	Scenarios       []Scenario      `tm:"PRICE_PREDICTION|SCENARIO_PREDICTION"`
	Extra           map[string]json.RawMessage
}

// Scenario is one growth of the whole market's value. Prices, market caps and fully
// diluted values are in USD; the unit of the returns is unverified.
type Scenario struct {
	Growth         Number `tm:"SCENARIO"`            // of the market: 0.5, 2, 4 times
	TotalMarketCap Number `tm:"TOTAL_MCAP_SCENARIO"` // of the market, USD
	PriceBase      Number `tm:"PREDICTED_PRICE_BASE"`
	PriceBear      Number `tm:"PREDICTED_PRICE_BEAR"`
	PriceMoon      Number `tm:"PREDICTED_PRICE_MOON"`
	ROIBase        Number `tm:"PREDICTED_ROI_BASE"`
	ROIBear        Number `tm:"PREDICTED_ROI_BEAR"`
	ROIMoon        Number `tm:"PREDICTED_ROI_MOON"`
	MarketCapBase  Number `tm:"PREDICTED_MCAP_BASE"`
	MarketCapBear  Number `tm:"PREDICTED_MCAP_BEAR"`
	MarketCapMoon  Number `tm:"PREDICTED_MCAP_MOON"`
	FDVBase        Number `tm:"PREDICTED_FDV_BASE"`
	FDVBear        Number `tm:"PREDICTED_FDV_BEAR"`
	FDVMoon        Number `tm:"PREDICTED_FDV_MOON"`
	Extra          map[string]json.RawMessage
}

// Forecasts are those of the next days, in order.
type Forecasts []Forecast

// Forecast is a price in USD with its band.
type Forecast struct {
	Day      int    // 1 is the day after the row's
	Forecast Number `tm:"FORECAST"`
	Lower    Number `tm:"FORECAST_LOWER"`
	Upper    Number `tm:"FORECAST_UPPER"`
	Extra    map[string]json.RawMessage
}

var pricePrediction = &endpoint{path: "price-prediction", status: current, rows: 1,
	params: "token_id symbol limit page", v3: "slug token_name", legacy: "category exchange"}

func (PricePredictionQuery) endpoint() *endpoint { return pricePrediction }

// PricePrediction asks GET /price-prediction: the latest prediction of each token. All
// generations; current, in the shape of August 2025, which is known from SDKs and
// documents alone; how V3 nests it is unverified.
func (c *Client) PricePrediction(ctx context.Context, q PricePredictionQuery) iter.Seq2[Page[PricePrediction], error] {
	return pages[PricePrediction](ctx, c, q)
}

// ScenarioAnalysisQuery asks for scenarios.
type ScenarioAnalysisQuery struct {
	TokenIDs []int64  `param:"token_id"`
	Symbols  []string `param:"symbol"`
	Limit    int      `param:"limit"`
	Pages    int      // the most pages; 0: all
}

// ScenarioAnalysis is a row of /scenario-analysis, of both shapes.
type ScenarioAnalysis struct {
	Token
	Date       market.Time     `tm:"DATE,key,required,time"`
	Analysis   []ScenarioPrice `tm:"SCENARIO_ANALYSIS,either"`   // until mid-2025
	Projection *Projection     `tm:"SCENARIO_PREDICTION,either"` // since
	Extra      map[string]json.RawMessage
}

// ScenarioPrice is the price of a token were the whole market worth so much.
type ScenarioPrice struct {
	MarketCapTrillion Number `tm:"CRYPTO_MARKET_CAP_TRILLION"` // trillions of USD: 0.5, 1, 2, 3, 5, 10
	Price             Number `tm:"PRICE_PREDICTION"`           // USD
	Dominance         Number `tm:"TOKEN_DOMINANCE"`            // the token's part of the market, a fraction
	Extra             map[string]json.RawMessage
}

var scenarioAnalysis = &endpoint{path: "scenario-analysis", status: "replaced by price-prediction in August 2025; whether v2 still answers is unverified",
	absent: "v3", rows: 1, params: "token_id symbol limit page"}

func (ScenarioAnalysisQuery) endpoint() *endpoint { return scenarioAnalysis }

// ScenarioAnalysis asks GET /scenario-analysis: prices by scenario. V2 only; replaced by
// [Client.PricePrediction] in August 2025, and whether it still answers is unverified.
func (c *Client) ScenarioAnalysis(ctx context.Context, q ScenarioAnalysisQuery) iter.Seq2[Page[ScenarioAnalysis], error] {
	return pages[ScenarioAnalysis](ctx, c, q)
}

// ResistanceSupportQuery asks for levels.
type ResistanceSupportQuery struct {
	TokenIDs   []int64  `param:"token_id"`
	Symbols    []string `param:"symbol"`
	TokenNames []string `param:"token_name"` // V3
	Slugs      []string `param:"slug"`       // V3
	Limit      int      `param:"limit"`
	Pages      int      // the most pages; 0: all
}

// ResistanceSupport is a row of /resistance-support.
type ResistanceSupport struct {
	Token
	Date   market.Time `tm:"DATE,key,required,time"`
	Levels []Level     `tm:"HISTORICAL_RESISTANCE_SUPPORT_LEVELS,present"` // may be absent
	Extra  map[string]json.RawMessage
}

// Level is a price, in USD, that has held before. One below the price is support, one
// above it is resistance: the API does not say which.
type Level struct {
	Date  market.Time `tm:"DATE"` // when it was made; 0 in rows of 2023
	Level Number      `tm:"LEVEL,bare"`
	Extra map[string]json.RawMessage
}

var resistanceSupport = &endpoint{path: "resistance-support", status: current, rows: 1,
	params: "token_id symbol limit page", v3: "slug token_name"}

func (ResistanceSupportQuery) endpoint() *endpoint { return resistanceSupport }

// ResistanceSupport asks GET /resistance-support: the levels of each token, of both
// shapes (numbers in 2023, numbers with dates since 2025). All generations; current.
func (c *Client) ResistanceSupport(ctx context.Context, q ResistanceSupportQuery) iter.Seq2[Page[ResistanceSupport], error] {
	return pages[ResistanceSupport](ctx, c, q)
}
