package backtest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/all"
)

// fixedHistory is a history that never changes: two instruments, 1,500 hours on a grid of
// cents, and each day what strategies read of each, and of the market.
func fixedHistory() *backtest.History {
	h := &backtest.History{}
	r := rand.New(rand.NewPCG(7, 7))
	for k := range 2 {
		in := market.Bare(fmt.Sprintf("A%dUSDT", k), fmt.Sprintf("A%d", k), "USDT")
		in.ID = market.InstrumentID(k)
		in.Fees = market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3), InQuote: k == 1}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: fixedSeries(r)})
	}
	from, _ := h.Span()
	for day := range market.Time(60) {
		for _, in := range h.Instruments {
			for _, kind := range []market.SignalKind{"sentiment", "trader_grade"} {
				t := from + day*market.Day
				h.Signals = append(h.Signals, market.Signal{
					Source: "test", Kind: kind, Subject: market.Subject(in.Base), Instrument: in.ID, Effective: t, Known: t + market.Day,
					Value: float64(r.Uint64() % 100), Null: r.Uint64()%10 == 0, Assumed: true,
				})
			}
		}
	}
	fixedSignals(h)
	h.Sort()
	return h
}

// fixedSignals adds kinds with chance of their own, so that those before stay what they are.
func fixedSignals(h *backtest.History) {
	r, from := rand.New(rand.NewPCG(8, 8)), h.Series[0].Columns.OpenTime[0]
	for day := range market.Time(60) {
		add := func(about market.Subject, kind market.SignalKind, value float64) {
			t := from + day*market.Day
			h.Signals = append(h.Signals, market.Signal{
				Source: "test", Kind: kind, Subject: about, Instrument: market.NoInstrument, Effective: t, Known: t + market.Day,
				Value: value, Null: r.Uint64()%10 == 0, Assumed: true,
			})
		}
		share := func() float64 { return float64(r.Uint64()%101) / 100 }
		add(market.MarketWide, "fear_greed", float64(100*share()))
		add(market.MarketWide, "market_trend", float64(r.Uint64()%2)*2-1)
		for k, in := range h.Instruments {
			c := h.Series[k].Columns
			price := c.Close[min(24*int(day)+23, c.Len()-1)]
			middle := float64(price * (0.95 + share()/10))
			add(market.Subject(in.Base), "trading_trend", float64(r.Uint64()%2)*2-1)
			add(market.Subject(in.Base), "index_weight_1", float64(100*share()))
			add(market.Subject(in.Base), "prediction_7d", middle)
			add(market.Subject(in.Base), "prediction_7d_lower", float64(middle*(1-share()/20)))
			add(market.Subject(in.Base), "prediction_7d_upper", float64(middle*(1+share()/20)))
		}
	}
}

func fixedSeries(r *rand.Rand) *market.Columns {
	c := market.MakeColumns(market.Hour, 1500)
	c.PriceScale, c.VolumeScale = 2, 3
	price, at := int64(20_000), 19_000*market.Day
	below := func(n int64) int64 { return int64(r.Uint64() % uint64(n)) }
	f := func(n int64) float64 { return float64(n) / 100 }
	for range 1500 {
		open := price
		price = max(price+below(401)-200, 1000)
		c.Append(market.Bar{
			OpenTime: at, Open: f(open), High: f(max(open, price) + below(50)), Low: f(min(open, price) - below(50)), Close: f(price),
			Volume: float64(below(2_000_000)) / 1000,
		})
		if at += market.Time(market.Hour); below(50) == 0 {
			at += 5 * market.Time(market.Hour)
		}
	}
	return c
}

// fixedRun runs a plug-in with its defaults over a history.
func fixedRun(t testing.TB, p strategy.Plugin, h *backtest.History, each bool) *engine.Result {
	t.Helper()
	cfg := engine.Config{
		Audit: true,
		Cash:  decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand(), Seed: 1, EachBar: each,
		Instances: []engine.Instance{{
			Name: p.Name, Strategy: p.New(), Instruments: []market.InstrumentID{0, 1}, Interval: market.Hour, Weight: decimal.New(1, 0),
		}},
	}
	out, err := backtest.Run(context.Background(), cfg, h, backtest.Options{Sim: sim.DefaultOptions()})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Faults) > 0 || len(out.Orders) == 0 {
		t.Fatalf("%s: %d orders, faults %v", p.Name, len(out.Orders), out.Faults)
	}
	return out.Result
}

