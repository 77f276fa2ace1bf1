package binance_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/market"
)

const tableText = `market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,market_ticker,minimum_order_size,price_magnifier,strike_multiplier
binance,BTCUSDT,crypto,BTCUSDT,USDT,1,0.01,0.00001,BTCUSDT,5
kraken,BTCUSDT,crypto,BTCUSDT,USDT,1,0.01,0.00001,BTCUSDT,5
binance,ETHBTC,crypto,ETHBTC,BTC,1,0.00001,0.0001,ETHBTC,0.0001
binance,ETHBTC,crypto,ETHBTC,BTC,1,0.00001,0.0001,ETHBTC,0.0001
binance,ETHEUR,crypto,ETHEUR,BTC,1,0.00001,0.0001,ETHEUR,0.0001
binance,ETHEUR,crypto,ETHEUR,EUR,1,0.00001,x,ETHEUR,0.0001
binance,BTCUSD,cryptofuture,BTCUSD_PERP,USD,100,0.1,1,BTCUSD_PERP
binance,BTCUSDT,cryptofuture,BTCUSDT,USDT,1,0.1,0.001,BTCUSDT
binance,ABC,option,ABC,C,1,0.1,0.001,ABC
`

func TestParseSymbolTable(t *testing.T) {
	both, err := binance.ParseSymbolTable([]byte(tableText))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, info := range both {
		got += told(&info)
	}
	want := `binance at 1970-01-01T00:00:00Z
BTCUSDT BTC/USDT 8,8: tick 0.01 step 0.00001 min-quantity 0.00001 min-notional 5
ETHBTC ETH/BTC 8,8: tick 0.00001 step 0.0001 min-quantity 0.0001 min-notional 0.0001
- ETHBTC: it is listed twice
- ETHEUR: its symbol "ETHEUR" does not end in its quote "BTC"
- ETHEUR: x is no amount
- ABC: "option" is no pair and no perpetual
binance-usdm at 1970-01-01T00:00:00Z
BTCUSDT BTC/USDT 8,8: tick 0.1 step 0.001 min-quantity 0.001
- BTCUSD_PERP: it is margined in coin, not in quote
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	head, _, _ := strings.Cut(tableText, "\n")
	for text, want := range map[string]string{
		"":                       "line 1: the header is not that of a symbol table",
		head + "\nbinance,x\n":   "line 2: 2 columns, where 9 or more are expected",
		head + "\nkraken,x\n":    "line 1: it has no symbol of binance",
		head + "\nb\"x":          "bare \"",
		head + "\nbinance,\"x\n": "extraneous or missing",
	} {
		if _, err := binance.ParseSymbolTable([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || market.ClassOf(err) != market.Data {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseSymbolTable(f *testing.F) {
	f.Add([]byte(tableText))
	f.Fuzz(func(t *testing.T, b []byte) {
		both, err := binance.ParseSymbolTable(b)
		if err != nil {
			return
		}
		for _, info := range both {
			for _, in := range info.Instruments {
				if err := in.Validate(); err != nil || in.Venue != info.Venue {
					t.Errorf("%+v: %v", in, err)
				}
			}
		}
	})
}
