package venue_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
)

// order asks the venue as its master.
func master(t *testing.T, v *venue.Venue, method, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	v.Admin().ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
	if !json.Valid(w.Body.Bytes()) {
		t.Errorf("%s %s: %q is not JSON", method, path, w.Body)
	}
	return w.Code, w.Body.String()
}

func TestAdmin(t *testing.T) {
	d := open(t, options())
	d.step()
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/", 200, `"call": "POST /faults"`},
		{"GET", "/clock", 200, `"stepped": true`},
		{"POST", "/step?n=3", 200, `"ended": false`},
		{"POST", "/step?n=x", 400, `"hint": "use n=1 or more, or n=0`},
		{"POST", "/forget", 200, `"connections": 0`},
		{"POST", "/step?to=2026-01-05T00:10:00Z", 200, `"time": "2026-01-05T00:10:`},
		{"POST", "/step?to=2026-01-05T00:05:00Z", 400, `only moves on`},
		{"POST", "/step?to=2026-01-05T00:20:00Z&n=2", 400, `send one of them`},
		{"POST", "/step?steps=2", 400, `it takes: n or to`},
		{"GET", "/clock?zone=8", 400, `it takes: nothing`},
		{"POST", "/step?to=soon", 400, `use to=2024-03-01T12:00:00Z`},
		{"GET", "/faults/kinds", 200, `"name": "reply-lost"`},
		{"POST", "/faults?fault=unknown@order.place*3", 200, `"unknown@order.place*3"`},
		{"GET", "/faults", 200, `"unknown@order.place*3"`},
		{"POST", "/faults?fault=oops", 400, "GET /faults/kinds lists them"},
		{"POST", "/faults", 400, "no fault is named"},
		{"DELETE", "/faults?name=oops", 400, `there is no fault`},
		{"DELETE", "/faults?name=unknown", 200, `"faults": []`},
		{"POST", "/place?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=50&quantity=1&newClientOrderId=byhand", 200, `"byhand"`},
		{"POST", "/place?symbol=NONE", 400, `-1121: Invalid symbol.`},
		{"POST", "/place?market=usdm", 400, `the market \"usdm\" is not served`},
		{"GET", "/state", 200, `"client": "byhand"`},
		{"POST", "/deposit?asset=USDT&amount=500", 200, `{}`},
		{"POST", "/deposit?asset=usdt&amount=1", 400, `they are written like USDT`},
		{"POST", "/deposit?asset=USDT&amount=0.000000001", 400, `at most 8 decimals`},
		{"POST", "/deposit?asset=USDT&amount=x", 400, `send asset=USDT`},
		{"POST", "/deposit?asset=USDT&amount=1&after=x", 400, `send after=5s`},
		{"POST", "/filters?symbol=BTCUSDT&tick=0.1", 200, `tick 0.1`},
		{"POST", "/filters?symbol=NONE&tick=0.1", 400, `is not listed`},
		{"POST", "/filters?symbol=BTCUSDT&tick=-1", 400, `is no amount above 0`},
		{"POST", "/disconnect", 200, `{}`},
		{"POST", "/shutdown?after=5s", 200, `{}`},
		{"POST", "/shutdown?after=x", 400, `is not a span`},
		{"POST", "/streams/end", 200, `{}`},
		{"POST", "/listenkeys/expire", 200, `{}`},
		{"POST", "/nothing", 404, "GET / lists what there is"},
		{"GET", "/step", 404, "there is no GET /step"},
	} {
		if status, body := master(t, d.venue, c.method, c.path); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, status, body, c.status, c.want)
		}
	}
	for _, b := range d.venue.State().Spot.Balances {
		if b.Asset == "USDT" && b.Free.Add(b.Locked).String() != "10500" {
			t.Errorf("after the deposit: %+v", b)
		}
	}
}

func TestStepsBelongToASteppedClock(t *testing.T) {
	o := options()
	o.Speed = 1
	if status, body := master(t, open(t, o).venue, "POST", "/step"); status != 400 || !strings.Contains(body, "--speed step") {
		t.Error(status, body)
	}
}

// TestFiltersChange shows that an order on the old tick is refused once it has changed.
func TestFiltersChange(t *testing.T) {
	d := open(t, options())
	d.step()
	order := "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50.01"
	if code, a := d.sign("POST", "/api/v3/order", order); code != 200 {
		t.Fatal(code, a)
	}
	if err := d.venue.SetFault(venue.Fault{Name: venue.FaultTick, Value: "10", On: "BTCUSDT"}); err != nil {
		t.Fatal(err)
	}
	if code, a := d.sign("POST", "/api/v3/order", order); code != 400 || a["code"] != -1013.0 {
		t.Error(code, a)
	}
}

// TestAnOrderByHandAtTheStart: the price before the first step is known.
func TestAnOrderByHandAtTheStart(t *testing.T) {
	o := options()
	o.Start += market.Time(10 * market.Minute)
	d := open(t, o)
	if err := d.venue.SetFault(venue.Fault{Name: venue.FaultPlaced}); err != nil {
		t.Fatal(err)
	}
	if n := len(d.venue.State().Spot.Orders); n != 1 {
		t.Errorf("%d orders", n)
	}
}

// TestEachRequestIsALine of the log, where debugging is on.
func TestEachRequestIsALine(t *testing.T) {
	var b strings.Builder
	o := options()
	o.Log = slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
	d := open(t, o)
	d.ask("GET", "/api/v3/time", "")
	d.ask("GET", "/api/v3/nothing", "")
	d.sign("POST", "/api/v3/order", "symbol=BTCUSDT")
	text := b.String()
	for _, want := range []string{`what="GET /api/v3/time" from=192.0.2.1 status=200`, `what="GET /api/v3/nothing" from=192.0.2.1 status=404`, `what="POST /api/v3/order" from=192.0.2.1 status=400 code=-1102`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Count(text, "\n") != 3 || strings.Contains(text, "signature") {
		t.Error(text)
	}
}
