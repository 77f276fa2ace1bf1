package strategytest_test

import (
	"errors"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// loose has parameters whose tags give no bounds.
type loose struct {
	scripted
	Period int             `toml:"period" doc:"of bars"`
	Pause  market.Duration `toml:"pause" doc:"between orders"`
	Mode   string          `toml:"mode" doc:"which way"`
	Levels []float64       `toml:"levels" doc:"in percent"`

	init func(*loose) error
}

func (x *loose) Init(s *strategy.Setup) error {
	if err := x.init(x); err != nil {
		return err
	}
	return x.scripted.Init(s)
}

// loosely makes a plug-in whose use of a parameter is the point.
func loosely(init func(*loose) error, use func(*loose)) strategy.Plugin {
	return plugin(func() strategy.Strategy {
		x := &loose{Period: 5, Pause: market.Duration(market.Hour), Mode: "up", Levels: []float64{1}, init: init}
		x.bar = func(c *strategy.Context, s *strategy.Series) {
			use(x)
			rising(c, s)
		}
		return x
	})
}

func TestParametersWithoutBounds(t *testing.T) {
	for name, c := range map[string]struct {
		use  func(*loose)
		want string
	}{
		"none":              {func(x *loose) { _ = 1 / x.Period }, "with period = 0 it fails"},
		"less than none":    {func(x *loose) { _ = make([]int, x.Period) }, "with period = -1 it fails"},
		"a span of time":    {func(x *loose) { _ = 1 / x.Pause }, "with pause = 0s it fails"},
		"an empty text":     {func(x *loose) { _ = x.Mode[0] }, `with mode = "" it fails`},
		"a list of nothing": {func(x *loose) { _ = x.Levels[0] }, "with levels = [] it fails"},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, loosely(func(*loose) error { return nil }, c.use), []string{c.want, "without one any value is allowed"}, strategytest.Bars(100))
		})
	}
	// What Init refuses is no fault.
	strategytest.Run(t, loosely(func(x *loose) error {
		if x.Period < 1 || x.Pause <= 0 || x.Mode == "" || len(x.Levels) == 0 {
			return errors.New("nothing to go by")
		}
		return nil
	}, func(x *loose) { _ = x.Mode[0] }), strategytest.Bars(100))
}
