package tokenmetricstest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

// noon is the clock of most tests.
func noon() time.Time { return time.Date(2025, 6, 10, 12, 0, 0, 0, time.UTC) }

// reply is an answer, whole.
type reply struct {
	status int
	header http.Header
	body   string
}

// send asks a server with a key in a header.
func send(t *testing.T, r *tokenmetricstest.Running, method, path, header, key string) reply {
	t.Helper()
	q, err := http.NewRequest(method, strings.TrimSuffix(r.URL, r.Base())+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		q.Header.Set(header, key)
	}
	a, err := r.Client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{a.StatusCode, a.Header, string(b)}
}

// get asks an endpoint of the flow, as it wants to be asked.
func get(t *testing.T, r *tokenmetricstest.Running, question string) reply {
	t.Helper()
	return send(t, r, http.MethodGet, r.Base()+"/"+question, r.Header(), tokenmetricstest.DefaultKey)
}

// rows asks for rows, as maps.
func rows(t *testing.T, r *tokenmetricstest.Running, question string) []map[string]any {
	t.Helper()
	a := get(t, r, question)
	var e struct {
		Success bool
		Length  int
		Data    []map[string]any
	}
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || a.status != http.StatusOK || !e.Success || e.Length != len(e.Data) {
		t.Fatalf("%s: %d, %v: %.300s", question, a.status, err, a.body)
	}
	return e.Data
}

// column returns one field of rows.
func column(rows []map[string]any, key string) (list []any) {
	for _, r := range rows {
		list = append(list, r[key])
	}
	return list
}

func start(t *testing.T, o tokenmetricstest.Options) *tokenmetricstest.Running {
	t.Helper()
	if o.Now == nil {
		o.Now = noon
	}
	return tokenmetricstest.Start(t, o)
}

// questions are what each endpoint needs to be asked, where it needs something.
var questions = map[string]string{
	"price": "token_id=3375,3306", "hourly-trading-signals": "token_id=3375", "indices-holdings": "id=1", "indices-performance": "id=1",
	"indices-tree-map": "type=trader", "indices-index-transaction": "type=trader", "indices-index-specific-tree-map": "indexName=meme",
	"indices-index-specific-performance":       "indexName=meme&startDate=2025-05-01&endDate=2025-05-04",
	"indices-index-specific-index-transaction": "indexName=meme",
}

func TestEveryEndpointAnswersInEveryFlow(t *testing.T) {
	for _, flow := range tokenmetricstest.Flows() {
		r := start(t, tokenmetricstest.Options{Flow: flow})
		list := tokenmetricstest.Endpoints(flow, r.Base())
		if want := map[tokenmetricstest.Flow]int{tokenmetricstest.Legacy: 39, tokenmetricstest.V2: 29, tokenmetricstest.V3: 24}[flow]; len(list) != want {
			t.Errorf("%s has %d endpoints, want %d: %v", flow, len(list), want, list)
		}
		for _, name := range list {
			question := questions[name]
			if flow == tokenmetricstest.Legacy && name == "indices-performance" {
				question = "type=investor"
			}
			if name == "tmai" {
				continue
			}
			a := get(t, r, name+"?"+question)
			if a.status != http.StatusOK || a.header.Get(signals.SyntheticHeader) != "1" || a.header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("%s %s: %d %v %.200s", flow, name, a.status, a.header, a.body)
				continue
			}
			if strings.Contains(a.body, "chartUrl") {
				continue
			}
			checkEnvelope(t, fmt.Sprint(flow, " ", name), a.body)
		}
	}
}

// checkEnvelope checks the keys of an answer and their order, and the spelling of those of
// rows.
func checkEnvelope(t *testing.T, what, body string) {
	t.Helper()
	if !strings.HasPrefix(body, `{"success":true,"message":"Data fetched successfully","length":`) || !strings.Contains(body, `,"data":[{`) || !json.Valid([]byte(body)) {
		t.Errorf("%s: %.200s", what, body)
	}
	d := json.NewDecoder(strings.NewReader(body))
	var e struct{ Data []map[string]json.RawMessage }
	if err := d.Decode(&e); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	for key := range e.Data[0] {
		lower := strings.HasPrefix(what, "v3")
		if key != "tm_link" && lower != (key == strings.ToLower(key)) && key != "TM_GRADE_24h_PCT_CHANGE" {
			t.Errorf("%s: key %s", what, key)
		}
	}
}

