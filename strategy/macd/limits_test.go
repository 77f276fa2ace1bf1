package macd_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/strategy/macd"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Parameters with which it could never trade are refused.
func TestNeverTrades(t *testing.T) {
	for word, set := range map[string]func(*macd.Config, *strategytest.Story){
		"signal = 1": func(c *macd.Config, _ *strategytest.Story) { c.Signal = 1 },
	} {
		c := macd.Plugin().New().(*macd.Config)
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
		set(c, &story)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
