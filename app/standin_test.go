package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/internal/sample"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
	"github.com/signalman-trading/signalman/store"
)

// standin runs the command until the test ends, and returns where it serves.
func standin(t *testing.T, args ...string) (url, admin string) {
	t.Helper()
	in, out := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	var notes bytes.Buffer
	done := make(chan int)
	go func() {
		code := app.Run(ctx, app.Default(), append([]string{"--format", "json", "--data", t.TempDir(), "standin", "tokenmetrics"}, args...), out, &notes)
		out.Close()
		done <- code
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("it ended with %d: %s", code, &notes)
		}
	})
	var at struct{ URL, Admin string }
	if err := json.NewDecoder(in).Decode(&at); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, in) }()
	return at.URL, at.Admin
}

func ask(t *testing.T, method, url string) (int, string) {
	t.Helper()
	q, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("x-api-key", tokenmetricstest.DefaultKey)
	q.Close = true
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(b)
}

// TestStandinServesTheHistory compares a candle with the bundled history, and sets a fault
// while it runs.
func TestStandinServesTheHistory(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("serve", func(t *testing.T) {
		url, admin := standin(t, "--admin", "127.0.0.1:0", "--now", "2024-03-15T12:00:00Z", "--speed", "0", "--month", "3")
		status, body := ask(t, http.MethodGet, url+"/daily-ohlcv?token_id=3375&limit=1")
		var e struct {
			Data []struct {
				DATE                   string
				OPEN, HIGH, LOW, CLOSE float64
			}
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil || status != 200 {
			t.Fatal(status, body)
		}
		if got := e.Data[0]; got.DATE != "2024-03-14T00:00:00.000Z" || got.HIGH != 73_777 || got.CLOSE != closeOf(t, "2024-03-15") {
			t.Errorf("%+v", got)
		}
		if status, body = ask(t, http.MethodPost, admin+"faults?name=status&value=503&times=1"); status != 200 || !strings.Contains(body, `"value": "503"`) {
			t.Error(status, body)
		}
		for _, want := range []int{503, 200, 429} {
			if status, body = ask(t, http.MethodGet, url+"/trading-signals?token_id=3375&limit=1"); status != want {
				t.Errorf("%d, want %d: %s", status, want, body)
			}
		}
	})
}

// closeOf returns the last close of bitcoin in the bundled history before a day.
func closeOf(t *testing.T, day string) float64 {
	t.Helper()
	a, err := sample.Open()
	if err != nil {
		t.Fatal(err)
	}
	to, err := market.ParseTime(day)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Bars(store.Series{Venue: "binance", Symbol: "BTCUSDT", Interval: market.Hour}, to-market.Day, to)
	if err != nil {
		t.Fatal(err)
	}
	return c.Close[c.Len()-1]
}