// TestRowsAreSpeltToTheLetter compares rows with the order of keys and the texture that the
// service is known for.
func TestRowsAreSpeltToTheLetter(t *testing.T) {
	for _, c := range []struct {
		flow           tokenmetricstest.Flow
		question, want string // with ~ for any number, null or text
	}{
		{tokenmetricstest.V2, "trading-signals?token_id=3306&limit=1", `{"TOKEN_ID":3306,"TOKEN_NAME":"Ethereum","TOKEN_SYMBOL":"ETH","DATE":"2025-06-10T00:00:00.000Z","TRADING_SIGNAL":~,"TOKEN_TREND":~,"TRADING_SIGNALS_RETURNS":~,"HOLDING_RETURNS":~,"tm_link":"ethereum","TM_TRADER_GRADE":~,"TM_INVESTOR_GRADE":~,"TM_LINK":"https://app.tokenmetrics.com/undefined"}`},
		{tokenmetricstest.V3, "trading-signals?token_id=3306&limit=1", `{"token_id":3306,"token_name":"Ethereum","token_symbol":"ETH","slug":"ethereum","date":"2025-06-10T00:00:00.000Z","trading_signal":~,"token_signal_str":~,"token_trend":~,"token_trend_str":~,"trading_signals_returns":~,"holding_returns":~,"app_link":~,"tm_grade":~,"fundamental_grade":~}`},
		{tokenmetricstest.V2, "price?token_id=3306", `{"TOKEN_ID":"3306","CURRENT_PRICE":~,"TOKEN_NAME":"Ethereum","TOKEN_SYMBOL":"eth"}`},
		{tokenmetricstest.V2, "daily-ohlcv?token_id=3375&limit=1", `{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-06-09T00:00:00.000Z","OPEN":~,"HIGH":~,"LOW":~,"CLOSE":~,"VOLUME":~}`},
		{tokenmetricstest.V2, "trader-grades?token_id=3375&limit=1", `{"TOKEN_ID":3375,"TOKEN_NAME":"Bitcoin","TOKEN_SYMBOL":"BTC","DATE":"2025-06-10T00:00:00.000Z","TA_GRADE":~,"QUANT_GRADE":~,"TM_TRADER_GRADE":~,"TM_TRADER_GRADE_24H_PCT_CHANGE":~}`},
		{tokenmetricstest.V3, "tm-grade?token_id=3375", `{"token_id":3375,"token_name":"Bitcoin","token_symbol":"BTC","slug":"bitcoin","tm_grade":~,"tm_grade_signal":~,"tm_grade_24_h_pct_change":~,"tm_trader_grade_24_h_change":~,"quant_grade":~,"momentum":~}`},
		{tokenmetricstest.V3, "tm-grade-history?token_id=3375&limit=1", `{"token_id":3375,"token_name":"Bitcoin","token_symbol":"BTC","slug":"bitcoin","date":"2025-06-10T00:00:00.000Z","tm_grade":~,"tm_grade_signal":~,"tm_grade_24h_pct_change":~,"tm_trader_grade_24_h_change":~,"quant_grade":~,"momentum":~,"trading_signal":~,"token_signal_str":~,"app_link":~}`},
		{tokenmetricstest.V2, "market-metrics?startDate=2022-07-01&limit=1", `{"DATE":"2022-07-01T00:00:00.000Z","TOTAL_CRYPTO_MCAP":~,"TM_GRADE_PERC_HIGH_COINS":~,"TM_GRADE_SIGNAL":~,"LAST_TM_GRADE_SIGNAL":~}`},
		{tokenmetricstest.V2, "indices-performance?id=1&startDate=2025-01-15&limit=1", `{"ID":1,"DATE":"2025-01-15T00:00:00.000Z","INDEX_CUMULATIVE_ROI":~,"MARKET_CAP":~,"VOLUME":~,"FDV":~}`},
	} {
		body := get(t, start(t, tokenmetricstest.Options{Flow: c.flow}), c.question).body
		want := `{"success":true,"message":"Data fetched successfully","length":1,"data":[` + c.want + `]}`
		for part := range strings.SplitSeq(want, "~") {
			before, rest, found := strings.Cut(body, part)
			if !found || strings.ContainsAny(before, "{}:") && !strings.HasPrefix(before, `"`) {
				t.Errorf("%s %s: want %s\nin %s", c.flow, c.question, part, body)
				break
			}
			body = rest
		}
	}
}

