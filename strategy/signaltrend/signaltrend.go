// Package signaltrend is the strategy signal_trend: it follows a signal only where the
// trend of the price agrees with it. Long only by default.
package signaltrend

import (
	_ "embed"
	"fmt"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

//go:embed sample.toml
var sample string

// Plugin describes the strategy.
func Plugin() strategy.Plugin {
	return strategy.Plugin{
		Name:   "signal_trend",
		Doc:    "in while a signal and the trend of the price agree: a close beyond its average, and an ADX that says there is a trend",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SignalParams:  strategy.SignalParams{Kind: "trading_trend", OnAbsent: strategy.Close},
				SubjectParams: strategy.SubjectParams{Subject: strategy.Asset},
				Period:        50, ADX: 20, ADXPeriod: 14, TrendExit: true,
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.SignalParams
	strategy.SubjectParams
	strategy.WeightParams
	strategy.ShortParams
	Enter     float64         `toml:"enter" param:"min=-1000,max=1000" doc:"long while the signal is above it, and the trend is up"`
	Exit      float64         `toml:"exit" param:"min=-1000,max=1000" doc:"out once the signal is below it, or short if the trend is down; at most enter"`
	Interval  market.Interval `toml:"trend_interval" doc:"bars that the trend is read from; none are those of the strategy"`
	Period    int             `toml:"period" param:"min=2,max=1000,step=1" doc:"bars of the average, above whose value the trend is up and below it down"`
	ADX       float64         `toml:"adx" param:"min=0,max=100" doc:"lowest ADX with which to enter; 0 asks for none"`
	ADXPeriod int             `toml:"adx_period" param:"min=1,max=500,step=1" doc:"bars of the ADX"`
	TrendExit bool            `toml:"trend_exit" doc:"leave as well once the trend turns, whatever the signal says"`

	share   float64 // of equity, for each instrument
	signals *strategy.Signals
	trends  strategy.States[trend]
	stances strategy.Stances
}

// trend is what the prices of one instrument say, as of the last bar of its interval.
type trend struct {
	average *indicator.SMA
	adx     *indicator.ADX
	side    strategy.Stance // of the close: Long is above the average
}

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	if err = c.check(s.Interval()); err != nil {
		return err
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
	if c.signals, err = c.Subscribe(s); err != nil {
		return err
	}
	warmup := c.Period
	if c.ADX > 0 {
		warmup = max(warmup, indicator.NewADX(c.ADXPeriod).Warmup())
	}
	s.Bars(strategy.BarQuery{Interval: c.Interval, Warmup: warmup, Lookback: 1}, c.look)
	s.Bars(strategy.BarQuery{Lookback: 1}, c.decide)
	return nil
}

// check reports parameters that make no sense.
func (c *Config) check(bars market.Interval) error {
	switch {
	case !(c.Enter >= c.Exit):
		return fmt.Errorf("enter = %v must be at least exit = %v", c.Enter, c.Exit)
	case c.Interval != 0 && c.Interval < bars:
		return fmt.Errorf("trend_interval = %q must not be shorter than interval = %q", c.Interval, bars)
	}
	if err := c.CheckState(); err != nil || c.Short {
		return err // with short, it may trade on the other side alone
	}
	return c.CheckAbove("enter", c.Enter)
}

// look takes a bar of the trend.
func (c *Config) look(_ *strategy.Context, s *strategy.Series) {
	t := c.trends.Of(s.Instrument(), newTrend)
	if t.average == nil {
		t.average, t.adx = indicator.NewSMA(c.Period, s.PriceScale()), indicator.NewADX(c.ADXPeriod)
	}
	b := s.Last()
	t.average.Update(b.Close)
	t.adx.Update(b.High, b.Low, b.Close)
	switch mean := t.average.Value(); {
	case b.Close > mean:
		t.side = strategy.Long
	case b.Close < mean:
		t.side = strategy.Short
	default:
		t.side = strategy.Flat
	}
}

func newTrend() *trend { return &trend{} }

// decide looks once a bar of the strategy, so that it also notices a signal that has grown
// too old.
func (c *Config) decide(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	if ctx.WarmFor(i) {
		c.stances.Take(ctx, i, c.want(i, c.stances.At(ctx, i)), c.share)
	}
}

// want returns what signal and trend say together, given where the strategy stands.
func (c *Config) want(i market.InstrumentID, now strategy.Stance) strategy.Stance {
	t := c.trends.Of(i, newTrend)
	row, ok := c.Read(c.signals, i)
	said := c.side(row, ok)
	switch {
	case said != strategy.Flat && said == t.side && (said == now || t.adx.Value() >= c.ADX):
		return c.Allow(said)
	case !ok && c.Closes(), ok && said == -now, c.TrendExit && t.side == -now:
		return strategy.Flat
	}
	return now
}

// side returns the side that a signal is on. An absent one is on none, and so never opens.
func (c *Config) side(row market.Signal, ok bool) strategy.Stance {
	switch {
	case ok && row.Value > c.Enter:
		return strategy.Long
	case ok && row.Value < c.Exit:
		return strategy.Short
	}
	return strategy.Flat
}
