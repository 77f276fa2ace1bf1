package strategytest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// tuned holds while the last close is above one of before.
type tuned struct {
	Back   int     `toml:"back" param:"min=0,max=9,step=1" doc:"how many bars before"`
	Weight float64 `toml:"weight" param:"min=0,max=1" doc:"share of equity"`
	Mode   string  `toml:"mode" param:"oneof=up|down" doc:"which way"`
	Strict bool    `toml:"strict" doc:"a tie is no rise"`

	init func(*tuned) error
	bar  func(*tuned, *strategy.Series) error
}

func (x *tuned) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{Warmup: 10, Lookback: 10}, func(c *strategy.Context, s *strategy.Series) {
		if !c.Warm() {
			return
		}
		now, then := s.LastClose(), s.Close()[s.Len()-1-x.Back]
		up := now > then || now == then && !x.Strict
		if held := c.Position(s.Instrument()).IsPositive(); up == (x.Mode == "up") && !held {
			c.Target(s.Instrument(), x.Weight/3)
		} else if held {
			c.Target(s.Instrument(), 0)
		}
		if err := x.bar(x, s); err != nil {
			c.Fail(err)
		}
	})
	return x.init(x)
}

// tune makes a plug-in that also does something in Init, or with each bar.
func tune(init func(*tuned) error, bar func(*tuned, *strategy.Series) error) strategy.Plugin {
	if init == nil {
		init = func(*tuned) error { return nil }
	}
	if bar == nil {
		bar = func(*tuned, *strategy.Series) error { return nil }
	}
	return plugin(func() strategy.Strategy {
		return &tuned{Back: 3, Weight: 0.9, Mode: "up", init: init, bar: bar}
	})
}

func TestParametersThatTheTagsAllow(t *testing.T) {
	// Every value is good, and what does not go together is refused.
	strategytest.Run(t, tune(func(x *tuned) error {
		if x.Back == 0 && x.Strict {
			return errors.New("back = 0 and strict: nothing ever rises")
		}
		return nil
	}, nil), strategytest.Bars(100))

	for name, c := range map[string]struct {
		plugin strategy.Plugin
		want   []string
	}{
		"a bound too low": {tune(nil, func(x *tuned, s *strategy.Series) error {
			_ = 9 / x.Back
			return nil
		}), []string{"with back = 0 it fails", "divide by zero"}},
		"a bound too high": {tune(nil, func(x *tuned, s *strategy.Series) error {
			_ = make([]int, 9)[x.Back]
			return nil
		}), []string{"with back = 9 it fails", "index out of range [9]"}},
		"a value between": {tune(nil, func(x *tuned, s *strategy.Series) error {
			if x.Weight > 0 && x.Weight < 0.01 {
				return errors.New("too small")
			}
			return nil
		}), []string{"with weight = 0.00", "too small"}},
		"a value of several": {tune(nil, func(x *tuned, s *strategy.Series) error {
			if x.Mode == "down" {
				return errors.New("not thought of")
			}
			return nil
		}), []string{"with mode = down it fails", "not thought of"}},
		"two that do not go together": {tune(nil, func(x *tuned, s *strategy.Series) error {
			if x.Back == 0 && x.Strict {
				return fmt.Errorf("nothing ever rises")
			}
			return nil
		}), []string{"with back = 0 and strict = true it fails", "nothing ever rises"}},
		"a panic in Init": {tune(func(x *tuned) error {
			_ = make([]int, x.Back-1)
			return nil
		}, nil), []string{"with back = 0 it fails", "panic in Init (strategytest/parameters_test.go:", "makeslice"}},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, c.plugin, append(c.want, "parameters that its tags allow", "Narrow the bounds"), strategytest.Bars(100))
		})
	}
}
