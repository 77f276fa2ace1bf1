package risktest

import (
	"context"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/strategy"
)

// Trial is a run of strategies, named a, b and so on, which share the account's cash
// equally and one chain of rules.
type Trial struct {
	History     *backtest.History
	Strategies  []strategy.Strategy
	Rules       []risk.Named
	Sizer       *engine.Sizer
	Commands    []Command   // by time
	Cash        int64       // in quote; 0 is 10,000
	Sim         sim.Options // the zero value fills every order whole
	reversed    bool        // the strategies are told of the other way round
	Unjournaled bool        // keeps no records, which is faster: the trace has the result alone
	Unaudited   bool        // keeps no second set of books, which is faster
}

// Command is an operator's word, given when a bar closes.
type Command struct {
	Bar int
	Say market.Command
}

// Run runs the trial to the end of its history. A strategy that fails ends the test.
func (t Trial) Run(tb testing.TB) *Trace {
	tb.Helper()
	trace := &Trace{interval: t.interval()}
	e, err := engine.New(t.config(trace))
	if err != nil {
		tb.Fatal(err)
	}
	source, execution, err := backtest.NewFeed(t.commanded(), e.Subscriptions())
	if err != nil {
		tb.Fatal(err)
	}
	cfg := t.config(nil)
	v := backtest.NewVenue(&cfg, t.History, execution, t.Sim)
	e.Connect(sim.NewFeed(v, source), v, execution)
	if err := e.Run(context.Background()); err != nil {
		tb.Fatal(err)
	}
	trace.Result = e.Result()
	for _, f := range trace.Faults {
		tb.Fatalf("strategy %s: %v", f.Strategy, f.Err)
	}
	return trace
}

// commanded returns the history with the commands.
func (t Trial) commanded() *backtest.History {
	h := *t.History
	for _, c := range t.Commands {
		at := Start + market.Time(c.Bar)*market.Time(t.interval())
		h.Events = append(h.Events, market.Event{Time: at, Kind: market.KindCommand, Command: c.Say, Instrument: market.NoInstrument})
	}
	return &h
}

// reverse puts what comes at one time the other way round: it is sorted where it enters
// (semantics T2).
func (t *Trial) reverse() {
	h := *t.History
	h.Series = slices.Clone(h.Series)
	slices.Reverse(h.Series)
	t.History, t.reversed = &h, true
}

func (t Trial) interval() market.Interval { return t.History.Series[0].Columns.Interval }

func (t Trial) config(j *Trace) engine.Config {
	cash := t.Cash
	if cash == 0 {
		cash = 10_000
	}
	cfg := engine.Config{
		Instruments: t.History.Instruments, Seed: 1, Cash: decimal.New(cash, 0),
		TargetBand: engine.DefaultTargetBand(), EachBar: !t.Unjournaled, Audit: !t.Unaudited,
	}
	if j != nil && !t.Unjournaled {
		cfg.Journal = j
	}
	var ids []market.InstrumentID
	for i := range t.History.Instruments {
		ids = append(ids, market.InstrumentID(i))
	}
	for k, s := range t.Strategies {
		cfg.Instances = append(cfg.Instances, engine.Instance{
			Name: string(rune('a' + k)), Strategy: s, Instruments: ids, Interval: t.interval(),
			Weight: decimal.New(int64(100/len(t.Strategies)), -2), Sizer: t.Sizer, Rules: t.Rules,
		})
	}
	if t.reversed {
		slices.Reverse(cfg.Instances)
	}
	return cfg
}
