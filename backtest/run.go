package backtest

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// Options say how a run is filled and timed.
type Options struct {
	Sim sim.Options
	// Clock returns the time since some start, for the speed of the loop; nil measures
	// nothing.
	Clock func() time.Duration
}

// Outcome is what a run left, and how the venue filled it.
type Outcome struct {
	*engine.Result
	Engine  *engine.Engine
	Notes   sim.Notes
	Elapsed time.Duration // inside the engine's loop alone
}

// Run feeds a history to the engine of a configuration, whose Feed and Router it
// sets, and returns when the history ends. A strategy that fails stops alone and is
// among the result's Faults.
func Run(ctx context.Context, cfg engine.Config, h *History, o Options) (*Outcome, error) {
	cfg.Instruments = h.Instruments
	e, err := engine.New(cfg)
	if err != nil {
		return nil, &market.Error{Class: market.Usage, Err: err}
	}
	source, execution, err := NewFeed(h, e.Subscriptions())
	if err != nil {
		return nil, err
	}
	v := NewVenue(&cfg, h, execution, o.Sim)
	e.Connect(sim.NewFeed(v, source), v, execution)
	started := clock(o.Clock)
	err = e.Run(ctx)
	elapsed := clock(o.Clock) - started
	if closing := e.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, err
	}
	return &Outcome{Result: e.Result(), Engine: e, Notes: v.Notes(), Elapsed: elapsed}, nil
}

// NewVenue makes the simulated venue of an account over a history.
func NewVenue(cfg *engine.Config, h *History, execution []market.Interval, o sim.Options) *sim.Venue {
	o.Seed = cfg.Seed
	cash := map[string]decimal.Decimal{}
	for i := range h.Instruments {
		cash[h.Instruments[i].Quote] = cfg.Cash
	}
	v := sim.New(h.Instruments, cash, o)
	if by, err := cfg.Discount.Instrument(h.Instruments); cfg.Discount.On() && err == nil { // else the engine refuses it
		v.PayFeesIn(cfg.Discount, by)
	}
	for i, d := range execution {
		v.Watch(market.InstrumentID(i), d)
		// What one trade took says nothing about what stood in the book.
		if d == market.Trades || h.NoVolume != nil && h.NoVolume[i] {
			v.WithoutVolume(market.InstrumentID(i))
		}
	}
	for _, s := range h.Marks {
		if d := execution[s.Instrument]; d > 0 && d.Holds(s.Columns.Interval) {
			v.Mark(s.Instrument, market.Resample(s.Columns, d, h.end()))
		}
	}
	return v
}

func clock(f func() time.Duration) time.Duration {
	if f == nil {
		return 0
	}
	return f()
}
