package backtest_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// golden is where the results of the reference lie; see its PROVENANCE.md.
const golden = "testdata/golden"

// reference is what the reference made of a series.
type reference struct {
	FinalEquity float64              `json:"final_equity"`
	Open        *referenceTrade      `json:"open_trade"`
	Trades      []referenceTrade     `json:"trades"`
	Metrics     map[string]reckoning `json:"metrics"` // from samples at each bar, and at each day
}

type referenceTrade struct {
	EntryMillis int64   `json:"entry_time_ms"`
	EntryPrice  float64 `json:"entry_price"`
	ExitMillis  int64   `json:"exit_time_ms"`
	ExitPrice   float64 `json:"exit_price"`
	Size        float64 `json:"size"`
	EntryFee    float64 `json:"entry_fee"`
	ExitFee     float64 `json:"exit_fee"`
	PnL         float64 `json:"pnl"`
}

type reckoning struct {
	TotalReturn float64 `json:"total_return"`
	CAGR        float64 `json:"cagr_periods"`
	Sharpe      float64 `json:"sharpe_ddof1"`
	Sortino     float64 `json:"sortino"`
	MaxDrawdown float64 `json:"max_drawdown"`
	Periods     float64 `json:"n_returns"`
}

// precise is an instrument, and how far results on it may be from the reference,
// whose sizes are not rounded.
type precise struct {
	decimals  int32
	tolerance float64 // of equity, relative
}

