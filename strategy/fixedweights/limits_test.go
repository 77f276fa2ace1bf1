package fixedweights_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/strategy/fixedweights"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Parameters with which it could never trade are refused.
func TestNeverTrades(t *testing.T) {
	for word, set := range map[string]func(*fixedweights.Config, *strategytest.Story){
		"never comes": func(c *fixedweights.Config, _ *strategytest.Story) { c.Schedule = "0 0 31 2 *" },
	} {
		c := fixedweights.Plugin().New().(*fixedweights.Config)
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
		set(c, &story)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
