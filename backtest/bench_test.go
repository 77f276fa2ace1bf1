package backtest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/smacross"
)

const year = 525_600 // minutes

// walk makes a year of one-minute bars: a random walk on a grid of cents.
func walk(seed uint64, n int) *market.Columns {
	r := rand.New(rand.NewPCG(seed, 1))
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 5
	price := int64(2_000_000)
	start := market.Time(1_609_459_200_000_000_000)
	cents := func(x int64) float64 { return float64(x) / 100 }
	for i := range n {
		open := price
		price = max(price+r.Int64N(4001)-2000, 100_000)
		high, low := max(open, price)+r.Int64N(500), min(open, price)-r.Int64N(500)
		c.Append(market.Bar{
			OpenTime: start + market.Time(i)*market.Time(market.Minute),
			Open:     cents(open), High: cents(high), Low: cents(low), Close: cents(price), Volume: float64(1000+r.Int64N(100_000_000)) / 1e5,
		})
	}
	return c
}

func history(series int, n int) *backtest.History {
	h := &backtest.History{}
	for k := range series {
		in := market.Bare(fmt.Sprintf("A%dUSDT", k), fmt.Sprintf("A%d", k), "USDT")
		in.ID = market.InstrumentID(k)
		in.Fees = market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3)}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: walk(uint64(k+1), n)})
	}
	return h
}

func config(h *backtest.History, fast, slow int) engine.Config {
	var ids []market.InstrumentID
	for i := range h.Instruments {
		ids = append(ids, market.InstrumentID(i))
	}
	return engine.Config{
		Cash: decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand(),
		Instances: []engine.Instance{{
			Name: "x", Strategy: &smacross.Config{Fast: fast, Slow: slow}, Instruments: ids, Interval: market.Minute, Weight: decimal.New(1, 0),
		}},
	}
}

// BenchmarkEngine runs a year of minutes through the whole engine with the exact
// ledger on.
func BenchmarkEngine(b *testing.B) {
	one := history(1, year)
	for _, c := range []struct {
		name       string
		h          *backtest.History
		fast, slow int
	}{
		{"sma_200_800", one, 200, 800},
		{"sma_20_50", one, 20, 50},
	} {
		b.Run(c.name, func(b *testing.B) { benchRun(b, c.h, c.fast, c.slow) })
	}
	b.Run("ten_instruments", func(b *testing.B) { benchRun(b, history(10, year/10), 200, 800) })
}

func benchRun(b *testing.B, h *backtest.History, fast, slow int) {
	b.ReportAllocs()
	start := time.Now()
	clock := func() time.Duration { return time.Since(start) }
	var spent time.Duration
	var bars, orders int
	for b.Loop() {
		out, err := backtest.Run(context.Background(), config(h, fast, slow), h, backtest.Options{Sim: sim.DefaultOptions(), Clock: clock})
		if err != nil {
			b.Fatal(err)
		}
		spent += out.Elapsed
		bars += out.Bars
		orders = len(out.Orders)
	}
	b.ReportMetric(float64(spent)/float64(bars), "ns/bar")
	b.ReportMetric(float64(bars)/spent.Seconds()/1e6, "Mbars/s")
	b.ReportMetric(float64(orders), "orders")
}
