package venue_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// stroll makes minutes that stroll, with a gap of some.
func stroll(n int) *market.Columns {
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 3
	price, x := int64(10_000), uint64(7)
	for i := range n {
		if i%997 > 990 {
			continue
		}
		draw := func(n int64) int64 {
			x = x*6364136223846793005 + 1442695040888963407
			return int64(x>>33) % n
		}
		open := price
		price = max(100, price+draw(101)-50)
		high, low := max(open, price)+draw(20), min(open, price)-draw(20)
		c.Append(market.Bar{
			OpenTime: start + market.Time(i)*market.Time(market.Minute),
			Open:     float64(open) / 100, High: float64(high) / 100, Low: float64(low) / 100, Close: float64(price) / 100,
			Volume: float64(draw(1_000_000)) / 1000,
		})
	}
	return c
}

// contract returns a perpetual of made-up filters.
func contract(symbol, base, quote string) market.Instrument {
	in := pair(symbol, base, quote)
	in.Venue, in.Fees.InQuote = "binance-usdm", true
	in.Margin = &market.Margin{Leverage: decimal.New(1, 0), LiquidationFee: decimal.New(125, -4)}
	return in
}

// both is a venue of both markets whose clock stands some way into the tape.
func both(t testing.TB, c *market.Columns, at market.Time) *httptest.Server {
	t.Helper()
	v, err := venue.New(venue.Options{
		Spot: &venue.Listing{Instruments: []market.Instrument{pair("BTCUSDT", "BTC", "USDT"), pair("ETHUSDT", "ETH", "USDT")}, Bars: []*market.Columns{c, c.Slice(0, min(10, c.Len()))}},
		USDM: &venue.Listing{
			Instruments: []market.Instrument{contract("BTCUSDT", "BTC", "USDT")}, Bars: []*market.Columns{c},
			Fundings: [][]market.Funding{fundings},
		},
		Start: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(v.Handler())
	t.Cleanup(server.Close)
	return server
}

// fundings are every four hours, some milliseconds off.
var fundings = []market.Funding{
	{Time: start + 3_000_000, Rate: decimal.New(1, -4), Mark: decimal.New(10_050, -2)},
	{Time: start + 4*3600e9, Rate: decimal.New(-2, -4), Mark: decimal.New(9_950, -2)},
	{Time: start + 8*3600e9 + 1_000_000, Rate: decimal.New(3, -4)},
}

// ours asks through the project's own client.
func ours(server *httptest.Server, now market.Time, usdm bool) *binance.Public {
	return binance.NewPublic(binance.Options{
		USDM: usdm, BaseURL: server.URL, Now: func() time.Time { return now.UTC() },
		HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
}

// near takes sums of volumes for equal that were added in another order.
var near = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(a) })

func TestOurClientFindsTheTape(t *testing.T) {
	c := stroll(5000)
	now := c.Time(c.Len()-1) - 30e9 // amid the last bar
	server := both(t, c, now)
	for _, usdm := range []bool{false, true} {
		p := ours(server, now, usdm)
		for _, d := range []market.Interval{market.Minute, 5 * market.Minute, market.Hour, market.Daily} {
			var got, want []market.Bar
			for b, err := range p.Klines(t.Context(), "BTCUSDT", d, start, 0) {
				if err != nil {
					t.Fatal(d, err)
				}
				got = append(got, b)
			}
			whole := market.Resample(c, d, now)
			for row := range whole.Len() {
				if whole.Time(row) <= now {
					want = append(want, whole.Bar(row))
				}
			}
			if d := cmp.Diff(want, got, near); d != "" || len(got) == 0 {
				t.Errorf("usdm %v, %d bars (-want +got):\n%s", usdm, len(got), d)
			}
		}
	}
}

// TestOurClientFindsTheTrades: whoever adds them up has the bars again.
func TestOurClientFindsTheTrades(t *testing.T) {
	c := stroll(300)
	now := c.Time(c.Len() - 1)
	server := both(t, c, now)
	trades := market.MakeColumns(market.Trades, 0)
	trades.PriceScale, trades.VolumeScale = 2, 3
	from := c.OpenTime[100]
	last := int64(0)
	for trade, err := range ours(server, now, false).AggTrades(t.Context(), "BTCUSDT", from, now) {
		if err != nil {
			t.Fatal(err)
		}
		if last > 0 && trade.ID != last+1 {
			t.Fatalf("trade %d follows %d", trade.ID, last)
		}
		last = trade.ID
		trades.Append(trade.Bar())
	}
	got, want := market.Resample(trades, market.Minute, now), c.Slice(100, c.Len())
	got.Incomplete = nil
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

func TestOurClientFindsWhatIsListed(t *testing.T) {
	server := both(t, stroll(100), start)
	for _, usdm := range []bool{false, true} {
		b, err := ours(server, start, usdm).ExchangeInfo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		info, err := binance.ParseExchangeInfo(b)
		if err != nil {
			t.Fatal(err)
		}
		want := []market.Instrument{pair("BTCUSDT", "BTC", "USDT"), pair("ETHUSDT", "ETH", "USDT")}
		if usdm {
			want = []market.Instrument{contract("BTCUSDT", "BTC", "USDT")}
			want[0].Margin.Leverage = decimal.Zero
		}
		for i := range want {
			want[i].Fees.Maker, want[i].Fees.Taker = decimal.Zero, decimal.Zero
		}
		if d := cmp.Diff(want, info.Instruments); d != "" {
			t.Errorf("usdm %v (-listed +found):\n%s", usdm, d)
		}
	}
}

func TestOurClientFindsFundings(t *testing.T) {
	server := both(t, stroll(1000), start+9*3600e9)
	var got []market.Funding
	for f, err := range ours(server, start+9*3600e9, true).Fundings(t.Context(), "BTCUSDT", start, 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f)
	}
	want := slices.Clone(fundings)
	for i := range want {
		want[i].Time = want[i].Time.Second()
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// get asks for something, and returns the status and the body.
func get(t testing.TB, server *httptest.Server, path string) (int, string, http.Header) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	w := httptest.NewRecorder()
	server.Config.Handler.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Header()
}

func TestPublicData(t *testing.T) {
	c := market.MakeColumns(market.Minute, 3)
	c.PriceScale, c.VolumeScale = 2, 3
	for i := range 3 {
		c.Append(market.Bar{OpenTime: start + market.Time(i)*60e9, Open: 100, High: 100, Low: 100, Close: 100, Volume: 0.002})
	}
	server := both(t, c, start+120e9)
	ms := func(n int64) string { return strconv.FormatInt(start.Millis()+n, 10) }
	row := func(n int64) string {
		return `[` + ms(n*60_000) + `,"100.00000000","100.00000000","100.00000000","100.00000000","0.00200000",` + ms(n*60_000+59_999) + `,"0.20000000",2,`
	}
	_, all, _ := get(t, server, "/api/v3/klines?symbol=BTCUSDT&interval=1m")
	var rows [][]any
	if err := json.Unmarshal([]byte(all), &rows); err != nil || len(rows) != 3 || len(rows[0]) != 12 {
		t.Fatalf("%s: %v", all, err)
	}
	if rows[2][8] != 1.0 || rows[2][5] != "0.00100000" { // it forms: one trade, at its open
		t.Errorf("the bar that forms is %v", rows[2])
	}
	for i := range int64(2) {
		if want := row(i); fmt.Sprint(rows[i][:9]) != fmt.Sprint(decode(t, want[:len(want)-1]+"]")) {
			t.Errorf("%v, want %s", rows[i], want)
		}
	}
	for path, want := range map[string]string{
		"/api/v3/ticker/price?symbol=BTCUSDT":                            `{"symbol":"BTCUSDT","price":"100.00000000"}`,
		"/fapi/v1/ticker/price?symbol=BTCUSDT":                           `{"symbol":"BTCUSDT","price":"100.00","time":` + ms(120_000) + `}`,
		"/api/v3/avgPrice?symbol=BTCUSDT":                                `{"mins":5,"price":"100.00000000","closeTime":` + ms(120_000) + `}`,
		"/api/v3/klines?symbol=BTCUSDT&interval=1s":                      `[]`, // finer than the tape
		"/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=" + ms(1e9): `[]`,
		"/fapi/v1/fundingRate?symbol=BTCUSDT":                            `[{"symbol":"BTCUSDT","fundingTime":` + ms(3) + `,"fundingRate":"0.00010000","markPrice":"100.50000000"}]`,
		"/fapi/v1/fundingInfo":                                           `[{"symbol":"BTCUSDT","adjustedFundingRateCap":"0.02000000","adjustedFundingRateFloor":"-0.02000000","fundingIntervalHours":4,"disclaimer":false}]`,
		"/fapi/v1/premiumIndex?symbol=BTCUSDT":                           `{"symbol":"BTCUSDT","markPrice":"100.00","indexPrice":"100.00","estimatedSettlePrice":"100.00","lastFundingRate":"0.00010000","interestRate":"0.00010000","nextFundingTime":` + ms(4*3600_000) + `,"time":` + ms(120_000) + `}`,
		"/api/v3/ticker/24hr?symbol=BTCUSDT&type=MINI":                   `{"symbol":"BTCUSDT","lastPrice":"100.00000000","openPrice":"100.00000000","highPrice":"100.00000000","lowPrice":"100.00000000","volume":"0.00500000","quoteVolume":"0.50000000","openTime":` + ms(120_000-86_400_000) + `,"closeTime":` + ms(120_000) + `,"firstId":1,"lastId":5,"count":5}`,
	} {
		if code, got, _ := get(t, server, path); code != 200 || got != want {
			t.Errorf("%s:\n got %d %s\nwant %s", path, code, got, want)
		}
	}
}

// TestMonths: they are as long as the calendar says, and the last one forms.
func TestMonths(t *testing.T) {
	c := market.MakeColumns(market.Daily, 0)
	c.PriceScale, c.VolumeScale = 2, 3
	first := market.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	for i := range 80 {
		price := 100 + float64(i)
		c.Append(market.Bar{OpenTime: first + market.Time(i)*market.Day, Open: price, High: price + 1, Low: price - 1, Close: price, Volume: 1})
	}
	server := both(t, c, first+70*market.Day)
	_, body, _ := get(t, server, "/api/v3/klines?symbol=BTCUSDT&interval=1M")
	var got []string
	for _, row := range decode(t, body) {
		r := row.([]any)
		at := func(x any) string { return market.Millis(int64(x.(float64))).String() }
		got = append(got, fmt.Sprint(at(r[0]), " ", r[1], " ", r[2], " ", r[3], " ", r[4], " ", r[5], " ", at(r[6])))
	}
	want := []string{
		"2026-01-01T00:00:00Z 100.00000000 131.00000000 99.00000000 130.00000000 31.00000000 2026-01-31T23:59:59.999Z",
		"2026-02-01T00:00:00Z 131.00000000 159.00000000 130.00000000 158.00000000 28.00000000 2026-02-28T23:59:59.999Z",
	}
	if len(got) != 3 || cmp.Diff(want, got[:2]) != "" || got[2][:10] != "2026-03-01" {
		t.Errorf("%v", got)
	}
}

func decode(t testing.TB, text string) (v []any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(text, err)
	}
	return v
}

// TestPages: with a start the oldest come first, else the newest; both ends count.
func TestPages(t *testing.T) {
	c := stroll(900)
	server := both(t, c, c.OpenTime[500]+1e9)
	at := func(row int) string { return strconv.FormatInt(c.OpenTime[row].Millis(), 10) }
	for query, want := range map[string][2]int{
		"":                                  {1, 500}, // the one that forms is the last
		"&limit=3":                          {498, 500},
		"&startTime=" + at(10) + "&limit=3": {10, 12},
		"&startTime=" + at(499):             {499, 500},
		"&endTime=" + at(20) + "&limit=3":   {18, 20},
		"&startTime=" + at(5) + "&endTime=" + at(7): {5, 7},
		"&limit=5000": {0, 500},
	} {
		_, body, _ := get(t, server, "/api/v3/klines?symbol=BTCUSDT&interval=1m"+query)
		rows := decode(t, body)
		var got [2]string
		if len(rows) > 0 {
			got = [2]string{fmt.Sprintf("%.0f", rows[0].([]any)[0]), fmt.Sprintf("%.0f", rows[len(rows)-1].([]any)[0])}
		}
		if w := [2]string{at(want[0]), at(want[1])}; got != w || len(rows) != want[1]-want[0]+1 {
			t.Errorf("%s: %d rows from %s to %s, want %s to %s", query, len(rows), got[0], got[1], w[0], w[1])
		}
	}
}

func TestPublicRefusals(t *testing.T) {
	server := both(t, stroll(100), start+600e9)
	for path, want := range map[string]string{
		"/api/v3/klines?symbol=NOPE&interval=1m":                    `{"code":-1121,"msg":"Invalid symbol."}`,
		"/api/v3/klines?symbol=BTCUSDT&interval=7m":                 `{"code":-1120,"msg":"Invalid interval."}`,
		"/fapi/v1/klines?symbol=BTCUSDT&interval=1s":                `{"code":-1120,"msg":"Invalid interval."}`,
		"/api/v3/klines?symbol=BTCUSDT":                             `{"code":-1102,"msg":"Mandatory parameter 'interval' was not sent, was empty/null, or malformed."}`,
		"/api/v3/klines?interval=1m":                                `{"code":-1102,"msg":"Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."}`,
		"/api/v3/klines?symbol=btcusdt&interval=1m":                 `{"code":-1100,"msg":"Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'."}`,
		"/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=0":         `{"code":-1130,"msg":"Data sent for parameter 'limit' is not valid."}`,
		"/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=x":     `{"code":-1100,"msg":"Illegal characters found in parameter 'startTime'; legal range is '^[0-9]{1,20}$'."}`,
		"/api/v3/klines?symbol=BTCUSDT&interval=1m&timeZone=8":      `{"code":-1130,"msg":"Data sent for parameter 'timeZone' is not valid."}`,
		"/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime=1":     `{"code":-1128,"msg":"Combination of optional parameters invalid."}`,
		"/api/v3/ticker/price?symbol=BTCUSDT&symbols=[]":            `{"code":-1128,"msg":"Combination of optional parameters invalid."}`,
		"/api/v3/exchangeInfo?symbols=BTCUSDT":                      `{"code":-1100,"msg":"Illegal characters found in parameter 'symbols'; legal range is '^\\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\\]$'."}`,
		"/api/v3/exchangeInfo?symbols=%5B%22NOPE%22%5D":             `{"code":-1121,"msg":"Invalid symbol."}`,
		"/fapi/v1/depth?symbol=BTCUSDT&limit=7":                     `{"code":-4021,"msg":"'7' is not valid depth limit."}`,
		"/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1&x=1": `{"code":-1104,"msg":"Not all sent parameters were read; read '3' parameter(s) but was sent '4'."}`,
	} {
		if code, got, _ := get(t, server, path); code != 400 || got != want {
			t.Errorf("%s:\n got %d %s\nwant %s", path, code, got, want)
		}
	}
}

func TestPublicWeights(t *testing.T) {
	for path, want := range map[string]string{
		"/api/v3/time": "1", "/api/v3/exchangeInfo": "20", "/api/v3/klines?symbol=BTCUSDT&interval=1m": "2",
		"/api/v3/depth?symbol=BTCUSDT": "5", "/api/v3/depth?symbol=BTCUSDT&limit=101": "25", "/api/v3/depth?symbol=BTCUSDT&limit=1000": "50", "/api/v3/depth?symbol=BTCUSDT&limit=5000": "250",
		"/api/v3/trades?symbol=BTCUSDT": "25", "/api/v3/aggTrades?symbol=BTCUSDT": "4", "/api/v3/avgPrice?symbol=BTCUSDT": "2",
		"/api/v3/ticker/price?symbol=BTCUSDT": "2", "/api/v3/ticker/price": "4", "/api/v3/ticker/bookTicker": "4",
		"/api/v3/ticker/24hr?symbol=BTCUSDT": "2", "/api/v3/ticker/24hr?symbols=%5B%22BTCUSDT%22%5D": "2", "/api/v3/ticker/24hr": "80",
		"/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=99": "1", "/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=100": "2",
		"/fapi/v1/klines?symbol=BTCUSDT&interval=1m": "5", "/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=1500": "10",
	} {
		server := both(t, stroll(100), start+600e9)
		if code, body, h := get(t, server, path); code != 200 || h.Get("X-Mbx-Used-Weight-1m") != want {
			t.Errorf("%s weighs %s, want %s: %d %s", path, h.Get("X-Mbx-Used-Weight-1m"), want, code, body)
		}
	}
}
