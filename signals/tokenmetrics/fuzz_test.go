package tokenmetrics

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
)

// fuzzRow decodes one row of a shape and checks what must hold whatever it is.
func fuzzRow[T any](t *testing.T, raw []byte) {
	d := decoder{row: 1}
	row, info, err := decodeRow[T](&d, raw)
	if err == nil && info.key == "" {
		t.Errorf("%T without a key: %s", row, raw)
	}
	if len(d.warnings.texts()) > mostWarnings+1 {
		t.Error("too many warnings")
	}
	again := decoder{row: 1}
	if _, same, err2 := decodeRow[T](&again, raw); (err == nil) != (err2 == nil) || err == nil && same != info {
		t.Errorf("%T is read differently again: %v, %v", row, err, err2)
	}
}

// seeds are rows of the shapes that are not flat, and ones that are wrong.
var seeds = []string{
	`{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-04-08T00:00:00.000Z","TRADING_SIGNAL":0,"TOKEN_TREND":-1,"tm_link":"bitcoin","TM_LINK":"https://app.tokenmetrics.com/undefined","TM_TRADER_GRADE":null}`,
	`{"token_id":"3375","date":"2025-04-08","tm_grade":"61","tm_grade_24_h_pct_change":1e3,"trading_signal":1,"token_trend":1}`,
	`{"TOKEN_ID":1,"DATE":"2024-06-11","FORECASTS_FOR_NEXT_7_DAYS":{"1-day-forecast":{"forecast":2.9},"...":{},"7-day-forecast":[]},"PREDICTED_RETURNS_7D":""}`,
	`{"TOKEN_ID":1,"DATE":"2024-06-11","PRICE_PREDICTION":{"token_mcap":"N/A","similar_tokens_info":[{}],"price_prediction":[{"scenario":0.5},7]}}`,
	`{"TOKEN_ID":1,"DATE":"2024-06-11","SCENARIO_ANALYSIS":[{"crypto_market_cap_trillion":0.5}],"SCENARIO_PREDICTION":null}`,
	`{"TOKEN_ID":1,"DATE":"2024-06-11","HISTORICAL_RESISTANCE_SUPPORT_LEVELS":[0.1,{"date":"2020-06-05","level":0.69},"x",null]}`,
	`{"TOKEN_ID":1,"DATE":"2024-06-11","TOP_CORRELATION":[{"correlation":0.846,"token":"Fantom"}]}`,
	`{"INVESTOR":"A","INVESTOR_NAME":null,"INVESTOR_SCORE":10}`,
	`{"ID":1,"DATE":"2024-06-11","INDEX_CUMULATIVE_ROI":0.3,"24H":1,"TOP_GAINERS_ICONS":{"9":{"name":"A"},"8":"x"}}`,
	`{"TOKEN_ID":1,"EXCHANGE_LIST":["a",{"exchange_id":1}],"CATEGORY_LIST":null,"CONTRACT_ADDRESS":{"ethereum":1},"DATETIME":"2023-11-08 10:00:00.000"}`,
	`{"TOKEN_ID":1,"TOKEN_ID":2,"token_id":3,"DATE":[]}`, `{}`, `[]`, `{"A":`, `"x"`, `{"":null}`,
}

func fuzz[T any](f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(fuzzRow[T])
}

