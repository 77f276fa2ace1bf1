package all_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// ten are ten rules that let the orders of steady pass.
func ten() []risk.Named {
	groups := map[string][]string{"even": {"A0", "A2", "A4"}, "odd": {"A1", "A3"}}
	return []risk.Named{
		{Name: "max_order", Rule: &limit.MaxOrder{Percent: ratio("1"), Cut: true}},
		{Name: "max_position", Rule: &limit.MaxPosition{Percent: ratio("1")}},
		{Name: "max_asset", Rule: &limit.MaxAsset{Percent: ratio("1"), Scope: "account"}},
		{Name: "max_group", Rule: &limit.MaxGroup{Percent: ratio("1"), Groups: groups, Others: "together"}},
		{Name: "max_exposure", Rule: &limit.MaxExposure{Percent: ratio("1")}},
		{Name: "max_net_exposure", Rule: &limit.MaxNetExposure{Percent: ratio("1"), Scope: "account"}},
		{Name: "max_leverage", Rule: &limit.MaxLeverage{Times: ratio("1"), Scope: "account"}},
		{Name: "max_open", Rule: &limit.MaxOpen{Count: 100, Scope: "account"}},
		{Name: "account_position", Rule: &limit.MaxPosition{Percent: ratio("1"), Scope: "account"}},
		{Name: "account_exposure", Rule: &limit.MaxExposure{Percent: ratio("1"), Scope: "account"}},
	}
}

// steady buys a little of one instrument after the other, one at each bar.
type steady struct{ bar, instruments int }

func (s *steady) Init(setup *strategy.Setup) error {
	s.instruments = len(setup.Instruments())
	setup.Instant(strategy.BarQuery{}, func(c *strategy.Context) {
		o := market.Order{Instrument: market.InstrumentID(s.bar % s.instruments), Side: market.Buy, Type: market.Market, Quote: decimal.New(20, 0)}
		s.bar++
		if _, err := c.Submit(o); err != nil {
			c.Fail(err)
		}
	})
	return nil
}

// watch is a rule that notes when it is called.
type stopwatch struct{ times []time.Time }

func (w *stopwatch) Init(*risk.Setup) error { return nil }

func (w *stopwatch) Review(_ *risk.View, o market.Order) (market.Order, error) {
	w.times = append(w.times, time.Now())
	return o, nil
}

// BenchmarkTenRules prints what ten rules cost an order, from the call of the first to
// that of one behind the last, with what the engine does around them. Each order is the
// only one of its instant, so that nothing is known from the one before. The median tells
// more than the mean on a machine that others use.
func BenchmarkTenRules(b *testing.B) {
	const bars = 1500
	for _, instruments := range []int{5, 50} {
		var series []*market.Columns
		for k := range instruments {
			series = append(series, risktest.Walk(uint64(k), market.Hour, bars))
		}
		h := risktest.History(series...)
		run := func(rules []risk.Named) (each []float64, allocs float64) {
			var first, last stopwatch
			rules = slices.Concat([]risk.Named{{Name: "first", Rule: &first}}, rules, []risk.Named{{Name: "last", Rule: &last}})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			trace := risktest.Trial{History: h, Strategies: []strategy.Strategy{&steady{}}, Rules: rules, Cash: 10_000_000, Unaudited: true}.Run(b)
			runtime.ReadMemStats(&after)
			if len(trace.Refusals) > 0 {
				b.Fatal(trace.Refusals)
			}
			for k := range first.times {
				each = append(each, float64(last.times[k].Sub(first.times[k])))
			}
			return each, float64(after.Mallocs-before.Mallocs) / bars
		}
		b.Run(fmt.Sprint(instruments), func(b *testing.B) {
			var bare, full, allocs []float64
			for b.Loop() {
				without, a0 := run(nil)
				with, a1 := run(ten())
				bare, full, allocs = append(bare, without...), append(full, with...), append(allocs, a1-a0)
			}
			for _, list := range [][]float64{bare, full, allocs} {
				slices.Sort(list)
			}
			b.ReportMetric(full[len(full)/2]-bare[len(bare)/2], "ns/order")
			b.ReportMetric(full[len(full)/10]-bare[len(bare)/10], "p10-ns/order")
			b.ReportMetric(full[len(full)*9/10]-bare[len(bare)/2], "p90-ns/order")
			b.ReportMetric(allocs[len(allocs)/2], "allocs/order")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// watcher watches bars and orders nothing.
type watcher struct{}

func (watcher) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{}, func(*strategy.Context, *strategy.Series) {})
	return nil
}

// runIdle runs a strategy that orders nothing over bars, and returns the time and the
// allocations of one.
func runIdle(tb testing.TB, h *backtest.History, rules []risk.Named, bars int) (ns, allocs float64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	risktest.Trial{History: h, Strategies: []strategy.Strategy{watcher{}}, Rules: rules, Unaudited: true, Unjournaled: true}.Run(tb)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	return float64(took) / float64(bars), float64(after.Mallocs-before.Mallocs) / float64(bars)
}

// BenchmarkIdleChain prints what a bar costs without rules and with ten that watch none.
func BenchmarkIdleChain(b *testing.B) {
	const bars = 200_000
	h := risktest.History(risktest.Walk(1, market.Minute, bars))
	var ns [2][]float64 // interleaved, so that both see the same machine
	for b.Loop() {
		for k, rules := range [][]risk.Named{nil, ten()} {
			each, _ := runIdle(b, h, rules, bars)
			ns[k] = append(ns[k], each)
		}
	}
	for k, name := range []string{"without", "with"} {
		slices.Sort(ns[k])
		b.ReportMetric(ns[k][len(ns[k])/2], name+"-ns/bar")
		b.ReportMetric(ns[k][0], name+"-min-ns/bar")
	}
	b.ReportMetric(0, "ns/op")
}

// TestIdleChainAllocatesNothingPerBar compares runs without rules and with ten that watch
// no bars: what they allocate more does not grow with the bars.
func TestIdleChainAllocatesNothingPerBar(t *testing.T) {
	const bars = 20_000
	h := risktest.History(risktest.Walk(1, market.Minute, bars))
	_, without := runIdle(t, h, nil, bars)
	_, with := runIdle(t, h, ten(), bars)
	if with-without > 0.05 {
		t.Errorf("a bar allocates %.3f times with ten rules, %.3f without", with, without)
	}
}
