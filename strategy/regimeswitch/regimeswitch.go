// Package regimeswitch is the strategy regime_switch: cash in a bad market; in a good one it
// follows trends where prices trend, and buys dips where they do not. Long only.
package regimeswitch

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
		Name:   "regime_switch",
		Doc:    "cash while a signal says that the market is bad, else trend-following or mean reversion, as the ADX says; long only",
		Sample: sample,
		New: func() strategy.Strategy {
			return &Config{
				SignalParams:  strategy.SignalParams{Kind: "market_trend", OnAbsent: strategy.Close},
				SubjectParams: strategy.SubjectParams{Subject: strategy.Whole},
				ADXPeriod:     14, TrendADX: 25, RangeADX: 20, Average: 50, Window: 20, Dip: 2,
			}
		},
	}
}

// Config is the strategy with its parameters.
type Config struct {
	strategy.SignalParams
	strategy.SubjectParams
	strategy.WeightParams
	Bad       float64 `toml:"bad" param:"min=-1000,max=1000" doc:"cash while the signal is below it"`
	ADXPeriod int     `toml:"adx_period" param:"min=1,max=500,step=1" doc:"bars of the ADX"`
	TrendADX  float64 `toml:"trend_adx" param:"min=0,max=100" doc:"from this ADX on prices trend: in while the close is above its average"`
	RangeADX  float64 `toml:"range_adx" param:"min=0,max=100" doc:"up to this ADX they do not: in from a dip until the price is back; less than trend_adx"`
	Average   int     `toml:"average" param:"min=2,max=1000,step=1" doc:"bars of the average that trends are followed by"`
	Window    int     `toml:"window" param:"min=3,max=1000,step=1" doc:"bars of the mean that dips are measured from"`
	Dip       float64 `toml:"dip" param:"min=0.1,max=10" doc:"standard deviations below the mean at which a dip is bought"`
	Back      float64 `toml:"back" param:"min=-10,max=10" doc:"standard deviations above the mean at which it is sold; 0 is the mean"`

	share   float64 // of equity, for each instrument
	signals *strategy.Signals
	states  strategy.States[state]
	stances strategy.Stances
}

// regime is how the prices of an instrument move.
type regime int8

const (
	unclear  regime = iota // the ADX has not said yet: nothing is bought
	trending               // they go one way
	ranging                // they come back
)

// state is what the prices of one instrument say.
type state struct {
	adx     *indicator.ADX
	average *indicator.SMA
	score   *indicator.ZScore
	regime  regime
}

func newState() *state { return &state{} }

// Init checks the parameters and subscribes.
func (c *Config) Init(s *strategy.Setup) (err error) {
	switch {
	case !(c.RangeADX < c.TrendADX):
		return fmt.Errorf("range_adx = %v must be less than trend_adx = %v", c.RangeADX, c.TrendADX)
	case c.Bad > c.most():
		return fmt.Errorf("bad = %v: %s is at most %v, and so always below it", c.Bad, c.Kind, c.most())
	case !(c.Back > -c.Dip):
		return fmt.Errorf("back = %v must be above −dip = %v: it would sell before it buys", c.Back, -c.Dip)
	}
	if err = c.CheckState(); err != nil {
		return err
	}
	if err = c.Check(); err != nil {
		return err
	}
	if c.share, err = c.Share(s); err != nil {
		return err
	}
	if c.signals, err = c.Subscribe(s); err != nil {
		return err
	}
	warmup := max(c.Average, c.Window, indicator.NewADX(c.ADXPeriod).Warmup())
	s.Bars(strategy.BarQuery{Warmup: warmup, Lookback: 1}, c.bar)
	return nil
}

// most returns the highest value that the signal may have.
func (c *Config) most() float64 {
	kind, _ := market.KindOf(c.Kind)
	return kind.Max
}

// bar looks once a bar, so that it also notices a signal that has grown too old.
func (c *Config) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	st := c.states.Of(i, newState)
	if st.adx == nil {
		st.adx, st.average, st.score = indicator.NewADX(c.ADXPeriod), indicator.NewSMA(c.Average, s.PriceScale()), indicator.NewZScore(c.Window)
	}
	b := s.Last()
	st.adx.Update(b.High, b.Low, b.Close)
	st.average.Update(b.Close)
	st.score.Update(b.Close)
	if st.adx.Ready() {
		c.turn(st)
	}
	if ctx.Warm() {
		c.stances.Take(ctx, i, c.want(st, i, b.Close, c.stances.At(ctx, i)), c.share)
	}
}

// turn changes the regime once the ADX is beyond a threshold. Between the two it stays, so
// that an ADX that hovers does not switch at each bar.
func (c *Config) turn(st *state) {
	switch adx := st.adx.Value(); {
	case adx >= c.TrendADX:
		st.regime = trending
	case adx <= c.RangeADX:
		st.regime = ranging
	}
}

// want returns what the signal and the rule of the regime say together.
func (c *Config) want(st *state, i market.InstrumentID, price float64, now strategy.Stance) strategy.Stance {
	row, ok := c.Read(c.signals, i)
	if ok && row.Value < c.Bad || !ok && c.Closes() {
		return strategy.Flat
	}
	want := c.rule(st, price, now)
	if !ok && want == strategy.Long {
		return now // without a signal nothing is bought
	}
	return want
}

// rule returns what the rule of the regime says.
func (c *Config) rule(st *state, price float64, now strategy.Stance) strategy.Stance {
	score := st.score.Value()
	switch {
	case st.regime == trending && price > st.average.Value():
		return strategy.Long
	case st.regime == trending:
		return strategy.Flat
	case st.regime == ranging && score <= -c.Dip:
		return strategy.Long
	case st.regime == ranging && score >= c.Back:
		return strategy.Flat
	}
	return now
}
