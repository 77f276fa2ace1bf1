package venue_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// TestShapes compares the first event of each stream with testdata/shapes.txt. The tape is
// small enough to see that the numbers are right.
func TestShapes(t *testing.T) {
	want, err := os.ReadFile("testdata/shapes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	synctest.Test(t, func(t *testing.T) {
		c := market.MakeColumns(market.Minute, 1)
		c.PriceScale, c.VolumeScale = 2, 3
		c.Append(market.Bar{OpenTime: start, Open: 100, High: 100.04, Low: 99.99, Close: 100.01, Volume: 0.02})
		listing := func(in market.Instrument) *venue.Listing {
			return &venue.Listing{Instruments: []market.Instrument{in}, Bars: []*market.Columns{c}}
		}
		o := venue.Options{Spot: listing(pair("BTCUSDT", "BTC", "USDT")), USDM: listing(contract("BTCUSDT", "BTC", "USDT")), Start: start - 1e9, Speed: 1}
		o.USDM.Fundings = [][]market.Funding{{{Time: start - 8*3600e9, Rate: decimal.New(1, -4)}, {Time: start + 8*3600e9, Rate: decimal.New(2, -4)}}}
		h := serve(t, o)
		defer h.stop()
		var lines []func()
		for _, s := range []string{
			"/ws btcusdt@kline_1m btcusdt@trade btcusdt@aggTrade btcusdt@bookTicker btcusdt@depth@100ms btcusdt@depth5 btcusdt@miniTicker btcusdt@ticker btcusdt@avgPrice !miniTicker@arr",
			"/market/ws btcusdt@kline_1m btcusdt@trade btcusdt@aggTrade btcusdt@miniTicker btcusdt@ticker btcusdt@markPrice btcusdt@markPrice@1s !markPrice@arr@1s",
			"/public/ws btcusdt@bookTicker btcusdt@depth@500ms btcusdt@depth5",
		} {
			path, names, _ := strings.Cut(s, " ")
			for name := range strings.FieldsSeq(names) {
				l, first := h.dial(path+"/"+name), make(chan string, 1)
				go func() {
					for {
						_, m, err := l.ReadMessage()
						if err != nil {
							return
						}
						select {
						case first <- string(m):
						default:
						}
					}
				}()
				lines = append(lines, func() {
					m := <-first
					if len(m) > 700 { // a whole book
						m = m[:250] + " … " + m[len(m)-80:]
					}
					got.WriteString(path + "/" + name + "\n" + m + "\n")
					_ = l.Close()
				})
			}
		}
		for _, line := range lines {
			line()
		}
	})
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Error(d)
	}
}

// TestFiltersWithoutBounds: an instrument that has no bounds is listed with none that a
// client would take for a quantity of 0.
func TestFiltersWithoutBounds(t *testing.T) {
	o := options()
	in := &o.Spot.Instruments[0]
	in.MinQuantity, in.MaxQuantity = decimal.Zero, decimal.Zero
	d := open(t, o)
	_, a := d.ask("GET", "/api/v3/exchangeInfo", "symbol=BTCUSDT")
	for _, f := range a["symbols"].([]any)[0].(map[string]any)["filters"].([]any) {
		switch f := f.(map[string]any); f["filterType"] {
		case "LOT_SIZE":
			has(t, f, "minQty", "0.00100000", "maxQty", "1000000000000.00000000", "stepSize", "0.00100000")
		case "MARKET_LOT_SIZE":
			has(t, f, "maxQty", "1000000000000.00000000")
		}
	}
}
