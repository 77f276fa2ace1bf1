package strategytest_test

import (
	"testing"

	"github.com/signalman-trading/signalman/strategy"
)

// A strategy that looks ahead only for what is large, and takes nothing for true that no
// market does, is found by the large moves of the main data.
func TestCheatLargeMoves(t *testing.T) {
	for name, ahead := range map[string]func(next, last float64) bool{
		"falls": func(next, last float64) bool { return next < last*0.97 && next > last*0.8 },
		"rises": func(next, last float64) bool { return next > last*1.03 && next < last*1.2 },
	} {
		t.Run(name, func(t *testing.T) {
			p := plugin(func() strategy.Strategy {
				return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
					if x := s.Close(); c.Warm() && len(x) > 7 {
						steer(c, s.Instrument(), x[len(x)-1] > x[len(x)-8] && !ahead(past(x, 1), s.LastClose()))
					}
				}}
			})
			check(t, p, append(decision, "sees the future", "the next bar before it closed"))
		})
	}
}
