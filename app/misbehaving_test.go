package app_test

import (
	"errors"
	"os"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// misbehaving are strategies that fail in some way after a number of bars. All of them
// buy on the way there.
func misbehaving() []strategy.Plugin {
	plugin := func(name string, act func(*strategy.Context, market.InstrumentID)) strategy.Plugin {
		return strategy.Plugin{Name: name, Doc: "misbehaves", Sample: "[strategy." + name + "]\ntype = \"" + name + "\"\n", New: func() strategy.Strategy {
			return &misbehaviour{After: 50, act: act}
		}}
	}
	return []strategy.Plugin{
		plugin("panics", func(*strategy.Context, market.InstrumentID) { panic("made to panic") }),
		plugin("fails", func(ctx *strategy.Context, _ market.InstrumentID) { ctx.Fail(errors.New("made to fail")) }),
		plugin("moody", func(ctx *strategy.Context, i market.InstrumentID) {
			if os.Getenv("MOOD") != "" {
				turn(ctx, i)
			}
		}),
	}
}

type misbehaviour struct {
	After int `toml:"after" param:"min=1,max=100000" doc:"bars until it misbehaves"`

	bars int
	act  func(*strategy.Context, market.InstrumentID)
}

// Init subscribes to bars.
func (m *misbehaviour) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{Warmup: 1, Lookback: 1}, m.bar)
	return nil
}

func (m *misbehaviour) bar(ctx *strategy.Context, s *strategy.Series) {
	switch m.bars++; {
	case m.bars == m.After:
		m.act(ctx, s.Instrument())
	case m.bars%5 == 0:
		turn(ctx, s.Instrument())
	}
}

// turn buys where nothing is held, and sells otherwise.
func turn(ctx *strategy.Context, i market.InstrumentID) {
	weight := 0.0
	if ctx.Position(i).IsZero() {
		weight = 1
	}
	ctx.Must(ctx.Target(i, weight))
}
