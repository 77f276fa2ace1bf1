package tokenmetricstest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

// A client asks a stand-in, which then has its endpoint removed.
func Example() {
	noon := func() time.Time { return time.Date(2025, 6, 10, 12, 0, 0, 0, time.UTC) }
	r, err := tokenmetricstest.Serve(tokenmetricstest.Options{Now: noon})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	c, err := tokenmetrics.New(tokenmetrics.Options{HTTP: r.Client, BaseURL: r.URL, Key: market.NewSecret(tokenmetricstest.DefaultKey), Now: noon})
	if err != nil {
		fmt.Println(err)
		return
	}
	q := tokenmetrics.TradingSignalsQuery{TokenIDs: []int64{3375}, Start: market.TimeOf(noon()) - market.Day}
	for page, err := range c.TradingSignals(context.Background(), q) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, row := range page.Rows {
			fmt.Println(row.Date, row.TokenSymbol, "made up:", page.Synthetic)
		}
	}
	_ = r.Set(tokenmetricstest.Fault{Name: tokenmetricstest.FaultRemoved, Endpoint: "trading-signals"})
	for _, err := range c.TradingSignals(context.Background(), q) {
		fmt.Println("gone:", errors.Is(err, signals.ErrGone))
	}
	// Output:
	// 2025-06-09T00:00:00Z BTC made up: true
	// 2025-06-10T00:00:00Z BTC made up: true
	// gone: true
}