func FuzzTokenDetails(f *testing.F)      { fuzz[TokenDetails](f) }
func FuzzTopMarketCapToken(f *testing.F) { fuzz[TopMarketCapToken](f) }
func FuzzCryptoInvestor(f *testing.F)    { fuzz[CryptoInvestor](f) }
func FuzzAIReport(f *testing.F)          { fuzz[AIReport](f) }
func FuzzPrice(f *testing.F)             { fuzz[Price](f) }
func FuzzHourlyOHLCV(f *testing.F)       { fuzz[HourlyOHLCV](f) }
func FuzzDailyOHLCV(f *testing.F)        { fuzz[DailyOHLCV](f) }
func FuzzTradingSignal(f *testing.F)     { fuzz[TradingSignal](f) }
func FuzzHourlySignal(f *testing.F)      { fuzz[HourlyTradingSignal](f) }
func FuzzMoonshotToken(f *testing.F)     { fuzz[MoonshotToken](f) }
func FuzzTraderGrade(f *testing.F)       { fuzz[TraderGrade](f) }
func FuzzInvestorGrade(f *testing.F)     { fuzz[InvestorGrade](f) }
func FuzzTMGrade(f *testing.F)           { fuzz[TMGrade](f) }
func FuzzTMGradeDay(f *testing.F)        { fuzz[TMGradeDay](f) }
func FuzzFundamentalGrade(f *testing.F)  { fuzz[FundamentalGrade](f) }
func FuzzFundamentalDay(f *testing.F)    { fuzz[FundamentalGradeDay](f) }
func FuzzTechnologyGrade(f *testing.F)   { fuzz[TechnologyGrade](f) }
func FuzzPricePrediction(f *testing.F)   { fuzz[PricePrediction](f) }
func FuzzScenarioAnalysis(f *testing.F)  { fuzz[ScenarioAnalysis](f) }
func FuzzResistanceSupport(f *testing.F) { fuzz[ResistanceSupport](f) }
func FuzzQuantmetrics(f *testing.F)      { fuzz[Quantmetrics](f) }
func FuzzMarketMetrics(f *testing.F)     { fuzz[MarketMetrics](f) }
func FuzzSentiment(f *testing.F)         { fuzz[Sentiment](f) }
func FuzzCorrelations(f *testing.F)      { fuzz[Correlations](f) }
func FuzzIndex(f *testing.F)             { fuzz[Index](f) }
func FuzzIndexHolding(f *testing.F)      { fuzz[IndexHolding](f) }
func FuzzIndexPerformance(f *testing.F)  { fuzz[IndexPerformance](f) }
func FuzzTrendIndicator(f *testing.F)    { fuzz[TrendIndicator](f) }
func FuzzPortfolioHolding(f *testing.F)  { fuzz[PortfolioHolding](f) }
func FuzzTreeMapTile(f *testing.F)       { fuzz[TreeMapTile](f) }
func FuzzIndexTransaction(f *testing.F)  { fuzz[IndexTransaction](f) }

// Rows are those of the list, in order, and an answer that is read whole is JSON.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{
		`{"success":true,"message":"Data fetched successfully","length":2,"data":[{"A":1},2]}`, `{"data":[1,`, `{"data" : [ ] , "success":false}x`,
		`{"success":true,"chartUrl":"x"}`, `{"data":{}}`, `{"data":null,"data":[1]}`, `[]`, `{`, ``, `{"success":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parseEnvelope(body)
		for _, row := range e.rows {
			if !json.Valid(row) || !bytes.Contains(body, row) {
				t.Errorf("row %q", row)
			}
		}
		if err == nil && !json.Valid(body) {
			t.Errorf("%q is read and is no JSON", body)
		}
	})
}

// A number is what its text says, or absent with an error; it can be used cheaply.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{`1080`, `"56.1"`, `2.4e-05`, `1e3`, `null`, `""`, `"N/A"`, `1e999999999`, `-0`, `"0x10"`, `{}`, `"1,5"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, err := parseNumber(raw)
		if err != nil && n.Valid {
			t.Errorf("%q is an error and a number", raw)
		}
		if x, ok := n.Float(); ok != n.Valid || math.IsNaN(x) {
			t.Errorf("%q is %v", raw, x)
		}
		text, err := n.MarshalJSON()
		var same Number
		if err != nil || same.UnmarshalJSON(text) != nil && len(text) <= longestNumber || len(text) <= longestNumber && same.Valid != n.Valid {
			t.Errorf("%q becomes %s", raw, text)
		}
	})
}