func fixedReport(t testing.TB, id backtest.Identity, r *engine.Result, elapsed time.Duration, show backtest.EquityDetail) *backtest.Report {
	t.Helper()
	p, err := backtest.NewReport(id, r, elapsed, show)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// resultHashes returns a line for each example strategy: its name and result hash.
func resultHashes(t testing.TB) string {
	t.Helper()
	h := fixedHistory()
	from, to := h.Span()
	var b strings.Builder
	for _, p := range all.All() {
		r := fixedReport(t, backtest.Identity{Seed: 1, From: from, To: to}, fixedRun(t, p, h, false), 0, backtest.EquityDaily)
		fmt.Fprintln(&b, p.Name, r.ResultHash)
	}
	return b.String()
}

// TestGoldenHashes holds every example strategy to its committed result. Whoever changes a
// rule on purpose writes the new lines with SIGNALMAN_UPDATE=1, and says which rule it was.
func TestGoldenHashes(t *testing.T) {
	got := resultHashes(t)
	if os.Getenv("SIGNALMAN_UPDATE") != "" {
		if err := os.WriteFile(path.Join(golden, "HASHES"), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path.Join(golden, "HASHES"))
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the results have changed; %s now:\n%swas:\n%s", path.Join(golden, "HASHES"), got, want)
	}
}

// TestHashInOneProcess: the same on one and on two processors, and when run again.
func TestHashInOneProcess(t *testing.T) {
	want := resultHashes(t)
	for _, n := range []int{1, 2} {
		before := runtime.GOMAXPROCS(n)
		got := resultHashes(t)
		runtime.GOMAXPROCS(before)
		if got != want {
			t.Errorf("with GOMAXPROCS %d:\n%swant\n%s", n, got, want)
		}
	}
}

// childVariable makes a process of this test print the hashes and end.
const childVariable = "SIGNALMAN_TEST_HASHES"

// TestHashInFreshProcesses: maps, addresses and start-up do not matter.
func TestHashInFreshProcesses(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		fmt.Print("hashes:\n", resultHashes(t), "end\n")
		return
	}
	want := resultHashes(t)
	for n := range 20 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestHashInFreshProcesses$", "-test.v")
		cmd.Env = append(os.Environ(), childVariable+"=1", fmt.Sprintf("GOMAXPROCS=%d", 1+n%2),
			"GORACE=atexit_sleep_ms=0") // the race detector would wait for a second at each end
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("process %d: %v\n%s", n, err, out)
		}
		_, got, _ := strings.Cut(string(out), "hashes:\n")
		if got, _, _ = strings.Cut(got, "end\n"); got != want {
			t.Fatalf("process %d:\n%swant\n%s", n, got, want)
		}
	}
}

// TestHashLeavesOut: what says how and where it ran is no part of the result (H1).
func TestHashLeavesOut(t *testing.T) {
	p := plugin(t, "sma_cross")
	h := fixedHistory()
	r := fixedRun(t, p, h, false)
	id := backtest.Identity{Seed: 1}
	want := fixedReport(t, id, r, 0, backtest.EquityDaily).ResultHash
	same := func(what, got string) {
		if got != want {
			t.Errorf("%s changes the result hash", what)
		}
	}
	other := id
	other.Binary, other.Inputs, other.Config = "another", market.Hash{1}, market.Hash{2}
	same("binary, inputs or configuration", fixedReport(t, other, r, 0, backtest.EquityDaily).ResultHash)
	same("the speed", fixedReport(t, id, r, time.Second, backtest.EquityDaily).ResultHash)
	same("no equity", fixedReport(t, id, r, 0, backtest.EquityNone).ResultHash)
	same("equity of each bar", fixedReport(t, id, fixedRun(t, p, h, true), 0, backtest.EquityBars).ResultHash)
}

// TestHashCovers: a bar that a fill or a sample reads, the seed, the span.
func TestHashCovers(t *testing.T) {
	p := plugin(t, "sma_cross")
	h := fixedHistory()
	r := fixedRun(t, p, h, false)
	id := backtest.Identity{Seed: 1}
	was := fixedReport(t, id, r, 0, backtest.EquityDaily).ResultHash
	differs := func(what, got string) {
		if got == was {
			t.Errorf("%s does not change the result hash", what)
		}
	}
	differs("the seed", fixedReport(t, backtest.Identity{Seed: 2}, r, 0, backtest.EquityDaily).ResultHash)
	differs("the span", fixedReport(t, backtest.Identity{Seed: 1, To: 1}, r, 0, backtest.EquityDaily).ResultHash)

	c := h.Series[0].Columns
	filled := c.Search(r.Trades[0].EntryTime())
	if r.Trades[0].Instrument != 0 {
		c = h.Series[1].Columns
		filled = c.Search(r.Trades[0].EntryTime())
	}
	c.Open[filled] -= 1
	c.Low[filled] = min(c.Low[filled], c.Open[filled])
	differs("the open of a fill", fixedReport(t, id, fixedRun(t, p, h, false), 0, backtest.EquityDaily).ResultHash)
}

// TestInputsHash covers what a run was fed, row by row.
func TestInputsHash(t *testing.T) {
	execution := []market.Interval{market.Hour, market.Hour}
	was := fixedHistory().InputsHash(execution)
	if fixedHistory().InputsHash(execution) != was {
		t.Error("the same history has two hashes")
	}
	for what, change := range map[string]func(*backtest.History){
		"a close":     func(h *backtest.History) { h.Series[1].Columns.Close[1499] += 0.01 },
		"a volume":    func(h *backtest.History) { h.Series[0].Columns.Volume[0]++ },
		"a time":      func(h *backtest.History) { h.Series[0].Columns.OpenTime[1499]++ },
		"a row":       func(h *backtest.History) { h.Series[0].Columns = h.Series[0].Columns.Slice(0, 1499) },
		"a step":      func(h *backtest.History) { h.Instruments[0].Step = decimal.New(1, -3) },
		"a precision": func(h *backtest.History) { h.Instruments[0].BasePrecision = 7 },
		"a signal":    func(h *backtest.History) { h.Signals[5].Value++ },
		"an absence":  func(h *backtest.History) { h.Signals[5].Null = !h.Signals[5].Null },
		"a known":     func(h *backtest.History) { h.Signals[5].Known++ },
	} {
		h := fixedHistory()
		change(h)
		if h.InputsHash(execution) == was {
			t.Errorf("%s does not change the hash of the inputs", what)
		}
	}
	h := fixedHistory()
	h.Series = append(h.Series, backtest.Series{Columns: walk(1, 10)})
	if h.InputsHash(execution) != was {
		t.Error("a series that the run did not use changes the hash of its inputs")
	}
}

func plugin(t *testing.T, name string) strategy.Plugin {
	t.Helper()
	for _, p := range all.All() {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no strategy %s", name)
	return strategy.Plugin{}
}
