package testkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

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

// Run is backtest.Run with the script's commands among the events.
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
	Source    *Source
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
	return &Market{&Source{source: source, commands: p.script.Commands}, v, execution}, nil
}

// Outcome returns the result of a run, once the books of the engine and the venue
// agree.
func (p *Play) Outcome(e *engine.Engine, v *sim.Venue) (*backtest.Outcome, error) {
	out := &backtest.Outcome{Result: e.Result(), Notes: v.Notes()}
	return out, p.script.balance(out.Result, v)
}

// Source is a history with a script's commands, which come before the other events of
// their time (semantics T2).
type Source struct {
	source   *backtest.Feed
	commands []market.Event
	both     []market.Event
}

// Skip leaves out what comes up to a time.
func (c *Source) Skip(to market.Time) {
	c.source.Skip(to)
	for len(c.commands) > 0 && c.commands[0].Time <= to {
		c.commands = c.commands[1:]
	}
}

// Next returns every event of the next instant, as sim.Source says.
func (c *Source) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if len(c.commands) == 0 || c.commands[0].Time > limit {
		return c.source.Next(ctx, limit)
	}
	due := c.commands[0].Time
	events, err := c.source.Next(ctx, due)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case len(events) > 0 && events[0].Time < due:
		events[0].More = 0 // a command is to come between
		return events, nil
	}
	n := slices.IndexFunc(c.commands, func(e market.Event) bool { return e.Time > due })
	if n < 0 {
		n = len(c.commands)
	}
	c.both = append(append(c.both[:0], c.commands[:n]...), events...)
	c.commands = c.commands[n:]
	return c.both, nil
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
