package strategytest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/origin"
	"github.com/signalman-trading/signalman/internal/watchdog"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/strategy"
)

// suite is one plug-in under test.
type suite struct {
	*settings
	plugin strategy.Plugin
	main   world
	h      *backtest.History // of the main world; its arrays are poisoned and restored
	clean  *backtest.History // a copy of h that nobody else has
	base   *trace            // of h
	usage  Usage
	dog    watchdog.Dog // a run that does not end is abandoned
	tried  []setting    // parameters that are being tried
	freed  func()       // gives back what is the process's
}

// request says how one run differs from the plain one.
type request struct {
	beside    bool // a second instance trades too
	half      bool // the instance gets half of the cash, as with beside
	log       *slog.Logger
	watch     *watch
	unaudited bool              // the books are not compared with the venue's
	shown     *backtest.History // what OnData gets; nil is what the run is fed
	wrap      func(strategy.Strategy) strategy.Strategy
	rules     []risk.Named
}

// outcome is what a run left.
type outcome struct {
	trace
	faults  []engine.Fault
	queries []market.SignalQuery // that the strategy made
}

// create makes a strategy as the configuration would.
func (s *suite) create() (strategy.Strategy, error) {
	made := s.plugin.New()
	for _, f := range s.prepare {
		if err := f(made); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// announce shows a history to whoever asked for it.
func (s *suite) announce(h *backtest.History) {
	for _, f := range s.data {
		f(h)
	}
}

// run feeds a history to a new instance of the strategy. The error is of the run as a
// whole; a strategy that stopped is among the faults.
func (s *suite) run(h *backtest.History, r request) (out *outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if r.shown == nil {
		r.shown = h
	}
	s.announce(r.shown)
	out = &outcome{trace: trace{scope: s.plugin.Name, watch: r.watch}}
	cfg, err := s.config(h, r)
	if err != nil {
		return nil, err
	}
	cfg.Journal = &out.trace
	result, err := backtest.Run(context.Background(), cfg, h, backtest.Options{Sim: options(r)})
	if err != nil {
		return nil, err
	}
	out.faults, out.queries = result.Faults, result.Engine.SignalQueries(s.plugin.Name)
	return out, nil
}

// options of the venue: two strategies on one instrument would share a cap on volume,
// and so see each other.
func options(r request) sim.Options {
	o := sim.DefaultOptions()
	if r.beside || r.half {
		o.Participation = decimal.New(1, 0)
	}
	return o
}

// config makes what a run needs, each of which begins here.
func (s *suite) config(h *backtest.History, r request) (engine.Config, error) {
	s.dog.Beat()
	cfg := engine.Config{
		Audit: !r.unaudited, Netting: s.perpetual, Panicked: origin.Panic,
		Cash: decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand(), Seed: s.seed, Log: r.log,
	}
	names, weight := []string{s.plugin.Name}, decimal.New(1, 0)
	if r.beside {
		names = append(names, "a_"+s.plugin.Name, s.plugin.Name+"_z")
	}
	if r.beside || r.half {
		weight = decimal.New(3, -1)
	}
	for _, name := range names {
		made, err := s.create()
		if err != nil {
			return cfg, err
		}
		if r.wrap != nil {
			made = r.wrap(made)
		}
		cfg.Instances = append(cfg.Instances, engine.Instance{
			Name: name, Strategy: made, Instruments: ids(h), Interval: s.interval, Weight: weight, Rules: r.rules,
		})
	}
	return cfg, nil
}

func ids(h *backtest.History) []market.InstrumentID {
	list := make([]market.InstrumentID, len(h.Instruments))
	for i := range list {
		list[i] = market.InstrumentID(i)
	}
	return list
}

// fault returns the error of the strategy that stopped, or nil.
func (o *outcome) fault() error {
	var errs []error
	for _, f := range o.faults {
		errs = append(errs, f.Err)
	}
	return errors.Join(errs...)
}

// whole returns the main history under new headers, so that nothing that is kept
// about one run's columns serves another.
func (s *suite) whole() *backtest.History {
	_, end := s.h.Span()
	return s.h.Between(0, end)
}

// cut returns the main history as known at a time. The end of the data is an event of
// its own, a signal that nobody asked for, so that time reaches the cut without a bar
// there (semantics D3: cuts carry the cut time as the limit of the feed).
func (s *suite) cut(at market.Time) *backtest.History {
	h := s.h.Between(0, at)
	h.Signals = append(h.Signals[:len(h.Signals):len(h.Signals)], market.Signal{
		Source: "strategytest", Kind: "end_of_data", Subject: market.MarketWide, Instrument: market.NoInstrument, Effective: at, Known: at,
	})
	return h
}

// clone returns a copy of a history that shares no array of bars, signals or fundings.
func clone(h *backtest.History) *backtest.History {
	c := *h
	c.Series = make([]backtest.Series, len(h.Series))
	for k, s := range h.Series {
		c.Series[k] = backtest.Series{Instrument: s.Instrument, Columns: copyColumns(s.Columns)}
	}
	c.Signals = append([]market.Signal(nil), h.Signals...)
	c.Funding = append([]backtest.FundingRow(nil), h.Funding...)
	return &c
}

func copyColumns(c *market.Columns) *market.Columns {
	d := *c
	d.OpenTime = append([]market.Time(nil), c.OpenTime...)
	d.Incomplete = append([]bool(nil), c.Incomplete...)
	for k, column := range floats(&d) {
		*column = append([]float64(nil), *floats(c)[k]...)
	}
	return &d
}

// floats returns the columns of numbers.
func floats(c *market.Columns) [5]*[]float64 {
	return [5]*[]float64{&c.Open, &c.High, &c.Low, &c.Close, &c.Volume}
}

// columnNames are the names of what floats returns.
var columnNames = [5]string{"open", "high", "low", "close", "volume"}
