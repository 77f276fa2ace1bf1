package venue_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

var start = market.TimeOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))

const api = "reader0writer0000000000000000000000000000000000000000000000000000"

// pair returns a spot pair of made-up filters.
func pair(symbol, base, quote string) market.Instrument {
	d := decimal.RequireFromString
	return market.Instrument{Venue: "binance", Symbol: symbol, Base: base, Quote: quote, Tick: d("0.01"), Step: d("0.001"),
		MinQuantity: d("0.001"), MaxQuantity: d("9000"), MinNotional: d("5"), BasePrecision: 8, QuotePrecision: 8,
		Fees: market.Fees{Maker: d("0.001"), Taker: d("0.001")}}
}

// bars returns minutes whose prices wander around a value.
func bars(n int, price float64) *market.Columns {
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 3
	for i := range n {
		at := start + market.Time(i)*market.Time(market.Minute)
		open := price + float64(i%7) - 3
		end := price + float64((i+1)%7) - 3
		c.Append(market.Bar{OpenTime: at, Open: open, High: max(open, end) + 2, Low: min(open, end) - 2, Close: end, Volume: 50})
	}
	return c
}

func options() venue.Options {
	return venue.Options{
		Spot: &venue.Listing{
			Instruments: []market.Instrument{pair("BTCUSDT", "BTC", "USDT")},
			Bars:        []*market.Columns{bars(100, 100)},
			Balances:    map[string]decimal.Decimal{"USDT": decimal.New(10_000, 0)},
		},
		Keys:  []venue.Key{{API: api, Secret: market.NewSecret("secret"), Trade: true}},
		Start: start,
	}
}

// desk asks a venue as a client would.
type desk struct {
	t      testing.TB
	venue  *venue.Venue
	header http.Header // of the last answer
}

func open(t testing.TB, o venue.Options) *desk {
	t.Helper()
	v, err := venue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t: t, venue: v}
}

// step moves the clock once.
func (d *desk) step() {
	d.t.Helper()
	if _, err := d.venue.Step(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// ask sends a request without a key.
func (d *desk) ask(method, path, query string) (int, map[string]any) {
	d.t.Helper()
	r := httptest.NewRequest(method, path+"?"+query, http.NoBody)
	return d.send(r)
}

// sign sends a signed request with all its parameters in the query.
func (d *desk) sign(method, path, query string) (int, map[string]any) {
	d.t.Helper()
	query = strings.TrimPrefix(fmt.Sprintf("%s&timestamp=%d", query, d.venue.Now().Millis()), "&")
	r := httptest.NewRequest(method, path+"?"+query+"&signature="+signature(query), http.NoBody)
	r.Header.Set("X-MBX-APIKEY", api)
	return d.send(r)
}

func (d *desk) send(r *http.Request) (int, map[string]any) {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.venue.Handler().ServeHTTP(w, r)
	d.header = w.Header()
	body, _ := io.ReadAll(w.Body)
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		answer = map[string]any{"body": string(body)}
	}
	return w.Code, answer
}

func signature(payload string) string {
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte(payload))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestTimeAndPing(t *testing.T) {
	d := open(t, options())
	if code, _ := d.ask("GET", "/api/v3/ping", ""); code != 200 {
		t.Errorf("ping: %d", code)
	}
	if _, a := d.ask("GET", "/api/v3/time", ""); a["serverTime"] != float64(start.Millis()) {
		t.Errorf("time: %v", a)
	}
}

func TestAMarketOrderIsFilledInItsOwnAnswer(t *testing.T) {
	d := open(t, options())
	d.step()
	code, a := d.sign("POST", "/api/v3/order", url.Values{"symbol": {"BTCUSDT"}, "side": {"BUY"}, "type": {"MARKET"}, "quantity": {"0.1"}}.Encode())
	if code != 200 || a["status"] != "FILLED" || a["executedQty"] != "0.10000000" {
		t.Errorf("%d %v", code, a)
	}
}

// signList is sign for answers that are lists.
func (d *desk) signList(method, path, query string) (code int, list []any) {
	d.t.Helper()
	query = strings.TrimPrefix(fmt.Sprintf("%s&timestamp=%d", query, d.venue.Now().Millis()), "&")
	r := httptest.NewRequest(method, path+"?"+query+"&signature="+signature(query), http.NoBody)
	r.Header.Set("X-MBX-APIKEY", api)
	w := httptest.NewRecorder()
	d.venue.Handler().ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		d.t.Fatalf("%s: %v", w.Body, err)
	}
	return w.Code, list
}

// same compares two states.
func same(t *testing.T, want, got venue.State) {
	t.Helper()
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })); d != "" {
		t.Errorf("the state has changed (-was +is):\n%s", d)
	}
}
