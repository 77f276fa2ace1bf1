package app_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// TestStoredBarOffTheGrid refuses the one kind of error that a store can hold, and leaves
// such bars out where that is asked for.
func TestStoredBarOffTheGrid(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(filepath.Join(dir, "history.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := market.MakeColumns(market.Hour, 50)
	for i := range 50 {
		b := market.Bar{OpenTime: market.Millis(1_609_459_200_000 + int64(i)*3_600_000), Open: 10, High: 11, Low: 9, Close: 10, Volume: float64(i + 1)}
		if i == 20 {
			b.OpenTime += 7e9
		}
		c.Append(b)
	}
	if _, err := db.PutBars(store.Series{Venue: "binance", Symbol: "BTCUSDT", Interval: market.Hour}, c); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		args string
		code int
		want string
	}{
		{"data check", 3, "error: 1 time off the grid\n    2021-01-01T20:00:07Z  2021-01-01T20:00:07Z does not start a bar of 1h"},
		{"backtest --symbol BTCUSDT --interval 1h --strategy sma_cross", 3, "signalman: binance BTCUSDT 1h: 1 bad row, the first: 2021-01-01T20:00:07Z does not start a bar of 1h; see"},
		{"backtest --symbol BTCUSDT --interval 1h --strategy sma_cross --skip-bad", 0, "data          BTCUSDT: 1 bad row left out; 1 gap with 1 bar missing, in no known outage"},
	} {
		var out bytes.Buffer
		code := app.Run(t.Context(), app.Default(), append([]string{"--data", dir}, strings.Fields(x.args)...), &out, &out)
		if code != x.code || !strings.Contains(out.String(), x.want) {
			t.Errorf("%s: exit code %d\n%s", x.args, code, out.String())
		}
	}
}
