package strategytest

import (
	"fmt"
	"io"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/strategy"
)

// What a strategy that stopped has to know, by what there was in the data.
const (
	hintBars    = "Data like these occur. Series.Len may be 0 or small, Gap above 0, Price 0 before the first bar of an instrument and after the last one old"
	hintSignals = "Signals like these occur: sources fail, correct themselves and change their scale. Where Signals.At returns false there is no value, not a 0"
	hintPrices  = "Prices like these occur: tokens with many zeros, redenominations, markets that nobody trades. A divisor may be 0 (a range, a volume,\n" +
		"a deviation), and a ratio infinite or no number: test before dividing. An order may be refused for its size"
	hintRules = "Rules do this to any strategy: an order that was asked for may not come to be, and a position may go by itself. Ask Context.Position,\n" +
		"rather than remember, and do not take a refusal for a fault"
)

// worlds are data that are poorer than a strategy hopes.
func (s *suite) worlds() []world {
	return []world{
		{name: "bars of which half are missing", missing: 0.5, hint: hintBars},
		{name: "a single bar", bars: 1, hint: hintBars},
		{name: "an instrument that is delisted and one that never trades", ends: true, hint: hintBars},
		{name: "bars without any signal", signals: none, hint: hintSignals},
		{name: "signals that are all null", signals: allNull, hint: hintSignals},
		{name: "signals that are all stale", signals: stale, hint: hintSignals},
		{name: "signals that end after a third of the time", signals: ending, hint: hintSignals},
		{name: "signals out of all bounds", signals: wild, hint: hintSignals},
		{name: "prices of a few ticks of 0.00000001", prices: prices{first: 30, scale: 8, least: 1, volume: 1e9, whole: true}, hint: hintPrices},
		{name: "prices around 10000000", prices: prices{first: 1e9, scale: 2, least: 50}, hint: hintPrices},
		{name: "prices that leap a hundredfold, up and down", prices: prices{first: 2e9, scale: 8, least: 1, leap: 100}, hint: hintPrices},
		{name: "prices that never move, without volume", prices: prices{still: true}, hint: hintPrices},
		{name: "bars without volume", prices: prices{silent: true}, hint: hintPrices},
		{name: "rules that refuse orders and close positions", guarded: true, hint: hintRules},
	}
}

// survives runs the strategy over such data.
func (s *suite) survives() error {
	for _, w := range s.worlds() {
		if w.bars == 0 {
			w.bars = s.bars
		}
		if w.missing == 0 && w.bars > 1 {
			w.missing = 0.04
		}
		r := request{}
		if w.guarded {
			r.rules = obstacles()
		}
		h := s.build(w)
		out, err := s.run(h, r)
		if err != nil {
			return fmt.Errorf("the run over %s failed: %w", w.name, err)
		}
		if err := out.fault(); err != nil {
			return s.stopped(err, w)
		}
		if err := s.openedBlindly(out, h, w); err != nil {
			return err
		}
	}
	return nil
}

// obstacles are rules that get into the way of a strategy.
func obstacles() []risk.Named {
	return []risk.Named{
		{Name: "stop", Rule: &exit.StopLoss{Percent: decimal.New(1, -2), At: "close"}},
		{Name: "moody", Rule: &moody{}},
	}
}

// moody is a rule that refuses every second order.
type moody struct{ reviews int }

// Init subscribes to nothing.
func (*moody) Init(*risk.Setup) error { return nil }

// Review refuses, or lets pass.
func (m *moody) Review(_ *risk.View, o market.Order) (market.Order, error) {
	if m.reviews++; m.reviews%2 == 0 {
		return o, &market.Refusal{Rule: "moody", Measured: "every second order"}
	}
	return o, nil
}

// closes checks that a strategy with a Close method is closed once, without error.
func (s *suite) closes() error {
	var made []*counted
	_, err := s.run(s.whole(), request{wrap: func(inner strategy.Strategy) strategy.Strategy {
		made = append(made, &counted{Strategy: inner})
		return made[len(made)-1]
	}})
	if err != nil {
		return fmt.Errorf("the run failed: %w", err)
	}
	for _, c := range made {
		if c.inits != 1 || c.closes != 1 {
			return fmt.Errorf("it was initialised %d times and closed %d times: each should happen once", c.inits, c.closes)
		}
		if c.err != nil {
			return fmt.Errorf("Close failed: %w", c.err)
		}
	}
	return nil
}

// counted counts how often a strategy is initialised and closed.
type counted struct {
	strategy.Strategy
	inits, closes int
	err           error
}

// Init initialises the strategy inside.
func (c *counted) Init(s *strategy.Setup) error {
	c.inits++
	return c.Strategy.Init(s)
}

// Close closes the strategy inside, where it wants to be closed.
func (c *counted) Close() error {
	c.closes++
	if inner, ok := c.Strategy.(io.Closer); ok {
		c.err = inner.Close()
	}
	return nil
}
