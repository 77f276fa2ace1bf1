package strategytest

import (
	"fmt"
	"io"

	"github.com/signalman-trading/signalman/strategy"
)

// survives runs the strategy over data that are poorer than it hopes.
func (s *suite) survives() error {
	for _, w := range []world{
		{name: "bars of which half are missing", missing: 0.5, bars: s.bars},
		{name: "bars without any signal", missing: 0.04, bars: s.bars, signals: none},
		{name: "signals that are all null", missing: 0.04, bars: s.bars, signals: allNull},
		{name: "signals that end after a third of the time", missing: 0.04, bars: s.bars, signals: ending},
		{name: "a single bar", bars: 1},
	} {
		out, err := s.run(s.build(w), request{})
		if err != nil {
			return fmt.Errorf("the run over %s failed: %w", w.name, err)
		}
		if err := out.fault(); err != nil {
			return s.stopped(err, w)
		}
	}
	return nil
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
