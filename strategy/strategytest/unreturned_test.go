package strategytest_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// stepped has a parameter whose lower bound is one too many.
type stepped struct {
	scripted
	Step int `toml:"step" param:"min=0,max=9" doc:"between levels"`
	hang func()
}

func (x *stepped) Init(s *strategy.Setup) error {
	for level := 1; level < 10; level += x.Step {
		if x.Step == 0 {
			x.hang()
		}
	}
	return x.scripted.Init(s)
}

// Those that hang wait for what never comes, since a loop would take a processor from the
// tests that follow.
func TestCheatNeverReturns(t *testing.T) {
	never := make(chan struct{})
	t.Parallel()
	for name, c := range map[string]struct {
		plugin strategy.Plugin
		want   []string
	}{
		"a callback": {plugin(func() strategy.Strategy {
			return &scripted{bar: func(c *strategy.Context, s *strategy.Series) { <-never }}
		}), []string{"it has not returned from a callback for 2s"}},
		"Init": {plugin(func() strategy.Strategy {
			x := &stepped{Step: 1, hang: func() { <-never }}
			x.bar = rising
			return x
		}), []string{"with step = 0 it has not returned from Init for 2s", "a loop whose step may be 0"}},
		"New": {plugin(func() strategy.Strategy { <-never; return nil }), []string{"it has not returned from New for 2s"}},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, c.plugin, append(c.want, "it is at strategytest/unreturned_test.go:"), strategytest.Bars(100), strategytest.Patience(2*time.Second))
		})
	}
	// One that hangs is no hindrance to others.
	strategytest.Run(t, plugin(func() strategy.Strategy { return &scripted{bar: rising} }), strategytest.Bars(100))
}

func TestCheatEndsItsGoroutine(t *testing.T) {
	check(t, plugin(func() strategy.Strategy {
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			if s.Len() > 5 {
				runtime.Goexit()
			}
		}}
	}), []string{"runtime.Goexit", "call Context.Fail"})
}
