package binance_test

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"github.com/ulikunitz/xz"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/market"
)

func parseFile(t *testing.T, name string) *binance.ExchangeInfo {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	info, err := binance.ParseExchangeInfo(b)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// told writes what was read, in lines.
func told(info *binance.ExchangeInfo) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s\n", info.Venue, info.Time)
	for _, i := range info.Instruments {
		fmt.Fprintf(&b, "%s %s/%s %d,%d: %s\n", i.Symbol, i.Base, i.Quote, i.BasePrecision, i.QuotePrecision, i.Filters())
	}
	for _, s := range info.Skipped {
		fmt.Fprintf(&b, "- %s: %s\n", s.Symbol, s.Reason)
	}
	return b.String()
}

// The schemas of eight years.
func TestParseExchangeInfo(t *testing.T) {
	for name, want := range map[string]string{
		"spot-2018-02-10.json": `binance at 2018-02-10T02:40:25.348Z
BTCUSDT BTC/USDT 8,8: tick 0.01 step 0.000001 min-quantity 0.000001 max-quantity 10000000 min-notional 10
ETHBTC ETH/BTC 8,8: tick 0.000001 step 0.001 min-quantity 0.001 max-quantity 100000 min-notional 0.001
`,
		"spot-2021-10-12.json": `binance at 2021-10-12T00:28:31.098Z
BCCBTC BCC/BTC 8,8: tick 0.000001 step 0.001 min-quantity 0.001 max-quantity 92141578 min-notional 0.0001 band-up 5 band-down 0.2 max-orders 200 max-stops 5
BTCUSDT BTC/USDT 8,8: tick 0.01 step 0.00001 min-quantity 0.00001 max-quantity 100.05381873 min-notional 10 band-up 5 band-down 0.2 max-orders 200 max-stops 5
ETHBTC ETH/BTC 8,8: tick 0.000001 step 0.0001 min-quantity 0.0001 max-quantity 873.90727776 min-notional 0.0001 band-up 5 band-down 0.2 max-orders 200 max-stops 5
VENBTC VEN/BTC 8,8: tick 0.00000001 step 1 min-quantity 1 max-quantity 90000000 min-notional 0.0001 band-up 5 band-down 0.2 max-orders 200 max-stops 5
`,
		"spot-2025-08-07.json": `binance at 2025-08-07T21:55:41.167Z
BTCUSDT BTC/USDT 8,8: tick 0.01 step 0.00001 min-quantity 0.00001 max-quantity 97.09521512 min-notional 5 max-notional 9000000 band-up 5 band-down 0.2 max-orders 200 max-stops 5
ETHBTC ETH/BTC 8,8: tick 0.00001 step 0.0001 min-quantity 0.0001 max-quantity 1378.22417541 min-notional 0.0001 max-notional 9000000 band-up 5 band-down 0.2 max-orders 200 max-stops 5
`,
		"usdm-2021-07-21.json": `binance-usdm at 2021-07-21T09:04:03.909Z
BTCUSDT BTC/USDT 8,8: tick 0.01 step 0.001 min-quantity 0.001 max-quantity 1000 min-notional 5 band-up 1.15 band-down 0.85 max-orders 200 max-stops 10 liquidation-fee 0.012
- BTCSTUSDT: it is no perpetual: it has a day of delivery, or is not listed yet
- BTCUSDT_210924: it is no perpetual: it has a day of delivery, or is not listed yet
`,
		"usdm-2025-08-07.json": `binance-usdm at 2025-08-07T20:00:14.166Z
BTCUSDT BTC/USDT 8,8: tick 0.1 step 0.001 min-quantity 0.001 max-quantity 120 min-notional 100 band-up 1.05 band-down 0.95 max-orders 200 max-stops 10 liquidation-fee 0.0125
ETHUSDT ETH/USDT 8,8: tick 0.01 step 0.001 min-quantity 0.001 max-quantity 2000 min-notional 20 band-up 1.05 band-down 0.95 max-orders 200 max-stops 10 liquidation-fee 0.0125
`,
	} {
		if diff := gocmp.Diff(want, told(parseFile(t, name))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// symbolText is one symbol of spot, of which a test replaces a part.
const symbolText = `{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","baseAssetPrecision":8,"quoteAsset":"USDT","quotePrecision":8,"filters":[` +
	`{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01"},` +
	`{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"9000","stepSize":"0.001"},` +
	`{"filterType":"MARKET_LOT_SIZE","minQty":"0","maxQty":"100","stepSize":"0"},` +
	`{"filterType":"NOTIONAL","minNotional":"5","maxNotional":"9000000"},` +
	`{"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"1.3","bidMultiplierDown":"0.2","askMultiplierUp":"5","askMultiplierDown":"0.8"}]}`

// A symbol that makes no sense is left out, with the reason, beside one that does.
func TestSkippedSymbols(t *testing.T) {
	const good = `{"symbol":"AB","baseAsset":"A","baseAssetPrecision":8,"quoteAsset":"B","quotePrecision":8,"filters":[{"filterType":"PRICE_FILTER","tickSize":"1"},{"filterType":"LOT_SIZE","minQty":"1","maxQty":"9","stepSize":"1"}]}`
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{`"filterType":"PRICE_FILTER"`, `"filterType":"PRICES"`, "it has no PRICE_FILTER"},
		{`"filterType":"LOT_SIZE"`, `"filterType":"LOTS"`, "it has no LOT_SIZE"},
		{`"filterType":"LOT_SIZE"`, `"filterType":7`, "filter 2 : json: cannot unmarshal number into Go struct field filter.filterType of type string"},
		{`"tickSize":"0.01"`, `"tickSize":"0.00"`, "filter PRICE_FILTER: tickSize must be above 0"},
		{`"tickSize":"0.01"`, `"tickSize":"1e-2"`, `filter 1 PRICE_FILTER: "1e-2" is no amount`},
		{`"tickSize":"0.01"`, `"tickSize":"-0.01"`, `filter 1 PRICE_FILTER: "-0.01" is no amount`},
		{`"tickSize":"0.01"`, `"tickSize":null`, "filter PRICE_FILTER: tickSize must be above 0"},
		{`"tickSize":"0.01"`, `"tickSize":[1]`, `filter 1 PRICE_FILTER: [1] is no amount`},
		{`"stepSize":"0.001"`, `"stepSize":"0.0000000001"`, "step 0.0000000001 is finer than the 8 decimals of BTC, in which fees are charged"},
		{`"stepSize":"0.001"`, `"step":"0.001"`, "filter LOT_SIZE: stepSize must be above 0"},
		{`"maxQty":"100","stepSize":"0"`, `"maxQty":"100","stepSize":"0.0015"`, "filter MARKET_LOT_SIZE: steps of 0.001 and of 0.0015 do not fit together"},
		{`"maxQty":"100","stepSize":"0"`, `"maxQty":"0.0001","stepSize":"0"`, "filter MARKET_LOT_SIZE: quantities from 0.001 to 0.0001 allow none"},
		{`"minNotional":"5"`, `"min":"5"`, "filter NOTIONAL: it says no least notional"},
		{`"bidMultiplierUp":"1.3"`, `"bidMultiplierUp":"0.1"`, "filter PERCENT_PRICE_BY_SIDE: multipliers 0.1 and 0.2 are no band"},
		{`"filterType":"NOTIONAL"`, `"filterType":"LOT_SIZE"`, "filter LOT_SIZE is listed twice"},
		{`"filterType":"NOTIONAL"`, `"filterType":"MAX_NUM_ORDERS"`, `filter MAX_NUM_ORDERS: "" is no number of orders`},
		{`"filterType":"NOTIONAL"`, `"limit":1e9,"filterType":"MAX_NUM_ORDERS"`, `filter MAX_NUM_ORDERS: "1e9" is no number of orders`},
		{`"filters":[{`, `"filters":[7,{`, "filter 1 : json: cannot unmarshal number into Go value of type binance.filter"},
		{`"filters":[`, `"filters":[],"more":[`, "it has no PRICE_FILTER"},
		{`"filters":[`, `"filters":{},"more":[`, "json: cannot unmarshal object into Go struct field listing.filters of type []json.RawMessage"},
		{`"baseAssetPrecision":8`, `"baseAssetPrecision":80`, "precisions must lie between 0 and 18"},
		{`"baseAssetPrecision":8,`, ``, "it has no baseAssetPrecision"},
		{`"quotePrecision":8,`, ``, "it has no quotePrecision"},
		{`"baseAsset":"BTC"`, `"baseAsset":"USDT"`, `base "USDT" and quote "USDT" must be two assets`},
		{`"status":"TRADING"`, `"contractType":"PERPETUAL"`, "spot pairs and futures are mixed"},
		{`"symbol":"BTCUSDT"`, `"symbol":"AB"`, "it is listed twice"},
	} {
		info, err := binance.ParseExchangeInfo([]byte(`{"symbols":[` + good + `,` + strings.Replace(symbolText, c.old, c.new, 1) + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, s := range info.Skipped {
			got += s.Reason
		}
		if got != c.want || len(info.Instruments) != 2-len(info.Skipped) {
			t.Errorf("%s: %q, want %q", c.new, got, c.want)
		}
	}
}

// Filters that overlap all hold: the order that fits is one that each of them takes.
func TestFiltersNarrow(t *testing.T) {
	info, err := binance.ParseExchangeInfo([]byte(`{"symbols":[` + strings.Replace(symbolText, `"maxQty":"100","stepSize":"0"`, `"maxQty":"100","stepSize":"0.010"`, 1) + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := "tick 0.01 step 0.01 min-quantity 0.001 max-quantity 100 min-notional 5 max-notional 9000000 band-up 1.3 band-down 0.8"
	if got := info.Instruments[0].Filters(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What is no exchangeInfo is an error that says what to do.
func TestBadExchangeInfo(t *testing.T) {
	for text, want := range map[string]string{
		``:                        "no exchangeInfo: unexpected end of JSON input",
		`[]`:                      "no exchangeInfo: it is a JSON array, not an object with symbols",
		`{}`:                      "it lists 0 symbols",
		`{"symbols":7}`:           "no exchangeInfo: its symbols is a JSON number",
		`{"symbols":[{},7]}`:      "none of its 2 symbols can be used; symbol 1: it has no baseAssetPrecision",
		`{"symbols":[{}]} {}`:     "no exchangeInfo: invalid character",
		`{"code":-1003,"msg":""}`: "it lists 0 symbols",
	} {
		_, err := binance.ParseExchangeInfo([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || market.ClassOf(err) != market.Data {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// recordedInfo are whole answers, with what their README says of them.
var recordedInfo = []struct {
	path                 string
	instruments, skipped int
}{
	{"exchangeinfo/spot-2018.json.xz", 265, 0},
	{"exchangeinfo/spot-2024-09-08.json.xz", 1248, 0},
	{"exchangeinfo/usdm-2022-05-04.json.xz", 152, 3},
	{"ws-rest-cryptofeed/BINANCE.0.xz", 1695, 0},
	{"ws-rest-cryptofeed/BINANCE_FUTURES.0.xz", 119, 3},
	{"ws-rest-cryptofeed/BINANCE_US.0.xz", 121, 0},
}

func unpacked(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := xz.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestRecordedExchangeInfo(t *testing.T) {
	dir := cmp.Or(os.Getenv("SIGNALMAN_DATA"), "../../../shared/data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the recorded market data is neither beside this checkout nor in SIGNALMAN_DATA: ", err)
	}
	for _, c := range recordedInfo {
		b, err := unpacked(filepath.Join(dir, c.path))
		if err != nil {
			t.Fatal(c.path, err)
		}
		line, _, _ := strings.Cut(string(b), "\nconfiguration:") // some lie in a recording, after the address
		info, err := binance.ParseExchangeInfo([]byte(line[strings.Index(line, "{"):]))
		if err != nil {
			t.Fatal(c.path, err)
		}
		if len(info.Instruments) != c.instruments || len(info.Skipped) != c.skipped || info.Time == 0 {
			t.Errorf("%s: %d instruments at %s, left out %v", c.path, len(info.Instruments), info.Time, info.Skipped)
		}
	}
}

func FuzzParseExchangeInfo(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"symbols":[` + symbolText + `]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := binance.ParseExchangeInfo(b)
		if err != nil {
			return
		}
		for _, in := range info.Instruments {
			if m := in.Margin; m != nil {
				m.Leverage = decimal.New(1, 0)
			}
			if err := in.Validate(); err != nil || in.Venue != info.Venue {
				t.Errorf("%+v: %v", in, err)
			}
		}
	})
}
