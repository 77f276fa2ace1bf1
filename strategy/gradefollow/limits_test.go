package gradefollow_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/strategy/gradefollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Parameters with which it could never trade are refused.
func TestNeverTrades(t *testing.T) {
	for word, set := range map[string]func(*gradefollow.Config, *strategytest.Story){
		"enter = 100":    func(c *gradefollow.Config, _ *strategytest.Story) { c.Enter = 100 },
		"at most 1, and": func(c *gradefollow.Config, _ *strategytest.Story) { c.Kind, c.Enter, c.Exit = "trading_trend", 1, 0 },
	} {
		c := gradefollow.Plugin().New().(*gradefollow.Config)
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
		set(c, &story)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
