package signaltrend_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/signaltrend"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Parameters with which it could never trade are refused.
func TestNeverTrades(t *testing.T) {
	for word, set := range map[string]func(*signaltrend.Config, *strategytest.Story){
		"trading_trend":  func(c *signaltrend.Config, _ *strategytest.Story) { c.Kind = "trading_signal" },
		"decision":       func(c *signaltrend.Config, _ *strategytest.Story) { c.Kind = "decision" },
		"enter = 1":      func(c *signaltrend.Config, _ *strategytest.Story) { c.Enter = 1 },
		"trend_interval": func(c *signaltrend.Config, s *strategytest.Story) { c.Interval, s.Interval = market.Hour, market.Daily },
	} {
		c := signaltrend.Plugin().New().(*signaltrend.Config)
		story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
		set(c, &story)
		if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
