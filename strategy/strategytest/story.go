package strategytest

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/strategy"
)

// A Story is a handful of bars and signals on which a strategy shows what it does:
// for examples, and for tests of single rules. It starts on Monday, 1 January 2024,
// with 10000 of cash, no fees and no limit on volume. Bars open at the close before, so
// that an order asked for at a close fills at its price.
type Story struct {
	Interval  market.Interval // of a bar; 0 is one day
	Markets   []Prices
	Signals   []market.Signal // Source and Known may be empty: "story", and Effective
	Perpetual bool            // the markets are perpetual futures, as with [Perpetual], else spot; no funding is paid
	Rules     []risk.Named    // guard the strategy, in order; each new, since a run changes them

	// Moves are what somebody else does with the first market, as a rule or an operator would:
	// by bar, from 1, the share of equity that is asked for at its close, before the strategy
	// sees it. Before warm-up that is an error, and so is a bar that the market does not have.
	Moves map[int]float64

	Lead int // bars before the one that [Story.Sides] and [Story.Orders] call 1
}

// Prices are the closes of one symbol, one a bar; 0 is a missing bar.
type Prices struct {
	Symbol string
	Closes []float64 // with at most two decimals
}

// Start is when the first bar of a Story opens.
func (Story) Start() market.Time { return start }

// Play runs a strategy over the story. It returns one line for each decision, none for
// fills and what else the venue answered, and the strategy's own error where it stopped.
func (s Story) Play(x strategy.Strategy) ([]string, error) {
	return s.tell(x, (*entry).print)
}

// tell runs a strategy over the story and returns its decisions as print has them.
func (s *Story) tell(x strategy.Strategy, print func(*entry, []market.Instrument) string) ([]string, error) {
	if s.Interval == 0 {
		s.Interval = market.Daily
	}
	h, err := s.history()
	if err != nil {
		return nil, err
	}
	t := &trace{scope: "story"}
	o := sim.DefaultOptions()
	o.Participation = decimal.New(1, 0)
	result, err := backtest.Run(context.Background(), engine.Config{
		Cash: decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand(), Journal: t,
		Instances: []engine.Instance{{
			Name: "story", Strategy: s.moved(x), Instruments: ids(h), Interval: s.Interval, Weight: decimal.New(1, 0), Rules: s.Rules,
		}},
	}, h, backtest.Options{Sim: o})
	if err != nil {
		return nil, err
	}
	var lines []string
	for k := range t.entries {
		lines = append(lines, print(&t.entries[k], h.Instruments))
	}
	return lines, (&outcome{faults: result.Faults}).fault()
}

// bars returns how many bars have closed at a time, those that are missing included.
func (s *Story) bars(t market.Time) int { return int((t - start) / market.Time(s.Interval)) }

// history turns the story into what a run is fed.
func (s *Story) history() (*backtest.History, error) {
	h := &backtest.History{}
	for k, m := range s.Markets {
		base, quote, err := market.SplitSymbol(m.Symbol)
		if err != nil {
			return nil, err
		}
		in := market.Bare(m.Symbol, base, quote)
		in.ID = market.InstrumentID(k)
		if s.Perpetual {
			in = futures(in)
		}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: s.columns(m.Closes)})
	}
	for _, row := range s.Signals {
		if row.Source == "" {
			row.Source = "story"
		}
		if row.Known == 0 {
			row.Known = row.Effective
		}
		row.Instrument = market.NoInstrument
		h.Signals = append(h.Signals, row)
	}
	h.Sort()
	return h, nil
}

// columns makes bars that open where the last one closed.
func (s *Story) columns(closes []float64) *market.Columns {
	c := market.MakeColumns(s.Interval, len(closes))
	c.PriceScale, c.VolumeScale = 2, 0
	last := 0.0
	for k, x := range closes {
		if x == 0 {
			continue
		}
		if last == 0 {
			last = x
		}
		c.Append(market.Bar{
			OpenTime: start + market.Time(k)*market.Time(s.Interval),
			Open:     last, High: max(last, x), Low: min(last, x), Close: x, Volume: 1000,
		})
		last = x
	}
	return c
}
