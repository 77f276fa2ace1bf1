package fetch_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/binancetest"
	"github.com/signalman-trading/signalman/internal/fetch"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// BenchmarkBars fetches a million bars from a server in the same process, whose work is
// counted too: at once, and in two halves with an end by the caller between them.
func BenchmarkBars(b *testing.B) {
	const rows = 1_000_000
	bars := binancetest.Walk(1, market.Minute, start, rows)
	s := binancetest.New(bars.Time(rows - 1))
	defer s.Close()
	began := time.Now()
	s.Now = func() market.Time { return bars.Time(rows-1) + market.Time(time.Since(began)) }
	s.Put("BTCUSDT", bars)
	for _, halves := range []bool{false, true} {
		b.Run(map[bool]string{false: "whole", true: "halves"}[halves], func(b *testing.B) {
			for range b.N {
				path := filepath.Join(b.TempDir(), "history.db")
				r := fetch.REST{
					Public: binance.NewPublic(binance.Options{BaseURL: s.URL()}), Venue: "binance", Symbol: "BTCUSDT",
					From: start, To: start + rows*minute,
					Open: func(write bool) (*store.DB, error) { return store.Open(path, store.Options{ReadOnly: !write}) },
				}
				total := 0
				if halves {
					ctx, cancel := context.WithCancel(b.Context())
					r.Told = func(_ store.Series, done, of market.Time) {
						if done > of/2 {
							cancel()
						}
					}
					report, _ := r.Bars(ctx, market.Minute)
					total, r.Told = report.Put.Added, nil
				}
				report, err := r.Bars(b.Context(), market.Minute)
				if total += report.Put.Added; err != nil || total != rows {
					b.Fatalf("%d bars: %v", total, err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "bars/s")
		})
	}
}