// goldenHistory reads a series of the reference, on an instrument that charges 0.1 %
// in quote.
func goldenHistory(t *testing.T, name string, decimals int32) *backtest.History {
	t.Helper()
	file, err := barfile.ReadFile(path.Join(golden, name+"-bars.csv.gz"), barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := market.Bare("AAAUSDT", "AAA", "USDT")
	in.Step, in.BasePrecision, in.QuotePrecision = decimal.New(1, -decimals), decimals, decimals
	fee := decimal.New(1, -3)
	in.Fees = market.Fees{Maker: fee, Taker: fee, InQuote: true}
	return &backtest.History{Instruments: []market.Instrument{in}, Series: []backtest.Series{{Columns: file.Columns}}}
}

func goldenRun(t *testing.T, name string, decimals int32) (*backtest.Report, *reference) {
	t.Helper()
	o := sim.DefaultOptions()
	o.Participation = decimal.New(1, 0)
	r, err := runCross(goldenHistory(t, name, decimals), 10, 30, decimal.New(10_000, 0), o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path.Join(golden, name+"-result.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want reference
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	return r, &want
}

// TestGolden holds a run against an exact reference with which seven engines agree:
// on a bare instrument, and on one so fine that rounding does not matter.
func TestGolden(t *testing.T) {
	for _, name := range []string{"1h", "1m"} {
		for _, p := range []precise{{8, 1e-8}, {13, 1e-11}} {
			t.Run(name+"/"+strconv.Itoa(int(p.decimals)), func(t *testing.T) {
				got, want := goldenRun(t, name, p.decimals)
				p.compareTrades(t, got, want)
				p.compareOpen(t, got, want)
				p.compareCurve(t, got, name)
				p.compareMetrics(t, got, want)
				p.check(t, "final equity", number(got.FinalEquity), want.FinalEquity)
			})
		}
	}
}

// number converts a decimal as a reader of JSON would.
func number(d decimal.Decimal) float64 {
	x, err := strconv.ParseFloat(d.String(), 64)
	if err != nil {
		panic(err)
	}
	return x
}

// check compares amounts that are like equity.
func (p precise) check(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !near(got, want, p.tolerance) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// checkSize compares quantities, which are rounded down to the step.
func (p precise) checkSize(t *testing.T, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > p.tolerance {
		t.Errorf("size is %v, want %v", got, want)
	}
}

func (p precise) compareTrades(t *testing.T, got *backtest.Report, want *reference) {
	t.Helper()
	if len(got.Trades) != len(want.Trades) {
		t.Fatalf("%d trades, want %d", len(got.Trades), len(want.Trades))
	}
	for i, w := range want.Trades {
		g := &got.Trades[i]
		if g.EntryTime.Millis() != w.EntryMillis || g.ExitTime.Millis() != w.ExitMillis ||
			number(g.EntryPrice) != w.EntryPrice || number(g.ExitPrice) != w.ExitPrice {
			t.Errorf("trade %d: %s at %s to %s at %s, want %+v", i, g.EntryTime, g.EntryPrice, g.ExitTime, g.ExitPrice, w)
		}
		// Profits and fees have the errors of the sums that they are part of.
		paid := w.Size * w.EntryPrice
		p.check(t, "what trade "+strconv.Itoa(i)+" made of what was paid", paid+number(g.PnL), paid+w.PnL)
		p.check(t, "fees beside what was paid", paid+number(g.FeesQuote), paid+w.EntryFee+w.ExitFee)
		p.checkSize(t, number(g.Quantity), w.Size)
	}
}

func (p precise) compareOpen(t *testing.T, got *backtest.Report, want *reference) {
	t.Helper()
	switch {
	case want.Open == nil && len(got.OpenPositions) == 0:
	case want.Open == nil || len(got.OpenPositions) != 1:
		t.Errorf("%d open positions, want %+v", len(got.OpenPositions), want.Open)
	default:
		g := &got.OpenPositions[0]
		if g.EntryTime.Millis() != want.Open.EntryMillis || number(g.EntryPrice) != want.Open.EntryPrice {
			t.Errorf("open since %s at %s, want %+v", g.EntryTime, g.EntryPrice, want.Open)
		}
		p.checkSize(t, number(g.Quantity), want.Open.Size)
	}
}

// compareCurve holds the equity at each close against the reference's.
func (p precise) compareCurve(t *testing.T, got *backtest.Report, name string) {
	t.Helper()
	f, err := os.Open(path.Join(golden, name+"-equity.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines, row := bufio.NewScanner(z), 0
	interval, err := market.ParseInterval(name)
	if err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		ms, value, _ := strings.Cut(lines.Text(), ",")
		open, err := strconv.ParseInt(ms, 10, 64)
		if err != nil {
			continue // the header
		}
		want, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		row++ // sample 0 is the start
		if row >= len(got.Equity) || got.Equity[row].Time != market.Millis(open)+market.Time(interval) {
			t.Fatalf("no equity at the close of the bar of %s", market.Millis(open))
		}
		p.check(t, "equity at "+got.Equity[row].Time.String(), got.Equity[row].Equity, want)
	}
	if row != len(got.Equity)-1 || row == 0 {
		t.Errorf("%d samples after the start, want %d", len(got.Equity)-1, row)
	}
}

// compareMetrics follows semantics M8: daily samples, but the drawdown of all
// instants; the reference's yearly growth counts its partial last day whole.
func (p precise) compareMetrics(t *testing.T, got *backtest.Report, want *reference) {
	t.Helper()
	day, bar, m := want.Metrics["day"], want.Metrics["bar"], got.Metrics
	p.check(t, "1 + total return", 1+*m.TotalReturn, 1+day.TotalReturn)
	p.check(t, "1 + drawdown", 1+*m.MaxDrawdown, 1+bar.MaxDrawdown)
	loose := precise{tolerance: 10 * p.tolerance} // ratios of differences
	loose.check(t, "sharpe", *m.Sharpe, day.Sharpe)
	loose.check(t, "sortino", *m.Sortino, day.Sortino)

	whole := math.Pow(1+*m.TotalReturn, 365/day.Periods) - 1
	loose.check(t, "cagr of whole days", whole, day.CAGR)
	days := float64(got.To-got.From) / float64(market.Day)
	cagr := math.Pow(1+day.TotalReturn, 365/days) - 1
	loose.check(t, "cagr", *m.CAGR, cagr)
	loose.check(t, "calmar", *m.Calmar, cagr/-bar.MaxDrawdown)
}
