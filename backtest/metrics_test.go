package backtest_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// measured returns the metrics of daily samples, or of bars of an interval that is
// longer; the drawdown is that of the samples.
func measured(t *testing.T, interval market.Interval, samples ...engine.Sample) backtest.Metrics {
	t.Helper()
	c := &engine.Curve{Daily: samples}
	peak := math.Inf(-1)
	for _, s := range samples {
		peak = max(peak, s.Equity)
		c.MaxDrawdown = min(c.MaxDrawdown, s.Equity/peak-1)
	}
	r := &engine.Result{Instruments: make([]market.Instrument, 1), Execution: []market.Interval{interval}, Curve: c}
	p, err := backtest.NewReport(backtest.Identity{}, r, 0, backtest.EquityDaily)
	if err != nil {
		t.Fatal(err)
	}
	return p.Metrics
}

// each returns samples of equity that stand a step apart.
func each(step market.Time, equity ...float64) []engine.Sample {
	var list []engine.Sample
	for i, e := range equity {
		list = append(list, engine.Sample{Time: 20_000*market.Day + market.Time(i)*step, Equity: e})
	}
	return list
}

// TestMetricsByDefinition compares with the definitions of semantics M8, in plain loops.
func TestMetricsByDefinition(t *testing.T) {
	for seed := range seeds(200) {
		r := rand.New(rand.NewPCG(seed, 4))
		equity := []float64{10_000}
		for range 2 + r.IntN(400) {
			equity = append(equity, equity[len(equity)-1]*(1+0.1*(r.Float64()-0.48)))
		}
		interval, step := market.Hour, market.Day
		if r.IntN(3) == 0 {
			interval, step = market.Weekly, 7*market.Day
		}
		s := each(step, equity...)
		s[len(s)-1].Time -= market.Time(r.Int64N(int64(step))) // the last one may be early
		compareWithDefinitions(t, measured(t, interval, s...), s, step)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func compareWithDefinitions(t *testing.T, m backtest.Metrics, s []engine.Sample, step market.Time) {
	t.Helper()
	n := float64(len(s) - 1)
	var returns []float64
	var mean, square, down, peak, worst float64
	for i := range s[1:] {
		returns = append(returns, (s[i+1].Equity-s[i].Equity)/s[i].Equity)
		mean += returns[i] / n
	}
	for _, x := range returns {
		square += (x - mean) * (x - mean)
		if x < 0 {
			down += x * x
		}
	}
	for _, x := range s {
		peak = math.Max(peak, x.Equity)
		worst = math.Min(worst, x.Equity/peak-1)
	}
	growth := s[len(s)-1].Equity / s[0].Equity
	year := 365 * 24 * 3600e9
	cagr := math.Pow(growth, year/float64(s[len(s)-1].Time-s[0].Time)) - 1
	scale := math.Sqrt(year / float64(step))
	same := func(what string, got *float64, want float64) {
		if got == nil || math.Abs(*got-want) > 1e-10*math.Max(1, math.Abs(want)) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	same("total return", m.TotalReturn, growth-1)
	same("cagr", m.CAGR, cagr)
	same("drawdown", m.MaxDrawdown, worst)
	same("sharpe", m.Sharpe, mean/math.Sqrt(square/(n-1))*scale)
	if down > 0 {
		same("sortino", m.Sortino, mean/math.Sqrt(down/n)*scale)
		same("calmar", m.Calmar, cagr/-worst)
	}
}

// TestUndefinedIsNull: what has no value is null, never 0, NaN or infinite.
func TestUndefinedIsNull(t *testing.T) {
	for _, c := range []struct {
		name    string
		samples []engine.Sample
		null    string
	}{
		{"nothing ran", nil, "total_return cagr sharpe sortino calmar max_drawdown"},
		{"one sample", each(market.Day, 100), "cagr sharpe sortino calmar"},
		{"one return", each(market.Day, 100, 110), "sharpe sortino calmar"},
		{"no change", each(market.Day, 100, 100, 100), "sharpe sortino calmar"},
		{"no loss", each(market.Day, 100, 110, 120), "sortino calmar"},
		{"no cash", each(market.Day, 0, 0, 0), "total_return cagr sharpe sortino calmar max_drawdown"},
		{"a loss", each(market.Day, 100, 90, 95), ""},
		{"everything lost", each(market.Day, 100, 50, 0), ""},
		{"lost and lost again", each(market.Day, 100, 0, 0), "sharpe sortino"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := json.Marshal(measured(t, market.Hour, c.samples...))
			if err != nil {
				t.Fatal(err)
			}
			var values map[string]*float64
			if err := json.Unmarshal(b, &values); err != nil {
				t.Fatal(err)
			}
			var null []string
			for _, name := range []string{"total_return", "cagr", "sharpe", "sortino", "calmar", "max_drawdown"} {
				if v, ok := values[name]; !ok || v == nil {
					null = append(null, name)
				}
			}
			if d := cmp.Diff(c.null, strings.Join(null, " ")); d != "" {
				t.Errorf("null (-want +got):\n%s", d)
			}
		})
	}
}

// TestReportReadsBack: the published form loses nothing.
func TestReportReadsBack(t *testing.T) {
	h := fixedHistory()
	want := fixedReport(t, backtest.Identity{Seed: 1, To: market.Day}, fixedRun(t, plugin(t, "sma_cross"), h, true), 1, backtest.EquityBars)
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got backtest.Report
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&got)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(b), string(again)); d != "" {
		t.Errorf("written, read and written again (-want +got):\n%s", d)
	}
}

// TestDecimalsAreStrings: without exponent or trailing zeros.
func TestDecimalsAreStrings(t *testing.T) {
	b, err := json.Marshal(fixedReport(t, backtest.Identity{}, fixedRun(t, plugin(t, "sma_cross"), fixedHistory(), false), 0, backtest.EquityDaily))
	if err != nil {
		t.Fatal(err)
	}
	var report map[string]any
	if err := json.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	trade := report["trades"].([]any)[0].(map[string]any)
	for _, v := range []any{report["start_equity"], report["final_equity"], trade["quantity"], trade["entry_price"], trade["pnl"], trade["fees_quote"]} {
		s, ok := v.(string)
		if !ok || strings.ContainsAny(s, "eE+ ") || strings.Contains(s, ".") && strings.HasSuffix(s, "0") {
			t.Errorf("%v (%T) is not a plain decimal in a string", v, v)
		}
	}
}