func TestErrorsToTheLetter(t *testing.T) {
	const wrong = `{"success":false,"message":"Some thing wrong","length":0,"data":[]}`
	said := func(m string) string { return `{"success":false,"message":"` + m + `","length":0,"data":[]}` }
	key := tokenmetricstest.DefaultKey
	for _, c := range []struct {
		flow        tokenmetricstest.Flow
		path        string
		header, key string
		status      int
		body        string // "" is not compared
	}{
		{tokenmetricstest.V2, "/v2/sentiments?limit=5&page=0", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/tokens?limit=20&token_symbol=BTC", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/trading-signals?start_date=2025-01-01", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/trading-signals?startDate=01.02.2025", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/trading-signals?limit=ten", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/trading-signals?limit=101", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/trading-signals?symbol=", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/trading-signals?signal=2", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/price", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/hourly-trading-signals?limit=1", "x-api-key", key, 400, wrong},
		{tokenmetricstest.V2, "/v2/daily-ohlcv?page=0", "x-api-key", key, 400, `{}`},
		{tokenmetricstest.V2, "/v2/indices-holdings", "x-api-key", key, 400, `{}`},
		{tokenmetricstest.V2, "/v2/indices-performance?startDate=2025-01-01", "x-api-key", key, 400, `{}`},
		{tokenmetricstest.V2, "/v2/trading-signals", "x-api-key", "tm-wrong", 401, said("Unauthorized")},
		{tokenmetricstest.V2, "/v2/trading-signals", "api_key", key, 402, ""},
		{tokenmetricstest.V2, "/v2/trading-signals", "", "", 402, ""},
		{tokenmetricstest.V2, "/v2/ai-reports", "x-api-key", key, 403, said("Forbidden")},
		{tokenmetricstest.V2, "/v2/nothing", "x-api-key", key, 404, said("Not Found")},
		{tokenmetricstest.V2, "/v3/trading-signals", "x-api-key", key, 404, said("Not Found")},
		{tokenmetricstest.V2, "/v2/tmai", "x-api-key", key, 404, said("Not Found")},
		{tokenmetricstest.V2, "/v2/all-trend-indicators", "x-api-key", key, 404, said("Not Found")},
		{tokenmetricstest.V2, "/v2/trading-signals?token_id=1", "x-api-key", key, 200, `{"success":true,"message":"Data fetched successfully","length":0,"data":[]}`},
		{tokenmetricstest.V2, "/v2/price?token_id=3375&limit=50&page=1", "x-api-key", key, 200, ""}, // as official clients ask
		{tokenmetricstest.V2, "/v2/tm-grade?symbol=BTC&limit=50&page=1", "x-api-key", key, 200, ""},
		{tokenmetricstest.V2, "/v2/technology-grade?symbol=BTC&startDate=2025-06-01&endDate=2025-06-10&limit=1&page=1", "x-api-key", key, 200, ""},
		{tokenmetricstest.Legacy, "/v2/trading-signals?page=0&limit=1", "api_key", key, 200, ""},
		{tokenmetricstest.Legacy, "/v2/trading-signals?page=-1", "api_key", key, 400, wrong},
		{tokenmetricstest.Legacy, "/v2/trading-signals", "x-api-key", key, 401, said("Unauthorized")},
		{tokenmetricstest.Legacy, "/v2/tm-grade", "api_key", key, 404, said("Not Found")},
		{tokenmetricstest.V3, "/v3/trading-signals?start_date=2025-06-09&end_date=2025-06-10&market_cap=1&limit=1", "x-api-key", key, 200, ""},
		{tokenmetricstest.V3, "/v3/price?symbol=BTC", "x-api-key", key, 200, ""},
		{tokenmetricstest.V3, "/v3/trader-grades", "x-api-key", key, 404, said("Not Found")},
		{tokenmetricstest.V3, "/v2/trader-grades?limit=1", "x-api-key", key, 200, ""},
	} {
		r := start(t, tokenmetricstest.Options{Flow: c.flow, Closed: []string{"ai-reports"}})
		a := send(t, r, http.MethodGet, c.path, c.header, c.key)
		if a.status != c.status || c.body != "" && a.body != c.body {
			t.Errorf("%s %s: %d %.200s\nwant %d %s", c.flow, c.path, a.status, a.body, c.status, c.body)
		}
		if c.status == http.StatusPaymentRequired && !strings.Contains(a.body, `"accepts":[{`) {
			t.Errorf("%s %s: %s", c.flow, c.path, a.body)
		}
		if c.status != 200 && c.status != 400 && r.Used().Total != 0 {
			t.Errorf("%s %s: %d was charged", c.flow, c.path, c.status)
		}
	}
}

func TestStrictnessCanBeSwitchedOff(t *testing.T) {
	r := start(t, tokenmetricstest.Options{Lenient: true, Clamp: true, AnyHeader: true})
	if n := len(rows(t, r, "correlation?base_symbol=BTC&quote_symbol=ETH&limit=500")); n != 56 {
		t.Errorf("%d rows", n)
	}
	if a := send(t, r, http.MethodGet, "/v2/tokens", "api_key", tokenmetricstest.DefaultKey); a.status != 200 {
		t.Error(a)
	}
}

func TestChat(t *testing.T) {
	r := start(t, tokenmetricstest.Options{})
	post := func(body string) string {
		q, _ := http.NewRequest(http.MethodPost, r.URL+"/tmai", strings.NewReader(body))
		q.Header.Set(r.Header(), tokenmetricstest.DefaultKey)
		a, err := r.Client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		b, _ := io.ReadAll(a.Body)
		return fmt.Sprintf("%d %s", a.StatusCode, b)
	}
	if got := post(`{"messages":[{"user":"up or down?"}]}`); got != `200 {"success":true,"message":"AI Chatbot response successful","answer":"Made-up answer.","thread":[{"user":"up or down?"},{"chatbot":"Made-up answer."}]}` {
		t.Error(got)
	}
	if got := post(`nothing`); !strings.HasPrefix(got, "400 ") {
		t.Error(got)
	}
}

func TestFilters(t *testing.T) {
	r := start(t, tokenmetricstest.Options{})
	count := func(question string) int { return len(rows(t, r, question)) }
	if got := column(rows(t, r, "tokens?symbol=ton"), "TOKEN_ID"); !slices.Equal(got, []any{2037.0, 3813.0}) {
		t.Errorf("TON is %v", got)
	}
	if got := column(rows(t, r, "trading-signals?symbol=DOGE,PEPE&endDate=2025-06-10&startDate=2025-06-10"), "TOKEN_ID"); len(got) != 5 {
		t.Errorf("DOGE and PEPE are %v", got)
	}
	if n := count("trading-signals?token_id=3375,3306&symbol=BTC&startDate=2025-06-01&endDate=2025-06-05"); n != 5 {
		t.Errorf("five days of one token are %d rows", n)
	}
	dates := column(rows(t, r, "trading-signals?token_id=3375&startDate=2025-06-01&endDate=2025-06-03"), "DATE")
	if !slices.Equal(dates, []any{"2025-06-03T00:00:00.000Z", "2025-06-02T00:00:00.000Z", "2025-06-01T00:00:00.000Z"}) {
		t.Error(dates)
	}
	for _, row := range rows(t, r, "trading-signals?signal=-1&token_id=3375") {
		if row["TRADING_SIGNAL"] != -1.0 || row["TOKEN_TREND"] != -1.0 {
			t.Error(row)
		}
	}
	for _, row := range rows(t, r, "trader-grades?traderGrade=60&traderGradePercentChange=5") {
		if row["TM_TRADER_GRADE"].(float64) < 60 || row["TM_TRADER_GRADE_24H_PCT_CHANGE"].(float64) < 5 {
			t.Error(row)
		}
	}
	if all, some := count("tokens?limit=100"), count("tokens?limit=100&category=meme&exchange=binance"); some == 0 || some >= all {
		t.Errorf("%d of %d", some, all)
	}
	if all, some := count("top-market-cap-tokens?top_k=7"), count("quantmetrics?marketcap=100000000000"); all != 7 || some == 0 || some > 10 {
		t.Errorf("%d, %d", all, some)
	}
	if got := column(rows(t, r, "market-metrics?startDate=2025-06-08"), "DATE"); len(got) != 3 || got[0] != "2025-06-08T00:00:00.000Z" {
		t.Error(got)
	}
}

func TestPagesMakeTheWhole(t *testing.T) {
	for _, flow := range tokenmetricstest.Flows() {
		r := start(t, tokenmetricstest.Options{Flow: flow})
		first := 1
		if flow == tokenmetricstest.Legacy {
			first = 0
		}
		const window = "startDate=2025-06-01&endDate=2025-06-03&limit=%d&page=%d"
		var pieces []map[string]any
		for page := first; ; page++ {
			list := rows(t, r, fmt.Sprintf("trading-signals?"+window, 50, page))
			pieces = append(pieces, list...)
			if len(list) < 50 {
				break
			}
		}
		if len(pieces) != 3*len(tokenmetricstest.Universe()) {
			t.Errorf("%s: %d rows", flow, len(pieces))
		}
		whole := append(rows(t, r, fmt.Sprintf("trading-signals?"+window, 100, first)), rows(t, r, fmt.Sprintf("trading-signals?"+window, 100, first+1))...)
		if diff := cmp.Diff(pieces, whole); diff != "" {
			t.Errorf("%s: %s", flow, diff)
		}
	}
}

// TestRowsAreTheSameAgain asks for old days with a new server and a later clock.
func TestRowsAreTheSameAgain(t *testing.T) {
	const question = "trading-signals?startDate=2025-05-01&endDate=2025-05-02&limit=100"
	early := start(t, tokenmetricstest.Options{Seed: 7})
	late := start(t, tokenmetricstest.Options{Seed: 7, Now: func() time.Time { return noon().AddDate(1, 2, 3) }})
	other := start(t, tokenmetricstest.Options{Seed: 8})
	for _, q := range []string{question, "trader-grades?startDate=2025-05-01&endDate=2025-05-01", "daily-ohlcv?startDate=2025-05-01&endDate=2025-05-01"} {
		want := get(t, early, q).body
		if got := get(t, late, q).body; got != want {
			t.Errorf("%s: later it says\n%.500s\nand not\n%.500s", q, got, want)
		}
		if got := get(t, other, q).body; got == want {
			t.Errorf("%s: another seed says the same", q)
		}
	}
}

// bars makes hourly bars of a walk that is no path of the server's own.
func bars(from time.Time, n int, shift func(row int) float64) *market.Columns {
	c := market.MakeColumns(market.Hour, n)
	price := 100.0
	for k := range n {
		open := price
		price *= 1 + 0.01*float64(k*7919%21-10)/10
		b := market.Bar{OpenTime: market.TimeOf(from.Add(time.Duration(k) * time.Hour)), Open: open, Close: price, High: max(open, price) * 1.001, Low: min(open, price) * 0.999, Volume: 10 + float64(k%5)}
		f := shift(k)
		b.Open, b.Close, b.High, b.Low = b.Open*f, b.Close*f, b.High*f, b.Low*f
		c.Append(b)
	}
	return c
}

// TestNothingIsKnownEarly changes the bars after a time: what is told up to it stays.
func TestNothingIsKnownEarly(t *testing.T) {
	begin := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	cut := int(noon().Sub(begin) / time.Hour)
	serve := func(after float64, flow tokenmetricstest.Flow) *tokenmetricstest.Running {
		list := tokenmetricstest.Universe()[:3]
		list[0].Bars = bars(begin, cut+500, func(row int) float64 {
			if row >= cut {
				return after
			}
			return 1
		})
		return start(t, tokenmetricstest.Options{Tokens: list, Flow: flow})
	}
	for _, flow := range []tokenmetricstest.Flow{tokenmetricstest.V2, tokenmetricstest.V3} {
		a, b := serve(1, flow), serve(3, flow)
		for _, name := range tokenmetricstest.Endpoints(flow, a.Base()) {
			q := name + "?" + questions[name]
			if x, y := get(t, a, q), get(t, b, q); x.body != y.body {
				t.Errorf("%s %s knows what comes:\n%.400s\n%.400s", flow, q, x.body, y.body)
			}
		}
	}
}

// TestCandlesAreTheBars compares days with the bars that the server was given.
func TestCandlesAreTheBars(t *testing.T) {
	c := bars(noon().AddDate(0, 0, -20).Truncate(24*time.Hour), 18*24, func(int) float64 { return 1 })
	r := start(t, tokenmetricstest.Options{Tokens: tokenmetricstest.WithBars(tokenmetricstest.Universe(), map[string]*market.Columns{"BTC": c})})
	days := market.Resample(c, market.Daily, market.MaxTime)
	list := rows(t, r, "daily-ohlcv?token_id=3375&limit=100&startDate=2025-05-20")
	if len(list) != 20 {
		t.Fatalf("%d rows", len(list))
	}
	slices.Reverse(list)
	for i := range days.Len() {
		b := days.Bar(i)
		want := []any{b.OpenTime.UTC().Format("2006-01-02T15:04:05.000Z"), b.Open, b.High, b.Low, b.Close}
		got := []any{list[i]["DATE"], list[i]["OPEN"], list[i]["HIGH"], list[i]["LOW"], list[i]["CLOSE"]}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if open, before := list[18]["OPEN"], list[17]["CLOSE"]; open != before {
		t.Errorf("after the bars it goes on at %v, not at %v", open, before)
	}
	hours := rows(t, r, "hourly-ohlcv?token_id=3375,3306&limit=4")
	if hours[0]["TIMESTAMP"] != hours[1]["TIMESTAMP"] || hours[0]["TOKEN_ID"] == hours[1]["TOKEN_ID"] {
		t.Error("tokens do not take turns: ", hours)
	}
	for _, h := range hours {
		at, err := time.Parse(time.RFC3339, h["TIMESTAMP"].(string))
		if err != nil || at.Minute() < 25 || at.Minute() > 27 || at.Nanosecond() == 0 || at.After(noon()) {
			t.Error(h["TIMESTAMP"], err)
		}
	}
}

func TestNumbersHaveTheTexture(t *testing.T) {
	r := start(t, tokenmetricstest.Options{Seed: 3})
	nulls := func(question, key string) float64 {
		n, all := 0, 0
		for _, v := range column(rows(t, r, question), key) {
			all++
			if v == nil {
				n++
			}
		}
		return float64(n) / float64(all)
	}
	if x := nulls("trading-signals?limit=100", "TM_INVESTOR_GRADE"); x < 0.005 || x > 0.12 {
		t.Errorf("%.2f of investor grades are null", x)
	}
	if x := nulls("correlation?limit=100", "TOP_CORRELATION"); x < 0.15 || x > 0.45 {
		t.Errorf("%.2f of the correlations are null", x)
	}
	if x := nulls("quantmetrics?limit=100", "SHARPE"); x < 0.15 || x > 0.45 {
		t.Errorf("%.2f of quantmetrics are null", x)
	}
	if x := nulls("trading-signals?token_id=3375&startDate=2024-01-30&endDate=2024-02-02", "TM_TRADER_GRADE"); x != 0.5 {
		t.Errorf("%.2f of the grades around 1 February 2024 are null", x)
	}
	if body := get(t, r, "moonshot-tokens?limit=100&type=past").body; !strings.Contains(body, `"MARKET_CAP":"`) || !strings.Contains(body, `"TM_TRADER_GRADE":"`) {
		t.Error(body)
	}
	if body := get(t, r, "tokens?limit=100").body; bytes.Contains([]byte(body), []byte(`.0,`)) || !strings.Contains(body, "███") {
		t.Error("numbers end with .0, or names are escaped")
	}
}
