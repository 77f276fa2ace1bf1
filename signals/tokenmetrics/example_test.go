package tokenmetrics_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
)

// An answer stands for the API, in the process.
var exampleAPI = &http.Client{Transport: served{says(`{"success":true,"message":"Data fetched successfully","length":2,"data":[
	{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-04-08T00:00:00.000Z","TRADING_SIGNAL":-1,"TOKEN_TREND":-1,"TM_TRADER_GRADE":18.5,"TM_INVESTOR_GRADE":null},
	{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-04-07T00:00:00.000Z","TRADING_SIGNAL":0,"TOKEN_TREND":1,"TM_TRADER_GRADE":"N/A","TM_INVESTOR_GRADE":61.6}]}`)}}

func Example() {
	c, err := tokenmetrics.New(tokenmetrics.Options{
		HTTP: exampleAPI, // leave it out to ask the vendor
		Key:  market.NewSecret("the-key-from-your-environment"),
	})
	if err != nil {
		log.Fatal(err)
	}
	q := tokenmetrics.TradingSignalsQuery{
		TokenIDs: []int64{3375},
		Start:    market.TimeOf(time.Date(2025, 4, 7, 0, 0, 0, 0, time.UTC)),
		End:      market.TimeOf(time.Date(2025, 4, 8, 0, 0, 0, 0, time.UTC)),
	}
	for page, err := range c.TradingSignals(context.Background(), q) {
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range page.Rows {
			fmt.Printf("%s %s trend %s, trader grade %q\n", r.Date, r.TokenSymbol, r.Trend, r.TMTraderGrade)
		}
		fmt.Println(page.Warnings)
	}
	// Output:
	// 2025-04-07T00:00:00Z BTC trend 1, trader grade ""
	// 2025-04-08T00:00:00Z BTC trend -1, trader grade "18.5"
	// [row 2: TM_TRADER_GRADE: "N/A" is no number]
}

// What a question costs is known before it is asked.
func ExampleClient_Calls() {
	c, err := tokenmetrics.New(tokenmetrics.Options{HTTP: exampleAPI, Key: market.NewSecret("the-key-from-your-environment")})
	if err != nil {
		log.Fatal(err)
	}
	cost, err := c.Calls(tokenmetrics.TradingSignalsQuery{
		TokenIDs: []int64{3375, 3306, 3988, 3369},
		Start:    market.TimeOf(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)),
		End:      market.TimeOf(time.Date(2025, 3, 15, 0, 0, 0, 0, time.UTC)),
	})
	fmt.Println(cost.Endpoint, cost.Calls, err)
	// Output: trading-signals 5 <nil>
}

// An endpoint that was removed is no neutral signal, and no reason to stop.
func ExampleClient_Sentiments() {
	gone := served{http.NotFoundHandler()}
	c, err := tokenmetrics.New(tokenmetrics.Options{HTTP: &http.Client{Transport: gone}, Key: market.NewSecret("the-key-from-your-environment")})
	if err != nil {
		log.Fatal(err)
	}
	for _, err := range c.Sentiments(context.Background(), tokenmetrics.SentimentsQuery{Pages: 1}) {
		fmt.Println(errors.Is(err, signals.ErrGone))
		fmt.Println(err)
	}
	// Output:
	// true
	// sentiments: the provider does not offer it: 404 Not Found: "404 page not found"; the endpoint may have been removed or renamed: what it said before ages out
}

// The third generation spells parameters in another way; whether it takes those of the
// second too is unverified, so that each can be overridden.
func ExampleOptions() {
	c, err := tokenmetrics.New(tokenmetrics.Options{
		HTTP:       &http.Client{Transport: served{http.HandlerFunc(show)}},
		Key:        market.NewSecret("the-key-from-your-environment"),
		Generation: tokenmetrics.V3,
		Names:      map[string]string{"startDate": "startDate", "endDate": "endDate"},
	})
	if err != nil {
		log.Fatal(err)
	}
	start := market.TimeOf(time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC))
	for _, err := range c.TMGradeHistory(context.Background(), tokenmetrics.TMGradeHistoryQuery{TokenIDs: []int64{3375}, Start: start, End: start}) {
		fmt.Println(err)
	}
	// Output:
	// https://api.tokenmetrics.com/v3/tm-grade-history?endDate=2025-10-01&limit=100&page=1&startDate=2025-10-01&token_id=3375
	// <nil>
}

// show prints what is asked, and has no rows.
func show(w http.ResponseWriter, q *http.Request) {
	fmt.Println(q.URL)
	says(`{"success":true,"message":"Data fetched successfully","length":0,"data":[]}`)(w, q)
}
