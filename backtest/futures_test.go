package backtest_test

import (
	"context"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// swinger is long above its average of 240 closes and short below it, at a leverage.
type swinger struct{ weight float64 }

func (w *swinger) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{Lookback: 240, Warmup: 240}, func(c *strategy.Context, b *strategy.Series) {
		if !c.Warm() {
			return
		}
		sum := 0.0
		for _, x := range b.Close() {
			sum += x
		}
		switch mean := sum / float64(b.Len()); {
		case b.LastClose() > mean*1.001:
			_ = c.Target(b.Instrument(), w.weight)
		case b.LastClose() < mean*0.999:
			_ = c.Target(b.Instrument(), -w.weight)
		}
	})
	return nil
}

// month is a month of recorded futures with its fundings.
func month(t *testing.T, leverage string, isolated bool) *backtest.History {
	dir := filepath.Join(recordings(), "binance-usdm-typhonun")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no recorded data: ", err)
	}
	h := &backtest.History{}
	for k, base := range []string{"BTC", "ETH"} {
		file, err := barfile.ReadFile(filepath.Join(dir, base+"USDT-1m.csv.gz"), barfile.Options{Interval: market.Minute})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := barfile.ReadFundingFile(filepath.Join(dir, "funding", base+"USDT-funding.csv.gz"))
		if err != nil {
			t.Fatal(err)
		}
		in := market.Bare(base+"USDT", base, "USDT")
		in.ID, in.Tick, in.Step = market.InstrumentID(k), decimal.New(1, -2), decimal.New(1, -3)
		in.Fees = market.Fees{Maker: decimal.New(2, -4), Taker: decimal.New(5, -4), InQuote: true}
		in.Margin = &market.Margin{
			Leverage: decimal.RequireFromString(leverage), Isolated: isolated, LiquidationFee: decimal.New(125, -4),
			Brackets: []market.MarginBracket{{MaxLeverage: decimal.New(125, 0), Rate: decimal.New(4, -3)}},
		}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: file.Columns})
		for _, f := range rows {
			h.Funding = append(h.Funding, backtest.FundingRow{Instrument: in.ID, Time: f.Time, Rate: f.Rate})
		}
	}
	h.Sort()
	h.MarkVolume()
	return h
}

// TestMonthOfFutures trades a recorded month long and short. Final equity is the start
// with what the trades brought, to the last digit; and what they received in funding is
// what a clerk makes of the fills and the published rates.
func TestMonthOfFutures(t *testing.T) {
	for _, c := range []struct {
		leverage string
		isolated bool
		weight   float64
	}{{"10", true, 1.5}, {"25", false, 9}} {
		h := month(t, c.leverage, c.isolated)
		cfg := engine.Config{Cash: decimal.New(10_000, 0), Audit: true, TargetBand: engine.DefaultTargetBand()}
		cfg.Instances = []engine.Instance{{
			Name: "swinger", Strategy: &swinger{c.weight}, Instruments: []market.InstrumentID{0, 1}, Interval: market.Minute, Weight: decimal.New(1, 0),
		}}
		out, err := backtest.Run(context.Background(), cfg, h, backtest.Options{Sim: sim.DefaultOptions()})
		if err != nil {
			t.Fatal(err)
		}
		total, funding := out.Start, decimal.Zero
		for _, trade := range out.Trades {
			total, funding = total.Add(trade.Profit(&h.Instruments[trade.Instrument])), funding.Add(trade.Funding)
		}
		for _, p := range out.Open {
			total = total.Add(p.Trade.Profit(&h.Instruments[p.Trade.Instrument])).Add(p.Quantity.Mul(p.Price))
			funding = funding.Add(p.Trade.Funding)
		}
		if !total.Equal(out.Final) {
			t.Errorf("leverage %s: final equity %s, the trades make it %s", c.leverage, out.Final, total)
		}
		if want := clerk(h, out.Orders); want.Cmp(funding.Rat()) != 0 {
			t.Errorf("leverage %s: funding %s, the clerk has %s", c.leverage, funding, want.FloatString(18))
		}
		t.Logf("leverage %s: %d trades, funding %s, %d liquidations, final %s", c.leverage, len(out.Trades), funding, out.Notes.Liquidated, out.Final)
	}
}

