package tokenmetricstest

import (
	"iter"
	"net/http"
)

// route is one endpoint.
type route struct {
	name           string
	legacy, v2, v3 bool   // the flows that have it
	params         string // that it takes beside limit and page
	need           string // parameters without which it answers 400
	bare           bool   // its 400 is {}
	few            bool   // ten rows a page where the old flow is not asked for another number
	post           bool

	rows  func(a *ask) iter.Seq[func() row]           // all rows, in order; those of a page are made
	whole func(a *ask, r *http.Request) (int, []byte) // instead of rows: the status and the body
}

// What many endpoints take.
const (
	byID  = "token_id symbol"
	named = "token_id token_name symbol"
	dates = " startDate endDate"
	sizes = " category exchange marketcap volume fdv"
	chart = "category timeFrame chartFilters token_id"
)

// routes are all endpoints of all flows. An endpoint that changed stands there twice.
var routes = []route{
	{name: "tokens", legacy: true, v2: true, v3: true, params: named + " category exchange blockchain_address", rows: tokenRows},
	{name: "top-market-cap-tokens", legacy: true, v2: true, v3: true, params: "top_k expand", rows: topRows},
	{name: "price", legacy: true, v2: true, v3: true, need: "token_id", rows: priceRows},
	{name: "hourly-ohlcv", legacy: true, v2: true, v3: true, params: named + dates, few: true, rows: hourlyRows},
	{name: "daily-ohlcv", legacy: true, v2: true, v3: true, params: named + dates, few: true, bare: true, rows: dailyRows},

	{name: "trading-signals", legacy: true, v2: true, v3: true, params: byID + dates + sizes + " signal", rows: signalRows},
	{name: "hourly-trading-signals", v2: true, v3: true, need: "token_id", rows: hourlySignalRows},

	{name: "trader-grades", legacy: true, v2: true, params: byID + dates + sizes + " traderGrade traderGradePercentChange", rows: traderRows},
	{name: "investor-grades", legacy: true, v2: true, params: byID + dates + sizes + " investorGrade", rows: investorRows},
	{name: "tm-grade", v2: true, v3: true, params: named, rows: latest(tmRow)},
	{name: "tm-grade-history", v2: true, v3: true, params: named + dates, rows: history(tmRow)},
	{name: "fundamental-grade", v2: true, v3: true, params: named, rows: latest(fundamentalRow)},
	{name: "fundamental-grade-history", v2: true, v3: true, params: named + dates, rows: history(fundamentalRow)},
	{name: "technology-grade", v2: true, v3: true, params: named + dates, rows: latest(technologyRow)},
	{name: "technology-grade-history", v2: true, v3: true, params: named + dates, rows: history(technologyRow)},

	{name: "price-prediction", legacy: true, params: byID + " category exchange", rows: latest(forecastRow)},
	{name: "price-prediction", v2: true, v3: true, params: byID, rows: latest(predictionRow)},
	{name: "scenario-analysis", legacy: true, params: byID + " category exchange", rows: latest(oldScenarioRow)},
	{name: "scenario-analysis", v2: true, params: byID, rows: latest(scenarioRow)},
	{name: "resistance-support", legacy: true, v2: true, v3: true, params: byID, rows: latest(levelRow)},

	{name: "quantmetrics", legacy: true, v2: true, v3: true, params: byID + sizes, rows: latest(quantRow)},
	{name: "market-metrics", legacy: true, v2: true, v3: true, params: dates, rows: marketRows},
	{name: "sentiments", legacy: true, v2: true, rows: sentimentRows},
	{name: "correlation", legacy: true, v2: true, v3: true, params: named + " category exchange", rows: latest(correlationRow)},
	{name: "ai-reports", legacy: true, v2: true, v3: true, params: byID, rows: reportRows},
	{name: "crypto-investors", legacy: true, v2: true, v3: true, rows: backerRows},
	{name: "moonshot-tokens", v2: true, v3: true, params: "type", rows: moonshotRows},

	{name: "indices", v2: true, v3: true, params: "indicesType", bare: true, rows: indexRows},
	{name: "indices-holdings", v2: true, v3: true, need: "id", bare: true, rows: holdingRows},
	{name: "indices-performance", v2: true, v3: true, params: dates, need: "id", bare: true, rows: performanceRows},
	{name: "tmai", legacy: true, v2: true, post: true, whole: chat},

	{name: "indices-performance", legacy: true, params: dates, need: "type", few: true, rows: performanceRows},
	{name: "all-trend-indicators", legacy: true, params: byID + " indicator" + dates, rows: indicatorRows},
	{name: "trader-indices", legacy: true, params: dates, few: true, rows: portfolioRows},
	{name: "investor-indices", legacy: true, few: true, rows: portfolioRows},
	{name: "indices-tree-map", legacy: true, need: "type", few: true, rows: mapRows},
	{name: "indices-index-specific-tree-map", legacy: true, need: "indexName", few: true, rows: mapRows},
	{name: "indices-index-specific-performance", legacy: true, need: "indexName startDate endDate", few: true, rows: performanceRows},
	{name: "indices-index-transaction", legacy: true, need: "type", few: true, rows: transactionRows},
	{name: "indices-index-specific-index-transaction", legacy: true, need: "indexName", few: true, rows: transactionRows},

	{name: "token-details-price-charts", legacy: true, params: chart, whole: picture},
	{name: "indices-index-allocation-charts", legacy: true, params: chart, whole: picture},
	{name: "indices-roi-charts", legacy: true, params: chart, whole: picture},
	{name: "market-percent-of-bullish-vs-bearish-charts", legacy: true, params: chart, whole: picture},
	{name: "market-bull-and-bear-charts", legacy: true, params: chart, whole: picture},
	{name: "market-percent-of-bullish-tm-grades", legacy: true, params: chart, whole: picture},
	{name: "market-tm-grade-signal", legacy: true, params: chart, whole: picture},
	{name: "bitcoin-vs-altcoin-season-charts", legacy: true, params: chart, whole: picture},
	{name: "annualized-historical-volatility-charts", legacy: true, params: chart, whole: picture},
	{name: "total-market-crypto-cap-charts", legacy: true, params: chart, whole: picture},
	{name: "market-movers-charts", legacy: true, params: chart, whole: picture},
	{name: "resistance-and-support-charts", legacy: true, params: chart, whole: picture},
}

// Endpoints lists the endpoints of a flow under the path "/v2" or "/v3".
func Endpoints(f Flow, base string) (list []string) {
	s := &Server{o: Options{Flow: f}}
	for i := range routes {
		if r := &routes[i]; s.find(base+"/", r.name) == r {
			list = append(list, r.name)
		}
	}
	return list
}
