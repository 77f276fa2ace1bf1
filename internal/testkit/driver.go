package testkit

import (
	"context"
	"errors"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// Driver runs scripts one way.
type Driver interface {
	// Run starts a script and runs it to its end. A driver that restarts in between
	// starts the script again and feeds the new engine what the old one was given;
	// the Play of the last engine is returned, with a transcript of everything.
	Run(ctx context.Context, s *Script) (*Play, *backtest.Outcome, error)
}

// Sim runs scripts as a backtest, and checks at the end that the books of the engine
// and the venue agree to the last digit (semantics M3).
type Sim struct{}

// Run runs a script as backtest.Run does.
func (Sim) Run(ctx context.Context, s *Script) (*Play, *backtest.Outcome, error) {
	p := s.Start()
	out, err := p.Backtest(ctx)
	return p, out, err
}

// Backtest runs the play's configuration over the script's history.
func (p *Play) Backtest(ctx context.Context) (*backtest.Outcome, error) {
	e, err := engine.New(p.Config)
	if err != nil {
		return nil, err
	}
	m, err := p.Market(e.Subscriptions())
	if err != nil {
		return nil, err
	}
	e.Connect(sim.NewFeed(m.Venue, m.Source), m.Venue, m.Execution)
	if err = errors.Join(e.Run(ctx), e.Close()); err != nil {
		return nil, err
	}
	return p.Outcome(e, m.Venue)
}

// Market is what a play trades on.
type Market struct {
	Source    *backtest.Feed
	Venue     *sim.Venue
	Execution []market.Interval
}

// Market opens the script's history for a run.
func (p *Play) Market(subs []engine.Subscription) (*Market, error) {
	source, execution, err := backtest.NewFeed(p.script.History, subs)
	if err != nil {
		return nil, err
	}
	v := backtest.NewVenue(&p.Config, p.script.History, execution, p.script.Sim)
	return &Market{source, v, execution}, nil
}

// Outcome returns the result of a run, once the books of the engine and the venue
// agree.
func (p *Play) Outcome(e *engine.Engine, v *sim.Venue) (*backtest.Outcome, error) {
	out := &backtest.Outcome{Result: e.Result(), Engine: e, Notes: v.Notes()}
	return out, p.script.balance(out.Result, v)
}

// balance compares what strategies hold with what the venue's account holds.
func (s *Script) balance(r *engine.Result, v *sim.Venue) error {
	cash := r.Final
	for i, d := range r.Execution {
		in := &s.History.Instruments[i]
		held := decimal.Zero
		for _, h := range r.Open {
			if h.Trade.Instrument == in.ID {
				held = held.Add(h.Quantity)
			}
		}
		for _, dust := range r.Dust {
			if dust.Asset == in.Base {
				held = held.Add(dust.Quantity)
			}
		}
		if r.FeeBalance.Asset == in.Base {
			held = held.Add(r.FeeBalance.Quantity)
		}
		if venue := v.Balance(in.Base); !venue.Equal(held) {
			return fmt.Errorf("books do not balance: the venue has %s %s, the strategies %s", venue, in.Base, held)
		}
		cash = cash.Sub(market.Price(s.price(i, d)).Mul(held))
	}
	if venue := v.Balance(s.History.Instruments[0].Quote); !venue.Equal(cash) {
		return fmt.Errorf("books do not balance: the venue has %s in quote, the strategies %s", venue, cash)
	}
	return nil
}
