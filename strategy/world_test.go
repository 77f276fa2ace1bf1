package strategy_test

import (
	"context"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

const start = market.Time(1_704_067_200_000_000_000) // 2024-01-01T00:00:00Z

// listing is a series of bars of one instrument, flat at price with a volume each.
type listing struct {
	symbol   string
	interval market.Interval
	first    int // bars after start that it lists
	bars     int
	price    float64
	volume   float64
}

func world(t *testing.T, list ...listing) *backtest.History {
	t.Helper()
	h := &backtest.History{}
	for k, l := range list {
		base, quote, err := market.SplitSymbol(l.symbol)
		if err != nil {
			t.Fatal(err)
		}
		in := market.Bare(l.symbol, base, quote)
		in.ID = market.InstrumentID(k)
		c := market.MakeColumns(l.interval, l.bars)
		c.PriceScale, c.VolumeScale = 2, 2
		for n := l.first; n < l.bars; n++ {
			c.Append(market.Bar{OpenTime: start + market.Time(n)*market.Time(l.interval), Open: l.price, High: l.price, Low: l.price, Close: l.price, Volume: l.volume})
		}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: c})
	}
	return h
}

// initial is a strategy of one function.
type initial func(*strategy.Setup) error

func (f initial) Init(s *strategy.Setup) error { return f(s) }

func run(t *testing.T, h *backtest.History, f initial) error {
	t.Helper()
	h.Sort()
	ids := make([]market.InstrumentID, len(h.Instruments))
	for i := range ids {
		ids[i] = market.InstrumentID(i)
	}
	r, err := backtest.Run(context.Background(), engine.Config{
		Cash: decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand(),
		Instances: []engine.Instance{{
			Name: "s", Strategy: f, Instruments: ids, Interval: h.Series[0].Columns.Interval, Weight: decimal.New(1, 0),
		}},
	}, h, backtest.Options{Sim: sim.DefaultOptions()})
	if err != nil {
		return err
	}
	for _, fault := range r.Faults {
		t.Error(fault.Err)
	}
	return nil
}
