package rsireversion_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/strategy/rsireversion"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Parameters with which it could never trade are refused.
func TestNeverTrades(t *testing.T) {
	for word, set := range map[string]func(*rsireversion.Config, *strategytest.Story){
		"enter = 0": func(c *rsireversion.Config, _ *strategytest.Story) { c.Enter = 0 },
	} {
		c := rsireversion.Plugin().New().(*rsireversion.Config)
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
		set(c, &story)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
