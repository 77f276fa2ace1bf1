package binance_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/market"
)

// answers is a transport that gives each request the same answer, but for the time.
type answers struct{ body []byte }

// RoundTrip implements http.RoundTripper.
func (a answers) RoundTrip(q *http.Request) (*http.Response, error) {
	body := string(a.body)
	if strings.HasSuffix(q.URL.Path, "/time") {
		body = `{"serverTime":1754611200000}`
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: q}, nil
}

// answered returns a client of a venue that knows one answer only.
func answered(body []byte, usdm bool) *binance.Public {
	c := &clock{now: time.UnixMilli(1754611200000)}
	return binance.NewPublic(binance.Options{USDM: usdm, HTTP: &http.Client{Transport: answers{body}}, Lanes: 1, Now: c.Now, Sleep: c.Sleep})
}

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRecorded reads what the venue has answered.
func TestRecorded(t *testing.T) {
	at := market.Millis
	bars, err := take(answered(recorded(t, "klines-spot-1m.json"), false).Klines(t.Context(), "BTCUSDT", market.Minute, at(1588740120000), at(1588743720000)))
	if want := (market.Bar{OpenTime: at(1588740120000), Open: 9033.34, High: 9039.99, Low: 9032.75, Close: 9033.15, Volume: 31.192968}); err != nil || len(bars) != 60 || bars[0] != want {
		t.Errorf("%d bars: %v", len(bars), err)
	}
	days, err := take(answered(recorded(t, "klines-usdm-1d.json"), true).Klines(t.Context(), "BTCUSDT", market.Daily, at(1567900800000), at(1571356800000)))
	if want := (market.Bar{OpenTime: at(1567900800000), Open: 10000, High: 10412.65, Low: 10000, Close: 10391.63, Volume: 3096.291}); err != nil || len(days) != 40 || days[0] != want {
		t.Errorf("%d days: %v", len(days), err)
	}
	fundings, err := take(answered(recorded(t, "fundingRate-usdm.json"), true).Fundings(t.Context(), "BTCUSDT", at(1577836800000), at(1577836800000)+5*8*market.Time(market.Hour)+1e9))
	if err != nil || len(fundings) != 6 || fundings[0].Rate.String() != "-0.00012359" || fundings[5].Time != at(1577836800000)+5*8*market.Time(market.Hour) {
		t.Errorf("%d fundings: %v", len(fundings), err)
	}
	if now, err := answered(nil, true).Time(t.Context()); err != nil || now != at(1754611200000) {
		t.Errorf("%s: %v", now, err)
	}
}

// FuzzAnswers: whatever the venue answers, what is handed on is possible, and the rest is
// an error.
func FuzzAnswers(f *testing.F) {
	for i, name := range []string{"klines-spot-1m.json", "klines-usdm-1d.json", "fundingRate-usdm.json", "aggTrades-usdm.json", "aggTrades-spot.json", "time-usdm.json"} {
		f.Add(recorded(f, name), uint8(i))
	}
	for i := range uint8(6) {
		f.Add([]byte("[null]"), i)
		f.Add([]byte(`{"code":-1121,"msg":"Invalid symbol."}`), i)
	}
	f.Fuzz(func(t *testing.T, body []byte, kind uint8) {
		p := answered(body, kind%2 == 1)
		last, end := market.Time(0), market.Time(1600000000000)*1e6
		rise := func(at market.Time) {
			if at <= last && kind != 3 && kind != 4 || at < last || at >= end {
				t.Fatalf("%s after %s", at, last)
			}
			last = at
		}
		switch kind {
		case 0, 1:
			d := []market.Interval{market.Minute, market.Daily}[kind]
			for b, err := range p.Klines(t.Context(), "BTCUSDT", d, end-900*market.Time(d), end) {
				if err == nil {
					rise(b.OpenTime)
					if b.Check() != nil || !d.Aligned(b.OpenTime) {
						t.Fatal(b)
					}
				}
			}
		case 2:
			for r, err := range answered(body, true).Fundings(t.Context(), "BTCUSDT", 0, end) {
				if err == nil {
					rise(r.Time)
				}
			}
		case 3, 4:
			n := 0
			for r, err := range p.AggTrades(t.Context(), "LTCUSDT", end-market.Day, end) {
				if err == nil {
					rise(r.Time)
				}
				if n++; n > 1e6 {
					t.Fatal("endless")
				}
			}
		default:
			_, _ = p.ExchangeInfo(t.Context())
		}
	})
}
