package regimeswitch_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/strategy/regimeswitch"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Parameters with which it could never trade are refused.
func TestNeverTrades(t *testing.T) {
	for word, set := range map[string]func(*regimeswitch.Config, *strategytest.Story){
		"trading_trend": func(c *regimeswitch.Config, _ *strategytest.Story) { c.Kind = "trading_signal" },
		"bad = 1.5":     func(c *regimeswitch.Config, _ *strategytest.Story) { c.Bad = 1.5 },
	} {
		c := regimeswitch.Plugin().New().(*regimeswitch.Config)
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
		set(c, &story)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
