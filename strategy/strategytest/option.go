package strategytest

import (
	"fmt"
	"time"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// An Option changes the data of the suite or the strategy that is put to it.
type Option func(*settings)

// settings are what the options set.
type settings struct {
	seed        uint64
	bars        int
	instruments int
	interval    market.Interval
	finer       market.Interval // of the bars that are stored; 0 is interval
	perpetual   bool
	onSignals   bool
	patience    time.Duration // with a run of few bars
	kinds       []kind
	prepare     []func(strategy.Strategy) error
	data        []func(*backtest.History)
}

// kind is a kind of signal with the range of its values.
type kind struct {
	name      market.SignalKind
	low, high float64
}

func newSettings(opts []Option) *settings {
	s := &settings{seed: 1, bars: 1000, instruments: 3, interval: market.Hour, patience: 20 * time.Second}
	s.kinds = []kind{{"sentiment", 0, 100}, {"trader_grade", 0, 100}}
	for _, o := range opts {
		o(s)
	}
	return s
}

// With sets parameters of each strategy that the suite makes. S is the type that
// the plug-in's New returns:
//
//	strategytest.With(func(c *smacross.Config) { c.Fast, c.Slow = 5, 20 })
func With[S strategy.Strategy](set func(S)) Option {
	return func(s *settings) {
		s.prepare = append(s.prepare, func(made strategy.Strategy) error {
			own, ok := made.(S)
			if !ok {
				return fmt.Errorf("strategytest.With is for a %T, and the plug-in makes a %T", own, made)
			}
			set(own)
			return nil
		})
	}
}

// LeastBars is how many bars of each instrument the suite needs.
const LeastBars = 50

// Bars sets how many bars there are of each instrument, gaps included, [LeastBars] or more.
// Default 1000.
func Bars(n int) Option { return func(s *settings) { s.bars = max(n, LeastBars) } }

// Interval sets the length of a bar, which is also the interval in the strategy's
// configuration. Coarser queries are served by bars made of these. Default one hour.
func Interval(d market.Interval) Option { return func(s *settings) { s.interval = d } }

// Finer stores bars of a shorter interval, of which those of the strategy's are made, for one
// that asks for several intervals. Orders fill in the shortest that it asks for.
func Finer(d market.Interval) Option { return func(s *settings) { s.finer = d } }

// Instruments sets how many instruments the strategy trades. Default 3.
func Instruments(n int) Option { return func(s *settings) { s.instruments = max(n, 1) } }

// Signals adds a kind of signal with values from low to high, about each asset and
// about the market. The kinds sentiment and trader_grade, from 0 to 100, are always
// there; naming them again changes their range.
func Signals(name market.SignalKind, low, high float64) Option {
	return func(s *settings) {
		for k := range s.kinds {
			if s.kinds[k].name == name {
				s.kinds[k] = kind{name, low, high}
				return
			}
		}
		s.kinds = append(s.kinds, kind{name, low, high})
	}
}

// OnSignals says that the strategy opens positions on signals alone: where they are
// missing, null or stale it must not ask for an order that opens one.
func OnSignals() Option { return func(s *settings) { s.onSignals = true } }

// Seed chooses other data. Default 1.
func Seed(seed uint64) Option { return func(s *settings) { s.seed = seed } }

// OnData shows the history of each run to f before the plug-in's New is called. It is
// for strategies that are handed data by the program around them, and must not
// change it.
func OnData(f func(*backtest.History)) Option {
	return func(s *settings) { s.data = append(s.data, f) }
}