// clerk adds up the funding of all positions: at each F, what all fills before it make,
// at the last close known at F.
func clerk(h *backtest.History, orders []*engine.Order) *big.Rat {
	total := new(big.Rat)
	for i := range h.Instruments {
		var fills []market.Fill // signed
		for _, o := range orders {
			for _, f := range o.Fills {
				moved := *f
				if o.Side == market.Sell {
					moved.Quantity = moved.Quantity.Neg()
				}
				if int(o.Instrument) == i {
					fills = append(fills, moved)
				}
			}
		}
		slices.SortStableFunc(fills, func(a, b market.Fill) int { return int(a.Time - b.Time) })
		held, c := new(big.Rat), h.Series[i].Columns
		for _, f := range h.Funding {
			at := market.Time(f.Time.UTC().Round(time.Second).UnixNano())
			last := c.Search(at-market.Time(market.Minute)+1) - 1 // the row of the last close at or before F
			if int(f.Instrument) != i || last < 0 || last == c.Len()-1 && c.Time(last) < at {
				continue // before the first close, or after the last
			}
			for ; len(fills) > 0 && fills[0].Time < at; fills = fills[1:] {
				held.Add(held, fills[0].Quantity.Rat())
			}
			paid := new(big.Rat).Mul(held, market.Price(c.Close[last], c.PriceScale).Rat())
			total.Sub(total, paid.Mul(paid, f.Rate.Rat()))
		}
	}
	return total
}

// opener takes positions once.
type opener struct{ weights []float64 }

func (o *opener) Init(s *strategy.Setup) error {
	s.Instant(strategy.BarQuery{}, func(c *strategy.Context) {
		for i, w := range o.weights {
			_ = c.Target(market.InstrumentID(i), w)
		}
		o.weights = nil
	})
	return nil
}

// TestFundingOfWhatAnotherLiquidates lets the fall of one position liquidate a larger one
// that is to receive a funding at the close of that very bar. The venue and the ledgers
// agree on it.
func TestFundingOfWhatAnotherLiquidates(t *testing.T) {
	h := &backtest.History{}
	for k, closes := range [][]float64{{100, 100, 100, 100}, {100, 100, 60, 60}} {
		in := market.Bare([]string{"BTCUSDT", "ETHUSDT"}[k], []string{"BTC", "ETH"}[k], "USDT")
		in.ID, in.Fees.InQuote = market.InstrumentID(k), true
		in.Margin = &market.Margin{Leverage: decimal.New(10, 0), Brackets: []market.MarginBracket{{Rate: decimal.New(1, -2)}}}
		c := market.MakeColumns(market.Hour, len(closes))
		c.PriceScale = 2
		for n, x := range closes {
			open := closes[max(n-1, 0)]
			c.Append(market.Bar{OpenTime: market.Time(n) * market.Time(market.Hour), Open: open, High: max(open, x), Low: min(open, x), Close: x, Volume: 1e6})
		}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: c})
	}
	h.Funding = []backtest.FundingRow{{Instrument: 0, Time: 3 * market.Time(market.Hour), Rate: decimal.New(-1, -3)}}
	out, err := backtest.Run(context.Background(), engine.Config{Cash: decimal.New(10_000, 0), Audit: true, Instances: []engine.Instance{{
		Name: "opener", Strategy: &opener{[]float64{4, 3}}, Instruments: []market.InstrumentID{0, 1}, Interval: market.Hour, Weight: decimal.New(1, 0),
	}}}, h, backtest.Options{Sim: sim.DefaultOptions()})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Trades) == 0 || out.Notes.Liquidated == 0 || out.Trades[0].Instrument != 0 || !out.Trades[0].Funding.Equal(decimal.New(40, 0)) {
		t.Fatalf("%d trades, %d liquidations; the first got %v of funding", len(out.Trades), out.Notes.Liquidated, out.Trades)
	}
}
