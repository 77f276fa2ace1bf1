package strategytest

import (
	"fmt"
	"io"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// moved is a strategy whose position somebody else moves too.
type moved struct {
	strategy.Strategy
	story *Story
	done  int // moves
}

// moved returns the strategy as the story has it.
func (s *Story) moved(x strategy.Strategy) strategy.Strategy {
	if len(s.Moves) == 0 {
		return x
	}
	return &moved{Strategy: x, story: s}
}

// Init subscribes before the strategy does, so that it is called first.
func (m *moved) Init(s *strategy.Setup) error {
	first := []market.InstrumentID{s.Instruments()[0].ID}
	s.Bars(strategy.BarQuery{Instruments: first, Lookback: 1}, m.bar)
	return m.Strategy.Init(s)
}

func (m *moved) bar(ctx *strategy.Context, s *strategy.Series) {
	weight, ok := m.story.Moves[m.story.bars(ctx.Now())]
	if !ok {
		return
	}
	m.done++
	if err := ctx.Target(s.Instrument(), weight); err != nil {
		ctx.Fail(fmt.Errorf("the move to %v: %w", weight, err))
	}
}

// Close closes the strategy where it can be. A move that never came proves nothing.
func (m *moved) Close() error {
	if inner, ok := m.Strategy.(io.Closer); ok {
		if err := inner.Close(); err != nil {
			return err
		}
	}
	if m.done < len(m.story.Moves) {
		return fmt.Errorf("%d of %d moves came: the first market has no such bars", m.done, len(m.story.Moves))
	}
	return nil
}
