// Package sentimentcontrarian is the strategy sentiment_contrarian: it buys when the mood is
// fearful and sells when it is greedy.
package sentimentcontrarian

import (
	_ "embed"
	"fmt"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// Plugin describes the strategy. Its defaults are where the index of fear and greed calls
// either extreme.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "sentiment_contrarian",
		Doc:    "in once the mood is below fear, out, or short, once it is above greed",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SignalParams:  strategy.SignalParams{Kind: "fear_greed", OnAbsent: strategy.Keep},
				SubjectParams: strategy.SubjectParams{Subject: strategy.Whole},
				Fear:          25, Greed: 75,
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.SignalParams
	strategy.SubjectParams
	Fear  float64 `toml:"fear" param:"min=-1000,max=1000" doc:"buy once the mood is below it"`
	Greed float64 `toml:"greed" param:"min=-1000,max=1000" doc:"sell once the mood is above it; more than fear"`
	strategy.WeightParams
	strategy.ShortParams

	moods   *strategy.Signals
	share   float64
	stances strategy.Stances
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	if !(c.Greed > c.Fear) {
		return fmt.Errorf("greed = %v must be more than fear = %v", c.Greed, c.Fear)
	}
	if err = c.SubjectParams.Check(); err != nil {
		return err
	}
	if err = c.ShortParams.Check(s); err != nil {
		return err
	}
	if c.share, err = c.Share(s); err != nil {
		return err
	}
	if c.moods, err = c.Subscribe(s); err != nil {
		return err
	}
	s.Bars(strategy.BarQuery{Lookback: 1}, c.bar)
	return nil
}

// bar looks at the mood at each bar, so that one which has grown too old is noticed too.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	c.stances.Take(ctx, i, c.want(ctx, i), c.share)
}

// want returns the stance against the mood. Between the extremes, and where the mood is
// absent, it stays as it is.
func (c *Config) want(ctx *strategy.Context, i market.InstrumentID) strategy.Stance {
	mood, ok := c.Read(c.moods, i)
	switch {
	case !ok && c.Closes():
		return strategy.Flat
	case ok && mood.Value < c.Fear:
		return strategy.Long
	case ok && mood.Value > c.Greed:
		return c.Allow(strategy.Short)
	}
	return c.stances.At(ctx, i)
}
