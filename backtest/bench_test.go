package backtest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
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

// benchRun prints the median and the least time of a bar inside the loop, and what a
// run allocates for each order.
func benchRun(b *testing.B, h *backtest.History, fast, slow int) {
	start := time.Now()
	clock := func() time.Duration { return time.Since(start) }
	var each []float64
	var bars, orders int
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		out, err := backtest.Run(context.Background(), config(h, fast, slow), h, backtest.Options{Sim: sim.DefaultOptions(), Clock: clock})
		if err != nil {
			b.Fatal(err)
		}
		bars, orders = out.Bars, len(out.Orders)
		each = append(each, float64(out.Elapsed)/float64(bars))
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(median(each), "ns/bar")
	b.ReportMetric(each[0], "min-ns/bar")
	b.ReportMetric(1e3/median(each), "Mbars/s")
	b.ReportMetric(float64(orders), "orders")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(len(each)*orders), "allocs/order")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkMerge prints what the feed takes for a bar of ten instruments, without an
// engine: all in step; each with a minute in twenty missing; each at seconds of its own,
// so that every instant has one bar.
func BenchmarkMerge(b *testing.B) {
	for _, c := range []struct {
		name   string
		change func(k int, c *market.Columns) *market.Columns
	}{
		{"in_step", func(_ int, c *market.Columns) *market.Columns { return c }},
		{"gaps", thinned},
		{"one_by_one", func(k int, c *market.Columns) *market.Columns {
			for row := range c.OpenTime {
				c.OpenTime[row] += market.Time(k) * market.Time(time.Second)
			}
			return c
		}},
	} {
		h := history(10, year/10)
		var subs []engine.Subscription
		for k := range h.Series {
			h.Series[k].Columns = c.change(k, h.Series[k].Columns)
			subs = append(subs, engine.Subscription{Instrument: market.InstrumentID(k), Interval: market.Minute})
		}
		b.Run(c.name, func(b *testing.B) { benchMerge(b, h, subs) })
	}
}

// thinned leaves rows out at random.
func thinned(k int, c *market.Columns) *market.Columns {
	r := rand.New(rand.NewPCG(uint64(k), 9))
	out := market.MakeColumns(c.Interval, c.Len())
	out.PriceScale, out.VolumeScale = c.PriceScale, c.VolumeScale
	for row := range c.OpenTime {
		if r.IntN(20) > 0 {
			out.Append(c.Bar(row))
		}
	}
	return out
}

func benchMerge(b *testing.B, h *backtest.History, subs []engine.Subscription) {
	var each []float64
	for b.Loop() {
		f, _, err := backtest.NewFeed(h, subs)
		if err != nil {
			b.Fatal(err)
		}
		bars, start := 0, time.Now()
		for {
			events, err := f.Next(context.Background(), market.MaxTime)
			if err != nil {
				break
			}
			bars += len(events)
		}
		each = append(each, float64(time.Since(start))/float64(bars))
	}
	b.ReportMetric(median(each), "ns/bar")
	b.ReportMetric(each[0], "min-ns/bar")
	b.ReportMetric(0, "ns/op")
}

// idle watches bars and does nothing: what is left is the engine's own cost.
type idle struct{}

func (idle) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{}, func(*strategy.Context, *strategy.Series) {})
	return nil
}

// switcher goes in and out every so many bars: what it costs more than idle is orders.
type switcher struct{ every int }

func (c switcher) Init(s *strategy.Setup) error {
	n := 0
	s.Bars(strategy.BarQuery{}, func(ctx *strategy.Context, series *strategy.Series) {
		if n++; n%c.every == 0 {
			_ = ctx.Target(series.Instrument(), float64(n/c.every%2))
		}
	})
	return nil
}

// BenchmarkOrders prints the engine's cost of a bar without orders, and that of an
// order with its fill, for few orders and for many.
func BenchmarkOrders(b *testing.B) {
	h := history(1, year)
	h.Instruments[0].Fees.Taker = decimal.New(1, -7) // so that 100,000 orders leave money to trade
	run := func(s strategy.Strategy) (time.Duration, int) {
		cfg := config(h, 1, 2)
		cfg.Instances[0].Strategy = s
		start := time.Now()
		o := backtest.Options{Sim: sim.DefaultOptions(), Clock: func() time.Duration { return time.Since(start) }}
		out, err := backtest.Run(context.Background(), cfg, h, o)
		if err != nil {
			b.Fatal(err)
		}
		return out.Elapsed, len(out.Orders)
	}
	for _, orders := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(orders), func(b *testing.B) {
			var bare, busy []float64 // interleaved, so that both see the same machine
			for b.Loop() {
				d, _ := run(idle{})
				bare = append(bare, float64(d))
				d, n := run(switcher{year / orders})
				busy = append(busy, float64(d)/float64(n))
				busy[len(busy)-1] -= bare[len(bare)-1] / float64(n)
			}
			b.ReportMetric(median(bare)/year, "ns/bar")
			b.ReportMetric(bare[0]/year, "min-ns/bar")
			b.ReportMetric(median(busy), "ns/order")
			b.ReportMetric(busy[0], "min-ns/order")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// BenchmarkAudit prints what a second set of books costs: a bar without orders, and an
// order with its fill, without it and with it.
func BenchmarkAudit(b *testing.B) {
	const orders = 10_000
	h := history(1, year)
	h.Instruments[0].Fees.Taker = decimal.New(1, -7)
	run := func(s strategy.Strategy, audit bool) float64 {
		cfg := config(h, 1, 2)
		cfg.Instances[0].Strategy, cfg.Audit = s, audit
		start := time.Now()
		out, err := backtest.Run(context.Background(), cfg, h, backtest.Options{Sim: sim.DefaultOptions(), Clock: func() time.Duration { return time.Since(start) }})
		if err != nil {
			b.Fatal(err)
		}
		return float64(out.Elapsed)
	}
	var bar, order [2][]float64 // interleaved, so that all see the same machine
	for b.Loop() {
		for k, audit := range []bool{false, true} {
			bare := run(idle{}, audit)
			bar[k] = append(bar[k], bare/year)
			order[k] = append(order[k], (run(switcher{year / orders}, audit)-bare)/orders)
		}
	}
	for k, name := range []string{"plain", "audit"} {
		b.ReportMetric(median(bar[k]), name+"-ns/bar")
		b.ReportMetric(median(order[k]), name+"-ns/order")
	}
	b.ReportMetric(0, "ns/op")
}
